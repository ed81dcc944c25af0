"""Rows of a class that its prototypes and the smallest class do not classify as theirs (1-NN, or a vote of k)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastbal._core.neighbors import Index, on_one_scale
from fastbal._core.recipe import Rows
from fastbal._core.threads import Progress, for_each_piece
from fastbal._kernels.condense import condense

# Values subtracted at a time by a thread.
_CHUNK = 1 << 15


class Vote(NamedTuple):
    """When a row is taken for one of its class.

    Of the k nearest prototypes at least `votes` must be of the class: so the row must have `votes` of them nearer than
    its rival, the `rival_rank`-th nearest of the smallest class.
    """

    votes: int
    rival_rank: int


def vote_of(k: int, *, wins_ties: bool) -> Vote:
    """The vote of k prototypes; of as many on both sides, the class wins if its label is the smaller.

    Examples
    --------
    >>> vote_of(1, wins_ties=False), vote_of(4, wins_ties=False)
    (Vote(votes=1, rival_rank=1), Vote(votes=3, rival_rank=2))
    """
    votes = k // 2 + 1 if k % 2 or not wins_ties else k // 2
    return Vote(votes, k - votes + 1)


class Contest:
    """A class against the smallest class.

    Parameters
    ----------
    X, rows : ndarray of shape (n, d), float32 or float64, and (n,)
        The class, and its row numbers, ascending; they decide among equal distances.
    X_rivals, rows_of_rivals : ndarray of shape (m, d) and (m,)
        The smallest class.
    vote : Vote
        When a row of the class is classified as such.
    """

    def __init__(
        self,
        X: NDArray[Any],
        rows: Rows,
        X_rivals: NDArray[Any],
        rows_of_rivals: Rows,
        vote: Vote,
        progress: Progress | None = None,
    ) -> None:
        (X, X_rivals), _ = on_one_scale(X, X_rivals)
        self.X, self.rows, self.vote = X, rows, vote
        if vote.rival_rank > len(X_rivals):  # there are not even so many
            self.rival_sqdist, self.rival_row = np.full(len(X), np.inf), np.zeros(len(X), np.int64)
            return
        found = Index(X_rivals).neighbors_of(X, vote.rival_rank, progress=progress)[0][:, -1]
        self.rival_sqdist, self.rival_row = _sqdists(X, X_rivals, found), rows_of_rivals[found]

    def condensed(self, seeds: Rows) -> Rows:
        """Positions of the seeds, then of each row in turn that the rows kept so far misclassify."""
        kept = np.empty(len(self.X), np.int64)
        kept[: len(seeds)] = seeds
        is_kept = np.zeros(len(self.X), np.bool_)
        is_kept[seeds] = True
        n_kept = condense(
            self.X, self.rival_sqdist, self.rival_row, self.rows, self.vote.votes, is_kept, kept, len(seeds)
        )
        return kept[:n_kept]

    def misclassified(self, seeds: Rows) -> Rows:
        """Positions of the rows that the seeds alone misclassify, ascending, without the seeds."""
        n_nearer = np.zeros(len(self.X), np.int64)
        for seed in seeds.tolist():
            sqdist = _sqdists(self.X, self.X[seed : seed + 1], np.zeros(len(self.X), np.int64))
            is_tie_won = (sqdist == self.rival_sqdist) & (self.rows[seed] < self.rival_row)
            n_nearer += (sqdist < self.rival_sqdist) | is_tie_won
        n_nearer[seeds] = self.vote.votes
        return np.flatnonzero(n_nearer < self.vote.votes)


def _sqdists(X: NDArray[Any], Y: NDArray[Any], partner: NDArray[np.int64]) -> NDArray[np.float64]:
    """‖X[i] − Y[partner[i]]‖² in float64, as the searches measure it."""
    sqdists = np.empty(len(X))

    def measure(start: int, stop: int) -> None:
        difference = X[start:stop].astype(np.float64) - Y[partner[start:stop]]
        sqdists[start:stop] = np.square(difference, out=difference).sum(axis=1)

    for_each_piece(measure, len(X), piece=1 + _CHUNK // X.shape[1])
    return sqdists
