"""Write the rows a recipe names: once, into place, in parallel."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from fastbal._core.recipe import NewRows, Recipe, row_number_type
from fastbal._core.threads import for_each_piece

Array = NDArray[Any]

# Pieces of a few huge pages: two threads that touch one for the first time would both clear it.
_PIECE_BYTES = 1 << 22
# Where a piece needs temporaries, they stay in the cache; of whole numbers, each takes a dozen times its bytes.
_SMALL_PIECE_BYTES = 1 << 18
_TINY_PIECE_BYTES = 1 << 16
# NumPy makes 64-bit row numbers of others, piece by piece.
_PIECE_ROWS = 1 << 14
# Rows from which on a column is more than the cache next to a core holds; and how often each row of a table is to be
# read, over all columns, before it pays to sort row numbers.
_LONG_COLUMN, _READ_OFTEN = 1 << 17, 2


def write_rows(X: Array, recipe: Recipe, values: Array | None = None, out: Array | None = None) -> Array:
    """The rows of a recipe: those kept, then those made.

    Parameters
    ----------
    X : ndarray of shape (n_rows,) or (n_rows, n_columns)
        Any dtype and layout; if the recipe interpolates, numbers or booleans.
    recipe : Recipe
        Which rows.
    values : ndarray of shape (n_new, ...), optional
        The new rows, where the recipe does not describe them.
    out : ndarray of shape (n_kept + n_new, ...), optional
        Where to write them.

    Returns
    -------
    ndarray
        `out`, or a new C-contiguous array of the dtype of X. Whole numbers are interpolated in float64 and rounded to
        the nearest, within the range of the dtype; booleans likewise.

    Examples
    --------
    >>> import numpy as np
    >>> from fastbal._core.recipe import Recipe
    >>> X = np.array([[0, 10], [1, 20]])
    >>> recipe = Recipe(
    ...     n_rows=2, base=np.array([0]), neighbor=np.array([1]), step=np.array([0.7]), label=np.array([0])
    ... )
    >>> write_rows(X, recipe)
    array([[ 0, 10],
           [ 1, 20],
           [ 1, 17]])
    """
    if out is None:
        out = np.empty((recipe.n_kept + recipe.n_new, *X.shape[1:]), X.dtype)
    kept, new = out[: recipe.n_kept], out[recipe.n_kept :]
    if recipe.kept is None:
        _fill_in_pieces(lambda i, j: np.copyto(kept[i:j], X[i:j]), kept)
    else:
        take_rows(X, recipe.kept, out=kept)
    if values is not None:
        _fill_in_pieces(lambda i, j: np.copyto(new[i:j], as_dtype(values[i:j], X.dtype)), new, _SMALL_PIECE_BYTES)
    else:
        write_new_rows(X, recipe, new)
    return out


def write_beside(X: Array, recipe: Recipe, new: NewRows) -> Array:
    """As `write_rows`; where the new rows are in their place already, only those kept are written, beside them."""
    if new.out is None:
        return write_rows(X, recipe, new.values)
    write_rows(X, Recipe(n_rows=recipe.n_rows, kept=recipe.kept), out=new.out[: recipe.n_kept])
    out: Array = new.out
    return out


def write_new_rows(X: Array, recipe: Recipe, out: Array) -> Array:
    """The rows a recipe makes, without those it keeps; see `write_rows`."""
    if recipe.neighbor is None:
        return take_rows(X, recipe.base, out=out)
    _interpolate(X, recipe, out)
    return _within_range(out, recipe)


def _within_range(new: Array, recipe: Recipe) -> Array:
    """New rows beyond their parents, for which steps are negative, as far as the floats of their dtype go."""
    if new.dtype.kind == "f" and recipe.step is not None and recipe.step.min(initial=0.0) < 0:
        largest = np.finfo(new.dtype).max
        np.clip(new, -largest, largest, out=new)
    return new


def take_rows(X: Array, rows: NDArray[Any], out: Array | None = None) -> Array:
    """``X[rows]`` in parallel, C-contiguous, into `out` if given."""
    if out is None:
        out = np.empty((len(rows), *X.shape[1:]), X.dtype)
    if X.flags.c_contiguous and X.flags.aligned and X.dtype.isnative:
        # mode="clip" lets NumPy write to `out` directly; the rows are known to exist.
        at_once = _PIECE_ROWS if rows.dtype != np.intp else len(rows)
        _fill_in_pieces(
            lambda i, j: np.take(X, rows[i:j], axis=0, out=out[i:j], mode="clip"), out, most_rows=at_once
        )  # fmt: skip
    else:
        _fill_in_pieces(lambda i, j: np.copyto(out[i:j], X[rows[i:j]]), out, _SMALL_PIECE_BYTES)
    return out


class Gather:
    """The same rows of many columns, in any order.

    A column is read in ascending order, each row once, and what was read is put in order within the cache: rows far
    apart cost a wait for memory each, and a wait for the page that says where it is.

    Parameters
    ----------
    rows : ndarray of shape (n,), integer
        Row numbers.
    n_rows, n_columns : int
        Of the table.

    Examples
    --------
    >>> Gather(np.array([2, 0, 2]), 3, 1).take(np.array([5, 6, 7]))
    array([7, 5, 7])
    """

    def __init__(self, rows: NDArray[Any], n_rows: int, n_columns: int) -> None:
        self.rows = rows
        pays = n_rows >= _LONG_COLUMN and n_columns * len(rows) >= _READ_OFTEN * n_rows
        self.reads_in_order = pays and bool((rows[1:] < rows[:-1]).any())
        if self.reads_in_order:
            is_read = np.zeros(n_rows, bool)
            is_read[rows] = True
            self._ascending = np.flatnonzero(is_read)
            rank: NDArray[Any] = np.empty(n_rows, row_number_type(n_rows))  # only of the rows that are read
            rank[self._ascending] = np.arange(len(self._ascending), dtype=rank.dtype)
            self._places = rank[rows].astype(np.int64)

    def take(self, column: Any, out: Array | None = None) -> Any:
        """These entries of a column, an ndarray or anything else with a method `take`; an ndarray into `out`."""
        is_array = isinstance(column, np.ndarray)
        if not self.reads_in_order or (is_array and column.dtype == object):  # to touch an object is to wait for it
            return take_rows(column, self.rows, out) if is_array else column.take(self.rows)
        if is_array:
            return take_rows(take_rows(column, self._ascending), self._places, out)
        return column.take(self._ascending).take(self._places)


def as_dtype(values: Array, dtype: np.dtype[Any]) -> Array:
    """Floating-point values in another dtype, within its range; to whole numbers by rounding to the nearest.

    Examples
    --------
    >>> import numpy as np
    >>> as_dtype(np.array([-0.7, 1.5, 254.6, 300.0]), np.dtype(np.uint8))
    array([  0,   2, 255, 255], dtype=uint8)
    """
    if dtype.kind == "b":
        return values > 0.5
    if dtype.kind == values.dtype.kind == "f" and dtype.itemsize < values.dtype.itemsize:
        largest = float(np.finfo(dtype).max)
        values = np.clip(values, -largest, largest)
    if dtype.kind not in "iu" or values.dtype.kind in "iu":
        return values.astype(dtype, copy=False)
    limits = np.iinfo(dtype)
    rounded = np.rint(values)
    # The largest 64-bit number is no float64: what rounds up to it must not be cast.
    too_large = rounded >= float(limits.max)
    rounded[too_large] = 0
    result = np.maximum(rounded, limits.min).astype(dtype)
    result[too_large] = limits.max
    return result


def rows_as_floats(X: Any, rows: NDArray[np.int64] | None = None) -> Any:
    """Rows of a table as the neighbour search reads them: C-contiguous, float32 where that is exact, else float64.

    Returns the caller's own array where it already is that and all rows are asked.
    """
    if sparse.issparse(X):
        part = X if rows is None else take_csr(X, rows)
        return part if part.dtype in (np.float32, np.float64) else part.astype(float_type(part.dtype))
    dtype = float_type(X.dtype)
    if rows is None:
        return as_kernel_input(np.ascontiguousarray(X, dtype))
    if dtype == X.dtype:
        return take_rows(X, rows)
    out = np.empty((len(rows), *X.shape[1:]), dtype)
    _fill_in_pieces(lambda i, j: np.copyto(out[i:j], X[rows[i:j]], casting="unsafe"), out, _SMALL_PIECE_BYTES)
    return out


def float_type(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """float32 for what it holds exactly (float16, booleans, integers of up to 16 bits), else float64."""
    return np.dtype(np.float32) if np.can_cast(dtype, np.float32) else np.dtype(np.float64)


def _beyond_float64(start: Array, end: Array, step: Array, result: Array) -> Array:
    """`result`; where 64-bit numbers reach 2**53, and floats would miss even a copy, the exact ``start + offset``."""
    distance = end.astype(np.float64) - start.astype(np.float64)
    is_large = np.maximum(abs(start.astype(np.float64)), abs(end.astype(np.float64))) >= 2.0**53
    if not is_large.any():
        return result
    # The difference of wrapped integers is right where it fits; elsewhere floats are as exact as their step.
    fits = abs(distance) < 2.0**61
    offset = np.rint(step * np.where(fits, (end - start).astype(start.dtype).view(np.int64), 0)).astype(np.int64)
    exact = (start.view(np.int64) + offset).view(start.dtype)
    is_inside = (step >= 0) & (step <= 1)
    clipped = np.where(is_inside, np.clip(result, np.minimum(start, end), np.maximum(start, end)), result)
    limits = np.iinfo(start.dtype)
    estimate = start.astype(np.float64) + step * distance
    is_in_range = (estimate > limits.min + 2048.0) & (estimate < limits.max - 2048.0) | is_inside
    return np.where(is_large & fits & is_in_range, exact, np.where(is_large, clipped, result))


def as_kernel_input(array: Array) -> Array:
    """The same memory, as if it were writable: Numba would compile every kernel once more for read-only arrays.

    pandas hands out read-only arrays, and joblib gives its processes read-only memory maps. Kernels do not write to
    their inputs.
    """
    if array.flags.writeable:
        return array
    return np.asarray(_SameMemory(array))


class _SameMemory:
    """Another array on an array's memory, which it keeps alive."""

    def __init__(self, array: Array) -> None:
        self.array = array
        self.__array_interface__ = {**array.__array_interface__, "data": (array.ctypes.data, False)}


