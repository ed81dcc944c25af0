"""Rows of a class that its prototypes and the smallest class do not classify as theirs (1-NN, or a vote of k)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastbal._core.memory import rows_at_once
from fastbal._core.neighbors import Index, exponent_of, largest_of, scaled
from fastbal._core.recipe import Rows
from fastbal._core.threads import Progress, for_each_piece, part_of
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
    part : callable
        ``part(start, stop)`` gathers rows of the class, float32 or float64; all at once are held for `condensed` only.
    rows : ndarray of shape (n,)
        Their row numbers, ascending; they decide among equal distances.
    X_rivals, rows_of_rivals : ndarray of shape (m, d) and (m,)
        The smallest class.
    vote : Vote
        When a row of the class is classified as such.
    """

    def __init__(
        self,
        part: Callable[[int, int], NDArray[Any]],
        rows: Rows,
        X_rivals: NDArray[Any],
        rows_of_rivals: Rows,
        vote: Vote,
        progress: Progress | None = None,
    ) -> None:
        self.gather, self.rows, self.vote, self.exponent = part, rows, vote, 0
        self.exponent = exponent_of(max([largest_of(X_rivals), *(largest_of(X) for _, X in self._parts())]))
        X_rivals = scaled(X_rivals, -self.exponent)
        n = len(rows)
        self.rival_sqdist, self.rival_row = np.full(n, np.inf), np.zeros(n, np.int64)
        if vote.rival_rank > len(X_rivals):  # there are not even so many
            return
        index = Index(X_rivals)
        for places, X in self._parts():
            report = part_of(progress, places.start / n, len(X) / n)
            found = index.neighbors_of(X, vote.rival_rank, progress=report)[0][:, -1]
            self.rival_sqdist[places], self.rival_row[places] = _sqdists(X, X_rivals, found), rows_of_rivals[found]

    def condensed(self, seeds: Rows) -> Rows:
        """Positions of the seeds, then of each row in turn that the rows kept so far misclassify."""
        n = len(self.rows)
        kept = np.empty(n, np.int64)
        kept[: len(seeds)] = seeds
        is_kept = np.zeros(n, np.bool_)
        is_kept[seeds] = True
        n_kept = condense(
            self._part(0, n), self.rival_sqdist, self.rival_row, self.rows, self.vote.votes, is_kept, kept, len(seeds)
        )
        return kept[:n_kept]

    def misclassified(self, seeds: Rows) -> Rows:
        """Positions of the rows that the seeds alone misclassify, ascending, without the seeds."""
        n_nearer = np.zeros(len(self.rows), np.int64)
        X_seeds = [self._part(seed, seed + 1) for seed in seeds.tolist()]
        for places, X in self._parts():
            nearer, rival_sqdist, rival_row = n_nearer[places], self.rival_sqdist[places], self.rival_row[places]
            for seed, X_seed in zip(seeds.tolist(), X_seeds, strict=True):
                sqdist = _sqdists(X, X_seed, np.zeros(len(X), np.int64))
                is_tie_won = (sqdist == rival_sqdist) & (self.rows[seed] < rival_row)
                nearer += (sqdist < rival_sqdist) | is_tie_won
        n_nearer[seeds] = self.vote.votes
        return np.flatnonzero(n_nearer < self.vote.votes)

    def _parts(self) -> Iterator[tuple[slice, NDArray[Any]]]:
        n, size = len(self.rows), rows_at_once(len(self.rows))
        for start in range(0, n, size):
            places = slice(start, min(n, start + size))
            yield places, self._part(places.start, places.stop)

    def _part(self, start: int, stop: int) -> NDArray[Any]:
        X: NDArray[Any] = scaled(self.gather(start, stop), -self.exponent)
        return X


def _sqdists(X: NDArray[Any], Y: NDArray[Any], partner: NDArray[np.int64]) -> NDArray[np.float64]:
    """‖X[i] − Y[partner[i]]‖² in float64, as the searches measure it."""
    sqdists = np.empty(len(X))

    def measure(start: int, stop: int) -> None:
        difference = X[start:stop].astype(np.float64) - Y[partner[start:stop]]
        sqdists[start:stop] = np.square(difference, out=difference).sum(axis=1)

    for_each_piece(measure, len(X), piece=1 + _CHUNK // X.shape[1])
    return sqdists
