"""Curves of predictions, and how they are drawn in a square."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import precision_recall_curve

# More points than this show no more at the size of a stamp.
_MOST_POINTS = 150


def precision_recall(is_rare: NDArray[np.bool_], proba: NDArray[np.float64]) -> NDArray[np.float64]:
    """Recall and precision at falling thresholds, thinned out.

    Parameters
    ----------
    is_rare : ndarray of shape (n_rows,)
    proba : ndarray of shape (n_rows,)
        How probable the rare class was thought to be.

    Returns
    -------
    ndarray of shape (n_points, 2)
        Recall, ascending, and precision.

    Examples
    --------
    >>> precision_recall(np.array([False, True, True]), np.array([0.2, 0.1, 0.9])).tolist()
    [[0.0, 1.0], [0.5, 1.0], [0.5, 0.5], [1.0, 0.6666666666666666]]
    """
    precision, recall, _ = precision_recall_curve(is_rare, proba)
    return thinned(np.column_stack([recall, precision])[::-1])


def reliability(is_rare: NDArray[np.bool_], proba: NDArray[np.float64]) -> NDArray[np.float64]:
    """How frequent the rare class is among rows of each probability, thinned out.

    The rising step function that fits best, by pooling adjacent violators: it needs no bins, whose number would decide
    what is seen (Dimitriadis, Gneiting and Jordan 2021).

    Parameters
    ----------
    is_rare : ndarray of shape (n_rows,)
    proba : ndarray of shape (n_rows,)
        How probable the rare class was thought to be.

    Returns
    -------
    ndarray of shape (n_points, 2)
        Probability, ascending, and frequency.

    Examples
    --------
    >>> reliability(np.array([True, False, True, True]), np.array([0.1, 0.2, 0.2, 0.7])).tolist()
    [[0.1, 0.6666666666666666], [0.2, 0.6666666666666666], [0.7, 1.0]]
    """
    frequency = IsotonicRegression().fit_transform(proba, is_rare.astype(np.float64))
    points = np.unique(np.column_stack([proba, frequency]), axis=0)
    inside = np.zeros(len(points), bool)
    inside[1:-1] = (points[1:-1, 1] == points[:-2, 1]) & (points[1:-1, 1] == points[2:, 1])
    return thinned(points[~inside])


def svg_path(points: NDArray[np.float64], size: int) -> str:
    """A line through points of the unit square, its origin at the lower left.

    >>> svg_path(np.array([[0, 0], [0.5, 1], [1, 1]]), size=100)
    'M0 100L50 0L100 0'
    """
    x, y = (size * points.T).round(1)
    rounded = [f"{a:g} {size - b:g}" for a, b in zip(x, y, strict=True)]
    return "M" + "L".join(dict.fromkeys(rounded))


def thinned(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """At most so many points, evenly along the line, its ends among them."""
    if len(points) <= _MOST_POINTS:
        return points
    along = np.concatenate([[0.0], np.hypot(*np.diff(points, axis=0).T).cumsum()])
    chosen = np.searchsorted(along, np.linspace(0, along[-1], _MOST_POINTS))
    thinned: NDArray[np.float64] = points[np.unique(np.append(chosen, len(points) - 1))]
    return thinned
