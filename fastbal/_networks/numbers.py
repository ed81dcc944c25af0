"""A user's numbers as an array."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def as_numbers(values: Any) -> NDArray[np.float64]:
    """The values as floats; what holds no numbers is NaN, which no check of a range lets pass.

    Parameters
    ----------
    values : object
        What a user has given.

    Returns
    -------
    ndarray of float64

    Examples
    --------
    >>> as_numbers([1, 2]).tolist(), as_numbers("balanced").tolist()
    ([1.0, 2.0], nan)
    """
    try:
        return np.asarray(values, np.float64)
    except (TypeError, ValueError):
        return np.array(np.nan)
