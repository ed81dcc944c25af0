"""What each column of a table is: a number, a date, a category, the name of a row, or nothing that could tell.

Commands and comparisons ask here, and nowhere else. Who has the table gathers the facts (`Facts`), in its own way: from
arrays, or from a file of any size in one pass.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from fastbal._columns.written import MOSTLY, NEARLY, Dates, Numerals, Reading, read_cells, told
from fastbal._core.words import LEADING_ZERO, listed

NUMBER, WHOLE, YES_NO, CATEGORY, DATE = "number", "whole number", "yes/no", "category", "date"
IDENTIFIER, ROW_NAMES, CONSTANT, EMPTY, OTHER = "identifier", "names of rows", "one value", "empty", "neither"

#: Kinds that models and distances work with; the others stand beside the table.
FEATURES = (NUMBER, WHOLE, YES_NO, CATEGORY, DATE)
KINDS = (*FEATURES, IDENTIFIER, ROW_NAMES, CONSTANT, EMPTY, OTHER)

_PANDAS_INDEX = re.compile(r"__index_level_\d+__|Unnamed: 0(_level_\d+)?|index")
_IDENTIFIERS = "id ids uid uuid guid idx index key pk rowid rownum rownumber identifier ssn iban email nr reference"
_NAMES_OF_IDENTIFIERS = frozenset(_IDENTIFIERS.split())
_NAMES_OF_TIMES = ("time", "date", "timestamp", "seconds", "duration", "year")
# With fewer rows than these, whole numbers that all differ may do so by chance.
_FEW_ROWS = 20
# So many pairs of equal values are expected of numbers drawn from the range evenly, which measurements have more of.
_EXPECTED_PAIRS = 10
# Numbers of so many digits, all of them, are no measurements.
_LONG_DIGITS = 7
# Floats hold whole numbers up to here.
_EXACT = 1 << 53


class Facts(NamedTuple):
    """What is known of a column.

    Attributes
    ----------
    name : str
        What it is called.
    position : int
        Which of the table it is, from 0.
    dtype : str
        "float", "integer", "boolean", "text", "category", "date" or "other".
    n_rows, n_present : int
        Rows, and those in which it holds something.
    n_distinct : int
        Different entries that are present; where that is not known, 0.
    example : str
        An entry.
    low, high : int
        The range of whole numbers.
    is_increasing : bool
        Whether whole numbers increase from row to row.
    cells : mapping of str to int
        Of text: each cell, and how often it stands there; of a large table, of its first rows.
    """

    name: str
    position: int
    dtype: str
    n_rows: int
    n_present: int
    n_distinct: int = 0
    example: str = ""
    low: int = 0
    high: int = 0
    is_increasing: bool = False
    cells: Mapping[str, int] = {}


class Stated(NamedTuple):
    """What the user has said about columns, which overrules what they look like.

    Attributes
    ----------
    numeric, categorical, identifiers : frozenset of str
        Names of columns.
    decimal : "." or ",", or None
        The decimal sign of all numbers.
    gaps : tuple of str
        Cells that stand for nothing.
    """

    numeric: frozenset[str] = frozenset()
    categorical: frozenset[str] = frozenset()
    identifiers: frozenset[str] = frozenset()
    decimal: str | None = None
    gaps: tuple[str, ...] = ()


class ColumnKind(NamedTuple):
    """What a column was taken for.

    Attributes
    ----------
    name : str
        What it is called.
    kind : str
        One of `KINDS`.
    missing : float
        The share of rows in which it holds nothing.
    example : str
        An entry.
    style : Numerals, Dates or None
        Of numbers and dates that are text: how they are written.
    why : str
        Why it is left out; "" if it is not.
    departures : tuple of str
        In which ways it is taken for something else than what stands in the table.
    doubts : tuple of str
        What somebody should look at.
    """

    name: str
    kind: str
    missing: float
    example: str
    style: Numerals | Dates | None = None
    why: str = ""
    departures: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def is_feature(self) -> bool:
        """Whether models and distances use it."""
        return self.kind in FEATURES


def columns_of(
    facts: list[Facts],
    stated: Stated | None = None,
    names: Mapping[str, str] | None = None,
    readings: Mapping[str, Reading] | None = None,
) -> list[ColumnKind]:
    """Tell what each column is.

    Parameters
    ----------
    facts : list of Facts
        Of all columns but the target.
    stated : Stated, default=None
        What the user has said.
    names : mapping of str to str, default=None
        Columns that are known to be no features, and why.
    readings : mapping of str to Reading, default=None
        What `readings_of` has made of the cells, if it was asked before: it takes longer than all the rest.

    Returns
    -------
    list of ColumnKind
        In the order of `facts`.
    """
    stated = stated or Stated()
    if readings is None:
        readings = readings_of(facts, stated)
    found = [_column(fact, readings.get(fact.name), stated, (names or {}).get(fact.name)) for fact in facts]
    if not any(column.is_feature for column in found):
        found = [_kept_as_the_last(fact, column) for fact, column in zip(facts, found, strict=True)]
    return found


def readings_of(facts: list[Facts], stated: Stated) -> dict[str, Reading]:
    """How the cells of each column of text are written."""
    # A file has one decimal sign: where one column tells it, 1.234 in another is a thousand and more.
    readings = {fact.name: _read_column(fact, stated, ".") for fact in facts if fact.cells}
    sure = [r.style.decimal for r in readings.values() if isinstance(r.style, Numerals) and r.style.is_sure]
    if "," in sure:
        readings = {fact.name: _read_column(fact, stated, ",") for fact in facts if fact.cells}
    return readings


def _read_column(fact: Facts, stated: Stated, hint: str) -> Reading:
    is_forced = fact.name in stated.numeric
    return read_cells(fact.cells, decimal=stated.decimal, marks=stated.gaps, hint=hint, force=is_forced)


def _column(fact: Facts, reading: Reading | None, stated: Stated, known: str | None) -> ColumnKind:
    column = ColumnKind(fact.name, NUMBER, 1 - fact.n_present / max(fact.n_rows, 1), fact.example)
    if fact.name in stated.identifiers:
        return column._replace(kind=IDENTIFIER, why="as --identifier says")
    if fact.name in stated.categorical:
        return column._replace(kind=CATEGORY)
    if fact.name not in stated.numeric:
        if known is not None:
            return column._replace(kind=ROW_NAMES, why=known)
        if fact.position == 0 and not fact.name.strip():
            return column._replace(kind=ROW_NAMES, why="the first column, without a name, names the rows")
        if _PANDAS_INDEX.fullmatch(fact.name) and (fact.name != "index" or _differs(fact)):
            return column._replace(kind=ROW_NAMES, why="the row names of a pandas table")
    if fact.n_present == 0:
        return column._replace(kind=EMPTY, why="every value is missing")
    if fact.n_distinct == 1 and fact.n_present == fact.n_rows and fact.name not in stated.numeric:
        return column._replace(kind=CONSTANT, why="every row has the same value")
    match fact.dtype:
        case "boolean":
            return column._replace(kind=YES_NO)
        case "date":
            return column._replace(kind=DATE)
        case "category":
            return column._replace(kind=CATEGORY)
        case "other":
            return column._replace(kind=OTHER, why="its values are neither numbers nor categories")
        case "text":
            assert reading is not None
            return _text(fact, column, reading, stated)
    is_whole = fact.dtype == "integer"
    if fact.name not in stated.numeric and is_whole and (why := _names_rows(fact)):
        return column._replace(kind=IDENTIFIER, why=why)
    too_long = is_whole and max(abs(fact.low), abs(fact.high)) >= _EXACT and fact.high - fact.low >= _EXACT
    lost = ("whole numbers beyond 2**53, of which a float keeps the first 15 digits",) if too_long else ()
    is_repeated = is_whole and says_identifier(fact.name) and fact.n_distinct > fact.n_present / 2
    doubt = ("by its name and its many values an identifier; --identifier takes it as one",) if is_repeated else ()
    return column._replace(kind=WHOLE if is_whole else NUMBER, departures=lost, doubts=doubt)


def _text(fact: Facts, column: ColumnKind, reading: Reading, stated: Stated) -> ColumnKind:
    style, n_distinct = reading.style, fact.n_distinct
    if style is not None:
        n_cells = max(sum(fact.cells.values()), 1)
        lost = (reading.n_gaps + reading.n_others) / n_cells
        missing = column.missing + (1 - column.missing) * lost
        column = column._replace(missing=missing, style=style)
        is_plain = isinstance(style, Numerals) and style == Numerals(places=style.places, is_sure=style.is_sure)
        departures = [] if is_plain else [f"text read as {'dates' if isinstance(style, Dates) else 'numbers'}: {style}"]
        if told(reading):
            departures.append(f"missing where there are {told(reading)}")
        doubts = []
        if not style.is_sure and isinstance(style, Dates):
            doubts.append(f"day and month could be the other way round; {style.format} was taken")
        elif isinstance(style, Numerals) and not style.is_sure and style.group + style.decimal != ".":
            other = "." if style.decimal == "," else ","
            doubts.append(f"as in {column.example!r}: --decimal {other!r} reads it the other way")
        is_whole = isinstance(style, Numerals) and not style.places and not style.after
        kind = DATE if isinstance(style, Dates) else WHOLE if is_whole else NUMBER
        if kind == WHOLE and fact.name not in stated.numeric:
            numbers = [int(n) for cell in fact.cells if (n := style.number(cell)) is not None]
            as_numbers = fact._replace(low=min(numbers), high=max(numbers), is_increasing=False)
            if why := _names_rows(as_numbers):
                return column._replace(kind=IDENTIFIER, why=why)
        return column._replace(kind=kind, departures=tuple(departures), doubts=tuple(doubts))
    if fact.name in stated.numeric:
        return column._replace(kind=CATEGORY, doubts=("--numeric is not possible: no cell holds a number",))
    if _differs(fact) or (says_identifier(fact.name) and n_distinct == fact.n_present >= MOSTLY * fact.n_rows):
        return column._replace(kind=IDENTIFIER, why="each row has a value of its own")
    if not reading.others and reading.share == 0:  # marks of gaps alone
        return column._replace(kind=EMPTY, why="every value is missing")
    doubts = []
    if NEARLY <= reading.share < 1 and not reading.is_code and reading.n_others:
        doubts.append(
            f"nearly numbers: all but {reading.n_others:,} cells, such as {listed(reading.others, at_most=3)}; taken "
            "as categories, --numeric takes those for gaps"
        )
    elif reading.share >= MOSTLY and not reading.is_code and n_distinct > 3:
        doubts.append("numbers of different units, taken as categories")
    elif reading.is_code and n_distinct > fact.n_present / 2:
        doubts.append("codes with leading zeros, which nearly all differ; --identifier takes them as names of rows")
    elif n_distinct > fact.n_present / 2 and fact.n_rows >= _FEW_ROWS:
        doubts.append("text that is different in most rows, taken as categories; --identifier or --drop leaves it out")
    codes = [cell for cell in fact.cells if re.match(LEADING_ZERO, cell)] if reading.is_code else []
    kept = (f"leading zeros as in {codes[0]!r}, which a number would lose, so these are categories",) if codes else ()
    return column._replace(kind=CATEGORY, departures=kept, doubts=tuple(doubts))


def _differs(fact: Facts) -> bool:
    return fact.n_distinct == fact.n_present == fact.n_rows > 1


def says_identifier(name: str) -> bool:
    """Whether a column's name is that of an identifier: customerID, row_id; not paid."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name)
    parts = [part.casefold() for part in re.split(r"[^A-Za-z0-9]+", words) if part]
    return bool(parts) and bool({parts[0], parts[-1]} & _NAMES_OF_IDENTIFIERS)


