"""Remedies for continuous targets, side by side: on the same folds, by what the training rows tell, with intervals."""

from __future__ import annotations

from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import KFold
from sklearn.neighbors import KNeighborsRegressor

from fastbal.regression import SMOTER, Relevance, sera
from fastbal.study import RegressionComparison, RegressionRun, compare_regression
from fastbal.study import _continuous as continuous


def skewed(n: int = 300) -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 3))
    return X, np.exp(X[:, 0] + 0.2 * rng.normal(size=n))


def test_errors_are_those_of_rows_nobody_has_touched() -> None:
    X, y = skewed()
    folds = list(KFold(3, shuffle=True, random_state=1).split(X))
    relevance = Relevance(extremes="high")
    comparison = compare_regression(
        X, y, models={"ridge": Ridge()}, arms=["SMOTER", "relevance as weight"], relevance=relevance, cv=folds
    )
    assert comparison.n_folds == 3
    runs = {(run.arm, run.fold): run for run in comparison.runs}
    for number, (train, test) in enumerate(folds):
        scaled = (X - X[train].mean(axis=0)) / X[train].std(axis=0)
        of_fold = clone(relevance).fit(y[train])
        pred = Ridge().fit(scaled[train], y[train]).predict(scaled[test])
        errors = runs["nothing", number].errors
        constant = np.full(len(test), y[train].mean())
        expected = sera(y[test], pred, relevance=of_fold) / sera(y[test], constant, relevance=of_fold)
        assert errors["sera"] == pytest.approx(expected)
        assert errors["mae"] == pytest.approx(mean_absolute_error(y[test], pred))
        is_rare = of_fold(y[test]) >= 0.5
        assert errors["rmse_rare"] == pytest.approx(np.sqrt(np.square(pred - y[test])[is_rare].mean()))
        assert errors["rmse_common"] == pytest.approx(np.sqrt(np.square(pred - y[test])[~is_rare].mean()))
        weights = 0.1 + of_fold(y[train])
        pred = Ridge().fit(scaled[train], y[train], sample_weight=weights).predict(scaled[test])
        expected = sera(y[test], pred, relevance=of_fold) / sera(y[test], constant, relevance=of_fold)
        assert runs["relevance as weight", number].errors["sera"] == pytest.approx(expected)
    assert [record["arm"] for record in comparison.records()] == 3 * ["nothing"] + 3 * ["SMOTER"] + 3 * [
        "relevance as weight"
    ]


def test_a_stiff_model_is_helped_and_the_advice_says_so() -> None:
    X, y = skewed(1000)
    comparison = compare_regression(X, y, models={"ridge": Ridge()}, relevance=Relevance(extremes="high"), n_repeats=1)
    lines = {line.arm: line for line in comparison.lines()}
    assert set(lines) == {"nothing", *continuous._WEIGHTS, *continuous._SAMPLERS}
    assert lines["nothing"].difference is None
    assert lines["SMOGN"].difference is not None
    assert lines["SMOGN"].difference.high < 0
    assert lines["SMOGN"].mean["rmse_common"] > lines["nothing"].mean["rmse_common"]
    assert comparison.advice.startswith("Use ")
    assert "root mean squared error" in comparison.advice


def test_noise_is_no_help() -> None:
    X, y = skewed()
    y = np.random.default_rng(1).permutation(y)
    comparison = compare_regression(X, y, models={"ridge": Ridge()}, arms=["density weights"], n_repeats=1)
    assert comparison.advice.startswith("Leave the table as it is")


def test_the_same_seed_gives_the_same_errors() -> None:
    X, y = skewed()
    first, second = (compare_regression(X, y, models={"r": Ridge()}, arms="SMOGN", cv=2).records() for _ in range(2))
    for one, two in zip(first, second, strict=True):
        assert {**one, "seconds": 0} == {**two, "seconds": 0}


def test_tables_of_every_kind_and_samplers_of_ones_own_are_taken() -> None:
    X, y = skewed()
    frame = pd.DataFrame(X, columns=["a", "b", "c"]).assign(town=np.where(X[:, 1] > 0, "Bonn", None))
    add = {"twenty": SMOTER(k_neighbors=20)}
    comparison = compare_regression(frame, pd.Series(y), models={"r": Ridge()}, arms=[], add=add, cv=2, n_repeats=1)
    assert [line.arm for line in comparison.lines()] == ["nothing", "twenty"]
    assert all(run.error is None for run in comparison.runs)


def test_weights_are_for_models_that_take_them() -> None:
    X, y = skewed()
    comparison = compare_regression(
        X, y, models={"knn": KNeighborsRegressor()}, arms=["relevance as weight", "over-sampling"], cv=2
    )
    assert [line.arm for line in comparison.lines()] == ["nothing", "over-sampling"]


def test_what_fails_is_told_and_the_rest_goes_on() -> None:
    X, y = skewed()
    add = {"broken": SMOTER(sampling_strategy={7: 1})}
    comparison = compare_regression(X, y, models={"r": Ridge()}, arms=["SMOTER"], add=add, cv=2)
    broken = comparison.lines()[-1]
    assert broken.error is not None
    assert "bin 7" in broken.error
    assert broken.difference is None
    assert "SMOTER" in comparison.advice


def test_an_interruption_keeps_what_is_done() -> None:
    X, y = skewed()
    real = continuous._run_of

    def interrupted(task: Any, *rest: Any) -> RegressionRun:
        if task.arm == "SMOTER":
            raise KeyboardInterrupt
        return real(task, *rest)

    with mock.patch.object(continuous, "_run_of", interrupted):
        comparison = compare_regression(X, y, models={"r": Ridge()}, arms=["over-sampling", "SMOTER"], cv=2)
    assert comparison.is_interrupted
    assert [line.arm for line in comparison.lines()] == ["nothing", "over-sampling"]


def test_advice_needs_something_to_go_by() -> None:
    def compared(*runs: RegressionRun) -> str:
        return RegressionComparison(100, 2, 0.5, {}, list(runs)).advice

    errors = dict.fromkeys(continuous.ERRORS, 0.5)
    untouched = [RegressionRun("r", "nothing", fold, errors) for fold in (0, 1)]
    failed = [RegressionRun("r", "SMOTER", fold, error="no") for fold in (0, 1)]
    unknown = [RegressionRun("r", "SMOTER", fold, {**errors, "sera": np.nan}) for fold in (0, 1)]
    assert compared(*failed).startswith("No advice: the untouched model")
    assert compared(*untouched, *failed).startswith("No remedy was tried, or none ran")
    assert compared(*untouched, *unknown).startswith("No advice: hardly any test row matters")


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"arms": ["SMOTE"]}, ValueError, "'SMOTE' is asked for"),
        ({"models": {"m": LogisticRegression()}}, TypeError, "must be a regressor"),
        ({"models": {"m": Ridge}}, TypeError, "must be a regressor"),
        ({"add": {"s": Ridge()}}, TypeError, "must be a sampler"),
        ({"add": {"SMOGN": SMOTER()}}, ValueError, "is a remedy already"),
        ({"cv": [(np.arange(200), np.arange(200, 300))]}, ValueError, "at least twice"),
        ({"cv": [(np.arange(200), np.arange(199, 300))] * 2}, ValueError, "Row 199 is among both"),
    ],
)
def test_what_cannot_be_compared_is_refused(options: Any, kind: type[Exception], message: str) -> None:
    X, y = skewed()
    with pytest.raises(kind, match=message):
        compare_regression(X, y, **options)
    with pytest.raises(ValueError, match="300 rows and y has 299"):
        compare_regression(X, y[1:])
