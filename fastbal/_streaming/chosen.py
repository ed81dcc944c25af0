"""Batches of the rows that a sampler chooses, as imbalanced-learn's generators hand them out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scipy import sparse
from sklearn.base import clone
from sklearn.utils import check_random_state

from fastbal._containers.beside import ExtraArrays, given_arrays
from fastbal._containers.read import read_column, read_table
from fastbal._core.recipe import NewRows, Recipe, Rows
from fastbal._core.stream import checked_batch_size, require_batch
from fastbal._foreign import chosen_by
from fastbal._sklearn import count_entries
from fastbal.under_sampling import RandomUnderSampler


class ChosenBatches:
    """The batches of one epoch; see `balanced_batch_generator` for the parameters.

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
        """Start the next epoch: choose rows by the sampler, and shuffle them."""
        _, labels, *_ = self.sampler.fit_resample(self.X, self.y)
        rows = chosen_by(self.sampler, count_entries(labels))
        if rows is None:
            raise ValueError(
                f"'sampler' needs to have an attribute 'sample_indices_': a {type(self.sampler).__name__} makes rows "
                f"instead of choosing them. Use fastbal.keras.BalancedBatches."
            )
        self.rows: Rows = rows.copy()
        self.random_state.shuffle(self.rows)

    def __len__(self) -> int:
        return -(-len(self.rows) // self.batch_size)

    def batch(self, index: int) -> tuple[Any, ...]:
        """A batch: X, y and the sample weights, if given, in the containers they came in."""
        require_batch(index, len(self))
        rows = self.rows[index * self.batch_size : (index + 1) * self.batch_size]
        recipe = Recipe(n_rows=self.table.n_rows, kept=rows)
        X = self.table.write(recipe, NewRows(), keep_index=True)
        columns = [column.write(recipe, X) for column in self.columns]
        return (X.toarray() if sparse.issparse(X) and not self.keep_sparse else X, *columns)


def balanced_batch_generator(
    X: Any,
    y: Any,
    *,
    sample_weight: Any = None,
    sampler: Any = None,
    batch_size: int = 32,
    keep_sparse: bool = False,
    random_state: Any = None,
) -> tuple[Iterator[tuple[Any, ...]], int]:
    """An endless iterator of batches of the rows that a sampler chooses, and how many batches an epoch has.

    Parameters
    ----------
    X : {array-like, dataframe, sparse matrix} of shape (n_rows, n_columns)
        The table.
    y : array-like of shape (n_rows,) or (n_rows, n_classes)
        The label of each row.
    sample_weight : array-like of shape (n_rows,), default=None
        The weight of each row, returned with the batches.
    sampler : sampler, default=None
        One that has `sample_indices_` after `fit_resample`; it is cloned. None is a `RandomUnderSampler`.
    batch_size : int, default=32
        Rows of a batch. The last batch of an epoch has what is left.
    keep_sparse : bool, default=False
        Whether batches of a sparse X are sparse.
    random_state : int, RandomState or None, default=None
        The random numbers for the order of the rows, and for the sampler if `sampler` is None.

    Returns
    -------
    generator : iterator of tuple
        (X, y) or (X, y, sample_weight), in the caller's containers. Rows are chosen and shuffled again in each epoch.
    steps_per_epoch : int
        Batches of an epoch.

    Raises
    ------
    ValueError
        If the sampler has no `sample_indices_`, or there are more or fewer weights than rows.

    See Also
    --------
    fastbal.keras.BalancedBatches : Any sampler, and other new rows in each epoch.

    Examples
    --------
    >>> import numpy as np
    >>> from fastbal.tensorflow import balanced_batch_generator
    >>> X, y = np.arange(20).reshape(10, 2), np.array([0] * 7 + [1] * 3)
    >>> batches, steps_per_epoch = balanced_batch_generator(X, y, batch_size=4, random_state=0)
    >>> steps_per_epoch
    2
    >>> [len(next(batches)[1]) for _ in range(steps_per_epoch)]
    [4, 2]
    """
    batches = ChosenBatches(X, y, sample_weight, sampler, batch_size, keep_sparse, random_state)
    return _endless(batches), len(batches)


def _endless(batches: ChosenBatches) -> Iterator[tuple[Any, ...]]:
    while True:
        yield from (batches.batch(index) for index in range(len(batches)))
        batches.choose()
