"""A balanced table put together again: old rows as they are in the file, new ones written as their column is."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fastbal._columns.kinds import IDENTIFIER, ROW_NAMES, ColumnKind
from fastbal._columns.written import Dates
from fastbal._core.words import listed
from fastbal.cli.checks import is_number
from fastbal.cli.errors import MISUSED, CliError

EMPTY_IDS, COUNTED_IDS, KEPT_IDS = "empty", "count", "keep"
IDS = (EMPTY_IDS, COUNTED_IDS, KEPT_IDS)


class Origin(NamedTuple):
    """Where the rows of a balanced table come from.

    Attributes
    ----------
    rows : ndarray of shape (n_rows,), int64
        For each of its rows: that of the input which it is, or starts from.
    is_new : ndarray of shape (n_rows,), bool
        Which of them are new.
    neighbors : ndarray of shape (n_rows,), int64, or None
        For each new row: the other one that it lies between, or that one again; None where there are more than two.
    """

    rows: NDArray[np.int64]
    is_new: NDArray[np.bool_]
    neighbors: NDArray[np.int64] | None


def origin_of(sampler: Any) -> Origin:
    """What a fitted sampler says about where its rows come from."""
    recipe = sampler.recipe_
    rows, is_new = recipe.source_rows(), sampler.is_synthetic_ if recipe.n_new else np.zeros(0, bool)
    if not recipe.n_new:
        is_new = np.zeros(len(rows), bool)
    neighbors = None
    heads = sampler.neighbor_indices_ if recipe.n_new else recipe.base
    if len(heads) == is_new.sum() and (heads < recipe.n_rows).all():
        neighbors = rows.astype(np.int64)
        neighbors[is_new] = heads
    return Origin(rows, is_new, neighbors)


def restored(
    column: ColumnKind, old: pl.Series, made: pl.Series | None, origin: Origin, ids: str, *, as_typed: bool
) -> pl.Series:
    """A column of the balanced table.

    Parameters
    ----------
    column : ColumnKind
        What it was taken for.
    old : Series
        As it is in the file.
    made : Series or None
        What the sampler has given back for all rows, if it has seen the column.
    origin : Origin
        Where the rows come from.
    ids : str
        What new rows get for identifiers: one of `IDS`.
    as_typed : bool
        Whether text that is numbers or dates is written as these.
    """
    taken = old.gather(origin.rows)
    if made is None:
        return taken if not origin.is_new.any() else _beside(column, old, taken, origin, ids)
    if column.style is None and made.dtype == old.dtype:
        return made
    if column.style is not None and old.dtype == pl.String:
        if as_typed:
            return _as_dates(made, column.style) if isinstance(column.style, Dates) else made
        texts = [column.style.text(number) if number is not None else None for number in made.filter(origin.is_new)]
        return _with_new(taken, origin.is_new, pl.Series(texts, dtype=pl.String))
    new = made.filter(origin.is_new)
    if old.dtype.is_integer() and not is_number(old.dtype):
        return _with_new(taken, origin.is_new, new.round().cast(old.dtype) + old.drop_nulls().sort().head(1))
    if old.dtype.is_temporal() or old.dtype.is_integer():
        new = new.round() if new.dtype.is_float() else new
        new = new.cast(pl.Int32 if old.dtype == pl.Date else pl.Int64) if old.dtype.is_temporal() else new
    return _with_new(taken, origin.is_new, new.cast(old.dtype))


def _as_dates(days: pl.Series, style: Dates) -> pl.Series:
    moments = (days * 86_400_000_000).round().cast(pl.Int64).cast(pl.Datetime("us"))
    return moments if "%H" in style.format or not style.format else moments.cast(pl.Date)


def _beside(column: ColumnKind, old: pl.Series, taken: pl.Series, origin: Origin, ids: str) -> pl.Series:
    """A column that the sampler has not seen: names are nobody's, and of the rest new rows have what their base has."""
    n_new = int(origin.is_new.sum())
    if column.kind not in (IDENTIFIER, ROW_NAMES) or ids == KEPT_IDS:
        return taken
    new = pl.Series([None] * n_new, dtype=old.dtype) if ids == EMPTY_IDS else counted_on(old, n_new)
    return _with_new(taken, origin.is_new, new)


def counted_on(old: pl.Series, n_new: int) -> pl.Series:
    """Names for new rows that no old one has: numbers, also as text, go on after the largest; dates have none."""
    if old.dtype.is_temporal():
        return pl.Series([None] * n_new, dtype=old.dtype)
    numbers = old.cast(pl.Int128, strict=False)
    is_number = old.dtype.is_integer() or (old.dtype == pl.String and numbers.null_count() == old.null_count())
    if not is_number:
        return pl.Series([f"new-{i + 1}" for i in range(n_new)], dtype=pl.String).cast(old.dtype, strict=False)
    first = max(numbers.drop_nulls().to_list(), default=-1) + 1
    return pl.Series(range(first, first + n_new), dtype=pl.Int128).cast(old.dtype, strict=False)


def _with_new(old: pl.Series, is_new: NDArray[np.bool_], new: pl.Series) -> pl.Series:
    """A column with other values in the new rows."""
    if not is_new.any():
        return old
    places = np.where(is_new, len(old) + np.cumsum(is_new) - 1, np.arange(len(old)))
    return pl.concat([old, new.alias(old.name)]).gather(places)


def check_mark(mark: str | None, parents: bool, names: list[str]) -> None:
    """Refuse marks that are columns already."""
    if mark is None:
        if parents:
            raise CliError("--parents needs --mark COLUMN, beside which it writes them.", MISUSED)
        return
    taken = [name for name in marks_of(mark, parents) if name in names]
    if taken:
        raise CliError(f"--mark {mark}: there is a column {listed(taken)} already. Choose another name.", MISUSED)


def marks_of(mark: str, parents: bool) -> list[str]:
    """The columns that say which rows are new, and of which two rows of the input they are made."""
    return [mark, *([f"{mark}_parent_1", f"{mark}_parent_2"] if parents else [])]


def marked(table: pl.DataFrame, mark: str, parents: bool, origin: Origin) -> pl.DataFrame:
    """The table with columns that say which rows are new, and their parents: rows of the input, counted from 0."""
    columns = [pl.Series(mark, origin.is_new)]
    if parents:
        empty = [None] * len(origin.rows)
        both = (origin.rows, origin.neighbors if origin.neighbors is not None else None)
        for name, rows in zip(marks_of(mark, parents)[1:], both, strict=True):
            numbers = pl.Series(name, empty if rows is None else rows.astype(np.int64), dtype=pl.Int64)
            columns.append(pl.select(pl.when(pl.lit(columns[0])).then(numbers).otherwise(None).alias(name)).to_series())
    return table.with_columns(columns)
