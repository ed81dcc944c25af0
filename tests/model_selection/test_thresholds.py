"""Thresholds: what they decide, and that the best of all is found."""

from __future__ import annotations

import itertools
import pickle
import warnings
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    confusion_matrix,
    f1_score,
    fbeta_score,
    jaccard_score,
    make_scorer,
    matthews_corrcoef,
    precision_score,
    recall_score,
)
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    GroupKFold,
    RepeatedStratifiedKFold,
    StratifiedKFold,
    TunedThresholdClassifierCV,
    cross_val_score,
)
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from fastbal._core.cut_offs import confusion_along, cut_offs_between
from fastbal.calibration import PriorCorrectedClassifier
from fastbal.metrics import geometric_mean_score
from fastbal.model_selection import (
    ConfusionMetric,
    FBeta,
    Gain,
    PrecisionAtRecall,
    RecallAtPrecision,
    ThresholdClassifier,
    TunedThresholdClassifier,
)
from fastbal.model_selection._threshold_search import Judge, climb, decide
from fastbal.over_sampling import RandomOverSampler
from fastbal.pipeline import make_pipeline
from tests import cases


class Given(ClassifierMixin, BaseEstimator):
    """A model whose probabilities stand in the table; of two classes the first column is that of the second."""

    def fit(self, X: Any, y: Any) -> Given:
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X: Any) -> NDArray[Any]:
        X = np.asarray(X)
        return np.column_stack([1 - X[:, 0], X[:, 0]]) if len(self.classes_) == 2 else X

    def predict(self, X: Any) -> NDArray[Any]:
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def prefit(p: Any, y: Any, **params: Any) -> TunedThresholdClassifier:
    """Tuned on stated probabilities."""
    X = np.reshape(p, (len(y), -1))
    return TunedThresholdClassifier(Given().fit(X, y), cv="prefit", **params).fit(X, y)


# -------------------------------------------------------------------------------------------------------------- metrics

#: A metric, and scikit-learn's or fastbal's function of labels that says the same, for two classes and for more.
METRICS: dict[str, tuple[Any, Any, Any]] = {
    "accuracy": ("accuracy", accuracy_score, accuracy_score),
    "balanced accuracy": ("balanced_accuracy", balanced_accuracy_score, balanced_accuracy_score),
    "f1": ("f1", partial(f1_score, zero_division=0), partial(f1_score, average="macro", zero_division=0)),
    "f2": (
        FBeta(2),
        partial(fbeta_score, beta=2, zero_division=0),
        partial(fbeta_score, beta=2, average="macro", zero_division=0),
    ),
    "geometric mean": ("geometric_mean", geometric_mean_score, geometric_mean_score),
    "mcc": ("mcc", matthews_corrcoef, matthews_corrcoef),
}

weights = st.none() | st.just("some")


@pytest.mark.parametrize("name", METRICS)
@settings(max_examples=30)
@given(seed=st.integers(0, 10_000), n_classes=st.integers(2, 4), weigh=st.booleans())
def test_metrics_of_the_confusion_matrix(name: str, seed: int, n_classes: int, weigh: bool) -> None:
    metric, of_two, of_more = METRICS[name]
    rng = np.random.default_rng(seed)
    true = np.append(np.arange(n_classes), rng.integers(0, n_classes, 20))
    predicted = rng.integers(0, n_classes, len(true))
    weight = rng.uniform(0.1, 2, len(true)) if weigh else None
    got = Judge(metric, np.arange(n_classes), true, weight, 10).score(predicted)
    expected = (of_two if n_classes == 2 else of_more)(true, predicted, sample_weight=weight)
    np.testing.assert_allclose(got, expected, atol=1e-12)


@pytest.mark.parametrize("where", ["true", "both"])
@pytest.mark.parametrize("name", METRICS)
def test_a_class_that_does_not_occur(name: str, where: str) -> None:
    """It counts in F, with 0, if rows are taken for it; in means of recalls it does not."""
    metric, _, of_more = METRICS[name]
    true = np.array([0, 0, 0, 1, 1, 3, 3, 3])
    predicted = np.array([0, 0, 1, 1, 0, 3, 3, 2 if where == "true" else 1])
    got = Judge(metric, np.arange(4), true, None, 10).score(predicted)
    if name == "geometric mean":
        expected = np.prod([2 / 3, 1 / 2, 2 / 3]) ** (1 / 3)
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the class that is predicted only
            expected = of_more(true, predicted)
    np.testing.assert_allclose(got, expected, atol=1e-12)


