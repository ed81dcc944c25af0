"""Measures of a decision that depend on its confusion matrix alone: of thousands of cut-offs in one call.

Each takes confusion matrices of shape (..., n_classes, n_classes), which hold weights of rows by [true class, predicted
class], and returns an array of shape (...). The last of two classes is the positive one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Confusion = NDArray[np.float64]
Scores = NDArray[np.float64]


class ConfusionMetric:
    """Base class of measures with parameters; one of your own has `__call__`, and perhaps `check`."""

    def __call__(self, confusion: Confusion) -> Scores:
        """The measure of each confusion matrix, the higher the better; NaN where a condition is not met.

        Parameters
        ----------
        confusion : ndarray of shape (..., n_classes, n_classes)
            Weights of rows by [true class, predicted class].

        Returns
        -------
        ndarray of shape (...)
        """
        raise NotImplementedError

    def check(self, n_classes: int) -> None:
        """Raise ValueError if the measure does not fit the number of classes.

        Parameters
        ----------
        n_classes : int
            Number of classes.
        """


@dataclass(frozen=True)
class FBeta(ConfusionMetric):
    """Weighted harmonic mean of precision and recall: of the positive class, or the mean over more classes.

    Parameters
    ----------
    beta : float, default=1.0
        How much more recall counts than precision.

    Examples
    --------
    >>> import numpy as np
    >>> from fastbal.model_selection import FBeta
    >>> print(f"{FBeta(2)(np.array([[90, 5], [1, 4]])):.3f}")
    0.690
    """

    beta: float = 1.0

    def __call__(self, confusion: Confusion) -> Scores:
        """See the base class."""
        right, true, predicted = _margins(confusion)
        f = _ratio((1 + self.beta**2) * right, self.beta**2 * true + predicted)
        return f[..., 1] if f.shape[-1] == 2 else _mean(f, where=true + predicted > 0)


class _PositiveClassMetric(ConfusionMetric):
    def check(self, n_classes: int) -> None:
        """See the base class."""
        if n_classes != 2:
            raise ValueError(f"{self!r} is about a positive class, but y has {n_classes} classes. Use another metric.")


@dataclass(frozen=True)
class PrecisionAtRecall(_PositiveClassMetric):
    """Precision, provided that recall is high enough.

    Parameters
    ----------
    recall : float
        The least recall of the positive class, from 0 to 1.

    Examples
    --------
    >>> import numpy as np
    >>> from fastbal.model_selection import PrecisionAtRecall
    >>> PrecisionAtRecall(0.8)(np.array([[[90, 5], [1, 4]], [[94, 1], [2, 3]]]))
    array([0.44444444,        nan])
    """

    recall: float

    def __call__(self, confusion: Confusion) -> Scores:
        """See the base class."""
        precision, recall = _precision_recall(confusion)
        return np.where(recall >= self.recall, precision, np.nan)


@dataclass(frozen=True)
class RecallAtPrecision(_PositiveClassMetric):
    """Recall, provided that precision is high enough.

    Parameters
    ----------
    precision : float
        The least precision of the positive class, from 0 to 1.

    Examples
    --------
    >>> import numpy as np
    >>> from fastbal.model_selection import RecallAtPrecision
    >>> RecallAtPrecision(0.7)(np.array([[[90, 5], [1, 4]], [[94, 1], [2, 3]]]))
    array([nan, 0.6])
    """

    precision: float

    def __call__(self, confusion: Confusion) -> Scores:
        """See the base class."""
        precision, recall = _precision_recall(confusion)
        return np.where(precision >= self.precision, recall, np.nan)


@dataclass(frozen=True)
class Gain(ConfusionMetric):
    """What a decision brings in per row.

    Parameters
    ----------
    gains : array-like of shape (n_classes, n_classes)
        What a row brings in, by [true class, predicted class]; costs are negative. The classes are in the order of
        `classes_`, but of two classes the positive one is the last.

    Examples
    --------
    An alarm costs 1, a fraud that goes through costs 50:

    >>> import numpy as np
    >>> from fastbal.model_selection import Gain
    >>> print(Gain([[0, -1], [-50, -1]])(np.array([[90, 5], [1, 4]])))
    -0.59
    """

    gains: ArrayLike

    def check(self, n_classes: int) -> None:
        """See the base class."""
        shape = np.shape(self.gains)
        if shape != (n_classes, n_classes):
            raise ValueError(
                f"gains must have a row and a column for each of the {n_classes} classes, but has shape {shape}."
            )

    def __call__(self, confusion: Confusion) -> Scores:
        """See the base class."""
        gain: Scores = (confusion * np.asarray(self.gains, np.float64)).sum(axis=(-2, -1)) / confusion.sum(
            axis=(-2, -1)
        )
        return gain


def accuracy(confusion: Confusion) -> Scores:
    """Share of rows that are right."""
    right, true, _ = _margins(confusion)
    return _ratio(right.sum(axis=-1), true.sum(axis=-1))


def balanced_accuracy(confusion: Confusion) -> Scores:
    """Mean of the recalls of the classes that occur."""
    right, true, _ = _margins(confusion)
    return _mean(_ratio(right, true), where=true > 0)


def geometric_mean(confusion: Confusion) -> Scores:
    """Geometric mean of the recalls of the classes that occur."""
    right, true, _ = _margins(confusion)
    recall = np.where(true > 0, _ratio(right, true), 1.0)
    mean: Scores = np.prod(recall, axis=-1) ** (1 / (true > 0).sum(axis=-1))
    return mean


def matthews(confusion: Confusion) -> Scores:
    """Matthews' correlation coefficient, for any number of classes (Gorodkin 2004)."""
    right, true, predicted = _margins(confusion)
    n = true.sum(axis=-1)
    covariance = right.sum(axis=-1) * n - (true * predicted).sum(axis=-1)
    of_true = n**2 - (true**2).sum(axis=-1)
    of_predicted = n**2 - (predicted**2).sum(axis=-1)
    return _ratio(covariance, np.sqrt(of_true * of_predicted))


NAMED: dict[str, Callable[[Confusion], Scores]] = {
    "accuracy": accuracy,
    "balanced_accuracy": balanced_accuracy,
    "f1": FBeta(1.0),
    "geometric_mean": geometric_mean,
    "mcc": matthews,
}


def _margins(confusion: Confusion) -> tuple[Scores, Scores, Scores]:
    """Per class: weight of the rows that are right, that belong to it, that are taken for it."""
    right: Scores = np.diagonal(confusion, axis1=-2, axis2=-1)
    return right, confusion.sum(axis=-1), confusion.sum(axis=-2)


def _precision_recall(confusion: Confusion) -> tuple[Scores, Scores]:
    """Of the positive class; 0 where there are no rows, as in scikit-learn."""
    right, true, predicted = (margin[..., 1] for margin in _margins(confusion))
    return _ratio(right, predicted), _ratio(right, true)


def _mean(values: Scores, where: NDArray[Any]) -> Scores:
    mean: Scores = np.mean(values, axis=-1, where=where)
    return mean


def _ratio(part: Scores, whole: Scores) -> Scores:
    """A quotient that is 0 where it is not defined, as in scikit-learn."""
    return np.divide(part, whole, out=np.zeros(np.broadcast_shapes(np.shape(part), np.shape(whole))), where=whole > 0)