def _fill_in_pieces(
    work: Callable[[int, int], object], out: Array, piece_bytes: int = _PIECE_BYTES, most_rows: int = _PIECE_ROWS
) -> None:
    row_bytes = max(1, out.nbytes // max(1, len(out)))
    for_each_piece(work, len(out), piece=min(piece_bytes // row_bytes + 1, most_rows))


def _interpolate(X: Array, recipe: Recipe, out: Array) -> None:
    from fastbal._kernels import rows as kernels  # here, so that random sampling needs no compiler

    base, neighbor, step = recipe.base, recipe.neighbor, recipe.step
    assert neighbor is not None
    assert step is not None
    if X.dtype in (np.float32, np.float64) and X.flags.c_contiguous and X.flags.aligned:
        source, kernel = as_kernel_input(X), kernels.interpolate if X.ndim == 2 else kernels.interpolate_column
        _fill_in_pieces(lambda i, j: kernel(source, base[i:j], neighbor[i:j], step[i:j], out[i:j]), out)
        return
    table, table_out = (X, out) if X.ndim == 2 else (X[:, None], out[:, None])

    def convert(i: int, j: int) -> None:
        """Every other dtype and layout: gather the parents, interpolate floats, round."""
        parents = take_rows(table, np.concatenate([base[i:j], neighbor[i:j]]))
        parents = parents.astype(X.dtype.newbyteorder("="), copy=False)
        floats = np.ascontiguousarray(parents, float_type(X.dtype) if X.dtype.kind == "f" else np.float64)
        between = np.empty((j - i, floats.shape[1]), floats.dtype)
        positions = np.arange(2 * (j - i), dtype=base.dtype)
        kernels.interpolate(floats, positions[: j - i], positions[j - i :], step[i:j], between)
        result = as_dtype(between, X.dtype)
        if X.dtype.kind in "iu" and X.dtype.itemsize == 8:
            result = _beyond_float64(parents[: j - i], parents[j - i :], step[i:j, None], result)
        table_out[i:j] = result

    _fill_in_pieces(convert, table_out, _TINY_PIECE_BYTES)


# ---------------------------------------------------------------------------------------------- sparse rows


def write_csr(X: Any, recipe: Recipe, values: Any = None) -> Any:
    """As `write_rows`, for a SciPy CSR matrix or array; the new rows hold no explicit zeros.

    The rows that are kept are copied with whatever explicit zeros they have.
    """
    from fastbal._kernels import rows as kernels

    X = canonical(X)
    kept, base = recipe.kept_rows(), recipe.base
    neighbor: Any = recipe.neighbor
    step: Any = recipe.step
    is_copy = neighbor is None
    if values is None and not is_copy and X.dtype not in (np.float32, np.float64):
        values = _between_csr_rows(X, recipe)
    X_parts = [as_kernel_input(part) for part in (X.indptr, X.indices, X.data)]
    lengths = np.diff(X.indptr)
    counts = np.empty(recipe.n_kept + recipe.n_new, np.int64)
    counts[: len(kept)] = lengths[kept]
    new_counts = counts[len(kept) :]
    if values is not None:
        values = type(X)(values)
        new_counts[:] = np.diff(values.indptr)
    elif is_copy:
        new_counts[:] = lengths[base]
    else:
        _by_rows(
            lambda i, j: kernels.count_csr(*X_parts, base[i:j], neighbor[i:j], step[i:j], new_counts[i:j]),
            len(base),
        )
    indptr = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=indptr[1:])
    index_type = X.indices.dtype if indptr[-1] <= np.iinfo(X.indices.dtype).max else np.dtype(np.int64)
    indices = np.empty(indptr[-1], index_type)
    data = np.empty(indptr[-1], X.dtype)
    places = indptr[len(kept) : -1]

    def copy(parts: list[Array], rows: NDArray[np.int64], places: NDArray[np.int64]) -> None:
        _by_rows(lambda i, j: kernels.copy_csr(*parts, rows[i:j], places[i:j], indices, data), len(rows))

    copy(X_parts, kept, indptr[: len(kept)])
    if values is not None:
        copy([values.indptr, values.indices, values.data], np.arange(recipe.n_new), places)
    elif is_copy:
        copy(X_parts, base, places)
    else:
        _by_rows(
            lambda i, j: kernels.interpolate_csr(
                *X_parts, base[i:j], neighbor[i:j], step[i:j], places[i:j], indices, data
            ),
            len(base),
        )
        _within_range(data[places[:1].sum() :], recipe)
    result = type(X)((data, indices, indptr.astype(index_type, copy=False)), shape=(len(counts), X.shape[1]))
    result.has_canonical_format = True
    return result


def _between_csr_rows(X: Any, recipe: Recipe) -> Any:
    """The new rows of a matrix of whole numbers or booleans: floats first, then rounded, then zeros dropped."""
    if X.nnz and max(int(X.data.max()), -int(X.data.min())) >= 2**53:
        return between_entries(X, recipe)
    floats = type(X)((X.data.astype(np.float64), X.indices, X.indptr), shape=X.shape)
    floats.has_canonical_format = True
    new = write_csr(floats, dataclasses.replace(recipe, kept=np.empty(0, np.int64)))
    rounded = type(X)((as_dtype(new.data, X.dtype), new.indices, new.indptr), shape=new.shape)
    rounded.eliminate_zeros()
    return rounded


def between_entries(X: Any, recipe: Recipe, steps_of: Callable[[Array], Array] | None = None) -> Any:
    """The new rows of a CSR matrix entry by entry, as those of an array: exact for numbers that floats would miss.

    steps_of: called with the new row of each entry, row by row; returns how far it moves. By default as far as its row.
    """
    n_new, n_columns = recipe.n_new, X.shape[1]
    neighbor: Any = recipe.neighbor
    step: Any = recipe.step
    parents = [take_csr(X, rows) for rows in (recipe.base, neighbor)]
    keys = [np.repeat(np.arange(n_new), np.diff(part.indptr)) * n_columns + part.indices for part in parents]
    places = np.union1d(*keys)
    entries = np.zeros((2, len(places)), X.dtype)
    for side, key, part in zip(entries, keys, parents, strict=True):
        side[np.searchsorted(places, key)] = part.data
    row, column = np.divmod(places, n_columns)
    at = np.arange(len(places))
    steps = step[row] if steps_of is None else steps_of(row)
    between = Recipe(n_rows=2 * len(at), base=at, neighbor=at + len(at), step=steps, label=at)
    data = write_new_rows(entries.ravel(), between, np.empty(len(at), X.dtype))
    new = type(X)(sparse.coo_array((data, (row, column)), shape=(n_new, n_columns)))
    new.eliminate_zeros()
    return new


def take_csr(X: Any, rows: NDArray[np.int64]) -> Any:
    """``X[rows]`` of a CSR matrix or array, in parallel."""
    return write_csr(X, Recipe(n_rows=X.shape[0], kept=rows))


def canonical(X: Any) -> Any:
    """The CSR matrix itself if its columns are sorted and unique, else a copy that is so."""
    if X.has_canonical_format:
        return X
    X = X.copy()
    X.sum_duplicates()
    return X


def _by_rows(work: Callable[[int, int], object], n: int) -> None:
    for_each_piece(work, n, piece=4096)
