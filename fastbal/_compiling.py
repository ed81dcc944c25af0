"""How long the compiler took, which is once per machine and says nothing about the speed of the work."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class CompileTime:
    """Seconds spent compiling; a kernel compiled on behalf of another is not counted twice."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._depth = 0
        self._start = 0.0

    def begin(self) -> None:
        """A compilation begins, perhaps inside another."""
        if not self._depth:
            self._start = time.perf_counter()
        self._depth += 1

    def end(self) -> None:
        """The compilation begun last ends."""
        self._depth -= 1
        if not self._depth:
            self.seconds += time.perf_counter() - self._start


@contextmanager
def compile_time(*, compiles: bool) -> Iterator[CompileTime]:
    """Measure the compilations in the block; work that compiles nothing does not load the compiler for this."""
    watch = CompileTime()
    if not compiles:
        yield watch
        return
    from numba.core import event

    class Listener(event.Listener):
        def on_start(self, event: Any) -> None:
            watch.begin()

        def on_end(self, event: Any) -> None:
            watch.end()

    with event.install_listener("numba:compile", Listener()):
        yield watch
