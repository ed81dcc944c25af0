"""A picture of how much each value of a target matters, over how often it occurs."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np

from fastbal._sklearn import HasMethods, check_arguments
from fastbal.regression._relevance import Relevance, fitted_relevance, measured_values
from fastbal.regression._scores import is_fitted

_N_POINTS = 512


@check_arguments(
    {"y": ["array-like"], "relevance": [callable, None], "threshold": [Real, None], "ax": [HasMethods(["twinx"]), None]}
)
def plot_relevance(y: Any, relevance: Any = None, *, threshold: float | None = 0.5, ax: Any = None) -> Any:
    """Draw the relevance function over the histogram of a target.

    Parameters
    ----------
    y : array-like of shape (n_rows,)
        The target.
    relevance : Relevance, callable or None, default=None
        How much each value matters. An unfitted `Relevance`, or None for ``Relevance()``, is fitted to y.
    threshold : float or None, default=0.5
        Where samplers divide rare values from others: a line, and rare stretches shaded. None for neither.
    ax : matplotlib Axes, default=None
        Where to draw; None for axes of a new figure.

    Returns
    -------
    matplotlib Axes
        The histogram's; relevance has axes of its own on the right, ``figure.axes[-1]``.

    Raises
    ------
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> import pytest
    >>> pyplot = pytest.importorskip("matplotlib.pyplot")
    >>> pyplot.switch_backend("agg")
    >>> import numpy as np
    >>> from fastbal.regression import Relevance, plot_relevance
    >>> y = np.random.default_rng(0).exponential(size=1000)
    >>> axes = plot_relevance(y, Relevance(extremes="high"))
    >>> axes.figure.axes[-1].get_ylabel()
    'relevance'
    >>> pyplot.close(axes.figure)
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        raise ImportError("plot_relevance draws with matplotlib: pip install 'fastbal[plots]'.") from None
    values = measured_values(y, "plot_relevance")
    if not (isinstance(relevance, Relevance) and is_fitted(relevance)):
        relevance = fitted_relevance(relevance, values)
    if ax is None:
        ax = plt.subplots(layout="constrained")[1]
    ax.hist(values, bins=min(100, max(10, int(np.sqrt(len(values))))), color="0.75")
    ax.set(xlabel="y", ylabel="rows")
    grid = np.linspace(values.min(), values.max(), _N_POINTS)
    curve = np.asarray(relevance(grid))
    right = ax.twinx()
    right.plot(grid, curve, color="C3")
    right.set(ylabel="relevance", ylim=(-0.02, 1.05))
    points = getattr(relevance, "points_", np.empty((0, 3)))
    inside = points[(points[:, 0] >= grid[0]) & (points[:, 0] <= grid[-1])]
    right.plot(inside[:, 0], inside[:, 1], "o", color="C3", markersize=4)
    if threshold is not None:
        right.axhline(threshold, color="C3", linewidth=0.8, linestyle=":")
        right.fill_between(grid, 0, 1, where=curve >= threshold, color="C3", alpha=0.1, linewidth=0)
    return ax
