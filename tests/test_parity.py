"""The same rows as imbalanced-learn for the same seed, bit for bit on data without ties."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np
import pandas as pd
import pytest
from imblearn import over_sampling as imblearn_over
from imblearn import under_sampling as imblearn_under
from scipy import sparse
from sklearn.neighbors import NearestNeighbors

import fastbal
from fastbal import over_sampling, under_sampling
from tests import cases

PAIRS = {
    "SMOTE": (over_sampling.SMOTE, imblearn_over.SMOTE),
    "RandomOverSampler": (over_sampling.RandomOverSampler, imblearn_over.RandomOverSampler),
    "RandomUnderSampler": (under_sampling.RandomUnderSampler, imblearn_under.RandomUnderSampler),
}
by_sampler = pytest.mark.parametrize("name", PAIRS)
by_data = pytest.mark.parametrize("data", [cases.binary, cases.multiclass])


def assert_same_rows(name: str, X: Any, y: Any, **parameters: Any) -> None:
    ours, theirs = PAIRS[name]
    make_seed = parameters.pop("make_seed", lambda: 0)
    got_sampler, expected_sampler = (sampler(random_state=make_seed(), **parameters) for sampler in (ours, theirs))
    (X_got, y_got), (X_expected, y_expected) = (s.fit_resample(X, y) for s in (got_sampler, expected_sampler))
    # imbalanced-learn makes a csr_matrix of a csr_array under old releases of SciPy
    assert type(X_got) is (type(X) if sparse.issparse(X) else type(X_expected))
    if isinstance(X_expected, pd.DataFrame):
        pd.testing.assert_frame_equal(X_got, X_expected)
        pd.testing.assert_series_equal(y_got, y_expected)
    else:
        assert X_got.dtype == X_expected.dtype
        X_got, X_expected = (Z.toarray() if sparse.issparse(Z) else Z for Z in (X_got, X_expected))
        np.testing.assert_array_equal(X_got, X_expected)
        np.testing.assert_array_equal(y_got, y_expected)
    assert got_sampler.sampling_strategy_ == expected_sampler.sampling_strategy_
    assert isinstance(got_sampler.sampling_strategy_, OrderedDict)
    for attribute in ("sample_indices_", "n_features_in_", "feature_names_in_", "shrinkage_"):
        assert hasattr(got_sampler, attribute) == hasattr(expected_sampler, attribute)
        if hasattr(expected_sampler, attribute):
            np.testing.assert_array_equal(getattr(got_sampler, attribute), getattr(expected_sampler, attribute))


@by_sampler
@by_data
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_same_rows_for_an_int_seed(name: str, data: Any, dtype: type) -> None:
    X, y = data()
    for seed in (0, 42, 2**32 - 1, np.int64(7)):
        assert_same_rows(name, X.astype(dtype), y, make_seed=lambda seed=seed: seed)


@by_sampler
@by_data
def test_same_rows_for_a_random_state_and_it_is_left_the_same(name: str, data: Any) -> None:
    X, y = data()
    states = []

    def make_seed() -> np.random.RandomState:
        states.append(np.random.RandomState(1))
        return states[-1]

    assert_same_rows(name, X, y, make_seed=make_seed)
    np.testing.assert_array_equal(*(state.random_sample(5) for state in states))


@by_sampler
def test_same_rows_for_the_global_random_state(name: str) -> None:
    X, y = cases.multiclass()
    results = []
    for sampler in PAIRS[name]:
        np.random.seed(3)
        results.append(sampler(random_state=None).fit_resample(X, y)[0])
    np.testing.assert_array_equal(*results)


@by_sampler
@by_data
@pytest.mark.parametrize("make", [sparse.csr_matrix, sparse.csr_array, sparse.csc_matrix, sparse.csc_array])
def test_same_rows_for_sparse_tables(name: str, data: Any, make: Any) -> None:
    X, y = data()
    assert_same_rows(name, make(np.where(abs(X) > 0.5, X, 0.0)), y)


@by_sampler
@by_data
def test_same_rows_for_dataframes(name: str, data: Any) -> None:
    X, y = data()
    index = range(50, 50 + len(y))
    frame = pd.DataFrame(X, columns=list("abcdef"), index=index)
    assert_same_rows(name, frame, pd.Series(y, index=index, name="t"))
    mixed = frame.astype({"a": np.float32, "b": np.float32})
    assert_same_rows(name, mixed, pd.Series(y, index=index, name="t"))


STRATEGIES: dict[str, list[Any]] = {
    "over": ["auto", "minority", "not minority", "not majority", "all", {0: 250, 1: 200}, lambda y: {0: 111}],
    "under": ["auto", "majority", "not minority", "not majority", "all", {1: 20, 2: 25}, lambda y: {2: 11}],
}


@by_sampler
def test_same_rows_for_every_form_of_sampling_strategy(name: str) -> None:
    X, y = cases.multiclass()
    for strategy in STRATEGIES["under" if "Under" in name else "over"]:
        assert_same_rows(name, X, y, sampling_strategy=strategy)
    X, y = cases.binary()
    for ratio in (0.5, 1.0, 0.75):
        assert_same_rows(name, X, y, sampling_strategy=ratio)


@by_sampler
def test_same_rows_when_there_is_nothing_to_do(name: str) -> None:
    assert_same_rows(name, *cases.balanced(), sampling_strategy="auto")


@pytest.mark.parametrize("k", [1, 2, 5, 17, NearestNeighbors(n_neighbors=4), NearestNeighbors(algorithm="brute")])
def test_same_rows_for_every_k(k: Any) -> None:
    assert_same_rows("SMOTE", *cases.multiclass(), k_neighbors=k)


def test_fastbal_search_works_inside_imbalanced_learn() -> None:
    X, y = cases.multiclass()
    search = fastbal.neighbors.NearestNeighbors(n_neighbors=6)
    got, _ = imblearn_over.SMOTE(random_state=0, k_neighbors=search).fit_resample(X, y)
    np.testing.assert_array_equal(got, over_sampling.SMOTE(random_state=0).fit_resample(X, y)[0])


@pytest.mark.parametrize("shrinkage", [0, 0.5, 2.0, {0: 0.1, 1: 0.7}, None])
def test_same_rows_for_every_shrinkage(shrinkage: Any) -> None:
    X, y = cases.multiclass()
    assert_same_rows("RandomOverSampler", X, y, shrinkage=shrinkage)


def test_shrinkage_keeps_float32() -> None:
    X, y = cases.multiclass()
    X = X.astype(np.float32)
    got, _ = over_sampling.RandomOverSampler(random_state=0, shrinkage=1).fit_resample(X, y)
    expected, _ = imblearn_over.RandomOverSampler(random_state=0, shrinkage=1).fit_resample(X, y)
    assert got.dtype == np.float32
    np.testing.assert_array_equal(got, expected.astype(np.float32))


def test_shrinkage_of_a_sparse_table() -> None:
    X, y = cases.multiclass()
    X = sparse.csr_matrix(np.where(abs(X) > 0.5, X, 0.0))
    got, _ = over_sampling.RandomOverSampler(random_state=0, shrinkage=1).fit_resample(X, y)
    expected, _ = imblearn_over.RandomOverSampler(random_state=0, shrinkage=1).fit_resample(X, y)
    np.testing.assert_allclose(got.toarray(), expected.toarray(), rtol=1e-12)


def test_same_rows_with_replacement() -> None:
    X, y = cases.multiclass()
    for strategy in ("auto", {2: 100}):
        assert_same_rows("RandomUnderSampler", X, y, replacement=True, sampling_strategy=strategy)


def test_same_rows_on_a_table_large_enough_for_several_pieces() -> None:
    X, y = cases.binary(40_000, 12)
    for name in PAIRS:
        assert_same_rows(name, X, y)


def test_constructors_are_theirs() -> None:
    import inspect

    for ours, theirs in PAIRS.values():
        got, expected = (inspect.signature(sampler.__init__).parameters for sampler in (ours, theirs))
        assert list(got)[: len(expected)] == list(expected)  # what is ours alone comes last
        for parameter in expected:
            assert got[parameter].kind == expected[parameter].kind
            assert got[parameter].default == expected[parameter].default


def test_function_sampler_is_theirs() -> None:
    from imblearn import FunctionSampler as Theirs

    def func(X: Any, y: Any, n: int = 10) -> Any:
        return X[:n], y[:n]

    X, y = cases.binary()
    frame = pd.DataFrame(X, columns=list("abcdef"))
    for kw_args in (None, {"n": 20}):
        got = fastbal.FunctionSampler(func=func, kw_args=kw_args).fit_resample(X, y)
        expected = Theirs(func=func, kw_args=kw_args).fit_resample(X, y)
        for a, b in zip(got, expected, strict=True):
            np.testing.assert_array_equal(a, b)
    got_frame, _ = fastbal.FunctionSampler().fit_resample(frame, y)
    pd.testing.assert_frame_equal(got_frame, frame)
