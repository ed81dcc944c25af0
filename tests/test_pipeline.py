"""Pipelines: the same as imbalanced-learn's, nothing lost on the way, and all that is per row stays with its row."""

from __future__ import annotations

import functools
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import imblearn.over_sampling
import imblearn.pipeline
import imblearn.under_sampling
import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
import sklearn.pipeline
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin, clone
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import get_scorer, log_loss
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_predict, cross_validate
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler
from sklearn.utils.estimator_checks import estimator_checks_generator

from fastbal import FunctionSampler
from fastbal.over_sampling import SMOTE, RandomOverSampler
from fastbal.pipeline import Pipeline, make_pipeline
from fastbal.under_sampling import ClusterCentroids, EditedNearestNeighbours, RandomUnderSampler
from tests import cases


@pytest.fixture
def routing() -> Iterator[None]:
    """scikit-learn routes metadata."""
    with sklearn.config_context(enable_metadata_routing=True):
        yield


def smote() -> SMOTE:
    return SMOTE(random_state=0)


class Midpoints(BaseEstimator):
    """Adds for each row of class 1 the point halfway to row 0, and carries arrays along."""

    def fit(self, X: Any, y: Any) -> Any:
        return self

    def fit_resample(self, X: Any, y: Any, *, sample_weight: Any = None, groups: Any = None, **arrays: Any) -> Any:
        self.seen_ = sorted([*arrays, *(["sample_weight"] if sample_weight is not None else [])])
        self.groups_ = groups
        X, y = np.asarray(X), np.asarray(y)
        base = np.flatnonzero(y == 1)
        rows = np.concatenate([np.arange(len(y)), base])
        extra = []
        if sample_weight is not None:
            weight = np.asarray(sample_weight, float)
            extra.append(np.concatenate([weight, (weight[base] + weight[0]) / 2]))
        extra += [np.asarray(array)[rows] for array in (groups, *arrays.values()) if array is not None]
        return np.vstack([X, (X[base] + X[0]) / 2]), y[rows], *extra


class Chosen(BaseEstimator):
    """Keeps every second row, and says so in the way of old."""

    def fit(self, X: Any, y: Any) -> Any:
        return self

    def fit_resample(self, X: Any, y: Any) -> Any:
        self.sample_indices_ = np.arange(0, len(y), 2)
        return X[::2], y[::2]


