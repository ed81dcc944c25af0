"""Any score, raised if the positive class is found more easily than the rest is left alone, and lowered if not."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np

from fastbal._sklearn import check_arguments
from fastbal.metrics._sensitivity import sensitivity_specificity_support

Score = Callable[..., Any]

_SHARED = inspect.signature(sensitivity_specificity_support).parameters
#: Scores of labels that have an average of their own, or none, and what stands for it here.
_AVERAGE_OF = {"accuracy_score": "binary", "jaccard_score": "binary"}


@check_arguments({"alpha": [Real], "squared": ["boolean"]})
def make_index_balanced_accuracy(*, alpha: float = 0.1, squared: bool = True) -> Callable[[Score], Score]:
    """Make a decorator of scores: index balanced accuracy (García et al. 2012).

    ``(1 + alpha · (sensitivity − specificity)) · score²``: of two classifiers with the same score, the one that finds
    more of the positive class is the better one.

    Parameters
    ----------
    alpha : float, default=0.1
        How much the difference counts.
    squared : bool, default=True
        Whether to square the score.

    Returns
    -------
    callable
        Takes a score, that is a function of `y_true` and `y_pred`, and returns one with the same arguments.

    Notes
    -----
    Sensitivity and specificity are those of `sensitivity_specificity_support` with the score's own arguments, `average`
    included: "macro" for the "multiclass" of `geometric_mean_score`, "binary" for scikit-learn's `accuracy_score` and
    `jaccard_score`.

    References
    ----------
    García, Sánchez, Mollineda: On the effectiveness of preprocessing methods when dealing with different levels of
    class imbalance. Knowledge-Based Systems 25 (2012), 13-21.

    Examples
    --------
    >>> from sklearn.metrics import accuracy_score
    >>> from fastbal.metrics import make_index_balanced_accuracy
    >>> score = make_index_balanced_accuracy(alpha=0.5, squared=False)(accuracy_score)
    >>> score([0, 0, 1, 1], [0, 0, 0, 1])  # 0.75 · (1 + 0.5 · (0.5 − 1))
    0.5625
    """

    def decorate(scoring_func: Score) -> Score:
        signature = inspect.signature(scoring_func)

        @functools.wraps(scoring_func)
        def index_balanced(*args: Any, **kwargs: Any) -> Any:
            if not {"y_true", "y_pred"} <= set(signature.parameters):
                raise AttributeError(
                    f"The function {scoring_func.__name__} has an unsupported attribute: its arguments are "
                    f"{list(signature.parameters)}. Only scores of labels, y_true and y_pred, have an index balanced "
                    f"accuracy; turn probabilities into labels first."
                )
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            score = scoring_func(*bound.args, **bound.kwargs)
            shared = {name: value for name, value in bound.arguments.items() if name in _SHARED}
            if scoring_func.__name__ in _AVERAGE_OF:
                shared["average"] = _AVERAGE_OF[scoring_func.__name__]
            elif shared.get("average") == "multiclass":
                shared["average"] = "macro"
            sensitivity, specificity, _ = sensitivity_specificity_support(**shared)
            return (1.0 + alpha * (sensitivity - specificity)) * (np.square(score) if squared else score)

        return index_balanced

    return decorate
