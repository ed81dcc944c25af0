"""A Parquet file, or a folder of them, row group by row group."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from fastbal.outofcore._footers import footer_of, has_page_index
from fastbal.outofcore._plain import PlainColumns
from fastbal.outofcore._sources import Part, Source, as_schema

ENDINGS = (".parquet", ".pq")


class ParquetSource(Source):
    """A Parquet file or folder.

    Files of a folder are in the order of their names as text (``part-10`` before ``part-2``), as pyarrow and polars
    read them; names that begin with a dot or an underscore are no tables.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, str(path)
        self.files = [path] if path.is_file() else files_in(path)
        self.footers = [footer_of(file) for file in self.files]  # refuses what is encrypted or cut off
        self.has_page_index = has_page_index(self.footers[0][0])
        schemas = [pq.read_schema(file) for file in self.files]
        self.schema = _one_schema(schemas, self.files)
        _refuse_index(self.schema, self.name)
        self.is_alike = all(schema.equals(self.schema) for schema in schemas)
        self.metadata = [pq.read_metadata(file) for file in self.files]
        self.n_rows = sum(metadata.num_rows for metadata in self.metadata)

    @functools.cached_property
    def row_bytes(self) -> float:
        encoded = sum(m.row_group(i).total_byte_size for m in self.metadata for i in range(m.num_row_groups))
        by_type = super().row_bytes
        is_fixed = all(_is_fixed(field.type) for field in self.schema)
        return by_type if is_fixed or not self.n_rows else max(by_type, 2.0 * encoded / self.n_rows)

    def parts(self, columns: Sequence[str]) -> Iterator[Part]:
        start = 0
        for path, metadata in zip(self.files, self.metadata, strict=True):
            with pq.ParquetFile(path, metadata=metadata, buffer_size=1 << 20) as file:
                plain, first = PlainColumns(path, file.schema_arrow), start
                for group in range(metadata.num_row_groups):
                    n_rows = metadata.row_group(group).num_rows
                    yield self._part(file, plain, group, (start - first, start), n_rows)
                    start += n_rows

    def head(self, columns: Sequence[str]) -> pa.Table:
        for path in self.files:
            with pq.ParquetFile(path) as file:
                for batch in file.iter_batches(1, columns=list(columns)):
                    return as_schema(pa.Table.from_batches([batch]), self.schema)
        return super().head(columns)

    def _part(
        self, file: pq.ParquetFile, plain: PlainColumns, group: int, starts: tuple[int, int], n_rows: int
    ) -> Part:
        """A row group that begins at one row of its file, and at another of the table."""

        def read(columns: Sequence[str]) -> pa.Table:
            table = plain.read(columns, starts[0], n_rows)
            if table is None:
                table = file.read_row_group(group, columns=list(columns))
            return as_schema(table, self.schema)

        def batches(columns: Sequence[str]) -> Iterator[pa.Table]:
            for batch in file.iter_batches(self.batch_rows, row_groups=[group], columns=list(columns)):
                yield as_schema(pa.Table.from_batches([batch]), self.schema)

        def finite(column: str) -> tuple[bool, bool]:
            metadata = file.metadata.row_group(group)
            places = [j for j in range(metadata.num_columns) if metadata.column(j).path_in_schema == column]
            statistics = metadata.column(places[0]).statistics if len(places) == 1 else None
            if statistics is None or not statistics.has_null_count:
                return False, False
            if not pa.types.is_floating(self.schema.field(column).type):
                return statistics.null_count == 0, True
            extremes = [statistics.min, statistics.max] if statistics.has_min_max else [np.inf]
            return False, bool(np.isfinite(extremes).all())  # NaN is not among the extremes

        return Part(starts[1], n_rows, read, batches, finite)


def files_in(folder: Path) -> list[Path]:
    """The Parquet files in a folder and the folders in it, in the order of their names."""
    inner = [path.relative_to(folder) for ending in ENDINGS for path in folder.rglob(f"*{ending}") if path.is_file()]
    inner = sorted(path for path in inner if not any(part.startswith((".", "_")) for part in path.parts))
    if not inner:
        raise ValueError(f"{folder} is a folder without a Parquet file ({', '.join(ENDINGS)}).")
    values = [part for path in inner for part in path.parts[:-1] if "=" in part]
    if values:
        raise ValueError(
            f"{folder} has folders such as {values[0]!r}, whose names are values of a column. Give it as "
            f"pyarrow.dataset.dataset({str(folder)!r}, partitioning='hive'), which reads that column."
        )
    return [folder / path for path in inner]


def _one_schema(schemas: list[pa.Schema], files: Sequence[Path]) -> pa.Schema:
    first = schemas[0]
    for schema, file in zip(schemas, files, strict=True):
        if schema.names != first.names:
            raise ValueError(
                f"{file} has the columns {schema.names[:20]}, but {files[0]} has {first.names[:20]}. The files of a "
                "folder must have the same columns in the same order."
            )
    if len(set(first.names)) < len(first.names):
        raise ValueError(f"{files[0]} has a column name twice among {first.names[:20]}. Rename one of them.")
    try:
        merged = pa.unify_schemas(schemas, promote_options="permissive")
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise ValueError(f"The files of a folder differ in the type of a column: {error}") from None
    return merged.with_metadata(first.metadata)


def _refuse_index(schema: pa.Schema, name: str) -> None:
    """What pandas keeps its index in is no column of the table."""
    kept: Any = (schema.pandas_metadata or {}).get("index_columns", [])
    columns = [column for column in kept if isinstance(column, str) and column in schema.names]
    if columns:
        raise ValueError(
            f"{name} has the column {columns[0]!r}, in which pandas keeps the index: no distance should be computed "
            "from it. Write the file with index=False, or give the columns you mean as a polars.LazyFrame."
        )


def _is_fixed(dtype: pa.DataType) -> bool:
    return not (
        pa.types.is_dictionary(dtype)
        or pa.types.is_nested(dtype)
        or pa.types.is_large_string(dtype)
        or pa.types.is_string(dtype)
        or pa.types.is_string_view(dtype)
        or pa.types.is_binary(dtype)
        or pa.types.is_large_binary(dtype)
    )
