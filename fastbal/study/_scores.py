"""How good are decisions and probabilities, with the rare class in mind?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score

from fastbal._core.confusion import NAMED, confusion_matrix, f_beta, precision, recall
from fastbal.model_selection import ConfusionMetric

#: What is measured, and in words; the larger the better, but for those in `SMALLER_IS_BETTER`.
SCORES = {
    "precision": "precision of the rare class",
    "recall": "recall of the rare class",
    "f1": "F1 of the rare class",
    "average_precision": "average precision of the rare class",
    "roc_auc": "area under the ROC curve of the rare class",
    "balanced_accuracy": "balanced accuracy",
    "geometric_mean": "geometric mean of the recalls",
    "mcc": "Matthews correlation coefficient",
    "brier": "Brier score",
    "log_loss": "log loss",
    "brier_corrected": "Brier score after prior correction",
    "log_loss_corrected": "log loss after prior correction",
    "calibration_slope": "calibration slope of the rare class",
}
SMALLER_IS_BETTER = ("brier", "log_loss", "brier_corrected", "log_loss_corrected")
#: Scores of decisions that a threshold can be tuned for.
TUNABLE = ("f1", "balanced_accuracy", "geometric_mean", "mcc")

# Probabilities of exactly 0 and 1 have no log odds; models in float32 give them often.
_EDGE = 1e-6


def all_scores(
    y: NDArray[np.int64],
    decided: NDArray[np.int64],
    proba: NDArray[np.float64],
    corrected: NDArray[np.float64] | None,
) -> dict[str, float]:
    """Every score of `SCORES`; NaN where it has no value.

    Parameters
    ----------
    y, decided : ndarray of shape (n_rows,)
        Classes by number, the rare one last: what is, and what was decided.
    proba, corrected : ndarray of shape (n_rows, n_classes)
        Probabilities as the model gives them, and for the classes as frequent as they are; None if not known.
    """
    confusion = confusion_matrix(y, decided, None, proba.shape[1])
    scores = {name: float(score) for name, score in decision_scores(confusion).items()}
    scores |= scores_of_probabilities(y, proba, corrected)
    return {name: scores[name] for name in SCORES}


def scores_of_probabilities(
    y: NDArray[np.int64], proba: NDArray[np.float64], corrected: NDArray[np.float64] | None
) -> dict[str, float]:
    """The scores of `SCORES` that no cut-off changes."""
    scores: dict[str, float] = {}
    is_rare = y == proba.shape[1] - 1
    scores["average_precision"] = float(average_precision_score(is_rare, proba[:, -1]))
    scores["roc_auc"] = float(roc_auc_score(is_rare, proba[:, -1])) if 0 < is_rare.sum() < len(y) else np.nan
    for suffix, probabilities in (("", proba), ("_corrected", corrected)):
        losses = [np.nan, np.nan] if probabilities is None else losses_of_rows(y, probabilities).mean(axis=1).tolist()
        scores[f"brier{suffix}"], scores[f"log_loss{suffix}"] = losses
    scores["calibration_slope"] = calibration_slope(is_rare, (proba if corrected is None else corrected)[:, -1])
    return scores


def decision_scores(confusion: NDArray[Any]) -> dict[str, NDArray[np.float64]]:
    """The scores of decisions, from confusion matrices of shape (..., n_classes, n_classes), the rare class last."""
    return {
        "precision": precision(confusion)[..., -1],
        "recall": recall(confusion)[..., -1],
        "f1": f_beta(confusion, 1.0)[..., -1],
        **{name: NAMED[name](confusion) for name in ("balanced_accuracy", "geometric_mean", "mcc")},
    }


@dataclass(frozen=True)
class DecisionScore(ConfusionMetric):
    """One of `decision_scores`, for thresholds to be tuned for.

    Parameters
    ----------
    name : str
    """

    name: str

    def __call__(self, confusion: NDArray[Any]) -> NDArray[np.float64]:
        """See the base class."""
        return decision_scores(confusion)[self.name]


def losses_of_rows(y: NDArray[np.int64], proba: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squared error of the probabilities of each row; of two classes, of the one (Brier 1950, halved); and log loss.

    Returns
    -------
    ndarray of shape (2, n_rows)

    Examples
    --------
    >>> losses_of_rows(np.array([0, 1]), np.array([[0.5, 0.5], [0.2, 0.8]])).round(3).tolist()
    [[0.25, 0.04], [0.693, 0.223]]
    """
    truth = np.eye(proba.shape[1])[y]
    squares = np.square(proba - truth).sum(axis=1) / (2 if proba.shape[1] == 2 else 1)
    inside = np.clip(proba, _EDGE, 1)
    return np.stack([squares, -np.log(inside[np.arange(len(y)), y] / inside.sum(axis=1))])


def calibration_slope(is_rare: NDArray[np.bool_], proba: NDArray[np.float64]) -> float:
    """Slope of a logistic regression of the outcome on the log odds (Cox 1958): 1 is right, below 1 too extreme."""
    odds = logit(np.clip(proba, _EDGE, 1 - _EDGE))
    if not 0 < is_rare.sum() < len(is_rare) or np.ptp(odds) == 0:
        return np.nan
    spread = float(odds.std())
    model = LogisticRegression(C=np.inf).fit((odds / spread)[:, None], is_rare)
    return float(model.coef_[0, 0]) / spread
