"""Balance a table from a file and write it to another, and say what came of it."""

from __future__ import annotations

import contextlib
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import typer

from fastbal._columns.kinds import CATEGORY, DATE, IDENTIFIER, NUMBER, ROW_NAMES, WHOLE, YES_NO
from fastbal._compiling import compile_time
from fastbal._core.plan import OVER
from fastbal._core.target import Target
from fastbal.cli import checks, in_pieces, reading, writing
from fastbal.cli.asked import BalancingRequest, ask, in_the_words_of_the_command
from fastbal.cli.columns import Looked, as_features, index_names, look_at, show_columns
from fastbal.cli.doubts import doubts_about
from fastbal.cli.ending import ending_now
from fastbal.cli.errors import MISUSED, CliError
from fastbal.cli.methods import Method, method_for
from fastbal.cli.opening import PACKINGS, STANDARD, Opened, format_of
from fastbal.cli.outcome import Balancing, Times, report
from fastbal.cli.report import Screen, status
from fastbal.cli.rows import EMPTY_IDS, KEPT_IDS, check_mark, marked, origin_of, restored
from fastbal.cli.table import TargetColumn, bundled_table, choose_target, classes_in, sizes_in, title_of


class Given(NamedTuple):
    """A table that was read, and what is in it."""

    cells: pl.DataFrame
    labels: pl.Series
    target: TargetColumn
    classes: Target
    looked: Looked
    doubts: list[str]


def resample(request: BalancingRequest) -> None:
    """Read, balance, write, report."""
    method = request.method
    if method is not None and request.k is not None and method.k is None:
        raise CliError(
            f"--k is of no use to --method {method.name}, which looks at no neighbours. Leave it out.", MISUSED
        )
    if method is not None and request.mark is not None and method.sampling_type != OVER and method.name != "centroids":
        raise CliError(f"--mark marks new rows, and --method {method.name} makes none. Leave it out.", MISUSED)
    with contextlib.nullcontext() if request.source is None else reading.in_sentences(request.source):
        if request.source is not None:
            format_of(request.source)
        out = out_of(request.source, request.out)
    if out is not None:
        format_of(out)
        writing.check_writable(out, request.source, request.force)
    opening = contextlib.nullcontext() if request.source is None else reading.source_at(request.source, request.options)
    with opening as source:
        is_text = copies_text(method, source, out)
        if source is not None and out is not None and in_pieces.is_needed(request, source):
            in_pieces.resample(request, source, out, is_text=is_text)
        else:
            _resample_whole(request, source, out, is_text=is_text)


def _resample_whole(request: BalancingRequest, source: Opened | None, out: Path | None, *, is_text: bool) -> None:
    start = time.perf_counter()
    with status("reading"):
        table, pandas = _given_in(request, source, is_text=is_text)
    ending_now().check()
    read = time.perf_counter()
    if out is not None:
        writing.check_holds(out, table.cells.schema)
    check_mark(request.mark, request.parents, table.cells.columns)
    screen = Screen(to_stderr=out == STANDARD)
    method, missing = _method_that_suits(request, table)
    may_keep = method.keeps_gaps and (request.missing == "keep" or request.method is None)
    keeps_gaps = may_keep and bool(missing) and not any(column.infinite for column in missing)
    checks.check_columns(method, table.looked.columns, [] if keeps_gaps else missing)
    categories = table.looked.of_kinds(CATEGORY, YES_NO)
    asked = ask(request, method, table.classes, categories=categories, keeps_gaps=keeps_gaps)

    title = title_of(None if source is None else source.name)
    screen.say(f"{title}: {table.cells.height:,} rows, {table.cells.width} columns")
    screen.say(f"target: {table.target.name!r} ({table.target.reason})")
    ids = request.options.ids or (KEPT_IDS if method.copies else EMPTY_IDS)
    layout = None if out is None else writing.layout_for(out, source, pandas)
    as_typed = layout is not None and source is not None and source.kind == "CSV" and layout.kind != "CSV"
    show_columns(
        screen, table.looked, [*(source.notes if source is not None else ()), *_said(table, ids, as_typed, request)]
    )
    for doubt in table.doubts:
        screen.say(f"doubtful: {doubt}", "bold")
    if request.method is None:
        screen.say(f"method: {method.name}, as {_why(table.looked)}")

    with in_the_words_of_the_command():
        begun = time.perf_counter()
        with compile_time() as compiler:
            balanced, after = _balanced(request, table, method, asked.sampler, ids, as_typed=as_typed)
        spent = time.perf_counter() - begun
    ending_now().check()
    written = time.perf_counter()
    if out is not None and layout is not None:
        with status("writing"):
            writing.write_table(balanced, out, layout, request.force)
    times = Times(spent - compiler.seconds, compiler.seconds, read - start, time.perf_counter() - written)
    report(screen, Balancing(table.classes, after, asked.settings), times, out)
    for sentence in writing.leftovers_beside(out):
        screen.say(f"note: {sentence}")


def copies_text(method: Method | None, source: Opened | None, out: Path | None) -> bool:
    """Whether the rows of a CSV file are copied to another: then no cell need be a number, and each stays as it is."""
    is_csv = source is not None and source.kind == "CSV" and out is not None and format_of(out) in ("", "CSV")
    return method is not None and method.copies and is_csv


