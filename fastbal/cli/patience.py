"""What a long run does for who waits: a line for each fit, a log, and a folder to go on from."""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path
from typing import Any

from fastbal._core.words import printable
from fastbal.cli.errors import MISUSED, CliError
from fastbal.cli.report import seconds
from fastbal.study import OWN, Progress

_LOG_SECONDS = 60.0
_WIDTH = 100


class Journal:
    """A line for each fit on standard error, and one a minute in a log.

    Parameters
    ----------
    log : Path or None
    """

    def __init__(self, log: Path | None) -> None:
        self.log, self.last = log, 0.0

    def __call__(self, now: Progress) -> None:
        run = now.run
        model = "" if run.model == OWN else f", {run.model}"
        spent = "failed" if run.error is not None else seconds(run.seconds_in_all)
        width = min(_WIDTH, shutil.get_terminal_size((_WIDTH, 24)).columns) - 1
        end = f"  {spent}, about {_rounded(now.remaining)} to go"
        line = printable(f"{now.n_done}/{now.n_planned}  {run.arm}{model}, fold {run.fold + 1}")
        line = f"{line[: max(10, width - len(end))]}{end}"[:width]
        print(line, file=sys.stderr, flush=True)
        if self.log is not None and (time.monotonic() - self.last > _LOG_SECONDS or now.n_done == now.n_planned):
            self.last = time.monotonic()
            with self.log.open("a", encoding="utf-8") as file:
                file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')}  {line}\n")


def _rounded(duration: float) -> str:
    return f"{duration:.0f} s" if duration < 90 else f"{duration / 60:.0f} min"


def folder_of_fits(source: Path | None, keep: Path | None, resume: bool, force: bool) -> Path:
    """Where fits are kept; one that an earlier run has left is gone on with, or begun anew, as is asked for."""
    folder = keep or Path(f"{'fastbal' if source is None else source.name}-fits")
    if folder.exists() and not folder.is_dir():
        raise CliError(f"{folder} is a file, but fits are kept in a folder. Give another name with --keep.", MISUSED)
    if folder.is_dir() and any(folder.iterdir()) and not resume:
        if not force:
            raise CliError(
                f"{folder} holds fits of an earlier run. --resume goes on with them, --force begins anew.", MISUSED
            )
        _forget(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CliError(
            f"{folder} cannot be made, to keep fits in: {error.strerror}. Give another with --keep."
        ) from None
    return folder


def _forget(folder: Path) -> None:
    for path in [*folder.glob("*.npz"), folder / "log.txt"]:
        path.unlink(missing_ok=True)


def tidy(folder: Path, is_done: bool, keep: Path | None) -> None:
    """Take away what a run that is done needs no more; what others may need stays."""
    if is_done and keep is None:
        _forget(folder)
    try:
        folder.rmdir()  # only if nothing is in it
    except OSError:
        return


def costs_in(text: str | None, columns: list[str]) -> dict[str, Any] | Any:
    """What ``--cost`` says: fp=1,fn=25 with numbers or names of columns, or a matrix such as 0,1;25,0."""
    if text is None:
        return None
    if "=" not in text:
        try:
            return [[float(number) for number in line.split(",")] for line in text.split(";")]
        except ValueError:
            raise CliError(
                f"--cost must be as fp=1,fn=25, or a matrix with a line for each true class, as 0,1;25,0, but is "
                f"{text!r}.",
                MISUSED,
            ) from None
    costs: dict[str, Any] = {}
    for part in text.split(","):
        name, _, amount = (piece.strip() for piece in part.partition("="))
        try:
            costs[name] = float(amount)
        except ValueError:
            if amount not in columns:
                raise CliError(
                    f"--cost: {amount!r} is neither a number nor a column; there are {', '.join(columns[:20])}.",
                    MISUSED,
                ) from None
            costs[name] = amount
    return costs
