"""Which part of an epoch a process trains on, when several train one network."""

from __future__ import annotations

from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
import torch.distributed
from numpy.typing import NDArray


class Replica(NamedTuple):
    """One of the processes that train a network together.

    Attributes
    ----------
    rank : int
        Its number, from 0.
    n_replicas : int
        How many there are.
    drop_last : bool
        Whether what does not divide by them is left out; otherwise some of the first comes twice.
    """

    rank: int
    n_replicas: int
    drop_last: bool

    def n_parts(self, n: int) -> int:
        """How many of `n` things each process has: all the same number, or the others would wait for ever."""
        return n // self.n_replicas if self.drop_last else -(-n // self.n_replicas)

    def in_turns(self, n: int) -> NDArray[np.int64]:
        """Numbers of its things, if the processes take turns.

        >>> Replica(1, 2, drop_last=False).in_turns(5).tolist()
        [1, 3, 0]
        """
        return (np.arange(self.n_parts(n)) * self.n_replicas + self.rank) % max(1, n)

    def in_a_row(self, n: int) -> NDArray[np.int64]:
        """Numbers of its things, if each process has a stretch of them.

        >>> Replica(1, 2, drop_last=False).in_a_row(5).tolist()
        [3, 4, 0]
        """
        n_parts = self.n_parts(n)
        return (np.arange(n_parts) + self.rank * n_parts) % max(1, n)


def read_replica(num_replicas: int | None, rank: int | None, *, drop_last: bool) -> Replica:
    """Which of how many processes this one is.

    Parameters
    ----------
    num_replicas, rank : int or None
        As of `torch.utils.data.DistributedSampler`; None asks `torch.distributed`, and is 1 and 0 where no group of
        processes has been formed.
    drop_last : bool
        See `Replica`.

    Raises
    ------
    ValueError
        If the rank is not one of 0 to ``num_replicas - 1``.
    """
    is_group = torch.distributed.is_available() and torch.distributed.is_initialized()
    if num_replicas is None:
        num_replicas = torch.distributed.get_world_size() if is_group else 1
    if rank is None:
        rank = torch.distributed.get_rank() if is_group else 0
    is_whole = isinstance(num_replicas, Integral) and isinstance(rank, Integral)
    if not is_whole or not 0 <= int(rank) < int(num_replicas):
        raise ValueError(
            f"rank must be a number from 0 to num_replicas - 1, but rank is {rank!r} and num_replicas {num_replicas!r}."
        )
    return Replica(int(rank), int(num_replicas), bool(drop_last))


def seed_for(replica: Replica, random_state: Any, sampler: Any) -> Any:
    """What the random numbers of all epochs start from: the same for all replicas, or they would train on other epochs.

    Raises
    ------
    ValueError
        If there are several replicas, and neither `random_state` nor that of the sampler is an int.
    """
    seed = getattr(sampler, "random_state", None) if random_state is None else random_state
    if replica.n_replicas > 1 and not isinstance(seed, Integral):
        raise ValueError(
            f"With {replica.n_replicas} replicas random_state must be a whole number, the same in each process: they "
            f"share the batches of one epoch. Got {seed!r}."
        )
    return seed


def checked_epoch(epoch: Any) -> int:
    """The number of an epoch, as an int."""
    if not isinstance(epoch, Integral) or epoch < 0:
        raise ValueError(f"epoch must be a whole number from 0. Got {epoch!r}.")
    return int(epoch)
