"""Columns of plain numbers of a Parquet file, which polars decodes in two thirds of the time that pyarrow takes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from fastbal._address_space import IS_NARROW

_INTEGERS = [pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()]
#: Types that both libraries read alike, bit for bit.
PLAIN_TYPES = frozenset([*_INTEGERS, pa.float32(), pa.float64(), pa.bool_()])


class PlainColumns:
    """A file that is read by polars as far as it can.

    Parameters
    ----------
    path : Path
        The file.
    schema : pyarrow.Schema
        Its columns.
    """

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.path = path
        self.names = {field.name: field for field in schema if field.type in PLAIN_TYPES}

    def read(self, columns: Sequence[str], start: int, n_rows: int) -> pa.Table | None:
        """Some rows of some columns; None if they must be read in another way."""
        if IS_NARROW or not n_rows or not columns or not self.names.keys() >= set(columns):
            return None
        import polars as pl

        try:
            table = self._plan.select(columns).slice(start, n_rows).collect(engine="in-memory").to_arrow()
        except (OSError, pl.exceptions.PolarsError):
            # Where the address space is limited, the file may not be mapped; or there is a codec that polars lacks.
            self.names.clear()
            return None
        schema = pa.schema([self.names[name] for name in columns])
        return table.cast(schema) if table.schema.types == schema.types and len(table) == n_rows else None

    @cached_property
    def _plan(self) -> Any:
        """Kept, so that the footer is read once."""
        import polars as pl

        return pl.scan_parquet(self.path, glob=False, hive_partitioning=False)
