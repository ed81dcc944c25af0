"""What separates the columns of a table that is text."""

from __future__ import annotations

import csv
import re
from itertools import islice

SEPARATORS = ",;\t|"

# So many lines tell.
_LINES = 200
# As people write numbers, with a point or a comma.
_NUMBER = re.compile(r"\s*[-+]?\d+([.,]\d+)?\s*")


def separator_of(sample: str) -> str:
    """The separator that divides the lines of a table best.

    That is the one with which most lines have as many cells as the first; of those that do it equally well, the one
    with which more cells are numbers, so that ``1,5;2,5`` is two of them; then the one that divides more often.

    Parameters
    ----------
    sample : str
        The beginning of the file, with its first line whole. Quotes hold separators and ends of lines.

    Returns
    -------
    str
        A comma, semicolon, tab or bar; a comma, if no line is divided.

    Examples
    --------
    >>> separator_of('"weight; kg; net",y\\n70,1\\n')
    ','
    >>> separator_of("height, m;weight, kg;y\\n1,80;70,5;1\\n")
    ';'
    """
    return max(SEPARATORS, key=lambda separator: (*_fit(sample, separator), -SEPARATORS.index(separator)))


def _fit(sample: str, separator: str) -> tuple[float, float, int]:
    """Share of lines with as many cells as the first; share of cells that are numbers; number of cells."""
    try:
        lines = [line for line in islice(csv.reader(sample.splitlines(True), delimiter=separator), _LINES) if line]
    except csv.Error:  # a cell too long to be looked at
        lines = [re.sub('"[^"]*"', "", sample.partition("\n")[0]).split(separator)]
    if not lines or len(lines[0]) < 2:
        return 0.0, 0.0, 0
    n_cells = len(lines[0])
    rows = lines[1:] or lines
    n_alike = sum(len(line) == n_cells for line in rows)
    cells = [cell for line in rows for cell in line]
    return n_alike / len(rows), sum(map(bool, map(_NUMBER.fullmatch, cells))) / max(len(cells), 1), n_cells
