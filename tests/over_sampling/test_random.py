"""Random over-sampling draws each row of a class equally often."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse, stats

from fastbal.over_sampling import RandomOverSampler
from tests import cases


def test_the_distribution_inside_a_class_stays() -> None:
    rng = np.random.default_rng(0)
    X = rng.exponential(size=(12_000, 2))
    y = np.repeat([0, 1], [10_000, 2_000])
    sampler = RandomOverSampler(random_state=0)
    got, _ = sampler.fit_resample(X, y)
    new = got[sampler.is_synthetic_]
    for j in range(2):
        assert stats.ks_2samp(new[:, j], X[y == 1, j]).pvalue > 0.01
    times = np.bincount(sampler.base_indices_ - 10_000, minlength=2_000)
    assert stats.chisquare(times).pvalue > 0.01


def test_smoothing_has_the_width_it_says() -> None:
    rng = np.random.default_rng(1)
    X = rng.normal(scale=[1.0, 50.0], size=(30_000, 2))
    y = np.repeat([0, 1], [25_000, 5_000])
    sampler = RandomOverSampler(random_state=0, shrinkage=2.0)
    got, _ = sampler.fit_resample(X, y)
    noise = got[30_000:] - X[sampler.base_indices_]
    width = 2.0 * (4 / ((2 + 2) * 30_000)) ** (1 / (2 + 4)) * X[y == 1].std(axis=0)
    np.testing.assert_allclose(noise.std(axis=0), width, rtol=0.02)
    assert stats.kstest(noise[:, 0] / width[0], "norm").pvalue > 0.01


@pytest.mark.parametrize("make", [np.asarray, pd.DataFrame, pl.DataFrame, sparse.csr_array], ids=lambda m: m.__name__)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int16])
def test_noise_made_in_pieces_is_the_noise_made_at_once(make: Any, dtype: type) -> None:
    X = np.random.default_rng(2).integers(-99, 99, (12_000, 3)).astype(dtype)
    y = np.repeat([0, 1, 2], [10_000, 1_500, 500])
    got, _ = RandomOverSampler(random_state=0, shrinkage=2.0).fit_resample(make(X), y)
    stream = np.random.RandomState(0)
    new = []
    for label, n_new in ((1, 8_500), (2, 9_500)):
        X_class = X[y == label]
        base = X_class[stream.randint(len(X_class), size=n_new)]
        width = 2.0 * (4 / ((3 + 2) * 12_000)) ** (1 / (3 + 4)) * X_class.std(axis=0)
        new.append(stream.standard_normal((n_new, 3)) * width + base)
    expected = np.concatenate(new)
    expected = np.rint(expected) if dtype is np.int16 else expected
    got_new = (got.toarray() if sparse.issparse(got) else np.asarray(got))[12_000:]
    np.testing.assert_allclose(got_new, expected, rtol=1e-12, atol=1e-3 if dtype is np.float32 else 1e-9)
    assert got_new.dtype == dtype


def test_no_width_is_no_noise() -> None:
    X, y = cases.multiclass()
    got, _ = RandomOverSampler(random_state=0, shrinkage=0).fit_resample(X, y)
    assert {tuple(row) for row in got} == {tuple(row) for row in X}


def test_bad_shrinkage() -> None:
    X, y = cases.multiclass()
    with pytest.raises(ValueError, match=r"The missing classes are: \[1\]"):
        RandomOverSampler(shrinkage={0: 1.0}).fit_resample(X, y)
    with pytest.raises(ValueError, match=r"factor needs to be >= 0\. Got -3 for class 1"):
        RandomOverSampler(shrinkage={0: 1.0, 1: -3}).fit_resample(X, y)
    with pytest.raises(ValueError, match="could not convert string to float: 'a'"):
        RandomOverSampler(shrinkage=1.0).fit_resample([["a"], ["b"], ["c"]], [0, 0, 1])


@pytest.mark.parametrize(
    ("dtype", "scale"), [(np.float64, 1.7e308), (np.float32, 3e38), (np.float32, 1e25), (np.float64, 1e-310)]
)
@pytest.mark.parametrize("shrinkage", [1.0, 50.0])
def test_noise_around_extreme_values_is_finite(dtype: type, scale: float, shrinkage: float) -> None:
    X = (np.random.default_rng(0).uniform(-1, 1, (50, 3)) * scale).astype(dtype)
    got, _ = RandomOverSampler(shrinkage=shrinkage, random_state=0).fit_resample(X, np.arange(50) % 5 == 0)
    assert np.isfinite(got).all()
    assert not np.isin(got[50:], X).all()
