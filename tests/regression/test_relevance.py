"""How much each value matters: control points as R's box plots have them, and a curve that never turns between them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import CubicHermiteSpline
from scipy.stats import gaussian_kde
from sklearn.base import clone

from fastbal._core.medcouple import medcouple
from fastbal._core.relevance import hinges, monotone_slopes, points_given, relevance_at
from fastbal.regression import Relevance
from tests.regression import slow

#: Values of every kind: ties, skewness, two ends, whole numbers.
TARGETS = {
    "normal": np.random.default_rng(0).normal(size=400),
    "skewed": np.random.default_rng(1).exponential(size=401) ** 2,
    "heavy": np.random.default_rng(2).standard_t(2, size=402),
    "whole": np.random.default_rng(3).poisson(4, size=403).astype(float),
    "few": np.array([1.0, 2.0, 2.0, 3.0, 3.0, 3.0, 4.0, 4.0, 5.0, 20.0]),
    "low end": np.append(np.arange(20.0), [-90.0, -91.0]),
}


@pytest.mark.parametrize("n", range(1, 14))
def test_hinges_are_those_of_r(n: int) -> None:
    y = np.random.default_rng(n).normal(size=n)
    assert hinges(np.sort(y)) == pytest.approx(slow.fivenum(y))


def test_hinges_are_no_quantiles() -> None:
    # R: fivenum(c(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)) is 1.0 3.0 5.5 8.0 10.0, quantile() has 3.25 and 7.75.
    assert hinges(np.arange(1.0, 11.0)) == (3.0, 5.5, 8.0)


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("coef", [0.0, 0.5, 1.5, 40.0])
def test_extremes_are_where_the_whiskers_end(name: str, coef: float) -> None:
    y = TARGETS[name]
    got = Relevance(coef=coef).fit(y).points_
    assert got[:, :2].tolist() == [list(point) for point in slow.extremes(y, coef)]
    assert not got[:, 2].any()


def test_ends_that_do_not_matter_have_no_relevance() -> None:
    y = TARGETS["heavy"]
    low, high = Relevance(extremes="low").fit(y), Relevance(extremes="high").fit(y)
    assert low(y)[y > np.median(y)].max() == 0
    assert low(y)[y < np.median(y)].max() == 1
    assert high(y)[y < np.median(y)].max() == 0
    both = Relevance().fit(y)
    np.testing.assert_array_equal(both(y), np.maximum(low(y), high(y)))


@given(st.lists(st.sampled_from([-3.0, -1.0, 0.0, 0.5, 1.0, 2.0, 7.0, 40.0]), min_size=1, max_size=40))
def test_the_medcouple_is_the_median_of_all_pairs(values: list[float]) -> None:
    y = np.sort(np.array(values))
    assert medcouple(y) == pytest.approx(slow.medcouple(y), abs=1e-12)


def test_the_medcouple_of_many_pairs_is_found_by_halving() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        y = np.sort(rng.normal(size=int(rng.integers(100, 300))) ** (1 + seed % 3))
        assert medcouple(y) == pytest.approx(slow.medcouple(y), abs=1e-12)
        assert medcouple(np.sort(-y)) == pytest.approx(-medcouple(y), abs=1e-12)
        assert medcouple(y * 1e300) == pytest.approx(medcouple(y), abs=1e-9)


@pytest.mark.parametrize("name", TARGETS)
def test_adjusted_fences_follow_the_skewness(name: str) -> None:
    y = TARGETS[name]
    low, median, high = slow.fivenum(y)
    skewness = slow.medcouple(y)
    down, up = (-4, 3) if skewness >= 0 else (-3, 4)
    points = Relevance("adjusted", coef=2.0).fit(y).points_
    fences = low - 2 * np.exp(down * skewness) * (high - low), high + 2 * np.exp(up * skewness) * (high - low)
    np.testing.assert_allclose(points[:, 0], [fences[0], median, fences[1]], rtol=1e-12)
    assert points[:, 1].tolist() == [1.0, 0.0, 1.0]


def test_without_slopes_the_curve_is_a_smooth_step() -> None:
    y = np.linspace(-3, 12, 1001)
    got = Relevance("points", points=[(0, 1), (4, 0), (10, 1)]).fit(y)(y)
    # Slopes of the point in the middle: (−1/4 + 1/6) / 2, then mirrored where a curve would turn; so give zeros.
    flat = Relevance("points", points=[(0, 1, 0), (4, 0, 0), (10, 1, 0)]).fit(y)(y)
    left, right = np.clip(y / 4, 0, 1), np.clip((y - 4) / 6, 0, 1)
    expected = np.where(y < 4, 1 - (3 * left**2 - 2 * left**3), 3 * right**2 - 2 * right**3)
    np.testing.assert_allclose(flat, expected, atol=1e-15)
    spline = CubicHermiteSpline([0, 4, 10], [1, 0, 1], [0, 0, 0])(np.clip(y, 0, 10))
    np.testing.assert_allclose(flat, spline, atol=1e-15)
    assert got.min() >= 0
    assert got.max() <= 1


point_lists = st.lists(
    st.tuples(st.integers(-50, 50), st.floats(0, 1), st.floats(-3, 3)), min_size=2, max_size=6, unique_by=lambda p: p[0]
)


@given(point_lists)
def test_slopes_are_lowered_as_by_fritsch_and_carlson(points: list[tuple[float, float, float]]) -> None:
    ascending = sorted((float(v), r if r > 1e-6 else 0.0, s) for v, r, s in points)
    got = monotone_slopes(points_given(ascending))
    np.testing.assert_allclose(got, slow.monotone(ascending), atol=1e-12)


@given(point_lists)
@settings(max_examples=200)
def test_the_curve_goes_through_the_points_and_does_not_turn_between_them(
    points: list[tuple[float, float, float]],
) -> None:
    ascending = sorted((float(v), round(r, 3), round(s, 3)) for v, r, s in points)
    relevance = Relevance("points", points=ascending).fit([0.0])
    value, height, _ = np.array(ascending).T
    np.testing.assert_allclose(relevance(value), height, atol=1e-12)
    for k in range(len(value) - 1):
        steps = np.diff(relevance(np.linspace(value[k], value[k + 1], 200)))
        assert (steps * np.sign(height[k + 1] - height[k]) >= -1e-9).all()
    inside = np.linspace(value[0], value[-1], 300)
    spline = CubicHermiteSpline(value, height, relevance.points_[:, 2])
    np.testing.assert_allclose(relevance(inside), np.clip(spline(inside), 0, 1), atol=1e-9)
    beyond = relevance(np.array([value[0] - 2.0, value[-1] + 2.0]))
    slopes = relevance.points_[[0, -1], 2]
    np.testing.assert_allclose(beyond, np.clip(height[[0, -1]] + slopes * [-2.0, 2.0], 0, 1), atol=1e-12)


def test_slopes_left_out_are_means_of_both_sides() -> None:
    points = points_given([(0, 0), (1, 0.1), (3, 1)])
    assert points[:, 2].tolist() == pytest.approx([0.0, (0.1 + 0.45) / 2, 0.0])


def test_density_is_that_of_a_gaussian_kernel() -> None:
    for name in ("normal", "skewed", "heavy"):
        y = TARGETS[name]
        relevance = Relevance("density").fit(y)
        density = gaussian_kde(y, "scott")(y)
        expected = 1 - (density - density.min()) / (density.max() - density.min())
        np.testing.assert_allclose(relevance(y), expected, atol=2e-3)
        assert relevance.bandwidth_ == pytest.approx(y.std(ddof=1) * len(y) ** -0.2)
        assert relevance([y.max() + 1e6, y.min() - 1e6]).tolist() == [1.0, 1.0]


@pytest.mark.parametrize("method", ["extremes", "adjusted", "density"])
@pytest.mark.parametrize(("shift", "scale"), [(0.0, 1e-250), (0.0, 1e250), (1e3, 7.0), (0.0, 1e300)])
def test_units_do_not_matter(method: str, shift: float, scale: float) -> None:
    y = TARGETS["heavy"]
    expected = Relevance(method).fit(y)(y)
    got = Relevance(method).fit(shift + scale * y)(shift + scale * y)
    np.testing.assert_allclose(got, expected, atol=1e-6)


def test_turned_round_it_is_turned_round() -> None:
    for name, y in TARGETS.items():
        for method in ("extremes", "adjusted", "density"):
            np.testing.assert_allclose(
                Relevance(method).fit(-y)(-y), Relevance(method).fit(y)(y), atol=1e-9, err_msg=f"{name} {method}"
            )


#: Points (value, relevance, slope), values, and what smogn 0.1.2, a Python version of UBL, says of them.
OF_SMOGN = [
    ([(2, 0, 0), (5, 1, 0)], [2, 2.75, 3.5, 4.1, 5], [0, 0.15625, 0.5, 0.7839999999999998, 1]),
    (
        [(-3, 1, 0), (0, 0, 0), (4, 1, 0)],
        [-3, -2.2, -1, 0, 0.7, 2.5, 4],
        [1, 0.8245925925925927, 0.2592592592592593, 0, 0.08115624999999999, 0.68359375, 1],
    ),
    (
        [(0, 0.2, 0.1), (2, 0.9, 0.3), (7, 1, 0)],
        [0, 0.5, 1.3, 2, 3.3, 6.5, 7],
        [0.2, 0.331875, 0.7009549999999998, 0.9, 0.9594776, 0.9999, 1],
    ),
]


@pytest.mark.parametrize(("points", "y", "expected"), OF_SMOGN)
def test_inside_the_points_it_is_smogns(points: Any, y: list[float], expected: list[float]) -> None:
    np.testing.assert_allclose(Relevance("points", points=points).fit(y)(y), expected, atol=1e-12)


def test_a_box_plot_is_smogns() -> None:
    # smogn 0.1.2: phi_ctrl_pts(pd.Series(y))["ctrl_pts"], and phi.
    relevance = Relevance().fit(TARGETS["few"])
    assert relevance.points_.ravel().tolist() == [1.0, 0, 0, 3.0, 0, 0, 5.0, 1, 0]
    assert relevance(TARGETS["few"]).tolist() == [0, 0, 0, 0, 0, 0, 0.5, 0.5, 1, 1]


def test_it_is_an_estimator_and_a_function() -> None:
    relevance = Relevance("adjusted", coef=2.0, extremes="high")
    assert clone(relevance).get_params() == relevance.get_params()
    fitted = relevance.fit([1, 2, 3, 4, 100])
    assert fitted is relevance
    relevance.set_params(method="density").fit(TARGETS["normal"])
    assert not hasattr(relevance, "points_")


@pytest.mark.parametrize(
    ("relevance", "y", "message"),
    [
        (Relevance(), [3.0] * 9, "single value 3.0"),
        (Relevance("adjusted"), [0.0] * 9 + [5.0], "single value 0.0"),
        (Relevance("density"), [3.0] * 9, "single value 3.0 throughout"),
        (Relevance(), [1.0, np.nan, 2.0], "contains NaN or infinity: 1 of 3"),
        (Relevance(), [1.0, np.inf], "1 infinite"),
        (Relevance(), ["a", "b"], "target of measurements"),
        (Relevance(), [], "empty"),
        (Relevance(), [True, False], "target of measurements"),
        (Relevance("points"), [1.0], "needs points"),
        (Relevance("points", points=[(0, 0)]), [1.0], "two or more rows"),
        (Relevance("points", points=[(0, 0), (0, 1)]), [1.0], "0.0 occurs twice"),
        (Relevance("points", points=[(0, 0), (1, 2)]), [1.0], "from 0 to 1"),
        (Relevance("points", points=[(0, 0), (np.nan, 1)]), [1.0], "finite"),
        (Relevance("whiskers"), [1.0], "method"),
    ],
)
def test_what_cannot_be_is_refused(relevance: Relevance, y: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        relevance.fit(y)


def test_a_curve_of_one_point_is_level() -> None:
    assert relevance_at(np.array([[1.0, 0.0, 0.0]]), np.array([0.0, 2.0])).tolist() == [0.0, 0.0]
