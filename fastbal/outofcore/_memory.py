"""How much memory a table takes to be balanced, said before the work."""

from __future__ import annotations

from typing import Any, NamedTuple

from fastbal._core.memory import MEMORY, megabytes
from fastbal._core.pieces import PIECE_ROWS
from fastbal._core.plan import Plan
from fastbal._core.refusals import refusal, see
from fastbal._core.target import Target
from fastbal._neighborhood import USUAL
from fastbal.outofcore._supported import (
    BLOCKS,
    GROWN,
    LABELS,
    cleans,
    drawing_bytes,
    draws_in_pieces,
    held_codes,
    is_under,
    needs_of,
    steps_of,
)
from fastbal.over_sampling import SMOTEN, SMOTENC
from fastbal.under_sampling import EditedNearestNeighbours, NeighbourhoodCleaningRule

#: Rows that are searched at once, and their tree.
_SMALLEST_BLOCK = 128 * 10**6
#: Rows that are put in order at once, where all rows that stay are more than memory holds.
_SMALLEST_PART = 64 * 10**6
#: A process may open so many files.
_MOST_PARTS = 500
#: New rows for which a byte is kept: the states of two streams for each piece.
_PER_BYTE = PIECE_ROWS // (1 << 13)


class Needed(NamedTuple):
    """Bytes, and what for.

    Attributes
    ----------
    base : int
        Whatever the table.
    labels : int
        A code for each row of the table, and choosing among them.
    rows : int
        Rows that are held: those searched or copied, or the whole output of under-sampling.
    recipe : int
        What new rows are made of.
    """

    base: int
    labels: int
    rows: int
    recipe: int

    @property
    def total(self) -> int:
        """Bytes in all."""
        return sum(self)


def needed(sampler: Any, needs: str, target: Target, plan: Plan, row_bytes: float, n_columns: int, base: int) -> Needed:
    """What balancing takes beyond what the process holds already.

    Parameters
    ----------
    sampler : BaseSampler
        The sampler.
    needs : str
        What it reads, see `needs_of`.
    target : Target
        The classes and their sizes; the codes may be missing.
    plan : dict of class code to int
        Rows to make or to keep.
    row_bytes : float
        What a row weighs.
    n_columns : int
        How many columns there are.
    base : int
        What libraries take, whatever the table.
    """
    n_rows, n_new = int(target.counts.sum()), sum(plan.values())
    if needs == GROWN:
        maker, cleaner = steps_of(sampler)
        first = needed(maker, needs_of(maker), target, plan, row_bytes, n_columns, base)
        all_rows = n_rows + n_new
        waiting = max(_part_bytes(all_rows, row_bytes), _SMALLEST_BLOCK)
        return first._replace(
            labels=first.labels + (2 + found_bytes(cleaner)) * all_rows,
            rows=first.rows + waiting,
            recipe=first.recipe + 51 * n_new,
        )
    labels = 2 * n_rows  # a byte each, twice while the pieces are put together
    n_held = sum(int(target.counts[code]) for code in held_codes(sampler, target, plan))
    searched = searched_bytes(n_held, row_bytes, n_columns)
    if needs == BLOCKS:
        labels += found_bytes(sampler) * n_rows
        searched += _SMALLEST_BLOCK + 200 * n_held
    if is_under(sampler):
        n_kept = n_rows + sum(kept - int(target.counts[code]) for code, kept in plan.items())
        if cleans(sampler):
            is_in_order = not isinstance(sampler, EditedNearestNeighbours)
            return Needed(
                base, labels, searched if is_in_order else max(searched, _part_bytes(n_rows, row_bytes)), 8 * n_rows
            )
        drawn_from = max((int(target.counts[code]) for code in plan), default=0)
        # Those that stay may wait on disk, after the search.
        held = max(_part_bytes(n_kept, row_bytes), searched if needs == BLOCKS else 0)
        return Needed(base, labels + 12 * drawn_from, held, 32 * n_kept)
    if needs == LABELS:
        return Needed(
            base, labels + 8 * n_held, int(2 * min(n_new, n_held) * row_bytes), 40 * n_held + n_new // _PER_BYTE
        )
    return Needed(base, labels, searched, recipe_bytes(sampler, n_held, n_new, n_columns))


def found_bytes(sampler: Any) -> int:
    """What is found for each row of a table where rows are judged by others."""
    return 48 if isinstance(sampler, (EditedNearestNeighbours, NeighbourhoodCleaningRule)) else 24


def _part_bytes(n_kept: int, row_bytes: float) -> int:
    """The least that is held of rows that wait to be put in order."""
    kept = n_kept * _kept_bytes(row_bytes)
    return int(min(kept, max(_SMALLEST_PART, kept / _MOST_PARTS)))


def recipe_bytes(sampler: Any, n_held: int, n_new: int, n_columns: int) -> int:
    """What new rows are made of."""
    if draws_in_pieces(sampler):
        # Neighbours as they are found, with their distances, and as they are kept; then row numbers.
        return n_held * (20 * neighbors_of(sampler) + 24) + n_new // _PER_BYTE
    n_bytes = drawing_bytes(sampler, n_held, n_columns, n_new)
    if isinstance(sampler, (SMOTENC, SMOTEN)):  # rows to take categories from; the order of equally frequent ones
        n_bytes += n_new * (4 * n_columns + 16 * neighbors_of(sampler))
    return n_bytes


def neighbors_of(sampler: Any) -> int:
    """How many neighbours of a row are kept."""
    neighbors = sampler.k_neighbors
    return USUAL if isinstance(neighbors, str) else int(getattr(neighbors, "n_neighbors", neighbors))


def searched_bytes(n_rows: int, row_bytes: float, n_columns: int) -> int:
    """What rows take that are searched."""
    # Gathered, put together, read as one array, the rows of a class, and in the order of the tree's leaves.
    return int(n_rows * (2 * row_bytes + 3 * max(row_bytes, 4 * n_columns) + 100))


def _kept_bytes(row_bytes: float) -> float:
    """What a row takes that waits to be written: gathered, and put in order."""
    return 3 * row_bytes + 24


def rows_in_memory(memory: int | None, need: Needed, row_bytes: float) -> int | None:
    """How many rows that stay may be held until they are written; None for any number."""
    return None if memory is None else max(1, int((memory - need.total + need.rows) / _kept_bytes(row_bytes)))


def block_rows(memory: int | None, need: Needed, n_rows: int, row_bytes: int) -> int:
    """How many rows of a table are searched at once in the memory that is left: the more, the faster."""
    left = _SMALLEST_BLOCK + (n_rows * 5 * row_bytes if memory is None else (memory - need.total) // 2)
    return int(min(n_rows, max(1, left // (5 * row_bytes + 100))))


def require(memory: int | None, need: Needed, n_columns: int) -> None:
    """Refuse what does not fit, with the number and the ways out."""
    if memory is None or need.total <= memory:
        return
    largest = max(("rows", "recipe", "labels"), key=lambda part: getattr(need, part))
    ways = {
        "rows": f"leave columns out (there are {n_columns}), give float32 instead of float64",
        "recipe": "ask for fewer new rows",
        "labels": "resample a part of the files",
    }
    raise refusal(
        MemoryError,
        f"This takes about {megabytes(need.total)} of memory: {megabytes(need.rows)} for the rows that are held, "
        f"{megabytes(need.recipe)} for the recipe of new rows, {megabytes(need.labels)} for the labels, "
        f"{megabytes(need.base)} for the rest; {megabytes(memory)} are allowed. Raise ",
        MEMORY,
        f", or {ways[largest]}, or use a machine with more memory.",
        see("memory"),
    )
