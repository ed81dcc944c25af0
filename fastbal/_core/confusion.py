"""How often each class was taken for which, and the measures that follow from these numbers alone.

A confusion matrix has shape (n_classes, n_classes) and holds weights of rows by [true class, predicted class]. The
measures take any number of them at once, in an array of shape (..., n_classes, n_classes). A quotient 0 / 0 is 0, as in
scikit-learn, and means over classes are over those that occur.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.intp]
Confusion = NDArray[Any]
Scores = NDArray[np.float64]


def confusion_matrix(true: Codes, predicted: Codes, weight: NDArray[Any] | None, n_classes: int) -> Confusion:
    """The confusion matrix of some rows.

    Parameters
    ----------
    true, predicted : ndarray of shape (n_rows,)
        Classes as numbers from 0.
    weight : ndarray of shape (n_rows,) or None
        Weights of the rows; None counts each as 1.
    n_classes : int
        Number of classes.

    Returns
    -------
    ndarray of shape (n_classes, n_classes)
        int64 for counts and whole weights, else float64.

    Examples
    --------
    >>> confusion_matrix(np.array([0, 0, 1]), np.array([0, 1, 1]), None, 2).tolist()
    [[1, 1], [0, 1]]
    """
    sums = np.bincount(true * n_classes + predicted, weight, n_classes**2).reshape(n_classes, n_classes)
    return sums.astype(np.int64) if weight is None or weight.dtype.kind in "biu" else sums


def ratio(part: Scores, whole: Scores) -> Scores:
    """``part / whole``, and 0 where there is nothing to have a part of."""
    zeros = np.zeros(np.broadcast_shapes(np.shape(part), np.shape(whole)))
    return np.divide(part, whole, out=zeros, where=np.asarray(whole) != 0)


def precision(confusion: Confusion) -> Scores:
    """Of each class: the share of the rows taken for it that are right."""
    right, _, predicted = _margins(confusion)
    return ratio(right, predicted)


def recall(confusion: Confusion) -> Scores:
    """Of each class: the share of its rows that are right."""
    right, true, _ = _margins(confusion)
    return ratio(right, true)


def f_beta(confusion: Confusion, beta: float) -> Scores:
    """Of each class: the harmonic mean of precision and recall, of which recall counts `beta` times as much."""
    right, true, predicted = _margins(confusion)
    return ratio((1 + beta**2) * right, beta**2 * true + predicted)


def mean_f_beta(confusion: Confusion, beta: float) -> Scores:
    """`f_beta` of the second of two classes, or else its mean over the classes that occur or are predicted."""
    _, true, predicted = _margins(confusion)
    scores = f_beta(confusion, beta)
    return scores[..., 1] if scores.shape[-1] == 2 else _mean_where(scores, true + predicted > 0)


def accuracy(confusion: Confusion) -> Scores:
    """Share of rows that are right."""
    right, true, _ = _margins(confusion)
    return ratio(right.sum(axis=-1), true.sum(axis=-1))


def balanced_accuracy(confusion: Confusion) -> Scores:
    """Mean of the recalls of the classes that occur."""
    right, true, _ = _margins(confusion)
    return _mean_where(ratio(right, true), true > 0)


def geometric_mean(confusion: Confusion) -> Scores:
    """Geometric mean of the recalls of the classes that occur."""
    right, true, _ = _margins(confusion)
    product = np.prod(ratio(right, true), axis=-1, where=true > 0)
    mean: Scores = product ** (1 / (true > 0).sum(axis=-1))
    return mean


def matthews(confusion: Confusion) -> Scores:
    """Matthews' correlation coefficient, for any number of classes (Gorodkin 2004)."""
    right, true, predicted = _margins(confusion)
    n = true.sum(axis=-1)
    covariance = right.sum(axis=-1) * n - (true * predicted).sum(axis=-1)
    true_variance = n**2 - (true**2).sum(axis=-1)
    predicted_variance = n**2 - (predicted**2).sum(axis=-1)
    return ratio(covariance, np.sqrt(true_variance * predicted_variance))


#: The measures that have a name of their own wherever a decision is judged.
NAMED: dict[str, Callable[[Confusion], Scores]] = {
    "accuracy": accuracy,
    "balanced_accuracy": balanced_accuracy,
    "f1": partial(mean_f_beta, beta=1.0),
    "geometric_mean": geometric_mean,
    "mcc": matthews,
}


def _margins(confusion: Confusion) -> tuple[Scores, Scores, Scores]:
    """Of each class: weight of the rows that are right, that belong to it, that are taken for it."""
    confusion = np.asarray(confusion, np.float64)  # squares of numbers of rows are too great for integers
    right: Scores = np.diagonal(confusion, axis1=-2, axis2=-1)
    return right, confusion.sum(axis=-1), confusion.sum(axis=-2)


def _mean_where(scores: Scores, where: NDArray[np.bool_]) -> Scores:
    mean: Scores = np.mean(scores, axis=-1, where=where)
    return mean
