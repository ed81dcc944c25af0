"""Any table as numbers: what is a number, what is a category, and what tells nothing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from fastbal._columns.kinds import CATEGORY, ColumnKind, Facts, columns_of, says_identifier
from fastbal._columns.written import Dates, Numerals
from fastbal._containers.read import read_table
from fastbal._containers.table import NumberReader, Table
from fastbal._core.categories import encode_categories, is_missing

# Categories of a column beyond these, the rarest, are one.
_MOST_CATEGORIES = 50
# Microseconds.
_DAY = 86_400_000_000
# Floats hold whole numbers up to here.
_EXACT = 1 << 53
# Sparse tables up to this size are made dense, which networks and trees need.
_MOST_BYTES = 1 << 31


@dataclass
class Columns:
    """A table for models: numbers with gaps, and categories by number.

    Attributes
    ----------
    values : ndarray of shape (n_rows, n_columns), float64
        Numbers first, NaN where missing; then the numbers of categories.
    numeric, categorical : list of str
        Names of the columns.
    left_out : dict of str to str
        Columns not used, and why not.
    taken_for : list of ColumnKind
        What each column was taken for.
    levels : dict of str to list of str
        The categories of each column of these, by number.
    """

    values: NDArray[np.float64]
    numeric: list[str]
    categorical: list[str]
    left_out: dict[str, str] = field(default_factory=dict)
    taken_for: list[ColumnKind] = field(default_factory=list)
    levels: dict[str, list[str]] = field(default_factory=dict)

    def take(self, rows: NDArray[np.int64]) -> Columns:
        """Some rows."""
        return replace(self, values=self.values[rows])

    def encoder(self) -> Any:
        """Unfitted: gaps filled by the median and marked, numbers scaled, a column for each category."""
        n_numeric = len(self.numeric)
        return make_column_transformer(
            (
                make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler()),
                [*range(n_numeric)],
            ),
            (
                OneHotEncoder(
                    handle_unknown="infrequent_if_exist", max_categories=_MOST_CATEGORIES, sparse_output=False
                ),
                [*range(n_numeric, self.values.shape[1])],
            ),
        )


def read_columns(X: Any) -> Columns:
    """Sort the columns of a table into numbers and categories.

    Parameters
    ----------
    X : {array-like, dataframe, sparse matrix} of shape (n_rows, n_columns)
        The table.

    Returns
    -------
    Columns

    Raises
    ------
    ValueError
        If no column is left that could tell anything.
    """
    table = read_table(X)
    if sparse.issparse(X):
        return _read_sparse(table)
    declared = set(table.categorical_columns() or [])
    gathered = [_facts_and_entries(table, j, is_declared=j in declared) for j in range(table.n_columns)]
    taken_for = columns_of([facts for facts, _ in gathered])
    numeric: dict[str, NDArray[np.float64]] = {}
    categorical: dict[str, NDArray[np.float64]] = {}
    levels: dict[str, list[str]] = {}
    for column, (facts, entries) in zip(taken_for, gathered, strict=True):
        if not column.is_feature:
            continue
        if column.kind == CATEGORY:
            codes, cells = encode_categories(entries) if facts.dtype != "boolean" else (entries, [False, True])
            categorical[column.name] = codes.astype(np.float64)
            levels[column.name] = ["missing" if is_missing(cell) else str(cell) for cell in cells]
        elif column.style is not None:
            codes, cells = encode_categories(entries)
            numeric[column.name] = np.array([_styled(cell, column.style) for cell in cells], np.float64)[codes]
        else:
            numeric[column.name] = _as_floats(entries)
    left_out = {column.name: column.why for column in taken_for if not column.is_feature}
    if not numeric and not categorical:
        raise ValueError(
            "No column of X can tell the classes apart: "
            + "; ".join(f"{name!r}: {why}" for name, why in left_out.items())
            + "."
        )
    values = np.column_stack([*numeric.values(), *categorical.values()])
    return Columns(values, [*numeric], [*categorical], left_out, taken_for, levels)


def _facts_and_entries(table: Table, position: int, *, is_declared: bool) -> tuple[Facts, NDArray[Any]]:
    """What there is to know of a column, and its entries: of dates and decimals as numbers, of text as text."""
    name = str(table.names[position]) if table.names is not None else f"x{position}"
    entries = table.entries(position)
    kind, is_text = str(entries.dtype.kind), False
    is_declared = (is_declared and kind in "iuf") or table.lists_categories(position)
    if kind == "O":
        entries, kind, is_text = _unboxed(entries)
    n_rows = table.n_rows
    facts = Facts(name, position, "other", n_rows, 0)
    if is_declared or is_text or kind not in "iufbmM":
        try:
            codes, categories = encode_categories(entries)
        except TypeError:
            return facts._replace(n_present=n_rows), entries
        counts = np.bincount(codes, minlength=len(categories)).tolist()
        cells = {str(c): n for c, n in zip(categories, counts, strict=True) if not is_missing(c)}
        facts = facts._replace(n_present=sum(cells.values()), n_distinct=len(cells), example=next(iter(cells), ""))
        if is_declared:
            return facts._replace(dtype="category"), entries
        is_words = all(isinstance(category, str) for category in categories if not is_missing(category))
        return facts._replace(dtype="text" if is_words else "category", cells=cells if is_words else {}), entries
    is_present = np.isfinite(entries) if kind == "f" else ~np.isnat(entries) if kind in "mM" else np.ones(n_rows, bool)
    present = entries[is_present]
    dtype = {"f": "float", "b": "boolean", "m": "date", "M": "date"}.get(kind, "integer")
    if kind == "f" and says_identifier(name) and len(present) and (present == np.floor(present)).all():
        dtype = "integer"
    facts = facts._replace(dtype=dtype, n_present=len(present), n_distinct=len(np.unique(present)))
    if len(present):
        facts = facts._replace(example=str(present[0].item() if kind in "iufb" else present[0]))
    if dtype == "integer" and len(present):
        facts = facts._replace(
            low=int(present.min()), high=int(present.max()), is_increasing=bool((present[1:] > present[:-1]).all())
        )
    return facts, entries


def _unboxed(entries: NDArray[Any]) -> tuple[NDArray[Any], str, bool]:
    """Objects that are numbers or dates as an array of these; the kind of their dtype; and whether they are text."""
    present = [entry for entry in entries.tolist() if not is_missing(entry)]
    kinds = {type(entry) for entry in present}
    if not present:
        return np.full(len(entries), np.nan), "f", False
    if kinds <= {bool, np.bool_} and len(present) == len(entries):
        return entries.astype(bool), "b", False
    if kinds <= {int, float, Decimal, bool, np.bool_} or all(issubclass(kind, np.number) for kind in kinds):
        if kinds == {int} and len(present) == len(entries):
            return _whole(entries), "i", False
        return np.array([np.nan if is_missing(entry) else float(entry) for entry in entries], np.float64), "f", False
    if kinds <= {datetime, date, time, timedelta} or all(issubclass(kind, (datetime, timedelta)) for kind in kinds):
        # Not a time is that of nanoseconds, too.
        return (
            (np.array([np.nan if is_missing(entry) else _days(entry) for entry in entries]).astype("f8") * _DAY).astype(
                "m8[us]"
            ),
            "m",
            False,
        )
    return entries, "O", all(kind is str for kind in kinds)


def _whole(entries: NDArray[Any]) -> NDArray[Any]:
    """Python's whole numbers as 64 bits, if they fit."""
    fits = min(entries.tolist()) >= -(1 << 63) and max(entries.tolist()) < 1 << 63
    return entries.astype(np.int64) if fits else entries


