"""How far apart rows are on average."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastbal._core.threads import for_each_piece


def mean_distance(X: NDArray[Any]) -> float:
    """Mean distance between two different rows, over all pairs; float32 or float64 (n, d), n at least 2.

    Examples
    --------
    >>> import numpy as np
    >>> mean_distance(np.array([[0.0, 0.0], [3.0, 4.0], [0.0, 0.0]]))
    3.3333333333333335
    """
    from fastbal._kernels.spread import sum_distances

    n = len(X)
    columns = np.ascontiguousarray((X - X.mean(axis=0, dtype=np.float64)).T)
    sums = np.empty(n)
    # A row is compared with those after it; the first ones have most to do.
    for_each_piece(
        lambda start, stop: sum_distances(columns, sums, start, stop),
        n,
        piece=1 + 4_000_000 // (n * len(columns) + 1),
    )
    return math.fsum(sums.tolist()) * 2 / (n * (n - 1))
