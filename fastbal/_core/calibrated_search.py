"""Approximate neighbours that keep a promise: the budget is raised until rows searched exactly say that it is kept.

rows to search ──→ is exact cheap here? ── yes ────────────────────────────────────────────→ exact
                        │ no                                                                   ↑
                        └─→ 1,000 of them exactly ──→ 2, 3, 4, 5, 7 … leaves ── too many ──────┘
                                                           └─ promise kept ──→ that many leaves for all
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastbal._core.budget_search import BudgetSearch
from fastbal._core.draws import Draws
from fastbal._core.neighbors import Found, Index
from fastbal._core.threads import Progress
from fastbal._core.tree_search import Matrix, TreeSearch

# Rows that are searched exactly; and by how much the budget is raised.
_CHECKED, _STEP = 1000, 1.4
# One-sided 99 % of the normal distribution: several budgets are tried on the same rows, 95 % are wanted in the end.
_Z = 2.33
# What a pair of rows costs in leaves of a budget, a leaf considered, and a row put into the tree: in pairs of rows that
# an exact search looks at. Counted, not timed, so that the same budget comes out on every machine.
_PAIR, _LEAF, _ROW = 1.7, 4.0, 4500.0
# Share of the cost of an exact search that a budget may have: there must be something to gain.
_WORTH_IT = 0.8


class Promise(NamedTuple):
    """What an approximate search has to keep: one of the two."""

    recall: float | None
    farther: float | None


class Outcome(NamedTuple):
    """What it has kept on the rows that were searched exactly, with the intervals that the mean of all lies in."""

    recall: float
    recall_interval: tuple[float, float]
    distance_ratio: float
    distance_ratio_interval: tuple[float, float]
    budget: int | None  # leaves of 64 or 256 rows; None where all was searched exactly

    def keeps(self, promise: Promise) -> bool:
        """Whether the bad end of the interval is still good enough."""
        if promise.recall is not None:
            return self.recall_interval[0] >= promise.recall
        return promise.farther is not None and self.distance_ratio_interval[1] <= promise.farther


EXACT = Outcome(1.0, (1.0, 1.0), 1.0, (1.0, 1.0), None)


class ApproximateIndex(Index):
    """As `Index`, but rows are searched for only as thoroughly as the promise asks.

    Parameters
    ----------
    X : ndarray or sparse matrix of shape (n, d)
        As for `Index`.
    promise : Promise
        To be kept on average by each search, whatever rows it is for.
    seed : int, RandomState, Generator or None
        Chooses the rows that are searched exactly; an int the same ones in each search of as many rows.
    outer : ApproximateIndex, optional
        The index that this one is a part of.

    Attributes
    ----------
    outcome : Outcome
        Of the last search.
    """

    def __init__(self, X: Any, promise: Promise, seed: Any, outer: ApproximateIndex | None = None) -> None:
        super().__init__(X)
        self.promise, self.seed, self.outer, self.outcome = promise, seed, outer, EXACT

    def neighbors_of_rows(self, rows: NDArray[np.int64] | None, k: int, *, progress: Progress | None = None) -> Found:
        """As `Index.neighbors_of_rows`, near rows instead of the nearest."""
        self.tell(EXACT)
        return super().neighbors_of_rows(rows, k, progress=progress)

    def neighbors_of(self, Y: Any, k: int, *, progress: Progress | None = None) -> Found:
        """As `Index.neighbors_of`, near rows instead of the nearest."""
        self.tell(EXACT)
        return super().neighbors_of(Y, k, progress=progress)

    def tell(self, outcome: Outcome) -> None:
        """Note what came out, for the whole of which this is a part, too."""
        self.outcome = outcome
        if self.outer is not None:
            self.outer.tell(outcome)

    def _tree_for(self, n_queries: int) -> Any:
        return _CalibratedSearch(self, n_queries)

    def _like(self, X: Any) -> Index:
        return ApproximateIndex(X, self.promise, self.seed, self)


class _CalibratedSearch:
    """Exact search where that is cheap or needed, and otherwise one within a budget."""

    def __init__(self, index: ApproximateIndex, n_queries: int) -> None:
        self.index, self.n_queries = index, n_queries
        self.exact = TreeSearch(index.X, index.largest, n_queries)

    @cached_property
    def budgeted(self) -> BudgetSearch:
        """The other tree, built when it is worth it."""
        return BudgetSearch(self.index.X, self.index.largest, self.n_queries)

    def neighbors_of_rows(self, rows: NDArray[np.int64] | None, k: int, progress: Progress | None) -> Found:
        """As `TreeSearch.neighbors_of_rows`."""
        n_queries = len(self.index.X) if rows is None else len(rows)
        query_rows = self._sampled(n_queries) if rows is None else rows[self._sampled(n_queries)]
        search = self._cheapest(self.index.X[query_rows], query_rows, n_queries, k, everything=rows is None)
        return search.neighbors_of_rows(rows, k, progress)

    def neighbors_of(self, Y: Matrix, k: int, progress: Progress | None) -> Found:
        """As `TreeSearch.neighbors_of`."""
        search = self._cheapest(Y[self._sampled(len(Y))], None, len(Y), k, everything=False)
        return search.neighbors_of(Y, k, progress)

    def _sampled(self, n_queries: int) -> NDArray[np.int64]:
        random = Draws(self.index.seed).random_state()
        return np.sort(random.choice(n_queries, min(_CHECKED, n_queries), replace=False))

    def _cheapest(
        self, Y: Matrix, query_rows: NDArray[np.int64] | None, n_queries: int, k: int, *, everything: bool
    ) -> TreeSearch:
        """The search that keeps the promise: tried on Y, which are rows `query_rows` of the table, if given."""
        outcome, search = EXACT, self.exact
        most = self._largest_budget(n_queries, k, everything)
        budget = 2 + k // self.exact.leaf_size
        if budget <= most:
            expected = _distances(self.exact, Y, query_rows, k)
            while budget <= most:
                search = self.budgeted.within(budget)
                outcome = _compare(_distances(search, Y, query_rows, k), expected, budget)
                if outcome.keeps(self.index.promise):
                    break
                outcome, search = EXACT, self.exact
                budget = max(budget + 1, int(budget * _STEP))
        self.index.tell(outcome)
        return search

    def _largest_budget(self, n_queries: int, k: int, everything: bool) -> float:
        """Leaves of a query, beyond which all is searched exactly at less cost, the trials included."""
        n, n_leaves, leaf_size = len(self.index.X), len(self.exact.tree.leaf_node), self.exact.leaf_size
        looked_at = self.exact.share_looked_at(k) * n
        exact = n_queries * (min(looked_at, 0.5 * n) if everything else looked_at)
        trials = _CHECKED / (1 - 1 / _STEP)
        left = _WORTH_IT * exact - n * _ROW - _CHECKED * looked_at - (n_queries + trials) * n_leaves * _LEAF
        return min(n_leaves - 1, left / ((n_queries + trials) * leaf_size * _PAIR))


def _distances(search: TreeSearch, Y: Matrix, query_rows: NDArray[np.int64] | None, k: int) -> NDArray[np.float64]:
    """Distances of the k rows found for each row of Y; of the others, if they are rows `query_rows` of the table."""
    rows, sqdists = search.neighbors_of(Y, k if query_rows is None else k + 1, None)
    if query_rows is not None:
        itself = rows == query_rows[:, None]
        itself[:, -1] |= ~itself.any(axis=1)
        sqdists = sqdists[~itself].reshape(len(Y), k)
    return np.sqrt(sqdists)


def _compare(got: NDArray[np.float64], expected: NDArray[np.float64], budget: int) -> Outcome:
    """Recall counts by distance, so that another row at the same distance is no miss; the ratio is that of sums."""
    recall = (got <= expected[:, -1:]).mean(axis=1)
    found, nearest = got.sum(axis=1), expected.sum(axis=1)
    ratio = np.where(found > nearest, found / np.maximum(nearest, 1e-9 * found), 1.0)
    return Outcome(
        float(recall.mean()), _interval(recall, 0.0), float(ratio.mean()), _interval(ratio, 2.0), budget
    )  # fmt: skip


def _interval(values: NDArray[np.float64], bad: float) -> tuple[float, float]:
    """Of the mean. One bad row more than were seen: there may be some even where none is among a thousand."""
    values = np.append(values, bad)
    margin = _Z * values.std(ddof=1) / np.sqrt(len(values))
    return float(values.mean() - margin), float(values.mean() + margin)
