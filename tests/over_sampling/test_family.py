"""What the SMOTE family does where imbalanced-learn does otherwise, and what holds for every table."""

from __future__ import annotations

import copy
import warnings
from collections import Counter
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.spatial.distance import pdist
from sklearn.base import clone
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.datasets import make_blobs

from fastbal._core import threads
from fastbal._core.spread import mean_distance
from fastbal.over_sampling import ADASYN, SMOTE, SMOTEN, SMOTENC, SVMSMOTE, BorderlineSMOTE, KMeansSMOTE
from fastbal.over_sampling._adasyn import _one_more_each, _without_surplus
from fastbal.over_sampling._kmeans import _fit_predict
from tests import cases, reference
from tests.containers import CONTAINERS

FAMILY = [
    BorderlineSMOTE(k_neighbors=2, m_neighbors=3),
    BorderlineSMOTE(k_neighbors=2, m_neighbors=3, kind="borderline-2"),
    ADASYN(n_neighbors=2),
    SVMSMOTE(k_neighbors=2, m_neighbors=6),
    KMeansSMOTE(k_neighbors=1, kmeans_estimator=2),
]
by_sampler = pytest.mark.parametrize("sampler", FAMILY, ids=lambda sampler: type(sampler).__name__)


@by_sampler
@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1), shape=st.integers(1, 4), n=st.integers(20, 60), is_float32=st.booleans())
@pytest.mark.filterwarnings("ignore:No row of class:UserWarning", "ignore:Not any neighbours:UserWarning")
def test_counts_order_and_provenance(sampler: Any, seed: int, shape: int, n: int, is_float32: bool) -> None:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, shape)).round(1).astype(np.float32 if is_float32 else np.float64)
    y = rng.permutation(np.arange(n) % 5 // 2)  # 2 : 2 : 1, no class smaller than 4
    sampler = clone(sampler).set_params(random_state=seed)
    try:
        got, labels = sampler.fit_resample(X, y)
    except (ValueError, RuntimeError) as error:
        assert any(word in str(error) for word in ("considered as noise", "No clusters found"))
        return
    assert set(Counter(labels.tolist()).values()) == {max(Counter(y.tolist()).values())}
    np.testing.assert_array_equal(got[:n], X)
    base, neighbor = sampler.base_indices_, sampler.neighbor_indices_
    np.testing.assert_array_equal(got[n:], reference.interpolate(X, base, neighbor, sampler.step_))
    np.testing.assert_array_equal(y[base], labels[n:])
    assert (base != neighbor).all()


@by_sampler
def test_same_rows_in_every_container(sampler: Any) -> None:
    X, y = cases.multiclass()
    X = np.where(abs(X) > 0.3, X, 0.0)
    expected, expected_labels = clone(sampler).set_params(random_state=0).fit_resample(X, y)
    for container in CONTAINERS.values():
        fitted = clone(sampler).set_params(random_state=0)
        got, labels = fitted.fit_resample(container.make_X(X), container.make_y(y))
        np.testing.assert_allclose(np.asarray(container.X_of(got), float), expected, rtol=1e-12, atol=1e-12)
        np.testing.assert_array_equal(container.y_of(labels), expected_labels)


@pytest.mark.parametrize(
    "sampler", [*FAMILY[:3], SMOTENC([0, 3]), SMOTEN()], ids=lambda sampler: type(sampler).__name__
)
def test_same_rows_at_any_number_of_threads_and_for_a_generator(sampler: Any) -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(9000, 4)).round(1), (rng.random(9000) < 0.2).astype(int)
    results = []
    for n_threads in (1, 2, 3):
        with mock.patch.object(threads, "max_threads", return_value=n_threads):
            fitted = clone(sampler).set_params(random_state=np.random.default_rng(1))
            results.append(fitted.fit_resample(X, y)[0])
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], results[2])


@by_sampler
def test_integers_and_booleans_survive(sampler: Any) -> None:
    X, y = cases.binary()
    for table in ((X * 40).clip(0, 255).astype(np.uint8), X > 0.3):
        fitted = clone(sampler).set_params(random_state=0)
        try:
            got, _ = fitted.fit_resample(table, y)
        except ValueError as error:
            assert "noise" in str(error)
            continue
        assert got.dtype == table.dtype
        expected = reference.interpolate(table, fitted.base_indices_, fitted.neighbor_indices_, fitted.step_)
        np.testing.assert_array_equal(got[len(y) :], expected)


