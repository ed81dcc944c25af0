"""A table from a file, or a sentence that says why not."""

from __future__ import annotations

import contextlib
import csv
import io
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import polars as pl

from fastbal._columns.kinds import Stated
from fastbal._core.words import LEADING_ZERO, listed
from fastbal._separators import separator_of
from fastbal.cli.errors import MISUSED, CliError, close_to
from fastbal.cli.opening import Opened, opened

T = TypeVar("T")

# Types are guessed from so many rows; if a later row contradicts, from all rows, which takes five times as long.
_ROWS_TO_GUESS_TYPES_FROM = 10_000

_LONGEST_LINE = 1_000_000
# Characters in which the separator is looked for.
_SAMPLE = 1 << 16

_OPENS_A_QUOTE = re.compile(r'(^|[,;\t|])"')


class CsvShape(NamedTuple):
    """How the lines of a CSV file are divided."""

    separator: str
    ends_blank: bool
    line_end: str = "\n"
    columns: tuple[str, ...] = ()


class Options(NamedTuple):
    """How a table is to be read, where its looks do not tell it or tell it wrongly.

    Attributes
    ----------
    drop : tuple of str
        Columns that are not read at all.
    stated : Stated
        What columns are.
    ids : str
        What new rows get for identifiers: "empty", "count" or "keep"; "" for what suits the method.
    encoding : str or None
        Of text.
    has_header : bool
        Whether the first line holds names.
    """

    drop: tuple[str, ...] = ()
    stated: Stated = Stated()
    ids: str = ""
    encoding: str | None = None
    has_header: bool = True

    def words(self) -> list[str]:
        """What to type for the same."""
        stated = self.stated
        lists = {"drop": self.drop, "numeric": sorted(stated.numeric), "categorical": sorted(stated.categorical)}
        lists |= {"identifier": sorted(stated.identifiers), "na": stated.gaps}
        found = [word for name, names in lists.items() if names for word in (f"--{name}", _csv_line(names))]
        for name, value in {"decimal": stated.decimal, "encoding": self.encoding, "ids": self.ids}.items():
            found += [f"--{name}", value] if value else []
        return found + ["--no-header"] * (not self.has_header)


def _csv_line(names: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(names)
    return line.getvalue()


@contextmanager
def source_at(path: Path, options: Options | None = None) -> Iterator[Opened]:
    """A table's file, as readers take it, while the block lasts; what fails is said in one sentence."""
    options = options or Options()
    with in_sentences(path), contextlib.ExitStack() as stack:
        source = stack.enter_context(opened(path, options.encoding, has_header=options.has_header))
        closing = stack.pop_all()
    with closing:
        yield source


def read(
    source: Path | Opened, query: Callable[[pl.LazyFrame], T], *, as_text: bool = False, options: Options | None = None
) -> T:
    """Run a query on a file's table.

    A column of a CSV file with numbers such as 00501 is text: these are codes, and numbers would lose the zeros.

    Parameters
    ----------
    source : Path or Opened
        CSV (separated by comma, semicolon, tab or bar), Parquet or a folder of it, Arrow IPC, or JSON lines.
    query : callable
        Gets the table, unread, and must collect what it needs.
    as_text : bool, default=False
        Whether the cells of a CSV file stay as they are written.
    options : Options, default=None
        How to read it.

    Returns
    -------
    object
        What the query returns.

    Raises
    ------
    CliError
        If the file is missing, unreadable, truncated, empty, or has a column name twice or none.
    """
    options = options or Options()
    if isinstance(source, Path):
        with source_at(source, options) as found:
            return read(found, query, as_text=as_text, options=options)
    with in_sentences(source.name):
        if source.kind != "CSV":
            return query(_without_dropped(_scan(source), options))
        shape = shape_of_csv(source)
        gaps = list(options.stated.gaps)
        as_written = _scan_csv(source.path, shape, infer_schema=False)
        if as_text:
            return query(_without_dropped(as_written, options))
        codes = _columns_of_codes(source.path, shape, as_written)
        texts: dict[str, Any] = dict.fromkeys((name.replace('"', '""') for name in codes), pl.String)
        types = {"infer_schema_length": _ROWS_TO_GUESS_TYPES_FROM, "schema_overrides": texts, "null_values": gaps}
        quick = _without_dropped(_scan_csv(source.path, shape, **types), options)
        try:
            if not _leaves_a_type_open(quick):
                return query(quick)
        except pl.exceptions.ComputeError:
            pass
        types["infer_schema_length"] = None
        while True:
            try:
                return query(_without_dropped(_scan_csv(source.path, shape, **types), options))
            except pl.exceptions.ComputeError as error:
                too_long = set(re.findall(r"dtype `[iu]128` at column '(.*?)'", str(error))) - set(texts)
                if not too_long:
                    raise
                texts.update(dict.fromkeys(too_long, pl.String))


def _without_dropped(table: pl.LazyFrame, options: Options) -> pl.LazyFrame:
    """The table without the columns that are not to be read."""
    names = table.collect_schema().names()
    stated = options.stated
    for option, wanted in {
        "--drop": options.drop,
        "--numeric": stated.numeric,
        "--categorical": stated.categorical,
        "--identifier": stated.identifiers,
    }.items():
        for name in sorted(set(wanted) - set(names)):
            if option == "--drop" or name not in options.drop:
                raise CliError(
                    f"{option}: there is no column {name!r}.{close_to(name, names)} The columns are {listed(names)}.",
                    MISUSED,
                )
    return table.drop(options.drop, strict=False) if options.drop else table


def _scan(source: Opened) -> pl.LazyFrame:
    if source.kind == "Arrow IPC":
        return pl.scan_ipc(source.path)
    if source.kind == "JSON lines":
        return pl.scan_ndjson(source.path, infer_schema_length=None)
    if not source.path.is_dir():
        return pl.scan_parquet(source.path, glob=False)
    files = [file.relative_to(source.path) for ending in ("parquet", "pq") for file in source.path.rglob(f"*.{ending}")]
    files = sorted(file for file in files if not any(part.startswith((".", "_")) for part in file.parts))
    if not files:
        raise CliError(f"{source.name} is a folder, not a file, and holds no Parquet files.")
    has_values = any("=" in part for file in files for part in file.parts[:-1])
    return pl.scan_parquet([source.path / file for file in files], glob=False, hive_partitioning=has_values)


@contextmanager
def in_sentences(path: Path) -> Iterator[None]:
    """What fails while a file is looked at or read is said in one sentence."""
    try:
        yield
    except FileNotFoundError:
        raise CliError(f"{path}: there is no such file in {path.absolute().parent}.") from None
    except PermissionError:
        raise CliError(f"{path}: no permission to read it.") from None
    except UnicodeEncodeError:
        raise CliError(f"{path}: the name of the file is not UTF-8 text. Rename the file first.") from None
    except UnicodeDecodeError:
        raise CliError(f"{path} is not UTF-8 text. Give its encoding with --encoding, such as cp1252.") from None
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException, csv.Error) as error:
        raise CliError(_why_unreadable(path, error)) from None


