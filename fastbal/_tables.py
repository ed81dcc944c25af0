"""Tables as the caller gives them: arrays, lists, sparse matrices (dataframes are in `_frames`)."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from fastbal._core.categories import encode_categories
from fastbal._core.finite import count_not_finite, describe_not_finite
from fastbal._core.recipe import NewRows, Recipe
from fastbal._core.rows import as_dtype, canonical, write_beside, write_csr, write_new_rows, write_rows

Array = NDArray[Any]


class Table(ABC):
    """A table in the caller's container.

    Attributes
    ----------
    n_rows, n_columns : int
    names : list of column names, or None if the container has none
    row_bytes : float
        What a row weighs, to estimate the memory of the output.
    """

    n_rows: int
    n_columns: int
    names: list[Any] | None = None
    row_bytes: float = 8.0
    #: Of a part of a table: which columns of the whole these are.
    positions: list[int] | None = None

    @abstractmethod
    def numbers(self, reader: str, *, allow_nan: bool = False) -> Any:
        """The table as a numeric ndarray or CSR matrix without infinity and, unless allowed, NaN.

        The caller's own memory where possible. `reader` is the name of the sampler, for the message.
        """

    def part(self, columns: list[int]) -> Table:
        """Some columns, with the names they have in the whole."""
        part = self._part(columns)
        part.positions = columns if part.names is None else None
        return part

    @abstractmethod
    def _part(self, columns: list[int]) -> Table:
        """Some columns."""

    @abstractmethod
    def entries(self, position: int) -> Array:
        """A column as an ndarray, missing entries as None or NaN."""

    def categories(self, position: int) -> tuple[NDArray[np.int32], list[Any]]:
        """A column as categories: their numbers, and the categories, sorted."""
        return encode_categories(self.entries(position))

    def categorical_columns(self) -> list[int] | None:
        """The columns that hold categories, as their dtypes tell; None if they cannot tell."""
        return None

    @abstractmethod
    def values(self) -> Any:
        """The table as an ndarray of any dtype, or a CSR matrix, unchecked."""

    def room(self, n_rows: int) -> Array | None:
        """An empty output, where `numbers` are the table itself: new rows need not be held twice, see `NewRows`."""
        return None

    @abstractmethod
    def write(self, recipe: Recipe, new: NewRows, *, keep_index: bool = False) -> Any:
        """The rows of the recipe in a new container of the caller's kind."""

    @abstractmethod
    def like(self, values: Any) -> Any:
        """Rows that somebody else has made from `numbers` or `values`, in a container of the caller's kind."""

    def column(self, position: int) -> str:
        """A column as a message names it."""
        if self.names is not None:
            return repr(self.names[position])
        return str(position if self.positions is None else self.positions[position])

    def columns(self, positions: list[int]) -> str:
        """Columns as a message names them."""
        shown = ", ".join(self.column(position) for position in positions[:10])
        more = f" and {len(positions) - 10} more" if len(positions) > 10 else ""
        return f"column{'s' if len(positions) > 1 else ''} {shown}{more}"

    def refuse_not_finite(self, X: Array, reader: str, *, allow_nan: bool = False) -> None:
        """Raise the error for NaN and infinity, if there are any in X."""
        counts = count_not_finite(X)
        if counts is not None and (counts[1].any() or not allow_nan):
            self.refuse_counts(counts[0].tolist(), counts[1].tolist(), reader)

    def refuse_counts(self, n_nan: list[int], n_inf: list[int], reader: str) -> None:
        """Raise the error for these numbers of NaN and infinity per column."""
        found = describe_not_finite(n_nan, n_inf, [self.column(j) for j in range(self.n_columns)])
        raise ValueError(
            f"{found}. {_what_it_does(reader)}, so every value must be a finite number. Fill the gaps first (for "
            f"example with sklearn.impute.SimpleImputer), drop these rows, or "
            f"{_LEAVE_OUT_SHRINKAGE if reader == _SMOOTHING else _TAKERS_OF_GAPS}"
        )

    def refuse_words(self, positions: list[int], example: Any, reader: str) -> None:
        """Raise the error for columns that hold no numbers."""
        example = example.item() if isinstance(example, np.generic) else example
        raise ValueError(
            f"could not convert {'string' if isinstance(example, str) else 'value'} to float: {example!r}. "
            f"{_what_it_does(reader)}, so every column must be numeric, but {self.columns(positions)} "
            f"{'is' if len(positions) == 1 else 'are'} not. Encode as numbers (for example with "
            f"sklearn.preprocessing.OrdinalEncoder), leave out these columns, or "
            f"{_LEAVE_OUT_SHRINKAGE if reader == _SMOOTHING else _TAKERS_OF_WORDS}"
        )


