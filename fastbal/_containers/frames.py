"""What dataframes of every library have in common: they are read and written column by column."""

from __future__ import annotations

import functools
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from fastbal._containers.table import NumberReader, Table
from fastbal._core.recipe import NewRows, Recipe
from fastbal._core.rows import as_dtype, write_new_rows
from fastbal._core.threads import for_each_piece

Array = NDArray[Any]


class FrameTable(Table):
    """A dataframe: columns with a name and a kind of their own."""

    def _read_names(self, names: list[Any], shape: tuple[int, int]) -> None:
        self.names = names
        self.n_rows, self.n_columns = shape
        if 0 in shape:
            axis = "sample(s)" if self.n_rows == 0 else "feature(s)"
            raise ValueError(f"Found array with 0 {axis} (shape={shape}) while a minimum of 1 is required.")
        if len(set(names)) < len(names):
            raise ValueError(twice_named(", ".join(sorted({repr(name) for name in names if names.count(name) > 1}))))

    @abstractmethod
    def column_numbers(self, position: int) -> Array | None:
        """A column as numbers, missing ones as NaN; None if it holds no numbers."""

    def numbers(self, reader: NumberReader, *, allow_nan: bool = False) -> Any:
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
        """Some entry of a column, not a missing one if there are others."""

    def new_entries(self, position: int, recipe: Recipe, new: NewRows) -> Array | None:
        """A column's entries in the rows a recipe makes, as numbers of the column's own kind; None if it copies."""
        is_copied = recipe.neighbor is None and new.values is None
        numbers = None if is_copied or position in (new.taken or {}) else self.column_numbers(position)
        if numbers is None:
            return None
        if new.values is not None:
            values = (
                new.values[:, [position]].toarray().ravel() if sparse.issparse(new.values) else new.values[:, position]
            )
            out = as_dtype(values, numbers.dtype)
        else:
            # In the dtype in which the columns are compared with each other, as imbalanced-learn does.
            is_float = numbers.dtype.kind == "f"
            floats = numbers.astype(self.common_float(new.taken or {}), copy=False) if is_float else numbers
            out = write_new_rows(floats, recipe, np.empty(recipe.n_new, floats.dtype))
        if numbers.dtype.kind == "f" and self._is_whole(position):  # floats for the sake of missing entries
            out = np.rint(out)
        return out.astype(numbers.dtype, copy=False)

    @abstractmethod
    def _is_whole(self, position: int) -> bool:
        """Whether a column's dtype is that of whole numbers or booleans."""

    def common_float(self, besides: Mapping[int, object]) -> np.dtype[Any]:
        """The dtype of all columns but some as one array, if that is a float; else float64."""
        kinds = [dtype for j, dtype in enumerate(self._number_types) if dtype is not None and j not in besides]
        common = np.result_type(*kinds)
        return common if common.kind == "f" else np.dtype(np.float64)

    @functools.cached_property
    def _number_types(self) -> list[np.dtype[Any] | None]:
        """The dtype of each column as numbers; None if it holds none."""
        columns = (self.column_numbers(j) for j in range(self.n_columns))
        return [None if numbers is None else numbers.dtype for numbers in columns]


def twice_named(names: object) -> str:
    return f"Column names must be unique, but some occur more than once: {names}. Rename or drop columns."


def copied_rows(position: int, recipe: Recipe, new: NewRows) -> NDArray[np.int64]:
    return (new.taken or {}).get(position, recipe.base)


def as_new_rows(values: Array | None) -> NewRows:
    """The new entries of a frame of one column; None where a recipe makes them."""
    return NewRows(None if values is None else values[:, None])
