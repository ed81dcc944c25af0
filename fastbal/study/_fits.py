"""One remedy on one model and one fold: cut-offs chosen inside the training rows, a fit, and scores of test rows."""

from __future__ import annotations

import time
import warnings
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from fastbal._compiling import compile_time
from fastbal._training_prior import ClassCounter
from fastbal.calibration import PriorCorrectedClassifier
from fastbal.study._arms import NOTHING, Arm
from fastbal.study._columns import Columns
from fastbal.study._folds import Split
from fastbal.study._question import Question
from fastbal.study._results import Predictions, Run, name_of_pair
from fastbal.study._scores import all_scores

# Encoded folds are kept for the next remedy up to this size; beyond, each is made anew.
_MOST_BYTES_KEPT = 1 << 31


class Fold(NamedTuple):
    """Training and test rows, encoded by what the training rows tell."""

    number: int
    split: Split
    X_train: NDArray[np.float64]
    y_train: NDArray[np.int64]
    X_test: NDArray[np.float64]
    y_test: NDArray[np.int64]


class Folds:
    """Folds by number, encoded when they are asked for first, and kept if they are not too large."""

    def __init__(self, columns: Columns, codes: NDArray[np.int64], splits: list[Split]) -> None:
        self.columns, self.codes, self.splits = columns, codes, splits
        self.kept: dict[int, Fold] = {}
        self.n_bytes = 0

    def __getitem__(self, number: int) -> Fold:
        if number in self.kept:
            return self.kept[number]
        split = self.splits[number]
        encoder = self.columns.encoder().fit(self.columns.values[split.train])
        X_train, X_test = (encoder.transform(self.columns.values[rows]) for rows in (split.train, split.test))
        fold = Fold(number, split, X_train, self.codes[split.train], X_test, self.codes[split.test])
        self.n_bytes += X_train.nbytes + X_test.nbytes
        if self.n_bytes <= _MOST_BYTES_KEPT:
            self.kept[number] = fold
        return fold


class Task(NamedTuple):
    """One remedy on one model."""

    model_name: str
    model: Any
    arm: Arm

    @property
    def title(self) -> str:
        """What to call it."""
        return name_of_pair(self.pair)

    @property
    def pair(self) -> tuple[str, str]:
        """Model and arm by name."""
        return self.model_name, self.arm.name

    def classifier(self) -> Any:
        """An unfitted one; None if the remedy cannot be applied to the model."""
        return self.arm.build(None if self.model is None else clone(self.model))


def evaluate(
    pair: tuple[str, str], classifier: Any, fold: Fold, question: Question, seed: int
) -> tuple[Run, Predictions | None]:
    """Fit and score; what goes wrong is reported, not raised.

    Parameters
    ----------
    pair : tuple of str
        Model and arm by name. The arm `NOTHING` decides for the most probable class, all others by cut-offs.
    classifier : classifier
        Unfitted.
    fold : Fold
    question : Question
    seed : int
        Of whatever is random.
    """
    run = Run(*pair, fold.number)
    set_seeds(classifier, seed)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            predicted = _fitted_and_asked(classifier, fold, question, run)
        except Exception as error:
            run.error = f"{type(error).__name__}: {error}"
            run.scores = {}
            return run, None
        finally:
            run.warnings = list(dict.fromkeys(str(warning.message) for warning in warned))
    return run, predicted


def _fitted_and_asked(classifier: Any, fold: Fold, question: Question, run: Run) -> Predictions:
    n_classes = 1 + int(max(fold.y_train.max(), fold.y_test.max()))
    with compile_time() as compiler:  # which no remedy is charged with

        def now() -> float:
            return time.perf_counter() - compiler.seconds

        start = now()
        cut_offs = None
        if run.arm != NOTHING and (question.n_alerts is None):
            cut_offs = _cut_offs(classifier, fold, question, n_classes)
        start_of_fit = now()
        try:
            corrector = PriorCorrectedClassifier(classifier).fit(fold.X_train, fold.y_train)
        except ValueError:  # nobody knows how frequent the classes were for this one
            corrector = None
            classifier = clone(classifier).fit(fold.X_train, fold.y_train)
        run.seconds, run.seconds_in_all = now() - start_of_fit, now() - start
    fitted = classifier if corrector is None else corrector.estimator_
    asked = time.perf_counter()
    proba = np.asarray(fitted.predict_proba(fold.X_test), np.float64)
    run.seconds_to_predict = (time.perf_counter() - asked) / len(proba) * 1000
    corrected = None if corrector is None else np.asarray(corrector.predict_proba(fold.X_test), np.float64)
    likeliest = proba.argmax(axis=1).astype(np.int64)
    rows, y = fold.split.test, fold.y_test
    decided = likeliest
    if run.arm != NOTHING:
        decided = question.decided(proba, cut_offs)
    if isinstance(cut_offs, float):  # of more classes there are more
        run.threshold = cut_offs
    run.scores = all_scores(y, decided, proba, corrected)
    run.scores[question.name] = question.value(rows, y, decided, proba, corrected)
    run.at_half = question.value_of_decisions(y, likeliest, rows, n_classes)
    run.rows = _rows_learned_from(fitted, fold.y_train)
    return Predictions(rows, y, decided, proba, corrected)


def _cut_offs(classifier: Any, fold: Fold, question: Question, n_classes: int) -> Any:
    """The best cut-offs of training rows that are held back, all of them together."""
    held_back = np.concatenate([test for _, test in fold.split.inner])
    proba = held_back_probabilities(classifier, fold.X_train, fold.y_train, fold.split.inner, n_classes)
    return question.cut_offs(proba[held_back], fold.y_train[held_back], fold.split.train[held_back])


def held_back_probabilities(
    classifier: Any,
    X: NDArray[np.float64],
    y: NDArray[np.int64],
    folds: list[tuple[NDArray[np.int64], NDArray[np.int64]]],
    n_classes: int,
) -> NDArray[np.float64]:
    """Probabilities of rows from models that have not seen them; 0 for rows that no fold holds back."""
    proba = np.zeros((len(y), n_classes))
    for train, test in folds:
        fitted = clone(classifier).fit(X[train], y[train])
        proba[test[:, None], fitted.classes_] = fitted.predict_proba(X[test])
    return proba


def set_seeds(estimator: Any, seed: int) -> None:
    """The same seed for whatever is random in it."""
    names = [name for name in estimator.get_params() if name.rpartition("__")[2] == "random_state"]
    estimator.set_params(**dict.fromkeys(names, seed))


def _rows_learned_from(fitted: Any, y: NDArray[np.int64]) -> dict[Any, int]:
    """Rows of each class, by number, that a model was fitted on; none if it draws them itself."""
    for step in getattr(fitted, "named_steps", {}).values():
        if isinstance(step, ClassCounter):
            return dict(step.seen_.rows)
    if hasattr(fitted, "sampling_strategy"):
        return {}
    return dict(enumerate(np.bincount(y).tolist()))
