"""Which columns tell the same: Cramér's V, without the part that chance alone gives."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# Weaker ones are not worth a look, and a page has room for so many.
_WEAKEST = 0.5
_MOST = 20


class Association(NamedTuple):
    """Two columns of which one tells of the other.

    Attributes
    ----------
    left, right : str
    v : float
        From 0, nothing, to 1, all.
    """

    left: str
    right: str
    v: float


def associations_among(part_of_row: Mapping[str, NDArray[np.int64]]) -> list[Association]:
    """The pairs of columns that tell the same, the strongest first.

    Parameters
    ----------
    part_of_row : mapping of str to ndarray of shape (n_rows,)
        Of each column the number of the category, or of the range of numbers, that a row is in.

    References
    ----------
    Bergsma, W. (2013). A bias-correction for Cramér's V and Tschuprow's T. Journal of the
    Korean Statistical Society 42.

    Examples
    --------
    >>> month = np.arange(1200) % 12
    >>> associations_among({"month": month, "quarter": month // 3, "year": np.arange(1200) // 12})
    [Association(left='month', right='quarter', v=0.99...)]
    """
    levels = [np.unique(parts, return_inverse=True) for parts in part_of_row.values()]
    # Products of zeros and ones count the rows of each pair of parts; float32 is exact up to 16 million of them.
    is_of = [(place[:, None] == np.arange(len(level))).astype(np.float32) for level, place in levels]
    found = []
    for (left, X_left), (right, X_right) in itertools.combinations(zip(part_of_row, is_of, strict=True), 2):
        if min(X_left.shape[1], X_right.shape[1]) > 1:
            found.append(Association(left, right, _cramers_v((X_left.T @ X_right).astype(np.float64))))
    return sorted((pair for pair in found if pair.v >= _WEAKEST), key=lambda pair: -pair.v)[:_MOST]


def _cramers_v(counts: NDArray[np.float64]) -> float:
    """Of a table of counts without empty rows and columns (Bergsma 2013, section 2)."""
    n = counts.sum()
    if n < 2:
        return 0.0
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / n
    shape = np.array(counts.shape)
    phi2 = ((counts - expected) ** 2 / expected).sum() / n - np.prod(shape - 1) / (n - 1)
    most = (shape - (shape - 1) ** 2 / (n - 1)).min() - 1
    return float(np.sqrt(min(max(phi2, 0.0) / most, 1.0))) if most > 0 else 0.0
