"""What a comparison has found: scores of each remedy on each fold, and what follows from them."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastbal._writing import written_whole
from fastbal.study._arms import REFERENCE
from fastbal.study._differences import Difference, over_folds, over_rows
from fastbal.study._scores import SCORES

CONFIDENCE = 0.95


@dataclass
class Run:
    """One remedy on one model and one fold.

    Attributes
    ----------
    model, arm : str
    fold : int
    scores : dict of str to float
        By the names in `fastbal.study.SCORES`; NaN where a score has no value, empty where the run failed.
    seconds : float
        Of fitting, resampling included.
    rows : dict of label to int
        Rows that the model was fitted on, where known.
    threshold : float or None
        The cut-off chosen.
    warnings : list of str
    error : str or None
        Why it failed.
    """

    model: str
    arm: str
    fold: int
    scores: dict[str, float] = field(default_factory=dict)
    seconds: float = math.nan
    rows: dict[Any, int] = field(default_factory=dict)
    threshold: float | None = None
    warnings: list[str] = field(default_factory=list)
    error: str | None = None


class Predictions(NamedTuple):
    """What was decided about test rows, and how probable the rare class was thought to be."""

    rows: NDArray[np.int64]  #: row numbers of the table
    y: NDArray[np.int64]  #: classes by number, in the order of `Comparison.classes`
    decided: NDArray[np.int64]
    proba: NDArray[np.float64]  #: of the rare class
    corrected: NDArray[np.float64] | None  #: the same after prior correction


class Line(NamedTuple):
    """One remedy on one model, over all folds."""

    model: str
    arm: str
    mean: dict[str, float]
    spread: dict[str, float]  #: standard deviation over folds; NaN for one fold
    seconds: float  #: of fitting, the median over folds: the first may compile
    rows: dict[Any, int]  #: of each class that the model was fitted on, in the first fold
    difference: Difference | None  #: of the metric to the reference; None for the reference, and where there is none
    error: str | None


@dataclass
class Comparison:
    """The result of `compare`.

    Attributes
    ----------
    classes : dict of label to int
        Rows of each class in the table, the class that matters last.
    rare : label
        The class that matters.
    metric : str
        The score that decides.
    n_rows : int
        Rows used; fewer than there are if `quick`.
    n_folds : int
        Splits into training and test rows.
    test_share : float
        Rows of a test fold over rows of its training folds.
    numeric, categorical : list of str
        Columns used.
    left_out : dict of str to str
        Columns not used, and why not.
    unavailable : dict of str to str
        Models and remedies not used, and why not.
    settings : dict
        What is needed to do it again: the arguments of `compare`, and versions. From the command line also the command,
        and what the data are called.
    runs : list of Run
        What came of each remedy on each fold.
    is_interrupted : bool
        Whether remedies are missing because somebody would not wait.
    """

    classes: dict[Any, int]
    rare: Any
    metric: str
    n_rows: int
    n_folds: int
    test_share: float
    numeric: list[str]
    categorical: list[str]
    left_out: dict[str, str]
    unavailable: dict[str, str]
    settings: dict[str, Any]
    runs: list[Run] = field(default_factory=list)
    is_interrupted: bool = False
    _predictions: dict[tuple[str, str], list[Predictions | None]] = field(default_factory=dict, repr=False)

    def add(self, runs: list[Run], predictions: list[Predictions | None]) -> None:
        """Take in what one remedy did on one model."""
        self.runs.extend(runs)
        self._predictions[runs[0].model, runs[0].arm] = predictions

    # ------------------------------------------------------------------------------------------------- what follows

    def lines(self) -> list[Line]:
        """One line for each remedy on each model, in the order they were tried."""
        return [self._line(model, arm) for model, arm in self._predictions]

    def difference(self, ours: tuple[str, str], theirs: tuple[str, str], confidence: float = CONFIDENCE) -> Difference:
        """By how much the metric of one (model, arm) exceeds another's on the same rows.

        Parameters
        ----------
        ours, theirs : tuple of str
            Model and arm; both must have run on every fold.
        confidence : float, default=0.95
            Of the interval: over folds where there are several, otherwise over the rows of the one test set.

        Returns
        -------
        Difference
        """
        a, b = self._runs_of(*ours), self._runs_of(*theirs)
        if self.n_folds > 1:
            scores = (np.array([run.scores[self.metric] for run in runs]) for runs in (a, b))
            return over_folds(*scores, test_share=self.test_share, confidence=confidence)
        (p,), (q,) = self._predictions[ours], self._predictions[theirs]
        assert p is not None
        assert q is not None
        return over_rows(
            p.y, p.decided, q.decided, score=self.metric, n_classes=len(self.classes), confidence=confidence, seed=0
        )

    def predictions(self, model: str, arm: str) -> Predictions | None:
        """Decisions and probabilities for each row of the table at most once, each by a model that had not seen it."""
        found = [fold for fold in self._predictions[model, arm] if fold is not None]
        if not found:
            return None
        first: list[Predictions] = []
        seen: set[int] = set()
        for fold in found:
            if seen.isdisjoint(fold.rows.tolist()):
                first.append(fold)
                seen.update(fold.rows.tolist())
        corrected = [fold.corrected for fold in first if fold.corrected is not None]
        return Predictions(
            np.concatenate([fold.rows for fold in first]),
            np.concatenate([fold.y for fold in first]),
            np.concatenate([fold.decided for fold in first]),
            np.concatenate([fold.proba for fold in first]),
            np.concatenate(corrected) if len(corrected) == len(first) else None,
        )

    @property
    def advice(self) -> str:
        """One plain sentence."""
        from fastbal.study._advice import advice

        return advice(self)

    def _runs_of(self, model: str, arm: str) -> list[Run]:
        return [run for run in self.runs if (run.model, run.arm) == (model, arm)]

    def _line(self, model: str, arm: str) -> Line:
        runs = self._runs_of(model, arm)
        done = [run for run in runs if run.error is None]
        mean = {name: _mean([run.scores[name] for run in done]) for name in SCORES}
        spread = {name: _spread([run.scores[name] for run in done]) for name in SCORES}
        reference = self.reference_of(model)
        is_whole = len(done) == len(runs) and reference is not None and (model, arm) != reference
        return Line(
            model,
            arm,
            mean,
            spread,
            float(np.median([run.seconds for run in done])) if done else math.nan,
            done[0].rows if done else {},
            self.difference((model, arm), reference) if is_whole and reference is not None else None,
            next((run.error for run in runs if run.error is not None), None),
        )

    def reference_of(self, model: str) -> tuple[str, str] | None:
        """The untouched model with a tuned threshold: this one, or the best one for a remedy that is its own model."""
        whole = {
            pair: _mean([run.scores[self.metric] for run in self._runs_of(*pair)])
            for pair in self._predictions
            if pair[1] == REFERENCE and all(run.error is None for run in self._runs_of(*pair))
        }
        if (model, REFERENCE) in self._predictions:
            return (model, REFERENCE) if (model, REFERENCE) in whole else None
        return max(whole, key=lambda pair: whole[pair]) if whole else None

    # ----------------------------------------------------------------------------------------------------- as files

    def records(self) -> list[dict[str, Any]]:
        """One flat dictionary for each run, as dataframes take them."""
        return [
            {
                "model": run.model,
                "arm": run.arm,
                "fold": run.fold,
                **{name: run.scores.get(name, math.nan) for name in SCORES},
                "threshold": math.nan if run.threshold is None else run.threshold,
                "seconds": run.seconds,
                **{f"rows of {label}": run.rows.get(label) for label in self.classes},
                "error": run.error,
            }
            for run in self.runs
        ]

    def csv(self) -> str:
        """`records` as lines of text."""
        records = self.records()
        lines = io.StringIO()
        writer = csv.DictWriter(lines, fieldnames=list(records[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(records)
        return lines.getvalue()

    def json(self) -> str:
        """`as_dict` as text; NaN is null."""
        return json.dumps(_plain(self.as_dict()), indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    def html(self) -> str:
        """A report: a page that opens without a network."""
        from fastbal.study._report import html  # needs Jinja

        return html(self)

    def to_csv(self, path: str | Path) -> None:
        """Write `records`, one line each.

        Parameters
        ----------
        path : str or Path
            Replaced if it exists, and only when all is written.
        """
        with written_whole(path) as file:
            file.write(self.csv().encode())

    def to_json(self, path: str | Path) -> None:
        """Write everything but the predictions.

        Parameters
        ----------
        path : str or Path
            Replaced if it exists, and only when all is written.
        """
        with written_whole(path) as file:
            file.write(self.json().encode())

    def as_dict(self) -> dict[str, Any]:
        """Everything but the predictions, in dictionaries and lists."""
        return {
            "advice": self.advice,
            "classes": {str(label): n for label, n in self.classes.items()},
            "rare": self.rare,
            "metric": self.metric,
            "n_rows": self.n_rows,
            "n_folds": self.n_folds,
            "is_interrupted": self.is_interrupted,
            "numeric": self.numeric,
            "categorical": self.categorical,
            "left_out": self.left_out,
            "unavailable": self.unavailable,
            "settings": self.settings,
            "lines": [
                {**line._asdict(), "difference": None if line.difference is None else line.difference._asdict()}
                for line in self.lines()
            ],
            "runs": [asdict(run) for run in self.runs],
        }

    def to_html(self, path: str | Path) -> None:
        """Write a report: one file that opens without a network.

        Parameters
        ----------
        path : str or Path
            Replaced if it exists, and only when all is written.
        """
        with written_whole(path) as file:
            file.write(self.html().encode())


def _plain(value: Any) -> Any:
    """As JSON can say it: NaN is null, keys are text, NumPy's numbers are Python's."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else math.nan


def _spread(values: list[float]) -> float:
    return float(np.std(values, ddof=1)) if len(values) > 1 else math.nan