def _read_sparse(table: Table) -> Columns:
    n_bytes = 8 * table.n_rows * table.n_columns
    if n_bytes > _MOST_BYTES:
        raise ValueError(
            f"X is sparse with {table.n_rows} rows and {table.n_columns} columns, and would need "
            f"{n_bytes / 1e9:.1f} GB when dense, as networks and boosting need it. Give fewer rows or columns, for "
            "example by sklearn.decomposition.TruncatedSVD."
        )
    values = table.numbers(NumberReader("compare", "fits models")).toarray().astype(np.float64)
    return Columns(values, [f"x{j}" for j in range(table.n_columns)], [])


def _as_floats(entries: NDArray[Any]) -> NDArray[np.float64]:
    """Numbers, or times in days, with NaN for gaps; large whole numbers from the smallest on, which floats hold."""
    if entries.dtype.kind == "M":
        entries = entries - np.datetime64("1970-01-01")
    if entries.dtype.kind == "m":
        entries = entries / np.timedelta64(1, "D")
    if entries.dtype.kind == "O":
        entries = entries - entries.min()
    elif entries.dtype.kind in "iu" and len(entries) and max(-int(entries.min()), int(entries.max())) > _EXACT:
        # Modulo 2**64, in which a difference is exact.
        entries = entries.astype(np.uint64) - entries.min().astype(np.uint64)
    floats = entries.astype(np.float64)
    floats[np.isinf(floats)] = np.nan
    return floats


def _styled(cell: Any, style: Numerals | Dates) -> float:
    """The number that a cell of text is; NaN if it is none."""
    number = None if is_missing(cell) else style.number(cell)
    return np.nan if number is None else number


def _days(entry: Any) -> float:
    """A time in days."""
    if isinstance(entry, datetime):
        entry = entry.replace(tzinfo=None) - datetime(1970, 1, 1)
    elif isinstance(entry, date):
        entry = entry - date(1970, 1, 1)
    elif isinstance(entry, time):
        entry = timedelta(hours=entry.hour, minutes=entry.minute, seconds=entry.second)
    return float(entry / timedelta(days=1))
