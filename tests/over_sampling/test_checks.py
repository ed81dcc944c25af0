"""scikit-learn's own checks of samplers whose table is special."""

from __future__ import annotations

from typing import Any

import pytest
from imblearn.utils import estimator_checks as imblearn_checks
from sklearn.utils.estimator_checks import estimator_checks_generator

from fastbal.over_sampling import ADASYN, SMOTE, SMOTEN, SMOTENC, BorderlineSMOTE

SPECIAL = [
    SMOTENC([0], random_state=0),
    SMOTEN(random_state=0),
    SMOTE(random_state=0, missing="keep"),
    BorderlineSMOTE(random_state=0, missing="keep"),
    ADASYN(random_state=0, missing="keep"),
]


def name_of(check: Any) -> str:
    return str(getattr(check, "func", check).__name__)


CHECKS = [
    pytest.param(estimator, check, id=f"{type(estimator).__name__}-{name_of(check)}")
    for sampler in SPECIAL
    for checks in (estimator_checks_generator, imblearn_checks.estimator_checks_generator)
    for estimator, check in checks(sampler)
    # This one puts NaN in column 0, where it is a category.
    if not (isinstance(sampler, SMOTENC) and name_of(check) == "check_estimators_nan_inf")
]


@pytest.mark.parametrize(("estimator", "check"), CHECKS)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")  # array API needs an environment variable
@pytest.mark.filterwarnings("ignore:Passing a sparse matrix:sklearn.exceptions.DataConversionWarning")
def test_scikit_learn_and_imbalanced_learn_agree(estimator: Any, check: Any) -> None:
    check(estimator)
