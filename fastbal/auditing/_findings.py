"""What an audit has found, in numbers and in one sentence."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastbal._core.recipe import Rows

Floats = NDArray[np.float64]

# From where on the advice speaks of a number.
_MANY_RECOVERABLE, _MANY_COPIES, _MANY_FOREIGN, _TELLS_MEMBERS, _TELLS_NEW = 0.05, 0.05, 0.1, 0.6, 0.9


class Pictures(NamedTuple):
    """What the drawings of the page show."""

    distance: Floats
    between: Floats
    real_points: Floats
    new_points: Floats
    is_foreign: NDArray[np.bool_]


class Finding(NamedTuple):
    """A number as people read it.

    Attributes
    ----------
    name, value, ideal, meaning : str
    """

    name: str
    value: str
    ideal: str
    meaning: str


@dataclass(frozen=True, eq=False, kw_only=True)
class Findings:
    """The numbers that an audit finds; `Audit` says what each of them is."""

    method: str | None
    n_real: int
    n_new: int
    classes: dict[str, tuple[int, int]]
    detection_auc: float
    column_distances: dict[str, float]
    worst_column: str
    correlation_change: float
    correlation_pair: tuple[str, str] | None
    coverage: float
    density: float
    foreign_share: float | None
    foreign_share_of_real: float | None
    broken_share: float
    broken_rules: dict[str, int]
    repeated_share: float
    copied_share: float
    distance_ratio: float
    nearest_ratio: float
    membership_auc: float | None
    notes: list[str]
    settings: dict[str, Any]
    pictures: Pictures = field(repr=False)
    recoverable_share: float | None = None
    recoverable_rows: Rows | None = None
    most_used: tuple[int, int] | None = None
    parents_per_row: float | None = None

    @property
    def mean_column_distance(self) -> float:
        """The mean over all columns."""
        return float(np.mean([*self.column_distances.values()]))

    @property
    def advice(self) -> str:
        """One plain sentence: what to do, by the worst that was found; privacy first."""
        if self.copied_share > _MANY_COPIES:
            return (
                f"{_percent(self.copied_share)} of the new rows are copies of real ones: do not hand them out, and use "
                "MGS if rows must be new."
            )
        if self.recoverable_share is not None and self.recoverable_share > _MANY_RECOVERABLE:
            return (
                f"{_percent(self.recoverable_share)} of the real rows can be reconstructed exactly from the new ones: "
                "train on them, but do not hand them out; else use MGS, more neighbours, or fewer new rows for each "
                "real one."
            )
        if self.membership_auc is not None and self.membership_auc > _TELLS_MEMBERS:
            return (
                f"New rows lie nearer to the rows they were made of than to others like them (AUC "
                f"{self.membership_auc:.2f}): do not hand them out, and use MGS with more neighbours."
            )
        if self.broken_share > 0:
            rule = self.worst_rules(1)[0][0]
            return (
                f"{_percent(self.broken_share)} of the new rows break a rule, most often \N{LEFT DOUBLE QUOTATION MARK}"
                f"{rule}\N{RIGHT DOUBLE QUOTATION MARK}: {_remedy(rule)}."
            )
        if self.foreign_share is not None and self.foreign_share > _MANY_FOREIGN + (self.foreign_share_of_real or 0):
            return (
                f"{_percent(self.foreign_share)} of the new rows lie among another class: use "
                "SMOTE(reject=0.5) or SafeLevelSMOTE, or clean afterwards with SMOTEENN."
            )
        if self.detection_auc > _TELLS_NEW:
            return (
                f"A model tells new rows from real ones (AUC {self.detection_auc:.2f}), most easily perhaps by "
                f"{self.worst_column!r}: look at that column, or use a method that stays nearer to the rows."
            )
        return "Nothing stands out: the new rows are much like the real ones, and none of these attacks finds one."

    def worst_rules(self, most: int = 10) -> list[tuple[str, int]]:
        """Rules that are broken most often, and by how many new rows."""
        return sorted(self.broken_rules.items(), key=lambda item: -item[1])[:most]

    def findings(self) -> list[Finding]:
        """The numbers, as people read them."""
        worst, pair = self.column_distances[self.worst_column], self.correlation_pair
        found = [
            Finding(
                "detection AUC",
                _number(self.detection_auc),
                "0.5",
                "boosted trees tell new rows from real ones; 1 is always",
            ),
            Finding(
                "column distance, worst and mean",
                f"{_number(worst)} ({self.worst_column}), {_number(self.mean_column_distance)}",
                "0",
                "Kolmogorov and Smirnov for numbers, total variation for categories",
            ),
            Finding(
                "largest change of a correlation",
                _number(self.correlation_change) + (f" ({pair[0]}, {pair[1]})" if pair else ""),
                "0",
                "of two columns, within a class",
            ),
            Finding(
                "coverage and density",
                f"{_number(self.coverage)}, {_number(self.density)}",
                "1, 1",
                "real rows with a new one nearer than their 5th neighbour; how often new rows lie in such balls",
            ),
            Finding(
                "foreign territory",
                "no classes"
                if self.foreign_share is None
                else f"{_percent(self.foreign_share)} (real rows: {_percent(self.foreign_share_of_real)})",
                "as real rows",
                "new rows whose nearest real row is of another class",
            ),
            Finding(
                "broken rules",
                f"{_percent(self.broken_share)} (repeated: {_percent(self.repeated_share)})",
                "0",
                "outside the range, not whole, unknown category, indicators, your own rules",
            ),
            Finding(
                "copies, distance ratio, NNDR",
                f"{_percent(self.copied_share)}, {_number(self.distance_ratio)}, {_number(self.nearest_ratio)}",
                "0, 1, \N{EN DASH}",
                "new rows that are real ones; median distance to the nearest real row over that of real rows to each "
                "other; 5th percentile of nearest over next",
            ),
            Finding(
                "recoverable originals",
                "not known: no recipe"
                if self.recoverable_share is None
                else f"{_percent(self.recoverable_share)}{self._used()}",
                "0",
                "real rows that the geometry of the new ones determines exactly",
            ),
        ]
        if self.membership_auc is not None:
            meaning = "nearness to a new row tells rows that were used from rows held out"
            found.append(Finding("membership AUC", _number(self.membership_auc), "0.5", meaning))
        return found

    def _used(self) -> str:
        assert self.most_used is not None
        assert self.parents_per_row is not None
        row, n_made = self.most_used
        return f" ({n_made:,} of {self.n_new:,} new rows come from row {row}; {self.parents_per_row:.3g} parents a row)"

    def __str__(self) -> str:
        found = self.findings()
        width = max(len(finding.name) for finding in found)
        lines = [f"{finding.name:{width}}  {finding.value}" for finding in found]
        return "\n".join([*lines, *self.notes, self.advice])


def _remedy(rule: str) -> str:
    """What helps against a broken rule, by what it is called in `broken_rules`."""
    _, _, what = rule.rpartition(": ")
    if what.startswith("outside "):
        return "clip the numbers, or use a method whose rows lie between real ones, such as SMOTE"
    if what == "not whole":
        return "give whole numbers as a column of integers, into which new ones are rounded, or categories to SMOTENC"
    if what in ("unknown category", "sum is not 1"):
        return "use SMOTENC, whose new rows take each category from a real one"
    return "leave these rows out"


def _number(value: float) -> str:
    return "\N{EN DASH}" if math.isnan(value) else f"{value:.3f}"


def _percent(share: float | None) -> str:
    """With as many digits as tell it from nothing and from all.

    >>> _percent(0.0004), _percent(0.5), _percent(0.99996), _percent(1.0)
    ('0.04 %', '50 %', '99.996 %', '100 %')
    """
    if share is None or math.isnan(share):
        return "\N{EN DASH}"
    percent = 100 * share
    shown = f"{percent:.3g}"
    return f"{percent:.5g} %" if shown == "100" and share < 1 else f"{shown} %"
