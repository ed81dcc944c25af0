"""Batches of a balanced table as a tf.data.Dataset: what the network waits for least."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from scipy import sparse

from fastbal._streaming.batches import Batches

# Chunks that are made in advance; one at a time, which takes a fraction of the time that a network needs for them.
_AHEAD = 1


def balanced_dataset(
    X: Any,
    y: Any,
    *,
    sampler: Any = None,
    batch_size: int = 32,
    class_share: str = "average",
    sample_weight: Any = None,
    groups: Any = None,
    shuffle: bool = True,
    keep_sparse: bool = False,
    embedding: Any = None,
    mixup: float = 0.0,
    random_state: Any = None,
) -> Any:
    """Batches of a balanced table as a `tf.data.Dataset`, for `fit` and for loops of your own.

    The rows are those of `BalancedBatches` with the same parameters, and cost less: those of some batches are made at
    once, beside the training. Each pass over the dataset is the next epoch, with other new rows and in another order;
    a pass that is left early takes none of its batches along. Needs TensorFlow; the back-end may be another.

    Parameters
    ----------
    X : {array-like, dataframe, sparse matrix} of shape (n_rows, ...), dict of these, or path
        The table, or several inputs under their names: see `BalancedBatches`. A memory map stays on disk. A path, a
        folder of Parquet files, a `pyarrow.dataset.Dataset` or a `polars.LazyFrame`, that is what `fastbal.resample`
        reads, is written to a memory map in the folder for temporary files (TMPDIR) first, piece by piece.
    y : array-like of shape (n_rows,), (n_rows, 1) or (n_rows, n_classes), or str
        The label of each row; or the column that has them, where X is a path.
    sampler : sampler, default=None
        As for `BalancedBatches`.
    batch_size : int, default=32
        Rows of a batch. The last batch of an epoch has what is left.
    class_share : {"average", "exact"}, default="average"
        As for `BalancedBatches`.
    sample_weight : array-like of shape (n_rows,), default=None
        As for `BalancedBatches`.
    groups : array-like of shape (n_rows,), default=None
        As for `BalancedBatches`.
    shuffle : bool, default=True
        Whether the rows come in another order in each epoch.
    keep_sparse : bool, default=False
        Whether batches of a sparse X are SparseTensors instead of dense ones.
    embedding : array-like of shape (n_rows, n_dimensions), default=None
        As for `BalancedBatches`.
    mixup : float, default=0.0
        As for `BalancedBatches`.
    random_state : int, RandomState, Generator or None, default=None
        As for `BalancedBatches`.

    Returns
    -------
    tf.data.Dataset
        Of (X, y) or (X, y, sample_weight); its cardinality is the number of batches of an epoch.

    Raises
    ------
    ImportError
        If TensorFlow is not installed.
    ValueError
        If X holds something else than numbers, or what the sampler raises.

    Examples
    --------
    >>> import numpy as np
    >>> from fastbal.keras import balanced_dataset
    >>> from fastbal.over_sampling import SMOTE
    >>> X = np.random.default_rng(0).normal(size=(1000, 3))
    >>> y = (np.arange(1000) < 40).astype(int)
    >>> dataset = balanced_dataset(X, y, sampler=SMOTE(), batch_size=100, class_share="exact", random_state=0)
    >>> len(dataset)
    20
    >>> [int(y_batch.numpy().sum()) for _, y_batch in dataset][:4]
    [50, 50, 50, 50]
    """
    tf = _tensorflow()
    batches = Batches(
        X,
        y,
        sampler,
        batch_size=batch_size,
        class_share=class_share,
        sample_weight=sample_weight,
        groups=groups,
        shuffle=shuffle,
        keep_sparse=keep_sparse,
        embedding=embedding,
        mixup=mixup,
        random_state=random_state,
    )
    chunks = _Chunks(tf, batches)
    passes = itertools.count()

    def begin(_: Any) -> Any:
        epoch = tf.numpy_function(lambda _: np.int64(next(passes)), [0], tf.int64)
        return tf.data.Dataset.range(0, len(batches), chunks.n_batches).map(lambda first: (epoch, first))

    # One element that is made anew in each pass: so the epoch is that of the iterator, however much is read ahead.
    dataset = tf.data.Dataset.range(1).flat_map(begin)
    dataset = dataset.map(chunks.make).prefetch(_AHEAD)
    if chunks.n_batches > 1:
        dataset = dataset.rebatch(batches.stream.batch_size)
    # TensorFlow would add a thread that hands batches on one by one, which takes longer than to cut them.
    options = tf.data.Options()
    options.experimental_optimization.inject_prefetch = False
    return dataset.apply(tf.data.experimental.assert_cardinality(len(batches))).with_options(options)


class _Chunks:
    """Chunks of batches as TensorFlow asks for them: flat lists of arrays, put together again in the graph."""

    def __init__(self, tf: Any, batches: Batches) -> None:
        self.tf, self.batches = tf, batches
        example = batches.first()
        self.is_sparse = sparse.issparse(example[0])
        self.n_batches = batches.at_once
        self.flat = self._flat(example)
        self.names = list(example[0]) if isinstance(example[0], dict) else None
        self.width = example[0].shape[1] if self.is_sparse else 0

    def make(self, epoch: Any, first: Any) -> Any:
        """The tensors of a chunk."""
        tf = self.tf
        dtypes = [tf.as_dtype(part.dtype) for part in self.flat]
        parts = tf.numpy_function(self._arrays, [epoch, first], dtypes, stateful=False)
        parts = [tf.ensure_shape(part, (None, *like.shape[1:])) for part, like in zip(parts, self.flat, strict=True)]
        if self.is_sparse:
            places, data, *parts = parts
            shape = tf.stack([tf.shape(parts[0], tf.int64)[0], self.width])
            return (tf.SparseTensor(places, data, shape), *parts)
        if self.names is None:
            return tuple(parts)
        n = len(self.names)
        return (dict(zip(self.names, parts[:n], strict=True)), *parts[n:])

    def _arrays(self, epoch: Any, first: Any) -> list[Any]:
        return self._flat(self.batches.chunk(int(epoch), int(first), self.n_batches))

    def _flat(self, parts: Any) -> list[Any]:
        X, *beside = parts
        if isinstance(X, dict):
            return [*X.values(), *beside]
        if not sparse.issparse(X):
            return [X, *beside]
        entries = X.tocoo()
        places = np.column_stack([entries.row, entries.col]).astype(np.int64)
        return [places.reshape(-1, 2), entries.data, *beside]


def _tensorflow() -> Any:
    try:
        import tensorflow
    except ImportError:
        raise ImportError(
            "balanced_dataset makes a tf.data.Dataset, but TensorFlow is not installed. Install it with: pip install "
            "tensorflow. BalancedBatches needs none."
        ) from None
    return tensorflow
