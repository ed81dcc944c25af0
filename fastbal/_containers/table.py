"""What a table, and a column beside it, can do in whatever container the caller has them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from fastbal._core.categories import encode_categories
from fastbal._core.finite import count_not_finite, describe_not_finite
from fastbal._core.recipe import NewRows, Recipe
from fastbal._core.refusals import explained
from fastbal._core.rows import write_rows

Array = NDArray[Any]


class NumberReader(NamedTuple):
    """Who reads numbers from a table, for the sentence that there are none.

    Attributes
    ----------
    name : str
        Who it is.
    does : str
        What it needs the numbers for.
    or_with_gaps, or_with_words : str
        What one may do with gaps, or with words, instead of filling or encoding them: the rest of a sentence.
    """

    name: str = "fastbal"
    does: str = "computes distances between rows"
    or_with_gaps: str = "leave out these columns."
    or_with_words: str = "use a method for categories."

    def __str__(self) -> str:
        return f"{self.name} {self.does}"


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
    #: Of pictures and series: the shape of a row, which here is a row of numbers.
    row_shape: tuple[int, ...] = ()
    #: Of a part of a table: which columns of the whole these are.
    positions: list[int] | None = None

    @abstractmethod
    def numbers(self, reader: NumberReader, *, allow_nan: bool = False) -> Any:
        """The table as a numeric ndarray or CSR matrix without infinity and, unless allowed, NaN.

        The caller's own memory where possible. `reader` is who asks, for the message.
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

    def lists_categories(self, position: int) -> bool:
        """Whether the dtype of a column lists its categories: somebody has said that it holds some."""
        return False

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

    def refuse_not_finite(self, X: Array, reader: NumberReader, *, allow_nan: bool = False) -> None:
        """Raise the error for NaN and infinity, if there are any in X."""
        counts = count_not_finite(X)
        if counts is not None and (counts[1].any() or not allow_nan):
            self.refuse_counts(counts[0].tolist(), counts[1].tolist(), reader)

    @explained("columns")
    def refuse_counts(self, n_nan: list[int], n_inf: list[int], reader: NumberReader) -> None:
        """Raise the error for these numbers of NaN and infinity per column."""
        found = describe_not_finite(n_nan, n_inf, [self.column(j) for j in range(self.n_columns)])
        raise ValueError(
            f"{found}. {reader}, so every value must be a finite number. Fill the gaps first (for "
            f"example with sklearn.impute.SimpleImputer), drop these rows, or "
            f"{reader.or_with_gaps}"
        )

    @explained("columns")
    def refuse_words(self, positions: list[int], example: Any, reader: NumberReader) -> None:
        """Raise the error for columns that hold no numbers."""
        example = example.item() if isinstance(example, np.generic) else example
        raise ValueError(
            f"could not convert {'string' if isinstance(example, str) else 'value'} to float: {example!r}. "
            f"{reader}, so every column must be numeric, but {self.columns(positions)} "
            f"{'is' if len(positions) == 1 else 'are'} not. Encode as numbers (for example with "
            f"sklearn.preprocessing.OrdinalEncoder), leave out these columns, or "
            f"{reader.or_with_words}"
        )


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

    def write(self, recipe: Recipe, X_out: Any, values: Array | None = None) -> Any:
        """The entries of a recipe's rows, as it makes them or as `values` says, to stand beside the table `X_out`."""
        if sparse.issparse(self.entries):
            return self.entries.tocsr()[recipe.source_rows()].asformat(self.entries.format)
        return self.like(write_rows(self.entries, recipe, values), X_out)

    def like(self, values: Any, X_out: Any) -> Any:
        """Entries that somebody else has made from `values`, to stand beside the table `X_out`."""
        return values.tolist() if self.is_list and hasattr(values, "tolist") else values

    def of_floats(self, values: Array, X_out: Any) -> Any:
        """Floats in place of the entries; in the caller's dtype, if that is one of floats."""
        return self.like(values, X_out)
