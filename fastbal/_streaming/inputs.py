"""What a network takes: a table of numbers, or several under names, with one row of each for a row of y."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from fastbal._containers.read import read_table
from fastbal._containers.table import Table
from fastbal._core.making import make_rows
from fastbal._core.recipe import NewRows, Recipe

Array = NDArray[Any]


class Inputs:
    """Tables, and the rows of a recipe of each of them.

    Parameters
    ----------
    tables : mapping of name to Table
        The tables; a single one without a name is under None.

    Examples
    --------
    >>> inputs = Inputs.read({"age": [[30], [50]], "picture": np.zeros((2, 4, 4))})
    >>> rows = inputs.in_shape(inputs.write(Recipe(n_rows=2, kept=np.array([1])), NewRows()))
    >>> rows["age"].tolist(), rows["picture"].shape
    ([[50]], (1, 4, 4))
    """

    def __init__(self, tables: Mapping[Any, Table]) -> None:
        self.tables = {name: read_table(_numbers(table)) for name, table in tables.items()}
        #: Shapes of rows that are no rows of a table.
        self.shapes = {name: table.row_shape for name, table in tables.items() if table.row_shape}
        self.has_names = list(tables) != [None]

    @classmethod
    def read(cls, X: Mapping[str, Any]) -> Inputs:
        """The arrays of a mapping.

        Raises
        ------
        ValueError
            If there are none, or they have not the same number of rows.
        """
        flat = {name for name, part in X.items() if not sparse.issparse(part) and np.ndim(part) == 1}
        columns = {name: np.reshape(part, (-1, 1)) if name in flat else part for name, part in X.items()}
        tables = {name: read_table(part) for name, part in columns.items()}
        counts = {name: table.n_rows for name, table in tables.items()}
        if len(set(counts.values())) != 1:
            raise ValueError(f"All inputs must have one row for each row of y, but X has {counts or 'no inputs'}.")
        inputs = cls(tables)
        inputs.shapes.update(dict.fromkeys(flat, ()))
        return inputs

    @property
    def has_sparse(self) -> bool:
        """Whether one of them is sparse."""
        return any(sparse.issparse(table.values()) for table in self.tables.values())

    @property
    def row_bytes(self) -> int:
        """Bytes of a row of all of them, dense."""
        return sum(table.n_columns * int(table.values().dtype.itemsize) for table in self.tables.values())

    def side_by_side(self) -> Array:
        """All numbers of a row one after the other; a copy."""
        sparse_ones = [name for name, table in self.tables.items() if sparse.issparse(table.values())]
        if sparse_ones:
            raise ValueError(f"Input {sparse_ones[0]!r} is sparse: give embedding=, in which neighbours are searched.")
        return np.hstack([table.values() for table in self.tables.values()])

    @staticmethod
    def require_rows(recipe: Recipe, new: NewRows, is_noisy: bool, caller: str) -> None:
        """Raise the error if new rows are neither copies nor on segments between two rows: these can be of anything."""
        if is_noisy or recipe.making is not None or any(made is not None for made in new):
            raise ValueError(
                f"{caller} makes rows that are neither copies of rows nor on segments between two, so they can be made "
                f"of a single table only. With several inputs, or an embedding, take a sampler that chooses rows, or "
                f"SMOTE, BorderlineSMOTE, SVMSMOTE, KMeansSMOTE or ADASYN."
            )

    def write(self, recipe: Recipe, new: NewRows) -> Any:
        """The rows of a recipe: an array, a CSR matrix, or a dict of them."""
        found = {name: self._write(table, recipe, new) for name, table in self.tables.items()}
        return found if self.has_names else found[None]

    def _write(self, table: Table, recipe: Recipe, new: NewRows) -> Any:
        X = table.write(recipe, make_rows(table.values(), recipe, new))
        return X if recipe.order is None else X[recipe.order]

    def in_shape(self, X: Any) -> Any:
        """Rows as the caller gave them: pictures, series, or a dict."""
        if self.has_names:
            return {name: self._in_shape(part, name) for name, part in X.items()}
        return self._in_shape(X, None)

    def _in_shape(self, X: Any, name: Any) -> Any:
        return X.reshape(len(X), *self.shapes[name]) if name in self.shapes else X


def _numbers(table: Table) -> Any:
    """The table as numbers in one dtype; not copied if it is that already."""
    values = table.values()
    if sparse.issparse(values) or values.dtype.kind in "biuf":
        return values
    columns = [_as_numbers(table.entries(j)) for j in range(table.n_columns)]
    words = [j for j, column in enumerate(columns) if column is None]
    if words:
        raise ValueError(
            f"A network takes numbers, but {table.columns(words)} of X {'do' if len(words) > 1 else 'does'} not hold "
            f"any: there is {table.entries(words[0])[0]!r}. Encode as numbers first, for example with "
            f"sklearn.preprocessing.OneHotEncoder."
        )
    return np.column_stack([column for column in columns if column is not None])


def _as_numbers(column: Array) -> Array | None:
    """A column as numbers, with NaN for None; or None if it does not hold numbers."""
    if column.dtype.kind in "biuf":
        return column
    try:
        return column.astype(np.float64)
    except (TypeError, ValueError):
        return None
