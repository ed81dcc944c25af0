"""A table from a CSV or Parquet file, or a sentence that says why not."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import polars as pl

from fastbal._core.words import LEADING_ZERO, listed
from fastbal.cli.errors import MISUSED, CliError

T = TypeVar("T")

ENDINGS = {".csv": "CSV", ".tsv": "CSV", ".parquet": "Parquet", ".pq": "Parquet"}

# Types are guessed from so many rows; if a later row contradicts, from all rows, which takes five times as long.
_ROWS_TO_GUESS_TYPES_FROM = 10_000

_LONGEST_LINE = 1_000_000

_OPENS_A_QUOTE = re.compile(r'(^|[,;\t|])"')


class CsvShape(NamedTuple):
    """How the lines of a CSV file are divided."""

    separator: str
    ends_blank: bool


def format_of(path: Path) -> str:
    """'CSV' or 'Parquet', by the file's ending."""
    if path.suffix.lower() not in ENDINGS:
        raise CliError(
            f"{path}: the ending {path.suffix!r} is not known. Known are {', '.join(ENDINGS)}.",
            MISUSED,
        )
    return ENDINGS[path.suffix.lower()]


def read(path: Path, query: Callable[[pl.LazyFrame], T], *, as_text: bool = False) -> T:
    """Run a query on a file's table.

    A column of a CSV file with numbers such as 00501 is text: these are codes, and numbers would lose the zeros.

    Parameters
    ----------
    path : Path
        CSV (separated by comma, semicolon, tab or bar, as its first line is) or Parquet.
    query : callable
        Gets the table, unread, and must collect what it needs.
    as_text : bool, default=False
        Whether the cells of a CSV file stay as they are written.

    Returns
    -------
    object
        What the query returns.

    Raises
    ------
    CliError
        If the file is missing, unreadable, truncated, empty, not UTF-8, or has a column name twice or none.
    """
    is_csv = format_of(path) == "CSV"
    try:
        _check_kind(path)
        if not is_csv:
            return query(pl.scan_parquet(path, glob=False))
        shape = _shape_of_csv(path)
        as_written = _scan_csv(path, shape, infer_schema=False)
        if as_text:
            return query(as_written)
        texts = dict.fromkeys(_columns_of_codes(path, shape, as_written), pl.String)
        quick = _scan_csv(path, shape, infer_schema_length=_ROWS_TO_GUESS_TYPES_FROM, schema_overrides=texts)
        thorough = _scan_csv(path, shape, infer_schema_length=None, schema_overrides=texts)
        try:
            return query(thorough if _leaves_a_type_open(quick) else quick)
        except pl.exceptions.ComputeError:
            return query(thorough)
    except FileNotFoundError:
        raise CliError(f"{path}: there is no such file in {path.absolute().parent}.") from None
    except PermissionError:
        raise CliError(f"{path}: no permission to read it.") from None
    except UnicodeEncodeError:
        raise CliError(f"{path}: the name of the file is not UTF-8 text. Rename the file first.") from None
    except UnicodeDecodeError:
        raise CliError(_not_utf8(path)) from None
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException, csv.Error) as error:
        raise CliError(_why_unreadable(path, error)) from None


def _check_kind(path: Path) -> None:
    str(path).encode()  # polars takes no other names
    if path.is_dir():
        raise CliError(f"{path} is a folder, not a file.")
    if path.exists() and not path.is_file():
        raise CliError(f"{path} is a pipe or a device, which can be read only once. Save it to a file first.")


def _scan_csv(path: Path, shape: CsvShape, **types: Any) -> pl.LazyFrame:
    table = pl.scan_csv(path, separator=shape.separator, glob=False, **types)
    # To polars a blank line is a row of nothing; at the end of a file, where editors leave it, it is none.
    return table.filter(~pl.all_horizontal(pl.all().is_null())) if shape.ends_blank else table


def as_types(cells: pl.Series) -> pl.Series:
    """Cells read as text as `read` would have given them: as numbers, if all of them are."""
    if not cells.str.contains(LEADING_ZERO).any():
        for dtype in (pl.Int64, pl.Float64):
            numbers = cells.cast(dtype, strict=False)
            if numbers.null_count() == cells.null_count() < len(cells):
                return numbers
    return cells


def _columns_of_codes(path: Path, shape: CsvShape, as_written: pl.LazyFrame) -> list[str]:
    """Columns with leading zeros. Most files have none, which their bytes tell faster than their cells."""
    if not _may_have_leading_zeros(path, shape.separator):
        return []
    found = as_written.select(pl.all().str.contains(LEADING_ZERO).any()).collect(engine="streaming")
    return [name for name, is_code in found.row(0, named=True).items() if is_code]


