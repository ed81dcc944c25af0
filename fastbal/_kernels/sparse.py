"""Squared distances between the rows of a sparse table."""

from __future__ import annotations

import numpy as np

from fastbal._kernels._jit import exact_inner, exact_kernel, inner
from fastbal._kernels.search import insert


@exact_inner
def _sparse_sqdist(data, indices, begin, end, other_data, other_indices, other_begin, other_end):
    """‖x − y‖² of two rows with ascending column numbers, added up column by column."""
    total = 0.0
    i, j = begin, other_begin
    while i < end or j < other_end:
        if j >= other_end or (i < end and indices[i] < other_indices[j]):
            difference = np.float64(data[i])
            i += 1
        elif i >= end or other_indices[j] < indices[i]:
            difference = np.float64(other_data[j])
            j += 1
        else:
            difference = np.float64(data[i]) - np.float64(other_data[j])
            i += 1
            j += 1
        total += difference * difference
    return total


@inner
def _accumulate(data, indices, begin, end, column_data, column_rows, column_start, products):
    """products[row] += Σ_c query[c] · X[row, c], through the columns in which the query is not zero."""
    for p in range(begin, end):
        value = np.float64(data[p])
        column = indices[p]
        for q in range(column_start[column], column_start[column + 1]):
            products[column_rows[q]] += value * np.float64(column_data[q])


@inner
def _lower_bounds(products, sqnorms, sqnorm, slack, bounds):
    """bounds[row] <= ‖x − q‖² from ‖x‖² − 2 x·q + ‖q‖²; `slack` covers the rounding. Clears `products`."""
    for row in range(len(products)):
        both = sqnorms[row] + sqnorm
        bounds[row] = both - 2.0 * products[row] - slack * both
        products[row] = 0.0


@exact_kernel
def search_sparse(
    data,
    indices,
    indptr,
    column_data,
    column_rows,
    column_start,
    sqnorms,
    query_data,
    query_indices,
    query_indptr,
    query_rows,
    own,
    slack,
    neighbors,
    sqdists,
    start,
    stop,
):
    """The k nearest rows for the queries query_rows[start:stop], all rows measured through an inverted index.

    (data, indices, indptr): the rows, CSR, columns ascending; (column_data, column_rows, column_start): the same by
    columns. The products give a lower bound for every row; rows below the k-th distance so far are measured.
    """
    n = len(indptr) - 1
    k = neighbors.shape[1]
    products = np.zeros(n)
    bounds = np.empty(n)
    for i in range(start, stop):
        query = query_rows[i]
        begin, end = query_indptr[query], query_indptr[query + 1]
        sqnorm = 0.0
        for p in range(begin, end):
            sqnorm += np.float64(query_data[p]) * np.float64(query_data[p])
        _accumulate(query_data, query_indices, begin, end, column_data, column_rows, column_start, products)
        _lower_bounds(products, sqnorms, sqnorm, slack, bounds)
        for j in range(k):
            neighbors[i, j] = -1
            sqdists[i, j] = np.inf
        for row in range(n):
            if bounds[row] > sqdists[i, k - 1] or (own and row == query):
                continue
            distance = _sparse_sqdist(
                data, indices, indptr[row], indptr[row + 1], query_data, query_indices, begin, end
            )
            insert(sqdists, neighbors, i, distance, row)
