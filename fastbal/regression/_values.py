"""Numbers and categories of a table, and how far apart its rows are."""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from fastbal._containers.table import NumberReader, Table
from fastbal._core.grouped_search import Measure, measure_by
from fastbal._core.recipe import Rows
from fastbal._core.rows import rows_as_floats, take_rows
from fastbal._core.threads import for_each_piece
from fastbal._neighborhood import Searchable, pool_of
from fastbal.over_sampling._mixed import column_numbers
from fastbal.over_sampling._nominal import Nominal, read_nominal

Floats = NDArray[np.float64]

_PIECE_ROWS = 1 << 13


class MixedValues(NamedTuple):
    """A table, its numbers and categories apart.

    Attributes
    ----------
    numbers : ndarray or CSR matrix of shape (n_rows, n_numeric)
        Finite; of any dtype.
    continuous : list of int
        Which columns of the table they are.
    nominal : Nominal
        The categories.
    """

    numbers: Any
    continuous: list[int]
    nominal: Nominal

    @property
    def has_categories(self) -> bool:
        """Whether there are columns of categories."""
        return bool(self.nominal.columns)

    def in_columns(self, numbers: Floats) -> Floats:
        """Numbers of new rows in the columns of the table; those of categories hold nothing."""
        if not self.has_categories:
            return numbers
        values = np.zeros((len(numbers), len(self.continuous) + len(self.nominal.columns)))
        values[:, self.continuous] = numbers
        return values


def read_mixed_values(table: Table, categorical_features: Any, reader: NumberReader) -> MixedValues:
    """The numbers of a table, checked, and its categories: by "auto" what the dtypes of a dataframe say."""
    if isinstance(categorical_features, str):
        categorical = table.categorical_columns() or []
    else:
        categorical = [] if categorical_features is None else column_numbers(categorical_features, table)
    continuous = [j for j in range(table.n_columns) if j not in set(categorical)]
    nominal = read_nominal(table, categorical)
    if not continuous:
        raise ValueError(
            f"{reader.name} makes new numbers, but all {table.n_columns} columns of X hold categories. Use "
            f"RelevanceOverSampler, or leave columns of numbers out of categorical_features."
        )
    numbers = (table.part(continuous) if categorical else table).numbers(reader)
    return MixedValues(numbers.toarray() if categorical and sparse.issparse(numbers) else numbers, continuous, nominal)


class Spread:
    """The rows of a bin, ready to be searched and measured.

    Columns of numbers are measured as they are, or in units of their range in the bin; a category that differs adds 1
    to the squared distance (HEOM, Wilson and Martinez 1997). With categories, ranges are the unit always.

    Parameters
    ----------
    X : MixedValues
        The table.
    rows : ndarray of int64
        The rows of the bin.
    by_range : bool
        Whether ranges are the unit.
    """

    def __init__(self, X: MixedValues, rows: Rows, *, by_range: bool) -> None:
        self.rows = rows
        self.by_range = by_range or X.has_categories
        self.codes = X.nominal.codes[:, rows]
        self._table = X

    @cached_property
    def numbers(self) -> Any:
        """The numbers as they are measured, but for a power of two; see `exponent`."""
        return self._measured[0]

    @property
    def exponent(self) -> int:
        """Of the power of two in which distances are measured: not 0 where their squares would be out of range."""
        return self._measured[1]

    @cached_property
    def _measured(self) -> tuple[Any, int]:
        from fastbal._core.neighbors import on_one_scale  # here, so that importing loads no compiler

        numbers = rows_as_floats(self._table.numbers, self.rows)
        if self.by_range:
            return in_units_of_range(numbers), 0
        (scaled,), exponent = on_one_scale(numbers)
        return scaled, exponent

    def pool(self) -> Searchable:
        """What neighbours are searched among."""
        return _RangePool(self) if self.by_range else pool_of(self._table.numbers, self.rows)

    def between(self, first: Rows, second: Rows) -> Floats:
        """The distances of pairs of rows, given by their positions in the bin; as all here in units of `exponent`."""
        apart = np.empty(len(first))

        def measure(start: int, stop: int) -> None:
            a, b = first[start:stop], second[start:stop]
            difference = np.subtract(take_rows(self.numbers, a), take_rows(self.numbers, b), dtype=np.float64)
            sqdists = np.einsum("ij,ij->i", difference, difference)
            sqdists += (self.codes[:, a] != self.codes[:, b]).sum(axis=0)
            apart[start:stop] = np.sqrt(sqdists)

        for_each_piece(measure, len(first), piece=_PIECE_ROWS)
        return apart

    def medians_to_others(self, positions: Rows, bounds: Floats) -> Floats:
        """The median distance of rows to all others of the bin, as far as bounds, some for each, tell it apart."""
        from fastbal._core.median_distance import medians_among

        return medians_among(bounds, self.numbers, self.codes, 1.0, positions)

    def exact_medians_to_others(self, positions: Rows) -> Floats:
        """The median distance of rows to all others of the bin."""
        from fastbal._core.median_distance import median_distances

        return median_distances(self.numbers, self.codes, 1.0, positions)

    def in_units(self, distance: float) -> float:
        """A distance in the unit of the others here; infinite where all of those are next to nothing beside it."""
        with np.errstate(over="ignore"):
            return float(np.ldexp(distance, -self.exponent))

    def without_units(self, distances: Floats) -> Floats:
        """Distances as they are."""
        with np.errstate(over="ignore"):
            return np.asarray(np.ldexp(distances, self.exponent))


def in_units_of_range(numbers: Any) -> Any:
    """Each column divided by the distance from its least to its greatest value, as float64.

    Columns of an ndarray begin at 0; those of a sparse matrix keep their zeros, which changes no distance.
    """
    if sparse.issparse(numbers):
        halves = numbers.astype(np.float64) / 2
        widths = (halves.max(axis=0) - halves.min(axis=0)).toarray().ravel()
        scaled = halves.copy()
        scaled.data /= np.where(widths > 0, widths, 1.0)[scaled.indices]
        return scaled
    halves = numbers.astype(np.float64) / 2  # the range itself may be beyond the largest number
    halves -= halves.min(axis=0)
    widths = halves.max(axis=0)
    shares: Floats = np.divide(halves, widths, out=np.zeros_like(halves), where=widths > 0)
    return shares


class _RangePool:
    """Stands in for `fastbal._neighborhood.Pool` where ranges are the unit."""

    def __init__(self, spread: Spread) -> None:
        self.rows: Rows | None = spread.rows
        self.numbers, self.codes = spread.numbers, spread.codes

    @property
    def X(self) -> Any:
        """The rows, for a search of the user's; there are no categories then."""
        return self.numbers

    @cached_property
    def index(self) -> Any:
        """The rows, ready to be searched."""
        return self.index_of(slice(None))

    def index_of(self, part: Any) -> Any:
        """The same among some of the rows."""
        if len(self.codes) == 0:
            from fastbal._core.neighbors import Index

            return Index(self.numbers[part])
        from fastbal._core.mixed_search import MixedIndex

        return MixedIndex(self.numbers[part], self.codes[:, part], 1.0)

    def measure(self) -> Measure:
        """What searches small groups of them."""
        return measure_by(self.numbers, self.codes, 1.0)
