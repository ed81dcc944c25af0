"""Cluster centroids: dtypes, distinct rows, order and provenance, other clusterers."""

from __future__ import annotations

from typing import Any

import imblearn.under_sampling
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import DBSCAN, BisectingKMeans, KMeans, MiniBatchKMeans
from sklearn.utils.estimator_checks import estimator_checks_generator

import fastbal.under_sampling
from fastbal.under_sampling import ClusterCentroids
from tests.containers import CONTAINERS
from tests.under_sampling.test_cleaning import tables_with_ties
from tests.under_sampling.test_parity import overlapping


class Given:
    """A clusterer that has been told its centres."""

    def __init__(self, centers: Any = None, n_clusters: int = 1) -> None:
        self.centers, self.n_clusters = centers, n_clusters

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return {"centers": self.centers, "n_clusters": self.n_clusters}

    def set_params(self, **parameters: Any) -> Any:
        self.__dict__.update(parameters)
        return self

    def fit(self, X: Any) -> Any:
        self.cluster_centers_ = np.array(self.centers)
        return self

    def predict(self, X: Any) -> None:
        """Never asked."""


class Slices(ClusterMixin, BaseEstimator):
    """A clusterer that cuts the rows, as they come, into slices; a centre is half way between first and last row."""

    def __init__(self, n_clusters: int = 1) -> None:
        self.n_clusters = n_clusters

    def fit(self, X: Any, y: Any = None) -> Any:
        self.cluster_centers_ = np.array([(part[0] + part[-1]) / 2 for part in np.array_split(X, self.n_clusters)])
        return self

    def predict(self, X: Any) -> Any:
        return np.repeat(np.arange(self.n_clusters), [len(part) for part in np.array_split(X, self.n_clusters)])


def nearest_free(X: Any, points: Any) -> list[int]:
    """Rows for points, in rounds: each point names its nearest free row, which goes to the first that names it."""
    chosen: dict[int, int] = {}
    while len(chosen) < len(points):
        free = [row for row in range(len(X)) if row not in chosen.values()]
        named: dict[int, int] = {}
        for point in range(len(points)):
            if point not in chosen:
                named.setdefault(min(free, key=lambda row: (((X[row] - points[point]) ** 2).sum(), row)), point)
        chosen.update({point: row for row, point in named.items()})
    return [chosen[point] for point in range(len(points))]


@given(tables_with_ties(), st.data())
def test_against_the_reference(table: Any, data: Any) -> None:
    X, y = table
    plan = {code: data.draw(st.integers(0, n)) for code, n in enumerate(np.bincount(y).tolist())}
    del plan[data.draw(st.sampled_from(sorted(plan)))]
    weights = np.arange(len(y), dtype=float)
    soft, hard, expected_labels, is_made, mean_weights = [], [], [], [], []
    for code in range(y.max() + 1):
        rows = X[y == code]
        centers = [(part[0] + part[-1]) / 2 for part in np.array_split(rows, plan[code])] if plan.get(code) else []
        soft += centers if code in plan else [*rows]
        hard += [rows[row] for row in nearest_free(rows, centers)] if code in plan else [*rows]
        parts = np.array_split(weights[y == code], plan.get(code, len(rows)) or 1)
        mean_weights += [part.mean() for part in parts] if plan.get(code, 1) else []
        expected_labels += [code] * plan.get(code, len(rows))
        is_made += [code in plan] * plan.get(code, len(rows))
    for voting, expected in (("soft", soft), ("hard", hard)):
        sampler = ClusterCentroids(estimator=Slices(), voting=voting, sampling_strategy=plan)
        got, labels, got_weights = sampler.fit_resample(X, y, sample_weight=weights)
        np.testing.assert_allclose(got, expected)
        assert labels.tolist() == expected_labels
        if voting == "soft":
            np.testing.assert_allclose(got_weights, mean_weights)
        assert sampler.is_synthetic_.tolist() == (is_made if voting == "soft" else [False] * len(expected))


@pytest.mark.parametrize("make", [np.asarray, sparse.csr_matrix])
def test_hard_votes_choose_nearest_rows(make: Any) -> None:
    X, y = overlapping(200, 2)
    ours, theirs = (
        module.ClusterCentroids(random_state=0, voting="hard")
        for module in (fastbal.under_sampling, imblearn.under_sampling)
    )
    (got, got_y), (expected, expected_y) = ours.fit_resample(make(X), y), theirs.fit_resample(make(X), y)
    got, expected = (Z.toarray() if sparse.issparse(Z) else Z for Z in (got, expected))
    np.testing.assert_array_equal(got_y, expected_y)
    common = int(np.bincount(y).argmax())
    centers = ours.estimator_.cluster_centers_
    # a cluster of two rows has its centre half way between them
    np.testing.assert_allclose(
        np.linalg.norm(got[got_y == common] - centers, axis=1),
        np.linalg.norm(expected[got_y == common] - centers, axis=1),
        atol=1e-7,
    )


def test_hard_votes_choose_no_row_twice() -> None:
    X, y = np.array([[0.0], [3.0], [4.0], [9.0], [50.0], [51.0], [52.0]]), np.array([0, 0, 0, 0, 1, 1, 1])
    sampler = ClusterCentroids(estimator=Given([[0.1], [0.2], [3.9]]), voting="hard")
    got, labels = sampler.fit_resample(X, y)
    assert got.ravel().tolist() == [0.0, 3.0, 4.0, 50.0, 51.0, 52.0]
    assert labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert not sampler.is_synthetic_.any()


