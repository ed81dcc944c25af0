"""Nearest rows of a table of numbers and categories, measured in float64 without leaving the machine's registers long.

``sqdist(x, y) = Σ_numbers (x − y)² + penalty · (number of categories that differ)``  (Chawla et al. 2002, section 6.1)
"""

from __future__ import annotations

import numpy as np

from fastbal._kernels._jit import exact_kernel
from fastbal._kernels.heap import pop, push
from fastbal._kernels.lists import insert


@exact_kernel
def search_mixed(
    numbers, codes, penalty, first, low, high, code_low, code_high, members, queries, n_before, neighbors, sqdists,
    start, stop,
):  # fmt: skip
    """The k nearest other rows of the rows at `queries`, for those in leaves start:stop.

    numbers (d, n) float64 and codes (f, n) int32: the rows, leaf by leaf, transposed. first (leaves + 1,): where leaves
    begin. low, high (leaves, d), code_low, code_high (leaves, f): their boxes. members (n,): row numbers. queries (m,):
    positions, ascending. n_before (leaves + 1,): queries in earlier leaves. neighbors, sqdists (m, k): by
    (distance, row number). A bound adds, in the same order, terms that are no larger than those of the distance; so it
    is never above it, rounding included. Cost: at most m · n · (d + f), 8 rows at a time.
    """
    d, f, n_leaves, k = len(numbers), len(codes), len(first) - 1, neighbors.shape[1]
    n = numbers.shape[1] if d else codes.shape[1]
    bounds, leaves = np.empty(n_leaves), np.empty(n_leaves, np.int64)  # a heap
    boxes, order = np.empty(n_leaves), np.empty(n_leaves, np.int64)
    largest = 0
    for leaf in range(n_leaves):
        largest = max(largest, first[leaf + 1] - first[leaf])
    measured = np.empty(largest)
    for leaf in range(start, stop):
        if n_before[leaf] == n_before[leaf + 1]:
            continue
        for other in range(n_leaves):
            bound = 0.0
            for c in range(d):
                gap = max(0.0, max(low[other, c] - high[leaf, c], low[leaf, c] - high[other, c]))
                bound += gap * gap
            for c in range(f):
                if code_low[other, c] > code_high[leaf, c] or code_low[leaf, c] > code_high[other, c]:
                    bound += penalty
            push(bounds, leaves, other, bound, other)
        for place in range(n_leaves):
            boxes[place], order[place] = bounds[0], leaves[0]
            pop(bounds, leaves, n_leaves - place)
        for q in range(n_before[leaf], n_before[leaf + 1]):
            query = queries[q]
            for j in range(k):
                neighbors[q, j] = n
                sqdists[q, j] = np.inf
            for place in range(n_leaves):
                other = order[place]
                limit = sqdists[q, k - 1]
                if boxes[place] > limit:
                    break
                bound = 0.0
                for c in range(d):
                    value = numbers[c, query]
                    gap = max(0.0, max(low[other, c] - value, value - high[other, c]))
                    bound += gap * gap
                for c in range(f):
                    code = codes[c, query]
                    if code < code_low[other, c] or code > code_high[other, c]:
                        bound += penalty
                if bound > limit:
                    continue
                begin = first[other]
                length = first[other + 1] - begin
                for j in range(length):
                    measured[j] = 0.0
                for c in range(d):
                    value = numbers[c, query]
                    for j in range(length):
                        difference = numbers[c, begin + j] - value
                        measured[j] += difference * difference
                for c in range(f):
                    code = codes[c, query]
                    for j in range(length):
                        measured[j] += penalty if codes[c, begin + j] != code else 0.0
                for j in range(length):
                    if measured[j] <= limit and begin + j != query:
                        insert(sqdists, neighbors, q, measured[j], members[begin + j])
                        limit = sqdists[q, k - 1]


_BLOCK = 512


@exact_kernel
def search_missing(numbers, codes, penalty, queries, neighbors, sqdists, start, stop):
    """As `search_mixed`, over all rows, where some numbers are NaN.

    ``sqdist(x, y) = d / present · Σ_present (x − y)² + penalty · (categories that differ)``: the numbers that both rows
    have, scaled up to all d, as scikit-learn's nan_euclidean_distances; infinite where there are none.
    queries (m,): row numbers. Cost: m · n · (d + f).
    """
    d, f, k = len(numbers), len(codes), neighbors.shape[1]
    n = numbers.shape[1]
    measured = np.empty(_BLOCK)
    present = np.empty(_BLOCK)
    for q in range(start, stop):
        query = queries[q]
        for j in range(k):
            neighbors[q, j] = n
            sqdists[q, j] = np.inf
        for begin in range(0, n, _BLOCK):
            length = min(n - begin, _BLOCK)
            for j in range(length):
                measured[j] = 0.0
                present[j] = 0.0
            for c in range(d):
                value = numbers[c, query]
                if value != value:
                    continue
                for j in range(length):
                    difference = numbers[c, begin + j] - value
                    has_both = difference == difference
                    measured[j] += difference * difference if has_both else 0.0
                    present[j] += 1.0 if has_both else 0.0
            for j in range(length):
                measured[j] = measured[j] / present[j] * d if present[j] > 0.0 else np.inf
            for c in range(f):
                code = codes[c, query]
                for j in range(length):
                    measured[j] += penalty if codes[c, begin + j] != code else 0.0
            for j in range(length):
                if measured[j] <= sqdists[q, k - 1] and begin + j != query:
                    insert(sqdists, neighbors, q, measured[j], begin + j)


@exact_kernel
def search_tables(codes, first, shares, queries, neighbors, sqdists, start, stop):
    """The k nearest other rows by the value difference metric, in which categories are alike if their classes are.

    ``distance(x, y) = Σ_columns (Σ_classes |share(x) − share(y)|)²`` (Chawla et al. 2002, section 6.2), no root.
    codes (f, n) int32. first (f,): where a column's categories begin in shares (categories, classes): the share of each
    class among the rows of a category. queries (m,): row numbers. Cost: m · (n · f + categories · classes).
    """
    f, n = codes.shape
    k = neighbors.shape[1]
    n_classes = shares.shape[1]
    table = np.empty(len(shares))
    measured = np.empty(n)
    for q in range(start, stop):
        query = queries[q]
        for j in range(k):
            neighbors[q, j] = n
            sqdists[q, j] = np.inf
        for c in range(f):
            query_category = first[c] + codes[c, query]
            for category in range(first[c], first[c + 1]):
                total = 0.0
                for label in range(n_classes):
                    total += abs(shares[category, label] - shares[query_category, label])
                table[category] = total * total
        for j in range(n):
            measured[j] = 0.0
        for c in range(f):
            begin = first[c]
            for j in range(n):
                measured[j] += table[begin + codes[c, j]]
        limit = np.inf
        for j in range(n):
            if measured[j] <= limit and j != query:
                insert(sqdists, neighbors, q, measured[j], j)
                limit = sqdists[q, k - 1]
