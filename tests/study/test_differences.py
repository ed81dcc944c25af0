"""Intervals of differences against slow, obvious versions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import f1_score

from fastbal.study._differences import over_folds, over_rows


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


def slow_bootstrap(y: Any, ours: Any, theirs: Any, n_resamples: int) -> tuple[Any, Any]:
    """Rows drawn anew, class by class."""
    rng = np.random.default_rng(1)
    of_class = [np.flatnonzero(y == label) for label in np.unique(y)]
    found = []
    for _ in range(n_resamples):
        rows = np.concatenate([rng.choice(rows, len(rows)) for rows in of_class])
        found.append(f1_score(y[rows], ours[rows]) - f1_score(y[rows], theirs[rows]))
    return np.quantile(found, [0.025, 0.975]), np.quantile(found, [0.25, 0.75])


def test_bootstrap_of_rows_against_one_that_draws_rows() -> None:
    rng = np.random.default_rng(0)
    y = (rng.random(400) < 0.2).astype(np.int64)
    ours, theirs = (np.where(rng.random(400) < error, 1 - y, y) for error in (0.1, 0.2))
    got = over_rows(y, ours, theirs, score="f1", n_classes=2, confidence=0.95, seed=0)
    assert got.mean == pytest.approx(f1_score(y, ours) - f1_score(y, theirs))
    wide, half = slow_bootstrap(y, ours, theirs, 600)
    np.testing.assert_allclose(got[1:], wide, atol=0.03)
    got = over_rows(y, ours, theirs, score="f1", n_classes=2, confidence=0.5, seed=0)
    np.testing.assert_allclose(got[1:], half, atol=0.01)


@settings(max_examples=30)
@given(st.lists(st.tuples(*[st.integers(0, 2)] * 3), min_size=1, max_size=30), st.sampled_from(["f1", "mcc"]))
def test_an_interval_is_in_order_and_zero_for_the_same_decisions(rows: Any, score: str) -> None:
    y, ours, theirs = np.array(rows, np.int64).T
    mean, low, high = over_rows(y, ours, theirs, score=score, n_classes=3, confidence=0.9, seed=0)
    assert -2 <= low <= high <= 2
    assert -2 <= mean <= 2
    assert over_rows(y, ours, ours, score=score, n_classes=3, confidence=0.9, seed=0) == (0, 0, 0)
    back = over_rows(y, theirs, ours, score=score, n_classes=3, confidence=0.9, seed=0)
    assert back.mean == pytest.approx(-mean)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=12))
def test_an_interval_over_folds_contains_its_mean(scores: list[tuple[float, float]]) -> None:
    ours, theirs = np.array(scores).T
    mean, low, high = over_folds(ours, theirs, test_share=0.25, confidence=0.95)
    assert low <= mean <= high
    wider = over_folds(ours, theirs, test_share=0.25, confidence=0.999)
    assert wider.low <= low
    assert high <= wider.high
