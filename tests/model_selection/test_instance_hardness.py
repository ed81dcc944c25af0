"""Folds of equal hardness: imbalanced-learn's, and what they promise."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from imblearn.model_selection import InstanceHardnessCV as Theirs
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_validate
from sklearn.naive_bayes import GaussianNB

from fastbal.model_selection import InstanceHardnessCV
from tests import cases


def folds(splitter: Any, X: Any, y: Any) -> list[tuple[list[int], list[int]]]:
    return [(train.tolist(), test.tolist()) for train, test in splitter.split(X, y)]


@pytest.mark.parametrize("labels", cases.rest_slow([[0, 1], [-1, 1], ["no", "yes"], [False, True]]))
@pytest.mark.parametrize(("n_splits", "positive"), [(5, None), (2, 0), (3, 1)])
def test_the_folds_are_imbalanced_learns(labels: list[Any], n_splits: int, positive: int | None) -> None:
    X, y = cases.binary()
    y = np.array(labels)[y]
    pos_label = None if positive is None else labels[positive]
    got, expected = (
        folds(splitter(LogisticRegression(), n_splits=n_splits, pos_label=pos_label), X, y)
        for splitter in (InstanceHardnessCV, Theirs)
    )
    assert got == expected


@pytest.mark.parametrize("dtype", ["category", "string", "Int64", "boolean"])
def test_any_kind_of_labels(dtype: Any) -> None:
    X, y = cases.binary()
    labels = pd.Series(np.array(["no", "yes"])[y] if dtype in ("category", "string") else y).astype(dtype)
    assert folds(InstanceHardnessCV(GaussianNB()), X, labels) == folds(InstanceHardnessCV(GaussianNB()), X, y)
    frame = pd.DataFrame(X, columns=list("abcdef"))
    assert folds(InstanceHardnessCV(GaussianNB()), frame, labels) == folds(InstanceHardnessCV(GaussianNB()), X, y)


@pytest.mark.parametrize("data", [cases.binary, cases.multiclass])
def test_folds_are_equal_in_size_and_in_hardness(data: Any) -> None:
    X, y = data()
    splits = list(InstanceHardnessCV(GaussianNB(), n_splits=4).split(X, y))
    np.testing.assert_array_equal(np.sort(np.concatenate([test for _, test in splits])), np.arange(len(y)))
    likely = cross_val_predict(GaussianNB(), X, y, cv=4, method="predict_proba")[np.arange(len(y)), y]
    for label in np.unique(y):
        counts = [int((y[test] == label).sum()) for _, test in splits]
        assert max(counts) - min(counts) <= 1
        # Ranks of hardness: in each fold one of the four hardest rows, one of the next four, and so on.
        rank = np.argsort(np.argsort(likely[y == label], kind="stable"), kind="stable")
        means = [rank[np.isin(np.flatnonzero(y == label), test)].mean() for _, test in splits]
        assert max(means) - min(means) <= 4
    for train, test in splits:
        np.testing.assert_array_equal(np.sort(np.concatenate([train, test])), np.arange(len(y)))


class ColumnAsProbability(ClassifierMixin, BaseEstimator):
    """Says that the first column is the probability of each class but the last."""

    def fit(self, X: Any, y: Any) -> ColumnAsProbability:
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X: Any) -> Any:
        return np.column_stack([X[:, 0]] * (len(self.classes_) - 1) + [1 - X[:, 0]])

    def predict(self, X: Any) -> Any:
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def test_rows_of_three_classes_are_dealt_by_the_probability_of_their_own() -> None:
    X = np.array([[0.9], [0.1], [0.5], [0.2], [0.8], [0.3], [0.4], [0.7], [0.6]])
    y = np.repeat(["a", "b", "c"], 3)
    got = folds(InstanceHardnessCV(ColumnAsProbability(), n_splits=3), X, y)
    # a by X: 1, 2, 0; b: 3, 5, 4; c by 1 - X: 7, 8, 6
    assert [test for _, test in got] == [[1, 3, 7], [2, 5, 8], [0, 4, 6]]


def test_cross_validation_and_grid_search() -> None:
    X, y = cases.binary()
    splitter = InstanceHardnessCV(GaussianNB(), n_splits=3)
    scores = cross_validate(LogisticRegression(), X, y, cv=splitter)["test_score"]
    assert len(scores) == splitter.get_n_splits() == splitter.get_n_splits(X, y) == 3
    search = clone(GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=splitter))
    assert search.fit(X, y).best_score_ > 0.8


def test_groups_are_ignored_with_a_warning() -> None:
    X, y = cases.binary()
    for splitter in (InstanceHardnessCV(GaussianNB()), Theirs(GaussianNB())):
        with pytest.warns(UserWarning, match="The groups parameter is ignored by InstanceHardnessCV"):
            got = next(iter(splitter.split(X, y, groups=y)))
        np.testing.assert_array_equal(got[1], next(iter(splitter.split(X, y)))[1])


def test_the_estimator_is_not_touched() -> None:
    X, y = cases.binary()
    estimator = GaussianNB()
    splitter = InstanceHardnessCV(estimator)
    next(splitter.split(X, y))
    assert not hasattr(estimator, "classes_")
    assert repr(splitter) == "InstanceHardnessCV(estimator=GaussianNB(), n_splits=5, pos_label=None)"
    assert folds(pickle.loads(pickle.dumps(splitter)), X, y) == folds(splitter, X, y)


def test_what_does_not_fit_is_told() -> None:
    X, y = cases.binary()
    with pytest.raises(ValueError, match=r"pos_label='yes' is not a label of y\. It should be one of \[0, 1\]"):
        next(InstanceHardnessCV(GaussianNB(), pos_label="yes").split(X, y))
    with pytest.raises(ValueError, match="y must have at least two classes, but all rows are 0"):
        next(InstanceHardnessCV(GaussianNB()).split(X, np.zeros(len(y), int)))
    with pytest.raises(ValueError, match="Unknown label type: continuous"):
        next(InstanceHardnessCV(GaussianNB()).split(X, X[:, 0]))
    with pytest.raises(ValueError, match=r"pos_label is for two classes, but y has 3: \[0, 1, 2\]"):
        next(InstanceHardnessCV(GaussianNB(), pos_label=1).split(*cases.multiclass()))
    with pytest.raises(ValueError, match=r"n_splits must be a whole number of folds, 2 or more. Got 1"):
        next(InstanceHardnessCV(GaussianNB(), n_splits=1).split(X, y))
