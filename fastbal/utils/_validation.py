"""The public check of a sampling strategy, named as in imbalanced-learn."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import column_or_1d

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
