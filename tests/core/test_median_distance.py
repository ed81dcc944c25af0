"""Median distances to all other rows: exact, and proved where only their place among some bounds is asked."""

from __future__ import annotations

import tracemalloc
from typing import Any
from unittest import mock

import numpy as np
import pytest
from numpy.typing import NDArray

from fastbal._core import median_distance, threads
from fastbal._core.median_distance import median_distances, medians_among

Codes = NDArray[np.int32]


def slowly(numbers: NDArray[Any], codes: Codes, penalty: float, rows: NDArray[Any]) -> NDArray[np.float64]:
    """One row after the other."""
    medians = []
    for row in rows:
        square = np.square(numbers.astype(float) - numbers[row].astype(float)).sum(axis=1)
        square += penalty * (codes != codes[:, row, None]).sum(axis=0)
        medians.append(np.median(np.sqrt(np.delete(square, row))))
    return np.array(medians)


def table(n: int, d: int, f: int, seed: int, *, whole: bool = False) -> tuple[NDArray[Any], Codes]:
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(n, d)) ** 3
    return np.rint(numbers) if whole else numbers, rng.integers(0, 3, (f, n)).astype(np.int32)


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize(
    ("n", "d", "f"), [(2, 1, 0), (3, 1, 0), (3, 2, 1), (8, 4, 0), (9, 5, 2), (513, 7, 0), (4098, 3, 0), (9001, 5, 1)]
)
def test_medians_are_those_of_all_pairs(n: int, d: int, f: int, whole: bool) -> None:
    numbers, codes = table(n, d, f, seed=n, whole=whole)
    rows = np.random.default_rng(0).permutation(n)[:40]
    expected = slowly(numbers, codes, 2.0, rows)
    for n_threads in (1, 2):
        with mock.patch.object(threads, "max_threads", return_value=n_threads):
            np.testing.assert_allclose(median_distances(numbers, codes, 2.0, rows), expected, rtol=1e-13)
    single = numbers.astype(np.float32)
    np.testing.assert_allclose(median_distances(single, codes, 2.0, rows), slowly(single, codes, 2.0, rows), rtol=1e-13)


def test_the_sample_may_miss_the_median() -> None:
    # Every 9th row, which is what the sample takes, is far from where the others are.
    numbers = np.random.default_rng(0).normal(size=(9216 + 1, 2))
    numbers[::9] += 1000.0
    rows = np.array([0, 1, 5000, 9216])
    codes = np.empty((0, len(numbers)), np.int32)
    np.testing.assert_allclose(median_distances(numbers, codes, 0.0, rows), slowly(numbers, codes, 0.0, rows))


#: Rows, columns, categories, factor, shift: what float32 resolves well, hardly, and not at all.
CASES = [
    (4200, 4, 0, 1.0, 0.0),
    (4201, 20, 0, 1.0, 0.0),
    (4200, 2, 3, 1.0, 5.0),
    (4201, 1, 0, 1.0, 0.0),
    (4200, 3, 0, 1e100, 0.0),
    (4200, 3, 0, 1e-100, 0.0),
    (4200, 3, 0, 1e-3, 1e3),
    (4200, 3, 0, 1e-3, 1e9),
]


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize(("n", "d", "f", "factor", "shift"), CASES)
def test_bounds_are_below_the_median_or_not(n: int, d: int, f: int, factor: float, shift: float, whole: bool) -> None:
    numbers, codes = table(n, d, f, seed=1, whole=whole)
    numbers = factor * numbers + shift
    rng = np.random.default_rng(2)
    rows = rng.permutation(n)[:100]
    penalty = factor**2 if f else 0.0
    medians = median_distances(numbers, codes, penalty, rows)
    near = medians[:, None] * (1 + 10.0 ** -rng.uniform(0, 16, (100, 3)) * rng.choice([-1, 1], (100, 3)))
    at = np.column_stack([medians, np.nextafter(medians, 0), np.nextafter(medians, np.inf)])
    wide = medians[:, None] * rng.uniform(0.2, 3.0, (100, 4))
    for bounds in (near, at, wide, wide[:, :1], np.full((100, 1), np.inf), np.zeros((100, 1))):
        got = medians_among(bounds, numbers, codes, penalty, rows)
        np.testing.assert_array_equal(bounds < got[:, None], bounds < medians[:, None])


@pytest.mark.parametrize("f", [0, 2])
def test_leaves_that_are_not_looked_at_are_counted(f: int) -> None:
    # Clusters of equal or nearly equal rows, and categories by cluster: boxes within a bound, beyond it, and at it.
    rng = np.random.default_rng(5)
    centers = rng.integers(-20, 20, (12, 3)).astype(float)
    cluster = rng.integers(0, 12, 9000)
    numbers = centers[cluster] + np.where(cluster % 3 == 0, 0.0, 1.0)[:, None] * rng.integers(-1, 2, (9000, 3))
    codes = np.vstack([cluster % 2, cluster % 5]).astype(np.int32)[:f]
    rows = rng.permutation(9000)[:150]
    medians = median_distances(numbers, codes, 3.0, rows)
    np.testing.assert_allclose(medians, slowly(numbers, codes, 3.0, rows))
    exact = np.column_stack(
        [medians, np.nextafter(medians, 0), np.nextafter(medians, np.inf), medians / 2, medians * 2]
    )
    for bounds in (exact, exact[:, 3:4], exact[:, 4:], rng.uniform(0, 60, (150, 5))):
        got = medians_among(bounds, numbers, codes, 3.0, rows)
        np.testing.assert_array_equal(bounds < got[:, None], bounds < medians[:, None])


def test_hardly_any_median_is_computed_where_bounds_are_far_from_it() -> None:
    numbers, codes = table(6000, 10, 0, seed=3)
    rows = np.arange(6000)
    medians = median_distances(numbers, codes, 0.0, rows)
    bounds = medians[:, None] * np.array([0.5, 0.7, 1.5])
    with mock.patch.object(median_distance, "median_distances", wraps=median_distances) as exact:
        medians_among(bounds, numbers, codes, 0.0, rows)
    assert sum(len(call.args[3]) for call in exact.call_args_list) < 60


def test_no_matrix_of_distances_is_kept() -> None:
    numbers, codes = table(8000, 3, 0, seed=4)
    rows = np.arange(8000)
    bounds = np.full((8000, 2), 1.0)
    medians_among(bounds[:10], numbers, codes, 0.0, rows[:10])  # compiles
    tracemalloc.start()
    medians_among(bounds, numbers, codes, 0.0, rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12e6  # of float32, the matrix has 256 MB
