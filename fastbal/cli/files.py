"""Tables from and to CSV and Parquet files, whole or not at all."""

from __future__ import annotations

import csv
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeVar

import polars as pl

from fastbal.cli.errors import MISUSED, CliError, listed

T = TypeVar("T")

ENDINGS = {".csv": "CSV", ".tsv": "CSV", ".parquet": "Parquet", ".pq": "Parquet"}

# Types are guessed from so many rows; if a later row contradicts, from all rows, which takes five times as long.
_ROWS_TO_GUESS_TYPES_FROM = 10_000


class CsvShape(NamedTuple):
    """How the lines of a CSV file are divided."""

    separator: str
    columns: list[str]


def format_of(path: Path) -> str:
    """'CSV' or 'Parquet', by the file's ending."""
    if path.suffix.lower() not in ENDINGS:
        raise CliError(
            f"{path}: the ending {path.suffix!r} is not known. Known are {', '.join(ENDINGS)}.",
            MISUSED,
        )
    return ENDINGS[path.suffix.lower()]


def read(path: Path, query: Callable[[pl.LazyFrame], T]) -> T:
    """Run a query on a file's table.

    Parameters
    ----------
    path : Path
        CSV (separated by comma, semicolon, tab or bar, as its first line is) or Parquet.
    query : callable
        Gets the table, unread, and must collect what it needs.

    Returns
    -------
    object
        What the query returns.

    Raises
    ------
    CliError
        If the file is missing, unreadable, truncated, empty, not UTF-8, or has a column name twice.
    """
    is_csv = format_of(path) == "CSV"
    if path.is_dir():
        raise CliError(f"{path} is a folder, not a file.")
    try:
        if not is_csv:
            return query(pl.scan_parquet(path, glob=False))
        shape = _shape_of_csv(path)
        quick = pl.scan_csv(path, separator=shape.separator, infer_schema_length=_ROWS_TO_GUESS_TYPES_FROM, glob=False)
        thorough = pl.scan_csv(path, separator=shape.separator, infer_schema_length=None, glob=False)
        try:
            return query(thorough if _leaves_a_type_open(quick) else quick)
        except pl.exceptions.ComputeError:
            return query(thorough)
    except FileNotFoundError:
        raise CliError(f"{path}: there is no such file in {path.absolute().parent}.") from None
    except PermissionError:
        raise CliError(f"{path}: no permission to read it.") from None
    except UnicodeDecodeError:
        raise CliError(_not_utf8(path)) from None
    except (OSError, pl.exceptions.PolarsError, csv.Error) as error:
        raise CliError(_why_unreadable(path, error)) from None


def separator_for(out: Path, source: Path | None) -> str:
    """What separates the columns of a file to be written: a tab if it is called so, else the same as in the input."""
    if out.suffix.lower() == ".tsv":
        return "\t"
    is_like_source = source is not None and source.suffix.lower() == ".csv"
    return _shape_of_csv(source).separator if source is not None and is_like_source else ","


def _leaves_a_type_open(table: pl.LazyFrame) -> bool:
    head = table.head(_ROWS_TO_GUESS_TYPES_FROM).collect()
    return head.height == _ROWS_TO_GUESS_TYPES_FROM and any(
        column.dtype == pl.String and column.null_count() == head.height for column in head
    )


def _shape_of_csv(path: Path) -> CsvShape:
    """Read the first and the last line, which say more about a file than any parser's message."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline(10_000_000)
    if not first.strip():
        raise CliError(f"{path} is empty. Its first line must hold the column names.")
    separator = "\t" if path.suffix.lower() == ".tsv" else max(",;\t|", key=first.count)
    columns = next(csv.reader([first], delimiter=separator))
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise CliError(f"{path}: column names must differ, but {listed(twice)} stands there twice. Rename one of them.")
    last = _last_line(path)
    n_last = len(next(csv.reader([last], delimiter=separator), columns))
    # A quoted field may span lines; then the last line alone says nothing.
    if n_last < len(columns) and last.count('"') % 2 == 0:
        raise CliError(
            f"{path} is truncated: its last line has {n_last} of {len(columns)} columns. "
            "Copy the file again, or delete that line."
        )
    return CsvShape(separator, columns)


def _last_line(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - 1_000_000))
        lines = file.read().splitlines()
    return lines[-1].decode() if lines else ""


def _not_utf8(path: Path) -> str:
    return (
        f"{path} is not UTF-8 text. Convert it first, for example with: "
        f"iconv -f LATIN1 -t UTF-8 {path} > {path.stem}-utf8{path.suffix}"
    )


def _why_unreadable(path: Path, error: Exception) -> str:
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if "utf-8" in reason:
        return _not_utf8(path)
    if "more fields" in reason:
        return f"{path}: a line has more columns than the first line. Check its separators and quotes."
    if "File out of specification" in reason:
        return f"{path} is truncated or no Parquet file. Copy or export it again. ({reason})"
    if isinstance(error, OSError):
        return f"{path} cannot be read: {error.strerror or reason}."
    return f"{path} cannot be read: {reason}"


def check_writable(out: Path, source: Path | None, force: bool) -> None:
    """Refuse before the work what would fail after it."""
    format_of(out)
    if out.is_dir():
        raise CliError(f"{out} is a folder, not a file.")
    if out.exists() and not force:
        same = " It is the input itself." if source is not None and source.exists() and out.samefile(source) else ""
        raise CliError(f"{out} exists already.{same} Give another name with -o, or --force to replace it.")
    if not out.absolute().parent.is_dir():
        raise CliError(f"{out}: there is no folder {out.absolute().parent}. Make it first.")
    if not os.access(out.absolute().parent, os.W_OK):
        raise CliError(f"{out}: no permission to write to the folder {out.absolute().parent}.")


def check_holds(out: Path, schema: pl.Schema) -> None:
    """Refuse columns that the kind of file to be written cannot hold."""
    unfit = [name for name, dtype in schema.items() if dtype.is_nested() or dtype in (pl.Binary, pl.Object)]
    if unfit and format_of(out) == "CSV":
        raise CliError(
            f"{out}: a CSV file cannot hold the lists or bytes of {listed(unfit)}. Name it *.parquet with -o."
        )


def write(table: pl.DataFrame, out: Path, separator: str, force: bool) -> None:
    """Write a table to a temporary file beside `out`, then rename it: `out` is whole or was never touched."""
    try:
        with _renamed_when_whole(out, force) as file:
            if format_of(out) == "Parquet":
                table.write_parquet(file)
            else:
                table.write_csv(file, separator=separator)
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = getattr(error, "strerror", None) or str(error).rpartition("IO error: ")[2]
        raise CliError(f"{out} could not be written: {reason}. Nothing was changed.") from None


@contextmanager
def _renamed_when_whole(out: Path, force: bool) -> Iterator[BinaryIO]:
    out = out.resolve()  # a link stays a link
    temporary = out.with_name(f".{out.name}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if out.exists() and not force:
            raise CliError(f"{out} exists already: it was made in the meantime. Give --force to replace it.")
        temporary.replace(out)
    finally:
        temporary.unlink(missing_ok=True)
