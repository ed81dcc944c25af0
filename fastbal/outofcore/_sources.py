"""Where a table lies: what it consists of, and its rows, piece by piece, in an order that stays."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

#: Rows handed on at once, and so many at most whatever they weigh.
BATCH_BYTES, BATCH_ROWS = 1 << 25, 1 << 17


@dataclass(frozen=True)
class Part:
    """Rows of a table that stand together: a row group, a record batch.

    Parameters
    ----------
    start, n_rows : int
        Which rows these are.
    read : callable
        Some of the columns, in the types of the table's schema. Nothing is decoded before.
    batches : callable
        The same in smaller pieces.
    finite : callable
        Whether a column is known to hold no gap, and whether no infinity, without being looked at.
    """

    start: int
    n_rows: int
    read: Callable[[Sequence[str]], pa.Table]
    batches: Callable[[Sequence[str]], Iterator[pa.Table]]
    finite: Callable[[str], tuple[bool, bool]] = lambda _: (False, False)

    @property
    def stop(self) -> int:
        """The row after the last one."""
        return self.start + self.n_rows


class Source(ABC):
    """A table somewhere.

    Attributes
    ----------
    name : str
        What messages call it.
    schema : pyarrow.Schema
        Columns and their types.
    files : list of Path
        The files it is known to lie in.
    has_names : bool
        Whether its columns have names; otherwise they are called by their numbers.
    n_rows : int or None
        How many rows there are, once that is known.
    base_bytes : int
        What libraries take to read it and to write another, whatever its size.
    """

    name: str
    schema: pa.Schema
    files: Sequence[Path] = ()
    has_names: bool = True
    n_rows: int | None = None
    base_bytes: int = 250 * 10**6

    @abstractmethod
    def parts(self, columns: Sequence[str]) -> Iterator[Part]:
        """The rows, part by part, in order; `columns` are all that will be read of them."""

    @property
    def row_bytes(self) -> float:
        """About what a row weighs when decoded."""
        return sum(_bytes_of(field.type) for field in self.schema)

    @property
    def written_as(self) -> Source:
        """The table whose kind of file, codecs and encodings the answer takes over."""
        return self

    def check_length(self, n_rows: int) -> None:
        """Refuse a table that is read a second time and has more rows or fewer."""
        if self.n_rows not in (None, n_rows):
            raise ValueError(
                f"{self.name} had {self.n_rows:,} rows at first, and {n_rows:,} now. It is read more than once, so it "
                "must stay as it is meanwhile, and a LazyFrame must give the same rows in the same order each time."
            )
        self.n_rows = n_rows

    def batches(self, columns: Sequence[str]) -> Iterator[pa.Table]:
        """All rows in pieces of moderate size."""
        n_rows = 0
        for part in self.parts(columns):
            for batch in part.batches(columns):
                yield batch
                n_rows += len(batch)
        self.check_length(n_rows)

    def head(self, columns: Sequence[str]) -> pa.Table:
        """The first row."""
        for part in self.parts(columns):
            for batch in part.batches(columns):
                if batch.num_rows:
                    return batch.slice(0, 1)
        raise ValueError(f"{self.name} has no rows.")

    @property
    def batch_rows(self) -> int:
        """How many rows to hold at once."""
        return int(max(1024, min(BATCH_ROWS, BATCH_BYTES // max(1.0, self.row_bytes))))


def part_of_batch(start: int, batch: pa.Table, schema: pa.Schema) -> Part:
    """A part that is in memory already."""

    def read(columns: Sequence[str]) -> pa.Table:
        return as_schema(batch.select(list(columns)), schema)

    return Part(start, batch.num_rows, read, lambda columns: iter([read(columns)]))


def parts_of_batches(batches: Iterator[pa.Table], schema: pa.Schema) -> Iterator[Part]:
    """Parts from a stream of tables."""
    start = 0
    for batch in batches:
        yield part_of_batch(start, batch, schema)
        start += batch.num_rows


def as_schema(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """A table with the types that its columns have in a schema."""
    wanted = pa.schema([schema.field(name) for name in table.column_names])
    if table.schema.equals(wanted):
        return table
    return table.cast(wanted)


def _bytes_of(dtype: pa.DataType) -> float:
    if pa.types.is_dictionary(dtype):
        return _bytes_of(dtype.index_type)
    try:
        return float(dtype.bit_width / 8)
    except ValueError:  # text, lists: a guess
        return 32.0


def rows_within(rows: NDArray[Any], start: int, stop: int) -> NDArray[Any]:
    """Which of ascending row numbers are in a range, counted from its beginning."""
    first, last = np.searchsorted(rows, [start, stop])
    return rows[first:last] - start


def require_column(name: Any, columns: Sequence[str], table: str = "The table") -> None:
    """Raise the error if a table has no such column."""
    if name not in columns:
        raise ValueError(
            f"{table} has no column {name!r}. The columns are {', '.join(map(repr, columns[:20]))}"
            f"{f' and {len(columns) - 20} more' if len(columns) > 20 else ''}."
        )
