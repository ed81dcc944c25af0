"""The labels of a table in the caller's container: a column for each label, 1 where a row has it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from fastbal._containers.read import read_column
from fastbal._core.label_measures import Indicator
from fastbal._core.recipe import Recipe

_ADVICE = "For lists of labels, sklearn.preprocessing.MultiLabelBinarizer makes such a matrix."


class LabelMatrix:
    """An indicator matrix, checked.

    Parameters
    ----------
    y : {array-like, dataframe, sparse matrix} of shape (n_rows, n_labels)
        1 where a row has a label, 0 elsewhere.

    Attributes
    ----------
    indicator : Indicator
        Which labels each row has.
    """

    def __init__(self, y: Any) -> None:
        if y is None:
            raise ValueError("y is None. Give a matrix with a row for each row of X and a column for each label.")
        self.column = read_column(_as_rows(y) if isinstance(y, (list, tuple)) else y, "y")
        self.column.is_list = isinstance(y, list)
        self.names = getattr(getattr(self.column, "table", None), "names", None)
        self.indicator = Indicator(self._read(y))

    def _read(self, y: Any) -> Any:
        values = self.column.values()
        if values.ndim == 1 and len(getattr(y, "shape", ())) == 2:  # a dataframe of one column
            values = values[:, None]
        if values.ndim != 2:
            raise ValueError(
                f"y must be a matrix with a column for each label, 1 where a row has it, but its shape is "
                f"{values.shape}. {_ADVICE} For one label per row, use fastbal.over_sampling or fastbal.under_sampling."
            )
        if values.shape[1] == 0:
            raise ValueError("y has no columns, so there are no labels. Give a column for each label.")
        if sparse.issparse(values):
            Y = sparse.csr_array(values, copy=True)
            Y.sum_duplicates()
            self._require_zeros_and_ones(Y.data, Y.indices)
            Y.eliminate_zeros()
        else:
            numbers = self._numbers(values)
            self._require_zeros_and_ones(numbers, np.arange(numbers.shape[1]))
            Y = sparse.csr_array(numbers)
        return sparse.csr_array((np.ones(Y.nnz, np.int32), Y.indices, Y.indptr), shape=Y.shape)

    def _numbers(self, values: NDArray[Any]) -> NDArray[Any]:
        if values.dtype.kind in "biuf":
            return values
        try:
            return values.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise ValueError(f"y must hold 0 and 1 only, but {error}. {_ADVICE}") from None

    def _require_zeros_and_ones(self, values: NDArray[Any], columns: NDArray[Any]) -> None:
        is_wrong = (values != 0) & (values != 1)  # true of NaN, too
        if is_wrong.any():
            place = np.unravel_index(int(np.argmax(is_wrong)), is_wrong.shape)
            label = int(columns[place[-1]])
            name = label if self.names is None else self.names[label]
            raise ValueError(
                f"y must hold 0 and 1 only, 1 where a row has the label of the column, but {int(is_wrong.sum())} "
                f"entries are neither: {values[place].item()!r} in column {name!r}. {_ADVICE}"
            )

    def write(self, recipe: Recipe, Y: Any, X_out: Any) -> Any:
        """The labels of a recipe's rows, to stand beside the table `X_out`.

        Parameters
        ----------
        recipe : Recipe
            Which rows.
        Y : CSR array of shape (n_kept + n_new, n_labels), or None
            Their labels; None if each has those of the row it is or starts from.
        """
        if Y is None:
            return self.column.write(recipe.copies(recipe.base), X_out)
        given = self.column.values()
        if sparse.issparse(given):
            return type(given)(Y.astype(given.dtype)).asformat(given.format)
        return self.column.like(Y.toarray().astype(given.dtype), X_out)


def _as_rows(y: Any) -> NDArray[Any]:
    try:
        return np.asarray(y)
    except ValueError:
        raise ValueError(f"y must be a matrix, but its rows are of several lengths. {_ADVICE}") from None
