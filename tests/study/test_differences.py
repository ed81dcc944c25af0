"""Intervals of differences against slow, obvious versions."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from fastbal.study._differences import from_error, over_folds


def test_corrected_t_interval_by_hand() -> None:
    ours, theirs = np.array([0.5, 0.6, 0.8]), np.array([0.4, 0.4, 0.5])
    got = over_folds(ours, theirs, test_share=0.5, confidence=0.9)
    # Differences 0.1, 0.2, 0.3: mean 0.2, variance 0.01; of the mean 0.01 (1/3 + 1/2), not 0.01 / 3.
    half = stats.t.ppf(0.95, 2) * np.sqrt(0.01 * (1 / 3 + 1 / 2))
    np.testing.assert_allclose(got, (0.2, 0.2 - half, 0.2 + half))


def test_without_the_correction_the_interval_is_scipys() -> None:
    rng = np.random.default_rng(0)
    ours, theirs = rng.normal(size=(2, 10))
    expected = stats.ttest_rel(ours, theirs).confidence_interval(0.95)
    got = over_folds(ours, theirs, test_share=0.0, confidence=0.95)
    np.testing.assert_allclose(got[1:], expected)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=12))
def test_an_interval_over_folds_contains_its_mean(scores: list[tuple[float, float]]) -> None:
    ours, theirs = np.array(scores).T
    mean, low, high = over_folds(ours, theirs, test_share=0.25, confidence=0.95)
    assert low <= mean <= high
    wider = over_folds(ours, theirs, test_share=0.25, confidence=0.999)
    assert wider.low <= low
    assert high <= wider.high


def test_an_interval_of_a_known_error_is_students() -> None:
    got = from_error(0.2, 0.1, n_rare=11, confidence=0.9)
    np.testing.assert_allclose(got, (0.2, 0.2 - 0.1 * stats.t.ppf(0.95, 10), 0.2 + 0.1 * stats.t.ppf(0.95, 10)))
    assert from_error(0.2, 0.1, n_rare=1, confidence=0.9).low < got.low
