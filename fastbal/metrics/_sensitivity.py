"""How much of a class is found, and how much of the rest is left alone."""

from __future__ import annotations

import warnings
from collections.abc import Collection
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.exceptions import UndefinedMetricWarning

from fastbal._core.confusion import ratio
from fastbal._sklearn import StrOptions, check_arguments
from fastbal.metrics._outcomes import ANSWERS, Answers, Counts, count_outcomes, read_answers

ONE_OF_SOME_CLASSES: dict[str, Any] = {
    **ANSWERS,
    "labels": ["array-like", None],
    "pos_label": [str, Integral, None],
}
_AVERAGES: dict[str, Any] = {"average": [StrOptions({"binary", "micro", "macro", "weighted"}), None]}


@check_arguments({**ONE_OF_SOME_CLASSES, **_AVERAGES, "warn_for": ["array-like", set]})
def sensitivity_specificity_support(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    labels: ArrayLike | None = None,
    pos_label: Any = 1,
    average: str | None = None,
    warn_for: Collection[str] = ("sensitivity", "specificity"),
    sample_weight: ArrayLike | None = None,
) -> tuple[Any, Any, Any]:
    """Sensitivity, specificity and number of rows of each class.

    ``sensitivity = rows of the class that are found / rows of the class``, also called recall;
    ``specificity = rows of other classes that are not taken for it / rows of other classes``.
    With `sample_weight`, rows count as much as they weigh.

    Parameters
    ----------
    y_true : array-like of shape (n_rows,)
        What is true: labels of any kind.
    y_pred : array-like of shape (n_rows,)
        What a classifier says.
    labels : array-like of shape (n_labels,), default=None
        The classes to score, in this order; those that do not occur count as never found. None are all that occur,
        ascending.
    pos_label : str, int or None, default=1
        The class to score with ``average="binary"``.
    average : {"binary", "micro", "macro", "weighted"} or None, default=None
        - None: a score for each class;
        - "binary": the score of `pos_label`, for two classes;
        - "micro": the numbers of rows are added up over the classes first;
        - "macro": the mean over the classes;
        - "weighted": the mean over the classes, each as often as it has rows.

    warn_for : collection of {"sensitivity", "specificity"}, default=("sensitivity", "specificity")
        Which of the two to warn of where it is 0 / 0, and set to 0.
    sample_weight : array-like of shape (n_rows,), default=None
        What each row weighs.

    Returns
    -------
    sensitivity : float, or ndarray of shape (n_labels,) if `average` is None
        From 0 to 1.
    specificity : float, or ndarray of shape (n_labels,) if `average` is None
        From 0 to 1.
    support : None, or ndarray of shape (n_labels,) if `average` is None
        Rows of each class in `y_true`, or what they weigh.

    Raises
    ------
    ValueError
        If ``average="binary"`` and there are more than two classes, or none of them is `pos_label`.

    Warns
    -----
    UndefinedMetricWarning
        If a class has no rows, or no others.

    Examples
    --------
    >>> from fastbal.metrics import sensitivity_specificity_support
    >>> y_true = ["good", "good", "good", "fraud", "fraud"]
    >>> y_pred = ["good", "good", "fraud", "fraud", "good"]
    >>> sensitivity, specificity, support = sensitivity_specificity_support(y_true, y_pred, labels=["fraud"])
    >>> sensitivity.tolist(), specificity.round(3).tolist(), support.tolist()
    ([0.5], [0.667], [2])
    """
    answers = read_answers(y_true, y_pred)
    outcomes = count_outcomes(answers, _labels_to_score(answers, labels, pos_label, average), sample_weight)
    if average == "micro":
        outcomes = outcomes.together()
    sensitivity = _share("sensitivity", outcomes.found, outcomes.support, "true", warn_for)
    specificity = _share("specificity", outcomes.left_alone, outcomes.others, "negative", warn_for)
    if average is None:
        return sensitivity, specificity, outcomes.support
    weights = outcomes.support if average == "weighted" else None
    return mean_over_classes(sensitivity, weights), mean_over_classes(specificity, weights), None


