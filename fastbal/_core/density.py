"""How dense values lie along a line: a Gaussian kernel on a grid, and counts in bins, smoothed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft, signal

from fastbal._core.smoothing import standard_deviation

Floats = NDArray[np.float64]

# Grid points per bandwidth, at least; the grid's error is then below a thousandth of the density's maximum.
_POINTS_PER_WIDTH = 16
_FEWEST, _MOST = 1 << 10, 1 << 22


def scott_width(y: Floats) -> float:
    """The bandwidth by Scott's rule for one dimension: ``std · n ** (−1 / 5)``, std that of a sample (n − 1)."""
    n = len(y)
    return float(standard_deviation(y[:, None])[0] * np.sqrt(n / (n - 1)) * n**-0.2)


def gaussian_density(y: Floats, width: float) -> tuple[Floats, Floats]:
    """The Gaussian kernel density of values, at the points of an even grid that reaches 4 widths beyond them.

    Counts are shared linearly between the two nearest points of the grid, and convolved by FFT: O(n + m log m).

    Parameters
    ----------
    y : ndarray of shape (n,)
        Finite.
    width : float
        Standard deviation of the kernel, greater than 0.

    Returns
    -------
    grid, density : ndarray of shape (m,)

    Examples
    --------
    >>> import numpy as np
    >>> grid, density = gaussian_density(np.array([0.0, 0.0, 3.0]), 1.0)
    >>> round(float(np.interp(0.0, grid, density)), 3), round(float(density.sum() * (grid[1] - grid[0])), 3)
    (0.267, 1.0)
    """
    low, high = float(y.min()) - 4 * width, float(y.max()) + 4 * width
    spacing: float = max(min(width / _POINTS_PER_WIDTH, (high - low) / _FEWEST), (high - low) / _MOST)
    m = int((high - low) / spacing) + 2
    place = (y - low) / spacing
    left = np.minimum(place.astype(np.int64), m - 2)
    share = place - left
    counts = np.bincount(left, 1 - share, m) + np.bincount(left + 1, share, m)
    length = fft.next_fast_len(2 * m, real=True)
    frequency = 2 * np.pi * fft.rfftfreq(length, spacing)
    smooth = fft.irfft(fft.rfft(counts, length) * np.exp(-0.5 * (width * frequency) ** 2), length)[:m]
    grid: Floats = low + spacing * np.arange(m, dtype=np.float64)
    return grid, np.maximum(smooth, 0.0) / (len(y) * spacing)


def window(shape: str, size: int, width: float) -> Floats:
    """The weights of a bin's neighbours, the bin itself in the middle, of a smoothing kernel.

    Parameters
    ----------
    shape : {"gaussian", "triangular", "laplace"}
        ``exp(−x² / (2 width²))``, ``1 − |x| / (size // 2 + 1)`` or ``exp(−|x| / width)`` at x bins from the middle.
    size : int
        Bins, an odd number.
    width : float
        In bins; the triangle has no use for it.

    Examples
    --------
    >>> window("gaussian", 5, 2.0).round(3).tolist()
    [0.607, 0.882, 1.0, 0.882, 0.607]
    """
    x = abs(np.arange(size) - size // 2)
    if shape == "triangular":
        return np.asarray(1 - x / (size // 2 + 1))
    return np.asarray(np.exp(-0.5 * (x / width) ** 2) if shape == "gaussian" else np.exp(-x / width))


def smoothed(counts: Floats, kernel: Floats) -> Floats:
    """Counts in bins, each the mean of its neighbours' by a kernel's weights; beyond the ends there are no bins."""
    total = signal.convolve(counts, kernel, mode="same", method="direct")
    reached = signal.convolve(np.ones_like(counts), kernel, mode="same", method="direct")
    result: Floats = total / reached
    return result
