"""How long the compiler took, which is once per machine and says nothing about the speed of the work."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from fastbal._kernels import _jit


class CompileTime:
    """Seconds spent compiling, the compiler's own start included."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._start = 0.0

    def __call__(self, begins: bool) -> None:
        now = time.perf_counter()
        if begins:
            self._start = now
        else:
            self.seconds += now - self._start


@contextmanager
def compile_time() -> Iterator[CompileTime]:
    """Measure the compilations in the block."""
    watch = CompileTime()
    _jit.watchers.append(watch)
    try:
        yield watch
    finally:
        _jit.watchers.remove(watch)
