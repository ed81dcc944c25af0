"""Balanced batches as an endless generator: imbalanced-learn's function of this name; TensorFlow is not imported."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastbal._streaming.chosen import ChosenBatches

__all__ = ["balanced_batch_generator"]


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
    """Batches of the rows that a sampler chooses, without end, and how many make an epoch.

    Parameters
    ----------
    X : {array-like, dataframe, sparse matrix} of shape (n_rows, n_columns)
        The table.
    y : array-like of shape (n_rows,) or (n_rows, n_classes)
        The label of each row.
    sample_weight : array-like of shape (n_rows,), default=None
        Weights, handed on with the batches.
    sampler : sampler, default=None
        One that has `sample_indices_` after `fit_resample`; it is cloned. None is a `RandomUnderSampler`.
    batch_size : int, default=32
        Rows of a batch. The last batch of an epoch has what is left.
    keep_sparse : bool, default=False
        Whether batches of a sparse X are sparse.
    random_state : int, RandomState or None, default=None
        The random numbers of the order of the rows, and of the sampler if it is None.

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
