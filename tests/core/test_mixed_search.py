"""The searches of mixed, gappy and nominal tables against slow, obvious ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import pairwise_distances
from sklearn.metrics.pairwise import nan_euclidean_distances

from fastbal._core.mixed_search import MissingIndex, MixedIndex, NominalIndex


def by_distance_and_row(distances: Any, rows: Any, k: int) -> Any:
    """The k nearest other rows of each of `rows` in a matrix of distances."""
    found = []
    for row in rows:
        order = sorted((distance, other) for other, distance in enumerate(distances[row]) if other != row)
        found.append([other for _, other in order[:k]])
    return np.array(found)


def mixed_distances(numbers: Any, codes: Any, penalty: float) -> Any:
    sqdists = np.zeros((len(numbers), len(numbers)))
    for column in numbers.T.astype(np.float64):
        sqdists += (column[:, None] - column) ** 2
    for column in codes:
        sqdists += np.where(column[:, None] != column, penalty, 0.0)
    return sqdists


@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(3, 700),
    d=st.integers(1, 4),
    f=st.integers(0, 4),
    ties=st.booleans(),
    dtype=st.sampled_from([np.float64, np.float32]),
)
def test_mixed_rows(seed: int, n: int, d: int, f: int, ties: bool, dtype: Any) -> None:
    rng = np.random.default_rng(seed)
    numbers = (rng.integers(0, 3, (n, d)) if ties else rng.normal(size=(n, d))).astype(dtype)
    codes = rng.integers(0, rng.integers(1, 9), (f, n)).astype(np.int32)
    penalty = float(rng.choice([0.0, 1.0, 0.37]))
    rows = rng.permutation(n)[: int(rng.integers(1, n + 1))]
    k = int(min(n - 1, 5))
    got, distances = MixedIndex(numbers, codes, penalty).neighbors_of_rows(rows, k)
    sqdists = mixed_distances(numbers, codes, penalty)
    expected = by_distance_and_row(sqdists, rows, k)
    np.testing.assert_array_equal(got, expected)
    np.testing.assert_array_equal(distances, np.sqrt(sqdists[rows[:, None], expected]))


def test_all_mixed_rows() -> None:
    rng = np.random.default_rng(0)
    numbers, codes = rng.normal(size=(400, 2)), rng.integers(0, 3, (2, 400)).astype(np.int32)
    got, _ = MixedIndex(numbers, codes, 0.5).neighbors_of_rows(None, 3)
    np.testing.assert_array_equal(got, by_distance_and_row(mixed_distances(numbers, codes, 0.5), range(400), 3))


@pytest.mark.parametrize("n", [4, 60, 1100])
def test_rows_with_gaps(n: int) -> None:
    rng = np.random.default_rng(n)
    numbers = rng.normal(size=(n, 4))
    numbers[rng.random((n, 4)) < 0.4] = np.nan
    sqdists = np.nan_to_num(nan_euclidean_distances(numbers, squared=True), nan=np.inf)
    got, distances = MissingIndex(numbers).neighbors_of_rows(None, 3)
    np.testing.assert_array_equal(got, by_distance_and_row(sqdists, range(n), 3))
    np.testing.assert_allclose(distances, np.sqrt(np.take_along_axis(sqdists, got, axis=1)), atol=1e-7)
    codes = rng.integers(0, 3, (2, n)).astype(np.int32)
    for column in codes:
        sqdists += np.where(column[:, None] != column, 0.7, 0.0)
    rows = rng.permutation(n)[:3]
    got, _ = MissingIndex(numbers, codes, 0.7).neighbors_of_rows(rows, 3)
    np.testing.assert_array_equal(got, by_distance_and_row(sqdists, rows, 3))


@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize(("n", "n_categories"), [(8, 2), (300, 3), (500, 30)])
def test_rows_of_categories(n_classes: int, n: int, n_categories: int) -> None:
    rng = np.random.default_rng(n)
    codes = rng.integers(0, n_categories, (3, n)).astype(np.int32)
    # Shares with a few values only, so that distances are exact and ties and equal categories occur.
    shares = [rng.integers(0, 3, (n_categories, n_classes)) / 4.0 for _ in codes]
    distances = np.zeros((n, n))
    for column, table in zip(codes, shares, strict=True):
        distances += pairwise_distances(table[column], metric="manhattan") ** 2
    got, away = NominalIndex(codes, shares).neighbors_of_rows(np.arange(n), 5)
    expected = by_distance_and_row(distances, range(n), 5)
    np.testing.assert_array_equal(got, expected)
    np.testing.assert_array_equal(away, np.take_along_axis(distances, expected, axis=1))