def test_one_row_by_a_hard_vote() -> None:
    X, y = overlapping(200, 2)
    got, _ = ClusterCentroids(sampling_strategy={0: 1}, voting="hard", random_state=0).fit_resample(X, y)
    assert got.shape == ((y == 1).sum() + 1, 4)


@pytest.mark.parametrize("dtype", [np.int16, np.uint8, np.int64, np.float32])
def test_centres_have_the_dtype_of_the_table(dtype: Any) -> None:
    X, y = np.array([[0], [1], [3], [200], [202], [205], [7], [8]], dtype), np.array([0] * 6 + [1] * 2)
    got, _ = ClusterCentroids(random_state=0).fit_resample(X, y)
    assert got.dtype == dtype
    expected = [4 / 3, 607 / 3] if dtype == np.float32 else [1, 202]
    np.testing.assert_allclose(sorted(got[:2].ravel().tolist()), expected, rtol=1e-5)
    frame, _ = ClusterCentroids(random_state=0).fit_resample(pd.DataFrame(X, columns=["a"]), y)
    np.testing.assert_array_equal(frame["a"].to_numpy(), got.ravel())


def test_what_is_new_is_said_also_where_classes_alternate() -> None:
    X, y = overlapping(200, 3)
    sampler = ClusterCentroids(random_state=0, sampling_strategy={0: 4, 2: 5})
    got, labels = sampler.fit_resample(X, y)
    n_middle = int((y == 1).sum())
    assert labels.tolist() == [0] * 4 + [1] * n_middle + [2] * 5
    np.testing.assert_array_equal(sampler.is_synthetic_, labels != 1)
    np.testing.assert_array_equal(got[labels == 1], X[y == 1])
    assert (sampler.base_indices_ == -1).all()


@pytest.mark.parametrize("clusterer", [KMeans, MiniBatchKMeans, BisectingKMeans])
def test_other_clusterers(clusterer: Any) -> None:
    X, y = overlapping(200, 2)
    sampler = ClusterCentroids(estimator=clusterer(random_state=0))
    _, labels = sampler.fit_resample(X, y)
    assert np.bincount(labels).tolist() == [np.bincount(y).min()] * 2
    assert isinstance(sampler.estimator_, clusterer)


def test_clusterers_that_will_not_do() -> None:
    X, y = overlapping(200, 2)

    class NoCenters(Given):
        def fit(self, X: Any) -> Any:
            return self

    class NoNumber(Given):
        def get_params(self, deep: bool = True) -> dict[str, Any]:
            return {"centers": self.centers}

        def __init__(self, centers: Any = None) -> None:
            super().__init__(centers)

    with pytest.raises(ValueError, match=r"exposing a parameter `n_clusters` .* A NoNumber has no `n_clusters`"):
        ClusterCentroids(estimator=NoNumber()).fit_resample(X, y)
    with pytest.raises(RuntimeError, match="exposing a fitted parameter `cluster_centers_`"):
        ClusterCentroids(estimator=NoCenters()).fit_resample(X, y)
    with pytest.raises(ValueError, match="The 'estimator' parameter of ClusterCentroids"):
        ClusterCentroids(estimator=DBSCAN()).fit_resample(X, y)


@pytest.mark.parametrize(
    ("estimator", "check"),
    list(estimator_checks_generator(ClusterCentroids(random_state=0))),
    ids=lambda value: getattr(getattr(value, "func", value), "__name__", ""),
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_scikit_learn_agrees(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.mark.parametrize("name", ["list", "pandas", "pandas nullable", "polars", "pyarrow", "one-vs-all y"])
def test_every_container_holds_the_same_rows(name: str) -> None:
    X, y = overlapping(150, 3)
    container = CONTAINERS[name]
    expected, expected_y = ClusterCentroids(random_state=0).fit_resample(X, y)
    got, got_y = ClusterCentroids(random_state=0).fit_resample(container.make_X(X), container.make_y(y))
    np.testing.assert_allclose(np.asarray(container.X_of(got), float), expected)
    np.testing.assert_array_equal(container.y_of(got_y), expected_y)


@pytest.mark.parametrize("voting", ["soft", "hard"])
@pytest.mark.parametrize("make", [np.asarray, sparse.csr_array])
@pytest.mark.filterwarnings("ignore:Number of distinct clusters")
def test_where_fewer_rows_differ_than_are_asked_for_every_centre_is_a_row(make: Any, voting: str) -> None:
    """KMeans leaves some clusters empty then, and centres that are no means; no mean of several rows is needed."""
    rng = np.random.default_rng(0)
    X, y = np.round(rng.normal(size=(700, 3)), 2), np.repeat([0, 1], [400, 300])
    X[y == 0] = X[rng.integers(0, 150, 400)]
    got, labels = ClusterCentroids(estimator=KMeans(n_init=1, random_state=0), voting=voting).fit_resample(make(X), y)
    got = got.toarray() if sparse.issparse(got) else got
    assert labels.tolist() == [0] * 300 + [1] * 300
    distances = np.linalg.norm(got[:300, None] - X[None, :400], axis=2).min(axis=1)
    np.testing.assert_allclose(distances, 0, atol=1e-12)
