"""Gaussian noise around rows that are drawn again, as wide as their columns vary."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastbal._core.draws import Stream
from fastbal._core.smoothing import standard_deviation

Array = NDArray[Any]

_PIECE_NUMBERS = 1 << 15


def column_widths(X: Array) -> NDArray[np.float64]:
    """The standard deviation of each column, that of a sample (n − 1); of a single row, 0."""
    n = len(X)
    with np.errstate(over="ignore"):
        widths = standard_deviation(X, np.float64) * np.sqrt(n / max(1, n - 1))
    return np.asarray(np.minimum(widths, np.finfo(np.float64).max))


def add_noise(
    stream: Stream, values: Array, places: NDArray[np.int64], widths: NDArray[np.float64], factors: NDArray[np.float64]
) -> None:
    """``values[places] += normal · factors · widths``, in place, and within the range of float64.

    All of the noise is drawn here, from one stream, one number after the other.

    Parameters
    ----------
    stream : Stream
        Draws ``len(places) * n_columns`` normal numbers.
    values : ndarray of shape (n_new, n_columns), float64
        Rows, some of which get noise.
    places : ndarray of shape (m,), int64
        Which of them.
    widths : ndarray of shape (n_columns,)
        Standard deviation of each column.
    factors : ndarray of shape (m,)
        How much of it the noise of each row has.
    """
    limit = float(np.finfo(np.float64).max)
    step = max(1, _PIECE_NUMBERS // max(1, values.shape[1]))
    for start in range(0, len(places), step):
        rows = places[start : start + step]
        noise = stream.normal((len(rows), values.shape[1]))
        with np.errstate(over="ignore"):
            noise *= factors[start : start + step, None]
            noise *= widths
            noise += values[rows]
        values[rows] = np.clip(noise, -limit, limit)
