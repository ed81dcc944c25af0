"""Memory maps are sent to other processes by the name of their file, not as a copy of the table.

Pickle itself reads a memory map, from beginning to end, and sends what it has read.
"""

from __future__ import annotations

import io
import pickle
from typing import Any

import numpy as np
from numpy.typing import NDArray


class _ByName(pickle.Pickler):
    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, np.ndarray):
            mapped = _mapped(value)
            if mapped is not None:
                start = value.__array_interface__["data"][0] - mapped.__array_interface__["data"][0] + mapped.offset
                return _map_again, (mapped.filename, start, value.dtype, value.shape, value.strides)
        return NotImplemented


def dumps_by_name(value: Any) -> bytes:
    """Pickle, with memory maps by name; `pickle.loads` reads it."""
    buffer = io.BytesIO()
    _ByName(buffer, pickle.HIGHEST_PROTOCOL).dump(value)
    return buffer.getvalue()


def _mapped(array: NDArray[Any]) -> Any:
    """The memory map that an array is a view of, as it was opened; None if it is none, or may be written to."""
    outermost: Any = None
    part: Any = array
    while isinstance(part, np.ndarray):
        outermost = part if isinstance(part, np.memmap) else outermost
        part = part.base
    if outermost is None or outermost.mode != "r" or outermost.filename is None or min(array.strides, default=0) < 0:
        return None
    return outermost


def _map_again(
    filename: Any, start: int, dtype: np.dtype[Any], shape: tuple[int, ...], strides: tuple[int, ...]
) -> Any:
    size = dtype.itemsize + sum((n - 1) * stride for n, stride in zip(shape, strides, strict=True)) if all(shape) else 0
    if size == 0:
        return np.empty(shape, dtype)
    whole = np.memmap(filename, np.uint8, "r", start, (size,))
    return np.ndarray(shape, dtype, whole, 0, strides)
