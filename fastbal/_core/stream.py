"""The rows of a balanced table in random order, batch by batch: each batch is a small recipe.

            an epoch's rows: those kept, then those made          in random order, cut into batches
    draw ─→ 0 … n_kept − 1 │ n_kept …                       ─→    [7 2 9 4] [0 8 3 5] [1 6]

Only the order is held, one number a row. What a new row is made from is drawn when its batch is asked for, from random
numbers that belong to this batch of this epoch: so batches are the same whoever asks for them, and in whatever order.
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

from fastbal._core.draws import Stream
from fastbal._core.recipe import Block, NewRows, Recipe, Rows, part_of, row_number_type
from fastbal._core.segments import draw_anew_within, lengths_of_short
from fastbal._core.target import Codes

#: Which rows an epoch consists of, as a sampler says it.
DrawRecipe = Callable[[np.random.Generator], tuple[Recipe, NewRows]]


@dataclass(frozen=True, eq=False)
class Source:
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
    >>> import numpy as np
    >>> source = Source(label=1, n_new=9, bases=np.array([4, 6]), neighbors=np.array([[6], [4]]))
    >>> block = source.draw(3, Stream(np.random.default_rng(0)))
    >>> block.base.tolist(), block.neighbor.tolist(), block.step.round(2).tolist()
    ([6, 6, 6], [4, 4, 4], [0.04, 0.02, 0.81])
    """

    label: int
    n_new: int
    bases: Rows
    neighbors: Rows | None = None

    def draw(self, n_new: int, stream: Stream) -> Block:
        """Some new rows: pairs (base, neighbour) and steps drawn uniformly, as in SMOTE."""
        if self.neighbors is None:
            return Block(self.label, self.bases[stream.integers(len(self.bases), n_new)])
        k = self.neighbors.shape[1]
        place, rank = np.divmod(stream.integers(self.neighbors.size, n_new), k)
        step = stream.uniform(n_new)
        if self._lengths is not None:
            draw_anew_within(rank, self._lengths[place], k, stream)
        return Block(self.label, self.bases[place], self.neighbors[place, rank], step)

    @functools.cached_property
    def _lengths(self) -> Rows | None:
        return None if self.neighbors is None else lengths_of_short(self.neighbors)


class RecipeStream:
    """An endless row of epochs, each cut into batches.

    Parameters
    ----------
    draw : callable
        Says which rows an epoch consists of; called once per epoch.
    sources : sequence of Source
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
    >>> source = Source(label=1, n_new=3, bases=np.array([2]))
    >>> stream = RecipeStream(
    ...     lambda rng: (Recipe(n_rows=3), NewRows()), [source], np.array([0, 0, 1]),
    ...     batch_size=3, shuffle=True, is_exact=False, seed=0,
    ... )
    >>> [stream.epoch(0).batch(index)[0].base.tolist() for index in range(len(stream))]
    [[1, 0, 2], [2, 2, 2]]
    """

    def __init__(
        self,
        draw: DrawRecipe,
        sources: Sequence[Source],
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

    def epoch(self, number: int) -> Epoch:
        """The rows of an epoch, in their order."""
        rng = self._rng(number)
        recipe, new = self.draw(rng)
        return Epoch(self, number, recipe, new, self._order(recipe, rng))

    def random(self, *key: int) -> Stream:
        """The random numbers of a batch, given by the numbers of its epoch and of itself; perhaps by one more."""
        return Stream(self._rng(*key))

    def _rng(self, *key: int) -> np.random.Generator:
        return np.random.Generator(np.random.SFC64(np.random.SeedSequence(self.seed, spawn_key=key)))

    def _class_counts(self) -> NDArray[np.int64]:
        codes = self._codes_of(self.draw(self._rng(0))[0])
        # Not numpy.bincount, which makes eight bytes of each code.
        return np.array([np.count_nonzero(codes == code) for code in range(int(self.codes.max()) + 1)])

    def _codes_of(self, recipe: Recipe) -> Codes:
        """The class of each row of the recipe's output."""
        kept = self.codes if recipe.kept is None else self.codes[recipe.kept]
        made = [np.full(source.n_new, source.label, kept.dtype) for source in self.sources]
        codes = np.concatenate([kept, recipe.label.astype(kept.dtype), *made])
        return codes if recipe.order is None else codes[recipe.order]

    def _order(self, recipe: Recipe, rng: np.random.Generator) -> Rows:
        order: Rows = np.arange(self.n_rows, dtype=row_number_type(self.n_rows))
        if not self.is_exact:
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

    def __init__(self, stream: RecipeStream, number: int, recipe: Recipe, new: NewRows, order: Rows) -> None:
        self.stream, self.number, self.recipe, self.new, self.order = stream, number, recipe, new, order
        #: Where the new rows of each source begin, among an epoch's rows as the recipe orders them.
        self.starts = np.cumsum([recipe.n_rows, *(source.n_new for source in stream.sources)])[:-1]

    def batch(self, index: int) -> tuple[Recipe, NewRows]:
        """The recipe of a batch.

        Where new rows are drawn now, all rows are told as new ones, so that they come in the epoch's order: what is
        kept is a copy, of itself.
        """
        size, sources = self.stream.batch_size, self.stream.sources
        places = self.order[index * size : (index + 1) * size]
        if not sources:
            return part_of(self.recipe, self.new, places)
        random = self.stream.random(self.number, index)
        base, neighbor, step = places.copy(), None, None
        if any(source.neighbors is not None for source in sources):
            neighbor, step = places.copy(), np.zeros(len(places))
        for source, start in zip(sources, self.starts.tolist(), strict=True):
            chosen = np.flatnonzero((places >= start) & (places < start + source.n_new))
            block = source.draw(len(chosen), random)
            base[chosen] = block.base
            if neighbor is not None and step is not None:
                neighbor[chosen] = block.base if block.neighbor is None else block.neighbor
                step[chosen] = 0 if block.step is None else block.step
        n_rows = self.recipe.n_rows
        label = self.stream.codes[base]
        return Recipe(n_rows=n_rows, kept=base[:0], base=base, neighbor=neighbor, step=step, label=label), NewRows()

    def is_new(self, index: int) -> NDArray[np.bool_]:
        """For each row of a batch, whether it is made."""
        size = self.stream.batch_size
        return self.order[index * size : (index + 1) * size] >= self.recipe.n_kept


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
