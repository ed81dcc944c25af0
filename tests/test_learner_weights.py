"""Class weights, priors and bags of a learner's own: each is read as the learner uses it, or refused.

A model that can tell three kinds of rows apart, and no more, says of each kind how frequent the classes are in it, as
far as it has weighed them. After correction these must be the frequencies in the table, whatever the weights.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import imblearn.ensemble
import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    BaggingClassifier,
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV, SGDClassifier
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import BernoulliNB, CategoricalNB, ComplementNB, GaussianNB, MultinomialNB
from sklearn.neighbors import NearestCentroid
from sklearn.pipeline import make_pipeline
from sklearn.semi_supervised import SelfTrainingClassifier
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.class_weight import compute_class_weight

import fastbal.pipeline
from fastbal._learner_weights import Seen, learned
from fastbal.calibration import PriorCorrectedClassifier, correct_prior
from fastbal.ensemble import BalancedBaggingClassifier, BalancedRandomForestClassifier, RUSBoostClassifier
from fastbal.over_sampling import SMOTE, RandomOverSampler
from tests.cases import rest_slow

DOCS = Path(__file__).parents[1] / "docs" / "guide" / "probabilities.md"

#: Rows of each of three kinds (down) and of each class (across).
ROWS = {
    2: np.array([[60, 10], [120, 50], [300, 20]]),
    3: np.array([[30, 60, 90], [20, 100, 200], [60, 40, 400]]),
}
KINDS = np.eye(3)


def table(n_classes: int) -> tuple[NDArray[Any], NDArray[Any]]:
    rows = ROWS[n_classes]
    kinds, codes = (np.repeat(numbers.ravel(), rows.ravel()) for numbers in np.indices(rows.shape))
    order = np.random.default_rng(0).permutation(len(codes))
    return KINDS[kinds[order]], codes[order]


# ------------------------------------------------------------------------------------------------- learners to stand in


class Frequencies(ClassifierMixin, BaseEstimator):
    """Says of each kind of rows how frequent the classes are in it, by weight."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        self.classes_, codes = np.unique(y, return_inverse=True)
        weight = np.ones(len(codes)) if sample_weight is None else np.asarray(sample_weight, float)
        weight = weight * np.asarray(self.factors(codes, weight), float)[codes]
        sums = np.zeros((3, len(self.classes_)))
        np.add.at(sums, (np.asarray(X).argmax(axis=1), codes), weight)
        self.shares_ = sums / sums.sum(axis=1, keepdims=True)
        return self

    def factors(self, codes: Any, weight: Any) -> Any:
        """What a row of each class counts."""
        return np.ones(codes.max() + 1)

    def predict_proba(self, X: Any) -> NDArray[Any]:
        return self.shares_[np.asarray(X).argmax(axis=1)]

    def predict(self, X: Any) -> NDArray[Any]:
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


class XGBClassifier(Frequencies):
    """By https://xgboost.readthedocs.io: `scale_pos_weight` multiplies label 1, of two labels only."""

    __module__ = "xgboost.sklearn"

    def __init__(self, objective: Any = None, scale_pos_weight: Any = None, class_weight: Any = None) -> None:
        self.objective = objective
        self.scale_pos_weight = scale_pos_weight
        self.class_weight = class_weight

    def factors(self, codes: Any, weight: Any) -> Any:
        is_binary = codes.max() == 1 and not str(self.objective).startswith("multi:")
        return [1, self.scale_pos_weight or 1] if is_binary else np.ones(codes.max() + 1)


class LGBMClassifier(Frequencies):
    """By https://lightgbm.readthedocs.io: `is_unbalance` makes the sums of both labels equal, counting rows."""

    __module__ = "lightgbm.sklearn"

    def __init__(self, objective: Any = None, class_weight: Any = None, scale_pos_weight: Any = 1.0) -> None:
        self.objective = objective
        self.class_weight = class_weight
        self.scale_pos_weight = scale_pos_weight
        self.more: dict[str, Any] = {}

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return {**super().get_params(deep), **self.more}

    def set_params(self, **params: Any) -> Any:
        for name, value in params.items():
            setattr(self, name, value) if name in self._get_param_names() else self.more.update({name: value})
        return self

    def __sklearn_clone__(self) -> Any:
        return LGBMClassifier().set_params(**self.get_params())

    def factors(self, codes: Any, weight: Any) -> Any:
        factors = compute_class_weight(self.class_weight, classes=self.classes_, y=self.classes_[codes])
        if len(factors) == 2 and self.objective != "multiclass":
            factors = factors * [1, self.scale_pos_weight]
            if any(self.more.get(name) for name in ("is_unbalance", "unbalance", "unbalanced_sets")):
                factors = factors / np.bincount(codes)
        return factors


