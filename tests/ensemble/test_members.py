"""What stands inside an ensemble: samplers, learners, and where they come from."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from fastbal import FunctionSampler
from fastbal.ensemble import (
    BalancedBaggingClassifier,
    BalancedRandomForestClassifier,
    EasyEnsembleClassifier,
    RUSBoostClassifier,
)
from fastbal.over_sampling import SMOTE, RandomOverSampler
from fastbal.pipeline import make_pipeline
from fastbal.under_sampling import RandomUnderSampler
from tests import cases

# ------------------------------------------------------------------------------------------------ bags


@pytest.mark.parametrize("sampler", cases.SAMPLERS, ids=lambda sampler: type(sampler).__name__)
def test_any_sampler_balances_the_bags(sampler: Any) -> None:
    X, y = cases.binary()
    model = BalancedBaggingClassifier(DecisionTreeClassifier(), 2, sampler=sampler, random_state=0).fit(X, y)
    assert model.score(X, y) > 0.6


@pytest.mark.parametrize("shrinkage", [None, 0.5])
def test_rows_chosen_first_are_those_of_the_sampler(shrinkage: Any) -> None:
    X, y = cases.binary()
    for sampler in (RandomUnderSampler(replacement=True), RandomOverSampler(shrinkage=shrinkage)):
        model = BalancedBaggingClassifier(n_estimators=2, sampler=sampler, random_state=0).fit(X, y)
        for rows, member in zip(model.estimators_samples_, model.estimators_, strict=True):
            X_bag, y_bag = member["sampler"].fit_resample(X[rows], y[rows])
            expected = DecisionTreeClassifier(**member["classifier"].get_params()).fit(X_bag, y_bag)
            np.testing.assert_array_equal(member.predict_proba(X), expected.predict_proba(X))


def test_a_samplers_own_strategy_counts_unless_another_is_given() -> None:
    X, y = cases.binary()
    model = BalancedBaggingClassifier(n_estimators=1, sampler=RandomUnderSampler(sampling_strategy={0: 30}))
    assert model.fit(X, y).estimators_[0]["sampler"].sampling_strategy_ == {0: 30}
    model.set_params(sampling_strategy={0: 40})
    assert model.fit(X, y).estimators_[0]["sampler"].sampling_strategy_ == {0: 40}


def test_functions_and_subclasses_are_samplers() -> None:
    X, y = cases.binary()

    class FirstHalf(RandomUnderSampler):
        def fit_resample(self, X: Any, y: Any, **arrays: Any) -> Any:
            return super().fit_resample(X[: len(X) // 2], y[: len(X) // 2])

    for sampler in (FunctionSampler(func=lambda X, y: (X[:200], y[:200])), FirstHalf()):
        model = BalancedBaggingClassifier(n_estimators=2, sampler=sampler, random_state=0)
        assert model.fit(X, np.array(["a", "b"])[y]).score(X, np.array(["a", "b"])[y]) > 0.6


def test_a_bag_may_lack_a_class_but_not_all_but_one() -> None:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((100, 2))
    y = np.repeat([0, 1, 2], [60, 38, 2])
    model = BalancedBaggingClassifier(n_estimators=20, max_samples=0.2, oob_score=True, random_state=0).fit(X, y)
    assert min(len(member.classes_) for member in model.estimators_) == 2
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1)
    with pytest.raises(ValueError, match=r"A bag of 100 rows has class False only.* 1 are of class True"):
        BalancedBaggingClassifier(n_estimators=20, random_state=0).fit(X, np.arange(100) == 7)


def test_sizes_of_bags() -> None:
    X, y = cases.binary()
    model = BalancedBaggingClassifier(n_estimators=1, max_samples=50, max_features=2, random_state=0).fit(X, y)
    assert len(model.estimators_samples_[0]) == 50
    assert len(model.estimators_features_[0]) == model.estimators_[0]["sampler"].n_features_in_ == 2
    with pytest.raises(ValueError, match="max_samples must be <= n_samples, but max_samples=301"):
        BalancedBaggingClassifier(max_samples=301, bootstrap=False).fit(X, y)
    with pytest.raises(ValueError, match="max_features must be <= n_features, but max_features=7 of 6 columns"):
        BalancedBaggingClassifier(max_features=7).fit(X, y)


def test_any_learner() -> None:
    X, y = cases.binary()
    learners = [KNeighborsClassifier(), make_pipeline(StandardScaler(), SMOTE(k_neighbors=3), LogisticRegression())]
    for learner in learners:
        assert BalancedBaggingClassifier(learner, 2, random_state=0).fit(X, y).score(X, y) > 0.7
        assert EasyEnsembleClassifier(2, learner, random_state=0).fit(X, y).score(X, y) > 0.7


def test_learners_may_answer_in_other_ways() -> None:
    X, y = cases.binary()
    model = BalancedBaggingClassifier(LogisticRegression(), 2, random_state=0).fit(X, y)
    assert model.decision_function(X).shape == (len(X),)
    np.testing.assert_allclose(np.exp(model.predict_log_proba(X)), model.predict_proba(X))
    assert not hasattr(BalancedBaggingClassifier(), "decision_function")


@pytest.mark.slow
def test_a_network_learns_from_balanced_bags() -> None:
    keras = pytest.importorskip("keras", reason="Keras is not installed")
    wrappers = pytest.importorskip("keras.wrappers", reason="this Keras has no wrappers for scikit-learn")

    def network(X: Any, y: Any, width: int) -> Any:
        keras.utils.set_random_seed(0)
        layers = [keras.layers.Dense(width, activation="relu"), keras.layers.Dense(2, activation="softmax")]
        model = keras.Sequential([keras.Input((X.shape[1],)), *layers])
        model.compile(optimizer=keras.optimizers.Adam(0.05), loss="categorical_crossentropy")
        return model

    X, y = cases.binary()
    learner = wrappers.SKLearnClassifier(network, model_kwargs={"width": 8}, fit_kwargs={"epochs": 15, "verbose": 0})
    labels = np.array(["no", "yes"])[y]
    model = BalancedBaggingClassifier(learner, n_estimators=2, random_state=0).fit(X, labels)
    assert model.score(X, labels) > 0.7


# ------------------------------------------------------------------------------------------------ forest


def test_pipelines_share_the_trees() -> None:
    X, y = cases.binary()
    forest = BalancedRandomForestClassifier(n_estimators=3, random_state=0).fit(X, y)
    boosted = RUSBoostClassifier(n_estimators=3, random_state=0).fit(X, y)
    for model in (forest, boosted):
        for pipeline, sampler, learner in zip(model.pipelines_, model.samplers_, model.estimators_, strict=True):
            assert pipeline[0] is sampler
            assert pipeline[-1] is learner
            assert pipeline.predict(X).shape == (len(X),)
        assert "pipelines_" not in vars(model)


def test_a_forest_of_many_rows_is_small() -> None:
    X, y = cases.binary(n=3000)
    forest = BalancedRandomForestClassifier(n_estimators=10, random_state=0).fit(X, y)
    trees = len(pickle.dumps(forest.estimators_))
    assert len(pickle.dumps(forest)) < trees + 10 * 4 * len(forest.samplers_[0].sample_indices_) + 10_000


def test_every_tree_must_know_every_class() -> None:
    X, y = cases.binary()
    with pytest.raises(ValueError, match="leaves no rows of class 1"):
        BalancedRandomForestClassifier(sampling_strategy={0: 10, 1: 0}).fit(X, y)


def test_a_tree_and_its_sampler_have_a_seed_each() -> None:
    X, y = cases.binary()
    forest = BalancedRandomForestClassifier(n_estimators=4, random_state=5).fit(X, y)
    seeds = np.random.RandomState(5).randint(np.iinfo(np.int32).max, size=8).tolist()
    assert [tree.random_state for tree in forest.estimators_] == seeds[::2]
    assert [sampler.random_state for sampler in forest.samplers_] == seeds[1::2]


# ------------------------------------------------------------------------------------------------ boosting


def test_boosting_ends_when_nothing_is_wrong() -> None:
    X = np.arange(20.0)[:, None]
    model = RUSBoostClassifier(random_state=0).fit(X, X[:, 0] > 14)
    assert len(model.estimators_) < 50
    assert model.estimator_errors_[len(model.estimators_) - 1] == 0
    assert model.score(X, X[:, 0] > 14) >= 0.95


def test_boosting_that_is_no_better_than_guessing_says_so() -> None:
    X, y = np.zeros((30, 1)), np.repeat([0, 1], [20, 10])

    class AlwaysRare(DecisionTreeClassifier):
        def predict(self, X: Any, check_input: bool = True) -> Any:
            return np.ones(len(X), int)

    with pytest.raises(ValueError, match=r"The first AlwaysRare is worse than random: .* 0\.667 of all rows"):
        RUSBoostClassifier(AlwaysRare()).fit(X, y)


def test_boosting_needs_weights() -> None:
    with pytest.raises(ValueError, match="KNeighborsClassifier doesn't support sample_weight"):
        RUSBoostClassifier(KNeighborsClassifier()).fit(*cases.binary())


def test_the_algorithm_is_samme() -> None:
    X, y = cases.binary()
    expected = RUSBoostClassifier(n_estimators=3, random_state=0).fit(X, y).predict_proba(X)
    with pytest.warns(FutureWarning, match="'algorithm' is deprecated and has no effect"):
        got = RUSBoostClassifier(n_estimators=3, algorithm="SAMME", random_state=0).fit(X, y)
    np.testing.assert_array_equal(got.predict_proba(X), expected)


def test_weights_that_overflow_end_the_boosting() -> None:
    X, y = cases.binary()
    with pytest.warns(UserWarning, match="Sample weights have reached infinite values, at iteration 0"):
        RUSBoostClassifier(learning_rate=1e6, random_state=0).fit(X, y)


def test_rows_without_weight_stay_without() -> None:
    X, y = cases.binary()
    weights = np.where(np.arange(len(y)) % 3 == 0, 0.0, 1.0)
    model = RUSBoostClassifier(n_estimators=5, random_state=0).fit(X, y, sample_weight=weights)
    assert model.score(X, y) > 0.6
