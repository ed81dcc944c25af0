"""What every epoch of a sampler consists of: which rows it keeps, and where its new rows come from."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastbal._containers.beside import ExtraArrays, given_arrays
from fastbal._containers.labels import Labels
from fastbal._containers.read import read_labels, read_table
from fastbal._containers.table import Table
from fastbal._core.draws import Draws
from fastbal._core.plan import Plan
from fastbal._core.recipe import NewRows, Recipe, row_number_type
from fastbal._core.smoothing import kernel_widths
from fastbal._core.stream import DrawRecipe, Source, deal_steps
from fastbal._core.target import Codes, Target, encode
from fastbal._neighborhood import Neighborhood
from fastbal._sklearn import check_parameters
from fastbal.base import BaseSampler
from fastbal.combine.base import BaseCombination
from fastbal.over_sampling import ADASYN, SMOTE, SMOTENC, SVMSMOTE, BorderlineSMOTE, KMeansSMOTE, RandomOverSampler
from fastbal.under_sampling import RandomUnderSampler


@dataclass(frozen=True, eq=False)
class Epochs:
    """What every epoch consists of.

    Parameters
    ----------
    table, labels, target : Table, Labels, Target
        The caller's table, its labels, and the class of each row.
    extra : ExtraArrays
        The caller's weights, if there are any.
    draw : callable
        Says which rows an epoch consists of; see `RecipeStream`.
    sources : list of Source
        New rows to be drawn batch by batch.
    widths : mapping of class code to ndarray of shape (n_columns,)
        The noise to be added to new rows (smoothed bootstrap).
    """

    table: Table
    labels: Labels
    target: Target
    extra: ExtraArrays
    draw: DrawRecipe
    sources: list[Source] = field(default_factory=list)
    widths: Mapping[int, NDArray[Any]] = field(default_factory=dict)


def read_epochs(sampler: Any, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Epochs:
    """What every epoch of a sampler consists of; neighbours are searched here, once.

    Raises
    ------
    TypeError
        If the sampler cannot say which rows it keeps or makes.
    """
    draws_recipes = _draws_recipes(sampler)
    if draws_recipes:
        check_parameters(sampler)
        table, labels, target, plan = sampler._read(X, y)
    else:
        table, labels = read_table(X), read_labels(y)
        target = encode(labels.values)
    extra = ExtraArrays(given_arrays(sample_weight, groups, {}), table.n_rows, type(sampler).__name__)
    read = functools.partial(Epochs, table, labels, target, extra)
    if not draws_recipes:
        return read(functools.partial(_repeat, _chosen_by_another(sampler, X, y, table.n_rows), NewRows()))
    values = sampler._read_values(table)
    target = target._replace(groups=extra.groups)
    everything = functools.partial(_keep_all, len(target.codes))
    if _is(sampler, SMOTE):
        return read(everything, _segments(sampler, values, target, plan))
    if _is(sampler, RandomOverSampler):
        widths = {} if sampler.shrinkage is None else _widths(sampler, values.values, target, plan)
        return read(everything, _copies(target, plan), widths)
    if _is(sampler, RandomUnderSampler):
        return read(functools.partial(_choose_anew, sampler, target, plan))
    recipe, new = sampler._drawn(values, target, plan)
    if isinstance(sampler, _SMOTE_FAMILY):
        return read(functools.partial(_deal_anew, recipe, new, target.codes))
    return read(functools.partial(_repeat, recipe, new))


#: Their steps do not depend on which two rows they lead from and to.
_SMOTE_FAMILY = (ADASYN, BorderlineSMOTE, KMeansSMOTE, SMOTENC, SVMSMOTE)


def _draws_recipes(sampler: Any) -> bool:
    if isinstance(sampler, BaseCombination):
        return sampler._draw_as_one()
    kind = type(sampler)
    return (
        isinstance(sampler, BaseSampler)
        and kind._draw_recipe is not BaseSampler._draw_recipe
        and kind._fit_resample is BaseSampler._fit_resample
    )


def _is(sampler: Any, kind: type[BaseSampler]) -> bool:
    """Whether a sampler draws as this kind does; a subclass may not."""
    return isinstance(sampler, kind) and type(sampler)._draw_recipe is kind._draw_recipe


def _chosen_by_another(sampler: Any, X: Any, y: Any, n_rows: int) -> Recipe:
    """The rows that a sampler from elsewhere has chosen, if it says which."""
    sampler.fit_resample(X, y)
    if not hasattr(sampler, "sample_indices_"):
        raise TypeError(
            f"'sampler' must be able to say which rows each batch consists of, but a {type(sampler).__name__} has "
            f"neither a recipe, as fastbal's samplers have, nor an attribute 'sample_indices_'. Take fastbal's sampler "
            f"of that name, or resample first and give the network what comes of it."
        )
    return Recipe(n_rows=n_rows, kept=np.asarray(sampler.sample_indices_))


def _segments(sampler: SMOTE, X: Any, target: Target, plan: Plan) -> list[Source]:
    """All neighbours of all rows of the classes that need rows, as SMOTE finds them."""
    wanted = {code: n_new for code, n_new in plan.items() if n_new}
    neighborhood = Neighborhood("k_neighbors", sampler.k_neighbors, target.groups)
    neighborhood.require_rows(target, list(wanted))
    row_type = row_number_type(len(target.codes))
    sources = []
    for code, n_new in wanted.items():
        rows = target.rows_of(code)
        nearest = neighborhood.among(X, rows, may_miss=sampler._may_miss)
        rows, neighbors = rows.astype(row_type), nearest(np.arange(len(rows)))
        sources.append(Source(code, n_new, rows, np.where(neighbors < 0, -1, rows[neighbors])))
    return sources


def _copies(target: Target, plan: Plan) -> list[Source]:
    row_type = row_number_type(len(target.codes))
    return [Source(code, n_new, target.rows_of(code).astype(row_type)) for code, n_new in plan.items()]


def _widths(sampler: RandomOverSampler, X: Any, target: Target, plan: Plan) -> dict[int, NDArray[Any]]:
    factors = sampler._shrinkage_per_label(target, plan) or {}
    return {code: kernel_widths(X, target.rows_of(code), factors[target.labels[code]]) for code in plan}


# Functions of a module, not of a function: what is sent to other processes must be found by name there.


def _keep_all(n_rows: int, rng: np.random.Generator) -> tuple[Recipe, NewRows]:
    return Recipe(n_rows=n_rows), NewRows()


def _repeat(recipe: Recipe, new: NewRows, rng: np.random.Generator) -> tuple[Recipe, NewRows]:
    return recipe, new


def _deal_anew(recipe: Recipe, new: NewRows, codes: Codes, rng: np.random.Generator) -> tuple[Recipe, NewRows]:
    return deal_steps(recipe, codes, rng), new


def _choose_anew(
    sampler: RandomUnderSampler, target: Target, plan: Plan, rng: np.random.Generator
) -> tuple[Recipe, NewRows]:
    rows = sampler._draw_recipe(None, target, plan, Draws(rng)).kept_rows()
    n_rows = len(target.codes)
    return Recipe(n_rows=n_rows, kept=rows.astype(row_number_type(n_rows), copy=False)), NewRows()