class Recorder(ClassifierMixin, BaseEstimator):
    """Remembers what it is given."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None, **params: Any) -> Any:
        self.X_, self.y_, self.sample_weight_, self.params_ = X, y, sample_weight, params
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), self.classes_[0])

    def fit_predict(self, X: Any, y: Any, **params: Any) -> Any:
        return self.fit(X, y, **params).predict(X)


class FitThenTransform(BaseEstimator):
    """A transformer without fit_transform, which remembers its labels."""

    def fit(self, X: Any, y: Any, X_val: Any = None, sample_weight: Any = None) -> Any:
        self.n_rows_, self.y_, self.X_val_, self.sample_weight_ = len(X), y, X_val, sample_weight
        return self

    def transform(self, X: Any) -> Any:
        return X


class Validated(Recorder):
    """Takes a validation set, by name."""

    def fit(self, X: Any, y: Any, X_val: Any = None, y_val: Any = None) -> Any:
        self.X_val_ = X_val
        return super().fit(X, y)

    def predict(self, X: Any) -> Any:
        return np.zeros(len(X))

    def fit_predict(self, X: Any, y: Any, X_val: Any = None, y_val: Any = None) -> Any:
        return self.fit(X, y, X_val=X_val, y_val=y_val).predict(X)


# ------------------------------------------------------------------------------------------- as imbalanced-learn's


def chain(package: Any, names: list[Any]) -> list[Any]:
    """Steps of an equal pipeline of fastbal or imbalanced-learn."""
    over, under = package
    made = {
        "scale": StandardScaler,
        "pca": lambda: PCA(2, random_state=0),
        "smote": lambda: over.SMOTE(random_state=0, sampling_strategy={0: 100}),
        "ros": lambda: over.RandomOverSampler(random_state=0),
        "rus": lambda: under.RandomUnderSampler(random_state=0),
    }
    return [made[name]() if name in made else name for name in names]


def both(names: list[Any], *last: Any) -> Iterator[Any]:
    """Equal pipelines, fastbal's and imbalanced-learn's."""
    import fastbal.over_sampling
    import fastbal.under_sampling

    mine = chain((fastbal.over_sampling, fastbal.under_sampling), names)
    theirs = chain((imblearn.over_sampling, imblearn.under_sampling), names)
    yield make_pipeline(*mine, *map(clone, last))
    yield imblearn.pipeline.make_pipeline(*theirs, *map(clone, last))


names_of_steps = pytest.mark.parametrize(
    "names",
    [["ros"], ["scale", "smote"], ["smote", "scale", "rus"], [None, "smote", "passthrough", "pca"]],
    ids=lambda names: "-".join(map(str, names)),
)


@names_of_steps
def test_predicts_as_imbalanced_learns(names: list[Any]) -> None:
    X, y = cases.multiclass()
    got, expected = (pipeline.fit(X, y) for pipeline in both(names, LogisticRegression()))
    for method in ("predict", "predict_proba", "predict_log_proba", "decision_function"):
        np.testing.assert_allclose(getattr(got, method)(X), getattr(expected, method)(X), rtol=1e-9)
    assert got.score(X, y) == expected.score(X, y)
    assert got.classes_.tolist() == expected.classes_.tolist()


@names_of_steps
def test_transforms_and_resamples_as_imbalanced_learns(names: list[Any]) -> None:
    X, y = cases.multiclass()
    got, expected = (pipeline.fit_transform(X, y) for pipeline in both(names, MinMaxScaler()))
    np.testing.assert_allclose(got, expected)
    got, expected = (pipeline.fit(X, y).transform(X) for pipeline in both(names, MinMaxScaler()))
    np.testing.assert_allclose(got, expected)
    sampler = RandomUnderSampler(random_state=1)
    (X_got, y_got), (X_expected, y_expected) = (p.fit_resample(X, y) for p in both(names, sampler))
    np.testing.assert_allclose(X_got, X_expected)
    np.testing.assert_array_equal(y_got, y_expected)


@pytest.mark.parametrize("sampler", [imblearn.over_sampling.SMOTE(random_state=0), SMOTE(random_state=0)])
def test_samplers_of_either_package_give_the_same_model(sampler: Any) -> None:
    X, y = cases.binary()
    got = make_pipeline(sampler, LogisticRegression()).fit(X, y).decision_function(X)
    expected = imblearn.pipeline.make_pipeline(SMOTE(random_state=0), LogisticRegression()).fit(X, y)
    np.testing.assert_allclose(got, expected.decision_function(X))


# ------------------------------------------------------------------------------------------- X and y stay together


def test_samplers_act_while_fitting_only() -> None:
    X, y = cases.binary()
    calls = []

    def halve(X: Any, y: Any) -> Any:
        calls.append(len(X))
        return X[::2], y[::2]

    pipeline = make_pipeline(FunctionSampler(func=halve), StandardScaler(), LogisticRegression()).fit(X, y)
    assert len(pipeline.predict(X)) == len(pipeline.predict_proba(X)) == len(pipeline.decision_function(X)) == 300
    assert len(pipeline[:-1].transform(X)) == len(pipeline[:-1].inverse_transform(X)) == 300
    assert pipeline.score(X, y) > 0.5
    assert calls == [300]
    assert pipeline[1].n_samples_seen_ == 150


def test_a_last_step_without_fit_transform_gets_the_resampled_labels() -> None:
    X, y = cases.binary()
    pipeline = make_pipeline(SMOTE(random_state=0), FitThenTransform())
    assert len(pipeline.fit_transform(X, y)) == pipeline[-1].n_rows_ == len(pipeline[-1].y_) > 300
    X_got, y_got = pipeline.fit_resample(X, y)
    assert len(X_got) == len(y_got) == len(pipeline[-1].y_)


@pytest.mark.parametrize("last", ["passthrough", None])
def test_passthrough_at_the_end_returns_rows_and_labels(last: Any) -> None:
    X, y = cases.binary()
    pipeline = Pipeline([("smote", SMOTE(random_state=0)), ("last", last)])
    X_got, y_got = pipeline.fit_resample(X, y)
    X_expected, y_expected = SMOTE(random_state=0).fit_resample(X, y)
    np.testing.assert_array_equal(X_got, X_expected)
    np.testing.assert_array_equal(y_got, y_expected)
    np.testing.assert_array_equal(pipeline.fit_transform(X, y), X_expected)
    np.testing.assert_array_equal(pipeline.fit(X, y).transform(X), X)
    X_got, y_got = Pipeline([("last", last)]).fit_resample(X, y)
    assert X_got is X
    assert y_got is y


def test_fit_predict_gets_the_resampled_labels() -> None:
    X, y = cases.binary()
    pipeline = make_pipeline(SMOTE(random_state=0), Recorder())
    assert len(pipeline.fit_predict(X, y)) == len(pipeline[-1].X_) == len(pipeline[-1].y_) > 300


def test_what_a_pipeline_can_do_depends_on_its_last_step() -> None:
    can = {
        "model": (make_pipeline(SMOTE(), LogisticRegression()), {"predict", "score"}),
        "transformer": (make_pipeline(SMOTE(), StandardScaler()), {"transform", "fit_transform", "fit_resample"}),
        "sampler": (make_pipeline(StandardScaler(), SMOTE()), {"transform", "fit_resample"}),
        "no sampler": (make_pipeline(PCA(), StandardScaler()), {"transform", "fit_transform"}),
        "passthrough": (make_pipeline(SMOTE(), "passthrough"), {"transform", "fit_transform", "fit_resample"}),
    }
    methods = {"predict", "score", "transform", "fit_transform", "fit_resample", "fit_predict"}
    for name, (pipeline, expected) in can.items():
        assert {method for method in methods if hasattr(pipeline, method)} == expected, name


# ------------------------------------------------------------------------------------------- parameters for each row


def rare_rows() -> Any:
    """Six rows, two of class 1; and weights."""
    X, y = np.arange(12.0).reshape(6, 2), np.array([0, 1, 0, 0, 1, 0])
    return X, y, np.array([8.0, 2.0, 3.0, 4.0, 6.0, 1.0])


#: What Midpoints makes of those weights.
MIDWAY = [8.0, 2.0, 3.0, 4.0, 6.0, 1.0, 5.0, 7.0]


@pytest.mark.parametrize("container", [np.asarray, list, pd.Series, pl.Series, tuple], ids=lambda c: c.__name__)
def test_weights_of_the_model_are_resampled(container: Any) -> None:
    X, y, weight = rare_rows()
    pipeline = make_pipeline(StandardScaler(), Midpoints(), Recorder())
    pipeline.fit(X, y, recorder__sample_weight=container(weight))
    assert list(pipeline[-1].sample_weight_) == MIDWAY
    assert pipeline[1].seen_ == ["sample_weight"]


def test_a_sampler_without_anything_to_carry_is_given_nothing() -> None:
    X, y, weight = rare_rows()
    pipeline = make_pipeline(StandardScaler(), Midpoints(), Recorder())
    pipeline.fit(X, y, standardscaler__sample_weight=weight)
    assert pipeline[1].seen_ == []


def test_weights_go_through_several_samplers_and_reach_every_step() -> None:
    X, y, weight = rare_rows()
    pipeline = make_pipeline(Midpoints(), StandardScaler(), Chosen(), FitThenTransform(), Recorder())
    pipeline.fit(
        X,
        y,
        standardscaler__sample_weight=weight,
        fitthentransform__sample_weight=weight,
        recorder__sample_weight=weight,
    )
    np.testing.assert_allclose(pipeline[1].mean_, np.average(np.vstack([X, X[[1, 4]] / 2 + X[0] / 2]), 0, MIDWAY))
    assert pipeline[-1].sample_weight_.tolist() == MIDWAY[::2]
    assert pipeline[-2].sample_weight_ is pipeline[-1].sample_weight_


@pytest.mark.parametrize(
    "container",
    [list, np.asarray, pd.Series, pl.Series, lambda a: pd.DataFrame({"a": a}), lambda a: sparse.coo_array([a]).T],
    ids=["list", "array", "pandas", "polars", "dataframe", "sparse"],
)
@pytest.mark.parametrize("sampler", [Chosen(), RandomOverSampler(sampling_strategy=0.75, random_state=0)])
def test_other_parameters_with_an_entry_for_each_row_stay_with_their_row(sampler: Any, container: Any) -> None:
    X, y, _ = rare_rows()
    costs = container(np.arange(6))
    model = Pipeline([("sampler", sampler), ("model", Recorder())]).fit(X, y, model__costs=costs)[-1]
    got = model.params_["costs"]
    assert type(got) is type(costs) or sparse.issparse(got)
    values = got.toarray() if sparse.issparse(got) else np.asarray(got)
    assert values.ravel().tolist() == (model.X_[:, 0] / 2).tolist()
    assert len(model.X_) != 6


def test_what_is_not_for_each_row_arrives_as_it_was_given() -> None:
    X, y, _ = rare_rows()
    given = {"name": "6 long", "mapping": dict.fromkeys(range(6), 1), "number": 6, "short": [1, 2], "nothing": None}
    model = make_pipeline(Midpoints(), Recorder()).fit(X, y, **{f"recorder__{k}": v for k, v in given.items()})[-1]
    assert all(model.params_[key] is value for key, value in given.items())


def test_different_weights_for_two_steps_stay_different() -> None:
    X, y, weight = rare_rows()
    pipeline = make_pipeline(Midpoints(), FitThenTransform(), Recorder())
    pipeline.fit(X, y, fitthentransform__sample_weight=weight, recorder__sample_weight=10 * weight)
    assert pipeline[1].sample_weight_.tolist() == MIDWAY
    assert pipeline[2].sample_weight_.tolist() == [80, 20, 30, 40, 60, 10, 20, 60]


def test_a_sampler_keeps_its_own_weights_apart_from_those_of_later_steps() -> None:
    X, y, weight = rare_rows()
    for pipeline in (
        Pipeline([("sampler", Midpoints()), ("model", Recorder())]),
        Pipeline([("sampler", make_pipeline(Midpoints(), None)), ("model", Recorder())]),
    ):
        own = "sampler__sample_weight" if isinstance(pipeline[0], Midpoints) else "sampler__midpoints__sample_weight"
        pipeline.fit(X, y, **{own: np.ones(6)}, model__sample_weight=weight)
        assert pipeline[-1].sample_weight_.tolist() == [*weight, 2, 6]


#: Samplers of every kind that only choose rows, or copy them.
CHOOSING = [
    RandomOverSampler(random_state=0),
    RandomUnderSampler(random_state=0),
    imblearn.under_sampling.RandomUnderSampler(random_state=0),
    imblearn.over_sampling.RandomOverSampler(random_state=0),
    Chosen(),
    "passthrough",
]


@settings(max_examples=30)
@given(
    samplers=st.lists(st.sampled_from(CHOOSING), min_size=1, max_size=4),
    n_inner=st.integers(0, 4),
    y=st.lists(st.sampled_from("ab"), min_size=24, max_size=40).filter(lambda y: min(map(y.count, "ab")) >= 8),
)
def test_rows_labels_and_parameters_stay_together(samplers: list[Any], n_inner: int, y: list[str]) -> None:
    number = np.arange(len(y))
    inner = [make_pipeline(*map(clone_step, samplers[:n_inner]), None)] if n_inner else []
    steps = [*inner, *map(clone_step, samplers[n_inner:]), Recorder()]
    try:
        model = make_pipeline(*steps).fit(
            number[:, None], np.array(y), recorder__sample_weight=number, recorder__costs=number
        )[-1]
    except ValueError as error:  # every second row may leave one class
        assert "class" in str(error)
        return
    np.testing.assert_array_equal(model.X_.ravel(), model.sample_weight_)
    np.testing.assert_array_equal(model.X_.ravel(), model.params_["costs"])
    np.testing.assert_array_equal(model.y_, np.array(y)[model.X_.ravel()])


def clone_step(step: Any) -> Any:
    return step if isinstance(step, str) else clone(step)


def test_carried_series_have_the_index_of_the_rows() -> None:
    X, y, weight = rare_rows()
    frame = pd.DataFrame(X, columns=["a", "b"], index=list("uvwxyz"))
    costs = pd.Series(weight, index=frame.index)
    for sampler in (RandomOverSampler(random_state=0), RandomUnderSampler(random_state=0)):
        model = make_pipeline(sampler, Recorder()).fit(frame, y, recorder__costs=costs)[-1]
        pd.testing.assert_index_equal(model.params_["costs"].index, model.X_.index)
        rows = (model.X_["a"] / 2).astype(int)
        assert model.params_["costs"].tolist() == weight[rows].tolist()


def test_samplers_that_choose_rows_need_no_more() -> None:
    X, y, weight = rare_rows()
    for sampler in (Chosen(), imblearn.under_sampling.RandomUnderSampler(random_state=0), RandomUnderSampler()):
        model = make_pipeline(sampler, Recorder()).fit(X, y, recorder__sample_weight=weight)[-1]
        np.testing.assert_array_equal(model.sample_weight_, weight[(model.X_[:, 0] / 2).astype(int)])
        assert len(model.sample_weight_) < 6


def test_a_sampler_that_cannot_carry_weights_is_named() -> None:
    X, y = cases.binary()
    pipeline = make_pipeline(imblearn.over_sampling.SMOTE(), LogisticRegression())
    expected = (
        r"Step 'smote' resamples the rows, so logisticregression__sample_weight must be resampled along, but "
        r"imblearn.over_sampling._smote.base.SMOTE does not tell where its rows come from. Take the sampler from "
    )
    with pytest.raises(ValueError, match=expected):
        pipeline.fit(X, y, logisticregression__sample_weight=np.ones(300))


def test_a_sampler_is_given_its_own_parameters() -> None:
    X, y, weight = rare_rows()
    groups = np.array(list("aabbcc"))
    pipeline = make_pipeline(Midpoints(), Recorder())
    pipeline.fit(X, y, midpoints__groups=groups, recorder__groups=groups, recorder__sample_weight=weight)
    assert pipeline[0].groups_ is groups
    assert "".join(pipeline[1].params_["groups"]) == "aabbccac"
    pipeline.fit(X, y, recorder__groups=groups)
    assert pipeline[0].groups_ is None  # groups of the model alone are no reason to resample differently
    assert "".join(pipeline[1].params_["groups"]) == "aabbccac"


@pytest.mark.usefixtures("routing")
def test_routed_weights_are_resampled() -> None:
    X, y, weight = rare_rows()
    for requested in (True, False):
        pipeline = make_pipeline(
            StandardScaler().set_fit_request(sample_weight=False),
            Midpoints().set_fit_resample_request(sample_weight=requested, groups=False),
            Recorder().set_fit_request(sample_weight=True),
        )
        pipeline.fit(X, y, sample_weight=weight)
        assert pipeline[-1].sample_weight_.tolist() == MIDWAY


@pytest.mark.usefixtures("routing")
def test_a_sampler_gets_what_it_has_requested() -> None:
    class Costly(Chosen):
        def fit_resample(self, X: Any, y: Any, costs: Any = None) -> Any:
            self.costs_ = costs
            return super().fit_resample(X, y)

    X, y, weight = rare_rows()
    sampler = Costly().set_fit_resample_request(costs=True)
    for pipeline in (make_pipeline(sampler, StandardScaler()), make_pipeline(StandardScaler(), sampler)):
        pipeline.fit_resample(X, y, costs=weight)
        assert pipeline.named_steps["costly"].costs_ is weight


@pytest.mark.usefixtures("routing")
def test_transformers_get_what_they_have_requested_in_every_method() -> None:
    X, y, weight = rare_rows()
    for last, method in [
        (StandardScaler().set_fit_request(sample_weight=False), "fit_transform"),
        (FitThenTransform().set_fit_request(sample_weight=False, X_val=False), "fit_transform"),
        (Recorder().set_fit_request(sample_weight=False), "fit_predict"),
        (Chosen(), "fit_resample"),
    ]:
        first = FitThenTransform().set_fit_request(sample_weight=True, X_val=False)
        pipeline = make_pipeline(first, Chosen(), last)
        getattr(pipeline, method)(X, y, sample_weight=weight)
        assert first.sample_weight_ is weight
    last = FitThenTransform().set_fit_request(sample_weight=True, X_val=False)
    make_pipeline(Midpoints().set_fit_resample_request(sample_weight=False), last).fit_transform(
        X, y, sample_weight=weight
    )
    assert last.sample_weight_.tolist() == MIDWAY


def test_the_model_sees_what_the_sampler_returns() -> None:
    X, y = cases.multiclass()
    weight, costs = np.random.default_rng(0).uniform(size=(2, 300))
    model = make_pipeline(smote(), Recorder()).fit(X, y, recorder__sample_weight=weight, recorder__costs=costs)[-1]
    expected = smote().fit_resample(X, y, sample_weight=weight, costs=costs)
    for got, array in zip((model.X_, model.y_, model.sample_weight_, model.params_["costs"]), expected, strict=True):
        np.testing.assert_array_equal(got, array)


def test_means_of_rows_have_a_mean_weight_and_nothing_else() -> None:
    X, y = cases.binary()
    weight = np.random.default_rng(0).uniform(size=300)
    pipeline = make_pipeline(ClusterCentroids(random_state=0), Recorder()).fit(X, y, recorder__sample_weight=weight)
    assert len(pipeline[-1].sample_weight_) == len(pipeline[-1].X_) == 2 * np.sum(y == 1)
    with pytest.raises(ValueError, match="makes means of rows here, which have no recorder__costs of their own"):
        pipeline.fit(X, y, recorder__costs=weight)


@pytest.mark.usefixtures("routing")
def test_weights_are_routed_through_cross_validation() -> None:
    X, y = cases.binary()
    weight = np.random.default_rng(0).uniform(size=300)
    pipeline = make_pipeline(smote(), LogisticRegression().set_fit_request(sample_weight=True))
    folds = StratifiedKFold(3)
    scorer = get_scorer("neg_log_loss").set_score_request(sample_weight=True)
    got = cross_validate(pipeline, X, y, params={"sample_weight": weight}, cv=folds, scoring=scorer)["test_score"]
    expected = []
    for train, test in folds.split(X, y):
        *resampled, resampled_weight = smote().fit_resample(X[train], y[train], sample_weight=weight[train])
        model = LogisticRegression().fit(*resampled, sample_weight=resampled_weight)
        expected.append(-log_loss(y[test], model.predict_proba(X[test]), sample_weight=weight[test]))
    np.testing.assert_allclose(got, expected)
    search = GridSearchCV(pipeline, {"logisticregression__C": [1]}, cv=folds, scoring=scorer)
    np.testing.assert_allclose(search.fit(X, y, sample_weight=weight).best_score_, np.mean(expected))


# ------------------------------------------------------------------------------------------- transform_input


@pytest.mark.usefixtures("routing")
@pytest.mark.parametrize("n_validation", [4, 6])
def test_a_validation_set_is_transformed_and_never_resampled(n_validation: int) -> None:
    X, y, _ = rare_rows()
    X_val = np.arange(100, 100 + 2.0 * n_validation).reshape(-1, 2)
    steps: dict[str, Any] = {
        "fit": Validated().set_fit_request(X_val=True, y_val=False),
        "fit_predict": Validated().set_fit_request(X_val=True, y_val=False),
        "fit_transform": FitThenTransform().set_fit_request(X_val=True, sample_weight=False),
        "fit_resample": FitThenTransform().set_fit_request(X_val=True, sample_weight=False),
    }
    for method, last in steps.items():
        pipeline = make_pipeline(StandardScaler(), Chosen(), last, transform_input=["X_val"])
        getattr(pipeline, method)(X, y, X_val=X_val)
        np.testing.assert_allclose(last.X_val_, StandardScaler().fit(X).transform(X_val))
        assert pipeline[:-1].transform_input == ["X_val"]


@pytest.mark.parametrize("method", ["fit", "fit_transform", "fit_resample"])
def test_transform_input_needs_routing(method: str) -> None:
    pipeline = make_pipeline(SMOTE(), StandardScaler(), transform_input=["X_val"])
    with pytest.raises(ValueError, match="The `transform_input` parameter can only be set if metadata routing is"):
        getattr(pipeline, method)(*cases.binary())


# ------------------------------------------------------------------------------------------- pipelines in pipelines

NESTED = {
    "transformers": lambda: [sklearn.pipeline.make_pipeline(StandardScaler(), PCA(3, random_state=0)), smote()],
    "own transformers": lambda: [make_pipeline(StandardScaler(), PCA(3, random_state=0)), smote()],
    "sampler last": lambda: [make_pipeline(StandardScaler(), PCA(3, random_state=0), smote())],
    "sampler first": lambda: [StandardScaler(), make_pipeline(PCA(3, random_state=0), make_pipeline(smote(), None))],
}


@pytest.mark.parametrize("kind", NESTED)
@pytest.mark.parametrize("is_cached", [False, True])
def test_a_nested_pipeline_does_as_its_steps(kind: str, is_cached: bool, tmp_path: Path) -> None:
    X, y = cases.binary()
    expected = make_pipeline(StandardScaler(), PCA(3, random_state=0), smote(), LogisticRegression()).fit(X, y)
    pipeline = make_pipeline(*NESTED[kind](), LogisticRegression(), memory=str(tmp_path) if is_cached else None)
    np.testing.assert_allclose(pipeline.fit(X, y).decision_function(X), expected.decision_function(X))
    np.testing.assert_allclose(pipeline[:-1].transform(X), expected[:-1].transform(X))
    X_got, y_got = pipeline[:-1].fit_resample(X, y)
    X_expected, y_expected = expected[:-1].fit_resample(X, y)
    np.testing.assert_allclose(X_got, X_expected)
    np.testing.assert_array_equal(y_got, y_expected)


def test_a_model_behind_samplers_may_be_the_last_step() -> None:
    X, y = cases.binary()
    inner = make_pipeline(smote(), LogisticRegression())
    got = make_pipeline(StandardScaler(), inner).fit(X, y).decision_function(X)
    expected = make_pipeline(StandardScaler(), smote(), LogisticRegression()).fit(X, y).decision_function(X)
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("is_cached", [False, True])
def test_weights_go_through_nested_pipelines(is_cached: bool, tmp_path: Path) -> None:
    X, y, weight = rare_rows()
    inner = make_pipeline(Midpoints(), StandardScaler(), Chosen())
    pipeline = Pipeline([("inner", inner), ("model", Recorder())], memory=str(tmp_path) if is_cached else None)
    pipeline.fit(
        X, y, inner__standardscaler__sample_weight=weight, model__sample_weight=weight, model__costs=10 * weight
    )
    assert pipeline[-1].sample_weight_.tolist() == MIDWAY[::2]
    assert pipeline[-1].params_["costs"].tolist() == [80, 30, 60, 20]
    assert pipeline[0][1].n_samples_seen_ == sum(MIDWAY)


@pytest.mark.usefixtures("routing")
def test_weights_are_routed_through_nested_pipelines() -> None:
    X, y, weight = rare_rows()
    scaler = StandardScaler().set_fit_request(sample_weight=True)
    sampler = Midpoints().set_fit_resample_request(sample_weight=False)
    model = Recorder().set_fit_request(sample_weight=True)
    make_pipeline(make_pipeline(sampler, scaler, Chosen()), model).fit(X, y, sample_weight=weight)
    assert scaler.n_samples_seen_ == sum(MIDWAY)
    assert model.sample_weight_.tolist() == MIDWAY[::2]


def test_a_foreign_pipeline_that_resamples_is_refused() -> None:
    inner = imblearn.pipeline.make_pipeline(SMOTE(), PCA())
    with pytest.raises(TypeError, match=r"must be a fastbal.pipeline.Pipeline.* it would lose the labels"):
        make_pipeline(inner, LogisticRegression()).fit(*cases.binary())


# ------------------------------------------------------------------------------------------- caching


class Counted(TransformerMixin, BaseEstimator):
    """A transformer that counts its fits."""

    fits = 0

    def fit(self, X: Any, y: Any = None) -> Any:
        Counted.fits += 1
        self.fitted_ = True
        return self

    def transform(self, X: Any) -> Any:
        return X


class CountedSampler(BaseEstimator):
    """A sampler that counts its fits."""

    fits = 0

    def __init__(self, step: int = 2) -> None:
        self.step = step

    def fit_resample(self, X: Any, y: Any) -> Any:
        CountedSampler.fits += 1
        self.sample_indices_ = np.arange(0, len(y), self.step)
        return X[:: self.step], y[:: self.step]


@pytest.mark.parametrize("as_object", [False, True])
def test_transformers_and_samplers_are_fitted_once_with_memory(as_object: bool, tmp_path: Path) -> None:
    X, y = cases.binary()
    memory = joblib.Memory(tmp_path, verbose=0) if as_object else str(tmp_path)
    pipeline = make_pipeline(Counted(), CountedSampler(), Recorder(), memory=memory)
    Counted.fits = CountedSampler.fits = 0
    for _ in range(3):
        pipeline.fit(X, y)
        clone(pipeline).fit(X, y, recorder__sample_weight=np.arange(300))
    assert Counted.fits == 1
    assert CountedSampler.fits == 2  # once with weights, once without
    clone(pipeline).set_params(countedsampler__step=3).fit(X, y)
    assert (Counted.fits, CountedSampler.fits) == (1, 3)


def test_with_memory_the_steps_given_are_not_fitted(tmp_path: Path) -> None:
    sampler = SMOTE(random_state=0)
    pipeline = make_pipeline(sampler, LogisticRegression(), memory=str(tmp_path)).fit(*cases.binary())
    assert not hasattr(sampler, "recipe_")
    assert pipeline.named_steps["smote"].recipe_.n_new > 0


# ------------------------------------------------------------------------------------------- as scikit-learn's


def test_slices_names_and_length() -> None:
    X, y = cases.binary()
    pipeline = make_pipeline(StandardScaler(), SMOTE(random_state=0), PCA(2), LogisticRegression()).fit(X, y)
    assert len(pipeline) == 4
    assert isinstance(pipeline[1:], Pipeline)
    assert pipeline["smote"] is pipeline[1] is pipeline.named_steps.smote
    assert pipeline[:2].transform(X).shape == (300, 6)
    assert pipeline[:-1].get_feature_names_out().tolist() == ["pca0", "pca1"]
    assert pipeline[:2].get_feature_names_out().tolist() == [f"x{j}" for j in range(6)]
    with pytest.raises(ValueError, match="Pipeline slicing only supports a step of 1"):
        pipeline[::2]


def test_set_output_reaches_transformers_only() -> None:
    X, y = cases.binary()
    frame = pd.DataFrame(X, columns=list("abcdef"))
    pipeline = make_pipeline(StandardScaler(), SMOTE(random_state=0), MinMaxScaler()).set_output(transform="pandas")
    X_got, y_got = pipeline.fit_resample(frame, y)
    assert X_got.columns.tolist() == list("abcdef")
    assert len(X_got) == len(y_got) > 300
    assert pipeline.transform(frame).columns.tolist() == list("abcdef")
    assert pipeline.feature_names_in_.tolist() == pipeline.get_feature_names_out().tolist() == list("abcdef")


def test_mixed_columns_and_string_labels() -> None:
    X, y = cases.binary()
    frame = pd.DataFrame(X, columns=list("abcdef")).assign(c=np.where(X[:, 2] > 0, "yes", "no"))
    labels = pd.Series(np.where(y == 1, "fraud", "fine"))
    columns = ColumnTransformer([("n", StandardScaler(), list("abdef")), ("c", OneHotEncoder(), ["c"])])
    for last in ([SMOTE(random_state=0)], [RandomOverSampler(random_state=0), EditedNearestNeighbours()]):
        pipeline = make_pipeline(clone(columns), *last, LogisticRegression()).fit(frame, labels)
        assert pipeline.classes_.tolist() == ["fine", "fraud"]
        assert pipeline.score(frame, labels) > 0.8


@pytest.mark.parametrize("container", [sparse.csr_matrix, sparse.csc_array, pl.DataFrame, pd.DataFrame])
def test_tables_of_any_kind(container: Any) -> None:
    X, y = cases.binary()
    X_given = container(X, schema=list("abcdef")) if container is pl.DataFrame else container(X)
    if container is pd.DataFrame:
        X_given.columns = list("abcdef")
    pipeline = make_pipeline(SMOTE(random_state=0), LogisticRegression())
    got, expected = clone(pipeline).fit(X_given, y), pipeline.fit(X, y)
    np.testing.assert_allclose(got.decision_function(X_given), expected.decision_function(X), rtol=1e-6)


def test_grid_search_over_sampler_and_model() -> None:
    X, y = cases.binary()
    pipeline = make_pipeline(StandardScaler(), SMOTE(random_state=0), LogisticRegression())
    for grid in (
        {"smote__k_neighbors": [3, 5], "smote__sampling_strategy": [0.5, 1.0]},
        {"smote": ["passthrough", SMOTE(random_state=0)], "logisticregression__C": [0.1, 1]},
    ):
        search = GridSearchCV(pipeline, grid, cv=3, scoring="roc_auc").fit(X, y)
        assert len(search.cv_results_["params"]) == 4
        assert search.best_score_ > 0.8


def test_folds_side_by_side_give_the_same_predictions() -> None:
    X, y = cases.binary()
    pipeline = make_pipeline(StandardScaler(), SMOTE(random_state=0), LogisticRegression())
    expected = cross_val_predict(pipeline, X, y, cv=3)
    with joblib.parallel_config("threading", n_jobs=2):
        np.testing.assert_array_equal(cross_val_predict(pipeline, X, y, cv=3), expected)


def test_clone_pickle_and_joblib(tmp_path: Path) -> None:
    X, y = cases.binary()
    pipeline = make_pipeline(StandardScaler(), SMOTE(random_state=0), LogisticRegression()).fit(X, y)
    expected = pipeline.decision_function(X)
    joblib.dump(pipeline, tmp_path / "pipeline")
    for other in (
        pickle.loads(pickle.dumps(pipeline)),
        joblib.load(tmp_path / "pipeline"),
        clone(pipeline).fit(X, y),
    ):
        np.testing.assert_array_equal(other.decision_function(X), expected)


def test_the_page_shows_every_step() -> None:
    html = make_pipeline(StandardScaler(), SMOTE(), LogisticRegression())._repr_html_()
    assert all(name in html for name in ("StandardScaler", "SMOTE", "LogisticRegression"))


def test_verbose_says_which_step_takes_how_long(capsys: pytest.CaptureFixture[str]) -> None:
    X, y = cases.binary()
    for names in (["smote", "logisticregression"], ["smote", "passthrough"]):
        last = LogisticRegression() if names[1] != "passthrough" else "passthrough"
        Pipeline(list(zip(names, [SMOTE(random_state=0), last], strict=True)), verbose=True).fit(X, y)
        lines = capsys.readouterr().out.splitlines()
        assert [line.split("Processing ")[1].split(",")[0] for line in lines] == names
        assert lines[1].startswith("[Pipeline] ")
        assert "(step 2 of 2)" in lines[1]


@pytest.mark.parametrize(
    "pipeline", [make_pipeline(SMOTE(), LogisticRegression()), make_pipeline(StandardScaler(), SMOTE())]
)
def test_an_unfitted_pipeline_says_so(pipeline: Any) -> None:
    assert not pipeline.__sklearn_is_fitted__()
    X, y = cases.binary()
    with pytest.raises(NotFittedError):
        (pipeline.predict if hasattr(pipeline, "predict") else pipeline.transform)(X)
    assert pipeline.fit(X, y).__sklearn_is_fitted__()


def test_a_pipeline_of_samplers_alone_is_fitted_when_the_last_is() -> None:
    X, y = cases.binary()
    pipeline = make_pipeline(SMOTE(random_state=0), RandomUnderSampler(random_state=0), None)
    assert not pipeline.__sklearn_is_fitted__()
    pipeline.fit_resample(X, y)
    assert pipeline.__sklearn_is_fitted__()
    assert pipeline.transform(X) is X


class Nothing:
    """No estimator at all."""

    def __repr__(self) -> str:
        return "Nothing()"


class Everything(Chosen):
    """Both a transformer and a sampler."""

    def transform(self, X: Any) -> Any:
        return X


@pytest.mark.parametrize(
    ("steps", "error", "message"),
    [
        ([], ValueError, "The pipeline is empty. Please add steps."),
        (
            [("a", Nothing()), ("b", LogisticRegression())],
            TypeError,
            r"All intermediate steps .* implement fit and transform or fit_resample \(but not both\) .*'Nothing\(\)'",
        ),
        (
            [("a", Everything()), ("b", LogisticRegression())],
            TypeError,
            r"All intermediate steps .* fit_resample\. 'Everything\(\)' implements both\)",
        ),
        (
            [("a", make_pipeline(SMOTE(), LogisticRegression())), ("b", LogisticRegression())],
            TypeError,
            "All intermediate steps of the chain should be estimators",
        ),
        ([("a", SMOTE()), ("b", Nothing())], TypeError, "Last step of Pipeline should implement fit or be the string"),
        ([("a", SMOTE()), ("a", LogisticRegression())], ValueError, "Names provided are not unique"),
        ([("a", SMOTE), ("b", LogisticRegression())], TypeError, r"Expected an estimator instance \(SMOTE\(\)\)"),
    ],
)
def test_steps_that_make_no_pipeline(steps: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        Pipeline(steps).fit(*cases.binary())


@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        ("sample_weight", r"Pipeline.fit does not accept the sample_weight parameter. .*lr__sample_weight=sample_we"),
        ("lt__sample_weight", r"Pipeline.fit got lt__sample_weight, but there is no step 'lt'. .* 'smote', 'lr'\."),
    ],
)
def test_parameters_for_no_step(parameter: str, message: str) -> None:
    X, y = cases.binary()
    with pytest.raises(ValueError, match=message):
        Pipeline([("smote", SMOTE()), ("lr", LogisticRegression())]).fit(X, y, **{parameter: np.ones(300)})


#: Why checks fail that are made for one estimator. The first two fail for scikit-learn's own pipeline.
EXPECTED = {
    "check_dont_overwrite_parameters": "fitted steps replace those given, as in scikit-learn's pipeline",
    "check_estimators_overwrite_params": "fitted steps replace those given, as in scikit-learn's pipeline",
    "check_supervised_y_2d": "the sampler makes one column of y, so the model has nothing to warn of",
}


def name_of(check: Any) -> str:
    return name_of(check.func) if isinstance(check, functools.partial) else check.__name__


@pytest.mark.parametrize(
    ("estimator", "check"),
    [
        pytest.param(estimator, check, id=name_of(check))
        for estimator, check in estimator_checks_generator(
            make_pipeline(SMOTE(k_neighbors=1, random_state=0), LogisticRegression())
        )
        if name_of(check) not in EXPECTED
    ],
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")  # array API needs an environment variable
def test_scikit_learn_agrees(estimator: Any, check: Any) -> None:
    check(estimator)