def _may_have_leading_zeros(path: Path, separator: str) -> bool:
    """Whether somewhere a cell begins with a zero and a digit."""
    with path.open("rb") as file:
        before = b"\n\n"
        while chunk := file.read(1 << 18):  # stays in the cache
            data = np.frombuffer(before + chunk, np.uint8)
            begins = (data <= ord('"')) | (data == ord(separator))  # also line ends, tabs and blanks
            is_sign = (data == ord("+")) | (data == ord("-"))
            begins[1:] |= begins[:-1] & is_sign[1:]
            zeros = np.flatnonzero(begins[:-2] & (data[1:-1] == ord("0")))
            if np.isin(data[zeros + 2], list(b"0123456789")).any():
                return True
            before = data[-3:].tobytes()
    return False


def _leaves_a_type_open(table: pl.LazyFrame) -> bool:
    head = table.head(_ROWS_TO_GUESS_TYPES_FROM).collect()
    return head.height == _ROWS_TO_GUESS_TYPES_FROM and any(
        column.dtype == pl.String and column.null_count() == head.height for column in head
    )


def separator_in(path: Path) -> str:
    """What separates the columns of a CSV file."""
    return _shape_of_csv(path).separator


def _shape_of_csv(path: Path) -> CsvShape:
    """Read the first and the last line, which say more about a file than any parser's message."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline(_LONGEST_LINE)
        # A quoted name may span lines.
        while _OPENS_A_QUOTE.search(_unquoted(first)) and len(first) < _LONGEST_LINE and (more := file.readline()):
            first += more
    if not first.strip():
        raise CliError(f"{path} is empty. Its first line must hold the column names.")
    separator = "\t" if path.suffix.lower() == ".tsv" else max(",;\t|", key=_unquoted(first).count)
    columns = next(csv.reader(io.StringIO(first, newline=""), delimiter=separator))
    _refuse_data_as_names(path, columns)
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise CliError(f"{path}: column names must differ, but {listed(twice)} stands there twice. Rename one of them.")
    lines = _last_lines(path)
    last = next((line for line in reversed(lines) if line.strip()), "")
    n_last = _unquoted(last).count(separator) + 1
    # A quoted field may span lines; then the last line alone says nothing.
    if last and n_last < len(columns) and last.count('"') % 2 == 0:
        raise CliError(
            f"{path} is truncated: its last line has {n_last} of {len(columns)} columns. "
            "Copy the file again, or delete that line."
        )
    return CsvShape(separator, ends_blank=len(columns) > 1 and lines[-1:] == [""])


def _unquoted(line: str) -> str:
    return re.sub('"[^"]*"', "", line)


def _refuse_data_as_names(path: Path, columns: list[str]) -> None:
    """A first line with numbers is a row, unless it counts: 0, 1, 2 are the names that a table without names gets."""
    numbers = {place: name for place, name in enumerate(columns) if _is_number(name)}
    counted = {int(name) - place if name.isdecimal() else None for place, name in numbers.items()}
    if numbers and not (len(numbers) >= 3 and len(counted) == 1 and None not in counted):
        raise CliError(
            f"{path}: the first line looks like data, with {listed(numbers.values(), at_most=3)} where a column name "
            "should be. Add a line with column names before it."
        )


def _is_number(text: str) -> bool:
    return re.fullmatch(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", text) is not None


def _last_lines(path: Path) -> list[str]:
    """The last lines, those that are whole."""
    with path.open("rb") as file:
        file.seek(0, os.SEEK_END)
        is_cut = file.tell() > _LONGEST_LINE
        file.seek(-_LONGEST_LINE if is_cut else 0, os.SEEK_END if is_cut else os.SEEK_SET)
        lines = file.read().splitlines()
    return [line.decode(errors="replace") for line in lines[is_cut:]]


def _not_utf8(path: Path) -> str:
    return (
        f"{path} is not UTF-8 text. Convert it first, for example with: "
        f"iconv -f LATIN1 -t UTF-8 {path} > {path.stem}-utf8{path.suffix}"
    )


def _why_unreadable(path: Path, error: BaseException) -> str:
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if "utf-8" in reason:
        return _not_utf8(path)
    if "more fields" in reason:
        return f"{path}: a line has more columns than the first line. Check its separators and quotes."
    if "File out of specification" in reason or isinstance(error, pl.exceptions.PanicException):
        return f"{path} is truncated or no Parquet file. Copy or export it again. ({reason})"
    if isinstance(error, OSError):
        return f"{path} cannot be read: {error.strerror or reason}."
    return f"{path} cannot be read: {reason}"
