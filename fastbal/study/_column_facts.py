"""What each column is, and what it tells of the class that matters all by itself."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastbal._columns.telling import area_of_categories, area_of_numbers
from fastbal.study._associations import Association, associations_among
from fastbal.study._columns import Columns

# Of each class, and of all of them, so many rows are looked at.
_MOST_ROWS = 10_000
#: Columns that are drawn and compared with each other; of others there is a list.
MOST_COLUMNS = 50
# Parts of a column that are drawn: ranges of numbers with as many rows each, or the most frequent categories.
_MOST_PARTS = 10
_MOST_NAMED = 3


class Slice(NamedTuple):
    """Some of the rows, by their value in a column.

    Attributes
    ----------
    name : str
        A range of numbers, a category, or "missing".
    n_rows : int
    rare : float
        The share of the class that matters among them.
    """

    name: str
    n_rows: int
    rare: float


class ColumnFacts(NamedTuple):
    """A column that models are given.

    Attributes
    ----------
    name : str
    kind : str
        What it is taken for.
    missing : float
        The share of rows in which it has no value.
    values : str
        In words: lowest, median and highest number; or how many categories there are, the most frequent by name.
    area : float
        Under the ROC curve of the column alone: 0.5 tells nothing, 1 all.
    parts : list of Slice
        Ascending, of categories the most frequent first.
    """

    name: str
    kind: str
    missing: float
    values: str
    area: float
    parts: list[Slice]


def facts_of(columns: Columns, codes: NDArray[np.int64]) -> tuple[list[ColumnFacts], list[Association]]:
    """What each column tells, the one that tells most first, and which of these tell the same.

    Parameters
    ----------
    columns : Columns
    codes : ndarray of shape (n_rows,)
        Classes by number; the last one matters.
    """
    is_rare = codes == codes.max()
    rng = np.random.default_rng(0)
    drawn = [rng.permutation(np.flatnonzero(part))[:_MOST_ROWS] for part in (is_rare, ~is_rare)]
    some = np.sort(np.concatenate(drawn))
    as_they_come = np.sort(rng.permutation(len(codes))[:_MOST_ROWS])
    taken_for = {column.name: column for column in columns.taken_for}
    found, part_of_row = [], {}
    for j, name in enumerate((*columns.numeric, *columns.categorical)):
        values = columns.values[:, j]
        known = taken_for.get(name)
        if j < len(columns.numeric):
            names, parts = _ranges(values)
            words = _span_of(values)
            area = area_of_numbers(values[some], is_rare[some])
        else:
            categories = values.astype(np.int64)
            names, parts = _categories(categories, columns.levels.get(name, []))
            words = _most_frequent(names[:-1], len(np.unique(categories)))
            area = area_of_categories(categories[some], is_rare[some])
        kind = known.kind if known is not None else "number"
        counts = np.bincount(parts, minlength=len(names))
        rare = np.bincount(parts, is_rare, len(names)) / np.maximum(counts, 1)
        slices = [Slice(*slice) for slice in zip(names, counts.tolist(), rare.tolist(), strict=True) if slice[1]]
        found.append(ColumnFacts(name, kind, 0.0 if known is None else known.missing, words, area, slices))
        part_of_row[name] = parts[as_they_come]
    found.sort(key=lambda column: -column.area)
    return found, associations_among({column.name: part_of_row[column.name] for column in found[:MOST_COLUMNS]})


def _ranges(values: NDArray[np.float64]) -> tuple[list[str], NDArray[np.int64]]:
    """Names of ranges of numbers and of the gap, and which of them each row is in."""
    is_gap = np.isnan(values)
    present = values[~is_gap]
    if len(np.unique(present[:1000])) <= _MOST_PARTS and len(single := np.unique(present)) <= _MOST_PARTS:
        names, place = [f"{value:.4g}" for value in single.tolist()], np.searchsorted(single, values)
    else:
        ends = np.unique(np.quantile(present, np.linspace(0, 1, _MOST_PARTS + 1)))
        names = [f"{low:.4g} to {high:.4g}" for low, high in itertools.pairwise(ends.tolist())]
        place = np.searchsorted(ends[1:-1], values, side="right")
    return [*names, "missing"], np.where(is_gap, len(names), place)


def _categories(codes: NDArray[np.int64], levels: list[str]) -> tuple[list[str], NDArray[np.int64]]:
    """Names of the most frequent categories and of all others, and which of them each row is of."""
    counts = np.bincount(codes)
    often = np.argsort(-counts, kind="stable")[: int((counts > 0).sum())][:_MOST_PARTS]
    place = np.full(len(counts), len(often))
    place[often] = np.arange(len(often))
    names = [levels[code] if code < len(levels) else str(code) for code in often.tolist()]
    return [*names, "all others"], place[codes]


def _span_of(values: NDArray[np.float64]) -> str:
    present = values[~np.isnan(values)]
    if not len(present):
        return ""
    low, median, high = (f"{value:.4g}" for value in (present.min(), np.median(present), present.max()))
    return low if low == high else f"{low} to {high}, half below {median}"


def _most_frequent(names: list[str], n_categories: int) -> str:
    shown = names[:_MOST_NAMED]
    more = n_categories - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")
