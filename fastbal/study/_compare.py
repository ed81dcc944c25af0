"""Fit every model with every remedy on the same folds, and score all of them on rows nobody has touched."""

from __future__ import annotations

import platform
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib import metadata
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.model_selection import RepeatedStratifiedKFold, check_cv

import fastbal
from fastbal._core.target import Target, encode
from fastbal._progress import show_progress
from fastbal._tables import read_labels
from fastbal._training_prior import ClassCounter
from fastbal.calibration import PriorCorrectedClassifier
from fastbal.study._arms import ARMS, REFERENCE, Arm, arm_of
from fastbal.study._columns import Columns, read_columns
from fastbal.study._comparison import Comparison, Predictions, Run
from fastbal.study._models import models_of
from fastbal.study._scores import TUNABLE, all_scores

#: Instead of a model's name, where a remedy is a model of its own.
OWN = "-"
# Folds of the search for a threshold and of `quick`.
_FEW_FOLDS = 3
_FEW_ROWS = 10_000
_FEW_EPOCHS = 5


class _Fold(NamedTuple):
    """Training and test rows, encoded by what the training rows tell."""

    X_train: NDArray[np.float64]
    y_train: NDArray[np.int64]
    X_test: NDArray[np.float64]
    y_test: NDArray[np.int64]
    test_rows: NDArray[np.int64]


class _Task(NamedTuple):
    """One remedy on one model."""

    model_name: str
    model: Any
    arm: Arm

    def classifier(self, metric: str) -> Any:
        """An unfitted one; None if the remedy cannot be applied to the model."""
        return self.arm.build(None if self.model is None else clone(self.model), metric)


