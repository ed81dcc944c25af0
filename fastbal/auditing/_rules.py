"""Which rules of the real table new rows break."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastbal._core.duplicates import row_hashes
from fastbal.auditing._both import Both, Entries

Flags = NDArray[np.bool_]

# How far from 1 the sum of indicators may be.
_ROUNDING = 1e-9


def broken_rules(both: Both, rules: Mapping[str, Callable[[Any], Any]], new_rows: Any) -> dict[str, Flags]:
    """For each rule that some new row breaks, which ones do.

    Numbers are within the range of the real ones, whole where these are, and not missing where none of these is;
    categories are known; columns that are 0 or 1 and of which one is 1 in every real row have the sum 1; and what the
    user's rules say of `new_rows`.
    """
    broken: dict[str, Flags] = {}
    real, new = both.real.numbers, both.new.numbers
    with np.errstate(invalid="ignore"):
        for j, name in enumerate(both.numeric):
            present = real[~np.isnan(real[:, j]), j]
            if not len(present):
                continue
            if len(present) == len(real):
                broken[f"{name}: missing or infinite"] = np.isnan(new[:, j])
            broken[f"{name}: outside {present.min():g} to {present.max():g}"] = (new[:, j] < present.min()) | (
                new[:, j] > present.max()
            )
            if (present == np.rint(present)).all():
                broken[f"{name}: not whole"] = (new[:, j] != np.rint(new[:, j])) & ~np.isnan(new[:, j])
    for j, name in enumerate(both.categorical):
        broken[f"{name}: unknown category"] = both.new.codes[:, j] >= len(both.categories[j])
    for first, last in indicator_groups(real):
        total = new[:, first : last + 1].sum(axis=1)
        broken[f"{both.numeric[first]} to {both.numeric[last]}: sum is not 1"] = abs(total - 1) > _ROUNDING
    for name, is_kept in rules.items():
        broken[name] = ~_answer(is_kept(new_rows), name, len(new))
    return {name: flags for name, flags in broken.items() if flags.any()}


def _answer(answer: Any, name: str, n_rows: int) -> Flags:
    flags = np.asarray(answer)
    if flags.shape != (n_rows,) or flags.dtype.kind not in "bO":
        raise ValueError(
            f"Rule {name!r} must say of each of the {n_rows} new rows whether it keeps the rule: one True or False a "
            f"row. It has returned {type(answer).__name__} of shape {flags.shape} and dtype {flags.dtype}."
        )
    return flags.astype(bool)


def indicator_groups(numbers: NDArray[np.float64]) -> list[tuple[int, int]]:
    """First and last columns of runs that are 0 or 1, exactly one of them 1 in each row.

    >>> indicator_groups(np.array([[3.0, 1.0, 0.0, 0.0], [4.0, 0.0, 0.0, 1.0], [4.0, 0.0, 1.0, 0.0]]))
    [(1, 3)]
    """
    is_indicator = ((numbers == 0) | (numbers == 1)).all(axis=0)
    groups, first = [], 0
    total = np.zeros(len(numbers))
    for j in range(numbers.shape[1]):
        if is_indicator[j]:
            total = total + numbers[:, j]
            while total.max() > 1:  # some row has two of them: the run begins later
                total = total - numbers[:, first]
                first += 1
            if total.min() == 1 and j > first:
                groups.append((first, j))
        if not is_indicator[j] or total.min() == 1:
            first, total = j + 1, np.zeros(len(numbers))
    return groups


def n_repeated(new: Entries) -> int:
    """How many rows are the same as one before."""
    rows = np.column_stack([new.numbers, new.codes, new.label])
    return len(rows) - len(np.unique(row_hashes(np.ascontiguousarray(rows) + 0.0)))
