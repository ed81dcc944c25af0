"""A comparison from its arguments to its files: the same rows for all, nothing leaks, nothing is lost."""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import functools
import json
import random
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import make_classification
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import ShuffleSplit
from sklearn.svm import LinearSVC

from fastbal._kernels import _jit
from fastbal.over_sampling import SMOTE, RandomOverSampler
from fastbal.study import ARMS, OWN, REFERENCE, SCORES, Comparison, Run, _workers, compare
from fastbal.study import _compare as module
from fastbal.study import _fits as fits
from fastbal.study._arms import Arm
from fastbal.study._columns import read_columns
from fastbal.study._folds import Split
from fastbal.study._question import Question
from fastbal.study._results import Predictions

X, CODES = make_classification(n_samples=240, n_features=4, weights=[0.8], class_sep=0.5, random_state=0)
Y = np.array(["no", "yes"])[CODES]
N_RARE = int(CODES.sum())


def small(X: Any = X, y: Any = Y, **arguments: Any) -> Comparison:
    return compare(X, y, **{"models": ["logistic regression"], "arms": ["SMOTE"], "cv": 3, **arguments})


@functools.cache
def plain() -> Comparison:
    """The comparison that others are held against, made once."""
    return small()


def scores(comparison: Comparison) -> list[Any]:
    return [(run.model, run.arm, run.fold, run.scores, run.rows, run.error) for run in comparison.runs]


class Sampler(BaseEstimator):
    """A sampler of a user's: no base class, no seed."""

    def __init__(self, does: Any = None) -> None:
        self.does = does

    def fit_resample(self, X: Any, y: Any) -> Any:
        return self.does(X, y)


# What is run


@pytest.mark.slow
def test_every_remedy_on_the_same_folds() -> None:
    comparison = small(models=["logistic regression", "gradient boosting"], arms=["nothing", "class weights"], cv=2)
    tried = [(run.model, run.arm, run.fold) for run in comparison.runs]
    models = ("logistic regression", "gradient boosting")
    assert tried == [
        (model, arm, fold) for fold in range(2) for model in models for arm in (REFERENCE, "nothing", "class weights")
    ]
    first = comparison.predictions(models[0], REFERENCE)
    for line in comparison.lines():
        np.testing.assert_array_equal(comparison.predictions(line.model, line.arm).rows, first.rows)


@pytest.mark.slow
def test_all_remedies_of_the_quick_model() -> None:
    comparison = small(arms=None, cv=2)
    arms = [REFERENCE, *(name for name in ARMS if name not in (REFERENCE, "focal loss"))]
    # First all on the model, then those that are models of their own.
    assert [line.arm for line in comparison.lines()] == sorted(arms, key=lambda name: not ARMS[name].needs_model)
    assert [line.error for line in comparison.lines()] == [None] * (len(ARMS) - 1)
    assert comparison.unavailable == {"focal loss": "cannot be applied to logistic regression"}
    own = comparison.lines()[-1]
    assert (own.model, own.arm) == (OWN, "balanced random forest")
    rows = {line.arm: line.rows for line in comparison.lines()}
    n_common, n_rare = rows["nothing"]["no"], rows["nothing"]["yes"]
    assert rows["SMOTE"] == rows["random over-sampling"] == {"no": n_common, "yes": n_common}
    assert rows["random under-sampling"] == {"no": n_rare, "yes": n_rare}
    assert rows["balanced bagging"] == {}


def test_test_rows_keep_their_natural_distribution() -> None:
    found = small(add={"over": RandomOverSampler()})
    for line in found.lines():
        predictions = found.predictions(line.model, line.arm)
        np.testing.assert_array_equal(np.sort(predictions.rows), np.arange(len(Y)))
        np.testing.assert_array_equal(predictions.y, CODES[predictions.rows])


def test_repeated_folds_are_tested_once_in_the_pictures() -> None:
    comparison = small(cv=2, n_repeats=3)
    assert comparison.n_folds == 6
    assert comparison.test_share == 1
    assert small(arms=["nothing"], cv=4).test_share == pytest.approx(1 / 3)
    assert len(comparison.predictions("logistic regression", "SMOTE").rows) == len(Y)


