"""Search by a tree of boxes: float32 filters, float64 decides. See `fastbal._kernels.search` for the proof."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from fastbal._core.rotation import principal_axes
from fastbal._core.threads import Progress, for_each_piece, max_threads, one_blas_thread
from fastbal._kernels.search import rank_candidates, search_leaves, search_pairs
from fastbal._kernels.tree import Tree, fill_inner_nodes, fill_leaves, lay_out_nodes, split_nodes
from fastbal._kernels.vector import PANEL

Matrix = NDArray[np.float32] | NDArray[np.float64]

_UNIT = 2.0**-24
# Values rotated at a time by a thread.
_CHUNK = 1 << 17
# Candidates in memory at a time.
_BATCH = 1 << 20
# Share of all pairs of rows, above which looking at each pair once (for both rows) is the faster way.
_HARDLY_PRUNED = 0.5


class TreeSearch:
    """Exact k-nearest-neighbour search of float32 or float64 rows.

    Parameters
    ----------
    X : ndarray of shape (n, d), C-contiguous
        Finite, absolute values below 1e150.
    largest : float
        The largest absolute value of X.
    """

    def __init__(self, X: Matrix, largest: float) -> None:
        self.X = X
        d = X.shape[1]
        with one_blas_thread():
            self.rotation = principal_axes(X, largest)
        self.shrink = 1 - 6 * (d + 20) * _UNIT
        self.leaf_size = _leaf_size(len(X))
        self.n_box = min(d, 32)
        self.n_lead = _n_leading_columns(self.rotation.variance)
        # Candidates kept beyond k: the gap to the last of them proves that the first k are complete. The more columns,
        # the larger the rounding and the smaller the gaps.
        self.n_spare = 3
        with one_blas_thread():
            self.tree = self._build(X)
        self.n_unproven = 0

    # -- the tree -------------------------------------------------------------------------------------------------

    def _build(self, X: Matrix) -> Tree:
        n, d = X.shape
        leaf_size = self.leaf_size
        n_leaves = -(-n // leaf_size)
        n_nodes, n_positions = 2 * n_leaves - 1, n_leaves * leaf_size
        half = np.empty(n_positions, np.float32)
        split = self.n_lead < d
        tree = Tree(
            panels=np.empty(n_positions * d, np.float32),
            half=half,
            half_lead=np.empty(n_positions, np.float32) if split else half,
            half_rest=np.empty(n_positions, np.float32) if split else half,
            rows=np.full(n_positions, -1, np.int64),
            center=np.empty((n_nodes, d)),
            low=np.empty((n_nodes, d), np.float32),
            high=np.empty((n_nodes, d), np.float32),
            noise=np.empty(n_nodes),
            first_leaf=np.empty(n_nodes, np.int64),
            n_leaves=np.empty(n_nodes, np.int64),
            leaf_node=np.empty(n_leaves, np.int64),
        )
        lay_out_nodes(n_leaves, tree.first_leaf, tree.n_leaves, tree.leaf_node)
        tree.rows[:n] = self._order_rows(X, tree)
        for_each_piece(
            lambda start, stop: self._fill(tree, X, start, stop), n_leaves, piece=max(1, _CHUNK // (leaf_size * d))
        )
        fill_inner_nodes(tree)
        return tree

    def _order_rows(self, X: Matrix, tree: Tree) -> NDArray[np.int64]:
        """Rows in leaf order: halve at the median of the widest leading column, again and again."""
        n = len(X)
        order = np.arange(n)
        n_split = min(X.shape[1], 16)
        lead = np.empty((n, n_split), np.float32)

        def rotate(start: int, stop: int) -> None:
            lead[start:stop] = self.rotation(X[start:stop], n_split)

        for_each_piece(rotate, n, piece=1 + _CHUNK // X.shape[1])
        keys = np.empty(n, np.float32)

        def split(nodes: NDArray[np.int64], down_to_rows: bool) -> None:
            for_each_piece(
                lambda start, stop: split_nodes(
                    lead, nodes, down_to_rows, tree.first_leaf, tree.n_leaves, self.leaf_size, keys, order, start, stop
                ),
                len(nodes),
                piece=1,
            )

        nodes = np.zeros(1, np.int64)
        if n > 20_000:  # the top of the tree one level after the other, until there is a subtree for every thread
            n_subtrees = 4 * max_threads()
            while len(nodes) < n_subtrees and tree.n_leaves[nodes].min() > 1:
                split(nodes, False)
                nodes = np.concatenate([nodes + 1, nodes + 2 * ((tree.n_leaves[nodes] + 1) // 2)])
        split(nodes, True)
        return order

    def _fill(self, tree: Tree, X: Matrix, first_leaf: int, last_leaf: int) -> None:
        """Write the leaves first_leaf <= leaf < last_leaf."""
        first, last = first_leaf * self.leaf_size, min(len(X), last_leaf * self.leaf_size)
        fill_leaves(
            self.rotation(X[tree.rows[first:last]]),
            first,
            tree,
            self.leaf_size,
            self.n_lead,
            self.shrink,
            self.rotation.relative_noise,
            first_leaf,
            last_leaf,
        )

    # -- searching ------------------------------------------------------------------------------------------------

    def neighbors_of_rows(
        self, rows: NDArray[np.int64] | None, k: int, progress: Progress | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Row numbers and squared distances of the k nearest other rows of each of `rows` (all, where None)."""
        n = len(self.X)
        target = np.full(n, -1, np.int64)
        if rows is None:
            target[:] = np.arange(n)
        else:
            target[rows] = np.arange(len(rows))
        n_queries = n if rows is None else len(rows)
        everything = n_queries == n and n * k <= 16 * _BATCH and self._prunes_hardly_anything(k)
        return self._search(self.tree, self.X, True, target, n_queries, k, everything, progress)

    def neighbors_of(
        self, Y: Matrix, k: int, progress: Progress | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Row numbers and squared distances of the k nearest rows of each row of `Y`."""
        with one_blas_thread():
            queries = self._build(Y)
        return self._search(queries, Y, False, np.arange(len(Y)), len(Y), k, False, progress)

    def _search(
        self,
        queries: Tree,
        Y: Matrix,
        own: bool,
        target: NDArray[np.int64],
        n_queries: int,
        k: int,
        everything: bool,
        progress: Progress | None,
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Fill the lists of the wanted rows of `Y`, batch by batch of leaves; target[row] tells where they go."""
        neighbors = np.empty((n_queries, k), np.int64)
        sqdists = np.empty((n_queries, k))
        wanted = queries.rows >= 0
        wanted[wanted] = target[queries.rows[wanted]] >= 0
        per_leaf = wanted.reshape(-1, self.leaf_size).sum(axis=1)
        batch_size = max(1, _BATCH // (k + self.n_spare))
        batch_of_leaf = np.zeros_like(per_leaf) if everything else (np.cumsum(per_leaf) - per_leaf) // batch_size
        slot = np.empty(len(queries.rows), np.int64)
        done = 0
        self.n_unproven = 0
        for batch in np.unique(batch_of_leaf):
            leaves = np.flatnonzero(batch_of_leaf == batch)
            positions = np.flatnonzero(wanted[leaves[0] * self.leaf_size : (leaves[-1] + 1) * self.leaf_size])
            positions += leaves[0] * self.leaf_size
            if len(positions) == 0:
                continue
            report = _part(progress, done / n_queries, len(positions) / n_queries)
            done += len(positions)
            query_rows = queries.rows[positions]
            if everything:
                keys, ids = self._filter_pairs(k + self.n_spare, report)
                keys, ids = keys[positions], ids[positions]
            else:
                slot[:] = -1
                slot[positions] = np.arange(len(positions))
                radius = np.full(len(positions), np.inf, np.float32)
                keys, ids = self._filter_or_verify(
                    queries, Y, own, leaves, slot, radius, False, k + self.n_spare, report
                )
            nearest, near = np.empty((len(positions), k), np.int64), np.empty((len(positions), k))
            proven = np.empty(len(positions), np.bool_)
            self._rank(Y, query_rows, keys, ids, nearest, near, proven)
            del keys, ids
            again = np.flatnonzero(~proven)
            if len(again):
                self.n_unproven += len(again)
                slot[:] = -1
                slot[positions[again]] = np.arange(len(again))
                sqscale = self.rotation.scale**2
                radius = np.nextafter((near[again, -1] * (sqscale * (1 + 1e-6))).astype(np.float32), np.float32(np.inf))
                near[again], nearest[again] = self._filter_or_verify(
                    queries, Y, own, leaves, slot, radius, True, k, None
                )
            neighbors[target[query_rows]], sqdists[target[query_rows]] = nearest, near
        return neighbors, sqdists

    def _filter_or_verify(
        self,
        queries: Tree,
        Y: Matrix,
        own: bool,
        leaves: NDArray[np.int64],
        slot: NDArray[np.int64],
        radius: NDArray[np.float32],
        verify: bool,
        length: int,
        progress: Progress | None,
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        keys = np.full((len(radius), length), np.inf)
        ids = np.full((len(radius), length), -1, np.int64)
        work = np.zeros(len(queries.leaf_node), np.int64)
        self._run_leaves(queries, Y, own, leaves, slot, radius, verify, keys, ids, work, progress)
        return keys, ids

    def _run_leaves(
        self,
        queries: Tree,
        Y: Matrix,
        own: bool,
        leaves: NDArray[np.int64],
        slot: NDArray[np.int64],
        radius: NDArray[np.float32],
        verify: bool,
        keys: NDArray[np.float64],
        ids: NDArray[np.int64],
        work: NDArray[np.int64],
        progress: Progress | None,
    ) -> None:
        d = self.X.shape[1]
        sqscale = self.rotation.scale**2 if verify else 1.0
        sizes = (self.leaf_size, self.leaf_size)
        for_each_piece(
            lambda start, stop: search_leaves(
                queries,
                self.tree,
                own,
                d,
                self.n_box,
                self.n_lead,
                sizes,
                self.shrink,
                slot,
                radius,
                verify,
                self.X,
                Y,
                sqscale,
                keys,
                ids,
                work,
                int(leaves[0]) + start,
                int(leaves[0]) + stop,
            ),
            len(leaves),
            piece=max(1, min(len(leaves) // 64, 4096 // self.leaf_size)),
            progress=progress,
        )

    def _rank(
        self,
        Y: Matrix,
        query_rows: NDArray[np.int64],
        keys: NDArray[np.float64],
        ids: NDArray[np.int64],
        nearest: NDArray[np.int64],
        near: NDArray[np.float64],
        proven: NDArray[np.bool_],
    ) -> None:
        sqscale = self.rotation.scale**2
        for_each_piece(
            lambda start, stop: rank_candidates(
                self.X, Y, self.tree.rows, query_rows, keys, ids, sqscale, nearest, near, proven, start, stop
            ),
            len(query_rows),
            piece=4096,
        )

    # -- structureless data ---------------------------------------------------------------------------------------

    def _prunes_hardly_anything(self, k: int) -> bool:
        """Whether a few leaves, searched on trial, have to look at most of the table."""
        n_leaves = len(self.tree.leaf_node)
        if n_leaves < 16:
            return False
        trial = np.arange(n_leaves // 8, n_leaves, n_leaves // 4)
        work = np.zeros(n_leaves, np.int64)
        n_queries = 0
        for leaf in trial:
            leaves = np.array([leaf])
            positions = np.arange(leaf * self.leaf_size, (leaf + 1) * self.leaf_size)
            positions = positions[self.tree.rows[positions] >= 0]
            slot = np.full(len(self.tree.rows), -1, np.int64)
            slot[positions] = np.arange(len(positions))
            keys = np.full((len(positions), k + self.n_spare), np.inf)
            ids = np.full((len(positions), k + self.n_spare), -1, np.int64)
            radius = np.full(len(positions), np.inf, np.float32)
            self._run_leaves(self.tree, self.X, True, leaves, slot, radius, False, keys, ids, work, None)
            n_queries += len(positions)
        return bool(work.sum() > _HARDLY_PRUNED * n_queries * len(self.X))

    def _filter_pairs(self, length: int, progress: Progress | None) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Candidate lists of all rows, by position, each pair of leaves looked at once."""
        n_positions, n_leaves = len(self.tree.rows), len(self.tree.leaf_node)
        keys = np.full((n_positions, length), np.inf)
        ids = np.full((n_positions, length), -1, np.int64)
        ceilings = np.where(self.tree.rows >= 0, np.float32(np.inf), np.float32(-np.inf)).astype(np.float32)
        rounds = _rounds(n_leaves, max_threads())
        d = self.X.shape[1]
        parameters = (self.tree, d, self.n_box, self.n_lead, self.leaf_size, self.shrink, ceilings, keys, ids)
        for i, blocks in enumerate(rounds):
            work = partial(search_pairs, *parameters, blocks)
            for_each_piece(work, len(blocks), piece=1, progress=_part(progress, i / len(rounds), 1 / len(rounds)))
        return keys, ids


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
    rounds = [np.array([[*span[i], *span[i]] for i in range(n_teams)], np.int64)]
    others = list(range(1, n_teams))
    for _ in range(n_teams - 1):
        seats = [0, *others]
        pairs = [sorted((seats[i], seats[-1 - i])) for i in range(n_teams // 2)]
        rounds.append(np.array([[*span[a], *span[b]] for a, b in pairs], np.int64))
        others = others[-1:] + others[:-1]
    return rounds


def _part(progress: Progress | None, begin: float, share: float) -> Progress | None:
    """Progress of a part of the work, as progress of the whole."""
    return None if progress is None else lambda done: progress(begin + share * done)
