"""The batches of a balanced table as arrays, each written when it is asked for; knows nothing of Keras."""

from __future__ import annotations

import threading
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
from fastbal._containers.table import Table
from fastbal._core.draws import Stream
from fastbal._core.recipe import Recipe
from fastbal._core.rows import write_rows
from fastbal._core.smoothing import write_smoothed_rows
from fastbal._core.stream import Epoch, RecipeStream, checked_batch_size, require_batch
from fastbal._core.target import Target
from fastbal._streaming.epochs import read_epochs
from fastbal.under_sampling import RandomUnderSampler

Array = NDArray[Any]

SHARES = ("average", "exact")


class Batches:
    """The batches of every epoch; see `fastbal.keras.BalancedBatches` for the parameters.

    Attributes
    ----------
    sampler : sampler
        The one used.
    target : Target
        The class of each row of the table.
    stream : RecipeStream
        Which rows each batch consists of.

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
        random_state: Any = None,
    ) -> None:
        if class_share not in SHARES:
            raise ValueError(f"class_share must be one of {list(SHARES)}. Got {class_share!r}.")
        self.sampler: Any = RandomUnderSampler() if sampler is None else clone(sampler)
        seed = _seed(getattr(self.sampler, "random_state", None) if random_state is None else random_state)
        sample_weight = None if sample_weight is None else np.asarray(sample_weight)
        epochs = read_epochs(self.sampler, X, y, sample_weight, groups)
        self.table = read_table(_numbers(epochs.table))
        self.labels = _labels(y, epochs.labels, epochs.target)
        self.extra = epochs.extra
        self.target = epochs.target
        self.first_rows = np.array([int((self.target.codes == i).argmax()) for i in range(len(self.target.classes))])
        self.widths = epochs.widths
        self.keep_sparse = keep_sparse
        self.stream = RecipeStream(
            epochs.draw,
            epochs.sources,
            self.target.codes,
            batch_size=checked_batch_size(batch_size),
            shuffle=shuffle,
            is_exact=class_share == "exact",
            seed=seed,
        )
        self._epoch: Epoch | None = None
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self.stream)

    def epoch(self, number: int) -> Epoch:
        """The order of an epoch's rows; that of the last epoch asked for is kept."""
        with self._lock:
            if self._epoch is None or self._epoch.number != number:
                self._epoch = None  # gone before the next one is made: one at a time
                self._epoch = self.stream.epoch(number)
            return self._epoch

    def batch(self, epoch: int, index: int) -> tuple[Any, ...]:
        """X, y and, if there are any, the sample weights of a batch."""
        require_batch(index, len(self))
        rows = self.epoch(epoch)
        recipe, new = rows.batch(index)
        X = self.table.write(recipe, new)
        if self.widths:
            X = self._with_noise(X, recipe, rows.is_new(index), self.stream.random(epoch, index, 1))
        if sparse.issparse(X) and not self.keep_sparse:
            X = X.toarray()
        labels = write_rows(self.labels, recipe.copies(self.first_rows[recipe.label]))
        if recipe.order is not None:
            X, labels = X[recipe.order], labels[recipe.order]
        weights = self.extra.weights
        return (X, labels) if weights is None else (X, labels, weights_of(recipe, new, weights))

    def _with_noise(self, X: Any, recipe: Recipe, is_new: NDArray[np.bool_], stream: Stream) -> Any:
        """The rows of a batch, the new ones of each class with noise of its widths (smoothed bootstrap)."""
        if sparse.issparse(X):
            return type(X)(self._with_noise(X.toarray(), recipe, is_new, stream))
        for code, widths in self.widths.items():
            chosen = np.flatnonzero(is_new & (recipe.label == code))
            noisy = np.empty((len(chosen), self.table.n_columns), X.dtype)
            write_smoothed_rows(stream, widths, self.table.values(), recipe.base[chosen], noisy)
            X[chosen] = noisy
        return X

    def __getstate__(self) -> dict[str, Any]:
        """Everything but the lock, which no other process can have."""
        return {name: value for name, value in self.__dict__.items() if name != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._lock = threading.Lock()


def _seed(random_state: Any) -> int:
    """One number that all epochs are drawn from."""
    if isinstance(random_state, Integral):
        if random_state < 0:
            raise ValueError(f"random_state must not be negative. Got {random_state}.")
        return int(random_state)
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(1 << 32))
    return int(check_random_state(random_state).randint(1 << 32, dtype=np.uint64))


def _numbers(table: Table) -> Any:
    """The table as numbers in one dtype, the caller's own memory where it is that already."""
    values = table.values()
    if sparse.issparse(values) or values.dtype.kind in "biuf":
        return values
    columns = [_as_numbers(table.entries(j)) for j in range(table.n_columns)]
    words = [j for j, column in enumerate(columns) if column is None]
    if words:
        raise ValueError(
            f"A network takes numbers, but {table.columns(words)} of X {'do' if len(words) > 1 else 'does'} not hold "
            f"any: there is {table.entries(words[0])[0]!r}. Encode as numbers first, for example with "
            f"sklearn.preprocessing.OneHotEncoder."
        )
    return np.column_stack([column for column in columns if column is not None])


def _as_numbers(column: Array) -> Array | None:
    """A column as numbers, None as NaN; None if that cannot be."""
    if column.dtype.kind in "biuf":
        return column
    try:
        return column.astype(np.float64)
    except (TypeError, ValueError):
        return None


def _labels(y: Any, labels: Labels, target: Target) -> Array:
    """What the network is to learn: numbers as they are, in the caller's shape; class codes for all else."""
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
