"""Fit every model with every remedy on the same folds, and score all of them on rows nobody has touched."""

from __future__ import annotations

import platform
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib import metadata
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.model_selection import RepeatedStratifiedKFold, check_cv

import fastbal
from fastbal._containers.read import read_labels
from fastbal._core.target import Target, encode
from fastbal._progress import show_progress
from fastbal._training_prior import ClassCounter
from fastbal.calibration import PriorCorrectedClassifier
from fastbal.study._arms import ARMS, OWN, REFERENCE, Arm, arm_of
from fastbal.study._columns import Columns, read_columns
from fastbal.study._comparison import Comparison
from fastbal.study._models import models_of
from fastbal.study._results import Predictions, Run
from fastbal.study._scores import TUNABLE, all_scores

_FOLDS, _REPEATS = 5, 2
# Of `quick`.
_FEW_FOLDS, _FEW_ROWS, _FEW_EPOCHS = 3, 10_000, 5
# Encoded folds are kept for the next remedy up to this size; beyond, each is made anew.
_MOST_BYTES_KEPT = 1 << 31


class _Fold(NamedTuple):
    """Training and test rows, encoded by what the training rows tell."""

    X_train: NDArray[np.float64]
    y_train: NDArray[np.int64]
    X_test: NDArray[np.float64]
    y_test: NDArray[np.int64]
    test_rows: NDArray[np.int64]


_Split = tuple[NDArray[np.int64], NDArray[np.int64]]


class _Folds:
    """Folds by number, encoded when they are asked for first, and kept if they are not too large."""

    def __init__(self, columns: Columns, codes: NDArray[np.int64], splits: list[_Split], seed: int) -> None:
        self.columns, self.codes, self.splits, self.seed = columns, codes, splits, seed
        self.kept: dict[int, _Fold] = {}
        self.n_bytes = 0

    def __getitem__(self, number: int) -> _Fold:
        if number in self.kept:
            return self.kept[number]
        train, test = self.splits[number]
        # Tables are often in an order, such as that of time: folds within the training rows, for thresholds, would each
        # be a stretch of it that the other folds know nothing of.
        train = np.random.default_rng(self.seed).permutation(train)
        encoder = self.columns.encoder().fit(self.columns.values[train])
        X_train, X_test = (encoder.transform(self.columns.values[rows]) for rows in (train, test))
        fold = _Fold(X_train, self.codes[train], X_test, self.codes[test], test)
        self.n_bytes += X_train.nbytes + X_test.nbytes
        if self.n_bytes <= _MOST_BYTES_KEPT:
            self.kept[number] = fold
        return fold


class _Task(NamedTuple):
    """One remedy on one model."""

    model_name: str
    model: Any
    arm: Arm

    @property
    def title(self) -> str:
        """What to call it."""
        return self.arm.name if self.model_name == OWN else f"{self.arm.name}, {self.model_name}"

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
    n_repeats: int | None = None,
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
        What decides, and what thresholds are tuned for: "f1", "balanced_accuracy", "geometric_mean" or "mcc".
    cv : int, splitter or list of (train, test), default=None
        The folds; a number of them is stratified and shuffled. None means five, or three if `quick`.
    n_repeats : int, default=None
        How often the rows are divided into folds, differently each time. None means twice where `cv` is None, too, and
        otherwise once.
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
        If there is one class only, a class has too few rows for the folds, training rows of a fold lack a class, or a
        name is unknown.

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
    ['tuned threshold', 'nothing', 'SMOTE']
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
    wanted = _arms(arms, add)
    tasks = [task for task in _tasks(chosen, wanted) if task.classifier(metric) is not None]
    for arm in wanted:
        if not any(task.arm is arm for task in tasks):
            unavailable[arm.name] = f"cannot be applied to {', '.join(chosen) or 'any model'}"
    if not tasks:
        raise ValueError("Nothing is left to compare: " + "; ".join(map(" ".join, unavailable.items())))
    if quick:
        rows = _some_rows(codes, random_state)
        columns, codes = columns.take(rows), codes[rows]
        for task in tasks:
            if "epochs" in getattr(task.model, "get_params", dict)():
                task.model.set_params(epochs=_FEW_EPOCHS)
    if cv is None or isinstance(cv, Integral):
        splits = _folds(cv, n_repeats, quick, labels, codes, random_state)
    elif n_repeats is not None:
        raise ValueError("n_repeats is for a cv that is a number of folds; a splitter says itself how often it splits.")
    else:
        splits = _given_folds(cv, labels, codes)

    comparison = Comparison(
        classes=classes,
        rare=labels[-1],
        metric=metric,
        n_rows=len(codes),
        n_folds=len(splits),
        test_share=float(np.mean([len(test) / len(train) for train, test in splits])),
        numeric=columns.numeric,
        categorical=columns.categorical,
        left_out=columns.left_out,
        unavailable=unavailable,
        settings=_settings(
            models=models,
            arms=arms,
            add=add,
            rare=rare,
            metric=metric,
            cv=cv,
            n_repeats=n_repeats,
            quick=quick,
            random_state=random_state,
        ),
    )
    folds = _Folds(columns, codes, splits, random_state)
    try:
        with show_progress("comparing") as progress:
            for i, task in enumerate(tasks):
                runs, predictions = [], []
                for j in range(len(splits)):
                    if progress is not None:
                        progress((i + j / len(splits)) / len(tasks), task.title)
                    run, predicted = _run(task, folds[j], j, metric, random_state)
                    run.rows = {labels[code]: n for code, n in run.rows.items()}
                    if run.error is not None and labels != list(range(len(labels))):
                        numbered = ", ".join(f"{code} is {label!r}" for code, label in enumerate(labels[:10]))
                        run.error += f" (Classes by number: {numbered}.)"
                    runs.append(run)
                    predictions.append(predicted)
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
    if twice := [arm.name for arm in known if arm.name in (add or {})]:
        raise ValueError(f"add names {twice[0]!r}, which is a remedy already. Give yours another name.")
    return known + [arm_of(name, remedy) for name, remedy in (add or {}).items()]


