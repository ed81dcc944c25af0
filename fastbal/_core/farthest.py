"""Distances to the farthest rows of a pool, without a matrix of all distances."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from fastbal._core.neighbors import on_one_scale
from fastbal._core.rows import as_kernel_input
from fastbal._core.sparse_search import rounding_of_products
from fastbal._core.threads import for_each_piece
from fastbal._kernels.farthest import farthest, farthest_sparse

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
    (X, pool), exponent = on_one_scale(X, pool)
    with np.errstate(over="ignore"):
        return np.asarray(np.ldexp((_of_sparse_rows if sparse.issparse(X) else _of_rows)(X, pool, k), exponent))


def _of_rows(X: Any, pool: Any, k: int) -> NDArray[np.float64]:
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
    """Bounds by ‖x‖² − 2 x·p + ‖p‖²; those that may be the farthest are measured."""
    X, pool = X.astype(np.float64), pool.astype(np.float64)
    sqnorms, sqnorms_of_pool = (np.asarray(Z.multiply(Z).sum(axis=1)).ravel() for Z in (X, pool))
    transposed = sparse.csc_array(pool.T)
    slack = rounding_of_products(X, pool)
    sqdists = np.empty((X.shape[0], k))
    piece = 1 + _CHUNK // pool.shape[0]
    for start in range(0, X.shape[0], piece):
        rows = slice(start, start + piece)
        both = sqnorms[rows, None] + sqnorms_of_pool
        bounds = both - 2 * (sparse.csr_array(X[rows]) @ transposed).toarray() + slack * both
        _measure_farthest(X[rows], pool, bounds, sqdists[rows])
    return np.sqrt(sqdists, out=sqdists)


def _measure_farthest(X: Any, pool: Any, bounds: NDArray[np.float64], sqdists: NDArray[np.float64]) -> None:
    parts = [as_kernel_input(part) for Z in (X, pool) for part in (Z.data, Z.indices, Z.indptr)]
    for_each_piece(
        lambda start, stop: farthest_sparse(*parts, bounds, X.shape[1], sqdists, start, stop), len(sqdists), piece=64
    )
