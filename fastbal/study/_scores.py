"""How good are decisions and probabilities, with the rare class in mind?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, log_loss, roc_auc_score

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
    of_decisions = decision_scores(confusion(y, decided, proba.shape[1]))
    scores = {name: float(score) for name, score in of_decisions.items()}
    is_rare = y == proba.shape[1] - 1
    scores["average_precision"] = float(average_precision_score(is_rare, proba[:, -1]))
    scores["roc_auc"] = float(roc_auc_score(is_rare, proba[:, -1])) if 0 < is_rare.sum() < len(y) else np.nan
    for suffix, of in (("", proba), ("_corrected", corrected)):
        scores[f"brier{suffix}"] = np.nan if of is None else brier(y, of)
        scores[f"log_loss{suffix}"] = np.nan if of is None else _log_loss(y, of)
    scores["calibration_slope"] = calibration_slope(is_rare, (proba if corrected is None else corrected)[:, -1])
    return {name: scores[name] for name in SCORES}


def confusion(y: NDArray[np.int64], decided: NDArray[np.int64], n_classes: int) -> NDArray[np.int64]:
    """How many rows of each class (rows of the matrix) were decided to be of which (columns)."""
    return np.bincount(y * n_classes + decided, minlength=n_classes**2).reshape(n_classes, n_classes)


def decision_scores(confusion: NDArray[Any]) -> dict[str, NDArray[np.float64]]:
    """The scores of decisions, from confusion matrices of shape (..., n_classes, n_classes); 0 for 0/0."""
    found = confusion[..., -1, -1]
    n_of_class, n_decided = confusion.sum(axis=-1), confusion.sum(axis=-2)
    right = np.diagonal(confusion, axis1=-2, axis2=-1)
    recalls = _share(right, n_of_class)
    n, n_right = n_of_class.sum(axis=-1), right.sum(axis=-1)
    # Gorodkin (2004): the correlation of two indicator matrices; of two classes, Matthews's.
    spread = (n**2 - (n_decided**2).sum(axis=-1)) * (n**2 - (n_of_class**2).sum(axis=-1)).astype(np.float64)
    return {
        "precision": _share(found, n_decided[..., -1]),
        "recall": recalls[..., -1],
        "f1": _share(2 * found, n_decided[..., -1] + n_of_class[..., -1]),
        "balanced_accuracy": recalls.mean(axis=-1),
        "geometric_mean": np.prod(recalls, axis=-1) ** (1 / recalls.shape[-1]),
        "mcc": _share(n_right * n - (n_decided * n_of_class).sum(axis=-1), np.sqrt(spread)),
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


def _share(part: NDArray[Any], whole: NDArray[Any]) -> NDArray[np.float64]:
    shares: NDArray[np.float64] = np.divide(part, whole, out=np.zeros(np.shape(whole)), where=np.asarray(whole) > 0)
    return shares


def brier(y: NDArray[np.int64], proba: NDArray[np.float64]) -> float:
    """Mean squared error of the probabilities; of two classes, of the one (Brier 1950, halved)."""
    truth = np.eye(proba.shape[1])[y]
    return float(np.square(proba - truth).sum(axis=1).mean() / (2 if proba.shape[1] == 2 else 1))


def _log_loss(y: NDArray[np.int64], proba: NDArray[np.float64]) -> float:
    proba = np.clip(proba, _EDGE, 1)
    return float(log_loss(y, proba / proba.sum(axis=1, keepdims=True), labels=np.arange(proba.shape[1])))


def calibration_slope(is_rare: NDArray[np.bool_], proba: NDArray[np.float64]) -> float:
    """Slope of a logistic regression of the outcome on the log odds (Cox 1958): 1 is right, below 1 too extreme."""
    odds = logit(np.clip(proba, _EDGE, 1 - _EDGE))
    if not 0 < is_rare.sum() < len(is_rare) or np.ptp(odds) == 0:
        return np.nan
    spread = float(odds.std())
    model = LogisticRegression(C=np.inf).fit((odds / spread)[:, None], is_rare)
    return float(model.coef_[0, 0]) / spread
