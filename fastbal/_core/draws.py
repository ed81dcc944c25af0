"""Where random numbers come from: a seed in each of its forms."""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

Seed = int | np.random.RandomState | np.random.Generator


def keyed_generator(seed: int, *key: int) -> np.random.Generator:
    """The random numbers of one thing among many, such as a batch of an epoch, whenever and wherever it is made.

    Examples
    --------
    >>> [int(keyed_generator(0, 3, 1).integers(100)) for _ in range(2)], int(keyed_generator(0, 3, 2).integers(100))
    ([9, 9], 15)
    """
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(seed, spawn_key=key)))


class Draws:
    """The random numbers of one call of `fit_resample`.

    Parameters
    ----------
    seed : int, RandomState or Generator
        As `random_state` of a sampler, except for None, which means NumPy's global RandomState.
    in_pieces : bool, default=False
        Whether new rows shall be drawn piece by piece, where a sampler can; see `fastbal._core.pieces`.
    """

    def __init__(self, seed: Seed, *, in_pieces: bool = False) -> None:
        self.seed, self.in_pieces = seed, in_pieces

    def stream(self) -> Stream:
        """Random numbers from here on.

        An int starts at its beginning each time; a RandomState or a Generator goes on where it was. The samplers of
        imbalanced-learn that ask once per call share one stream among the classes (random over- and under-sampling,
        ADASYN, ...); those that ask once per class (SMOTE and its family) give every class the same beginning when
        `random_state` is an int. The same rows for the same seed need both habits, so a sampler asks where its model
        asks.
        """
        if isinstance(self.seed, (np.random.RandomState, np.random.Generator)):
            return Stream(self.seed)
        return Stream(np.random.RandomState(self.seed))

    def random_state(self) -> np.random.RandomState:
        """The same for scikit-learn's estimators, which take no Generator: a number it draws is their seed."""
        if isinstance(self.seed, np.random.Generator):
            return np.random.RandomState(int(self.seed.integers(1 << 32)))
        return self.seed if isinstance(self.seed, np.random.RandomState) else np.random.RandomState(self.seed)


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

    def copy(self) -> Stream:
        """Another stream of the numbers that come next in this one."""
        return Stream(copy.deepcopy(self._source))

    def integers(self, high: int, size: int) -> NDArray[np.int64]:
        """`size` whole numbers from 0 to ``high - 1``, each as likely as any other."""
        if isinstance(self._source, np.random.Generator):
            return self._source.integers(0, high, size)
        if size < _LARGE or not 1 < high <= 1 << 32 or not _is_compiled(self._source):
            return self._source.randint(0, high, size, dtype=np.int64)
        numbers = np.empty(size, np.int64)
        with _words(self._source) as state:
            state["pos"] = _kernels().integers(state["key"], state["pos"], high - 1, numbers)
        return numbers

    def uniform(self, size: int | tuple[int, ...]) -> NDArray[np.float64]:
        """Numbers from 0 to 1, 1 excluded."""
        return np.asarray(self._source.random(size))

    def normal(self, size: int | tuple[int, ...]) -> NDArray[np.float64]:
        """Standard normal numbers."""
        return np.asarray(self._source.standard_normal(size))

    def key(self) -> int:
        """A key for random numbers by number, see `fastbal._kernels.counter`."""
        low, high = self.integers(1 << 32, 2).tolist()
        return int(low | (high >> 1) << 32)

    def beta(self, a: float, b: float) -> float:
        """One number from the beta distribution."""
        return float(self._source.beta(a, b))

    def distinct(self, n: int, size: int) -> NDArray[np.int64]:
        """`size` different whole numbers from 0 to ``n - 1``, in random order."""
        if isinstance(self._source, np.random.Generator):
            return self._source.choice(n, size, replace=False)
        if not _LARGE <= n < 1 << 31 or not (_is_compiled(self._source) or _is_worth_loading(self._source, n)):
            return self._source.permutation(n)[:size]
        values = np.arange(n, dtype=np.int32)
        with _words(self._source) as state:
            state["pos"] = _kernels().shuffle_head(state["key"], state["pos"], values, size)
        return values[:size].astype(np.int64)

    def shuffled(self, values: NDArray[Any]) -> NDArray[Any]:
        """The values (or rows of a matrix) in random order; a copy."""
        return np.asarray(self._source.permutation(values))


# ------------------------------------------------------------------ the same numbers as NumPy's, from our own kernels

_LARGE, _HUGE = 1 << 15, 1 << 23


def _is_compiled(source: np.random.RandomState) -> bool:
    """Whether kernels are in use anyway, or soon will be: loading them takes NumPy's time for 10**6 numbers."""
    machine = sys.modules.get("fastbal._kernels._machine")
    runs_kernels = machine is not None and (machine.in_use() or "fastbal._core.neighbors" in sys.modules)
    return runs_kernels and _is_mersenne(source)


def _is_worth_loading(source: np.random.RandomState, n: int) -> bool:
    """Whether shuffling takes NumPy longer than to load the compiler and let the kernel do it, in half the memory."""
    return n >= _HUGE and _is_mersenne(source)


def _is_mersenne(source: np.random.RandomState) -> bool:
    return bool(source.get_state(legacy=False)["bit_generator"] == "MT19937")


def _kernels() -> Any:
    from fastbal._kernels import mersenne

    return mersenne


@contextmanager
def _words(source: np.random.RandomState) -> Iterator[dict[str, Any]]:
    """The state of a RandomState, to go on from; what is done to it is done to the RandomState.

    Nobody else draws meanwhile: NumPy's own draws hold the same lock, which lets its owner in again.
    """
    with source._bit_generator.lock:
        state: Any = source.get_state(legacy=False)
        yield state["state"]
        source.set_state(state)
