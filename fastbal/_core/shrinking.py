"""The nearest rows of a table that loses rows, round after round, without searching everything again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastbal._core.neighbors import Index
from fastbal._core.rows import rows_as_floats
from fastbal._core.threads import Progress, for_each_piece
from fastbal._kernels.cleaning import first_left

# Neighbours looked up in advance: a row is searched for again only when more of its neighbours are gone.
_SPARE = 4


class ShrinkingSearch:
    """Exact neighbours among the rows that are left.

    Parameters
    ----------
    X : ndarray or CSR matrix of shape (n, d), float32 or float64
        All rows.
    k : int
        The most neighbours that will be asked for.

    Examples
    --------
    >>> import numpy as np
    >>> search = ShrinkingSearch(np.array([[0.0], [1.0], [3.0], [7.0]]), k=2)
    >>> search.nearest(np.array([0]), np.array([True, True, True, True]), 2)
    array([[1, 2]])
    >>> search.nearest(np.array([0]), np.array([True, False, True, True]), 2)
    array([[2, 3]])
    """

    def __init__(self, X: NDArray[np.floating], k: int) -> None:
        self.X, self.length = X, k + _SPARE
        self.lists = np.full((X.shape[0], self.length), -1, np.int32)
        self.n_searched = 0

    def nearest(
        self, rows: NDArray[np.int64], is_left: NDArray[np.bool_], k: int, progress: Progress | None = None
    ) -> NDArray[np.int64]:
        """Row numbers of the k nearest other rows that are left, of each of `rows`, by (distance, row number)."""
        out = np.empty((len(rows), k), np.int64)
        is_complete = np.empty(len(rows), np.bool_)
        for_each_piece(
            lambda start, stop: first_left(self.lists, rows, is_left, out, is_complete, start, stop),
            len(rows),
            piece=1 << 15,
        )
        missing = np.flatnonzero(~is_complete)
        if len(missing):
            out[missing] = self._searched(rows[missing], is_left, progress)[:, :k]
        return out

    def _searched(
        self, rows: NDArray[np.int64], is_left: NDArray[np.bool_], progress: Progress | None
    ) -> NDArray[np.int32]:
        """Lists of rows, made anew among the rows that are left."""
        self.n_searched += len(rows)
        left = np.flatnonzero(is_left)
        everything = len(left) == len(is_left)
        index = Index(self.X if everything else rows_as_floats(self.X, left))
        queries = rows if everything else (np.cumsum(is_left) - 1)[rows]
        length = min(self.length, len(left) - 1)
        found, _ = index.neighbors_of_rows(queries, length, progress=progress)
        lists = np.full((len(rows), self.length), -1, np.int32)
        lists[:, :length] = left[found]
        self.lists[rows] = lists
        return lists
