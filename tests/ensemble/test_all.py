"""What holds for every ensemble: any labels, any table, and scikit-learn's own checks."""

from __future__ import annotations

import functools
import pickle
from typing import Any

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import estimator_checks_generator

from fastbal import ensemble
from fastbal.ensemble import (
    BalanceCascadeClassifier,
    BalancedBaggingClassifier,
    BalancedRandomForestClassifier,
    EasyEnsembleClassifier,
    RUSBoostClassifier,
    SelfPacedEnsembleClassifier,
)
from tests import cases

#: Small, for speed.
ENSEMBLES = [
    BalanceCascadeClassifier(n_estimators=3, estimator=DecisionTreeClassifier(max_depth=4), random_state=0),
    BalancedBaggingClassifier(n_estimators=3, random_state=0),
    BalancedRandomForestClassifier(n_estimators=5, random_state=0),
    EasyEnsembleClassifier(n_estimators=2, estimator=DecisionTreeClassifier(max_depth=4), random_state=0),
    RUSBoostClassifier(n_estimators=5, estimator=DecisionTreeClassifier(max_depth=2), random_state=0),
    SelfPacedEnsembleClassifier(n_estimators=5, random_state=0),
]
by_ensemble = pytest.mark.parametrize("model", ENSEMBLES, ids=lambda model: type(model).__name__)

_DRAWN = "rows are drawn of each class alike, whatever they weigh"
EXPECTED_FAILURES = {
    "check_sample_weight_equivalence_on_dense_data": _DRAWN,
    "check_sample_weight_equivalence_on_sparse_data": _DRAWN,
}


def name_of(check: Any) -> str:
    return name_of(check.func) if isinstance(check, functools.partial) else check.__name__


def checks() -> list[Any]:
    """Each ensemble with each check of scikit-learn."""
    marked = []
    for model in ENSEMBLES:
        takes_weights = not isinstance(model, (BalancedBaggingClassifier, EasyEnsembleClassifier))
        for _, check in estimator_checks_generator(clone(model).set_params(n_estimators=2)):
            name = name_of(check)
            reason = EXPECTED_FAILURES.get(name) if takes_weights else None
            marks = [pytest.mark.xfail(reason=reason)] if reason else []
            marked.append(pytest.param(model, check, marks=marks, id=f"{type(model).__name__}-{name}"))
    return marked


@pytest.mark.parametrize(("model", "check"), checks())
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")  # array API needs an environment variable
def test_scikit_learn_agrees(model: Any, check: Any) -> None:
    check(clone(model).set_params(n_estimators=2))


def test_every_ensemble_is_tested() -> None:
    assert sorted(type(model).__name__ for model in ENSEMBLES) == sorted(ensemble.__all__)


LABELS = {
    "text": lambda y: np.array(["common", "rare"])[y],
    "list of text": lambda y: ["rare" if label else "common" for label in y],
    "objects": lambda y: np.array(["common", "rare"], object)[y],
    "booleans": lambda y: y.astype(bool),
    "floats": lambda y: y.astype(float),
    "other numbers": lambda y: np.array([-1, 7])[y],
    "nullable integers": lambda y: pd.Series(y, dtype="Int64"),
    "nullable booleans": lambda y: pd.Series(y.astype(bool), dtype="boolean"),
    "categories": lambda y: pd.Series(np.array(["common", "rare"])[y], dtype="category"),
    "pandas text": lambda y: pd.Series(np.array(["common", "rare"])[y]),
    "polars": lambda y: pl.Series(np.array(["common", "rare"])[y]),
    "arrow": lambda y: pd.Series(y, dtype="int64[pyarrow]"),
}


@by_ensemble
@pytest.mark.parametrize("kind", LABELS)
def test_labels_of_any_kind(model: Any, kind: str) -> None:
    X, y = cases.binary()
    expected = clone(model).fit(X, y)
    got = clone(model).fit(X, LABELS[kind](y))
    np.testing.assert_array_equal(got.predict_proba(X), expected.predict_proba(X))
    assert got.classes_.tolist() == sorted(set(LABELS[kind](y)))
    np.testing.assert_array_equal(got.predict(X), got.classes_[expected.predict(X)])


@by_ensemble
def test_a_strategy_is_in_the_users_labels(model: Any) -> None:
    X, y = cases.binary()
    labels = np.array(["common", "rare"])[y]
    for strategy in ({"common": 20}, lambda y: {"common": 20 if "rare" in y else 30}):
        fitted = clone(model).set_params(sampling_strategy=strategy).fit(X, labels)
        of_member = fitted
        if not hasattr(fitted, "sampling_strategy_"):
            of_member = fitted.pipelines_[0][0] if hasattr(fitted, "pipelines_") else fitted.estimators_[0]["sampler"]
        assert of_member.sampling_strategy_ == {"common": 20}


@by_ensemble
def test_tables_of_any_kind(model: Any) -> None:
    X, y = cases.binary()
    X = X.round(2) * (np.abs(X) > 0.5)
    expected = clone(model).fit(X, y).predict_proba(X)
    for kind in (np.asfortranarray, sparse.csr_matrix, sparse.csc_array, sparse.coo_matrix, pd.DataFrame, list):
        table = kind(X)
        np.testing.assert_array_equal(clone(model).fit(table, y).predict_proba(table), expected)
    frame = pd.DataFrame(X, columns=list("abcdef"))
    for table in (frame, pl.from_pandas(frame)):
        fitted = clone(model).fit(table, y)
        assert fitted.feature_names_in_.tolist() == list("abcdef")
        np.testing.assert_array_equal(fitted.predict_proba(table), expected)


