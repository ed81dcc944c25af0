"""How often each class was there, found, missed, and seen where it was not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_consistent_length, column_or_1d

from fastbal._containers.read import read_labels
from fastbal._core.confusion import confusion_matrix
from fastbal._core.target import Target, encode

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


def read_weights(sample_weight: Any, answers: Answers) -> NDArray[Any]:
    """The weight of each row: whole numbers stay whole."""
    weight: NDArray[Any] = column_or_1d(sample_weight)
    check_consistent_length(answers.true, weight)
    return weight if weight.dtype.kind in "biu" else weight.astype(np.float64)


class Outcomes(NamedTuple):
    """Rows, or their weights, of some classes; each of shape (n_labels,).

    Attributes
    ----------
    found : of the class, and said to be
    missed : of the class, but said to be of another
    mistaken : of another class, but said to be of this one
    left_alone : of another class, and said to be of another
    """

    found: Counts
    missed: Counts
    mistaken: Counts
    left_alone: Counts

    @property
    def support(self) -> Counts:
        """Rows of the class."""
        return self.found + self.missed

    @property
    def others(self) -> Counts:
        """Rows of other classes."""
        return self.mistaken + self.left_alone

    def together(self) -> Outcomes:
        """The sums over the classes."""
        return Outcomes(*(counts.sum(keepdims=True) for counts in self))


def count_outcomes(answers: Answers, labels: Sequence[Any] | None = None, sample_weight: Any = None) -> Outcomes:
    """Count the rows, or add up their weights, of each label (by default of each that occurs).

    Nothing is subtracted: what is rounded off a difference of weights would make a little out of nothing.

    Examples
    --------
    >>> outcomes = count_outcomes(read_answers(["no", "yes", "no"], ["no", "no", "no"]), ["yes", "never seen"])
    >>> [counts.tolist() for counts in outcomes]
    [[0, 0], [1, 0], [0, 0], [2, 3]]
    """
    labels = answers.classes if labels is None else labels
    code_of = {label: code for code, label in enumerate(answers.classes)}
    nobody = len(code_of)  # a class that has no rows stands for all that are asked for but do not occur
    weight = None if sample_weight is None else read_weights(sample_weight, answers)
    rows = confusion_matrix(answers.true, answers.pred, weight, nobody + 1)
    outcomes = [_outcomes_of(code_of.get(label, nobody), rows) for label in labels]
    return Outcomes(*np.array(outcomes).T)


def _outcomes_of(code: int, rows: Counts) -> tuple[Any, Any, Any, Any]:
    """Those of one class, given the rows of each true (row) and each predicted class (column)."""
    others = np.delete(rows, code, axis=0)
    missed, left_alone = np.delete(rows[code], code).sum(), np.delete(others, code, axis=1).sum()
    return rows[code, code], missed, others[:, code].sum(), left_alone