def test_gain_is_that_of_a_row() -> None:
    gains = [[0.0, -1.0], [-50.0, 5.0]]
    true, predicted = np.array([0, 0, 0, 1, 1]), np.array([0, 1, 1, 0, 1])
    got = Judge(Gain(gains), np.arange(2), true, None, 10).score(predicted)
    assert got == (-1 - 1 - 50 + 5) / 5


# ------------------------------------------------------------------------------------------------------------- cut-offs


def test_cut_offs_lie_in_the_middle() -> None:
    cut_offs, n_below, order = cut_offs_between(np.array([0.5, 0.25, 0.5, 1.0]))
    assert cut_offs.tolist() == [-np.inf, 0.375, 0.75, np.inf]
    assert n_below.tolist() == [0, 1, 3, 4]
    assert order.tolist() == [1, 0, 2, 3]


@pytest.mark.parametrize("high", [np.nextafter(0.5, 1), np.inf])
def test_cut_offs_where_there_is_no_middle(high: float) -> None:
    cut_offs, _, _ = cut_offs_between(np.array([0.5, high]))
    assert cut_offs.tolist() == [-np.inf, high, np.inf]


@pytest.mark.slow
@given(
    st.lists(st.tuples(st.sampled_from([0.0, 0.2, 0.3, 0.7, 1.0]), st.integers(0, 2), st.integers(1, 2)), min_size=1),
    st.booleans(),
)
def test_confusion_matrices_of_all_cut_offs(rows: Any, weigh: bool) -> None:
    score, true, otherwise = (np.array(column) for column in zip(*rows, strict=True))
    weight = np.random.default_rng(0).uniform(size=len(score)) if weigh else None
    cut_offs, got = confusion_along(score, true, otherwise, 0, weight, 3)
    assert len(cut_offs) == len(set(score.tolist())) + 1
    for cut_off, confusion in zip(cut_offs, got, strict=True):
        predicted = np.where(score >= cut_off, 0, otherwise)
        expected = confusion_matrix(true, predicted, labels=[0, 1, 2], sample_weight=weight)
        np.testing.assert_allclose(confusion, expected, atol=1e-12)


# ---------------------------------------------------------------------------------------------------------- two classes

probabilities = st.sampled_from([0.0, 0.1, 0.2, 0.35, 0.5, 0.6, 0.9, 1.0])
two_classes = st.lists(st.tuples(probabilities, st.integers(0, 1)), min_size=2, max_size=30).filter(
    lambda rows: len({label for _, label in rows}) == 2
)


@pytest.mark.parametrize("name", METRICS)
@settings(max_examples=25)
@given(rows=two_classes)
def test_the_best_of_all_cut_offs_is_found(name: str, rows: list[tuple[float, int]]) -> None:
    metric, of_two, _ = METRICS[name]
    p, y = (np.array(column) for column in zip(*rows, strict=True))
    got = prefit(p, y, metric=metric)
    every = [-1.0, *sorted(set(p.tolist())), 2.0]
    best = max(of_two(y, (p >= cut_off).astype(int)) for cut_off in every)
    np.testing.assert_allclose(got.best_score_, best, atol=1e-12)
    np.testing.assert_allclose(of_two(y, got.predict(p[:, None])), best, atol=1e-12)
    assert len(got.cut_offs_) == len(got.scores_) == len(set(p.tolist())) + 1


@settings(max_examples=10)
@given(two_classes)
def test_a_function_of_labels_finds_what_its_confusion_matrix_finds(rows: list[tuple[float, int]]) -> None:
    p, y = (np.array(column) for column in zip(*rows, strict=True))
    by_matrix = prefit(p, y, metric="f1")
    by_labels = prefit(p, y, metric=partial(f1_score, zero_division=0))
    np.testing.assert_allclose(by_labels.scores_, by_matrix.scores_)
    assert by_labels.best_threshold_ == by_matrix.best_threshold_


