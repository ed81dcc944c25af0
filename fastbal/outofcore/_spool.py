"""A table in files as an array on disk, from which rows can be taken in any order."""

from __future__ import annotations

import contextlib
import os
import tempfile
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fastbal.outofcore._npy import write_header
from fastbal.outofcore._open import open_source
from fastbal.outofcore._resample import target_column
from fastbal.outofcore._sources import Source


def spool(source: Any, target: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    """Write a table's numbers to a memory map, piece by piece.

    Row groups must be decoded as a whole, so rows in random order cannot be taken from them; from an array they can. It
    takes as much room as the table decoded, in the folder for temporary files (``TMPDIR``).

    Parameters
    ----------
    source : path, pyarrow.dataset.Dataset or polars.LazyFrame
        The table, see `fastbal.resample`.
    target : str or int
        The column with the labels.

    Returns
    -------
    X : memmap of shape (n_rows, n_columns)
        The columns but the target, in one dtype; missing numbers are NaN. Its file goes when it does.
    y : ndarray of shape (n_rows,)
        The labels.

    Raises
    ------
    TypeError
        If `target` is no name.
    ValueError
        If there is no such column, a label is missing, or a column holds no numbers.
    """
    table = open_source(source)
    if not isinstance(target, (str, int)):
        raise TypeError(f"y must name the column of {table.name} that holds the labels. Got a {type(target).__name__}.")
    column = target_column(table, target)
    names = [name for name in table.schema.names if name != column]
    dtype = _dtype_of(table, names)
    y = _read_labels(table, column)
    descriptor, name = tempfile.mkstemp(".npy", "fastbal-")
    path = Path(name)
    with open(descriptor, "wb") as file:
        try:
            write_header(file, dtype, (len(y), len(names)))
            for batch in table.batches(names):
                block = np.empty((len(batch), len(names)), dtype)
                for j, numbers in enumerate(batch.columns):
                    block[:, j] = numbers.to_numpy()  # of whole numbers with gaps floats, of booleans with gaps objects
                block.tofile(file)
        except BaseException:
            path.unlink()
            raise
    X = np.load(path, mmap_mode="r")
    weakref.finalize(X, _remove, path, os.getpid())
    return X, y


def _remove(path: Path, process: int) -> None:
    """Not when a copy of the map goes that a forked process has inherited."""
    if os.getpid() == process:
        with contextlib.suppress(OSError):
            path.unlink()


def _read_labels(table: Source, target: str) -> NDArray[Any]:
    parts = []
    for batch in table.batches([target]):
        column = batch[target]
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if column.null_count:
            raise ValueError(f"The label of {column.null_count} or more rows of {table.name} is missing. Drop them.")
        parts.append(column.to_numpy())
    if not parts:
        raise ValueError(f"{table.name} has no rows.")
    return np.concatenate(parts)


def _dtype_of(table: Source, names: Sequence[str]) -> np.dtype[Any]:
    """One dtype that holds all columns; one of floats if a whole number or a boolean is missing."""
    if not names:
        raise ValueError(f"{table.name} has no columns besides the target.")
    types = [table.schema.field(name).type for name in names]
    words = [name for name, kind in zip(names, types, strict=True) if not _holds_numbers(kind)]
    if words:
        raise ValueError(
            f"A network takes numbers, but column {', '.join(map(repr, words[:10]))} of {table.name} holds none. Leave "
            f"it out, or encode it as numbers first."
        )
    whole = [name for name, kind in zip(names, types, strict=True) if not pa.types.is_floating(kind)]
    has_gaps = bool(whole) and any(column.null_count for batch in table.batches(whole) for column in batch.columns)
    found = [np.dtype(kind.to_pandas_dtype()) for kind in types]
    return np.result_type(*found, np.float64) if has_gaps else np.result_type(*found)


def _holds_numbers(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind))
