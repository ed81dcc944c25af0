"""pandas DataFrames and Series; pandas is never imported: whoever hands in its frames has done so already."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastbal._containers.arrays import SparseTable
from fastbal._containers.frames import FrameTable, as_new_rows, copied_rows
from fastbal._containers.table import Column, NumberReader, Table
from fastbal._core.categories import encode_categories
from fastbal._core.recipe import NewRows, Recipe
from fastbal._core.rows import Gather, as_dtype, as_kernel_input, take_rows, write_beside, write_rows
from fastbal._core.threads import for_each_piece

Array = NDArray[Any]


# What a thread has to write for a second one to pay, and values up to which it pays to go through rows.
_COLUMNS_BYTES = 1 << 22
_FEW_VALUES = 1 << 17


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

    def numbers(self, reader: NumberReader, *, allow_nan: bool = False) -> Any:
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
        dtype = self.X.dtypes.iloc[position]
        if isinstance(dtype, pandas.SparseDtype) or not getattr(dtype, "isnative", True):  # pandas knows native ones
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
        pandas, dtype = sys.modules["pandas"], self.X.dtypes.iloc[position]
        if dtype == np.object_:  # booleans with gaps are objects, too
            is_flag = pandas.api.types.infer_dtype(self.X.iloc[:, position], skipna=True) == "boolean"
            return is_flag or self.column_numbers(position) is None
        # What an entry is: the same for NumPy's, pandas' own, sparse and Arrow's dtypes, dictionaries among them.
        return issubclass(dtype.type, (str, bytes, bool, np.bool_, pandas.CategoricalDtype.type))

    def lists_categories(self, position: int) -> bool:
        return isinstance(self.X.dtypes.iloc[position], sys.modules["pandas"].CategoricalDtype)

    def values(self) -> Any:
        return self.X.to_numpy() if self.block is None else self.block

    def example(self, position: int) -> Any:
        column = self.X.iloc[:, position]
        return column.iloc[int(column.notna().to_numpy().argmax())]

    def column_numbers(self, position: int) -> Array | None:
        column = self.X.iloc[:, position]
        dtype = column.dtype
        if isinstance(dtype, np.dtype):
            if dtype.kind in "biuf":
                return np.asarray(column.to_numpy())
            if dtype.kind != "O":
                return None
            if sys.modules["pandas"].api.types.infer_dtype(column, skipna=False) == "boolean":
                return np.asarray(column.to_numpy(np.bool_))
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
            index = self.X.index.take(recipe.rows_before_order())
        copied = self._copied(recipe, new)
        if self.block is not None and not new.taken:
            out = pandas.DataFrame(self._write_block(recipe, new, copied), index=index, copy=False)
        elif self._is_sparse() and self.X.dtypes.nunique() == 1 and (recipe.neighbor is not None or new.is_sparse):
            out = self._sparse_frame(self._sparse_table().write(recipe, new), index)
        else:
            columns: list[Any] = [None] * self.n_columns

            def write_column(j: int) -> None:
                columns[j] = self._write_column(j, recipe, new, copied)

            self._for_each_column(write_column, n_rows)
            for j, column in enumerate(columns):
                if column.dtype == np.dtype(object):  # pandas would guess what it holds
                    columns[j] = pandas.Series(column, index, dtype=object, copy=False)
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

    def _copied(self, recipe: Recipe, new: NewRows) -> Gather | None:
        """What takes the rows of a column, if all of them are rows of the table and not all of the table is kept."""
        if recipe.kept is None or recipe.neighbor is not None or new.values is not None:
            return None
        return Gather(recipe.rows_before_order(), self.n_rows, self.n_columns)

    def _write_block(self, recipe: Recipe, new: NewRows, copied: Gather | None) -> Array:
        """All columns at once, in the memory order of the caller's."""
        assert self.block is not None
        X = as_kernel_input(self.block)  # here, once for all columns
        if X.flags.c_contiguous:
            return write_beside(X, recipe, new)
        n_rows = recipe.n_kept + recipe.n_new
        if new.out is None and self.n_columns * (self.n_rows + n_rows) <= _FEW_VALUES:
            # To turn a table in the cache twice takes less than to begin and end with each of its columns.
            return np.asfortranarray(write_rows(np.ascontiguousarray(X), recipe, new.values))
        out = np.empty((self.n_columns, n_rows), X.dtype).T if new.out is None else new.out

        def write_column(j: int) -> None:
            if copied is not None:
                copied.take(X[:, j], out[:, j])
            elif new.out is not None:
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

    def _write_column(self, position: int, recipe: Recipe, new: NewRows, copied: Gather | None) -> Any:
        """A column with its own dtype; what is kept comes from the caller's."""
        pandas, column = sys.modules["pandas"], self.X.iloc[:, position]
        if copied is not None and position not in (new.taken or {}):
            out = copied.take(column.to_numpy() if isinstance(column.dtype, np.dtype) else column.array)
            return pandas.Index(out, dtype=object) if out.dtype == object else out
        entries = self.new_entries(position, recipe, new)
        if isinstance(column.dtype, np.dtype):
            source = column.to_numpy()
            out = np.empty(recipe.n_kept + recipe.n_new, source.dtype)
            write_rows(source, Recipe(n_rows=recipe.n_rows, kept=recipe.kept), out=out[: recipe.n_kept])
            if entries is None:
                take_rows(source, copied_rows(position, recipe, new), out=out[recipe.n_kept :])
            else:
                out[recipe.n_kept :] = entries
            return pandas.Index(out, dtype=object) if out.dtype == object else out  # else pandas 3 finds text in it
        if entries is None:
            return column.array.take(np.concatenate([recipe.kept_rows(), copied_rows(position, recipe, new)]))
        kept = column if recipe.kept is None else column.take(recipe.kept)
        return pandas.concat([kept, pandas.Series(entries).astype(column.dtype)], ignore_index=True).array

    def _is_sparse(self) -> bool:
        """Whether all columns are sparse with zeros left out, as a CSR matrix is."""
        sparse_type = sys.modules["pandas"].SparseDtype
        return all(isinstance(dtype, sparse_type) and dtype.fill_value == 0 for dtype in self.X.dtypes)

    def _sparse_table(self) -> SparseTable:
        X, flags = self.X, [dtype.subtype == np.bool_ for dtype in self.X.dtypes]
        if any(flags) and not all(flags):  # pandas finds no common type of booleans and numbers
            X = X.set_axis(range(self.n_columns), axis=1)
            X = X.astype({j: sys.modules["pandas"].SparseDtype(np.uint8, 0) for j in np.flatnonzero(flags)})
        return SparseTable(X.sparse.to_coo().tocsr())

    def _sparse_frame(self, rows: Any, index: Any = None) -> Any:
        """The rows of a CSR matrix, each column with its own dtype and fill value."""
        pandas = sys.modules["pandas"]
        arrays = [column.array for _, column in pandas.DataFrame.sparse.from_spmatrix(rows).items()]
        columns = {
            j: pandas.arrays.SparseArray(a, fill_value=dtype.fill_value, dtype=dtype)
            for j, (a, dtype) in enumerate(zip(arrays, self.X.dtypes, strict=True))
        }
        out = pandas.DataFrame(columns, index=index, copy=False)
        out.columns = self.X.columns
        return out

    def like(self, values: Any) -> Any:
        pandas = sys.modules["pandas"]
        if hasattr(values, "tocsr"):
            return self._sparse_frame(values)
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

    @cached_property
    def table(self) -> PandasTable:
        """The same as a table."""
        return PandasTable(self.array.to_frame("y") if self.is_series else self.array)

    @property
    def n_rows(self) -> int:
        return len(self.array)

    def values(self) -> Any:
        is_column = not self.is_series and self.array.shape[1] == 1
        return _series_values(self.array.iloc[:, 0] if is_column else self.array)

    def categories(self) -> tuple[NDArray[np.int32], list[Any]]:
        return self.table.categories(0)

    def write(self, recipe: Recipe, X_out: Any, values: Array | None = None) -> Any:
        is_copied = values is None and recipe.neighbor is None
        if self.is_series and is_copied and isinstance(self.array.dtype, np.dtype):
            return self._beside(self._series(write_rows(self.array.to_numpy(), recipe)), X_out)
        return self._beside(self.table.write(recipe, as_new_rows(values)), X_out)

    def like(self, values: Any, X_out: Any) -> Any:
        values = np.asarray(values)
        return self._beside(self.table.like(values.reshape(len(values), -1)), X_out)

    def of_floats(self, values: Array, X_out: Any) -> Any:
        pandas = sys.modules["pandas"]
        dtype = self.table.X.dtypes.iloc[0]
        out = pandas.DataFrame({0: values}, dtype=dtype if pandas.api.types.is_float_dtype(dtype) else None)
        out.columns = self.table.X.columns
        return self._beside(out, X_out)

    def _series(self, entries: Array) -> Any:
        """Entries of NumPy's dtype of the series; a table of one column takes ten times as long to make."""
        out = sys.modules["pandas"].Series(entries, dtype=entries.dtype, copy=False)
        out.attrs = dict(self.array.attrs)
        return out

    def _beside(self, out: Any, X_out: Any) -> Any:
        if isinstance(X_out, sys.modules["pandas"].DataFrame):
            out.index = X_out.index
        if not self.is_series:
            return out
        return (out if out.ndim == 1 else out.iloc[:, 0]).rename(self.array.name)


def _series_values(y: Any) -> Array:
    """A pandas Series as NumPy values; missing ones as None, which compares with itself."""
    if y.ndim == 1 and not isinstance(y.dtype, np.dtype) and y.isna().any():
        return np.asarray(y.to_numpy(dtype=object, na_value=None))
    return np.asarray(y.to_numpy())
