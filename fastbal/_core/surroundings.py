"""Rows that stand among their own kind: told by what is nearby, without finding out which rows are nearest.

The k nearest rows of a row are of its class if any k rows are nearer than the nearest row of another class. Rows of the
row's own leaf will do; they say how near another class must be to matter. Whether it is, a tree of the other classes
alone tells: of most of its boxes that they are out of reach. Where it is, that distance is as far as the search for the
nearest rows need go; and it may end as soon as k rows are nearer.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from fastbal._core.box_tree import build_tree, rounded_to_bytes
from fastbal._core.recipe import Rows
from fastbal._core.threads import PerThread, Progress, for_each_piece
from fastbal._core.tree_search import Matrix, Queries, TreeSearch, empty_lists, scratch_memory
from fastbal._kernels.batch import Lists
from fastbal._kernels.search import search_homes

# Rows that are told at a time; and the share of them that must be clear, or the rest is searched at once.
_BATCH_ROWS = 1 << 15
_WORTH_GOING_ON = 0.3


class Surroundings(NamedTuple):
    """What is around some rows.

    Attributes
    ----------
    is_clear : ndarray of shape (n,), bool
        Whether it is clear that of a row's k nearest rows fewer than `nth` are others.
    nearest : ndarray of shape (n,), float64
        Where it is not, the squared distance of the `nth` nearest of the others, or infinity.
    """

    is_clear: NDArray[np.bool_]
    nearest: NDArray[np.float64]


class _InItsCoordinates(TreeSearch):
    """Rows, or some of them, to be searched by those of a table that is in leaf order already, or to search it.

    Meant for `verify` alone: what else a `TreeSearch` does is for a tree of all rows.
    """

    def __init__(self, search: TreeSearch, X: Matrix, rows: Rows | None = None) -> None:
        self.X = X
        self.rotation, self.layout, self.leaf_size = search.rotation, search.layout, search.leaf_size
        self.tree = build_tree(X, self.rotation, self.layout, rows=rows)
        if search.tree.rounded.scale > 0:
            self.tree = rounded_to_bytes(self.tree, self.layout, search.tree.rounded.scale)
        self._shares: dict[int, float] = {}
        self.workspace = PerThread(partial(scratch_memory, self.layout, len(self.tree.leaf_node)))


def are_far_between(n_others: int, n: int, k: int) -> bool:
    """Whether more than k of n rows are nearer than the nearest of the others, as a rule, even without structure."""
    return 2 * k * n_others <= n


def look_around(
    search: TreeSearch, rows: Rows, others: Rows | Matrix, k: int, nth: int, progress: Progress | None = None
) -> Surroundings:
    """Tell, as far as that is soon done, which rows have fewer than `nth` of certain others among their k nearest.

    Parameters
    ----------
    search : TreeSearch
        The table.
    rows : ndarray of shape (n,), int64
        Row numbers, each once.
    others : ndarray of shape (n_others,), int64, or (n_others, d)
        Row numbers, ascending, none of them in `rows`; or rows of a larger table.
    k, nth : int
        Neighbours, and how many of them may not be others.
    progress : callable, optional
        Told the share done.
    """
    search.round_where_it_pays(len(rows), k)
    if others.ndim == 2:
        far = _InItsCoordinates(search, cast("Matrix", others))
    else:
        far = _InItsCoordinates(search, search.X, cast("Rows", others))
    place = np.full(len(search.X) + 1, -1, np.int64)  # the last one is that of padding
    place[rows] = np.arange(len(rows))
    place = place[search.tree.rows]
    per_leaf = (place.reshape(-1, search.leaf_size) >= 0).sum(axis=1)
    batch_of_leaf = (np.cumsum(per_leaf) - per_leaf) // _BATCH_ROWS
    slot = np.full(len(place), -1, np.int64)
    queries = Queries(search.tree, search.X, self_search=False)
    is_clear, nearest = np.zeros(len(rows), np.bool_), np.full(len(rows), np.inf)
    n_told = n_clear = 0
    for batch in np.unique(batch_of_leaf):
        leaves = np.flatnonzero(batch_of_leaf == batch)
        first, last = leaves[0] * search.leaf_size, (leaves[-1] + 1) * search.leaf_size
        positions = first + np.flatnonzero(place[first:last] >= 0)
        if not len(positions):
            continue
        slot[positions] = np.arange(len(positions))
        reach = _reach_at_home(search, leaves, slot, positions, k)
        found = far.verify(queries, leaves, slot, nth, reach)[1][:, -1]
        slot[positions] = -1
        is_known = reach > 0
        clear = is_known & (reach < found)
        is_clear[place[positions]] = clear
        nearest[place[positions]] = np.where(is_known, found, np.inf)
        n_told, n_clear = n_told + len(positions), n_clear + int(clear.sum())
        if n_clear < _WORTH_GOING_ON * n_told and not are_far_between(len(others), len(search.X), k):
            break
        if progress is not None:
            progress(n_told / len(rows))
    return Surroundings(is_clear, nearest)


def _reach_at_home(search: TreeSearch, leaves: Rows, slot: Rows, positions: Rows, k: int) -> NDArray[np.float64]:
    """Squared distances within which rows have k others, in their own leaves; 0 where those have no k others."""
    keys, ids = empty_lists(len(positions), k)
    queries = Queries(search.tree, search.X, self_search=True)
    radius = np.full(len(positions), np.inf, np.float32)
    inputs = (search.layout, search.tree, slot, radius, Lists(keys, ids, keys.shape[1]))
    exact, first = search.exact(queries), int(leaves[0])
    for_each_piece(
        lambda start, stop: search_homes(*inputs, exact, search.workspace(), first + start, first + stop),
        len(leaves),
        piece=search.leaves_in_a_piece(len(leaves), search.leaf_size**2),
    )
    farthest: NDArray[np.float64] = search.rank(queries, search.tree.rows[positions], keys, ids, k)[1][:, -1]
    return np.where(np.isfinite(farthest), farthest, 0.0)


def look_around_class(
    search: TreeSearch, rows: Rows, k: int, k_kin: int, progress: Progress | None = None
) -> tuple[Rows, Rows]:
    """The neighbours of the rows of a class, in it and among all, as far as it takes to count those of other classes.

    The class is searched first, which is little work where it is rare: then it is known from which distance on k rows
    are enough. Its rows stand side by side in a tree of their own, and not a few in each leaf of the table's.

    Parameters
    ----------
    search : TreeSearch
        The table.
    rows : ndarray of shape (n,), int64
        All rows of a class, at least two, ascending.
    k, k_kin : int
        Neighbours among all, and at least so many in the class.
    progress : callable, optional
        Told the share done.

    Returns
    -------
    neighbors : ndarray of shape (n, k), int64
        Row numbers of the k nearest; or k rows of other classes that are all nearer than any other of the class, so
        that the nearest are of other classes, too.
    kin : ndarray of shape (n, at least k_kin), int64
        The nearest others of the class, by their positions in it; fewer only where there are fewer.
    """
    search.round_where_it_pays(len(rows), k + 1)
    home = _InItsCoordinates(search, search.X[rows])
    kin, near = home.neighbors_of_rows(None, min(max(k, k_kin), len(rows) - 1), None)
    within = near[:, k - 1] if near.shape[1] >= k else None
    queries = Queries(home.tree, home.X, self_search=False)
    found = search.search_foreign(queries, k + 1, progress, within, near[:, 0])[0]
    is_self = found == rows[:, None]
    is_self[:, -1] |= ~is_self.any(axis=1)  # copies have crowded it out, or k + 1 rows were enough without it
    return found[~is_self].reshape(len(rows), k), kin
