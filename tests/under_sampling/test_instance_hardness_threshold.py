"""Instance hardness: labels of any kind, folds of any kind, the seeds of the estimator."""

from __future__ import annotations

from typing import Any

import imblearn.under_sampling
import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import KFold
from sklearn.naive_bayes import GaussianNB

import fastbal.under_sampling
from fastbal.under_sampling import InstanceHardnessThreshold
from tests.under_sampling.test_parity import assert_same, overlapping


@pytest.mark.parametrize("labels", [["no", "yes"], [1, 2], [-1, 1], [False, True], np.array([3, 7], object)], ids=str)
def test_labels_of_any_kind(labels: Any) -> None:
    """imbalanced-learn takes them for column numbers: -1 and 1 keep the hardest rows."""
    X, y = overlapping(300, 2)
    expected = InstanceHardnessThreshold(estimator=GaussianNB(), random_state=0)
    expected.fit_resample(X, y)
    got = InstanceHardnessThreshold(estimator=GaussianNB(), random_state=0)
    _, y_got = got.fit_resample(X, np.array(labels)[y])
    np.testing.assert_array_equal(got.sample_indices_, expected.sample_indices_)
    assert y_got.dtype == np.array(labels).dtype


def test_folds_of_any_kind() -> None:
    X, y = overlapping(300, 2)
    folds = KFold(4, shuffle=True, random_state=1)
    results = []
    for cv in (folds, list(folds.split(X, y))):
        sampler = InstanceHardnessThreshold(estimator=GaussianNB(), cv=cv)
        sampler.fit_resample(X, y)
        results.append(sampler.sample_indices_)
    np.testing.assert_array_equal(*results)


def test_the_default_forest_and_its_seed() -> None:
    X, y = overlapping(200, 2)
    assert_same("InstanceHardnessThreshold", X, y, random_state=0, cv=2)


def test_a_random_state_seeds_the_estimator_and_the_folds() -> None:
    X, y = overlapping(200, 2)
    got, expected = (
        module.InstanceHardnessThreshold(
            estimator=RandomForestClassifier(3), random_state=np.random.RandomState(1), cv=2
        ).fit_resample(X, y)[0]
        for module in (fastbal.under_sampling, imblearn.under_sampling)
    )
    np.testing.assert_array_equal(got, expected)


def test_a_generator_is_a_seed() -> None:
    X, y = overlapping(200, 2)
    got, again = (
        InstanceHardnessThreshold(
            estimator=RandomForestClassifier(3), cv=2, random_state=np.random.default_rng(0)
        ).fit_resample(X, y)[0]
        for _ in range(2)
    )
    np.testing.assert_array_equal(got, again)
