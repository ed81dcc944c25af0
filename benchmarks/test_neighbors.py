"""All-kNN, k = 5: against scikit-learn (float64) and scikit-learn-intelex (float32 input)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors as SklearnNeighbors

from benchmarks.cases import NEIGHBORS, WIDE, Case
from benchmarks.race import ONE_THREAD, SKLEARN, SKLEARNEX, Work, on_one_thread, race, sklearn_search_seconds
from fastbal.neighbors import NearestNeighbors

K = 5


def sklearnex(X: NDArray[Any]) -> dict[str, Work]:
    """scikit-learn-intelex with its input made float32 beforehand, where it is installed."""
    try:
        from sklearnex.neighbors import NearestNeighbors as IntelNeighbors
    except ImportError:
        return {}
    single = X.astype(np.float32)
    return {SKLEARNEX: lambda: IntelNeighbors(n_neighbors=K).fit(single).kneighbors()}


def check(X: NDArray[Any], found: tuple[NDArray[np.float64], NDArray[np.int64]], n_checked: int = 50) -> None:
    """A fast wrong answer fails: neighbours of some rows against a float64 brute force."""
    distances, rows = found
    X = X.astype(np.float64, copy=False)
    for i in np.random.default_rng(1).choice(len(X), min(n_checked, len(X)), replace=False):
        every = np.sqrt(np.square(X - X[i]).sum(axis=1))
        others = every.copy()
        others[i] = np.inf
        expected = np.sort(np.partition(others, K)[:K])
        np.testing.assert_allclose(distances[i], expected, rtol=1e-12, atol=0)
        np.testing.assert_allclose(every[rows[i]], expected, rtol=1e-12, atol=0)
        assert i not in rows[i]
        assert len(set(rows[i].tolist())) == K


def compare(benchmark: Any, case: Case, X: NDArray[Any]) -> None:
    """Time all; the neighbours must be right."""

    def ours() -> Any:
        return NearestNeighbors(n_neighbors=K).fit(X).kneighbors()

    race(
        benchmark,
        ours,
        {
            ONE_THREAD: on_one_thread(ours),
            **sklearnex(X),
            SKLEARN: lambda: SklearnNeighbors(n_neighbors=K).fit(X).kneighbors(),
        },
        info=case.info(len(X)),
        check=lambda found: check(X, found),
        estimates={SKLEARN: sklearn_search_seconds(X, K)},
    )


@pytest.mark.parametrize("case", NEIGHBORS)
def test_neighbors(benchmark: Any, case: Case) -> None:
    benchmark.group = "neighbors"
    compare(benchmark, case, case.rows_of_class_1())


@pytest.mark.parametrize("case", WIDE)
def test_neighbors_wide(benchmark: Any, case: Case) -> None:
    """Of all rows, as cleaning rules search them."""
    benchmark.group = "neighbors, wide tables"
    compare(benchmark, case, case.table()[0])
