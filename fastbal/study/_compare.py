"""Fit every model with every remedy on the same folds, and score all of them on rows nobody has touched."""

from __future__ import annotations

import platform
import time as clock
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.base import clone

import fastbal
from fastbal._containers.read import read_labels, read_table
from fastbal._core.target import encode
from fastbal._progress import show_progress
from fastbal.study._arms import ARMS, NOTHING, OWN, REFERENCE, Arm, arm_of, known_arm
from fastbal.study._column_facts import facts_of
from fastbal.study._columns import Columns, read_columns
from fastbal.study._comparison import Comparison
from fastbal.study._fits import Folds, Task
from fastbal.study._folds import make_splits, rare_last
from fastbal.study._kept import KeptFits, seal_of
from fastbal.study._models import models_of
from fastbal.study._question import question_of
from fastbal.study._race import beaten
from fastbal.study._results import Predictions, Run
from fastbal.study._workers import Sent, evaluated

# Of `quick`.
_FEW_ROWS, _FEW_EPOCHS = 10_000, 5


class Progress(NamedTuple):
    """A fit that has ended, among those that are planned.

    Attributes
    ----------
    n_done, n_planned : int
        Fits; fewer are planned where remedies are stopped.
    run : Run
    seconds : float
        Since the first fit was begun.
    remaining : float
        Seconds to go, as far as can be told.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from fastbal.study import compare
    >>> X, y = make_classification(n_samples=300, weights=[0.8], random_state=0)
    >>> def tell(progress):
    ...     print(f"{progress.n_done} of {progress.n_planned}: {progress.run.arm}")
    >>> comparison = compare(X, y, models=["logistic regression"], arms=["nothing"], cv=2, on_fit=tell)
    1 of 4: tuned threshold
    2 of 4: nothing
    3 of 4: tuned threshold
    4 of 4: nothing
    """

    n_done: int
    n_planned: int
    run: Run
    seconds: float
    remaining: float


