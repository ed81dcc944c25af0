"""Search among distinct rows, where many rows are the same; each answer then serves all copies."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastbal._core.threads import Progress, for_each_piece
from fastbal._kernels.duplicates import expand, hash_rows, rows_equal

# A sample of this many rows shows groups large enough to matter: their members in n rows times n / sample is work.
_SAMPLE = 4096
_MANY = 0.01


class DistinctSearch:
    """Search among the distinct rows of a table, and hand out each answer to all copies.

    Parameters
    ----------
    representatives : ndarray of shape (n_groups,), int64
        First row of each group of equal rows, ascending: so (distance, group) and (distance, first row) are one order,
        and the k nearest rows are among those of the k nearest groups.
    group : ndarray of shape (n,), int64
        Group of each row.
    search : object with `neighbors_of_rows` and `neighbors_of`
        Search among the representatives.
    """

    def __init__(self, representatives: NDArray[np.int64], group: NDArray[np.int64], search: Any) -> None:
        self.group, self.search = group, search
        self.n_groups = len(representatives)
        self.first = np.concatenate([[0], np.cumsum(np.bincount(group, minlength=self.n_groups))])
        self.members = np.argsort(group, kind="stable")

    def neighbors_of_rows(
        self, rows: NDArray[np.int64] | None, k: int, progress: Progress | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Row numbers and squared distances of the k nearest other rows of each of `rows` (all, where None)."""
        rows = np.arange(len(self.group)) if rows is None else rows
        groups, lists = np.unique(self.group[rows], return_inverse=True)
        found, near = groups[:, None], np.zeros((len(groups), 1))  # the copies of a row come first
        k_others = min(k, self.n_groups - 1)
        if k_others:
            others, away = self.search.neighbors_of_rows(
                None if len(groups) == self.n_groups else groups, k_others, progress
            )
            found, near = np.hstack([found, others]), np.hstack([near, away])
        return self._expand(lists, rows, found, near, k)

    def neighbors_of(
        self, Y: NDArray[np.floating], k: int, progress: Progress | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Row numbers and squared distances of the k nearest rows of each row of `Y`."""
        found, near = self.search.neighbors_of(Y, min(k, self.n_groups), progress)
        return self._expand(np.arange(len(Y)), np.full(len(Y), -1, np.int64), found, near, k)

    def _expand(
        self,
        lists: NDArray[np.int64],
        own_rows: NDArray[np.int64],
        found: NDArray[np.int64],
        near: NDArray[np.float64],
        k: int,
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        neighbors = np.empty((len(lists), k), np.int64)
        sqdists = np.empty((len(lists), k))
        for_each_piece(
            lambda start, stop: expand(
                lists, own_rows, self.first, self.members, found, near, neighbors, sqdists, start, stop
            ),
            len(lists),
            piece=8192,
        )
        return neighbors, sqdists


def row_hashes(X: NDArray[np.floating]) -> NDArray[np.uint64]:
    hashes = np.empty(len(X), np.uint64)
    for_each_piece(lambda start, stop: hash_rows(X, hashes, start, stop), len(X), piece=1 + 500_000 // X.shape[1])
    return hashes


def find_duplicates(X: NDArray[np.floating]) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """First rows of the groups of equal rows, and the group of each row; None where a sample shows hardly any."""
    sample = np.ascontiguousarray(X[:: max(1, len(X) // _SAMPLE)])
    hashes = np.sort(row_hashes(sample))
    if np.count_nonzero(hashes[1:] == hashes[:-1]) <= _MANY * len(sample):
        return None
    _, representatives, inverse = np.unique(row_hashes(X), return_index=True, return_inverse=True)
    order = np.argsort(representatives)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    group = rank[inverse]
    representatives = representatives[order]
    equal = np.empty(len(X), np.bool_)
    rows, others = np.arange(len(X)), representatives[group]
    for_each_piece(lambda start, stop: rows_equal(X, rows, others, equal, start, stop), len(X), piece=8192)
    return (representatives, group) if equal.all() else None  # two rows with one hash: about never
