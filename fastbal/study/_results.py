"""What a comparison has found: scores of each remedy on each fold, and the differences between remedies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastbal.study._arms import NOTHING, OWN, REFERENCE
from fastbal.study._associations import Association
from fastbal.study._column_facts import ColumnFacts
from fastbal.study._differences import Difference, from_error, over_folds
from fastbal.study._influence import on_confusion
from fastbal.study._question import Question
from fastbal.study._scores import SCORES

CONFIDENCE = 0.95

# What test rows contribute, taken for one round, is the whole variance but for what other training rows would change:
# more of it in one round of folds than in the mean of two. Simulated (`benchmarks/advice.py`): 95 % intervals hold in
# 94 to 97 of 100 cases at 500 to 10,000 rows.
_OF_ONE_ROUND, _OF_SEVERAL = 1.3, 1.05

Pair = tuple[str, str]


def name_of_pair(pair: Pair) -> str:
    """What to call a model with a remedy, or one that is a remedy itself."""
    model, arm = pair
    return arm if model == OWN else f"{arm} with {model}"


@dataclass
class Run:
    """One remedy on one model and one fold.

    Attributes
    ----------
    model, arm : str
    fold : int
    scores : dict of str to float
        By the names in `fastbal.study.SCORES`, and the score that decides if it is another one; NaN where a score has
        no value, empty where the run failed.
    at_half : float
        The score that decides, by decisions for the most probable class instead of by cut-offs; NaN if it is not about
        decisions.
    seconds : float
        Of fitting, resampling included.
    seconds_in_all : float
        With the fits that cut-offs are chosen by.
    seconds_to_predict : float
        Of asking for the probabilities of 1,000 rows.
    rows : dict of label to int
        Rows that the model was fitted on, where known.
    threshold : float or None
        The cut-off chosen, of two classes.
    warnings : list of str
    error : str or None
        Why it failed.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from fastbal.study import compare
    >>> X, y = make_classification(n_samples=300, weights=[0.8], random_state=0)
    >>> comparison = compare(X, y, models=["logistic regression"], arms=["nothing"], cv=2)
    >>> run = comparison.runs[0]
    >>> run.model, run.arm, run.fold, sum(run.rows.values()), run.error
    ('logistic regression', 'tuned threshold', 0, 150, None)
    """

    model: str
    arm: str
    fold: int
    scores: dict[str, float] = field(default_factory=dict)
    at_half: float = math.nan
    seconds: float = math.nan
    seconds_in_all: float = math.nan
    seconds_to_predict: float = math.nan
    rows: dict[Any, int] = field(default_factory=dict)
    threshold: float | None = None
    warnings: list[str] = field(default_factory=list)
    error: str | None = None


class Predictions(NamedTuple):
    """What was decided about test rows, and how probable each class was thought to be.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from fastbal.study import compare
    >>> X, y = make_classification(n_samples=300, weights=[0.8], random_state=0)
    >>> comparison = compare(X, y, models=["logistic regression"], arms=["nothing"], cv=2)
    >>> predictions = comparison.predictions("logistic regression", "nothing")
    >>> predictions.proba.shape == (len(predictions.rows), 2)
    True
    """

    rows: NDArray[np.int64]  #: row numbers of the table
    y: NDArray[np.int64]  #: classes by number, in the order of `Comparison.classes`
    decided: NDArray[np.int64]
    proba: NDArray[np.float64]  #: of shape (n_rows, n_classes)
    corrected: NDArray[np.float64] | None  #: the same after prior correction


class Estimate(NamedTuple):
    """A score, and what each row of the table contributes to it."""

    value: float
    influence: NDArray[np.float64] | None  #: of shape (n_rounds, n_rows): the sum of squares is the variance


class Line(NamedTuple):
    """One remedy on one model, over all folds.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from fastbal.study import compare
    >>> X, y = make_classification(n_samples=300, weights=[0.8], random_state=0)
    >>> comparison = compare(X, y, models=["logistic regression"], arms=["nothing"], cv=2)
    >>> line = comparison.lines()[0]
    >>> line.arm, line.n_folds, line.difference is None, line.error
    ('tuned threshold', 2, True, None)
    """

    model: str
    arm: str
    mean: dict[str, float]
    spread: dict[str, float]  #: standard deviation over folds; NaN for one fold
    at_half: float  #: the score that decides, for the most probable class instead of by cut-offs
    threshold: float  #: the cut-off, its median over folds; NaN for more than two classes
    n_folds: int  #: folds it was tried on
    seconds: float  #: of fitting, the median over folds
    seconds_to_predict: float  #: of asking for the probabilities of 1,000 rows, the median over folds
    rows: dict[Any, int]  #: of each class that the model was fitted on, in the first fold
    difference: Difference | None  #: of the score that decides to the reference; None for the reference itself
    stopped: str  #: why it was not tried on all folds, if so
    error: str | None

    @property
    def title(self) -> str:
        """A remedy and its model in words."""
        return name_of_pair((self.model, self.arm))


@dataclass
class Results:
    """All that `Comparison` holds, which has the descriptions.

    Nothing of it is for people yet: advice, report and files are made of it.
    """

    classes: dict[Any, int]
    question: Question
    n_rows: int
    n_folds: int
    test_share: float
    numeric: list[str]
    categorical: list[str]
    left_out: dict[str, str]
    unavailable: dict[str, str]
    settings: dict[str, Any]
    columns: list[ColumnFacts] = field(default_factory=list)
    associations: list[Association] = field(default_factory=list)
    repeat_of_fold: list[int] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    stopped: dict[Pair, str] = field(default_factory=dict)
    is_interrupted: bool = False
    _predictions: dict[Pair, dict[int, Predictions]] = field(default_factory=dict, repr=False)

    @property
    def not_run(self) -> list[tuple[str, str]]:
        """Models and remedies that did not run, those of one reason together; and the reason."""
        return _by_reason(self.unavailable)

    @property
    def cut_short(self) -> list[tuple[str, str]]:
        """The same of what did not run on all folds."""
        return _by_reason({name_of_pair(pair): why for pair, why in self.stopped.items()})

    @property
    def rare(self) -> Any:
        """The class that matters."""
        return list(self.classes)[-1]

    @property
    def metric(self) -> str:
        """The name of the score that decides."""
        return self.question.name

    @property
    def score_names(self) -> list[str]:
        """All scores that there are."""
        return [*SCORES, *([] if self.metric in SCORES else [self.metric])]

    def add(self, run: Run, predictions: Predictions | None = None) -> None:
        """Take in what one remedy did on one model and one fold."""
        self.runs.append(run)
        of_pair = self._predictions.setdefault((run.model, run.arm), {})
        if predictions is not None:
            of_pair[run.fold] = predictions

    def pairs(self) -> list[Pair]:
        """Models and arms that were tried, in the order of the first fold."""
        return list(self._predictions)

    def lines(self) -> list[Line]:
        """One line for each remedy on each model, in the order they were tried."""
        return [self._line(*pair) for pair in self._predictions]

    def values(self, model: str, arm: str) -> NDArray[np.float64]:
        """The score that decides, on each fold; NaN where the remedy did not run."""
        values = np.full(self.n_folds, np.nan)
        for run in self._runs_of(model, arm):
            if run.error is None:
                values[run.fold] = run.scores[self.metric]
        return values

    def estimate(self, model: str, arm: str, folds: Sequence[int]) -> Estimate:
        """The score that decides over some folds, and what each row of the table contributes to it.

        Confusion matrices of a round of folds are added: the mean of quotients of few rare rows would lean to one side
        (Forman and Scholz 2010). Other scores are averaged over the folds.
        """
        found = self._predictions[model, arm]
        values = self.values(model, arm)[list(folds)]
        if not all(fold in found for fold in folds):
            return Estimate(_mean_or_nan(values.tolist()), None)
        score, value_of_all = self.question.confusion_score, 0.0
        influences = np.zeros((1 + max(self.repeat_of_fold, default=0), self.n_rows))
        for number in dict.fromkeys(self._round(fold) for fold in folds):
            parts = [found[fold] for fold in folds if self._round(fold) == number]
            influence = np.zeros(self.n_rows)
            if score is not None:
                y, decided, rows = (np.concatenate([part[i] for part in parts]) for i in (1, 2, 0))
                value, influence[rows] = on_confusion(y, decided, score, len(self.classes))
            else:
                value = float(
                    np.mean([v for v, fold in zip(values, folds, strict=True) if self._round(fold) == number])
                )
                for part in parts:
                    of_fold = self.question.influence(*part)
                    if of_fold is None:
                        return Estimate(_mean_or_nan(values.tolist()), None)
                    influence[part.rows] = of_fold / len(parts)
            weight = len(parts) / len(folds)
            value_of_all += weight * value
            influences[number] = np.sqrt(weight) * influence
        n_rounds = len({self._round(fold) for fold in folds})
        return Estimate(value_of_all, influences * math.sqrt(_OF_ONE_ROUND if n_rounds == 1 else _OF_SEVERAL))

    def difference(self, ours: Pair, theirs: Pair, confidence: float = CONFIDENCE) -> Difference:
        """By how much the score that decides of one (model, arm) exceeds another's on the same rows.

        Parameters
        ----------
        ours, theirs : tuple of str
            Model and arm, with a fold at least on which both ran.
        confidence : float, default=0.95
            Of the interval.

        Returns
        -------
        Difference
            Its interval comes of what each test row contributes to either score; where that is not known, of the
            differences on folds, and it is NaN if there is one fold only.
        """
        folds = self.shared_folds(ours, theirs)
        if not folds:
            return Difference(math.nan, math.nan, math.nan)
        a, b = self.estimate(*ours, folds), self.estimate(*theirs, folds)
        if a.influence is None or b.influence is None:
            values = [self.values(*pair)[folds] for pair in (ours, theirs)]
            if len(folds) == 1:
                return Difference(a.value - b.value, math.nan, math.nan)
            return over_folds(*values, test_share=self.test_share, confidence=confidence)
        error = float(np.sqrt(np.square(a.influence - b.influence).sum()))
        return from_error(a.value - b.value, error, self.n_rare_tested(folds), confidence)

    def shared_folds(self, *pairs: Pair) -> list[int]:
        """Folds on which all of them ran without failing."""
        done = [~np.isnan(self.values(*pair)) for pair in pairs]
        return [int(fold) for fold in np.flatnonzero(np.logical_and.reduce(done))]

    def n_rare_tested(self, folds: Sequence[int]) -> int:
        """Different rows of the class that matters that are test rows of some folds."""
        found: set[int] = set()
        for of_pair in self._predictions.values():
            if all(fold in of_pair for fold in folds):
                for fold in folds:
                    found.update(of_pair[fold].rows[of_pair[fold].y == len(self.classes) - 1].tolist())
                break
        return len(found)

    def _round(self, fold: int) -> int:
        return self.repeat_of_fold[fold] if self.repeat_of_fold else 0

    def predictions(self, model: str, arm: str) -> Predictions | None:
        """Decisions and probabilities for each row of the table at most once, each by a model that had not seen it."""
        first: list[Predictions] = []
        seen: set[int] = set()
        for _, fold in sorted(self._predictions[model, arm].items()):
            if seen.isdisjoint(fold.rows.tolist()):
                first.append(fold)
                seen.update(fold.rows.tolist())
        if not first:
            return None
        corrected = [fold.corrected for fold in first if fold.corrected is not None]
        return Predictions(
            np.concatenate([fold.rows for fold in first]),
            np.concatenate([fold.y for fold in first]),
            np.concatenate([fold.decided for fold in first]),
            np.concatenate([fold.proba for fold in first]),
            np.concatenate(corrected) if len(corrected) == len(first) else None,
        )

    def reference_of(self, model: str) -> Pair | None:
        """The untouched model with a tuned threshold: this one, or the best one for a remedy that is its own model."""
        if (model, REFERENCE) in self._predictions:
            return (model, REFERENCE) if self.is_sound(model, REFERENCE) else None
        sound = [pair for pair in self._predictions if pair[1] == REFERENCE and self.is_sound(*pair)]
        if not sound:
            return None
        folds = self.shared_folds(*sound)  # where time was up, one has been on more of them than another
        if not folds:
            return max(sound, key=lambda pair: len(self.shared_folds(pair)))
        return max(sound, key=lambda pair: self.question.better(self.estimate(pair[0], pair[1], folds).value))

    def is_sound(self, model: str, arm: str) -> bool:
        """Whether it ran, and failed on no fold."""
        runs = self._runs_of(model, arm)
        return bool(runs) and all(run.error is None for run in runs)

    def remedies(self) -> list[Line]:
        """All that ran without failing and are neither the untouched models nor stopped."""
        return [line for line in self.lines() if line.arm not in (NOTHING, REFERENCE) and line.error is None]

    def _runs_of(self, model: str, arm: str) -> list[Run]:
        return [run for run in self.runs if (run.model, run.arm) == (model, arm)]

    def _mean(self, model: str, arm: str) -> float:
        folds = self.shared_folds((model, arm))
        return self.estimate(model, arm, folds).value if folds else math.nan

    def _line(self, model: str, arm: str) -> Line:
        done = [run for run in self._runs_of(model, arm) if run.error is None]
        mean = {name: _mean_or_nan([run.scores.get(name, math.nan) for run in done]) for name in self.score_names}
        mean[self.metric] = self._mean(model, arm)
        spread = {name: _spread([run.scores.get(name, math.nan) for run in done]) for name in self.score_names}
        reference = self.reference_of(model)
        thresholds = [math.nan if run.threshold is None else run.threshold for run in done]
        return Line(
            model,
            arm,
            mean,
            spread,
            _mean_or_nan([run.at_half for run in done]),
            float(np.median(thresholds)) if done else math.nan,
            len(done),
            float(np.median([run.seconds for run in done])) if done else math.nan,
            float(np.median([run.seconds_to_predict for run in done])) if done else math.nan,
            done[0].rows if done else {},
            self.difference((model, arm), reference) if done and reference not in (None, (model, arm)) else None,
            self.stopped.get((model, arm), ""),
            next((run.error for run in self._runs_of(model, arm) if run.error is not None), None),
        )


def _mean_or_nan(values: list[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return float(np.mean(known)) if known else math.nan


def _spread(values: list[float]) -> float:
    known = [value for value in values if not math.isnan(value)]
    return float(np.std(known, ddof=1)) if len(known) > 1 else math.nan


def _by_reason(why_of: dict[str, str]) -> list[tuple[str, str]]:
    names: dict[str, list[str]] = {}
    for name, why in why_of.items():
        names.setdefault(why, []).append(name)
    return [("; ".join(alike), why) for why, alike in names.items()]
