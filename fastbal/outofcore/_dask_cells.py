"""Rare rows that no worker of Dask's holds: gathered where they are, searched by cells, new rows made of both ends.

What travels: each rare row once, to its cell; rows that reach into other cells, once for each; k neighbours of each
row to the process that asks, which draws the recipe; both ends of each new row to the worker that makes it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from fastbal._containers.read import read_table
from fastbal._core.plan import Plan
from fastbal._core.recipe import NewRows, Recipe, Rows
from fastbal._core.target import Target
from fastbal.outofcore import _beside
from fastbal.outofcore._cells import (
    Cell,
    Floats,
    Splits,
    cell_numbers,
    cell_of,
    nearest,
    numbers_of,
    reaching,
    search_cell,
    search_for,
    splits_of,
)
from fastbal.outofcore._compact import in_whole, without_kept
from fastbal.outofcore._shared_search import Answered, searches_of

# Rows of which the splits are made.
_SAMPLE = 20_000


class LookAtPart(NamedTuple):
    """What the process that asks needs to know of the rows gathered from a part.

    Attributes
    ----------
    rows : ndarray of shape (n,), int64
        Which rows of the part they are.
    codes : ndarray of shape (n,), integer
        Their classes.
    not_finite : ndarray of shape (2, n_columns), int64
        See `Answer`.
    sample : ndarray of shape (m, n_columns)
        Some of them.
    dtypes : list
        Types of the columns.
    """

    rows: Rows
    codes: Rows
    not_finite: Rows
    sample: Floats
    dtypes: list[Any]


def new_rows_in_cells(
    sampler: Any,
    head: Any,
    gathered: list[Any],
    n_rows: list[int],
    wanted: _beside.Wanted,
    plan: Plan,
    concat: Any,
    *,
    n_cells: int,
    piece_rows: int,
) -> tuple[list[Any], list[int]]:
    """Tasks that make new rows, and how many each; fits the sampler.

    Parameters
    ----------
    sampler : SMOTE
        See `can_be_shared`.
    head : dataframe or array
        Some row with the same columns.
    gathered : list of Delayed
        An `Answer` of each part.
    n_rows : list of int
        Rows of each part.
    wanted : Wanted
        What the parts were asked for.
    plan : dict of class code to int
        How many new rows of each class.
    concat : callable
        Makes one table of several.
    n_cells : int
        Into how many cells the rows of each class are cut, a power of two.
    piece_rows : int
        New rows that are made at once.
    """
    import dask

    gathered = list(dask.persist(*gathered))
    step = max(1, int(wanted.target.counts[wanted.held].sum()) // _SAMPLE)
    look = dask.delayed(_look)
    found = dask.compute(*[look(part, wanted.target, step) for part in gathered])
    looks = [part for part in found if part is not None]
    _require_one_type(looks)
    starts = np.cumsum([0, *n_rows])[:-1]
    rows = np.concatenate([part.rows + at for part, at in zip(found, starts, strict=True) if part is not None])
    target = wanted.target._replace(codes=np.concatenate([part.codes for part in looks]))
    not_finite = np.sum([part.not_finite for part in looks], axis=0)
    _beside.require_as_said(sampler, read_table(head), not_finite, target.codes, wanted)
    first = np.cumsum([0, *(0 if part is None else len(part.rows) for part in found)])[:-1].tolist()
    cells: dict[int, list[Any]] = {}
    answers, cell_of_id, place_of_id = [], np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
    for search in searches_of(sampler, target, plan):
        code = int(target.codes[search.pool[0]])
        sample = np.concatenate([part.sample[part.codes[::step] == code] for part in looks])
        cells[code], home = _cells_of(gathered, first, code, wanted.target, splits_of(sample, n_cells), n_cells, concat)
        cell_of_id[search.pool] = home
        for cell in range(n_cells):
            place_of_id[search.pool[home == cell]] = np.arange(int((home == cell).sum()))
        ids = _neighbors_of(
            cells[code], [search.pool[search.positions[home[search.positions] == j]] for j in range(n_cells)], search.k
        )
        answers.append(np.searchsorted(search.pool, ids))
    recipe, _ = sampler._drawn(Answered(answers), target, plan)
    sampler.recipe_ = in_whole(recipe, rows, sum(n_rows))
    pieces = [(start, min(recipe.n_new, start + piece_rows)) for start in range(0, recipe.n_new, piece_rows)]
    new = [
        _piece(recipe, start, stop, target, cells, cell_of_id, place_of_id, concat, sum(n_rows))
        for start, stop in pieces
    ]
    return new, [stop - start for start, stop in pieces]


def _look(part: _beside.Answer | None, target: Target, step: int) -> LookAtPart | None:
    if part is None:
        return None
    n, codes = len(part.rows), part.rows
    sample: Floats = np.empty((0, part.X.shape[1]))
    if n:
        codes = _beside.codes_among(_beside.some_rows(part.y, np.arange(n)), target)
    if n and not part.not_finite.any():  # else refused, when all have been counted
        sample = numbers_of(_beside.some_rows(part.X, np.arange(0, n, step)))
    dtypes = list(part.X.dtypes) if hasattr(part.X, "dtypes") else [part.X.dtype]
    return LookAtPart(part.rows, codes, part.not_finite, sample, dtypes)


def _require_one_type(looks: list[LookAtPart]) -> None:
    if any(part.dtypes != looks[0].dtypes for part in looks):
        raise TypeError(
            "The rare rows do not fit one worker, and they can only be searched where they are if each column has one "
            "type in all partitions. Convert the columns with astype."
        )


def _cells_of(
    gathered: list[Any], first: list[int], code: int, target: Target, splits: Splits, n_cells: int, concat: Any
) -> tuple[list[Any], Rows]:
    """The cells of a class, which stay where they are put together; and the cell of each row of the class."""
    import dask

    apart, pick, join = dask.delayed(_by_cells), dask.delayed(_pick), dask.delayed(_join)
    parts = dask.persist(
        *[apart(part, at, code, target, splits, n_cells) for part, at in zip(gathered, first, strict=True)]
    )
    cells = dask.persist(*[join([pick(part, j) for part in parts], concat) for j in range(n_cells)])
    homes = dask.compute(*[dask.delayed(_homes)(part) for part in parts])
    return list(cells), np.concatenate(homes)


def _by_cells(part: Any, first: int, code: int, target: Target, splits: Splits, n_cells: int) -> Any:
    """The rows of a class in a part by their cells, and the cell of each."""
    if part is None or not len(part.rows):
        return np.empty(0, np.int64), [None] * n_cells
    codes = _beside.codes_among(_beside.some_rows(part.y, np.arange(len(part.rows))), target)
    here = np.flatnonzero(codes == code)
    X, y = _beside.some_rows(part.X, here), _beside.some_rows(part.y, here)
    home = cell_numbers(numbers_of(X), splits) if len(here) else here
    by_cell = [np.flatnonzero(home == j) for j in range(n_cells)]
    return home, [(_beside.some_rows(X, at), _beside.some_rows(y, at), first + here[at]) for at in by_cell]


def _homes(parts: Any) -> Rows:
    home: Rows = parts[0]
    return home


def _pick(parts: Any, cell: int) -> Any:
    return parts[1][cell]


def _join(parts: list[Any], concat: Any) -> Cell:
    some = [part for part in parts if part is not None]
    X, y = (concat([part[side] for part in some]) for side in (0, 1))
    return cell_of(X, y, np.concatenate([part[2] for part in some]))


def _neighbors_of(cells: list[Any], wanted: list[Rows], k: int) -> Rows:
    """The neighbours of rows of each cell, of all of them in ascending order."""
    import dask

    boxes = dask.compute(*[dask.delayed(_box)(cell) for cell in cells])
    at_home, reach, elsewhere = dask.delayed(search_cell), dask.delayed(reaching), dask.delayed(search_for)
    merge = dask.delayed(nearest)
    lists = []
    for i, cell in enumerate(cells):
        found = at_home(cell, wanted[i], k)
        others = [
            elsewhere(other, reach(cell, found, *boxes[j]), k)
            for j, other in enumerate(cells)
            if i != j and len(boxes[j][0])
        ]
        lists.append(merge(found, others))
    answers = dask.compute(*lists)
    order = np.argsort(np.concatenate([answer.ids for answer in answers]))
    neighbors: Rows = np.concatenate([answer.neighbors for answer in answers])[order]
    return neighbors


def _box(cell: Cell) -> tuple[Floats, Floats]:
    return cell.low, cell.high


def _piece(
    recipe: Recipe,
    start: int,
    stop: int,
    target: Target,
    cells: dict[int, list[Any]],
    cell_of_id: Rows,
    place_of_id: Rows,
    concat: Any,
    n_rows: int,
) -> Any:
    """A task that makes some new rows of their parents, which it gets from their cells."""
    import dask

    assert recipe.neighbor is not None and recipe.step is not None
    base, neighbor = recipe.base[start:stop], recipe.neighbor[start:stop]
    parents = np.unique(np.concatenate([base, neighbor]))
    codes = target.codes[parents]
    order = np.lexsort((place_of_id[parents], cell_of_id[parents], codes))
    parents, codes = parents[order], codes[order]
    take, found = dask.delayed(_rows_of_cell), []
    for code in np.unique(codes):
        for cell in np.unique(cell_of_id[parents[codes == code]]):
            here = parents[(codes == code) & (cell_of_id[parents] == cell)]
            found.append(take(cells[int(code)][int(cell)], place_of_id[here]))
    at = np.empty(len(target.codes), np.int64)
    at[parents] = np.arange(len(parents))
    first = np.zeros(len(target.classes), np.int64)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    part = Recipe(
        n_rows=len(parents),
        base=at[base],
        neighbor=at[neighbor],
        step=recipe.step[start:stop],
        label=recipe.label[start:stop],
    )
    given = dask.delayed(without_kept(part), traverse=False), first, n_rows + start, concat
    return dask.delayed(_make)(*given, *found)  # not as a list: Dask 2026.8 forgets what is persisted in lists


def _rows_of_cell(cell: Cell, places: Rows) -> tuple[Any, Any]:
    return _beside.some_rows(cell.X, places), _beside.some_rows(cell.y, places)


def _make(recipe: Recipe, first: Rows, number: int, concat: Any, *found: Any) -> tuple[Any, Any]:
    X, y = (concat([part[side] for part in found]) for side in (0, 1))
    return _beside.make_new_rows(_beside.Parents(X, y, first), (recipe, NewRows()), number)
