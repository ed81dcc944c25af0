"""A balanced table for `fit`, batch by batch, without the balanced table: other new rows in every epoch."""

from __future__ import annotations

from typing import Any

import keras
from numpy.typing import NDArray

from fastbal._streaming.batches import Batches, InARow
from fastbal._streaming.passes import Passes
from fastbal.keras._arrays import as_keras_takes_it


class BalancedBatches(keras.utils.PyDataset):
    """Batches of a balanced table, for `fit`; each is made when it is asked for.

    New rows differ from epoch to epoch: SMOTE's lie on other segments, random under-sampling keeps other rows. The
    balanced table is never in memory, only the order of its rows.

    Parameters
    ----------
    X : {array-like, dataframe, sparse matrix} of shape (n_rows, ...), or dict of these
        The table: numbers, and for most samplers finite ones. Never changed, and not copied if it is an array: a
        memory map stays on disk. A dataframe becomes one array. Arrays of more dimensions (series, pictures) are flat
        rows to the sampler, and reach the network in their shape. A dict has several inputs under their names: their
        rows stay together, and neighbours are searched in all their numbers side by side, unless there is an
        `embedding`.
    y : array-like of shape (n_rows,), (n_rows, 1) or (n_rows, n_classes)
        The label of each row, or an indicator matrix. Numbers reach the network as they are; of any other labels,
        their positions in `classes_`.
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
        Whether the rows come in another order in each epoch. `fit` shuffles the batches as well, which adds nothing:
        with ``fit(..., shuffle=False)`` several are made at once, for less.
    keep_sparse : bool, default=False
        Whether batches of a sparse X stay sparse instead of becoming arrays: CSR matrices, or SparseTensors where
        TensorFlow is the back-end, because Keras hands nothing else on to it.
    embedding : array-like of shape (n_rows, n_dimensions), default=None
        What the sampler is given instead of X: neighbours are searched among its rows, while the rows that are copied
        and mixed are those of X. For pictures, what a network makes of them.
    mixup : float, default=0.0
        Mix each row of a batch with another one, with weights from a beta distribution of this parameter [1]_; 0 does
        not. Targets and sample weights are mixed alike: of two classes numbers between those of the labels, of more a
        column for each class. They need a loss that takes shares, such as FocalLoss, or Keras's cross-entropies.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers of all epochs; None takes the sampler's `random_state`.
    workers : int, default=1
        Threads, or processes, that make batches for `fit`. The batches are the same for any number of them.
    use_multiprocessing : bool, default=False
        Whether workers are processes. It rarely pays: threads make batches side by side, too, and copy none.
    max_queue_size : int, default=10
        Batches made in advance by several workers.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, ascending.
    counts_ : dict
        Label to rows in an epoch.
    sampler_ : sampler
        The sampler used.
    epoch : int
        Number of the epoch that is handed out, from 0.

    Raises
    ------
    ValueError
        If X holds something else than numbers, or what the sampler raises.
    TypeError
        If the sampler cannot say which rows its table consists of.

    Notes
    -----
    RandomOverSampler and SMOTE draw each new row when its batch is made; neighbours are searched once.
    RandomUnderSampler keeps other rows in each epoch. The other members of the SMOTE family choose their pairs of rows
    once; where between them the new rows lie is drawn in each epoch. All other samplers choose once, and only the order
    differs.

    After `on_epoch_begin`, an epoch ends when all its batches are handed out, or one of them is asked for a second
    time: with fewer `steps_per_epoch` than batches, Keras goes on where it was, and so does the epoch. (Several workers
    start anew each time, and what they had in their queue comes first: give them whole epochs, or take
    `balanced_dataset`.) In a loop of your own, call `on_epoch_begin` and `on_epoch_end`.

    References
    ----------
    .. [1] H. Zhang, M. Cisse, Y. N. Dauphin, D. Lopez-Paz, "mixup: Beyond Empirical Risk Minimization", ICLR 2018,
       equation 1.

    See Also
    --------
    balanced_dataset : The same rows for less, where TensorFlow is installed.

    Examples
    --------
    >>> import numpy as np
    >>> from fastbal.keras import BalancedBatches
    >>> from fastbal.over_sampling import SMOTE
    >>> X = np.random.default_rng(0).normal(size=(1000, 3))
    >>> y = np.where(np.arange(1000) < 40, "fraud", "good")
    >>> batches = BalancedBatches(X, y, sampler=SMOTE(), batch_size=100, class_share="exact", random_state=0)
    >>> len(batches), batches.counts_
    (20, {'fraud': 960, 'good': 960})
    >>> X_batch, y_batch = batches[0]
    >>> X_batch.shape, np.bincount(y_batch).tolist()
    ((100, 3), [50, 50])
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
        keep_sparse: bool = False,
        embedding: Any = None,
        mixup: float = 0.0,
        random_state: Any = None,
        workers: int = 1,
        use_multiprocessing: bool = False,
        max_queue_size: int = 10,
    ) -> None:
        super().__init__(workers=workers, use_multiprocessing=use_multiprocessing, max_queue_size=max_queue_size)
        self._batches = Batches(
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
        self.sampler_ = self._batches.sampler
        self.classes_: NDArray[Any] = self._batches.target.classes
        self.counts_ = self._batches.counts()
        self._in_a_row = InARow(self._batches)
        self._passes = Passes(len(self), may_look_ahead=keras.backend.backend() != "tensorflow")

    @property
    def epoch(self) -> int:
        """Number of the epoch that is handed out, from 0."""
        return self._passes.epoch

    def __len__(self) -> int:
        """Batches of an epoch."""
        return len(self._batches)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        """A batch of this epoch: X, y and, if there are any, sample weights."""
        parts = self._in_a_row.batch(self._passes.epoch_of(index), index)
        return tuple(as_keras_takes_it(part) for part in parts)

    def on_epoch_begin(self) -> None:
        """Keras says so before each epoch."""
        self._passes.begin()

    def on_epoch_end(self) -> None:
        """Go on to the next epoch, if this one is handed out; Keras ends one before it begins the first of a fit."""
        # Workers start with the first batch each time, and those in other processes hand out unseen.
        self._passes.end(is_whole=self.workers > 1 or (self.workers > 0 and self.use_multiprocessing))
        if self.use_multiprocessing:
            self._batches.epoch(self.epoch)  # once here instead of once in each process
