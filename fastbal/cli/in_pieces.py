"""A table that does not fit comfortably into memory, balanced in pieces."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from fastbal._columns.kinds import CATEGORY, CONSTANT, DATE, IDENTIFIER, NUMBER, ROW_NAMES, WHOLE, YES_NO, ColumnKind
from fastbal._compiling import compile_time
from fastbal._core.memory import as_bytes
from fastbal._core.plan import OVER, make_plan
from fastbal._core.refusals import in_words
from fastbal._core.target import Target
from fastbal._core.words import listed
from fastbal._writing import scratch_folder
from fastbal.cli import checks, reading, writing
from fastbal.cli.asked import BalancingRequest, ask, in_the_words_of_the_command
from fastbal.cli.columns import Looked, as_features, index_names, look_at, show_columns
from fastbal.cli.ending import ending_now
from fastbal.cli.errors import MISUSED, OPTIONS, CliError
from fastbal.cli.methods import METHODS, method_for
from fastbal.cli.opening import STANDARD, Opened, format_of, size_of
from fastbal.cli.outcome import Balancing, Times, report
from fastbal.cli.report import Screen, status
from fastbal.cli.rows import COUNTED_IDS, EMPTY_IDS, KEPT_IDS, check_mark
from fastbal.cli.table import TargetColumn, choose_target, classes_in, sizes_in, title_of

#: Methods that need not look at all rows at once.
IN_PIECES = (
    *("smote", "smotenc", "smoten", "rose", "loras", "simplicial", "mgs", "polynom", "geometric"),
    *("borderline", "adasyn", "safelevel", "prowsyn", "mwmote", "over", "under", "nearmiss", "tomek", "enn", "ncr"),
    *("smoteenn", "smotetomek"),
)

# In memory there are the table, the balanced one, and the numbers that are searched.
_TIMES_IN_MEMORY = 4
# Smaller files are not even looked at.
SMALL_BYTES = 1 << 26


def is_needed(request: BalancingRequest, source: Opened) -> bool:
    """Whether the table of a file is too large to be read as a whole, as far as one sees from outside."""
    try:
        allowed = as_bytes(request.memory)
    except ValueError as error:
        raise CliError(in_words(error, OPTIONS), MISUSED) from None
    if allowed is None or (request.memory is None and not _is_large(source)):
        return False
    needed = decoded_bytes(source) * _TIMES_IN_MEMORY
    if needed <= allowed:
        return False
    method = request.method
    if method is None:  # whichever it is, SMOTE in one of its forms
        return True
    if method.name not in IN_PIECES and request.memory is not None:
        raise CliError(
            f"{source.name} takes about {needed / 1e6:,.0f} MB to be balanced by --method "
            f"{method.name}, which looks at all rows at once, but --memory allows {allowed / 1e6:,.0f} MB. "
            f"In pieces work {', '.join(IN_PIECES)}; or take a part of the larger classes first, with --method under."
        )
    return method.name in IN_PIECES


def share_that_fits(source: Opened) -> float | None:
    """Which part of a table can be read and worked with in the memory there is; None for all of it."""
    allowed = as_bytes(None)
    needed = decoded_bytes(source) * _TIMES_IN_MEMORY if _is_large(source) else 0.0
    return None if allowed is None or needed <= allowed else allowed / needed


def _is_large(source: Opened) -> bool:
    return size_of(source.path) > SMALL_BYTES


def decoded_bytes(source: Opened) -> float:
    """About what the table of a file takes in memory."""
    n_bytes = float(size_of(source.path))
    if source.kind in ("CSV", "JSON lines"):
        return n_bytes
    return max(2 * n_bytes, reading.read(source, _bytes_by_type))


def _bytes_by_type(table: pl.LazyFrame) -> float:
    n_rows = int(table.select(pl.len()).collect().item())
    return n_rows * sum(checks.bytes_per_cell(dtype) for dtype in table.collect_schema().values())


def bytes_in_pieces(name: str, kind: str, classes: Target, row_bytes: float, n_columns: int) -> int:
    """What a method takes to balance a table in pieces, with --strategy auto; `kind` is that of the file."""
    from fastbal.outofcore._memory import needed
    from fastbal.outofcore._parquet import ParquetSource
    from fastbal.outofcore._streams import CsvSource
    from fastbal.outofcore._supported import needs_of

    sampler = METHODS[name].make()
    plan = make_plan("auto", classes, METHODS[name].sampling_type)
    base = (CsvSource if kind == "CSV" else ParquetSource).base_bytes
    return needed(sampler, needs_of(sampler), classes, plan, row_bytes, n_columns, base).total


def resample(request: BalancingRequest, source: Opened, out: Path, *, is_text: bool) -> None:
    """Look, balance and write, report."""
    start = time.perf_counter()
    options = request.options
    names, pandas = index_names(source)
    with status("reading"):
        found = reading.read(source, lambda lines: _looked_at(lines, request, names), options=options)
    schema, column, labels, before, looked = found
    writing.check_holds(out, schema)
    check_mark(request.mark, request.parents, schema.names())
    has_categories = bool(looked.of_kinds(CATEGORY))
    suits = method_for(has_numbers=bool(looked.of_kinds(NUMBER, WHOLE, DATE, YES_NO)), has_categories=has_categories)
    method = suits if request.method is None else request.method
    has_gaps = any(found.is_feature and found.kind != CATEGORY and found.missing for found in looked.columns)
    keeps_gaps = has_gaps and method.keeps_gaps and (request.missing == "keep" or request.method is None)
    checks.check_columns(method, looked.columns, [])
    if request.parents:
        raise CliError("--parents needs the table in memory. Leave it out, or allow more with --memory.", MISUSED)
    asked = ask(request, method, before, categories=looked.of_kinds(CATEGORY, YES_NO), keeps_gaps=keeps_gaps)
    is_plain = _goes_as_it_is(looked, schema) or method.copies
    if not is_plain and (method.sampling_type != OVER or method.decides):
        odd = [col.name for col in looked.columns if not col.is_feature or col.style is not None or col.kind == DATE]
        raise CliError(
            f"--method {method.name} in pieces takes numbers alone: leave {listed(odd)} out with --drop, or "
            "allow more with --memory."
        )
    too_long = [
        col.name for col in looked.columns if schema[col.name].is_integer() and not checks.is_number(schema[col.name])
    ]
    if too_long and not method.copies:
        raise CliError(
            f"{listed(too_long)}: whole numbers of more than 64 bits are for tables in memory. Leave them out with "
            "--drop, or allow more with --memory."
        )
    screen = Screen(to_stderr=out == STANDARD)
    screen.say(f"{title_of(source.name)}: {looked.n_rows:,} rows, {len(schema)} columns")
    screen.say(f"target: {column.name!r} ({column.reason})")
    show_columns(screen, looked, [*source.notes])
    if request.method is None:
        screen.say(f"method: {method.name}, by what the columns are")
    ids = options.ids or (KEPT_IDS if method.copies else EMPTY_IDS)
    is_as_it_is = is_plain and request.mark is None and not options.drop and source.kind != "JSON lines"
    is_as_it_is &= out != STANDARD and (ids == KEPT_IDS or not looked.of_kinds(IDENTIFIER, ROW_NAMES))
    work = _appended if is_as_it_is else _remade
    with in_the_words_of_the_command(), compile_time() as compiler:
        after = work(Piece(request, source, out, column, labels, looked, asked.sampler, ids, pandas, is_text))
    times = Times(time.perf_counter() - start - compiler.seconds, compiler.seconds)
    report(screen, Balancing(before, after, asked.settings), times, out)


class Piece(NamedTuple):
    """What balancing in pieces needs to know."""

    request: BalancingRequest
    source: Opened
    out: Path
    column: TargetColumn
    labels: pl.DataType
    looked: Looked
    sampler: Any
    ids: str
    pandas: str | None
    is_text: bool

    @property
    def sampler_copies(self) -> bool:
        """Whether new rows are old ones."""
        return METHODS["over"].sampler.endswith(type(self.sampler).__name__)


def _looked_at(
    table: pl.LazyFrame, request: BalancingRequest, names: dict[str, str]
) -> tuple[pl.Schema, TargetColumn, pl.DataType, Target, Looked]:
    """Types, the target and its classes, and what the other columns are."""
    schema = table.collect_schema()
    column = choose_target(schema.names(), request.target)
    sizes = sizes_in(table, column.name).collect(engine="streaming")
    before = classes_in(sizes, column.name)
    looked = look_at(table, column.name, request.options.stated, names)
    return schema, column, schema[column.name], before, looked


def _goes_as_it_is(looked: Looked, schema: pl.Schema) -> bool:
    """Whether a sampler can take all columns as they are."""
    return all(
        column.is_feature
        and column.style is None
        and column.kind != DATE
        and not (column.kind == CATEGORY and schema[column.name].is_numeric())
        and (column.kind == CATEGORY or checks.is_number(schema[column.name]))
        for column in looked.columns
    )


def _appended(piece: Piece) -> dict[Any, int]:
    """The old rows copied as bytes where that is possible, and new ones after them."""
    source, request = piece.source, piece.request

    def balance(table: pl.LazyFrame) -> Any:
        from fastbal.outofcore._streams import CsvSource

        lines: Any = source.path
        if source.kind == "CSV":
            lines = CsvSource(source.path, table.with_columns(pl.col(piece.column.name).cast(piece.labels)))
        return _balance(lines, piece, out=piece.out, replace=request.force)

    done = reading.read(source, balance, as_text=piece.is_text, options=request.options)
    ending_now().written.append(piece.out)
    after: dict[Any, int] = done.after
    return after


def _balance(lines: Any, piece: Piece, **where: Any) -> Any:
    from fastbal.outofcore import resample

    ending_now().check()
    try:
        return resample(lines, piece.column.name, piece.sampler, memory=piece.request.memory, **where)
    except MemoryError as error:
        raise CliError(in_words(error, OPTIONS)) from None
    except OSError as error:
        raise CliError(
            f"{piece.source.name} could not be balanced into {piece.out}: {error.strerror or error}. Nothing was "
            "changed."
        ) from None


def _remade(piece: Piece) -> dict[Any, int]:
    """The old rows as they are in the file, and after them new ones that were made beside it and written alike."""
    request, source, looked, target = piece.request, piece.source, piece.looked, piece.column.name
    by_name = {column.name: column for column in looked.columns}
    with scratch_folder("fastbal-new-rows") as folder:
        made = folder / "new.parquet"

        def balance(table: pl.LazyFrame) -> Any:
            schema = table.collect_schema()
            columns = looked.columns if piece.sampler_copies else [c for c in looked.columns if c.is_feature]
            seen = [pl.col(c.name) if piece.sampler_copies else as_features(c, schema[c.name]) for c in columns]
            return _balance(table.select(*seen, target), piece, out=made, new_only=True)

        done = reading.read(source, balance, options=request.options)
        is_text = source.kind == "CSV" and format_of(piece.out) in ("", "CSV")
        seen_there = reading.read(source, lambda lines: _known(lines, piece), as_text=is_text, options=request.options)

        def write(table: pl.LazyFrame) -> None:
            schema = table.collect_schema()
            new = pl.scan_parquet(made)
            known = new.collect_schema()
            columns = [
                _new_column(by_name.get(name), name, schema[name], known.get(name), piece, seen_there)
                for name in schema.names()
            ]
            parts = [table, new.select(columns)]
            if request.mark is not None:
                parts = [part.with_columns(pl.lit(i == 1).alias(request.mark)) for i, part in enumerate(parts)]
            layout = writing.layout_for(piece.out, source, piece.pandas)
            writing.sink(pl.concat(parts), piece.out, layout, request.force)

        reading.read(
            source, write, as_text=source.kind == "CSV" and format_of(piece.out) in ("", "CSV"), options=request.options
        )
    after: dict[Any, int] = done.after
    return after


def _known(table: pl.LazyFrame, piece: Piece) -> dict[str, Any]:
    """The value of columns that have one; and the largest of the numbers that name rows, where new ones go on."""
    schema = table.collect_schema()
    asked = [pl.col(name).first() for name in piece.looked.of_kinds(CONSTANT)]
    for name in piece.looked.of_kinds(IDENTIFIER, ROW_NAMES):
        if piece.ids == COUNTED_IDS and not schema[name].is_temporal():
            numbers = pl.col(name).cast(pl.Int64, strict=False)
            is_number = numbers.null_count() == pl.col(name).null_count()
            asked.append(pl.when(is_number).then(numbers.max()).alias(name))
    return table.select(asked).collect(engine="streaming").row(0, named=True) if asked else {}


def _new_column(
    column: ColumnKind | None,
    name: str,
    dtype: pl.DataType,
    made: pl.DataType | None,
    piece: Piece,
    there: dict[str, Any],
) -> pl.Expr:
    """A column of the new rows as the file has it."""
    if made is None or (column is not None and not column.is_feature and piece.ids != KEPT_IDS):
        value: Any = there.get(name)
        if column is not None and column.kind in (IDENTIFIER, ROW_NAMES):
            if value is not None:
                numbers: pl.Expr = pl.int_range(pl.len()) + (value + 1)
                return numbers.cast(dtype, strict=False).alias(name)
            if name in there:
                return pl.format("new-{}", pl.int_range(pl.len()) + 1).cast(dtype, strict=False).alias(name)
        return pl.lit(value, dtype=dtype).alias(name)
    cells = pl.col(name)
    if column is not None and column.style is not None and dtype == pl.String and made.is_numeric():
        style = column.style
        return cells.map_elements(style.text, return_dtype=pl.String).alias(name)
    if column is not None and column.kind == DATE and dtype.is_temporal() and made.is_numeric():
        return cells.cast(pl.Int32 if dtype == pl.Date else pl.Int64).cast(dtype)
    return cells.cast(dtype)