def compare(
    X: Any,
    y: Any,
    *,
    models: Any = None,
    arms: Any = None,
    add: Mapping[str, Any] | None = None,
    rare: Any = None,
    metric: Any = None,
    cost: Any = None,
    budget: int | None = None,
    min_precision: float | None = None,
    cv: Any = None,
    n_repeats: int | None = None,
    groups: Any = None,
    time: Any = None,
    embargo: float = 0,
    quick: bool = False,
    random_state: int = 0,
    n_jobs: int | None = None,
    minutes: float | None = None,
    keep: str | Path | None = None,
    on_fit: Callable[[Progress], Any] | None = None,
    is_over: Callable[[], bool] | None = None,
) -> Comparison:
    """Try remedies for imbalanced classes on a table, side by side.

    Everything that looks at labels or values (gaps filled, columns scaled, categories encoded, rows resampled,
    cut-offs chosen) happens inside the training rows of a fold. Test rows keep their natural distribution. Every
    remedy has its cut-off chosen on training rows that are held back from it; "nothing" decides for the most probable
    class.

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
    metric : str or callable, default=None
        What decides: any of `fastbal.study.SCORES`, a `fastbal.model_selection.ConfusionMetric`, or a function of true
        and decided labels, the higher the better. Cut-offs are chosen for it, if it is about decisions of which a
        cut-off makes a trade, and else for F1. None means "f1", unless one of the next three is given.
    cost : mapping or array-like of shape (n_classes, n_classes), default=None
        What decisions cost: money per 1,000 rows decides. A mapping of "fp" and "fn" ("tp", "tn") to an amount, to the
        name of a column with the amount of each row, or to an amount for each row; or a matrix by true and decided
        class, in ascending order.
    budget : int, default=None
        So many rows of the table can be looked at: hits among those of highest probability decide.
    min_precision : float, default=None
        Recall decides, at cut-offs where precision is at least this.
    cv : int, splitter or list of (train, test), default=None
        The folds; a number of them is stratified and shuffled. None means five, or three if `quick`.
    n_repeats : int, default=None
        How often the rows are divided into folds, differently each time. None means twice where `cv` is None, too, and
        otherwise once; with `time` there is one way only.
    groups : str or array-like of shape (n_rows,), default=None
        Rows of one group, such as a person, are never on both sides. The name of a column, which no model sees then.
    time : str or array-like of shape (n_rows,), default=None
        Numbers or dates: every fold is tested on what follows its training rows. The name of a column, which no model
        sees then.
    embargo : float, default=0
        With `time`: rows so close before a test fold are not learned from; in days where these are dates.
    quick : bool, default=False
        Three folds, at most 10,000 rows, networks of five epochs: an answer soon, with wider intervals.
    random_state : int, default=0
        Seed of folds, samplers and models; the same for all remedies.
    n_jobs : int, default=None
        Fits at a time, each in a process of its own; None is one, -1 as many as there are processors.
    minutes : float, default=None
        After so long no fit is begun any more. It is then that remedies which are clearly beaten are stopped early.
        None means that everything is tried on every fold.
    keep : str or Path, default=None
        A folder for the results of all fits. What is in it of the same data and settings is not done again.
    on_fit : callable, default=None
        Called with a `Progress` after each fit.
    is_over : callable, default=None
        Asked before each fit; what is done is returned as soon as it says True.

    Returns
    -------
    Comparison
        Scores of each remedy on each fold, differences to the reference with intervals, and two sentences of advice. An
        interruption (Ctrl-C) returns what is done.

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
    columns, target = read_columns(X), encode(read_labels(y).values)
    if len(columns.values) != len(target.codes):
        raise ValueError(
            f"X has {len(columns.values)} rows and y has {len(target.codes)} labels; give one for each row."
        )
    labels, codes = rare_last(target, rare)
    classes = dict(zip(labels, np.bincount(codes).tolist(), strict=True))
    group_of_row, time_of_row = _groups_of(groups, X, len(codes)), _times_of(time, X, len(codes))
    for name, why in ((groups, "it keeps rows together"), (time, "it divides the rows into past and future")):
        if isinstance(name, str):
            columns = _without(columns, name, why)
    chosen, unavailable = models_of(models)
    wanted = _arms(arms, add)
    tasks = [task for task in _tasks(chosen, wanted) if task.classifier() is not None]
    for arm in wanted:
        if not any(task.arm is arm for task in tasks):
            unavailable[arm.name] = f"cannot be applied to {', '.join(chosen) or 'any model'}"
    if not tasks:
        raise ValueError("Nothing is left to compare: " + "; ".join(map(" ".join, unavailable.items())))
    question = question_of(
        metric,
        cost,
        budget,
        min_precision,
        labels=labels,
        ascending=target.labels,
        codes=codes,
        column=lambda name: _numbers_of(name, X, len(codes), "cost"),
    )
    if quick:
        rows = _some_rows(codes, random_state)
        columns, codes = columns.take(rows), codes[rows]
        group_of_row = None if group_of_row is None else group_of_row[rows]
        time_of_row = None if time_of_row is None else time_of_row[rows]
        question = question.take(rows)
        for task in tasks:
            if "epochs" in getattr(task.model, "get_params", dict)():
                task.model.set_params(epochs=_FEW_EPOCHS)
    splits = make_splits(
        cv,
        n_repeats,
        quick,
        labels=labels,
        codes=codes,
        groups=group_of_row,
        time=time_of_row,
        embargo=embargo,
        seed=random_state,
    )
    facts, associations = facts_of(columns, codes)
    comparison = Comparison(
        classes=classes,
        question=question,
        n_rows=len(codes),
        n_folds=len(splits),
        test_share=float(np.mean([len(split.test) / len(split.train) for split in splits])),
        numeric=columns.numeric,
        categorical=columns.categorical,
        left_out=columns.left_out,
        unavailable=unavailable,
        columns=facts,
        associations=associations,
        repeat_of_fold=_repeats_of([split.test for split in splits]),
        settings=_settings(
            models=models,
            arms=arms,
            add=add,
            rare=rare,
            metric=metric,
            cost=cost,
            budget=budget,
            min_precision=min_precision,
            cv=cv,
            n_repeats=n_repeats,
            groups=groups,
            time=time,
            embargo=embargo or None,
            quick=quick or None,
            random_state=random_state,
        ),
    )
    seal = seal_of(
        columns.values,
        codes,
        labels,
        *(part for split in splits for part in (split.train, split.test)),
        replace(question, costs=None),
        question.costs,
        random_state,
        fastbal.__version__,
    )
    work = _Work(
        comparison, tasks, Folds(columns, codes, splits), KeptFits(None if keep is None else Path(keep), seal), labels
    )
    try:
        with show_progress("comparing") as progress:
            work.run(random_state, n_jobs, minutes, is_over, [on_fit, _bar_of(progress)])
    except KeyboardInterrupt:
        comparison.is_interrupted = True
        if not comparison.runs:
            raise
    return comparison


class _Work:
    """The fits of a comparison, fold by fold."""

    def __init__(
        self, comparison: Comparison, tasks: list[Task], folds: Folds, kept: KeptFits, labels: list[Any]
    ) -> None:
        self.comparison, self.tasks, self.folds, self.kept, self.labels = comparison, tasks, folds, kept, labels
        self.n_planned = len(tasks) * comparison.n_folds
        self.n_models = {task.pair: _models_in(task.classifier()) for task in tasks}
        self.seconds_of: dict[tuple[str, str], list[float]] = {}

    def run(
        self,
        seed: int,
        n_jobs: int | None,
        minutes: float | None,
        is_over: Callable[[], bool] | None,
        listeners: list[Callable[[Progress], Any] | None],
    ) -> None:
        """Do what there is time for; remedies that are clearly beaten are stopped where time is short."""
        self.start = clock.monotonic()
        self.end = None if minutes is None else self.start + 60 * minutes
        self.is_over = is_over or (lambda: False)
        self.n_done = 0
        self.n_jobs = n_jobs
        with Parallel(n_jobs=n_jobs or 1, return_as="generator_unordered", pre_dispatch="n_jobs") as parallel:
            for running in self._light_and_heavy():
                for number in range(self.comparison.n_folds):
                    if not self._has_time_for_untouched(running):
                        break
                    running = self._without_beaten(running, number) if minutes is not None else running
                    for classifier, run, predictions in self._fits_of(number, running, parallel, seed):
                        self._take_in(classifier, run, predictions)
                        for listener in listeners:
                            if listener is not None:
                                listener(self._progress(run))
                    if self.is_over():
                        self.comparison.is_interrupted = True
                        return
        for task in self.tasks:
            n_done = sum((run.model, run.arm) == task.pair for run in self.comparison.runs)
            if 0 < n_done < self.comparison.n_folds and task.pair not in self.comparison.stopped:
                self.comparison.stopped[task.pair] = f"time was up after {n_done} of {self.comparison.n_folds} folds"
            elif not n_done:
                self.comparison.unavailable[task.title] = "time was up before its first fit"

    def _light_and_heavy(self) -> list[list[Task]]:
        """Networks, of which a fit takes as long as all of the rest, come last, so that time is not up before."""
        is_heavy = ["epochs" in getattr(task.model, "get_params", dict)() for task in self.tasks]
        return [[t for t, heavy in zip(self.tasks, is_heavy, strict=True) if heavy == which] for which in (False, True)]

    def _fits_of(
        self, number: int, tasks: list[Task], parallel: Any, seed: int
    ) -> Iterator[tuple[Any, Run, Predictions | None]]:
        """What comes of the remedies on a fold, in any order if several are fitted at a time."""
        to_do = []
        for task in tasks:
            classifier = task.classifier()
            found = self.kept.read(classifier, task.pair, number)
            if found is None:
                to_do.append((task, classifier))
            else:
                yield classifier, *found
        if not to_do:
            return
        fold = self.folds[number]

        def begun() -> Iterator[Any]:
            for task, classifier in to_do:
                if self._may_begin(task):
                    yield delayed(evaluated)(task.pair, Sent(classifier), fold, self.comparison.question, seed)

        yield from parallel(begun())

    def _has_time_for_untouched(self, running: list[Task]) -> bool:
        """A fold that the untouched models do not take part in would have nothing to be compared with."""
        if self.end is None:
            return True
        untouched = [
            self.seconds_of[task.pair]
            for task in running
            if task.arm.name == REFERENCE and task.pair in self.seconds_of
        ]
        return clock.monotonic() + sum(float(np.mean(spent)) for spent in untouched) < self.end

    def _may_begin(self, task: Task) -> bool:
        if self.is_over():
            return False
        if self.end is None:
            return True
        known = self.seconds_of.get(task.pair)
        expected = 0.0 if known is None else float(np.mean(known))
        if known is None and self.comparison.runs:  # one that is slow as its kin
            kin = {pair: spent for pair, spent in self.seconds_of.items() if pair[0] == task.model_name}
            of_one = [seconds / self.n_models[pair] for pair, spent in kin.items() for seconds in spent]
            expected = self.n_models[task.pair] * float(np.mean(of_one)) if of_one else 0.0
        return clock.monotonic() + expected < self.end

    def _take_in(self, classifier: Any, run: Run, predictions: Predictions | None) -> None:
        self.kept.write(classifier, run, predictions)
        self.n_done += 1
        self.seconds_of.setdefault((run.model, run.arm), []).append(
            0.0 if np.isnan(run.seconds_in_all) else run.seconds_in_all
        )
        run.rows = {self.labels[code]: n for code, n in run.rows.items()}
        if run.error is not None and self.labels != list(range(len(self.labels))):
            numbered = ", ".join(f"{code} is {label!r}" for code, label in enumerate(self.labels[:10]))
            run.error += f" (Classes by number: {numbered}.)"
        self.comparison.add(run, predictions)

    def _without_beaten(self, running: list[Task], n_folds: int) -> list[Task]:
        """The remedies that go on; the untouched models go on anyway."""
        comparison = self.comparison
        folds = set(range(n_folds))
        on_all = [
            pair
            for pair in comparison.pairs()
            if pair not in comparison.stopped and folds <= set(comparison.shared_folds(pair))
        ]
        may_stop = {task.pair for task in running if task.arm.name not in (REFERENCE, NOTHING)}
        for pair in beaten(comparison, on_all, n_folds):
            if pair in may_stop:
                comparison.stopped[pair] = f"clearly beaten after {n_folds} of {comparison.n_folds} folds"
                self.n_planned -= comparison.n_folds - n_folds
        return [task for task in running if task.pair not in comparison.stopped]

    def _progress(self, run: Run) -> Progress:
        seconds = clock.monotonic() - self.start
        remaining = seconds / self.n_done * (self.n_planned - self.n_done)
        if self.end is not None:
            remaining = min(remaining, max(0.0, self.end - clock.monotonic()))
        return Progress(self.n_done, self.n_planned, run, seconds, remaining)


def _models_in(classifier: Any) -> int:
    """How many models an ensemble fits; 1 of what is none, or makes its members itself."""
    return int(getattr(classifier, "n_estimators", 1)) if getattr(classifier, "estimator", None) is not None else 1


def _bar_of(progress: Any) -> Callable[[Progress], Any] | None:
    if progress is None:
        return None
    return lambda now: progress(now.n_done / max(1, now.n_planned), f"{now.run.arm}, {now.run.model}")


def _repeats_of(tests: list[NDArray[np.int64]]) -> list[int]:
    """Which round each fold belongs to: folds of one round have no test row in common."""
    rounds: list[set[int]] = []
    numbers = []
    for test in tests:
        number = next((i for i, seen in enumerate(rounds) if seen.isdisjoint(test.tolist())), len(rounds))
        if number == len(rounds):
            rounds.append(set())
        rounds[number].update(test.tolist())
        numbers.append(number)
    return numbers


def _settings(**arguments: Any) -> dict[str, Any]:
    """What is needed to do it again."""
    versions = {"python": platform.python_version(), "fastbal": fastbal.__version__}
    for library in ("numpy", "scikit-learn", "keras", "tensorflow"):
        with suppress(metadata.PackageNotFoundError):
            versions[library] = metadata.version(library)
    return {"arguments": {name: value for name, value in arguments.items() if value is not None}, "versions": versions}


def _arms(names: Any, add: Mapping[str, Any] | None) -> list[Arm]:
    """The reference first, so that all others have something to be compared with."""
    names = list(ARMS) if names is None else [names] if isinstance(names, str) else list(names)
    known = [known_arm(name) for name in dict.fromkeys([REFERENCE, *names])]
    if twice := [arm.name for arm in known if arm.name in (add or {})]:
        raise ValueError(f"add names {twice[0]!r}, which is a remedy already. Give yours another name.")
    return known + [arm_of(name, remedy) for name, remedy in (add or {}).items()]


def _tasks(models: dict[str, Any], arms: list[Arm]) -> Iterator[Task]:
    """Model by model, so that at least one is judged with all remedies where time is short."""
    for name, model in models.items():
        yield from (Task(name, clone(model), arm) for arm in arms if arm.needs_model)
    yield from (Task(OWN, None, arm) for arm in arms if not arm.needs_model)


def _some_rows(codes: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """At most so many rows, in the same shares of classes; but a few of each class."""
    rng = np.random.default_rng(seed)
    share = min(1.0, _FEW_ROWS / len(codes))
    classes = [np.flatnonzero(codes == code) for code in range(int(codes.max()) + 1)]
    return np.sort(np.concatenate([rng.permutation(rows)[: max(30, int(len(rows) * share))] for rows in classes]))


def _without(columns: Columns, name: str, why: str) -> Columns:
    """All columns but one."""
    kept = np.array([known != name for known in (*columns.numeric, *columns.categorical)])
    return replace(
        columns,
        values=columns.values[:, kept],
        numeric=[known for known in columns.numeric if known != name],
        categorical=[known for known in columns.categorical if known != name],
        left_out={**columns.left_out, name: why},
    )


def _entries_of(given: Any, X: Any, n_rows: int, what: str) -> NDArray[Any]:
    """The entries of a column by its name, or of anything with an entry for each row."""
    if isinstance(given, str):
        table = read_table(X)
        names = [str(known) for known in table.names or []]
        if given not in names:
            there = ", ".join(map(repr, names[:20])) or "none that has a name"
            raise ValueError(f"{what} names the column {given!r}, which X does not have; there are {there}.")
        given = table.entries(names.index(given))
    entries = np.asarray(given)
    if entries.shape != (n_rows,):
        raise ValueError(f"{what} must have an entry for each of the {n_rows} rows, but its shape is {entries.shape}.")
    return entries


def _numbers_of(given: Any, X: Any, n_rows: int, what: str) -> NDArray[np.float64]:
    """Numbers, or dates in days; none missing."""
    entries = _entries_of(given, X, n_rows, what)
    if entries.dtype.kind in "iufb":
        numbers = entries.astype(np.float64)
    else:
        found = read_columns(entries[:, None] if entries.dtype.kind in "mM" else entries.astype(object)[:, None])
        numbers = found.values[:, 0] if found.numeric else np.full(n_rows, np.nan)
    if not np.isfinite(numbers).all():
        raise ValueError(f"{what} must have a number or a date for each row, none of them missing.")
    return numbers


def _times_of(time: Any, X: Any, n_rows: int) -> NDArray[np.float64] | None:
    return None if time is None else _numbers_of(time, X, n_rows, "time")


def _groups_of(groups: Any, X: Any, n_rows: int) -> NDArray[np.int64] | None:
    if groups is None:
        return None
    names = [str(name) for name in _entries_of(groups, X, n_rows, "groups").tolist()]
    codes: NDArray[np.int64] = np.unique(names, return_inverse=True)[1]
    return codes
