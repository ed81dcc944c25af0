"""scikit-learn's own checks of the classifiers around another classifier, over the one list of them."""

from __future__ import annotations

import functools
from typing import Any

import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.utils.estimator_checks import estimator_checks_generator

from fastbal.calibration import PriorCorrectedClassifier
from fastbal.model_selection import ThresholdClassifier, TunedThresholdClassifier

ESTIMATORS = [
    PriorCorrectedClassifier(LogisticRegression()),
    ThresholdClassifier(LogisticRegression()),
    TunedThresholdClassifier(LogisticRegression(), cv=3),
]


def name_of(check: Any) -> str:
    return name_of(check.func) if isinstance(check, functools.partial) else str(check.__name__)


CHECKS = [
    pytest.param(estimator, check, id=f"{type(estimator).__name__}-{name_of(check)}")
    for case in ESTIMATORS
    for estimator, check in estimator_checks_generator(case)
    # Demands that the most probable class is predicted: not to do so is what tuned thresholds are for.
    if not (isinstance(case, TunedThresholdClassifier) and name_of(check) == "check_classifiers_train")
]


@pytest.mark.parametrize(("estimator", "check"), CHECKS)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")  # array API needs an environment variable
def test_scikit_learn_agrees(estimator: Any, check: Any) -> None:
    check(estimator)
