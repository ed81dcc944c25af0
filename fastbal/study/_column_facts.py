"""What each column is, and what it tells of the class that matters all by itself."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastbal._columns.telling import area_of_categories, area_of_numbers
from fastbal.study._columns import Columns

# Of each class so many rows are looked at.
_MOST_ROWS = 10_000
# Parts of a column that are drawn: ranges of numbers with as many rows each, or the most frequent categories.
_MOST_PARTS = 10


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
    area : float
        Under the ROC curve of the column alone: 0.5 tells nothing, 1 all.
    parts : list of Slice
        Ascending, of categories the most frequent first.
    """

    name: str
    kind: str
    missing: float
    area: float
    parts: list[Slice]


def facts_of(columns: Columns, codes: NDArray[np.int64]) -> list[ColumnFacts]:
    """What each column tells, the one that tells most first.

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
    taken_for = {column.name: column for column in columns.taken_for}
    found = []
    for j, name in enumerate((*columns.numeric, *columns.categorical)):
        values = columns.values[:, j]
        known = taken_for.get(name)
        is_number = j < len(columns.numeric)
        if is_number:
            parts, area = _ranges(values, is_rare), area_of_numbers(values[some], is_rare[some])
        else:
            levels = columns.levels.get(name, [])
            parts = _categories(values.astype(np.int64), is_rare, levels)
            area = area_of_categories(values[some].astype(np.int64), is_rare[some])
        kind = known.kind if known is not None else "number"
        found.append(ColumnFacts(name, kind, 0.0 if known is None else known.missing, area, parts))
    return sorted(found, key=lambda column: -column.area)


def _slice(name: str, rows: NDArray[np.bool_], is_rare: NDArray[np.bool_]) -> Slice:
    return Slice(name, int(rows.sum()), float(is_rare[rows].mean()))


def _ranges(values: NDArray[np.float64], is_rare: NDArray[np.bool_]) -> list[Slice]:
    is_gap = np.isnan(values)
    present = values[~is_gap]
    ends = np.unique(np.quantile(present, np.linspace(0, 1, _MOST_PARTS + 1))) if len(present) else np.zeros(0)
    if len(np.unique(present[:1000])) <= _MOST_PARTS and len(single := np.unique(present)) <= _MOST_PARTS:
        found = [_slice(f"{value:.4g}", values == value, is_rare) for value in single.tolist()]
    else:
        place = np.searchsorted(ends[1:-1], values, side="right")
        found = [
            _slice(f"{low:.4g} to {high:.4g}", (place == i) & ~is_gap, is_rare)
            for i, (low, high) in enumerate(zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True))
            if ((place == i) & ~is_gap).any()
        ]
    return [*found, *([_slice("missing", is_gap, is_rare)] if is_gap.any() else [])]


def _categories(codes: NDArray[np.int64], is_rare: NDArray[np.bool_], levels: list[str]) -> list[Slice]:
    counts = np.bincount(codes)
    often = np.argsort(-counts, kind="stable")[: int((counts > 0).sum())][:_MOST_PARTS].tolist()
    found = [_slice(levels[code] if code < len(levels) else str(code), codes == code, is_rare) for code in often]
    others = ~np.isin(codes, often)
    return [*found, *([_slice("all others", others, is_rare)] if others.any() else [])]
