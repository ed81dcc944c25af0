"""How good thresholds are, what they decide, and how they are improved one after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastbal._core.confusion import NAMED, Codes, Confusion, confusion_matrix
from fastbal._core.cut_offs import Curve, Numbers, confusion_along
from fastbal.model_selection._confusion_metrics import ConfusionMetric


class Judge(NamedTuple):
    """A metric, and rows of which the class is known.

    Attributes
    ----------
    metric : str or callable
        A name, a `ConfusionMetric`, or a function of true and predicted labels.
    classes : ndarray of shape (n_classes,)
        The labels.
    true : ndarray of shape (n_rows,)
        Class of each row, as a position in `classes`.
    weight : ndarray of shape (n_rows,) or None
        Weights of the rows.
    max_cut_offs : int
        How many cut-offs a function is called for.
    """

    metric: str | Callable[..., Any]
    classes: NDArray[Any]
    true: Codes
    weight: Numbers | None
    max_cut_offs: int

    def part(self, rows: NDArray[np.intp]) -> Judge:
        """The same for some of the rows."""
        return self._replace(true=self.true[rows], weight=None if self.weight is None else self.weight[rows])

    def score(self, predicted: Codes) -> float:
        """The measure of a decision."""
        metric = self._of_confusion()
        if metric is not None:
            return float(metric(confusion_matrix(self.true, predicted, self.weight, len(self.classes))))
        weights = {} if self.weight is None else {"sample_weight": self.weight}
        return float(self.metric(self.classes[self.true], self.classes[predicted], **weights))  # type: ignore[operator]

    def along(self, score: Numbers, otherwise: Codes, code: int) -> Curve:
        """The measure over cut-offs of `score`, from which on rows are taken for class `code`, and else `otherwise`."""
        cut_offs, confusion = confusion_along(score, self.true, otherwise, code, self.weight, len(self.classes))
        metric = self._of_confusion()
        if metric is not None:
            scores = metric(confusion)
        else:
            if len(cut_offs) > self.max_cut_offs:
                chosen = np.linspace(0, len(cut_offs) - 1, self.max_cut_offs).round().astype(np.intp)
                cut_offs, confusion = cut_offs[chosen], confusion[chosen]
            scores = np.array([self.score(np.where(score >= cut_off, code, otherwise)) for cut_off in cut_offs])
        return Curve(cut_offs, scores, np.trace(confusion, axis1=-2, axis2=-1))

    def _of_confusion(self) -> Callable[[Confusion], Numbers] | None:
        if isinstance(self.metric, str):
            return NAMED[self.metric]
        return self.metric if isinstance(self.metric, ConfusionMetric) else None


def decide(scores: Numbers, threshold: Any) -> Codes:
    """Classes as numbers.

    Parameters
    ----------
    scores : ndarray of shape (n_rows,) or (n_rows, n_classes)
        Of two classes the score of the second, the positive one, else probabilities.
    threshold : float or ndarray of shape (n_classes,)
        From which score on it is class 1; or thresholds, of which the class of the highest ratio is taken, of equal
        ratios the first.

    Returns
    -------
    ndarray of shape (n_rows,)
    """
    if scores.ndim == 1:
        return np.asarray(scores >= threshold, np.intp)
    return np.asarray((scores / threshold).argmax(axis=1), np.intp)


def climb(judge: Judge, proba: Numbers, thresholds: Numbers) -> tuple[Numbers, float]:
    """Improve one threshold after the other, each to the best of all its cut-offs, until none can be improved.

    A row goes to class c if p[c] / t[c] is at least the highest ratio of the other classes, M: if t[c] <= p[c] / M. So
    p[c] / M is a score, and t[c] a cut-off of it.

    Parameters
    ----------
    judge : Judge
        What is to be improved.
    proba : ndarray of shape (n_rows, n_classes)
        Probabilities.
    thresholds : ndarray of shape (n_classes,)
        Where to start.

    Returns
    -------
    thresholds : ndarray of shape (n_classes,)
        Of sum 1.
    score : float
    """
    thresholds = thresholds / thresholds.sum()
    best = judge.score(decide(proba, thresholds))
    improved = True
    while improved:
        improved = False
        for code in range(len(thresholds)):
            rivals = proba / thresholds
            rivals[:, code] = -1.0
            with np.errstate(divide="ignore"):
                score = proba[:, code] / rivals.max(axis=1)
            curve = judge.along(score, rivals.argmax(axis=1), code)
            curve.cut_offs[[0, -1]] = score.min() / 2, score.max() * 2
            possible = np.isfinite(curve.cut_offs) & (curve.cut_offs > 0)
            curve = Curve(*(values[possible] for values in curve))
            position = curve.best()
            if position is None:
                continue
            moved = thresholds.copy()
            moved[code] = curve.cut_offs[position]
            moved /= moved.sum()
            # Judged as it will decide: rows at equal ratios may go elsewhere than the curve has them.
            score_moved = judge.score(decide(proba, moved))
            if not score_moved <= best + 1e-12:
                thresholds, best, improved = moved, score_moved, True
    return thresholds, best