def _scan_csv(path: Path, shape: CsvShape, **types: Any) -> pl.LazyFrame:
    table = pl.scan_csv(path, separator=shape.separator, glob=False, **types)
    # Quotes that a quoted name holds are doubled in the file, and to polars in the name as well.
    doubled = {name.replace('"', '""'): name for name in shape.columns if '"' in name}
    if doubled:
        table = table.rename(doubled, strict=False)
    # To polars a blank line is a row of nothing; at the end of a file, where editors leave it, it is none.
    return table.filter(~pl.all_horizontal(pl.all().is_null())) if shape.ends_blank else table


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


def shape_of_csv(source: Opened) -> CsvShape:
    """Read the first and the last lines, which say more about a file than any parser's message."""
    path = source.path
    with path.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline(_LONGEST_LINE)
        # A quoted name may span lines.
        while _OPENS_A_QUOTE.search(_unquoted(first)) and len(first) < _LONGEST_LINE and (more := file.readline()):
            first += more
        beginning = file.read(_SAMPLE)
    if not first.strip():
        raise CliError(f"{source.name} is empty. Its first line must hold the column names.")
    is_whole = len(beginning) < _SAMPLE
    sample = first + (beginning if is_whole else beginning.rpartition("\n")[0])
    separator = "\t" if path.suffix.lower() == ".tsv" else separator_of(sample)
    columns = next(csv.reader(io.StringIO(first, newline=""), delimiter=separator))
    if len(columns) == 1:
        _refuse_other_separators(source.name, sample)
    if source.has_header:
        _refuse_data_as_names(source.name, columns)
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise CliError(
            f"{source.name}: column names must differ, but {listed(twice)} stands there twice. Rename one of them."
        )
    lines = _last_lines(path)
    last = next((line for line in reversed(lines) if line.strip()), "")
    n_last = _unquoted(last).count(separator) + 1
    # A quoted field may span lines; then the last line alone says nothing.
    if last and n_last < len(columns) and last.count('"') % 2 == 0:
        raise CliError(
            f"{source.name} is truncated: its last line has {n_last} of {len(columns)} columns. "
            "Copy the file again, or delete that line."
        )
    line_end = "\r\n" if first.endswith("\r\n") else "\n"
    return CsvShape(separator, len(columns) > 1 and lines[-1:] == [""], line_end, tuple(columns))


def _refuse_other_separators(path: Path, sample: str) -> None:
    """One column whose lines all hold the same signs is likely to be several."""
    lines = [line for line in sample.splitlines()[:100] if line.strip()]
    for sign in ":^~\x01 ":
        n_signs = lines[0].count(sign)
        if n_signs and len(lines) > 2 and all(line.count(sign) == n_signs for line in lines):
            raise CliError(
                f"{path} has one column, but {sign!r} in each line. Columns are separated by commas, semicolons, tabs "
                "or bars: write one of these instead."
            )


def _unquoted(line: str) -> str:
    return re.sub('"[^"]*"', "", line)


def _refuse_data_as_names(path: Path, columns: list[str]) -> None:
    """A first line with numbers is a row, unless it counts: 0, 1, 2 are the names that a table without names gets."""
    numbers = {place: name for place, name in enumerate(columns) if _is_number(name)}
    counted = {int(name) - place if name.isdecimal() else None for place, name in numbers.items()}
    if numbers and not (len(numbers) >= 3 and len(counted) == 1 and None not in counted):
        raise CliError(
            f"{path}: the first line looks like data, with {listed(numbers.values(), at_most=3)} where a column name "
            "should be. Add a line with column names before it, or give --no-header, which calls them column_1, …"
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


def _why_unreadable(path: Path, error: BaseException) -> str:
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if "utf-8" in reason:
        return f"{path} is not UTF-8 text. Give its encoding with --encoding, such as cp1252."
    if "more fields" in reason:
        return f"{path}: a line has more columns than the first line. Check its separators and quotes."
    if "IPC" in reason or "arrow file" in reason.casefold():
        return f"{path} is truncated or no Arrow IPC file. Copy or export it again. ({reason})"
    if "File out of specification" in reason or isinstance(error, pl.exceptions.PanicException):
        return f"{path} is truncated or no Parquet file. Copy or export it again. ({reason})"
    if isinstance(error, OSError):
        return f"{path} cannot be read: {error.strerror or reason}."
    return f"{path} cannot be read: {reason}"
