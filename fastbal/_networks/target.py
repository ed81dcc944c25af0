"""A target as networks need it: class codes from 0, whatever the labels are."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastbal._containers.read import read_labels
from fastbal._core.target import Target, encode


def read_target(y: Any) -> tuple[Target, bool]:
    """The class of each row, and whether y was one-hot.

    Parameters
    ----------
    y : array-like of shape (n_rows,), (n_rows, 1) or (n_rows, n_classes)
        Labels of any kind, or one-hot rows.

    Returns
    -------
    target : Target
        Classes, codes, and rows per class; the classes of a one-hot target are its column numbers.
    is_one_hot : bool
        Whether y has a column per class.

    Raises
    ------
    ValueError
        If there are fewer than two classes, a one-hot row without a class, or a one-hot column without a row.

    Examples
    --------
    >>> target, is_one_hot = read_target(["no", "yes", "no"])
    >>> target.labels, target.codes.tolist(), is_one_hot
    (['no', 'yes'], [0, 1, 0], False)
    """
    labels = read_labels(y)
    target = _read_one_hot(labels.column.values()) if labels.is_indicator else encode(labels.values)
    if len(target.classes) < 2:
        raise ValueError(
            f"y needs at least 2 classes, but it has {len(target.classes)}: {target.labels}. "
            "Check that y is the right column and that no filter has removed the other classes."
        )
    return target, labels.is_indicator


def _read_one_hot(y: Any) -> Target:
    indicator = y.toarray() if hasattr(y, "toarray") else y
    without = np.flatnonzero(indicator.sum(axis=1) == 0)
    if len(without):
        raise ValueError(
            f"Each row of a one-hot y must have a 1, but {len(without)} of {len(indicator)} have none, "
            f"the first of them row {without[0]}. Drop these rows, or give them a class."
        )
    codes = indicator.argmax(axis=1)
    counts = np.bincount(codes, minlength=indicator.shape[1])
    if not counts.all():
        raise ValueError(
            f"Each column of a one-hot y must have a row, but column {counts.argmin()} has none: nothing is known "
            "of its class. Drop the column, or encode the target after splitting the table."
        )
    return Target(np.arange(len(counts)), codes, counts)
