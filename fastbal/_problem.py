"""What a sampler is given: a table and its labels, checked, and how many rows of each class; and who draws a recipe."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import column_or_1d

from fastbal._containers.labels import Labels
from fastbal._containers.read import read_labels, read_table
from fastbal._containers.table import Table
from fastbal._core.memory import require_memory
from fastbal._core.plan import OVER, Plan, make_plan
from fastbal._core.recipe import NewRows, Recipe, Rows, row_number_type
from fastbal._core.target import Target, encode

# Below this, asking the system how much memory there is costs more than it can tell.
_SMALL_BYTES = 1 << 26

SAMPLING_KIND = ("over-sampling", "under-sampling", "clean-sampling", "ensemble", "bypass")


class Problem(NamedTuple):
    """A table to be balanced, checked."""

    table: Table
    labels: Labels
    target: Target
    plan: Plan

    @property
    def n_new(self) -> int:
        """How many rows an over-sampler makes."""
        return sum(self.plan.values())

    def require_memory(self, sampling_type: str) -> None:
        """Raise the error if an over-sampler's output, and its recipe of four numbers a row, are more than there is."""
        if sampling_type != OVER:
            return
        require_room(self.table, self.table.n_rows + self.n_new, self.n_new)

    def write(self, recipe: Recipe, new: NewRows, *, keep_index: bool) -> tuple[Any, Any]:
        """The recipe's rows and their labels, in the caller's containers."""
        X = self.table.write(recipe, new, keep_index=keep_index)
        y = self.labels.write(recipe, first_rows(self.target), X)
        if recipe.order is None:
            return X, y
        ordered = Recipe(n_rows=len(recipe.order), kept=recipe.order)
        # Lists as they are: NumPy would make floats of large whole numbers beside others.
        X = [X[row] for row in recipe.order] if isinstance(X, list) else read_table(X).write(ordered, NewRows())
        if isinstance(y, list):
            return X, [y[row] for row in recipe.order]
        return X, read_labels(y).write(ordered, np.empty(0, np.int64), X)


def require_room(table: Table, n_rows: int, n_new: int) -> None:
    """Raise the error if an output of `n_rows` rows, and a recipe of `n_new` new ones, are more than there is."""
    n_bytes = int(n_rows * table.row_bytes) + 32 * n_new
    if n_bytes > _SMALL_BYTES:
        require_memory(n_bytes, f"The resampled table of {n_rows} rows and {table.n_columns} columns")


def first_rows(target: Target) -> Rows:
    """A row of each class, to take its label from."""
    rows = [int((target.codes == code).argmax()) for code in range(len(target.classes))]
    return np.array(rows, row_number_type(len(target.codes)))


def read_containers(X: Any, y: Any, reader: str) -> tuple[Table, Labels]:
    """The caller's table and labels, one for each row; `reader` is the name of the sampler, for the message."""
    if y is None:
        raise ValueError(f"{reader} requires y to be passed, but the target y is None. Give the label of each row.")
    table, labels = read_table(X), read_labels(y)
    if table.n_rows != len(labels.values):
        raise ValueError(
            f"Found input variables with inconsistent numbers of samples: {[table.n_rows, len(labels.values)]}. "
            f"X has {table.n_rows} rows and y has {len(labels.values)} labels; give one label for each row."
        )
    return table, labels


def feature_names(table: Table) -> NDArray[np.object_] | None:
    """The names of the columns, if they are text; some of them alone are refused."""
    names = table.names
    if names is None or not any(isinstance(name, str) for name in names):
        return None
    if not all(isinstance(name, str) for name in names):
        kinds = sorted({type(name).__name__ for name in names})
        raise TypeError(
            "Feature names are only supported if all input features have string names, but your input has "
            f"{kinds} as feature name / column name types. If you want feature names to be stored and validated, "
            "you must convert them all to strings, by using X.columns = X.columns.astype(str) for example."
        )
    return np.array(names, dtype=object)


def by_label(plan: Plan, target: Target) -> OrderedDict[Any, int]:
    """A plan by the labels of the classes, as `sampling_strategy_` tells it."""
    return OrderedDict((target.labels[code], number) for code, number in plan.items())


def check_sampling_strategy(sampling_strategy: Any, y: ArrayLike, sampling_type: str, **kwargs: Any) -> Any:
    """Turn a sampling strategy into numbers of rows, after checking that the data allow it.

    Parameters
    ----------
    sampling_strategy : float, str, mapping, list or callable
        - float r in (0, 1], two classes only: rows of the smaller class / rows of the larger one, afterwards;
        - "minority", "majority", "not minority", "not majority", "all": the classes to bring to the size of the
          largest (over-sampling) or smallest (under-sampling) class; "auto" is "not majority" for over-sampling
          and "not minority" otherwise;
        - mapping of label to the class's number of rows afterwards;
        - list of labels: the classes to clean (cleaning methods only);
        - function of y that returns such a mapping (or, for cleaning methods, a list).
    y : array-like of shape (n_rows,)
        The labels.
    sampling_type : {"over-sampling", "under-sampling", "clean-sampling", "ensemble", "bypass"}
        What the numbers mean. "ensemble" and "bypass" return `sampling_strategy` as it is.
    **kwargs : object
        Handed on to `sampling_strategy` if it is a function.

    Returns
    -------
    OrderedDict
        Label to number of rows, ascending by label: rows to make (over-sampling), rows to keep (under-sampling),
        or the size of the smallest class (cleaning, where only the labels count).

    Raises
    ------
    ValueError
        If y has one class only, or if the strategy cannot be met by this kind of sampling.

    Examples
    --------
    >>> from fastbal.utils import check_sampling_strategy
    >>> y = ["good"] * 90 + ["fraud"] * 10
    >>> dict(check_sampling_strategy("auto", y, "over-sampling"))
    {'fraud': 80}
    >>> dict(check_sampling_strategy(0.5, y, "under-sampling"))
    {'good': 20}
    """
    if sampling_type not in SAMPLING_KIND:
        raise ValueError(f"'sampling_type' should be one of {SAMPLING_KIND}. Got {sampling_type!r} instead.")
    if sampling_type in ("ensemble", "bypass"):
        if len(np.unique(np.asarray(y))) < 2:
            raise ValueError("The target 'y' needs to have more than 1 class. Got 1 class instead.")
        return sampling_strategy
    target = encode(column_or_1d(y))
    return by_label(make_plan(sampling_strategy, target, sampling_type, **kwargs), target)


# -------------------------------------------------------------------------------------------- who draws a recipe


def draws_recipe(sampler: Any) -> bool:
    """Whether a recipe says which rows a sampler's output consists of; no sampler from elsewhere has one."""
    return bool(getattr(sampler, "_draws_recipe", bool)())


def draws_from_numbers(sampler: Any) -> bool:
    """Whether a sampler draws its recipe from finite numbers alone, and does no more than write its rows."""
    return bool(getattr(sampler, "_draws_from_numbers", bool)())


def draws_as(sampler: Any, kind: type) -> bool:
    """Whether a sampler draws as this kind does; a subclass may not."""
    return isinstance(sampler, kind) and type(sampler)._draw_recipe is kind._draw_recipe  # type: ignore[attr-defined]
