"""What SMOTE must do where imbalanced-learn does otherwise, and its smallest cases."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.neighbors import NearestNeighbors

from fastbal.over_sampling import SMOTE
from tests import cases, reference


def test_smallest_class_that_works() -> None:
    X, y = cases.k_plus_one()
    sampler = SMOTE(random_state=0, k_neighbors=2)
    got, labels = sampler.fit_resample(X, y)
    expected, expected_labels = reference.smote(X, y, seed=0, k=2)
    np.testing.assert_array_equal(got, expected)
    np.testing.assert_array_equal(labels, expected_labels)


@pytest.mark.parametrize("data", [cases.binary, cases.multiclass, cases.duplicates])
def test_against_the_reference(data: Any) -> None:
    X, y = data()
    got, labels = SMOTE(random_state=3).fit_resample(X, y)
    expected, expected_labels = reference.smote(X, y, seed=3, k=5)
    np.testing.assert_array_equal(got, expected)
    np.testing.assert_array_equal(labels, expected_labels)


def test_nothing_to_do() -> None:
    X, y = cases.balanced()
    sampler = SMOTE(random_state=0)
    got, _ = sampler.fit_resample(X, y)
    np.testing.assert_array_equal(got, X)
    assert got is not X
    assert not sampler.is_synthetic_.any()


def test_a_row_is_never_its_own_neighbour_even_among_duplicates() -> None:
    X, y = cases.duplicates()
    for k in (5, NearestNeighbors(n_neighbors=6)):
        sampler = SMOTE(random_state=0, k_neighbors=k)
        got, _ = sampler.fit_resample(X, y)
        assert (sampler.neighbor_indices_ != sampler.base_indices_).all()
        # five neighbours reach beyond the three other copies, so not every new row is a copy
        assert len(np.unique(got[sampler.is_synthetic_], axis=0)) > 2


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.uint16, np.int32, np.int64, np.uint64])
def test_integers_are_rounded_and_never_wrap(dtype: Any) -> None:
    limits = np.iinfo(dtype)
    rng = np.random.default_rng(0)
    X = rng.choice(np.array([limits.min, limits.max // 2, limits.max], dtype), size=(60, 4))
    y = np.repeat([0, 1], [45, 15])
    sampler = SMOTE(random_state=0)
    got, _ = sampler.fit_resample(X, y)
    start, end = (X[rows].astype(np.float64) for rows in (sampler.base_indices_, sampler.neighbor_indices_))
    exact = start + sampler.step_[:, None] * (end - start)
    assert got.dtype == dtype
    np.testing.assert_allclose(got[60:].astype(np.float64), exact, atol=0.5, rtol=1e-15)


def test_zero_one_columns_are_not_biased() -> None:
    rng = np.random.default_rng(0)
    X = (rng.random((4000, 6)) < 0.55).astype(int)
    y = np.repeat([0, 1], [3000, 1000])
    share = X[y == 1].mean()
    for table in (X, X.astype(bool), pd.DataFrame(X.astype(bool)), pd.DataFrame(X).astype("boolean")):
        sampler = SMOTE(random_state=0, k_neighbors=900)
        got, _ = sampler.fit_resample(table, y)
        new = np.asarray(got, dtype=float)[sampler.is_synthetic_]
        assert abs(new.mean() - share) < 0.02


def test_provenance_makes_the_rows() -> None:
    X, y = cases.multiclass()
    sampler = SMOTE(random_state=1)
    got, labels = sampler.fit_resample(X, y)
    base, neighbor, step = sampler.base_indices_, sampler.neighbor_indices_, sampler.step_
    np.testing.assert_array_equal(sampler.is_synthetic_, np.arange(len(got)) >= len(X))
    np.testing.assert_array_equal(got[sampler.is_synthetic_], reference.interpolate(X, base, neighbor, step))
    np.testing.assert_array_equal(labels[sampler.is_synthetic_], y[base])
    np.testing.assert_array_equal(y[neighbor], y[base])


def test_only_the_rows_drawn_are_searched_for() -> None:
    asked = []

    class Spy(NearestNeighbors):
        def kneighbors(self, X: Any = None, n_neighbors: Any = None, return_distance: bool = True) -> Any:
            asked.append(len(X))
            return super().kneighbors(X, n_neighbors, return_distance)

    X, y = cases.binary(1000)
    n_rare = int((y == 1).sum())
    SMOTE(random_state=0, k_neighbors=Spy(n_neighbors=6), sampling_strategy={1: n_rare + 5}).fit_resample(X, y)
    assert asked == [5]


def test_a_generator_as_random_state() -> None:
    X, y = cases.multiclass()
    got, _ = SMOTE(random_state=np.random.default_rng(0)).fit_resample(X, y)
    again, _ = SMOTE(random_state=np.random.default_rng(0)).fit_resample(X, y)
    other, _ = SMOTE(random_state=np.random.default_rng(1)).fit_resample(X, y)
    np.testing.assert_array_equal(got, again)
    assert not np.array_equal(got, other)


def test_any_object_with_kneighbors_will_do() -> None:
    class Search:
        """No scikit-learn estimator, no n_jobs, no kneighbors_graph: the least a search can be."""

        n_neighbors = 4

        def fit(self, X: Any) -> Any:
            self.X = X
            return self

        def kneighbors(self, X: Any, return_distance: bool = True) -> Any:
            assert not return_distance
            distances = ((X[:, None] - self.X[None]) ** 2).sum(axis=2)
            return np.argsort(distances, axis=1)[:, : self.n_neighbors]

    X, y = cases.multiclass()
    got, _ = SMOTE(random_state=0, k_neighbors=Search()).fit_resample(X, y)
    np.testing.assert_array_equal(got, SMOTE(random_state=0, k_neighbors=3).fit_resample(X, y)[0])
    del Search.n_neighbors
    with pytest.raises(TypeError, match=r"in an attribute n_neighbors\. A Search has none"):
        SMOTE(k_neighbors=Search()).fit_resample(X, y)


@pytest.mark.parametrize(
    ("dtype", "scale"),
    [(np.float64, 1.7e308), (np.float32, 3e38), (np.float64, 2e-322), (np.float32, 1e-44), (np.float32, 1.0)],
)
def test_a_new_row_lies_between_its_parents_at_every_scale(dtype: type, scale: float) -> None:
    for seed in range(10):
        X = (np.random.default_rng(seed).uniform(-1, 1, (40, 3)) * scale).astype(dtype)
        sampler = SMOTE(k_neighbors=3, random_state=seed)
        new = sampler.fit_resample(X, np.arange(40) % 3 == 0)[0][sampler.is_synthetic_]
        start, end = X[sampler.base_indices_], X[sampler.neighbor_indices_]
        assert (new >= np.minimum(start, end)).all()
        assert (new <= np.maximum(start, end)).all()
