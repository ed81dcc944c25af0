"""What is in a file, and what it would weigh when balanced, before anything is computed."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import polars as pl

from fastbal._columns.kinds import CATEGORY, OTHER
from fastbal._core.plan import CLEAN, OVER, UNDER, make_plan
from fastbal._core.target import Target
from fastbal.cli import checks, in_pieces, reading
from fastbal.cli.columns import Looked, index_names, look_at, show_columns
from fastbal.cli.doubts import doubts_about
from fastbal.cli.ending import ending_now
from fastbal.cli.methods import METHODS, Method
from fastbal.cli.opening import Opened, size_of
from fastbal.cli.report import PlainTable, Screen, amount, classes_table, seconds
from fastbal.cli.table import TargetColumn, bundled_table, choose_target, classes_in, sizes_in, title_of


class TableFacts(NamedTuple):
    """What one pass over a table finds; the table itself is never held."""

    schema: pl.Schema
    target: TargetColumn
    classes: Target
    n_rows: int
    n_bytes: float
    looked: Looked
    doubts: list[str]


# What balancing in pieces does with a table, beside what is done here: it reads the labels, then all, then writes.
_PASSES = 3
# Rows in which columns that tell the answer and rows that are there twice are looked for.
_ROWS_TO_DOUBT = 100_000


def info(source: Path | None, target: str | None, options: reading.Options | None = None) -> None:
    """Print classes, columns and what each method would make of them."""
    options = options or reading.Options()
    start = time.perf_counter()
    if source is None:
        facts = _facts(bundled_table().lazy(), target, options, None)
        spent = time.perf_counter() - start
        _print_facts(facts, title_of(None), None, (), spent, None)
        return
    with reading.source_at(source, options) as found:
        facts = reading.read(found, lambda table: _facts(table, target, options, found), options=options)
        spent = time.perf_counter() - start
        _print_facts(facts, title_of(found.name), size_of(found.path), found.notes, spent, found.kind)


def _print_facts(
    facts: TableFacts, title: str, file_bytes: int | None, notes: tuple[str, ...], spent: float, kind: str | None
) -> None:
    screen = Screen()
    size = f", {amount(file_bytes)} as a file" if file_bytes is not None else ""
    screen.say(f"{title}: {facts.n_rows:,} rows, {len(facts.schema)} columns, {amount(facts.n_bytes)} in memory{size}")
    screen.say(f"target: {facts.target.name!r} ({facts.target.reason})")
    show_columns(screen, facts.looked, [*notes])
    for doubt in facts.doubts:
        screen.say(f"doubtful: {doubt}", "bold")
    screen.print(classes_table(facts.classes))
    largest, smallest = int(facts.classes.counts.max()), int(facts.classes.counts.min())
    screen.say(f"ratio of the largest to the smallest class: {largest / smallest:,.4g} to 1")
    screen.print()
    screen.print(_methods_table(facts, file_bytes))
    if kind is not None and facts.n_bytes > in_pieces.SMALL_BYTES:
        with suppress(ImportError):
            needed = _memory_in_pieces(facts, kind)
            screen.say(f"in pieces (--memory): {needed}; about {seconds(_PASSES * spent)} and the search")


def _memory_in_pieces(facts: TableFacts, kind: str) -> str:
    n_columns, row_bytes = len(facts.schema) - 1, facts.n_bytes / facts.n_rows
    return ", ".join(
        f"{name} {amount(in_pieces.bytes_in_pieces(name, kind, facts.classes, row_bytes, n_columns))}"
        for name in in_pieces.IN_PIECES
    )


def _facts(table: pl.LazyFrame, wanted: str | None, options: reading.Options, source: Opened | None) -> TableFacts:
    schema = table.collect_schema()
    target = choose_target(schema.names(), wanted)
    texts = [name for name, dtype in schema.items() if dtype == pl.String]
    counted, sizes = pl.collect_all(
        [
            table.select(
                pl.len().alias("rows"),
                *(_letters(name).sum().alias(f"bytes {name}") for name in texts),
            ),
            sizes_in(table, target.name),
        ],
        engine="streaming",
    )
    count = counted.row(0, named=True)
    n_rows = int(count["rows"])
    classes = classes_in(sizes, target.name)
    ending_now().check()
    looked = look_at(table, target.name, options.stated, index_names(source)[0])
    return TableFacts(
        schema=schema,
        target=target,
        classes=classes,
        n_rows=n_rows,
        n_bytes=sum(checks.bytes_per_cell(dtype) for dtype in schema.values()) * n_rows
        + sum(count[f"bytes {name}"] for name in texts),
        looked=looked,
        doubts=doubts_about(table.head(_ROWS_TO_DOUBT).collect(), target.name, looked),
    )


def _letters(name: str) -> pl.Expr:
    """Bytes of texts that do not fit into the 16 bytes of a cell, of which four are the length."""
    n_bytes = pl.col(name).str.len_bytes()
    return pl.when(n_bytes > 12).then(n_bytes).otherwise(0)


def _methods_table(facts: TableFacts, file_bytes: int | None) -> object:
    table = PlainTable("balanced by", "rows", "in memory", *(["as a file"] if file_bytes is not None else []), "")
    for method in METHODS.values():
        n_rows = _rows_after(method, facts.classes)
        share = n_rows / facts.n_rows
        most = "≤ " if method.decides else ""
        sizes = [facts.n_bytes * share, *([file_bytes * share] if file_bytes is not None else [])]
        table.add_row(
            f"--method {method.name}",
            f"{most}{n_rows:,}",
            *(f"{most}{amount(size)}" for size in sizes),
            _but(method, facts),
        )
    return table


def _rows_after(method: Method, classes: Target) -> int:
    """Rows of the table that the method makes with --strategy auto; where the data decide, at most."""
    total = int(classes.counts.sum())
    if method.sampling_type == CLEAN or (method.decides and method.sampling_type == UNDER):
        return total
    plan = make_plan("auto", classes, method.sampling_type)
    if method.sampling_type == OVER:
        return total + sum(plan.values())
    return total + sum(n_kept - int(classes.counts[code]) for code, n_kept in plan.items())


def _but(method: Method, facts: TableFacts) -> str:
    """What must be done before the method can be used, if anything."""
    if method.copies:
        return ""
    columns = facts.looked.columns
    n_unfit = sum(column.kind in (CATEGORY, OTHER) for column in columns)
    n_missing = sum(column.is_feature and column.kind != CATEGORY and column.missing > 0 for column in columns)
    smallest = int(facts.classes.counts.min())
    needs = [
        f"encode {n_unfit} column{'s' * (n_unfit > 1)} first" if n_unfit and method.needs_numbers else "",
        (f"fill {n_missing} column{'s' * (n_missing > 1)} first" + " or --missing keep" * method.keeps_gaps)
        if n_missing and method.name != "smoten"
        else "",
        f"--k {smallest - 1} at most" if method.k and 1 < smallest <= 5 else "",
        "not for a class of 1 row" if method.k and smallest == 1 else "",
    ]
    return "; ".join(need for need in needs if need)