class ArrayTable(Table):
    """A NumPy array, or anything NumPy makes one of; lists come back as lists."""

    def __init__(self, X: Any) -> None:
        self.is_list = isinstance(X, list)
        self.X = _as_array(X)
        _check_shape(self.X)
        self.n_rows, self.n_columns = self.X.shape
        self.row_bytes = self.n_columns * self.X.dtype.itemsize

    def numbers(self, reader: str, *, allow_nan: bool = False) -> Array:
        if self.X.dtype.kind not in "biuf":
            self.X = self._converted(reader)
        self.refuse_not_finite(self.X, reader, allow_nan=allow_nan)
        return self.X

    def _part(self, columns: list[int]) -> Table:
        return ArrayTable(self.X[:, columns])

    def entries(self, position: int) -> Array:
        return self.X[:, position]

    def _converted(self, reader: str) -> Array:
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
                f"of X. {_what_it_does(reader)}, so X must hold numbers only."
            )
        self.refuse_words(list(words), example, reader)
        raise AssertionError  # refuse_words raises

    def values(self) -> Array:
        return self.X

    def room(self, n_rows: int) -> Array | None:
        return np.empty((n_rows, self.n_columns), self.X.dtype)

    def write(self, recipe: Recipe, new: NewRows, *, keep_index: bool = False) -> Any:
        taken = new.taken or {}
        is_mixed = bool(taken) and self.X.dtype.kind not in "biuf" and recipe.neighbor is not None
        out = self._write_mixed(recipe, taken) if is_mixed else write_beside(self.X, recipe, new)
        for j, rows in taken.items():
            out[recipe.n_kept :, j] = self.X[rows, j]
        return out.tolist() if self.is_list else out

    def _write_mixed(self, recipe: Recipe, taken: Mapping[int, Array]) -> Array:
        """Numbers beside categories in an array of objects: new numbers are floats, categories are still missing."""
        is_text = self.X.dtype.kind in "US" and len(taken) < self.n_columns
        X = self.X.astype(object) if is_text else self.X
        out = np.empty((recipe.n_kept + recipe.n_new, self.n_columns), X.dtype)
        write_rows(X, Recipe(n_rows=recipe.n_rows, kept=recipe.kept), out=out[: recipe.n_kept])
        for j in set(range(self.n_columns)) - set(taken):
            out[recipe.n_kept :, j] = write_new_rows(X[:, j].astype(np.float64), recipe, np.empty(recipe.n_new))
        return out

    def like(self, values: Any) -> Any:
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

    def numbers(self, reader: str, *, allow_nan: bool = False) -> Any:
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


# The only reader of numbers that computes no distances: it adds noise, and only where `shrinkage` is given.
_SMOOTHING = "RandomOverSampler"
_LEAVE_OUT_SHRINKAGE = "leave out shrinkage: without it, RandomOverSampler takes any table as it is."
_TAKERS_OF_GAPS = (
    "use RandomOverSampler or RandomUnderSampler, which take such rows as they are; SMOTE, BorderlineSMOTE, ADASYN and "
    "SMOTENC keep NaN with missing='keep', unless the table is sparse."
)
_TAKERS_OF_WORDS = "use SMOTENC for categories; RandomOverSampler and RandomUnderSampler take any column as it is."


def _what_it_does(reader: str) -> str:
    does = "with shrinkage adds noise to each value" if reader == _SMOOTHING else "computes distances between rows"
    return f"{reader} {does}"


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
                f"Found array with dim {X.ndim}. A table has rows and columns: reshape with "
                f"X.reshape(len(X), -1), and the result back afterwards."
            )
        raise ValueError(
            f"Expected 2D array, got {X.ndim}D array instead. Reshape your data either using array.reshape(-1, 1) if "
            f"it has a single column or array.reshape(1, -1) if it is a single row."
        )
    for axis, what in enumerate(("sample(s)", "feature(s)")):
        if X.shape[axis] == 0:
            raise ValueError(f"Found array with 0 {what} (shape={X.shape}) while a minimum of 1 is required.")


