"""Errors by relevance, in closed form; and weights by density."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from scipy.integrate import trapezoid
from sklearn.linear_model import LinearRegression
from sklearn.metrics import make_scorer, mean_absolute_error, mean_squared_error, r2_score

from fastbal.regression import (
    Relevance,
    density_weights,
    plot_relevance,
    relevance_weighted_absolute_error,
    relevance_weighted_squared_error,
    ser_curve,
    sera,
)
from tests.regression import slow

rng = np.random.default_rng(0)
TRUE = rng.exponential(size=500)
PRED = TRUE + rng.normal(scale=0.3, size=500)
RELEVANCE = Relevance(extremes="high").fit(TRUE)
PHI = RELEVANCE(TRUE)


def test_sera_is_the_area_under_the_curve() -> None:
    # On a grid of 1001 thresholds, as the authors' IRon has it: close. Step by step: the same.
    grid = np.linspace(0, 1, 1001)
    ser = [np.square(PRED - TRUE)[t <= PHI].sum() for t in grid]
    got = sera(TRUE, PRED, relevance=RELEVANCE)
    assert got == pytest.approx(trapezoid(ser, grid), rel=1e-2)
    assert got != pytest.approx(trapezoid(ser, grid), rel=1e-9)
    thresholds, errors = ser_curve(TRUE, PRED, relevance=RELEVANCE)
    assert got == pytest.approx(float(np.diff(thresholds) @ errors[1:]))
    assert thresholds.tolist() == sorted({0.0, 1.0, *PHI.tolist()})
    for t, error in zip(thresholds[::40], errors[::40], strict=True):
        assert error == pytest.approx(np.square(PRED - TRUE)[t <= PHI].sum())


def test_weighted_errors_are_scikit_learns_with_relevance_as_weight() -> None:
    weights = rng.random(500)
    expected = mean_squared_error(TRUE, PRED, sample_weight=PHI * weights)
    assert relevance_weighted_squared_error(TRUE, PRED, relevance=RELEVANCE, sample_weight=weights) == pytest.approx(
        expected
    )
    expected = mean_absolute_error(TRUE, PRED, sample_weight=PHI * weights)
    assert relevance_weighted_absolute_error(
        TRUE, PRED, relevance=PHI.tolist(), sample_weight=weights
    ) == pytest.approx(expected)
    expected = 1 - r2_score(TRUE, PRED, sample_weight=PHI)
    assert sera(TRUE, PRED, relevance=RELEVANCE, normalize=True) == pytest.approx(expected)


def test_relevance_may_be_given_in_every_form() -> None:
    expected = sera(TRUE, PRED, relevance=PHI)
    assert sera(TRUE.tolist(), PRED.tolist(), relevance=lambda y: RELEVANCE(y)) == expected
    assert sera(TRUE, PRED, relevance=Relevance(extremes="high")) == expected
    assert sera(TRUE, PRED) == sera(TRUE, PRED, relevance=Relevance().fit(TRUE))
    weights = np.repeat([0.0, 2.0], 250)
    assert sera(TRUE, PRED, relevance=PHI, sample_weight=weights) == pytest.approx(
        2 * sera(TRUE[250:], PRED[250:], relevance=PHI[250:])
    )


def test_a_scorer_of_it_is_minimised_by_relevance_as_weight() -> None:
    X = np.column_stack([TRUE + rng.normal(scale=0.5, size=500), rng.normal(size=500)])
    scorer = make_scorer(sera, greater_is_better=False, relevance=RELEVANCE)
    plain, weighted = LinearRegression().fit(X, TRUE), LinearRegression().fit(X, TRUE, sample_weight=PHI)
    assert scorer(weighted, X, TRUE) > scorer(plain, X, TRUE)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([1.0, 2.0], [1.0]), {"relevance": [0, 1]}, "y_true has 2 values, but y_pred has 1"),
        (([1.0, np.nan], [1.0, 2.0]), {"relevance": [0, 1]}, "NaN"),
        (([1.0, 2.0], [1.0, np.inf]), {"relevance": [0, 1]}, "infinite"),
        (([1.0, 2.0], [1.0, 2.0]), {"relevance": [0, 2]}, "from 0 to 1"),
        (([1.0, 2.0], [1.0, 2.0]), {"relevance": [1.0]}, "for each value"),
        (([1.0, 2.0], [1.0, 2.0]), {"relevance": lambda y: 3 * y}, "from 3.0 to 6.0"),
        (([1.0, 2.0], [1.0, 2.0]), {"relevance": [0, 1], "sample_weight": [-1, 1]}, "not negative"),
        (([1.0, 2.0], [1.0, 2.0]), {"relevance": [0, 1], "normalize": True}, "best constant"),
    ],
)
def test_what_cannot_be_scored_is_refused(arguments: Any, options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sera(*arguments, **options)


def test_errors_of_rows_that_do_not_matter_have_no_mean() -> None:
    with pytest.raises(ValueError, match="No row of y_true matters"):
        relevance_weighted_squared_error([1.0, 2.0], [1.0, 3.0], relevance=[0, 0])


KERNELS = {
    "gaussian": np.exp(-0.5 * (np.arange(-2, 3) / 2.0) ** 2).tolist(),
    "triangular": [1 / 3, 2 / 3, 1, 2 / 3, 1 / 3],
    "laplace": np.exp(-abs(np.arange(-2, 3)) / 2.0).tolist(),
}


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("power", [1.0, 0.5])
def test_weights_are_inverse_to_the_smoothed_density(kernel: str, power: float) -> None:
    y = np.random.default_rng(1).poisson(5, 300).tolist()
    got = density_weights(y, bin_width=1, kernel=kernel, power=power)
    np.testing.assert_allclose(got, slow.smoothed_weights(y, KERNELS[kernel], power), rtol=1e-12)
    assert got.mean() == pytest.approx(1)


def test_even_values_weigh_the_same_at_the_ends_too() -> None:
    np.testing.assert_allclose(density_weights(np.arange(1000.0)), 1.0)
    np.testing.assert_allclose(density_weights(np.full(7, 3.0)), 1.0)
    np.testing.assert_allclose(density_weights(TRUE, power=0.0), 1.0)


def test_clipped_counts_bound_the_weights() -> None:
    got = density_weights(TRUE, clip=(5, 20))
    assert got.max() / got.min() == pytest.approx(4)
    assert density_weights(TRUE).max() / density_weights(TRUE).min() > 8


def test_weights_do_not_depend_on_units() -> None:
    whole = np.random.default_rng(2).poisson(5, 300).astype(float)
    for factor in (2.0**-900, 2.0**900):
        np.testing.assert_array_equal(density_weights(whole * factor), density_weights(whole))
        np.testing.assert_array_equal(
            density_weights(whole * factor, bin_width=factor), density_weights(whole, bin_width=1)
        )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kernel_size": 4}, "odd"),
        ({"clip": (3, 1)}, "clip"),
        ({"clip": (0, 1)}, "clip"),
        ({"bin_width": 1e-12}, "Give a larger one"),
        ({"kernel": "box"}, "kernel"),
    ],
)
def test_weights_that_cannot_be_are_refused(options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        density_weights(TRUE, **options)


def test_a_picture_shows_the_curve_and_the_rows() -> None:
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("agg")
    axes = plt.subplots()[1]
    assert plot_relevance(TRUE, RELEVANCE, ax=axes) is axes
    curve = axes.figure.axes[-1].lines[0]
    np.testing.assert_allclose(curve.get_ydata(), RELEVANCE(curve.get_xdata()))
    assert sum(patch.get_height() for patch in axes.patches) == len(TRUE)
    plt.close(axes.figure)
    for relevance in (None, Relevance("density"), lambda y: np.zeros(len(y))):
        plt.close(plot_relevance(TRUE, relevance, threshold=None).figure)


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"fastbal\[plots\]"):
        plot_relevance(TRUE)