@pytest.mark.parametrize("least", cases.rest_slow([0.0, 0.4, 0.8, 1.0], 2))
@settings(max_examples=25)
@given(rows=two_classes)
def test_a_measure_under_a_condition(least: float, rows: list[tuple[float, int]]) -> None:
    p, y = (np.array(column) for column in zip(*rows, strict=True))
    decisions = [(p >= cut_off).astype(int) for cut_off in [*sorted(set(p.tolist())), 2.0]]
    found = [
        (precision_score(y, decided, zero_division=0), recall_score(y, decided, zero_division=0))
        for decided in decisions
    ]
    got = prefit(p, y, metric=PrecisionAtRecall(least))
    np.testing.assert_allclose(got.best_score_, max(precision for precision, recall in found if recall >= least))
    possible = [recall for precision, recall in found if precision >= least]
    if possible:
        got = prefit(p, y, metric=RecallAtPrecision(least))
        np.testing.assert_allclose(got.best_score_, max(possible))
    else:
        with pytest.raises(ValueError, match=rf"No threshold meets the condition of RecallAtPrecision.*{least}"):
            prefit(p, y, metric=RecallAtPrecision(least))


def test_of_equally_good_cut_offs_the_one_with_fewest_errors() -> None:
    # With a precision of 1/2 or more, recall is 1/2 from 0.3 on and from 0.7 on; the second gives no false alarm.
    p, y = np.array([0.1, 0.2, 0.2, 0.3, 0.7]), np.array([1, 0, 0, 0, 1])
    got = prefit(p, y, metric=RecallAtPrecision(0.5))
    assert (got.scores_ == 0.5).sum() == 2
    assert (got.best_score_, got.best_threshold_) == (0.5, 0.5)
    # Always and never are right for one row each: then the lowest.
    assert prefit([0.4, 0.4], [0, 1]).best_threshold_ == 0.0


@pytest.mark.parametrize(("p", "y"), [([0.4, 0.4], [0, 1]), ([0.1, 0.9], [0, 1]), ([0.9, 0.1], [0, 1])])
def test_two_rows(p: list[float], y: list[int]) -> None:
    got = prefit(p, y)
    assert got.best_score_ == (1.0 if p == [0.1, 0.9] else 0.5)
    if p == [0.1, 0.9]:
        assert got.best_threshold_ == 0.5


def test_always_and_never_hold_for_new_rows() -> None:
    y = np.array([0, 1, 1])
    always = prefit([0.3, 0.4, 0.5], y, metric=RecallAtPrecision(0.1))
    assert always.cut_offs_[0] == 0.0
    assert always.cut_offs_[-1] > 1
    never = prefit([0.9, 0.4, 0.5], y, metric=Gain([[0, -9], [0, 1]]))
    assert never.predict([[0.99], [1.0]]).tolist() == [0, 0]
    assert never.best_score_ == 0


@pytest.mark.parametrize("pos_label", cases.rest_slow(["fraud", "usual"]))
def test_the_positive_class_is_the_one_stated(pos_label: str) -> None:
    X, y = cases.binary()
    labels = np.where(y == 1, "fraud", "usual")  # "fraud" is the first of classes_
    model = TunedThresholdClassifier(LogisticRegression(), metric="f1", pos_label=pos_label).fit(X, labels)
    flipped = TunedThresholdClassifier(LogisticRegression(), metric="f1").fit(X, (labels == pos_label).astype(int))
    np.testing.assert_allclose(model.best_threshold_, flipped.best_threshold_, rtol=1e-6)
    np.testing.assert_array_equal(model.predict(X) == pos_label, flipped.predict(X) == 1)
    named = partial(f1_score, pos_label=pos_label, zero_division=0)
    by_labels = TunedThresholdClassifier(LogisticRegression(), metric=named, pos_label=pos_label, max_cut_offs=9)
    by_labels.fit(X, labels)
    chosen = np.searchsorted(model.cut_offs_, by_labels.cut_offs_)
    np.testing.assert_allclose(by_labels.scores_, model.scores_[chosen])


