"""Balanced batches for `fit`: imbalanced-learn's class of this name."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from fastbal._streaming.chosen import ChosenBatches
from fastbal.keras._arrays import as_keras_takes_it


class BalancedBatchGenerator(keras.utils.PyDataset):
    """Batches of the rows that a sampler chooses, for `fit`; `BalancedBatches` does more.

    Rows are chosen and shuffled again in each epoch. Batches of dataframes are arrays, as Keras takes nothing else.

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
        Whether batches of a sparse X are sparse: CSR matrices, or SparseTensors where TensorFlow is the back-end.
    random_state : int, RandomState or None, default=None
        The random numbers of the order of the rows, and of the sampler if it is None.
    **kwargs : dict
        ``workers``, ``use_multiprocessing`` and ``max_queue_size`` of `keras.utils.PyDataset`.

    Attributes
    ----------
    sampler_ : sampler
        The sampler used.
    indices_ : ndarray of int64
        The row numbers of this epoch's rows, in their order.

    Raises
    ------
    ValueError
        If the sampler has no `sample_indices_`, or there are more or fewer weights than rows.

    Examples
    --------
    >>> import numpy as np
    >>> from fastbal.keras import BalancedBatchGenerator
    >>> X, y = np.arange(20).reshape(10, 2), np.array([0] * 7 + [1] * 3)
    >>> batches = BalancedBatchGenerator(X, y, batch_size=4, random_state=0)
    >>> len(batches)
    2
    >>> [len(y_batch) for _, y_batch in batches]
    [4, 2]
    """

    def __init__(
        self,
        X: Any,
        y: Any,
        *,
        sample_weight: Any = None,
        sampler: Any = None,
        batch_size: int = 32,
        keep_sparse: bool = False,
        random_state: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._batches = ChosenBatches(X, y, sample_weight, sampler, batch_size, keep_sparse, random_state)
        self._has_begun = False

    @property
    def sampler_(self) -> Any:
        """The sampler used."""
        return self._batches.sampler

    @property
    def indices_(self) -> NDArray[np.int64]:
        """The row numbers of this epoch's rows, in their order."""
        return self._batches.rows

    def __len__(self) -> int:
        """Batches of an epoch."""
        return len(self._batches)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        """A batch of this epoch: X, y and, if there are any, sample weights."""
        return tuple(as_keras_takes_it(part) for part in self._batches.batch(index))

    def on_epoch_begin(self) -> None:
        """Keras says so before each epoch."""
        self._has_begun = True

    def on_epoch_end(self) -> None:
        """Choose and shuffle again; Keras ends an epoch before it begins the first."""
        if self._has_begun:
            self._batches.choose()
        self._has_begun = False
