"""What each test row contributes to a score: how sure a score is follows from how much rows differ in that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


def on_confusion(
    y: Codes, decided: Codes, score: Callable[[NDArray[Any]], Any], n_classes: int
) -> tuple[float, Floats]:
    """Score of a confusion matrix, and by how much it would differ without each row, less the mean of that.

    Parameters
    ----------
    y, decided : ndarray of shape (n_rows,)
        Classes by number.
    score : callable
        Of confusion matrices.
    n_classes : int

    Returns
    -------
    score : float
    influence : ndarray of shape (n_rows,)
        Of sum 0; the sum of its squares is the variance of the score (jackknife; Efron and Stein 1981).

    Examples
    --------
    >>> from fastbal._core.confusion import accuracy
    >>> value, influence = on_confusion(np.array([0, 0, 1, 1]), np.array([0, 0, 1, 0]), accuracy, 2)
    >>> value, influence.round(3).tolist()
    (0.75, [0.083, 0.083, 0.083, -0.25])
    """
    cells = y * n_classes + decided
    counts = np.bincount(cells, minlength=n_classes**2)
    matrix = counts.reshape(n_classes, n_classes)
    whole = float(score(matrix))
    found = np.flatnonzero(counts)
    without = np.repeat(matrix[None], len(found), axis=0)
    without.reshape(len(found), -1)[np.arange(len(found)), found] -= 1
    lost = np.zeros(n_classes**2)
    lost[found] = whole - np.nan_to_num(score(without), nan=whole)
    influence = lost[cells]
    return whole, influence - influence.mean()


def on_mean(losses: Floats) -> tuple[float, Floats]:
    """The same of a mean over rows.

    >>> on_mean(np.array([1.0, 2.0, 6.0]))
    (3.0, array([-0.66666667, -0.33333333,  1.        ]))
    """
    return float(losses.mean()), (losses - losses.mean()) / len(losses)


def on_roc_auc(is_rare: NDArray[np.bool_], proba: Floats) -> Floats:
    """The influence on the area under the ROC curve (DeLong, DeLong and Clarke-Pearson 1988).

    >>> on_roc_auc(np.array([False, False, True, True]), np.array([0.1, 0.4, 0.3, 0.9])).tolist()
    [0.125, -0.125, -0.125, 0.125]
    """
    rare, common = np.sort(proba[is_rare]), np.sort(proba[~is_rare])
    influence = np.zeros(len(proba))
    for sorted_others, part, sign in ((common, is_rare, 1), (rare, ~is_rare, -1)):
        below = np.searchsorted(sorted_others, proba[part], "left")
        level = np.searchsorted(sorted_others, proba[part], "right") - below
        place = sign * (below + level / 2) / len(sorted_others)
        influence[part] = (place - place.mean()) / part.sum()
    return influence


def on_average_precision(is_rare: NDArray[np.bool_], proba: Floats) -> Floats:
    """The influence on average precision: its value without each row, by sums from below.

    Without a common row of rank r, precision at each rare row below, of rank k and with t rare rows down to it, is
    t / (k - 1) instead of t / k; without a rare one it is (t - 1) / (k - 1), and one less is averaged.

    Examples
    --------
    >>> from sklearn.metrics import average_precision_score
    >>> y, proba = np.array([False, True, False, True, True]), np.array([0.9, 0.8, 0.5, 0.4, 0.1])
    >>> whole = average_precision_score(y, proba)
    >>> lost = [whole - average_precision_score(np.delete(y, i), np.delete(proba, i)) for i in range(5)]
    >>> bool(np.allclose(on_average_precision(y, proba), np.subtract(lost, np.mean(lost))))
    True
    """
    order = np.argsort(-proba, kind="stable")
    rare = is_rare[order]
    n_rare = int(rare.sum())
    if n_rare < 2:
        return np.zeros(len(proba))
    rank = np.arange(1, len(rare) + 1)
    hits = np.cumsum(rare)
    precision = np.where(rare, hits / rank, 0.0)
    before = np.maximum(rank - 1, 1)

    def below(values: Floats) -> Floats:
        sums = np.cumsum(np.where(rare, values, 0.0)[::-1])[::-1]
        return np.append(sums[1:], 0.0)

    above = np.cumsum(precision) - precision
    without_common = (above + below(hits / before)) / n_rare
    without_rare = (above + below((hits - 1) / before)) / (n_rare - 1)
    influence = np.zeros(len(proba))
    influence[order] = precision.sum() / n_rare - np.where(rare, without_rare, without_common)
    influence -= influence.mean()
    return influence


def on_hits(is_rare: NDArray[np.bool_], proba: Floats, n_alerts: int) -> Floats:
    """The influence on the share of rare rows among the `n_alerts` of highest probability.

    Without a row among them the next one takes its place, which is rare as often as rows thereabouts are.

    >>> on_hits(np.array([True, False, True, False, False]), np.array([0.9, 0.8, 0.7, 0.2, 0.1]), 2).round(3).tolist()
    [0.25, -0.25, 0.0, 0.0, 0.0]
    """
    order = np.argsort(-proba, kind="stable")
    reach = max(1, n_alerts // 4)
    near = is_rare[order[max(0, n_alerts - reach) : n_alerts + reach]].mean()
    influence = np.zeros(len(proba))
    top = order[:n_alerts]
    influence[top] = (is_rare[top] - near) / n_alerts
    influence -= influence.mean()
    return influence
