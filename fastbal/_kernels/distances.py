"""Squared distances in float64, bit for bit as NumPy computes them."""

from __future__ import annotations

import numpy as np

from fastbal._kernels._jit import exact_inner

_BLOCK = 128  # NumPy sums at most this many terms in one go


@exact_inner
def _sum_of_squares(X, i, Y, j, start, stop):
    """Σ (X[i, c] − Y[j, c])² for start <= c < stop <= start + 128, in the order of NumPy's pairwise sum."""
    n = stop - start
    if n < 8:
        total = 0.0
        for c in range(start, stop):
            difference = np.float64(X[i, c]) - np.float64(Y[j, c])
            total += difference * difference
        return total
    d0 = np.float64(X[i, start]) - np.float64(Y[j, start])
    d1 = np.float64(X[i, start + 1]) - np.float64(Y[j, start + 1])
    d2 = np.float64(X[i, start + 2]) - np.float64(Y[j, start + 2])
    d3 = np.float64(X[i, start + 3]) - np.float64(Y[j, start + 3])
    d4 = np.float64(X[i, start + 4]) - np.float64(Y[j, start + 4])
    d5 = np.float64(X[i, start + 5]) - np.float64(Y[j, start + 5])
    d6 = np.float64(X[i, start + 6]) - np.float64(Y[j, start + 6])
    d7 = np.float64(X[i, start + 7]) - np.float64(Y[j, start + 7])
    s0, s1, s2, s3 = d0 * d0, d1 * d1, d2 * d2, d3 * d3
    s4, s5, s6, s7 = d4 * d4, d5 * d5, d6 * d6, d7 * d7
    full = start + n - n % 8
    for c in range(start + 8, full, 8):
        d0 = np.float64(X[i, c]) - np.float64(Y[j, c])
        d1 = np.float64(X[i, c + 1]) - np.float64(Y[j, c + 1])
        d2 = np.float64(X[i, c + 2]) - np.float64(Y[j, c + 2])
        d3 = np.float64(X[i, c + 3]) - np.float64(Y[j, c + 3])
        d4 = np.float64(X[i, c + 4]) - np.float64(Y[j, c + 4])
        d5 = np.float64(X[i, c + 5]) - np.float64(Y[j, c + 5])
        d6 = np.float64(X[i, c + 6]) - np.float64(Y[j, c + 6])
        d7 = np.float64(X[i, c + 7]) - np.float64(Y[j, c + 7])
        s0 += d0 * d0
        s1 += d1 * d1
        s2 += d2 * d2
        s3 += d3 * d3
        s4 += d4 * d4
        s5 += d5 * d5
        s6 += d6 * d6
        s7 += d7 * d7
    total = ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7))
    for c in range(full, stop):
        difference = np.float64(X[i, c]) - np.float64(Y[j, c])
        total += difference * difference
    return total


@exact_inner
def sqdist(X, i, Y, j):
    """‖X[i] − Y[j]‖² in float64: equal, bit for bit, to ``np.square(X[i] - Y[j]).sum()``.

    NumPy halves the range, at a multiple of 8, until it holds at most 128 terms; partial sums are
    kept on a stack of (value, level) here, as a binary counter does.
    """
    n = X.shape[1]
    if n <= _BLOCK:
        return _sum_of_squares(X, i, Y, j, 0, n)
    starts = np.empty(64, np.int64)
    stops = np.empty(64, np.int64)
    state = np.zeros(64, np.int64)
    left = np.zeros(64, np.float64)
    depth = 0
    starts[0], stops[0] = 0, n
    returned = 0.0
    while depth >= 0:
        start, stop = starts[depth], stops[depth]
        size = stop - start
        if size <= _BLOCK:
            returned = _sum_of_squares(X, i, Y, j, start, stop)
            depth -= 1
            continue
        half = size // 2
        half -= half % 8
        if state[depth] == 0:
            state[depth] = 1
            depth += 1
            starts[depth], stops[depth], state[depth] = start, start + half, 0
        elif state[depth] == 1:
            left[depth] = returned
            state[depth] = 2
            depth += 1
            starts[depth], stops[depth], state[depth] = start + half, stop, 0
        else:
            returned = left[depth] + returned
            depth -= 1
    return returned
