"""Rows in the order of a recipe where they are more than memory holds: sorted by parts on disk.

The table is read once. Each row goes to the file of the part of the output in which it will be; a part fits into
memory, where it is put in order. The files have no names, so nothing is left of a run that is killed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fastbal._core.recipe import Rows
from fastbal.outofcore._sources import Source, rows_within


def rows_in_order(source: Source, rows: Rows, part_rows: int, folder: Path | None = None) -> Iterator[pa.Table]:
    """Rows of a table in any order, some perhaps more than once, in pieces of moderate size.

    Parameters
    ----------
    source : Source
        The table, read once.
    rows : ndarray of shape (n,), integer
        Row numbers.
    part_rows : int
        How many rows may be held; memory for three times as many is taken.
    folder : Path, optional
        Where there is room on disk for all of them; by default where the system keeps temporary files.
    """
    n_parts = -(-len(rows) // part_rows)
    with ExitStack() as opened:
        files = [opened.enter_context(tempfile.TemporaryFile(dir=folder)) for _ in range(n_parts)]
        _scatter(source, rows, part_rows, files)
        for file in files:
            table = _read_part(file)
            file.close()
            for start in range(0, len(table), source.batch_rows):
                yield table.slice(start, source.batch_rows)


def _scatter(source: Source, rows: Rows, part_rows: int, files: list[Any]) -> None:
    """Write each row, with its place in the part, to the file of the part."""
    order = np.argsort(rows, kind="stable")
    ascending = rows[order]
    name = _unused(source.schema.names)
    schema = source.schema.append(pa.field(name, pa.int64()))
    writers = [pa.ipc.new_stream(file, schema) for file in files]
    start = 0
    for batch in source.batches(source.schema.names):
        first = np.searchsorted(ascending, start)
        wanted = rows_within(ascending, start, start + len(batch))
        start += len(batch)
        part, place = np.divmod(order[first : first + len(wanted)], part_rows)
        by_part = np.argsort(part, kind="stable")
        table = batch.take(pa.array(wanted[by_part])).append_column(name, pa.array(place[by_part]))
        ends = np.cumsum(np.bincount(part, minlength=len(files)))
        for writer, begin, end in zip(writers, [0, *ends[:-1]], ends, strict=True):
            if end > begin:
                writer.write_table(table.slice(begin, end - begin))
    for writer in writers:
        writer.close()


def _read_part(file: BinaryIO) -> pa.Table:
    """The rows of a part, each in its place."""
    file.seek(0)
    with pa.ipc.open_stream(file) as reader:
        table = reader.read_all().unify_dictionaries()
    places: NDArray[Any] = table[-1].to_numpy()
    where = np.empty(len(places), np.int64)
    where[places] = np.arange(len(places))
    return table.select(table.column_names[:-1]).take(pa.array(where))


def _unused(names: list[str]) -> str:
    name = "place"
    while name in names:
        name += "_"
    return name
