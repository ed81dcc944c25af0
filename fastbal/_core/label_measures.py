"""How unevenly the labels of a table occur, and how rare ones stand beside common ones in a row.

Charte, Rivera, del Jesus, Herrera: Addressing imbalance in multilabel classification. Neurocomputing 163 (2015), 3-16.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastbal._core.recipe import Rows

Array = NDArray[Any]


class Indicator:
    """Which labels each row has.

    Parameters
    ----------
    Y : CSR array of shape (n_rows, n_labels)
        1 where a row has a label, nothing elsewhere; columns ascending.
    """

    def __init__(self, Y: Any) -> None:
        self.Y = Y
        self.n_rows, self.n_labels = Y.shape

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """Rows per label."""
        counts: NDArray[np.int64] = np.bincount(self.Y.indices, minlength=self.n_labels).astype(np.int64)
        return counts

    @cached_property
    def ratios(self) -> NDArray[np.float64]:
        """IRLbl: rows of the most frequent label over rows of each; NaN for a label without rows."""
        return ratios_of(self.counts)

    @cached_property
    def mean_ratio(self) -> float:
        """MeanIR: the mean over the labels that occur; NaN if none does."""
        return float(self.ratios[self.counts > 0].mean()) if self.counts.any() else float("nan")

    @cached_property
    def is_minority(self) -> NDArray[np.bool_]:
        """Mask of the labels that are rarer than the mean."""
        with np.errstate(invalid="ignore"):
            is_minority: NDArray[np.bool_] = self.ratios > self.mean_ratio
        return is_minority

    @cached_property
    def has_minority(self) -> NDArray[np.bool_]:
        """Mask of the rows that have such a label."""
        has_minority: NDArray[np.bool_] = (self.Y @ self.is_minority.astype(np.int32)) > 0
        return has_minority

    @cached_property
    def scumble(self) -> NDArray[np.float64]:
        """For each row, 1 − geometric mean / arithmetic mean of its labels' ratios; 0 without labels.

        In logarithms: the product of a few dozen ratios overflows.
        """
        n_labels = np.diff(self.Y.indptr)
        rows = np.flatnonzero(n_labels)
        ratios = self.ratios[self.Y.indices]
        scumble = np.zeros(self.n_rows)
        if len(rows):
            begin, n = self.Y.indptr[rows], n_labels[rows]
            geometric = np.exp(np.add.reduceat(np.log(ratios), begin) / n)
            scumble[rows] = np.maximum(1 - geometric / (np.add.reduceat(ratios, begin) / n), 0)
        scumble[n_labels == 1] = 0  # not what rounding leaves of it
        return scumble

    @cached_property
    def by_label(self) -> tuple[Rows, Rows]:
        """Where each label's rows begin and end in the second array, and the rows of all labels, ascending in each."""
        rows = np.repeat(np.arange(self.n_rows), np.diff(self.Y.indptr))
        order = np.argsort(self.Y.indices, kind="stable")
        return np.concatenate([[0], np.cumsum(self.counts)]), rows[order]

    def rows_of(self, label: int) -> Rows:
        """Row numbers of a label, ascending."""
        begin, members = self.by_label
        return members[begin[label] : begin[label + 1]]


def ratios_of(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """IRLbl of labels with so many rows.

    Examples
    --------
    >>> ratios_of(np.array([8, 2, 0]))
    array([ 1.,  4., nan])
    """
    ratios = np.full(len(counts), np.nan)
    np.divide(counts.max(initial=0), counts, out=ratios, where=counts > 0)
    return ratios


def label_distances(Y: Any, rows: Rows, others: Rows) -> NDArray[np.float64]:
    """``|a △ b| / (|a| + |b|)`` for the label sets of pairs of rows: 0 if they are the same, 1 if they share none.

    The adjusted Hamming distance of Charte et al. (2014). Two rows without labels have the same ones.

    Examples
    --------
    >>> from scipy import sparse
    >>> Y = sparse.csr_array([[1, 1, 0], [0, 1, 0], [0, 0, 0]])
    >>> label_distances(Y, np.array([0, 0, 2]), np.array([1, 2, 2])).round(2)
    array([0.33, 1.  , 0.  ])
    """
    sizes = np.diff(Y.indptr)
    both = (sizes[rows] + sizes[others]).astype(np.float64)
    common = np.asarray(Y[rows].multiply(Y[others]).sum(axis=1)).ravel()
    distances: NDArray[np.float64] = np.divide(both - 2 * common, both, out=np.zeros(len(rows)), where=both > 0)
    return distances
