"""What keeps a method from working on a table, said before the work and in the command line's words."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from fastbal._core.plan import OVER, Plan
from fastbal._core.target import Target
from fastbal._core.words import LEADING_ZERO, listed
from fastbal.cli.errors import CliError
from fastbal.cli.methods import METHODS, Method

KINDS = ("numbers", "whole numbers", "yes/no", "text", "dates and times", "other")


#: Whole numbers of more than 64 bits, which NumPy has not.
_TOO_LONG = tuple(getattr(pl, name) for name in ("Int128", "UInt128") if hasattr(pl, name))


class Missing(NamedTuple):
    """Cells of a column that hold no finite number."""

    column: str
    empty: int
    nan: int
    infinite: int


def kind_of(dtype: pl.DataType) -> str:
    """One of `KINDS`."""
    if dtype.is_integer():
        return "whole numbers"
    if dtype.is_numeric():
        return "numbers"
    if dtype == pl.Boolean:
        return "yes/no"
    if dtype in (pl.String, pl.Categorical, pl.Enum):
        return "text"
    return "dates and times" if dtype.is_temporal() else "other"


def is_number(dtype: pl.DataType) -> bool:
    """Whether there are values between two values of this type, and a sampler can compute with them."""
    return (dtype.is_numeric() and dtype not in _TOO_LONG) or dtype == pl.Boolean


def check_table(method: Method, features: pl.DataFrame) -> None:
    """Refuse columns that the method cannot work with, each by name."""
    if not features.width:
        raise CliError("The table has no column besides the target.")
    if not method.needs_numbers:
        return
    unfit = [column for column in features if not is_number(column.dtype)]
    if unfit:
        names = ", ".join(_unfit(column) for column in unfit[:10]) + (" and more" if len(unfit) > 10 else "")
        raise CliError(
            f"--method {method.name} makes {method.summary}, which takes numbers, but {_n_columns(len(unfit))} no "
            f"numbers: {names}. Encode {_them(unfit)} as numbers or drop {_them(unfit)} first, or {_way_out(method)}."
        )
    missing = missing_in(features)
    if missing:
        counts = ", ".join(_missing(column) for column in missing[:10]) + (" and more" if len(missing) > 10 else "")
        raise CliError(
            f"--method {method.name} makes {method.summary}, which takes finite numbers, but of the "
            f"{features.height:,} rows some hold none: {counts}. Fill these cells or drop their rows first, "
            f"or {_way_out(method)}."
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


def _missing(column: Missing) -> str:
    parts = [(column.empty, "empty"), (column.nan, "NaN"), (column.infinite, "infinite")]
    return f"{column.column!r} ({', '.join(f'{n:,} {what}' for n, what in parts if n)})"


def _unfit(column: pl.Series) -> str:
    """The column's name and kind; if nearly all of it are numbers, what the others are."""
    if column.null_count() == len(column):
        return f"{column.name!r} (empty)"
    if column.dtype == pl.String:
        cells = column.drop_nulls().str.strip_chars()
        if (codes := cells.filter(cells.str.contains(LEADING_ZERO))).len() and _are_numbers(cells):
            return f"{column.name!r} (text: leading zeros as in {codes[0]!r}, which a number would lose)"
        if _are_numbers(cells.str.replace(r"^([+-]?\d+),(\d+)$", "$1.$2")) and cells.str.contains(",").any():
            example = cells.filter(cells.str.contains(","))[0]
            return f"{column.name!r} (text: decimal commas as in {example!r}; write points instead)"
        if _are_numbers(cells) and not _are_numbers(column.drop_nulls()):
            return f"{column.name!r} (text: numbers with blanks around them; remove the blanks)"
        others = column.filter(column.is_not_null() & column.cast(pl.Float64, strict=False).is_null())
        if len(others) < len(column) / 2:
            examples = listed(others.unique(maintain_order=True), at_most=3)
            return f"{column.name!r} (text: all but {len(others):,} cells are numbers, those hold {examples})"
    kind = "whole numbers of more than 64 bits" if column.dtype in _TOO_LONG else kind_of(column.dtype)
    return f"{column.name!r} ({kind})"


def _are_numbers(cells: pl.Series) -> bool:
    return not cells.cast(pl.Float64, strict=False).has_nulls()


def _n_columns(n: int) -> str:
    return "1 column holds" if n == 1 else f"{n} columns hold"


def _them(columns: list[pl.Series]) -> str:
    return "it" if len(columns) == 1 else "them"


def _way_out(method: Method) -> str:
    others = [other for other in METHODS.values() if not other.needs_numbers]
    same_kind = [other for other in others if other.sampling_type == method.sampling_type] or others
    return f"use --method {same_kind[0].name} ({same_kind[0].summary})"
