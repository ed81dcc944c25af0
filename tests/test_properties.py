"""What holds for every sampler on every table (hypothesis)."""

from __future__ import annotations

import os
from collections import Counter
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.base import clone

from fastbal._core import threads
from fastbal.over_sampling import SMOTE, RandomOverSampler
from fastbal.under_sampling import RandomUnderSampler
from tests.containers import CONTAINERS

K = 2


@st.composite
def tables(draw: st.DrawFn, dtype: Any = np.float64) -> tuple[Any, Any]:
    """Tables of 2 to 4 classes with K + 1 to 12 rows each; ties and duplicates are likely."""
    counts = draw(st.lists(st.integers(K + 1, 12), min_size=2, max_size=4))
    y = np.array(draw(st.permutations(np.repeat(np.arange(len(counts)), counts).tolist())))
    n_columns = draw(st.integers(1, 4))
    if np.dtype(dtype).kind == "f":
        width = 8 * np.dtype(dtype).itemsize
        elements = st.one_of(st.sampled_from([0.0, 1.0, -2.5]), st.floats(-1e6, 1e6, width=width))
    else:
        elements = None
    return draw(hnp.arrays(dtype, (len(y), n_columns), elements=elements)), y


over_samplers = st.sampled_from([SMOTE(k_neighbors=K), RandomOverSampler()])
samplers = st.one_of(over_samplers, st.just(RandomUnderSampler()))
seeds = st.integers(0, 2**32 - 1)
dtypes = st.sampled_from([np.float64, np.float32, np.int16, np.uint8, np.int64, np.bool_])


@settings(max_examples=150)
@given(dtypes.flatmap(tables), over_samplers, seeds)
def test_over_sampling(data: Any, sampler: Any, seed: int) -> None:
    X, y = data
    before = X.copy()
    sampler = clone(sampler).set_params(random_state=seed)
    got, labels = sampler.fit_resample(X, y)
    # as many rows as planned, of each class
    assert set(Counter(labels.tolist()).values()) == {max(Counter(y.tolist()).values())}
    assert sum(sampler.sampling_strategy_.values()) == len(got) - len(X)
    # the original rows first and unchanged, and the caller's own untouched
    assert got.dtype == X.dtype
    np.testing.assert_array_equal(got[: len(X)], before)
    np.testing.assert_array_equal(labels[: len(y)], y)
    np.testing.assert_array_equal(X, before)
    # a new row lies between its parents, which are of its class
    start, end = X[sampler.base_indices_], X[sampler.neighbor_indices_]
    new = got[sampler.is_synthetic_]
    assert (np.minimum(start, end) <= new).all()
    assert (new <= np.maximum(start, end)).all()
    np.testing.assert_array_equal(y[sampler.base_indices_], labels[len(y) :])
    np.testing.assert_array_equal(y[sampler.neighbor_indices_], labels[len(y) :])


@settings(max_examples=100)
@given(dtypes.flatmap(tables), st.booleans(), seeds)
def test_under_sampling(data: Any, replacement: bool, seed: int) -> None:
    X, y = data
    sampler = RandomUnderSampler(random_state=seed, replacement=replacement)
    got, labels = sampler.fit_resample(X, y)
    assert set(Counter(labels.tolist()).values()) == {min(Counter(y.tolist()).values())}
    np.testing.assert_array_equal(got, X[sampler.sample_indices_])
    np.testing.assert_array_equal(labels, y[sampler.sample_indices_])
    if not replacement:
        assert len(set(sampler.sample_indices_.tolist())) == len(got)


@settings(max_examples=30)
@given(tables(), samplers, seeds)
def test_same_seed_same_rows_in_every_container(data: Any, sampler: Any, seed: int) -> None:
    X, y = data
    X = X + 0.0  # a sparse matrix has one zero only
    expected, expected_labels = clone(sampler).set_params(random_state=seed).fit_resample(X, y)
    for container in CONTAINERS.values():
        got, labels = (
            clone(sampler).set_params(random_state=seed).fit_resample(container.make_X(X), container.make_y(y))
        )
        np.testing.assert_array_equal(container.X_of(got), expected)
        np.testing.assert_array_equal(container.y_of(labels), expected_labels)


@pytest.mark.parametrize("sampler", [SMOTE(random_state=0), RandomOverSampler(random_state=0, shrinkage=1.0)])
@pytest.mark.parametrize("name", ["array", "pandas", "csr_array"])
def test_same_rows_at_any_number_of_threads(sampler: Any, name: str) -> None:
    rng = np.random.default_rng(0)
    X = np.round(rng.normal(size=(30_000, 5)), 2)
    y = (rng.random(30_000) < 0.1).astype(int)
    X_in = CONTAINERS[name].make_X(X)
    results = []
    for n_threads in ("1", "2", "3"):
        with (
            mock.patch.dict(os.environ, NUMBA_NUM_THREADS=n_threads),
            mock.patch.object(threads, "max_threads") as most,
        ):
            most.return_value = int(n_threads)
            results.append(CONTAINERS[name].X_of(clone(sampler).fit_resample(X_in, y)[0]))
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], results[2])
