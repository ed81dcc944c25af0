"""Where random numbers come from: a seed in each of its forms."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Seed = int | np.random.RandomState | np.random.Generator


class Draws:
    """The random numbers of one call of `fit_resample`.

    Parameters
    ----------
    seed : int, RandomState or Generator
        As `random_state` of a sampler, except for None, which means NumPy's global RandomState.
    """

    def __init__(self, seed: Seed) -> None:
        self._seed = seed

    def stream(self) -> Stream:
        """Random numbers from here on.

        An int starts at its beginning each time; a RandomState or a Generator goes on where it was. The samplers of
        imbalanced-learn that ask once per call share one stream among the classes (random over- and under-sampling,
        ADASYN, ...); those that ask once per class (SMOTE and its family) give every class the same beginning when
        `random_state` is an int. The same rows for the same seed need both habits, so a sampler asks where its model
        asks.
        """
        if isinstance(self._seed, (np.random.RandomState, np.random.Generator)):
            return Stream(self._seed)
        return Stream(np.random.RandomState(self._seed))


class Stream:
    """Random numbers one after the other, from a legacy RandomState or a Generator.

    Each method consumes a RandomState exactly as imbalanced-learn does.

    Examples
    --------
    >>> Stream(np.random.RandomState(0)).integers(10, size=5)
    array([5, 0, 3, 3, 7])
    """

    def __init__(self, source: np.random.RandomState | np.random.Generator) -> None:
        self._source = source
        self._is_legacy = isinstance(source, np.random.RandomState)

    def integers(self, high: int, size: int) -> NDArray[np.int64]:
        """`size` whole numbers from 0 to ``high - 1``, each as likely as any other."""
        source: Any = self._source
        draw = source.randint if self._is_legacy else source.integers
        return np.asarray(draw(0, high, size=size, dtype=np.int64))

    def uniform(self, size: int | tuple[int, ...]) -> NDArray[np.float64]:
        """Numbers from 0 to 1, 1 excluded."""
        return np.asarray(self._source.random(size))

    def normal(self, size: int | tuple[int, ...]) -> NDArray[np.float64]:
        """Standard normal numbers."""
        return np.asarray(self._source.standard_normal(size))

    def beta(self, a: float, b: float) -> float:
        """One number from the beta distribution."""
        return float(self._source.beta(a, b))

    def distinct(self, n: int, size: int) -> NDArray[np.int64]:
        """`size` different whole numbers from 0 to ``n - 1``, in random order."""
        if isinstance(self._source, np.random.RandomState):
            return np.asarray(self._source.permutation(n)[:size])
        return np.asarray(self._source.choice(n, size, replace=False))

    def shuffled(self, values: NDArray[Any]) -> NDArray[Any]:
        """The values (or rows of a matrix) in random order; a copy."""
        return np.asarray(self._source.permutation(values))
