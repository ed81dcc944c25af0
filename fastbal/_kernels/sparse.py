"""Squared distances between the rows of a sparse table."""

from __future__ import annotations

import numpy as np

from fastbal._kernels._jit import exact_inner, exact_kernel, inner
from fastbal._kernels.lists import insert


@exact_inner
def merge(data, indices, begin, end, other_data, other_indices, other_begin, other_end, columns, squares):
    """Columns in which x or y is not zero, ascending, and (x − y)² there; their number."""
    i, j, n = begin, other_begin, 0
    while i < end or j < other_end:
        if j >= other_end or (i < end and indices[i] < other_indices[j]):
            columns[n], difference = indices[i], np.float64(data[i])
            i += 1
        elif i >= end or other_indices[j] < indices[i]:
            columns[n], difference = other_indices[j], np.float64(other_data[j])
            j += 1
        else:
            columns[n], difference = indices[i], np.float64(data[i]) - np.float64(other_data[j])
            i += 1
            j += 1
        squares[n] = difference * difference
        n += 1
    return n


@exact_inner
def _sum_of_block(columns, squares, begin, end, first, n_columns):
    """Sum of the squares begin <= p < end, of columns first <= c < first + n_columns <= first + 128."""
    full = first + n_columns - n_columns % 8 if n_columns >= 8 else first
    s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = 0.0
    p = begin
    while p < end and columns[p] < full:
        lane, square = (columns[p] - first) % 8, squares[p]
        if lane == 0:
            s0 += square
        elif lane == 1:
            s1 += square
        elif lane == 2:
            s2 += square
        elif lane == 3:
            s3 += square
        elif lane == 4:
            s4 += square
        elif lane == 5:
            s5 += square
        elif lane == 6:
            s6 += square
        else:
            s7 += square
        p += 1
    total = ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7))
    while p < end:
        total += squares[p]
        p += 1
    return total


@exact_inner
def pairwise_sum(columns, squares, n, n_columns, widths, sums):
    """Sum of n squares in `columns` of n_columns, in NumPy's order for dense rows.

    See `fastbal._kernels.distances`; columns without an entry are zeros, which change no sum. widths, sums (64,): room
    for the halves to come and the sums of those done. No recursion: what Numba loads from its cache crashes then (Numba
    issue 6061).
    """
    depth, begin, first, width = 0, 0, 0, n_columns
    while True:
        while width > 128 and begin < n and columns[begin] < first + width:  # an empty half is zero, however wide
            half = width // 2
            half -= half % 8
            widths[depth] = width - half
            depth += 1
            width = half
        end = begin
        while end < n and columns[end] < first + width:
            end += 1
        total = _sum_of_block(columns, squares, begin, end, first, width)
        begin, first = end, first + width
        while depth > 0 and widths[depth - 1] == 0:
            depth -= 1
            total = sums[depth] + total
        if depth == 0:
            return total
        sums[depth - 1] = total
        width, widths[depth - 1] = widths[depth - 1], 0


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
    self_search,
    slack,
    n_columns,
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
    longest = 0
    for row in range(n):
        longest = max(longest, indptr[row + 1] - indptr[row])
    products = np.zeros(n)
    bounds = np.empty(n)
    widths, sums = np.empty(64, np.int64), np.empty(64)
    for i in range(start, stop):
        query = query_rows[i]
        begin, end = query_indptr[query], query_indptr[query + 1]
        columns = np.empty(longest + end - begin, np.int64)
        squares = np.empty(longest + end - begin)
        sqnorm = 0.0
        for p in range(begin, end):
            sqnorm += np.float64(query_data[p]) * np.float64(query_data[p])
        _accumulate(query_data, query_indices, begin, end, column_data, column_rows, column_start, products)
        _lower_bounds(products, sqnorms, sqnorm, slack, bounds)
        for j in range(k):
            neighbors[i, j] = -1
            sqdists[i, j] = np.inf
        for row in range(n):
            if bounds[row] > sqdists[i, k - 1] or (self_search and row == query):
                continue
            found = merge(
                data, indices, indptr[row], indptr[row + 1], query_data, query_indices, begin, end, columns, squares
            )
            distance = pairwise_sum(columns, squares, found, n_columns, widths, sums)
            insert(sqdists, neighbors, i, distance, row)
