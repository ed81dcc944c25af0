"""The same predictions as imbalanced-learn for the same seed, bit for bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from fastbal import ensemble, over_sampling
from tests import cases

imblearn = pytest.importorskip("imblearn.ensemble", reason="imbalanced-learn is not installed")
imblearn_over = pytest.importorskip("imblearn.over_sampling", reason="imbalanced-learn is not installed")


def fitted(name: str, X: Any, y: Any, *weights: Any, **parameters: Any) -> tuple[Any, Any]:
    """Ours and theirs."""
    parameters = {"n_estimators": 4, "random_state": 3, **parameters}
    ours, theirs = getattr(ensemble, name), getattr(imblearn, name)
    return ours(**parameters).fit(X, y, *weights), theirs(**parameters).fit(X, y, *weights)


def assert_same_predictions(name: str, data: Any, *weights: Any, **parameters: Any) -> None:
    X, y = data()
    got, expected = fitted(name, X, y, *weights, **parameters)
    np.testing.assert_array_equal(got.predict_proba(X), expected.predict_proba(X))
    np.testing.assert_array_equal(got.predict(X), expected.predict(X))


by_data = pytest.mark.parametrize("data", [cases.binary, cases.multiclass])


@by_data
@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"replacement": True, "max_samples": 0.7, "max_features": 0.5},
        {"bootstrap": False, "max_samples": 200, "estimator": LogisticRegression()},
        {"bootstrap_features": True, "max_features": 4},
        {"sampling_strategy": {0: 10}, "bootstrap": False},
    ],
)
def test_bagging(data: Any, parameters: Any) -> None:
    assert_same_predictions("BalancedBaggingClassifier", data, **parameters)


@pytest.mark.parametrize("sampler", ["RandomOverSampler", "SMOTE"])
def test_bagging_with_another_sampler(sampler: str) -> None:
    X, y = cases.multiclass()
    parameters = {"n_estimators": 3, "random_state": 0}
    expected = imblearn.BalancedBaggingClassifier(sampler=getattr(imblearn_over, sampler)(), **parameters).fit(X, y)
    for library in (over_sampling, imblearn_over):
        got = ensemble.BalancedBaggingClassifier(sampler=getattr(library, sampler)(), **parameters).fit(X, y)
        np.testing.assert_array_equal(got.predict_proba(X), expected.predict_proba(X))


@pytest.mark.parametrize("parameters", [{"n_estimators": 1}, {"estimator": LogisticRegression(), "replacement": True}])
def test_easy_ensemble(parameters: Any) -> None:
    assert_same_predictions("EasyEnsembleClassifier", cases.multiclass, **parameters)


@by_data
@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"n_estimators": 10, "learning_rate": 0.5, "replacement": True},
        {"estimator": DecisionTreeClassifier(max_depth=3, splitter="random")},
    ],
)
def test_rus_boost(data: Any, parameters: Any) -> None:
    assert_same_predictions("RUSBoostClassifier", data, **parameters)
    X, y = data()
    got, expected = fitted("RUSBoostClassifier", X, y, np.random.default_rng(0).random(len(y)), **parameters)
    np.testing.assert_array_equal(got.estimator_errors_, expected.estimator_errors_)
    np.testing.assert_array_equal(got.estimator_weights_, expected.estimator_weights_)


@by_data
@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"bootstrap": True},
        {"bootstrap": True, "max_samples": 0.1},
        {"bootstrap": True, "max_samples": 50, "class_weight": "balanced_subsample"},
        {"class_weight": "balanced"},
        {"class_weight": {0: 0.5, 1: 3}},
        {"class_weight": "balanced_subsample"},
        {"sampling_strategy": "auto", "replacement": False, "max_features": None, "max_depth": 4},
        {"sampling_strategy": "majority", "ccp_alpha": 0.01, "criterion": "entropy"},
    ],
)
def test_forest(data: Any, parameters: Any) -> None:
    assert_same_predictions("BalancedRandomForestClassifier", data, **parameters)


since_1_9 = pytest.mark.skipif(
    tuple(map(int, sklearn.__version__.split(".")[:2])) < (1, 9),
    reason="before scikit-learn 1.9, and so in imbalanced-learn on it, weights meant something else here",
)


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        pytest.param({"class_weight": "balanced"}, marks=since_1_9),
        pytest.param({"bootstrap": True}, marks=since_1_9),
        pytest.param({"bootstrap": True, "max_samples": 0.2}, marks=since_1_9),
    ],
)
def test_forest_with_weights(parameters: Any) -> None:
    weights = np.random.default_rng(0).random(len(cases.binary()[1]))
    assert_same_predictions("BalancedRandomForestClassifier", cases.binary, weights, **parameters)


@pytest.mark.parametrize("parameters", [{"bootstrap": True}, {"monotonic_cst": [1, 0, 0, -1, 0, 0]}])
def test_forest_with_labels_that_are_text_and_missing_values(parameters: Any) -> None:
    X, y = cases.binary()
    if "monotonic_cst" not in parameters:
        X[::7, 2] = np.nan
    assert_same_predictions("BalancedRandomForestClassifier", lambda: (X, np.array(["no", "yes"])[y]), **parameters)


def test_the_rows_of_each_member_are_the_same() -> None:
    X, y = cases.multiclass()
    got, expected = fitted("BalancedRandomForestClassifier", X, y)
    for ours, theirs in zip(got.samplers_, expected.samplers_, strict=True):
        np.testing.assert_array_equal(ours.sample_indices_, theirs.sample_indices_)
    for name in ("BalancedBaggingClassifier", "EasyEnsembleClassifier"):
        got, expected = fitted(name, X, y, n_estimators=2)
        for ours, theirs in zip(got.estimators_, expected.estimators_, strict=True):
            np.testing.assert_array_equal(ours[0].sample_indices_, theirs[0].sample_indices_)
            assert list(ours.named_steps) == list(theirs.named_steps)
        for ours, theirs in zip(got.estimators_samples_, expected.estimators_samples_, strict=True):
            np.testing.assert_array_equal(ours, theirs)
        np.testing.assert_array_equal(got.estimators_features_, expected.estimators_features_)
