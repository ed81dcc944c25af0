"""Arrays, lists and sparse matrices as tables."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from fastbal._containers.table import NumberReader, Table
from fastbal._core.recipe import NewRows, Recipe
from fastbal._core.rows import as_dtype, canonical, write_beside, write_csr, write_new_rows, write_rows

Array = NDArray[Any]


class ArrayTable(Table):
    """A NumPy array, or anything NumPy makes one of; lists come back as lists."""

    def __init__(self, X: Any) -> None:
        self.is_list = isinstance(X, list)
        self.X = _as_array(X)
        if self.X.ndim > 2 and self.X.size:
            self.row_shape = self.X.shape[1:]
            self.X = self.X.reshape(len(self.X), -1)
        _check_shape(self.X)
        self.n_rows, self.n_columns = self.X.shape
        self.row_bytes = self.n_columns * self.X.dtype.itemsize

    def numbers(self, reader: NumberReader, *, allow_nan: bool = False) -> Array:
        if self.X.dtype.kind not in "biuf":
            self.X = self._converted(reader)
        self.refuse_not_finite(self.X, reader, allow_nan=allow_nan)
        return self.X

    def _part(self, columns: list[int]) -> Table:
        return ArrayTable(self.X[:, columns])

    def entries(self, position: int) -> Array:
        return self.X[:, position]

    def _converted(self, reader: NumberReader) -> Array:
        """Objects that are numbers, as float64."""
        if self.X.dtype.kind not in "OUSTV":
            self.refuse_words(list(range(self.n_columns)), self.X.flat[0], reader)
        try:
            return self.X.astype(np.float64)
        except (TypeError, ValueError):
            pass
        for kind in (str, bytes, object):  # text first: it is what people have
            words = {j: value for j in range(self.n_columns) for value in _no_numbers(self.X[:, j], kind)}
            if words:
                break
        example = next(iter(words.values()))
        if not isinstance(example, (str, bytes)):
            raise TypeError(
                f"argument must be a string or a number, not {type(example).__name__!r}: {self.columns(list(words))} "
                f"of X. {reader}, so X must hold numbers only."
            )
        self.refuse_words(list(words), example, reader)
        raise AssertionError  # refuse_words raises

    def values(self) -> Array:
        return self.X

    def room(self, n_rows: int) -> Array | None:
        return np.empty((n_rows, self.n_columns), self.X.dtype)

    def write(self, recipe: Recipe, new: NewRows, *, keep_index: bool = False) -> Any:
        taken = new.taken or {}
        is_interpolated = recipe.neighbor is not None or new.values is not None
        is_mixed = bool(taken) and self.X.dtype.kind not in "biuf" and is_interpolated
        out = self._write_mixed(recipe, taken, new.values) if is_mixed else write_beside(self.X, recipe, new)
        for j, rows in taken.items():
            out[recipe.n_kept :, j] = self.X[rows, j]
        return self.like(out)

    def _write_mixed(self, recipe: Recipe, taken: Mapping[int, Array], values: Array | None) -> Array:
        """Numbers beside categories in an array of objects: new numbers are floats, categories are still missing."""
        is_text = self.X.dtype.kind in "US" and len(taken) < self.n_columns
        X = self.X.astype(object) if is_text else self.X
        out = np.empty((recipe.n_kept + recipe.n_new, self.n_columns), X.dtype)
        write_rows(X, Recipe(n_rows=recipe.n_rows, kept=recipe.kept), out=out[: recipe.n_kept])
        for j in set(range(self.n_columns)) - set(taken):
            if values is None:
                out[recipe.n_kept :, j] = write_new_rows(X[:, j].astype(np.float64), recipe, np.empty(recipe.n_new))
            else:
                out[recipe.n_kept :, j] = values[:, j]
        return out

    def like(self, values: Any) -> Any:
        if self.row_shape and isinstance(values, np.ndarray):
            values = values.reshape(len(values), *self.row_shape)
        return values.tolist() if self.is_list and hasattr(values, "tolist") else values


class SparseTable(Table):
    """A SciPy sparse matrix or array; formats other than CSR and CSC come back as CSR."""

    def __init__(self, X: Any) -> None:
        if X.ndim != 2:
            raise ValueError(f"Expected 2D array, got a sparse array of {X.ndim} dimension(s) instead. Give a table.")
        self.format = X.format if X.format in ("csr", "csc") else "csr"
        _check_shape(X)
        if X.dtype.kind == "c":
            raise ValueError(_COMPLEX)
        self.X = canonical(X.tocsr())
        self.n_rows, self.n_columns = X.shape
        self.row_bytes = (self.X.data.nbytes + self.X.indices.nbytes) / self.n_rows + self.X.indptr.itemsize

    def numbers(self, reader: NumberReader, *, allow_nan: bool = False) -> Any:
        if self.X.dtype.kind == "f" and not np.isfinite(self.X.data).all():
            n_nan, n_inf = (
                np.bincount(self.X.indices[found(self.X.data)], minlength=self.n_columns).tolist()
                for found in (np.isnan, np.isinf)
            )
            self.refuse_counts(n_nan, n_inf, reader)
        return self.X

    def values(self) -> Any:
        return self.X

    def _part(self, columns: list[int]) -> Table:
        return SparseTable(self.X[:, columns])

    def entries(self, position: int) -> Array:
        entries: Array = self.X[:, [position]].toarray().ravel()
        return entries

    def with_taken(self, recipe: Recipe, taken: Mapping[int, Array]) -> Any:
        """The new rows, some of their columns taken from rows of the input."""
        new = write_csr(self.X, dataclasses.replace(recipe, kept=np.empty(0, np.int64))).tocoo()
        is_kept = ~np.isin(new.col, list(taken))
        parts = [(new.row[is_kept], new.col[is_kept], new.data[is_kept])]
        for j, rows in taken.items():
            values = self.entries(j)[rows]
            places = np.flatnonzero(values)
            parts.append((places, np.full(len(places), j), values[places]))
        at, columns, data = (np.concatenate(part) for part in zip(*parts, strict=True))
        return type(self.X)(sparse.coo_array((data, (at, columns)), shape=new.shape))

    def write(self, recipe: Recipe, new: NewRows, *, keep_index: bool = False) -> Any:
        values = self.with_taken(recipe, new.taken) if new.taken else new.values
        if values is not None and values.dtype != self.X.dtype:
            values = as_dtype(values, self.X.dtype)
        return write_csr(self.X, recipe, values).asformat(self.format)

    def like(self, values: Any) -> Any:
        return values.asformat(self.format) if sparse.issparse(values) else values


def _no_numbers(column: Array, kind: type) -> Iterator[Any]:
    """The first entry of this kind that is no number, if there is one."""
    for value in column:
        if isinstance(value, kind):
            try:
                float(value)  # type: ignore[arg-type]
            except (TypeError, ValueError):
                yield value
                return


_COMPLEX = "Complex data not supported: X must hold real numbers. Split it into real and imaginary columns."


def _as_array(X: Any) -> Array:
    if isinstance(X, np.matrix):
        raise TypeError("np.matrix is not supported. Please convert to a numpy array with np.asarray.")
    _refuse_masked(X, "X")
    try:
        array = np.asarray(X)
    except ValueError as error:
        raise ValueError(f"X must be a table with rows of one length, but NumPy says: {error}") from None
    if array.dtype.kind == "c":
        raise ValueError(_COMPLEX)
    if array.dtype.kind in "US" and not isinstance(X, np.ndarray):
        return np.array(X, dtype=object)  # or numbers beside strings would become strings
    return array


def _refuse_masked(array: Any, name: str) -> None:
    if isinstance(array, np.ma.MaskedArray):
        n_masked = np.count_nonzero(np.ma.getmaskarray(array))
        raise TypeError(
            f"{name} is a masked array, with {n_masked} entries masked: the mask would be lost, and what is under it "
            f"taken for data. Fill it first, for example with {name}.filled(np.nan), or drop the rows; {name}.data if "
            "the mask means nothing."
        )


def _check_shape(X: Any) -> None:
    if X.ndim != 2:
        if X.ndim > 2:
            raise ValueError(
                f"Found array with dim {X.ndim} and no entries (shape={X.shape}). Give at least one row with an entry."
            )
        raise ValueError(
            f"Expected 2D array, got {X.ndim}D array instead. Reshape your data either using array.reshape(-1, 1) if "
            f"it has a single column or array.reshape(1, -1) if it is a single row."
        )
    for axis, what in enumerate(("sample(s)", "feature(s)")):
        if X.shape[axis] == 0:
            raise ValueError(f"Found array with 0 {what} (shape={X.shape}) while a minimum of 1 is required.")


def labels_as_array(y: Any) -> Array:
    _refuse_masked(y, "y")
    array = np.asarray(y)
    if array.dtype.kind in "US" and isinstance(y, (list, tuple)) and not all(isinstance(v, (str, bytes)) for v in y):
        return np.array(y, dtype=object)
    return array.ravel() if array.ndim == 2 and array.shape[1] == 1 else array


def column_entries(array: Any, name: str) -> Array:
    """Anything as an ndarray; the entries of a list as they are."""
    _refuse_masked(array, name)
    return np.fromiter(array, object, len(array)) if isinstance(array, list) else np.asarray(array)
