"""Balance a table of which only some rows are at hand: the same draws, the same rows.

A recipe needs little of a table: of every row its class, and the rows that are searched or copied themselves. So
whatever holds the table answers four questions, and nothing else is asked of it:

    1. classes of the rows, in an order that stays     ─→ `merged`      one byte a row
    2. the rows of these classes, in that order        ─→ `Compact`     "the rare rows"
    3. (drawn here, beside them)                       ─→ `draw`        the recipe, in row numbers of the whole table
    4. new rows from … to …                            ─→ `Compact.new_rows`

The rare rows make a small table of their own. The sampler draws from it what it would draw from the whole, for all it
asks of the rest is how many rows each class has: that the target says, whose counts are those of the whole table.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from fastbal._containers.read import read_table
from fastbal._core.draws import Draws
from fastbal._core.making import Made, make_rows
from fastbal._core.pieces import RecipeInPieces
from fastbal._core.plan import Plan
from fastbal._core.recipe import NewRows, Recipe, Rows, recipe_of_rows, row_number_type
from fastbal._core.target import Codes, Target, encode

#: The code of a row that is of no class: it is there for what it says about its columns only.
NO_CLASS = -1


def merged(parts: Sequence[Target]) -> Target:
    """The target of a table from those of its pieces, which may know different classes.

    Examples
    --------
    >>> import numpy as np
    >>> target = merged([encode(np.array([2, 2])), encode(np.array([1, 2]))])
    >>> target.labels, target.codes.tolist(), target.counts.tolist()
    ([1, 2], [1, 1, 0, 1], [1, 3])
    """
    if len(parts) == 1:
        return parts[0]
    classes = np.concatenate([part.classes for part in parts])
    every = encode(classes)
    n_rows = sum(len(part.codes) for part in parts)
    codes, counts = np.empty(n_rows, every.codes.dtype), np.zeros(len(every.classes), np.int64)
    row = first = 0
    for part in parts:
        code_of = every.codes[first : first + len(part.classes)]
        first += len(part.classes)
        np.take(code_of, part.codes, out=codes[row : row + len(part.codes)])
        row += len(part.codes)
        np.add.at(counts, code_of, part.counts)
    return Target(every.classes, codes, counts)


class Compact(NamedTuple):
    """Some rows of a table, as a table, and a recipe for new rows between them.

    Attributes
    ----------
    table : dataframe or array
        The rows, without their labels.
    recipe : Recipe
        New rows, in row numbers of `table`; none are kept.
    new : NewRows
        What the recipe cannot say.
    values : ndarray of shape (n_needed, n_columns), optional
        The rows as numbers, where new ones are neither copies nor on segments.
    """

    table: Any
    recipe: Recipe
    new: NewRows
    values: Any = None

    def new_rows(self, start: int, stop: int) -> tuple[Any, Codes]:
        """Some of the new rows, in a container of the kind of `table`, and their classes."""
        recipe, new = self.piece(start, stop)
        return read_table(self.table).write(recipe, new), recipe.label

    def piece(self, start: int, stop: int) -> tuple[Recipe, NewRows]:
        """The recipe of some of the new rows."""
        if isinstance(self.recipe, RecipeInPieces):
            return self.recipe.piece(start, stop), NewRows()
        recipe, new = recipe_of_rows(self.recipe, self.new, np.arange(start, stop))
        return recipe, make_rows(self.values, recipe, new)


def draw(sampler: Any, table: Any, rows: Rows, target: Target, plan: Plan, values: Any) -> tuple[Compact, Recipe]:
    """A sampler's recipe from the rows of the classes that it makes new rows of.

    Parameters
    ----------
    sampler : BaseSampler
        One that looks at no other rows.
    table : dataframe or array of shape (n_needed, n_columns)
        These rows, in the order of the whole table; then perhaps rows of no class.
    rows : ndarray of shape (n_needed,), integer
        Their row numbers in the whole table, ascending; rows of no class have none.
    target : Target
        The class of each row of the whole table.
    plan : dict of class code to int
        How many new rows of each class.
    values : object
        What the sampler has read from `table`.

    Returns
    -------
    compact : Compact
    recipe : Recipe
        The same in row numbers of the whole table, all rows of which are kept.
    """
    codes = np.full(len(table), NO_CLASS, target.codes.dtype)
    codes[: len(rows)] = target.codes[rows]
    recipe, new = draw_in_pieces(sampler, values, target._replace(codes=codes), plan)
    held = None if recipe.making is None else values
    return Compact(table, without_kept(recipe), new, held), in_whole(recipe, rows, len(target.codes))


def draw_in_pieces(sampler: Any, values: Any, target: Target, plan: Plan) -> tuple[Recipe, NewRows]:
    """As `BaseSampler._drawn`, where a sampler can piece by piece."""
    draws = sampler._draws()
    answer = sampler._draw_recipe(values, target, plan, Draws(draws.seed, in_pieces=True))
    return answer if isinstance(answer, tuple) else (answer, NewRows())


def in_part(recipe: Recipe, rows: Rows) -> Recipe:
    """The new rows of a recipe for a whole table, in row numbers of some of its rows: `in_whole` backwards.

    Examples
    --------
    >>> import numpy as np
    >>> recipe = Recipe(n_rows=12, base=np.array([9, 7]), label=np.array([0, 0]))
    >>> in_part(recipe, np.array([7, 9])).base.tolist()
    [1, 0]
    """
    if isinstance(recipe, RecipeInPieces):
        return recipe.renumbered(lambda numbers: np.searchsorted(rows, numbers), len(rows))
    neighbor = None if recipe.neighbor is None else np.searchsorted(rows, recipe.neighbor)
    return dataclasses.replace(
        without_kept(recipe),
        n_rows=len(rows),
        base=np.searchsorted(rows, recipe.base),
        neighbor=neighbor,
        making=recipe.making.renumbered(rows) if isinstance(recipe.making, Made) else None,
    )


def parents_of(recipe: Recipe) -> Rows:
    """The rows that new ones are made of, ascending.

    Examples
    --------
    >>> parents_of(Recipe(n_rows=12, base=np.array([9, 7, 9]), label=np.array([0, 0, 0]))).tolist()
    [7, 9]
    """
    rows = [recipe.base] if recipe.neighbor is None else [recipe.base, recipe.neighbor]
    if isinstance(recipe.making, Made):
        rows += [part.ravel() for part in recipe.making.rows()]
    parents = np.unique(np.concatenate(rows))
    return parents[parents >= 0]  # -1 is no row


def without_kept(recipe: Recipe) -> Recipe:
    """The new rows of a recipe alone; one in pieces has no others."""
    if isinstance(recipe, RecipeInPieces):
        return recipe
    return dataclasses.replace(recipe, kept=np.empty(0, row_number_type(recipe.n_rows)), order=None)


def in_whole(recipe: Recipe, rows: Rows, n_rows: int) -> Recipe:
    """A recipe for some rows of a table in row numbers of the whole, all rows of which are kept.

    Examples
    --------
    >>> import numpy as np
    >>> recipe = Recipe(n_rows=2, base=np.array([1, 0]), label=np.array([0, 0]))
    >>> in_whole(recipe, np.array([7, 9]), 12).base.tolist()
    [9, 7]
    """
    rows = rows.astype(row_number_type(n_rows), copy=False)
    if isinstance(recipe, RecipeInPieces):
        return recipe.renumbered(lambda numbers: rows[numbers], n_rows)
    neighbor = None if recipe.neighbor is None else rows[recipe.neighbor]
    making = recipe.making.in_whole(rows) if isinstance(recipe.making, Made) else None
    return dataclasses.replace(
        recipe, n_rows=n_rows, kept=None, base=rows[recipe.base], neighbor=neighbor, making=making
    )