def test_a_sampler_never_sees_a_test_row() -> None:
    seen: list[Any] = []

    def watch(X: Any, y: Any) -> Any:
        seen.append(X[:, 0].copy())
        return X, y

    marked = np.column_stack([np.arange(len(Y), dtype=float), X])
    train, test = np.arange(160), np.arange(160, len(Y))
    small(X=marked, add={"watch": Sampler(watch)}, cv=[(train, test)])
    scaled = (marked[train, 0] - marked[train, 0].mean()) / marked[train, 0].std()
    assert [len(rows) for rows in seen] == [106, 107, 107, 160]  # three for the cut-off
    assert np.isin(np.concatenate(seen).round(9), scaled.round(9)).all()  # scaled by what the training rows say
    np.testing.assert_allclose(np.sort(seen[-1]), scaled)


def test_nobody_is_charged_with_compiling(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]

    def compiles(X: Any, y: Any) -> Any:
        for watcher in _jit.watchers:
            watcher(True)
        clock[0] += 100
        for watcher in _jit.watchers:
            watcher(False)
        clock[0] += 1
        return X, y

    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])
    run = small(add={"slow": Sampler(compiles)}, arms=[], cv=[(np.arange(160), np.arange(160, len(Y)))]).runs[-1]
    assert run.error is None
    assert (run.arm, run.seconds, run.seconds_in_all) == ("slow", 1.0, 4.0)