# --------------------------------------------------------------------------------------------------------- Borderline


def test_a_class_without_danger_is_over_sampled_all_the_same_and_says_so() -> None:
    X, y = make_blobs([60, 20], centers=[[0, 0], [100, 100]], random_state=0)
    for kind in ("borderline-1", "borderline-2"):
        sampler = BorderlineSMOTE(random_state=0, kind=kind)
        with pytest.warns(UserWarning, match="No row of class 1 is in danger"):
            got, labels = sampler.fit_resample(X, y)
        assert Counter(labels.tolist()) == {0: 60, 1: 60}
        assert sampler.in_danger_indices == {}
        np.testing.assert_array_equal(got, SMOTE(random_state=0).fit_resample(X, y)[0])


def test_borderline_2_takes_every_sparse_format() -> None:
    X, y = cases.binary()
    expected, _ = BorderlineSMOTE(random_state=0, kind="borderline-2").fit_resample(X, y)
    for make in (sparse.csr_matrix, sparse.csr_array, sparse.csc_matrix):
        got, _ = BorderlineSMOTE(random_state=0, kind="borderline-2").fit_resample(make(X), y)
        np.testing.assert_array_equal(got.toarray(), expected)


def test_danger_is_at_least_half_but_not_all() -> None:
    X = np.array([[0.0], [0.9], [2.0], [2.9], [4.1], [50.0], [51.0], [52.1], [54.0], [60.0], [65.0], [66.0]])
    y = np.array([1, 0, 1, 0, 0, 1, 1, 1, 1, 0, 0, 0])
    sampler = BorderlineSMOTE(random_state=0, k_neighbors=2, m_neighbors=3, sampling_strategy={1: 8})
    sampler.fit_resample(X, y)
    expected = []
    nearest = reference.neighbors(X, 3)
    for row in np.flatnonzero(y == 1):
        n_foreign = sum(y[nearest[row]] != 1)
        if 1.5 <= n_foreign < 3:
            expected.append(row)
    assert expected
    np.testing.assert_array_equal(sampler.in_danger_indices[1], expected)
    assert set(sampler.base_indices_.tolist()) <= set(expected)


def test_m_neighbors_beyond_the_table() -> None:
    X, y = cases.k_plus_one()
    for sampler in (BorderlineSMOTE(k_neighbors=2), SVMSMOTE(k_neighbors=2)):
        with pytest.raises(ValueError, match=r"X has 7 rows, but m_neighbors asks for 10 neighbours.*to 6 or less"):
            sampler.fit_resample(X, y)


# ------------------------------------------------------------------------------------------------------------- ADASYN


def test_adasyn_without_foreign_neighbours_treats_all_rows_alike() -> None:
    X, y = make_blobs([60, 20], centers=[[0, 0], [100, 100]], random_state=0)
    sampler = ADASYN(random_state=0)
    with pytest.warns(UserWarning, match="Not any neighbours of class 1 belong to another class"):
        _, labels = sampler.fit_resample(X, y)
    assert Counter(labels.tolist()) == {0: 60, 1: 60}
    assert set(Counter(sampler.base_indices_.tolist()).values()) == {2}


def test_adasyn_makes_rows_even_where_every_share_rounds_to_none() -> None:
    X, y = cases.binary()
    n_rare = int((y == 1).sum())
    sampler = ADASYN(random_state=0, sampling_strategy={1: n_rare + 1}, n_neighbors=20)
    _, labels = sampler.fit_resample(X, y)
    assert (labels == 1).sum() == n_rare + 1


# ----------------------------------------------------------------------------------------------------------- SVM-SMOTE


def test_adasyn_adds_to_the_shares_rounded_down_most_and_takes_from_those_rounded_up_most() -> None:
    shares = np.array([1.25, 2.4, 1.35])
    assert _one_more_each(shares, np.rint(shares).astype(int)).tolist() == [0, 1, 0]
    shares = np.array([1.75, 2.6, 1.65])
    assert _without_surplus(shares, np.rint(shares).astype(int)).tolist() == [True] * 4 + [False] + [True] * 2


