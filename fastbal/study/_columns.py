"""Any table as numbers: what is a number, what is a category, and what tells nothing."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from fastbal._containers.read import read_table
from fastbal._containers.table import Table
from fastbal._core.categories import is_missing
from fastbal._core.words import LEADING_ZERO

# A column of text with at least this share of numbers is numeric; the rest of it is missing.
_MOSTLY = 0.95
# Categories of a column beyond these, the rarest, are one.
_MOST_CATEGORIES = 50
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
    """

    values: NDArray[np.float64]
    numeric: list[str]
    categorical: list[str]
    left_out: dict[str, str] = field(default_factory=dict)

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
    numeric: dict[str, NDArray[np.float64]] = {}
    categorical: dict[str, NDArray[np.float64]] = {}
    left_out: dict[str, str] = {}
    for j in range(table.n_columns):
        name = str(table.names[j]) if table.names is not None else f"x{j}"
        entries = table.entries(j)
        is_number = entries.dtype.kind in "iuf" and j not in declared
        if is_number or entries.dtype.kind in "bmM":
            numeric[name] = _as_floats(entries)
            continue
        try:
            codes, categories = table.categories(j)
        except TypeError:
            left_out[name] = "its values are neither numbers nor categories"
            continue
        numbers = None if entries.dtype.kind in "iuf" else _numbers_in(categories, np.bincount(codes))
        if numbers is not None:
            numeric[name] = numbers[codes]
        elif len(categories) == table.n_rows > 1:
            left_out[name] = "each row has a value of its own"
        else:
            categorical[name] = codes.astype(np.float64)
    for name, column in [*numeric.items(), *categorical.items()]:
        if np.isnan(column).all():
            left_out[name] = "every value is missing"
        elif len(np.unique(column[~np.isnan(column)])) == 1 and not np.isnan(column).any():
            left_out[name] = "every row has the same value"
    for name in left_out:
        numeric.pop(name, None)
        categorical.pop(name, None)
    if not numeric and not categorical:
        raise ValueError(
            "No column of X can tell the classes apart: "
            + "; ".join(f"{name!r}: {why}" for name, why in left_out.items())
            + "."
        )
    values = np.column_stack([*numeric.values(), *categorical.values()])
    return Columns(values, [*numeric], [*categorical], left_out)


def _read_sparse(table: Table) -> Columns:
    n_bytes = 8 * table.n_rows * table.n_columns
    if n_bytes > _MOST_BYTES:
        raise ValueError(
            f"X is sparse with {table.n_rows} rows and {table.n_columns} columns, and would need "
            f"{n_bytes / 1e9:.1f} GB when dense, as networks and boosting need it. Give fewer rows or columns, for "
            "example by sklearn.decomposition.TruncatedSVD."
        )
    values = table.numbers("compare").toarray().astype(np.float64)
    return Columns(values, [f"x{j}" for j in range(table.n_columns)], [])


def _as_floats(entries: NDArray[Any]) -> NDArray[np.float64]:
    """Numbers, or times in days, with NaN for gaps."""
    if entries.dtype.kind == "M":
        entries = entries - np.datetime64("1970-01-01")
    if entries.dtype.kind == "m":
        entries = entries / np.timedelta64(1, "D")
    floats = entries.astype(np.float64)
    floats[np.isinf(floats)] = np.nan
    return floats


def _numbers_in(categories: list[Any], counts: NDArray[np.int64]) -> NDArray[np.float64] | None:
    """What each category of a column is as a number, NaN if it is none; None if the column holds no numbers."""
    numbers = np.array([_number(category) for category in categories], np.float64)
    is_gap = np.array([is_missing(category) or str(category).isspace() for category in categories])
    n_present = counts[~is_gap].sum()
    if n_present == 0:
        return numbers
    is_code = any(isinstance(category, str) and re.match(LEADING_ZERO, category) for category in categories)
    n_distinct = len(set(numbers[~np.isnan(numbers)].tolist()))
    if is_code or n_distinct <= 2:  # two are booleans, or codes such as "1" and "2"
        return None
    return numbers if counts[~np.isnan(numbers)].sum() >= _MOSTLY * n_present else None


def _number(entry: Any) -> float:
    """A number, or a time in days; NaN for what is neither."""
    if isinstance(entry, str):
        with suppress(ValueError):
            entry = datetime.fromisoformat(entry.strip()) if "-" in entry[1:] else float(entry)
    if is_missing(entry):
        return np.nan
    if isinstance(entry, datetime):
        entry = entry.replace(tzinfo=None) - datetime(1970, 1, 1)
    elif isinstance(entry, date):
        entry = entry - date(1970, 1, 1)
    elif isinstance(entry, time):
        entry = timedelta(hours=entry.hour, minutes=entry.minute, seconds=entry.second)
    if isinstance(entry, timedelta):
        return entry / timedelta(days=1)
    try:
        number = float(entry)
    except (TypeError, ValueError):
        return np.nan
    return number if np.isfinite(number) else np.nan
