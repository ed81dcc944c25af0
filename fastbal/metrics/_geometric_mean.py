"""One number for all classes, which is high only if every class is found."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import gmean

from fastbal._sklearn import Interval, StrOptions, check_arguments
from fastbal.metrics._sensitivity import ONE_OF_SOME_CLASSES, mean_over_classes, sensitivity_specificity_support


@check_arguments(
    {
        **ONE_OF_SOME_CLASSES,
        "average": [StrOptions({"binary", "micro", "macro", "weighted", "multiclass"}), None],
        "correction": [Interval(Real, 0, None, closed="left")],
    }
)
def geometric_mean_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    labels: ArrayLike | None = None,
    pos_label: Any = 1,
    average: str | None = "multiclass",
    sample_weight: ArrayLike | None = None,
    correction: float = 0.0,
) -> Any:
    """The geometric mean of the sensitivities of all classes (Kubat & Matwin 1997; Barandela et al. 2003).

    ``(Π_classes sensitivity)^(1 / n_classes)``: a class that is never found makes it 0. For two classes this is
    ``√(sensitivity · specificity)``, and so it is for one class against the rest, which all other averages than
    "multiclass" start from.

    Parameters
    ----------
    y_true : array-like of shape (n_rows,)
        What is true: labels of any kind.
    y_pred : array-like of shape (n_rows,)
        What a classifier says.
    labels : array-like of shape (n_labels,), default=None
        The classes to score; see `sensitivity_specificity_support`.
    pos_label : str, int or None, default=1
        The class to score with ``average="binary"``.
    average : {"multiclass", "binary", "micro", "macro", "weighted"} or None, default="multiclass"
        - "multiclass": the geometric mean of the sensitivities;
        - None: for each class the geometric mean of its sensitivity and specificity;
        - "binary": that of `pos_label`, for two classes;
        - "micro": that of the numbers of rows added up over the classes;
        - "macro": the mean of those over the classes;
        - "weighted": the mean of those over the classes, each as often as it has rows.

    sample_weight : array-like of shape (n_rows,), default=None
        What each row weighs.
    correction : float, default=0.0
        Taken for a sensitivity of 0, with "multiclass" only.

    Returns
    -------
    float, or ndarray of shape (n_labels,) if `average` is None
        From 0 to 1.

    Notes
    -----
    In imbalanced-learn, "macro" and "weighted" are the geometric mean of the averages, not the average of the geometric
    means. That number is::

        sensitivity, specificity, _ = sensitivity_specificity_support(y_true, y_pred, average="macro")
        (sensitivity * specificity) ** 0.5

    References
    ----------
    Kubat, Matwin: Addressing the curse of imbalanced training sets: one-sided selection. ICML (1997), 179-186.

    Barandela, Sánchez, García, Rangel: Strategies for learning in class imbalance problems. Pattern Recognition 36
    (2003), 849-851.

    Examples
    --------
    Each class is found in one half of its rows, or nine tenths:

    >>> from fastbal.metrics import geometric_mean_score
    >>> y_true = ["good"] * 10 + ["fraud"] * 2
    >>> y_pred = ["good"] * 9 + ["fraud"] * 2 + ["good"]
    >>> round(geometric_mean_score(y_true, y_pred), 3)  # √(0.9 · 0.5)
    0.671
    """
    if average == "multiclass":
        found, _, _ = sensitivity_specificity_support(
            y_true, y_pred, labels=labels, warn_for=("sensitivity",), sample_weight=sample_weight
        )
        return float(gmean(np.where(found == 0, correction, found)))
    is_mean = average in ("macro", "weighted")
    sensitivity, specificity, support = sensitivity_specificity_support(
        y_true,
        y_pred,
        labels=labels,
        pos_label=pos_label,
        average=None if is_mean else average,
        sample_weight=sample_weight,
    )
    scores = np.sqrt(sensitivity * specificity)
    if is_mean:
        return mean_over_classes(scores, support if average == "weighted" else None)
    return scores if average is None else float(scores)
