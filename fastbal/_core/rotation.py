"""The coordinates in which a table is searched: centered, and turned or ordered so that the first columns vary most."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# Beyond this ratio of standard deviations, mixing columns would drown the small ones in the rounding of the large.
_MAX_CONDITION = 1e9
# The largest coordinate becomes about 2^20: room for float32 squares above (2^127) and below (2^-126).
_EXPONENT = 20
# Floating-point operations spent on the axes for each one that a search of all pairs of rows would take.
_SHARE_OF_SEARCH = 0.25
# Values in the sample from which the order of the columns is found where there are no axes.
_SAMPLED_VALUES = 1 << 20


class Rotation(NamedTuple):
    """z = (scale · x − mean) @ axes: a rotation changes no distance, but packs the variance into few columns.

    Where finding the axes would be more work than the search, columns are put into another order instead.
    """

    mean: NDArray[np.float64]  # (d,)
    axes: NDArray[np.float64] | None  # (d, d) orthogonal, columns by falling variance
    order: NDArray[np.int64]  # (d,) without axes: the columns by falling variance
    scale: float  # a power of two: scaling is exact
    variance: NDArray[np.float64]  # (d,) variance along the axes
    relative_noise: float  # error of the computed z, relative to its norm

    def __call__(self, X: NDArray[np.floating], n_columns: int | None = None) -> NDArray[np.float64]:
        """The first `n_columns` coordinates of the rows of X, in float64."""
        columns = slice(None) if self.axes is not None else self.order[:n_columns]
        Z = X[:, columns].astype(np.float64)
        Z *= self.scale
        Z -= self.mean[columns]
        return np.ascontiguousarray(Z if self.axes is None else Z @ self.axes[:, :n_columns])


def principal_axes(X: NDArray[np.floating], largest: float, n_queries: int) -> Rotation:
    """Rotate to the principal axes of a sample of the rows, where that is little work beside `n_queries` searches.

    `largest` is the largest absolute value of X (n, d). Time: 2 (n + m) d² + 10 d³ operations with m <= 20,000 sampled
    rows, and at most a share of the 2 · n_queries · n · d of the search; otherwise that of a pass over a sample.
    """
    n, d = X.shape
    scale = float(2.0 ** (_EXPONENT - np.frexp(largest)[1])) if largest > 0 else 1.0
    step = max(1, n // min(20_000, max(1_000, 5 * d)))
    work = 2.0 * (n + n // step) * d**2 + 10.0 * d**3
    affordable = d > 1 and work <= _SHARE_OF_SEARCH * 2.0 * n_queries * n * d
    if not affordable:
        step = max(step, n * d // _SAMPLED_VALUES)
    sample = X[::step].astype(np.float64) * scale
    mean = sample.mean(axis=0)
    sample -= mean
    deviation = sample.std(axis=0)
    smallest = deviation[deviation > 0].min(initial=np.inf)
    if not affordable or deviation.max() > smallest * _MAX_CONDITION:
        order = np.argsort(-deviation, kind="stable")
        return Rotation(mean, None, order, scale, deviation[order] ** 2, 2.0**-50)
    variance, axes = np.linalg.eigh(sample.T @ sample)
    # (d + 2) products and the departure from orthogonality, in each of d columns; Higham 2002, section 3.5.
    noise = 16 * d**1.5 * 2.0**-53
    axes, variance = np.ascontiguousarray(axes[:, ::-1]), np.maximum(variance[::-1], 0.0)
    return Rotation(mean, axes, np.arange(d), scale, variance, noise)
