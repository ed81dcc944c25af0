"""Every cut-off that tells rows apart, what it decides, and which one is best."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastbal._core.confusion import Codes, Confusion

Numbers = NDArray[np.float64]

# Samples of which the mean cut-off is taken: fewer of many rows, and none where fewer than a few would be left.
_MOST_SAMPLES, _FEWEST_SAMPLES, _MOST_ROWS_SAMPLED = 30, 5, 2_000_000
# Of more than twice as many cut-offs, about as many are tried in each sample.
_MOST_CUT_OFFS = 300
# As near as a cut-off comes to 0 and 1, of which the log-odds are infinite.
_TINY = 1e-9


class Curve(NamedTuple):
    """A measure over cut-offs.

    Attributes
    ----------
    cut_offs : ndarray of shape (n_cut_offs,)
        Ascending.
    scores : ndarray of shape (n_cut_offs,)
        The measure, if rows from the cut-off on are taken for the class; NaN where its condition is not met.
    n_right : ndarray of shape (n_cut_offs,)
        Weight of the rows that are right then.
    """

    cut_offs: Numbers
    scores: Numbers
    n_right: Numbers

    def best(self) -> int | None:
        """Position of the best cut-off: of equally good ones that with the fewest errors, then the lowest."""
        if np.isnan(self.scores).all():
            return None
        ties = np.flatnonzero(self.scores == np.nanmax(self.scores))
        return int(ties[self.n_right[ties].argmax()])


def cut_offs_between(score: Numbers) -> tuple[Numbers, NDArray[np.intp], NDArray[np.intp]]:
    """All cut-offs that tell scores apart.

    Parameters
    ----------
    score : ndarray of shape (n_rows,)
        Numbers; equal ones are never told apart.

    Returns
    -------
    cut_offs : ndarray of shape (n_distinct + 1,)
        Ascending: -inf, the middle between each two neighbouring scores, and inf.
    n_below : ndarray of shape (n_distinct + 1,)
        Number of rows below each cut-off.
    order : ndarray of shape (n_rows,)
        Row numbers by ascending score.
    """
    order = np.argsort(score, kind="stable")
    ascending = score[order]
    starts = np.flatnonzero(np.append(True, ascending[1:] > ascending[:-1]))
    distinct = ascending[starts]
    low, high = distinct[:-1], distinct[1:]
    with np.errstate(invalid="ignore", over="ignore"):
        middle = low + (high - low) / 2
    # Between neighbouring floating-point numbers, and below infinity, there is no middle.
    middle = np.where((middle > low) & (middle < high), middle, high)
    cut_offs = np.concatenate([[-np.inf], middle, [np.inf]])
    return cut_offs, np.append(starts, len(score)), order


def steady_cut_off(
    score: Numbers,
    true: Codes,
    best: float,
    measure: Callable[[Confusion], Any],
    sample_weight: Numbers | None = None,
    seed: int = 0,
) -> float:
    """The mean, by log-odds, of the best cut-offs of many samples of the rows.

    The best cut-off of a few rows is that of their accidents: a measure is nearly as good over a wide stretch, and the
    highest point of a rugged curve lies anywhere on it. Samples are Bayesian (Rubin 1981): each gives the rows other
    weights, drawn from an exponential distribution.

    Parameters
    ----------
    score : ndarray of shape (n_rows,)
        Probabilities of class 1.
    true : ndarray of shape (n_rows,)
        Classes, 0 or 1.
    best : float
        The best cut-off of the rows as they are.
    measure : callable
        Of confusion matrices of shape (n_cut_offs, 2, 2), the higher the better.
    sample_weight : ndarray of shape (n_rows,), default=None
    seed : int, default=0

    Returns
    -------
    float
        `best`, where everything or nothing is best, or where rows are so many that their accidents do not matter.
    """
    n_samples = min(_MOST_SAMPLES, _MOST_ROWS_SAMPLED // max(1, len(score)))
    low, high = float(score.min()), float(score.max())
    if n_samples < _FEWEST_SAMPLES or not low < best <= high:
        return best
    cut_offs, n_below, order = cut_offs_between(score)
    some = _spread_out(len(cut_offs))
    cut_offs, n_below = np.clip(cut_offs[some], max(low, _TINY), min(high, 1 - _TINY)), n_below[some]
    is_one = true[order] == 1
    given = 1.0 if sample_weight is None else sample_weight[order]
    rng = np.random.default_rng(seed)
    confusion = np.empty((len(some), 2, 2))
    found = []
    for _ in range(n_samples):
        weight = rng.exponential(size=len(score)) * given
        for code, part in enumerate((np.where(is_one, 0.0, weight), np.where(is_one, weight, 0.0))):
            below = np.append(0.0, part.cumsum())
            confusion[:, code, 0] = below[n_below]
            confusion[:, code, 1] = below[-1] - below[n_below]
        curve = Curve(cut_offs, np.asarray(measure(confusion)), np.trace(confusion, axis1=-2, axis2=-1))
        if (place := curve.best()) is not None:
            found.append(cut_offs[place])
    if not found:
        return best
    odds = np.log(found) - np.log1p(-np.array(found))
    return float(1 / (1 + np.exp(-odds.mean())))


def _spread_out(n: int) -> NDArray[np.intp]:
    """Some of n positions, closer to each other the nearer the end: where few rows lie above, each of them matters."""
    if n <= 2 * _MOST_CUT_OFFS:
        return np.arange(n)
    evenly = np.linspace(0, n - 1, _MOST_CUT_OFFS)
    from_the_end = n - np.geomspace(1, n, _MOST_CUT_OFFS)
    return np.unique(np.concatenate([evenly, from_the_end]).astype(np.intp))


def confusion_along(
    score: Numbers, true: Codes, otherwise: Codes, code: int, weight: Numbers | None, n_classes: int
) -> tuple[Numbers, Confusion]:
    """Confusion matrices at every cut-off: one sort, then running sums.

    Parameters
    ----------
    score : ndarray of shape (n_rows,)
        From the cut-off on, a row is taken for class `code`.
    true, otherwise : ndarray of shape (n_rows,)
        The class it belongs to, and the one, never `code`, that it is taken for below the cut-off.
    code : int
        A class.
    weight : ndarray of shape (n_rows,) or None
        Weights of the rows.
    n_classes : int
        Number of classes.

    Returns
    -------
    cut_offs : ndarray of shape (n_cut_offs,)
        Ascending, see `between`.
    confusion : ndarray of shape (n_cut_offs, n_classes, n_classes)
        Weights of rows by [true class, predicted class].
    """
    cut_offs, n_below, order = cut_offs_between(score)
    true, otherwise = true[order], otherwise[order]
    weight = np.ones(len(order)) if weight is None else weight[order]
    confusion = np.zeros((len(cut_offs), n_classes, n_classes))
    running = np.zeros(len(order) + 1)
    for truth in np.unique(true):
        of_class = np.where(true == truth, weight, 0.0)
        # Summed from the top, so that there is exactly nothing above all scores.
        running[:-1] = of_class[::-1].cumsum()[::-1]
        running[-1] = 0.0
        confusion[:, truth, code] = running[n_below]
        for other in np.unique(otherwise):
            running[0] = 0.0
            np.cumsum(np.where(otherwise == other, of_class, 0.0), out=running[1:])
            confusion[:, truth, other] = running[n_below]
    return cut_offs, confusion
