"""Exact neighbours of rows that no single machine holds: cells of near rows, each beside its own worker.

    sample of the rows ─→ `Splits`       medians of a tree: which cell a row belongs to
    part, by cell      ─→ `Cell`         the rows of a cell, and the box that they fill
    round 1            ─→ `search_cell`  the k nearest rows in the row's own cell, and how far the k-th is
    round 2            ─→ `reaching`     rows whose k-th neighbour is farther than the box of another cell ...
                          `search_for`   ... and what they find there
                       ─→ `nearest`      lists merged by (squared distance, row)

Whatever the sample, the neighbours are those of one index of all rows: a row in a cell whose box is farther than the
k-th neighbour found is no nearer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastbal._containers.read import read_table
from fastbal._containers.table import NumberReader
from fastbal._core.recipe import Rows
from fastbal._core.rows import rows_as_floats

Floats = NDArray[Any]

# Distances to boxes are rounded otherwise than distances between rows; so much nearer is near enough to look.
_SLACK = 1 + 1e-6


class Splits(NamedTuple):
    """A tree of medians in heap order: the children of node i are 2 i + 1 and 2 i + 2.

    Attributes
    ----------
    columns : ndarray of shape (n_cells - 1,), int64
        Which column a node looks at.
    values : ndarray of shape (n_cells - 1,), float64
        Rows with more than that go to the second child.
    """

    columns: Rows
    values: NDArray[np.float64]


class Cell(NamedTuple):
    """Rows that are near each other.

    Attributes
    ----------
    X, y : table and labels
    ids : ndarray of shape (n,), int64
        Which of all rows gathered they are, ascending.
    low, high : ndarray of shape (n_columns,), float64
        The box that they fill.
    """

    X: Any
    y: Any
    ids: Rows
    low: NDArray[np.float64]
    high: NDArray[np.float64]


class Found(NamedTuple):
    """Neighbours found so far.

    Attributes
    ----------
    ids : ndarray of shape (m,), int64
        Rows for which.
    neighbors : ndarray of shape (m, k), int64
        Nearest first, by the same numbers; -1 where fewer are known.
    sqdists : ndarray of shape (m, k), float64
        Squared distances, infinite there.
    """

    ids: Rows
    neighbors: Rows
    sqdists: NDArray[np.float64]


class RowsAsked(NamedTuple):
    """Rows that look for neighbours in a cell that is not theirs."""

    ids: Rows
    X: Floats


def numbers_of(X: Any) -> Floats:
    """Rows as floats."""
    values = read_table(X).numbers(NumberReader())
    floats: Floats = rows_as_floats(values, np.arange(len(values)))
    return floats


def splits_of(sample: Floats, n_cells: int) -> Splits:
    """Splits into cells of about as many rows each, across the widest column; `n_cells` is a power of two.

    Examples
    --------
    >>> splits = splits_of(np.array([[0.0, 5.0], [1.0, 5.0], [8.0, 5.0], [9.0, 5.0]]), 2)
    >>> splits.columns.tolist(), splits.values.tolist()
    ([0], [4.5])
    """
    columns, values = np.zeros(n_cells - 1, np.int64), np.zeros(n_cells - 1)
    rows = [sample.astype(np.float64)]
    for node in range(n_cells - 1):
        here = rows[node]
        if len(here):
            columns[node] = np.argmax(np.ptp(here, axis=0))
            values[node] = np.median(here[:, columns[node]])
        is_second = here[:, columns[node]] > values[node]
        rows += [here[~is_second], here[is_second]]
    return Splits(columns, values)


def cell_numbers(X: Floats, splits: Splits) -> Rows:
    """The cell of each row.

    Examples
    --------
    >>> cell_numbers(np.array([[3.0], [7.0], [5.0]]), Splits(np.array([0]), np.array([5.0]))).tolist()
    [0, 1, 0]
    """
    node, n_inner = np.zeros(len(X), np.int64), len(splits.columns)
    while n_inner and len(X) and node[0] < n_inner:
        node = 2 * node + 1 + (X[np.arange(len(X)), splits.columns[node]] > splits.values[node])
    return node - n_inner


def cell_of(X: Any, y: Any, ids: Rows) -> Cell:
    """A cell of these rows."""
    if not len(ids):
        return Cell(X, y, ids, np.empty(0), np.empty(0))
    numbers = numbers_of(X)
    return Cell(X, y, ids, numbers.min(axis=0).astype(np.float64), numbers.max(axis=0).astype(np.float64))


def search_cell(cell: Cell, wanted: Rows, k: int) -> Found:
    """The nearest rows of a cell for some of its rows, given by their numbers, ascending."""
    if not len(wanted):
        return Found(wanted, np.empty((0, k), np.int64), np.empty((0, k)))
    X = numbers_of(cell.X)
    return _search(X, cell.ids, RowsAsked(wanted, X[np.searchsorted(cell.ids, wanted)]), k)


def reaching(cell: Cell, found: Found, low: Floats, high: Floats) -> RowsAsked:
    """Rows of a cell that may have neighbours in a box elsewhere."""
    if not len(found.ids) or not len(low):
        return RowsAsked(found.ids[:0], np.empty((0, 0)))
    X = numbers_of(cell.X)[np.searchsorted(cell.ids, found.ids)]
    with np.errstate(over="ignore", invalid="ignore"):
        gaps = np.maximum(0, np.maximum(low - X.astype(np.float64), X - high))
        is_reached = ~(np.square(gaps).sum(axis=1) > found.sqdists[:, -1] * _SLACK)
    return RowsAsked(found.ids[is_reached], X[is_reached])


def search_for(cell: Cell, queries: RowsAsked, k: int) -> Found:
    """The nearest rows of a cell for rows of another one."""
    if not len(queries.ids) or not len(cell.ids):
        return Found(queries.ids[:0], np.empty((0, k), np.int64), np.empty((0, k)))
    return _search(numbers_of(cell.X), cell.ids, queries, k)


def _search(X: Floats, ids: Rows, queries: RowsAsked, k: int) -> Found:
    from fastbal._core.neighbors import Index  # here, so that random sampling loads no compiler

    places, sqdists = Index(X).squared_neighbors_of(queries.X, min(k + 1, len(X)))
    neighbors = ids[places]
    is_self = neighbors == queries.ids[:, None]
    sqdists = np.where(is_self, np.inf, sqdists)
    neighbors = np.where(is_self, -1, neighbors)
    return _first(Found(queries.ids, neighbors, sqdists), k)


def _first(found: Found, k: int) -> Found:
    """The k nearest of each list, by (squared distance, row); those that are none come last."""
    neighbors, sqdists = found.neighbors, found.sqdists
    if neighbors.shape[1] < k:
        filler = ((0, 0), (0, k - neighbors.shape[1]))
        neighbors = np.pad(neighbors, filler, constant_values=-1)
        sqdists = np.pad(sqdists, filler, constant_values=np.inf)
    order = np.lexsort((np.where(neighbors < 0, np.iinfo(np.int64).max, neighbors), sqdists))[:, :k]
    return Found(found.ids, np.take_along_axis(neighbors, order, 1), np.take_along_axis(sqdists, order, 1))


def nearest(found: Found, elsewhere: Sequence[Found]) -> Found:
    """What is found in a row's own cell and in others, as one list."""
    neighbors, sqdists = found.neighbors.copy(), found.sqdists.copy()
    for more in elsewhere:
        if len(more.ids):
            at = np.searchsorted(found.ids, more.ids)
            both = np.hstack([neighbors[at], more.neighbors]), np.hstack([sqdists[at], more.sqdists])
            _, neighbors[at], sqdists[at] = _first(Found(more.ids, *both), neighbors.shape[1])
    return Found(found.ids, neighbors, sqdists)