class CatBoostClassifier(Frequencies):
    """By https://catboost.ai: "Balanced" is the greatest sum of weights over that of the class, or its root."""

    __module__ = "catboost.core"

    def __init__(self, **params: Any) -> None:
        self.params = params

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return dict(self.params)

    def __sklearn_clone__(self) -> Any:
        return CatBoostClassifier(**self.params)

    def factors(self, codes: Any, weight: Any) -> Any:
        sums = np.bincount(codes, weight)
        match self.params.get("auto_class_weights"):
            case "Balanced":
                return sums.max() / sums
            case "SqrtBalanced":
                return np.sqrt(sums.max() / sums)
        given = self.params.get("class_weights", (1, self.params.get("scale_pos_weight", 1), 1)[: len(sums)])
        return [given[label] for label in self.classes_.tolist()] if isinstance(given, dict) else given


class Unheard(Frequencies):
    """Of a library that nobody has heard of."""

    def __init__(self, **params: Any) -> None:
        self.params = params

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return dict(self.params)

    def __sklearn_clone__(self) -> Any:
        return Unheard(**self.params)


#: Makes each booster such that it can tell the three kinds of rows apart, and no more.
SATURATED = {
    "xgboost": {
        "n_estimators": 150,
        "learning_rate": 0.3,
        "max_depth": 3,
        "reg_lambda": 0,
        "min_child_weight": 0,
        "n_jobs": 1,
    },
    "lightgbm": {"n_estimators": 150, "learning_rate": 0.3, "min_child_samples": 1, "verbose": -1, "n_jobs": 1},
    "catboost": {
        "iterations": 300,
        "learning_rate": 0.3,
        "depth": 3,
        "l2_leaf_reg": 0.0,
        "leaf_estimation_iterations": 5,
        "bootstrap_type": "No",
        "random_strength": 0,
        "verbose": False,
        "allow_writing_files": False,
        "thread_count": 1,
    },
}
STAND_INS = {"xgboost": XGBClassifier, "lightgbm": LGBMClassifier, "catboost": CatBoostClassifier}


def booster(library: str, real: bool, **params: Any) -> Any:
    if not real:
        made = STAND_INS[library]
        return made().set_params(**params) if library == "lightgbm" else made(**params)
    classes = pytest.importorskip(library)
    return getattr(classes, STAND_INS[library].__name__)(**SATURATED[library], **params)


# ------------------------------------------------------------------------------------------------------- what is read

TREE = DecisionTreeClassifier(random_state=0)
FOREST = {"n_estimators": 5, "random_state": 0, "bootstrap": False}
LOGISTIC = {"C": np.inf, "tol": 1e-8, "max_iter": 1000}
BOOSTING = {"learning_rate": 0.7, "min_samples_leaf": 1, "max_iter": 25}
SGD = {
    "loss": "log_loss",
    "alpha": 1e-4,
    "max_iter": 400,
    "tol": None,
    "average": 100,
    "learning_rate": "adaptive",
    "eta0": 0.5,
}

BY_CONVENTION = {
    "tree": lambda **params: clone(TREE).set_params(**params),
    "forest": lambda **params: RandomForestClassifier(**FOREST, **params),
    "extra trees": lambda **params: ExtraTreesClassifier(**FOREST, **params),
    "logistic regression": lambda **params: LogisticRegression(**LOGISTIC, **params),
    "boosting": lambda **params: HistGradientBoostingClassifier(**BOOSTING, **params),
}


def assert_corrected(estimator: Any, n_classes: int, weights: Any = None, labels: Any = None, **fit_params: Any) -> Any:
    """Corrected probabilities are the frequencies in the table."""
    X, y = table(n_classes)
    if weights is not None:
        fit_params["sample_weight"] = np.array(weights, float)[y]
    got = PriorCorrectedClassifier(estimator).fit(X, y if labels is None else np.array(labels)[y], **fit_params)
    expected = ROWS[n_classes] * (np.ones(n_classes) if weights is None else weights)
    expected = expected / expected.sum(axis=1, keepdims=True)
    order = np.argsort(labels) if labels is not None else np.arange(n_classes)
    np.testing.assert_allclose(got.predict_proba(KINDS), expected[:, order], atol=0.004)
    return got


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("learner", BY_CONVENTION)
def test_class_weight(learner: str, n_classes: int) -> None:
    make = BY_CONVENTION[learner]
    for class_weight in (None, "balanced", {0: 0.5}, {1: 5.0, 0: 2.0}):
        got = assert_corrected(make(class_weight=class_weight), n_classes)
        assert (np.abs(got.training_prior_ - got.prior_).max() > 0.05) == (class_weight is not None)
    assert_corrected(make(class_weight={1: 5.0}), n_classes, weights=[1, 2, 3][:n_classes])
    if learner != "boosting":
        assert_corrected(make(class_weight={"b": 5.0}), n_classes, labels=["c", "b", "a"][:n_classes])
    with pytest.raises(ValueError, match=r"class_weight='balanced' of rows that differ in weight"):
        assert_corrected(make(class_weight="balanced"), n_classes, weights=[1, 2, 3][:n_classes])


