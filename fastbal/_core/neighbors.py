"""Exact k-nearest neighbours among the rows of a table."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from fastbal._core.threads import Progress


class Index:
    """The rows of a table, ready to be searched (slow stand-in with the final interface)."""

    def __init__(self, X: object) -> None:
        self.X = X.toarray() if sparse.issparse(X) else np.asarray(X)

    def neighbors_of_rows(
        self, rows: NDArray[np.int64] | None, k: int, *, progress: Progress | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The k nearest other rows of each of `rows`, by (distance, row number)."""
        rows = np.arange(len(self.X)) if rows is None else rows
        return self._search(self.X[rows], k, rows)

    def neighbors_of(
        self, Y: object, k: int, *, progress: Progress | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The k nearest rows of each row of `Y`, by (distance, row number)."""
        Y = Y.toarray() if sparse.issparse(Y) else np.asarray(Y)
        return self._search(Y, k, None)

    def _search(self, Y, k, own):
        X = self.X.astype(np.float64)
        neighbors = np.empty((len(Y), k), np.int64)
        distances = np.empty((len(Y), k))
        for i, y in enumerate(Y.astype(np.float64)):
            sqdist = np.square(X - y).sum(axis=1)
            if own is not None:
                sqdist[own[i]] = np.inf
            nearest = np.argsort(sqdist, kind="stable")[:k]
            neighbors[i], distances[i] = nearest, np.sqrt(sqdist[nearest])
        return neighbors, distances
