"""What goes wrong is said in one sentence, on standard error, and the exit code tells what kind it was."""

from __future__ import annotations

import difflib
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import typer

from fastbal._core.words import printable

FAILED, MISUSED, INTERRUPTED, TERMINATED = 1, 2, 130, 143


class CliError(Exception):
    """A sentence for the person at the keyboard."""

    def __init__(self, message: str, exit_code: int = FAILED) -> None:
        super().__init__(message)
        self.exit_code = exit_code


@contextmanager
def one_sentence() -> Iterator[None]:
    """Turn a `CliError`, Ctrl-C, a termination or lack of memory into a sentence and an exit code."""
    with _termination_raises():
        try:
            yield
        except CliError as error:
            _say(str(error))
            raise typer.Exit(error.exit_code) from None
        except MemoryError as error:
            _say(_in_the_words_of_the_command(str(error)) or "Not enough memory. Nothing was written.")
            raise typer.Exit(FAILED) from None
        except KeyboardInterrupt:
            _say("Interrupted. Nothing was written.")
            raise typer.Exit(INTERRUPTED) from None
        except _Terminated:
            _say("Terminated. Nothing was written.")
            raise typer.Exit(TERMINATED) from None


def _in_the_words_of_the_command(message: str) -> str:
    from fastbal._core.memory import WAY_OUT

    return message.replace(
        WAY_OUT,
        "Ask for fewer rows with --strategy, leave columns out of the file, or use a machine with more memory.",
    )


def close_to(word: str, known: Iterable[str]) -> str:
    """' Did you mean …?' if something known is spelled nearly so, else nothing."""
    original = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(word.casefold(), original, n=1)
    return f" Did you mean {original[close[0]]!r}?" if close else ""


class _Terminated(BaseException):
    """SIGTERM, as an exception: temporary files are removed on the way out."""


@contextmanager
def _termination_raises() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise _Terminated

    before: Callable[[int, FrameType | None], Any] | int | None = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _say(message: str) -> None:
    # Of several lines, as libraries write them, one is made; whatever else is no letter is shown as Python writes it.
    print(f"fastbal: {printable(' '.join(message.splitlines()))}", file=sys.stderr)