def test_class_weight_that_is_looked_up_by_code() -> None:
    # scikit-learn's histogram boosting gives the weight under 1 to the second label, whatever it is.
    X, y = table(2)
    boosting = HistGradientBoostingClassifier(**BOOSTING, class_weight={1: 5.0}).fit(X, y + 1)
    shares = (ROWS[2] * [1, 5])[:, 1] / (ROWS[2] * [1, 5]).sum(axis=1)
    np.testing.assert_allclose(boosting.predict_proba(KINDS)[:, 1], shares, atol=0.004)
    with pytest.raises(ValueError, match=r"uses class_weight=\{1: 5\.0\} in a way of its own"):
        PriorCorrectedClassifier(boosting).fit(X, y + 1)
    assert_corrected(HistGradientBoostingClassifier(**BOOSTING, class_weight="balanced"), 2, labels=["b", "a"])


@pytest.mark.filterwarnings("ignore::FutureWarning")  # of LogisticRegressionCV's parameters to come
def test_other_learners_with_class_weight() -> None:
    for class_weight in ("balanced", {1: 5.0}):
        assert_corrected(LogisticRegressionCV(Cs=[1e4], cv=2, tol=1e-8, class_weight=class_weight), 2)
    X, y = table(2)
    got = PriorCorrectedClassifier(SGDClassifier(**SGD, class_weight={1: 5.0}, random_state=0)).fit(X, y)
    assert got.predict_proba(X)[:, 1].mean() == pytest.approx(y.mean(), abs=0.02)


@pytest.mark.slow
@pytest.mark.parametrize(
    "made", rest_slow([BalancedRandomForestClassifier, imblearn.ensemble.BalancedRandomForestClassifier])
)
@pytest.mark.parametrize("class_weight", [None, "balanced", "balanced_subsample", {1: 5.0}])
@pytest.mark.parametrize("bootstrap", [False, True])
def test_forests_of_balanced_bags(made: Any, class_weight: Any, bootstrap: bool) -> None:
    # Without a bootstrap sample, the weights are those of the table, and the bags are balanced already.
    X, y = table(2)
    forest = made(
        300, class_weight=class_weight, bootstrap=bootstrap, sampling_strategy={0: 160}, replacement=True,
        random_state=0,
    )  # fmt: skip
    got = PriorCorrectedClassifier(forest).fit(X, y)
    expected = {
        None: [160, 80],
        "balanced": [160 / 480, 80 / 80],
        "balanced_subsample": [1, 1] if bootstrap else [160 / 480, 80 / 80],
    }
    prior = np.array([160, 400] if isinstance(class_weight, dict) else expected[class_weight], float)
    np.testing.assert_allclose(got.training_prior_, prior / prior.sum())
    np.testing.assert_allclose(got.predict_proba(X)[:, 1].mean(), y.mean(), atol=0.015)


@pytest.mark.slow
def test_forests_of_bootstrap_samples() -> None:
    X, y = table(2)
    for class_weight in ("balanced", "balanced_subsample"):
        for bootstrap in (False, True):
            forest = RandomForestClassifier(300, class_weight=class_weight, bootstrap=bootstrap, random_state=0)
            got = PriorCorrectedClassifier(forest).fit(X, y)
            np.testing.assert_allclose(got.training_prior_, [0.5, 0.5])
            np.testing.assert_allclose(got.predict_proba(X)[:, 1].mean(), y.mean(), atol=0.015)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::FutureWarning")  # scikit-learn will drop `probability`
