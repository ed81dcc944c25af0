"""A target of measurements: one finite number for each row, in the caller's container."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastbal._containers.labels import Labels
from fastbal._core.bins import Bin
from fastbal._core.recipe import NewRows, Recipe, Rows
from fastbal._core.target import as_python
from fastbal._problem import Problem

Floats = NDArray[np.float64]


class Measurements(Labels):
    """A target that was read as labels, as the numbers it holds.

    Attributes
    ----------
    floats : ndarray of shape (n_rows,), float64
        Finite.
    """

    def __init__(self, labels: Labels, reader: str) -> None:
        self.column, self.values, self.is_indicator = labels.column, labels.values, labels.is_indicator
        self.floats = _finite_floats(labels, reader)

    def write_measured(self, recipe: Recipe, new: NewRows, X_out: Any) -> Any:
        """The target of a recipe's rows, in the caller's dtype, to stand beside the table `X_out`."""
        return self.column.write(recipe, X_out, new.measured)


def _finite_floats(labels: Labels, reader: str) -> Floats:
    values = labels.values
    table = getattr(labels.column, "table", None)
    is_other = labels.is_indicator or values.dtype.kind not in "iufO"
    if is_other or (table is not None and table.column_numbers(0) is None):
        raise ValueError(
            f"{reader} needs a target of measurements, one number for each row, but y is "
            f"{'an indicator matrix' if labels.is_indicator else f'of dtype {values.dtype}'}: these are classes or no "
            f"numbers. For classes, use fastbal.over_sampling and fastbal.under_sampling."
        )
    try:
        floats = (
            np.array([np.nan if value is None else value for value in values.tolist()], np.float64)
            if (values.dtype.kind == "O")
            else values.astype(np.float64)
        )
    except (TypeError, ValueError):
        raise ValueError(
            f"{reader} needs a target of measurements, one number for each row, but some entries of y are no numbers."
        ) from None
    if len(floats) == 0:
        raise ValueError(f"{reader} needs a target of at least one row, but y is empty.")
    n_missing, n_infinite = int(np.isnan(floats).sum()), int(np.isinf(floats).sum())
    if n_missing or n_infinite:
        raise ValueError(
            f"Input y contains NaN or infinity: {n_missing} of {len(floats)} values are missing and {n_infinite} "
            f"infinite. Drop these rows, or fill their target."
        )
    return floats


class BinnedTarget(NamedTuple):
    """A target of measurements cut into bins; stands in for `fastbal._core.target.Target`.

    Attributes
    ----------
    classes : ndarray of shape (n_bins,), int64
        The numbers of the bins, ascending by value.
    codes : ndarray of shape (n_rows,), int64
        The bin of each row.
    counts : ndarray of shape (n_bins,), int64
        Rows per bin.
    y, relevance : ndarray of shape (n_rows,), float64
        The measurements, and how much each matters.
    bins : list of Bin
        What the bins are.
    groups : ndarray of shape (n_rows,), integer, or None
        As that of `Target`.
    """

    classes: NDArray[np.int64]
    codes: NDArray[np.int64]
    counts: NDArray[np.int64]
    y: Floats
    relevance: Floats
    bins: list[Bin]
    groups: NDArray[np.signedinteger[Any]] | None = None

    @property
    def labels(self) -> list[Any]:
        """The numbers of the bins."""
        return as_python(self.classes)

    def rows_of(self, code: int) -> Rows:
        """Row numbers of one bin, ascending."""
        return np.flatnonzero(self.codes == code)


class MeasuredProblem(Problem):
    """A table whose target shall have rare values more often; its plan gives bins their rows afterwards."""

    @property
    def n_new(self) -> int:
        counts: Any = self.target.counts
        return sum(max(0, n - int(counts[code])) for code, n in self.plan.items())

    def write(self, recipe: Recipe, new: NewRows, *, keep_index: bool) -> tuple[Any, Any]:
        X = self.table.write(recipe, new, keep_index=keep_index)
        return X, self.labels.write_measured(recipe, new, X)  # type: ignore[attr-defined]
