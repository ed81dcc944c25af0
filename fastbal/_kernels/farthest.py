"""The distances to the farthest rows of a pool."""

from __future__ import annotations

from fastbal._kernels._jit import exact_kernel
from fastbal._kernels.distances import sqdist


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
            if value > sqdists[i, 0]:
                place = 1
                while place < k and sqdists[i, place] < value:
                    sqdists[i, place - 1] = sqdists[i, place]
                    place += 1
                sqdists[i, place - 1] = value
