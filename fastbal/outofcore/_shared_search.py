"""Neighbours that several machines search, each for a piece of the rows: the same ones that a single machine finds.

SMOTE draws which rows it starts from before it knows any neighbour. So it is asked twice, with the same random numbers:

    1. `searches_of`    what it would search: rows among which, rows for which, how many neighbours
    2. `indexes_for`    an index of these rows, and the others cut into pieces of neighbouring leaves
    3. `search_piece`   one piece, by whoever has time
    4. `Answered`       the table, in which what it searches stands already: it draws as ever
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np

from fastbal._core.plan import Plan
from fastbal._core.recipe import Rows
from fastbal._core.rows import rows_as_floats
from fastbal._core.target import Target
from fastbal._problem import draws_as
from fastbal.over_sampling import SMOTE


class Search(NamedTuple):
    """What is searched at once.

    Attributes
    ----------
    pool : ndarray of shape (n_pool,), int64
        Rows among which.
    positions : ndarray of shape (m,), int64
        Which of them neighbours are wanted of.
    k : int
        How many.
    """

    pool: Rows
    positions: Rows
    k: int


class Cut(NamedTuple):
    """A search, ready to be done in pieces.

    Attributes
    ----------
    index : Index
        Of the rows among which.
    positions : ndarray of shape (m,), int64
        Rows for which, those of neighbouring leaves one after the other.
    edges : ndarray of shape (n_pieces + 1,), int64
        Where pieces of them begin and end.
    k : int
        How many neighbours.
    """

    index: Any
    positions: Rows
    edges: Rows
    k: int


def can_be_shared(sampler: Any) -> bool:
    """Whether a sampler asks before it knows any neighbour, and has them searched by fastbal."""
    return (
        isinstance(sampler, SMOTE)
        and draws_as(sampler, SMOTE)
        and not sampler._may_miss
        and isinstance(sampler.k_neighbors, (Integral, str))
    )


def searches_of(sampler: Any, target: Target, plan: Plan) -> list[Search]:
    """What a sampler will search."""
    listener = _Listener()
    copy.deepcopy(sampler)._drawn(listener, target, plan)
    return listener.searches


class _Listener:
    """A table that answers each search with nothing, and remembers it."""

    def __init__(self) -> None:
        self.searches: list[Search] = []
        self._rows: Rows = np.empty(0, np.int64)

    def pool(self, rows: Rows) -> _Listener:
        """Rows to search among."""
        self._rows = self.rows = rows
        return self

    @property
    def index(self) -> _Listener:
        """What searches."""
        return self

    def neighbors_of_rows(self, positions: Rows, k: int, *, progress: Any = None) -> tuple[Rows, Any]:
        """No neighbours, but as many as are asked for."""
        self.searches.append(Search(self._rows, positions, k))
        return np.zeros((len(positions), k), np.int64), None


def indexes_for(values: Any, searches: Sequence[Search], n_pieces: int, n_threads: int) -> list[Cut]:
    """Indexes of the rows, and pieces of the rows that are searched for.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_columns)
        The table.
    searches : list of Search
        What is searched.
    n_pieces : int
        How many pieces; some may be empty.
    n_threads : int
        How many of them are searched at a time.
    """
    from fastbal._core.neighbors import Index  # here, so that random sampling loads no compiler

    cuts = []
    for pool, positions, k in searches:
        index = Index(rows_as_floats(values, pool))
        order = index.near_each_other(positions, k)
        # All pairs of rows are looked at once where hardly any can be left out, but only by one search of all of them.
        is_whole = n_threads < 4 and len(positions) == len(pool) and index.looks_at_most_pairs(k)
        edges = np.linspace(0, len(order), n_pieces + 1).astype(np.int64)
        if is_whole:
            edges[1:] = len(order)
        cuts.append(Cut(index, order, edges, k))
    return cuts


def search_piece(cuts: Sequence[Cut], piece: int) -> list[Rows]:
    """The neighbours of a piece of each search."""
    found = []
    for index, positions, edges, k in cuts:
        part = positions[edges[piece] : edges[piece + 1]]
        is_all = len(part) == len(index.X)
        order = np.argsort(part)
        neighbors = np.empty((len(part), k), np.int64)
        if len(part):
            neighbors[order] = index.neighbors_of_rows(None if is_all else part[order], k)[0]
        found.append(neighbors)
    return found


def joined(cuts: Sequence[Cut], pieces: Sequence[Sequence[Rows]]) -> list[Rows]:
    """Pieces as the answers of whole searches, in the order in which they were asked for: ascending."""
    answers = []
    for i, cut in enumerate(cuts):
        found = np.concatenate([piece[i] for piece in pieces])
        answer = np.empty_like(found)
        answer[np.argsort(np.argsort(cut.positions))] = found
        answers.append(answer)
    return answers


class Answered:
    """A table in which searches are answered already.

    Parameters
    ----------
    answers : list of ndarray of shape (m, k), int64
        The neighbours of each search, in the order in which they are asked for.
    """

    def __init__(self, answers: Sequence[Rows]) -> None:
        self._answers = iter(answers)

    def pool(self, rows: Rows) -> Answered:
        """Rows to search among."""
        self.rows = rows
        return self

    @property
    def index(self) -> Answered:
        """What searches."""
        return self

    def neighbors_of_rows(self, positions: Rows, k: int, *, progress: Any = None) -> tuple[Rows, Any]:
        """The neighbours that others have found."""
        return next(self._answers), None
