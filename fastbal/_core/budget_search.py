"""Search among the rows of some leaves only, those with the nearest means; see `fastbal._kernels.budget`."""

from __future__ import annotations

from copy import copy
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastbal._core.threads import PerThread, Progress, for_each_piece
from fastbal._core.tree_search import Matrix, TreeSearch, scratch_memory
from fastbal._kernels.batch import Exact, Lists
from fastbal._kernels.budget import Choice, Means, average_leaves, search_budget
from fastbal._kernels.vector import GROUP, PANEL

# Leaves whose rows are searched for together, so that a leaf of the table serves many; fewer in small tables, for the
# sake of the threads. And leaves that are sampled to guess how near the nearest are.
_TOGETHER, _SOME = 8, 64


class BudgetSearch(TreeSearch):
    """As `TreeSearch`, but among the rows of `budget` leaves a query: distances are exact, rows may be missed.

    Attributes
    ----------
    budget : int
        Leaves that each query goes to; all at first. They must hold the neighbours asked for.
    """

    def __init__(self, X: Matrix, largest: float, n_queries: int) -> None:
        super().__init__(X, largest, n_queries, by_means=True)
        self.n_leaves = self.budget = len(self.tree.leaf_node)
        self.means = self._means()
        self.together = max(1, min(_TOGETHER, self.n_leaves // 32))
        n_together, d = self.together * self.leaf_size, X.shape[1]
        self.choice = PerThread(partial(_choice, self.n_leaves, n_together, d))
        self.workspace = PerThread(
            partial(scratch_memory, self.layout._replace(leaf_size=n_together), self.n_leaves),
        )

    def round_where_it_pays(self, n_queries: int, k: int) -> None:
        """Never: a query's leaves are chosen, and few."""

    def within(self, budget: int) -> BudgetSearch:
        """The same search with another budget."""
        other = copy(self)
        other.budget = budget
        return other

    def _means(self) -> Means:
        d, n_panels = self.X.shape[1], -(-self.n_leaves // PANEL)
        panels, half = np.zeros((n_panels, d, PANEL), np.float32), np.full(n_panels * PANEL, np.inf, np.float32)
        work = partial(average_leaves, self.tree, self.layout, panels.reshape(-1), half)
        for_each_piece(work, self.n_leaves, piece=64)
        sample = np.arange(0, self.n_leaves, -(-self.n_leaves // _SOME))
        at = np.arange(len(sample))
        some = np.zeros((-(-len(sample) // PANEL), d, PANEL), np.float32)
        some[at // PANEL, :, at % PANEL] = panels[sample // PANEL, :, sample % PANEL]
        some_half = np.full(some.shape[0] * PANEL, np.inf, np.float32)
        some_half[at] = half[sample]
        return Means(panels.reshape(-1), half, self.n_leaves, some.reshape(-1), some_half, len(sample))

    def _run_leaves(
        self,
        queries: Any,
        leaves: NDArray[np.int64],
        slot: NDArray[np.int64],
        radius: NDArray[np.float32],
        outputs: tuple[Lists, Exact, NDArray[np.int64]],
        progress: Progress | None,
    ) -> None:
        budget = min(self.budget, self.n_leaves)
        inputs = self.layout, queries.tree, self.tree, self.means, queries.self_search, budget, slot, *outputs[:2]
        first = int(leaves[0])
        for_each_piece(
            lambda start, stop: search_budget(*inputs, self.workspace(), self.choice(), first + start, first + stop),
            len(leaves),
            piece=self.together,
            progress=progress,
        )

    def _unproven(self, proven: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.empty(0, np.int64)  # there is no proof, and no second search

    def prunes_hardly_anything(self, k: int) -> bool:
        return False


def _choice(n_leaves: int, n_queries: int, d: int) -> Choice:
    """Scratch memory of one thread."""
    width, n_groups = max(n_leaves, _SOME), n_queries // GROUP
    return Choice(
        keys=np.empty(GROUP * width, np.float32),
        ids=np.empty(GROUP * width, np.int64),
        width=width,
        n_found=np.empty(GROUP, np.int64),
        totals=np.empty(n_leaves, np.float32),
        marks=np.empty(n_leaves * n_groups, np.uint8),
        n_groups=n_groups,
        origin=np.empty(d),
        none=np.zeros(GROUP, np.float32),
    )
