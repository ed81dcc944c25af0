"""Tables that are read from the beginning to the end each time: CSV, Arrow IPC, datasets, polars' plans."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from fastbal._separators import separator_of
from fastbal.outofcore._sources import Part, Source, parts_of_batches

CSV_ENDINGS, IPC_ENDINGS = (".csv", ".tsv"), (".arrow", ".feather", ".ipc")
_ROWS_TO_GUESS_TYPES_FROM = 10_000


class StreamSource(Source):
    """A table that comes in batches."""

    def parts(self, columns: Sequence[str]) -> Iterator[Part]:
        return parts_of_batches((table for table in self.tables(columns) if table.num_rows), self.schema)

    @abstractmethod
    def tables(self, columns: Sequence[str]) -> Iterator[pa.Table]:
        """The rows in batches, in order."""


class IpcSource(StreamSource):
    """A file of Arrow's own, record batch by record batch."""

    def __init__(self, path: Path) -> None:
        self.path, self.name, self.files = path, str(path), [path]
        try:
            with pa.OSFile(str(path)) as file, pa.ipc.open_file(file) as reader:
                self.schema = reader.schema
        except pa.ArrowInvalid as error:
            raise ValueError(f"{path} is truncated or no Arrow IPC file: {error}.") from None

    def tables(self, columns: Sequence[str]) -> Iterator[pa.Table]:
        options = pa.ipc.IpcReadOptions(included_fields=[self.schema.get_field_index(name) for name in columns])
        with pa.OSFile(str(self.path)) as file, pa.ipc.open_file(file, options=options) as reader:
            for i in range(reader.num_record_batches):
                batch = pa.Table.from_batches([reader.get_batch(i)])
                for start in range(0, batch.num_rows, self.batch_rows):
                    yield batch.slice(start, self.batch_rows)


class DatasetSource(StreamSource):
    """A `pyarrow.dataset.Dataset`, in the order of its files."""

    base_bytes = 500 * 10**6

    def __init__(self, dataset: Any) -> None:
        self.dataset, self.schema, self.name = dataset, dataset.schema, "The dataset"
        self.files = [Path(file) for file in getattr(dataset, "files", [])]

    def tables(self, columns: Sequence[str]) -> Iterator[pa.Table]:
        # One thread, and nothing read ahead: Arrow would hold row groups that nobody has asked for yet.
        options: dict[str, Any] = {"batch_readahead": 0, "fragment_readahead": 0, "use_threads": False}
        if isinstance(getattr(self.dataset, "format", None), pa.dataset.ParquetFileFormat):
            options["fragment_scan_options"] = pa.dataset.ParquetFragmentScanOptions(pre_buffer=False)
        batches = self.dataset.to_batches(columns=list(columns), batch_size=self.batch_rows, **options)
        return (pa.Table.from_batches([batch], batch.schema) for batch in batches)


class LazySource(StreamSource):
    """A polars LazyFrame: it is run several times, and must give the same rows in the same order each time."""

    base_bytes = 600 * 10**6  # of which polars holds half

    def __init__(self, frame: Any) -> None:
        self.frame, self.name = frame, "The LazyFrame"
        # Text as plain text: polars' own kind is known to few readers.
        empty = frame.clear().collect().to_arrow(compat_level=_oldest())
        self.schema = pa.schema([_plain_field(field) for field in empty.schema])

    def tables(self, columns: Sequence[str]) -> Iterator[pa.Table]:
        batches = self.frame.select(list(columns)).collect_batches(chunk_size=self.batch_rows, maintain_order=True)
        for batch in batches:
            table = batch.to_arrow(compat_level=_oldest())
            yield table.cast(pa.schema([self.schema.field(name) for name in columns]))


class CsvLines(NamedTuple):
    """How lines are written."""

    separator: str
    line_end: str
    end: int  # where the last line with anything in it ends, its line end not counted


class CsvSource(LazySource):
    """A CSV file in UTF-8 whose first line holds the column names.

    Parameters
    ----------
    path : Path
        The file.
    frame : polars.LazyFrame, optional
        The same file as polars shall read it; by default types are guessed from its first 10,000 rows.
    """

    def __init__(self, path: Path, frame: Any = None) -> None:
        import polars as pl

        self.path, self.shape = path, csv_lines(path)
        if frame is None:
            frame = pl.scan_csv(
                path, separator=self.shape.separator, infer_schema_length=_ROWS_TO_GUESS_TYPES_FROM, glob=False
            )
        super().__init__(frame)
        self.name, self.files = str(path), [path]


def csv_lines(path: Path) -> CsvLines:
    """Read the first line and the last ones."""
    with path.open("rb") as file:
        first = file.readline(1 << 20).decode("utf-8-sig")
        # A cell may be cut in two here, of which the last is not looked at.
        sample = first + file.read(1 << 16).decode(errors="replace").rpartition("\n")[0]
        start = max(0, file.seek(0, os.SEEK_END) - (1 << 16))
        file.seek(start)
        end = start + len(file.read().rstrip(b"\r\n"))
    if not first.strip():
        raise ValueError(f"{path} is empty. Its first line must hold the column names.")
    separator = "\t" if path.suffix.lower() == ".tsv" else separator_of(sample)
    return CsvLines(separator, "\r\n" if first.endswith("\r\n") else "\n", end)


def _oldest() -> Any:
    import polars as pl

    return pl.CompatLevel.oldest()


def _plain_field(field: pa.Field) -> pa.Field:
    if pa.types.is_string_view(field.type):
        return field.with_type(pa.large_string())
    if pa.types.is_dictionary(field.type):
        return field.with_type(pa.dictionary(pa.int32(), pa.large_string()))
    return field
