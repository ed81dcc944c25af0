"""What over-samplers share: how many rows may be asked for."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np

from fastbal._core.draws import Draws
from fastbal._core.plan import OVER, Plan
from fastbal._core.recipe import NewRows, Recipe
from fastbal._core.target import Target
from fastbal._neighborhood import USUAL, Neighborhood
from fastbal._sklearn import Interval, StrOptions, Tags
from fastbal.base import BaseSampler
from fastbal.over_sampling._reject import without_foreign

__all__ = ["BaseOverSampler", "DenseMixin", "MissingMixin", "RejectMixin"]


class MissingMixin:
    """For samplers that take missing numbers, if asked to.

    Distances are then over the columns that both rows have, scaled up to all (scikit-learn's
    `nan_euclidean_distances`). A new number lies between those of its parents; where a parent has none, it is that of
    the nearer parent: so it is missing as often as the parents' are.
    """

    missing: str
    _missing_constraints: ClassVar[dict[str, Any]] = {"missing": [StrOptions({"error", "keep"})]}

    @property
    def _may_miss(self) -> bool:
        return self.missing == "keep"

    def __sklearn_tags__(self) -> Tags:
        tags: Tags = super().__sklearn_tags__()  # type: ignore[misc]
        tags.input_tags.allow_nan = self._may_miss
        return tags


class DenseMixin:
    """For samplers whose new rows would have a number in nearly every column of a sparse table."""

    @property
    def _may_be_sparse(self) -> bool:
        return False

    def __sklearn_tags__(self) -> Tags:
        tags: Tags = super().__sklearn_tags__()  # type: ignore[misc]
        tags.input_tags.sparse = self._may_be_sparse
        return tags


class RejectMixin:
    """For samplers that can draw new rows again where these lie among other classes (Lee, Kim and Lee 2015).

    A new row is judged by its nearest rows of the table: as many as the sampler's neighbours in the class, or 5.
    """

    reject: float | None
    _reject_constraints: ClassVar[dict[str, Any]] = {"reject": [Interval(Real, 0, 1, closed="right"), None]}

    def _drawn(self, X: Any, target: Target, plan: Plan) -> tuple[Recipe, NewRows]:
        recipe, new = super()._drawn(X, target, plan)  # type: ignore[misc]
        if self.reject is None or not recipe.n_new:
            return recipe, new
        found = dict(vars(self))  # what the sampler tells of the table, which a part of the plan would not

        def draw(part: Plan, draws: Draws) -> Recipe:
            more: Recipe = self._draw_recipe(X, target, part, draws)  # type: ignore[attr-defined]
            return more

        neighbors = getattr(self, "k_neighbors", USUAL)
        judge = Neighborhood("k_neighbors", neighbors if isinstance(neighbors, Integral) else USUAL)
        key = self._draws().stream().key()  # type: ignore[attr-defined]
        may_miss = self._may_miss  # type: ignore[attr-defined]
        settled = without_foreign(X, recipe, target, draw, judge, float(self.reject), key, may_miss=may_miss)
        vars(self).update(found)
        return settled, NewRows()


class BaseOverSampler(BaseSampler):
    """Base class of the over-samplers.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        How many rows of each class; see `RandomOverSampler`.
    """

    _sampling_type = OVER
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "sampling_strategy": [Real, str, Mapping, callable],  # what they may say is for the plan to check
        "random_state": ["random_state", np.random.Generator],
    }
