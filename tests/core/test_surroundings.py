"""Rows among their own kind: what is told without a search is what a search finds, or it is not told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fastbal._core import neighbors, surroundings
from fastbal._core.neighbors import Index
from fastbal._core.surroundings import look_around
from fastbal._core.tree_search import TreeSearch
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
@pytest.mark.parametrize("k", [1, 3, 20])
@pytest.mark.usefixtures("everything_is_told")
def test_what_is_told_is_so(make: str, k: int) -> None:
    rng = np.random.default_rng(0)
    X = np.ascontiguousarray(TABLES[make](rng))
    is_other = rng.random(N) < 0.05
    rows, others = np.flatnonzero(~is_other), np.flatnonzero(is_other)
    search = TreeSearch(X, float(np.abs(X).max()), N)
    seen = look_around(search, rows, X[others], k)
    found = search.neighbors_of_rows(rows, k, None)[0]
    expected = ~is_other[found].any(axis=1)
    assert expected[seen.is_clear].all()
    rest = np.flatnonzero(~seen.is_clear)
    within = search.neighbors_of_rows(rows[rest], k, None, seen.nearest[rest])[0]
    got = ((within >= 0) & ~is_other[within]).all(axis=1)
    np.testing.assert_array_equal(got, expected[rest])
    if make == "blobs" and k == 1:
        assert seen.is_clear.mean() > 0.3


@pytest.mark.parametrize("make", TABLES)
@pytest.mark.parametrize(
    "sampler",
    [
        EditedNearestNeighbours(),
        EditedNearestNeighbours(kind_sel="mode", n_neighbors=5),
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


def test_a_table_without_structure_is_searched_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it does not pay, nothing is tried beyond a first batch."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(6_000, 12))
    others = np.arange(300)
    index = Index(X)
    monkeypatch.setattr(surroundings, "_BATCH_ROWS", 1_000)
    seen = index.look_around(np.arange(300, 6_000), others, 3, None)
    assert seen is None or seen.is_clear.mean() < 0.3
    assert index.look_around(np.arange(300, 400), others, 3, None) is None


@pytest.mark.parametrize(("make", "exponent"), [*((make, 0) for make in TABLES), ("blobs", -700)])
@pytest.mark.usefixtures("everything_is_told")
def test_others_that_are_no_rows_of_the_table(make: str, exponent: int) -> None:
    """Also where numbers are so small that they are searched at another scale."""
    rng = np.random.default_rng(2)
    X = np.ascontiguousarray(TABLES[make](rng))
    X = np.ldexp(X.astype(np.float64), exponent) if exponent else X
    rows, others, k = np.arange(0, 1_200, 2), X[1_200:1_260], 3
    index = Index(X[:1_200])
    seen = index.look_around_among(rows, others, k)
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
