"""Instance hardness: labels of any kind, folds of any kind, the seeds of the estimator."""

from __future__ import annotations

from typing import Any

import imblearn.under_sampling
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.naive_bayes import GaussianNB

import fastbal.under_sampling
from fastbal.under_sampling import InstanceHardnessThreshold
from tests.under_sampling.test_cleaning import tables_with_ties
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


class Shares(ClassifierMixin, BaseEstimator):
    """How likely a class is: its share among the rows that are equal to the one asked about, or among all."""

    def fit(self, X: Any, y: Any) -> Any:
        self.X, self.y, self.classes_ = X, y, np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        """Asked for by scikit-learn, and never called."""

    def predict_proba(self, X: Any) -> Any:
        return np.array([[self.share(row, label) for label in self.classes_] for row in X])

    def share(self, row: Any, label: Any) -> float:
        """Of one class."""
        is_equal = (row == self.X).all(axis=1)
        return float((self.y[is_equal if is_equal.any() else slice(None)] == label).mean())


def easiest(X: Any, y: Any, folds: list[Any], plan: dict[int, int]) -> list[int]:
    """Row numbers: of each class those at least as likely as the last one asked for."""
    likely = {}
    for training, test in folds:
        learner = Shares().fit(X[training], y[training])
        likely.update({row: learner.share(X[row], y[row]) for row in test.tolist()})
    kept = []
    for code in range(y.max() + 1):
        rows = np.flatnonzero(y == code).tolist()
        least = sorted([likely[row] for row in rows], reverse=True)[plan.get(code, len(rows)) - 1]
        kept += [row for row in rows if likely[row] >= least]
    return kept


@given(tables_with_ties(), st.integers(0, 100), st.data())
def test_against_the_reference(table: Any, seed: int, data: Any) -> None:
    X, y = table
    plan = {code: data.draw(st.integers(1, n)) for code, n in enumerate(np.bincount(y).tolist())}
    del plan[data.draw(st.sampled_from(sorted(plan)))]
    folds = list(StratifiedKFold(2, shuffle=True, random_state=seed).split(X, y))
    sampler = InstanceHardnessThreshold(estimator=Shares(), cv=folds, sampling_strategy=plan)
    got, labels = sampler.fit_resample(X, y)
    expected = easiest(X, y, folds, plan)
    assert sampler.sample_indices_.tolist() == expected
    np.testing.assert_array_equal(got, X[expected])
    np.testing.assert_array_equal(labels, y[expected])


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
