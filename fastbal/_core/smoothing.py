"""Noise around rows that are drawn again: the smoothed bootstrap (Menardi and Torelli 2014)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from fastbal._core.rows import take_csr, take_rows
from fastbal._core.threads import for_each_piece


def kernel_widths(X: Any, rows: NDArray[np.int64], shrinkage: float) -> NDArray[Any]:
    """Standard deviation of the noise for each column: ``shrinkage * (4 / ((d + 2) n)) ** (1 / (d + 4)) * std``.

    The rule for Gaussian data (Bowman and Azzalini 1997); n counts all rows of the table, as imbalanced-learn does,
    where the paper counts those of the class. The deviation `std` is that of the class.

    Parameters
    ----------
    X : ndarray or CSR matrix of shape (n, d)
        Finite numbers.
    rows : ndarray of int64
        The rows of the class.
    shrinkage : float
        The user's factor.

    Returns
    -------
    ndarray of shape (d,)
    """
    n, d = X.shape
    factor = shrinkage * float((4 / ((d + 2) * n)) ** (1 / (d + 4)))
    if not sparse.issparse(X):
        return np.asarray(factor * np.std(take_rows(X, rows), axis=0))
    X_class = take_csr(X, rows).astype(np.float64)
    mean = np.asarray(X_class.mean(axis=0)).ravel()
    X_class.data = (X_class.data - mean[X_class.indices]) ** 2
    n_zeros = len(rows) - np.bincount(X_class.indices, minlength=d)
    variance = (np.asarray(X_class.sum(axis=0)).ravel() + n_zeros * mean**2) / len(rows)
    return np.asarray(factor * np.sqrt(variance))


def add_kernel_noise(
    noise: NDArray[np.float64], widths: NDArray[Any], X: Any, base: NDArray[np.int64]
) -> NDArray[np.float64]:
    """``noise * widths + X[base]``, written over `noise`."""

    def add(start: int, stop: int) -> None:
        part = noise[start:stop]
        part *= widths
        rows = X[base[start:stop]]
        part += rows.toarray() if sparse.issparse(rows) else rows

    for_each_piece(add, len(noise), piece=max(1, (1 << 16) // max(1, noise.shape[1])))
    return noise