def _tasks(models: dict[str, Any], arms: list[Arm]) -> Iterator[_Task]:
    """Remedy by remedy, so that an interruption leaves whole ones."""
    for arm in arms:
        if arm.needs_model:
            yield from (_Task(name, clone(model), arm) for name, model in models.items())
        else:
            yield _Task(OWN, None, arm)


def _folds(
    cv: Any, n_repeats: int | None, quick: bool, labels: list[Any], codes: NDArray[np.int64], seed: int
) -> list[_Split]:
    n_folds = int(cv) if cv is not None else _FEW_FOLDS if quick else _FOLDS
    if n_repeats is None:
        n_repeats = _REPEATS if cv is None and not quick else 1
    folds = RepeatedStratifiedKFold(n_splits=n_folds, n_repeats=n_repeats, random_state=seed)
    counts = np.bincount(codes).tolist()
    few = [f"{label!r} ({n})" for label, n in zip(labels, counts, strict=True) if n < 2 * n_folds]
    if few:
        raise ValueError(
            f"Each class must have at least {2 * n_folds} rows for {n_folds} folds, but fewer are in "
            f"{', '.join(few[:5])}{f' and {len(few) - 5} more' if len(few) > 5 else ''}. Lower cv, join these classes "
            "with others, or leave their rows out."
        )
    return list(folds.split(np.zeros(len(codes)), codes))


def _given_folds(cv: Any, labels: list[Any], codes: NDArray[np.int64]) -> list[_Split]:
    """Folds of the caller's; none may let a model see its test rows, or hide a class from it."""
    found = check_cv(cv, codes, classifier=True).split(np.zeros(len(codes)), codes)
    splits = [(np.arange(len(codes))[train], np.arange(len(codes))[test]) for train, test in found]
    for i, (train, test) in enumerate(splits):
        if shared := np.intersect1d(train, test).tolist():
            raise ValueError(
                f"Row {shared[0]} is among both the training and the test rows of fold {i} of cv, as are "
                f"{len(shared) - 1} others: no score of such a fold could be believed."
            )
        for part, name, needed in ((train, "training", range(len(labels))), (test, "test", [len(labels) - 1])):
            if lacking := sorted(set(needed) - set(codes[part].tolist())):
                raise ValueError(
                    f"The {name} rows of fold {i} of cv have none of class {labels[lacking[0]]!r}. Use folds that are "
                    "stratified, or fewer of them."
                )
    return splits


def _some_rows(codes: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """At most so many rows, in the same shares of classes; but a few of each class."""
    rng = np.random.default_rng(seed)
    share = min(1.0, _FEW_ROWS / len(codes))
    classes = [np.flatnonzero(codes == code) for code in range(int(codes.max()) + 1)]
    return np.sort(np.concatenate([rng.permutation(rows)[: max(30, int(len(rows) * share))] for rows in classes]))


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