def test_svm_smote_delivers_where_one_kind_of_support_vector_is_missing() -> None:
    X, y = make_blobs([100, 30], centers=[[0, 0], [8, 0]], random_state=0)
    sampler = SVMSMOTE(random_state=0)
    _, labels = sampler.fit_resample(X, y)
    assert Counter(labels.tolist()) == {0: 100, 1: 100}
    assert (sampler.step_ <= 0).all()  # no support vector is in danger
    assert (sampler.step_ > -0.5).all()
    pairs = np.column_stack([sampler.base_indices_, sampler.neighbor_indices_, sampler.step_])
    assert len(np.unique(pairs, axis=0)) == 70


def test_svm_smote_fits_once() -> None:
    from sklearn.svm import SVC

    fits = []

    class Counting(SVC):
        def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
            fits.append(len(X))
            return super().fit(X, y, sample_weight)

    SVMSMOTE(random_state=0, svm_estimator=Counting()).fit_resample(*cases.multiclass())
    assert fits == [300]


def test_svm_smote_takes_numbers_among_objects_as_labels() -> None:
    X, y = cases.binary()
    got, labels = SVMSMOTE(random_state=0).fit_resample(X, y.astype(object))
    expected, expected_labels = SVMSMOTE(random_state=0).fit_resample(X, y)
    np.testing.assert_array_equal(got, expected)
    np.testing.assert_array_equal(labels, expected_labels.astype(object))


def test_svm_smote_says_what_is_wrong() -> None:
    from sklearn.linear_model import LogisticRegression

    X, y = cases.binary()
    with pytest.raises(RuntimeError, match=r"`support_` fitted attribute.*A LogisticRegression has none"):
        SVMSMOTE(svm_estimator=LogisticRegression()).fit_resample(X, y)
    rng = np.random.default_rng(0)
    X, y = rng.random((100, 1)), np.array([1] * 4 + [0] * 96)
    X[:4, 0] = [0.1, 0.35, 0.6, 0.85]
    with pytest.raises(ValueError, match="All support vectors are considered as noise: those of class 1"):
        SVMSMOTE(k_neighbors=2, m_neighbors=2, random_state=0).fit_resample(X, y)


# --------------------------------------------------------------------------------------------------------- KMeans-SMOTE


def test_kmeans_smote_on_equal_rows_and_on_ordinary_data() -> None:
    X, y = make_blobs([40, 10, 10], centers=[[0, 0], [50, 0], [0, 50]], random_state=0)
    X[y > 0] = np.where(y[y > 0, None] == 1, [50.0, 0.0], [0.0, 50.0])  # all rows of a cluster are equal
    for exponent in ("auto", 0.0, 5.0):
        sampler = KMeansSMOTE(random_state=0, kmeans_estimator=3, density_exponent=exponent)
        got, labels = sampler.fit_resample(X, np.minimum(y, 1))
        assert Counter(labels.tolist()) == {0: 40, 1: 40}
        assert np.isfinite(got).all()
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(300, 2)), np.repeat([0, 1, 2], [200, 70, 30])
    _, labels = KMeansSMOTE(random_state=0).fit_resample(X, y)
    assert Counter(labels.tolist()) == {0: 200, 1: 200, 2: 200}


def test_kmeans_smote_on_distances_whose_power_is_no_number() -> None:
    X, y = make_blobs([900, 300, 300], centers=[[0, 0], [50, 0], [0, 90]], random_state=0)
    X *= 1e150
    _, labels = KMeansSMOTE(random_state=0, kmeans_estimator=3).fit_resample(X, np.minimum(y, 1))
    assert Counter(labels.tolist()) == {0: 900, 1: 900}


