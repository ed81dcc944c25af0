"""Search by a tree of boxes: float32 filters, float64 decides. See `fastbal._kernels.search` for the proof."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastbal._core.box_tree import build_tree, byte_scale, rounded_to_bytes
from fastbal._core.rotation import principal_axes
from fastbal._core.threads import PerThread, Progress, for_each_piece, max_threads, one_blas_thread, part_of
from fastbal._kernels.batch import Exact, Lists, Workspace
from fastbal._kernels.byte_tile import WORD, has_byte_products, short_numbers
from fastbal._kernels.search import rank_candidates, search_leaves, search_pairs
from fastbal._kernels.tree import Layout, Tree
from fastbal._kernels.vector import GROUP, LIST_BLOCK, PANEL

Matrix = NDArray[np.float32] | NDArray[np.float64]

_UNIT = 2.0**-24
# Columns from which on short numbers are worth their while, by how many share a word; and up to which sums of their
# products fit 32 bits.
_LEAST_BYTES, _MOST_BYTES = {4: 8, 2: 10}, 4096
# Share of the table looked at, and number of queries, from which on they are.
_LITTLE_PRUNED, _MANY_QUERIES = 0.25, 8192
# Candidates in memory at a time; of small tables less, as they are counted beside the table.
_BATCH, _LEAST_BATCH = 1 << 20, 1 << 17
# Share of all pairs of rows, above which looking at each pair once (for both rows) is the faster way.
_HARDLY_PRUNED = 0.5
# Share of the rows that are searched for, from which on that serves them faster, though it finds the others', too:
# SMOTE draws with replacement, and 63 % of the rows where it makes as many.
_NEARLY_ALL = 0.6
# Values up to which to try costs as much as the wrong choice would.
_TOO_FEW_TO_TRY = 1 << 16
# What a call of a kernel looks at, at least: it takes as long as some twenty thousand pairs of rows of twenty columns.
# In numbers, of which a pair has as many as there are columns, and costs as much as some more.
_LEAST_NUMBERS, OF_A_PAIR = 1 << 23, 16
# Share of the variance in the columns that boxes look at, below which they prune next to nothing.
_SEEN_BY_BOXES = 0.2


class Queries(NamedTuple):
    """Rows to search for, in leaf order."""

    tree: Tree
    rows: Matrix
    self_search: bool  # whether they are the rows of the table that is searched


class TreeSearch:
    """Exact k-nearest-neighbour search of float32 or float64 rows.

    Parameters
    ----------
    X : ndarray of shape (n, d), C-contiguous
        Finite, absolute values below 1e150.
    largest : float
        The largest absolute value of X.
    n_queries : int
        Rows that will be searched for, more or less: what preparing the search may cost.
    by_means : bool, default=False
        As for `build_tree`.
    """

    def __init__(self, X: Matrix, largest: float, n_queries: int, *, by_means: bool = False) -> None:
        self.X = X
        d = X.shape[1]
        with one_blas_thread():
            self.rotation = principal_axes(X, largest, n_queries)
        # The leading columns settle little where rows are near.
        n_lead = d if by_means else _n_leading_columns(self.rotation.variance)
        self.layout = Layout(d, min(d, 32), n_lead, _leaf_size(len(X)), 1 - 6 * (d + 20) * _UNIT)
        self.leaf_size = self.layout.leaf_size
        self.tree = build_tree(X, self.rotation, self.layout, by_means=by_means)
        self.workspace = PerThread(partial(scratch_memory, self.layout, len(self.tree.leaf_node)))
        self.n_unproven = 0
        self._shares: dict[int, float] = {}

    def neighbors_of_rows(
        self,
        rows: NDArray[np.int64] | None,
        k: int,
        progress: Progress | None,
        within: NDArray[np.float64] | None = None,
        enough: NDArray[np.float64] | None = None,
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Row numbers and squared distances of the k nearest other rows of each of `rows` (all, where None).

        within (n_queries,): squared distances beyond which nothing need be found; what is missing there is −1.
        enough (n_queries,): k rows that are all nearer than this squared distance will do, even if not the nearest.
        """
        n = len(self.X)
        target = np.full(n, -1, np.int64)
        if rows is None:
            target[:] = np.arange(n)
        else:
            target[rows] = np.arange(len(rows))
        n_queries = n if rows is None else len(rows)
        is_plain = within is None and enough is None
        many = is_plain and n_queries >= _NEARLY_ALL * n and n * k <= 16 * _BATCH
        everything = many and self.prunes_hardly_anything(k)
        self.round_where_it_pays(n_queries, k)
        queries = Queries(self.tree, self.X, self_search=True)
        return self._search(queries, target, n_queries, k, everything, progress, within, enough)

    def neighbors_of(
        self, Y: Matrix, k: int, progress: Progress | None, within: NDArray[np.float64] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Row numbers and squared distances of the k nearest rows of each row of `Y`; `within` as above."""
        self.round_where_it_pays(len(Y), k)
        tree = build_tree(Y, self.rotation, self.layout)
        if self.tree.rounded.scale > 0:
            tree = rounded_to_bytes(tree, self.layout, self.tree.rounded.scale)
        return self.search_foreign(Queries(tree, Y, self_search=False), k, progress, within)

    def search_foreign(
        self,
        queries: Queries,
        k: int,
        progress: Progress | None,
        within: NDArray[np.float64] | None = None,
        enough: NDArray[np.float64] | None = None,
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The same of rows that are in leaf order, in the coordinates of this tree."""
        n_queries = len(queries.rows)
        return self._search(queries, np.arange(n_queries), n_queries, k, False, progress, within, enough)

    def _search(
        self,
        queries: Queries,
        target: NDArray[np.int64],
        n_queries: int,
        k: int,
        everything: bool,
        progress: Progress | None,
        within: NDArray[np.float64] | None = None,
        enough: NDArray[np.float64] | None = None,
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Search batch by batch of leaves; ``target[row]`` is the place of a query's answer, −1 if not wanted."""
        neighbors = np.empty((n_queries, k), np.int64)
        sqdists = np.empty((n_queries, k))
        rows = queries.tree.rows
        wanted = rows >= 0
        wanted[wanted] = target[rows[wanted]] >= 0
        per_leaf = wanted.reshape(-1, self.leaf_size).sum(axis=1)
        at_once = min(_BATCH, max(_LEAST_BATCH, self.X.size // 16))
        batch_size = n_queries if everything else max(1, at_once // list_length(k))
        batch_of_leaf = (np.cumsum(per_leaf) - per_leaf) // batch_size
        slot = np.full(len(rows), -1, np.int64)
        done = 0
        self.n_unproven = 0
        for batch in np.unique(batch_of_leaf):
            leaves = np.flatnonzero(batch_of_leaf == batch)
            first, last = leaves[0] * self.leaf_size, (leaves[-1] + 1) * self.leaf_size
            positions = first + np.flatnonzero(wanted[first:last])
            if len(positions) == 0:
                continue
            report = part_of(progress, done / n_queries, len(positions) / n_queries)
            done += len(positions)
            slot[positions] = np.arange(len(positions))
            places = target[rows[positions]]
            limit = np.full(len(places), np.inf) if within is None else within[places]
            if enough is not None:
                nearest, near = self.verify(queries, leaves, slot, k, limit, enough[places], report)
            else:
                if everything:
                    keys, ids = self._filter_pairs(k, report)
                    keys, ids = keys[positions], ids[positions]
                else:
                    keys, ids, _ = self._filter(queries, leaves, slot, len(places), k, report, self._radius(limit))
                nearest, near, proven = self.rank(queries, rows[positions], keys, ids, k)
                unproven = self._unproven(proven)
                if len(unproven):
                    self.n_unproven += len(unproven)
                    slot[positions] = -1
                    slot[positions[unproven]] = np.arange(len(unproven))
                    nearest[unproven], near[unproven] = self.verify(queries, leaves, slot, k, near[unproven, -1])
            slot[positions] = -1
            neighbors[places], sqdists[places] = nearest, near
        return neighbors, sqdists

    def _filter(
        self,
        queries: Queries,
        leaves: NDArray[np.int64],
        slot: NDArray[np.int64],
        n_lists: int,
        k: int,
        progress: Progress | None,
        radius: NDArray[np.float32] | None = None,
    ) -> tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.int64]]:
        """Lower bounds and positions of the candidates of each list, and the pairs of rows looked at."""
        keys, ids = empty_lists(n_lists, k)
        if radius is None:
            radius = np.full(n_lists, np.inf, np.float32)
        work = np.zeros(len(queries.tree.leaf_node), np.int64)
        outputs = Lists(keys, ids, keys.shape[1]), self.exact(queries), work
        self._run_leaves(queries, leaves, slot, radius, outputs, progress)
        return keys, ids, work

    def verify(
        self,
        queries: Queries,
        leaves: NDArray[np.int64],
        slot: NDArray[np.int64],
        k: int,
        within: NDArray[np.float64],
        enough: NDArray[np.float64] | None = None,
        progress: Progress | None = None,
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The answers of lists, measured at once: what is beyond `within` may be missing; `enough` as above."""
        neighbors, sqdists = np.full((len(within), k), -1, np.int64), np.full((len(within), k), np.inf)
        enough = np.full(len(within), -np.inf) if enough is None else enough
        work = np.zeros(len(queries.tree.leaf_node), np.int64)
        outputs = Lists(*empty_lists(0, 1), 0), self.exact(queries, sqdists, neighbors, enough), work
        self._run_leaves(queries, leaves, slot, self._radius(within), outputs, progress)
        return neighbors, sqdists

    def _radius(self, sqdists: NDArray[np.float64]) -> NDArray[np.float32]:
        """Squared distances at the scale of the tree, rounded up: no row within them has a larger lower bound."""
        farthest = sqdists * (self.rotation.scale**2 * (1 + 1e-6))
        return np.nextafter(farthest.astype(np.float32), np.float32(np.inf))

    def exact(self, queries: Queries, *lists: NDArray[Any]) -> Exact:
        """Where verified rows go, if anywhere: `sqdists`, `neighbors` and `enough`."""
        rows = self.X, queries.rows, self.rotation.scale**2
        return Exact(bool(lists), *rows, *(lists or (np.empty((0, 1)), np.empty((0, 1), np.int64), np.empty(0))))

    def _run_leaves(
        self,
        queries: Queries,
        leaves: NDArray[np.int64],
        slot: NDArray[np.int64],
        radius: NDArray[np.float32],
        outputs: tuple[Lists, Exact, NDArray[np.int64]],
        progress: Progress | None,
    ) -> None:
        inputs = (self.layout, queries.tree, self.tree, queries.self_search, slot, radius, *outputs)
        first = int(leaves[0])
        search = PerThread(lambda: search_leaves.given(*inputs, self.workspace()))
        for_each_piece(
            lambda start, stop: search()(first + start, first + stop),
            len(leaves),
            piece=self.leaves_in_a_piece(len(leaves), self.leaf_size * len(self.X)),
            progress=progress,
        )

    def leaves_in_a_piece(self, n: int, n_pairs: float) -> int:
        """How many of n leaves, or pairs of them, are handed to a kernel at once, if each is of `n_pairs` of rows."""
        least = int(_LEAST_NUMBERS / (n_pairs * (OF_A_PAIR + self.layout.d)))
        return max(1, least, 0 if least >= n else min(n // (8 * max_threads()), 4096 // self.leaf_size))

    def rank(
        self,
        queries: Queries,
        query_rows: NDArray[np.int64],
        keys: NDArray[np.float32],
        ids: NDArray[np.int32],
        k: int,
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_]]:
        """The k nearest candidates by their true distances, and whether they are proved to be the nearest rows."""
        n = len(query_rows)
        neighbors, sqdists, proven = np.empty((n, k), np.int64), np.empty((n, k)), np.empty(n, np.bool_)
        inputs = (self.X, queries.rows, self.tree.rows, query_rows, keys, ids, self.rotation.scale**2)
        work = partial(rank_candidates, *inputs, neighbors, sqdists, proven)
        for_each_piece(work, n, piece=4096)
        return neighbors, sqdists, proven

    def _unproven(self, proven: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Lists that are to be searched again."""
        return np.flatnonzero(~proven)

    # -- structureless data ---------------------------------------------------------------------------------------

    def prunes_hardly_anything(self, k: int) -> bool:
        """Whether boxes prune hardly anything, so that to look at each pair of rows once, for both, is faster."""
        return self.share_looked_at(k) > _HARDLY_PRUNED

    def round_where_it_pays(self, n_queries: int, k: int) -> None:
        """Let a filter in eight or 16 bits come first where boxes prune little, and there is enough to do."""
        d, n_lead = self.layout.d, self.layout.n_lead
        if self.tree.rounded.scale > 0 or n_queries < _MANY_QUERIES:
            return
        if not _LEAST_BYTES[short_numbers(d)[0]] <= d <= _MOST_BYTES:
            return
        if n_lead < d:  # a few columns hold most of the variance, and settle as much
            return
        if has_byte_products() and self.share_looked_at(k) > _LITTLE_PRUNED:
            scale = byte_scale(self.tree, self.layout)
            if scale > 0:
                self.tree = rounded_to_bytes(self.tree, self.layout, scale)

    def share_looked_at(self, k: int) -> float:
        """The share of the table that the rows of a few leaves, searched on trial, have to look at."""
        if k not in self._shares:
            self._shares[k] = self._share_looked_at(k)
        return self._shares[k]

    def _share_looked_at(self, k: int) -> float:
        n_leaves = len(self.tree.leaf_node)
        if self.X.size <= _TOO_FEW_TO_TRY:
            return 0.0
        variance = self.rotation.variance
        if variance[: self.layout.n_box].sum() < _SEEN_BY_BOXES * variance.sum():
            return 1.0
        queries = Queries(self.tree, self.X, self_search=True)
        looked_at = wanted = 0
        for leaf in range(n_leaves // 8, n_leaves, max(1, n_leaves // 4)):
            first, last = leaf * self.leaf_size, min(len(self.X), (leaf + 1) * self.leaf_size)
            slot = np.full(len(self.tree.rows), -1, np.int64)
            slot[first:last] = np.arange(last - first)
            *_, work = self._filter(queries, np.array([leaf]), slot, last - first, k, None)
            looked_at += int(work.sum())
            wanted += last - first
        return looked_at / (wanted * len(self.X))

    def _filter_pairs(self, k: int, progress: Progress | None) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        """Candidates of all rows, by position, each pair of leaves looked at once."""
        n_leaves = len(self.tree.leaf_node)
        keys, ids = empty_lists(len(self.tree.rows), k)
        ceilings = np.where(self.tree.rows >= 0, np.float32(np.inf), np.float32(-np.inf)).astype(np.float32)
        rounds = _rounds(n_leaves, max_threads())
        positions = np.arange(len(self.tree.rows))
        slot = np.where(self.tree.rows >= 0, positions, -1)
        queries = Queries(self.tree, self.X, self_search=True)
        outputs = Lists(keys, ids, keys.shape[1]), self.exact(queries)
        inputs = self.layout, self.tree, slot, ceilings, *outputs
        search = PerThread(lambda: search_pairs.given(*inputs, self.workspace()))
        for i, blocks in enumerate(rounds):

            def meet(start: int, stop: int, blocks: NDArray[np.int64] = blocks) -> None:
                search()(blocks, start, stop)

            leaf_pairs = np.prod(blocks[:, 1::2] - blocks[:, ::2], axis=1).mean() if len(blocks) else 1
            piece = self.leaves_in_a_piece(len(blocks), self.leaf_size**2 * leaf_pairs)
            for_each_piece(meet, len(blocks), piece=piece, progress=part_of(progress, i / len(rounds), 1 / len(rounds)))
        return keys, ids


def scratch_memory(layout: Layout, n_leaves: int) -> Workspace:
    """Scratch memory of one thread, about 6 (d + 30) bytes a row of a leaf."""
    d, n = layout.d, layout.leaf_size
    float32, int64 = np.float32, np.int64
    return Workspace(
        members=np.empty(n, int64),
        residuals=np.empty(n * d, float32),
        leads=np.empty(n * layout.n_box, float32),
        bound=np.empty(n, float32),
        errors=np.empty(n, float32),
        outside=np.empty(n, float32),
        near=np.empty(n + 1, int64),
        shift=np.empty(d, float32),
        packed=np.empty(d * GROUP, float32),
        squares=np.zeros(2 * GROUP, float32),
        offsets=np.zeros(2 * GROUP, float32),
        limits=np.empty(2 * GROUP, float32),
        closed=np.full(PANEL, -np.inf, float32),
        sums=np.empty(GROUP * PANEL, float32),
        hits=np.empty(GROUP, np.uint32),
        trials=np.zeros(3, int64),
        short=np.empty(n * WORD * -(-d // short_numbers(d)[0]), np.int8),
        bytes=np.empty(GROUP * WORD * -(-d // short_numbers(d)[0]), np.int8),
        level=np.empty(GROUP, np.int32),
        reach=np.empty(GROUP, np.int32),
        reaches=np.empty(n, np.int32),
        hits_of_bytes=np.empty(n // 4, np.uint32),
        heap_bounds=np.empty(n_leaves + 1, float32),
        heap_nodes=np.empty(n_leaves + 1, int64),
    )


def list_length(k: int) -> int:
    """Candidates kept: at least three more than k. The gap to the last of them proves that the first k are complete."""
    return -(-(k + 3) // LIST_BLOCK) * LIST_BLOCK


def empty_lists(n: int, k: int) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    length = list_length(k)
    return np.full((n, length), np.inf, np.float32), np.full((n, length), -1, np.int32)


def _leaf_size(n: int) -> int:
    """Rows per leaf. Large leaves share bounds among many queries; small tables need leaves for every thread."""
    return 8 * PANEL if n >= 8192 else 2 * PANEL


def _n_leading_columns(variance: NDArray[np.float64]) -> int:
    """Columns of the first part of a tile: most of the variance in at most half the columns, or all columns."""
    d = len(variance)
    if d < 24 or variance.sum() <= 0:
        return d
    share = np.cumsum(variance) / variance.sum()
    n = -(-(int(np.searchsorted(share, 0.9)) + 1) // 8) * 8
    return n if n <= d // 2 else d


def _rounds(n_leaves: int, n_threads: int) -> list[NDArray[np.int64]]:
    """All pairs of leaves as blocks (a0, a1, b0, b1), in rounds whose blocks share no leaf: a tournament."""
    n_teams = max(2, min(2 * n_threads, n_leaves))
    n_teams += n_teams % 2
    edges = np.linspace(0, n_leaves, n_teams + 1).astype(np.int64)
    span = [(edges[i], edges[i + 1]) for i in range(n_teams)]
    # Each leaf with itself first: that sets limits which keep most of the others off the lists.
    homes = np.arange(n_leaves)[:, None] + np.array([0, 1, 0, 1])
    larger = [[*span[i], *span[i]] for i in range(n_teams) if span[i][1] - span[i][0] > 1]
    rounds = [homes, np.array(larger, np.int64).reshape(-1, 4)]
    others = list(range(1, n_teams))
    for _ in range(n_teams - 1):
        seats = [0, *others]
        pairs = [sorted((seats[i], seats[-1 - i])) for i in range(n_teams // 2)]
        rounds.append(np.array([[*span[a], *span[b]] for a, b in pairs], np.int64))
        others = others[-1:] + others[:-1]
    return rounds
