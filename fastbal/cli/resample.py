"""Balance a table from a file and write it to another, and say what came of it."""

from __future__ import annotations

import re
import secrets
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from fastbal._core.plan import make_plan
from fastbal._core.target import Target
from fastbal.cli import checks, reading, writing
from fastbal.cli.compiling import compile_time
from fastbal.cli.errors import MISUSED, CliError
from fastbal.cli.methods import Method
from fastbal.cli.report import PlainTable, Screen, amount, classes_table, seconds, status
from fastbal.cli.strategy import parse_strategy
from fastbal.cli.table import TargetColumn, bundled_table, choose_target, classes_in, title_of


class Request(NamedTuple):
    """What was asked for, options checked."""

    source: Path | None
    target: str | None
    method: Method
    strategy: str
    k: int | None
    seed: int | None
    out: Path | None
    force: bool


class Outcome(NamedTuple):
    """The balanced table, and how it came about."""

    column: TargetColumn
    before: Target
    balanced: pl.DataFrame
    after: dict[Any, int]
    settings: str
    balancing: float
    compiling: float


class Times(NamedTuple):
    """Seconds of each part of the work; compiling is not part of balancing."""

    balancing: float
    compiling: float
    reading: float
    writing: float


def resample(request: Request) -> None:
    """Read, balance, write, report."""
    if request.k is not None and request.method.k is None:
        raise CliError(
            f"--k is of no use to --method {request.method.name}, which looks at no neighbours. Leave it out.", MISUSED
        )
    if request.source is not None:
        reading.format_of(request.source)
    out = _out_of(request)
    if out is not None:
        reading.format_of(out)
        writing.check_writable(out, request.source, request.force)

    start = time.perf_counter()
    as_text = _copies_text(request, out)
    with status("reading"):
        table = (
            bundled_table()
            if request.source is None
            else reading.read(request.source, pl.LazyFrame.collect, as_text=as_text)
        )
    read = time.perf_counter()
    if out is not None:
        writing.check_holds(out, table.schema)
    outcome = _balance(request, table, is_text=as_text)
    balanced = time.perf_counter()
    if out is not None:
        with status("writing"):
            separator = writing.separator_for(out, request.source)
            writing.write(outcome.balanced, out, separator, request.force)
    times = Times(outcome.balancing, outcome.compiling, read - start, time.perf_counter() - balanced)
    _report(title_of(request.source), table, outcome, times, out)


def _copies_text(request: Request, out: Path | None) -> bool:
    """Whether the rows of a CSV file are copied to another: then no cell need be a number, and each stays as it is."""
    files = [request.source, out]
    is_copy = request.method.k is None and not request.method.needs_numbers
    return is_copy and all(file is not None and reading.format_of(file) == "CSV" for file in files)


def _balance(request: Request, table: pl.DataFrame, *, is_text: bool) -> Outcome:
    method = request.method
    column = choose_target(table.columns, request.target)
    features = table.drop(column.name)
    # Of cells that stay as they are written, the labels are read once more, so that classes and their order are those
    # of every other method: 2 before 10.
    labels = reading.as_types(table[column.name]) if is_text else table[column.name]
    before = classes_in(labels.to_frame().group_by(column.name).len(), column.name)
    k = request.k or method.default_k
    seed = secrets.randbelow(2**32) if request.seed is None else request.seed
    strategy = parse_strategy(request.strategy, before.labels)
    checks.check_table(method, features)
    parameters: dict[str, Any] = {"sampling_strategy": strategy}
    if method.is_random:
        parameters["random_state"] = seed
    if method.k is not None:
        parameters[method.k] = k
    try:
        plan = make_plan(strategy, before, method.sampling_type)
        checks.check_class_sizes(method, k, before, plan)
        sampler = method.make(**parameters)
        start = time.perf_counter()
        with compile_time(compiles=method.needs_numbers or method.k is not None) as compiler:
            X, y = sampler.fit_resample(table if is_text else features, labels)
        spent = time.perf_counter() - start
    except (ValueError, pl.exceptions.PolarsError) as error:
        # A sentence already; the option's name stands in for the parameter's.
        raise CliError(re.sub(r"""['"]?sampling_strategy['"]?""", "--strategy", str(error))) from None
    return Outcome(
        column=column,
        before=before,
        balanced=X if is_text else X.with_columns(y.alias(column.name)).select(table.columns),
        after=dict(y.value_counts().iter_rows()),
        settings=", ".join(
            [method.name, *([f"k={k}"] if method.k else []), *([f"seed={seed}"] if method.is_random else [])]
        ),
        balancing=spent - compiler.seconds,
        compiling=compiler.seconds,
    )


def _out_of(request: Request) -> Path | None:
    """Where to write: as asked, else beside the input; the bundled table is shown and not written."""
    if request.out is not None or request.source is None:
        return request.out
    return request.source.with_name(f"{request.source.stem}-balanced{request.source.suffix}")


def _report(title: str, table: pl.DataFrame, outcome: Outcome, times: Times, out: Path | None) -> None:
    column, before, balanced = outcome.column, outcome.before, outcome.balanced
    screen = Screen()
    screen.say(f"{title}: {table.height:,} rows, {table.width} columns")
    screen.say(f"target: {column.name!r} ({column.reason})")
    screen.print(classes_table(before, [outcome.after.get(label, 0) for label in before.labels]))

    facts = PlainTable()
    facts.add_row("method", outcome.settings)
    facts.add_row("rows per second", f"{balanced.height / max(times.balancing, 1e-9):,.0f} ({_spent(times, out)})")
    if (peak := peak_memory()) is not None:
        facts.add_row("peak memory", amount(peak))
    if out is not None:
        facts.add_row("written", f"{out} ({amount(out.stat().st_size)})")
    else:
        facts.add_row("written", "nothing; -o FILE.csv or -o FILE.parquet keeps the table")
    screen.print(facts)


def _spent(times: Times, out: Path | None) -> str:
    parts = [
        f"balancing {seconds(times.balancing)}",
        f"compiling, once, {seconds(times.compiling)}" if times.compiling > 0.1 else "",
        f"reading {seconds(times.reading)}",
        f"writing {seconds(times.writing)}" if out is not None else "",
    ]
    return ", ".join(part for part in parts if part)


def peak_memory() -> int | None:
    """Most bytes this process has held so far; None where the system does not say."""
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
