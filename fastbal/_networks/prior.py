"""How common each class is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastbal._networks.numbers import as_numbers
from fastbal._networks.target import read_target


def read_prior(prior: float | Sequence[float], name: str = "prior") -> NDArray[np.float64]:
    """The share of each class, from shares or from that of class 1.

    Parameters
    ----------
    prior : float or sequence of n_classes floats
        The share of class 1 of two classes, or of each class.
    name : str, default="prior"
        The argument's name, for messages.

    Returns
    -------
    ndarray of shape (n_classes,), float64

    Raises
    ------
    ValueError
        If a share is not above 0, or the shares do not add up to 1.

    Examples
    --------
    >>> read_prior(0.25).tolist()
    [0.75, 0.25]
    """
    shares = as_numbers(prior)
    if shares.ndim == 0:
        shares = np.array([1 - shares, shares])
    if shares.ndim != 1 or len(shares) < 2 or not (shares > 0).all() or abs(shares.sum() - 1) > 1e-6:
        raise ValueError(
            f"{name} must be the share of class 1, above 0 and below 1, or the shares of all classes, which are above "
            f"0 and add up to 1. Got {prior!r}."
        )
    return shares


def prior_of(y: Any) -> list[float]:
    """The share of each class in a target.

    Parameters
    ----------
    y : array-like of shape (n_rows,), (n_rows, 1) or (n_rows, n_classes)
        Labels of any kind, or one-hot rows.

    Returns
    -------
    list of float

    Examples
    --------
    >>> prior_of(["no", "yes", "no", "no"])
    [0.75, 0.25]
    """
    counts = read_target(y)[0].counts
    shares: list[float] = (counts / counts.sum()).tolist()
    return shares


def read_tau(tau: Any) -> float:
    """How far a loss is adjusted to the class shares.

    Raises
    ------
    ValueError
        If it is not finite.

    Examples
    --------
    >>> read_tau(1)
    1.0
    """
    number = as_numbers(tau)
    if number.ndim or not np.isfinite(number):
        raise ValueError(f"tau must be a finite number, but it is {tau!r}.")
    return float(number)
