"""The rows of a balanced table in random order, batch by batch: each batch is a small recipe.

            an epoch's rows: those kept, then those made          in random order, cut into batches
    draw ─→ 0 … n_kept − 1 │ n_kept …                       ─→    [7 2 9 4] [0 8 3 5] [1 6]

Only the order is held, one number a row. What a new row is made from is drawn when it is asked for, from random
numbers that belong to this row of this epoch: so the rows of an epoch are the same whoever asks for them, in whatever
order, and however many at once.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastbal._core.draws import Stream, keyed_generator
from fastbal._core.recipe import NewRows, Recipe, Rows, recipe_of_rows, row_number_type
from fastbal._core.target import Codes

# Rows counted at once: what they need beside their room stays in the cache.
_COUNTED_AT_ONCE = 1 << 16
#: Which rows an epoch consists of, as a sampler says it.
DrawRecipe = Callable[[np.random.Generator], tuple[Recipe, NewRows]]


@dataclass(frozen=True, eq=False)
class RowSource:
    """Where the new rows of a class come from, any number of them at any time.

    Parameters
    ----------
    label : int
        Class code of the new rows.
    n_new : int
        How many there are in an epoch.
    bases : ndarray of shape (n_bases,), int64 or int32
        Row numbers that new rows start from, each with the same probability.
    neighbors : ndarray of shape (n_bases, k), int64 or int32, or None
        Row numbers they may move towards, each with the same probability; −1 follows the last where there are fewer
        than k. None for copies.

    Examples
    --------
    Rows 10, 11 and 12 of an epoch, of which the last two are new:

    >>> import numpy as np
    >>> source = RowSource(label=1, n_new=9, bases=np.array([4, 6]), neighbors=np.array([[6], [4]]))
    >>> base, neighbor, step = np.array([3, 0, 0]), np.array([3, 0, 0]), np.zeros(3)
    >>> source.draw(np.array([10, 11, 12]), 11, 7, base, neighbor, step)
    >>> base.tolist(), neighbor.tolist(), step.round(2).tolist()
    ([3, 6, 4], [3, 4, 6], [0.0, 0.43, 0.9])
    """

    label: int
    n_new: int
    bases: Rows
    neighbors: Rows | None = None

    def draw(
        self, places: Rows, start: int, key: int, base: Rows, neighbor: Rows | None, step: NDArray[np.float64] | None
    ) -> None:
        """Fill in the new rows of this source, as in SMOTE: pairs (base, neighbour) and steps drawn uniformly.

        Parameters
        ----------
        places : ndarray of shape (m,), integer
            Which rows of the epoch are asked for, those of other sources among them.
        start : int
            Where those of this source begin.
        key : int
            The random numbers of the epoch, see `fastbal._kernels.counter`.
        base, neighbor : ndarray of shape (m,), integer
            Where to write row numbers; no neighbours if no source of the epoch has any.
        step : ndarray of shape (m,), float64
            Where to write how far.
        """
        from fastbal._kernels import pairs  # here, so that random sampling needs no compiler

        stop = start + self.n_new
        if self.neighbors is not None:
            pairs.draw_pairs(places, start, stop, self.bases, self.neighbors, self._lengths, key, base, neighbor, step)
            return
        pairs.draw_copies(places, start, stop, self.bases, key, base)
        if neighbor is not None:
            pairs.draw_copies(places, start, stop, self.bases, key, neighbor)

    @functools.cached_property
    def _lengths(self) -> NDArray[np.int32]:
        assert self.neighbors is not None
        lengths: NDArray[np.int32] = np.count_nonzero(self.neighbors >= 0, axis=1).astype(np.int32)
        return lengths


class RecipeStream:
    """An endless row of epochs, each cut into batches.

    Parameters
    ----------
    draw : callable
        Says which rows an epoch consists of; called once per epoch.
    sources : sequence of RowSource
        New rows that are drawn batch by batch; then `draw` keeps all rows as they are and makes none.
    codes : ndarray of shape (n_rows,)
        The class code of each row of the table.
    batch_size : int
        Rows of a batch; the last one of an epoch may have fewer.
    shuffle : bool
        Whether the rows come in random order.
    is_exact : bool
        Whether every batch has each class's share of the epoch, up to a row, instead of by chance.
    seed : int
        The random numbers.

    Examples
    --------
    Three rows and three copies of the last of them, in two batches:

    >>> import numpy as np
    >>> source = RowSource(label=1, n_new=3, bases=np.array([2]))
    >>> stream = RecipeStream(
    ...     lambda rng: (Recipe(n_rows=3), NewRows()), [source], np.array([0, 0, 1]),
    ...     batch_size=3, shuffle=True, is_exact=False, seed=0,
    ... )
    >>> [stream.epoch(0).rows(start, start + 3)[0].base.tolist() for start in (0, 3)]
    [[1, 0, 2], [2, 2, 2]]
    """

    def __init__(
        self,
        draw: DrawRecipe,
        sources: Sequence[RowSource],
        codes: Codes,
        *,
        batch_size: int,
        shuffle: bool,
        is_exact: bool,
        seed: int,
    ) -> None:
        self.draw = draw
        self.sources = [source for source in sources if source.n_new]
        self.codes = codes
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.is_exact = is_exact
        self.seed = seed
        self.class_counts = self._class_counts()
        self.n_rows = int(self.class_counts.sum())

    def __len__(self) -> int:
        """Batches of an epoch."""
        return -(-self.n_rows // self.batch_size)

    def epoch(self, number: int, room: Rows | None = None) -> Epoch:
        """The rows of an epoch, in their order.

        Parameters
        ----------
        number : int
            Which epoch.
        room : ndarray of shape (n_rows,), optional
            Where to write the order, see `room`: that of an epoch that nobody reads any more.
        """
        rng = self._rng(number)
        recipe, new = self.draw(rng)
        order = self._order(recipe, rng, self.room() if room is None else room)
        return Epoch(self, recipe, new, order, Stream(rng).key())

    def room(self) -> Rows:
        """Room for the order of an epoch."""
        return np.empty(self.n_rows, row_number_type(self.n_rows))

    def random(self, *key: int) -> np.random.Generator:
        """Random numbers of a batch, given by the numbers of its epoch and of itself."""
        return self._rng(*key)

    def _rng(self, *key: int) -> np.random.Generator:
        return keyed_generator(self.seed, *key)

    def _class_counts(self) -> NDArray[np.int64]:
        recipe, _ = self.draw(self._rng(0))
        kept = self.codes if recipe.kept is None else self.codes[recipe.kept]
        # Not numpy.bincount, which makes eight bytes of each code.
        counts = [
            np.count_nonzero(kept == code) + np.count_nonzero(recipe.label == code)
            for code in range(int(self.codes.max()) + 1)
        ]
        for source in self.sources:
            counts[source.label] += source.n_new
        return np.array(counts)

    def _codes_of(self, recipe: Recipe) -> Codes:
        """The class of each row of the recipe's output."""
        kept = self.codes if recipe.kept is None else self.codes[recipe.kept]
        made = [np.full(source.n_new, source.label, kept.dtype) for source in self.sources]
        codes = np.concatenate([kept, recipe.label.astype(kept.dtype), *made])
        return codes if recipe.order is None else codes[recipe.order]

    def _order(self, recipe: Recipe, rng: np.random.Generator, order: Rows) -> Rows:
        if not self.is_exact:
            for start in range(0, len(order), _COUNTED_AT_ONCE):
                part = order[start : start + _COUNTED_AT_ONCE]
                part[:] = np.arange(start, start + len(part), dtype=order.dtype)
            if self.shuffle:
                rng.shuffle(order)
            return order
        codes = self._codes_of(recipe)
        turns = take_turns(self.class_counts)
        for code in np.flatnonzero(self.class_counts):
            places = np.flatnonzero(codes == code).astype(order.dtype)
            if self.shuffle:
                rng.shuffle(places)
            order[turns == code] = places
        return order


