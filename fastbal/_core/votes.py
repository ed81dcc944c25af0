"""Which category a new row gets: that of most neighbours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastbal._core.draws import Stream
from fastbal._core.recipe import Rows, row_number_type
from fastbal._core.threads import for_each_piece

_PIECE = 4096


def vote(codes: NDArray[np.int32], neighbors: Rows, places: Rows, stream: Stream) -> list[Rows]:
    """For each categorical column and new row, a neighbour that has the most frequent category.

    Parameters
    ----------
    codes : ndarray of shape (n_columns, n_rows), int32
        The categories of all rows.
    neighbors : ndarray of shape (m, k), int64
        Lists of row numbers; −1 after the last of a short one.
    places : ndarray of shape (n_new,), int64
        The list that each new row looks at.
    stream : Stream
        Decides between equally frequent categories; for each column a permutation of all of them is drawn.

    Returns
    -------
    list of ndarray of shape (n_new,)
        For each column the rows to take the category from.
    """
    taken = []
    for column in codes:
        winners, n_winners = _winners(column, neighbors)
        begin = np.zeros(len(places) + 1, np.int64)
        np.cumsum(n_winners[places], out=begin[1:])
        order = stream.distinct(int(begin[-1]), int(begin[-1]))
        position = np.empty_like(order)
        position[order] = np.arange(len(order))
        taken.append(_take(places, winners, begin, position, neighbors, len(column)))
    return taken


def vote_for_smallest(codes: NDArray[np.int32], neighbors: Rows, places: Rows) -> list[Rows]:
    """As `vote`, but of equally frequent categories the smallest wins."""
    taken = []
    for column in codes:
        winners, _ = _winners(column, neighbors)
        rows: Rows = neighbors[np.arange(len(neighbors)), winners[:, 0]].astype(row_number_type(len(column)))
        taken.append(rows[places])
    return taken


def rows_at(positions: Rows, rows: Rows) -> Rows:
    """The row numbers at positions; −1 stays −1."""
    return rows[positions] if positions[:, -1].min(initial=0) >= 0 else np.where(positions < 0, -1, rows[positions])


def _winners(column: NDArray[np.int32], neighbors: Rows) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    from fastbal._kernels.votes import find_winners

    winners = np.zeros(neighbors.shape, np.int32)
    n_winners = np.empty(len(neighbors), np.int32)
    for_each_piece(
        lambda start, stop: find_winners(column, neighbors, winners, n_winners, start, stop),
        len(neighbors),
        piece=_PIECE,
    )
    return winners, n_winners


def _take(places: Rows, winners: NDArray[np.int32], begin: Rows, position: Rows, neighbors: Rows, n_rows: int) -> Rows:
    from fastbal._kernels.votes import take_first

    taken: Rows = np.empty(len(places), row_number_type(n_rows))
    for_each_piece(
        lambda start, stop: take_first(places, winners, begin, position, neighbors, taken, start, stop),
        len(places),
        piece=_PIECE,
    )
    return taken
