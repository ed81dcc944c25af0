"""What came of resampling a file, said on the screen."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, NamedTuple

from fastbal._core.target import Target
from fastbal.cli.opening import STANDARD
from fastbal.cli.report import PlainTable, Screen, amount, classes_table, seconds


class Balancing(NamedTuple):
    """What came of it, and how it came about."""

    before: Target
    after: dict[Any, int]
    settings: str


class Times(NamedTuple):
    """Seconds of each part of the work; compiling is not part of balancing. In pieces, balancing is all of it."""

    balancing: float
    compiling: float
    reading: float = 0.0
    writing: float = 0.0


def report(screen: Screen, outcome: Balancing, times: Times, out: Path | None) -> None:
    """Say what came of it."""
    before = outcome.before
    screen.print(classes_table(before, [outcome.after.get(label, 0) for label in before.labels]))

    facts = PlainTable()
    facts.add_row("method", outcome.settings)
    n_rows = sum(outcome.after.values())
    facts.add_row("rows per second", f"{n_rows / max(times.balancing, 1e-9):,.0f} ({_spent(times, out)})")
    if (peak := peak_memory()) is not None:
        facts.add_row("peak memory", amount(peak))
    if out == STANDARD:
        facts.add_row("written", "to standard output")
    elif out is not None:
        facts.add_row("written", f"{out} ({amount(out.stat().st_size)})")
    else:
        facts.add_row("written", "nothing; -o FILE.csv or -o FILE.parquet keeps the table")
    screen.print(facts)


def _spent(times: Times, out: Path | None) -> str:
    parts = [
        f"balancing {'' if times.reading else 'in pieces '}{seconds(times.balancing)}",
        f"compiling, once, {seconds(times.compiling)}" if times.compiling > 0.1 else "",
        f"reading {seconds(times.reading)}" if times.reading else "",
        f"writing {seconds(times.writing)}" if times.writing and out is not None else "",
    ]
    return ", ".join(part for part in parts if part)


def peak_memory() -> int | None:
    """Most bytes this process has held so far; None where the system does not say."""
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
