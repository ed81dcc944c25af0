"""What goes wrong is said in one sentence, on standard error, and the exit code tells what kind it was."""

from __future__ import annotations

import difflib
import errno
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import typer

from fastbal._core.refusals import in_words
from fastbal._core.words import printable
from fastbal.cli.ending import INTERRUPTED, EndAsked, endings_are_heard

FAILED, MISUSED = 1, 2

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
    with endings_are_heard() as ending:
        try:
            yield
        except CliError as error:
            ending.is_told = True
            _say(str(error))
            raise typer.Exit(error.exit_code) from None
        except EndAsked as error:
            ending.is_told = True
            _say(str(error))
            raise typer.Exit(ending.exit_code) from None
        except MemoryError as error:
            _say(in_words(error, OPTIONS) or "Not enough memory. Nothing was written.")
            raise typer.Exit(FAILED) from None
        except OSError as error:
            if error.errno == errno.EPIPE:  # whoever read the output has had enough
                raise
            _say(f"{error.filename or 'The output could not be written'}: {error.strerror or error}.")
            raise typer.Exit(FAILED) from None
        except BaseException as error:  # of Ctrl-C before signals are heard, and what libraries make of it
            if any(isinstance(cause, KeyboardInterrupt) for cause in _causes_of(error)):
                _say("Interrupted. Nothing was written.")
                raise typer.Exit(INTERRUPTED) from None
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


def _say(message: str) -> None:
    # Of several lines, as libraries write them, one is made; whatever else is no letter is shown as Python writes it.
    print(f"fastbal: {printable(' '.join(message.splitlines()))}", file=sys.stderr)
