"""Where random numbers come from: a seed in each of its forms."""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

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
        return _SeededStream(self.seed)

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
        is_small = size < _LARGE or not 1 < high <= 1 << 32
        kernels = None if is_small else _kernels_for(self._source, size // _INTEGERS_FOR_A_SWAP)
        if kernels is None:
            return self._source.randint(0, high, size, dtype=np.int64)
        numbers = np.empty(size, np.int64)
        with _words(self._source) as state:
            state["pos"] = kernels.integers(state["key"], state["pos"], high - 1, numbers)
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
        kernels = _kernels_for(self._source, n) if _LARGE <= n < 1 << 31 else None
        if kernels is None:
            return self._source.permutation(n)[:size]
        values = np.arange(n, dtype=np.int32)
        with _words(self._source) as state:
            state["pos"] = kernels.shuffle_head(state["key"], state["pos"], values, size)
        return values[:size].astype(np.int64)

    def shuffled(self, values: NDArray[Any]) -> NDArray[Any]:
        """The values (or rows of a matrix) in random order; a copy."""
        return np.asarray(self._source.permutation(values))


class _SeededStream(Stream):
    """The stream of a seed, on a RandomState that is used again when nobody draws from it any more.

    To make one takes as long as everything else that is done to a small table: NumPy fills its state twice, and once
    for nothing. To seed one takes 2 microseconds.
    """

    _spare: ClassVar[list[np.random.RandomState]] = []  # append and pop are safe from several threads

    def __init__(self, seed: int) -> None:
        try:
            source = self._spare.pop()
        except IndexError:
            source = np.random.RandomState(seed)
        else:
            source.seed(seed)
        self._borrowed = source
        super().__init__(source)

    def __copy__(self) -> Stream:
        return self.copy()  # two must not give back the same one

    def __del__(self) -> None:
        if hasattr(self, "_borrowed"):  # not where the seed was refused
            self._spare.append(self._borrowed)


# ------------------------------------------------------------------ the same numbers as NumPy's, from our own kernels

_LARGE = 1 << 15
# Numbers that NumPy has shuffled when it has taken, beyond our kernels, the time to load these; and to compile them.
_LOADING, _COMPILING = 1 << 21, 1 << 23
# A whole number is drawn in a part of the time of a swap.
_INTEGERS_FOR_A_SWAP = 8

_shuffled_by_numpy = 0


def _kernels_for(source: np.random.RandomState, n: int) -> Any:
    """The kernels, to draw with them what `n` swaps of NumPy's would; None where NumPy had better do it.

    Where no kernels are in use, nobody knows how much will still be drawn. So they are loaded when NumPy has taken as
    long as that takes: then drawing never takes more than twice the least time.
    """
    global _shuffled_by_numpy
    if not isinstance(source._bit_generator, np.random.MT19937):
        return None
    machine = sys.modules.get("fastbal._kernels._machine")
    are_in_use = machine is not None and (machine.in_use() or "fastbal._core.neighbors" in sys.modules)
    if not are_in_use:
        _shuffled_by_numpy += n
        if _shuffled_by_numpy < _LOADING:
            return None
    from fastbal._kernels import mersenne

    if are_in_use or _shuffled_by_numpy >= _COMPILING or mersenne.shuffle_head.is_at_hand(*_A_SHUFFLE):
        return mersenne
    return None


# What a shuffle is called with.
_A_SHUFFLE = np.empty(624, np.uint32), 0, np.empty(0, np.int32), 0


@contextmanager
def _words(source: np.random.RandomState) -> Iterator[dict[str, Any]]:
    """The state of a RandomState, to go on from; what is done to it is done to the RandomState.

    Nobody else draws meanwhile: NumPy's own draws hold the same lock, which lets its owner in again.
    """
    with source._bit_generator.lock:
        state: Any = source.get_state(legacy=False)
        yield state["state"]
        source.set_state(state)
