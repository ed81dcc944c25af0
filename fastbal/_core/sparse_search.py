"""Search among the rows of a sparse table, without ever making it dense."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from fastbal._core.rows import as_kernel_input
from fastbal._core.threads import Progress, for_each_piece
from fastbal._kernels.sparse import search_sparse


def rounding_of_products(X: sparse.csr_array, Y: sparse.csr_array) -> float:
    """A bound on the error of ‖x‖² − 2 x·y + ‖y‖² for rows of X and Y, as a share of ‖x‖² + ‖y‖²."""
    n_terms = max(int(np.diff(Z.indptr).max(initial=0)) for Z in (X, Y))
    return 4 * (n_terms + 8) * 2.0**-53  # (terms + 4) roundings of 2^-53 each, twice over; Higham 2002, section 3.1


class SparseSearch:
    """Exact search through an inverted index: only columns in which both rows are not zero cost anything."""

    def __init__(self, X: sparse.csr_array) -> None:
        self.X = X
        self.columns = X.tocsc()
        squares = np.square(X.data, dtype=np.float64)  # float32 would round more than `slack` allows for
        self.sqnorms = np.asarray(sparse.csr_array((squares, X.indices, X.indptr), X.shape).sum(axis=1)).ravel()

    def neighbors_of_rows(
        self, rows: NDArray[np.int64] | None, k: int, progress: Progress | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Row numbers and squared distances of the k nearest other rows of each of `rows`."""
        return self._search(self.X, np.arange(self.X.shape[0]) if rows is None else rows, True, k, progress)

    def neighbors_of(
        self, Y: sparse.csr_array, k: int, progress: Progress | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Row numbers and squared distances of the k nearest rows of each row of `Y`."""
        return self._search(Y, np.arange(Y.shape[0]), False, k, progress)

    def _search(
        self, Y: sparse.csr_array, rows: NDArray[np.int64], self_search: bool, k: int, progress: Progress | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        rows_of = [as_kernel_input(part) for part in (self.X.data, self.X.indices, self.X.indptr)]
        columns = [as_kernel_input(part) for part in (self.columns.data, self.columns.indices, self.columns.indptr)]
        queries = [as_kernel_input(part) for part in (Y.data, Y.indices, Y.indptr)]
        neighbors = np.empty((len(rows), k), np.int64)
        sqdists = np.empty((len(rows), k))
        d = self.X.shape[1]
        slack = rounding_of_products(self.X, Y)
        for_each_piece(
            lambda start, stop: search_sparse(
                *rows_of, *columns, self.sqnorms, *queries, rows, self_search, slack, d, neighbors, sqdists, start, stop
            ),
            len(rows),
            piece=max(1, min(256, len(rows) // 32)),
            progress=progress,
        )
        return neighbors, sqdists
