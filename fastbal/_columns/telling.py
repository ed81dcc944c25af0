"""How well a column alone tells a class from the others: the area under its ROC curve, whichever way it points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def area_of_numbers(numbers: NDArray[np.float64], is_class: NDArray[np.bool_]) -> float:
    """Area under the ROC curve, whichever way the column points and wherever its gaps stand.

    Parameters
    ----------
    numbers : ndarray of shape (n_rows,)
        NaN where missing.
    is_class : ndarray of shape (n_rows,)
        Some rows, and not all.

    Examples
    --------
    >>> area_of_numbers(np.array([1.0, 2.0, 2.0, np.nan]), np.array([True, True, False, False]))
    0.875
    """
    areas = []
    is_gap = np.isnan(numbers)
    n = int(is_class.sum())
    for gap in (-np.inf, np.inf) if is_gap.any() else (0.0,):
        _, place, counts = np.unique(np.where(is_gap, gap, numbers), return_inverse=True, return_counts=True)
        ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
        area = (ranks[is_class].sum() - n * (n + 1) / 2) / (n * (len(numbers) - n))
        areas += [area, 1 - area]
    return float(max(areas))


def area_of_categories(codes: NDArray[np.int64], is_class: NDArray[np.bool_]) -> float:
    """The same of categories, each as frequent in the class as in one half of the rows, judged by the other half.

    Parameters
    ----------
    codes : ndarray of shape (n_rows,)
        Categories by number, from 0.
    is_class : ndarray of shape (n_rows,)

    Examples
    --------
    >>> area_of_categories(np.arange(100) % 4, np.arange(100) % 4 == 1)
    1.0
    """
    half = np.random.default_rng(0).random(len(codes)) < 0.5
    areas = []
    for learned in (half, ~half):
        if not 0 < is_class[~learned].sum() < (~learned).sum():
            return 0.5
        n = np.bincount(codes[learned], minlength=codes.max() + 1)
        n_class = np.bincount(codes[learned], weights=is_class[learned], minlength=codes.max() + 1)
        share = (n_class + is_class[learned].mean()) / (n + 1)
        areas.append(area_of_numbers(share[codes[~learned]], is_class[~learned]))
    return float(np.mean(areas))