@by_ensemble
def test_several_classes(model: Any) -> None:
    X, y = cases.multiclass()
    fitted = clone(model).fit(X, y)
    got = fitted.predict_proba(X)
    assert got.shape == (len(X), 3)
    np.testing.assert_allclose(got.sum(axis=1), 1)
    assert balanced_accuracy_score(y, fitted.predict(X)) > 0.6


@by_ensemble
def test_missing_values_are_the_learners_business(model: Any) -> None:
    X, y = cases.binary()
    X[::5, 1] = np.nan
    assert get_tags(model).input_tags.allow_nan
    assert clone(model).fit(X, y).score(X, y) > 0.6
    if "estimator" not in model.get_params(deep=False):
        return
    assert clone(model).set_params(estimator=HistGradientBoostingClassifier(max_iter=2)).fit(X, y).score(X, y) > 0.6
    refusing = clone(model).set_params(estimator=LogisticRegression())
    assert not get_tags(refusing).input_tags.allow_nan
    with pytest.raises(ValueError, match="contains NaN"):
        refusing.fit(X, y)


@by_ensemble
def test_infinity_is_refused(model: Any) -> None:
    X, y = cases.binary()
    X[y == 1, 0] = np.inf  # the rare class, which is in every bag
    with pytest.raises(ValueError, match="infinity"):
        clone(model).fit(X, y)


@pytest.mark.slow
@by_ensemble
def test_pickled_cloned_and_parallel_models_predict_the_same(model: Any) -> None:
    X, y = cases.multiclass()
    fitted = clone(model).fit(X, y)
    expected = fitted.predict_proba(X)
    for other in (pickle.loads(pickle.dumps(fitted)), clone(fitted).fit(X, y), fitted.fit(X, y)):
        np.testing.assert_array_equal(other.predict_proba(X), expected)
    if "n_jobs" in model.get_params():
        for backend in ("loky", "threading"):
            with joblib.parallel_backend(backend):
                got = clone(model).set_params(n_jobs=2).fit(X, y)
            np.testing.assert_allclose(got.predict_proba(X), expected, rtol=1e-12)


@by_ensemble
def test_a_random_state_that_goes_on_gives_other_members(model: Any) -> None:
    X, y = cases.binary()
    stream = np.random.RandomState(0)
    first, second = (clone(model).set_params(random_state=stream).fit(X, y).predict_proba(X) for _ in range(2))
    assert not np.array_equal(first, second)
    stream = np.random.RandomState(0)
    np.testing.assert_array_equal(clone(model).set_params(random_state=stream).fit(X, y).predict_proba(X), first)


@by_ensemble
def test_it_works_in_a_search_and_in_cross_validation(model: Any) -> None:
    X, y = cases.binary()
    search = GridSearchCV(model, {"sampling_strategy": [0.5, 1.0]}, cv=2, scoring="balanced_accuracy")
    assert search.fit(X, y).best_score_ > 0.6
    assert cross_val_score(model, X, y, cv=2, scoring="balanced_accuracy").mean() > 0.6


@by_ensemble
def test_more_members_are_those_a_cold_start_would_give(model: Any) -> None:
    if "warm_start" not in model.get_params():
        pytest.skip("rounds depend on how many there are, and boosting has no warm start in imbalanced-learn either")
    X, y = cases.binary()
    expected = clone(model).set_params(n_estimators=6).fit(X, y)
    got = clone(model).set_params(n_estimators=2, warm_start=True).fit(X, y)
    first = got.estimators_[0]
    got.set_params(n_estimators=6).fit(X, y)
    assert got.estimators_[0] is first
    np.testing.assert_array_equal(got.predict_proba(X), expected.predict_proba(X))
    for rows, rows_expected in zip(got.estimators_samples_, expected.estimators_samples_, strict=True):
        np.testing.assert_array_equal(rows, rows_expected)
    with pytest.warns(UserWarning, match="does not fit new members"):
        got.fit(X, y)
    with pytest.raises(ValueError, match=r"n_estimators=1 must be larger or equal to len\(estimators_\)=6"):
        got.set_params(n_estimators=1).fit(X, y)


@by_ensemble
def test_what_cannot_be_learned_from_is_named(model: Any) -> None:
    X, y = cases.binary()
    with pytest.raises(ValueError, match="requires y to be passed"):
        clone(model).fit(X, None)
    with pytest.raises(ValueError, match="The target 'y' needs to have more than 1 class"):
        clone(model).fit(X, np.zeros(len(X)))
    with pytest.raises(ValueError, match="indicator matrix"):
        clone(model).fit(X, np.eye(2, dtype=int)[y])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        clone(model).fit(X, y[1:])
    with pytest.raises(ValueError, match="'sampling_strategy' is a string, it needs to be one of"):
        clone(model).set_params(sampling_strategy="mjority").fit(X, y)
