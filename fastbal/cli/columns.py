"""What the columns of a file are: looked at, shown before the work, and made what samplers and models take."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import polars as pl

from fastbal._columns.kinds import (
    CATEGORY,
    DATE,
    YES_NO,
    ColumnKind,
    Facts,
    Stated,
    columns_of,
    readings_of,
    says_identifier,
)
from fastbal._columns.written import MOSTLY, Dates, Numerals, is_gap
from fastbal.cli.checks import is_number
from fastbal.cli.opening import Opened
from fastbal.cli.reading import in_sentences
from fastbal.cli.report import PlainTable, Screen

# So many rows tell how text is written; whether all the others go along is seen in a pass over all of them.
_ROWS_TO_LOOK_AT = 100_000
# Rows of the table on the screen; what is doubtful is always there.
_MOST_SHOWN = 30
_LONGEST_EXAMPLE = 24


class Looked(NamedTuple):
    """What was found.

    Attributes
    ----------
    columns : list of ColumnKind
        Of all columns but the target.
    n_rows : int
        Rows of the table.
    """

    columns: list[ColumnKind]
    n_rows: int

    def of_kinds(self, *kinds: str) -> list[str]:
        """Names of the columns of some kinds."""
        return [column.name for column in self.columns if column.kind in kinds]

    @property
    def beside(self) -> dict[str, ColumnKind]:
        """Columns that are no features, by name."""
        return {column.name: column for column in self.columns if not column.is_feature}


def look_at(table: pl.LazyFrame, target: str, stated: Stated, names: Mapping[str, str]) -> Looked:
    """Tell what the columns of a table are, in a pass over its first rows and one over all of them.

    Parameters
    ----------
    table : LazyFrame
        The table.
    target : str
        The column with the classes.
    stated : Stated
        What the user has said.
    names : mapping of str to str
        Columns known to be no features, and why.

    Returns
    -------
    Looked
    """
    schema = table.collect_schema()
    head = table.head(_ROWS_TO_LOOK_AT).collect()
    facts = [_facts_of(head[name], j) for j, name in _beside_target(schema, target)]
    readings = readings_of(facts, stated)
    first = columns_of(facts, stated, names, readings)
    wanted = [pl.len().alias("rows")]
    for column in first:
        wanted += _questions(column, head[column.name], stated.gaps)
    answers = table.select(wanted).collect(engine="streaming").row(0, named=True)
    n_rows = answers["rows"]
    facts = [
        _facts_of(head[column.name], list(schema).index(column.name), n_rows, _of_column(answers, column.name))
        for column in first
    ]
    # What the first rows look like must hold for nearly all.
    words = {
        column.name
        for column in first
        if column.style is not None
        and column.name not in stated.numeric
        and answers[f"read {column.name}"] < MOSTLY * (answers[f"full {column.name}"] - answers[f"gaps {column.name}"])
    }
    found = columns_of(facts, stated._replace(categorical=stated.categorical | words), names, readings)
    for i, column in enumerate(found):
        if column.name in words:
            doubt = "numbers at first, but not in more than 5 % of the later rows: taken as categories"
            found[i] = column._replace(doubts=(doubt,))
        elif column.style is not None and n_rows:
            found[i] = column._replace(missing=1 - answers[f"read {column.name}"] / n_rows)
    return Looked(found, n_rows)


def _beside_target(schema: pl.Schema, target: str) -> list[tuple[int, str]]:
    return [(j, name) for j, name in enumerate(schema.names()) if name != target]


def _of_column(answers: dict[str, Any], name: str) -> dict[str, Any]:
    questions = ("full", "distinct", "low", "high", "rising")
    return {question: answers[f"{question} {name}"] for question in questions if f"{question} {name}" in answers}


def _questions(column: ColumnKind, head: pl.Series, marks: tuple[str, ...]) -> list[pl.Expr]:
    """What must be known of all rows, beyond the first ones."""
    name, dtype = column.name, head.dtype
    cells = pl.col(name)
    is_full = cells.is_finite().fill_null(False) if dtype.is_float() else cells.is_not_null()
    asked = [is_full.sum().alias(f"full {name}")]
    present = cells.filter(is_full)
    if column.style is not None:
        gaps = cells.map_batches(lambda series: _gaps_in(series, marks), return_dtype=pl.Boolean, is_elementwise=True)
        asked.append(as_features(column, head.dtype).is_not_null().sum().alias(f"read {name}"))
        asked.append(gaps.sum().alias(f"gaps {name}"))
    n_present = len(head) - head.null_count()
    n_distinct = 0 if dtype.is_nested() or dtype == pl.Object else head.n_unique() - bool(head.null_count())
    # Where values repeat themselves among the first rows, there is nothing to count but text.
    is_open = dtype == pl.String or (n_distinct == n_present and not dtype.is_float()) or n_distinct <= 1
    if is_open and not dtype.is_nested() and dtype != pl.Object:
        exact = n_distinct == n_present or n_distinct <= 1
        asked.append((present.n_unique() if exact else present.approx_n_unique()).alias(f"distinct {name}"))
    if dtype.is_integer() or (dtype.is_float() and says_identifier(name)):
        asked += [present.min().alias(f"low {name}"), present.max().alias(f"high {name}")]
        if n_distinct == n_present:
            asked += [(present.diff().drop_nulls() > 0).all().alias(f"rising {name}")]
        if dtype.is_float():
            asked.append(present.n_unique().alias(f"distinct {name}"))
    return list({expression.meta.output_name(): expression for expression in asked}.values())


def _facts_of(head: pl.Series, position: int, n_rows: int | None = None, known: dict[str, Any] | None = None) -> Facts:
    """What is known of a column, of its first rows or, by what was asked, of all."""
    dtype = head.dtype
    present = head.drop_nulls()
    if dtype.is_float():
        present = present.filter(present.is_finite())
    is_plain = not dtype.is_nested() and dtype not in (pl.Object, pl.Binary)
    known = known or {}
    n_here = len(present)
    facts = Facts(
        name=head.name,
        position=position,
        dtype=_dtype(head, present),
        n_rows=len(head) if n_rows is None else n_rows,
        n_present=int(known.get("full", n_here)),
        n_distinct=int(known.get("distinct", present.n_unique() if is_plain else 0)),
        example=_example_of(present),
    )
    if facts.dtype == "integer" and n_here:
        low: Any = known.get("low", present.min())
        high: Any = known.get("high", present.max())
        is_increasing = bool(known.get("rising", n_here > 1 and (present.diff().drop_nulls() > 0).all()))
        facts = facts._replace(low=int(low), high=int(high), is_increasing=is_increasing)
    if facts.dtype == "text":
        counts = present.cast(pl.String).value_counts(name=f"rows of {head.name}")
        facts = facts._replace(cells=dict(counts.iter_rows()))
    return facts


def _dtype(head: pl.Series, present: pl.Series) -> str:
    dtype = head.dtype
    if dtype == pl.String or dtype == pl.Null:
        return "text"
    if dtype in (pl.Categorical, pl.Enum):
        return "category"
    if dtype == pl.Boolean:
        return "boolean"
    if dtype.is_temporal():
        return "date"
    if dtype.is_integer():
        return "integer"
    if dtype.is_numeric():
        is_whole = says_identifier(head.name) and len(present) and (present == present.floor()).all()
        return "integer" if is_whole else "float"
    return "other"


def _example_of(present: pl.Series) -> str:
    if not len(present):
        return ""
    return f"{present[0]:.6g}" if present.dtype.is_float() else str(present[0])


def index_names(source: Opened | None) -> tuple[dict[str, str], str | None]:
    """Columns that are the row names of a pandas table, and why; and what pandas has written about the table."""
    if source is None or source.kind != "Parquet" or source.path.is_dir():
        return {}, None
    with in_sentences(source.name):
        written = pl.read_parquet_metadata(source.path).get("pandas")
    if written is None:
        return {}, None
    names = [name for name in json.loads(written).get("index_columns", []) if isinstance(name, str)]
    return dict.fromkeys(names, "the row names of a pandas table"), written


def as_features(column: ColumnKind, dtype: pl.DataType) -> pl.Expr:
    """A column as samplers and models take it: text that is numbers or dates as numbers, dates as they are counted."""
    cells = pl.col(column.name)
    style = column.style
    if style is not None and dtype == pl.String:
        return cells.map_batches(lambda series: _parsed(series, style), return_dtype=pl.Float64, is_elementwise=True)
    if column.kind == CATEGORY and dtype.is_numeric():
        return cells.cast(pl.String)
    if column.kind == DATE:
        return cells.to_physical()
    if is_number(dtype) or column.kind in (CATEGORY, YES_NO):
        return cells
    # Whole numbers of more than 64 bits, from the smallest on, which floats hold.
    return (cells - cells.min()).cast(pl.Float64) if dtype.is_integer() else cells.cast(pl.Float64)


def features_of(table: pl.DataFrame, looked: Looked) -> pl.DataFrame:
    """The features alone, as models take them: what was taken for categories is declared to be."""

    def cells(column: ColumnKind) -> pl.Expr:
        found = as_features(column, table.schema[column.name])
        return found.cast(pl.String).cast(pl.Categorical) if column.kind == CATEGORY else found

    return table.select(cells(column) for column in looked.columns if column.is_feature)


def _gaps_in(cells: pl.Series, marks: tuple[str, ...]) -> pl.Series:
    """Which cells of text stand for nothing; an empty one is none that does."""
    different = cells.unique().drop_nulls()
    gaps = pl.Series([is_gap(cell, marks) for cell in different], dtype=pl.Boolean)
    return cells.replace_strict(different, gaps, default=False, return_dtype=pl.Boolean).alias(cells.name)


def _parsed(cells: pl.Series, style: Numerals | Dates) -> pl.Series:
    """Numbers in cells of text, each different cell read once."""
    different = cells.unique().drop_nulls()
    numbers = pl.Series([style.number(cell) for cell in different], dtype=pl.Float64)
    return cells.replace_strict(different, numbers, default=None, return_dtype=pl.Float64).alias(cells.name)


def show_columns(screen: Screen, looked: Looked, notes: list[str]) -> None:
    """Print what each column was taken for, what is otherwise than in the file, and what is doubtful."""
    table = PlainTable("column", "taken for", "missing", "example")
    table.columns[2].justify = "right"
    odd = [column for column in looked.columns if not column.is_feature or column.doubts or column.departures]
    shown = looked.columns if len(looked.columns) <= _MOST_SHOWN else [*looked.columns[: _MOST_SHOWN - 10], *odd]
    for column in dict.fromkeys(shown):
        example = column.example if len(column.example) <= _LONGEST_EXAMPLE else column.example[:_LONGEST_EXAMPLE] + "…"
        kind = (column.kind, "") if column.is_feature else (f"{column.kind}, left out", "bold")
        table.add_row(column.name, kind, f"{column.missing:.1%}" if column.missing else "", example)
    if len(dict.fromkeys(shown)) < len(looked.columns):
        table.add_row(f"… and {len(looked.columns) - len(dict.fromkeys(shown))} more")
    screen.print(table)
    for line in [*notes, *departures_of(looked)]:
        screen.say(f"note: {line}")
    for line in doubts_of(looked):
        screen.say(f"doubtful: {line}", "bold")


def departures_of(looked: Looked) -> list[str]:
    """In which ways the tool departs from the file, one line each."""
    found = [f"{column.name!r} is left out: {column.why}" for column in looked.columns if column.why]
    return found + [f"{column.name!r}: {line}" for column in looked.columns for line in column.departures]


def doubts_of(looked: Looked) -> list[str]:
    """What somebody should look at, one line each."""
    return [f"{column.name!r}: {line}" for column in looked.columns for line in column.doubts]
