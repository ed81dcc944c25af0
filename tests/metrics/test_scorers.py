"""The scores in scikit-learn's model selection."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_validate

from fastbal.metrics import geometric_mean_score, make_index_balanced_accuracy, specificity_score
from tests import cases


def test_grid_search_and_cross_validation() -> None:
    X, y = cases.binary()
    search = GridSearchCV(
        LogisticRegression(), {"C": [0.1, 1.0]}, scoring=make_scorer(geometric_mean_score, average="binary"), cv=3
    )
    assert 0.5 < search.fit(X, y).best_score_ <= 1
    weighted = make_index_balanced_accuracy(alpha=0.1)(accuracy_score)
    scores = cross_validate(LogisticRegression(), X, y, scoring=make_scorer(weighted), cv=3, n_jobs=1)
    assert np.isfinite(scores["test_score"]).all()


def test_weights_are_routed() -> None:
    X, y = cases.binary()
    weights = np.random.default_rng(0).random(len(y))
    folds = StratifiedKFold(3)
    with sklearn.config_context(enable_metadata_routing=True):
        scorer = make_scorer(specificity_score).set_score_request(sample_weight=True)
        model = LogisticRegression().set_fit_request(sample_weight=False)
        got = cross_validate(model, X, y, scoring=scorer, cv=folds, params={"sample_weight": weights})["test_score"]
    expected = [
        specificity_score(y[test], model.fit(X[train], y[train]).predict(X[test]), sample_weight=weights[test])
        for train, test in folds.split(X, y)
    ]
    assert got == pytest.approx(expected)


def test_a_scorer_can_be_pickled() -> None:
    X, y = cases.binary()
    scorer = make_scorer(geometric_mean_score)
    model = LogisticRegression().fit(X, y)
    assert pickle.loads(pickle.dumps(scorer))(model, X, y) == scorer(model, X, y)
