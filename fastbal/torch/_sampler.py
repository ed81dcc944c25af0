"""The rows of a balanced epoch by number, for a dataset that is there already."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from fastbal._containers.read import read_labels
from fastbal._core.deck import deal
from fastbal._core.draws import keyed_generator
from fastbal._core.stream import take_turns
from fastbal._core.target import as_python, encode
from fastbal._problem import draws_as
from fastbal._sklearn import check_parameters
from fastbal._streaming.batches import checked_share, seed_of
from fastbal._streaming.epochs import draws_by_labels
from fastbal.torch._replicas import checked_epoch, read_replica, seed_for
from fastbal.under_sampling import RandomUnderSampler


class BalancedSampler(torch.utils.data.Sampler[int]):
    """Row numbers of a balanced epoch, for the `sampler` of a DataLoader.

    For a dataset whose rows have numbers: pictures, text, tensors. Rows are repeated or left out, none is made. Each
    class is a deck of cards: its rows come in random order, each once, until all have come; then they are shuffled. So
    after any number of epochs no row has been seen more than once more often than another of its class.

    Parameters
    ----------
    y : array-like of shape (n_rows,), (n_rows, 1) or (n_rows, n_classes)
        The label of each row, of any kind, or an indicator matrix.
    sampler : RandomUnderSampler or RandomOverSampler, default=None
        How many rows of each class an epoch has, by its `sampling_strategy`. None is a `RandomUnderSampler`.
    class_share : {"average", "exact"}, default="average"
        Whether the classes of a batch are what chance makes of their shares in the epoch, or these shares up to a row
        (for more than two classes, about a row).
    num_replicas, rank : int, default=None
        As of `torch.utils.data.DistributedSampler`: into how many parts an epoch is cut, and which of them this is.
        None asks `torch.distributed`; without a group of processes there is one part.
    drop_last : bool, default=False
        Whether rows that do not divide by `num_replicas` are left out. Otherwise some come twice.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers of all epochs; None takes the sampler's `random_state`. Several replicas need an int, the
        same one.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, ascending.
    counts_ : dict
        Label to rows in an epoch, of all replicas together.
    epoch : int
        Number of the epoch, from 0; see `set_epoch`.

    Raises
    ------
    TypeError
        If the sampler is another one: it would look at the rows themselves. `BalancedDataset` takes all.
    ValueError
        As the sampler raises it.

    See Also
    --------
    BalancedDataset : Batches of any sampler of fastbal, for tables.

    Examples
    --------
    >>> import torch
    >>> from torch.utils.data import DataLoader, TensorDataset
    >>> from fastbal.torch import BalancedSampler
    >>> labels = torch.tensor([0] * 90 + [1] * 10)
    >>> dataset = TensorDataset(torch.randn(100, 3), labels)
    >>> sampler = BalancedSampler(labels, class_share="exact", random_state=0)
    >>> sampler.counts_, len(sampler)
    ({0: 10, 1: 10}, 20)
    >>> for epoch in range(2):
    ...     sampler.set_epoch(epoch)
    ...     print([torch.bincount(labels).tolist() for _, labels in DataLoader(dataset, batch_size=8, sampler=sampler)])
    [[4, 4], [4, 4], [2, 2]]
    [[4, 4], [4, 4], [2, 2]]
    """

    def __init__(
        self,
        y: Any,
        *,
        sampler: Any = None,
        class_share: str = "average",
        num_replicas: int | None = None,
        rank: int | None = None,
        drop_last: bool = False,
        random_state: Any = None,
    ) -> None:
        sampler = RandomUnderSampler() if sampler is None else sampler
        if not draws_by_labels(sampler):
            raise TypeError(
                "sampler must be a RandomUnderSampler, or a RandomOverSampler without shrinkage, which need the labels "
                f"only. Got {sampler!r}. Give X and y to BalancedDataset, which takes all samplers."
            )
        check_parameters(sampler)
        target = encode(read_labels(y).values)
        plan = sampler._planned(target)
        counts = target.counts.copy()
        for code, n_rows in plan.items():
            counts[code] = n_rows if draws_as(sampler, RandomUnderSampler) else counts[code] + n_rows
        self.classes_: NDArray[Any] = target.classes
        self.counts_ = dict(zip(as_python(self.classes_), counts.tolist(), strict=True))
        self.epoch = 0
        self._is_exact = checked_share(class_share) == "exact"
        self._counts = counts
        self._rows = [target.rows_of(code) for code in range(len(counts))]
        self._replica = read_replica(num_replicas, rank, drop_last=drop_last)
        self._seed = seed_of(seed_for(self._replica, random_state, sampler))

    def __len__(self) -> int:
        """Rows of an epoch, of this replica."""
        return self._replica.n_parts(int(self._counts.sum()))

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch comes; Lightning does. Without it, each is the same.

        Parameters
        ----------
        epoch : int
            Its number, from 0.
        """
        self.epoch = checked_epoch(epoch)

    def __iter__(self) -> Iterator[int]:
        """The row numbers of this epoch, of this replica."""
        order = self._order(self.epoch)
        # A stretch, not every n-th: where classes alternate, every second row is of one class.
        return iter(order[self._replica.in_a_row(len(order))].tolist())

    def _order(self, epoch: int) -> NDArray[Any]:
        hands = []
        for code, (rows, n) in enumerate(zip(self._rows, self._counts.tolist(), strict=True)):
            hands.append(rows[deal((self._seed, 0, code), len(rows), epoch * n, (epoch + 1) * n)])
        order = np.concatenate(hands)
        if self._is_exact:
            in_turns = np.argsort(take_turns(self._counts), kind="stable")  # where each class's turns are
            placed = np.empty_like(order)
            placed[in_turns] = order
            return placed
        keyed_generator(self._seed, 1, epoch).shuffle(order)
        return order