@pytest.mark.slow
def test_a_function_is_called_for_so_many_quantiles() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 200)
    p = np.clip(rng.normal(0.3 + 0.2 * y, 0.2), 0, 1)
    calls = []

    def counted(true: Any, predicted: Any) -> float:
        calls.append(1)
        return jaccard_score(true, predicted, zero_division=0)

    got = prefit(p, y, metric=counted, max_cut_offs=21)
    assert len(got.cut_offs_) == 21
    assert len(calls) == 21 * 2 + 1  # all rows, the one fold, and its score
    exact = prefit(p, y, metric=partial(jaccard_score, zero_division=0))
    assert len(exact.cut_offs_) == len(np.unique(p)) + 1
    assert exact.best_score_ >= got.best_score_ > 0.9 * exact.best_score_


def test_weights_count_in_the_metric() -> None:
    X, y = cases.binary()
    weight = np.random.default_rng(0).uniform(0.1, 2, len(y))
    model = TunedThresholdClassifier(LogisticRegression(), metric="f1").fit(X, y, sample_weight=weight)
    function = partial(f1_score, zero_division=0)
    by_labels = TunedThresholdClassifier(LogisticRegression(), metric=function, max_cut_offs=9)
    by_labels.fit(X, y, sample_weight=weight)
    np.testing.assert_allclose(by_labels.scores_, model.scores_[np.isin(model.cut_offs_, by_labels.cut_offs_)])
    held_back = np.empty(len(y))
    for train, test in StratifiedKFold().split(X, y):
        fold = LogisticRegression().fit(X[train], y[train], sample_weight=weight[train])
        held_back[test] = fold.predict_proba(X[test])[:, 1]
    expected = f1_score(y, held_back >= model.best_threshold_, sample_weight=weight)
    np.testing.assert_allclose(model.best_score_, expected)


# --------------------------------------------------------------------------------------------------------- more classes


def best_on_a_grid(proba: NDArray[Any], true: NDArray[Any], metric: Any, n: int = 15) -> float:
    """The best measure of all triples of thresholds on a grid."""
    scores = []
    for first, second in itertools.product(range(1, n), repeat=2):
        if first + second < n:
            thresholds = np.array([first, second, n - first - second]) / n
            scores.append(metric(true, (proba / thresholds).argmax(axis=1)))
    return max(scores)


@pytest.mark.parametrize("name", METRICS)
def test_thresholds_of_three_classes_do_as_well_as_a_grid(name: str) -> None:
    metric, _, of_more = METRICS[name]
    X, y = cases.multiclass(seed=3)
    proba = DecisionTreeClassifier(max_depth=3, random_state=0).fit(X[:, :2], y).predict_proba(X[:, :2])
    got = prefit(proba, y, metric=metric)
    assert got.best_score_ >= best_on_a_grid(proba, y, of_more) - 0.01
    assert got.best_score_ >= of_more(y, proba.argmax(axis=1)) - 1e-12
    np.testing.assert_allclose(of_more(y, got.predict(proba)), got.best_score_)
    np.testing.assert_allclose(got.best_threshold_.sum(), 1.0)
    assert not hasattr(got, "cut_offs_")


@settings(max_examples=20)
@given(st.integers(0, 10_000))
def test_no_threshold_of_its_own_can_be_improved(seed: int) -> None:
    rng = np.random.default_rng(seed)
    true = np.append([0, 1, 2], rng.integers(0, 3, 12))
    proba = rng.dirichlet([1, 1, 1], len(true)).round(1) + 0.01
    judge = Judge("balanced_accuracy", np.arange(3), true, None, 10)
    thresholds, score = climb(judge, proba, np.ones(3) / 3)
    assert score == judge.score(decide(proba, thresholds))
    for code in range(3):
        for factor in np.geomspace(0.02, 50, 99):
            moved = thresholds.copy()
            moved[code] *= factor
            assert judge.score(decide(proba, moved)) <= score + 1e-9


def test_two_classes_are_the_special_case() -> None:
    rng = np.random.default_rng(0)
    true = rng.integers(0, 2, 200)
    p = np.clip(rng.normal(0.3 + 0.2 * true, 0.2), 0.01, 0.99)
    judge = Judge("balanced_accuracy", np.arange(2), true, None, 10)
    _, score = climb(judge, np.column_stack([1 - p, p]), np.ones(2) / 2)
    np.testing.assert_allclose(score, prefit(p, true).best_score_)


