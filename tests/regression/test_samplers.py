"""Samplers of continuous targets: exact counts, rows where the papers have them, any container, any thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import sparse, stats
from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags

from fastbal._core import threads
from fastbal.ensemble import BalancedBaggingClassifier
from fastbal.pipeline import make_pipeline
from fastbal.regression import (
    SMOGN,
    SMOTER,
    WERCS,
    GaussianNoiseSampler,
    Relevance,
    RelevanceOverSampler,
    RelevanceUnderSampler,
)
from tests.containers import CONTAINERS
from tests.regression import slow

Array = NDArray[Any]

SAMPLERS = [
    RelevanceOverSampler(random_state=0),
    RelevanceUnderSampler(random_state=0),
    WERCS(random_state=0),
    GaussianNoiseSampler(random_state=0),
    SMOTER(random_state=0),
    SMOGN(random_state=0),
    SMOGN(reference="neighbors", scale="range", random_state=0),
]
MAKERS = [sampler for sampler in SAMPLERS if hasattr(sampler, "under_sampling")]
by_sampler = pytest.mark.parametrize("sampler", SAMPLERS, ids=lambda sampler: type(sampler).__name__)
by_maker = pytest.mark.parametrize("sampler", MAKERS, ids=lambda sampler: type(sampler).__name__)


def skewed(n: int = 300, n_columns: int = 4, seed: int = 0) -> tuple[Array, Array]:
    """A target of which few values are large."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, n_columns))
    return X, np.exp(X[:, 0] + 0.3 * rng.normal(size=n))


def mixed(n: int = 240, seed: int = 0) -> tuple[pd.DataFrame, Array]:
    """Numbers of different units, a constant, whole numbers and categories."""
    X, y = skewed(n, 3, seed)
    rng = np.random.default_rng(seed + 1)
    town, sold = rng.choice(["Aachen", "Bonn", "Ulm"], n), rng.random(n) < 0.3
    frame = {"a": X[:, 0], "town": town, "b": 1000 * X[:, 1], "c": 7.0, "sold": sold, "whole": rng.poisson(9, n)}
    return pd.DataFrame(frame), y


# -------------------------------------------------------------------------------------------------------- how many rows


@by_sampler
@pytest.mark.parametrize("strategy", ["balance", "extreme", None, {}])
def test_each_bin_has_the_rows_that_are_asked(sampler: Any, strategy: Any) -> None:
    if isinstance(sampler, WERCS):
        return
    factor = 0.4 if isinstance(sampler, RelevanceUnderSampler) else 2.5
    X, y = skewed()
    sampler = clone(sampler).set_params(sampling_strategy=factor if strategy is None else strategy)
    got, y_got = sampler.fit_resample(X, y)
    codes = np.searchsorted([one.low for one in sampler.bins_], y, "right") - 1
    recipe = sampler.recipe_
    n_now = np.bincount(codes[recipe.kept_rows()], minlength=len(sampler.bins_)) + np.bincount(
        recipe.label, minlength=len(sampler.bins_)
    )
    expected = {code: one.n_rows for code, one in enumerate(sampler.bins_)} | dict(sampler.sampling_strategy_)
    assert dict(enumerate(n_now.tolist())) == expected
    assert len(got) == len(y_got) == sum(expected.values())
    assert (recipe.n_new > 0) == any(n > sampler.bins_[code].n_rows for code, n in expected.items())
    np.testing.assert_array_equal(codes[recipe.base], recipe.label)


@by_sampler
def test_kept_rows_come_first_as_they_are(sampler: Any) -> None:
    X, y = skewed()
    got, y_got = clone(sampler).fit_resample(X, y)
    fitted = clone(sampler)
    fitted.fit_resample(X, y)
    kept = fitted.recipe_.kept_rows()
    assert (np.diff(kept) > 0).all()
    np.testing.assert_array_equal(got[: len(kept)], X[kept])
    np.testing.assert_array_equal(y_got[: len(kept)], y[kept])
    assert fitted.is_synthetic_.sum() == len(got) - len(kept)


@by_maker
def test_without_under_sampling_every_row_stays(sampler: Any) -> None:
    X, y = skewed()
    got, _ = clone(sampler).set_params(under_sampling=False).fit_resample(X, y)
    np.testing.assert_array_equal(got[: len(X)], X)
    assert len(got) > len(X)


