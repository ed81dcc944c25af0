"""What a category says about the class: the share of each class among the rows that have it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from fastbal._core.target import Target


def class_shares(categories: NDArray[Any], n_categories: int, target: Target) -> NDArray[np.float64]:
    """For each category, the share of each class among its rows; 0 for a category without rows.

    Parameters
    ----------
    categories : ndarray of shape (n_rows,), int
        Each row's category, from 0 to ``n_categories - 1``.
    n_categories : int
        How many there are.
    target : Target
        The class of each row.

    Returns
    -------
    ndarray of shape (n_categories, n_classes)

    Examples
    --------
    >>> import numpy as np
    >>> from fastbal._core.target import encode
    >>> class_shares(np.array([0, 0, 0, 0, 2]), 3, encode(np.array([1, 1, 1, 5, 5])))
    array([[0.75, 0.25],
           [0.  , 0.  ],
           [0.  , 1.  ]])
    """
    ones = np.ones(len(categories))
    shape = (n_categories, len(target.classes))
    return shares_of(sparse.coo_array((ones, (categories, target.codes)), shape=shape).toarray())


def shares_of(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same from the number of rows of each category and class."""
    n_rows = counts.sum(axis=1, keepdims=True)
    shares: NDArray[np.float64] = counts / np.where(n_rows == 0, 1.0, n_rows)
    return shares
