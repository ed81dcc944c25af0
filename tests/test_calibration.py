"""Probabilities for the classes as they are."""

from __future__ import annotations

import importlib.util
import pickle
from pathlib import Path
from typing import Any

import imblearn.ensemble
import imblearn.over_sampling
import imblearn.pipeline
import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    BaggingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.naive_bayes import BernoulliNB, GaussianNB
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from fastbal.calibration import PriorCorrectedClassifier, correct_prior
from fastbal.ensemble import (
    BalancedBaggingClassifier,
    BalancedRandomForestClassifier,
    EasyEnsembleClassifier,
    RUSBoostClassifier,
)
from fastbal.over_sampling import SMOTE, RandomOverSampler
from fastbal.pipeline import make_pipeline
from fastbal.under_sampling import EditedNearestNeighbours, RandomUnderSampler
from tests import cases

ROOT = Path(__file__).parents[1]


class ClassShares(ClassifierMixin, BaseEstimator):
    """A model that knows nothing but how frequent the classes are in what it is given."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> ClassShares:
        y = np.asarray(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        self.shares_ = np.bincount(codes, sample_weight) / (len(y) if sample_weight is None else sum(sample_weight))
        return self

    def predict_proba(self, X: Any) -> NDArray[Any]:
        return np.tile(self.shares_, (len(X), 1))

    def predict(self, X: Any) -> NDArray[Any]:
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def by_bayes(proba: Any, training_prior: Any, prior: Any) -> NDArray[Any]:
    """The rule, row by row and class by class."""
    rows = []
    for row in proba:
        products = [p * new / old for p, old, new in zip(row, training_prior, prior, strict=True)]
        rows.append([product / sum(products) for product in products])
    return np.array(rows)


# -------------------------------------------------------------------------------------------------------- correct_prior

shares = st.floats(1e-6, 1.0)
n_classes = st.shared(st.integers(2, 5), key="n_classes")
priors = n_classes.flatmap(lambda k: st.lists(shares, min_size=k, max_size=k))


def probabilities(least: float) -> st.SearchStrategy[NDArray[Any]]:
    entries = n_classes.flatmap(lambda k: st.lists(st.floats(least, 1.0), min_size=k, max_size=k))
    rows = st.lists(entries.filter(lambda row: sum(row) > 0.01), min_size=1, max_size=5)
    return rows.map(lambda rows: np.array(rows) / np.sum(rows, axis=1, keepdims=True))


@given(probabilities(0.0), priors, priors)
def test_it_is_bayes_rule(proba: Any, training_prior: Any, prior: Any) -> None:
    got = correct_prior(proba, training_prior, prior)
    np.testing.assert_allclose(got, by_bayes(proba, training_prior, prior), rtol=1e-9, atol=1e-300)
    np.testing.assert_allclose(got.sum(axis=1), 1.0)


@given(probabilities(0.0), priors, priors)
def test_exchanging_the_priors_takes_it_back(proba: Any, training_prior: Any, prior: Any) -> None:
    there = correct_prior(proba, training_prior, prior)
    np.testing.assert_allclose(correct_prior(there, prior, training_prior), proba, rtol=1e-8, atol=1e-300)


@given(probabilities(0.0), priors)
def test_the_same_prior_changes_nothing(proba: Any, prior: Any) -> None:
    np.testing.assert_allclose(correct_prior(proba, prior, prior), proba, rtol=1e-12)
    uniform = np.ones(len(prior))
    np.testing.assert_allclose(correct_prior(proba, uniform, 3 * uniform), proba, rtol=1e-12)


@given(st.lists(st.floats(0, 1), min_size=2), shares, shares)
def test_the_order_of_rows_stays(p: list[float], old: float, new: float) -> None:
    p = sorted(p)
    got = correct_prior(np.column_stack([1 - np.array(p), p]), [1, old], [1, new])[:, 1]
    assert (np.diff(got) >= -1e-15).all()


def test_certainty_stays() -> None:
    certain = [[0.0, 1.0], [1.0, 0.0]]
    np.testing.assert_array_equal(correct_prior(certain, [1, 1], [999_999, 1]), certain)
    tiny = correct_prior([[1 - 1e-300, 1e-300]], [1, 1], [1e-5, 1])
    np.testing.assert_allclose(tiny, [[1.0, 1e-295]])


def test_it_undoes_under_sampling_by_dal_pozzolos_formula() -> None:
    p_s, kept = np.linspace(0, 1, 11), 0.05
    expected = kept * p_s / (kept * p_s - p_s + 1)  # equation 4
    got = correct_prior(np.column_stack([1 - p_s, p_s]), [kept, 1], [1, 1])
    np.testing.assert_allclose(got[:, 1], expected)


def test_dtype_in_dtype_out() -> None:
    proba = np.array([[0.5, 0.5]], np.float32)
    assert correct_prior(proba, [1, 1], [9, 1]).dtype == np.float32
    assert correct_prior([[1, 0]], [1, 1], [9, 1]).dtype == np.float64


@pytest.mark.parametrize(
    ("proba", "training_prior", "prior", "message"),
    [
        ([0.5, 0.5], [1, 1], [1, 1], "proba must be a table of probabilities"),
        ([[np.nan, 0.5]], [1, 1], [1, 1], "no NaN"),
        ([[-0.1, 1.1]], [1, 1], [1, 1], "nothing below 0"),
        ([[0.0, 0.0]], [1, 1], [1, 1], "no row of zeros only"),
        ([[0.5, 0.5]], [1, 1, 1], [1, 1], "training_prior must have a positive number for each of the 2 classes"),
        ([[0.5, 0.5]], [1, 1], [1, 0], r"prior must have a positive number .* but is \[1, 0\]"),
        ([[0.5, 0.5]], [1, np.inf], [1, 1], "training_prior must have a positive number"),
    ],
)
def test_errors_of_correct_prior(proba: Any, training_prior: Any, prior: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        correct_prior(proba, training_prior, prior)


# ------------------------------------------------------------------------------------------- what the model has learned


def learned(estimator: Any, X: Any, y: Any, **params: Any) -> list[float]:
    return PriorCorrectedClassifier(estimator).fit(X, y, **params).training_prior_.tolist()


TREE = DecisionTreeClassifier(max_depth=3, random_state=0)
THIRDS = [1 / 3, 1 / 3, 1 / 3]

#: What a model has seen of three classes that have 30, 90 and 180 rows.
PRIORS = {
    "a model by itself": (TREE, [0.1, 0.3, 0.6]),
    "random over-sampling": (make_pipeline(RandomOverSampler(random_state=0), TREE), THIRDS),
    "SMOTE": (make_pipeline(StandardScaler(), SMOTE(random_state=0), TREE), THIRDS),
    "random under-sampling of a class": (
        make_pipeline(RandomUnderSampler(sampling_strategy={2: 90}, random_state=0), TREE),
        [1 / 7, 3 / 7, 3 / 7],
    ),
    "two samplers": (
        make_pipeline(SMOTE(sampling_strategy={0: 90}, random_state=0), RandomUnderSampler(random_state=0), TREE),
        THIRDS,
    ),
    "a pipeline in a pipeline": (
        make_pipeline(StandardScaler(), make_pipeline(SMOTE(random_state=0), TREE)),
        THIRDS,
    ),
    "imbalanced-learn's pipeline": (
        imblearn.pipeline.make_pipeline(imblearn.over_sampling.SMOTE(random_state=0), TREE),
        THIRDS,
    ),
    "no sampler": (sklearn.pipeline.make_pipeline(StandardScaler(), TREE), [0.1, 0.3, 0.6]),
    "a sampler passed by": (make_pipeline("passthrough", TREE), [0.1, 0.3, 0.6]),
    "balanced class weights": (clone(TREE).set_params(class_weight="balanced"), THIRDS),
    "class weights": (clone(TREE).set_params(class_weight={0: 3.0}), [3 / 12, 3 / 12, 6 / 12]),
    "a sampler and class weights": (
        make_pipeline(RandomOverSampler(random_state=0), clone(TREE).set_params(class_weight={0: 2.0})),
        [2 / 4, 1 / 4, 1 / 4],
    ),
    "priors of its own": (GaussianNB(priors=[0.2, 0.2, 0.6]), [0.2, 0.2, 0.6]),
    "a sampler and priors of its own": (
        make_pipeline(RandomOverSampler(random_state=0), GaussianNB(priors=[0.2, 0.2, 0.6])),
        [0.2, 0.2, 0.6],
    ),
    "a prior by another name": (
        make_pipeline(RandomOverSampler(random_state=0), BernoulliNB(class_prior=[0.2, 0.2, 0.6])),
        [0.2, 0.2, 0.6],
    ),
    "a forest with weights": (RandomForestClassifier(3, class_weight="balanced_subsample"), THIRDS),
    "balanced bagging": (BalancedBaggingClassifier(TREE, n_estimators=2, random_state=0), THIRDS),
    "balanced bagging of a class": (
        BalancedBaggingClassifier(TREE, n_estimators=2, sampling_strategy={2: 60}, random_state=0),
        [30 / 180, 90 / 180, 60 / 180],
    ),
    "balanced forest": (BalancedRandomForestClassifier(n_estimators=3, random_state=0), THIRDS),
    "imbalanced-learn's forest": (imblearn.ensemble.BalancedRandomForestClassifier(3, random_state=0), THIRDS),
    "imbalanced-learn's easy ensemble": (imblearn.ensemble.EasyEnsembleClassifier(2, random_state=0), THIRDS),
    "easy ensemble": (EasyEnsembleClassifier(n_estimators=2, random_state=0), THIRDS),
    "boosting": (RUSBoostClassifier(TREE, n_estimators=3, random_state=0), THIRDS),
    "balanced bagging in a pipeline": (
        make_pipeline(StandardScaler(), BalancedBaggingClassifier(TREE, n_estimators=2, random_state=0)),
        THIRDS,
    ),
    "a search without samplers": (GridSearchCV(TREE, {"max_depth": [1, 2]}, cv=2), [0.1, 0.3, 0.6]),
    "probabilities of several models": (VotingClassifier([("a", TREE)], voting="soft"), [0.1, 0.3, 0.6]),
}


@pytest.mark.parametrize("name", PRIORS)
def test_what_a_model_has_seen_of_each_class(name: str) -> None:
    estimator, expected = PRIORS[name]
    X, y = cases.multiclass()
    y = np.repeat([0, 1, 2], [30, 90, 180])[np.argsort(np.argsort(y, kind="stable"), kind="stable")]
    got = PriorCorrectedClassifier(clone(estimator)).fit(X, y)
    np.testing.assert_allclose(got.training_prior_, expected)
    np.testing.assert_allclose(got.prior_, [0.1, 0.3, 0.6])
    # Nothing is left of what counts.
    assert getattr(got.estimator_, "steps", []) == [] or len(got.estimator_.steps) == len(estimator.steps)
    assert "counter" not in repr(got.estimator_)
    proba = got.predict_proba(X)
    np.testing.assert_allclose(proba, by_bayes(got.estimator_.predict_proba(X), expected, [0.1, 0.3, 0.6]), atol=1e-12)
    np.testing.assert_array_equal(got.predict(X), got.classes_[proba.argmax(axis=1)])


def test_a_cleaning_sampler_is_counted_by_what_it_leaves() -> None:
    X, y = cases.multiclass(seed=1)
    _, y_clean = EditedNearestNeighbours().fit_resample(X, y)
    got = learned(make_pipeline(EditedNearestNeighbours(), TREE), X, y)
    np.testing.assert_allclose(got, np.bincount(y_clean) / len(y_clean))
    assert got != (np.bincount(y) / len(y)).tolist()


def test_a_sampler_of_ones_own_and_a_cache(tmp_path: Path) -> None:
    class Halve(BaseEstimator):
        def fit_resample(self, X: Any, y: Any) -> Any:
            return X[len(X) // 2 :], y[len(X) // 2 :]

    X, y = np.arange(8.0)[:, None], np.array([1, 1, 1, 0, 0, 0, 0, 1])
    assert learned(make_pipeline(Halve(), TREE), X, y) == [0.75, 0.25]
    X, y = cases.binary()
    cached = make_pipeline(RandomOverSampler(random_state=0), TREE, memory=str(tmp_path))
    for _ in range(2):
        assert learned(cached, X, y) == [0.5, 0.5]


def test_knowing_nothing_but_frequencies_gives_the_prior() -> None:
    X, y = cases.multiclass()
    expected = np.bincount(y) / len(y)
    for sampler in (RandomOverSampler(random_state=0), RandomUnderSampler(random_state=0), SMOTE(random_state=0)):
        got = PriorCorrectedClassifier(make_pipeline(sampler, ClassShares())).fit(X, y)
        np.testing.assert_allclose(got.predict_proba(X[:1])[0], expected)


# -------------------------------------------------------------------------------------------------------------- weights


def test_weights_of_rows_are_part_of_the_priors() -> None:
    X, y = cases.binary()
    weight = np.random.default_rng(0).uniform(0.5, 2, len(y))
    expected = np.bincount(y, weight) / weight.sum()
    alone = PriorCorrectedClassifier(ClassShares()).fit(X, y, sample_weight=weight)
    np.testing.assert_allclose([alone.training_prior_, alone.prior_], [expected, expected])
    piped = make_pipeline(RandomOverSampler(random_state=0), ClassShares())
    got = PriorCorrectedClassifier(piped).fit(X, y, classshares__sample_weight=weight)
    np.testing.assert_allclose(got.training_prior_, got.estimator_[-1].shares_)
    assert got.training_prior_[1] != 0.5
    np.testing.assert_allclose(got.predict_proba(X[:1])[0], expected)


def test_weights_are_routed() -> None:
    X, y = cases.binary()
    weight = np.random.default_rng(0).uniform(0.5, 2, len(y))
    expected = np.bincount(y, weight) / weight.sum()
    with sklearn.config_context(enable_metadata_routing=True):
        model = ClassShares().set_fit_request(sample_weight=True)
        sampler = RandomOverSampler(random_state=0)
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        for estimator in (model, make_pipeline(scaler, model), make_pipeline(sampler, model)):
            got = PriorCorrectedClassifier(estimator).fit(X, y, sample_weight=weight)
            np.testing.assert_allclose(got.predict_proba(X[:1])[0], expected)
        with pytest.raises(sklearn.exceptions.UnsetMetadataPassedError):
            PriorCorrectedClassifier(ClassShares()).fit(X, y, sample_weight=weight)


# ------------------------------------------------------------------------------------------------------- what is stated


def test_stated_priors() -> None:
    X, y = cases.multiclass()
    labels = np.array(["rare", "some", "usual"])[y]
    piped = make_pipeline(RandomOverSampler(random_state=0), ClassShares())
    auto = PriorCorrectedClassifier(piped).fit(X, labels)
    for stated in ("balanced", [5, 5, 5], {"usual": 1, "some": 1, "rare": 1}):
        got = PriorCorrectedClassifier(piped, training_prior=stated).fit(X, labels)
        np.testing.assert_allclose(got.training_prior_, auto.training_prior_)
    as_given = PriorCorrectedClassifier(piped, training_prior="train").fit(X, labels)
    np.testing.assert_allclose(as_given.predict_proba(X[:1])[0], [1 / 3] * 3)
    elsewhere = PriorCorrectedClassifier(piped, prior={"rare": 1, "some": 1, "usual": 8}).fit(X, labels)
    np.testing.assert_allclose(elsewhere.predict_proba(X[:1])[0], [0.1, 0.1, 0.8])
    assert elsewhere.predict(X[:1]).tolist() == ["usual"]


def test_a_fitted_model_is_not_fitted_again() -> None:
    X, y = cases.binary()
    fitted = make_pipeline(RandomUnderSampler(random_state=0), TREE).fit(X, y)
    with pytest.raises(ValueError, match=r"FrozenEstimator was fitted on is not known.*State training_prior"):
        PriorCorrectedClassifier(FrozenEstimator(fitted)).fit(X, y)
    got = PriorCorrectedClassifier(FrozenEstimator(fitted), training_prior="balanced").fit(X, y)
    assert got.estimator_.estimator is fitted
    expected = by_bayes(fitted.predict_proba(X), [1, 1], np.bincount(y))
    np.testing.assert_allclose(got.predict_proba(X), expected, atol=1e-12)


@pytest.mark.parametrize(
    ("estimator", "used"),
    [
        (
            CalibratedClassifierCV(make_pipeline(SMOTE(), TREE)),
            r"CalibratedClassifierCV learns from.*estimator__smote=",
        ),
        (VotingClassifier([("a", make_pipeline(SMOTE(), TREE))], voting="soft"), "VotingClassifier .* a__smote="),
        (BaggingClassifier(clone(TREE).set_params(class_weight="balanced")), "estimator__class_weight='balanced'"),
        (BalancedBaggingClassifier(TREE, sampler=SMOTE()), "sampler=SMOTE"),
        (GridSearchCV(make_pipeline(SMOTE(), TREE), {"smote": [SMOTE()]}), "GridSearchCV .* estimator__smote"),
    ],
)
def test_what_cannot_be_known_is_asked_for(estimator: Any, used: str) -> None:
    X, y = cases.binary()
    with pytest.raises(ValueError, match=used):
        PriorCorrectedClassifier(estimator).fit(X, y)
    got = PriorCorrectedClassifier(estimator, training_prior="train").fit(X, y)
    np.testing.assert_allclose(got.predict_proba(X), got.estimator_.predict_proba(X), atol=1e-12)


def test_a_search_that_chooses_weights_is_asked() -> None:
    X, y = cases.binary()
    search = GridSearchCV(make_pipeline("passthrough", TREE), {"passthrough": [SMOTE()]}, cv=2)
    with pytest.raises(ValueError, match=r"uses passthrough=SMOTE\(\) in a way of its own"):
        PriorCorrectedClassifier(search).fit(X, y)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"prior": {0: 1}}, r"prior must have a frequency for each of the classes \[0, 1\], but has them for \[0\]"),
        ({"prior": [0.5, 0.5, 0.5]}, r"for each of the 2 classes \[0, 1\], but is \[0.5, 0.5, 0.5\]"),
        ({"training_prior": {0: 1, 1: 0}}, "A class that never occurs"),
        ({"training_prior": "uniform"}, "The 'training_prior' parameter of PriorCorrectedClassifier must be"),
        ({"prior": "balanced"}, "The 'prior' parameter of PriorCorrectedClassifier must be"),
    ],
)
def test_wrong_priors_are_refused_before_the_work(params: Any, message: str) -> None:
    class Never(ClassShares):
        def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Never:
            raise AssertionError

    with pytest.raises(ValueError, match=message):
        PriorCorrectedClassifier(Never(), **params).fit(*cases.binary())


def test_a_class_without_weight_is_refused() -> None:
    X, y = cases.binary()
    with pytest.raises(ValueError, match=r"sample_weight must be above 0 for some rows of each class, .* \[0\]"):
        PriorCorrectedClassifier(ClassShares()).fit(X, y, sample_weight=y)


@pytest.mark.parametrize("class_weight", ["balanced", "balanced_subsample"])
def test_balanced_weights_of_weighted_rows_are_asked_for(class_weight: str) -> None:
    X, y = cases.binary()
    forest = RandomForestClassifier(2, class_weight=class_weight, random_state=0)
    alike = PriorCorrectedClassifier(forest).fit(X, y, sample_weight=np.full(len(y), 2.0))
    np.testing.assert_allclose(alike.training_prior_, [0.5, 0.5])
    # scikit-learn's trees balance the numbers of rows, its linear models their weights.
    with pytest.raises(ValueError, match=rf"uses class_weight='{class_weight}' of rows that differ in weight"):
        PriorCorrectedClassifier(forest).fit(X, y, sample_weight=1.0 + y)


@pytest.mark.parametrize(
    ("weight", "message"),
    [([1.0, 2.0], r"\(2,\), expected \(300,\)"), (np.linspace(-1, 2, 300), "[Nn]egative"), (["a"] * 300, "convert")],
)
def test_wrong_weights_are_refused(weight: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PriorCorrectedClassifier(ClassShares()).fit(*cases.binary(), sample_weight=weight)


# ----------------------------------------------------------------------------------------------- as an estimator should


def test_logarithms_are_corrected_where_probabilities_vanish() -> None:
    X, y = np.array([[-1.0], [-0.5], [0.5], [1.0]]), np.array([0, 0, 1, 1])
    got = PriorCorrectedClassifier(GaussianNB(), prior=[9, 1]).fit(X, y)
    far = np.array([[-1e6]])
    assert got.predict_proba(far)[0, 1] == 0
    expected = got.estimator_.predict_log_proba(far)[0, 1] + np.log(0.1 / 0.5) - np.log(0.9 / 0.5)
    np.testing.assert_allclose(got.predict_log_proba(far)[0, 1], expected)
    np.testing.assert_allclose(np.exp(got.predict_log_proba(X)), got.predict_proba(X))
    assert not hasattr(PriorCorrectedClassifier(ClassShares()), "predict_log_proba")
    assert not hasattr(got, "decision_function")


def test_clone_pickle_search_and_cross_validation() -> None:
    X, y = cases.binary()
    model = PriorCorrectedClassifier(make_pipeline(RandomOverSampler(random_state=0), TREE))
    expected = model.fit(X, y).predict_proba(X)
    for other in (pickle.loads(pickle.dumps(model)), clone(model).fit(X, y)):
        np.testing.assert_array_equal(other.predict_proba(X), expected)
    grid = {"estimator__decisiontreeclassifier__max_depth": [1, 2], "estimator__randomoversampler": [SMOTE(), None]}
    search = GridSearchCV(model, grid, cv=2, scoring="neg_log_loss", error_score="raise").fit(X, y)
    assert search.best_score_ > -1
    assert cross_val_score(model, X, y, cv=2).mean() > 0.8


@pytest.mark.parametrize("container", ["pandas", "polars", "sparse", "list"])
def test_containers_of_the_table(container: str) -> None:
    X, y = cases.binary()
    expected = PriorCorrectedClassifier(make_pipeline(SMOTE(random_state=0), TREE)).fit(X, y).predict_proba(X)
    names = list("abcdef")
    given = {
        "pandas": lambda: (pd.DataFrame(X, columns=names), pd.Series(y)),
        "polars": lambda: (pl.DataFrame(X, schema=names), pl.Series(y)),
        "sparse": lambda: (sparse.csr_matrix(X), y),
        "list": lambda: (X.tolist(), y.tolist()),
    }[container]()
    got = PriorCorrectedClassifier(make_pipeline(SMOTE(random_state=0), TREE)).fit(*given)
    np.testing.assert_allclose(got.predict_proba(given[0]), expected, atol=1e-12)
    assert got.n_features_in_ == 6
    if container in ("pandas", "polars"):
        assert got.feature_names_in_.tolist() == names


def test_missing_numbers_reach_a_model_that_takes_them() -> None:
    X, y = cases.binary()
    X = np.where(np.random.default_rng(0).random(X.shape) < 0.1, np.nan, X)
    model = make_pipeline(RandomUnderSampler(random_state=0), HistGradientBoostingClassifier(max_iter=5))
    got = PriorCorrectedClassifier(model).fit(X, y)
    assert got.training_prior_.tolist() == [0.5, 0.5]
    assert np.isfinite(got.predict_proba(X)).all()


LABELS = {
    "strings": (lambda y: np.array(["no", "yes"])[y], {"no": 9, "yes": 1}),
    "booleans": (lambda y: y == 1, {False: 9, True: 1}),
    "nullable": (lambda y: pd.Series(y, dtype="Int64"), {0: 9, 1: 1}),
    "nullable booleans": (lambda y: pd.Series(y == 1, dtype="boolean"), {False: 9, True: 1}),
    "categories": (lambda y: pd.Series(np.array(["no", "yes"])[y], dtype="category"), {"no": 9, "yes": 1}),
    "strings of pandas": (lambda y: pd.Series(np.array(["no", "yes"])[y], dtype="string"), {"no": 9, "yes": 1}),
    "polars": (lambda y: pl.Series(np.array(["no", "yes"])[y]), {"no": 9, "yes": 1}),
}


@pytest.mark.parametrize("kind", LABELS)
def test_labels_of_any_kind(kind: str) -> None:
    make, prior = LABELS[kind]
    X, y = cases.binary()
    model = make_pipeline(RandomOverSampler(random_state=0), TREE)
    expected = PriorCorrectedClassifier(model, prior=[9, 1]).fit(X, y)
    got = PriorCorrectedClassifier(model, prior=prior).fit(X, make(y))
    np.testing.assert_allclose(got.predict_proba(X), expected.predict_proba(X))
    np.testing.assert_array_equal(got.predict(X), np.asarray(make(expected.predict(X))))


# ------------------------------------------------------------------------------------------------------------ real data


@pytest.mark.slow
@pytest.mark.skipif(not (ROOT / "docs").is_dir(), reason="docs/ is not here")
def test_after_smote_and_correction_losses_are_near_those_without(shared_data: Path) -> None:
    script = ROOT / "docs" / "guide" / "make_probabilities.py"
    spec = importlib.util.spec_from_file_location("make_probabilities", script)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    names = ["no resampling", "SMOTE", "SMOTE, corrected"]
    lines = script.measure("telco", "logistic regression", script.telco(shared_data), names)
    plain, raw, corrected = lines
    assert raw.log_loss > 1.1 * plain.log_loss
    assert raw.brier > 1.1 * plain.brier
    assert corrected.log_loss < 1.02 * plain.log_loss
    assert corrected.brier < 1.02 * plain.brier
