"""How often each class was there, found, missed, and seen where it was not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import multilabel_confusion_matrix

from fastbal._core.target import Target, encode
from fastbal._tables import read_labels

Counts = NDArray[Any]

#: The arguments that all scores of this package share, as scikit-learn describes them.
ANSWERS: dict[str, Any] = {
    "y_true": ["array-like"],
    "y_pred": ["array-like"],
    "sample_weight": ["array-like", None],
}


class Answers(NamedTuple):
    """What is true and what a classifier has said, row by row.

    Attributes
    ----------
    classes : list
        The labels that occur in either, ascending.
    true, pred : ndarray of shape (n_rows,), int64
        Each row's label as its position in `classes`.
    """

    classes: list[Any]
    true: NDArray[np.int64]
    pred: NDArray[np.int64]


def read_answers(y_true: Any, y_pred: Any) -> Answers:
    """Labels of any kind, in any container, as numbers.

    Examples
    --------
    >>> read_answers(["no", "yes", "no"], ["no", "no", "perhaps"])
    Answers(classes=['no', 'perhaps', 'yes'], true=array([0, 2, 0]), pred=array([0, 0, 1]))
    """
    true, pred = _read_target("y_true", y_true), _read_target("y_pred", y_pred)
    if len(true.codes) != len(pred.codes):
        raise ValueError(
            f"Found input variables with inconsistent numbers of samples: {[len(true.codes), len(pred.codes)]}. "
            f"y_true has {len(true.codes)} labels and y_pred has {len(pred.codes)}; give one of each for every row."
        )
    try:
        classes = sorted({*true.labels, *pred.labels})
    except TypeError:
        raise ValueError(
            f"The labels in y_true and y_pred must be of one kind, but y_true has {true.labels[0]!r} and y_pred has "
            f"{pred.labels[0]!r}. Make them one kind first, for example with y_true.astype(str)."
        ) from None
    code_of = {label: code for code, label in enumerate(classes)}
    return Answers(classes, *(np.array([code_of[label] for label in side.labels])[side.codes] for side in (true, pred)))


def _read_target(name: str, y: Any) -> Target:
    labels = read_labels(y)
    if labels.is_indicator:
        raise ValueError(
            f"{name} must hold one label for each row, but has a column for each class. "
            f"Give the column number of the 1, for example {name}.argmax(axis=1); scores of several labels for a row "
            f"are not supported."
        )
    if len(labels.values) == 0:
        raise ValueError(f"{name} must hold at least one label, but is empty.")
    return encode(labels.values)


class Outcomes(NamedTuple):
    """Rows, or their weights, of some classes; each of shape (n_labels,).

    Attributes
    ----------
    support : of the class
    found : of the class, and said to be
    others : of the other classes
    mistaken : of the other classes, but said to be of this one
    """

    support: Counts
    found: Counts
    others: Counts
    mistaken: Counts

    def together(self) -> Outcomes:
        """The sums over the classes."""
        return Outcomes(*(counts.sum(keepdims=True) for counts in self))


def count_outcomes(answers: Answers, labels: Sequence[Any] | None = None, sample_weight: Any = None) -> Outcomes:
    """Count the rows, or add up their weights, of each label (by default of each that occurs).

    Examples
    --------
    >>> outcomes = count_outcomes(read_answers(["no", "yes", "no"], ["no", "no", "no"]), ["yes", "never seen"])
    >>> outcomes.support.tolist(), outcomes.found.tolist(), outcomes.others.tolist(), outcomes.mistaken.tolist()
    ([1, 0], [0, 0], [2, 3], [0, 0])
    """
    matrices = multilabel_confusion_matrix(answers.true, answers.pred, sample_weight=sample_weight)
    if sample_weight is None:
        matrices = matrices.astype(np.int64)  # scikit-learn returns floats if no answer is right
    # One class more, which has no rows: it stands for all that are asked for but do not occur.
    found, missed, mistaken = (np.append(matrices[:, i, j], 0) for i, j in ((1, 1), (1, 0), (0, 1)))
    support = found + missed
    # Not the sum of all less the support: weights would leave a rest where there are no others.
    others = np.array([np.delete(support, code).sum() for code in range(len(support))])
    if labels is None:
        chosen = list(range(len(answers.classes)))
    else:
        code_of = {label: code for code, label in enumerate(answers.classes)}
        chosen = [code_of.get(label, -1) for label in labels]
    return Outcomes(support[chosen], found[chosen], others[chosen], mistaken[chosen])
