"""Every score against its definition, row by row, with and without weights."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import accuracy_score, precision_recall_fscore_support, recall_score

from fastbal.metrics import (
    classification_report_imbalanced,
    geometric_mean_score,
    macro_averaged_mean_absolute_error,
    make_index_balanced_accuracy,
    sensitivity_score,
    sensitivity_specificity_support,
    specificity_score,
)
from tests import reference

ill_defined_is_zero = pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")


@st.composite
def answers(draw: Any) -> tuple[Any, Any, Any]:
    """Labels, answers and weights, some of which may be very small or none."""
    n = draw(st.integers(1, 12))
    label = st.integers(0, draw(st.integers(1, 3)))
    weight = st.sampled_from([0.0, 0.1, 0.2, 0.3, 1.0, 10.0, 1e-9])
    y_true, y_pred = (np.array(draw(st.lists(label, min_size=n, max_size=n))) for _ in range(2))
    weights = np.array(draw(st.lists(weight, min_size=n, max_size=n)))
    weights[draw(st.integers(0, n - 1))] = 1.0  # something must count
    return y_true, y_pred, draw(st.sampled_from([None, weights]))


def scores_of_classes(y_true: Any, y_pred: Any, weights: Any) -> tuple[Any, Any, Any]:
    weights = np.ones(len(y_true)) if weights is None else weights
    labels = np.union1d(y_true, y_pred)
    scores = [reference.class_scores(y_true, y_pred, label, weights) for label in labels]
    return tuple(np.array(column) for column in zip(*scores, strict=True))


@ill_defined_is_zero
@given(answers())
def test_each_class(data: Any) -> None:
    y_true, y_pred, weights = data
    expected = scores_of_classes(*data)
    got = sensitivity_specificity_support(y_true, y_pred, sample_weight=weights)
    for values, definition in zip(got, expected, strict=True):
        np.testing.assert_allclose(values, definition, rtol=1e-12, atol=1e-15)
    for share in got[:2]:
        assert (share >= 0).all()
        assert (share <= 1).all()
    assert got[2].dtype == (np.int64 if weights is None else np.float64)


@ill_defined_is_zero
@given(answers(), st.sampled_from(["macro", "weighted"]))
def test_averages_are_averages_of_the_classes(data: Any, average: str) -> None:
    sensitivity, specificity, support = scores_of_classes(*data)
    weights = support if average == "weighted" else None
    options = {"average": average, "sample_weight": data[2]}
    got = [score(*data[:2], **options) for score in (sensitivity_score, specificity_score, geometric_mean_score)]
    scores = [sensitivity, specificity, np.sqrt(sensitivity * specificity)]
    expected = [np.average(score, weights=weights) for score in scores]
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-15)


@ill_defined_is_zero
@given(answers())
def test_multiclass_geometric_mean_is_the_root_of_the_product(data: Any) -> None:
    y_true, y_pred, weights = data
    sensitivity, _, _ = scores_of_classes(*data)
    got = geometric_mean_score(y_true, y_pred, sample_weight=weights)
    np.testing.assert_allclose(got, np.prod(sensitivity) ** (1 / len(sensitivity)), rtol=1e-12)
    corrected = geometric_mean_score(y_true, y_pred, sample_weight=weights, correction=0.5)
    sensitivity[sensitivity == 0] = 0.5
    np.testing.assert_allclose(corrected, np.prod(sensitivity) ** (1 / len(sensitivity)), rtol=1e-12)


@pytest.mark.slow
@ill_defined_is_zero
@given(answers())
def test_sensitivity_is_recall(data: Any) -> None:
    y_true, y_pred, weights = data
    for average in (None, "micro", "macro", "weighted"):
        got, expected = (
            score(y_true, y_pred, average=average, sample_weight=weights) for score in (sensitivity_score, recall_score)
        )
        np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-15)


@ill_defined_is_zero
@given(answers(), st.integers(1, 3))
def test_a_weight_is_a_number_of_copies(data: Any, seed: int) -> None:
    y_true, y_pred, _ = data
    copies = np.random.default_rng(seed).integers(1, 4, len(y_true))
    for score in (sensitivity_specificity_support, geometric_mean_score, macro_averaged_mean_absolute_error):
        got = score(y_true, y_pred, sample_weight=copies)
        expected = score(np.repeat(y_true, copies), np.repeat(y_pred, copies))
        for values, repeated in zip(np.atleast_1d(got), np.atleast_1d(expected), strict=True):
            np.testing.assert_allclose(values, repeated, rtol=1e-12)


def test_a_weight_of_ten_does_not_lift_specificity_above_one() -> None:
    y_true, y_pred = [0, 0, 1, 1], [0, 1, 1, 1]
    assert specificity_score(y_true, y_pred, sample_weight=[10, 10, 10, 10]) == 0.5
    assert specificity_score(y_true, y_pred, sample_weight=[30, 10, 1, 1]) == 0.75


@ill_defined_is_zero
@given(answers())
def test_absolute_error_is_that_of_the_classes_that_are_there(data: Any) -> None:
    y_true, y_pred, weights = data
    expected = reference.macro_absolute_error(y_true, y_pred, np.ones(len(y_true)) if weights is None else weights)
    got = macro_averaged_mean_absolute_error(y_true, y_pred, sample_weight=weights)
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-15)


def test_a_class_that_is_only_predicted_has_no_error_of_its_own() -> None:
    assert macro_averaged_mean_absolute_error([1, 1, 2], [1, 3, 2]) == (2 / 2 + 0) / 2
    assert macro_averaged_mean_absolute_error(np.array([0, 255], np.uint8), np.array([1, 254], np.uint8)) == 1.0
    with pytest.raises(ValueError, match="An error needs labels that are numbers, but there is 'bad'"):
        macro_averaged_mean_absolute_error(["bad", "good"], ["good", "good"])


@ill_defined_is_zero
@given(answers(), st.floats(0, 1), st.booleans())
def test_index_balanced_accuracy(data: Any, alpha: float, squared: bool) -> None:
    y_true, y_pred, weights = data
    sensitivity, specificity, _ = scores_of_classes(*data)
    decorate = make_index_balanced_accuracy(alpha=alpha, squared=squared)
    power = 2 if squared else 1
    got = decorate(geometric_mean_score)(y_true, y_pred, average=None, sample_weight=weights)
    expected = (1 + alpha * (sensitivity - specificity)) * np.sqrt(sensitivity * specificity) ** power
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-15)
    if max(y_true.max(), y_pred.max()) == 1:
        got = decorate(accuracy_score)(y_true, y_pred, sample_weight=weights)
        sensitivity, specificity, _ = reference.class_scores(
            y_true, y_pred, 1, np.ones(len(y_true)) if weights is None else weights
        )
        accuracy = accuracy_score(y_true, y_pred, sample_weight=weights)
        np.testing.assert_allclose(got, (1 + alpha * (sensitivity - specificity)) * accuracy**power, rtol=1e-12)


@ill_defined_is_zero
@given(answers())
def test_the_report_holds_the_scores(data: Any) -> None:
    y_true, y_pred, weights = data
    got = classification_report_imbalanced(y_true, y_pred, sample_weight=weights, output_dict=True, alpha=0.3)
    sensitivity, specificity, support = scores_of_classes(*data)
    pre, _, f1, _ = precision_recall_fscore_support(y_true, y_pred, sample_weight=weights)
    geo = np.sqrt(sensitivity * specificity)
    iba = (1 + 0.3 * (sensitivity - specificity)) * geo**2
    expected = {"pre": pre, "rec": sensitivity, "spe": specificity, "f1": f1, "geo": geo, "iba": iba, "sup": support}
    for key, scores in expected.items():
        values = [got[str(label)][key] for label in np.union1d(y_true, y_pred)]
        np.testing.assert_allclose(values, scores, rtol=1e-9, atol=1e-9)
        if key != "sup":
            np.testing.assert_allclose(got[f"avg_{key}"], np.average(scores, weights=support), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(got["total_support"], support.sum())


# ------------------------------------------------------------------------------------------ the smallest cases


@pytest.mark.parametrize(
    ("y_true", "y_pred", "expected"), [([1], [1], (1.0, 0.0)), ([1], [0], (0.0, 0.0)), ([0], [0], (0.0, 1.0))]
)
@ill_defined_is_zero
def test_one_row(y_true: Any, y_pred: Any, expected: Any) -> None:
    assert (sensitivity_score(y_true, y_pred), specificity_score(y_true, y_pred)) == expected


def test_what_is_ill_defined_is_zero_with_a_warning() -> None:
    with pytest.warns(UndefinedMetricWarning, match="Sensitivity is ill-defined .* 0.0 in labels with no true samples"):
        assert sensitivity_score([0, 0], [0, 1], average=None).tolist() == [0.5, 0.0]
    with pytest.warns(UndefinedMetricWarning, match="Specificity is ill-defined .* 0.0 due to no negative samples"):
        assert specificity_score([1, 1], [1, 1]) == 0.0
    # No others: weights that do not add up to what they are the sum of must not make it defined.
    with pytest.warns(UndefinedMetricWarning, match="Specificity"):
        assert specificity_score([1] * 3, [1] * 3, sample_weight=[0.1, 0.2, 0.3]) == 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sensitivity_specificity_support([0, 0], [0, 1], warn_for=())
        classification_report_imbalanced([0, 0], [0, 0], zero_division=0)


def test_labels_choose_classes_and_their_order() -> None:
    y_true, y_pred = [0, 1, 2, 2], [0, 2, 2, 1]
    got = sensitivity_specificity_support(y_true, y_pred, labels=[2, 0])
    assert [values.tolist() for values in got] == [[0.5, 1.0], [0.5, 1.0], [2, 1]]
    with pytest.warns(UndefinedMetricWarning):
        assert sensitivity_score(y_true, y_pred, labels=[2, 7], average="macro") == 0.25
    assert geometric_mean_score(y_true, y_pred, labels=[2, 0]) == pytest.approx(0.5**0.5)
    report = classification_report_imbalanced(y_true, y_pred, labels=[2, 0], target_names=["b", "a"], output_dict=True)
    assert list(report)[:2] == ["b", "a"]
    assert report["b"]["sup"] == 2


@ill_defined_is_zero
def test_classes_that_are_not_there_can_be_reported() -> None:
    report = classification_report_imbalanced(["a", "b"], ["a", "b"], labels=["a", "c", "d"], zero_division=0)
    assert [line.split()[-1] for line in report.splitlines() if line] == ["sup", "1", "0", "0", "1"]
    nothing = classification_report_imbalanced(["a"], ["a"], labels=["c"], output_dict=True, zero_division=0)
    assert nothing["total_support"] == 0
    assert nothing["avg_rec"] == 0.0


def test_numbers_are_pythons() -> None:
    assert type(geometric_mean_score([0, 1], [0, 1])) is float
    assert type(sensitivity_score([0, 1], [0, 1])) is float
    report = classification_report_imbalanced([0, 1], [0, 1], output_dict=True)
    assert repr(report["0"]["sup"]) == "1"
    assert repr(report["avg_geo"]) == "1.0"
