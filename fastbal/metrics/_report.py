"""A table of scores, a line for each class."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics import precision_recall_fscore_support

from fastbal._sklearn import Interval, StrOptions, check_arguments
from fastbal.metrics._outcomes import ANSWERS, read_answers
from fastbal.metrics._sensitivity import mean_over_classes, sensitivity_specificity_support

_SUPPORT = "sup"
_LAST_LINE = "avg / total"


@check_arguments(
    {
        **ANSWERS,
        "labels": ["array-like", None],
        "target_names": ["array-like", None],
        "digits": [Interval(Integral, 0, None, closed="left")],
        "alpha": [Real],
        "output_dict": ["boolean"],
        "zero_division": [StrOptions({"warn"}), Interval(Integral, 0, 1, closed="both")],
    }
)
def classification_report_imbalanced(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    labels: ArrayLike | None = None,
    target_names: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    digits: int = 2,
    alpha: float = 0.1,
    output_dict: bool = False,
    zero_division: Any = "warn",
) -> Any:
    """A table of scores, a line for each class.

    pre: precision, rec: recall (sensitivity), spe: specificity, f1: ``2 · pre · rec / (pre + rec)``, geo:
    ``√(rec · spe)``, iba: ``(1 + alpha · (rec − spe)) · geo²``, sup: rows of the class. The last line is the mean over
    the classes, each as often as it has rows.

    Parameters
    ----------
    y_true : array-like of shape (n_rows,)
        What is true: labels of any kind.
    y_pred : array-like of shape (n_rows,)
        What a classifier says.
    labels : array-like of shape (n_labels,), default=None
        The classes to report, in this order. None are all that occur, ascending.
    target_names : array-like of shape (n_labels,), default=None
        What to call them. None are the labels themselves.
    sample_weight : array-like of shape (n_rows,), default=None
        What each row weighs.
    digits : int, default=2
        Digits behind the point.
    alpha : float, default=0.1
        See `make_index_balanced_accuracy`.
    output_dict : bool, default=False
        Whether to return numbers instead of text.
    zero_division : {"warn", 0, 1}, default="warn"
        What precision, recall and f1 are where they are 0 / 0; "warn" is 0, with a warning. The other scores are 0
        there.

    Returns
    -------
    str or dict
        The dict has for each name a dict ``{"pre": ..., ..., "sup": ...}``, and ``avg_pre``, ..., ``avg_iba``,
        ``total_support``.

    Raises
    ------
    ValueError
        If there are more or fewer names than classes.

    Examples
    --------
    >>> from fastbal.metrics import classification_report_imbalanced
    >>> y_true = ["good"] * 6 + ["fraud"] * 2
    >>> y_pred = ["good"] * 5 + ["fraud"] * 2 + ["good"]
    >>> print(classification_report_imbalanced(y_true, y_pred))
                       pre       rec       spe        f1       geo       iba       sup
    <BLANKLINE>
          fraud       0.50      0.50      0.83      0.50      0.65      0.40         2
           good       0.83      0.83      0.50      0.83      0.65      0.43         6
    <BLANKLINE>
    avg / total       0.75      0.75      0.58      0.75      0.65      0.42         8
    <BLANKLINE>
    """
    answers = read_answers(y_true, y_pred)
    chosen = answers.classes if labels is None else list(np.asarray(labels).tolist())
    names = [str(name) for name in (chosen if target_names is None else np.asarray(target_names).tolist())]
    if len(names) != len(chosen):
        raise ValueError(
            f"target_names must name each class, but there are {len(names)} names for the {len(chosen)} classes "
            f"{chosen}. Give a name for each, or the classes meant as labels."
        )
    code_of = {label: code for code, label in enumerate(answers.classes)}
    codes = [code_of.get(label, -1) for label in chosen]  # no row has the class -1
    pre, rec, f1, _ = precision_recall_fscore_support(
        answers.true, answers.pred, labels=codes, sample_weight=sample_weight, zero_division=zero_division
    )
    sensitivity, specificity, sup = sensitivity_specificity_support(
        answers.true,
        answers.pred,
        labels=codes,
        warn_for=("specificity",) if zero_division == "warn" else (),
        sample_weight=sample_weight,
    )
    geo = np.sqrt(sensitivity * specificity)
    iba = (1.0 + alpha * (sensitivity - specificity)) * geo**2
    scores = {"pre": pre, "rec": rec, "spe": specificity, "f1": f1, "geo": geo, "iba": iba}
    means = {name: mean_over_classes(score, sup) for name, score in scores.items()}
    lines = [
        {**{key: float(score[i]) for key, score in scores.items()}, _SUPPORT: sup[i].item()} for i in range(len(names))
    ]
    n_rows = sup.sum().item()
    if output_dict:
        averages = {f"avg_{key}": mean for key, mean in means.items()}
        return {**dict(zip(names, lines, strict=True)), **averages, "total_support": n_rows}
    return _written(names, lines, {**means, _SUPPORT: n_rows}, digits)


def _written(names: list[str], lines: list[dict[str, Any]], last: dict[str, Any], digits: int) -> str:
    width = max(len(name) for name in [*names, _LAST_LINE])

    def line(name: str, cells: list[str]) -> str:
        return f"{name:>{width}}  " + " ".join(f"{cell:>9}" for cell in cells) + "\n"

    def numbers(values: dict[str, Any]) -> list[str]:
        return [f"{value}" if key == _SUPPORT else f"{value:.{digits}f}" for key, value in values.items()]

    body = "".join(line(name, numbers(values)) for name, values in zip(names, lines, strict=True))
    return "\n".join([line("", list(last)), body, line(_LAST_LINE, numbers(last))])
