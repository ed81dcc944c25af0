"""Hold new rows in a file against real ones in another, print what was found, and write a report if asked for."""

from __future__ import annotations

from collections.abc import Callable
from operator import methodcaller
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from fastbal import auditing
from fastbal._core.refusals import in_words
from fastbal.auditing import Audit
from fastbal.cli import reading, writing
from fastbal.cli.columns import Looked, as_features, index_names, look_at, show_columns
from fastbal.cli.compare import outs_for
from fastbal.cli.ending import ending_now
from fastbal.cli.errors import MISUSED, CliError, close_to
from fastbal.cli.report import PlainTable, Screen, status
from fastbal.cli.table import USUAL_NAMES, TargetColumn, choose_target


class AuditRequest(NamedTuple):
    """What was asked for."""

    real: Path
    made: Path
    target: str | None
    holdout: Path | None
    html: Path | None
    json: Path | None
    seed: int
    force: bool
    options: reading.Options = reading.Options()


def audit(request: AuditRequest) -> None:
    """Read, audit, report, write."""
    wanted: dict[str, tuple[Path | None, Callable[[Audit], str]]] = {
        "--html": (request.html, Audit.html),
        "--json": (request.json, Audit.json),
    }
    files = {"X": request.real, "X_resampled": request.made, "holdout": request.holdout}
    outs = outs_for(wanted, request.real, request.force)
    with status("reading"):
        tables, names, notes = _read_all(files, request.options)
    real = tables["X"]
    target = _target_of(real.columns, request.target)
    looked = look_at(real.lazy(), "" if target is None else target.name, request.options.stated, names)
    screen = Screen()
    screen.say(f"{request.real}: {real.height:,} rows, {real.width} columns")
    screen.say("target: none; --target chooses one" if target is None else f"target: {target.name!r} ({target.reason})")
    show_columns(screen, looked, notes)
    parts = [_divided(table, target, files[role], looked) for role, table in tables.items()]
    (X, y), (X_made, y_made), *rest = parts
    holdout = None if not rest else rest[0] if target is not None else rest[0][0]
    try:
        with status("auditing"):
            ending_now().check()
            found = auditing.audit(None, X, y, X_made, y_made, holdout=holdout, random_state=request.seed)
    except ValueError as error:  # a sentence already
        raise CliError(in_words(error, {role: str(file) for role, file in files.items()})) from None
    ending_now().check()
    for out, text in outs:  # first, as the screen may be gone by now
        writing.keep(out, methodcaller("write", text(found).encode()), request.force)
    _print_findings(screen, request.made, found)
    for out, _ in outs:
        screen.say(f"written: {out}")
    screen.say(found.advice, "bold", wrap=True)


def _read_all(
    files: dict[str, Path | None], options: reading.Options
) -> tuple[dict[str, pl.DataFrame], dict[str, str], list[str]]:
    """The tables by their role, row names of pandas in the first, and in which ways files are not read as they say."""
    tables: dict[str, pl.DataFrame] = {}
    names: dict[str, str] = {}
    notes: list[str] = []
    known: set[str] = set()
    for role, file in files.items():
        if file is None:
            continue
        with reading.source_at(file, options) as source:
            # What one of the tables has and another has not, such as a mark of new rows, may be left out by its name.
            present = reading.read(source, lambda lines: set(lines.collect_schema().names()))
            here = options._replace(drop=tuple(name for name in options.drop if name in present))
            known |= present
            tables[role] = reading.read(source, pl.LazyFrame.collect, options=here)
            names |= index_names(source)[0]
            notes += [f"{source.name}: {note}" for note in source.notes]
    for name in options.drop:
        if name not in known:
            raise CliError(f"--drop: there is no column {name!r}.{close_to(name, known)}", MISUSED)
    return tables, names, notes


def _target_of(columns: list[str], wanted: str | None) -> TargetColumn | None:
    """The column asked for, or one with a usual name; a table may have none."""
    is_named = sum(name.casefold() in USUAL_NAMES for name in columns) == 1
    return choose_target(columns, wanted) if wanted is not None or is_named else None


def _divided(
    table: pl.DataFrame, target: TargetColumn | None, file: Path | None, looked: Looked
) -> tuple[pl.DataFrame, Any]:
    """The columns that tell something, all tables' alike, and the classes if there are any."""
    if target is None:
        return _audited_columns(table, looked, file), None
    if target.name not in table.columns:
        raise CliError(
            f"{file} has no column {target.name!r}, which holds the classes. Choose another with --target.", MISUSED
        )
    if table.width == 1:
        raise CliError(f"{file} has no column besides the target.")
    return _audited_columns(table.drop(target.name), looked, file), table[target.name]


def _audited_columns(table: pl.DataFrame, looked: Looked, file: Path | None) -> pl.DataFrame:
    """The columns as the real table's were taken for; what one of the tables lacks is said by the audit."""
    columns = [column for column in looked.columns if column.is_feature and column.name in table.columns]
    if not columns:
        raise CliError(f"{file} has no column that could be compared.")
    more = [name for name in table.columns if name not in {column.name for column in looked.columns}]
    return table.select(*(as_features(column, table.schema[column.name]) for column in columns), *more)


def _print_findings(screen: Screen, made: Path, found: Audit) -> None:
    screen.say(f"{made}: {found.n_new:,} new rows")
    table = PlainTable("what", "found", "ideal")
    for finding in found.findings():
        table.add_row(finding.name, finding.value, finding.ideal)
    screen.print(table)
    for rule, n in found.worst_rules():
        screen.say(f"broken by {n:,} new rows: {rule}")
    for note in found.notes:
        screen.say(note)