def test_which_rows_of_a_bin_stay_is_even() -> None:
    X, y = skewed(60)
    times = np.zeros(60)
    for seed in range(300):
        sampler = RelevanceUnderSampler(random_state=seed)
        sampler.fit_resample(X, y)
        times[sampler.sample_indices_] += 1
    common = y < sampler.bins_[1].low
    assert (times[~common] == 300).all()
    # Numbers of a draw without replacement vary less than those of chi-square: a p-value near 1 is no failure.
    assert stats.chisquare(times[common]).pvalue > 1e-4


# -------------------------------------------------------------------------------------------------------------- SMOTER


@pytest.mark.parametrize("scale", [None, "range"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_smoter_lies_between_neighbours_of_a_bin_target_included(scale: str | None, dtype: type) -> None:
    X, y = skewed()
    X = (X * [1, 100, 0.01, 1]).astype(dtype)
    sampler = SMOTER(random_state=0, scale=scale)
    got, y_got = sampler.fit_resample(X, y)
    base, neighbor, step = sampler.base_indices_, sampler.neighbor_indices_, sampler.step_[:, None]
    new = got[sampler.is_synthetic_]
    np.testing.assert_allclose(
        new, X[base] + step * (X[neighbor] - X[base]), rtol=1e-4 if dtype == np.float32 else 1e-9
    )
    y_new = y_got[sampler.is_synthetic_]
    np.testing.assert_allclose(y_new, y[base] + sampler.step_ * (y[neighbor] - y[base]), rtol=1e-12)
    for code in np.unique(sampler.recipe_.label):
        rows = np.flatnonzero((y >= sampler.bins_[code].low) & (y <= sampler.bins_[code].high))
        numbers = X[rows].astype(float)
        apart = slow.distances(slow.in_ranges(numbers) if scale else numbers)
        np.fill_diagonal(apart, np.inf)
        nearest = np.argsort(apart, axis=1)[:, :5]
        made = sampler.recipe_.label == code
        for i, j in zip(base[made], neighbor[made], strict=True):
            assert j in rows[nearest[np.searchsorted(rows, i)]]


def test_steps_bases_and_ranks_are_drawn_evenly() -> None:
    # 4,000 new rows: a step law with a Kolmogorov distance of 0.04, as smote-variants' u1 / (u1 + u2) has 0.125, would
    # give p < 1e-5; so would a base that is twice as likely as 19 others.
    X, y = skewed(200)
    relevance = Relevance("points", points=[(np.quantile(y, 0.88), 0), (np.quantile(y, 0.92), 1)])
    sampler = SMOTER(random_state=1, relevance=relevance, sampling_strategy={1: 4020}, under_sampling=False)
    sampler.fit_resample(X, y)
    assert stats.kstest(sampler.step_, "uniform").pvalue > 1e-4
    assert stats.chisquare(np.unique(sampler.base_indices_, return_counts=True)[1]).pvalue > 1e-4
    pairs = np.unique(np.column_stack([sampler.base_indices_, sampler.neighbor_indices_]), axis=0, return_counts=True)
    assert len(pairs[1]) == 5 * len(np.unique(sampler.base_indices_))
    assert stats.chisquare(pairs[1]).pvalue > 1e-4


def test_smoter_with_categories_weighs_targets_by_the_distance_to_both_parents() -> None:
    X, y = mixed()
    sampler = SMOTER(random_state=0, k_neighbors=15, sampling_strategy=6.0)
    got, y_got = sampler.fit_resample(X, y)
    assert got.dtypes.equals(X.dtypes)
    recipe, n_kept = sampler.recipe_, sampler.recipe_.n_kept
    nominal, numeric = X[["town", "sold"]].to_numpy(), X[["a", "b", "c", "whole"]].to_numpy(float)
    n_ambiguous = 0
    for code in np.unique(recipe.label):
        rows = np.flatnonzero((y >= sampler.bins_[code].low) & (y <= sampler.bins_[code].high))
        scaled = slow.in_ranges(numeric[rows])
        apart = slow.distances(scaled, nominal[rows])
        np.fill_diagonal(apart, np.inf)
        for m in np.flatnonzero(recipe.label == code):
            i, j = (int(np.searchsorted(rows, row)) for row in (recipe.base[m], recipe.neighbor[m]))
            assert apart[i, j] <= np.sort(apart[i])[14] + 1e-12
            # The new row before whole numbers are rounded: its distances to both parents, column by column.
            new = scaled[i] + recipe.step[m] * (scaled[j] - scaled[i])
            entries = got.iloc[n_kept + m][["town", "sold"]].to_numpy()
            assert all(entry in (p, q) for entry, p, q in zip(entries, nominal[rows[i]], nominal[rows[j]], strict=True))
            d1 = abs(new - scaled[i]).sum() + (entries != nominal[rows[i]]).sum()
            d2 = abs(new - scaled[j]).sum() + (entries != nominal[rows[j]]).sum()
            expected = (d2 * y[rows[i]] + d1 * y[rows[j]]) / (d1 + d2)
            assert y_got[n_kept + m] == pytest.approx(expected, rel=1e-9)
            n_ambiguous += int((nominal[rows[i]] != nominal[rows[j]]).any())
    assert n_ambiguous > 20


def test_categories_come_from_either_parent_equally_often() -> None:
    rng = np.random.default_rng(0)
    y = np.append(rng.normal(size=300), np.linspace(20, 21, 40))
    X = pd.DataFrame({"a": np.arange(340.0), "who": [str(i) for i in range(340)]})
    sampler = SMOTER(random_state=0, sampling_strategy={1: 2040}, under_sampling=False)
    got, _ = sampler.fit_resample(X, y)
    is_base = got["who"].to_numpy()[340:] == X["who"].to_numpy()[sampler.base_indices_]
    is_neighbor = got["who"].to_numpy()[340:] == X["who"].to_numpy()[sampler.neighbor_indices_]
    assert (is_base ^ is_neighbor).all()
    assert stats.binomtest(int(is_base.sum()), 2000).pvalue > 1e-4  # 0.55 instead of 0.5 would give about 1e-5


# --------------------------------------------------------------------------------------------------------------- SMOGN


@pytest.mark.parametrize("reference", ["bin", "neighbors"])
@pytest.mark.parametrize("scale", [None, "range"])
@pytest.mark.parametrize("perturbation", [0.02, 0.4])
def test_smogn_has_noise_where_the_neighbour_is_far(reference: str, scale: str | None, perturbation: float) -> None:
    X, y = skewed(400, 2)
    X[::3] = X[::3].round(1)
    sampler = SMOGN(random_state=0, k_neighbors=1, reference=reference, scale=scale, perturbation=perturbation)
    got, y_got = sampler.fit_resample(X, y)
    recipe, n_kept = sampler.recipe_, sampler.recipe_.n_kept
    assert 0 < sampler.has_noise_.mean() < 1 or reference == "neighbors"
    for code in np.unique(recipe.label):
        rows = np.flatnonzero((y >= sampler.bins_[code].low) & (y <= sampler.bins_[code].high))
        apart = slow.distances(slow.in_ranges(X[rows]) if scale else X[rows])
        half = slow.half_medians(apart)
        np.fill_diagonal(apart, np.inf)
        reach = half if reference == "bin" else apart.min(axis=1) / 2
        made = np.flatnonzero(recipe.label == code)
        base = np.searchsorted(rows, recipe.base[made])
        np.testing.assert_array_equal(sampler.has_noise_[made], ~(apart.min(axis=1) < reach)[base])
        noisy = made[sampler.has_noise_[made]]
        width = np.minimum(reach[np.searchsorted(rows, recipe.base[noisy])], perturbation)
        around = (got[n_kept + noisy] - X[recipe.base[noisy]]) / X[rows].std(axis=0, ddof=1) / width[:, None]
        of_target = (y_got[n_kept + noisy] - y[recipe.base[noisy]]) / y[rows].std(ddof=1) / width
        for z in (*around.T, of_target):
            if len(noisy) > 30:
                assert stats.kstest(z, "norm").pvalue > 1e-4
    near = np.flatnonzero(~sampler.has_noise_)
    expected = X[recipe.base[near]] + recipe.step[near, None] * (X[recipe.neighbor[near]] - X[recipe.base[near]])
    np.testing.assert_allclose(got[n_kept + near], expected, atol=1e-12)


def test_smogn_of_a_large_bin_decides_as_of_a_small_one() -> None:
    # From 4,096 rows on medians are proved in float32; reference rows are held against all others in NumPy.
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(14_000, 16)), np.append(rng.uniform(0, 1, 9_000), rng.uniform(4, 5, 5_000))
    relevance = Relevance("points", points=[(1, 0), (4, 1)])
    sampler = SMOGN(random_state=0, k_neighbors=1, relevance=relevance, sampling_strategy={1: 5_300})
    sampler.fit_resample(X, y)
    nearest, _ = NearestNeighbors(n_neighbors=2).fit(X[9_000:]).kneighbors(X[sampler.base_indices_])
    expected = []
    for row, apart in zip(sampler.base_indices_, nearest[:, 1], strict=True):
        distances = np.sqrt(np.square(np.delete(X[9_000:], row - 9_000, axis=0) - X[row]).sum(axis=1))
        expected.append(not apart < np.median(distances) / 2)
    np.testing.assert_array_equal(sampler.has_noise_, expected)
    assert 0 < np.mean(expected) < 1


def test_smogn_share_of_noise_is_that_of_far_pairs() -> None:
    X, y = skewed(400, 5)
    relevance = Relevance("points", points=[(np.quantile(y, 0.8), 0), (np.quantile(y, 0.9), 1)])
    sampler = SMOGN(random_state=0, relevance=relevance, sampling_strategy={1: 3060})
    sampler.fit_resample(X, y)
    rows = np.flatnonzero(y >= sampler.bins_[1].low)
    apart = slow.distances(X[rows])
    half = slow.half_medians(apart)
    np.fill_diagonal(apart, np.inf)
    share = float((np.sort(apart, axis=1)[:, :5] >= half[:, None]).mean())
    n_new = len(sampler.has_noise_)
    # Of 3,000 rows: a share that is 0.04 off would give p < 1e-4.
    assert stats.binomtest(int(sampler.has_noise_.sum()), n_new, share).pvalue > 1e-4


def test_smogn_with_categories_takes_those_of_the_bin() -> None:
    X, y = mixed(400)
    sampler = SMOGN(random_state=0, sampling_strategy=20.0, relevance=Relevance(extremes="high"))
    got, _ = sampler.fit_resample(X, y)
    assert got.dtypes.equals(X.dtypes)
    rows = np.flatnonzero(y >= sampler.bins_[1].low)
    noisy = sampler.recipe_.n_kept + np.flatnonzero(sampler.has_noise_)
    assert len(noisy) > 50
    counts = got["town"].iloc[noisy].value_counts().sort_index()
    shares = X["town"].iloc[rows].value_counts(normalize=True).sort_index()
    assert stats.chisquare(counts, shares * len(noisy)).pvalue > 1e-4


# ------------------------------------------------------------------------------------------- noise and weighted draws


def test_noise_is_as_wide_as_it_says() -> None:
    # 4,000 new rows: a width that is 5 % off would give p < 1e-4 in the test of the variance.
    X, y = skewed(300, 3)
    X[:, 2] = 5.0
    sampler = GaussianNoiseSampler(random_state=0, perturbation=0.3, sampling_strategy={1: 4040})
    got, y_got = sampler.fit_resample(X, y)
    assert len(sampler.bins_) == 2
    rows = np.flatnonzero(y >= sampler.bins_[1].low)
    n = sampler.recipe_.n_new
    new, base = got[sampler.is_synthetic_], sampler.base_indices_
    assert (new[:, 2] == 5.0).all()
    z = [(new[:, j] - X[base, j]) / (0.3 * X[rows, j].std(ddof=1)) for j in range(2)]
    z.append((y_got[sampler.is_synthetic_] - y[base]) / (0.3 * y[rows].std(ddof=1)))
    for one in z:
        assert stats.kstest(one, "norm").pvalue > 1e-4
        assert 1e-4 < stats.chi2(n).cdf(float(one @ one)) < 1 - 1e-4
    assert abs(np.corrcoef(z) - np.eye(3)).max() < 4 / np.sqrt(n)
    assert stats.chisquare(np.bincount(np.searchsorted(rows, base), minlength=len(rows))).pvalue > 1e-4


def test_whole_numbers_and_columns_of_every_kind_get_noise_of_their_kind() -> None:
    X, y = mixed()
    got, y_got = GaussianNoiseSampler(random_state=0, perturbation=1.0).fit_resample(
        X, np.rint(10 * y).astype(np.int32)
    )
    assert got.dtypes.equals(X.dtypes)
    assert y_got.dtype == np.int32
    objects = X.to_numpy()
    listed, _ = GaussianNoiseSampler(random_state=0, perturbation=1.0, categorical_features=[1, 4]).fit_resample(
        objects, np.rint(10 * y).astype(np.int32)
    )
    np.testing.assert_array_equal(listed[:, [1, 4]], got.to_numpy()[:, [1, 4]])
    np.testing.assert_allclose(listed[:, :1].astype(float), got.to_numpy()[:, :1].astype(float))


def test_wercs_draws_rows_by_their_relevance() -> None:
    # 20,000 draws of 200 rows: a row of average relevance that is drawn 1.5 times as often would give p < 1e-5.
    X, y = skewed(200)
    sampler = WERCS(random_state=0, over=100.0, under=0.0)
    sampler.fit_resample(X, y)
    phi = sampler.relevance_(y)
    times = np.bincount(sampler.base_indices_, minlength=200)
    assert not times[phi == 0].any()
    assert stats.chisquare(times[phi > 0], 20_000 * phi[phi > 0] / phi.sum()).pvalue > 1e-4


@pytest.mark.slow
def test_wercs_leaves_rows_out_one_after_the_other() -> None:
    y = np.array([0.0, 1.0, 2.0, 3.0])
    weights = {0.0: 1.0, 1.0: 0.5, 2.0: 0.25, 3.0: 0.0}
    pairs = {}
    for i, first in weights.items():
        for j, second in weights.items():
            if i != j and first and second:
                rest = sum(weights.values()) - first
                key = frozenset((i, j))
                pairs[key] = pairs.get(key, 0.0) + first / sum(weights.values()) * second / rest
    found = dict.fromkeys(pairs, 0)
    for seed in range(3000):
        sampler = WERCS(
            random_state=seed, over=0, under=0.5, relevance=lambda v: 1 - np.array([1, 0.5, 0.25, 0])[v.astype(int)]
        )
        _, kept = sampler.fit_resample(y[:, None], y)
        assert 3.0 in kept
        found[frozenset(set(y.tolist()) - set(kept.tolist()))] += 1
    observed, expected = [found[key] for key in pairs], [3000 * share for share in pairs.values()]
    assert stats.chisquare(observed, expected).pvalue > 1e-4


def test_wercs_adds_and_drops_the_numbers_that_are_asked() -> None:
    X, y = skewed(101)
    for over, under, n_added, n_left in ((0.58, 0.0, 58, 0), (0.0, 0.29, 0, 29), (2.0, 0.5, 202, 50)):
        sampler = WERCS(over=over, under=under, random_state=0)
        got, _ = sampler.fit_resample(X, y)
        assert sampler.recipe_.n_new == n_added
        assert sampler.recipe_.n_kept == 101 - n_left
        assert len(got) == 101 + n_added - n_left
        assert dict(sampler.sampling_strategy_) == {"added": n_added, "left out": n_left}


# ------------------------------------------------------------------------------------------- containers and companions


def _target_in(name: str, y: Array) -> Any:
    floats = {"pandas nullable": "Float64", "pandas Arrow": "double[pyarrow]"}
    if name in floats:
        return pd.Series(y, name="target", index=range(100, 100 + len(y))).astype(floats[name])
    return CONTAINERS[name].make_y(y)


@by_sampler
@pytest.mark.parametrize("name", [name for name in CONTAINERS if name != "one-vs-all y"])
def test_every_container_holds_the_same_rows(sampler: Any, name: str) -> None:
    X, y = skewed()
    X = np.where(abs(X) > 0.5, X, 0.0)
    container = CONTAINERS[name]
    X_in, y_in = container.make_X(X), _target_in(name, y)
    takes_it = get_tags(sampler).input_tags.sparse or not (sparse.issparse(X_in) or "sparse" in name)
    if not takes_it:
        with pytest.raises(TypeError, match="so no zero would be left"):
            clone(sampler).fit_resample(X_in, y_in)
        return
    X_expected, y_expected = clone(sampler).fit_resample(X, y)
    X_got, y_got = clone(sampler).fit_resample(X_in, y_in)
    assert type(X_got) is type(X_in)
    assert type(y_got) is type(y_in)
    np.testing.assert_array_equal(container.X_of(X_got), X_expected)
    np.testing.assert_array_equal(np.asarray(container.y_of(y_got), float), y_expected)
    np.testing.assert_array_equal(container.X_of(X_in), X)


@by_maker
@pytest.mark.parametrize("make", [np.asarray, list, pd.Series, pl.Series], ids=lambda make: make.__name__)
def test_whole_targets_are_rounded(sampler: Any, make: Callable[[Any], Any]) -> None:
    X, y = skewed()
    whole = np.rint(100 * y).astype(np.int64)
    _, expected = clone(sampler).fit_resample(X, whole.astype(float))
    _, got = clone(sampler).fit_resample(X, make(whole.tolist()))
    np.testing.assert_array_equal(np.asarray(got), np.rint(expected))
    assert np.asarray(got).dtype == np.int64


@by_sampler
def test_targets_keep_their_precision(sampler: Any) -> None:
    X, y = skewed()
    _, got = clone(sampler).fit_resample(X, y.astype(np.float32))
    assert got.dtype == np.float32


@by_sampler
def test_rows_and_targets_are_the_same_on_one_and_on_two_threads(sampler: Any) -> None:
    X, y = skewed(6000, 6)
    results = []
    for n_threads in (1, 2):
        with mock.patch.object(threads, "max_threads", return_value=n_threads):
            results.append(clone(sampler).fit_resample(X, y))
    for one, two in zip(*results, strict=True):
        np.testing.assert_array_equal(one, two)
    other = clone(sampler).set_params(random_state=1).fit_resample(X, y)
    assert not np.array_equal(other[1], results[0][1])


@by_sampler
def test_arrays_beside_come_along(sampler: Any) -> None:
    X, y = skewed()
    rng = np.random.default_rng(0)
    weight, groups, name = rng.random(300), rng.integers(0, 3, 300), np.arange(300).astype(str)
    fitted = clone(sampler)
    _, _, weight_got, groups_got, name_got = fitted.fit_resample(X, y, sample_weight=weight, groups=groups, name=name)
    source = fitted.recipe_.source_rows()
    np.testing.assert_array_equal(groups_got, groups[source])
    np.testing.assert_array_equal(name_got, name[source])
    base, neighbor, n_kept = fitted.base_indices_, fitted.neighbor_indices_, fitted.recipe_.n_kept
    np.testing.assert_array_equal(groups[base], groups[neighbor])
    expected = weight[base] + fitted.step_ * (weight[neighbor] - weight[base])
    np.testing.assert_allclose(weight_got[n_kept:], expected)


def test_seeds_of_every_kind_are_taken() -> None:
    X, y = skewed()
    for seed in (None, np.random.RandomState(0), np.random.default_rng(0)):
        assert len(SMOGN(random_state=seed).fit_resample(X, y)[0]) == len(SMOGN(random_state=0).fit_resample(X, y)[0])


# ------------------------------------------------------------------------------------------------------- in pipelines


@by_sampler
def test_it_resamples_within_a_pipeline_while_fitting_only(sampler: Any) -> None:
    X, y = skewed()
    pipeline = make_pipeline(StandardScaler(), clone(sampler), Ridge())
    pipeline.fit(X, y)
    assert pipeline.predict(X).shape == y.shape
    assert pipeline[1].recipe_.n_rows == 300
    assert len(cross_val_score(pipeline, X, y, cv=3)) == 3
    expected = Ridge().fit(*clone(sampler).fit_resample(StandardScaler().fit_transform(X), y))
    np.testing.assert_allclose(pipeline[-1].coef_, expected.coef_)


def test_a_grid_search_finds_its_parameters() -> None:
    X, y = skewed()
    pipeline = make_pipeline(SMOTER(random_state=0, relevance=Relevance()), Ridge())
    grid = {"smoter__k_neighbors": [1, 3], "smoter__relevance": [Relevance("adjusted"), Relevance("density")]}
    search = GridSearchCV(pipeline, grid, cv=2).fit(X, y)
    assert set(search.best_params_) == set(grid)


def test_a_search_of_the_users_finds_the_neighbours() -> None:
    X, y = skewed()
    expected = SMOTER(random_state=0).fit_resample(X, y)
    for scale in (None, "range"):
        expected = SMOTER(random_state=0, scale=scale).fit_resample(X, y)
        got = SMOTER(random_state=0, scale=scale, k_neighbors=NearestNeighbors(n_neighbors=6)).fit_resample(X, y)
        np.testing.assert_allclose(got[0], expected[0])
    with pytest.raises(TypeError, match="With categories, k_neighbors must be a number"):
        SMOTER(k_neighbors=NearestNeighbors(n_neighbors=6)).fit_resample(*mixed())
    with pytest.raises(ValueError, match="is to find 500"):
        SMOTER(k_neighbors=NearestNeighbors(n_neighbors=500)).fit_resample(X, y)


def test_relevance_may_be_any_function() -> None:
    X, y = skewed()
    high = float(np.quantile(y, 0.9))
    sampler = SMOTER(random_state=0, relevance=lambda v: (v > high).astype(float))
    sampler.fit_resample(X, y)
    assert [one.is_rare for one in sampler.bins_] == [False, True]
    assert sampler.bins_[1].n_rows == 30
    with pytest.raises(ValueError, match="a number from 0 to 1"):
        SMOTER(relevance=lambda v: v).fit_resample(X, y)
    with pytest.raises(ValueError, match="a number from 0 to 1"):
        SMOTER(relevance=lambda v: 0.5).fit_resample(X, y)
    with pytest.raises(TypeError, match=r"such as Relevance\(\)"):
        SMOTER(relevance=Relevance).fit_resample(X, y)


def test_a_sparse_table_is_measured_in_units_of_range_as_a_dense_one() -> None:
    X, y = skewed()
    X = np.where(abs(X) > 0.5, X, 0.0) * [1, 1e4, 1e-4, 0]
    expected = SMOTER(random_state=0, scale="range").fit_resample(X, y)
    got = SMOTER(random_state=0, scale="range").fit_resample(sparse.csr_array(X), y)
    np.testing.assert_array_equal(got[0].toarray(), expected[0])
    np.testing.assert_array_equal(got[1], expected[1])
    other = SMOTER(random_state=0).fit_resample(sparse.csr_array(X), y)
    assert (other[0].toarray() != expected[0]).any()


def test_ensembles_of_classes_do_not_take_it_for_one_of_theirs() -> None:
    X, _ = skewed()
    with pytest.raises(ValueError, match=r"relevant|single value|measurements"):
        BalancedBaggingClassifier(sampler=SMOTER(), n_estimators=2).fit(X, X[:, 0] > 1)


# ---------------------------------------------------------------------------------------------------- hostile targets


@by_sampler
@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.full(50, 3.0), "single value 3.0"),
        (np.append(np.arange(49.0), np.nan), "NaN or infinity: 1 of 50"),
        (np.append(np.arange(49.0), np.inf), "1 infinite"),
        (np.arange(50.0), "relevan"),
        (np.array(["a", "b"] * 25), "measurements"),
        (np.arange(50) > 48, "measurements"),
        (np.arange(50).astype("M8[s]"), "measurements"),
        ([*range(49), None], "NaN or infinity: 1 of 50"),
        ([*range(49), "x"], "no numbers"),
        (pd.Series(range(50)).astype("category"), "measurements"),
        (np.arange(49.0), "49 labels"),
        (np.eye(2)[np.arange(50) % 2].astype(int), "indicator matrix"),
    ],
)
def test_a_target_that_cannot_be_resampled_is_refused(sampler: Any, y: Any, message: str) -> None:
    X = np.random.default_rng(0).normal(size=(50, 2))
    before = X.copy()
    with pytest.raises(ValueError, match=message):
        clone(sampler).fit_resample(X, y)
    np.testing.assert_array_equal(X, before)
    if not isinstance(sampler, WERCS) or message != "relevan":
        with pytest.raises(ValueError, match=message):
            clone(sampler).fit(X, y)