class Column:
    """What stands beside a table, in the caller's container: labels, weights, or anything else with an entry per row.

    Parameters
    ----------
    entries : ndarray of shape (n_rows, ...) or sparse matrix
        One entry, or one row of entries, for each row of the table.
    is_list : bool, default=False
        Whether the caller's container is a list.
    """

    def __init__(self, entries: Any, *, is_list: bool = False) -> None:
        self.entries = entries
        self.is_list = is_list

    @property
    def n_rows(self) -> int:
        """How many entries there are."""
        return int(self.entries.shape[0])

    def values(self) -> Any:
        """The entries as an ndarray, missing ones as None or NaN; a sparse matrix is returned as it is."""
        return self.entries

    def categories(self) -> tuple[NDArray[np.int32], list[Any]]:
        """The entries as categories: their numbers, and the categories, sorted."""
        return encode_categories(self.entries)

    def write(self, copies: Recipe, X_out: Any) -> Any:
        """The entries of a recipe's rows, the new ones copies of their base's, to stand beside the table `X_out`."""
        if sparse.issparse(self.entries):
            return self.entries.tocsr()[copies.source_rows()].asformat(self.entries.format)
        return self.like(write_rows(self.entries, copies), X_out)

    def like(self, values: Any, X_out: Any) -> Any:
        """Entries that somebody else has made from `values`, to stand beside the table `X_out`."""
        return values.tolist() if self.is_list and hasattr(values, "tolist") else values

    def of_floats(self, values: Array, X_out: Any) -> Any:
        """Floats in place of the entries; in the caller's dtype, if that is one of floats."""
        return self.like(values, X_out)


class Labels:
    """A target in the caller's container.

    Attributes
    ----------
    values : ndarray of shape (n_rows,)
        One label per row; of an indicator matrix the column number of the 1.
    """

    def __init__(self, column: Column) -> None:
        from fastbal.utils import check_target_type

        self.column = column
        self.values, self.is_indicator = check_target_type(column.values(), indicate_one_vs_all=True)

    def write(self, recipe: Recipe, first_rows: NDArray[np.int64], X_out: Any) -> Any:
        """The labels of a recipe's rows, to stand beside the table `X_out`.

        `first_rows` holds a row of each class; its label, whatever it looks like, is that of the class.
        """
        return self.column.write(recipe.copies(first_rows[recipe.label]), X_out)

    def like(self, values: Any, X_out: Any) -> Any:
        """Labels that somebody else has made from `values`, to stand beside the table `X_out`."""
        if self.is_indicator:
            given = self.column.values()
            indicator = np.zeros((len(values), given.shape[1]), given.dtype)
            indicator[np.arange(len(values)), np.asarray(values)] = 1
            values = indicator
        return self.column.like(values, X_out)


def _labels_as_array(y: Any) -> Array:
    _refuse_masked(y, "y")
    array = np.asarray(y)
    if array.dtype.kind in "US" and isinstance(y, (list, tuple)) and not all(isinstance(v, (str, bytes)) for v in y):
        return np.array(y, dtype=object)
    return array.ravel() if array.ndim == 2 and array.shape[1] == 1 else array


def _column_entries(array: Any, name: str) -> Array:
    """Anything as an ndarray; the entries of a list as they are."""
    _refuse_masked(array, name)
    return np.fromiter(array, object, len(array)) if isinstance(array, list) else np.asarray(array)


def read_table(X: Any) -> Table:
    """The caller's table, whatever holds it."""
    if isinstance(X, np.ndarray):
        return ArrayTable(X)
    if sparse.issparse(X):
        return SparseTable(X)
    if isinstance(X, (list, tuple)):
        return ArrayTable(X)
    from fastbal._frames import read_frame

    return read_frame(X) or ArrayTable(X)


def read_labels(y: Any) -> Labels:
    """The caller's target, whatever holds it."""
    if sparse.issparse(y):
        return Labels(Column(y))
    return Labels(_frame_column(y) or Column(_labels_as_array(y), is_list=isinstance(y, list)))


def read_column(array: Any, name: str) -> Column:
    """An array that stands beside a table, whatever holds it; `name` is for messages."""
    if sparse.issparse(array):
        return Column(array)
    return _frame_column(array) or Column(_column_entries(array, name), is_list=isinstance(array, list))


def _frame_column(array: Any) -> Column | None:
    if isinstance(array, (np.ndarray, list, tuple)):
        return None
    from fastbal._frames import read_frame_column

    return read_frame_column(array)
