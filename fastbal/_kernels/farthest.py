"""The distances to the farthest rows of a pool."""

from __future__ import annotations

import numpy as np

from fastbal._kernels._jit import exact_inner, exact_kernel
from fastbal._kernels.distances import sqdist
from fastbal._kernels.sparse import merge, pairwise_sum


@exact_inner
def keep_largest(values, i, value):
    """values[i], ascending: the largest of what they were and one value more."""
    if value > values[i, 0]:
        place = 1
        while place < values.shape[1] and values[i, place] < value:
            values[i, place - 1] = values[i, place]
            place += 1
        values[i, place - 1] = value


@exact_kernel
def farthest_sparse(
    data, indices, indptr, pool_data, pool_indices, pool_indptr, bounds, n_columns, sqdists, start, stop
):
    """As `farthest`, for rows of two CSR matrices, where ‖X[i] − pool[j]‖² <= bounds[i, j].

    Only what may be farther than the k farthest so far is measured, in the order in which dense rows are summed.
    """
    widths, sums = np.empty(64, np.int64), np.empty(64)
    columns, squares = np.empty(n_columns, np.int64), np.empty(n_columns)
    for i in range(start, stop):
        for place in range(sqdists.shape[1]):
            sqdists[i, place] = -1.0
        for j in range(len(pool_indptr) - 1):
            if bounds[i, j] < sqdists[i, 0]:
                continue
            begin, end, pool_begin, pool_end = indptr[i], indptr[i + 1], pool_indptr[j], pool_indptr[j + 1]
            n = merge(data, indices, begin, end, pool_data, pool_indices, pool_begin, pool_end, columns, squares)
            keep_largest(sqdists, i, pairwise_sum(columns, squares, n, n_columns, widths, sums))


@exact_kernel
def farthest(X, reach_of_X, pool, reach_of_pool, sqdists, start, stop):
    """sqdists[i] = the k largest ‖X[i] − pool[j]‖² over j, ascending, for start <= i < stop.

    X (n, d) and pool (m, d) of one float type; reach: distances to one point, the pool's descending, so that by the
    triangle inequality no row of the pool from j on is farther than reach_of_X[i] + reach_of_pool[j]: there the scan
    ends. sqdists (n, k) float64 out. Cost: at most m distances a row, and no memory.
    """
    k = sqdists.shape[1]
    for i in range(start, stop):
        for place in range(k):
            sqdists[i, place] = -1.0
        for j in range(len(pool)):
            bound = (reach_of_X[i] + reach_of_pool[j]) * (1.0 + 1e-9)
            if bound * bound < sqdists[i, 0]:
                break
            value = sqdist(X, i, pool, j)
            keep_largest(sqdists, i, value)
