"""How much a value of the target matters, from 0 to 1: control points, and the monotone curve through them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastbal._core.medcouple import medcouple

Floats = NDArray[np.float64]

#: Which ends of the target are rare.
ENDS = {"both": (True, True), "low": (True, False), "high": (False, True)}


def hinges(ascending: Floats) -> tuple[float, float, float]:
    """Lower hinge, median and upper hinge: Tukey's, the medians of both halves, of which R draws box plots.

    With n values they are the ``floor((n + 3) / 2) / 2``-th from both ends; of a half, the mean of its neighbours.

    Examples
    --------
    >>> import numpy as np
    >>> hinges(np.arange(1.0, 11.0))
    (3.0, 5.5, 8.0)
    """
    n = len(ascending)
    depth = (n + 3) // 2 / 2
    places = np.array([depth, (n + 1) / 2, n + 1 - depth]) - 1
    low, high = ascending[np.floor(places).astype(int)], ascending[np.ceil(places).astype(int)]
    low_hinge, median, high_hinge = (low / 2 + high / 2).tolist()
    return low_hinge, median, high_hinge


def points_of_extremes(y: Floats, ends: tuple[bool, bool], coef: float) -> Floats:
    """Control points where relevance is 1 from the whiskers of a box plot on, if there is anything beyond them.

    Parameters
    ----------
    y : ndarray of shape (n_rows,)
        Finite.
    ends : pair of bool
        Whether low and high values may be relevant.
    coef : float
        How far whiskers reach, in distances between the hinges.

    Returns
    -------
    ndarray of shape (2 or 3, 3)
        Value, relevance and slope, ascending by value.

    Raises
    ------
    ValueError
        If the hinges are equal.
    """
    ascending = np.sort(y)
    low, median, high = hinges(ascending)
    _require_spread(low, high)
    with np.errstate(over="ignore"):
        first, last = low - coef * (high - low), high + coef * (high - low)
    start, stop = np.searchsorted(ascending, first, "left"), np.searchsorted(ascending, last, "right")
    least, greatest = ascending[0], ascending[-1]
    low_end = (ascending[start], 1.0) if ends[0] and start > 0 else (least, 0.0)
    high_end = (ascending[stop - 1], 1.0) if ends[1] and stop < len(y) else (greatest, 0.0)
    return _around(median, low_end, high_end)


def points_of_adjusted(y: Floats, ends: tuple[bool, bool], coef: float) -> Floats:
    """Control points where relevance is 1 at the fences of a box plot adjusted for skewness; else as above.

    With the medcouple M and the distance I between the hinges, the fences are ``coef · I · exp(−4 M)`` below the lower
    and ``coef · I · exp(3 M)`` above the upper hinge; for negative M, 3 and 4 change places.
    """
    ascending = np.sort(y)
    low, median, high = hinges(ascending)
    _require_spread(low, high)
    skewness = medcouple(ascending)
    down, up = (-4.0, 3.0) if skewness >= 0 else (-3.0, 4.0)
    with np.errstate(over="ignore"):
        reach = coef * (high - low)
        fences = np.clip([low - reach * np.exp(down * skewness), high + reach * np.exp(up * skewness)], -_MOST, _MOST)
    low_end = (fences[0], 1.0) if ends[0] else (ascending[0], 0.0)
    high_end = (fences[1], 1.0) if ends[1] else (ascending[-1], 0.0)
    return _around(median, low_end, high_end)


_MOST = float(np.finfo(np.float64).max)


def _require_spread(low: float, high: float) -> None:
    if not high > low:
        raise ValueError(
            f"The middle half of y is the single value {low!r}, so a box plot tells nothing of what is rare. Give "
            f"Relevance control points: method='points', points=[(value, relevance), ...]; or method='density'."
        )


def _around(median: float, low_end: tuple[float, float], high_end: tuple[float, float]) -> Floats:
    """The median is of no relevance; an end that is no farther than it says nothing."""
    points = [(median, 0.0)]
    if low_end[0] < median:
        points.insert(0, low_end)
    if high_end[0] > median:
        points.append(high_end)
    return np.array([(value, relevance, 0.0) for value, relevance in points])


def points_given(points: object) -> Floats:
    """Control points of a user's, checked, with slopes.

    Parameters
    ----------
    points : array-like of shape (n_points, 2) or (n_points, 3)
        Value, relevance and, maybe, slope. Without: 0 at both ends, elsewhere the mean of the slopes on both sides.
    """
    given = np.array(points, np.float64)
    if given.ndim != 2 or given.shape[1] not in (2, 3) or len(given) < 2:
        raise ValueError(
            f"points must be two or more rows of (value, relevance) or (value, relevance, slope), but its shape is "
            f"{given.shape}."
        )
    if not np.isfinite(given).all():
        raise ValueError("points must be finite numbers, but NaN or infinity is among them.")
    given = given[np.argsort(given[:, 0], kind="stable")]
    if (given[1:, 0] == given[:-1, 0]).any():
        twice = float(given[1:, 0][given[1:, 0] == given[:-1, 0]][0])
        raise ValueError(f"points must give each value one relevance, but {twice!r} occurs twice.")
    if ((given[:, 1] < 0) | (given[:, 1] > 1)).any():
        raise ValueError("points must give each value a relevance from 0 to 1; the second column is the relevance.")
    if given.shape[1] == 3:
        return given
    slopes = np.zeros(len(given))
    secants = np.diff(given[:, 1]) / np.diff(given[:, 0])
    slopes[1:-1] = (secants[:-1] + secants[1:]) / 2
    return np.column_stack([given, slopes])


def monotone_slopes(points: Floats) -> Floats:
    """The points with slopes such that the curve rises or falls throughout between any two of them.

    Fritsch and Carlson (1980), section 4: with both slopes in units of the secant, α and β, points outside the region
    where the cubic is monotone are drawn to the circle of radius 3. Where it turns at a point, it is level there.
    """
    value, relevance, slope = points.T.copy()
    rises = np.sign(np.diff(relevance))
    slope[1:-1][rises[1:] != rises[:-1]] = 0.0
    for k in range(len(value) - 1):
        secant = (relevance[k + 1] - relevance[k]) / (value[k + 1] - value[k])
        if secant == 0:
            slope[k] = slope[k + 1] = 0.0
            continue
        a, b = abs(slope[k] / secant), abs(slope[k + 1] / secant)
        first, second = 2 * a + b - 3, a + 2 * b - 3
        if first > 0 and second > 0 and a * (first + second) < first**2:
            shrink = 3 / np.hypot(a, b)
            a, b = shrink * a, shrink * b
        slope[k], slope[k + 1] = a * secant, b * secant
    return np.column_stack([value, relevance, slope])


def relevance_at(points: Floats, y: Floats) -> Floats:
    """The relevance of each value: cubic Hermite between control points, straight beyond them, within 0 and 1.

    Parameters
    ----------
    points : ndarray of shape (n_points, 3)
        Value, relevance and slope, ascending by value, slopes monotone.
    y : ndarray
        Any shape.

    Examples
    --------
    >>> import numpy as np
    >>> relevance_at(np.array([[0.0, 0.0, 0.0], [10.0, 1.0, 0.0]]), np.array([-1.0, 5.0, 7.5, 20.0])).tolist()
    [0.0, 0.5, 0.84375, 1.0]
    """
    value, relevance, slope = points.T
    if len(points) == 1:
        return np.full(y.shape, relevance[0])
    half = np.diff(value / 2)  # halves: the whole may be beyond the largest number
    k = np.clip(np.searchsorted(value, y, "right") - 1, 0, len(value) - 2)
    with np.errstate(over="ignore", invalid="ignore"):
        s = (y / 2 - value[k] / 2) / half[k]
        start, end = 2 * half * slope[:-1], 2 * half * slope[1:]
        inside = np.clip(s, 0.0, 1.0)
        rest = 1 - inside
        rise = np.diff(relevance)[k]
        curve = relevance[k] + rise * inside**2 * (1 + 2 * rest)
        if slope.any():
            curve += inside * rest * (rest * start[k] - inside * end[k])
        if slope[0]:
            curve += np.where(s < 0, s * start[0], 0.0)
        if slope[-1]:
            curve += np.where(s > 1, (s - 1) * end[-1], 0.0)
    result: Floats = np.clip(curve, 0.0, 1.0)
    return result
