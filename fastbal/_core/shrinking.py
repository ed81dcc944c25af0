"""The nearest rows of a table that loses rows, round after round, without searching everything again."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastbal._core.memory import rows_at_once
from fastbal._core.neighbors import Index
from fastbal._core.rows import rows_as_floats
from fastbal._core.threads import Progress, for_each_piece, part_of
from fastbal._kernels.cleaning import first_left

# Neighbours looked up in advance: a row is searched for again only when more of its neighbours are gone.
_SPARE = 4
# More rows than this share of those left are searched for among these alone; fewer among more rows.
_MANY = 0.25


class ShrinkingSearch:
    """Exact neighbours among the rows that are left.

    Parameters
    ----------
    X : ndarray or CSR matrix of shape (n, d), float32 or float64
        All rows.
    k : int
        The most neighbours that will be asked for.

    Examples
    --------
    >>> import numpy as np
    >>> search = ShrinkingSearch(np.array([[0.0], [1.0], [3.0], [7.0]]), k=2)
    >>> search.nearest(np.array([0]), np.array([True, True, True, True]), 2)
    array([[1, 2]])
    >>> search.nearest(np.array([0]), np.array([True, False, True, True]), 2)
    array([[2, 3]])
    """

    index: Any

    def __init__(self, X: NDArray[np.floating], k: int) -> None:
        self.X, self.length = X, k + _SPARE
        self.lists = np.full((X.shape[0], self.length), -1, np.int32)
        self.members, self.index = np.empty(0, np.int64), None  # the rows that are searched among
        self.n_searched = 0

    def nearest(
        self, rows: NDArray[np.int64], is_left: NDArray[np.bool_], k: int, progress: Progress | None = None
    ) -> NDArray[np.int64]:
        """Row numbers of the k nearest other rows that are left, of each of `rows`, by (distance, row number)."""
        out = np.empty((len(rows), k), np.int64)
        is_complete = np.empty(len(rows), np.bool_)
        for_each_piece(
            lambda start, stop: first_left(self.lists, rows, is_left, out, is_complete, start, stop),
            len(rows),
            piece=1 << 15,
        )
        missing = np.flatnonzero(~is_complete)
        if len(missing):
            out[missing] = self._searched(rows[missing], is_left, k, progress)[:, :k]
        return out

    def _searched(
        self, rows: NDArray[np.int64], is_left: NDArray[np.bool_], k: int, progress: Progress | None
    ) -> NDArray[np.int32]:
        """Lists of rows, made anew: of at least k rows that are left, if there are."""
        self.n_searched += len(rows)
        n_left = np.count_nonzero(is_left)
        if self.index is None or (len(rows) > _MANY * n_left and len(self.members) != n_left):
            self.index = None  # one less beside the next
            self.members = np.flatnonzero(is_left)
            self.index = Index(self.X if is_left.all() else rows_as_floats(self.X, self.members))
        lists = np.full((len(rows), self.length), -1, np.int32)
        at_most, length = len(self.members) - 1, self.length
        waiting = np.arange(len(rows))
        while len(waiting):
            length = min(length, at_most)
            queries = np.searchsorted(self.members, rows[waiting])
            is_short = np.zeros(len(waiting), np.bool_)
            parts = _in_parts(self.index, queries, length)
            for i, part in enumerate(parts):
                report = part_of(progress, i / len(parts), 1 / len(parts))
                found = self.members[self.index.neighbors_of_rows(queries[part], length, progress=report)[0]]
                lists[waiting[part]], is_short[part] = _left_of(found, is_left, self.length, k)
            if length == at_most:
                break
            waiting = waiting[is_short]
            length *= 2
        self.lists[rows] = lists
        return lists


def _left_of(
    found: NDArray[np.int64], is_left: NDArray[np.bool_], length: int, k: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The first of those found that are left, −1 where there are no more; and whether they are fewer than k."""
    mask = is_left[found]
    if not mask.all():
        order = np.argsort(~mask, axis=1, kind="stable")
        found, mask = np.take_along_axis(found, order, 1), np.take_along_axis(mask, order, 1)
    lists = np.full((len(found), length), -1, np.int64)
    n = min(length, found.shape[1])
    lists[:, :n] = np.where(mask[:, :n], found[:, :n], -1)
    return lists, mask.sum(axis=1) < k


def _in_parts(index: Index, queries: NDArray[np.int64], k: int) -> list[NDArray[np.int64] | slice]:
    """Queries in parts, near ones together: what is found takes four times as much memory as the lists made of it."""
    order = index.near_each_other(queries, k)
    if order is queries or (len(queries) == index.X.shape[0] and index.looks_at_most_pairs(k)):
        return [slice(None)]
    order = np.searchsorted(queries, order)
    size = rows_at_once(len(order))
    return [order[start : start + size] for start in range(0, len(order), size)]