@pytest.mark.parametrize("n_classes", [2, 3])
def test_support_vectors_count_rows(n_classes: int) -> None:
    X, y = np.random.default_rng(0).normal(size=(ROWS[n_classes].sum(), 2)), table(n_classes)[1]
    expected = ROWS[n_classes].sum(axis=0) / ROWS[n_classes].sum()
    for class_weight in (None, "balanced", {0: 9.0}):
        for weight in (None, 1.0 + y):
            model = SVC(probability=True, class_weight=class_weight, random_state=0)
            got = PriorCorrectedClassifier(model).fit(X, y, sample_weight=weight)
            np.testing.assert_allclose(got.training_prior_, expected)
            np.testing.assert_allclose(got.estimator_.predict_proba(X).mean(axis=0), expected, atol=0.04)


PRIORS = {
    "found by naive Bayes": (BernoulliNB(alpha=1e-9), None),
    "flat, of naive Bayes": (BernoulliNB(alpha=1e-9, fit_prior=False), [1, 1, 1]),
    "flat, of categories": (CategoricalNB(alpha=1e-9, fit_prior=False), [1, 1, 1]),
    "flat, of counts": (MultinomialNB(alpha=1e-9, fit_prior=False), [1, 1, 1]),
    "given to naive Bayes": (MultinomialNB(alpha=1e-9, class_prior=[0.2, 0.2, 0.6]), [1, 1, 3]),
    "given to Gaussians": (GaussianNB(priors=[0.2, 0.2, 0.6]), [1, 1, 3]),
    "given to a discriminant": (LinearDiscriminantAnalysis(priors=[0.2, 0.2, 0.6]), [1, 1, 3]),
    "flat, of nothing at all": (DummyClassifier(strategy="uniform"), [1, 1, 1]),
    "found, and nothing else": (DummyClassifier(strategy="prior"), None),
}


@pytest.mark.filterwarnings("ignore:invalid value")  # of a discriminant between classes that are alike
@pytest.mark.parametrize("name", PRIORS)
def test_priors(name: str) -> None:
    estimator, prior = PRIORS[name]
    sizes = [20, 60, 120]
    X = np.tile([[0.0, 1.0], [1.0, 0.0]], (100, 1))  # the same rows in each class tell nothing
    got = PriorCorrectedClassifier(estimator).fit(X, np.repeat([0, 1, 2], sizes))
    expected = np.array(prior or sizes, float)
    np.testing.assert_allclose(got.training_prior_, expected / expected.sum())
    np.testing.assert_allclose(got.estimator_.predict_proba(X), np.tile(got.training_prior_, (200, 1)), atol=1e-6)
    np.testing.assert_allclose(got.predict_proba(X[:1])[0], [0.1, 0.3, 0.6], atol=1e-6)


@pytest.mark.parametrize("real", [False, True], ids=["stand-in", "real"])
class TestBoosters:
    """Each library's own weights, by a stand-in that follows its documentation, and by the library where it is here."""

    def test_xgboost(self, real: bool) -> None:
        for params in ({}, {"scale_pos_weight": 5}, {"scale_pos_weight": 0.2, "objective": "binary:logistic"}):
            assert_corrected(booster("xgboost", real, **params), 2)
            assert_corrected(booster("xgboost", real, **params), 2, weights=[3, 1])
        got = assert_corrected(booster("xgboost", real, scale_pos_weight=6.0), 2)
        np.testing.assert_allclose(got.training_prior_, [0.5, 0.5])

    @pytest.mark.filterwarnings("ignore")  # XGBoost warns of the parameter that it does not use
    def test_xgboost_of_several_classes(self, real: bool) -> None:
        assert_corrected(booster("xgboost", real, scale_pos_weight=5), 3)
        many = {"objective": "multi:softprob", **({"num_class": 2} if real else {})}
        assert_corrected(booster("xgboost", real, scale_pos_weight=5, **many), 2)

    @pytest.mark.parametrize(
        "params",
        [
            {},
            {"is_unbalance": True},
            {"unbalance": True},
            {"unbalanced_sets": True},
            {"is_unbalance": False, "scale_pos_weight": 5.0},
            {"class_weight": {1: 5.0}},
            {"class_weight": {1: 5.0}, "scale_pos_weight": 3.0, "objective": "binary"},
            {"class_weight": {1: 5.0}, "is_unbalance": True},
        ],
    )
    def test_lightgbm(self, real: bool, params: Any) -> None:
        for n_classes in (2, 3) if "objective" not in params else (2,):
            assert_corrected(booster("lightgbm", real, **params), n_classes)
            assert_corrected(booster("lightgbm", real, **params), n_classes, weights=[3, 1, 2][:n_classes])

    def test_lightgbm_balanced(self, real: bool) -> None:
        assert_corrected(booster("lightgbm", real, class_weight="balanced"), 2)
        assert_corrected(booster("lightgbm", real, class_weight="balanced"), 3)
        assert_corrected(booster("lightgbm", real, class_weight={"b": 4.0}), 3, labels=["c", "b", "a"])
        if not real:
            assert_corrected(booster("lightgbm", real, objective="multiclass", is_unbalance=True), 2)

    @pytest.mark.parametrize(
        "params",
        [
            {},
            {"auto_class_weights": "Balanced"},
            {"auto_class_weights": "SqrtBalanced"},
            {"auto_class_weights": None},
        ],
    )
    def test_catboost(self, real: bool, params: Any) -> None:
        for n_classes in (2, 3):
            assert_corrected(booster("catboost", real, **params), n_classes)
        assert_corrected(booster("catboost", real, **params), 3, weights=[3, 1, 2])

    def test_catboost_by_label(self, real: bool) -> None:
        assert_corrected(booster("catboost", real, scale_pos_weight=5.0), 2)
        # A tuple: scikit-learn cannot clone CatBoost with a list, which CatBoost copies.
        assert_corrected(booster("catboost", real, class_weights=(5.0, 1.0)), 2, labels=["b", "a"])
        assert_corrected(booster("catboost", real, class_weights=(3.0, 1.0, 2.0)), 3, weights=[3, 1, 2])
        by_label = booster("catboost", real, class_weights={"b": 1.0, "a": 5.0})
        if real:
            X, y = table(2)
            by_label.fit(X, np.array(["b", "a"])[y])
            assert by_label.classes_.tolist() == ["b", "a"]  # as the weights name them
            prior = learned(by_label, Seen({"a": 80, "b": 480}, {"a": 80.0, "b": 480.0}), {})
            assert prior == {"b": 480.0, "a": 400.0}
            got = correct_prior(by_label.predict_proba(KINDS), list(prior.values()), [480, 80])
            np.testing.assert_allclose(got, ROWS[2] / ROWS[2].sum(axis=1, keepdims=True), atol=0.01)
        else:
            assert_corrected(by_label, 2, labels=["b", "a"])