def test_gains_of_three_classes() -> None:
    X, y = cases.multiclass()
    gains = [[10, 0, 0], [-1, 1, 0], [-5, 0, 1]]
    model = TunedThresholdClassifier(LogisticRegression(), metric=Gain(gains)).fit(X, y)
    plain = np.mean(
        [gains[true][decided] for true, decided in zip(y, LogisticRegression().fit(X, y).predict(X), strict=True)]
    )
    assert model.best_score_ >= plain - 0.3
    assert model.thresholds_per_fold_.shape == (5, 3)


# ---------------------------------------------------------------------------------------------------------------- folds


@pytest.mark.slow
def test_scores_are_those_of_rows_held_back() -> None:
    X, y = cases.binary()
    folds = list(StratifiedKFold(3).split(X, y))
    model = TunedThresholdClassifier(LogisticRegression(), metric="f1", cv=folds).fit(X, y)
    held_back = np.empty(len(y))
    per_fold, thresholds = [], []
    for train, test in folds:
        held_back[test] = LogisticRegression().fit(X[train], y[train]).predict_proba(X[test])[:, 1]
        per_fold.append(f1_score(y[test], held_back[test] >= model.best_threshold_))
        thresholds.append(prefit(held_back[test], y[test], metric="f1").best_threshold_)
    np.testing.assert_allclose(model.best_score_, f1_score(y, held_back >= model.best_threshold_))
    np.testing.assert_allclose(model.scores_per_fold_, per_fold)
    np.testing.assert_allclose(model.thresholds_per_fold_, thresholds)
    parallel = TunedThresholdClassifier(LogisticRegression(), metric="f1", cv=folds, n_jobs=2).fit(X, y)
    assert parallel.best_threshold_ == model.best_threshold_
    np.testing.assert_array_equal(model.estimator_.coef_, LogisticRegression().fit(X, y).coef_)
    np.testing.assert_array_equal(model.predict(X), model.predict_proba(X)[:, 1] >= model.best_threshold_)


def test_a_fold_that_meets_no_condition_has_no_threshold() -> None:
    p = np.array([0.1, 0.9, 0.2, 0.8, 0.9, 0.1])[:, None]
    y = np.array([0, 1, 0, 1, 0, 1])
    folds = [(np.arange(6), np.arange(3)), (np.arange(6), np.arange(3, 6))]
    p[:2], y[:2] = [[0.95], [0.99]], [1, 1]
    model = TunedThresholdClassifier(Given(), metric=RecallAtPrecision(1.0), cv=folds).fit(p, y)
    assert np.isnan(model.thresholds_per_fold_).tolist() == [False, True]
    assert np.isnan(model.scores_per_fold_).tolist() == [False, True]


def test_repeated_folds_count_rows_repeatedly() -> None:
    X, y = cases.binary()
    cv = RepeatedStratifiedKFold(n_splits=2, n_repeats=3, random_state=0)
    model = TunedThresholdClassifier(LogisticRegression(), cv=cv).fit(X, y)
    assert len(model.thresholds_per_fold_) == 6
    assert model.best_score_ > 0.8


def test_a_fold_may_lack_a_class() -> None:
    X, y = cases.multiclass()
    rare = np.flatnonzero(y == 0)
    rest = np.flatnonzero(y != 0)
    folds = [(rest[::2], np.append(rare, rest[1::2])), (np.append(rare, rest[1::2]), rest[::2])]
    model = TunedThresholdClassifier(LogisticRegression(), cv=folds).fit(X, y)
    assert np.isfinite(model.best_threshold_).all()


def test_a_fitted_model() -> None:
    X, y = cases.binary()
    fitted = LogisticRegression().fit(X[:150], y[:150])
    at_once = TunedThresholdClassifier(fitted, cv="prefit").fit(X[150:], y[150:])
    frozen = TunedThresholdClassifier(FrozenEstimator(fitted), cv=3).fit(X[150:], y[150:])
    assert at_once.best_threshold_ == frozen.best_threshold_
    assert at_once.estimator_ is fitted
    assert (len(at_once.thresholds_per_fold_), len(frozen.thresholds_per_fold_)) == (1, 3)
    with pytest.raises(sklearn.exceptions.NotFittedError):
        TunedThresholdClassifier(LogisticRegression(), cv="prefit").fit(X, y)
    with pytest.raises(ValueError, match=r"labels that the fitted estimator does not know: \[2\]"):
        TunedThresholdClassifier(fitted, cv="prefit").fit(X[:3], [0, 1, 2])


