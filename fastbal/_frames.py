"""Dataframes, column by column: the only place that knows pandas, polars and pyarrow.

None of them is imported here: whoever hands in a dataframe has done so already.
"""

from __future__ import annotations

import functools
import sys
from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastbal._core.categories import encode_categories
from fastbal._core.recipe import NewRows, Recipe
from fastbal._core.rows import as_dtype, take_rows, write_beside, write_csr, write_new_rows, write_rows
from fastbal._core.threads import for_each_piece
from fastbal._tables import ArrayTable, Column, SparseTable, Table

Array = NDArray[Any]


def read_frame(X: Any) -> Table | None:
    """A dataframe as a table; None if it is something else."""
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(X, pandas.DataFrame):
        return PandasTable(X)
    frame = _narwhals_frame(X)
    return None if frame is None else NarwhalsTable(frame)


def read_frame_column(array: Any) -> Column | None:
    """A series, a dataframe or a pyarrow array as what stands beside a table; None if it is something else."""
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(array, (pandas.Series, pandas.DataFrame)):
        return PandasColumn(array)
    pyarrow = sys.modules.get("pyarrow")
    if pyarrow is not None and isinstance(array, pyarrow.Array):
        chunked = pyarrow.chunked_array([array])
        return NarwhalsColumn(chunked, lambda out: out.combine_chunks())
    if _narwhals_series(array) is not None or _narwhals_frame(array) is not None:
        return NarwhalsColumn(array, lambda out: out)
    return None


class FrameTable(Table):
    """What dataframes of every library have in common: columns with a name and a kind of their own."""

    def _read_names(self, names: list[Any], shape: tuple[int, int]) -> None:
        self.names = names
        self.n_rows, self.n_columns = shape
        if 0 in shape:
            axis = "sample(s)" if self.n_rows == 0 else "feature(s)"
            raise ValueError(f"Found array with 0 {axis} (shape={shape}) while a minimum of 1 is required.")
        if len(set(names)) < len(names):
            raise ValueError(_twice(", ".join(sorted({repr(name) for name in names if names.count(name) > 1}))))

    @abstractmethod
    def column_numbers(self, position: int) -> Array | None:
        """A column as numbers, missing ones as NaN; None if it holds no numbers."""

    def numbers(self, reader: str, *, allow_nan: bool = False) -> Any:
        columns = [self.column_numbers(j) for j in range(self.n_columns)]
        words = [j for j, column in enumerate(columns) if column is None]
        if words:
            self.refuse_words(words, self.example(words[0]), reader)
        numeric = [column for column in columns if column is not None]
        X = np.empty((self.n_rows, self.n_columns), np.result_type(*numeric))

        def fill(start: int, stop: int) -> None:
            for j, column in enumerate(numeric):
                X[start:stop, j] = column[start:stop]

        for_each_piece(fill, self.n_rows, piece=1 << 13)  # block by block, while it is in the cache
        self.refuse_not_finite(X, reader, allow_nan=allow_nan)
        return X

    def categorical_columns(self) -> list[int] | None:
        return [j for j in range(self.n_columns) if self._is_categorical(j)]

    @abstractmethod
    def _is_categorical(self, position: int) -> bool:
        """Whether a column's dtype is that of categories, text or booleans."""

    @abstractmethod
    def example(self, position: int) -> Any:
        """Some entry of a column."""

    def new_entries(self, position: int, recipe: Recipe, new: NewRows) -> Array | None:
        """A column's entries in the rows a recipe makes, as numbers of the column's own kind; None if it copies."""
        is_copied = recipe.neighbor is None and new.values is None
        numbers = None if is_copied or position in (new.taken or {}) else self.column_numbers(position)
        if numbers is None:
            return None
        if new.values is not None:
            return as_dtype(new.values[:, position], numbers.dtype)
        # In the dtype in which the columns are compared with each other, as imbalanced-learn does.
        floats = numbers.astype(self.common_float, copy=False) if numbers.dtype.kind == "f" else numbers
        out = write_new_rows(floats, recipe, np.empty(recipe.n_new, floats.dtype))
        if numbers.dtype.kind == "f" and self._is_whole(position):  # floats for the sake of missing entries
            np.rint(out, out=out)
        return out.astype(numbers.dtype, copy=False)

    @abstractmethod
    def _is_whole(self, position: int) -> bool:
        """Whether a column's dtype is that of whole numbers or booleans."""

    @functools.cached_property
    def common_float(self) -> np.dtype[Any]:
        """The dtype of the table as one array, if that is a float; else float64."""
        kinds = [numbers.dtype for j in range(self.n_columns) if (numbers := self.column_numbers(j)) is not None]
        common = np.result_type(*kinds)
        return common if common.kind == "f" else np.dtype(np.float64)


