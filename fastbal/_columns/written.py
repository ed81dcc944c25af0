"""Numbers and dates as people write them: 1.234,56 €, 12 %, (500), 31.12.2024, and what stands for a gap."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from fastbal._core.words import LEADING_ZERO, listed

_MARKS = (
    "? - -- \u2013 \u2014 . .. * n/a na #n/a n.a. nan null (null) none nil missing unknown k.a. #value! #div/0! #ref! "
    "\\n inf -inf +inf"
)
#: What stands for nothing in a column of numbers, in small letters; in a column of text each is a category.
GAP_MARKS = frozenset(_MARKS.split())

# A column of text with at least this share of numbers is numeric; the rest of it is missing. With less than that, but
# more than half, somebody should look at it.
MOSTLY, NEARLY = 0.95, 0.5

_CURRENCY = r"[$€£¥₹₽₩₺฿]|US\$|EUR|USD|GBP|CHF|JPY|CNY|INR|SEK|NOK|DKK|PLN|CZK|BRL|R\$"
_CELL = re.compile(
    rf"(?P<open>\()?(?P<sign>[-+\u2212]?)\s*(?P<before>(?:{_CURRENCY})\s*)?(?P<inner>[-+\u2212]?)"
    rf"(?P<body>[\d.,][\d.,'\u2019\s]*?)(?P<power>[eE][-+]?\d+)?(?P<after>\s*(?:%|‰|{_CURRENCY}))?(?P<close>\))?"
)
_DIGIT = re.compile(r"\d")
_GROUPS = {".": "[,'\u2019\\s]", ",": "[.'\u2019\\s]"}
_BODY = {
    decimal: re.compile(
        rf"(\d+|\d{{1,3}}(?P<group>{group})\d{{3}}(?:(?P=group)\d{{3}})*)?(?:{re.escape(decimal)}(?P<places>\d*))?"
    )
    for decimal, group in _GROUPS.items()
}

_DAYS = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d-%m-%Y", "%Y%m%d", "%d.%m.%y", "%d %b %Y")
_TIMES = ("", " %H:%M", " %H:%M:%S", "T%H:%M:%S", "T%H:%M:%S.%f", " %H:%M:%S.%f")


class Numerals(NamedTuple):
    """How the numbers of a column are written.

    Attributes
    ----------
    decimal : "." or ","
    group : str
        What separates thousands; "" for nothing.
    before, after : str
        A sign of currency or percent, with its blanks.
    places : int
        Most digits after the decimal sign.
    is_sure : bool
        Whether the cells themselves tell the decimal sign.
    """

    decimal: str = "."
    group: str = ""
    before: str = ""
    after: str = ""
    places: int = 0
    is_sure: bool = False

    def number(self, cell: str) -> float | None:
        """The number in a cell; None if it holds none.

        >>> Numerals(",").number("1.234,5 €"), Numerals().number("(1,234)"), Numerals().number("12,5")
        (1234.5, -1234.0, None)
        """
        # What is plainly written is read by Python, which takes 1_000 as well.
        plain = cell if self.decimal == "." else "" if "." in cell else cell.replace(",", ".", 1)
        with suppress(ValueError):
            if "_" not in plain:
                return _finite(float(plain))
        parts = _parts(cell, self.decimal)
        if parts is None:
            return None
        body = parts["body"].replace(self.decimal, "\0")
        digits = re.sub(r"[^\d\0]", "", body).replace("\0", ".")
        number = _finite(float(digits + (parts["power"] or "")))
        is_negative = parts["open"] is not None or (parts["sign"] + parts["inner"]) in ("-", "\u2212")
        return None if number is None else -number if is_negative else number

    def text(self, number: float) -> str:
        """A number as the column writes them.

        >>> Numerals(",", ".", after=" €", places=2).text(-1234.5)
        '-1.234,50 €'
        """
        digits = f"{abs(number):{',' if self.group else ''}.{self.places}f}"
        digits = digits.replace(",", "\0").replace(".", self.decimal).replace("\0", self.group)
        sign = "-" if number < 0 and digits.strip("0.,") else ""
        return f"{sign}{self.before}{digits}{self.after}"

    def __str__(self) -> str:
        unit = (self.before + self.after).strip()
        parts = [
            f"decimal {'comma' if self.decimal == ',' else 'point'}",
            f"thousands by {self.group!r}" if self.group else "",
            f"with {unit}" if unit else "",
        ]
        return ", ".join(part for part in parts if part)


class Dates(NamedTuple):
    """How the dates of a column are written: a format of `strftime`; "" for those of ISO 8601 with a zone."""

    format: str
    is_sure: bool = True

    def moment(self, cell: str) -> datetime | None:
        """The date in a cell, without its zone; None if it holds none."""
        with suppress(ValueError):
            cell = cell.strip()
            found = datetime.strptime(cell, self.format) if self.format else datetime.fromisoformat(cell)
            return found.replace(tzinfo=None)
        return None

    def number(self, cell: str) -> float | None:
        """Days since 1970.

        >>> Dates("%d.%m.%Y").number("02.01.1970")
        1.0
        """
        moment = self.moment(cell)
        return None if moment is None else (moment - datetime(1970, 1, 1)).total_seconds() / 86400

    def text(self, number: float) -> str:
        """Days since 1970 as the column writes dates, to the unit that it writes.

        >>> Dates("%d.%m.%Y %H:%M").text(1.00001)
        '02.01.1970 00:00'
        """
        units = {
            "%f": 1,
            "%S": 10**6,
            "%M": 60 * 10**6,
            "%H": 3600 * 10**6,
            "": 1 if not self.format else 24 * 3600 * 10**6,
        }
        unit = next(size for mark, size in units.items() if mark in self.format)
        ticks = round(number * 24 * 3600 * 10**6 / unit) * unit
        moment = datetime(1970, 1, 1) + timedelta(microseconds=ticks)
        return moment.strftime(self.format) if self.format else moment.isoformat()

    def __str__(self) -> str:
        return f"dates as {self.format}" if self.format else "dates of ISO 8601"


class Reading(NamedTuple):
    """What a column of text holds besides words.

    Attributes
    ----------
    style : Numerals, Dates or None
        How it is written; None if the column holds words.
    n_gaps : int
        Cells that stand for nothing, as text.
    others : list of str
        Cells that are neither numbers nor marks of gaps.
    n_others : int
        How many rows hold them.
    share : float
        Of the cells with something in them: those that are numbers or dates.
    is_code : bool
        Whether a number has zeros before it, which it would lose.
    """

    style: Numerals | Dates | None
    n_gaps: int
    others: list[str]
    n_others: int
    share: float
    is_code: bool = False


def is_gap(cell: str, marks: Iterable[str] = ()) -> bool:
    """Whether a cell stands for nothing where numbers are."""
    bare = cell.strip()
    return not bare or bare.casefold() in GAP_MARKS or bare in marks


def read_cells(
    counts: Mapping[str, int],
    *,
    decimal: str | None = None,
    marks: Iterable[str] = (),
    hint: str = ".",
    force: bool = False,
) -> Reading:
    """Tell how the cells of a column of text are written.

    Parameters
    ----------
    counts : mapping of str to int
        Each cell once, and in how many rows it stands.
    decimal : "." or ",", default=None
        The decimal sign; None to find it out.
    marks : iterable of str, default=()
        More cells that stand for nothing.
    hint : str, default="."
        The decimal sign where the cells do not tell, as 1,234.
    force : bool, default=False
        Whether it is a column of numbers by somebody's word: then whatever is no number is a gap.

    Returns
    -------
    Reading

    Examples
    --------
    >>> read_cells({"1,5": 1, "2,25": 1, "3": 1, "?": 2}).style
    Numerals(decimal=',', group='', before='', after='', places=2, is_sure=True)
    """
    marks = frozenset(marks)
    present = {cell: n for cell, n in counts.items() if not is_gap(cell, marks)}
    n_present = sum(present.values())
    n_gaps = sum(counts.values()) - n_present
    nothing = Reading(None, n_gaps, [], 0, 0.0)
    if not present:
        return nothing
    style, share = _best(present, n_present, decimal, hint, needed=0.0 if force else NEARLY)
    is_code = isinstance(style, Numerals) and any(re.match(LEADING_ZERO, cell) for cell in present)
    others = [cell for cell in present if style is None or style.number(cell) is None]
    n_others = sum(present[cell] for cell in others)
    found = Reading(style, n_gaps, others, n_others, share, is_code)
    if force:
        return found
    n_distinct = len({style.number(cell) for cell in present} - {None}) if style is not None else 0
    # Two different numbers are booleans, or codes such as "1" and "2".
    return found._replace(style=None) if is_code or n_distinct <= 2 or share < MOSTLY else found


def _best(
    present: Mapping[str, int], n_present: int, decimal: str | None, hint: str, needed: float
) -> tuple[Numerals | Dates | None, float]:
    """The notation that explains most cells, and the share that it explains."""
    signs = [decimal] if decimal else [hint, "," if hint == "." else "."]
    if not any("," in cell or "." in cell for cell in present):
        signs = signs[:1]  # to either sign it is the same
    parsed = {sign: {cell: parts for cell in present if (parts := _parts(cell, sign))} for sign in signs}
    n_cells = {sign: sum(present[cell] for cell in cells) for sign, cells in parsed.items()}
    sign = max(signs, key=lambda sign: n_cells[sign])  # of equals the first
    share = n_cells[sign] / n_present
    if share and share >= needed:
        units = {(parts["before"] or parts["after"] or "").strip() for parts in parsed[sign].values()} - {""}
        if len(units) <= 1:
            return _numerals(sign, parsed[sign], is_sure=decimal is not None or len(set(n_cells.values())) > 1), share
        return None, share
    dates = _date_format(present)
    if dates is not None:
        return dates, sum(n for cell, n in present.items() if dates.number(cell) is not None) / n_present
    return None, share


def _parts(cell: str, decimal: str) -> dict[str, Any] | None:
    if _DIGIT.search(cell) is None:  # most text is words
        return None
    found = _CELL.fullmatch(cell.strip())
    if found is None:
        return None
    parts = found.groupdict()
    body = _BODY[decimal].fullmatch(parts["body"])
    has_digits = _DIGIT.search(parts["body"]) is not None
    is_signed_once = not (parts["sign"] and parts["inner"]) and (parts["open"] is None) == (parts["close"] is None)
    if body is None or not has_digits or not is_signed_once:
        return None
    return {**parts, "group": body["group"] or "", "places": len(body["places"] or "")}


def _numerals(sign: str, cells: Mapping[str, dict[str, Any]], *, is_sure: bool) -> Numerals:
    def most(part: str) -> str:
        written = [parts[part] for parts in cells.values() if parts[part]]
        return max(sorted(set(written)), key=written.count) if written else ""

    places = max(parts["places"] for parts in cells.values())
    return Numerals(sign, most("group"), most("before"), most("after"), places, is_sure)


def _date_format(present: Mapping[str, int]) -> Dates | None:
    """The one format that all cells have; of month and day, where both go, the day is first and nobody is sure."""
    first = next(iter(present)).strip()
    if not (8 <= len(first) <= 35 and first[0].isdigit() and re.search(r"[-./ ]", first)):
        return None
    zone = re.search(r":\d\d(?:\.\d+)?(Z|[-+]\d\d:?\d\d)$", first)
    zones = ["", zone[1]] if zone else [""]
    fits = []
    for form in (day + time + zone for day in _DAYS for time in _TIMES for zone in zones):
        style = Dates(form)
        if style.moment(first) is not None and all(style.moment(cell) is not None for cell in list(present)[:1000]):
            fits.append(form)
    if fits:
        return Dates(fits[0], is_sure=len(fits) == 1)
    style = Dates("")
    n_dates = sum(style.moment(cell) is not None for cell in list(present)[:1000])
    return style if n_dates >= MOSTLY * min(len(present), 1000) else None


def _finite(number: float) -> float | None:
    return number if abs(number) < float("inf") else None


def told(reading: Reading) -> str:
    """What a reading takes for gaps, in words; "" for nothing."""
    parts = [
        f"{reading.n_gaps:,} cells that say nothing" if reading.n_gaps else "",
        f"{reading.n_others:,} that are none ({listed(reading.others, at_most=3)})" if reading.n_others else "",
    ]
    return " and ".join(part for part in parts if part)
