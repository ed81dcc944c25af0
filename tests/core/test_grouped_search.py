"""Neighbours of the same group: by measuring, by an index for each group, and against every pair of rows."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.metrics import pairwise_distances
from sklearn.metrics.pairwise import nan_euclidean_distances

from fastbal._core import grouped_search
from fastbal._core.grouped_search import GroupedSearch, measure_by
from fastbal._core.mixed_search import MissingIndex, MixedIndex, NominalIndex
from fastbal._core.neighbors import Index
from fastbal._kernels.groups import search_groups_by_tables
from tests import reference


def padded(lists: Any, k: int) -> Any:
    """Lists of rows as a search returns them."""
    return np.array([[*found, *[-1] * (k - len(found))] for found in lists])


def groups_of_all_sizes() -> Any:
    """One row alone, two, three, k + 1, and the rest; in random order."""
    groups = np.repeat([7, 3, 3, 5, 5, 5, 1], [1, 1, 1, 1, 1, 1, 74])
    groups[-4:] = 9
    return np.random.default_rng(1).permutation(groups)


def searches(index_of: Any, measure: Any) -> Any:
    """A search of groups by measuring, one by indexes, and one by both."""
    groups = groups_of_all_sizes()
    for small in (500, 1, 10):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(grouped_search, "_SMALL_GROUP", small)
            yield GroupedSearch(groups, index_of, measure).neighbors_of_rows


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("k", [1, 3, 6])
@pytest.mark.parametrize("n_columns", [1, 12])
def test_numbers(dtype: Any, k: int, n_columns: int) -> None:
    X = np.random.default_rng(0).integers(0, 4, (80, n_columns)).astype(dtype)  # ties and duplicates
    expected = padded(reference.neighbors_in_groups(reference.plain_sqdists(X), groups_of_all_sizes(), k), k)
    for search in searches(lambda part: Index(X[part]), measure_by(X)):
        np.testing.assert_array_equal(search(np.arange(80), k), expected)
        some = np.array([3, 4, 11, 70])
        np.testing.assert_array_equal(search(some, k), expected[some])


def test_numbers_with_gaps_and_categories() -> None:
    rng = np.random.default_rng(0)
    X, codes = rng.normal(size=(80, 4)), rng.integers(0, 3, (2, 80)).astype(np.int32)
    differ = sum((column[:, None] != column[None, :]) for column in codes)
    expected = padded(
        reference.neighbors_in_groups(pairwise_distances(X) ** 2 + 0.7 * differ, groups_of_all_sizes(), 5), 5
    )
    for search in searches(lambda part: MixedIndex(X[part], codes[:, part], 0.7), measure_by(X, codes, 0.7)):
        np.testing.assert_array_equal(search(np.arange(80), 5), expected)
    X[rng.random(X.shape) < 0.2] = np.nan
    X[:2] = np.nan  # infinitely far from everyone, and neighbours all the same
    sqdists = np.nan_to_num(nan_euclidean_distances(X) ** 2, nan=np.inf) + 0.7 * differ
    expected = padded(reference.neighbors_in_groups(sqdists, groups_of_all_sizes(), 5), 5)
    for search in searches(lambda part: MissingIndex(X[part], codes[:, part], 0.7), measure_by(X, codes, 0.7)):
        np.testing.assert_array_equal(search(np.arange(80), 5), expected)


@pytest.mark.parametrize("n_columns", [3, 12, 400])
def test_sparse_rows(n_columns: int) -> None:
    rng = np.random.default_rng(0)
    X = sparse.csr_array(np.where(rng.random((80, n_columns)) < 0.1, rng.normal(size=(80, n_columns)), 0.0))
    expected = padded(reference.neighbors_in_groups(reference.plain_sqdists(X.toarray()), groups_of_all_sizes(), 4), 4)
    for search in searches(lambda part: Index(X[part]), measure_by(X)):
        np.testing.assert_array_equal(search(np.arange(80), 4), expected)


def test_categories_only() -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 5, (3, 80)).astype(np.int32)
    shares = [rng.dirichlet([1, 1, 1], size=5) for _ in range(3)]
    distances = sum(
        abs(table[column][:, None] - table[column][None, :]).sum(axis=2) ** 2
        for table, column in zip(shares, codes, strict=True)
    )
    expected = padded(reference.neighbors_in_groups(distances, groups_of_all_sizes(), 4), 4)
    measure = partial(search_groups_by_tables, codes, np.array([0, 5, 10]), np.concatenate(shares))
    for search in searches(lambda part: NominalIndex(codes[:, part], shares), measure):
        np.testing.assert_array_equal(search(np.arange(80), 4), expected)


def test_progress_ends_at_one() -> None:
    X = np.random.default_rng(0).normal(size=(800, 2))
    seen: list[float] = []
    search = GroupedSearch(np.repeat([0, 1], [10, 790]), lambda part: Index(X[part]), measure_by(X))
    search.neighbors_of_rows(np.arange(800), 3, seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