class Epoch:
    """The rows of an epoch, in their order; see `RecipeStream`."""

    def __init__(self, stream: RecipeStream, recipe: Recipe, new: NewRows, order: Rows, key: int) -> None:
        self.stream, self.recipe, self.new, self.order, self.key = stream, recipe, new, order, key
        #: Where the new rows of each source begin, among an epoch's rows as the recipe orders them.
        self.starts = np.cumsum([recipe.n_rows, *(source.n_new for source in stream.sources)])[:-1]

    def rows(self, start: int, stop: int) -> tuple[Recipe, NewRows]:
        """The recipe of some rows of the epoch, by their positions in its order.

        Where new rows are drawn now, all rows are told as new ones, so that they come in the epoch's order: what is
        kept is a copy, of itself.
        """
        return self.rows_at(self.order[start:stop])

    def rows_at(self, places: Rows) -> tuple[Recipe, NewRows]:
        """The recipe of some rows of the epoch, by their numbers, as `order` has them."""
        sources = self.stream.sources
        if not sources:
            return recipe_of_rows(self.recipe, self.new, places)
        base, neighbor, step = places.copy(), None, None
        if any(source.neighbors is not None for source in sources):
            neighbor, step = places.copy(), np.zeros(len(places))
        for source, first in zip(sources, self.starts.tolist(), strict=True):
            source.draw(places, first, self.key, base, neighbor, step)
        label = self.stream.codes[base]
        return (
            Recipe(n_rows=self.recipe.n_rows, kept=base[:0], base=base, neighbor=neighbor, step=step, label=label),
            NewRows(),
        )

    def is_new(self, start: int, stop: int) -> NDArray[np.bool_]:
        """For each of these rows, whether it is made."""
        return self.is_new_at(self.order[start:stop])

    def is_new_at(self, places: Rows) -> NDArray[np.bool_]:
        """As `is_new`, of rows by their numbers."""
        return places >= self.recipe.n_kept


