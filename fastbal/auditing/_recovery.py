"""Which real rows an attacker finds who has the new rows alone, as the recipe tells without an attack.

New rows of SMOTE lie on a line between two real ones. Three points on one line betray it, and where two such lines meet
is a real row. Of rows at even steps, the next step is one. What is drawn around or among several rows betrays neither.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastbal._core.making import Ball, Made, Mix, Towards
from fastbal._core.recipe import Recipe, Rows

Floats = NDArray[np.float64]

# New rows on a line for it to be seen; on a ray, whose beginning all rays of a class betray; and lines through a row.
_ON_A_LINE, _ON_A_RAY, _LINES = 3, 2, 2
# How exact steps are even.
_EVEN = 1e-9


class Usage(NamedTuple):
    """How often real rows were used.

    Attributes
    ----------
    counts : ndarray of shape (n_rows,), int64
        New rows that have a real row as a parent.
    parents : float
        Parents of a new row, on average.
    """

    counts: Rows
    parents: float


def recoverable_rows(recipe: Recipe, n_columns: int) -> Rows:
    """The real rows that the geometry of the new ones determines; copies are not among them.

    Parameters
    ----------
    recipe : Recipe
        How the new rows were made.
    n_columns : int
        Numeric columns: in a single one, all rows lie on one line.

    Returns
    -------
    ndarray of shape (n_found,), int64
        Row numbers, ascending.

    Examples
    --------
    Row 1 is where two lines with three new rows each meet:

    >>> import numpy as np
    >>> base, neighbor = np.array([1, 0, 1, 1, 2, 2]), np.array([0, 1, 0, 2, 1, 1])
    >>> step = np.array([0.1, 0.3, 0.4, 0.2, 0.5, 0.7])
    >>> recipe = Recipe(n_rows=3, base=base, neighbor=neighbor, step=step, label=np.zeros(6, int))
    >>> recoverable_rows(recipe, n_columns=2)
    array([1])
    """
    if n_columns < 2 or not recipe.n_new:
        return np.empty(0, np.int64)
    if isinstance(recipe.making, Towards):
        return _on_rays(recipe.base, recipe.making)
    first, second, step = _between_rows(recipe)
    is_inside = (first != second) & (step != 0) & (step != 1)
    first, second, step = first[is_inside], second[is_inside], step[is_inside]
    low, high = np.minimum(first, second), np.maximum(first, second)
    line, counts, is_even = _lines(low * recipe.n_rows + high, np.where(first <= second, step, 1 - step))
    low, high = line // recipe.n_rows, line % recipe.n_rows
    is_seen = counts >= _ON_A_LINE
    crossings = np.bincount(np.concatenate([low[is_seen], high[is_seen]]), minlength=recipe.n_rows)
    in_series = is_seen & is_even
    return np.unique(np.concatenate([np.flatnonzero(crossings >= _LINES), low[in_series], high[in_series]]))


def usage_of(recipe: Recipe) -> Usage:
    """How many new rows each real row is a parent of."""
    parents = [recipe.base[:, None]]
    making = recipe.making
    if isinstance(making, Mix):
        parents = [making.members[making.source]]
    elif isinstance(making, Made):
        parents += [rows[:, None] for rows in making.rows()]
    elif recipe.neighbor is not None and recipe.step is not None:
        parents.append(np.where(recipe.step != 0, recipe.neighbor, -1)[:, None])
    every = np.sort(np.hstack(parents), axis=1)
    is_parent = (every >= 0) & np.insert(np.diff(every, axis=1) != 0, 0, True, axis=1)
    return Usage(np.bincount(every[is_parent], minlength=recipe.n_rows), float(is_parent.sum() / max(1, len(every))))


def _between_rows(recipe: Recipe) -> tuple[Rows, Rows, Floats]:
    """Ends and steps of the new rows that lie between two rows."""
    if recipe.neighbor is not None and recipe.step is not None:
        return recipe.base.astype(np.int64), recipe.neighbor.astype(np.int64), recipe.step
    nothing = np.empty(0, np.int64)
    making = recipe.making
    if isinstance(making, Ball) and making.deformation == 1:  # a line, at places that are as good as random
        places: Floats = np.asarray(making.number * 0.6180339887498949 % 1, np.float64)
        return recipe.base.astype(np.int64), making.neighbor.astype(np.int64), places
    if not isinstance(making, Mix):
        return nothing, nothing, np.empty(0)
    is_pair = ((making.members >= 0).sum(axis=1) == 2) & (making.blur == 0)
    chosen = np.flatnonzero(is_pair[making.source])
    weights = making.take(chosen).parents(recipe.n_rows)
    ends = np.asarray(weights.indices, np.int64).reshape(-1, 2)
    return ends[:, 0], ends[:, 1], weights.data.reshape(-1, 2)[:, 1]


def _on_rays(base: Rows, making: Towards) -> Rows:
    n_anchors = len(making.anchors)
    ray, counts, is_even = _lines(base.astype(np.int64) * n_anchors + making.anchor, making.step)
    is_series = is_even & (counts >= _ON_A_RAY)
    rays_of = np.bincount(ray[is_series] % n_anchors, minlength=n_anchors)
    found = ray[is_series & (rays_of[ray % n_anchors] >= _LINES)] // n_anchors
    return np.unique(found)


def _lines(line: Rows, step: Floats) -> tuple[Rows, Rows, NDArray[np.bool_]]:
    """The lines, how many different places on each are taken, and whether these are at even steps from end to end."""
    order = np.lexsort((step, line))
    line, step = line[order], step[order]
    is_new_place = np.ones(len(line), bool)
    is_new_place[1:] = (line[1:] != line[:-1]) | (step[1:] != step[:-1])
    lines, start, counts = np.unique(line[is_new_place], return_index=True, return_counts=True)
    place = np.arange(1, len(line[is_new_place]) + 1) - np.repeat(start, counts)
    is_off = abs(step[is_new_place] - place / (np.repeat(counts, counts) + 1)) > _EVEN
    n_off = np.bincount(np.repeat(np.arange(len(lines)), counts)[is_off], minlength=len(lines))
    return lines, counts, n_off == 0
