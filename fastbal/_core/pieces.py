"""New rows drawn piece by piece: those that are drawn at once, in the memory of one piece.

A recipe takes 17 bytes for each new row, and three times that while it is drawn. What it is drawn from takes less: the
neighbours of the rows, and where the random numbers were at the beginning of each piece. From there they are drawn once
more whenever a piece is asked for.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from fastbal._core.draws import Stream
from fastbal._core.recipe import Block, Recipe, Rows, join, row_number_type
from fastbal._core.segments import Nearest, lengths_of_short, segments

#: New rows of a piece. The states of two streams, 6 kB, are kept for each.
PIECE_ROWS = 1 << 17


@dataclass(frozen=True, eq=False, kw_only=True)
class BlockInPieces(ABC):
    """New rows of one class that are drawn when asked for.

    Parameters
    ----------
    label : int
        Their class code.
    n_new : int
        How many.
    """

    label: int
    n_new: int

    def _size(self, number: int) -> int:
        return min(PIECE_ROWS, self.n_new - number * PIECE_ROWS)

    @abstractmethod
    def drawn(self, number: int) -> Block:
        """A piece of them, each time the same."""

    @abstractmethod
    def renumbered(self, number_of: Callable[[Rows], Rows]) -> Self:
        """The same in row numbers of another table; called with those of this one."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Copies(BlockInPieces):
    """Copies of rows, each as likely as any other.

    Parameters
    ----------
    bases : ndarray of integer
        Row numbers.
    chosen : list of Stream
        Draws the bases of each piece.
    """

    bases: Rows
    chosen: Sequence[Stream]

    def drawn(self, number: int) -> Block:
        return Block(self.label, self.bases[self._positions(number)])

    def renumbered(self, number_of: Callable[[Rows], Rows]) -> Self:
        return replace(self, bases=number_of(self.bases))

    def parents(self) -> Rows:
        """The rows that are copied, ascending, each once."""
        return np.sort(self.bases[mask_of_drawn(len(self.bases), map(self._positions, range(len(self.chosen))))])

    def _positions(self, number: int) -> Rows:
        return self.chosen[number].copy().integers(len(self.bases), self._size(number))


@dataclass(frozen=True, eq=False, kw_only=True)
class Segments(BlockInPieces):
    """Points between rows and their neighbours; see `fastbal._core.segments.draw_segments`.

    Parameters
    ----------
    bases, pool : ndarray of integer
        Row numbers: where new rows start, and where they head for.
    neighbors : ndarray of shape (n_drawn, k), integer
        Of each base that is drawn the positions of its neighbours in the pool.
    place : ndarray of shape (n_bases,), integer
        Which of these lists is that of a base.
    reach : float
        The longest step.
    chosen, steps : list of Stream
        Draw the bases and the steps of each piece.
    """

    bases: Rows
    pool: Rows
    neighbors: Rows
    place: Rows
    reach: float
    chosen: Sequence[Stream]
    steps: Sequence[Stream]

    def drawn(self, number: int) -> Block:
        n, k = self._size(number), self.neighbors.shape[1]
        base, rank = np.divmod(self.chosen[number].copy().integers(len(self.bases) * k, n), k)
        stream = self.steps[number].copy()
        step = stream.uniform(n) * self.reach
        return segments(self.bases[base], self.pool, self.label, self.neighbors, self.place[base], rank, step, stream)

    def renumbered(self, number_of: Callable[[Rows], Rows]) -> Self:
        bases = number_of(self.bases)
        return replace(self, bases=bases, pool=bases if self.pool is self.bases else number_of(self.pool))


@dataclass(frozen=True, eq=False, kw_only=True)
class DrawnAtOnce(BlockInPieces):
    """New rows that have been drawn at once."""

    block: Block

    def drawn(self, number: int) -> Block:
        piece = slice(number * PIECE_ROWS, number * PIECE_ROWS + self._size(number))
        return Block(self.label, *(None if part is None else part[piece] for part in self.block[1:]))  # type: ignore[arg-type]

    def renumbered(self, number_of: Callable[[Rows], Rows]) -> Self:
        label, base, neighbor, step = self.block
        neighbor = None if neighbor is None else number_of(neighbor)
        return replace(self, block=Block(label, number_of(base), neighbor, step))


