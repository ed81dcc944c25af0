"""Batches of the rows that a sampler chooses, as imbalanced-learn's generators hand them out."""

from __future__ import annotations

from typing import Any

from scipy import sparse
from sklearn.base import clone
from sklearn.utils import check_random_state

from fastbal._containers.beside import ExtraArrays, given_arrays
from fastbal._containers.read import read_column, read_table
from fastbal._core.recipe import NewRows, Recipe, Rows
from fastbal._core.stream import checked_batch_size, require_batch
from fastbal.under_sampling import RandomUnderSampler


class ChosenBatches:
    """The batches of one epoch; see `fastbal.tensorflow.balanced_batch_generator` for the parameters.

    The rows of the first epoch, and their order, are imbalanced-learn's for the same `random_state`.

    Attributes
    ----------
    sampler : sampler
        The one used.
    rows : ndarray of int64
        The row numbers of this epoch's rows, in their order.
    """

    def __init__(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        sampler: Any,
        batch_size: int,
        keep_sparse: bool,
        random_state: Any,
    ) -> None:
        self.X, self.y = X, y
        self.batch_size = checked_batch_size(batch_size)
        self.keep_sparse = keep_sparse
        self.random_state = check_random_state(random_state)
        self.sampler = RandomUnderSampler(random_state=self.random_state) if sampler is None else clone(sampler)
        self.choose()
        self.table = read_table(X)
        extra = ExtraArrays(given_arrays(sample_weight, None, {}), self.table.n_rows, type(self.sampler).__name__)
        self.columns = [read_column(y, "y"), *extra.columns.values()]

    def choose(self) -> None:
        """Have the sampler choose, and shuffle what it has chosen: the next epoch."""
        self.sampler.fit_resample(self.X, self.y)
        if not hasattr(self.sampler, "sample_indices_"):
            raise ValueError(
                f"'sampler' needs to have an attribute 'sample_indices_': a {type(self.sampler).__name__} makes rows "
                f"instead of choosing them. Use fastbal.keras.BalancedBatches."
            )
        self.rows: Rows = self.sampler.sample_indices_.copy()
        self.random_state.shuffle(self.rows)

    def __len__(self) -> int:
        return -(-len(self.rows) // self.batch_size)

    def batch(self, index: int) -> tuple[Any, ...]:
        """A batch: X, y and, if there are any, sample weights, in the caller's containers."""
        require_batch(index, len(self))
        rows = self.rows[index * self.batch_size : (index + 1) * self.batch_size]
        recipe = Recipe(n_rows=self.table.n_rows, kept=rows)
        X = self.table.write(recipe, NewRows(), keep_index=True)
        columns = [column.write(recipe, X) for column in self.columns]
        return (X.toarray() if sparse.issparse(X) and not self.keep_sparse else X, *columns)
