"""Numbers and small tables as people read them."""

from __future__ import annotations

import io
import sys
from typing import Any

from rich import box
from rich.console import Console
from rich.status import Status
from rich.table import Table
from rich.text import Text

from fastbal._core.target import Target
from fastbal._core.words import printable

_MOST_CLASSES_SHOWN = 20


class Screen(Console):
    """Standard output or error. What is printed comes as sentences or as cells of a `PlainTable`; none is markup."""

    def __init__(self, *, to_stderr: bool = False) -> None:
        stream = sys.stderr if to_stderr else sys.stdout
        if isinstance(stream, io.TextIOWrapper):  # letters that the terminal's encoding has not
            stream.reconfigure(errors="backslashreplace")
        super().__init__(highlight=False, stderr=to_stderr)

    def say(self, sentence: str, style: str = "", *, wrap: bool = False) -> None:
        """Print a line."""
        self.print(Text(printable(sentence), style), soft_wrap=not wrap)


class PlainTable(Table):
    """Columns without lines; with headings, if any are given."""

    def __init__(self, *headings: str) -> None:
        super().__init__(box=box.SIMPLE_HEAD if headings else None, show_header=bool(headings), pad_edge=False)
        for heading in headings:
            self.add_column(heading)

    def add_row(self, *cells: Any, style: Any = None, end_section: bool = False) -> None:
        """Add cells: text, or a pair of text and its style."""
        texts = (cell if isinstance(cell, tuple) else (cell, "") for cell in cells)
        super().add_row(*(Text(printable(text), look) for text, look in texts), style=style, end_section=end_section)


def amount(n_bytes: float) -> str:
    """Bytes with a unit, three digits.

    Examples
    --------
    >>> amount(999), amount(12_345_678)
    ('999 B', '12.3 MB')
    """
    for unit in ("B", "kB", "MB", "GB"):
        if n_bytes < 999.5:
            return f"{n_bytes:.3g} {unit}"
        n_bytes /= 1000
    return f"{n_bytes:,.3g} TB"


def seconds(duration: float) -> str:
    """Seconds, two digits for short times.

    Examples
    --------
    >>> seconds(0.0123), seconds(12.34)
    ('0.012 s', '12 s')
    """
    return f"{duration:.0f} s" if duration >= 10 else f"{duration:.2g} s"


def classes_table(before: Target, after: list[int] | None = None) -> Table:
    """Rows of each class, and of all; before and after, if there is an after."""
    table = PlainTable("class", *(("rows", "share") if after is None else ("before", "after", "change")))
    for column in table.columns[1:]:
        column.justify = "right"
    sizes, total = before.counts.tolist(), int(before.counts.sum())

    def cells(size: int, new_size: int | None) -> list[str]:
        if new_size is None:
            return [f"{size:,}", f"{size / total:.2%}"]
        return [f"{size:,}", f"{new_size:,}", f"{new_size - size:+,}" if new_size != size else ""]

    new_sizes: list[int] | list[None] = [None] * len(sizes) if after is None else after
    rows = list(zip(before.labels, sizes, new_sizes, strict=True))
    for label, size, new_size in rows[:_MOST_CLASSES_SHOWN]:
        table.add_row(label, *cells(size, new_size))
    if len(rows) > _MOST_CLASSES_SHOWN:
        table.add_row(f"… and {len(rows) - _MOST_CLASSES_SHOWN} more classes")
    table.add_section()
    table.add_row("all", *cells(total, None if after is None else sum(after)))
    return table


def status(text: str) -> Status:
    """A sign of life on a terminal while a library is at work; samplers show a bar of their own."""
    return Console(stderr=True).status(f"{text} …")