def _given_in(request: BalancingRequest, source: Opened | None, *, is_text: bool) -> tuple[Given, str | None]:
    """The table, what its columns are, and what pandas has written about it."""
    names, pandas = index_names(source)
    stated = request.options.stated

    def look(lines: pl.LazyFrame) -> tuple[pl.DataFrame, TargetColumn, Looked]:
        target = choose_target(lines.collect_schema().names(), request.target)
        cells = lines.collect()
        if cells.height:
            classes_in(sizes_in(cells.lazy(), target.name).collect(), target.name)
        return cells, target, look_at(cells.lazy(), target.name, stated, names)

    if source is None:
        cells, target, looked = look(bundled_table().lazy())
    else:
        cells, target, looked = reading.read(source, look, options=request.options)
    labels = cells[target.name]
    classes = classes_in(sizes_in(labels.to_frame().lazy(), target.name).collect(), target.name)
    doubts = doubts_about(cells, target.name, looked)
    if is_text and source is not None:
        cells = reading.read(source, pl.LazyFrame.collect, as_text=True, options=request.options)
    return Given(cells, labels, target, classes, looked, doubts), pandas


def _method_that_suits(request: BalancingRequest, table: Given) -> tuple[Method, list[checks.Missing]]:
    """The method asked for, or the one that suits the columns; and the gaps that it would have to work with."""
    looked = table.looked
    has_categories = bool(looked.of_kinds(CATEGORY))
    suits = method_for(has_numbers=bool(looked.of_kinds(NUMBER, WHOLE, DATE, YES_NO)), has_categories=has_categories)
    method = suits if request.method is None else request.method
    if method.name == "smote" and has_categories and _is_a_conversation():
        n_categories = len(looked.of_kinds(CATEGORY))
        question = f"--method smote takes numbers, but {n_categories} columns are categories. Use {suits.name}"
        with ending_now().talking():
            method = suits if typer.confirm(question, default=True) else method
    if method.copies:
        return method, []
    numbers = [column for column in looked.columns if column.is_feature and column.kind != CATEGORY]
    given = table.cells.select(as_features(column, table.cells.schema[column.name]) for column in numbers)
    return method, checks.missing_in(given)


def _is_a_conversation() -> bool:
    """Whether somebody sits there who can answer."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _said(table: Given, ids: str, as_typed: bool, request: BalancingRequest) -> list[str]:
    """In which ways the file written will differ from the one read."""
    names = table.looked.of_kinds(IDENTIFIER, ROW_NAMES)
    said = []
    if names:
        what = {EMPTY_IDS: "empty", KEPT_IDS: "that of the row they are made of"}.get(ids, "a number of their own")
        said.append(f"in new rows {', '.join(map(repr, names))}: {what} (--ids)")
    if as_typed and any(column.style is not None for column in table.looked.columns):
        said.append("text that is numbers or dates is written as such, without signs of currency or percent")
    if request.options.drop:
        said.append(f"not read and not written: {', '.join(map(repr, request.options.drop))} (--drop)")
    return said


def _why(looked: Looked) -> str:
    n_categories = len(looked.of_kinds(CATEGORY))
    n_features = sum(column.is_feature for column in looked.columns)
    return f"{n_categories} of {n_features} columns are categories" if n_categories else "all columns are numbers"


def _balanced(
    request: BalancingRequest, table: Given, method: Method, sampler: Any, ids: str, *, as_typed: bool
) -> tuple[pl.DataFrame, dict[Any, int]]:
    """The balanced table, and the sizes of its classes."""
    cells, name = table.cells, table.target.name
    columns = table.looked.columns
    seen = [] if method.copies else [column for column in columns if column.is_feature]
    given = cells.select(as_features(column, cells.schema[column.name]) for column in seen)
    # What is only copied needs no column but one to count rows by.
    X, y = sampler.fit_resample(given if seen else cells.select(name), table.labels)
    origin = origin_of(sampler)
    balanced = {
        column.name: restored(
            column, cells[column.name], X[column.name] if column in seen else None, origin, ids, as_typed=as_typed
        )
        for column in columns
    }
    is_text = cells.schema[name] != table.labels.dtype
    balanced[name] = cells[name].gather(origin.rows) if is_text else y.alias(name)
    whole = pl.DataFrame([balanced[name] for name in cells.columns])
    if request.mark is not None:
        whole = marked(whole, request.mark, request.parents, origin)
    return whole, dict(y.value_counts(name=f"rows of {name}").iter_rows())


def out_of(source: Path | None, out: Path | None) -> Path | None:
    """Where to write: as asked, else beside the input; the bundled table is shown and not written."""
    if out is not None or source is None or source == STANDARD:
        return out if out is not None or source is None else STANDARD
    if source.is_dir():
        return source.with_name(f"{source.name}-balanced.parquet")
    for parent in source.parents:
        if parent.suffix.lower() == ".zip" and parent.is_file():
            return parent.with_name(f"{source.stem}-balanced{source.suffix}")
    ending = known = source.suffix
    if ending.lower() in PACKINGS:
        known = Path(source.stem).suffix + ending if format_of(source) else ending
        ending = known if format_of(source) else f".csv{ending}"
    return source.with_name(f"{source.name.removesuffix(known)}-balanced{ending}")
