"""What a comparison has found: scores of each remedy on each fold, and the differences between remedies."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

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
class Results:
    """All that `Comparison` holds, which has the descriptions.

    Nothing of it is for people yet: advice, report and files are made of it.
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


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else math.nan


def _spread(values: list[float]) -> float:
    return float(np.std(values, ddof=1)) if len(values) > 1 else math.nan
