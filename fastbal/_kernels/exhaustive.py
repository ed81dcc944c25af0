"""Every pair of rows, measured in float64."""

from __future__ import annotations

import numpy as np

from fastbal._kernels._jit import exact_kernel
from fastbal._kernels.distances import sqdist
from fastbal._kernels.lists import insert
from fastbal._kernels.vector import borrow


@exact_kernel
def search_all(X, Y, self_search, query_rows, neighbors, sqdists, start, stop):
    """The k nearest rows of X for the queries Y[query_rows[start:stop]], by measuring every row in float64."""
    X, Y, neighbors, sqdists = borrow(X), borrow(Y), borrow(neighbors), borrow(sqdists)
    for i in range(start, stop):
        query = query_rows[i]
        for j in range(neighbors.shape[1]):
            neighbors[i, j] = -1
            sqdists[i, j] = np.inf
        for row in range(len(X)):
            if self_search and row == query:
                continue
            insert(sqdists, neighbors, i, sqdist(X, row, Y, query), row)


@exact_kernel
def measure_all(X, Y, self_search, query_rows, sqdists, start, stop):
    """sqdists[i, row] = ‖X[row] − Y[query_rows[start + i]]‖², infinite for the query itself."""
    X, Y, sqdists = borrow(X), borrow(Y), borrow(sqdists)
    for i in range(start, stop):
        query = query_rows[i]
        for row in range(len(X)):
            sqdists[i - start, row] = np.inf if self_search and row == query else sqdist(X, row, Y, query)


@exact_kernel
def measure_pairs(X, rows, place, sqdists, start, stop):
    """sqdists[i, j] = ‖X[rows[i]] − X[j]‖² for start <= i < stop, infinite for the row itself; each pair once.

    place (n,): where each row of X is among `rows` (m,), −1 for those that are not. Of two that are, the later one
    measures, and writes for both. sqdists (m, n). Cost: (m n − m² / 2) d.
    """
    X, sqdists = borrow(X), borrow(sqdists)
    for i in range(start, stop):
        row = rows[i]
        for j in range(len(X)):
            if place[j] > i:
                continue
            if j == row:
                sqdists[i, j] = np.inf
                continue
            measured = sqdist(X, row, X, j)
            sqdists[i, j] = measured
            if place[j] >= 0:
                sqdists[place[j], row] = measured
