"""Rows drawn by the same weights again and again, as NumPy draws them."""

from __future__ import annotations

from typing import Any

import numpy as np


class Sharer(np.random.RandomState):
    """A RandomState that is asked for rows by the same weights again and again, and adds them up once.

    NumPy's own goes through all weights at each draw. The numbers are the same, and the RandomState given moves on.

    Examples
    --------
    >>> weights = np.array([0.5, 0.25, 0.25])
    >>> sharer = Sharer(np.random.RandomState(0))
    >>> [sharer.choice(3, 4, p=weights).tolist() for _ in range(2)]
    [[1, 1, 1, 1], [0, 1, 0, 2]]
    """

    def __init__(self, source: np.random.RandomState) -> None:
        super().__init__(source._bit_generator)
        self._weights: Any = None
        self._sums = np.empty(0)

    def choice(self, a: Any, size: Any = None, replace: bool = True, p: Any = None) -> Any:
        """As NumPy's."""
        if p is None or p is not self._weights or not (isinstance(a, int) and replace and size):
            chosen = super().choice(a, size, replace, p)
            if isinstance(p, np.ndarray):  # that NumPy has found to be right
                sums = p.cumsum(dtype=np.float64)
                self._weights, self._sums = p, np.concatenate([[0.0], sums / sums[-1]])
            return chosen
        where = self.random_sample(size)
        # Weights are mostly the same for all: then this is the place, or next to it.
        chosen = np.minimum((where * a).astype(np.int64), a - 1)
        is_other = (where < self._sums[chosen]) | (where >= self._sums[chosen + 1])
        chosen[is_other] = self._sums[1:].searchsorted(where[is_other], side="right")
        return chosen
