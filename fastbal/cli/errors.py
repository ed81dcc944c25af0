"""What goes wrong is said in one sentence, on standard error, and the exit code tells what kind it was."""

from __future__ import annotations

import difflib
import errno
import signal
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FrameType

import typer

from fastbal._core.refusals import in_words
from fastbal._core.words import printable

# Long enough to remove temporary files.
_PATIENCE_SECONDS = 1.0

FAILED, MISUSED, INTERRUPTED, TERMINATED = 1, 2, 130, 143

#: What the terms of the library's errors are called on the command line.
OPTIONS = {
    "sampling_strategy": "--strategy",
    "memory": "--memory",
    "cv": "--folds",
    "n_repeats": "--repeats",
    "metric": "--metric",
    "cost": "--cost",
    "budget": "--budget",
    "min_precision": "--min-precision",
    "less memory": (
        "Ask for fewer rows with --strategy, leave columns out of the file, or use a machine with more memory."
    ),
}


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
            _say(in_words(error, OPTIONS) or "Not enough memory. Nothing was written.")
            raise typer.Exit(FAILED) from None
        except OSError as error:
            if error.errno == errno.EPIPE:  # whoever read the output has had enough
                raise
            _say(f"{error.filename or 'The output could not be written'}: {error.strerror or error}.")
            raise typer.Exit(FAILED) from None
        except BaseException as error:
            for kind, what, exit_code in _ENDS:
                if any(isinstance(cause, kind) for cause in _causes_of(error)):  # libraries wrap what a signal raises
                    _say(f"{what}. Nothing was written.")
                    raise typer.Exit(exit_code) from None
            raise


def close_to(word: str, known: Iterable[str]) -> str:
    """' Did you mean …?' if something known is spelled nearly so, else nothing."""
    original = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(word.casefold(), original, n=1)
    return f" Did you mean {original[close[0]]!r}?" if close else ""


def _causes_of(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and those that led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


class _Terminated(BaseException):
    """SIGTERM or the end of the terminal, as an exception: temporary files are removed on the way out."""


_ENDS = ((KeyboardInterrupt, "Interrupted", INTERRUPTED), (_Terminated, "Terminated", TERMINATED))


@contextmanager
def _termination_raises() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, _frame: FrameType | None) -> None:
        if hasattr(signal, "setitimer"):  # once more: what is raised inside a callback of a library may be lost
            signal.setitimer(signal.ITIMER_REAL, _PATIENCE_SECONDS)
        raise _Terminated

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGALRM") if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    for number in before:
        if before[number] != signal.SIG_IGN:  # as under nohup
            signal.signal(number, stop)
    try:
        yield
    finally:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


def _say(message: str) -> None:
    # Of several lines, as libraries write them, one is made; whatever else is no letter is shown as Python writes it.
    print(f"fastbal: {printable(' '.join(message.splitlines()))}", file=sys.stderr)
