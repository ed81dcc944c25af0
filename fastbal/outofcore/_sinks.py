"""Where the balanced table goes: a file of each kind, whole or not at all."""

from __future__ import annotations

import functools
import io
import os
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fastbal.outofcore._footers import Joined, copy_bytes, is_alike
from fastbal.outofcore._npy import NpySource, write_header
from fastbal.outofcore._parquet import ENDINGS as PARQUET_ENDINGS
from fastbal.outofcore._parquet import ParquetSource
from fastbal.outofcore._sources import Source
from fastbal.outofcore._streams import CSV_ENDINGS, IPC_ENDINGS, CsvSource
from fastbal.outofcore._thrift import Reader

# A row group holds what analysts like to skip at once, and what fits into memory.
_GROUP_ROWS, _GROUP_BYTES = 1 << 20, 1 << 26


class Sink(ABC):
    """A file to be written from the beginning.

    Parameters
    ----------
    file : binary file
        Open for reading and writing, empty.
    source : Source
        Where the rows come from: a sink of the same kind writes as it is written.
    n_rows : int
        How many rows there will be.
    """

    def __init__(self, file: BinaryIO, source: Source, n_rows: int) -> None:
        self.file, self.source, self.n_rows = file, source, n_rows

    def copy(self) -> bool:
        """Copy all rows of the source as bytes, before anything is written; whether that was possible."""
        return False

    @abstractmethod
    def write(self, table: pa.Table) -> None:
        """Write rows."""

    def close(self) -> None:  # noqa: B027  most have something to write
        """Write what stands at the end."""

    @classmethod  # noqa: B027
    def check(cls, source: Source) -> None:
        """Refuse a table that files of this kind cannot hold."""


class ParquetSink(Sink):
    """Parquet, compressed and encoded as the source is, if that is Parquet."""

    def __init__(self, file: BinaryIO, source: Source, n_rows: int) -> None:
        super().__init__(file, source, n_rows)
        self.joined: Joined | None = None
        self.waiting: list[pa.Table] = []  # rows of the next row group

    def copy(self) -> bool:
        source = self.source
        if not (isinstance(source, ParquetSource) and source.is_alike):
            return False
        ours = io.BytesIO()
        pq.ParquetWriter(ours, source.schema, **self._options()).close()
        length = int.from_bytes(ours.getvalue()[-8:-4], "little")
        our_footer = Reader(ours.getvalue()[-8 - length : -8]).struct()
        if not all(is_alike(footer, our_footer) for footer, _ in source.footers):
            return False
        self.joined = Joined(self.file)
        for path, (footer, end) in zip(source.files, source.footers, strict=True):
            self.joined.add_file(path, footer, end)
        del source.footers  # they are those of the new file now
        self.joined.begin_rows()
        return True

    @functools.cached_property
    def writer(self) -> pq.ParquetWriter:
        """Opened when there are rows to be written."""
        return pq.ParquetWriter(pa.PythonFile(self.file, "w"), self.source.schema, **self._options())

    def write(self, table: pa.Table) -> None:
        self.waiting.append(table)
        n_rows = sum(map(len, self.waiting))
        if n_rows >= _GROUP_ROWS or n_rows * self.source.row_bytes >= _GROUP_BYTES:
            self._write_group()

    def _write_group(self) -> None:
        group = pa.concat_tables(self.waiting)
        self.waiting.clear()
        self.writer.write_table(group, row_group_size=len(group))

    def close(self) -> None:
        if self.waiting:
            self._write_group()
        if "writer" in vars(self) or self.joined is None:
            self.writer.close()
            if self.joined is not None:
                self.joined.end_rows()
        if self.joined is not None:
            self.joined.close()

    def _options(self) -> dict[str, Any]:
        """How the source's first row group is written."""
        if not isinstance(self.source, ParquetSource):
            return {}
        metadata = self.source.metadata[0]
        if not metadata.num_row_groups:
            return {}
        group = metadata.row_group(0)
        columns = [group.column(j) for j in range(group.num_columns)]
        codecs = {c.path_in_schema: c.compression.replace("UNCOMPRESSED", "NONE") for c in columns}
        coded = [c.path_in_schema for c in columns if {"RLE_DICTIONARY", "PLAIN_DICTIONARY"} & set(c.encodings)]
        return {
            "compression": codecs,
            "use_dictionary": coded or False,
            "write_page_index": self.source.has_page_index,
            "write_statistics": [c.path_in_schema for c in columns if c.is_stats_set] or False,
        }


