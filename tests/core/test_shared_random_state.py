"""Threads that share one RandomState: no draw is handed out twice, none is lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from fastbal._core.draws import Stream, _kernels_for
from fastbal._core.neighbors import Index  # noqa: F401  # where neighbours are searched, draws are our kernels'
from fastbal.under_sampling import RandomUnderSampler

N = 1 << 17


def draw(kind: str, shared: np.random.RandomState) -> Any:
    if kind == "integers":
        return Stream(shared).integers(1 << 31, N)
    if kind == "distinct":
        return Stream(shared).distinct(N, N)
    return shared.randint(0, 1 << 31, N, dtype=np.int64)


@pytest.mark.parametrize("beside", ["integers", "distinct", "numpy"])
def test_draws_of_threads_never_coincide(beside: str) -> None:
    shared = np.random.RandomState(0)
    assert _kernels_for(shared, 1) is not None
    kinds = ["integers", beside] * 12
    with ThreadPoolExecutor(8) as pool:
        drawn = list(pool.map(lambda kind: draw(kind, shared), kinds))
    for kind in set(kinds):
        same_kind = [tuple(part[:50]) for part, its in zip(drawn, kinds, strict=True) if its == kind]
        assert len(set(same_kind)) == len(same_kind)


def test_none_of_the_draws_is_lost() -> None:
    """All together they are those of one thread, in some order."""
    shared, alone = np.random.RandomState(3), np.random.RandomState(3)
    with ThreadPoolExecutor(8) as pool:
        drawn = list(pool.map(lambda kind: draw(kind, shared), ["integers", "numpy"] * 10))
    expected = alone.randint(0, 1 << 31, 20 * N, dtype=np.int64)
    assert np.array_equal(np.sort(np.concatenate(drawn)), np.sort(expected))


def test_samplers_on_one_random_state_choose_different_rows() -> None:
    shared = np.random.RandomState(0)
    X, y = np.zeros((200_000, 1)), np.arange(200_000) % 10 == 0

    def rows(_: int) -> Any:
        sampler = RandomUnderSampler(random_state=shared)
        sampler.fit_resample(X, y)
        return tuple(sampler.sample_indices_[:1000])

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(rows, range(12)))) == 12
