"""Nearest rows of the same group, by measuring every row of it in float64.

In all of them: members (n,) are row numbers, group by group, ascending in each; first (groups + 1,) says where groups
begin; groups (n,) is the group of each row. neighbors, sqdists (m, k) out: by (distance, row number), −1 where a group
has no more rows.
"""

from __future__ import annotations

import numpy as np

from fastbal._kernels._jit import exact_inner, exact_kernel
from fastbal._kernels.distances import sqdist
from fastbal._kernels.lists import insert
from fastbal._kernels.sparse import merge, pairwise_sum
from fastbal._kernels.vector import borrow


@exact_inner
def _sqdist_of_present(X, row, query):
    """As `fastbal._kernels.mixed.search_missing`: the columns that both rows have, scaled up to all."""
    d, total, n_present = X.shape[1], 0.0, 0
    for c in range(d):
        difference = np.float64(X[row, c]) - np.float64(X[query, c])
        if difference == difference:
            total += difference * difference
            n_present += 1
    return total / n_present * d if n_present else np.inf


@exact_inner
def _clear_list(neighbors, i, sqdists, n):
    for j in range(neighbors.shape[1]):
        neighbors[i, j] = n
        sqdists[i, j] = np.inf


@exact_inner
def _close_list(neighbors, i, n):
    for j in range(neighbors.shape[1]):
        if neighbors[i, j] == n:
            neighbors[i, j] = -1


@exact_kernel
def search_groups(X, codes, penalty, members, first, groups, queries, neighbors, sqdists, start, stop):
    """The k nearest other rows of each of queries[start:stop] among those of its group.

    ``sqdist(x, y) = Σ_columns (x − y)² + penalty · (number of categories that differ)``, numbers missing (NaN) as in
    `search_missing`. X (n, d) float32 or float64; codes (f, n) int32. Cost: m · (rows of a group) · (d + f).
    """
    X, neighbors, sqdists = borrow(X), borrow(neighbors), borrow(sqdists)
    n = len(X)
    for i in range(start, stop):
        query = queries[i]
        _clear_list(neighbors, i, sqdists, n)
        for place in range(first[groups[query]], first[groups[query] + 1]):
            row = members[place]
            if row == query:
                continue
            distance = sqdist(X, row, X, query)
            if distance != distance:
                distance = _sqdist_of_present(X, row, query)
            for c in range(len(codes)):
                if codes[c, row] != codes[c, query]:
                    distance += penalty
            insert(sqdists, neighbors, i, distance, row)
        _close_list(neighbors, i, n)


@exact_kernel
def search_groups_sparse(
    data, indices, indptr, n_columns, members, first, groups, queries, neighbors, sqdists, start, stop
):  # fmt: skip
    """As `search_groups`, for the rows of a CSR matrix (data, indices, indptr), columns ascending; no categories.

    Cost: m · (rows of a group) · (nonzeros of a row).
    """
    n = len(indptr) - 1
    longest = 0
    for row in range(n):
        longest = max(longest, indptr[row + 1] - indptr[row])
    columns, squares = np.empty(2 * longest, np.int64), np.empty(2 * longest)
    widths, sums = np.empty(64, np.int64), np.empty(64)
    for i in range(start, stop):
        query = queries[i]
        begin, end = indptr[query], indptr[query + 1]
        _clear_list(neighbors, i, sqdists, n)
        for place in range(first[groups[query]], first[groups[query] + 1]):
            row = members[place]
            if row == query:
                continue
            found = merge(data, indices, indptr[row], indptr[row + 1], data, indices, begin, end, columns, squares)
            insert(sqdists, neighbors, i, pairwise_sum(columns, squares, found, n_columns, widths, sums), row)
        _close_list(neighbors, i, n)


@exact_kernel
def search_groups_by_tables(
    codes, begin, shares, members, first, groups, queries, neighbors, distances, start, stop
):  # fmt: skip
    """As `search_groups`, by the value difference metric.

    ``distance(x, y) = Σ_columns (Σ_classes |share(x) − share(y)|)²`` (Chawla et al. 2002, section 6.2), no root.
    codes (f, n) int32. begin (f,): where a column's categories begin in shares (categories, classes), the share of each
    class among the rows of a category. Cost: m · (rows of a group) · f · classes.
    """
    f, n = codes.shape
    for i in range(start, stop):
        query = queries[i]
        _clear_list(neighbors, i, distances, n)
        for place in range(first[groups[query]], first[groups[query] + 1]):
            row = members[place]
            if row == query:
                continue
            distance = 0.0
            for c in range(f):
                total = 0.0
                for label in range(shares.shape[1]):
                    total += abs(shares[begin[c] + codes[c, row], label] - shares[begin[c] + codes[c, query], label])
                distance += total * total
            insert(distances, neighbors, i, distance, row)
        _close_list(neighbors, i, n)
