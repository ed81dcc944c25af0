"""The numbers of a table that is elsewhere: some rows are held, all are searched block by block.

The nearest rows of a row are the nearest of the nearest in each block: a block is read, indexed and searched for all
rows at once, and what is found is merged with what was found before, by (squared distance, row number), as one index
of the whole table would have it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastbal._containers.read import read_table
from fastbal._containers.table import NumberReader
from fastbal._core.recipe import Rows
from fastbal._core.rows import rows_as_floats
from fastbal._core.target import Target
from fastbal._core.threads import Progress
from fastbal._neighborhood import Pool
from fastbal.outofcore._gather import Look, gather
from fastbal.outofcore._sources import Source

Array = NDArray[Any]
#: Which rows are clear, and the squared distance of the nearest of the others; see `fastbal._core.surroundings`.
Seen = tuple[NDArray[np.bool_], Array]

# Squares of smaller distances may have vanished.
_SMALLEST_LIMIT = 1e-290


class FarNumbers:
    """What a sampler that judges rows by others gets in place of an array of shape (n_rows, n_columns).

    Parameters
    ----------
    source : Source
        The table.
    columns : sequence of str
        Its columns without the target: finite numbers.
    rows : ndarray of shape (n_held,), integer
        The rows that are held, ascending.
    held : ndarray of shape (n_held, n_columns)
        Their numbers.
    target : Target
        The class of each row.
    block_rows : int
        How many rows are searched at once.
    """

    def __init__(
        self, source: Source, columns: Sequence[str], rows: Rows, held: Array, target: Target, block_rows: int
    ) -> None:
        self.source, self.columns, self.target, self.block_rows = source, columns, target, block_rows
        self.rows, self.held = rows, held

    def take(self, rows: Rows) -> Array:
        """Some rows as floats; read if they are not held."""
        if self.holds(rows):
            return np.asarray(rows_as_floats(self.held, np.searchsorted(self.rows, rows)))
        ascending, places = np.unique(rows, return_inverse=True)
        return np.asarray(rows_as_floats(self.gathered(ascending), places))

    __getitem__ = take

    def gathered(self, rows: Rows) -> Array:
        """Some rows, ascending, each once."""
        table = gather(self.source, self.columns, rows, Look()).table
        return np.asarray(read_table(table).numbers(NumberReader()))

    def holds(self, rows: Rows) -> bool:
        """Whether some rows need not be read."""
        places = np.searchsorted(self.rows, rows)
        return bool((places < len(self.rows)).all() and (self.rows[places] == rows).all())

    def pool(self, rows: Rows | None) -> Any:
        """Rows to search among: all, or those of a class."""
        if rows is None or (len(rows) > self.block_rows and not self.holds(rows)):
            return FarPool(self, rows)
        pool = Pool(self.take(rows))
        pool.rows = rows
        return pool

    def parts(self, rows: Rows) -> Iterator[Array]:
        """Some rows as floats, ascending, block by block; at once, if they are held."""
        if self.holds(rows):
            yield self.take(rows)
            return
        for start, block in self.blocks():
            first, last = np.searchsorted(rows, [start, start + len(block)])
            if last > first:
                yield rows_as_floats(block, rows[first:last] - start)

    def blocks(self) -> Iterator[tuple[int, Array]]:
        """All rows as numbers, in blocks, each with the number of its first row."""
        start = n_filled = 0
        block: Array = np.empty((0, 0))
        for numbers in self.pieces():
            taken = 0
            while taken < len(numbers):
                if not block.size:  # once: whoever gets a block is done with it when he asks for the next
                    block = np.empty((self.block_rows, len(self.columns)), numbers.dtype)
                n = min(len(numbers) - taken, self.block_rows - n_filled)
                block[n_filled : n_filled + n] = numbers[taken : taken + n]
                taken, n_filled = taken + n, n_filled + n
                if n_filled == self.block_rows:
                    yield start, block
                    start, n_filled = start + n_filled, 0
        if n_filled:
            yield start, block[:n_filled]

    def pieces(self) -> Iterator[Array]:
        """All rows as numbers, as they come."""
        for batch in self.source.batches(list(self.columns)):
            if len(batch):
                yield read_table(batch).numbers(NumberReader())


class FarPool:
    """Rows to search among, which are read for each search.

    Parameters
    ----------
    numbers : FarNumbers
        The table.
    rows : ndarray of int64, or None
        Which of its rows, ascending; None for all.
    """

    def __init__(self, numbers: FarNumbers, rows: Rows | None) -> None:
        self.numbers, self.rows = numbers, rows

    @property
    def X(self) -> Any:
        """The rows, for a search of the user's."""
        raise ValueError(
            "A search of your own needs the table in memory. Give a number of neighbours, which fastbal searches for."
        )

    @property
    def index(self) -> FarPool:
        """This itself."""
        return self

    def take(self, positions: Rows) -> Array:
        """Some of them, given by their positions."""
        return self.numbers.take(positions if self.rows is None else self.rows[positions])

    def index_of(self, part: Rows) -> Any:
        """Some of them, given by their positions."""
        return self.numbers.pool(part if self.rows is None else self.rows[part]).index

    def measure(self) -> Any:
        """Nothing measures groups here: no arrays stand beside a table in a file."""
        raise NotImplementedError

    def look_around(self, rows: Rows, others: Rows, k: int, nth: int, progress: Progress | None) -> Seen | None:
        """As `Index.look_around`: each block is looked at once, if all of `others` are held."""
        numbers = self.numbers
        if self.rows is not None or not numbers.holds(others):
            return None
        is_clear, nearest = np.zeros(len(rows), np.bool_), np.full(len(rows), np.inf)
        held = numbers.take(others)
        for start, block in self._blocks():
            first, last = np.searchsorted(rows, [start, start + len(block)])
            found = _look_around(block, rows[first:last] - start, held, k, nth)
            if found is not None:
                is_clear[first:last], nearest[first:last] = found
            if progress is not None:
                progress(self._share(start + len(block)))
        return is_clear, nearest

    def neighbors_told(self, rows: Rows, k: int, nearest: Array, one_decides: bool, progress: Progress | None) -> Rows:
        """As `Index.neighbors_told`."""
        return self._neighbors_of_rows(rows, k, progress, nearest if one_decides else None)[0]

    def neighbors_of_rows(self, rows: Rows, k: int, *, progress: Progress | None = None) -> tuple[Rows, Array]:
        """As `Index.neighbors_of_rows`: positions among the pool's rows, and distances."""
        return self._neighbors_of_rows(rows, k, progress, None)

    def neighbors_of(self, Y: Any, k: int, *, progress: Progress | None = None) -> tuple[Rows, Array]:
        """As `Index.neighbors_of`."""
        return self._search(Y, k, None, np.full(len(Y), np.inf), progress)

    def _neighbors_of_rows(
        self, rows: Rows, k: int, progress: Progress | None, within: Array | None
    ) -> tuple[Rows, Array]:
        """Of rows that are not held, as many at a time as a block has, each time among all blocks."""
        numbers, n = self.numbers, len(rows)
        is_held = numbers.holds(rows if self.rows is None else self.rows[rows])
        size = max(1, n) if is_held else numbers.block_rows
        nearest, distances = np.empty((n, k), np.int64), np.empty((n, k))
        for start in range(0, n, size):
            part = slice(start, start + size)
            limit = np.full(len(rows[part]), np.inf) if within is None else within[part]
            report = None if progress is None else partial(_told, progress, start / n, min(size, n - start) / n)
            nearest[part], distances[part] = self._search(self.take(rows[part]), k, rows[part], limit, report)
        return nearest, distances

    def _search(
        self, Y: Array, k: int, query_rows: Rows | None, within: Array, progress: Progress | None
    ) -> tuple[Rows, Array]:
        nearest = np.full((len(Y), k), -1, np.int64)
        sqdists = np.full((len(Y), k), np.inf)
        for first, block in self._blocks():
            # The k-th distance known so far limits what is looked for in the next block.
            limit = np.minimum(within, sqdists[:, -1])
            limit[limit < _SMALLEST_LIMIT] = np.inf
            more, distances = _squared(block, Y, min(len(block), k + (query_rows is not None)), limit)
            more[more >= 0] += first
            if query_rows is not None:
                distances[more == query_rows[:, None]] = np.inf
            # What was found before has smaller row numbers, so it comes first where distances are equal.
            found, distances = np.hstack([nearest, more]), np.hstack([sqdists, distances])
            order = np.argsort(distances, axis=1, kind="stable")[:, :k]
            nearest, sqdists = np.take_along_axis(found, order, 1), np.take_along_axis(distances, order, 1)
            if progress is not None:
                progress(self._share(first + len(block)))
        if query_rows is not None:
            nearest[nearest == query_rows[:, None]] = -1  # among those beyond the limit
        return nearest, np.sqrt(sqdists)

    def _share(self, n_rows: int) -> float:
        return min(1.0, n_rows / len(self.numbers.target.codes))

    def _blocks(self) -> Iterator[tuple[int, Array]]:
        """The rows, in blocks, each with the position of its first row."""
        if self.rows is None:
            for start, block in self.numbers.blocks():
                yield start, rows_as_floats(block)
            return
        position = 0
        for part in self.numbers.parts(self.rows):
            yield position, part
            position += len(part)


def _told(progress: Progress, begin: float, share: float, done: float) -> None:
    progress(begin + share * done)


# The compiler is loaded by what follows, so not by random sampling.


def _squared(block: Array, Y: Array, k: int, within: Array) -> tuple[Rows, Array]:
    from fastbal._core.neighbors import Index

    return Index(block).squared_neighbors_of(Y, k, within)


def _look_around(block: Array, rows: Rows, others: Array, k: int, nth: int) -> Seen | None:
    from fastbal._core.neighbors import Index

    return Index(block).look_around_among(rows, others, k, nth)