def _names_rows(fact: Facts) -> str:
    """Why whole numbers are names of rows and measure nothing; "" if they may be a measurement."""
    is_named = says_identifier(fact.name)
    is_time = any(word in fact.name.casefold() for word in _NAMES_OF_TIMES)
    if not _differs(fact) or fact.n_rows < (3 if is_named else _FEW_ROWS):
        return ""
    if is_named:
        return "each row has a number of its own, and by its name it is an identifier"
    if fact.high - fact.low == fact.n_rows - 1:
        return "it numbers the rows"
    if is_time:
        return ""
    n_pairs = fact.n_rows * (fact.n_rows - 1) / 2 / (fact.high - fact.low + 1)
    has_long_digits = fact.low > 0 and len(str(fact.low)) == len(str(fact.high)) >= _LONG_DIGITS
    if fact.is_increasing or n_pairs > _EXPECTED_PAIRS or has_long_digits:
        return "each row has a whole number of its own"
    return ""


def _kept_as_the_last(fact: Facts, column: ColumnKind) -> ColumnKind:
    """Where nothing else is left, whole numbers are worth a try."""
    if column.kind == IDENTIFIER and fact.dtype == "integer" and column.why != "as --identifier says":
        return column._replace(
            kind=WHOLE, why="", doubts=(f"{column.why}; there is nothing else to tell the rows apart by",)
        )
    return column