def test_an_ensemble_of_five_is_begun_only_if_there_is_time_for_five(monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks on bags took minutes longer than there were."""
    works: list[Any] = []
    monkeypatch.setattr(module._Work, "run", lambda work, *_: works.append(work))
    small(arms=["class weights", "balanced bagging"], cv=2)
    (work,) = works
    untouched, weights, bags = work.tasks
    work.start, work.is_over, work.end = 0.0, lambda: False, module.clock.monotonic() + 30
    work.comparison.add(Run(*untouched.pair, 0))
    work.seconds_of[untouched.pair] = [10.0]
    assert work._may_begin(weights)
    assert not work._may_begin(bags)
    work.seconds_of[bags.pair] = [20.0]  # as it has turned out
    assert work._may_begin(bags)


def test_there_is_advice_where_time_was_up_in_the_middle_of_a_fold() -> None:
    """A cheap remedy ran on a fold more than the untouched model, which then did not count."""
    whole = small(arms=["class weights"], cv=3)
    cut = dataclasses.replace(whole, runs=[], _predictions={})
    for run in whole.runs:
        if (run.arm, run.fold) != (REFERENCE, 2):
            cut.add(run, whole._predictions[run.model, run.arm][run.fold])
    assert cut.reference_of("logistic regression") == cut.reference_of("") == ("logistic regression", REFERENCE)
    assert cut.bet is not None
    assert "did not run" not in cut.advice


def test_no_fold_is_begun_that_the_untouched_model_has_no_time_for(monkeypatch: pytest.MonkeyPatch) -> None:
    works: list[Any] = []
    monkeypatch.setattr(module._Work, "run", lambda work, *_: works.append(work))
    small(arms=["class weights"], cv=2)
    (work,) = works
    work.end = module.clock.monotonic() + 30
    assert work._has_time_for_untouched(work.tasks)  # nobody knows yet
    work.seconds_of[work.tasks[0].pair] = [40.0]
    assert not work._has_time_for_untouched(work.tasks)


def test_a_column_that_only_training_rows_could_know_does_not_help() -> None:
    """Categories that occur once: an encoder that saw labels or test rows would be right about all of them."""
    rng = np.random.default_rng(0)
    noise = pd.DataFrame({"key": [f"k{i // 2}" for i in range(240)], "n": rng.normal(size=240)})
    y = rng.permutation(Y)
    comparison = small(X=noise, y=y, arms=["nothing", "SMOTE", "random over-sampling"])
    assert all(0.25 < line.mean["roc_auc"] < 0.75 for line in comparison.lines())


def test_the_same_seed_gives_the_same() -> None:
    again = [small(random_state=seed, add={"smote": SMOTE(random_state=7)}) for seed in (0, 0, 1)]
    assert scores(again[0]) == scores(again[1]) != scores(again[2])
    by_arm = {line.arm: line.mean for line in again[0].lines()}
    assert by_arm["smote"] == by_arm["SMOTE"]  # one seed for all


@pytest.mark.slow
def test_the_callers_random_state_stays_as_it_was() -> None:
    random.seed(0)
    np.random.seed(0)
    before = random.getstate(), np.random.get_state()
    small(arms=None, cv=2)
    assert random.getstate() == before[0]
    np.testing.assert_equal(np.random.get_state(), before[1])


def test_large_folds_are_encoded_anew_and_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = scores(small())
    monkeypatch.setattr(fits, "_MOST_BYTES_KEPT", 0)
    assert scores(small()) == expected


def test_folds_are_kept_up_to_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = read_columns(X)
    splits = [Split(np.arange(k, 240, 2), np.arange(1 - k, 240, 2), []) for k in range(2)]
    folds = fits.Folds(columns, CODES, splits)
    assert folds[0] is folds[0]
    monkeypatch.setattr(fits, "_MOST_BYTES_KEPT", 240 * 4 * 8)  # one of them
    folds = fits.Folds(columns, CODES, splits)
    assert folds[0] is folds[0]
    assert folds[1] is not folds[1]


def test_thresholds_do_not_depend_on_the_order_of_the_table() -> None:
    """Rows in the order of a column that drifts: a threshold chosen on stretches of it is worth nothing."""
    order = np.argsort(X[:, 0])
    comparison = small(X=X[order], y=Y[order], arms=["nothing"], cv=5)
    tuned, nothing = comparison.lines()
    assert tuned.mean["f1"] > nothing.mean["f1"] - 0.05


# What is given


@pytest.mark.parametrize("container", [np.asarray, pd.DataFrame, pl.DataFrame, sparse.csr_array, np.ndarray.tolist])
def test_containers(container: Any) -> None:
    assert scores(small(X=container(X))) == scores(plain())


@pytest.mark.parametrize("labels", [[False, True], [0, 1], [-1.0, 1.0], ["b", "a"], ["no", "yes"]])
def test_labels_of_any_kind(labels: list[Any]) -> None:
    y = np.array(labels)[CODES]
    comparison = small(y=y)
    assert comparison.classes == {labels[0]: 240 - N_RARE, labels[1]: N_RARE}
    assert comparison.rare == labels[1]
    assert [run.scores for run in comparison.runs] == [run.scores for run in plain().runs]


def test_the_class_that_matters() -> None:
    assert small(rare="no").rare == "no"
    assert small(y=CODES, rare="0").rare == 0
    with pytest.raises(ValueError, match=r"rare='maybe' is no class of y; there are 'no', 'yes'"):
        small(rare="maybe")


@pytest.mark.slow
def test_three_classes() -> None:
    X, y = make_classification(n_samples=300, n_classes=3, n_informative=4, weights=[0.6, 0.3], random_state=0)
    comparison = small(X=X, y=np.array(list("abc"))[y], arms=["nothing", "SMOTE", "balanced random forest"])
    assert list(comparison.classes) == ["a", "b", "c"]
    assert [line.error for line in comparison.lines()] == [None] * 4
    tuned, nothing, *_ = comparison.lines()
    assert tuned.mean["f1"] > nothing.mean["f1"] - 0.05
    assert comparison.html()


def test_probabilities_kept_are_those_of_the_class_that_matters() -> None:
    """Of three classes, the last."""
    rng = np.random.default_rng(0)
    y = np.repeat(["a", "b", "c"], [120, 80, 40])
    table = rng.normal(size=(240, 2))
    table[y == "c", 0] += 6
    found = small(X=table, y=y, arms=["nothing"], cv=2)
    predictions = found.predictions("logistic regression", "nothing")
    is_rare = y[predictions.rows] == "c"
    proba = predictions.proba[:, -1]
    assert proba[is_rare].mean() > 0.8 > 0.2 > proba[~is_rare].mean()


def test_mixed_columns_as_they_are() -> None:
    table = pd.DataFrame({"n": X[:, 0], "c": np.where(X[:, 1] > 0, "a", None), "id": [f"r{i}" for i in range(240)]})
    table.loc[::9, "n"] = np.nan
    comparison = small(X=table)
    assert (comparison.numeric, comparison.categorical) == (["n"], ["c"])
    assert comparison.left_out == {"id": "each row has a value of its own"}
    assert [line.error for line in comparison.lines()] == [None, None]


def test_one_split() -> None:
    comparison = small(cv=ShuffleSplit(1, test_size=0.25, random_state=0))
    line = comparison.lines()[1]
    assert comparison.n_folds == 1
    assert line.difference.low <= line.difference.mean <= line.difference.high
    assert np.isnan(line.spread["f1"])


def test_quick_takes_some_rows_of_each_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_FEW_ROWS", 120)
    comparison = small(cv=None, quick=True)
    assert comparison.n_folds == 3
    assert sum(comparison.classes.values()) == 240
    n_common = round((240 - N_RARE) / 2)
    assert comparison.n_rows == pytest.approx(n_common + max(30, N_RARE // 2), abs=1)


def test_models_of_ones_own() -> None:
    comparison = small(models={"mine": LogisticRegression(C=0.1)}, add={"dummy": DummyClassifier()})
    assert [(line.model, line.arm) for line in comparison.lines()] == [
        ("mine", REFERENCE),
        ("mine", "SMOTE"),
        (OWN, "dummy"),
    ]


def test_an_arm_of_ones_own() -> None:
    comparison = small(add={"strong": Arm("", lambda model: model.set_params(C=100.0))})
    assert [line.arm for line in comparison.lines()] == [REFERENCE, "SMOTE", "strong"]


class Stubborn(ClassifierMixin, BaseEstimator):
    """Takes no argument of others' and has attributes like theirs."""

    def fit(self, X: Any, y: Any) -> Any:
        self.classes_ = np.unique(y)
        self.best_threshold_ = np.array([0.5, 0.5])
        return self

    def predict(self, X: Any) -> Any:
        return np.zeros(len(X), int)

    def predict_proba(self, X: Any) -> Any:
        return np.full((len(X), 2), 0.5)


def test_a_model_that_knows_little() -> None:
    comparison = small(models={"stubborn": Stubborn()}, arms=["nothing", "class weights", "balanced boosting"])
    assert list(comparison.unavailable) == ["class weights", "balanced boosting"]
    assert comparison.lines()[1].mean["roc_auc"] == 0.5


# What goes wrong


def test_progress_is_the_share_of_the_folds_that_are_done(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[float, str]] = []

    @contextlib.contextmanager
    def show_progress(title: str) -> Iterator[Any]:
        yield lambda share, task: told.append((share, task))

    monkeypatch.setattr(module, "show_progress", show_progress)
    comparison = small()
    tasks = list(dict.fromkeys(task for _, task in told))
    assert len(tasks) == len(comparison.runs) // 3 > 1
    np.testing.assert_allclose([share for share, _ in told], np.arange(1, len(told) + 1) / len(told))


def test_a_failing_remedy_is_reported() -> None:
    def fail(X: Any, y: Any) -> Any:
        raise RuntimeError("no luck")

    comparison = small(add={"bad": Sampler(fail)})
    line = comparison.lines()[-1]
    assert line.error == "RuntimeError: no luck (Classes by number: 0 is 'no', 1 is 'yes'.)"
    assert line.difference is None
    assert comparison.predictions("logistic regression", "bad") is None
    assert comparison.html()
    assert "1 remedies" not in comparison.advice


def test_a_warning_is_kept() -> None:
    def warn(X: Any, y: Any) -> Any:
        warnings.warn("careful", stacklevel=1)
        return X, y

    comparison = small(add={"half": Sampler(warn)})
    assert comparison.runs[-1].warnings == ["careful"]
    assert "careful" in comparison.html()


def test_an_interruption_keeps_what_is_done() -> None:
    def stop(X: Any, y: Any) -> Any:
        raise KeyboardInterrupt

    comparison = small(add={"stop": Sampler(stop), "never": SMOTE()})
    assert comparison.is_interrupted
    assert [line.arm for line in comparison.lines()] == [REFERENCE, "SMOTE"]
    assert [run.fold for run in comparison.runs] == [0, 0]
    assert comparison.advice
    assert "interrupted" in comparison.html()


def test_an_interruption_before_anything_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(_workers, "evaluate", stop)
    with pytest.raises(KeyboardInterrupt):
        small()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"metric": "accuracy"}, r"metric must be one of 'precision', .*but is 'accuracy'"),
        ({"arms": ["SMOT"]}, r"arms must be among 'nothing', .*but 'SMOT' is asked for"),
        ({"models": ["forest"]}, r"models must be among 'logistic regression', .*but 'forest' is asked for"),
        ({"y": Y[:-1]}, r"X has 240 rows and y has 239 labels"),
        ({"y": ["a"] * 240}, r"y holds the class 'a' alone; at least two are needed"),
        ({"y": [None] * 9 + ["a"] * 231}, r"9 of 240 labels are missing"),
        ({"y": ["a"] * 4 + ["b"] * 236}, r"at least 6 rows for 3 folds, but fewer are in 'a' \(4\)\. Lower cv"),
        ({"models": [], "arms": ["SMOTE"]}, r"Nothing is left to compare: .*SMOTE cannot be applied to any model"),
        ({"add": {"SMOTE": SMOTE()}}, r"add names 'SMOTE', which is a remedy already"),
        ({"cv": ShuffleSplit(2), "n_repeats": 2}, r"n_repeats is for a cv that is a number of folds"),
        ({"cv": [(range(100), range(99, 240))]}, r"Row 99 is among both the training and the test rows of fold 0"),
        ({"cv": [(np.flatnonzero(CODES == 0)[:9], np.flatnonzero(CODES))]}, r"training rows of fold 0 .* class 'yes'"),
        ({"cv": [(np.flatnonzero(CODES)[:9], np.flatnonzero(CODES == 0))]}, r"fold 0 of cv have none of class"),
        (
            {"cv": [(np.arange(120), 120 + np.flatnonzero(CODES[120:] == 0))]},
            r"The test rows of fold 0 of cv have none of class 'yes'",
        ),
    ],
)
def test_what_cannot_be_is_refused_before_the_work(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        small(**arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"models": {"svm": LinearSVC()}},
            r"The model 'svm' must be a classifier with predict_proba, but is LinearSVC",
        ),
        ({"models": {"mixture": GaussianMixture()}}, r"The model 'mixture' must be a classifier with predict_proba"),
        ({"models": {"svm": LogisticRegression}}, r"The model 'svm' must be a classifier with predict_proba"),
        ({"add": {"s": SMOTE}}, r"The arm 's' must be an object, but is the class SMOTE. Add parentheses"),
        (
            {"add": {"s": LinearSVC()}},
            r"The arm 's' must be a sampler, with fit_resample, or a classifier, with predict",
        ),
    ],
)
def test_objects_of_the_wrong_kind(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        small(**arguments)


def test_without_keras_the_network_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    for name in [name for name in sys.modules if name.partition(".")[0] == "keras" or name.startswith("fastbal.keras")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "keras", None)
    comparison = small(models=["logistic regression", "network"], arms=["nothing"])
    assert "pip install 'fastbal[keras]'" in comparison.unavailable["network"]
    assert {line.model for line in comparison.lines()} == {"logistic regression"}


# Files


def test_csv(tmp_path: Path) -> None:
    comparison = small()
    comparison.to_csv(tmp_path / "runs.csv")
    with (tmp_path / "runs.csv").open(encoding="utf-8", newline="") as file:
        got = list(csv.DictReader(file))
    assert [row["arm"] for row in got] == [run.arm for run in comparison.runs]
    assert float(got[-1]["f1"]) == comparison.runs[-1].scores["f1"]
    assert got[-1]["rows of yes"] == str(comparison.runs[-1].rows["yes"])


def test_json(tmp_path: Path) -> None:
    comparison = small(y=CODES.astype(bool), arms=["SMOTE", "balanced bagging"], add={"mine": SMOTE(k_neighbors=3)})
    comparison.to_json(tmp_path / "all.json")
    got = json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))
    assert got["advice"] == comparison.advice
    assert got["classes"] == {"False": 240 - N_RARE, "True": N_RARE}
    assert got["lines"][1]["difference"]["mean"] == comparison.lines()[1].difference.mean
    assert got["runs"][0]["scores"] == comparison.runs[0].scores
    assert got["settings"]["arguments"]["add"] == {"mine": "SMOTE(k_neighbors=3)"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all.json"]


def made_by_hand(*runs: Run, predictions: list[Any] | None = None) -> Comparison:
    made = Comparison(
        {"no": 2, "yes": 2}, Question(), 4, len(runs), 1.0, ["a"], [], {}, {}, {"arguments": {}, "versions": {}}
    )
    for run, predicted in zip(runs, predictions or [None] * len(runs), strict=True):
        made.add(run, predicted)
    return made


def test_means_spreads_and_times() -> None:
    runs = [
        Run("m", REFERENCE, fold, dict.fromkeys(SCORES, score), seconds=seconds)
        for fold, (score, seconds) in enumerate([(0.2, 9.0), (0.4, 1.0), (0.6, 2.0)])
    ]
    made = made_by_hand(*runs)
    (line,) = made.lines()
    assert line.mean["f1"] == pytest.approx(0.4)
    assert line.spread["f1"] == pytest.approx(0.2)  # of a sample: 0.08 / 2 is 0.2 squared
    assert line.seconds == 2.0
    runs[0].threshold = np.inf
    assert json.loads(made.json())["runs"][0]["threshold"] is None


def test_corrected_probabilities_are_shown_only_if_each_fold_has_them() -> None:
    y = np.array([0, 1])
    proba = np.column_stack([1 - y * 0.5, y * 0.5])
    with_them = Predictions(np.array([0, 1]), y, y, proba, proba)
    runs = [Run("m", REFERENCE, fold, dict.fromkeys(SCORES, 0.5)) for fold in range(2)]
    for second, expected in ((proba, 4), (None, None)):
        other = Predictions(np.array([2, 3]), y, y, proba, second)
        found = made_by_hand(*runs, predictions=[with_them, other]).predictions("m", REFERENCE)
        assert (None if found.corrected is None else len(found.corrected)) == expected
        assert found.rows.tolist() == [0, 1, 2, 3]


def test_a_file_is_whole_or_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "page.html"
    path.write_text("precious")
    comparison = small()
    monkeypatch.setattr(Comparison, "html", lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        comparison.to_html(path)
    assert path.read_text() == "precious"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["page.html"]


# The network


@pytest.mark.slow
def test_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    tensorflow = pytest.importorskip("tensorflow")
    monkeypatch.setattr(module, "_FEW_EPOCHS", 1)
    before = np.random.get_state()
    tensorflow.config.run_functions_eagerly(True)  # a graph takes a second, this network milliseconds
    try:
        comparison = small(models=["network"], arms=["focal loss"], cv=ShuffleSplit(1, random_state=0), quick=True)
    finally:
        tensorflow.config.run_functions_eagerly(False)
    assert [line.error for line in comparison.lines()] == [None, None]
    assert all(np.isfinite(line.mean["log_loss"]) for line in comparison.lines())
    np.testing.assert_equal(np.random.get_state(), before)
