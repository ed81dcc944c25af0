"""The medcouple: how skewed numbers are, from −1 to 1, whatever their few largest ones (Brys, Hubert, Struyf 2004)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Pairs that are looked at one by one, per number; before, their range is halved again and again.
_PAIRS_PER_NUMBER = 4


def medcouple(ascending: Floats) -> float:
    """The median of ``(a − b) / (a + b)`` over all pairs of a number a above and a number b below the median.

    a and b are distances to the median. Of n numbers equal to the median, the pairs among themselves count as if one
    above the diagonal were −1, on it 0, and below it 1.

    Parameters
    ----------
    ascending : ndarray of shape (n,), float64
        Finite, ascending.

    Returns
    -------
    float
        Cost: O(n log n), though there are n²/4 pairs.

    Examples
    --------
    >>> import numpy as np
    >>> round(medcouple(np.array([1.0, 2.0, 3.0, 6.0, 100.0])), 12)
    0.5
    >>> medcouple(np.array([-3.0, -1.0, 0.0, 1.0, 3.0]))
    0.0
    """
    n = len(ascending)
    middle = (ascending[(n - 1) // 2] / 2 + ascending[n // 2] / 2).item()
    scale = max(abs(float(ascending[0])), abs(float(ascending[-1])), np.finfo(np.float64).tiny)
    above = ascending[ascending >= middle] / scale - middle / scale
    below = np.sort(middle / scale - ascending[ascending <= middle] / scale)
    n_ties = int((ascending == middle).sum())
    n_pairs = len(above) * len(below)
    ranks = {(n_pairs - 1) // 2, n_pairs // 2}
    return float(np.mean([_pair_at(rank, above, below, n_ties) for rank in ranks]))


def _pair_at(rank: int, above: Floats, below: Floats, n_ties: int) -> float:
    """The pair at a rank, 0 for the least: its range is halved until few enough pairs are left in it."""
    low, high = -1.0, 1.0
    n_up_to_low, n_up_to_high = _count_up_to(above, below, n_ties, low), len(above) * len(below)
    if n_up_to_low > rank:
        return low
    while n_up_to_high - n_up_to_low > _PAIRS_PER_NUMBER * (len(above) + len(below)):
        trial = (low + high) / 2
        if not low < trial < high:
            return high
        n_up_to = _count_up_to(above, below, n_ties, trial)
        if n_up_to > rank:
            high, n_up_to_high = trial, n_up_to
        else:
            low, n_up_to_low = trial, n_up_to
    pairs = _pairs_between(above, below, n_ties, low, high)
    return float(np.partition(pairs, rank - n_up_to_low)[rank - n_up_to_low])


def _reach(above: Floats, bound: float) -> Floats:
    """For each number above, the distance below from which on a pair is at most `bound`."""
    return above * ((1 - bound) / (1 + bound)) if bound > -1 else np.where(above > 0, np.inf, 0.0)


def _count_up_to(above: Floats, below: Floats, n_ties: int, bound: float) -> int:
    """How many pairs are at most `bound`."""
    n_pairs = len(above) * len(below)
    n_beyond = int(np.searchsorted(below, _reach(above, bound), "left").sum())
    ties_beyond = (n_ties * (n_ties - 1) // 2 if bound < 1 else 0) + (n_ties if bound < 0 else 0)
    return n_pairs - n_beyond - ties_beyond


def _pairs_between(above: Floats, below: Floats, n_ties: int, low: float, high: float) -> Floats:
    """All pairs greater than `low` and at most `high`."""
    first, last = (np.searchsorted(below, _reach(above, bound), "left") for bound in (high, low))
    counts = last - first
    a = np.repeat(above, counts)
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    b = below[np.repeat(first, counts) + np.arange(len(a)) - starts]
    pairs = (a - b) / (a + b)
    ties = np.repeat([-1.0, 0.0, 1.0], [n_ties * (n_ties - 1) // 2, n_ties, n_ties * (n_ties - 1) // 2])
    return np.concatenate([pairs, ties[(ties > low) & (ties <= high)]])
