"""A balanced table for a DataLoader, batch by batch, without the balanced table: other new rows in every epoch."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from fastbal._streaming.batches import Batches
from fastbal._streaming.by_name import dumps_by_name
from fastbal.torch._replicas import checked_epoch, read_replica, seed_for


class BalancedDataset(torch.utils.data.IterableDataset[tuple[torch.Tensor, ...]]):
    """Batches of a balanced table, as tensors; each is made when it is asked for.

    Give it to ``DataLoader(dataset, batch_size=None, num_workers=...)``: what it yields are whole batches. They are the
    same, and in the same order, for any number of workers. New rows differ from epoch to epoch: SMOTE's lie on other
    segments, random under-sampling keeps other rows. The balanced table is never in memory, only the order of its rows.

    Parameters
    ----------
    X : {array-like, dataframe, sparse matrix} of shape (n_rows, n_columns), path, dataset or LazyFrame
        The table: numbers, and for most samplers finite ones. Not copied if it is an array: a memory map stays on disk,
        and workers open it there. A Parquet file or folder, or whatever else `fastbal.resample` reads, becomes a memory
        map among the temporary files (``TMPDIR``), for as long as the dataset lives.
    y : array-like of shape (n_rows,), (n_rows, 1) or (n_rows, n_classes), or name of a column
        The label of each row, or an indicator matrix; of a file, the column that holds it. Numbers come as they are; of
        any other labels, their positions in `classes_`, as int64.
    sampler : sampler, default=None
        Any of fastbal's samplers; or another that has `sample_indices_` after `fit_resample`. It is cloned. None is a
        `RandomUnderSampler`.
    batch_size : int, default=32
        Rows of a batch. The last batch of an epoch has what is left.
    class_share : {"average", "exact"}, default="average"
        Whether the classes of a batch are what chance makes of their shares in the balanced table, or these shares up
        to a row (for more than two classes, about a row).
    sample_weight : array-like of shape (n_rows,), default=None
        Weights, handed on with the batches. A new row between two rows has a weight between theirs.
    groups : array-like of shape (n_rows,), default=None
        The group of each row. No new row lies between rows of different groups.
    shuffle : bool, default=True
        Whether the rows come in another order in each epoch.
    dtype : torch.dtype, default=None
        Type of the X of a batch; None leaves it as in the table.
    num_replicas, rank : int, default=None
        As of `torch.utils.data.DistributedSampler`: how many processes train one network, and which this is. Each has
        as many batches as any other. None asks `torch.distributed`, now; without a group of processes there is one.
    drop_last : bool, default=False
        Whether a last batch with fewer rows, and batches that do not divide by `num_replicas`, are left out. Otherwise
        some of the first batches come twice.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers of all epochs; None takes the sampler's `random_state`. Several replicas need an int, the
        same one.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, ascending.
    counts_ : dict
        Label to rows in an epoch, of all replicas together.
    sampler_ : sampler
        The sampler used.
    epoch : int
        Number of the epoch, from 0; see `set_epoch`.

    Raises
    ------
    ValueError
        If X holds something else than numbers, or what the sampler raises.
    TypeError
        If the sampler cannot say which rows its table consists of.

    See Also
    --------
    BalancedSampler : Row numbers, for a dataset that is there already.
    fastbal.keras.BalancedBatches : The same batches for Keras; which samplers draw what anew in each epoch.

    Examples
    --------
    >>> import numpy as np
    >>> from torch.utils.data import DataLoader
    >>> from fastbal.over_sampling import SMOTE
    >>> from fastbal.torch import BalancedDataset
    >>> X = np.random.default_rng(0).normal(size=(1000, 3)).astype(np.float32)
    >>> y = np.where(np.arange(1000) < 40, "fraud", "good")
    >>> dataset = BalancedDataset(X, y, sampler=SMOTE(), batch_size=100, class_share="exact", random_state=0)
    >>> dataset.counts_
    {'fraud': 960, 'good': 960}
    >>> for epoch in range(2):
    ...     dataset.set_epoch(epoch)
    ...     for X_batch, y_batch in DataLoader(dataset, batch_size=None):
    ...         pass  # train
    >>> X_batch.shape, y_batch.bincount().tolist()
    (torch.Size([20, 3]), [10, 10])
    """

    def __init__(
        self,
        X: Any,
        y: Any,
        *,
        sampler: Any = None,
        batch_size: int = 32,
        class_share: str = "average",
        sample_weight: Any = None,
        groups: Any = None,
        shuffle: bool = True,
        dtype: Any = None,
        num_replicas: int | None = None,
        rank: int | None = None,
        drop_last: bool = False,
        random_state: Any = None,
    ) -> None:
        super().__init__()
        if dtype is not None and not isinstance(dtype, torch.dtype):
            raise TypeError(f"dtype must be a type of PyTorch's, such as torch.float32. Got {dtype!r}.")
        self._replica = read_replica(num_replicas, rank, drop_last=drop_last)
        self._batches = Batches(
            X,
            y,
            sampler,
            batch_size=batch_size,
            class_share=class_share,
            sample_weight=sample_weight,
            groups=groups,
            shuffle=shuffle,
            random_state=seed_for(self._replica, random_state, sampler),
        )
        self._dtype = dtype
        self.sampler_ = self._batches.sampler
        self.classes_: NDArray[Any] = self._batches.target.classes
        self.counts_ = self._batches.counts()
        # In shared memory: workers that live longer than an epoch must hear of the next one.
        self._epoch = torch.zeros((), dtype=torch.int64).share_memory_()

    @property
    def epoch(self) -> int:
        """Number of the epoch, from 0."""
        return int(self._epoch)

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch comes, before the DataLoader is asked for its batches. Without it, each is the same.

        Parameters
        ----------
        epoch : int
            Its number, from 0.
        """
        self._epoch.fill_(checked_epoch(epoch))

    def __len__(self) -> int:
        """Batches of an epoch, of this replica."""
        return self._replica.n_parts(self._n_batches())

    def __iter__(self) -> Iterator[tuple[torch.Tensor, ...]]:
        """The batches of this epoch: X, y and, if there are any, sample weights; in a worker, those it makes."""
        worker = torch.utils.data.get_worker_info()
        first, step = (0, 1) if worker is None else (worker.id, worker.num_workers)
        # A DataLoader asks its workers in turns: so batches come in the same order, however many there are.
        return self._made(self.epoch, self._replica.in_turns(self._n_batches())[first::step])

    def _n_batches(self) -> int:
        stream = self._batches.stream
        return stream.n_rows // stream.batch_size if self._replica.drop_last else len(stream)

    def _made(self, epoch: int, indices: NDArray[np.int64]) -> Iterator[tuple[torch.Tensor, ...]]:
        size = self._batches.stream.batch_size
        for first, n_batches in _runs(indices, self._batches.at_once):
            chunk = self._batches.chunk(epoch, first, n_batches)
            X, *others = (torch.from_numpy(np.ascontiguousarray(part)) for part in chunk)
            yield from zip(X.to(self._dtype).split(size), *(part.split(size) for part in others), strict=True)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_batches": dumps_by_name(self._batches)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _batches=pickle.loads(state["_batches"]))


def _runs(indices: NDArray[np.int64], longest: int) -> Iterator[tuple[int, int]]:
    """Runs of numbers that follow each other: the first of each, and how many.

    >>> list(_runs(np.array([3, 4, 5, 0]), longest=2))
    [(3, 2), (5, 1), (0, 1)]
    """
    for run in np.split(indices, np.flatnonzero(np.diff(indices) != 1) + 1):
        for start in range(0, len(run), longest):
            yield int(run[start]), min(longest, len(run) - start)
