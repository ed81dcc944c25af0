"""What is in a file, and what it would weigh when balanced, before anything is computed."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from fastbal._core.plan import CLEAN, OVER, UNDER, make_plan
from fastbal._core.target import Target
from fastbal.cli import checks, reading
from fastbal.cli.methods import METHODS, Method
from fastbal.cli.report import PlainTable, Screen, amount, classes_table
from fastbal.cli.table import TargetColumn, bundled_table, choose_target, classes_in, title_of


class Facts(NamedTuple):
    """What one pass over a table finds; the table itself is never held."""

    schema: pl.Schema
    target: TargetColumn
    classes: Target
    n_rows: int
    n_missing: dict[str, int]
    n_bytes: float


def info(source: Path | None, target: str | None) -> None:
    """Print classes, columns and what each method would make of them."""
    if source is None:
        facts = _facts(bundled_table().lazy(), target)
    else:
        facts = reading.read(source, lambda table: _facts(table, target))
    file_bytes = None if source is None else source.stat().st_size

    screen = Screen()
    size = f", {amount(file_bytes)} as a file" if file_bytes is not None else ""
    screen.say(
        f"{title_of(source)}: {facts.n_rows:,} rows, {len(facts.schema)} columns, "
        f"{amount(facts.n_bytes)} in memory{size}"
    )
    screen.say(f"target: {facts.target.name!r} ({facts.target.reason})")
    screen.print(classes_table(facts.classes))
    largest, smallest = int(facts.classes.counts.max()), int(facts.classes.counts.min())
    screen.say(f"ratio of the largest to the smallest class: {largest / smallest:,.4g} to 1")
    screen.print()
    screen.print(_columns_table(facts))
    screen.print(_methods_table(facts, file_bytes))


def _facts(table: pl.LazyFrame, wanted: str | None) -> Facts:
    schema = table.collect_schema()
    target = choose_target(schema.names(), wanted)
    floats = [name for name, dtype in schema.items() if dtype.is_float()]
    texts = [name for name, dtype in schema.items() if dtype == pl.String]
    counted, sizes = pl.collect_all(
        [
            table.select(
                pl.len().alias("rows"),
                *(pl.col(name).null_count().alias(f"empty {name}") for name in schema),
                *((~pl.col(name).is_finite()).sum().alias(f"not finite {name}") for name in floats),
                *(_letters(name).sum().alias(f"bytes {name}") for name in texts),
            ),
            table.group_by(target.name).len(),
        ],
        engine="streaming",
    )
    count = counted.row(0, named=True)
    n_rows = int(count["rows"])
    return Facts(
        schema=schema,
        target=target,
        classes=classes_in(sizes, target.name),
        n_rows=n_rows,
        n_missing={name: count[f"empty {name}"] + count.get(f"not finite {name}", 0) for name in schema},
        n_bytes=sum(_bytes_per_cell(dtype) for dtype in schema.values()) * n_rows
        + sum(count[f"bytes {name}"] for name in texts),
    )


def _letters(name: str) -> pl.Expr:
    """Bytes of texts that do not fit into the 16 bytes of a cell, of which four are the length."""
    n_bytes = pl.col(name).str.len_bytes()
    return pl.when(n_bytes > 12).then(n_bytes).otherwise(0)


def _bytes_per_cell(dtype: pl.DataType) -> float:
    """Bytes of a cell in memory, without the letters of long texts and the bit that says whether it is empty."""
    return 16 if dtype == pl.String else (8 * pl.Series([None] * 64, dtype=dtype).estimated_size() / 64 - 1) / 8


def _columns_table(facts: Facts) -> object:
    table = PlainTable("columns", "number", "with missing", "missing cells", "names")
    features = {name: dtype for name, dtype in facts.schema.items() if name != facts.target.name}
    for kind in checks.KINDS:
        names = [name for name, dtype in features.items() if checks.kind_of(dtype) == kind]
        if not names:
            continue
        missing = [facts.n_missing[name] for name in names]
        shown = ", ".join(names[:5]) + (" …" if len(names) > 5 else "")
        table.add_row(kind, f"{len(names)}", f"{np.count_nonzero(missing)}", f"{sum(missing):,}", shown)
    return table


def _methods_table(facts: Facts, file_bytes: int | None) -> object:
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


def _but(method: Method, facts: Facts) -> str:
    """What must be done before the method can be used, if anything."""
    if not method.needs_numbers:
        return ""
    features = {name: dtype for name, dtype in facts.schema.items() if name != facts.target.name}
    n_unfit = sum(not checks.is_number(dtype) for dtype in features.values())
    n_missing = sum(facts.n_missing[name] > 0 for name in features)
    smallest = int(facts.classes.counts.min())
    needs = [
        f"encode {n_unfit} column{'s' * (n_unfit > 1)} first" if n_unfit else "",
        f"fill {n_missing} column{'s' * (n_missing > 1)} first" if n_missing else "",
        f"--k {smallest - 1} at most" if method.k and 1 < smallest <= 5 else "",
        "not for a class of 1 row" if method.k and smallest == 1 else "",
    ]
    return "; ".join(need for need in needs if need)