def test_kmeans_smote_takes_the_surplus_where_most_was_rounded_up() -> None:
    X = np.array([0.0, 1, 2, 100, 101, 102, 103, *range(1000, 1012)])[:, None]
    y = np.repeat([1, 0], [7, 12])
    clusters = KMeans(3, init=np.array([[1.0], [101.5], [1005.5]]), n_init=1)
    sampler = KMeansSMOTE(random_state=0, kmeans_estimator=clusters, density_exponent=0.0)
    sampler.fit_resample(X, y)
    # 5 rows in shares of 1/3 to 1/4: 2.86 and 2.14, both rounded up to 3
    assert Counter(X[sampler.base_indices_, 0] < 50) == {True: 3, False: 2}


def test_kmeans_smote_fits_once_for_an_int_seed() -> None:
    fits = []

    class Counting(KMeans):
        def fit_predict(self, X: Any, y: Any = None, sample_weight: Any = None) -> Any:
            fits.append(len(X))
            return super().fit_predict(X, y, sample_weight)

    KMeansSMOTE(
        random_state=0, kmeans_estimator=Counting(n_clusters=2, random_state=0), cluster_balance_threshold=0.0
    ).fit_resample(*cases.multiclass())
    assert fits == [300]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("kind", ["blobs", "ties", "one value", "sparse"])
def test_kmeans_smote_has_the_clusters_of_mini_batches_of_scikit_learn(kind: str, dtype: Any) -> None:
    X, _ = make_blobs([2900, 300], centers=[[0, 0, 0], [5, 0, 1]], cluster_std=3.0, random_state=0)
    X = {"blobs": X, "ties": np.rint(X), "one value": np.zeros_like(X), "sparse": np.maximum(X, 0)}[kind].astype(dtype)
    table: Any = sparse.csr_array(X) if kind == "sparse" else X
    for seed in (0, np.random.RandomState(3)):
        expected = MiniBatchKMeans(random_state=copy.deepcopy(seed), n_clusters=3)
        clusterer = MiniBatchKMeans(random_state=seed, n_clusters=3)
        with warnings.catch_warnings(action="ignore"):  # fewer distinct rows than clusters
            labels = expected.fit_predict(table)
            got = _fit_predict(clusterer, table)
        assert clusterer.random_state is seed
        np.testing.assert_array_equal(got, labels)
        np.testing.assert_array_equal(clusterer.cluster_centers_, expected.cluster_centers_)
        assert clusterer.n_steps_ == expected.n_steps_
        if isinstance(seed, np.random.RandomState):
            assert seed.randint(1 << 30) == expected.random_state.randint(1 << 30)


@pytest.mark.parametrize("wrong", [{"batch_size": "x"}, {"n_clusters": None}, {"random_state": "x"}])
def test_a_clusterers_own_error_says_what_is_wrong_with_it(wrong: Any) -> None:
    X, y = np.arange(60.0)[:, None], np.arange(60) % 3 // 2
    with pytest.raises(ValueError, match=f"The '{next(iter(wrong))}' parameter of MiniBatchKMeans"):
        KMeansSMOTE(kmeans_estimator=MiniBatchKMeans(**wrong)).fit_resample(X, y)


def test_kmeans_smote_gives_back_the_seed_of_a_clusterer_that_fails() -> None:
    clusterer = MiniBatchKMeans(random_state=5, n_clusters=3)
    with pytest.raises(ValueError, match="n_samples=2 should be >= n_clusters=3"):
        _fit_predict(clusterer, np.eye(2))
    assert clusterer.random_state == 5


def test_kmeans_smote_says_what_is_wrong() -> None:
    X, y = np.random.default_rng(0).normal(size=(100, 2)), np.repeat([0, 1], [80, 20])
    with pytest.raises(
        RuntimeError, match=r"No clusters found with sufficient samples of class 1\. A cluster needs at"
    ):
        KMeansSMOTE(random_state=0, cluster_balance_threshold=1.0, kmeans_estimator=2).fit_resample(X, y)


@pytest.mark.parametrize("shape", [(2, 1), (7, 3), (1100, 4)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_mean_distance(shape: tuple[int, int], dtype: Any) -> None:
    X = np.random.default_rng(0).normal(1000.0, 1.0, size=shape).astype(dtype)
    np.testing.assert_allclose(mean_distance(X), pdist(X.astype(np.float64)).mean(), rtol=1e-6)