def test_a_pipeline_a_search_and_a_class_of_ones_own() -> None:
    class Mine(XGBClassifier):
        pass

    piped = fastbal.pipeline.make_pipeline(RandomOverSampler(random_state=0), XGBClassifier(scale_pos_weight=4))
    got = PriorCorrectedClassifier(piped).fit(*table(2))
    np.testing.assert_allclose(got.training_prior_, [0.2, 0.8])
    search = GridSearchCV(XGBClassifier(), {"scale_pos_weight": [6.0]}, cv=2)
    np.testing.assert_allclose(assert_corrected(search, 2).training_prior_, [0.5, 0.5])
    search = GridSearchCV(make_pipeline(BernoulliNB()), {"bernoullinb__alpha": [0.5]}, cv=2)
    np.testing.assert_allclose(PriorCorrectedClassifier(search).fit(*table(2)).training_prior_, [6 / 7, 1 / 7])
    assert_corrected(Mine(scale_pos_weight=5), 2)
    assert_corrected(GridSearchCV(TREE, {"class_weight": [{0: 1, 1: 7}]}, cv=2), 2)


def test_balanced_ensembles() -> None:
    for made in (BalancedBaggingClassifier, RUSBoostClassifier, imblearn.ensemble.BalancedBaggingClassifier):
        got = PriorCorrectedClassifier(made(TREE, n_estimators=2, random_state=0)).fit(*table(2))
        np.testing.assert_allclose(got.training_prior_, [0.5, 0.5])


def test_weights_of_the_reference_network() -> None:
    weights = {"no": 2.0, "yes": 7.0}
    model = Unheard(class_weight="sqrt")
    model.classes_, model.class_weight_, model.class_weight = np.array(["no", "yes"]), weights, "sqrt"
    seen = Seen({"no": 30, "yes": 10}, {"no": 15.0, "yes": 10.0})
    assert learned(model, seen, {}) == {"no": 30.0, "yes": 70.0}
    del model.class_weight_
    with pytest.raises(ValueError, match=r"Unheard learns from, because it uses class_weight='sqrt' in a way"):
        learned(model, seen, {})


