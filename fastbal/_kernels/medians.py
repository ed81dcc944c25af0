"""Distances of a row to all others: their median, and how many are below a bound."""

from __future__ import annotations

import math

import numpy as np

from fastbal._kernels._jit import exact_inner, exact_kernel, inner

_BLOCK = 512  # rows whose columns stay in the cache while several rows are held against them
# Of the sample that tells in advance where a median lies; and how many of its places to either side to look.
_SAMPLE, _MARGIN = 1024, 60


@exact_inner
def _add_up(numbers, codes, penalty, point, point_codes, start, sums):
    """sums[i] = Σ_c (numbers[c, start + i] − point[c])² + penalty · (categories that differ)."""
    stop = start + len(sums)
    sums[:] = 0
    d = len(numbers)
    for c in range(0, d - d % 4, 4):  # four at a time: the sums are read and written a quarter as often
        p, q, r, s = point[c], point[c + 1], point[c + 2], point[c + 3]
        P, Q = numbers[c, start:stop], numbers[c + 1, start:stop]
        R, S = numbers[c + 2, start:stop], numbers[c + 3, start:stop]
        for i in range(len(sums)):
            first, second, third, fourth = P[i] - p, Q[i] - q, R[i] - r, S[i] - s
            sums[i] += first * first + second * second + third * third + fourth * fourth
    for c in range(d - d % 4, d):
        value, column = point[c], numbers[c, start:stop]
        for i in range(len(sums)):
            difference = column[i] - value
            sums[i] += difference * difference
    for c in range(len(codes)):
        code, categories = point_codes[c], codes[c, start:stop]
        for i in range(len(sums)):
            sums[i] += penalty if categories[i] != code else penalty * 0


@exact_inner
def _settle(values, start, stop, position):
    """Quickselect (Hoare): afterwards values[start:position] <= values[position] <= values[position + 1:stop]."""
    low, high = start, stop - 1
    while low < high:
        pivot = values[(low + high) // 2]
        i, j = low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if position <= j:
            high = j
        elif position >= i:
            low = i
        else:
            return


@exact_inner
def _both_middle(sqdists, near, n):
    """The two middle ones of the first n values, which are equal where n is odd."""
    first, second = (n - 1) // 2, n // 2
    low, high = sqdists[0] * 0, sqdists[0] * 0 + np.inf
    if n > 4 * _SAMPLE:
        stride = n // _SAMPLE
        for i in range(_SAMPLE):
            near[i] = sqdists[i * stride]
        below, above = _SAMPLE // 2 - _MARGIN, _SAMPLE // 2 + _MARGIN
        _settle(near, 0, _SAMPLE, below)
        low = near[below]
        _settle(near, 0, _SAMPLE, above)
        high = near[above]
    n_below = n_near = 0
    for i in range(n):
        value = sqdists[i]
        near[n_near] = value
        n_near += low <= value <= high
        n_below += value < low
    if first < n_below or second >= n_below + n_near:
        n_below, n_near = 0, n
        near[:n] = sqdists[:n]
    _settle(near, 0, n_near, first - n_below)
    lower = near[first - n_below]
    if second > first:
        _settle(near, second - n_below, n_near, second - n_below)
    return lower, near[second - n_below]


@exact_kernel
def find_medians(numbers, codes, penalty, points, point_codes, rows, sqdists, near, medians, start, stop):
    """medians[i] = the median distance of points[i] to the rows of a table but rows[i], for start <= i < stop.

    numbers (d, n) and points (m, d), float32 or float64; codes (f, n), point_codes (m, f), int32; rows (m,), −1 to
    leave out none; sqdists (g, n), near (n + 1,): scratch of the same floats. A distance is the root of
    Σ_c (x_c − y_c)² + penalty · (categories that differ); of two in the middle, the mean. Cost: n (d + f) a point; g
    points share one pass over the table.
    """
    n = sqdists.shape[1]
    for first in range(start, stop, len(sqdists)):
        last = min(stop, first + len(sqdists))
        for block in range(0, n, _BLOCK):
            for i in range(first, last):
                sums = sqdists[i - first, block : min(n, block + _BLOCK)]
                _add_up(numbers, codes, penalty, points[i], point_codes[i], block, sums)
        for i in range(first, last):
            others, n_others = sqdists[i - first], n
            if rows[i] >= 0:
                others[rows[i]] = others[n - 1]
                n_others = n - 1
            lower, upper = _both_middle(others, near, n_others)
            medians[i] = (math.sqrt(lower) + math.sqrt(upper)) / 2


@inner
def _to_box(low, high, code_low, code_high, penalty, point, point_codes):
    """The least and the greatest squared distance from a point to a row within a box."""
    nearest = farthest = nothing = penalty * 0
    for c in range(len(low)):
        below, above = low[c] - point[c], point[c] - high[c]
        outside, across = max(max(below, above), nothing), max(-below, -above)
        nearest += outside * outside
        farthest += across * across
    for c in range(len(code_low)):
        code = point_codes[c]
        nearest += penalty if code < code_low[c] or code > code_high[c] else penalty * 0
        farthest += penalty if code != code_low[c] or code != code_high[c] else penalty * 0
    return nearest, farthest


@exact_kernel
def count_within(
    numbers,
    codes,
    penalty,
    points,
    point_codes,
    first,
    low,
    high,
    code_low,
    code_high,
    bounds,
    sums,
    counts,
    start,
    stop,
):
    """counts[i, j] = how many rows of a table have a squared distance to points[i] of at most bounds[i, j], j < 2.

    numbers, codes, penalty, points, point_codes as above. Rows first[l] to first[l + 1], at most len(sums), are a leaf;
    low, high (n_leaves, d) and code_low, code_high (n_leaves, f) its box: a leaf that is within both bounds, or beyond,
    is not looked at. bounds (m, 2) of the same floats; sums: scratch.
    """
    counts[start:stop] = 0
    for group in range(start, stop, 16):
        last = min(stop, group + 16)
        for leaf in range(len(first) - 1):
            begin, n_rows = first[leaf], first[leaf + 1] - first[leaf]
            near = sums[:n_rows]
            for i in range(group, last):
                nearest, farthest = _to_box(
                    low[leaf], high[leaf], code_low[leaf], code_high[leaf], penalty, points[i], point_codes[i]
                )
                lower, upper = bounds[i, 0], bounds[i, 1]
                if (farthest <= lower or nearest > lower) and (farthest <= upper or nearest > upper):
                    counts[i, 0] += n_rows if farthest <= lower else 0
                    counts[i, 1] += n_rows if farthest <= upper else 0
                    continue
                _add_up(numbers, codes, penalty, points[i], point_codes[i], begin, near)
                n_lower = n_upper = np.int32(0)
                for r in range(len(near)):
                    n_lower += np.int32(near[r] <= lower)
                    n_upper += np.int32(near[r] <= upper)
                counts[i, 0] += n_lower
                counts[i, 1] += n_upper
