"""Search by measuring every pair of rows in float64: for few pairs, and where nearly all rows are neighbours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastbal._core.threads import Progress, for_each_piece
from fastbal._kernels.exhaustive import measure_all, measure_pairs, search_all

# Longer lists are sorted as a whole instead of being kept sorted.
_LONG = 64
# Columns from which on measuring a pair of rows takes longer than finding its place among others.
_WIDE = 200
# Numbers compared in one piece, about a millisecond's; and pairs of rows measured, where rows are sorted as a whole.
_PIECE, _PIECE_PAIRS = 4_000_000, 1_000_000


class ExhaustiveSearch:
    """Exact search of the rows of a dense matrix, without an index."""

    def __init__(self, X: NDArray[np.floating]) -> None:
        self.X = X

    def neighbors_of_rows(
        self, rows: NDArray[np.int64] | None, k: int, progress: Progress | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Row numbers and squared distances of the k nearest other rows of each of `rows` (all, where None)."""
        n = len(self.X)
        rows = np.arange(n) if rows is None else rows
        if len(rows) * n <= _PIECE_PAIRS and self.X.shape[1] >= _WIDE:
            return self._search_pairs(rows, k, progress)
        return self._search(self.X, rows, True, k, progress)

    def neighbors_of(
        self, Y: NDArray[np.floating], k: int, progress: Progress | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Row numbers and squared distances of the k nearest rows of each row of `Y`."""
        return self._search(Y, np.arange(len(Y)), False, k, progress)

    def _search_pairs(
        self, rows: NDArray[np.int64], k: int, progress: Progress | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The same, each pair measured once."""
        n = len(self.X)
        place = np.full(n, -1)
        place[rows] = np.arange(len(rows))
        measured = np.empty((len(rows), n))
        for_each_piece(
            lambda start, stop: measure_pairs(self.X, rows, place, measured, start, stop),
            len(rows),
            piece=1 + _PIECE // max(20 * n, self.X.size),
            progress=progress,
        )
        return _smallest(measured, k)

    def _search(
        self, Y: NDArray[np.floating], rows: NDArray[np.int64], self_search: bool, k: int, progress: Progress | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        neighbors = np.empty((len(rows), k), np.int64)
        sqdists = np.empty((len(rows), k))
        if k <= _LONG:
            for_each_piece(
                lambda start, stop: search_all(self.X, Y, self_search, rows, neighbors, sqdists, start, stop),
                len(rows),
                piece=1 + _PIECE // max(20 * len(self.X), self.X.size),
                progress=progress,
            )
            return neighbors, sqdists

        def sort(start: int, stop: int) -> None:
            measured = np.empty((stop - start, len(self.X)))
            measure_all(self.X, Y, self_search, rows, measured, start, stop)
            neighbors[start:stop], sqdists[start:stop] = _smallest(measured, k)

        for_each_piece(sort, len(rows), piece=1 + _PIECE_PAIRS // len(self.X), progress=progress)
        return neighbors, sqdists


def _smallest(measured: NDArray[np.float64], k: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Of each row the positions of the k smallest values, of equal ones the first, and these values."""
    nearest = np.argsort(measured, axis=1, kind="stable")[:, :k]
    return nearest, np.take_along_axis(measured, nearest, axis=1)
