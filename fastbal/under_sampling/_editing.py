"""What all ways of editing share: the neighbours, and how they vote."""

from __future__ import annotations

from numbers import Integral
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from fastbal._core.editing import agree
from fastbal._core.recipe import Rows
from fastbal._core.segments import Nearest
from fastbal._core.target import Target
from fastbal._neighborhood import Neighborhood, Searchable
from fastbal._progress import show_progress
from fastbal._sklearn import HasMethods, Interval, StrOptions
from fastbal.base import SelectionMixin
from fastbal.under_sampling.base import BaseCleaningSampler


class Editing(SelectionMixin):
    """How many neighbours vote on a row, and how."""

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseCleaningSampler._parameter_constraints,
        "n_neighbors": [Interval(Integral, 1, None, closed="left"), HasMethods(["kneighbors"])],
        "kind_sel": [StrOptions({"all", "mode"})],
        "n_jobs": [Integral, None],
    }

    sampling_strategy: Any
    n_neighbors: Any
    kind_sel: Literal["all", "mode"]
    n_jobs: int | None

    def _neighborhood(self, target: Target) -> Neighborhood:
        neighborhood = Neighborhood("n_neighbors", self.n_neighbors)
        neighborhood.require_rows_in_all(target)
        self.nn_ = neighborhood.estimator
        return neighborhood


def agree_with_neighbors(
    neighborhood: Neighborhood, pool: Searchable, nearest: Nearest, target: Target, rows: Rows, kind: str
) -> NDArray[np.bool_]:
    """As `agree`, of the neighbours that each of some rows has among all; most rows need no search for that.

    Parameters
    ----------
    neighborhood : Neighborhood
        How many neighbours.
    pool : Searchable
        All rows.
    nearest : callable
        The search among them.
    target : Target
        The class of each row.
    rows : ndarray of shape (n,), int64
        Row numbers, ascending.
    kind : {"all", "mode"}
        Whether all neighbours must be of a row's class, or most.
    """
    codes, k = target.codes[rows], neighborhood.k
    nth = 1 if kind == "all" else (k + 1) // 2  # so many of other classes may change a vote
    is_clear, within = np.zeros(len(rows), np.bool_), np.full(len(rows), np.inf)
    with show_progress("looking around") as progress:
        for code in np.unique(codes) if neighborhood.is_number else ():
            places = np.flatnonzero(codes == code)
            seen = pool.index.look_around(rows[places], np.flatnonzero(target.codes != code), k, nth, progress)
            if seen is not None:
                is_clear[places], within[places] = seen
    rest = np.flatnonzero(~is_clear)
    if np.isfinite(within).any():
        with show_progress("searching neighbours") as progress:
            # Of two neighbours, one of another class may make a tie, which the label of the second decides.
            found = pool.index.neighbors_told(rows[rest], k, within[rest], kind == "all", progress)
        labels = np.where(found >= 0, target.codes[found], -1)  # nearer than what is not found is another class
    else:
        labels = target.codes[nearest(rows[rest])]
    is_clear[rest] = agree(labels, codes[rest], kind)
    return is_clear