class IpcSink(Sink):
    """Arrow's own file, whose dictionaries must be the same in all batches."""

    @functools.cached_property
    def _dictionaries(self) -> dict[str, pa.Array]:
        names = [field.name for field in self.source.schema if pa.types.is_dictionary(field.type)]
        known: dict[str, pa.Array] = {}
        for table in self.source.batches(names) if names else ():
            for name in names:
                column = table[name].cast(table.schema.field(name).type.value_type).unique().drop_null()
                known[name] = pa.concat_arrays([known[name], column]).unique() if name in known else column
        return known

    @functools.cached_property
    def writer(self) -> Any:
        """Opened when there are rows to be written."""
        return pa.ipc.new_file(pa.PythonFile(self.file, "w"), self.source.schema)

    def write(self, table: pa.Table) -> None:
        for name, dictionary in self._dictionaries.items():
            place = table.schema.get_field_index(name)
            field = table.schema.field(place)
            values = table[name].cast(field.type.value_type).combine_chunks()
            codes = pc.index_in(values, dictionary, skip_nulls=True).cast(field.type.index_type)
            same = pa.DictionaryArray.from_arrays(codes, dictionary, ordered=field.type.ordered)
            table = table.set_column(place, field, same)
        self.writer.write_table(table)

    def close(self) -> None:
        self.writer.close()


class CsvSink(Sink):
    """CSV as polars writes it, with the separator and the line ends of the source."""

    is_begun = False

    def copy(self) -> bool:
        if not (isinstance(self.source, CsvSource) and self._separator == self.source.shape.separator):
            return False
        copy_bytes(self.source.path, 0, self.source.shape.end, self.file)  # a blank line at the end is no row
        self.file.seek(0, os.SEEK_END)
        self.file.write(self._line_end.encode())
        self.is_begun = True
        return True

    @property
    def _separator(self) -> str:
        if ".tsv" in self.file.name:
            return "\t"
        is_csv = isinstance(self.source, CsvSource) and self.source.path.suffix.lower() == ".csv"
        return self.source.shape.separator if is_csv else ","  # type: ignore[attr-defined]

    @property
    def _line_end(self) -> str:
        return self.source.shape.line_end if isinstance(self.source, CsvSource) else "\n"

    def write(self, table: pa.Table) -> None:
        import polars as pl

        frame = pl.from_arrow(table)
        assert isinstance(frame, pl.DataFrame)
        frame.write_csv(
            self.file, include_header=not self.is_begun, separator=self._separator, line_terminator=self._line_end
        )
        self.is_begun = True

    @classmethod
    def check(cls, source: Source) -> None:
        nested = [
            field.name
            for field in source.schema
            if pa.types.is_nested(field.type) or pa.types.is_binary(field.type) or pa.types.is_large_binary(field.type)
        ]
        if nested:
            raise ValueError(f"A CSV file cannot hold the lists or bytes of column {nested[0]!r}. Write Parquet.")


class NpySink(Sink):
    """A .npy file, rows one after the other."""

    def __init__(self, file: BinaryIO, source: Source, n_rows: int) -> None:
        super().__init__(file, source, n_rows)
        self.dtype = np.dtype(source.schema.types[0].to_pandas_dtype())
        write_header(file, self.dtype, (n_rows, len(source.schema)))

    def copy(self) -> bool:
        source = self.source
        if not (isinstance(source, NpySource) and source.by_rows and source.dtype == self.dtype):
            return False
        copy_bytes(source.path, source.offset, source.path.stat().st_size, self.file)
        return True

    def write(self, table: pa.Table) -> None:
        block = np.empty(table.shape, self.dtype)
        for j, column in enumerate(table.columns):
            block[:, j] = column.to_numpy()
        self.file.seek(0, os.SEEK_END)
        self.file.write(block.data)

    @classmethod
    def check(cls, source: Source) -> None:
        kinds = {str(dtype) for dtype in source.schema.types}
        dtype = source.schema.types[0]
        if len(kinds) > 1 or not (pa.types.is_integer(dtype) or pa.types.is_floating(dtype) or dtype == pa.bool_()):
            raise ValueError(
                f"A .npy file holds numbers of one type, but the columns are of types {', '.join(sorted(kinds))}. "
                "Write Parquet or Arrow instead."
            )


SINKS: dict[str, type[Sink]] = {
    **dict.fromkeys(PARQUET_ENDINGS, ParquetSink),
    **dict.fromkeys(IPC_ENDINGS, IpcSink),
    **dict.fromkeys(CSV_ENDINGS, CsvSink),
    ".npy": NpySink,
}


def sink_for(out: Path) -> type[Sink]:
    """The kind of file that a name stands for."""
    if out.suffix.lower() not in SINKS:
        raise ValueError(f"{out}: the ending {out.suffix!r} is not known. Known are {', '.join(SINKS)}.")
    return SINKS[out.suffix.lower()]
