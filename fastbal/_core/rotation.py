"""The coordinates in which a table is searched: centered, and rotated so that the first columns vary most."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# Beyond this ratio of standard deviations, mixing columns would drown the small ones in the rounding of the large.
_MAX_CONDITION = 1e9
# The largest coordinate becomes about 2^20: room for float32 squares above (2^127) and below (2^-126).
_EXPONENT = 20


class Rotation(NamedTuple):
    """z = (scale · x − mean) @ axes: a rotation changes no distance, but packs the variance into few columns."""

    mean: NDArray[np.float64]  # (d,)
    axes: NDArray[np.float64]  # (d, d) orthogonal, columns by falling variance
    scale: float  # a power of two: scaling is exact
    variance: NDArray[np.float64]  # (d,) variance along the axes
    relative_noise: float  # error of the computed z, relative to its norm

    def __call__(self, X: NDArray[np.floating], n_columns: int | None = None) -> NDArray[np.float64]:
        """The first `n_columns` coordinates of the rows of X, in float64."""
        Z = X.astype(np.float64)
        Z *= self.scale
        Z -= self.mean
        return np.ascontiguousarray(Z @ self.axes[:, :n_columns])


def principal_axes(X: NDArray[np.floating], largest: float) -> Rotation:
    """Rotate to the principal axes of a sample of the rows; `largest` is the largest absolute value of X."""
    n, d = X.shape
    scale = float(2.0 ** (_EXPONENT - np.frexp(largest)[1])) if largest > 0 else 1.0
    sample = X[:: max(1, n // min(20_000, max(1_000, 5 * d)))].astype(np.float64) * scale
    mean = sample.mean(axis=0)
    sample -= mean
    deviation = sample.std(axis=0)
    smallest = deviation[deviation > 0].min(initial=np.inf)
    if d == 1 or deviation.max() > smallest * _MAX_CONDITION:
        order = np.argsort(-deviation, kind="stable")
        return Rotation(mean, np.eye(d)[:, order], scale, deviation[order] ** 2, 2.0**-50)
    variance, axes = np.linalg.eigh(sample.T @ sample)
    # (d + 2) products and the departure from orthogonality, in each of d columns; Higham 2002, section 3.5.
    noise = 16 * d**1.5 * 2.0**-53
    return Rotation(mean, np.ascontiguousarray(axes[:, ::-1]), scale, np.maximum(variance[::-1], 0.0), noise)