def test_no_worse_than_scikit_learns_on_the_same_rows() -> None:
    X, y = cases.binary(n=400, seed=5)
    fitted = LogisticRegression().fit(X[:100, :3], y[:100])
    X, y = X[100:, :3], y[100:]
    theirs = TunedThresholdClassifierCV(fitted, scoring="f1", cv="prefit", refit=False).fit(X, y)
    ours = TunedThresholdClassifier(fitted, metric="f1", cv="prefit").fit(X, y)
    assert f1_score(y, ours.predict(X)) >= f1_score(y, theirs.predict(X))


def test_groups_and_weights_are_routed() -> None:
    X, y = cases.binary()
    groups = np.arange(len(y)) // 10
    with sklearn.config_context(enable_metadata_routing=True):
        inner = LogisticRegression().set_fit_request(sample_weight=True)
        model = TunedThresholdClassifier(inner, cv=GroupKFold(3))
        model.fit(X, y, groups=groups, sample_weight=np.ones(len(y)))
        again = TunedThresholdClassifier(LogisticRegression(), cv=GroupKFold(3)).fit(X, y, groups=groups)
        search = GridSearchCV(model, {"metric": ["f1", "mcc"]}, cv=GroupKFold(2)).fit(X, y, groups=groups)
    expected = TunedThresholdClassifier(LogisticRegression(), cv=list(GroupKFold(3).split(X, y, groups))).fit(X, y)
    np.testing.assert_allclose([model.best_threshold_, again.best_threshold_], expected.best_threshold_)
    assert search.best_score_ > 0.5


def test_groups_go_to_the_folds_without_routing_too() -> None:
    X, y = cases.binary()
    groups = np.arange(len(y)) // 10
    got = TunedThresholdClassifier(LogisticRegression(), cv=GroupKFold(3)).fit(X, y, groups=groups)
    expected = TunedThresholdClassifier(LogisticRegression(), cv=list(GroupKFold(3).split(X, y, groups))).fit(X, y)
    np.testing.assert_allclose(got.best_threshold_, expected.best_threshold_)
    np.testing.assert_allclose(got.scores_per_fold_, expected.scores_per_fold_)


# ------------------------------------------------------------------------------------------------- thresholds as stated


def test_stated_thresholds_of_two_classes() -> None:
    p = np.array([[0.1], [0.3], [0.5], [0.9]])
    y = np.array(["no", "yes", "no", "yes"])
    for threshold, expected in [(None, "nnyy"), (0.3, "nyyy"), (0.0, "yyyy"), (1.1, "nnnn")]:
        got = ThresholdClassifier(Given(), threshold=threshold).fit(p, y).predict(p)
        assert "".join(label[0] for label in got) == expected
    for threshold in ({"no": 7, "yes": 3}, [0.7, 0.3], (7, 3)):
        model = ThresholdClassifier(Given(), threshold=threshold).fit(p, y)
        np.testing.assert_allclose(model.threshold_, 0.3)
    other = ThresholdClassifier(Given(), threshold=0.6, pos_label="no").fit(p, y)
    assert other.predict(p).tolist() == ["no", "no", "yes", "yes"]


def test_stated_thresholds_of_three_classes() -> None:
    proba = np.array([[0.2, 0.3, 0.5], [0.1, 0.3, 0.6], [0.5, 0.3, 0.2]])
    y = np.array(["a", "b", "c"])
    plain = ThresholdClassifier(Given()).fit(proba, y)
    assert plain.predict(proba).tolist() == ["c", "c", "a"]
    for threshold in ({"c": 7, "a": 1, "b": 2}, [0.1, 0.2, 0.7]):
        model = ThresholdClassifier(Given(), threshold=threshold).fit(proba, y)
        np.testing.assert_allclose(model.threshold_, [0.1, 0.2, 0.7])
        assert model.predict(proba).tolist() == ["a", "b", "a"]


def test_what_is_tuned_can_be_stated() -> None:
    for X, y in (cases.binary(), cases.multiclass()):
        tuned = TunedThresholdClassifier(LogisticRegression()).fit(X, y)
        stated = ThresholdClassifier(LogisticRegression(), threshold=tuned.best_threshold_).fit(X, y)
        np.testing.assert_array_equal(stated.predict(X), tuned.predict(X))


