"""Rows that stand in a table more than once."""

from __future__ import annotations

import numpy as np

from fastbal._kernels._jit import exact_kernel
from fastbal._kernels.lists import insert


@exact_kernel
def hash_rows(X, hashes, start, stop):
    """64-bit hash of the values of each row (multiply and rotate, as in FNV and xxHash); 0.0 and −0.0 are one."""
    for i in range(start, stop):
        total = np.uint64(14695981039346656037)
        for c in range(X.shape[1]):
            value = np.float64(X[i, c]) + 0.0
            total = (total ^ np.uint64(np.float64(value).view(np.uint64))) * np.uint64(0x9E3779B97F4A7C15)
            total = total ^ (total >> np.uint64(29))
        hashes[i] = total


@exact_kernel
def rows_equal(X, rows, others, equal, start, stop):
    """equal[i]: whether X[rows[i]] and X[others[i]] have the same values."""
    for i in range(start, stop):
        same = True
        for c in range(X.shape[1]):
            if X[rows[i], c] != X[others[i], c]:
                same = False
                break
        equal[i] = same


@exact_kernel
def expand(groups, own_rows, first, members, found, found_sqdists, neighbors, sqdists, start, stop):
    """Neighbours among rows from neighbours among distinct rows.

    groups (m,): the query's list in `found`; own_rows (m,): the query's row number, −1 for a foreign query.
    members[first[g]:first[g + 1]]: rows of group g, ascending. found, found_sqdists (·, ·): nearest groups, −1 = none.
    neighbors, sqdists (m, k) out: by (distance, row number).
    """
    k = neighbors.shape[1]
    for i in range(start, stop):
        for j in range(k):
            neighbors[i, j] = -1
            sqdists[i, j] = np.inf
        query_row = own_rows[i]
        for j in range(found.shape[1]):
            group, distance = found[groups[i], j], found_sqdists[groups[i], j]
            if group < 0 or distance > sqdists[i, k - 1]:
                break
            for p in range(first[group], first[group + 1]):
                if members[p] != query_row and not insert(sqdists, neighbors, i, distance, members[p]):
                    break
