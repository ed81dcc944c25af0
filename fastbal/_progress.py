"""Show how far long work is, on a terminal only."""

from __future__ import annotations

import multiprocessing
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fastbal._core.threads import Progress

# Work that ends sooner needs no bar.
_PATIENCE_SECONDS = 1.0


@contextmanager
def show_progress(text: str) -> Iterator[Progress | None]:
    """A bar for the work in the block, if it takes longer than a second and somebody is watching.

    Parameters
    ----------
    text : str
        What is being done.

    Yields
    ------
    callable or None
        To be called with the share done, from 0 to 1; None if nobody is watching.

    Examples
    --------
    >>> with show_progress("searching neighbours") as progress:
    ...     if progress is not None:
    ...         progress(0.5)
    """
    if not _is_watched():
        yield None
        return
    bar = _Bar(text)
    try:
        yield bar.update
    finally:
        bar.close()


def _is_watched() -> bool:
    """Whether standard error is a terminal and this is the program the person started, not a worker of it."""
    return (
        sys.stderr is not None
        and sys.stderr.isatty()
        and multiprocessing.parent_process() is None
        and threading.current_thread() is threading.main_thread()
    )


class _Bar:
    """Rich's bar if Rich is installed, else a line with the percentage."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.start = time.monotonic()
        self.is_shown = False
        self.rich: Any = None

    def update(self, share: float) -> None:
        if not self.is_shown:
            if time.monotonic() - self.start < _PATIENCE_SECONDS:
                return
            self._open()
        if self.rich is not None:
            self.rich.update(self.task, completed=share)
        else:
            print(f"\r{self.text}: {share:4.0%}", end="", file=sys.stderr, flush=True)

    def _open(self) -> None:
        self.is_shown = True
        try:
            from rich.console import Console
            from rich.progress import Progress as RichProgress
        except ImportError:
            return
        self.rich = RichProgress(console=Console(stderr=True), transient=True)
        self.task = self.rich.add_task(self.text, total=1.0)
        self.rich.start()

    def close(self) -> None:
        if self.rich is not None:
            self.rich.stop()
        elif self.is_shown:
            print("\r" + " " * (len(self.text) + 7) + "\r", end="", file=sys.stderr, flush=True)
