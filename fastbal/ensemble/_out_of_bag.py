"""How well an ensemble does on rows that its members have not seen."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastbal._core.recipe import Rows
from fastbal._core.target import Codes

Probabilities = NDArray[np.float64]


def out_of_bag(
    members: Iterable[tuple[Any, Rows, Any]], X: Any, codes: Codes, n_classes: int, score: Callable[..., float]
) -> tuple[Probabilities, float]:
    """The mean prediction, for each row, of the members that have not seen it in any copy; and its score.

    Parameters
    ----------
    members : iterable of (estimator, rows, columns)
        A fitted member, the rows it has seen, and the columns it reads (None for all).
    X : ndarray or CSR matrix of shape (n_rows, n_columns)
        The table.
    codes : ndarray of shape (n_rows,), integer
        The class of each row.
    n_classes : int
        Number of classes.
    score : callable
        Called with the classes and the classes predicted, of all rows that have a prediction.

    Returns
    -------
    probabilities : ndarray of shape (n_rows, n_classes), float64
        NaN for a row that every member has seen.
    score : float
    """
    total = np.zeros((X.shape[0], n_classes))
    n_votes = np.zeros(X.shape[0])
    for member, rows, columns in members:
        is_unseen = np.ones(X.shape[0], bool)
        is_unseen[rows] = False
        if is_unseen.any():
            unseen = X[np.flatnonzero(is_unseen)]
            total[is_unseen] += probabilities(member, unseen if columns is None else unseen[:, columns], n_classes)
            n_votes[is_unseen] += 1
    has_vote = n_votes > 0
    if not has_vote.all():
        warnings.warn(
            f"Some inputs do not have OOB scores: every member has seen {np.count_nonzero(~has_vote)} of the "
            f"{len(n_votes)} rows. They are left out of the score. More estimators leave fewer such rows, unless "
            "the sampler takes all rows of a class.",
            UserWarning,
            stacklevel=3,
        )
    n_votes[~has_vote] = np.nan
    mean = total / n_votes[:, None]
    if not has_vote.any():
        return mean, float("nan")
    return mean, float(score(codes[has_vote], mean[has_vote].argmax(axis=1)))


def probabilities(member: Any, X: Any, n_classes: int) -> Probabilities:
    """Of a member that has learned class codes: its probabilities, or 1 for the class it predicts if it has none."""
    result = np.zeros((X.shape[0], n_classes))
    if hasattr(member, "predict_proba"):
        result[:, member.classes_.astype(np.intp)] = member.predict_proba(X)
    else:
        result[np.arange(X.shape[0]), member.predict(X)] = 1
    return result
