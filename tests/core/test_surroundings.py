"""Rows among their own kind: what is told without a search is what a search finds, or it is not told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fastbal._core import neighbors, surroundings, tree_search
from fastbal._core.neighbors import Index
from fastbal._core.surroundings import look_around, look_around_class
from fastbal._core.tree_search import TreeSearch
from fastbal.over_sampling import ADASYN, MWMOTE, BorderlineSMOTE, SafeLevelSMOTE
from fastbal.under_sampling import EditedNearestNeighbours, NeighbourhoodCleaningRule

N = 1_500


def blobs(rng: Any) -> Any:
    return rng.normal(size=(N, 3)) @ rng.normal(size=(3, 9)) + 0.05 * rng.normal(size=(N, 9))


def grid(rng: Any) -> Any:
    """Ties of every kind, and duplicates."""
    return rng.integers(0, 7, (N, 4)).astype(np.float32)


def noise(rng: Any) -> Any:
    return rng.normal(size=(N, 12)).astype(np.float32)


def copies(rng: Any) -> Any:
    """A few rows, many times each, among others: too few to be told apart as duplicates by a sample."""
    X = rng.normal(size=(N, 5))
    X[:25] = X[0]
    return X


def far_apart(rng: Any) -> Any:
    return (rng.normal(size=(N, 4)) + 1e6 * rng.integers(0, 2, (N, 1))).astype(np.float32)


TABLES = {make.__name__: make for make in (blobs, grid, noise, copies, far_apart)}


@pytest.fixture(params=[400, 1 << 15])
def everything_is_told(request: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surroundings, "_BATCH_ROWS", request.param)
    monkeypatch.setattr(surroundings, "_WORTH_GOING_ON", 0.0)
    monkeypatch.setattr(neighbors, "_FEW_ROWS", 0)
    monkeypatch.setattr(neighbors, "_MOST_OTHERS", 1.0)
    monkeypatch.setattr(TreeSearch, "prunes_hardly_anything", lambda *_: False)


@pytest.mark.parametrize("make", TABLES)
@pytest.mark.parametrize(("k", "nth"), [(1, 1), (3, 1), (20, 1), (3, 2), (20, 7)])
@pytest.mark.usefixtures("everything_is_told")
def test_what_is_told_is_so(make: str, k: int, nth: int) -> None:
    rng = np.random.default_rng(0)
    X = np.ascontiguousarray(TABLES[make](rng))
    is_other = rng.random(N) < 0.05
    rows, others = np.flatnonzero(~is_other), np.flatnonzero(is_other)
    index = Index(X)
    index._indexed = search = TreeSearch(X, float(np.abs(X).max()), N)
    seen, seen_apart = look_around(search, rows, others, k, nth), look_around(search, rows, X[others], k, nth)
    for got, expected in zip(seen, seen_apart, strict=True):
        np.testing.assert_array_equal(got, expected)
    found = search.neighbors_of_rows(rows, k, None)[0]
    n_others = is_other[found].sum(axis=1)
    assert (n_others[seen.is_clear] < nth).all()
    rest = np.flatnonzero(~seen.is_clear)
    told = index.neighbors_told(rows[rest], k, seen.nearest[rest], nth == 1, None)
    n_told = np.where(told >= 0, is_other[told], True).sum(axis=1)
    np.testing.assert_array_equal(n_told < nth, n_others[rest] < nth)
    if nth > 1:  # those that may turn a vote, each as it is
        np.testing.assert_array_equal(told[n_told >= nth], found[rest][n_told >= nth])
    if make == "blobs" and k == 1:
        assert seen.is_clear.mean() > 0.3


@pytest.mark.parametrize("make", TABLES)
@pytest.mark.parametrize(
    "sampler",
    [
        EditedNearestNeighbours(),
        EditedNearestNeighbours(kind_sel="mode", n_neighbors=5),
        EditedNearestNeighbours(kind_sel="mode", n_neighbors=2, sampling_strategy="all"),
        EditedNearestNeighbours(kind_sel="mode", n_neighbors=4, sampling_strategy="all"),
        EditedNearestNeighbours(sampling_strategy="all", n_neighbors=2),
        NeighbourhoodCleaningRule(sampling_strategy="all"),
    ],
    ids=repr,
)
@pytest.mark.usefixtures("everything_is_told")
def test_the_rows_kept_are_those_of_a_search(make: str, sampler: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    X = TABLES[make](rng)
    y = rng.choice(["a", "b", "c"], N, p=[0.6, 0.35, 0.05])
    y[X[:, 0] > np.quantile(X[:, 0], 0.9)] = "c"
    got = sampler.fit(X, y).fit_resample(X, y) and sampler.sample_indices_
    monkeypatch.setattr(Index, "look_around", lambda *_: None)
    sampler.fit_resample(X, y)
    np.testing.assert_array_equal(got, sampler.sample_indices_)


@pytest.mark.parametrize("make", TABLES)
@pytest.mark.parametrize(("k", "n_kin"), [(1, 60), (5, 150), (10, 8), (10, 2), (200, 150)])
@pytest.mark.parametrize("in_bytes", [False, True])
def test_those_of_other_classes_around_a_class_are_counted(
    make: str, k: int, n_kin: int, in_bytes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose neighbours are not all of other classes, his are the nearest; and the class has been searched."""
    if in_bytes:
        monkeypatch.setattr(tree_search, "has_byte_products", lambda: True)
        monkeypatch.setattr(tree_search, "_MANY_QUERIES", 0)
        monkeypatch.setattr(tree_search, "_LEAST_BYTES", {4: 1, 2: 1})
        monkeypatch.setattr(tree_search, "_LITTLE_PRUNED", -1.0)
    X = np.ascontiguousarray(TABLES[make](np.random.default_rng(4)))
    X[70:85] = X[60]
    rows = np.sort(np.random.default_rng(5).choice(100, n_kin, replace=False) if n_kin < 100 else np.arange(n_kin))
    search = TreeSearch(X, float(np.abs(X).max()), N)
    got, got_kin = look_around_class(search, rows, k, 7)
    expected = search.neighbors_of_rows(rows, k, None)[0]
    is_foreign = np.ones(N, np.bool_)
    is_foreign[rows] = False
    n_foreign = is_foreign[expected].sum(axis=1)
    np.testing.assert_array_equal(is_foreign[got].sum(axis=1), n_foreign)
    np.testing.assert_array_equal(got[n_foreign < k], expected[n_foreign < k])
    n_kin_found = min(max(k, 7), n_kin - 1)
    kin = TreeSearch(X[rows], float(np.abs(X).max()), n_kin).neighbors_of_rows(None, n_kin_found, None)[0]
    np.testing.assert_array_equal(got_kin, kin)


