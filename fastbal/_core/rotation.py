"""The coordinates in which a table is searched: centered, and turned or ordered so that the first columns vary most."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

_UNIT = 2.0**-53
# Beyond this ratio of standard deviations, mixing columns would drown the small ones in the rounding of the large.
_MAX_CONDITION = 1e9
# The largest coordinate becomes about 2^20: room for float32 squares above (2^127) and below (2^-126).
_EXPONENT = 20
# Floating-point operations spent on the axes for each one that a search of all pairs of rows would take.
_SHARE_OF_SEARCH = 0.25
# Axes sought where all would cost too much: as many as the boxes of a tree look at, and some to spare; and in how many
# rows.
_LEADING, _SPARE, _LEADING_ROWS = 32, 8, 500
# Share of the variance that leading axes have to hold.
_LEAST_SHARE = 0.25
# Values in the sample from which the order of the columns is found where there are no axes.
_SAMPLED_VALUES = 1 << 18


class Rotation(NamedTuple):
    """z = (scale · x − mean) @ Q with an orthogonal Q: distances stay, but few columns hold most of the variance.

    Q is the matrix of all axes; or I − W T Wᵀ, whose first columns are the leading axes; or a permutation of the
    columns, where axes would be too much work or of no use.
    """

    mean: NDArray[np.float64]  # (d,)
    axes: NDArray[np.float64] | None  # (d, n_axes) orthonormal, by falling variance; n_axes is d or `_LEADING`
    reflectors: tuple[NDArray[np.float64], NDArray[np.float64]] | None  # W (d, n_axes) and T, if there are not all axes
    order: NDArray[np.int64]  # (d,) without axes: the columns by falling variance
    scale: float  # a power of two: scaling is exact
    variance: NDArray[np.float64]  # (d,) in the columns of z
    relative_noise: float  # error of the computed z, relative to its norm

    def __call__(self, X: NDArray[np.floating], n_columns: int | None = None) -> NDArray[np.float64]:
        """The first `n_columns` coordinates of the rows of X, in float64."""
        columns = slice(None) if self.axes is not None else self.order[:n_columns]
        Z = X[:, columns].astype(np.float64)
        Z *= self.scale
        Z -= self.mean[columns]
        if self.axes is not None:
            if self.reflectors is None or (n_columns is not None and n_columns <= self.axes.shape[1]):
                Z = Z @ self.axes[:, :n_columns]
            else:
                W, T = self.reflectors
                Z -= (Z @ W @ T) @ W.T
                Z = Z[:, :n_columns]
        return np.ascontiguousarray(Z)


def principal_axes(X: NDArray[np.floating], largest: float, n_queries: int) -> Rotation:
    """Rotate to the principal axes of a sample of the rows: as many as are little work beside `n_queries` searches.

    `largest` is the largest absolute value of X (n, d).
    """
    n, d = X.shape
    scale = float(2.0 ** (_EXPONENT - np.frexp(largest)[1])) if largest > 0 else 1.0
    n_axes, step = _affordable_axes(n, d, n_queries)
    sample = X[::step].astype(np.float64) * scale
    mean = sample.mean(axis=0)
    sample -= mean
    deviation = np.sqrt(np.einsum("ij,ij->j", sample, sample) / len(sample))  # in one pass; `std` takes five
    deviation[deviation <= len(sample) * _UNIT * np.abs(mean)] = 0.0  # of values that are equal, or nearly
    smallest = deviation[deviation > 0].min(initial=np.inf)
    rotation = Rotation(mean, None, None, np.argsort(-deviation, kind="stable"), scale, deviation**2, 8 * _UNIT)
    if n_axes > 0 and deviation.max() <= smallest * _MAX_CONDITION:
        rotation = _to_all_axes(sample, rotation) if n_axes == d else _to_leading_axes(sample, rotation)
    if rotation.axes is None:
        rotation = rotation._replace(variance=rotation.variance[rotation.order])
    return rotation


def _affordable_axes(n: int, d: int, n_queries: int) -> tuple[int, int]:
    """How many axes to look for, and the step from one sampled row to the next.

    All axes take 2 (n + m) d² + 10 d³ operations, with m <= 20,000 sampled rows; r leading ones about 4 n d r + 8 m d r
    with m <= 500. More than a share of the 2 · n_queries · n · d operations of the search is not spent.
    """
    affordable = _SHARE_OF_SEARCH * 2.0 * n_queries * n * d
    step = max(1, n // min(20_000, max(1_000, 5 * d)))
    if d > 1 and 2.0 * (n + n // step) * d**2 + 10.0 * d**3 <= affordable:
        return d, step
    few, width = max(1, n // _LEADING_ROWS), _LEADING + _SPARE
    if min(d, n // few) > 2 * width and d * (4.0 * n * _LEADING + 8.0 * (n // few) * width) <= affordable:
        return _LEADING, few
    return 0, max(step, n * d // _SAMPLED_VALUES)


def _to_all_axes(sample: NDArray[np.float64], columns: Rotation) -> Rotation:
    """To the principal axes of centered rows."""
    d = sample.shape[1]
    variance, axes = np.linalg.eigh(sample.T @ sample)
    # (d + 2) products and the departure from orthogonality, in each of d columns; Higham 2002, section 3.5.
    noise = 16 * d**1.5 * _UNIT
    axes, variance = np.ascontiguousarray(axes[:, ::-1]), np.maximum(variance[::-1], 0.0)
    return columns._replace(axes=axes, variance=variance, relative_noise=noise)


def _to_leading_axes(sample: NDArray[np.float64], columns: Rotation) -> Rotation:
    """To about the leading axes of centered rows, if they say much; see Halko, Martinsson & Tropp 2011."""
    chance = np.random.default_rng(0).normal(size=(len(sample), _LEADING + _SPARE))
    span = np.linalg.qr(sample.T @ chance)[0]
    span = np.linalg.qr(sample.T @ (sample @ span))[0]
    inside = sample @ span
    squares, turned = np.linalg.eigh(inside.T @ inside)
    if squares[-_LEADING:].sum() < _LEAST_SHARE * np.square(sample).sum():
        return columns
    axes = np.ascontiguousarray(span @ turned[:, ::-1][:, :_LEADING])
    W, T = _reflectors(axes)
    sample -= (sample @ W @ T) @ W.T
    # One reflection after the other; Higham 2002, section 19.3.
    noise = 64 * (len(axes) + 2) * _LEADING * _UNIT
    variance = np.square(sample).mean(axis=0)
    return columns._replace(axes=axes, reflectors=(W, T), variance=variance, relative_noise=noise)


def _reflectors(axes: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """W and T so that I − W T Wᵀ is orthogonal and begins with `axes`, made so that they agree to the last bit.

    W holds the Householder vectors of the axes; 1 / T is the upper half of WᵀW, with half its diagonal (Puglisi 1992).
    """
    (packed, tau), R = linalg.qr(axes, mode="raw")
    n_axes = axes.shape[1]
    W = np.tril(packed[:, :n_axes], -1)
    np.fill_diagonal(W, 1.0)
    W[:, tau == 0] = 0.0  # no reflection
    T = linalg.inv(np.triu(W.T @ W, 1) + np.diag(1 / np.where(tau == 0, 1.0, tau)))
    axes *= np.sign(np.diag(R))  # reflections give the axes or their opposites
    return W, T
