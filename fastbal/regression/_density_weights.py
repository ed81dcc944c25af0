"""Weights by which rare values of a continuous target count as much as common ones."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastbal._core.density import smoothed, window
from fastbal._sklearn import Interval, StrOptions, check_arguments
from fastbal.regression._relevance import measured_values


@check_arguments(
    {
        "y": ["array-like"],
        "n_bins": [Interval(Integral, 1, None, closed="left")],
        "bin_width": [Interval(Real, 0, None, closed="neither"), None],
        "kernel": [StrOptions({"gaussian", "triangular", "laplace"}), None],
        "kernel_size": [Interval(Integral, 1, None, closed="left")],
        "sigma": [Interval(Real, 0, None, closed="neither")],
        "power": [Interval(Real, 0, 1, closed="both")],
        "clip": ["array-like", None],
    }
)
def density_weights(
    y: Any,
    *,
    n_bins: int = 100,
    bin_width: float | None = None,
    kernel: str | None = "gaussian",
    kernel_size: int = 5,
    sigma: float = 2.0,
    power: float = 1.0,
    clip: Any = None,
) -> NDArray[np.float64]:
    """A weight for each row, inverse to how dense its target is: label distribution smoothing (Yang et al. 2021).

    Values are counted in bins, counts are smoothed, because neighbouring values tell of each other, and a row weighs
    ``density ** −power``. For `sample_weight` of any model, scikit-learn's or Keras'.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        The target: finite numbers.
    n_bins : int, default=100
        Bins of equal width from the least to the greatest value.
    bin_width : float or None, default=None
        Their width instead, in units of y; the first is centred at the least value, so that whole numbers have bins of
        their own with a width of 1.
    kernel : {"gaussian", "triangular", "laplace"} or None, default="gaussian"
        How counts are smoothed; None for not at all.
    kernel_size : int, default=5
        Bins that tell of each other, an odd number.
    sigma : float, default=2.0
        Width of the Gaussian or Laplace kernel, in bins.
    power : float, default=1.0
        1 weighs by the inverse density, 0.5 by its square root, 0 all alike.
    clip : (low, high) or None, default=None
        Smoothed counts below `low` or above `high` are taken for these: no few rows outweigh all others.

    Returns
    -------
    ndarray of shape (n_rows,), float64
        Greater than 0, with a mean of 1, so that a loss and its learning rate keep their scale.

    Raises
    ------
    ValueError
        If y holds anything but finite numbers, `kernel_size` is even, `clip` is no ascending pair of positive numbers,
        or bins are more than 10,000,000.

    Notes
    -----
    The authors' code takes square roots before it smooths, and beyond the ends its bins are empty, which makes the ends
    seem rarer than they are; here the root is taken of the smoothed density, and only bins that are there count.

    References
    ----------
    Yang, Zha, Chen, Wang, Katabi: Delving into deep imbalanced regression. ICML 2021, section 3.1.

    Examples
    --------
    >>> from fastbal.regression import density_weights
    >>> y = [1, 1, 1, 1, 2, 2, 2, 3, 3, 9]
    >>> density_weights(y, bin_width=1, kernel=None).round(2).tolist()
    [0.62, 0.62, 0.62, 0.62, 0.83, 0.83, 0.83, 1.25, 1.25, 2.5]
    >>> density_weights(y, bin_width=1).round(2).tolist()
    [0.52, 0.52, 0.52, 0.52, 0.67, 0.67, 0.67, 0.92, 0.92, 4.08]
    """
    values = measured_values(y, "density_weights")
    if kernel_size % 2 == 0:
        raise ValueError(f"kernel_size must be odd, so that a bin is in the middle, but it is {kernel_size}.")
    places, n_places = _bins_of(values, n_bins, bin_width)
    counts = np.bincount(places, minlength=n_places).astype(np.float64)
    density = counts if kernel is None else smoothed(counts, window(kernel, kernel_size, sigma))
    if clip is not None:
        low, high = _clip_limits(clip)
        density = np.clip(density, low, high)
    weights: NDArray[np.float64] = density[places] ** -power
    weights /= weights.mean()
    return weights


_MOST_BINS = 10_000_000


def _bins_of(values: NDArray[np.float64], n_bins: int, bin_width: float | None) -> tuple[NDArray[np.int64], int]:
    """The bin of each value, and how many bins there are."""
    low, high = float(values.min()), float(values.max())
    if bin_width is None:
        half = high / 2 - low / 2  # the whole may be beyond the largest number
        share = (values / 2 - low / 2) / half if half > 0 else np.zeros_like(values)
        return np.minimum((share * n_bins).astype(np.int64), n_bins - 1), n_bins
    wanted = high / bin_width - low / bin_width + 1.5
    if not wanted <= _MOST_BINS:
        raise ValueError(
            f"bin_width={bin_width!r} makes {wanted:.3g} bins from {low!r} to {high!r}. Give a larger one, or n_bins."
        )
    places = np.floor((values - low) / bin_width + 0.5).astype(np.int64)
    return places, int(places.max()) + 1


def _clip_limits(clip: Any) -> tuple[float, float]:
    limits = np.asarray(clip, np.float64)
    if limits.shape != (2,) or not 0 < limits[0] <= limits[1]:
        raise ValueError(f"clip must be a pair of numbers above 0, ascending, but it is {clip!r}.")
    return float(limits[0]), float(limits[1])
