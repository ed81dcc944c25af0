"""A table to a file, as the input is written, or anything else to a file, whole or not at all."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import polars as pl

from fastbal._core.words import listed
from fastbal._writing import leftovers_in, written_whole
from fastbal.cli.ending import ending_now
from fastbal.cli.errors import CliError
from fastbal.cli.opening import STANDARD, Opened, format_of, packed_into
from fastbal.cli.reading import shape_of_csv


def check_writable(out: Path, source: Path | None, force: bool, option: str = "-o") -> None:
    """Refuse before the work what would fail after it."""
    if out == STANDARD:
        return
    try:
        exists = out.exists()
    except OSError as error:
        raise CliError(f"{out} could not be written: {error.strerror}. Choose another place with {option}.") from None
    if out.is_dir():
        raise CliError(f"{out} is a folder, not a file.")
    if exists and not force:
        same = " It is the input itself." if source is not None and source.exists() and out.samefile(source) else ""
        raise CliError(f"{out} exists already.{same} Give another name with {option}, or --force to replace it.")
    if not out.absolute().parent.is_dir():
        raise CliError(f"{out}: there is no folder {out.absolute().parent}. Make it first.")
    if not os.access(out.absolute().parent, os.W_OK):
        raise CliError(f"{out}: no permission to write to the folder {out.absolute().parent}.")


def check_holds(out: Path, schema: pl.Schema) -> None:
    """Refuse columns that the kind of file to be written cannot hold."""
    odd = (pl.Binary, pl.Object, pl.Duration)
    unfit = [name for name, dtype in schema.items() if dtype.is_nested() or dtype in odd]
    if unfit and format_of(out) == "CSV":
        raise CliError(
            f"{out}: a CSV file cannot hold the lists, bytes or durations of {listed(unfit)}. "
            "Name it *.parquet with -o."
        )
    bare = [name for name, dtype in schema.items() if dtype in (pl.Binary, pl.Object)]
    if bare and format_of(out) == "JSON lines":
        raise CliError(f"{out}: JSON lines cannot hold the bytes of {listed(bare)}. Name it *.parquet with -o.")


class FileLayout(NamedTuple):
    """How a file is to be written.

    Attributes
    ----------
    kind : str
        "CSV", "Parquet", "Arrow IPC" or "JSON lines".
    separator, line_end, encoding : str
        Of CSV.
    pandas : str or None
        What pandas has written about its table into a Parquet file.
    """

    kind: str
    separator: str = ","
    line_end: str = "\n"
    encoding: str = "utf-8"
    pandas: str | None = None


def layout_for(out: Path, source: Opened | None, pandas: str | None) -> FileLayout:
    """As the input is written, where the output is of its kind; a file called .tsv is separated by tabs."""
    kind = format_of(out) or (source.kind if source is not None else "CSV")
    if kind == "Parquet":
        return FileLayout(kind, pandas=pandas)
    is_tsv = ".tsv" in out.suffixes
    if kind != "CSV" or source is None or source.kind != "CSV":
        return FileLayout(kind, "\t" if is_tsv else ",")
    shape = shape_of_csv(source)
    is_alike = is_tsv or ".tsv" in source.name.suffixes
    return FileLayout(kind, "\t" if is_tsv else "," if is_alike else shape.separator, shape.line_end, source.encoding)


def write_table(table: pl.DataFrame, out: Path, layout: FileLayout, force: bool) -> None:
    """Write a table, packed by the ending of the file; to standard output for ``-``."""

    def write(file: Any) -> None:
        with packed_into(file, out, layout.encoding) as packed:
            _write_as(table, packed, layout)

    if out == STANDARD:
        write(sys.stdout.buffer)
        sys.stdout.buffer.flush()
    else:
        keep(out, write, force)


def sink(table: pl.LazyFrame, out: Path, layout: FileLayout, force: bool) -> None:
    """Write a table that is larger than memory, batch by batch."""

    def write(file: Any) -> None:
        with packed_into(file, out, layout.encoding) as packed:
            if layout.kind == "CSV":
                for i, batch in enumerate(table.collect_batches(maintain_order=True)):
                    ending_now().check()
                    batch.write_csv(
                        packed,
                        separator=layout.separator,
                        line_terminator=layout.line_end,
                        include_header=i == 0,
                    )
            elif layout.kind == "Parquet":
                _sink_with_pandas(table, packed, layout.pandas)
            elif layout.kind == "Arrow IPC":
                table.sink_ipc(packed, compat_level=pl.CompatLevel.oldest())
            else:
                table.sink_ndjson(packed)

    if out == STANDARD:
        write(sys.stdout.buffer)
    else:
        keep(out, write, force)


def _write_as(table: pl.DataFrame, file: Any, layout: FileLayout) -> None:
    match layout.kind:
        case "CSV":
            table.write_csv(file, separator=layout.separator, line_terminator=layout.line_end)
        case "Parquet":
            if layout.pandas is None:
                table.write_parquet(file)
            else:
                _sink_with_pandas(table.lazy(), file, layout.pandas, table.height)
        case "Arrow IPC":
            table.write_ipc(file, compat_level=pl.CompatLevel.oldest())
        case _:
            table.write_ndjson(file)


def _sink_with_pandas(table: pl.LazyFrame, file: Any, pandas: str | None, n_rows: int | None = None) -> None:
    """Parquet with what pandas has written about its table, which readers look for where Arrow alone can write it."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        table.sink_parquet(file)
        return
    names = table.collect_schema().names()
    told = {} if pandas is None else {"pandas": _pandas_of(pandas, names, n_rows)}
    schema = table.head(0).collect().to_arrow(compat_level=pl.CompatLevel.oldest()).schema.with_metadata(told)
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        for batch in table.collect_batches(maintain_order=True):
            rows = batch.to_arrow(compat_level=pl.CompatLevel.oldest())
            writer.write_table(pyarrow.Table.from_batches(rows.to_batches(), rows.schema).cast(schema))


def _pandas_of(written: str, names: list[str], n_rows: int | None) -> str:
    """What pandas has written about the old table, true of the new one: its rows may be counted."""
    told = json.loads(written)
    indices = told.get("index_columns", [])
    for index in indices:
        if isinstance(index, dict) and n_rows is not None:
            index["stop"] = index["start"] + index["step"] * n_rows
    told["index_columns"] = [
        index for index in indices if (n_rows is not None if isinstance(index, dict) else index in names)
    ]
    return json.dumps(told)


def keep(out: Path, write_to: Callable[[BinaryIO], object], force: bool) -> None:
    """Write a file whole or not at all; what fails is said in one sentence."""
    try:
        with written_whole(out, replace=force) as file:
            write_to(file)
            ending_now().check()
        ending_now().written.append(out)
    except FileExistsError:
        raise CliError(f"{out} exists already: it was made in the meantime. Give --force to replace it.") from None
    except (OSError, pl.exceptions.PolarsError) as error:
        told = getattr(error, "strerror", None) or str(error).rpartition("IO error: ")[2]
        reason = re.sub(r" \(os error \d+\)$", "", told)
        raise CliError(f"{out} could not be written: {reason}. Nothing was changed.") from None


def leftovers_beside(out: Path | None) -> list[str]:
    """Sentences about what killed runs have left where a file was written; those of the file itself are gone by now."""
    if out is None or out == STANDARD:
        return []
    left = leftovers_in(out.absolute().parent)
    return [f"{out.parent / file.name} was left behind by a run that was killed; delete it" for file in left]
