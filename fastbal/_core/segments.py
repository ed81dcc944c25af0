"""Choose new points on segments between rows and their neighbours (SMOTE, Chawla et al. 2002, section 4.2)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from fastbal._core.draws import Stream
from fastbal._core.recipe import Block, Rows

#: Called with positions in the bases; returns the positions of their k neighbours in the pool, nearest first. Where
#: there are fewer, as in a small group, −1 follows the last one; whoever has no neighbour has himself.
Nearest = Callable[[Rows], Rows]


def draw_segments(
    bases: Rows, pool: Rows, label: int, n_new: int, *, k: int, nearest: Nearest, stream: Stream, reach: float = 1.0
) -> Block:
    """New points, each on the segment from a base to one of its k nearest rows of a pool.

    Pairs (base, rank of the neighbour) are drawn uniformly and before any neighbour is known, so only the
    bases that are drawn need to be searched for.

    Parameters
    ----------
    bases, pool : ndarray of int64
        Row numbers: where new points may start, and where they may head for.
    label : int
        Class code of the new rows.
    n_new : int
        How many.
    k : int
        Neighbours per base.
    nearest : callable
        The search; see `Nearest`.
    stream : Stream
        Draws `n_new` integers, then `n_new` uniforms; then one more where a base has fewer than k neighbours.
    reach : float, default=1.0
        The step is uniform between 0 and this; negative heads away from the neighbour.

    Returns
    -------
    Block
    """
    base, rank = np.divmod(stream.integers(len(bases) * k, n_new), k)
    step = stream.uniform(n_new)
    if reach != 1.0:
        step *= reach
    is_drawn = np.zeros(len(bases), bool)
    is_drawn[base] = True
    neighbors = nearest(np.flatnonzero(is_drawn))
    place = np.cumsum(is_drawn) - 1
    return segments(bases[base], pool, label, neighbors, place[base], rank, step, stream)


def segments(
    bases: Rows,
    pool: Rows,
    label: int,
    neighbors: Rows,
    place: Rows,
    rank: Rows,
    step: NDArray[np.float64],
    stream: Stream,
) -> Block:
    """New points between bases and their neighbours: of list `place` the one at `rank`.

    Where a list is short, the rank is drawn anew, so that each neighbour is as likely as any other; a base that has no
    neighbour but itself is copied.
    """
    lengths = lengths_of_short(neighbors)
    if lengths is not None:
        draw_anew_within(rank, lengths[place], neighbors.shape[1], stream)
    neighbor = pool[neighbors[place, rank]]
    step[neighbor == bases] = 0.0
    return Block(label, bases, neighbor, step)


def lengths_of_short(neighbors: Rows) -> Rows | None:
    """How many neighbours each list holds before the −1 that fill it up; None where all lists are full."""
    return np.count_nonzero(neighbors >= 0, axis=1) if (neighbors[:, -1] < 0).any() else None


def draw_anew_within(rank: Rows, lengths: Rows, k: int, stream: Stream) -> None:
    """Draw the ranks in lists of fewer than k entries anew, in place: what fills a list up is no neighbour."""
    short = np.flatnonzero(lengths < k)
    rank[short] = stream.uniform(len(short)) * lengths[short]


def draw_partners(cells: Rows, base: Rows, stream: Stream) -> Rows:
    """For each base another position of its cell, each as likely as any other; itself if it is alone.

    Parameters
    ----------
    cells : ndarray of shape (n,), integer
        The cell of each position.
    base : ndarray of shape (n_new,), int64
        Positions.
    stream : Stream
        Draws `n_new` uniforms.

    Returns
    -------
    ndarray of shape (n_new,), int64

    Examples
    --------
    >>> draw_partners(np.array([0, 1, 0]), np.array([0, 1, 2]), Stream(np.random.RandomState(0))).tolist()
    [2, 1, 0]
    """
    order = np.argsort(cells, kind="stable")
    _, cell, sizes = np.unique(cells, return_inverse=True, return_counts=True)
    starts = np.cumsum(sizes) - sizes
    rank = np.empty(len(cells), np.int64)
    rank[order] = np.arange(len(cells)) - np.repeat(starts, sizes)
    others = sizes[cell[base]] - 1
    other = (stream.uniform(len(base)) * others).astype(np.int64)
    other += (other >= rank[base]) & (others > 0)
    partners: Rows = order[starts[cell[base]] + other]
    return partners


def draw_weighted(weights: NDArray[np.float64], n_new: int, stream: Stream) -> Rows:
    """Positions, each as likely as its weight says; draws `n_new` uniforms.

    Examples
    --------
    >>> draw_weighted(np.array([0.0, 2.0, 0.0]), 3, Stream(np.random.RandomState(0))).tolist()
    [1, 1, 1]
    """
    reached = np.cumsum(weights)
    last = np.flatnonzero(weights)[-1]
    drawn: Rows = np.minimum(np.searchsorted(reached, stream.uniform(n_new) * reached[-1], side="right"), last)
    return drawn
