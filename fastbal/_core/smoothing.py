"""Noise around rows that are drawn again: the smoothed bootstrap (Menardi and Torelli 2014)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from fastbal._core.draws import Stream
from fastbal._core.rows import as_dtype, take_csr, take_rows

Array = NDArray[Any]

_PIECE_NUMBERS = 1 << 15


def kernel_widths(X: Any, rows: NDArray[np.int64], shrinkage: float, n: int) -> NDArray[Any]:
    """Standard deviation of the noise for each column: ``shrinkage * (4 / ((d + 2) n)) ** (1 / (d + 4)) * std``.

    The rule for Gaussian data (Bowman and Azzalini 1997); n counts all rows of the table, as imbalanced-learn does,
    where the paper counts those of the class. The deviation `std` is that of the class.

    Parameters
    ----------
    X : ndarray or CSR matrix of shape (n_rows, d)
        Finite numbers.
    rows : ndarray of int64
        The rows of the class.
    shrinkage : float
        The user's factor.
    n : int
        Rows of the whole table, of which X may be a part.

    Returns
    -------
    ndarray of shape (d,)
    """
    d = X.shape[1]
    factor = shrinkage * float((4 / ((d + 2) * n)) ** (1 / (d + 4)))
    with np.errstate(over="ignore"):
        deviation = _sparse_deviation(X, rows) if sparse.issparse(X) else standard_deviation(take_rows(X, rows))
        widths = np.asarray(factor * deviation)
    return np.minimum(widths, np.finfo(widths.dtype).max)


def _sparse_deviation(X: Any, rows: NDArray[np.int64]) -> Array:
    from fastbal._core.neighbors import on_one_scale  # here, so that random sampling needs no compiler

    d = X.shape[1]
    (X_class,), exponent = on_one_scale(take_csr(X, rows).astype(np.float64))
    mean = np.asarray(X_class.mean(axis=0)).ravel()
    X_class.data = (X_class.data - mean[X_class.indices]) ** 2
    n_zeros = len(rows) - np.bincount(X_class.indices, minlength=d)
    variance = (np.asarray(X_class.sum(axis=0)).ravel() + n_zeros * mean**2) / len(rows)
    return np.asarray(np.ldexp(np.sqrt(variance), exponent))


def standard_deviation(X: Array, dtype: Any = None) -> Array:
    """Standard deviation of each column, also where the squares or the sum of its values are out of range.

    dtype: in which to compute, as for `numpy.std`.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        deviation = np.std(X, axis=0, dtype=dtype)
    lost = ~np.isfinite(deviation) | ((deviation == 0) & (X.max(axis=0) > X.min(axis=0)))
    if lost.any():
        largest = np.abs(X).max()
        scale = 2.0 ** (np.frexp(np.float64(largest))[1] - 1)
        exact = np.std(X.astype(np.float64) / scale, axis=0) * scale
        deviation = np.where(lost, exact, deviation).astype(deviation.dtype)
    return np.asarray(deviation)


def write_smoothed_rows(stream: Stream, widths: NDArray[Any], X: Any, base: NDArray[np.int64], out: Array) -> None:
    """``out[:] = normal * widths + X[base]``, piece by piece: the noise comes one number after the other anyway.

    What would lie beyond the largest number of a floating-point type is that number.
    """
    limit = float(np.finfo(np.float64).max)
    step = max(1, _PIECE_NUMBERS // max(1, X.shape[1]))
    for start in range(0, len(base), step):
        rows = X[base[start : start + step]]
        part = stream.normal(rows.shape)
        with np.errstate(over="ignore"):
            part *= widths
            part += rows.toarray() if sparse.issparse(rows) else rows
        np.clip(part, -limit, limit, out=part)
        out[start : start + step] = as_dtype(part, out.dtype)
