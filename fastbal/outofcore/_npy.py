"""A table in a .npy file, block of rows by block of rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fastbal.outofcore._sources import Part, Source, parts_of_batches


class NpySource(Source):
    """A .npy file of rows and columns; a column is called by its number."""

    has_names = False

    def __init__(self, path: Path) -> None:
        self.path, self.name, self.files = path, str(path), [path]
        array = np.load(path, mmap_mode="r")
        if array.ndim != 2 or array.dtype.kind not in "biuf" or array.dtype.itemsize > 8:
            raise ValueError(
                f"{path} holds an array of shape {array.shape} and dtype {array.dtype}. A table has rows and columns "
                "of numbers, the labels in one of the columns."
            )
        self.n_rows: int = array.shape[0]
        self.n_columns: int = array.shape[1]
        self.dtype = array.dtype
        self.by_rows = bool(array.flags.c_contiguous)
        self.offset = int(array.offset)  # where the rows begin
        names = [str(j) for j in range(self.n_columns)]
        native = pa.from_numpy_dtype(array.dtype.newbyteorder("="))
        self.schema = pa.schema([(name, native) for name in names])

    def parts(self, columns: Sequence[str]) -> Iterator[Part]:
        return parts_of_batches(self._tables([int(name) for name in columns]), self.schema)

    def _tables(self, columns: list[int]) -> Iterator[pa.Table]:
        # Blocks are read, not mapped: pages of a map would count as memory of this process.
        with self.path.open("rb") as file:
            for start in range(0, self.n_rows, self.batch_rows):
                block = self._block(file, start, min(self.n_rows, start + self.batch_rows), columns)
                arrays = [pa.array(np.ascontiguousarray(block[:, j])) for j in range(len(columns))]
                yield pa.table(arrays, names=[str(j) for j in columns])

    def _block(self, file: BinaryIO, start: int, stop: int, columns: list[int]) -> NDArray[Any]:
        size = self.dtype.itemsize
        if self.by_rows:
            file.seek(self.offset + start * self.n_columns * size)
            block = np.fromfile(file, self.dtype, (stop - start) * self.n_columns).reshape(-1, self.n_columns)
            return block[:, columns].astype(self.dtype.newbyteorder("="), copy=False)
        block = np.empty((stop - start, len(columns)), self.dtype.newbyteorder("="), order="F")
        for place, j in enumerate(columns):
            file.seek(self.offset + (j * self.n_rows + start) * size)
            block[:, place] = np.fromfile(file, self.dtype, stop - start)
        return block


def write_header(file: BinaryIO, dtype: np.dtype[Any], shape: tuple[int, int]) -> None:
    """The header of a .npy file whose rows follow one after the other."""
    fields = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, fields)
