"""The batches of a balanced table as arrays, each written on request; does not use Keras."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Mapping
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import clone
from sklearn.utils import check_random_state

from fastbal._containers.beside import weights_of
from fastbal._containers.labels import Labels
from fastbal._containers.read import read_table
from fastbal._core.making import Noise, make_rows
from fastbal._core.memory import give_back
from fastbal._core.recipe import NewRows, Recipe, Rows
from fastbal._core.rows import as_dtype, write_rows
from fastbal._core.stream import Epoch, RecipeStream, checked_batch_size, require_batch
from fastbal._core.target import Target
from fastbal._problem import first_rows
from fastbal._streaming.epochs import Epochs, draws_by_labels, read_epochs
from fastbal._streaming.inputs import Inputs
from fastbal._streaming.mixup import Mixup
from fastbal.under_sampling import RandomUnderSampler

Array = NDArray[Any]

SHARES = ("average", "exact")

# A chunk: large enough that a call costs little a row, small enough for the cache, and to be nothing beside the table.
_CHUNK_BYTES, _CHUNK_ROWS = 1 << 18, 1 << 12


class Batches:
    """The batches of every epoch; see `fastbal.keras.BalancedBatches` for the parameters.

    Beside arrays, X may be the path of a table in files, or what else `fastbal.resample` reads; y is the name of its
    target then.

    Attributes
    ----------
    sampler : sampler
        The one used.
    target : Target
        The class of each row of the table.
    stream : RecipeStream
        Which rows each batch has.

    Examples
    --------
    >>> import numpy as np
    >>> from fastbal.over_sampling import RandomOverSampler
    >>> batches = Batches(
    ...     np.array([[1.0], [2.0], [3.0], [4.0]]), ["no", "no", "no", "yes"], RandomOverSampler(),
    ...     batch_size=4, class_share="exact", random_state=0,
    ... )
    >>> X, y = batches.batch(epoch=0, index=0)
    >>> X.ravel().tolist(), y.tolist()
    ([2.0, 4.0, 3.0, 4.0], [0, 1, 0, 1])
    """

    def __init__(
        self,
        X: Any,
        y: Any,
        sampler: Any,
        *,
        batch_size: int,
        class_share: str = "average",
        sample_weight: Any = None,
        groups: Any = None,
        shuffle: bool = True,
        keep_sparse: bool = False,
        embedding: Any = None,
        mixup: float = 0.0,
        random_state: Any = None,
    ) -> None:
        self.sampler: Any = RandomUnderSampler() if sampler is None else clone(sampler)
        seed = seed_of(getattr(self.sampler, "random_state", None) if random_state is None else random_state)
        if getattr(self.sampler, "random_state", seed) is None:
            self.sampler.set_params(random_state=seed % (1 << 32))  # what it draws once is drawn from the same numbers
        sample_weight = None if sample_weight is None else np.asarray(sample_weight)
        if is_in_files(X):
            from fastbal.outofcore._spool import spool  # needs pyarrow

            X, y = spool(X, y)
        inputs = Inputs.read(X) if isinstance(X, Mapping) else None
        if embedding is None:
            embedding = X if inputs is None else _what_to_search(inputs, self.sampler)
        elif inputs is None:
            inputs = Inputs({None: read_table(X)})
        epochs = read_epochs(self.sampler, embedding, y, sample_weight, groups)
        if inputs is not None:
            _require_rows_for(inputs, epochs, type(self.sampler).__name__)
        self.inputs = inputs or Inputs({None: epochs.table})
        self.extra = epochs.extra
        self.target = epochs.target
        self.first_rows = first_rows(self.target)
        self.widths = epochs.widths
        self.mixup = Mixup.read(mixup, self.target, epochs.labels.is_indicator, groups)
        # Of classes that are mixed the network gets shares, in the order of their codes.
        is_shares = self.mixup is not None and self.mixup.n_classes > 0
        self.labels = self.target.codes.astype(np.int64) if is_shares else _labels(y, epochs.labels, epochs.target)
        self.keep_sparse = keep_sparse
        self.stream = RecipeStream(
            epochs.draw,
            epochs.sources,
            self.target.codes,
            batch_size=checked_batch_size(batch_size),
            shuffle=shuffle,
            is_exact=checked_share(class_share) == "exact",
            seed=seed,
        )
        self._epoch: tuple[int, Epoch] | None = None
        # One room for all epochs: given back and asked for again by other threads, each would leave one in its arena.
        self._room = self.stream.room()
        self._lock = threading.Lock()
        give_back()  # what the search has needed

    def __len__(self) -> int:
        return len(self.stream)

    def epoch(self, number: int) -> Epoch:
        """An epoch; its order is there until another one is asked for, which is written over it."""
        with self._lock:
            return self._in_room(number)

    def _in_room(self, number: int) -> Epoch:
        if self._epoch is None or self._epoch[0] != number:
            self._epoch = None
            self._epoch = number, self.stream.epoch(number, self._room)
        return self._epoch[1]

    @property
    def at_once(self) -> int:
        """How many batches make a good chunk."""
        if self.keep_sparse and self.inputs.has_sparse:
            return 1  # pieces of sparse matrices cost as much as matrices
        row_bytes = self.inputs.row_bytes + self.labels.nbytes // len(self.labels)
        return max(1, min(_CHUNK_BYTES // row_bytes, _CHUNK_ROWS) // self.stream.batch_size)

    def batch(self, epoch: int, index: int) -> tuple[Any, ...]:
        """X, y and the sample weights, if given, of a batch."""
        return self.chunk(epoch, index, 1)

    def chunk(self, epoch: int, first: int, n_batches: int) -> tuple[Any, ...]:
        """X, y and the sample weights, if given, of some batches after each other, as one: made at once, it costs less.

        Rows are a function of the seed, the epoch and their place in it, so they are the same in chunks of any number
        of batches, made in any order by any thread or process.

        Parameters
        ----------
        epoch : int
            Which epoch.
        first, n_batches : int
            The number of the first batch, and how many; fewer where the epoch ends.

        Returns
        -------
        tuple of (X, y) or (X, y, sample_weight)
        """
        require_batch(first, len(self))
        size = self.stream.batch_size
        return self._rows(epoch, first * size, min((first + n_batches) * size, self.stream.n_rows))

    def counts(self) -> dict[Any, int]:
        """Label to number of rows in an epoch."""
        return dict(zip(self.target.labels, self.stream.class_counts.tolist(), strict=True))

    def first(self) -> tuple[Any, ...]:
        """The first row of the first epoch, to know shapes and dtypes by."""
        return self._rows(0, 0, 1)

    def _rows(self, number: int, start: int, stop: int) -> tuple[Any, ...]:
        with self._lock:
            epoch = self._in_room(number)
            places = epoch.order[start:stop].copy()  # another thread may ask for another epoch
        recipe, new = epoch.rows_at(places)
        X = self.inputs.write(recipe, new)
        if self.widths:
            X = self._with_noise(X, recipe, epoch, places)
        if sparse.issparse(X) and not self.keep_sparse:
            X = X.toarray()
        labels = write_rows(self.labels, recipe.copies(self.first_rows[recipe.label]))
        if recipe.order is not None:
            labels = labels[recipe.order]
        weights = () if self.extra.weights is None else (weights_of(recipe, new, self.extra.weights),)
        parts = (self.inputs.in_shape(X), labels, *weights)
        if self.mixup is None:
            return parts
        size = self.stream.batch_size
        numbers = range(start // size, -(-stop // size))
        return self.mixup.of_batches(parts, size, [self.stream.random(number, index) for index in numbers])

    def _with_noise(self, X: Any, recipe: Recipe, epoch: Epoch, places: Rows) -> Any:
        """The rows of a chunk; new rows get noise of the widths of their class (smoothed bootstrap)."""
        if sparse.issparse(X):
            return type(X)(self._with_noise(X.toarray(), recipe, epoch, places))
        is_new = epoch.is_new_at(places)
        for code, widths in self.widths.items():
            chosen = np.flatnonzero(is_new & (recipe.label == code))
            base = np.arange(len(chosen))
            width = np.zeros_like(base)
            noise = Noise(key=epoch.key, number=places[chosen], widths=widths[np.newaxis], width=width)
            noisy = Recipe(n_rows=len(chosen), kept=base[:0], base=base, label=recipe.label[chosen], making=noise)
            X[chosen] = as_dtype(make_rows(X[chosen], noisy, NewRows()).values, X.dtype)
        return X

    def __getstate__(self) -> dict[str, Any]:
        """Everything but the lock: it cannot be sent to another process."""
        return {name: value for name, value in self.__dict__.items() if name != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._lock = threading.Lock()


class InARow:
    """Batches by number, made in chunks where they are asked for one after the other.

    Parameters
    ----------
    batches : Batches
        What makes them.

    Examples
    --------
    >>> import numpy as np
    >>> batches = InARow(Batches(np.ones((40, 2)), np.arange(40) % 4 == 0, None, batch_size=5, random_state=0))
    >>> [len(batches.batch(0, index)[1]) for index in range(4)]
    [5, 5, 5, 5]
    """

    def __init__(self, batches: Batches) -> None:
        self.batches = batches
        self._before = 0, -1
        # An epoch, and its batches that are made and not yet handed out; replaced as a whole, so threads may ask, too.
        self._made: tuple[int, dict[int, tuple[Any, ...]]] = 0, {}

    def batch(self, epoch: int, index: int) -> tuple[Any, ...]:
        """As `Batches.batch`; arrays that nobody else has."""
        follows, self._before = index == 0 or self._before == (epoch, index - 1), (epoch, index)
        of_epoch, made = self._made
        found = made.pop(index, None) if of_epoch == epoch else None
        if found is not None:
            return found
        if not follows:
            return self.batches.batch(epoch, index)
        n_batches = self.batches.at_once
        chunk = self.batches.chunk(epoch, index, n_batches)
        if n_batches == 1:
            return chunk
        size = self.batches.stream.batch_size
        made = {index + i: _rows_of(chunk, i * size, (i + 1) * size) for i in range(-(-len(chunk[1]) // size))}
        first, self._made = made.pop(index), (epoch, made)
        return first


def _rows_of(parts: tuple[Any, ...], start: int, stop: int) -> tuple[Any, ...]:
    """Some rows of X, which may be a dict, and of what is beside it."""
    X, *beside = parts
    X = {name: part[start:stop] for name, part in X.items()} if isinstance(X, dict) else X[start:stop]
    return (X, *(part[start:stop] for part in beside))


def is_in_files(X: Any) -> bool:
    """Whether it is a path, a dataset or a plan for a table instead of one."""
    polars, dataset = sys.modules.get("polars"), sys.modules.get("pyarrow.dataset")
    return (
        isinstance(X, (str, os.PathLike))
        or (polars is not None and isinstance(X, polars.LazyFrame))
        or (dataset is not None and isinstance(X, dataset.Dataset))
    )


def _what_to_search(inputs: Inputs, sampler: Any) -> Array:
    """The inputs as one table, if it matters to the sampler what is in it."""
    if draws_by_labels(sampler):
        return np.zeros((next(iter(inputs.tables.values())).n_rows, 1), np.int8)
    return inputs.side_by_side()


def _require_rows_for(inputs: Inputs, epochs: Epochs, caller: str) -> None:
    counts = {table.n_rows for table in inputs.tables.values()}
    if counts != {epochs.table.n_rows}:
        raise ValueError(
            f"embedding must have a row for each row of X, but it has {epochs.table.n_rows}, and X {counts.pop()}."
        )
    recipe, new = epochs.draw(np.random.default_rng(0))
    inputs.require_rows(recipe, new, bool(epochs.widths), caller)


def checked_share(class_share: Any) -> str:
    """How the classes of a batch are shared out: "average" or "exact"."""
    if class_share not in SHARES:
        raise ValueError(f"class_share must be one of {list(SHARES)}. Got {class_share!r}.")
    return str(class_share)


def seed_of(random_state: Any) -> int:
    """One number that all epochs are drawn from."""
    if isinstance(random_state, Integral):
        if random_state < 0:
            raise ValueError(f"random_state must not be negative. Got {random_state}.")
        return int(random_state)
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(1 << 32))
    return int(check_random_state(random_state).randint(1 << 32, dtype=np.uint64))


def _labels(y: Any, labels: Labels, target: Target) -> Array:
    """What the network learns: numeric labels unchanged, class codes for all others."""
    if labels.values.dtype.kind not in "biuf":
        return target.codes.astype(np.int64)
    if labels.is_indicator:
        indicator = np.asarray(y.toarray() if sparse.issparse(y) else y)
        if not indicator.any(axis=1).all():
            raise ValueError(
                f"Each row of y must have a label, but row {int((~indicator.any(axis=1)).argmax())} has none: all its "
                f"{indicator.shape[1]} entries are 0. Drop such rows, or give them a column of their own."
            )
        return indicator
    values: Array = labels.values
    return values.reshape(-1, 1) if np.ndim(y) == 2 else values
