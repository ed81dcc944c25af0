"""Arrays beside a table, resampled along with it: weights, groups, and anything else with an entry for each row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastbal._containers.read import read_column
from fastbal._containers.table import Column
from fastbal._core.categories import is_missing
from fastbal._core.recipe import NewRows, Recipe
from fastbal._core.refusals import explained
from fastbal._core.rows import write_rows

Array = NDArray[Any]

# What is more than carried along: weights are interpolated, and groups keep new rows within them.
WEIGHTS, GROUPS = "sample_weight", "groups"


class ExtraArrays:
    """The arrays of one call of `fit_resample`, checked.

    Parameters
    ----------
    arrays : mapping of name to array-like of shape (n_rows, ...)
        In the order in which they come back.
    n_rows : int
        Rows of the table.
    caller : str
        The sampler's name, for messages.

    Attributes
    ----------
    groups : ndarray of shape (n_rows,), int32, or None
        The group of each row, numbered.
    """

    def __init__(self, arrays: Mapping[str, Any], n_rows: int, caller: str) -> None:
        self.caller, self.n_rows = caller, n_rows
        self.columns = {name: self._read(name, array, n_rows) for name, array in arrays.items()}
        self.weights = _weights(self.columns[WEIGHTS]) if WEIGHTS in arrays else None
        self.groups = _groups(self.columns[GROUPS]) if GROUPS in arrays else None

    def _read(self, name: str, array: Any, n_rows: int) -> Column:
        shape = getattr(array, "shape", None)
        has_entries = shape != () and (shape is not None or hasattr(array, "__getitem__"))
        if not has_entries or isinstance(array, (str, bytes, Mapping)):
            raise TypeError(
                f"{self.caller}.fit_resample takes X, y and arrays with an entry for each row, but got "
                f"{name}={array!r}. Parameters of {self.caller} are given when it is made, or with set_params."
            )
        column = read_column(array, name)
        if column.n_rows != n_rows:
            raise ValueError(
                f"{name} has {column.n_rows} entries, but X has {n_rows} rows: give one entry for each row, in the "
                f"same order."
            )
        return column

    def require_bases(self) -> None:
        """Raise the error if there is something to carry along to rows that are means of others."""
        names = [name for name in self.columns if name != WEIGHTS]
        if names:
            raise ValueError(
                f"{self.caller} makes means of rows here, which have no {', '.join(names)} of their own: only "
                f"{WEIGHTS} has a mean. Leave {'them' if len(names) > 1 else 'it'} out, or give voting='hard', which "
                f"chooses rows of X."
            )

    def write(self, recipe: Recipe, new: NewRows, X_out: Any) -> list[Any]:
        """The arrays for a recipe's rows, each in the caller's container, to stand beside the table `X_out`."""
        if not self.columns:
            return []
        sources = Recipe(n_rows=recipe.n_rows, kept=recipe.source_rows())
        return [
            column.write(sources, X_out)
            if name != WEIGHTS
            else column.of_floats(weights_of(recipe, new, self.weights), X_out)
            for name, column in self.columns.items()
        ]


def given_arrays(sample_weight: Any, groups: Any, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """The arrays that are given, in the order in which they come back."""
    named = {WEIGHTS: sample_weight, GROUPS: groups, **arrays}
    return {name: array for name, array in named.items() if array is not None}


def _weights(column: Column) -> Array:
    """Weights as floats, in the caller's precision."""
    values = _one_each(column, WEIGHTS)
    try:
        weights = np.asarray(values, values.dtype if values.dtype.kind == "f" else np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"{WEIGHTS} must be numbers, one for each row, but they are of dtype {values.dtype}.") from None
    # Not a number fails every comparison.
    is_wrong = ~((weights >= 0) & (weights < np.inf))
    if is_wrong.any():
        row = int(np.argmax(is_wrong))
        raise ValueError(
            f"{WEIGHTS} must be finite and not negative, but {int(is_wrong.sum())} of {len(weights)} are not: that of "
            f"row {row} is {weights[row].item()!r}. Correct them, or drop these rows."
        )
    return weights


@explained("groups")
def _groups(column: Column) -> Array:
    _one_each(column, GROUPS)
    try:
        codes, groups = column.categories()
    except TypeError:
        raise TypeError(f"{GROUPS} must be numbers, text or other values that can be told apart by a hash.") from None
    missing = [code for code, group in enumerate(groups) if is_missing(group)]
    if missing:
        is_missing_row = np.isin(codes, missing)
        raise ValueError(
            f"{GROUPS} must name a group for each row, but {int(is_missing_row.sum())} of {len(codes)} entries are "
            f"missing, the first in row {int(np.argmax(is_missing_row))}. Fill them, or drop these rows."
        )
    return codes


def _one_each(column: Column, name: str) -> Array:
    values = column.values()
    if values.ndim != 1 or not isinstance(values, np.ndarray):
        raise ValueError(f"{name} must be one entry for each row, of shape (n_rows,), but its shape is {values.shape}.")
    return values


def weights_of(recipe: Recipe, new: NewRows, weights: Array | None) -> Array:
    """The weights of a recipe's rows: w_base + step · (w_neighbor − w_base), or the mean of what a row was made of."""
    assert weights is not None
    if new.made_into is None:
        out = write_rows(weights, recipe)
        np.maximum(out, 0, out=out)  # a row beyond its base heads away from the neighbour, maybe below nothing
    else:
        out = write_rows(weights, recipe, _means(weights, new.made_into, recipe.n_new))
    return out if recipe.order is None else out[recipe.order]


def _means(weights: Array, made_into: NDArray[np.int64], n_new: int) -> Array:
    is_part = made_into >= 0
    parts = made_into[is_part]
    n_parts = np.bincount(parts, minlength=n_new)
    sums = np.bincount(parts, weights[is_part], minlength=n_new)
    # A cluster that no row is nearest to (of equal rows, one cluster has all): the mean of all rows.
    return np.where(n_parts > 0, sums / np.maximum(n_parts, 1), weights.mean())
