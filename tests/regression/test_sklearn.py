"""scikit-learn's own checks of the samplers of continuous targets."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.utils.estimator_checks import estimator_checks_generator

from fastbal.regression import SMOGN, SMOTER, WERCS, GaussianNoiseSampler, RelevanceOverSampler, RelevanceUnderSampler


def largest(y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Relevant is the largest value alone: so there are rare and other rows in any target of scikit-learn's checks."""
    return (y >= y.max()).astype(float)


SAMPLERS = [
    SMOTER(relevance=largest),
    SMOGN(relevance=largest),
    GaussianNoiseSampler(relevance=largest),
    RelevanceOverSampler(relevance=largest),
    RelevanceUnderSampler(relevance=largest),
    WERCS(relevance=largest, under=0.1),
]


def name_of(check: Any) -> str:
    return name_of(check.func) if isinstance(check, functools.partial) else str(check.__name__)


CHECKS = [
    pytest.param(estimator, check, id=f"{type(estimator).__name__}-{name_of(check)}")
    for sampler in SAMPLERS
    for estimator, check in estimator_checks_generator(sampler)
]


@pytest.mark.parametrize(("estimator", "check"), CHECKS)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")  # array API needs an environment variable
def test_scikit_learn_agrees(estimator: Any, check: Any) -> None:
    check(estimator)
