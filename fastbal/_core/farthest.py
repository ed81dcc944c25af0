"""Distances to the farthest rows of a pool, without a matrix of all distances."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from fastbal._core.threads import for_each_piece
from fastbal._kernels.farthest import farthest

# Distances of a sparse table that are in memory at a time.
_CHUNK = 1 << 20


def farthest_distances(X: Any, pool: Any, k: int) -> NDArray[np.float64]:
    """The k largest distances of each row of X to rows of the pool, ascending.

    Parameters
    ----------
    X, pool : ndarray or CSR matrix of shape (n, d) and (m, d)
        Rows, of one float type and kind.
    k : int
        At most m.

    Examples
    --------
    >>> farthest_distances(np.array([[0.0]]), np.array([[1.0], [4.0], [-2.0]]), 2)
    array([[2., 4.]])
    """
    if sparse.issparse(X):
        return _of_sparse_rows(X, pool, k)
    center = pool.mean(axis=0, dtype=np.float64)
    reach = _distances_to(center, pool)
    order = np.argsort(-reach, kind="stable")
    pool, reach, reach_of_X = pool[order], reach[order], _distances_to(center, X)
    sqdists = np.empty((len(X), k))
    for_each_piece(
        lambda start, stop: farthest(X, reach_of_X, pool, reach, sqdists, start, stop),
        len(X),
        piece=1 + 1_000_000 // (len(pool) * X.shape[1]),
    )
    return np.sqrt(sqdists, out=sqdists)


def _distances_to(center: NDArray[np.float64], X: NDArray[np.floating]) -> NDArray[np.float64]:
    distances = np.empty(len(X))

    def measure(start: int, stop: int) -> None:
        distances[start:stop] = np.sqrt(np.square(X[start:stop] - center).sum(axis=1))

    for_each_piece(measure, len(X), piece=1 + (1 << 16) // X.shape[1])
    return distances


def _of_sparse_rows(X: Any, pool: Any, k: int) -> NDArray[np.float64]:
    """By ‖x‖² − 2 x·p + ‖p‖²: what is large suffers no cancellation."""
    X, pool = X.astype(np.float64), pool.astype(np.float64)
    sqnorms, sqnorms_of_pool = (np.asarray(Z.multiply(Z).sum(axis=1)).ravel() for Z in (X, pool))
    transposed = sparse.csc_array(pool.T)
    distances = np.empty((X.shape[0], k))
    piece = 1 + _CHUNK // pool.shape[0]
    for start in range(0, X.shape[0], piece):
        rows = slice(start, start + piece)
        products = (sparse.csr_array(X[rows]) @ transposed).toarray()
        sqdists = sqnorms[rows, None] - 2 * products + sqnorms_of_pool
        distances[rows] = np.sort(np.partition(sqdists, -k, axis=1)[:, -k:], axis=1)
    return np.sqrt(np.maximum(distances, 0, out=distances), out=distances)