def compare(
    X: Any,
    y: Any,
    *,
    models: Any = None,
    arms: Any = None,
    add: Mapping[str, Any] | None = None,
    rare: Any = None,
    metric: str = "f1",
    cv: Any = None,
    quick: bool = False,
    random_state: int = 0,
) -> Comparison:
    """Try remedies for imbalanced classes on a table, side by side.

    Everything that looks at labels or values (gaps filled, columns scaled, categories encoded, rows resampled,
    thresholds chosen) happens inside the training rows of a fold. Test rows keep their natural distribution.

    Parameters
    ----------
    X : {array-like, dataframe, sparse matrix} of shape (n_rows, n_columns)
        The table as it is: numbers, text, categories, dates, gaps.
    y : array-like of shape (n_rows,)
        The label of each row.
    models : list of str or mapping of str to classifier, default=None
        Some of "logistic regression", "gradient boosting" and "network", or classifiers of your own. None means all.
    arms : list of str, default=None
        Names of the remedies to try, see `fastbal.study.ARMS`. The reference is always among them. None means all.
    add : mapping of str to sampler or classifier, default=None
        Remedies of your own: a sampler is tried with each model, a classifier is a model of its own.
    rare : label, default=None
        The class that matters. None means the rarest.
    metric : str, default="f1"
        What decides, and what thresholds are tuned for: "f1", "balanced_accuracy", "geometric_mean" or "mcc". Of more
        than two classes, thresholds are tuned for the mean F1 of all classes, and the rare class's F1 decides.
    cv : int, splitter or list of (train, test), default=None
        The folds. None means five folds, twice, stratified and shuffled.
    quick : bool, default=False
        Three folds, at most 10,000 rows, networks of five epochs: an answer in a minute, with wider intervals.
    random_state : int, default=0
        Seed of folds, samplers and models; the same for all remedies.

    Returns
    -------
    Comparison
        Scores of each remedy on each fold, differences to the reference with intervals, and a sentence of advice. An
        interruption (Ctrl-C) returns the remedies that are done.

    Raises
    ------
    ValueError
        If there is one class only, a class has fewer rows than there are folds, or a name is unknown.

    References
    ----------
    Elor, Averbuch-Elor: To SMOTE, or not to SMOTE? arXiv:2201.08528 (2022). Nadeau, Bengio: Inference for the
    generalization error. Machine Learning 52 (2003), 239-281.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from fastbal.study import compare
    >>> X, y = make_classification(n_samples=600, weights=[0.9], random_state=0)
    >>> comparison = compare(X, y, models=["logistic regression"], arms=["nothing", "SMOTE"], cv=3)
    >>> [run.arm for run in comparison.runs if run.fold == 0]
    ['nothing, threshold tuned', 'nothing', 'SMOTE']
    """
    if metric not in TUNABLE:
        raise ValueError(f"metric must be one of {', '.join(map(repr, TUNABLE))}, but is {metric!r}.")
    columns, target = read_columns(X), encode(read_labels(y).values)
    if len(columns.values) != len(target.codes):
        raise ValueError(
            f"X has {len(columns.values)} rows and y has {len(target.codes)} labels; give one for each row."
        )
    labels, codes = _rare_last(target, rare)
    classes = dict(zip(labels, np.bincount(codes).tolist(), strict=True))
    chosen, unavailable = models_of(models)
    tasks = [task for task in _tasks(chosen, _arms(arms, add)) if task.classifier(metric) is not None]
    if quick:
        rows = _some_rows(codes, random_state)
        columns, codes = columns.take(rows), codes[rows]
        for task in tasks:
            if "epochs" in getattr(task.model, "get_params", dict)():
                task.model.set_params(epochs=_FEW_EPOCHS)
    splits = _splits(cv, quick, labels, codes, random_state)

    comparison = Comparison(
        classes=classes,
        rare=labels[-1],
        metric=metric,
        n_folds=len(splits),
        test_share=float(np.mean([len(test) / len(train) for train, test in splits])),
        numeric=columns.numeric,
        categorical=columns.categorical,
        left_out=columns.left_out,
        unavailable=unavailable,
        settings=_settings(
            models=models, arms=arms, add=add, rare=rare, metric=metric, cv=cv, quick=quick, random_state=random_state
        ),
    )
    folds: dict[int, _Fold] = {}
    try:
        with show_progress("comparing") as progress:
            for i, task in enumerate(tasks):
                runs, predictions = [], []
                for j, (train, test) in enumerate(splits):
                    if j not in folds:
                        folds[j] = _encoded(columns, codes, train, test)
                    run, predicted = _run(task, folds[j], j, metric, random_state)
                    run.rows = {labels[code]: n for code, n in run.rows.items()}
                    runs.append(run)
                    predictions.append(predicted)
                    if progress is not None:
                        progress((i + (j + 1) / len(splits)) / len(tasks))
                comparison.add(runs, predictions)
    except KeyboardInterrupt:
        comparison.is_interrupted = True
        if not comparison.runs:
            raise
    return comparison


def _settings(**arguments: Any) -> dict[str, Any]:
    """What is needed to do it again."""
    versions = {"python": platform.python_version(), "fastbal": fastbal.__version__}
    for library in ("numpy", "scikit-learn", "keras", "tensorflow"):
        with suppress(metadata.PackageNotFoundError):
            versions[library] = metadata.version(library)
    return {"arguments": {name: value for name, value in arguments.items() if value is not None}, "versions": versions}


def _rare_last(target: Target, rare: Any) -> tuple[list[Any], NDArray[np.int64]]:
    """Labels, the one that matters last, where scikit-learn looks for the positive one; and codes in this order."""
    if len(target.classes) < 2:
        raise ValueError(f"y holds the class {target.labels[0]!r} alone; at least two are needed to compare anything.")
    wanted = [target.labels[int(target.counts.argmin())]]
    if rare is not None:
        wanted = [label for label in target.labels if label == rare or str(label) == str(rare)]
    if not wanted:
        raise ValueError(f"rare={rare!r} is no class of y; there are {', '.join(map(repr, target.labels[:20]))}.")
    labels = [label for label in target.labels if label != wanted[0]] + wanted
    place = np.array([labels.index(label) for label in target.labels])
    return labels, place[target.codes]


def _arms(names: Any, add: Mapping[str, Any] | None) -> list[Arm]:
    """The reference first, so that all others have something to be compared with."""
    names = list(ARMS) if names is None else [names] if isinstance(names, str) else list(names)
    unknown = [name for name in names if name not in ARMS]
    if unknown:
        raise ValueError(f"arms must be among {', '.join(map(repr, ARMS))}, but {unknown[0]!r} is asked for.")
    known = [ARMS[name] for name in dict.fromkeys([REFERENCE, *names])]
    return known + [arm_of(name, remedy) for name, remedy in (add or {}).items()]


