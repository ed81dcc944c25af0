"""Show how far long work is, on a terminal only."""

from __future__ import annotations

import multiprocessing
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

# Work that ends sooner needs no bar.
_PATIENCE_SECONDS = 1.0

# There is one bar at a time: that of the outermost work, which knows best what somebody waits for.
_is_shown = False


class ShowsShare(Protocol):
    """To be called with the share done, from 0 to 1, and with a text if it is to change."""

    def __call__(self, share: float, text: str | None = None, /) -> None: ...


@contextmanager
def show_progress(text: str) -> Iterator[ShowsShare | None]:
    """A bar for the work in the block, if it takes longer than a second and somebody is watching.

    Work inside of work that has a bar gets none.

    Parameters
    ----------
    text : str
        What is being done.

    Yields
    ------
    callable or None
        To be called with the share done, from 0 to 1, and a new text if need be; None if nobody is watching.

    Examples
    --------
    >>> with show_progress("searching neighbours") as progress:
    ...     if progress is not None:
    ...         progress(0.5)
    """
    global _is_shown
    if _is_shown or not _is_watched():
        yield None
        return
    bar = _Bar(text)
    _is_shown = True
    try:
        yield bar.update
    finally:
        _is_shown = False
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

    def update(self, share: float, text: str | None = None, /) -> None:
        width, self.text = len(self.text), text or self.text
        if not self.is_shown:
            if time.monotonic() - self.start < _PATIENCE_SECONDS:
                return
            self._open()
        if self.rich is not None:
            self.rich.update(self.task, completed=share, description=self.text)
        else:
            print(f"\r{self.text}: {share:4.0%}".ljust(width + 7), end="", file=sys.stderr, flush=True)

    def _open(self) -> None:
        self.is_shown = True
        try:
            from rich.console import Console
            from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as RichProgress
        except ImportError:
            return
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
        )
        self.rich = RichProgress(*columns, console=Console(stderr=True), transient=True)
        self.task = self.rich.add_task(self.text, total=1.0)
        self.rich.start()

    def close(self) -> None:
        if self.rich is not None:
            self.rich.stop()
        elif self.is_shown:
            print("\r" + " " * (len(self.text) + 7) + "\r", end="", file=sys.stderr, flush=True)
