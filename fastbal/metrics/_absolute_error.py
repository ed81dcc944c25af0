"""How many steps ordered classes are missed by, every class counting alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from fastbal._sklearn import check_arguments
from fastbal.metrics._outcomes import ANSWERS, read_answers, read_weights


@check_arguments(ANSWERS)
def macro_averaged_mean_absolute_error(
    y_true: ArrayLike, y_pred: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> float:
    """The mean absolute error of each class, averaged over the classes (Baccianella et al. 2009).

    ``1 / n_classes · Σ_classes mean |y_true − y_pred| over the rows of the class``, for classes that are ordered
    numbers, such as stars.

    Parameters
    ----------
    y_true : array-like of shape (n_rows,)
        What is true: whole numbers.
    y_pred : array-like of shape (n_rows,)
        What a classifier says: whole numbers.
    sample_weight : array-like of shape (n_rows,), default=None
        What each row weighs among those of its class.

    Returns
    -------
    float
        0 is best.

    Notes
    -----
    The classes are those of `y_true` that weigh anything: a label that is only predicted has no error of its own.

    References
    ----------
    Baccianella, Esuli, Sebastiani: Evaluation measures for ordinal regression. ISDA (2009), 283-287.

    Examples
    --------
    >>> from sklearn.metrics import mean_absolute_error
    >>> from fastbal.metrics import macro_averaged_mean_absolute_error
    >>> stars, said = [5, 5, 5, 5, 5, 5, 5, 5, 5, 1], [5] * 10
    >>> mean_absolute_error(stars, said), macro_averaged_mean_absolute_error(stars, said)
    (0.4, 2.0)
    """
    answers = read_answers(y_true, y_pred)
    values = np.array(answers.classes)
    if values.dtype.kind not in "biuf":
        raise ValueError(
            f"An error needs labels that are numbers, but there is {answers.classes[0]!r}. Number the classes in their "
            f"order, for example with sklearn.preprocessing.OrdinalEncoder."
        )
    weights = np.ones(len(answers.true)) if sample_weight is None else read_weights(sample_weight, answers)
    values = values.astype(np.float64)
    errors = np.abs(values[answers.true] - values[answers.pred])
    total = np.bincount(answers.true, weights)
    present = total > 0
    return float(np.mean(np.bincount(answers.true, weights * errors)[present] / total[present]))
