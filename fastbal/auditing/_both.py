"""Real rows and new ones, column by column in the same numbers and categories."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from fastbal._containers.frames import FrameTable
from fastbal._containers.table import Table
from fastbal._core.categories import is_missing
from fastbal._core.recipe import Rows
from fastbal._core.refusals import Term, refusal

Floats = NDArray[np.float64]

# Of a column of categories, in distances: the rarest beyond these are one. Fewer, if all columns together have more
# than so many; some in any case.
_MOST_CATEGORIES, _MOST_IN_ALL, _FEWEST = 50, 100, 5
# Sparse tables up to this size are made dense, which trees need.
_MOST_BYTES = 1 << 31
# How far apart two rows are that differ in nothing but a category.
_APART = 1.0


class Entries(NamedTuple):
    """Some rows.

    Attributes
    ----------
    numbers : ndarray of shape (n_rows, n_numeric), float64
        NaN where missing.
    codes : ndarray of shape (n_rows, n_categorical), int64
        Numbers of categories; those from the number of known ones on occur in no real row.
    label : ndarray of shape (n_rows,), int64
        Class codes.
    """

    numbers: Floats
    codes: NDArray[np.int64]
    label: NDArray[np.int64]

    def take(self, rows: Any) -> Entries:
        """Some of them."""
        return Entries(*(part[rows] for part in self))

    def are_equal(self, other: Entries) -> NDArray[np.bool_]:
        """Which rows are those of others, entry by entry; what is missing equals what is missing."""
        same = (self.numbers == other.numbers) | (np.isnan(self.numbers) & np.isnan(other.numbers))
        equal: NDArray[np.bool_] = same.all(axis=1) & (self.codes == other.codes).all(axis=1)
        return equal


@dataclass(frozen=True)
class Both:
    """The real rows and those that are to be held against them.

    Attributes
    ----------
    numeric, categorical : list of str
        Names of the columns.
    categories : list of list
        Those of the real rows, for each column of categories.
    labels : list
        Of the classes.
    real, new : Entries
    """

    numeric: list[str]
    categorical: list[str]
    categories: list[list[Any]]
    labels: list[Any]
    real: Entries
    new: Entries

    def grown(self) -> Iterator[tuple[Rows, Rows]]:
        """For each class with new rows: its real rows, and its new ones."""
        for code in np.unique(self.new.label):
            yield np.flatnonzero(self.real.label == code), np.flatnonzero(self.new.label == code)

    def with_new(self, chosen: Any) -> Both:
        """The same with some of the new rows."""
        return replace(self, new=self.new.take(chosen))

    def points(self, *parts: Entries) -> list[Floats]:
        """Rows as points whose distances mean something in every unit.

        Numbers are divided by the standard deviation of the real ones, gaps filled with their median; two rows that
        differ in a category, and in nothing else, are 1 apart.
        """
        middle, deviation = _middle_and_deviation(self.real.numbers)
        return [
            np.hstack([(np.where(np.isnan(part.numbers), middle, part.numbers) - middle) / deviation, *flags])
            for part, flags in ((part, self._flags(part)) for part in parts)
        ]

    def _flags(self, part: Entries) -> list[Floats]:
        flags = []
        most = min(_MOST_CATEGORIES, max(_FEWEST, _MOST_IN_ALL // max(1, len(self.categories))))
        for j, known in enumerate(self.categories):
            frequency = np.bincount(self.real.codes[:, j], minlength=len(known))
            common = np.argsort(-frequency, kind="stable")[:most]
            flags.append((part.codes[:, j, None] == common) * (_APART / np.sqrt(2.0)))
        return flags


def _middle_and_deviation(numbers: Floats) -> tuple[Floats, Floats]:
    """Median and standard deviation of what is present in each column; 1 instead of 0."""
    middle, deviation = np.zeros(numbers.shape[1]), np.ones(numbers.shape[1])
    for j, column in enumerate(numbers.T):
        present = column[~np.isnan(column)]
        if len(present) and (largest := float(abs(present).max())):
            middle[j] = np.median(present)
            deviation[j] = (present / largest).std() * largest or 1.0  # or squares would overflow or vanish
    return middle, deviation


def read_both(real: Table, made: Table, holdout: Table | None) -> tuple[list[Entries], Both]:
    """Read tables with the same columns: by name, or by position where there are no names.

    Returns
    -------
    entries : list of Entries
        Of the real table, of the made one, and of the one held out if there is one; with class 0 for each row.
    both : Both
        The columns; its rows are those of the first two tables.
    """
    tables = [table for table in (real, made, holdout) if table is not None]
    if sparse.issparse(real.values()) or sparse.issparse(made.values()):
        n_bytes = 8 * sum(table.n_rows * table.n_columns for table in tables)
        if n_bytes > _MOST_BYTES:
            raise ValueError(
                f"The tables are sparse, and would need {n_bytes / 1e9:.1f} GB when dense, as an audit needs them. "
                "Give fewer rows or columns."
            )
    positions = [_positions(real, table, what) for table, what in zip(tables, _ROLES, strict=False)]
    numeric, categorical, categories = [], [], []
    numbers: list[list[Floats]] = [[] for _ in tables]
    codes: list[list[NDArray[np.int64]]] = [[] for _ in tables]
    for j in range(real.n_columns):
        places = [place[j] for place in positions]
        name = str(j if real.names is None else real.names[j])
        found = [_column_as_floats(table, place) for table, place in zip(tables, places, strict=True)]
        if all(column is not None for column in found):
            numeric.append(name)
            for floats, column in zip(numbers, found, strict=True):
                assert column is not None
                floats.append(column)
            continue
        categorical.append(name)
        known: list[Any] = []
        for part, table, place in zip(codes, tables, places, strict=True):
            part.append(_codes_as(known, *table.categories(place)))
            if table is real:
                categories.append(list(known))
    entries = [
        Entries(
            np.column_stack(floats) if floats else np.empty((table.n_rows, 0)),
            np.column_stack(parts) if parts else np.empty((table.n_rows, 0), np.int64),
            np.zeros(table.n_rows, np.int64),
        )
        for table, floats, parts in zip(tables, numbers, codes, strict=True)
    ]
    return entries, Both(numeric, categorical, categories, [None], entries[0], entries[1])


_ROLES = (Term("X", "X"), Term("X_resampled", "X_resampled"), Term("holdout", "holdout"))


def _positions(real: Table, table: Table, what: Term) -> list[int]:
    """Where each column of the real table is in another."""
    if real.names is not None and table.names is not None:
        place = {name: j for j, name in enumerate(table.names)}
        missing = [name for name in real.names if name not in place]
        if missing:
            shown = ", ".join(repr(name) for name in missing[:10]) + (" and more" if len(missing) > 10 else "")
            raise refusal(ValueError, what, " must have the columns of ", _ROLES[0], f", but it has no column {shown}.")
        return [place[name] for name in real.names]
    if table.n_columns != real.n_columns:
        raise refusal(
            ValueError,
            *(what, " must have the columns of ", _ROLES[0], ", but ", _ROLES[0], f" has {real.n_columns} and ", what),
            f" has {table.n_columns}.",
        )
    return list(range(real.n_columns))


def _column_as_floats(table: Table, position: int) -> Floats | None:
    """A column as floats, dates in seconds, with NaN for what is missing; None if it holds categories."""
    if isinstance(table, FrameTable):
        if position in (table.categorical_columns() or []):
            return None
        column = table.column_numbers(position)
        entries = table.entries(position) if column is None else column
    else:
        entries = table.entries(position)
    if entries.dtype.kind in "mM":
        floats = entries.astype(f"{entries.dtype.kind}8[ns]").astype(np.float64) / 1e9
        floats[np.isnat(entries)] = np.nan
    elif entries.dtype.kind in "biuf":
        floats = entries.astype(np.float64)
    elif entries.dtype.kind == "O" and not any(isinstance(entry, (str, bytes, bool)) for entry in entries):
        try:
            floats = np.array([np.nan if is_missing(entry) else float(entry) for entry in entries])
        except (TypeError, ValueError):
            return None
    else:
        return None
    floats[np.isinf(floats)] = np.nan
    return floats


def _codes_as(known: list[Any], codes: NDArray[np.int32], categories: list[Any]) -> NDArray[np.int64]:
    """Codes of a column in the numbers of known categories, to which new ones are added."""
    place = {_category_key(category): number for number, category in enumerate(known)}
    rank = np.empty(len(categories), np.int64)
    for number, category in enumerate(categories):
        key = _category_key(category)
        if key not in place:
            place[key] = len(known)
            known.append(category)
        rank[number] = place[key]
    return rank[codes]


def _category_key(category: Any) -> Any:
    return None if is_missing(category) else category
