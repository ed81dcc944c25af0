"""The same numbers, text and errors as imbalanced-learn, where its numbers are right."""

from __future__ import annotations

import itertools
from typing import Any

import imblearn.metrics
import numpy as np
import pytest
import sklearn.metrics

import fastbal.metrics

AVERAGES = [None, "binary", "micro", "macro", "weighted"]
#: imbalanced-learn's "macro" and "weighted" are no averages of geometric means; see test_the_old_geometric_mean.
SAME = [
    *itertools.product(["sensitivity_score", "specificity_score", "sensitivity_specificity_support"], AVERAGES),
    *itertools.product(["geometric_mean_score"], [None, "binary", "micro"]),
]

#: Seeds of label arrays in which all classes are both true and predicted.
SEEDS = range(5)


def answers(seed: int, n_classes: int, n: int = 60) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, n_classes, n), rng.integers(0, n_classes, n)


def both(name: str, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
    return tuple(getattr(package, name)(*args, **kwargs) for package in (fastbal.metrics, imblearn.metrics))


@pytest.mark.parametrize(("name", "average"), SAME)
@pytest.mark.parametrize("kind", [int, str, bool])
def test_unweighted_scores_are_the_same(name: str, average: str | None, kind: type) -> None:
    for seed in SEEDS:
        y_true, y_pred = (y.astype(kind) for y in answers(seed, 2 if average == "binary" or kind is bool else 4))
        pos_label = "1" if kind is str and average == "binary" else 1
        got, expected = both(name, y_true, y_pred, average=average, pos_label=pos_label)
        if name == "sensitivity_specificity_support" and average is not None:
            assert got[2] is expected[2] is None
            got, expected = got[:2], expected[:2]
        np.testing.assert_allclose(got, expected, rtol=1e-14)


def test_multiclass_geometric_mean_is_the_same() -> None:
    for seed in SEEDS:
        for options in ({}, {"labels": [2, 0]}, {"correction": 0.01}, {"sample_weight": np.arange(1.0, 61.0)}):
            got, expected = both("geometric_mean_score", *answers(seed, 4), **options)
            assert got == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("average", ["macro", "weighted"])
def test_the_old_geometric_mean(average: str) -> None:
    y_true, y_pred = answers(0, 4)
    sensitivity, specificity, _ = fastbal.metrics.sensitivity_specificity_support(y_true, y_pred, average=average)
    got, old = both("geometric_mean_score", y_true, y_pred, average=average)
    assert (sensitivity * specificity) ** 0.5 == pytest.approx(old, rel=1e-14)
    assert got != pytest.approx(old, rel=1e-6)


@pytest.mark.parametrize("average", AVERAGES)
def test_weighted_sensitivity_is_the_same(average: str | None) -> None:
    for seed in SEEDS:
        weights = np.random.default_rng(seed).random(60)
        data = answers(seed, 2 if average == "binary" else 4)
        got, expected = both("sensitivity_score", *data, average=average, sample_weight=weights)
        np.testing.assert_allclose(got, expected, rtol=1e-12)


@pytest.mark.parametrize("options", [{}, {"digits": 4}, {"alpha": 0.5}, {"labels": [2, 0]}, {"target_names": "abcd"}])
def test_the_report_is_the_same(options: dict[str, Any]) -> None:
    options = {name: list(value) if isinstance(value, str) else value for name, value in options.items()}
    for seed in SEEDS:
        data = answers(seed, 4)
        got, expected = both("classification_report_imbalanced", *data, **options)
        assert got == expected
        got, expected = both("classification_report_imbalanced", *data, output_dict=True, **options)
        assert list(got) == list(expected)
        for key, value in expected.items():
            assert got[key] == pytest.approx(value, rel=1e-14)


def test_absolute_error_is_the_same() -> None:
    for seed in SEEDS:
        for weights in (None, np.arange(1.0, 61.0)):
            got, expected = both("macro_averaged_mean_absolute_error", *answers(seed, 5), sample_weight=weights)
            assert got == pytest.approx(expected, rel=1e-14)


SCORES = {
    "accuracy_score": (2, {}),
    "jaccard_score": (2, {}),
    "recall_score": (4, {"average": "macro"}),
    "precision_score": (4, {"average": "weighted"}),
    "f1_score": (2, {"average": "binary"}),
    "matthews_corrcoef": (3, {}),
    "fbeta_score": (4, {"beta": 2.0, "average": None}),
}


@pytest.mark.parametrize("name", SCORES)
@pytest.mark.parametrize("squared", [True, False])
def test_index_balanced_accuracy_is_the_same(name: str, squared: bool) -> None:
    n_classes, options = SCORES[name]
    for seed in SEEDS:
        got, expected = (
            package.make_index_balanced_accuracy(alpha=0.2, squared=squared)(getattr(sklearn.metrics, name))(
                *answers(seed, n_classes), **options
            )
            for package in (fastbal.metrics, imblearn.metrics)
        )
        np.testing.assert_allclose(got, expected, rtol=1e-14)
    got, expected = (
        package.make_index_balanced_accuracy()(package.geometric_mean_score)(*answers(0, 4))
        for package in (fastbal.metrics, imblearn.metrics)
    )
    assert got == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("name", ["roc_auc_score", "brier_score_loss", "cohen_kappa_score", "hinge_loss"])
def test_scores_of_probabilities_have_no_index_balanced_accuracy(name: str) -> None:
    decorated = fastbal.metrics.make_index_balanced_accuracy()(getattr(sklearn.metrics, name))
    assert decorated.__name__ == name
    with pytest.raises(AttributeError, match=rf"The function {name} has an unsupported attribute: .*y_true and y_pred"):
        decorated([0, 1], [0.2, 0.7])


ERRORS = [
    ("sensitivity_score", ([0, 1, 2], [0, 1, 1]), {}, "Target is multiclass but average='binary'"),
    ("specificity_score", (["a", "b"], ["a", "a"]), {}, "pos_label=1 is not a valid label"),
    ("sensitivity_score", ([0, 1], [0, 1]), {"average": "best"}, "The 'average' parameter of sensitivity_score must"),
    ("geometric_mean_score", ([0, 1], [0, 1]), {"correction": -1}, "The 'correction' parameter of geometric_mean_"),
    ("classification_report_imbalanced", ([0, 1], [0, 1]), {"digits": -1}, "The 'digits' parameter of classification"),
    ("make_index_balanced_accuracy", (), {"alpha": "big"}, "The 'alpha' parameter of make_index_balanced_accuracy"),
    ("macro_averaged_mean_absolute_error", (1, [0, 1]), {}, "The 'y_true' parameter of macro_averaged_mean_abs"),
]


@pytest.mark.parametrize(("name", "args", "options", "message"), ERRORS)
def test_errors_are_the_same(name: str, args: Any, options: Any, message: str) -> None:
    for package in (fastbal.metrics, imblearn.metrics):
        with pytest.raises(ValueError, match=message):
            getattr(package, name)(*args, **options)


def test_an_ignored_pos_label_is_told() -> None:
    for package in (fastbal.metrics, imblearn.metrics):
        with pytest.warns(UserWarning, match="Note that pos_label .set to 2. is ignored when average != 'binary'"):
            package.sensitivity_score([0, 1, 2], [0, 1, 2], pos_label=2, average="macro")
