"""Measures of a decision that depend on its confusion matrix alone: of thousands of cut-offs in one call.

Each takes confusion matrices of shape (..., n_classes, n_classes), which hold weights of rows by [true class, predicted
class], and returns an array of shape (...). The last of two classes is the positive one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fastbal._core.confusion import Confusion, Scores, mean_f_beta, precision, recall


class ConfusionMetric:
    """Base class of measures with parameters; one of your own has `__call__`, and perhaps `check`.

    Examples
    --------
    >>> import numpy as np
    >>> from fastbal.model_selection import ConfusionMetric
    >>> class Informedness(ConfusionMetric):
    ...     def __call__(self, confusion):
    ...         recall = np.diagonal(confusion, axis1=-2, axis2=-1) / confusion.sum(axis=-1)
    ...         return recall.sum(axis=-1) - 1
    >>> float(Informedness()(np.array([[3, 1], [0, 4]])))
    0.75
    """

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
        return mean_f_beta(confusion, self.beta)


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
        return np.where(recall(confusion)[..., 1] >= self.recall, precision(confusion)[..., 1], np.nan)


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
        return np.where(precision(confusion)[..., 1] >= self.precision, recall(confusion)[..., 1], np.nan)


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
