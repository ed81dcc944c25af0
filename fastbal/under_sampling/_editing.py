"""What all ways of editing share: the neighbours, and how they vote."""

from __future__ import annotations

from numbers import Integral
from typing import Any, ClassVar

from fastbal._core.target import Target
from fastbal._neighborhood import Neighborhood
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
    kind_sel: str
    n_jobs: int | None

    def _neighborhood(self, target: Target) -> Neighborhood:
        neighborhood = Neighborhood("n_neighbors", self.n_neighbors)
        neighborhood.require_rows_in_all(target)
        self.nn_ = neighborhood.estimator
        return neighborhood
