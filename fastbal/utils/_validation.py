"""The public checks of a target, a sampling strategy and a neighbour search, named as in imbalanced-learn."""

from __future__ import annotations

from collections import OrderedDict
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import type_of_target

from fastbal._core.plan import make_plan
from fastbal._core.target import encode

SAMPLING_KIND = ("over-sampling", "under-sampling", "clean-sampling", "ensemble", "bypass")


def check_sampling_strategy(sampling_strategy: Any, y: ArrayLike, sampling_type: str, **kwargs: Any) -> Any:
    """Turn a sampling strategy into numbers of rows, after checking that the data allow it.

    Parameters
    ----------
    sampling_strategy : float, str, mapping, list or callable
        - float r in (0, 1], two classes only: rows of the smaller class / rows of the larger one, afterwards;
        - "minority", "majority", "not minority", "not majority", "all": the classes to bring to the size of the
          largest (over-sampling) or smallest (under-sampling) class; "auto" is "not majority" for over-sampling
          and "not minority" otherwise;
        - mapping of label to the class's number of rows afterwards;
        - list of labels: the classes to clean (cleaning methods only);
        - function of y that returns such a mapping (or, for cleaning methods, a list).
    y : array-like of shape (n_rows,)
        The labels.
    sampling_type : {"over-sampling", "under-sampling", "clean-sampling", "ensemble", "bypass"}
        What the numbers mean. "ensemble" and "bypass" return `sampling_strategy` as it is.
    **kwargs : object
        Handed on to `sampling_strategy` if it is a function.

    Returns
    -------
    OrderedDict
        Label to number of rows, ascending by label: rows to make (over-sampling), rows to keep (under-sampling),
        or the size of the smallest class (cleaning, where only the labels count).

    Raises
    ------
    ValueError
        If y has one class only, or if the strategy cannot be met by this kind of sampling.

    Examples
    --------
    >>> from fastbal.utils import check_sampling_strategy
    >>> y = ["good"] * 90 + ["fraud"] * 10
    >>> dict(check_sampling_strategy("auto", y, "over-sampling"))
    {'fraud': 80}
    >>> dict(check_sampling_strategy(0.5, y, "under-sampling"))
    {'good': 20}
    """
    if sampling_type not in SAMPLING_KIND:
        raise ValueError(f"'sampling_type' should be one of {SAMPLING_KIND}. Got {sampling_type!r} instead.")
    if sampling_type in ("ensemble", "bypass"):
        if len(np.unique(np.asarray(y))) < 2:
            raise ValueError("The target 'y' needs to have more than 1 class. Got 1 class instead.")
        return sampling_strategy
    target = encode(column_or_1d(y))
    plan = make_plan(sampling_strategy, target, sampling_type, **kwargs)
    labels = target.labels
    return OrderedDict((labels[code], number) for code, number in plan.items())


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
            "Give one label per row, or resample for one label at a time."
        )
    labels: NDArray[np.int64] = indicator.argmax(axis=1)
    return labels


def check_neighbors_object(nn_name: str, nn_object: Any, additional_neighbor: int = 0) -> Any:
    """Make a neighbour search out of a number of neighbours, or copy the one given.

    Parameters
    ----------
    nn_name : str
        The parameter's name, for messages.
    nn_object : int or object with a `kneighbors` method
        Number of neighbours, or an unfitted neighbour search such as `fastbal.neighbors.NearestNeighbors`.
    additional_neighbor : int, default=0
        Added to a number (not to an object): 1 for a search in which each row finds itself.

    Returns
    -------
    object
        `fastbal.neighbors.NearestNeighbors`, or an unfitted copy of `nn_object`.

    Raises
    ------
    TypeError
        If `nn_object` is neither.

    Examples
    --------
    >>> from fastbal.utils import check_neighbors_object
    >>> check_neighbors_object("k_neighbors", 5, additional_neighbor=1).n_neighbors
    6
    """
    if isinstance(nn_object, Integral):
        from fastbal.neighbors import NearestNeighbors

        return NearestNeighbors(n_neighbors=int(nn_object) + additional_neighbor)
    if not hasattr(nn_object, "kneighbors"):
        raise TypeError(
            f"{nn_name} must be a number of neighbours or an object with a method kneighbors, such as "
            f"fastbal.neighbors.NearestNeighbors. Got {nn_object!r}, a {type(nn_object).__name__}."
        )
    return clone(nn_object, safe=False)  # one that is no scikit-learn estimator is copied
