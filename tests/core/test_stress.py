"""Many threads, and an allocator that gives freed memory away at once: still the neighbours of a brute force.

`.ci/run` runs these tests with one arena for all threads and freed memory overwritten (MALLOC_ARENA_MAX=1,
MALLOC_PERTURB_=165). A search that looks at memory that is no longer its own is wrong there, or ends the process.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from fastbal._core import threads, tree_search
from fastbal._core.exhaustive_search import ExhaustiveSearch
from fastbal._core.neighbors import Index

Array = np.ndarray[Any, Any]


@pytest.fixture
def sixteen_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine with 16 cores, whatever this one has."""
    libraries = threads._libraries

    def without_openmp(process: int, user_api: str) -> Any:
        return SimpleNamespace(lib_controllers=[]) if user_api == "openmp" else libraries(process, user_api)

    monkeypatch.setattr(threads, "_cores", lambda: 16)
    monkeypatch.setattr(threads, "_libraries", without_openmp)
    assert threads.max_threads() == 16


def table(kind: str, n: int, d: int, seed: int) -> Array:
    rng = np.random.default_rng(seed)
    if kind == "noise":
        return rng.normal(size=(n, d))
    if kind == "clusters":
        return rng.normal(size=(20, d))[rng.integers(0, 20, n)] + 0.05 * rng.normal(size=(n, d))
    return np.round(rng.normal(size=(n, 3)) @ rng.normal(size=(3, d)), 1)  # ties


def wrong_rows(X: Array, k: int) -> int:
    """Rows whose neighbours, all searched for at once, are not those of a search that measures every pair."""
    some = np.arange(0, len(X), max(1, len(X) // 100))
    got = Index(X).neighbors_of_rows(None, k)
    expected = ExhaustiveSearch(X).neighbors_of_rows(some, k, None)
    return int((got[0][some] != expected[0]).any(axis=1).sum())


@pytest.mark.parametrize("kind", ["noise", "clusters", "ties"])
@pytest.mark.parametrize(("n", "d"), [(4000, 60), (1500, 7), (1200, 400)])
@pytest.mark.usefixtures("sixteen_threads")
def test_one_search_on_sixteen_threads(kind: str, n: int, d: int) -> None:
    assert wrong_rows(table(kind, n, d, 0), 5) == 0


@pytest.mark.stress
@pytest.mark.parametrize("kind", ["noise", "clusters", "ties"])
@pytest.mark.usefixtures("sixteen_threads")
def test_sixteen_callers_of_sixteen_threads(kind: str) -> None:
    def search(seed: int) -> int:
        return wrong_rows(table(kind, 700 + 40 * (seed % 50), (3, 12, 40, 70)[seed % 4], seed), 1 + seed % 9)

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(search, range(400))) == 0


@pytest.mark.stress
@pytest.mark.usefixtures("sixteen_threads")
def test_large_searches_on_sixteen_threads() -> None:
    for seed in range(5):
        for kind in ("noise", "clusters"):
            assert wrong_rows(table(kind, 8000, 60, seed), 5) == 0


@pytest.mark.stress
@pytest.mark.usefixtures("sixteen_threads")
def test_candidates_that_prove_nothing_are_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second pass, forced upon all rows."""
    rank = tree_search.TreeSearch.rank

    def nothing_proven(*arguments: Any) -> tuple[Array, Array, Array]:
        neighbors, sqdists, proven = rank(*arguments)
        return neighbors, sqdists, np.zeros_like(proven)

    monkeypatch.setattr(tree_search.TreeSearch, "rank", nothing_proven)
    for seed in range(20):
        assert wrong_rows(table("noise", 3000, 30, seed), 5) == 0
