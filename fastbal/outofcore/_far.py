"""The numbers of a table that is elsewhere: some rows are held, all are searched block by block.

The nearest rows of a row are the nearest of the nearest in each block: a block is read, indexed and searched for all
rows at once, and what is found is merged with what was found before, by (squared distance, row number), as one index
of the whole table would have it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
        if self._holds(rows):
            return np.asarray(rows_as_floats(self.held, np.searchsorted(self.rows, rows)))
        ascending, places = np.unique(rows, return_inverse=True)
        table = gather(self.source, self.columns, ascending, Look()).table
        return np.asarray(rows_as_floats(read_table(table).numbers(NumberReader()), places))

    __getitem__ = take

    def _holds(self, rows: Rows) -> bool:
        places = np.searchsorted(self.rows, rows)
        return bool((places < len(self.rows)).all() and (self.rows[places] == rows).all())

    def pool(self, rows: Rows | None) -> Any:
        """Rows to search among: all, or those of a class."""
        if rows is None or (len(rows) > self.block_rows and not self._holds(rows)):
            return FarPool(self, rows)
        pool = Pool(self.take(rows))
        pool.rows = rows
        return pool

    def parts(self, rows: Rows) -> Iterator[Array]:
        """Some rows as floats, ascending, block by block; at once, if they are held."""
        if self._holds(rows):
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
        for batch in self.source.batches(list(self.columns)):
            numbers = read_table(batch).numbers(NumberReader()) if len(batch) else None
            taken = 0
            while numbers is not None and taken < len(numbers):
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

    def neighbors_of_rows(self, rows: Rows, k: int, *, progress: Progress | None = None) -> tuple[Rows, Array]:
        """As `Index.neighbors_of_rows`: positions among the pool's rows, and distances."""
        return self._search(self.take(rows), k, rows, progress)

    def neighbors_of(self, Y: Any, k: int, *, progress: Progress | None = None) -> tuple[Rows, Array]:
        """As `Index.neighbors_of`."""
        return self._search(Y, k, None, progress)

    def _search(self, Y: Array, k: int, query_rows: Rows | None, progress: Progress | None) -> tuple[Rows, Array]:
        nearest = np.full((len(Y), k), -1, np.int64)
        sqdists = np.full((len(Y), k), np.inf)
        for first, block in self._blocks():
            more, distances = _squared(block, Y, min(len(block), k + (query_rows is not None)))
            more += first
            if query_rows is not None:
                distances[more == query_rows[:, None]] = np.inf
            # What was found before has smaller row numbers, so it comes first where distances are equal.
            found, distances = np.hstack([nearest, more]), np.hstack([sqdists, distances])
            order = np.argsort(distances, axis=1, kind="stable")[:, :k]
            nearest, sqdists = np.take_along_axis(found, order, 1), np.take_along_axis(distances, order, 1)
            if progress is not None:
                progress(min(1.0, (first + len(block)) / len(self.numbers.target.codes)))
        return nearest, np.sqrt(sqdists)

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


def _squared(block: Array, Y: Array, k: int) -> tuple[Rows, Array]:
    from fastbal._core.neighbors import Index  # here, so that random sampling loads no compiler

    return Index(block).squared_neighbors_of(Y, k)
