"""How far rows of a table are from the other ones, in the middle."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastbal._core.mixed_search import leaves_of
from fastbal._core.threads import PerThread, for_each_piece

Floats = NDArray[np.float64]

# Pairs of entries compared in one piece, about a millisecond's.
_ENTRIES_A_PIECE = 2_000_000
# Rows that are held against a block of others while it is in the cache.
_ROWS_AT_A_TIME = 16
# Rows of the sample that tells where a median lies, before that is proved; and below how many rows no proof pays.
_SAMPLED, _FEW = 1024, 4096
# Rows of a leaf: as many as are held against several rows while they are in the cache.
_LEAF_ROWS = 1024
# The relative error of a float32, and of the smallest square that one can hold, as a distance.
_UNIT, _TINY = 2.0**-24, 1e-18


class _Columns(NamedTuple):
    """Rows as the kernels read them: column by column, and those that are held against them, row by row."""

    numbers: NDArray[Any]
    codes: NDArray[np.int32]
    penalty: Any
    points: NDArray[Any]
    point_codes: NDArray[np.int32]

    def entries(self) -> int:
        """Entries of the table."""
        return int(self.numbers.size + self.codes.size)

    def of_points(self, chosen: NDArray[np.int64]) -> _Columns:
        """The same with some of the rows that are held against the table."""
        return self._replace(points=self.points[chosen], point_codes=self.point_codes[chosen])


def _columns(numbers: NDArray[Any], codes: NDArray[np.int32], penalty: float, rows: NDArray[np.int64]) -> _Columns:
    return _Columns(
        np.ascontiguousarray(numbers.T),
        np.ascontiguousarray(codes, np.int32),
        numbers.dtype.type(penalty),
        np.ascontiguousarray(numbers[rows]),
        np.ascontiguousarray(codes.T[rows], np.int32),
    )


def median_distances(
    numbers: NDArray[Any], codes: NDArray[np.int32], penalty: float, rows: NDArray[np.int64]
) -> Floats:
    """The median distance of some rows to all other rows: exact, and by looking at every pair.

    Parameters
    ----------
    numbers : ndarray of shape (n, d)
        Finite, with squares within the range of float64.
    codes : ndarray of shape (f, n), int32
        Categories.
    penalty : float
        What a category that differs adds to the squared distance.
    rows : ndarray of shape (m,), int64
        Which rows; n is at least 2.

    Returns
    -------
    ndarray of shape (m,), float64
        Cost: ``m · n · (d + f)``, in no more memory than the table and 136 n bytes a thread.

    Examples
    --------
    >>> import numpy as np
    >>> median_distances(np.array([[0.0], [1.0], [5.0], [7.0]]), np.empty((0, 4), np.int32), 0.0, np.array([0, 1]))
    array([5., 4.])
    """
    return _medians(_columns(numbers.astype(np.float64, copy=False), codes, penalty, rows), rows)


def _medians(table: _Columns, rows: NDArray[np.int64]) -> Floats:
    from fastbal._kernels.medians import find_medians

    n, dtype = table.numbers.shape[1] if len(table.numbers) else table.codes.shape[1], table.numbers.dtype
    scratch = PerThread(lambda: (np.empty((_ROWS_AT_A_TIME, n), dtype), np.empty(n + 1, dtype)))
    medians = np.empty(len(rows))
    for_each_piece(
        lambda start, stop: find_medians(*table, rows, *scratch(), medians, start, stop),
        len(rows),
        piece=_ROWS_AT_A_TIME * (1 + _ENTRIES_A_PIECE // (_ROWS_AT_A_TIME * table.entries())),
    )
    return medians


def medians_among(
    bounds: Floats, numbers: NDArray[Any], codes: NDArray[np.int32], penalty: float, rows: NDArray[np.int64]
) -> Floats:
    """As `median_distances`, but only as far as it matters which of some bounds are below the median.

    A sample of the table tells which two bounds the median lies between. That it does is proved by counting, in
    float32, with bounds moved by more than what it rounds. Where it is not, the median itself is found.

        |d32 − d| <= e = u · ((d + f + 4) · bound + 2 · ‖row‖ + 2 · bound) + c,   u = 2⁻²⁴, rows relative to their mean,

    for rows whose distance d is about the bound: they are no farther from the mean than ``‖row‖ + bound``; c is what is
    lost when the mean is subtracted.

    Parameters
    ----------
    bounds : ndarray of shape (m, n_bounds)
        Distances, for each row.

    Returns
    -------
    ndarray of shape (m,), float64
        A bound is below this if and only if it is below the median. Cost: as above, at a third of the time or less:
        leaves of rows that are all within the bounds, or all beyond, are counted by their boxes.

    Examples
    --------
    >>> import numpy as np
    >>> numbers = np.array([[0.0], [1.0], [5.0], [7.0]])
    >>> medians_among(np.array([[4.0, 6.0]]), numbers, np.empty((0, 4), np.int32), 0.0, np.array([0])) > [[4.0, 6.0]]
    array([[ True, False]])
    """
    n = len(numbers)
    if n < _FEW:
        return median_distances(numbers, codes, penalty, rows)
    centered = numbers - numbers.mean(axis=0, dtype=np.float64)
    exponent = int(np.frexp(max(float(abs(centered).max(initial=0.0)), np.sqrt(penalty)))[1])
    scaled = np.ldexp(centered, -exponent)
    leaves = leaves_of(scaled, codes, float(np.ldexp(penalty, -2 * exponent)), _LEAF_ROWS)
    order = np.concatenate(leaves)
    place = np.empty(n, np.int64)
    place[order] = np.arange(n)
    table = _columns(scaled[order].astype(np.float32), codes[:, order], np.ldexp(penalty, -2 * exponent), place[rows])
    small = np.sort(np.ldexp(bounds, -exponent), axis=1)
    low, high = _around_medians(small, _estimates(table))
    lost = np.finfo(np.float64).eps * np.sqrt(numbers.shape[1]) * float(abs(numbers).max(initial=0.0))
    norms = np.linalg.norm(scaled[rows], axis=1) + float(np.ldexp(lost, -exponent)) / _UNIT
    first = np.cumsum([0, *map(len, leaves)])
    counts = _counts_within(table, first, low, high, norms)
    n_others = n - 1
    is_above_low = (low < 0) | (counts[:, 0] <= (n_others - 1) // 2)
    is_up_to_high = np.isinf(high) | (counts[:, 1] >= n_others // 2 + 1)
    medians = np.ldexp(high, exponent)
    unproven = np.flatnonzero(~(is_above_low & is_up_to_high))
    if len(unproven):
        medians[unproven] = median_distances(numbers, codes, penalty, rows[unproven])
    return medians


def _estimates(table: _Columns) -> Floats:
    """About the median of each row, by a sample of the table."""
    stride = max(1, table.numbers.shape[1] // _SAMPLED)
    sample = table._replace(
        numbers=np.ascontiguousarray(table.numbers[:, ::stride]), codes=np.ascontiguousarray(table.codes[:, ::stride])
    )
    return _medians(sample, np.full(len(table.points), -1))


def _around_medians(bounds: Floats, estimates: Floats) -> tuple[Floats, Floats]:
    """The last bound below each estimate, or −1, and the first that is not, or infinity; bounds are ascending."""
    place = (bounds < estimates[:, None]).sum(axis=1)
    fenced = np.column_stack([np.full(len(bounds), -1.0), bounds, np.full(len(bounds), np.inf)])
    at = np.arange(len(bounds))
    return fenced[at, place], fenced[at, place + 1]


def _counts_within(
    table: _Columns, first: NDArray[np.int64], low: Floats, high: Floats, norms: Floats
) -> NDArray[np.int64]:
    """How many other rows are within `low`, at most, and within `high`, at least; `first` row of each leaf, and n."""
    from fastbal._kernels.medians import count_within

    n_terms = len(table.numbers) + len(table.codes) + 4
    both = np.column_stack([low, np.where(np.isinf(high), -1.0, high)])
    error = 1.01 * _UNIT * ((n_terms + 2) * both + 2 * norms[:, None]) + _TINY
    moved = both + error * np.array([1.0, -1.0])
    squares = np.where((both < 0) | (moved < 0), -1.0, moved * abs(moved))
    # Squares are rounded to float32 as well: outwards.
    limits = np.nextafter(squares.astype(np.float32), np.array([np.inf, -np.inf], np.float32))
    counts = np.empty((len(low), 2), np.int64)
    boxes = [
        np.ascontiguousarray(limit.reduceat(part, first[:-1], axis=1).T)
        for part in (table.numbers, table.codes)
        for limit in (np.minimum, np.maximum)
    ]
    scratch = PerThread(lambda: np.empty(_LEAF_ROWS, np.float32))
    for_each_piece(
        lambda start, stop: count_within(*table, first, *boxes, limits, scratch(), counts, start, stop),
        len(low),
        piece=_ROWS_AT_A_TIME * (1 + _ENTRIES_A_PIECE // (_ROWS_AT_A_TIME * table.entries())),
    )
    return counts - (limits >= 0)  # a row is not its own neighbour
