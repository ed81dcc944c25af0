"""Which rows the balanced table consists of, and these rows in pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fastbal._containers.frames import FrameTable
from fastbal._containers.read import read_table
from fastbal._containers.table import NumberReader
from fastbal._core.pieces import RecipeInPieces
from fastbal._core.recipe import NewRows, Recipe, Rows
from fastbal._core.target import Target
from fastbal._progress import show_progress
from fastbal.outofcore._compact import Compact, draw, draw_in_pieces, in_part, parents_of
from fastbal.outofcore._far import FarNumbers
from fastbal.outofcore._gather import Look, class_shares_in, gather, read_target_column, refuse_not_finite
from fastbal.outofcore._memory import block_rows, needed, require, rows_in_memory
from fastbal.outofcore._sorted import rows_in_order
from fastbal.outofcore._sources import Source, rows_within
from fastbal.outofcore._supported import (
    BLOCKS,
    CLASSES_AND_COUNTS,
    LABELS,
    held_codes,
    is_under,
    needs_of,
    number_columns,
)
from fastbal.over_sampling._nominal import Nominal


class Balanced(NamedTuple):
    """A balanced table that is yet to be written.

    Attributes
    ----------
    source : Source
        The table.
    target_column : str
        Where the labels are.
    target : Target
        The class of each row.
    recipe : Recipe
        Which rows it consists of.
    kept : pyarrow.Table or None
        The rows of the table that stay, in the order of the recipe; None if they are read again.
    compact : Compact
        The new rows.
    part_rows : int or None
        How many rows that stay may be held; None if they stay in the order of the table.
    n_made : int
        How many of the last rows of the table have been made of the others.
    """

    source: Source
    target_column: str
    target: Target
    recipe: Recipe
    kept: pa.Table | None
    compact: Compact
    part_rows: int | None = None
    n_made: int = 0

    @property
    def keeps_all(self) -> bool:
        """Whether all rows of the table stay, as they are."""
        return self.recipe.kept is None

    def sizes_before(self) -> NDArray[np.int64]:
        """Rows of each class at first."""
        target = self.target
        made = target.codes[len(target.codes) - self.n_made :]
        return np.asarray(target.counts - np.bincount(made, minlength=len(target.counts)))

    def n_new(self) -> int:
        """Rows of the output that have been made."""
        recipe = self.recipe
        return recipe.n_new + (int((recipe.kept_rows() >= recipe.n_rows - self.n_made).sum()) if self.n_made else 0)

    def sizes(self) -> NDArray[np.int64]:
        """Rows of each class afterwards."""
        target, recipe, n_classes = self.target, self.recipe, len(self.target.classes)
        kept = target.counts if recipe.kept is None else np.bincount(target.codes[recipe.kept], minlength=n_classes)
        new = (
            recipe.new_counts(n_classes)
            if isinstance(recipe, RecipeInPieces)
            else np.bincount(recipe.label, minlength=n_classes)
        )
        return np.asarray(kept + new)

    def old_rows(self, scratch: Path | None = None) -> Iterator[pa.Table]:
        """The rows that stay, in pieces; `scratch` is a folder for files without names, see `rows_in_order`."""
        if self.part_rows is not None:
            yield from rows_in_order(self.source, self.recipe.kept_rows(), self.part_rows, scratch)
            return
        if self.kept is None:
            yield from self._in_file_order()
            return
        for start in range(0, len(self.kept), self.source.batch_rows):
            yield self.kept.slice(start, self.source.batch_rows)

    def _in_file_order(self) -> Iterator[pa.Table]:
        kept, start = self.recipe.kept, 0
        for batch in self.source.batches(self.source.schema.names):
            yield batch if kept is None else batch.take(pa.array(rows_within(kept, start, start + len(batch))))
            start += len(batch)

    def new_rows(self) -> Iterator[pa.Table]:
        """The rows that are made, in pieces."""
        schema, size = self.source.schema, self.source.batch_rows
        field = schema.field(self.target_column)
        is_coded = pa.types.is_dictionary(field.type)
        classes = self.target.classes if self.target.classes.dtype.kind in "mM" else self.target.labels
        labels = pa.array(classes, type=field.type.value_type if is_coded else field.type)
        for start in range(0, self.recipe.n_new, size):
            stop = min(self.recipe.n_new, start + size)
            table, codes = self.compact.new_rows(start, stop)
            column = labels.take(pa.array(codes))
            if is_coded:
                column = column.dictionary_encode().cast(field.type)
            table = table.add_column(schema.get_field_index(self.target_column), field, column)
            yield table.select(schema.names).cast(schema)


def balance(source: Source, column: str, sampler: Any, memory: int | None, part_of: Any = None) -> Balanced:
    """Draw the recipe, and gather what it needs; `part_of` is the combination that the sampler is a part of, if any."""
    columns = [name for name in source.schema.names if name != column]
    if not columns:
        raise ValueError(f"{source.name} has no column besides the target {column!r}.")
    first = source.head(columns)
    head = read_table(first)
    assert isinstance(head, FrameTable)
    whole = sampler if part_of is None else part_of
    numbers = number_columns(whole, head)
    words = [j for j in numbers if head.column_numbers(j) is None]
    if words:
        head.refuse_words(words, _example(source, columns[words[0]]), whole._reader)
    for each in {id(whole): whole, id(sampler): sampler}.values():  # what they remember of the columns
        each._read_containers(first if source.has_names else np.empty(first.shape), [0])
    needs = needs_of(sampler)
    if needs != LABELS and not numbers:
        needs = CLASSES_AND_COUNTS
    with show_progress("reading labels") as progress:
        target = read_target_column(source, column, progress)
    plan = sampler._planned(target)
    need = needed(whole, needs_of(whole), target, plan, source.row_bytes, len(columns), source.base_bytes)
    require(memory, need, len(columns))
    if needs == LABELS:
        sampler.recipe_, _ = draw_in_pieces(sampler, None, target, plan)
        return copied(source, column, target, sampler.recipe_, rows_in_memory(memory, need, source.row_bytes))
    rows: Rows = np.flatnonzero(np.isin(target.codes, held_codes(sampler, target, plan)))
    look = Look([columns[j] for j in numbers], allow_nan=sampler._may_miss)
    with show_progress("gathering rows") as progress:
        gathered = gather(source, columns, rows, look, progress)
    refuse_not_finite(source, look, gathered, whole._reader)
    if not len(rows):
        sampler.recipe_ = Recipe(n_rows=len(target.codes))
        return copied(source, column, target, sampler.recipe_)
    if needs == BLOCKS:
        numbers_held = read_table(gathered.table).numbers(NumberReader())
        size = block_rows(memory, need, len(target.codes), numbers_held[:1].nbytes)
        far = FarNumbers(source, columns, rows, numbers_held, target, size)
        sampler.recipe_, _ = sampler._drawn(far, target, plan)
        if is_under(sampler):
            del far, numbers_held, gathered
            return copied(source, column, target, sampler.recipe_, rows_in_memory(memory, need, source.row_bytes))
        return _judged(source, column, target, sampler.recipe_, rows, gathered.table)
    values = sampler._read_values(read_table(gathered.table))
    if needs == CLASSES_AND_COUNTS:
        with show_progress("counting categories") as progress:
            values = with_shares(values, lambda nominal: class_shares_in(source, columns, nominal, target, progress))
    compact, sampler.recipe_ = draw(sampler, gathered.table, rows, target, plan, values)
    return Balanced(source, column, target, sampler.recipe_, None, compact)


def _example(source: Source, column: str) -> Any:
    """Some entry of a column, not a missing one if there are others."""
    for batch in source.batches([column]):
        if batch[column].null_count < len(batch):
            return batch[column].drop_null()[0].as_py()
    return None


def with_shares(values: Any, count: Callable[[Nominal], Nominal]) -> Any:
    """What SMOTE-N, or SMOTE-NC without numbers, reads of a table, with the shares of all rows."""
    return count(values) if isinstance(values, Nominal) else values._replace(nominal=count(values.nominal))


def _judged(source: Source, column: str, target: Target, recipe: Recipe, rows: Rows, table: pa.Table) -> Balanced:
    """What is made between rows that are held, or of others that have been found."""
    if not recipe.n_new:
        return copied(source, column, target, recipe)
    ends = parents_of(recipe)
    if not np.isin(ends, rows).all():
        with show_progress("gathering rows") as progress:
            rows, table = ends, gather(source, table.column_names, ends, Look(), progress).table
    values = None if recipe.making is None else read_table(table).numbers(NumberReader())
    return Balanced(source, column, target, recipe, None, Compact(table, in_part(recipe, rows), NewRows(), values))


def copied(source: Source, column: str, target: Target, recipe: Recipe, room: int | None = None) -> Balanced:
    """What is made of rows as they are: those kept, where not all are, and copies; `room` is for so many rows."""
    names = source.schema.names
    nothing = Compact(source.schema.empty_table(), Recipe(n_rows=0, kept=np.empty(0, np.int64)), NewRows())
    is_in_order = recipe.kept is None or bool((recipe.kept[1:] > recipe.kept[:-1]).all())
    if is_in_order and not recipe.n_new:
        return Balanced(source, column, target, recipe, None, nothing)
    if recipe.kept is not None and room is not None and room < recipe.n_kept:
        return Balanced(source, column, target, recipe, None, nothing, part_rows=room)
    if recipe.kept is None:
        names = [name for name in names if name != column]
    rows = recipe.parents() if isinstance(recipe, RecipeInPieces) else np.unique(recipe.kept_rows())
    with show_progress("gathering rows") as progress:
        table = gather(source, names, rows, Look(), progress).table
    if recipe.kept is not None:
        table = table.take(pa.array(np.searchsorted(rows, recipe.kept)))
        return Balanced(source, column, target, recipe, table, nothing)
    return Balanced(source, column, target, recipe, None, Compact(table, in_part(recipe, rows), NewRows()))
