"""The parameters of a focal loss: how much each class counts, and how little what is known."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastbal._networks.numbers import as_numbers


def read_alpha(alpha: Any, *, multi_label: bool = False) -> Any:
    """The weight of each class, from weights or from that of class 1.

    Parameters
    ----------
    alpha : float, sequence of n_classes floats, or None
        The weight of each class; or, for two classes, that of class 1, the other having ``1 - alpha``; or None, which
        is 1 for all.
    multi_label : bool, default=False
        Whether there are several labels, each with two weights: for all the same pair, or a pair for each.

    Returns
    -------
    list of float, list of pairs, or None

    Raises
    ------
    ValueError
        If a weight is negative or not finite.

    Examples
    --------
    >>> read_alpha(0.25), read_alpha([1, 3]), read_alpha(None)
    ([0.75, 0.25], [1.0, 3.0], None)
    """
    if alpha is None:
        return None
    weights = as_numbers(alpha)
    if weights.ndim == 0:
        weights = np.array([1 - weights, weights])
    is_shaped = weights.ndim == 1 or (multi_label and weights.ndim == 2)
    if not is_shaped or (multi_label and weights.shape[-1] != 2) or not ((weights >= 0) & (weights < np.inf)).all():
        raise ValueError(
            "alpha must be the weight of class 1, from 0 to 1, or a weight from 0 for each class, or None, "
            f"but it is {alpha!r}. class_weights makes the weights of the labels."
        )
    return weights.tolist()


def read_gamma(gamma: Any, name: str = "gamma") -> float:
    """How much a loss leaves out what is known.

    Raises
    ------
    ValueError
        If it is negative or not finite.

    Examples
    --------
    >>> read_gamma(2)
    2.0
    """
    number = as_numbers(gamma)
    if number.ndim or not 0 <= number < np.inf:
        raise ValueError(f"{name} must be a number from 0, but it is {gamma!r}.")
    return float(number)