class RecipeInPieces(Recipe):
    """A recipe that adds rows to a table, all of which stay; `base`, `neighbor`, `step` and `label` are drawn if asked.

    Parameters
    ----------
    blocks : iterable of BlockInPieces
        The new rows.
    n_rows : int
        Rows of the table.
    """

    blocks: Sequence[BlockInPieces]

    def __init__(self, blocks: Iterable[BlockInPieces], *, n_rows: int) -> None:
        vars(self).update(n_rows=n_rows, kept=None, order=None, making=None, blocks=list(blocks), _latest=(None, None))

    @property
    def n_new(self) -> int:
        return sum(block.n_new for block in self.blocks)

    def piece(self, start: int, stop: int) -> Recipe:
        """The new rows from one to another, of which none are kept."""
        kept: Rows = np.empty(0, row_number_type(self.n_rows))
        return join(self._between(start, stop), n_rows=self.n_rows, kept=kept)

    def new_counts(self, n_classes: int) -> NDArray[np.int64]:
        """New rows of each class."""
        counts = np.zeros(n_classes, np.int64)
        for block in self.blocks:
            counts[block.label] += block.n_new
        return counts

    def parents(self) -> Rows:
        """The rows that are copied, ascending, each once; of a recipe of copies alone."""
        return np.unique(np.concatenate([block.parents() for block in self.blocks if isinstance(block, Copies)]))

    def renumbered(self, number_of: Callable[[Rows], Rows], n_rows: int) -> RecipeInPieces:
        """The same in row numbers of another table."""
        return RecipeInPieces([block.renumbered(number_of) for block in self.blocks], n_rows=n_rows)

    def _between(self, start: int, stop: int) -> Iterator[Block]:
        first = 0
        for which, block in enumerate(self.blocks):
            low, high = max(start - first, 0), min(stop - first, block.n_new)
            for number in range(low // PIECE_ROWS, -(-high // PIECE_ROWS) if high > low else 0):
                label, *parts = self._piece(which, number)
                piece = slice(max(0, low - number * PIECE_ROWS), high - number * PIECE_ROWS)
                yield Block(label, *(None if part is None else part[piece] for part in parts))  # type: ignore[arg-type]
            first += block.n_new

    def _piece(self, which: int, number: int) -> Block:
        """A piece of a block, which is remembered until another is asked for."""
        asked, drawn = vars(self)["_latest"]
        if asked != (which, number):
            drawn = self.blocks[which].drawn(number)
            vars(self)["_latest"] = ((which, number), drawn)
        return drawn  # type: ignore[no-any-return]

    @cached_property
    def _whole(self) -> Recipe:
        return self.piece(0, self.n_new)

    # Fields of other recipes.
    base: Any = property(lambda self: self._whole.base)
    neighbor: Any = property(lambda self: self._whole.neighbor)
    step: Any = property(lambda self: self._whole.step)
    label: Any = property(lambda self: self._whole.label)


def draw_copied(rows: Rows, label: int, n_new: int, stream: Stream) -> Block:
    """Copies of rows, each as likely as any other."""
    return Block(label, rows[stream.integers(len(rows), n_new)])


def copies_in_pieces(rows: Rows, label: int, n_new: int, stream: Stream) -> Copies:
    """As `draw_copied`, to be drawn later: a stream goes on as if they had been."""
    marks = []
    for n in _piece_sizes(n_new):
        marks.append(stream.copy())
        stream.integers(len(rows), n)
    return Copies(label=label, n_new=n_new, bases=rows, chosen=marks)


def segments_in_pieces(
    bases: Rows, pool: Rows, label: int, n_new: int, *, k: int, nearest: Nearest, stream: Stream, reach: float = 1.0
) -> BlockInPieces:
    """As `fastbal._core.segments.draw_segments`, to be drawn later: a stream goes on as if they had been."""
    chosen: list[Stream] = []
    steps: list[Stream] = []

    def draw() -> Iterator[Rows]:
        for n in _piece_sizes(n_new):
            chosen.append(stream.copy())
            yield stream.integers(len(bases) * k, n) // k

    is_drawn = mask_of_drawn(len(bases), draw())
    for n in _piece_sizes(n_new):
        steps.append(stream.copy())
        stream.uniform(n)
    neighbors: Rows = nearest(np.flatnonzero(is_drawn)).astype(row_number_type(len(pool)))
    place: Rows = np.cumsum(is_drawn, dtype=row_number_type(len(pool))) - 1
    if lengths_of_short(neighbors) is None:
        return Segments(
            label=label,
            n_new=n_new,
            bases=bases,
            pool=pool,
            neighbors=neighbors,
            place=place,
            reach=reach,
            chosen=chosen,
            steps=steps,
        )
    # Of lists of other lengths more is drawn, after all the rest.
    base, rank = np.divmod(chosen[0].integers(len(bases) * k, n_new), k)
    step = steps[0].uniform(n_new) * reach
    block = segments(bases[base], pool, label, neighbors, place[base], rank, step, stream)
    return DrawnAtOnce(label=label, n_new=n_new, block=block)


def mask_of_drawn(n: int, pieces: Iterator[Rows]) -> NDArray[np.bool_]:
    """Which of n positions are drawn in any piece."""
    is_drawn = np.zeros(n, np.bool_)
    for positions in pieces:
        is_drawn[positions] = True
    return is_drawn


def _piece_sizes(n_new: int) -> list[int]:
    return [min(PIECE_ROWS, n_new - start) for start in range(0, n_new, PIECE_ROWS)]
