"""How much each value of a continuous target matters: 0 where it is common, 1 where it is rare or extreme."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Real
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from fastbal._containers.read import read_labels
from fastbal._core.density import gaussian_density, scott_width
from fastbal._core.relevance import (
    ENDS,
    monotone_slopes,
    points_given,
    points_of_adjusted,
    points_of_extremes,
    relevance_at,
)
from fastbal._sklearn import DocumentedHere, Interval, StrOptions, check_parameters
from fastbal.regression._measurements import Measurements

Floats = NDArray[np.float64]

_BY_BOX_PLOT = {"extremes": points_of_extremes, "adjusted": points_of_adjusted}


class Relevance(DocumentedHere, BaseEstimator):
    """How much each value of a target matters, from 0 to 1 (Torgo and Ribeiro 2007).

    The relevance function goes through control points, and rises or falls throughout between any two of them (piecewise
    cubic Hermite, Fritsch and Carlson 1980). By default the points are those of a box plot: common values around the
    median do not matter, outliers do.

    Parameters
    ----------
    method : {"extremes", "adjusted", "points", "density"}, default="extremes"
        Where control points come from.

        - "extremes": 0 at the median, 1 from the whiskers of a box plot on; an end without outliers has none;
        - "adjusted": 0 at the median, 1 from the fences of a box plot adjusted for skewness on, whether or not there
          are values beyond them (Hubert and Vandervieren 2008);
        - "points": `points`;
        - "density": no points; 1 where values are least dense, 0 where they are most dense, by a Gaussian kernel.

    extremes : {"both", "low", "high"}, default="both"
        Which ends matter; of the two box plots only.
    coef : float, default=1.5
        How far whiskers or fences reach, in distances between the hinges; of the two box plots only.
    points : array-like of shape (n_points, 2) or (n_points, 3), default=None
        Value, relevance from 0 to 1 and, maybe, slope. Slopes left out are 0 at both ends and elsewhere the mean of the
        slopes on both sides; slopes with which the curve would turn between points are lowered, and where it turns at a
        point, its slope is 0. Of "points" only.
    bandwidth : float or None, default=None
        Standard deviation of the kernel, in units of y; None for Scott's rule. Of "density" only.

    Attributes
    ----------
    points_ : ndarray of shape (n_points, 3), float64
        Value, relevance and slope, ascending by value; not of "density".
    bandwidth_ : float
        Of "density" only.

    References
    ----------
    Torgo, Ribeiro: Utility-based regression. PKDD 2007, 597-604. Ribeiro, Moniz: Imbalanced regression and extreme
    value prediction. Machine Learning 109 (2020), 1803-1835. Fritsch, Carlson: Monotone piecewise cubic interpolation.
    SIAM J. Numer. Anal. 17 (1980), 238-246. Hubert, Vandervieren: An adjusted boxplot for skewed distributions.
    Computational Statistics and Data Analysis 52 (2008), 5186-5201.

    Examples
    --------
    >>> import numpy as np
    >>> from fastbal.regression import Relevance
    >>> y = np.array([1.0, 2.0, 2.0, 3.0, 3.0, 3.0, 4.0, 4.0, 5.0, 20.0])
    >>> relevance = Relevance().fit(y)
    >>> relevance.points_.tolist()
    [[1.0, 0.0, 0.0], [3.0, 0.0, 0.0], [5.0, 1.0, 0.0]]
    >>> relevance([3.0, 4.0, 5.0, 20.0]).tolist()
    [0.0, 0.5, 1.0, 1.0]
    >>> Relevance("points", points=[(0, 1), (10, 0)]).fit(y)([5.0]).tolist()
    [0.5]
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "method": [StrOptions({"extremes", "adjusted", "points", "density"})],
        "extremes": [StrOptions(set(ENDS))],
        "coef": [Interval(Real, 0, None, closed="left")],
        "points": ["array-like", None],
        "bandwidth": [Interval(Real, 0, None, closed="neither"), None],
    }

    def __init__(
        self,
        method: Literal["adjusted", "density", "extremes", "points"] = "extremes",
        *,
        extremes: Literal["both", "high", "low"] = "both",
        coef: float = 1.5,
        points: Any = None,
        bandwidth: float | None = None,
    ) -> None:
        self.method = method
        self.extremes = extremes
        self.coef = coef
        self.points = points
        self.bandwidth = bandwidth

    def fit(self, y: Any) -> Self:
        """Find the control points, or the density, of a target.

        Parameters
        ----------
        y : array-like of shape (n_rows,)
            The target: finite numbers.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If y holds anything but finite numbers, if the middle half of y is a single value (box plots), if all of y
            is ("density"), or if `points` are missing or no function.
        """
        check_parameters(self)
        values = measured_values(y, "Relevance")
        for fitted in ("points_", "bandwidth_", "_density"):
            self.__dict__.pop(fitted, None)
        if self.method == "density":
            self._fit_density(values)
            return self
        if self.method == "points":
            if self.points is None:
                raise ValueError("method='points' needs points: rows of (value, relevance), such as [(0, 0), (10, 1)].")
            points = points_given(self.points)
        else:
            points = _BY_BOX_PLOT[self.method](values, ENDS[self.extremes], self.coef)
        self.points_ = monotone_slopes(points)
        return self

    def _fit_density(self, values: Floats) -> None:
        if values.min() == values.max():
            raise ValueError(
                f"y is the single value {values[0].item()!r} throughout, so none is rarer than others. Give Relevance "
                f"control points: method='points', points=[(value, relevance), ...]."
            )
        self.bandwidth_ = scott_width(values) if self.bandwidth is None else float(self.bandwidth)
        self._start = float(values.min())
        units = self._in_bandwidths(values)
        if not np.isfinite(units).all():
            raise ValueError(
                f"bandwidth={self.bandwidth!r} is too small for values from {values.min()} to {values.max()}."
            )
        grid, density = gaussian_density(units, 1.0)
        seen = np.interp(units, grid, density)
        least, most = seen.min(), seen.max()
        if not most > least:
            raise ValueError("All values of y are equally dense, so none is rare. Lower bandwidth.")
        self._density = grid, np.clip((most - density) / (most - least), 0.0, 1.0)

    def _in_bandwidths(self, values: Floats) -> Floats:
        """How many bandwidths values are above the least one of `fit`: numbers of a size that suits a grid."""
        with np.errstate(over="ignore"):
            return (values / 2 - self._start / 2) / (self.bandwidth_ / 2)

    def __call__(self, y: Any) -> Floats:
        """The relevance of values.

        Parameters
        ----------
        y : array-like of shape (n_values,)
            Finite numbers; need not be those of `fit`.

        Returns
        -------
        ndarray of shape (n_values,), float64
            From 0 to 1.
        """
        check_is_fitted(self)
        values = measured_values(y, "Relevance")
        if hasattr(self, "_density"):
            grid, relevance = self._density
            return np.asarray(np.interp(self._in_bandwidths(values), grid, relevance, left=1.0, right=1.0))
        return relevance_at(self.points_, values)


def measured_values(y: Any, reader: str) -> Floats:
    """Whatever holds a target, as finite float64."""
    return Measurements(read_labels(y), reader).floats


def fitted_relevance(relevance: Any, values: Floats) -> Callable[[Any], Any]:
    """The relevance function that a parameter means: a `Relevance` is fitted to the target, others are as they are."""
    if relevance is None:
        relevance = Relevance()
    return clone(relevance).fit(values) if isinstance(relevance, Relevance) else relevance  # type: ignore[no-any-return]


def relevance_of_rows(relevance: Callable[[Any], Any], values: Floats) -> Floats:
    """What a relevance function says of each value, checked: a user may have written it."""
    try:
        answer = np.asarray(relevance(values), np.float64)
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"relevance must be a Relevance, such as Relevance(), or a function of y that returns a number from 0 to 1 "
            f"for each value, but asked about {len(values)} values it fails: {error}"
        ) from error
    if answer.shape != values.shape or not ((answer >= 0) & (answer <= 1)).all():
        raise ValueError(
            f"A relevance function must return a number from 0 to 1 for each value of y. For {len(values)} values it "
            f"returned an array of shape {answer.shape}"
            + (f" from {answer.min()} to {answer.max()}." if answer.size else ".")
        )
    return answer
