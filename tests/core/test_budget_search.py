"""Search within a budget of leaves: the rows of the leaves with the nearest means, and a promise that is kept."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

from fastbal._core import calibrated_search
from fastbal._core.budget_search import BudgetSearch
from fastbal._core.calibrated_search import EXACT, ApproximateIndex, Outcome, Promise
from fastbal._core.neighbors import Index
from tests.reference import nearest_in_leaves

Array = np.ndarray[Any, Any]


def gaussian(n: int, d: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).normal(size=(n, d))


def search_of(X: Array) -> BudgetSearch:
    return BudgetSearch(X, float(np.abs(X).max()), len(X))


def leaves_of(search: BudgetSearch) -> list[Array]:
    return [rows[rows >= 0] for rows in search.tree.rows.reshape(-1, search.leaf_size)]


@pytest.fixture
def anything_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small tables are searched within a budget, too."""
    for cost in ("_PAIR", "_LEAF", "_ROW"):
        monkeypatch.setattr(calibrated_search, cost, 1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("n", "d"), [(2000, 1), (2000, 12), (1500, 90)])
@pytest.mark.parametrize("budget", [2, 3, 7])
def test_same_as_the_reference(n: int, d: int, budget: int, dtype: Any) -> None:
    X = gaussian(n, d).astype(dtype)
    search = search_of(X).within(budget)
    assert search.n_leaves > 3 * budget
    got = search.neighbors_of_rows(None, 4, None)
    expected = nearest_in_leaves(X, X, leaves_of(search), budget, 4, own=True)
    assert (got[0] == expected[0]).mean() > 0.999  # a mean may be equally near, rounded to float32
    measured = np.square(X.astype(np.float64)[got[0]] - X[:, None]).sum(axis=2)
    np.testing.assert_allclose(got[1], measured, rtol=1e-12)  # distances are those of the rows, in float64


@pytest.mark.parametrize("budget", [2, 5])
def test_other_rows_same_as_the_reference(budget: int) -> None:
    X, Y = gaussian(3000, 9), 1.5 * gaussian(311, 9, seed=1)
    search = search_of(X).within(budget)
    got = search.neighbors_of(Y, 6, None)
    expected = nearest_in_leaves(X, Y, leaves_of(search), budget, 6, own=False)
    assert (got[0] == expected[0]).mean() > 0.999


@pytest.mark.parametrize("scale", [1e-100, 1e100])
def test_all_leaves_are_the_exact_search(scale: float) -> None:
    X = gaussian(1500, 5) * scale
    X[::3] = np.round(X[::3] / scale) * scale  # ties
    got = search_of(X).neighbors_of_rows(None, 5, None)
    expected = Index(X).neighbors_of_rows(None, 5)
    np.testing.assert_allclose(np.sqrt(got[1]), expected[1], rtol=1e-12)


def test_rows_of_interest_only() -> None:
    X = gaussian(4000, 8)
    search = search_of(X).within(6)
    rows = np.random.default_rng(0).permutation(4000)[:300]
    got, every = search.neighbors_of_rows(rows, 5, None), search.neighbors_of_rows(None, 5, None)
    assert (got[0] == every[0][rows]).mean() > 0.99
    assert not (got[0] == rows[:, None]).any()


