"""Out of bag are the rows that a member has not seen in any copy, and all of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score
from sklearn.svm import LinearSVC

from fastbal.ensemble import BalancedBaggingClassifier, BalancedRandomForestClassifier
from fastbal.ensemble._out_of_bag import out_of_bag
from fastbal.over_sampling import SMOTE, RandomOverSampler
from fastbal.under_sampling import TomekLinks
from tests import cases

MODELS = [
    BalancedRandomForestClassifier(n_estimators=30, oob_score=True, random_state=0),
    BalancedRandomForestClassifier(n_estimators=30, oob_score=True, bootstrap=True, random_state=0),
    BalancedRandomForestClassifier(
        n_estimators=30, oob_score=True, bootstrap=True, replacement=False, max_samples=100, random_state=0
    ),
    BalancedRandomForestClassifier(
        n_estimators=30, oob_score=True, bootstrap=True, class_weight="balanced", random_state=0
    ),
    BalancedBaggingClassifier(n_estimators=30, oob_score=True, random_state=0),
    BalancedBaggingClassifier(n_estimators=30, oob_score=True, max_features=0.5, random_state=0),
    BalancedBaggingClassifier(n_estimators=30, oob_score=True, sampler=RandomOverSampler(), random_state=0),
    BalancedBaggingClassifier(n_estimators=30, oob_score=True, sampler=SMOTE(), random_state=0),
]
by_model = pytest.mark.parametrize("model", MODELS, ids=str)


def coin_flips() -> Any:
    rng = np.random.default_rng(0)
    return rng.standard_normal((600, 5)), rng.integers(0, 2, 600)


@by_model
def test_coin_flips_cannot_be_predicted(model: Any) -> None:
    X, y = coin_flips()
    model.fit(X, y)
    assert model.score(X, y) > 0.75  # known by heart
    assert abs(model.oob_score_ - 0.5) < 0.07
    assert abs(balanced_accuracy_score(y, model.oob_decision_function_.argmax(axis=1)) - 0.5) < 0.07


def members(model: Any) -> Any:
    """Each member, the rows it has seen, and its columns: the obvious way."""
    if isinstance(model, BalancedRandomForestClassifier):
        trees = zip(model.estimators_, model.estimators_samples_, strict=True)
        return [(tree, rows, slice(None)) for tree, rows in trees]
    bags = zip(model.estimators_, model.estimators_samples_, model.estimators_features_, strict=True)
    return [
        (member, rows[getattr(member["sampler"], "sample_indices_", slice(None))], columns)
        for member, rows, columns in bags
    ]


@by_model
def test_each_row_is_predicted_by_all_that_have_not_seen_it(model: Any) -> None:
    X, y = cases.multiclass()
    model.fit(X, y)
    for row in range(0, len(X), 23):
        votes = [
            member.predict_proba(X[[row]][:, columns])[0] for member, rows, columns in members(model) if row not in rows
        ]
        np.testing.assert_allclose(model.oob_decision_function_[row], np.mean(votes, axis=0))
    assert model.oob_score_ == np.mean(model.oob_decision_function_.argmax(axis=1) == y)


def test_rows_that_a_sampler_leaves_out_are_out_of_bag() -> None:
    X, y = cases.binary(n=1000)
    few = BalancedBaggingClassifier(n_estimators=2, oob_score=True, sampling_strategy={0: 5, 1: 5}, random_state=0)
    few.fit(X, y)
    assert not np.isnan(few.oob_decision_function_).any()


def test_rows_that_all_have_seen_have_no_score() -> None:
    X, y = cases.binary()
    model = BalancedRandomForestClassifier(n_estimators=20, sampling_strategy="auto", oob_score=True, random_state=0)
    with pytest.warns(UserWarning, match="every member has seen 6. of the 300 rows"):
        model.fit(X, y)
    has_none = np.isnan(model.oob_decision_function_).all(axis=1)
    np.testing.assert_array_equal(has_none, y == 1)
    assert model.oob_score_ == np.mean(model.oob_decision_function_[~has_none].argmax(axis=1) == y[~has_none])


def test_no_row_is_left_out_at_all() -> None:
    X, y = cases.binary()
    with pytest.warns(UserWarning, match="every member has seen 300 of the 300 rows"):
        mean, score = out_of_bag([], X, y, 2, accuracy_score)
    assert np.isnan(mean).all()
    assert np.isnan(score)


def test_a_member_without_probabilities_votes() -> None:
    X, y = cases.multiclass()
    model = BalancedBaggingClassifier(LinearSVC(), n_estimators=10, oob_score=True, random_state=0).fit(X, y)
    assert model.oob_score_ > 0.5
    np.testing.assert_allclose(model.oob_decision_function_.sum(axis=1), 1)


def test_a_cleaning_sampler_says_what_it_leaves_out() -> None:
    X, y = cases.binary()
    model = BalancedBaggingClassifier(sampler=TomekLinks(), n_estimators=20, oob_score=True, random_state=0)
    assert model.fit(X, y).oob_score_ > 0.8


def test_another_score() -> None:
    X, y = cases.binary()
    model = BalancedRandomForestClassifier(n_estimators=30, oob_score=balanced_accuracy_score, random_state=0)
    model.fit(X, np.array(["no", "yes"])[y])
    expected = balanced_accuracy_score(y, model.oob_decision_function_.argmax(axis=1))
    assert model.oob_score_ == expected


def test_without_rows_left_out_there_is_no_score() -> None:
    X, y = cases.binary()
    with pytest.raises(ValueError, match="only available if bootstrap=True or replacement=True"):
        BalancedRandomForestClassifier(replacement=False, oob_score=True).fit(X, y)
    with pytest.raises(ValueError, match="only available if bootstrap=True"):
        BalancedBaggingClassifier(bootstrap=False, oob_score=True).fit(X, y)
    with pytest.raises(ValueError, match="only available if warm_start=False"):
        BalancedBaggingClassifier(warm_start=True, oob_score=True).fit(X, y)


def test_a_warm_start_counts_all_trees() -> None:
    X, y = cases.binary()
    expected = BalancedRandomForestClassifier(n_estimators=20, oob_score=True, bootstrap=True, random_state=0)
    got = BalancedRandomForestClassifier(
        n_estimators=15, oob_score=True, bootstrap=True, random_state=0, warm_start=True
    )
    got.fit(X, y).set_params(n_estimators=20).fit(X, y)
    np.testing.assert_allclose(got.oob_decision_function_, expected.fit(X, y).oob_decision_function_)
