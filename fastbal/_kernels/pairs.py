"""Pairs of rows for new rows, drawn by number: each is a function of a key and the row's number alone."""

from __future__ import annotations

import numpy as np

from fastbal._kernels._jit import exact_inline, exact_kernel
from fastbal._kernels.counter import uniform_pair


@exact_inline
def _below(u, n):
    """A whole number from 0 to n − 1, from a uniform one that excludes 0 and 1; n is far below 2**52."""
    return min(np.int64(u * n), n - 1)


@exact_kernel
def draw_copies(places, start, stop, bases, key, base):
    """``base[i] = bases[floor(u * n)]`` where ``start <= places[i] < stop``; u is the first number of row places[i].

    places (m,), bases (n,), base (m,): integers. The other entries of base stay. Cost: 10 ns a new row.
    """
    for i in range(len(places)):
        if start <= places[i] < stop:
            u, _ = uniform_pair(key, places[i], 0)
            base[i] = bases[_below(u, len(bases))]


@exact_kernel
def draw_pairs(places, start, stop, bases, neighbors, lengths, key, base, neighbor, step):
    """``base[i] = bases[r]``, ``neighbor[i] = neighbors[r, floor(v * lengths[r])]``, step[i] uniform; r as above.

    As `draw_copies`; u, v and the step are the first three numbers of row places[i]. neighbors (n, k): row numbers, of
    which the first lengths[r] count. neighbor, step (m,). SMOTE: Chawla et al. (2002), section 4.2.
    """
    for i in range(len(places)):
        if start <= places[i] < stop:
            u, v = uniform_pair(key, places[i], 0)
            r = _below(u, len(bases))
            base[i] = bases[r]
            neighbor[i] = neighbors[r, _below(v, np.int64(lengths[r]))]
            step[i], _ = uniform_pair(key, places[i], 1)