@pytest.mark.parametrize("shape", [(9000, 3), (20_000, 12)])
def test_same_at_any_number_of_threads(shape: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    X = gaussian(*shape)
    found = []
    for n_threads in (1, 2, 5):
        monkeypatch.setattr("fastbal._core.threads.max_threads", lambda n=n_threads: n)
        found.append(search_of(X).within(9).neighbors_of_rows(None, 5, None))
    for other in found[1:]:
        assert np.array_equal(other[0], found[0][0])
        assert np.array_equal(other[1], found[0][1])


@pytest.mark.parametrize("kind", ["constant", "two values", "outlier", "sentinel"])
def test_hostile_tables(kind: str) -> None:
    X = gaussian(2000, 6)
    if kind == "constant":
        X[:] = 3.25
    elif kind == "two values":
        X[:] = X > 0
    elif kind == "outlier":
        X[77] = 1e12
    else:
        X[::50, 0] = -999999
    rows, sqdists = search_of(X).within(3).neighbors_of_rows(None, 5, None)
    assert (rows >= 0).all()
    assert not (rows == np.arange(2000)[:, None]).any()
    assert all(len(set(found)) == 5 for found in rows.tolist())
    assert np.isfinite(sqdists).all()


PROMISES = [Promise(0.8, None), Promise(0.95, None), Promise(None, 1.05), Promise(None, 1.01)]


def kept(X: Array, promise: Promise, seed: int, expected: Array) -> tuple[bool, Outcome]:
    """Whether a search keeps its promise for all rows, of which these are the distances, and what it says of itself."""
    index = ApproximateIndex(X, promise, seed)
    got = index.neighbors_of_rows(None, 5)[1]
    if promise.recall is not None:
        return bool((got <= expected[:, -1:]).mean() >= promise.recall), index.outcome
    return bool((got.sum(axis=1) / expected.sum(axis=1)).mean() <= promise.farther), index.outcome  # type: ignore[operator]


def table_and_distances(d: int, seed: int) -> tuple[Array, Array]:
    """A table that every promise is held against, and the distances of the exact search, which is most of the work."""
    X = gaussian(8192, d, seed)
    return X, Index(X).neighbors_of_rows(None, 5)[1]


kept_tables = functools.cache(table_and_distances)


@pytest.mark.usefixtures("anything_pays")
@pytest.mark.parametrize("promise", PROMISES, ids=str)
def test_promises_are_kept(promise: Promise) -> None:
    for seed in range(4):
        X, expected = kept_tables(12, seed)
        is_kept, outcome = kept(X, promise, seed, expected)
        assert is_kept
        assert outcome.budget is not None  # within a budget indeed


@pytest.mark.slow
@pytest.mark.usefixtures("anything_pays")
def test_promises_are_kept_in_95_of_100_runs() -> None:
    outcomes: dict[Promise, list[tuple[bool, Outcome]]] = {promise: [] for promise in PROMISES}
    for seed in range(100):
        X, expected = table_and_distances(8 + seed % 13, seed)
        for promise in PROMISES:
            outcomes[promise].append(kept(X, promise, seed, expected))
    for promise, found in outcomes.items():
        assert sum(is_kept for is_kept, _ in found) >= 95, promise
        assert sum(outcome.budget is not None for _, outcome in found) >= 90, promise


@pytest.mark.usefixtures("anything_pays")
def test_what_is_reported_is_what_holds() -> None:
    X = gaussian(8192, 10)
    index = ApproximateIndex(X, Promise(0.7, None), 0)
    got, expected = index.neighbors_of_rows(None, 5)[1], Index(X).neighbors_of_rows(None, 5)[1]
    recall, ratio = (got <= expected[:, -1:]).mean(), (got.sum(axis=1) / expected.sum(axis=1)).mean()
    outcome = index.outcome
    assert outcome.recall_interval[0] <= recall <= outcome.recall_interval[1]
    assert outcome.distance_ratio_interval[0] <= ratio <= outcome.distance_ratio_interval[1]
    assert outcome.recall_interval[0] < outcome.recall < outcome.recall_interval[1]


@pytest.mark.usefixtures("anything_pays")
def test_a_smaller_budget_is_not_enough() -> None:
    """The budget is raised no further than the promise needs."""
    X = gaussian(8192, 10)
    index = ApproximateIndex(X, Promise(0.9, None), 0)
    index.neighbors_of_rows(None, 5)
    assert index.outcome.budget is not None
    less = search_of(X).within(int(index.outcome.budget / 1.5))
    expected = Index(X).neighbors_of_rows(None, 5)[1]
    assert (np.sqrt(less.neighbors_of_rows(None, 5, None)[1]) <= expected[:, -1:]).mean() < 0.9


@pytest.mark.usefixtures("anything_pays")
def test_promises_hold_for_the_rows_that_are_asked_for() -> None:
    """Rows far from all others need a larger budget than those of the table."""
    X = np.vstack([gaussian(8000, 10), 3 * gaussian(8000, 10, seed=1)])
    dense, thin = np.arange(8000), np.arange(8000, 16_000)
    index = ApproximateIndex(X, Promise(0.9, None), 0)
    budgets = []
    for rows in (dense, thin):
        got, expected = index.neighbors_of_rows(rows, 5)[1], Index(X).neighbors_of_rows(rows, 5)[1]
        assert (got <= expected[:, -1:]).mean() >= 0.9
        budgets.append(index.outcome.budget)
    assert budgets[0] != budgets[1]


@pytest.mark.usefixtures("anything_pays")
def test_what_cannot_be_shown_on_a_thousand_rows_is_searched_exactly() -> None:
    X = gaussian(8192, 4)
    index = ApproximateIndex(X, Promise(0.9999, None), 0)
    got = index.neighbors_of_rows(None, 5)
    assert index.outcome == EXACT
    assert np.array_equal(got[0], Index(X).neighbors_of_rows(None, 5)[0])


@pytest.mark.parametrize("kind", ["structured", "few rows", "few columns", "many neighbours"])
def test_exact_where_that_costs_less(kind: str) -> None:
    rng = np.random.default_rng(0)
    X, k = gaussian(400, 20), 5
    if kind == "structured":
        X = rng.normal(size=(20_000, 3)) @ rng.normal(size=(3, 20))
    elif kind == "few columns":
        X = gaussian(20_000, 2)
    elif kind == "many neighbours":
        k = 150
    index = ApproximateIndex(X, Promise(None, 1.05), 0)
    got = index.neighbors_of_rows(None, k)
    assert index.outcome == EXACT
    assert np.array_equal(got[0], Index(X).neighbors_of_rows(None, k)[0])


@pytest.mark.usefixtures("anything_pays")
def test_duplicates_are_found_and_never_the_row_itself() -> None:
    order = np.random.default_rng(0).permutation(16_384)
    place = np.argsort(order)
    X = np.repeat(gaussian(8192, 10), 2, axis=0)[order]
    index = ApproximateIndex(X, Promise(None, 1.1), 0)
    rows, distances = index.neighbors_of_rows(None, 3)
    assert index.outcome.budget is not None
    assert np.array_equal(rows[:, 0], place[order ^ 1])
    assert not distances[:, 0].any()
    assert not (rows == np.arange(len(X))[:, None]).any()


@pytest.mark.usefixtures("anything_pays")
def test_ties_are_no_misses() -> None:
    """Codes of few values: a row of the same distance is as good."""
    X = np.random.default_rng(0).integers(0, 3, size=(9000, 14)).astype(float)
    index = ApproximateIndex(X, Promise(0.9, None), 0)
    rows, distances = index.neighbors_of_rows(None, 5)
    exact_rows, exact = Index(X).neighbors_of_rows(None, 5)
    same_rows = (rows[:, :, None] == exact_rows[:, None]).any(axis=2).mean()
    assert (distances <= exact[:, -1:]).mean() >= 0.9 > same_rows
