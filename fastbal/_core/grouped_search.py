"""Nearest rows of the same group: small groups in one pass over all of them, each large one by an index of its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from fastbal._core.recipe import Rows
from fastbal._core.rows import as_kernel_input
from fastbal._core.threads import Progress, for_each_piece

# Rows of a group up to which measuring all its pairs costs less than an index.
_SMALL_GROUP = 500
# Pairs measured in one piece, about a millisecond's.
_PIECE_PAIRS = 100_000


#: A kernel of `fastbal._kernels.groups` with the rows it measures: called with the rest of its arguments.
Measure = Callable[..., None]


def measure_by(X: Any, codes: NDArray[np.int32] | None = None, penalty: float = 0.0) -> Measure:
    """The search of small groups by numbers and categories.

    Parameters
    ----------
    X : ndarray or CSR matrix of shape (n, d), float32 or float64
        C-contiguous, missing numbers NaN; or sparse, columns ascending.
    codes : ndarray of shape (f, n), int32, optional
        Categories; with a sparse matrix there are none.
    penalty : float, default=0.0
        What a category that differs adds to the squared distance.

    Returns
    -------
    callable
    """
    from fastbal._kernels.groups import search_groups, search_groups_sparse

    if sparse.issparse(X):
        return partial(search_groups_sparse, *map(as_kernel_input, (X.data, X.indices, X.indptr)), X.shape[1])
    return partial(search_groups, X, np.empty((0, len(X)), np.int32) if codes is None else codes, penalty)


class GroupedSearch:
    """Search among rows that are neighbours only if they are of one group.

    Parameters
    ----------
    groups : ndarray of shape (n,)
        The group of each row.
    index_of : callable
        Called with ascending row numbers; returns these rows, ready to be searched: `fastbal._core.neighbors.Index`
        or its like.
    measure : callable
        Searches small groups; see `Measure`.
    """

    def __init__(self, groups: NDArray[Any], index_of: Callable[[Rows], Any], measure: Measure) -> None:
        self.index_of, self.measure = index_of, measure
        _, self.group = np.unique(groups, return_inverse=True)
        self.members = np.argsort(self.group, kind="stable")
        self.sizes = np.bincount(self.group)
        self.first = np.concatenate([[0], np.cumsum(self.sizes)])

    def neighbors_of_rows(self, rows: Rows, k: int, progress: Progress | None = None) -> Rows:
        """The k nearest other rows of each of `rows` in its group.

        Returns
        -------
        ndarray of shape (m, k), int64
            Row numbers by (distance, row number). Where a group has fewer than k other rows, −1 follows the last; a
            row alone in its group has itself.
        """
        neighbors = np.full((len(rows), k), -1)
        sizes = self.sizes[self.group[rows]]
        is_alone = sizes == 1
        neighbors[is_alone, 0] = rows[is_alone]
        is_small = sizes <= _SMALL_GROUP
        measured = np.flatnonzero(is_small & ~is_alone)
        if len(measured):
            neighbors[measured] = self._measured(rows[measured], k)
        indexed = np.flatnonzero(~is_small)
        by_group = indexed[np.argsort(self.group[rows[indexed]], kind="stable")]
        groups, begin = np.unique(self.group[rows[by_group]], return_index=True)
        for i, places in enumerate(np.split(by_group, begin[1:]) if len(groups) else []):
            members = self.members[self.first[groups[i]] : self.first[groups[i] + 1]]
            n_near = min(k, len(members) - 1)
            found, _ = self.index_of(members).neighbors_of_rows(np.searchsorted(members, rows[places]), n_near)
            neighbors[places, :n_near] = members[found]
            if progress is not None:
                progress((i + 1) / len(groups))
        return neighbors

    def _measured(self, rows: Rows, k: int) -> Rows:
        neighbors, sqdists = np.empty((len(rows), k), np.int64), np.empty((len(rows), k))
        n_pairs = int(self.sizes[self.group[rows]].sum())
        for_each_piece(
            lambda start, stop: self.measure(
                self.members, self.first, self.group, rows, neighbors, sqdists, start, stop
            ),
            len(rows),
            piece=1 + _PIECE_PAIRS * len(rows) // n_pairs,
        )
        return neighbors