@by_sampler
def test_a_single_row_is_refused(sampler: Any) -> None:
    with pytest.raises(ValueError, match="single value"):
        clone(sampler).fit_resample([[1.0]], [2.0])


@by_sampler
def test_y_that_is_missing_is_asked_for(sampler: Any) -> None:
    with pytest.raises(ValueError, match="requires y"):
        clone(sampler).fit_resample([[1.0]], None)


@by_maker
def test_gaps_and_words_are_refused_with_a_way_out(sampler: Any) -> None:
    X, y = skewed()
    X[3, 1] = np.nan
    with pytest.raises(ValueError, match="RelevanceOverSampler, RelevanceUnderSampler and WERCS take"):
        clone(sampler).fit_resample(X, y)
    words = pd.DataFrame({"a": X[:, 0], "b": "x"})
    with pytest.raises(ValueError, match="name them in categorical_features"):
        clone(sampler).set_params(categorical_features=None).fit_resample(words, y)
    with pytest.raises(ValueError, match="all 1 columns of X hold categories"):
        clone(sampler).fit_resample(words[["b"]], y)


@pytest.mark.parametrize("sampler", [s for s in SAMPLERS if s not in MAKERS], ids=lambda s: type(s).__name__)
def test_samplers_that_copy_take_anything(sampler: Any) -> None:
    _, y = skewed()
    X = pd.DataFrame({"a": np.where(y > 1, np.nan, y), "b": "x", "c": pd.Timestamp("2020-01-01")})
    fitted = clone(sampler)
    got, _ = fitted.fit_resample(X, y)
    expected = X.iloc[fitted.sample_indices_]
    pd.testing.assert_frame_equal(got.reset_index(drop=True), expected.reset_index(drop=True))


