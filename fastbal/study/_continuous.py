"""The same question for a continuous target: does anything help where values are rare?"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone, is_regressor
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge
from sklearn.model_selection import RepeatedKFold, check_cv
from sklearn.utils.validation import has_fit_parameter

from fastbal._progress import show_progress
from fastbal.pipeline import make_pipeline
from fastbal.regression import (
    SMOGN,
    SMOTER,
    WERCS,
    GaussianNoiseSampler,
    Relevance,
    RelevanceOverSampler,
    RelevanceUnderSampler,
    density_weights,
)
from fastbal.regression._relevance import fitted_relevance, measured_values, relevance_of_rows
from fastbal.study._columns import read_columns
from fastbal.study._differences import Difference, over_folds
from fastbal.study._fits import set_seeds
from fastbal.study._results import CONFIDENCE

Floats = NDArray[np.float64]

#: What all others are compared with.
_UNTOUCHED = "nothing"
#: Relevance added to that of each row where it is a weight: a model that sees no common row tells them from nothing.
_LEAST_WEIGHT = 0.1

#: What is measured on test rows, and in words; the smaller the better.
ERRORS = {
    "sera": "squared error-relevance area, 1 for the mean of the training rows",
    "rmse": "root of the mean squared error",
    "mae": "mean absolute error",
    "rmse_rare": "the same root, of rows with a relevance of at least 0.5",
    "rmse_common": "the same root, of the other rows",
}

_MODELS: dict[str, Callable[[], Any]] = {
    "ridge regression": lambda: Ridge(),
    "gradient boosting": lambda: HistGradientBoostingRegressor(),
}

_Weigh = Callable[[Floats, Floats], Floats]
_WEIGHTS: dict[str, _Weigh] = {
    "relevance as weight": lambda y, relevance: _LEAST_WEIGHT + relevance,
    "density weights": lambda y, relevance: density_weights(y, power=0.5),
}
_SAMPLERS: dict[str, Callable[..., Any]] = {
    "over-sampling": RelevanceOverSampler,
    "under-sampling": RelevanceUnderSampler,
    "WERCS": WERCS,
    "Gaussian noise": GaussianNoiseSampler,
    "SMOTER": SMOTER,
    "SMOGN": SMOGN,
}


@dataclass
class RegressionRun:
    """One remedy on one model and one fold.

    Attributes
    ----------
    model, arm : str
    fold : int
    errors : dict of str to float
        On test rows: "sera" (1 for the mean of the training rows), "rmse", "mae", "rmse_rare" and "rmse_common"; empty
        where the run failed, NaN where a fold has no such rows.
    seconds : float
        Of fitting, resampling included.
    error : str or None
        Why it failed.

    Examples
    --------
    >>> from sklearn.datasets import make_regression
    >>> from sklearn.linear_model import LinearRegression
    >>> from fastbal.study import compare_regression
    >>> X, y = make_regression(n_samples=100, n_features=2, noise=10, random_state=0)
    >>> comparison = compare_regression(X, y, models={"linear": LinearRegression()}, arms=["SMOTER"], cv=2)
    >>> run = comparison.runs[0]
    >>> run.arm, run.fold, sorted(run.errors)
    ('nothing', 0, ['mae', 'rmse', 'rmse_common', 'rmse_rare', 'sera'])
    """

    model: str
    arm: str
    fold: int
    errors: dict[str, float] = field(default_factory=dict)
    seconds: float = math.nan
    error: str | None = None


class RegressionLine(NamedTuple):
    """One remedy on one model, over all folds.

    Attributes
    ----------
    model, arm : str
    mean : dict of str to float
        Each error, averaged over the folds.
    difference : Difference or None
        By how much SERA is above that of the untouched model, with a 95 % interval: below 0 is better. None for the
        untouched model, and where a run failed.
    error : str or None
        Why a run failed.

    Examples
    --------
    >>> from sklearn.datasets import make_regression
    >>> from sklearn.linear_model import LinearRegression
    >>> from fastbal.study import compare_regression
    >>> X, y = make_regression(n_samples=100, n_features=2, noise=10, random_state=0)
    >>> comparison = compare_regression(X, y, models={"linear": LinearRegression()}, arms=["SMOTER"], cv=2)
    >>> [(line.arm, line.difference is None) for line in comparison.lines()]
    [('nothing', True), ('SMOTER', False)]
    """

    model: str
    arm: str
    mean: dict[str, float]
    difference: Difference | None
    error: str | None


@dataclass
class RegressionComparison:
    """The result of `compare_regression`.

    Attributes
    ----------
    n_rows, n_folds : int
        Rows used, and splits into training and test rows.
    test_share : float
        Rows of a test fold over rows of its training folds.
    left_out : dict of str to str
        Columns not used, and why not.
    runs : list of RegressionRun
        What came of each remedy on each fold.
    is_interrupted : bool
        Whether remedies are missing because somebody would not wait.

    Examples
    --------
    >>> from sklearn.datasets import make_regression
    >>> from sklearn.linear_model import LinearRegression
    >>> from fastbal.study import compare_regression
    >>> X, y = make_regression(n_samples=100, n_features=2, noise=10, random_state=0)
    >>> comparison = compare_regression(X, y, models={"linear": LinearRegression()}, arms=["SMOTER"], cv=2)
    >>> comparison.n_rows, comparison.n_folds, len(comparison.runs)
    (100, 4, 8)
    """

    n_rows: int
    n_folds: int
    test_share: float
    left_out: dict[str, str]
    runs: list[RegressionRun] = field(default_factory=list)
    is_interrupted: bool = False

    def lines(self) -> list[RegressionLine]:
        """One line for each remedy on each model, in the order they were tried."""
        return [self._line(*pair, CONFIDENCE) for pair in dict.fromkeys((run.model, run.arm) for run in self.runs)]

    def records(self) -> list[dict[str, Any]]:
        """One flat dictionary for each run, as dataframes take them."""
        return [
            {
                "model": run.model,
                "arm": run.arm,
                "fold": run.fold,
                **{name: run.errors.get(name, math.nan) for name in ERRORS},
                "seconds": run.seconds,
                "error": run.error,
            }
            for run in self.runs
        ]

    @property
    def advice(self) -> str:
        """One plain sentence: is there a remedy whose SERA is below that of the best untouched model, beyond chance?

        Each of m remedies gets an interval of confidence 1 − 0.05 / m (Bonferroni): of many, some look good by luck.
        """
        lines = [line for line in self.lines() if line.error is None]
        untouched = [line for line in lines if line.arm == _UNTOUCHED]
        if not untouched:
            return "No advice: the untouched model, which all else is compared with, did not run."
        reference = min(untouched, key=lambda line: line.mean["sera"])
        start = f"the untouched {reference.model} has SERA {reference.mean['sera']:.3f}"
        remedies = [line for line in lines if line.arm != _UNTOUCHED]
        if not remedies:
            return f"No remedy was tried, or none ran on all folds; {start}."
        confidence = 1 - (1 - CONFIDENCE) / len(remedies)
        found = [(self._difference(line, reference, confidence), line) for line in remedies]
        if math.isnan(found[0][0].mean):
            return "No advice: hardly any test row matters. Give a relevance by which more do, or fewer folds."
        difference, best = min(found, key=lambda pair: pair[0].high)
        if difference.high < 0:
            return (
                f"Use {best.arm} with {best.model}: SERA {best.mean['sera']:.3f}, where {start}; the difference is "
                f"{_with_limits(difference, confidence)}, beyond chance among {len(remedies)}. Over all rows its root "
                f"mean squared error is {best.mean['rmse']:.3g} instead of {reference.mean['rmse']:.3g}."
            )
        difference, best = min(found, key=lambda pair: pair[0].mean)
        return (
            f"Leave the table as it is: {start}, and none of {len(remedies)} remedies is better by more than chance; "
            f"the best of them, {best.arm} with {best.model}, differs by {_with_limits(difference, confidence)}."
        )

    def _line(self, model: str, arm: str, confidence: float) -> RegressionLine:
        runs = self._runs_of(model, arm)
        done = [run for run in runs if run.error is None]
        mean = {name: _mean_of([run.errors[name] for run in done]) for name in ERRORS}
        error = next((run.error for run in runs if run.error is not None), None)
        line = RegressionLine(model, arm, mean, None, error)
        reference = RegressionLine(model, _UNTOUCHED, {}, None, None)
        is_whole = error is None and all(run.error is None for run in self._runs_of(model, _UNTOUCHED))
        if arm == _UNTOUCHED or not is_whole:
            return line
        return line._replace(difference=self._difference(line, reference, confidence))

    def _difference(self, ours: RegressionLine, theirs: RegressionLine, confidence: float) -> Difference:
        errors = [
            np.array([run.errors["sera"] for run in self._runs_of(line.model, line.arm)]) for line in (ours, theirs)
        ]
        is_known = ~np.isnan(errors[0])  # a fold whose test rows do not matter tells nothing of any remedy
        if is_known.sum() < 2:
            return Difference(math.nan, math.nan, math.nan)
        ours_known, theirs_known = (error[is_known] for error in errors)
        return over_folds(ours_known, theirs_known, test_share=self.test_share, confidence=confidence)

    def _runs_of(self, model: str, arm: str) -> list[RegressionRun]:
        return [run for run in self.runs if (run.model, run.arm) == (model, arm)]


def _mean_of(values: list[float]) -> float:
    there = [value for value in values if not math.isnan(value)]
    return float(np.mean(there)) if there else math.nan


def _with_limits(difference: Difference, confidence: float) -> str:
    return f"{difference.mean:+.3f} ({100 * confidence:.3g} % interval {difference.low:+.3f} to {difference.high:+.3f})"


def compare_regression(
    X: Any,
    y: Any,
    *,
    models: Mapping[str, Any] | None = None,
    arms: Any = None,
    add: Mapping[str, Any] | None = None,
    relevance: Any = None,
    cv: Any = None,
    n_repeats: int = 2,
    random_state: int = 0,
) -> RegressionComparison:
    """Try remedies for rare values of a continuous target on a table, side by side.

    Everything that looks at the target or at values (relevance, gaps filled, columns scaled, categories encoded, rows
    resampled) happens inside the training rows of a fold. Test rows are as they are.

    Parameters
    ----------
    X : {array-like, dataframe, sparse matrix} of shape (n_rows, n_columns)
        The table as it is: numbers, text, categories, dates, gaps.
    y : array-like of shape (n_rows,)
        The target: finite numbers.
    models : mapping of str to regressor, default=None
        None means ridge regression and gradient boosting, with scikit-learn's defaults.
    arms : list of str, default=None
        Some of "relevance as weight", "density weights", "over-sampling", "under-sampling", "WERCS", "Gaussian noise",
        "SMOTER" and "SMOGN"; "nothing" is always among them. None means all.
    add : mapping of str to sampler, default=None
        Samplers of your own, tried with each model.
    relevance : Relevance, callable or None, default=None
        How much each value matters: what samplers, weights and SERA go by. A `Relevance` is fitted to the training rows
        of each fold; None means ``Relevance("adjusted")``.
    cv : int, splitter or list of (train, test), default=None
        The folds; at least two. None means five, shuffled.
    n_repeats : int, default=2
        How often the rows are divided into folds, where `cv` is a number or None.
    random_state : int, default=0
        Seed of folds, samplers and models; the same for all remedies.

    Returns
    -------
    RegressionComparison
        Errors of each remedy on each fold, differences to the untouched model with intervals, and a sentence of advice.
        An interruption (Ctrl-C) returns the remedies that are done.

    Raises
    ------
    ValueError
        If y holds anything but finite numbers, or a name is unknown.
    TypeError
        If a model is no regressor, or what is added no sampler.

    References
    ----------
    Ribeiro, Moniz: Imbalanced regression and extreme value prediction. Machine Learning 109 (2020), 1803-1835. Nadeau,
    Bengio: Inference for the generalization error. Machine Learning 52 (2003), 239-281.

    Examples
    --------
    >>> from sklearn.datasets import make_regression
    >>> from sklearn.linear_model import LinearRegression
    >>> from fastbal.study import compare_regression
    >>> X, y = make_regression(n_samples=300, n_features=4, noise=10, random_state=0)
    >>> comparison = compare_regression(X, y, models={"linear": LinearRegression()}, arms=["SMOTER"], cv=3)
    >>> [(line.model, line.arm) for line in comparison.lines()]
    [('linear', 'nothing'), ('linear', 'SMOTER')]
    """
    columns, values = read_columns(X), measured_values(y, "compare_regression")
    if len(columns.values) != len(values):
        raise ValueError(f"X has {len(columns.values)} rows and y has {len(values)} values; give one for each row.")
    relevance = Relevance("adjusted") if relevance is None else relevance
    tasks = _tasks_of(_models(models), arms, add, relevance)
    splits = _splits_of(cv, n_repeats, values, random_state)
    share = float(np.mean([len(test) / len(train) for train, test in splits]))
    comparison = RegressionComparison(len(values), len(splits), share, columns.left_out)
    folds: list[_KnownRows] = []
    for train, test in splits:
        train = np.random.default_rng(random_state).permutation(train)
        encoder = columns.encoder().fit(columns.values[train])
        X_train, X_test = (encoder.transform(columns.values[rows]) for rows in (train, test))
        of_fold = fitted_relevance(relevance, values[train])
        folds.append(_KnownRows(X_train, values[train], X_test, values[test], of_fold))
    try:
        with show_progress("comparing") as progress:
            for i, task in enumerate(tasks):
                if progress is not None:
                    progress(i / len(tasks), f"{task.arm}, {task.model_name}")
                runs = [_run_of(task, fold, number, random_state) for number, fold in enumerate(folds)]
                comparison.runs.extend(runs)
    except KeyboardInterrupt:
        comparison.is_interrupted = True
        if not comparison.runs:
            raise
    return comparison


class _KnownRows(NamedTuple):
    """Training and test rows of a fold, encoded by what the training rows tell, and how much each value matters."""

    X_train: Floats
    y_train: Floats
    X_test: Floats
    y_test: Floats
    relevance: Any


class _Remedy(NamedTuple):
    """One remedy on one model."""

    model_name: str
    model: Any
    arm: str
    sampler: Any = None
    weigh: _Weigh | None = None


def _models(models: Mapping[str, Any] | None) -> dict[str, Any]:
    chosen = {name: make() for name, make in _MODELS.items()} if models is None else dict(models)
    for name, model in chosen.items():
        if isinstance(model, type) or not is_regressor(model):
            raise TypeError(f"The model {name!r} must be a regressor, but is {model!r}.")
    return chosen


def _tasks_of(models: dict[str, Any], arms: Any, add: Mapping[str, Any] | None, relevance: Any) -> list[_Remedy]:
    """Remedy by remedy, so that an interruption leaves whole ones; the untouched models first."""
    known = [*_WEIGHTS, *_SAMPLERS]
    names = known if arms is None else [arms] if isinstance(arms, str) else list(arms)
    unknown = [name for name in names if name not in [_UNTOUCHED, *known]]
    if unknown:
        raise ValueError(f"arms must be among {', '.join(map(repr, known))}, but {unknown[0]!r} is asked for.")
    for name, sampler in (add or {}).items():
        if isinstance(sampler, type) or not hasattr(sampler, "fit_resample"):
            raise TypeError(f"The arm {name!r} must be a sampler, with fit_resample, but is {sampler!r}.")
        if name in [_UNTOUCHED, *known]:
            raise ValueError(f"add names {name!r}, which is a remedy already. Give yours another name.")
    wanted: dict[str, dict[str, Any]] = {_UNTOUCHED: {}}
    for name in names:
        if name in _WEIGHTS:
            wanted[name] = {"weigh": _WEIGHTS[name]}
        elif name in _SAMPLERS:
            wanted[name] = {"sampler": _SAMPLERS[name](relevance=relevance)}
    wanted |= {name: {"sampler": sampler} for name, sampler in (add or {}).items()}
    return [
        _Remedy(model_name, model, arm, **how)
        for arm, how in wanted.items()
        for model_name, model in models.items()
        if "weigh" not in how or has_fit_parameter(model, "sample_weight")
    ]


def _splits_of(cv: Any, n_repeats: int, values: Floats, seed: int) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    if cv is None or isinstance(cv, int):
        cv = RepeatedKFold(n_splits=cv or 5, n_repeats=n_repeats, random_state=seed)
    rows = np.arange(len(values))
    splits = [(rows[train], rows[test]) for train, test in check_cv(cv).split(rows, values)]
    if len(splits) < 2:
        raise ValueError("cv must split the rows at least twice: from one split there is no telling what is chance.")
    for i, (train, test) in enumerate(splits):
        if shared := np.intersect1d(train, test).tolist():
            raise ValueError(
                f"Row {shared[0]} is among both the training and the test rows of fold {i} of cv: no error of such a "
                f"fold could be believed."
            )
    return splits


def _run_of(task: _Remedy, rows: _KnownRows, fold: int, seed: int) -> RegressionRun:
    """Fit and measure; what goes wrong is reported, not raised."""
    run = RegressionRun(task.model_name, task.arm, fold)
    model = clone(task.model)
    if task.sampler is not None:
        model = make_pipeline(clone(task.sampler), model)
    set_seeds(model, seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            weights = {}
            if task.weigh is not None:
                weights = {"sample_weight": task.weigh(rows.y_train, relevance_of_rows(rows.relevance, rows.y_train))}
            start = time.perf_counter()
            model.fit(rows.X_train, rows.y_train, **weights)
            run.seconds = time.perf_counter() - start
            missed = np.asarray(model.predict(rows.X_test), np.float64) - rows.y_test
            run.errors = _errors_of(missed, rows)
        except Exception as error:
            run.error = f"{type(error).__name__}: {error}"
    return run


def _errors_of(missed: Floats, rows: _KnownRows) -> dict[str, float]:
    relevance = relevance_of_rows(rows.relevance, rows.y_test)
    squares, is_rare = missed**2, relevance >= 0.5
    least = float(relevance @ (rows.y_test - rows.y_train.mean()) ** 2)
    return {
        "sera": float(relevance @ squares) / least if least > 0 else math.nan,
        "rmse": math.sqrt(squares.mean()),
        "mae": float(abs(missed).mean()),
        "rmse_rare": math.sqrt(squares[is_rare].mean()) if is_rare.any() else math.nan,
        "rmse_common": math.sqrt(squares[~is_rare].mean()) if (~is_rare).any() else math.nan,
    }
