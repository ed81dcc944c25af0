"""Errors that count the more, the more the value that was missed matters."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from fastbal._sklearn import check_arguments, check_sample_weight
from fastbal.regression._measurements import Floats
from fastbal.regression._relevance import Relevance, measured_values, relevance_of_rows

_SCORED: dict[str, Any] = {
    "y_true": ["array-like"],
    "y_pred": ["array-like"],
    "relevance": [callable, "array-like", None],
    "sample_weight": ["array-like", None],
}


class _Errors(NamedTuple):
    """True values, what a model misses them by, how much each matters, and what each row weighs."""

    true: Floats
    errors: Floats
    relevance: Floats
    weights: Floats


@check_arguments({**_SCORED, "normalize": ["boolean"]})
def sera(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    relevance: Any = None,
    sample_weight: ArrayLike | None = None,
    normalize: bool = False,
) -> float:
    """Squared error-relevance area (Ribeiro and Moniz 2020).

    The area under the curve of `ser_curve`, which is ``Σ relevance · (y_pred − y_true)²`` exactly: no grid of
    thresholds is needed. So a model that is fitted to squared errors with ``sample_weight=relevance(y)`` minimises it.

    Parameters
    ----------
    y_true : array-like of shape (n_rows,)
        What is true.
    y_pred : array-like of shape (n_rows,)
        What a model says.
    relevance : Relevance, callable, array-like of shape (n_rows,) or None, default=None
        How much each true value matters: a fitted `Relevance`, best one that knows the training rows; a function of
        y_true; or the numbers from 0 to 1 themselves. An unfitted `Relevance`, or None for ``Relevance()``, is fitted
        to y_true, so that scores of different test rows are not of the same scale.
    sample_weight : array-like of shape (n_rows,), default=None
        What each row weighs.
    normalize : bool, default=False
        Whether to divide by the area of the best constant prediction. One minus the result is then scikit-learn's
        ``r2_score`` with ``sample_weight=relevance(y_true)``.

    Returns
    -------
    float
        0 is best; a sum over the rows in the squared unit of y, or, if `normalize`, without unit.

    Raises
    ------
    ValueError
        If the arrays are not of one length or hold anything but finite numbers; if `normalize` and the rows that matter
        all have the same true value.

    References
    ----------
    Ribeiro, Moniz: Imbalanced regression and extreme value prediction. Machine Learning 109 (2020), 1803-1835.

    Examples
    --------
    >>> from fastbal.regression import sera
    >>> y_true, y_pred = [1.0, 2.0, 10.0], [1.5, 2.0, 8.0]
    >>> sera(y_true, y_pred, relevance=[0.0, 0.2, 1.0])
    4.0
    >>> sera(y_true, y_pred, relevance=lambda y: (y > 5).astype(float))
    4.0
    """
    scored = _read_errors(y_true, y_pred, relevance, sample_weight)
    importance = scored.weights * scored.relevance
    area = float(importance @ scored.errors**2)
    if not normalize:
        return area
    total = importance.sum()
    center = (importance @ scored.true) / total if total > 0 else 0.0
    least = float(importance @ (scored.true - center) ** 2)
    if not least > 0:
        raise ValueError(
            "normalize=True divides by what the best constant misses, but that is nothing: the rows that matter all "
            "have the same true value, or none matters. Leave out normalize, or give another relevance."
        )
    return area / least


@check_arguments(_SCORED)
def ser_curve(
    y_true: ArrayLike, y_pred: ArrayLike, *, relevance: Any = None, sample_weight: ArrayLike | None = None
) -> tuple[Floats, Floats]:
    """The squared error of the rows that are at least as relevant as a threshold, for each threshold.

    Parameters
    ----------
    y_true : array-like of shape (n_rows,)
        What is true.
    y_pred : array-like of shape (n_rows,)
        What a model says.
    relevance : Relevance, callable, array-like of shape (n_rows,) or None, default=None
        How much each true value matters; see `sera`.
    sample_weight : array-like of shape (n_rows,), default=None
        What each row weighs.

    Returns
    -------
    thresholds : ndarray of shape (n_thresholds,), float64
        0, every relevance that occurs, and 1, ascending, each once.
    errors : ndarray of shape (n_thresholds,), float64
        Sum of the squared errors of rows whose relevance is at least the threshold. Between two thresholds it is that
        of the greater: ``plt.step(thresholds, errors, where="pre")`` draws the curve, and its area is `sera`.

    Examples
    --------
    >>> from fastbal.regression import ser_curve
    >>> thresholds, errors = ser_curve([1.0, 2.0, 10.0], [1.5, 2.5, 8.0], relevance=[0.0, 0.2, 1.0])
    >>> thresholds.tolist(), errors.tolist()
    ([0.0, 0.2, 1.0], [4.5, 4.25, 4.0])
    """
    scored = _read_errors(y_true, y_pred, relevance, sample_weight)
    order = np.argsort(scored.relevance, kind="stable")
    thresholds = np.unique(np.concatenate([[0.0], scored.relevance, [1.0]]))
    from_here = np.append(np.cumsum((scored.weights * scored.errors**2)[order][::-1])[::-1], 0.0)
    return thresholds, from_here[np.searchsorted(scored.relevance[order], thresholds, "left")]


@check_arguments(_SCORED)
def relevance_weighted_squared_error(
    y_true: ArrayLike, y_pred: ArrayLike, *, relevance: Any = None, sample_weight: ArrayLike | None = None
) -> float:
    """Mean squared error in which each row counts as much as its true value matters.

    ``Σ relevance · (y_pred − y_true)² / Σ relevance``: `sera` per relevant row.

    Parameters
    ----------
    y_true : array-like of shape (n_rows,)
        What is true.
    y_pred : array-like of shape (n_rows,)
        What a model says.
    relevance : Relevance, callable, array-like of shape (n_rows,) or None, default=None
        How much each true value matters; see `sera`.
    sample_weight : array-like of shape (n_rows,), default=None
        What each row weighs.

    Returns
    -------
    float
        0 is best; in the squared unit of y.

    Examples
    --------
    >>> from fastbal.regression import relevance_weighted_squared_error
    >>> relevance_weighted_squared_error([1.0, 2.0, 10.0], [1.5, 2.0, 8.0], relevance=[0.0, 0.6, 1.0])
    2.5
    """
    scored = _read_errors(y_true, y_pred, relevance, sample_weight)
    return _mean(scored, scored.errors**2)


@check_arguments(_SCORED)
def relevance_weighted_absolute_error(
    y_true: ArrayLike, y_pred: ArrayLike, *, relevance: Any = None, sample_weight: ArrayLike | None = None
) -> float:
    """Mean absolute error in which each row counts as much as its true value matters.

    Parameters
    ----------
    y_true : array-like of shape (n_rows,)
        What is true.
    y_pred : array-like of shape (n_rows,)
        What a model says.
    relevance : Relevance, callable, array-like of shape (n_rows,) or None, default=None
        How much each true value matters; see `sera`.
    sample_weight : array-like of shape (n_rows,), default=None
        What each row weighs.

    Returns
    -------
    float
        0 is best; in the unit of y.

    Examples
    --------
    >>> from fastbal.regression import relevance_weighted_absolute_error
    >>> relevance_weighted_absolute_error([1.0, 2.0, 10.0], [1.5, 2.0, 8.0], relevance=[0.0, 0.6, 1.0])
    1.25
    """
    scored = _read_errors(y_true, y_pred, relevance, sample_weight)
    return _mean(scored, abs(scored.errors))


def _mean(scored: _Errors, errors: Floats) -> float:
    importance = scored.weights * scored.relevance
    total = float(importance.sum())
    if not total > 0:
        raise ValueError("No row of y_true matters: the relevance of each is 0. Give another relevance.")
    return float(importance @ errors) / total


def _read_errors(y_true: Any, y_pred: Any, relevance: Any, sample_weight: Any) -> _Errors:
    true, pred = measured_values(y_true, "A score"), measured_values(y_pred, "A score")
    if len(true) != len(pred):
        raise ValueError(f"y_true has {len(true)} values, but y_pred has {len(pred)}: give one for each row.")
    weights = check_sample_weight(sample_weight, true[:, None], dtype=np.float64)
    if not ((weights >= 0) & (weights < np.inf)).all():
        raise ValueError("sample_weight must be finite and not negative.")
    return _Errors(true, pred - true, _relevance_of_true(relevance, true), weights)


def _relevance_of_true(relevance: Any, true: Floats) -> Floats:
    if relevance is None:
        relevance = Relevance()
    if isinstance(relevance, Relevance):
        relevance = relevance if is_fitted(relevance) else Relevance(**relevance.get_params()).fit(true)
    if callable(relevance):
        return relevance_of_rows(relevance, true)
    given = measured_values(relevance, "A score")
    return relevance_of_rows(lambda _: given, true)


def is_fitted(relevance: Relevance) -> bool:
    try:
        check_is_fitted(relevance)
    except ValueError:  # NotFittedError is one
        return False
    return True
