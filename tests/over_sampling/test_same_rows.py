"""The SMOTE family makes the rows of imbalanced-learn, and as many as asked for where that makes more or fewer."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from imblearn import over_sampling as theirs
from scipy import sparse
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from sklearn.neighbors import NearestNeighbors

from fastbal import over_sampling as ours
from tests import cases


class Variant(NamedTuple):
    """A sampler and what is special about comparing it."""

    name: str
    parameters: dict[str, Any]
    rtol: float = 0.0  # imbalanced-learn multiplies the difference by two random numbers one after the other
    counts_differ: bool = False

    def __str__(self) -> str:
        return "-".join([self.name, *(str(value) for value in self.parameters.values())])


VARIANTS = [
    Variant("BorderlineSMOTE", {}),
    Variant("BorderlineSMOTE", {"m_neighbors": 7, "k_neighbors": 3}),
    Variant("BorderlineSMOTE", {"kind": "borderline-2"}, rtol=1e-5),
    Variant("SVMSMOTE", {}),
    Variant("SVMSMOTE", {"out_step": 0.2, "m_neighbors": 4}),
    Variant("ADASYN", {}, counts_differ=True),
    Variant("ADASYN", {"n_neighbors": 9}, counts_differ=True),
    Variant("KMeansSMOTE", {"cluster_balance_threshold": 0.05}, counts_differ=True),
    Variant("KMeansSMOTE", {"cluster_balance_threshold": 0.1, "kmeans_estimator": 3}, counts_differ=True),
    Variant("KMeansSMOTE", {"kmeans_estimator": 1, "k_neighbors": 5}),
    Variant("KMeansSMOTE", {"cluster_balance_threshold": 0.0, "density_exponent": 2.0}, counts_differ=True),
]
by_variant = pytest.mark.parametrize("variant", VARIANTS, ids=str)
by_data = pytest.mark.parametrize("data", [cases.binary, cases.multiclass])


def assert_same_rows(variant: Variant, X: Any, y: Any, make_seed: Any = lambda: 0, **parameters: Any) -> None:
    parameters = {**variant.parameters, **parameters}
    got_sampler = getattr(ours, variant.name)(random_state=make_seed(), **parameters)
    expected_sampler = getattr(theirs, variant.name)(random_state=make_seed(), **parameters)
    X_got, y_got = got_sampler.fit_resample(X, y)
    X_expected, y_expected = expected_sampler.fit_resample(X, y)
    if isinstance(X, pd.DataFrame):
        assert (X_got.dtypes == X_expected.dtypes).all()
        X_got, X_expected = X_got.to_numpy(), X_expected.to_numpy()
    X_got, X_expected = (Z.toarray() if sparse.issparse(Z) else Z for Z in (X_got, X_expected))
    assert X_got.dtype == X_expected.dtype
    assert dict(got_sampler.sampling_strategy_) == dict(expected_sampler.sampling_strategy_)
    n = len(y)
    np.testing.assert_array_equal(X_got[:n], X_expected[:n])
    for label, n_new in got_sampler.sampling_strategy_.items():
        got, expected = (
            Z[n:][np.asarray(labels)[n:] == label] for Z, labels in ((X_got, y_got), (X_expected, y_expected))
        )
        assert len(got) == n_new
        if variant.counts_differ and len(got) != len(expected):
            assert_some_left_out(*sorted((got, expected), key=len))
        else:
            np.testing.assert_allclose(got, expected, rtol=variant.rtol, atol=variant.rtol)
    for attribute in ("in_danger_indices", "feature_names_in_", "cluster_balance_threshold_"):
        if hasattr(expected_sampler, attribute):
            np.testing.assert_equal(getattr(got_sampler, attribute), getattr(expected_sampler, attribute))


def assert_some_left_out(shorter: Any, longer: Any) -> None:
    """The shorter table is the longer one without some of its rows."""
    assert len(longer) - len(shorter) <= 3 + len(longer) // 8
    rows = iter(longer.tolist())
    assert all(any(row == other for other in rows) for row in shorter.tolist())


@by_variant
@by_data
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_same_rows_for_an_int_seed(variant: Variant, data: Any, dtype: Any) -> None:
    X, y = data()
    for seed in (0, 42, np.int64(7)):
        assert_same_rows(variant, X.astype(dtype), y, make_seed=lambda seed=seed: seed)


@by_variant
@by_data
def test_same_rows_for_a_random_state(variant: Variant, data: Any) -> None:
    X, y = data()
    assert_same_rows(variant, X, y, make_seed=lambda: np.random.RandomState(1))


@by_variant
def test_same_rows_for_dataframes(variant: Variant) -> None:
    X, y = cases.multiclass()
    frame = pd.DataFrame(X, columns=list("abcdef"), index=range(50, 50 + len(y)))
    assert_same_rows(variant, frame, pd.Series(y, index=frame.index))
    assert_same_rows(variant, frame, pd.Series(np.array(["x", "y", "z"])[y], index=frame.index))


@by_variant
@by_data
def test_same_rows_for_sparse_tables(variant: Variant, data: Any) -> None:
    X, y = data()
    X = np.where(abs(X) > 0.3, X, 0.0)
    if variant.name == "KMeansSMOTE":  # its distances come from another order of additions
        variant = variant._replace(rtol=1e-12)
    assert_same_rows(variant, sparse.csr_array(X), y)


@by_variant
def test_same_rows_for_strategies(variant: Variant) -> None:
    X, y = cases.multiclass()
    for strategy in ("minority", "all", {0: 250, 1: 200}):
        assert_same_rows(variant, X, y, sampling_strategy=strategy)
    assert_same_rows(variant, *cases.binary(), sampling_strategy=0.75)


@pytest.mark.parametrize("name", ["BorderlineSMOTE", "SVMSMOTE"])
def test_same_rows_with_search_objects(name: str) -> None:
    objects = {"k_neighbors": NearestNeighbors(n_neighbors=4), "m_neighbors": NearestNeighbors(n_neighbors=8)}
    assert_same_rows(Variant(name, objects), *cases.multiclass())


def test_same_rows_with_a_search_object_for_adasyn() -> None:
    variant = Variant("ADASYN", {"n_neighbors": NearestNeighbors(n_neighbors=4)}, counts_differ=True)
    assert_same_rows(variant, *cases.multiclass())


@pytest.mark.parametrize("sizes", [(9, 14), (10, 20), (12, 17)])
def test_same_rows_where_the_shares_of_clusters_are_whole_numbers(sizes: tuple[int, int]) -> None:
    """A share that is a little more than it is would be rounded up, and all random numbers be others."""
    n_rare = sum(sizes)
    centers = [[0, 0], [50, 0], [0, 50]]
    X, y = make_blobs([*sizes, 4 * n_rare], centers=centers, random_state=0)
    clusters = KMeans(3, init=np.array(centers, float), n_init=1, random_state=0)
    variant = Variant("KMeansSMOTE", {"kmeans_estimator": clusters, "density_exponent": 0.0})
    assert_same_rows(variant, X, (y == 2).astype(int))


def test_constructors_are_theirs() -> None:
    import inspect

    for name in sorted({variant.name for variant in VARIANTS}):
        got, expected = (inspect.signature(getattr(module, name).__init__).parameters for module in (ours, theirs))
        assert list(got)[: len(expected)] == list(expected)
        for parameter in expected:
            assert got[parameter].kind == expected[parameter].kind
            assert got[parameter].default == expected[parameter].default