def _twice(names: object) -> str:
    return f"Column names must be unique, but some occur more than once: {names}. Rename or drop columns."


def _copied_rows(position: int, recipe: Recipe, new: NewRows) -> NDArray[np.int64]:
    return (new.taken or {}).get(position, recipe.base)


# ------------------------------------------------------------------------------------------------------------ pandas


_COLUMNS_BYTES = 1 << 22


class PandasTable(FrameTable):
    """A pandas DataFrame."""

    def __init__(self, X: Any) -> None:
        self.X = X
        self._read_names(list(X.columns), X.shape)
        kinds = [dtype for dtype in X.dtypes if isinstance(dtype, np.dtype)]
        self.row_bytes = sum(dtype.itemsize for dtype in kinds) + 8.0 * (self.n_columns - len(kinds))
        #: All columns as one array, without a copy, if all are NumPy's and of one dtype.
        self.block: Array | None = None
        if len(kinds) == self.n_columns and len(set(kinds)) == 1 and kinds[0].kind in "biuf":
            self.block = X.to_numpy()

    def numbers(self, reader: str, *, allow_nan: bool = False) -> Any:
        if self.block is not None:
            self.refuse_not_finite(self.block, reader, allow_nan=allow_nan)
            return self.block
        if self._is_sparse():
            return self._sparse_table().numbers(reader)
        return super().numbers(reader, allow_nan=allow_nan)

    def _part(self, columns: list[int]) -> Table:
        return PandasTable(self.X.iloc[:, columns])

    def entries(self, position: int) -> Array:
        return np.asarray(self.X.iloc[:, position].to_numpy())

    def categories(self, position: int) -> tuple[NDArray[np.int32], list[Any]]:
        pandas = sys.modules["pandas"]
        if isinstance(self.X.dtypes.iloc[position], pandas.SparseDtype):
            return super().categories(position)
        codes, distinct = pandas.factorize(self.X.iloc[:, position])
        rank, categories = encode_categories(np.array([*np.asarray(distinct, dtype=object)], dtype=object))
        has_missing = bool((codes < 0).any())
        ranks = np.append(rank, np.int32(len(rank)))  # what is missing has the code −1, the last place
        return ranks[codes].astype(np.int32), categories + [None] * has_missing

    def _is_whole(self, position: int) -> bool:
        types, dtype = sys.modules["pandas"].api.types, self.X.dtypes.iloc[position]
        return bool(types.is_integer_dtype(dtype) or types.is_bool_dtype(dtype))

    def _is_categorical(self, position: int) -> bool:
        dtype, types = self.X.dtypes.iloc[position], sys.modules["pandas"].api.types
        if isinstance(dtype, sys.modules["pandas"].CategoricalDtype) or types.is_bool_dtype(dtype):
            return True
        if types.is_datetime64_any_dtype(dtype) or types.is_timedelta64_dtype(dtype):
            return False
        return bool(types.is_string_dtype(dtype) or types.is_object_dtype(dtype)) and (
            self.column_numbers(position) is None
        )

    def values(self) -> Any:
        return self.X.to_numpy() if self.block is None else self.block

    def example(self, position: int) -> Any:
        return self.X.iloc[0, position]

    def column_numbers(self, position: int) -> Array | None:
        column = self.X.iloc[:, position]
        dtype = column.dtype
        if isinstance(dtype, np.dtype):
            if dtype.kind in "biuf":
                return np.asarray(column.to_numpy())
            if dtype.kind != "O":
                return None
            try:  # objects that are numbers; text is refused even where it reads as one
                return None if any(isinstance(v, (str, bytes)) for v in column) else column.to_numpy(np.float64)
            except (TypeError, ValueError):
                return None
        pandas = sys.modules["pandas"]
        if isinstance(dtype, pandas.CategoricalDtype) or not (
            pandas.api.types.is_numeric_dtype(dtype) or pandas.api.types.is_bool_dtype(dtype)
        ):
            return None
        if column.isna().any():
            return np.asarray(column.to_numpy(np.float64, na_value=np.nan))
        numbers = np.asarray(column.to_numpy(getattr(dtype, "numpy_dtype", None) or getattr(dtype, "subtype", None)))
        return numbers.astype(np.float64) if numbers.dtype.kind == "O" else numbers  # Decimal

    def write(self, recipe: Recipe, new: NewRows, *, keep_index: bool = False) -> Any:
        pandas = sys.modules["pandas"]
        n_rows = recipe.n_kept + recipe.n_new
        index = pandas.RangeIndex(n_rows)
        if keep_index:
            index = self.X.index.take(np.concatenate([recipe.kept_rows(), recipe.base]))
        if self.block is not None and not new.taken:
            out = pandas.DataFrame(self._write_block(recipe, new), index=index, copy=False)
        elif self._is_sparse() and recipe.neighbor is not None:
            out = self._write_sparse(recipe, new, index)
        else:
            columns: list[Any] = [None] * self.n_columns

            def write_column(j: int) -> None:
                columns[j] = self._write_column(j, recipe, new)

            self._for_each_column(write_column, n_rows)
            out = pandas.DataFrame(dict(enumerate(columns)), index=index, copy=False)
        out.columns = self.X.columns
        out.attrs = dict(self.X.attrs)
        return out

    def room(self, n_rows: int) -> Array | None:
        if self.block is None:
            return None
        if self.block.flags.c_contiguous:
            return np.empty((n_rows, self.n_columns), self.block.dtype)
        return np.empty((self.n_columns, n_rows), self.block.dtype).T

    def _write_block(self, recipe: Recipe, new: NewRows) -> Array:
        """All columns at once, in the memory order of the caller's."""
        X = self.block
        assert X is not None
        if X.flags.c_contiguous:
            return write_beside(X, recipe, new)
        n_rows = recipe.n_kept + recipe.n_new
        out = np.empty((self.n_columns, n_rows), X.dtype).T if new.out is None else new.out

        def write_column(j: int) -> None:
            if new.out is not None:
                write_beside(X[:, j], recipe, NewRows(out=out[:, j]))
            else:
                write_rows(X[:, j], recipe, None if new.values is None else new.values[:, j], out=out[:, j])

        self._for_each_column(write_column, n_rows)
        return out

    def _for_each_column(self, work: Callable[[int], object], n_rows: int) -> None:
        """In parallel, if a thread's columns are large: with little to do, threads wait for each other's Python."""

        def write_columns(start: int, stop: int) -> None:
            for j in range(start, stop):
                work(j)

        for_each_piece(write_columns, self.n_columns, piece=1 + _COLUMNS_BYTES // (8 * n_rows + 1))

    def _write_column(self, position: int, recipe: Recipe, new: NewRows) -> Any:
        """A column with its own dtype; what is kept comes from the caller's."""
        column = self.X.iloc[:, position]
        entries = self.new_entries(position, recipe, new)
        if isinstance(column.dtype, np.dtype):
            source = column.to_numpy()
            out = np.empty(recipe.n_kept + recipe.n_new, source.dtype)
            write_rows(source, Recipe(n_rows=recipe.n_rows, kept=recipe.kept), out=out[: recipe.n_kept])
            if entries is None:
                take_rows(source, _copied_rows(position, recipe, new), out=out[recipe.n_kept :])
            else:
                out[recipe.n_kept :] = entries
            return out
        if entries is None:
            return column.array.take(np.concatenate([recipe.kept_rows(), _copied_rows(position, recipe, new)]))
        pandas = sys.modules["pandas"]
        kept = column if recipe.kept is None else column.take(recipe.kept)
        return pandas.concat([kept, pandas.Series(entries).astype(column.dtype)], ignore_index=True).array

    def _is_sparse(self) -> bool:
        """Whether all columns are sparse with zeros left out, as a CSR matrix is."""
        sparse_type = sys.modules["pandas"].SparseDtype
        return all(isinstance(dtype, sparse_type) and dtype.fill_value == 0 for dtype in self.X.dtypes)

    def _sparse_table(self) -> SparseTable:
        return SparseTable(self.X.sparse.to_coo().tocsr())

    def _write_sparse(self, recipe: Recipe, new: NewRows, index: Any) -> Any:
        pandas = sys.modules["pandas"]
        table = self._sparse_table()
        out = write_csr(table.X, recipe, table.with_taken(recipe, new.taken) if new.taken else new.values)
        return pandas.DataFrame.sparse.from_spmatrix(out, index=index, columns=self.X.columns).astype(self.X.dtypes)

    def like(self, values: Any) -> Any:
        pandas = sys.modules["pandas"]
        if hasattr(values, "tocsr"):
            out = pandas.DataFrame.sparse.from_spmatrix(values, columns=self.X.columns)
            return out.astype(self.X.dtypes)
        columns = [_pandas_column(values[:, j], dtype) for j, dtype in enumerate(self.X.dtypes)]
        out = pandas.DataFrame(dict(enumerate(columns)), copy=False)
        out.columns = self.X.columns
        return out


def _pandas_column(values: Array, dtype: Any) -> Any:
    pandas = sys.modules["pandas"]
    numpy_dtype = dtype if isinstance(dtype, np.dtype) else getattr(dtype, "numpy_dtype", None)
    if numpy_dtype is not None and numpy_dtype.kind in "biu" and values.dtype.kind == "f":
        values = as_dtype(values, numpy_dtype)
    return pandas.Series(values).astype(dtype)


class PandasColumn(Column):
    """A pandas Series, or a DataFrame."""

    def __init__(self, array: Any) -> None:
        self.array = array
        self.is_series = array.ndim == 1
        self.table = PandasTable(array.to_frame("y") if self.is_series else array)

    @property
    def n_rows(self) -> int:
        return len(self.array)

    def values(self) -> Any:
        is_column = not self.is_series and self.array.shape[1] == 1
        return _series_values(self.array.iloc[:, 0] if is_column else self.array)

    def categories(self) -> tuple[NDArray[np.int32], list[Any]]:
        return self.table.categories(0)

    def write(self, copies: Recipe, X_out: Any) -> Any:
        return self._beside(self.table.write(copies, NewRows()), X_out)

    def like(self, values: Any, X_out: Any) -> Any:
        values = np.asarray(values)
        return self._beside(self.table.like(values.reshape(len(values), -1)), X_out)

    def of_floats(self, values: Array, X_out: Any) -> Any:
        pandas = sys.modules["pandas"]
        dtype = self.table.X.dtypes.iloc[0]
        out = pandas.DataFrame({0: values}, dtype=dtype if pandas.api.types.is_float_dtype(dtype) else None)
        out.columns = self.table.X.columns
        return self._beside(out, X_out)

    def _beside(self, out: Any, X_out: Any) -> Any:
        if isinstance(X_out, sys.modules["pandas"].DataFrame):
            out.index = X_out.index
        if not self.is_series:
            return out
        return out.iloc[:, 0].rename(self.array.name)


def _series_values(y: Any) -> Array:
    """A pandas Series as NumPy values; missing ones as None, which compares with itself."""
    if y.ndim == 1 and not isinstance(y.dtype, np.dtype) and y.isna().any():
        return np.asarray(y.to_numpy(dtype=object, na_value=None))
    return np.asarray(y.to_numpy())


# --------------------------------------------------------------------------------- polars, pyarrow and their like


def _narwhals_frame(X: Any) -> Any:
    import narwhals as nw

    try:
        frame = nw.from_native(X, pass_through=True)
    except nw.exceptions.DuplicateError as error:  # only pyarrow has tables with such names
        raise ValueError(_twice(error)) from None
    if isinstance(frame, nw.LazyFrame):
        raise TypeError(
            f"A {type(X).__name__} is a plan for a table and has no rows yet. Make it a table first, with X.collect()."
        )
    return frame if isinstance(frame, nw.DataFrame) else None


def _narwhals_series(y: Any) -> Any:
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

        return self.frame[:, position].dtype in (nw.Categorical, nw.Enum, nw.String, nw.Boolean)

    def example(self, position: int) -> Any:
        return self.frame[0, position]

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
            return column[_copied_rows(position, recipe, new)]
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
            entries = dense[:, j] if numbers is None else as_dtype(np.asarray(dense[:, j], float), numbers.dtype)
            columns.append(self._column(j, entries))
        return columns[0].to_frame().with_columns(*columns[1:]).to_native()


class NarwhalsColumn(Column):
    """A series of polars, pyarrow, ..., or a dataframe."""

    def __init__(self, array: Any, finish: Callable[[Any], Any]) -> None:
        series = _narwhals_series(array)
        self.is_series = series is not None
        self.finish = finish
        self.name = None if series is None else series.name
        self.table = NarwhalsTable(
            _narwhals_frame(array) if series is None else series.alias(series.name or "y").to_frame()
        )

    @property
    def n_rows(self) -> int:
        return self.table.n_rows

    def values(self) -> Any:
        return _narwhals_values(self.table.frame)

    def categories(self) -> tuple[NDArray[np.int32], list[Any]]:
        return self.table.categories(0)

    def write(self, copies: Recipe, X_out: Any) -> Any:
        return self._finished(self.table.write(copies, NewRows()))

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
