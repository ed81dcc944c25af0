"""Random under-sampling keeps each row of a class with the same probability."""

from __future__ import annotations

import numpy as np
from scipy import stats

from fastbal.under_sampling import RandomUnderSampler
from tests import cases


def test_the_distribution_inside_a_class_stays() -> None:
    rng = np.random.default_rng(0)
    X = rng.exponential(size=(40_000, 2))
    y = np.repeat([0, 1], [35_000, 5_000])
    sampler = RandomUnderSampler(random_state=0)
    got, labels = sampler.fit_resample(X, y)
    for j in range(2):
        assert stats.ks_2samp(got[labels == 0, j], X[:35_000, j]).pvalue > 0.01
    kept = sampler.sample_indices_[labels == 0]
    assert len(np.unique(kept)) == 5_000
    assert stats.chisquare(np.histogram(kept, bins=35, range=(0, 35_000))[0]).pvalue > 0.01
    # The order tells nothing either.
    assert abs(stats.spearmanr(np.arange(5_000), kept).statistic) < 0.05


def test_with_replacement_rows_repeat() -> None:
    X, y = cases.multiclass()
    sampler = RandomUnderSampler(random_state=0, replacement=True, sampling_strategy={2: 150})
    sampler.fit_resample(X, y)
    chosen = sampler.sample_indices_[-150:]
    assert len(np.unique(chosen)) < 150
    assert (y[chosen] == 2).all()


def test_classes_that_are_not_targeted_stay_in_order() -> None:
    X, y = cases.multiclass()
    sampler = RandomUnderSampler(random_state=0, sampling_strategy={2: 10})
    sampler.fit_resample(X, y)
    rest = sampler.sample_indices_[:-10]
    np.testing.assert_array_equal(rest, np.concatenate([np.flatnonzero(y == 0), np.flatnonzero(y == 1)]))


def test_an_empty_class_may_be_asked_for() -> None:
    X, y = cases.multiclass()
    got, labels = RandomUnderSampler(sampling_strategy={2: 0}).fit_resample(X, y)
    assert set(labels.tolist()) == {0, 1}
    assert len(got) == len(labels)
