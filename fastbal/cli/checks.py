"""What keeps a method from working on a table, said before the work and in the command line's words."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from fastbal._columns.kinds import CATEGORY, OTHER, ColumnKind
from fastbal._core.plan import OVER, Plan
from fastbal._core.target import Target
from fastbal._core.words import listed
from fastbal.cli.errors import CliError
from fastbal.cli.methods import METHODS, Method

#: Whole numbers of more than 64 bits, which NumPy has not.
_TOO_LONG = tuple(getattr(pl, name) for name in ("Int128", "UInt128") if hasattr(pl, name))


class Missing(NamedTuple):
    """Cells of a column that hold no finite number."""

    column: str
    empty: int
    nan: int
    infinite: int


def is_number(dtype: pl.DataType) -> bool:
    """Whether there are values between two values of this type, and a sampler can compute with them."""
    return (dtype.is_numeric() and dtype not in _TOO_LONG) or dtype == pl.Boolean


def bytes_per_cell(dtype: pl.DataType) -> float:
    """Bytes of a cell in memory, without the letters of long texts and the bit that says whether it is empty."""
    return 16 if dtype == pl.String else (8 * pl.Series([None] * 64, dtype=dtype).estimated_size() / 64 - 1) / 8


def check_columns(method: Method, columns: list[ColumnKind], missing: list[Missing]) -> None:
    """Refuse columns that the method cannot work with, each by name.

    Parameters
    ----------
    method : Method
        What is to be done.
    columns : list of ColumnKind
        What the columns are.
    missing : list of Missing
        Those with gaps or infinities that the method cannot keep.
    """
    if not columns:
        raise CliError("The table has no column besides the target.")
    if method.copies:
        return
    unfit = [column for column in columns if column.kind == OTHER]
    if unfit:
        names = listed([column.name for column in unfit])
        raise CliError(
            f"{names}: {unfit[0].why}, which only copies can work with. Leave {_them(unfit)} out with --drop, "
            f"or {_way_out(method)}."
        )
    features = [column for column in columns if column.is_feature]
    if not features:
        why = "; ".join(f"{column.name!r}: {column.why}" for column in columns[:10])
        raise CliError(f"No column is left to work with: {why}. Say what it is with --numeric or --categorical.")
    categories = [column for column in features if column.kind == CATEGORY]
    if method.needs_numbers and categories:
        names = ", ".join(map(_unfit, categories[:10])) + (" and more" if len(categories) > 10 else "")
        raise CliError(
            f"--method {method.name} makes {method.summary}, which takes numbers, but {_n_columns(len(categories))} no "
            f"numbers: {names}. Encode {_them(categories)} as numbers or leave {_them(categories)} out with --drop, or "
            f"{_way_out(method, is_mixed=len(categories) < len(features))}."
        )
    if missing and (method.needs_numbers or method.name == "smotenc"):
        counts = ", ".join(map(_missing_told, missing[:10])) + (" and more" if len(missing) > 10 else "")
        keep = method.keeps_gaps and not any(column.infinite for column in missing)
        raise CliError(
            f"--method {method.name} makes {method.summary}, which takes finite numbers, but some rows hold none: "
            f"{counts}. Fill these cells or drop their rows first, or "
            f"{'let them be missing with --missing keep, or ' * keep}{_way_out(method)}."
        )


def check_class_sizes(method: Method, k: int, target: Target, plan: Plan) -> None:
    """Refuse classes that are to grow but have not enough rows to find neighbours among."""
    if method.k is None:
        return
    for code, n_new in plan.items():
        size = int(target.counts[code])
        if method.sampling_type == OVER and n_new and size <= k:
            lower = f"use --k {size - 1} or less" if size > 1 else "leave this class out with --strategy"
            raise CliError(
                f"Class {target.labels[code]!r} has {size} row{'s' if size != 1 else ''}, but --k {k} takes at least "
                f"{k + 1}: every row needs {k} other rows. Please {lower}, or {_way_out(method)}."
            )


def missing_in(features: pl.DataFrame) -> list[Missing]:
    """The columns with empty cells, NaN or infinities."""
    found = []
    for column in features:
        is_float = column.dtype.is_float()
        nan = int(column.is_nan().sum()) if is_float else 0
        infinite = int(column.is_infinite().sum()) if is_float else 0
        if column.null_count() or nan or infinite:
            found.append(Missing(column.name, column.null_count(), nan, infinite))
    return found


def _missing_told(column: Missing) -> str:
    parts = [(column.empty, "empty"), (column.nan, "NaN"), (column.infinite, "infinite")]
    return f"{column.column!r} ({', '.join(f'{n:,} {what}' for n, what in parts if n)})"


def _unfit(column: ColumnKind) -> str:
    """The column's name and kind; if nearly all of it are numbers, what the others are."""
    return f"{column.name!r} ({'; '.join([column.kind, *column.departures, *column.doubts])})"


def _n_columns(n: int) -> str:
    return "1 column holds" if n == 1 else f"{n} columns hold"


def _them(columns: list[ColumnKind]) -> str:
    return "it" if len(columns) == 1 else "them"


def _way_out(method: Method, *, is_mixed: bool | None = None) -> str:
    """A method that takes the table: SMOTE for categories instead of SMOTE for numbers, or copying."""
    if is_mixed is not None and method.sampling_type == OVER:
        other = METHODS["smotenc" if is_mixed else "smoten"]
        return f"use --method {other.name} ({other.summary}) or --method auto, which chooses it"
    other = METHODS["over" if method.sampling_type == OVER else "under"]
    return f"use --method {other.name} ({other.summary})"