def _tasks(models: dict[str, Any], arms: list[Arm]) -> Iterator[_Task]:
    """Remedy by remedy, so that an interruption leaves whole ones."""
    for arm in arms:
        if arm.needs_model:
            yield from (_Task(name, clone(model), arm) for name, model in models.items())
        else:
            yield _Task(OWN, None, arm)


def _splits(
    cv: Any, quick: bool, labels: list[Any], codes: NDArray[np.int64], seed: int
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    n_folds, n_repeats = (_FEW_FOLDS, 1) if quick else (5, 2)
    if isinstance(cv, int):
        n_folds, n_repeats, cv = cv, 1, None
    if cv is not None:
        return list(check_cv(cv, codes, classifier=True).split(np.zeros(len(codes)), codes))
    counts = np.bincount(codes)
    if counts.min() < 2 * n_folds:
        raise ValueError(
            f"Class {labels[int(counts.argmin())]!r} has {counts.min()} rows, but {n_folds} folds need at least "
            f"{2 * n_folds}. Lower cv, join this class with another, or leave its rows out."
        )
    folds = RepeatedStratifiedKFold(n_splits=n_folds, n_repeats=n_repeats, random_state=seed)
    return list(folds.split(np.zeros(len(codes)), codes))


def _some_rows(codes: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """At most so many rows, in the same shares of classes; but a few of each class."""
    rng = np.random.default_rng(seed)
    share = min(1.0, _FEW_ROWS / len(codes))
    rows = [np.flatnonzero(codes == code) for code in range(int(codes.max()) + 1)]
    return np.sort(np.concatenate([rng.permutation(of)[: max(30, int(len(of) * share))] for of in rows]))


def _encoded(columns: Columns, codes: NDArray[np.int64], train: NDArray[np.int64], test: NDArray[np.int64]) -> _Fold:
    encoder = columns.encoder().fit(columns.values[train])
    X_train, X_test = (encoder.transform(columns.values[rows]) for rows in (train, test))
    return _Fold(X_train, codes[train], X_test, codes[test], test)


def _run(task: _Task, fold: _Fold, number: int, metric: str, seed: int) -> tuple[Run, Predictions | None]:
    """Fit and score; what goes wrong is reported, not raised."""
    run = Run(task.model_name, task.arm.name, number)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            predicted = _fitted_and_asked(task.classifier(metric), fold, run, seed)
        except Exception as error:
            run.error = f"{type(error).__name__}: {error}"
            return run, None
        finally:
            run.warnings = list(dict.fromkeys(str(warning.message) for warning in warned))
    return run, predicted


def _fitted_and_asked(classifier: Any, fold: _Fold, run: Run, seed: int) -> Predictions:
    _set_seeds(classifier, seed)
    start = time.perf_counter()
    try:
        corrector = PriorCorrectedClassifier(classifier).fit(fold.X_train, fold.y_train)
    except ValueError:  # nobody knows how frequent the classes were for this one
        corrector = None
        classifier = clone(classifier).fit(fold.X_train, fold.y_train)
    run.seconds = time.perf_counter() - start
    fitted = classifier if corrector is None else corrector.estimator_
    proba = np.asarray(fitted.predict_proba(fold.X_test), np.float64)
    corrected = None if corrector is None else np.asarray(corrector.predict_proba(fold.X_test), np.float64)
    decided = np.asarray(fitted.predict(fold.X_test)).astype(np.int64)
    run.scores = all_scores(fold.y_test, decided, proba, corrected)
    run.rows = _rows_learned_from(fitted, fold.y_train)
    if isinstance(threshold := getattr(fitted, "best_threshold_", None), float):  # of more classes there are more
        run.threshold = threshold
    return Predictions(
        fold.test_rows, fold.y_test, decided, proba[:, -1], None if corrected is None else corrected[:, -1]
    )


def _set_seeds(estimator: Any, seed: int) -> None:
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