@pytest.mark.parametrize("make", TABLES)
@pytest.mark.parametrize(
    "sampler",
    [
        BorderlineSMOTE(random_state=0),
        BorderlineSMOTE(random_state=0, kind="borderline-2"),
        BorderlineSMOTE(random_state=0, kind="borderline-2", m_neighbors=3, k_neighbors=4),
        ADASYN(random_state=0),
        SafeLevelSMOTE(random_state=0),
        MWMOTE(random_state=0),
    ],
    ids=repr,
)
@pytest.mark.filterwarnings("ignore:No row of class", "ignore:Not any neighbours")
def test_the_rows_made_are_those_of_a_search(make: str, sampler: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(6)
    X = TABLES[make](rng)
    y = rng.choice(["a", "b", "c"], N, p=[0.85, 0.1, 0.05])
    y[X[:, 0] > np.quantile(X[:, 0], 0.97)] = "c"
    got, _ = sampler.fit_resample(X, y)
    monkeypatch.setattr(Index, "look_around_class", lambda *_: None)
    expected, _ = sampler.fit_resample(X, y)
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize(("of_class", "of_one"), [(1.0, 1e200), (1e-160, 1.0)])
@pytest.mark.filterwarnings("ignore:No row of class", "ignore:Not any neighbours")
def test_a_class_is_searched_at_its_own_scale(of_class: float, of_one: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """At that of the table its squared distances would vanish, and all of it would be equally near."""
    X, y = np.random.default_rng(8).normal(size=(3 * N, 4)), np.arange(3 * N) % 12 == 0
    X[y], X[:300] = X[y] * of_class, X[:300] * of_class
    X[1] = of_one
    got, _ = ADASYN(random_state=0).fit_resample(X, y)
    monkeypatch.setattr(Index, "look_around_class", lambda *_: None)
    expected, _ = ADASYN(random_state=0).fit_resample(X, y)
    np.testing.assert_array_equal(got, expected)


def test_a_table_without_structure_is_searched_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it does not pay, nothing is tried beyond a first batch."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(6_000, 12))
    others = np.arange(300)
    index = Index(X)
    monkeypatch.setattr(surroundings, "_BATCH_ROWS", 1_000)
    seen = index.look_around(np.arange(1_500, 6_000), np.arange(1_500), 3, 1, None)
    assert seen is None or seen.is_clear.mean() < 0.3
    assert index.look_around(np.arange(300, 400), others, 3, 1, None) is None


def test_others_that_are_far_between_are_looked_for_in_a_table_without_structure() -> None:
    """Though next to nothing is clear at once: with what is known then, a search ends soon."""
    X = np.random.default_rng(0).normal(size=(6_000, 25))
    seen = Index(X).look_around(np.arange(300, 6_000), np.arange(300), 3, 1, None)
    assert seen is not None
    assert np.isfinite(seen.nearest[~seen.is_clear]).all()


@pytest.mark.parametrize(("make", "exponent"), [*((make, 0) for make in TABLES), ("blobs", -700)])
@pytest.mark.usefixtures("everything_is_told")
def test_others_that_are_no_rows_of_the_table(make: str, exponent: int) -> None:
    """Also where numbers are so small that they are searched at another scale."""
    rng = np.random.default_rng(2)
    X = np.ascontiguousarray(TABLES[make](rng))
    X = np.ldexp(X.astype(np.float64), exponent) if exponent else X
    rows, others, k = np.arange(0, 1_200, 2), X[1_200:1_260], 3
    index = Index(X[:1_200])
    seen = index.look_around_among(rows, others, k, 1)
    if seen is None:  # a table of duplicates is searched in another way
        assert make in ("grid", "copies")
        return
    distances = np.ldexp(X.astype(np.float64), -exponent)
    at_home, away = (
        ((distances[rows, None] - Y) ** 2).sum(axis=2) for Y in (distances[:1_200], distances[1_200:1_260])
    )
    at_home[np.arange(len(rows)), rows] = np.inf
    is_clear = np.sort(at_home, axis=1)[:, k - 1] < away.min(axis=1)
    assert is_clear[seen.is_clear].all()
    told = ~seen.is_clear & np.isfinite(seen.nearest)
    if not exponent:
        np.testing.assert_allclose(seen.nearest[told], away.min(axis=1)[told], rtol=1e-9)


@pytest.mark.parametrize("make", TABLES)
@pytest.mark.parametrize("share", [0.0, 0.6])
def test_nothing_is_looked_for_beyond_a_distance(make: str, share: float) -> None:
    rng = np.random.default_rng(3)
    X = np.ascontiguousarray(TABLES[make](rng))
    Y, k = X[::3], 6
    expected, sqdists = Index(X).squared_neighbors_of(Y, k)
    within = sqdists[:, int(share * (k - 1))].copy()
    got, found = Index(X).squared_neighbors_of(Y, k, within)
    is_near = sqdists <= within[:, None]
    np.testing.assert_array_equal(got[is_near], expected[is_near])
    np.testing.assert_array_equal(found[is_near], sqdists[is_near])
    assert (found[~is_near] > np.repeat(within, k).reshape(-1, k)[~is_near]).all()


@pytest.mark.parametrize("make", TABLES)
@pytest.mark.parametrize("k", [1, 6, 40])
def test_who_has_enough_near_rows_looks_no_further(make: str, k: int) -> None:
    """Other rows than the nearest, perhaps, but as near as was asked for; and otherwise those of a whole search."""
    rng = np.random.default_rng(7)
    X = np.ascontiguousarray(TABLES[make](rng))
    search, rows = TreeSearch(X, float(np.abs(X).max()), N), np.flatnonzero(rng.random(N) < 0.7)
    expected, sqdists = search.neighbors_of_rows(rows, k, None)
    enough = sqdists[:, -1] * rng.choice([0.0, 0.9, 1.0, 1.0 + 1e-12, 1.5], len(rows))
    enough[::7], enough[1::7] = np.inf, -np.inf
    got, found = search.neighbors_of_rows(rows, k, None, None, enough)
    is_whole = found[:, -1] >= enough
    np.testing.assert_array_equal(got[is_whole], expected[is_whole])
    np.testing.assert_array_equal(found[is_whole], sqdists[is_whole])
    np.testing.assert_array_equal(is_whole, sqdists[:, -1] >= enough)
    assert (got >= 0).all()
    assert (got != rows[:, None]).all()
    assert (np.diff(np.sort(got, axis=1), axis=1) > 0).all()
    assert (np.diff(found, axis=1) >= 0).all()
    true = np.square(X[got].astype(np.float64) - X[rows][:, None]).sum(axis=2)
    np.testing.assert_allclose(found, true, rtol=1e-12, atol=0)
