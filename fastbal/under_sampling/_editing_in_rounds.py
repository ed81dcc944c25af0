"""Editing in rounds, on what the round before has left."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastbal._core.editing import agree, class_by_class, rows_of_classes
from fastbal._core.plan import CLEAN, make_plan
from fastbal._core.recipe import Recipe
from fastbal._core.rows import rows_as_floats
from fastbal._core.target import Target
from fastbal._neighborhood import Neighborhood
from fastbal._progress import show_progress
from fastbal.under_sampling._edited_nearest_neighbours import EditedNearestNeighbours
from fastbal.under_sampling._editing import Editing

#: Called with row numbers, a mask of the rows left, and k: row numbers of the k nearest rows that are left.
NearestLeft = Callable[[NDArray[np.int64], NDArray[np.bool_], int], NDArray[np.int64]]


class EditingInRounds(Editing):
    """The rounds, and the search among what is left."""

    def _edit(
        self, X: Any, target: Target, ks: list[int], *, may_undercut: bool, until_stable: bool
    ) -> tuple[Recipe, int]:
        """A round for each k, each on the classes to clean among the rows left; the recipe, and the rounds done."""
        nearest_left = self._nearest_left(X, max(ks))
        is_left = np.ones(len(target.codes), np.bool_)
        smallest = target.smallest
        n_rounds = 0
        for k in ks:
            left = np.flatnonzero(is_left)
            if len(left) <= k:
                break  # no row has k others any more
            codes = target.codes[left]
            now = target._replace(codes=codes, counts=np.bincount(codes, minlength=len(target.classes)))
            rows = left[rows_of_classes(now, make_plan(self.sampling_strategy, now, CLEAN))]
            neighbors = nearest_left(rows, is_left, k)
            is_removed = ~agree(target.codes[neighbors], target.codes[rows], self.kind_sel)
            is_left[rows[is_removed]] = False
            n_rounds += 1
            counts = now.counts - np.bincount(target.codes[rows[is_removed]], minlength=len(target.classes))
            undercut = not may_undercut and (np.delete(counts, smallest) < target.counts[smallest]).any()
            if undercut or (counts == 0).any() or (until_stable and not is_removed.any()):
                break
        return Recipe(n_rows=len(target.codes), kept=class_by_class(target, np.flatnonzero(is_left))), n_rounds

    def _nearest_left(self, X: Any, k: int) -> NearestLeft:
        if isinstance(self.n_neighbors, Integral):
            from fastbal._core.shrinking import ShrinkingSearch  # here, so that random sampling loads no compiler

            search = ShrinkingSearch(rows_as_floats(X), k)

            def nearest(rows: NDArray[np.int64], is_left: NDArray[np.bool_], k: int) -> NDArray[np.int64]:
                with show_progress("searching neighbours") as progress:
                    return search.nearest(rows, is_left, k, progress)

            return nearest

        def asked(rows: NDArray[np.int64], is_left: NDArray[np.bool_], k: int) -> NDArray[np.int64]:
            """The user's search, fitted to what is left."""
            left = np.flatnonzero(is_left)
            neighborhood = Neighborhood("n_neighbors", self.n_neighbors)
            neighborhood.estimator.n_neighbors = min(neighborhood.estimator.n_neighbors, len(left))
            return left[neighborhood.among(X, left)((np.cumsum(is_left) - 1)[rows])[:, :k]]

        return asked

    def _round(self, k: Any) -> EditedNearestNeighbours:
        return EditedNearestNeighbours(
            sampling_strategy=self.sampling_strategy, n_neighbors=k, kind_sel=self.kind_sel, n_jobs=self.n_jobs
        )
