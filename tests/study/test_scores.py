"""Scores of decisions and probabilities against scikit-learn's definitions."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from fastbal._core.confusion import confusion_matrix
from fastbal.metrics import geometric_mean_score
from fastbal.study._scores import (
    SCORES,
    DecisionScore,
    all_scores,
    calibration_slope,
    decision_scores,
)


def answers(n_classes: int, n_rows: int = 200, seed: int = 0) -> tuple[Any, Any, Any]:
    """Classes, decisions and probabilities that are neither right nor random."""
    rng = np.random.default_rng(seed)
    y = np.append(np.arange(n_classes), rng.choice(n_classes, n_rows - n_classes, p=shares(n_classes)))
    odds = rng.normal(size=(n_rows, n_classes)) + 1.5 * np.eye(n_classes)[y]
    proba = np.exp(odds) / np.exp(odds).sum(axis=1, keepdims=True)
    return y, proba.argmax(axis=1), proba


def shares(n_classes: int) -> Any:
    return np.arange(n_classes, 0, -1) / np.arange(n_classes, 0, -1).sum()


@pytest.mark.parametrize("n_classes", [2, 3])
def test_scores_are_those_of_scikit_learn(n_classes: int) -> None:
    y, decided, proba = answers(n_classes)
    got = all_scores(y, decided, proba, None)
    rare = n_classes - 1
    expected = {
        "precision": metrics.precision_score(y == rare, decided == rare),
        "recall": metrics.recall_score(y == rare, decided == rare),
        "f1": metrics.f1_score(y == rare, decided == rare),
        "average_precision": metrics.average_precision_score(y == rare, proba[:, rare]),
        "roc_auc": metrics.roc_auc_score(y == rare, proba[:, rare]),
        "balanced_accuracy": metrics.balanced_accuracy_score(y, decided),
        "geometric_mean": geometric_mean_score(y, decided),
        "mcc": metrics.matthews_corrcoef(y, decided),
        "log_loss": metrics.log_loss(y, proba),
        "brier": np.square(proba - np.eye(n_classes)[y]).sum(axis=1).mean(),
    }
    if n_classes == 2:
        expected["brier"] = metrics.brier_score_loss(y, proba[:, 1])
    for name, value in expected.items():
        assert got[name] == pytest.approx(value, abs=1e-12), name
    assert list(got) == list(SCORES)
    assert np.isnan([got["brier_corrected"], got["log_loss_corrected"]]).all()


@pytest.mark.slow
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=30))
def test_decisions_of_two_classes(pairs: list[tuple[bool, bool]]) -> None:
    y, decided = np.array(pairs, np.int64).T
    got = decision_scores(confusion_matrix(y, decided, None, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of classes that do not occur
        assert got["precision"] == pytest.approx(metrics.precision_score(y, decided, zero_division=0))
        assert got["recall"] == pytest.approx(metrics.recall_score(y, decided, zero_division=0))
        assert got["f1"] == pytest.approx(metrics.f1_score(y, decided, zero_division=0))
        assert got["mcc"] == pytest.approx(metrics.matthews_corrcoef(y, decided), abs=1e-9)


@pytest.mark.parametrize("absent", [0, 1, 2])
@pytest.mark.parametrize("where", ["true", "both"])
@pytest.mark.parametrize("name", ["precision", "recall", "f1", "balanced_accuracy", "geometric_mean", "mcc"])
def test_a_class_that_a_fold_lacks_does_not_count(name: str, where: str, absent: int) -> None:
    y, decided, _ = answers(3)
    kept = (y != absent) & ((decided != absent) | (where == "true"))
    y, decided = y[kept], decided[kept]
    rare, present = [2], np.unique(y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of classes that are decided, but do not occur
        of_rare = {"labels": rare, "average": "macro", "zero_division": 0}
        recalls = metrics.recall_score(y, decided, labels=present, average=None)
        expected = {
            "precision": metrics.precision_score(y, decided, **of_rare),
            "recall": metrics.recall_score(y, decided, **of_rare),
            "f1": metrics.f1_score(y, decided, **of_rare),
            "balanced_accuracy": metrics.balanced_accuracy_score(y, decided),
            "geometric_mean": np.prod(recalls) ** (1 / len(recalls)),
            "mcc": metrics.matthews_corrcoef(y, decided),
        }
    assert decision_scores(confusion_matrix(y, decided, None, 3))[name] == pytest.approx(expected[name], abs=1e-12)
    assert (absent in decided) == (where == "true")


def test_many_confusion_matrices_at_once_as_thresholds_need_it() -> None:
    matrices = np.random.default_rng(0).integers(0, 20, (5, 3, 3))
    got = DecisionScore("f1")(matrices)
    expected = [decision_scores(matrix)["f1"] for matrix in matrices]
    np.testing.assert_allclose(got, expected)


def test_probabilities_of_zero_and_one_have_finite_scores() -> None:
    y = np.array([0, 1, 0, 1])
    proba = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    scores = all_scores(y, proba.argmax(axis=1), proba, proba)
    assert all(np.isfinite(value) for value in scores.values())


@pytest.mark.parametrize("slope", [0.5, 1.0, 2.0])
def test_calibration_slope_of_known_log_odds(slope: float) -> None:
    rng = np.random.default_rng(0)
    odds = rng.normal(size=40_000)
    is_rare = rng.random(40_000) < 1 / (1 + np.exp(-slope * odds))
    assert calibration_slope(is_rare, 1 / (1 + np.exp(-odds))) == pytest.approx(slope, rel=0.06)


def test_no_calibration_slope_where_nothing_varies() -> None:
    assert np.isnan(calibration_slope(np.array([True, False]), np.array([0.5, 0.5])))
    assert np.isnan(calibration_slope(np.array([True, True]), np.array([0.2, 0.5])))