@by_maker
def test_a_bin_of_one_row_is_copied_and_one_of_two_interpolated(sampler: Any) -> None:
    y = np.append(np.linspace(0, 1, 40), [9.0])
    X = np.random.default_rng(0).normal(size=(41, 2))
    fitted = clone(sampler).set_params(relevance=Relevance("points", points=[(1, 0), (9, 1)]))
    got, y_got = fitted.fit_resample(X, y)
    assert (y_got == 9.0).sum() > 5
    np.testing.assert_array_equal(got[fitted.is_synthetic_], np.tile(X[40], (fitted.recipe_.n_new, 1)))
    y, X = np.append(y, 10.0), np.vstack([X, [[3.0, 3.0]]])
    got, _ = fitted.fit_resample(X, y)
    assert len(got) == 42
    assert np.isfinite(got).all()


@by_maker
@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_sizes_at_the_ends_of_floats_are_taken(sampler: Any, scale: float) -> None:
    X, y = skewed(200)
    X, y = X / abs(X).max(), y / y.max()
    expected, y_expected = clone(sampler).fit_resample(X, y)
    got, y_got = clone(sampler).fit_resample(X * scale, y * scale)
    assert np.isfinite(got).all()
    # SMOGN's perturbation is in standard deviations, but M in the unit of the columns.
    is_same = not isinstance(sampler, SMOGN) or sampler.scale == "range"
    if is_same:
        np.testing.assert_allclose(got / scale, expected, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(y_got / scale, y_expected, rtol=1e-6, atol=1e-9)


@given(
    st.integers(0, 10_000),
    st.integers(6, 60),
    st.sampled_from(["normal", "whole", "copies"]),
    st.sampled_from([np.float64, np.float32, np.int16]),
)
@settings(max_examples=40)
def test_any_small_table_gets_the_rows_it_asks_for(seed: int, n: int, kind: str, dtype: type) -> None:
    rng = np.random.default_rng(seed)
    X = (3 * rng.normal(size=(n, int(rng.integers(1, 4))))).astype(dtype)
    y = rng.standard_t(2, size=n)
    if kind == "whole":
        X, y = np.rint(X).astype(dtype), np.rint(y)
    elif kind == "copies":
        chosen = rng.integers(0, max(1, n // 3), n)
        X, y = X[chosen], y[chosen]
    rare = float(np.quantile(y, 0.8))
    if (y >= rare).all():
        return
    for sampler in MAKERS:
        fitted = clone(sampler).set_params(relevance=lambda v: (v >= rare).astype(float), random_state=seed)
        got, y_got = fitted.fit_resample(X, y)
        wanted = {code: one.n_rows for code, one in enumerate(fitted.bins_)} | dict(fitted.sampling_strategy_)
        assert len(got) == len(y_got) == sum(wanted.values())
        assert got.dtype == dtype
        if isinstance(fitted, SMOTER):
            new = got[fitted.is_synthetic_].astype(float)
            parents = X[fitted.base_indices_].astype(float), X[fitted.neighbor_indices_].astype(float)
            assert (new >= np.minimum(*parents) - 1e-5).all()
            assert (new <= np.maximum(*parents) + 1e-5).all()
