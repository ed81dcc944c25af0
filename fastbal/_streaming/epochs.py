"""The rows of every epoch of a sampler: which it keeps, and where new rows come from."""

from __future__ import annotations

import dataclasses
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
from fastbal._core.draws import Draws, Stream
from fastbal._core.making import Keyed
from fastbal._core.plan import Plan, growing
from fastbal._core.recipe import NewRows, Recipe, row_number_type
from fastbal._core.smoothing import kernel_widths
from fastbal._core.stream import DrawRecipe, RowSource, deal_steps
from fastbal._core.target import Codes, Target, encode
from fastbal._foreign import chosen_by
from fastbal._neighborhood import Neighborhood, capped
from fastbal._problem import draws_as, draws_recipe
from fastbal._sklearn import check_parameters, count_entries
from fastbal.over_sampling import (
    ADASYN,
    MWMOTE,
    SMOTE,
    SMOTENC,
    SVMSMOTE,
    BorderlineSMOTE,
    KMeansSMOTE,
    ProWSyn,
    RandomOverSampler,
)
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
        Says which rows an epoch has; see `RecipeStream`.
    sources : list of RowSource
        New rows to be drawn batch by batch.
    widths : mapping of class code to ndarray of shape (n_columns,)
        The noise to be added to new rows (smoothed bootstrap).
    """

    table: Table
    labels: Labels
    target: Target
    extra: ExtraArrays
    draw: DrawRecipe
    sources: list[RowSource] = field(default_factory=list)
    widths: Mapping[int, NDArray[Any]] = field(default_factory=dict)


def read_epochs(sampler: Any, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Epochs:
    """The rows of every epoch of a sampler; neighbours are searched here, once.

    Raises
    ------
    TypeError
        If the sampler cannot say which rows it keeps or makes.
    """
    if is_drawn := draws_recipe(sampler):
        check_parameters(sampler)
        table, labels, target, plan = sampler._read(X, y)
    else:
        table, labels = read_table(X), read_labels(y)
        target = encode(labels.values)
    extra = ExtraArrays(given_arrays(sample_weight, groups, {}), table.n_rows, type(sampler).__name__)
    read = functools.partial(Epochs, table, labels, target, extra)
    if not is_drawn:
        return read(functools.partial(_repeat, _chosen_by_another(sampler, X, y, table.n_rows), NewRows()))
    values = sampler._read_values(table)
    target = target._replace(groups=extra.groups)
    everything = functools.partial(_keep_all, len(target.codes))
    if draws_as(sampler, SMOTE) and sampler.reject is None:
        return read(everything, _segments(sampler, values, target, plan))
    if draws_as(sampler, RandomOverSampler):
        widths = {} if sampler.shrinkage is None else _widths(sampler, values.values, target, plan)
        return read(everything, _copies(target, plan), widths)
    if draws_as(sampler, RandomUnderSampler):
        return read(functools.partial(_choose_anew, sampler, target, plan))
    recipe, new = sampler._drawn(values, target, plan)
    if isinstance(recipe.making, Keyed):
        return read(functools.partial(_make_anew, recipe))
    if isinstance(sampler, _SMOTE_FAMILY) and getattr(sampler, "reject", None) is None:
        return read(functools.partial(_deal_anew, recipe, new, target.codes))
    return read(functools.partial(_repeat, recipe, new))


#: Their steps do not depend on which two rows they lead from and to.
_SMOTE_FAMILY = (ADASYN, BorderlineSMOTE, KMeansSMOTE, MWMOTE, ProWSyn, SMOTENC, SVMSMOTE)


def draws_by_labels(sampler: Any) -> bool:
    """Whether a sampler looks at the labels alone: it chooses or copies rows, whatever is in them."""
    if draws_as(sampler, RandomOverSampler):
        return sampler.shrinkage is None
    return draws_as(sampler, RandomUnderSampler)


def _chosen_by_another(sampler: Any, X: Any, y: Any, n_rows: int) -> Recipe:
    """The rows that a sampler of another library has chosen."""
    _, labels, *_ = sampler.fit_resample(X, y)
    rows = chosen_by(sampler, count_entries(labels))
    if rows is None:
        raise TypeError(
            f"'sampler' must be able to say which rows each batch consists of, but a {type(sampler).__name__} has "
            f"neither a recipe, as fastbal's samplers have, nor an attribute 'sample_indices_'. Take fastbal's sampler "
            f"of that name, or resample first and give the network what comes of it."
        )
    return Recipe(n_rows=n_rows, kept=rows)


def _segments(sampler: SMOTE, X: Any, target: Target, plan: Plan) -> list[RowSource]:
    """All neighbours of all rows of the classes that need rows, as SMOTE finds them."""
    wanted = growing(plan)
    neighborhood = Neighborhood("k_neighbors", capped(sampler.k_neighbors, target, wanted), target.groups)
    neighborhood.require_rows(target, list(wanted))
    row_type = row_number_type(len(target.codes))
    sources = []
    for code, n_new in wanted.items():
        rows = target.rows_of(code)
        nearest = neighborhood.among(X, rows, may_miss=sampler._may_miss)
        rows, neighbors = rows.astype(row_type), nearest(np.arange(len(rows)))
        sources.append(RowSource(code, n_new, rows, np.where(neighbors < 0, -1, rows[neighbors])))
    return sources


def _copies(target: Target, plan: Plan) -> list[RowSource]:
    row_type = row_number_type(len(target.codes))
    return [RowSource(code, n_new, target.rows_of(code).astype(row_type)) for code, n_new in plan.items()]


def _widths(sampler: RandomOverSampler, X: Any, target: Target, plan: Plan) -> dict[int, NDArray[Any]]:
    factors = sampler._shrinkage_per_label(target, plan) or {}
    n = len(target.codes)
    return {code: kernel_widths(X, target.rows_of(code), factors[target.labels[code]], n) for code in plan}


# Functions of a module, not of a function: what is sent to other processes must be found by name there.


def _keep_all(n_rows: int, rng: np.random.Generator) -> tuple[Recipe, NewRows]:
    return Recipe(n_rows=n_rows), NewRows()


def _repeat(recipe: Recipe, new: NewRows, rng: np.random.Generator) -> tuple[Recipe, NewRows]:
    return recipe, new


def _deal_anew(recipe: Recipe, new: NewRows, codes: Codes, rng: np.random.Generator) -> tuple[Recipe, NewRows]:
    return deal_steps(recipe, codes, rng), new


def _make_anew(recipe: Recipe, rng: np.random.Generator) -> tuple[Recipe, NewRows]:
    assert isinstance(recipe.making, Keyed)
    return dataclasses.replace(recipe, making=recipe.making.with_key(Stream(rng).key())), NewRows()


def _choose_anew(
    sampler: RandomUnderSampler, target: Target, plan: Plan, rng: np.random.Generator
) -> tuple[Recipe, NewRows]:
    rows = sampler._draw_recipe(None, target, plan, Draws(rng)).kept_rows()
    n_rows = len(target.codes)
    return Recipe(n_rows=n_rows, kept=rows.astype(row_number_type(n_rows), copy=False)), NewRows()
