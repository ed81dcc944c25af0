"""A table and the rows that are made of it, as one table: what is cleaned after rows were added to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from fastbal._containers.read import read_table
from fastbal._containers.table import NumberReader
from fastbal._core.pieces import PIECE_ROWS
from fastbal._core.recipe import NewRows, Recipe, Rows, recipe_of_rows
from fastbal._core.rows import write_rows
from fastbal._core.target import Target
from fastbal.outofcore._balance import Balanced, balance, copied
from fastbal.outofcore._far import Array, FarNumbers
from fastbal.outofcore._memory import block_rows, needed, rows_in_memory, searched_bytes
from fastbal.outofcore._sources import Part, Source, part_of_batch
from fastbal.outofcore._supported import GROWN, steps_of


def balance_and_clean(source: Source, column: str, sampler: Any, memory: int | None) -> Balanced:
    """What a combination leaves of a table and of what it has made of it, both judged as one table."""
    maker, cleaner = steps_of(sampler)
    made = balance(source, column, maker, memory, part_of=sampler)
    recipe, target = made.recipe, made.target
    codes = np.concatenate([target.codes, recipe.label.astype(target.codes.dtype)])
    every = target._replace(codes=codes, counts=np.bincount(codes, minlength=len(target.classes)))
    columns = [name for name in source.schema.names if name != column]
    plan = maker._planned(target)
    need = needed(sampler, GROWN, target, plan, source.row_bytes, len(columns), source.base_bytes)
    numbers = GrownNumbers(made, columns, every)
    numbers.block_rows = block_rows(memory, need, len(codes), numbers.row_bytes)
    others = np.flatnonzero(codes != every.counts.argmax())
    if memory is None or need.total + searched_bytes(len(others), numbers.row_bytes, len(columns)) <= memory:
        numbers.hold(others)  # then most rows of the largest class are told without a search
    sampler.smote_, cleaner.n_features_in_ = maker, len(columns)
    setattr(sampler, f"{sampler._cleaner}_", cleaner)
    cleaner.recipe_, _ = cleaner._drawn(numbers, every, cleaner._planned(every))
    kept = cleaner.recipe_.kept_rows()
    sampler.recipe_, _ = recipe_of_rows(recipe, NewRows(), kept)
    sampler.sampling_strategy_ = maker.sampling_strategy_
    room = rows_in_memory(memory, need, source.row_bytes)
    answer = copied(GrownSource(made), column, every, Recipe(n_rows=len(codes), kept=kept), room)
    return answer._replace(n_made=recipe.n_new)


class GrownSource(Source):
    """The rows of a table, then new ones, each made whenever it is read.

    Parameters
    ----------
    made : Balanced
        The table, all rows of which stay, and its new rows.
    """

    def __init__(self, made: Balanced) -> None:
        self.made, source = made, made.source
        self.name, self.schema, self.files, self.has_names = source.name, source.schema, source.files, source.has_names
        self.n_rows, self.base_bytes = made.recipe.n_rows + made.recipe.n_new, source.base_bytes

    @property
    def row_bytes(self) -> float:
        return self.made.source.row_bytes

    @property
    def written_as(self) -> Source:
        return self.made.source

    def parts(self, columns: Sequence[str]) -> Iterator[Part]:
        start = 0
        for part in self.made.source.parts(columns):
            yield part
            start = part.stop
        for table in self.made.new_rows():
            yield part_of_batch(start, table, self.schema)
            start += len(table)


class GrownNumbers(FarNumbers):
    """As `FarNumbers`: those of the table, then those of the new rows, which no column's type has rounded.

    Parameters
    ----------
    made : Balanced
        The table and its new rows.
    columns : sequence of str
        Its columns without the target.
    target : Target
        The class of each row, the new ones included.
    """

    def __init__(self, made: Balanced, columns: Sequence[str], target: Target) -> None:
        nothing = np.empty(0, np.int64)
        super().__init__(made.source, columns, nothing, np.empty((0, len(columns))), target, len(target.codes))
        self.n_old, self.n_new, self.compact = made.recipe.n_rows, made.recipe.n_new, made.compact
        self.parents = read_table(self.compact.table.select(list(columns))).numbers(NumberReader())

    @property
    def row_bytes(self) -> int:
        """What the numbers of a row take."""
        return int(self.parents.dtype.itemsize * len(self.columns))

    def hold(self, rows: Rows) -> None:
        """Read some rows once for all."""
        self.rows, self.held = rows, self.gathered(rows)

    def gathered(self, rows: Rows) -> Array:
        old = rows[: np.searchsorted(rows, self.n_old)]
        parts = [super().gathered(old)] if len(old) or not self.n_new else []
        for start in range(0, self.n_new if len(old) < len(rows) else 0, PIECE_ROWS):
            stop = min(self.n_new, start + PIECE_ROWS)
            first, last = np.searchsorted(rows, [self.n_old + start, self.n_old + stop])
            if last > first:
                parts.append(self._made(start, stop)[rows[first:last] - self.n_old - start])
        return np.concatenate(parts)

    def pieces(self) -> Iterator[Array]:
        yield from super().pieces()
        for start in range(0, self.n_new, PIECE_ROWS):
            yield self._made(start, min(self.n_new, start + PIECE_ROWS))

    def _made(self, start: int, stop: int) -> Array:
        recipe, new = self.compact.piece(start, stop)
        return write_rows(self.parents, recipe, new.values)
