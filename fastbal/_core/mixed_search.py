"""Exact neighbours in tables that other distances than the plain one belong to: categories, gaps, or nothing else.

    MixedIndex      numbers and categories          leaves with boxes, whole leaves left out
    MissingIndex    ... with gaps in the numbers    every pair measured
    NominalIndex    categories only, by classes     equal rows once, then every pair measured

All answer by (distance, row number), as `fastbal._core.neighbors.Index`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastbal._core.duplicates import DistinctSearch
from fastbal._core.threads import Progress, for_each_piece
from fastbal._kernels.mixed import search_missing, search_mixed, search_tables

Found = tuple[NDArray[np.int64], NDArray[np.float64]]
Codes = NDArray[np.int32]

_LEAF = 96
_SAMPLE = 256
# Pairs of entries compared in one piece, about a millisecond's.
_PIECE_ENTRIES = 4_000_000


class MixedIndex:
    """Rows of numbers and categories, ready to be searched.

    Parameters
    ----------
    numbers : ndarray of shape (n, d)
        Finite numbers; float32 or float64.
    codes : ndarray of shape (f, n), int32
        Categories.
    penalty : float
        What a category that differs adds to the squared distance.
    """

    def __init__(self, numbers: NDArray[Any], codes: Codes, penalty: float) -> None:
        self.penalty = float(penalty)
        leaves = leaves_of(numbers, codes, self.penalty, _LEAF)
        self.members = np.concatenate(leaves)
        self.first = np.concatenate([[0], np.cumsum([len(leaf) for leaf in leaves])])
        self.numbers = np.ascontiguousarray(numbers[self.members].T, np.float64)
        self.codes = np.ascontiguousarray(codes[:, self.members], np.int32)
        begin = self.first[:-1]
        self.boxes = [
            np.ascontiguousarray(limit.reduceat(part, begin, axis=1).T)
            for part in (self.numbers, self.codes)
            for limit in (np.minimum, np.maximum)
        ]

    def neighbors_of_rows(self, rows: NDArray[np.int64] | None, k: int, *, progress: Progress | None = None) -> Found:
        """As `Index.neighbors_of_rows`."""
        n = len(self.members)
        position = np.empty(n, np.int64)
        position[self.members] = np.arange(n)
        queries = position if rows is None else position[rows]
        order = np.argsort(queries)
        ascending = queries[order]
        n_before = np.searchsorted(ascending, self.first)
        neighbors, sqdists = np.empty((len(queries), k), np.int64), np.empty((len(queries), k))
        for_each_piece(
            lambda start, stop: search_mixed(
                self.numbers, self.codes, self.penalty, self.first, *self.boxes, self.members, ascending, n_before,
                neighbors, sqdists, start, stop,
            ),
            len(self.first) - 1,
            piece=2,
            progress=progress,
        )  # fmt: skip
        found, distances = np.empty_like(neighbors), np.empty_like(sqdists)
        found[order], distances[order] = neighbors, np.sqrt(sqdists)
        return found, distances


def leaves_of(numbers: NDArray[Any], codes: Codes, penalty: float, size: int) -> list[NDArray[np.int64]]:
    """At most `size` rows close to each other: halves of halves, at the median of the column that varies most."""
    n, d = numbers.shape
    todo, leaves = [np.arange(n)], []
    while todo:
        rows = todo.pop()
        if len(rows) <= size:
            leaves.append(rows)
            continue
        sample = rows[:: 1 + len(rows) // _SAMPLE]
        # The variance of a category is half the mean squared distance of two rows, as that of a number.
        drawn = codes[:, sample]
        spread = np.concatenate([numbers[sample].var(axis=0), [penalty / 2 * _mixed_up(column) for column in drawn]])
        widest = int(np.argmax(spread))
        values = numbers[rows, widest] if widest < d else codes[widest - d, rows]
        middle = len(rows) // 2
        order = np.argpartition(values, middle)
        todo += [rows[order[:middle]], rows[order[middle:]]]
    return leaves


def _mixed_up(codes: Codes) -> float:
    """How often two rows have different categories."""
    counts = np.unique(codes, return_counts=True)[1]
    return 1.0 - float(np.square(counts / len(codes)).sum())


class MissingIndex:
    """Rows of numbers, some of them missing (NaN), and of categories; arguments as those of `MixedIndex`."""

    def __init__(self, numbers: NDArray[Any], codes: Codes | None = None, penalty: float = 0.0) -> None:
        self.numbers = np.ascontiguousarray(numbers.T, np.float64)
        self.codes = np.empty((0, len(numbers)), np.int32) if codes is None else np.ascontiguousarray(codes)
        self.penalty = float(penalty)

    def neighbors_of_rows(self, rows: NDArray[np.int64] | None, k: int, *, progress: Progress | None = None) -> Found:
        """As `Index.neighbors_of_rows`; rows without a number in common are infinitely far apart."""
        n = self.numbers.shape[1]
        rows = np.arange(n) if rows is None else rows
        neighbors, sqdists = np.empty((len(rows), k), np.int64), np.empty((len(rows), k))
        for_each_piece(
            lambda start, stop: search_missing(
                self.numbers, self.codes, self.penalty, rows, neighbors, sqdists, start, stop
            ),
            len(rows),
            piece=1 + _PIECE_ENTRIES // (n * (len(self.numbers) + len(self.codes))),
            progress=progress,
        )
        return neighbors, np.sqrt(sqdists)

    def neighbors_of(self, Y: NDArray[Any], k: int, *, progress: Progress | None = None) -> Found:
        """As `Index.neighbors_of`, for tables of numbers only."""
        from sklearn.metrics.pairwise import nan_euclidean_distances

        n = self.numbers.shape[1]
        neighbors, distances = np.empty((len(Y), k), np.int64), np.empty((len(Y), k))

        def search(start: int, stop: int) -> None:
            found = nan_euclidean_distances(Y[start:stop].astype(np.float64), self.numbers.T)
            found[np.isnan(found)] = np.inf
            neighbors[start:stop] = np.argsort(found, axis=1, kind="stable")[:, :k]
            distances[start:stop] = np.take_along_axis(found, neighbors[start:stop], axis=1)

        for_each_piece(search, len(Y), piece=1 + _PIECE_ENTRIES // n, progress=progress)
        return neighbors, distances


class NominalIndex:
    """Rows of categories, ready to be searched by the value difference metric.

    Parameters
    ----------
    codes : ndarray of shape (f, n), int32
        Categories.
    shares : list of ndarray of shape (n_categories, n_classes)
        For each column the share of each class among the rows that have a category.
    """

    def __init__(self, codes: Codes, shares: list[NDArray[np.float64]]) -> None:
        self.n_rows = codes.shape[1]
        alike = np.empty_like(codes)
        tables = []
        for c, table in enumerate(shares):
            # Categories with the same shares of classes are the same: their distance is none.
            distinct, code_of = np.unique(table, axis=0, return_inverse=True)
            alike[c] = code_of.reshape(-1)[codes[c]]
            tables.append(distinct)
        self.shares = np.concatenate(tables)
        self.first = np.concatenate([[0], np.cumsum([len(table) for table in tables])])
        _, representatives, group = np.unique(alike, axis=1, return_index=True, return_inverse=True)
        order = np.argsort(representatives)
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        self.codes = np.ascontiguousarray(alike[:, representatives[order]])
        self.search = DistinctSearch(representatives[order], rank[group.reshape(-1)], self._Groups(self))

    class _Groups:
        """Search among the distinct rows."""

        def __init__(self, index: NominalIndex) -> None:
            self.index = index

        def neighbors_of_rows(self, rows: NDArray[np.int64] | None, k: int, progress: Progress | None) -> Found:
            """Row numbers and distances of the k nearest other rows of each of `rows` (all, where None)."""
            index = self.index
            f, n = index.codes.shape
            rows = np.arange(n) if rows is None else rows
            neighbors, distances = np.empty((len(rows), k), np.int64), np.empty((len(rows), k))
            for_each_piece(
                lambda start, stop: search_tables(
                    index.codes, index.first, index.shares, rows, neighbors, distances, start, stop
                ),
                len(rows),
                piece=1 + _PIECE_ENTRIES // (n * f),
                progress=progress,
            )
            return neighbors, distances

    def neighbors_of_rows(self, rows: NDArray[np.int64] | None, k: int, *, progress: Progress | None = None) -> Found:
        """As `Index.neighbors_of_rows`."""
        return self.search.neighbors_of_rows(rows, k, progress)