class Network(Frequencies):
    """Takes weights by class code, as Keras does."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None, class_weight: Any = None) -> Any:
        self.class_weight_of_fit = class_weight or {}
        return super().fit(X, y, sample_weight)

    def factors(self, codes: Any, weight: Any) -> Any:
        return [self.class_weight_of_fit.get(code, 1.0) for code in range(codes.max() + 1)]


def test_class_weight_given_to_fit() -> None:
    assert_corrected(Network(), 2, class_weight={0: 1.0, 1: 5.0})
    assert_corrected(Network(), 3, weights=[1, 2, 3], class_weight={1: 5.0})
    piped = fastbal.pipeline.make_pipeline(RandomOverSampler(random_state=0), Network())
    got = PriorCorrectedClassifier(piped).fit(*table(2), network__class_weight={1: 4.0})
    np.testing.assert_allclose(got.training_prior_, [0.2, 0.8])
    for labels, class_weight in ((["no", "yes"], {1: 5.0}), ([1, 2], {1: 5.0}), ([0, 1], "balanced")):
        with pytest.raises(ValueError, match=r"Network learns from, because it uses class_weight=.* State training_"):
            assert_corrected(Network(), 2, labels=labels, class_weight=class_weight)


# --------------------------------------------------------------------------------------------------- what is refused

BALANCED = clone(TREE).set_params(class_weight="balanced")


def custom(*_: Any) -> Any:
    raise AssertionError


class CategoricalFocalCrossentropy:
    """A loss of Keras by its name."""


class CategoricalCrossentropy:
    """A loss of Keras by its name."""


REFUSED = {
    "a sampler inside": (
        VotingClassifier([("a", fastbal.pipeline.make_pipeline(SMOTE(), TREE))], voting="soft"),
        r"a__smote=SMOTE\(",
    ),
    "class weights inside": (BaggingClassifier(BALANCED), "estimator__class_weight='balanced'"),
    "a balanced ensemble inside": (
        VotingClassifier([("a", BalancedRandomForestClassifier())], voting="soft"),
        "a__sampling_strategy='all'",
    ),
    "a prior inside": (BaggingClassifier(GaussianNB(priors=[0.5, 0.5])), r"estimator__priors=\[0.5, 0.5\]"),
    "a flat prior inside": (OneVsRestClassifier(MultinomialNB(fit_prior=False)), "estimator__fit_prior=False"),
    "centroids inside": (BaggingClassifier(NearestCentroid()), r"estimator=NearestCentroid\(\)"),
    "a booster inside": (
        StackingClassifier([("a", XGBClassifier(scale_pos_weight=3))], final_estimator=TREE),
        "a__scale_pos_weight=3",
    ),
    "a fitted model inside": (FixedThresholdClassifier(FrozenEstimator(TREE)), "estimator=FrozenEstimator"),
    "no frequencies inside": (BaggingClassifier(ComplementNB()), r"estimator=ComplementNB\(\)"),
    "another prior inside": (
        BaggingClassifier(PriorCorrectedClassifier(TREE, prior=[1, 1])),
        r"estimator__prior=\[1, 1\]",
    ),
    "calibrated, with a sampler": (
        CalibratedClassifierCV(fastbal.pipeline.make_pipeline(SMOTE(), TREE)),
        r"estimator__smote=SMOTE\(",
    ),
    "naive Bayes of complements": (ComplementNB(), "ComplementNB learns from: its probabilities do not follow"),
    "centroids": (NearestCentroid(), "NearestCentroid learns from: its probabilities"),
    "labels of its own": (SelfTrainingClassifier(TREE), "SelfTrainingClassifier learns from: its prob"),
    "XGBoost, class_weight": (XGBClassifier(class_weight="balanced"), "class_weight='balanced'"),
    "XGBoost, a function": (XGBClassifier(objective=custom), "objective=<function custom"),
    "XGBoost, another objective": (
        XGBClassifier(objective="rank:pairwise", scale_pos_weight=3),
        "scale_pos_weight=3",
    ),
    "LightGBM, one model per class": (
        LGBMClassifier("multiclassova").set_params(is_unbalance=True),
        "is_unbalance=True",
    ),
    "LightGBM, by another name": (
        LGBMClassifier(scale_pos_weight=2.0).set_params(application="cross_entropy"),
        "scale_pos_weight=2.0",
    ),
    "LightGBM, bags by class": (
        LGBMClassifier().set_params(neg_bagging_fraction=0.1),
        "neg_bagging_fraction=0.1",
    ),
    "LightGBM, a function": (LGBMClassifier(custom), "objective=<function custom"),
    "CatBoost, focal": (CatBoostClassifier(loss_function="Focal:focal_alpha=0.5"), "loss_function='Focal:"),
    "CatBoost, an object": (CatBoostClassifier(objective=Unheard()), "objective=Unheard"),
    "a weight by another name": (Unheard(pos_weight=4.0), "pos_weight=4.0"),
    "a list of weights": (Unheard(class_weight=[1.0, 4.0]), r"class_weight=\[1.0, 4.0\]"),
    "balanced by itself": (Unheard(balance_probabilities=True), "balance_probabilities=True"),
    "a strategy of its own": (Unheard(sampling_strategy="auto"), "sampling_strategy='auto'"),
    "weights of rows in a parameter": (Unheard(fit__sample_weight=[1, 4]), r"fit__sample_weight=\[1, 4\]"),
    "a weight of a criterion": (Unheard(criterion__weight=[1, 4]), r"criterion__weight=\[1, 4\]"),
    "arguments of fit": (Unheard(fit_kwargs={"class_weight": {0: 1, 1: 4}}), r"fit_kwargs\['class_weight'\]="),
    "a focal loss": (Unheard(loss=CategoricalFocalCrossentropy()), "loss=<.*CategoricalFocalCrossentropy"),
    "a focal loss by name": (Unheard(loss="binary_focal_crossentropy"), "loss='binary_focal_crossentropy'"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    estimator, used = REFUSED[name]
    monkeypatch.setattr(type(estimator), "fit", custom)  # before any work
    with pytest.raises(ValueError, match=rf"training_prior='auto' cannot tell .*{used}.* State training_prior: class"):
        PriorCorrectedClassifier(estimator).fit(*table(2))


@pytest.mark.parametrize("argument", ["base_margin", "init_score", "baseline", "pos_weight"])
def test_arguments_of_fit_that_are_refused(argument: str) -> None:
    for value, shown in ((4.0, "=4.0"), (np.linspace(-1, 1, 560), "")):
        with pytest.raises(ValueError, match=f"uses {argument}{shown} in a way of its own"):
            PriorCorrectedClassifier(Network()).fit(*table(2), **{argument: value})


@pytest.mark.parametrize(
    "params",
    [
        {"pos_weight": None},
        {"pos_weight": 1.0},
        {"class_weight": {}},
        {"balance_classes": False},
        {"auto_balance": "None"},
        {"loss": "categorical_crossentropy", "criterion": CategoricalCrossentropy},
        {"loss": CategoricalCrossentropy()},
        {"n_weights": 3, "weights": "distance", "unbalanced": 0.0},
    ],
)
def test_what_weighs_nothing_is_not_refused(params: Any) -> None:
    if params.get("unbalanced") == 0.0:
        with pytest.raises(ValueError, match=r"unbalanced=0\.0"):  # a number that is none of 1 may mean anything
            assert_corrected(Unheard(**params), 2)
        params = {name: value for name, value in params.items() if name != "unbalanced"}
    assert_corrected(Unheard(**params), 2)


def test_what_is_calibrated_follows_its_rows() -> None:
    X, y = table(2)
    for inner in (
        FrozenEstimator(clone(TREE).fit(X[:200], y[:200])),
        ComplementNB(),
        VotingClassifier([("a", TREE)], voting="soft"),
    ):
        got = PriorCorrectedClassifier(CalibratedClassifierCV(inner, cv=2)).fit(X, y)
        np.testing.assert_allclose(got.training_prior_, got.prior_)


# ------------------------------------------------------------------------------------------------------------ the page


def assert_prior(estimator: Any, expected: Any, **fit_params: Any) -> None:
    got = PriorCorrectedClassifier(estimator).fit(*table(2), **fit_params)
    np.testing.assert_allclose(got.training_prior_, np.array(expected) / np.sum(expected))


def assert_refused(*estimators: Any, **fit_params: Any) -> None:
    for estimator in estimators:
        with pytest.raises(ValueError, match="State training_prior"):
            PriorCorrectedClassifier(estimator).fit(*table(2), **fit_params)


def of_the_reference_network() -> None:
    networks = pytest.importorskip("fastbal.keras")
    model = networks.ReferenceDNNClassifier((), epochs=1, batch_size=560, random_state=0)
    for class_weight, expected in (
        (None, [480, 80]),
        ("balanced", [1, 1]),
        ("sqrt", [480**0.5, 80**0.5]),
        ({0: 1.0, 1: 5.0}, [480, 400]),
    ):
        assert_prior(clone(model).set_params(class_weight=class_weight), expected)
    assert_prior(
        clone(model).set_params(class_weight="sqrt"), [480**0.5, 3 * 80**0.5], sample_weight=1 + 2 * table(2)[1]
    )
    assert_prior(model, [480, 400], class_weight={1: 5.0})
    for loss in (networks.FocalLoss.from_labels, networks.FocalLoss(0.25), networks.LogitAdjustedLoss.from_labels):
        assert_refused(clone(model).set_params(loss=loss))


def piped(last: Any) -> Any:
    return fastbal.pipeline.make_pipeline(RandomOverSampler(random_state=0), last)


#: The first column of the table on the page, and what proves the second, for 480 and 80 rows.
PAGE = {
    "samplers in a pipeline": lambda: assert_prior(piped(TREE), [1, 1]),
    "`sample_weight`": lambda: assert_prior(TREE, [480, 240], sample_weight=1 + 2 * table(2)[1]),
    "balanced ensembles: `sampling_strategy`": lambda: assert_prior(
        BalancedRandomForestClassifier(3, sampling_strategy={0: 160}), [160, 80]
    ),
    "scikit-learn: `class_weight`": lambda: assert_prior(LogisticRegression(class_weight={1: 5}), [480, 400]),
    'forests: `class_weight="balanced_subsample"`': lambda: assert_prior(
        BalancedRandomForestClassifier(3, class_weight="balanced_subsample"), [80, 480]
    ),
    "`priors`, `class_prior`, `fit_prior`": lambda: assert_prior(BernoulliNB(fit_prior=False), [1, 1]),
    "`SVC`, `NuSVC`": lambda: assert_prior(
        SVC(probability=True, class_weight="balanced"), [480, 80], sample_weight=1 + table(2)[1]
    ),
    "XGBoost: `scale_pos_weight`": lambda: assert_prior(XGBClassifier(scale_pos_weight=3), [480, 240]),
    "LightGBM: `class_weight`, `is_unbalance`, `scale_pos_weight`": lambda: assert_prior(
        LGBMClassifier().set_params(is_unbalance=True), [1, 1]
    ),
    "CatBoost: `auto_class_weights`, `class_weights`, `scale_pos_weight`": lambda: assert_prior(
        CatBoostClassifier(auto_class_weights="Balanced"), [1, 1]
    ),
    "`ReferenceDNNClassifier`: `class_weight`": of_the_reference_network,
    "`class_weight` as an argument of `fit`": lambda: assert_prior(Network(), [480, 400], class_weight={1: 5}),
    "a search": lambda: assert_prior(GridSearchCV(TREE, {"class_weight": ["balanced"]}, cv=2), [1, 1]),
    "any of this inside another estimator": lambda: assert_refused(
        *(REFUSED[name][0] for name in REFUSED if name.endswith("inside"))
    ),
    "balanced class weights and `sample_weight`": lambda: assert_refused(BALANCED, sample_weight=1 + table(2)[1]),
    "histogram boosting: `class_weight` by labels that are not 0, 1, 2 …": (
        test_class_weight_that_is_looked_up_by_code
    ),
    "XGBoost: `class_weight`": lambda: assert_refused(XGBClassifier(class_weight="balanced")),
    'LightGBM: weights with `"multiclassova"`, bags by class': lambda: assert_refused(
        REFUSED["LightGBM, one model per class"][0], REFUSED["LightGBM, bags by class"][0]
    ),
    "losses of your own, focal losses, `LogitAdjustedLoss`": lambda: assert_refused(
        XGBClassifier(custom), LGBMClassifier(custom), CatBoostClassifier(loss_function="Focal:focal_alpha=0.5")
    ),
    "`ComplementNB`, `NearestCentroid`, `SelfTrainingClassifier`": lambda: assert_refused(
        ComplementNB(), NearestCentroid(), SelfTrainingClassifier(TREE)
    ),
    "`FrozenEstimator`": lambda: assert_refused(FrozenEstimator(clone(TREE).fit(*table(2)))),
    "other parameters whose names speak of class weights": lambda: assert_refused(
        Unheard(pos_weight=4), Unheard(balance_classes=True), Unheard(class_weight=[1, 4])
    ),
    "`base_margin`, `init_score`, `baseline`": lambda: [
        assert_refused(Network(), **{name: np.zeros(560)}) for name in ("base_margin", "init_score", "baseline")
    ],
}


@pytest.mark.filterwarnings("ignore::FutureWarning")  # scikit-learn will drop `probability`
@pytest.mark.filterwarnings("ignore:__array__ implementation")  # Keras and NumPy 2
@pytest.mark.parametrize("row", PAGE)
def test_each_row_of_the_page(row: str) -> None:
    PAGE[row]()


@pytest.mark.skipif(not DOCS.is_file(), reason="docs/ is not here")
def test_the_page_says_what_is_tested_here() -> None:
    section = DOCS.read_text("utf-8").partition("## What is seen")[2].partition("\n## ")[0]
    assert re.findall(r"^\| (?!Where|---)(.*?) \|", section, re.M) == list(PAGE)
