"""How a run ends when somebody asks for it: signals set a flag, and raise nothing wherever they happen to arrive.

What is raised inside a signal handler comes out of whatever runs just then, and is lost where that is a callback of a
library. Here the system writes the signal's number into a socket that a thread reads. Commands look at the flag where
they can end without harm; in the middle of something long, the thread removes what is unfinished and ends the program.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from fastbal._core.words import printable
from fastbal._writing import abandon_all

INTERRUPTED, TERMINATED = 130, 143

# Long enough for a command to come to a place where it looks at the flag.
_PATIENCE_SECONDS = 1.0


class EndAsked(Exception):
    """Raised where a command can end without harm, when somebody wants it to."""


class Ending:
    """Whether somebody wants the run to end.

    Attributes
    ----------
    number : int or None
        The signal that came first.
    kept : str
        What is said of the work so far; "" for "nothing was written", or what was.
    written : list of Path
        Files that are in their place.
    is_told : bool
        Whether `said` has been told.
    """

    def __init__(self) -> None:
        self.number: int | None = None
        self.kept = ""
        self.written: list[Path] = []
        self.is_told = self._finishes = self._is_awaited = False

    def __bool__(self) -> bool:
        return self.number is not None

    @property
    def exit_code(self) -> int:
        """Of the program."""
        return INTERRUPTED if self.number == signal.SIGINT else TERMINATED

    @property
    def said(self) -> str:
        """What to tell, in a sentence or two."""
        what = "Interrupted" if self.exit_code == INTERRUPTED else "Terminated"
        written = f"Written by then: {', '.join(map(str, self.written))}." if self.written else "Nothing was written."
        return f"{what}. {self.kept or written}"

    def check(self) -> None:
        """End here, if somebody wants that; not if the work is brought to its end first."""
        if self and not self._is_awaited:
            raise EndAsked(self.said)

    @contextmanager
    def finishing(self, kept: str) -> Iterator[None]:
        """In the block, what is begun is brought to its end first, however long that takes; unless asked once more."""
        self._finishes, before = True, self.kept
        self.kept = kept
        try:
            yield
        finally:
            self._finishes, self.kept = False, before

    @contextmanager
    def talking(self) -> Iterator[None]:
        """In the block somebody is asked something, and may press Ctrl-C for an answer, as everywhere in Python."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        heard, handler = signal.set_wakeup_fd(-1), signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, handler)
            signal.set_wakeup_fd(heard, warn_on_full_buffer=False)

    def hear(self, number: int) -> float | None:
        """Remember a signal. Returns the seconds after which to end, come what may; None for never."""
        if self.number is not None:
            return 0.0
        self.number = number
        if not self._finishes:
            return _PATIENCE_SECONDS
        self._is_awaited = True
        os.write(2, b"fastbal: ending after the fits that run now; once more ends at once.\n")
        return None

    def end(self) -> None:
        """End the program, wherever it is; nothing that is unfinished is left behind."""
        abandon_all()
        show_cursor = b"\x1b[?25h" if os.isatty(2) else b""
        sentence = "" if self.is_told else f"fastbal: {printable(self.said)}\n"
        with suppress(OSError):
            os.write(2, show_cursor + sentence.encode(errors="backslashreplace"))
        os._exit(self.exit_code)


_NOBODY_ASKS = Ending()
_now = _NOBODY_ASKS


def ending_now() -> Ending:
    """That of the command which runs."""
    return _now


@contextmanager
def endings_are_heard() -> Iterator[Ending]:
    """While the block runs, Ctrl-C, a termination and the end of the terminal are heard instead of raised."""
    global _now
    if threading.current_thread() is not threading.main_thread():
        yield Ending()
        return
    ending, (ours, theirs) = Ending(), socket.socketpair()
    theirs.setblocking(False)
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    listener = threading.Thread(target=_listen, args=(ours, ending), daemon=True)
    listener.start()
    outer, _now = _now, ending
    heard_before = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    for number, handler in before.items():
        if handler != signal.SIG_IGN:  # as under nohup
            signal.signal(number, _is_heard_elsewhere)
    try:
        yield ending
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        signal.set_wakeup_fd(heard_before)
        _now = outer
        theirs.close()  # which the listener hears, too
        listener.join()
        ours.close()


def _is_heard_elsewhere(_number: int, _frame: FrameType | None) -> None:
    """What Python does with a signal of which the thread knows already."""


def _listen(ours: socket.socket, ending: Ending) -> None:
    patience: float | None = None
    while True:
        ready, _, _ = select.select([ours], [], [], patience)
        if not ready:
            ending.end()
            return
        heard = ours.recv(1)
        if not heard:
            return
        if heard[0] in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
            patience = ending.hear(heard[0])
