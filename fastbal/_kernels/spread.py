"""Sums of distances between rows."""

from __future__ import annotations

import numpy as np

from fastbal._kernels._jit import kernel

_BLOCK = 512


@kernel
def sum_distances(columns, sums, start, stop):
    """``sums[i] = Σ_{j > i} ‖x_i − x_j‖`` for i in start:stop.

    columns (d, n): float64, C-contiguous, the rows transposed. sums (n,): float64. Cost: (stop - start) * n * d,
    block by block of rows, so that neither the squares nor the columns leave the cache.
    """
    d, n = columns.shape
    squares = np.empty(_BLOCK)
    for i in range(start, stop):
        total = 0.0
        for begin in range(i + 1, n, _BLOCK):
            end = min(n, begin + _BLOCK)
            for j in range(end - begin):
                squares[j] = 0.0
            for c in range(d):
                value = columns[c, i]
                for j in range(end - begin):
                    difference = columns[c, begin + j] - value
                    squares[j] += difference * difference
            for j in range(end - begin):
                total += np.sqrt(squares[j])
        sums[i] = total