@pytest.mark.parametrize("threshold", [0.1, 0.5, 0.8])
def test_the_same_as_scikit_learns_for_two_classes(threshold: float) -> None:
    X, y = cases.binary()
    expected = FixedThresholdClassifier(LogisticRegression(), threshold=threshold).fit(X, y).predict(X)
    got = ThresholdClassifier(LogisticRegression(), threshold=threshold).fit(X, y).predict(X)
    np.testing.assert_array_equal(got, expected)


def test_a_decision_function_can_be_cut() -> None:
    X, y = cases.binary()
    score = LinearSVC().fit(X, y).decision_function(X)
    plain = ThresholdClassifier(LinearSVC()).fit(X, y)
    np.testing.assert_array_equal(plain.predict(X), LinearSVC().fit(X, y).predict(X))
    moved = ThresholdClassifier(LinearSVC(), threshold=-0.5).fit(X, y)
    np.testing.assert_array_equal(moved.predict(X), score >= -0.5)
    other = ThresholdClassifier(LinearSVC(), threshold=0.5, pos_label=0).fit(X, y)
    np.testing.assert_array_equal(other.predict(X) == 0, score <= -0.5)
    tuned = TunedThresholdClassifier(LinearSVC(), metric="f1").fit(X, y)
    assert f1_score(y, tuned.predict(X)) > 0.8
    assert not hasattr(tuned, "predict_proba")
    np.testing.assert_array_equal(tuned.decision_function(X), score)
    with pytest.raises(ValueError, match="LinearSVC has no predict_proba, but thresholds for 3 classes need"):
        TunedThresholdClassifier(LinearSVC()).fit(*cases.multiclass())


