"""Rows in random order, none twice until all have come: a deck of cards that is shuffled anew when it is used up.

    shuffle 0       shuffle 1       shuffle 2
    [3 0 4 1 2]     [2 4 0 3 1]     [0 1 …           an endless row; an epoch is a stretch of it
     epoch 0 │ epoch 1  │ epoch 2 │

Any stretch is known without those before it: a shuffle is a function of the seed and its number.
"""

from __future__ import annotations

import numpy as np

from fastbal._core.draws import keyed_generator
from fastbal._core.recipe import Rows, row_number_type


def deal(key: tuple[int, ...], n_rows: int, start: int, stop: int) -> Rows:
    """The rows from place `start` to place `stop` of the endless row.

    Parameters
    ----------
    key : tuple of int
        The random numbers.
    n_rows : int
        How many rows the deck has, at least 1.
    start, stop : int
        Places, from 0.

    Returns
    -------
    ndarray of shape (stop - start,), int32 or int64
        Numbers below `n_rows`. However often it is dealt, no row has come more than once more often than another.

    Examples
    --------
    >>> deal((0,), n_rows=4, start=0, stop=4).tolist(), deal((0,), n_rows=4, start=2, stop=6).tolist()
    ([1, 2, 0, 3], [0, 3, 1, 2])
    """
    first, last = start // n_rows, -(-stop // n_rows)
    out: Rows = np.empty((max(last, first) - first) * n_rows, row_number_type(n_rows))
    for shuffle in range(first, last):
        cards = out[(shuffle - first) * n_rows : (shuffle - first + 1) * n_rows]
        cards[:] = np.arange(n_rows)
        keyed_generator(*key, shuffle).shuffle(cards)
    return out[start - first * n_rows : stop - first * n_rows]
