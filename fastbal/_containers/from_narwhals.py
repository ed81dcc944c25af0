"""Dataframes and series of polars, pyarrow and their like, by way of narwhals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastbal._containers.arrays import ArrayTable
from fastbal._containers.frames import FrameTable, as_new_rows, copied_rows, twice_named
from fastbal._containers.table import Column, Table
from fastbal._core.recipe import NewRows, Recipe
from fastbal._core.rows import as_dtype

Array = NDArray[Any]

#: What makes a table of a plan, where it is not `collect`.
_COLLECTED_BY = {"DUCKDB": "to_arrow_table", "IBIS": "to_pyarrow", "PYSPARK": "toPandas"}


def narwhals_frame(X: Any) -> Any:
    import narwhals as nw

    if type(X).__module__.startswith("dask") and hasattr(X, "columns"):
        raise _no_rows_yet(X, "compute")
    try:
        frame = nw.from_native(X, pass_through=True)
    except nw.exceptions.DuplicateError as error:  # only pyarrow has tables with such names
        raise ValueError(twice_named(error)) from None
    if isinstance(frame, nw.LazyFrame):
        raise _no_rows_yet(X, _COLLECTED_BY.get(frame.implementation.name, "collect"))
    return frame if isinstance(frame, nw.DataFrame) else None


def _no_rows_yet(X: Any, how: str) -> TypeError:
    return TypeError(
        f"A {type(X).__name__} is a plan for a table and has no rows yet. Make it a table first, with X.{how}()."
    )


def narwhals_series(y: Any) -> Any:
    import narwhals as nw

    series = nw.from_native(y, pass_through=True, series_only=True)
    return series if isinstance(series, nw.Series) else None


class NarwhalsTable(FrameTable):
    """A polars DataFrame, a pyarrow Table, or any other eager dataframe that narwhals knows."""

    def __init__(self, frame: Any) -> None:
        self.frame = frame
        self._read_names(list(frame.columns), frame.shape)
        self.row_bytes = frame.estimated_size() / self.n_rows

    def values(self) -> Any:
        return self.frame.to_numpy()

    def _part(self, columns: list[int]) -> Table:
        return NarwhalsTable(self.frame[:, columns])

    def entries(self, position: int) -> Array:
        column = self.frame[:, position]
        if column.dtype.is_numeric() and not column.null_count():
            return np.asarray(column.to_numpy())
        entries = np.empty(self.n_rows, object)
        entries[:] = column.to_list()
        return entries

    def _is_whole(self, position: int) -> bool:
        import narwhals as nw

        dtype = self.frame[:, position].dtype
        return bool(dtype.is_integer() or dtype == nw.Boolean)

    def _is_categorical(self, position: int) -> bool:
        import narwhals as nw

        kinds = (nw.Categorical, nw.Enum, nw.String, nw.Binary, nw.Boolean, nw.Object)
        return self.frame[:, position].dtype in kinds

    def lists_categories(self, position: int) -> bool:
        import narwhals as nw

        return self.frame[:, position].dtype in (nw.Categorical, nw.Enum)

    def example(self, position: int) -> Any:
        column = self.frame[:, position]
        return column[int((~column.is_null()).arg_max() or 0)]

    def column_numbers(self, position: int) -> Array | None:
        import narwhals as nw

        column = self.frame[:, position]
        if not (column.dtype.is_numeric() or column.dtype == nw.Boolean):
            return None
        if column.null_count() or column.dtype.is_decimal():
            column = column.cast(nw.Float64)
        return np.asarray(column.to_numpy())

    def write(self, recipe: Recipe, new: NewRows, *, keep_index: bool = False) -> Any:
        import narwhals as nw

        kept = self.frame if recipe.kept is None else self.frame[recipe.kept, :]
        if recipe.n_new == 0:
            return kept.to_native()
        if recipe.neighbor is None and new.values is None and not new.taken:
            return nw.concat([kept, self.frame[recipe.base, :]]).to_native()
        columns = [self._new_column(j, recipe, new) for j in range(self.n_columns)]
        return nw.concat([kept, columns[0].to_frame().with_columns(*columns[1:])]).to_native()

    def _new_column(self, position: int, recipe: Recipe, new: NewRows) -> Any:
        column = self.frame[:, position]
        entries = self.new_entries(position, recipe, new)
        if entries is None:
            return column[copied_rows(position, recipe, new)]
        return self._column(position, entries)

    def _column(self, position: int, values: Array) -> Any:
        import narwhals as nw

        assert self.names is not None
        dtype = self.frame[:, position].dtype
        column = nw.new_series(self.names[position], values, backend=self.frame.implementation)
        if values.dtype.kind == "f" and self.frame[:, position].null_count():
            column = column.fill_nan(None)
        return column if column.dtype == dtype else column.cast(dtype)

    def like(self, values: Any) -> Any:
        dense = ArrayTable(values.toarray() if hasattr(values, "tocsr") else values).values()
        columns = []
        for j in range(self.n_columns):
            numbers = self.column_numbers(j)
            entries = dense[:, j]
            if numbers is not None:
                entries = as_dtype(entries if entries.dtype.kind in "iuf" else entries.astype(float), numbers.dtype)
            columns.append(self._column(j, entries))
        return columns[0].to_frame().with_columns(*columns[1:]).to_native()


class NarwhalsColumn(Column):
    """A series of polars, pyarrow, ..., or a dataframe."""

    def __init__(self, array: Any, finish: Callable[[Any], Any]) -> None:
        series = narwhals_series(array)
        self.is_series = series is not None
        self.finish = finish
        self.name = None if series is None else series.name
        self.table = NarwhalsTable(
            narwhals_frame(array) if series is None else series.alias(series.name or "y").to_frame()
        )

    @property
    def n_rows(self) -> int:
        return self.table.n_rows

    def values(self) -> Any:
        return _narwhals_values(self.table.frame)

    def categories(self) -> tuple[NDArray[np.int32], list[Any]]:
        return self.table.categories(0)

    def write(self, recipe: Recipe, X_out: Any, values: Array | None = None) -> Any:
        return self._finished(self.table.write(recipe, as_new_rows(values)))

    def like(self, values: Any, X_out: Any) -> Any:
        values = np.asarray(values)
        return self._finished(self.table.like(values.reshape(len(values), -1)))

    def of_floats(self, values: Array, X_out: Any) -> Any:
        import narwhals as nw

        frame = self.table.frame
        return self._finished(
            nw.new_series(frame.columns[0], values, backend=frame.implementation).to_frame().to_native()
        )

    def _finished(self, out: Any) -> Any:
        import narwhals as nw

        if not self.is_series:
            return out
        column = nw.from_native(out, eager_only=True)[:, 0]
        return self.finish(column.alias(self.name).to_native() if self.name else column.to_native())


def _narwhals_values(frame: Any) -> Array:
    if frame.shape[1] != 1:
        return np.asarray(frame.to_numpy())
    column = frame[:, 0]
    if column.null_count():
        return np.array([*column.to_list()], dtype=object)
    return np.asarray(column.to_numpy())
