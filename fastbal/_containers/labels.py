"""The target, in the caller's container: one label per row."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import type_of_target

from fastbal._containers.table import Column
from fastbal._core.recipe import Recipe


class Labels:
    """A target in the caller's container.

    Attributes
    ----------
    values : ndarray of shape (n_rows,)
        One label per row; of an indicator matrix the column number of the 1.
    """

    def __init__(self, column: Column) -> None:
        self.column = column
        self.values, self.is_indicator = check_target_type(column.values(), indicate_one_vs_all=True)

    def write(self, recipe: Recipe, first_rows: NDArray[np.int64], X_out: Any) -> Any:
        """The labels of a recipe's rows, to stand beside the table `X_out`.

        `first_rows` holds a row of each class; its label, whatever it looks like, is that of the class.
        """
        return self.column.write(recipe.copies(first_rows[recipe.label]), X_out)

    def like(self, values: Any, X_out: Any) -> Any:
        """Labels that somebody else has made from `values`, to stand beside the table `X_out`."""
        if self.is_indicator:
            given = self.column.values()
            indicator = np.zeros((len(values), given.shape[1]), given.dtype)
            indicator[np.arange(len(values)), np.asarray(values)] = 1
            values = indicator
        return self.column.like(values, X_out)


def check_target_type(y: Any, indicate_one_vs_all: bool = False) -> Any:
    """Flatten a target to one label per row, and refuse targets with several labels per row.

    Parameters
    ----------
    y : array-like of shape (n_rows,), (n_rows, 1) or (n_rows, n_classes)
        The labels; in the last form an indicator matrix with at most a single 1 per row.
    indicate_one_vs_all : bool, default=False
        Whether to return as well if `y` was an indicator matrix.

    Returns
    -------
    y : ndarray of shape (n_rows,)
        One label per row; for an indicator matrix, the column number of the 1.
    is_one_vs_all : bool
        Whether `y` was an indicator matrix. Only if `indicate_one_vs_all` is true.

    Raises
    ------
    ValueError
        If a row has several labels.

    Examples
    --------
    >>> import numpy as np
    >>> from fastbal.utils import check_target_type
    >>> check_target_type(np.array([[0, 1], [1, 0], [0, 1]]), indicate_one_vs_all=True)
    (array([1, 0, 1]), True)
    """
    if isinstance(y, np.ndarray) and y.ndim == 1:
        return (y, False) if indicate_one_vs_all else y  # no need to look at every label
    is_one_vs_all = type_of_target(y, input_name="y") == "multilabel-indicator"
    labels = _column_of_the_one(y) if is_one_vs_all else column_or_1d(y)
    return (labels, is_one_vs_all) if indicate_one_vs_all else labels


def _column_of_the_one(y: Any) -> NDArray[np.int64]:
    indicator = np.asarray(y.toarray() if hasattr(y, "toarray") else y)
    labels_per_row = indicator.sum(axis=1)
    if labels_per_row.max(initial=0) > 1:
        row = int(np.argmax(labels_per_row > 1))
        raise ValueError(
            "Binary, multiclass and binarized encoded multiclass targets are supported. Multilabel and multioutput "
            f"targets are not supported: row {row} of y has {int(labels_per_row[row])} labels. "
            "Give one label per row, or use a sampler of fastbal.multilabel."
        )
    labels: NDArray[np.int64] = indicator.argmax(axis=1)
    return labels
