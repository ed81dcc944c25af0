"""Stretches of a sorted target that are rare or not, and how many rows each of them shall have."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastbal._core.plan import floor_rows
from fastbal._core.words import listed


class Bin(NamedTuple):
    """A stretch of the target.

    Attributes
    ----------
    low, high : float
        The least and the greatest value in it.
    n_rows : int
        How many rows it has.
    is_rare : bool
        Whether these are relevant.

    Examples
    --------
    >>> import numpy as np
    >>> from fastbal.regression import RelevanceOverSampler
    >>> y = np.array([1.0, 2.0, 2.0, 3.0, 3.0, 3.0, 4.0, 4.0, 5.0, 20.0])
    >>> sampler = RelevanceOverSampler(random_state=0).fit(y[:, None], y)
    >>> sampler.bins_[-1]
    Bin(low=4.0, high=20.0, n_rows=4, is_rare=True)
    """

    low: float
    high: float
    n_rows: int
    is_rare: bool


def cut_into_bins(
    y: NDArray[np.float64], relevance: NDArray[np.float64], threshold: float
) -> tuple[NDArray[np.int64], list[Bin]]:
    """Cut the sorted target wherever relevance passes the threshold.

    Parameters
    ----------
    y, relevance : ndarray of shape (n_rows,)
        The target, and how much each value matters.
    threshold : float
        Relevant from here on.

    Returns
    -------
    codes : ndarray of shape (n_rows,), int64
        The bin of each row.
    bins : list of Bin
        Ascending by value.

    Examples
    --------
    >>> import numpy as np
    >>> y = np.array([5.0, 1.0, 2.0, 9.0])
    >>> codes, bins = cut_into_bins(y, (y > 4).astype(float), 0.5)
    >>> codes.tolist(), bins[1]
    ([1, 0, 0, 1], Bin(low=5.0, high=9.0, n_rows=2, is_rare=True))
    """
    order = np.argsort(y)  # relevance is a function of y: no order of equal values makes a difference
    is_rare = relevance[order] >= threshold
    ends = np.append(np.flatnonzero(is_rare[1:] != is_rare[:-1]) + 1, len(y))
    starts = np.append(0, ends[:-1])
    codes = np.empty(len(y), np.int64)
    codes[order] = np.repeat(np.arange(len(ends)), ends - starts)
    bins = [
        Bin(float(y[order[i]]), float(y[order[j - 1]]), int(j - i), bool(is_rare[i]))
        for i, j in zip(starts, ends, strict=True)
    ]
    return codes, bins


def plan_of_bins(strategy: Any, bins: list[Bin], *, adds: bool, drops: bool) -> dict[int, int]:
    """How many rows each bin shall have.

    Parameters
    ----------
    strategy : "balance", "extreme", float, or mapping of bin to number of rows
        What the samplers take as `sampling_strategy`.
    bins : list of Bin
        Ascending by value.
    adds : bool
        Whether rare bins may get rows.
    drops : bool
        Whether the others may lose rows.

    Returns
    -------
    dict of int to int
        Of the bins that change: their number to their rows afterwards.

    Raises
    ------
    ValueError
        If all bins, or none, are rare, or the strategy cannot be met.

    Examples
    --------
    >>> bins = [Bin(0, 5, 90, False), Bin(5, 9, 10, True)]
    >>> plan_of_bins("balance", bins, adds=True, drops=True)
    {0: 50, 1: 50}
    >>> plan_of_bins("balance", bins, adds=True, drops=False)
    {1: 90}
    >>> plan_of_bins(2.5, bins, adds=True, drops=True)
    {1: 25}
    """
    _require_both(bins)
    if isinstance(strategy, Mapping):
        wanted = _given_rows(strategy, bins, adds, drops)
    elif isinstance(strategy, str):
        wanted = _named_rows(strategy, bins, adds, drops)
    else:
        wanted = _multiplied_rows(strategy, bins, adds)
    return {code: n for code, n in sorted(wanted.items()) if n != bins[code].n_rows}


def _require_both(bins: list[Bin]) -> None:
    if sum(one.n_rows for one in bins) == 1:
        raise ValueError(
            "There is one sample only, n_samples = 1, so nothing can be rare beside anything. Give more rows."
        )
    if not any(one.is_rare for one in bins):
        raise ValueError(
            "No row of y is relevant: the relevance of each is below the threshold. Lower threshold, lower coef of "
            "Relevance or take its method='adjusted', or give it control points."
        )
    if all(one.is_rare for one in bins):
        raise ValueError(
            "Every row of y is relevant, so there is nothing that some are rare beside. Raise threshold, or give "
            "Relevance other control points."
        )


def _named_rows(strategy: str, bins: list[Bin], adds: bool, drops: bool) -> dict[int, int]:
    if strategy not in ("balance", "extreme"):
        raise ValueError(
            f"sampling_strategy must be 'balance', 'extreme', a number or a dict of bin to number of rows, but it is "
            f"{strategy!r}."
        )
    changed = [code for code, one in enumerate(bins) if (adds and one.is_rare) or (drops and not one.is_rare)]
    # The mean size of all bins if both kinds change, else that of the other kind, which is to be met.
    measure = [one.n_rows for one in bins if (adds and drops) or one.is_rare != adds]
    share = [1.0 if strategy == "balance" else 1 / bins[code].n_rows for code in changed]
    unit = sum(measure) / len(measure) * len(changed) / sum(share)
    targets = {code: max(1, round(unit * part)) for code, part in zip(changed, share, strict=True)}
    return {code: (max if bins[code].is_rare else min)(n, bins[code].n_rows) for code, n in targets.items()}


def _multiplied_rows(factor: Any, bins: list[Bin], adds: bool) -> dict[int, int]:
    """Each rare bin times a factor of at least 1; or, where rows are dropped only, a share of each of the others."""
    is_possible = factor >= 1 if adds else 0 < factor <= 1
    if not is_possible or not math.isfinite(factor):
        what = "how many times its rows each rare bin shall have, so at least 1"
        raise ValueError(
            f"A number as sampling_strategy is "
            f"{what if adds else 'the share of rows that stay of each bin that is not rare, so from 0 to 1'}, but it "
            f"is {factor!r}."
        )
    return {code: max(1, floor_rows(factor * one.n_rows)) for code, one in enumerate(bins) if one.is_rare == adds}


def _given_rows(rows: Mapping[Any, Any], bins: list[Bin], adds: bool, drops: bool) -> dict[int, int]:
    wanted = {}
    for code, asked in rows.items():
        if not isinstance(code, Integral) or not 0 <= int(code) < len(bins):
            raise ValueError(
                f"sampling_strategy names bin {code!r}, but the bins are numbered from 0 to {len(bins) - 1}, ascending "
                f"by y; after a fit, bins_ lists them."
            )
        is_number = isinstance(asked, Real) and not isinstance(asked, bool)
        is_whole = is_number and float(asked).is_integer() and float(asked) >= 0
        if not is_whole:
            raise ValueError(
                f"sampling_strategy must give each bin a whole number of rows, 0 or more, but bin {code} is to have "
                f"{listed([asked])}."
            )
        n_rows = bins[int(code)].n_rows
        if (asked > n_rows and not adds) or (asked < n_rows and not drops):
            raise ValueError(
                f"sampling_strategy asks for {int(asked)} rows in bin {code}, which has {n_rows}: this sampler only "
                f"{'adds' if adds else 'drops'} rows. Ask for {n_rows} or {'more' if adds else 'less'}."
            )
        wanted[int(code)] = int(asked)
    return wanted