def checked_batch_size(batch_size: Any) -> int:
    """A number of rows, as an int."""
    if not isinstance(batch_size, Integral) or batch_size < 1:
        raise ValueError(f"batch_size must be a whole number of rows, at least 1. Got {batch_size!r}.")
    return int(batch_size)


def require_batch(index: int, n_batches: int) -> None:
    """Raise the error if there is no batch of this number."""
    if not 0 <= index < n_batches:
        raise IndexError(f"There are {n_batches} batches, numbered from 0, but number {index} is asked for.")


def take_turns(counts: NDArray[np.int64]) -> Codes:
    """Whose turn it is, so that every stretch has each class's share: the i-th row of n comes at ``(i + 1/2) / n``.

    The divisor method of Sainte-Laguë: what a class is ahead of its share, or behind, is less than a row for two
    classes, and about a row for more.

    Examples
    --------
    >>> import numpy as np
    >>> take_turns(np.array([6, 3])).tolist()
    [0, 1, 0, 0, 1, 0, 0, 1, 0]
    """
    divisor = math.gcd(*counts.tolist())
    few = counts // divisor
    turns = np.repeat(np.arange(len(counts), dtype=np.min_scalar_type(-len(counts))), few)
    when = np.concatenate([(np.arange(n) + 0.5) / n for n in few.tolist() if n])
    return np.tile(turns[np.argsort(when, kind="stable")], divisor)


def deal_steps(recipe: Recipe, codes: Codes, rng: np.random.Generator) -> Recipe:
    """The same pairs of rows with each other's steps: other points on the same segments.

    Steps change hands only among rows whose steps have one distribution in every member of the SMOTE family: those of
    a class, between two rows of it or towards a row of another (borderline-2), or away from the neighbour (SVM-SMOTE).

    Examples
    --------
    >>> import numpy as np
    >>> pairs = {"base": np.array([0, 1]), "neighbor": np.array([1, 0]), "label": np.array([0, 0])}
    >>> recipe = Recipe(n_rows=3, step=np.array([0.2, 0.7]), **pairs)
    >>> deal_steps(recipe, np.array([0, 0, 1]), np.random.default_rng(4)).step.tolist()
    [0.7, 0.2]
    """
    if recipe.step is None or recipe.neighbor is None:
        return recipe
    step = recipe.step.copy()
    kind = 2 * (codes[recipe.neighbor] != recipe.label) + (step < 0)
    for label in np.unique(recipe.label):
        for some in range(4):
            chosen = np.flatnonzero((recipe.label == label) & (kind == some))
            step[chosen] = step[rng.permutation(chosen)]
    return dataclasses.replace(recipe, step=step)