@pytest.mark.parametrize(
    ("params", "data", "message"),
    [
        ({"threshold": {0: 1.0}}, "binary", r"each of the classes \[0, 1\], but has them for \[0\]"),
        ({"threshold": [0.5, 0.0]}, "binary", r"one number, or a positive number for each of the 2 classes \[0, 1\]"),
        ({"threshold": float("nan")}, "binary", "but is nan"),
        ({"threshold": 0.5}, "multiclass", r"a positive number for each of the 3 classes \[0, 1, 2\], but is 0.5"),
        ({"pos_label": "yes"}, "binary", r"pos_label='yes' must be one of two classes, but the classes are \[0, 1\]"),
        ({"pos_label": 1}, "multiclass", "State a threshold for each class instead"),
    ],
)
def test_thresholds_that_do_not_fit(params: Any, data: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ThresholdClassifier(LogisticRegression(), **params).fit(*getattr(cases, data)())


@pytest.mark.parametrize(
    ("params", "data", "message"),
    [
        ({"metric": "f3"}, "binary", "The 'metric' parameter of TunedThresholdClassifier must be"),
        ({"metric": PrecisionAtRecall(0.5)}, "multiclass", "about a positive class, but y has 3 classes"),
        ({"metric": Gain([[0, 1], [1, 0]])}, "multiclass", r"each of the 3 classes, but has shape \(2, 2\)"),
        ({"metric": make_scorer(f1_score)}, "binary", r"function of true and predicted labels, but make_scorer\(f1"),
        ({"metric": lambda y_true, y_pred, beta: 0.0}, "binary", r"takes \(y_true, y_pred, beta\)"),
        ({"max_cut_offs": 1}, "binary", "The 'max_cut_offs' parameter"),
        ({"pos_label": 1}, "multiclass", "pos_label=1 must be one of two classes"),
    ],
)
def test_what_cannot_be_tuned(params: Any, data: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TunedThresholdClassifier(LogisticRegression(), **params).fit(*getattr(cases, data)())


def test_weights_of_other_rows_are_refused_before_the_work() -> None:
    X, y = cases.binary()
    with pytest.raises(ValueError, match=r"\(9,\), expected \(300,\)"):
        TunedThresholdClassifier(LogisticRegression()).fit(X, y, sample_weight=np.ones(9))


# ----------------------------------------------------------------------------------------------- as an estimator should

BOTH = [ThresholdClassifier(LogisticRegression(), threshold=0.2), TunedThresholdClassifier(LogisticRegression(), cv=2)]
both = pytest.mark.parametrize("model", BOTH, ids=lambda model: type(model).__name__)


@both
def test_clone_pickle_search_and_cross_validation(model: Any) -> None:
    X, y = cases.binary()
    chain = make_pipeline(StandardScaler(), RandomOverSampler(random_state=0), LogisticRegression())
    model = clone(model).set_params(estimator=PriorCorrectedClassifier(chain))
    expected = model.fit(X, y).predict(X)
    for other in (pickle.loads(pickle.dumps(model)), clone(model).fit(X, y)):
        np.testing.assert_array_equal(other.predict(X), expected)
    grid = {"estimator__estimator__logisticregression__C": [0.1, 1]}
    search = GridSearchCV(model, grid, cv=2, scoring="f1", error_score="raise").fit(X, y)
    assert search.best_score_ > 0.7
    assert cross_val_score(model, X, y, cv=2).mean() > 0.7


@pytest.mark.parametrize("metric", [FBeta(2), Gain([[0, -1], [-5, 0]]), "mcc"])
def test_metrics_are_cloned_and_pickled(metric: Any) -> None:
    X, y = cases.binary()
    model = TunedThresholdClassifier(LogisticRegression(), metric=metric, cv=2)
    again = pickle.loads(pickle.dumps(clone(model).fit(X, y)))
    assert again.metric == metric
    assert again.best_threshold_ == model.fit(X, y).best_threshold_


def test_a_metric_of_ones_own() -> None:
    class Youden(ConfusionMetric):
        def __call__(self, confusion: Any) -> Any:
            recalls = np.diagonal(confusion, axis1=-2, axis2=-1) / confusion.sum(axis=-1)
            return recalls.sum(axis=-1) - 1

    X, y = cases.binary()
    got = TunedThresholdClassifier(LogisticRegression(), metric=Youden()).fit(X, y)
    expected = TunedThresholdClassifier(LogisticRegression(), metric="balanced_accuracy").fit(X, y)
    assert got.best_threshold_ == expected.best_threshold_


@both
@pytest.mark.parametrize("container", cases.rest_slow(["pandas", "polars", "sparse", "list"], 2))
def test_containers_of_the_table(model: Any, container: str) -> None:
    X, y = cases.binary()
    expected = clone(model).fit(X, y).predict(X)
    names = list("abcdef")
    given = {
        "pandas": lambda: (pd.DataFrame(X, columns=names, index=range(7, 307)), pd.Series(y, index=range(7, 307))),
        "polars": lambda: (pl.DataFrame(X, schema=names), pl.Series(y)),
        "sparse": lambda: (sparse.csr_matrix(X), y),
        "list": lambda: (X.tolist(), y.tolist()),
    }[container]()
    got = clone(model).fit(*given)
    np.testing.assert_array_equal(got.predict(given[0]), expected)
    assert hasattr(got, "feature_names_in_") == (container in ("pandas", "polars"))


@pytest.mark.slow
@both
def test_missing_numbers_reach_a_model_that_takes_them(model: Any) -> None:
    X, y = cases.binary()
    X = np.where(np.random.default_rng(0).random(X.shape) < 0.1, np.nan, X)
    got = clone(model).set_params(estimator=HistGradientBoostingClassifier(max_iter=5)).fit(X, y)
    assert set(got.predict(X)) == {0, 1}


LABELS = {
    "strings": lambda y: np.array(["no", "yes"])[y],
    "booleans": lambda y: y == 1,
    "nullable": lambda y: pd.Series(y, dtype="Int64"),
    "categories": lambda y: pd.Series(np.array(["no", "yes"])[y], dtype="category"),
    "strings of pandas": lambda y: pd.Series(np.array(["no", "yes"])[y], dtype="string"),
    "polars": lambda y: pl.Series(np.array(["no", "yes"])[y]),
}


@both
@pytest.mark.parametrize("kind", LABELS)
def test_labels_of_any_kind(model: Any, kind: str) -> None:
    X, y = cases.binary()
    expected = clone(model).fit(X, y).predict(X)
    got = clone(model).fit(X, LABELS[kind](y))
    np.testing.assert_array_equal(got.predict(X), np.asarray(LABELS[kind](expected)))