@check_arguments({**ONE_OF_SOME_CLASSES, **_AVERAGES})
def sensitivity_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    labels: ArrayLike | None = None,
    pos_label: Any = 1,
    average: str | None = "binary",
    sample_weight: ArrayLike | None = None,
) -> Any:
    """How much of a class is found: rows found / rows of the class, also called recall.

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
    average : {"binary", "micro", "macro", "weighted"} or None, default="binary"
        How to sum up the classes; see `sensitivity_specificity_support`.
    sample_weight : array-like of shape (n_rows,), default=None
        What each row weighs.

    Returns
    -------
    float, or ndarray of shape (n_labels,) if `average` is None
        From 0 to 1.

    Examples
    --------
    >>> from fastbal.metrics import sensitivity_score
    >>> sensitivity_score([0, 0, 0, 1, 1], [0, 0, 1, 1, 0])
    0.5
    """
    return sensitivity_specificity_support(
        y_true,
        y_pred,
        labels=labels,
        pos_label=pos_label,
        average=average,
        warn_for=("sensitivity",),
        sample_weight=sample_weight,
    )[0]


@check_arguments({**ONE_OF_SOME_CLASSES, **_AVERAGES})
def specificity_score(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    labels: ArrayLike | None = None,
    pos_label: Any = 1,
    average: str | None = "binary",
    sample_weight: ArrayLike | None = None,
) -> Any:
    """How much of the other classes is left alone: rows not taken for the class / rows of other classes.

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
    average : {"binary", "micro", "macro", "weighted"} or None, default="binary"
        How to sum up the classes; see `sensitivity_specificity_support`.
    sample_weight : array-like of shape (n_rows,), default=None
        What each row weighs.

    Returns
    -------
    float, or ndarray of shape (n_labels,) if `average` is None
        From 0 to 1.

    Examples
    --------
    >>> from fastbal.metrics import specificity_score
    >>> specificity_score([0, 0, 0, 0, 1], [0, 0, 0, 1, 1])
    0.75
    """
    return sensitivity_specificity_support(
        y_true,
        y_pred,
        labels=labels,
        pos_label=pos_label,
        average=average,
        warn_for=("specificity",),
        sample_weight=sample_weight,
    )[1]


def mean_over_classes(scores: Counts, weights: Counts | None) -> float:
    """The mean, each class as often as it has rows if these are given; 0 if there are none."""
    if weights is not None and not weights.any():
        return 0.0
    return float(np.average(scores, weights=weights))


def _labels_to_score(answers: Answers, labels: Any, pos_label: Any, average: str | None) -> list[Any] | None:
    """The labels asked for; None for all that occur."""
    if average != "binary":
        if pos_label not in (None, 1):
            warnings.warn(
                f"Note that pos_label (set to {pos_label!r}) is ignored when average != 'binary' (got {average!r}). "
                f"You may use labels=[pos_label] to specify a single positive class.",
                UserWarning,
                stacklevel=4,
            )
        return None if labels is None else list(np.asarray(labels).tolist())
    if len(answers.classes) > 2:
        raise ValueError(
            f"Target is multiclass but average='binary': the classes are {answers.classes}. Please choose another "
            f"average setting, one of [None, 'micro', 'macro', 'weighted'], or labels."
        )
    if pos_label not in answers.classes and len(answers.classes) == 2:
        raise ValueError(f"pos_label={pos_label!r} is not a valid label. It should be one of {answers.classes}.")
    return [pos_label]


def _share(name: str, part: Counts, whole: Counts, kind: str, warn_for: Collection[str]) -> Counts:
    """``part / whole``, and 0 with a warning where there is nothing to have a part of."""
    empty = whole == 0
    if empty.any() and name in warn_for:
        where = "due to" if len(whole) == 1 else "in labels with"
        warnings.warn(
            f"{name.capitalize()} is ill-defined and being set to 0.0 {where} no {kind} samples.",
            UndefinedMetricWarning,
            stacklevel=4,
        )
    return ratio(part, whole)
