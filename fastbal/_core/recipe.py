"""Which rows a balanced table consists of: the answer of every sampler."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

#: Row numbers: int64, or int32 where that suffices.
Rows = NDArray[np.int64]

_NO_ROWS = np.empty(0, np.int64)


class Making(ABC):
    """How new rows are made that are neither copies nor on segments; its kinds are in `fastbal._core.making`."""

    @abstractmethod
    def take(self, chosen: Rows) -> Self:
        """The same for some of the new rows, given by their positions."""

    @abstractmethod
    def ends(self, base: Rows, n_rows: int) -> Rows:
        """For each new row the row that it heads for; from `n_rows` on, points that are no rows; else its base."""

    def steps(self, n_new: int) -> NDArray[np.float64]:
        """How far; NaN where it is no number."""
        return np.full(n_new, np.nan)


@dataclass(frozen=True, eq=False, kw_only=True)
class Recipe:
    """Rows that stay, then rows that are made: ``new = X[base] + step * (X[neighbor] - X[base])``.

    Parameters
    ----------
    n_rows : int
        Rows of the input.
    kept : ndarray of shape (n_kept,), int64 or int32, or None
        Row numbers of the input that stay, in output order; None for all of them as they are.
    base : ndarray of shape (n_new,), int64 or int32
        For each new row: the row it starts from.
    neighbor : ndarray of shape (n_new,), int64 or int32, or None
        The row it moves towards; None if every new row is a copy of its base.
    step : ndarray of shape (n_new,), float64, or None
        How far it moves; None as `neighbor`.
    label : ndarray of shape (n_new,), integer
        Class codes of the new rows.
    order : ndarray of shape (n_kept + n_new,), int64, or None
        Where a sampler sorts its output by class: which of the rows kept, then made, each row of the output is. The new
        ones stay in their order. None for as they are.
    making : Making or None
        How new rows are made otherwise; then `neighbor` and `step` are None.

    Examples
    --------
    >>> import numpy as np
    >>> recipe = Recipe(
    ...     n_rows=3, base=np.array([2]), neighbor=np.array([0]), step=np.array([0.5]), label=np.array([1])
    ... )
    >>> recipe.n_kept, recipe.n_new
    (3, 1)
    """

    n_rows: int
    kept: Rows | None = None
    base: Rows = field(default_factory=lambda: _NO_ROWS)
    neighbor: Rows | None = None
    step: NDArray[np.float64] | None = None
    label: NDArray[Any] = field(default_factory=lambda: _NO_ROWS)
    order: Rows | None = None
    making: Making | None = None

    def __post_init__(self) -> None:
        lengths = {len(part) for part in (self.base, self.neighbor, self.step, self.label) if part is not None}
        if len(lengths) != 1 or (self.neighbor is None) != (self.step is None):
            raise ValueError(
                "base, neighbor, step and label of a recipe describe the same new rows, so they must be of one length, "
                "and neighbor and step must both be given or both be None."
            )

    @property
    def n_kept(self) -> int:
        """Rows of the input that stay."""
        return self.n_rows if self.kept is None else len(self.kept)

    @property
    def n_new(self) -> int:
        """Rows that are made."""
        return len(self.base)

    def kept_rows(self) -> Rows:
        """Row numbers of the input that stay, also when that is all of them."""
        return np.arange(self.n_rows) if self.kept is None else self.kept

    def source_rows(self) -> Rows:
        """For each row of the output the row of the input that it is, or starts from."""
        rows = self.rows_before_order()
        return rows if self.order is None else rows[self.order]

    def rows_before_order(self) -> Rows:
        """The same, in the order kept, then made."""
        return np.concatenate([self.kept_rows(), self.base]) if self.n_new else self.kept_rows()

    def copies(self, base: Rows) -> Recipe:
        """The same with each new row a copy of another, in the order kept, then made."""
        return Recipe(n_rows=self.n_rows, kept=self.kept, base=base, label=self.label)


class Block(NamedTuple):
    """New rows of one class; fields as in `Recipe`, `label` a single class code."""

    label: int
    base: Rows
    neighbor: Rows | None = None
    step: NDArray[np.float64] | None = None


def join(blocks: Iterable[Block], *, n_rows: int, kept: Rows | None = None) -> Recipe:
    """A recipe of the rows kept and blocks of new rows, in this order.

    Examples
    --------
    >>> import numpy as np
    >>> recipe = join([Block(0, np.array([4, 4])), Block(2, np.array([7]))], n_rows=8)
    >>> recipe.base.tolist(), recipe.label.tolist()
    ([4, 4, 7], [0, 0, 2])
    """
    blocks = list(blocks)
    if not blocks:
        return Recipe(n_rows=n_rows, kept=kept)
    row_type = row_number_type(n_rows)
    labels = np.array([block.label for block in blocks])
    label_type = np.min_scalar_type(-int(labels.max()) - 1)
    return Recipe(
        n_rows=n_rows,
        kept=kept,
        base=_joined([block.base for block in blocks], row_type),
        neighbor=_joined([block.neighbor for block in blocks if block.neighbor is not None], row_type),
        step=_joined([block.step for block in blocks if block.step is not None], np.float64),
        label=np.repeat(labels.astype(label_type), [len(block.base) for block in blocks]),
    )


def row_number_type(n_rows: int) -> type:
    """The smaller type of row numbers, if it suffices: a recipe lives as long as its sampler."""
    return np.int32 if n_rows <= np.iinfo(np.int32).max else np.int64


def _joined(parts: list[NDArray[Any]], dtype: type) -> Any:
    if not parts:
        return None
    return parts[0].astype(dtype, copy=False) if len(parts) == 1 else np.concatenate(parts, dtype=dtype)


def recipe_of_rows(recipe: Recipe, new: NewRows, output_rows: Rows) -> tuple[Recipe, NewRows]:
    """The recipe of some rows of a recipe's output, in the order given.

    Examples
    --------
    >>> import numpy as np
    >>> recipe = join([Block(0, np.array([1, 0]))], n_rows=3)
    >>> part, _ = recipe_of_rows(recipe, NewRows(), np.array([2, 4, 1]))
    >>> part.kept.tolist(), part.base.tolist(), part.order.tolist()
    ([2, 1], [0], [0, 2, 1])
    """
    places = output_rows if recipe.order is None else recipe.order[output_rows]
    is_new = places >= recipe.n_kept
    chosen = places[is_new] - recipe.n_kept
    kept = recipe.kept_rows()[places[~is_new]]
    order = None
    if is_new[: len(kept)].any():
        order = np.where(is_new, len(kept) + np.cumsum(is_new), np.cumsum(~is_new)) - 1
    part = Recipe(
        n_rows=recipe.n_rows,
        kept=kept,
        base=recipe.base[chosen],
        making=None if recipe.making is None else recipe.making.take(chosen),
        neighbor=None if recipe.neighbor is None else recipe.neighbor[chosen],
        step=None if recipe.step is None else recipe.step[chosen],
        label=recipe.label[chosen],
        order=order,
    )
    taken = None if new.taken is None else {column: rows[chosen] for column, rows in new.taken.items()}
    made_into = None
    if new.made_into is not None:
        place = np.full(recipe.n_new + 1, -1)  # the last one is that of rows that went into none
        place[chosen] = np.arange(len(chosen))
        made_into = place[new.made_into]
    values, measured = (None if made is None else made[chosen] for made in (new.values, new.measured))
    return part, NewRows(values, taken, made_into=made_into, measured=measured)


class NewRows(NamedTuple):
    """What a recipe cannot say about its new rows; most samplers need nothing of it.

    Parameters
    ----------
    values : ndarray of shape (n_new, n_columns), optional
        The new rows themselves, where they lie on no segment (smoothed bootstrap, cluster centroids); or a CSR matrix.
    taken : mapping of column number to ndarray of shape (n_new,), int64, optional
        Columns that cannot be interpolated (categories): the input row whose entry each new row takes.
    out : ndarray of shape (n_kept + n_new, n_columns), optional
        The output in which `values` are the last rows already; the first ones are yet to be written.
    made_into : ndarray of shape (n_rows,), int64, optional
        Of new rows that are means of rows of the input and have no base: which of them each row of the input went
        into; −1 for none.
    measured : ndarray of shape (n_new,), float64, optional
        The target of the new rows, where it is a number and does not lie where their step says.
    """

    values: Any = None
    taken: Mapping[int, Rows] | None = None
    out: Any = None
    made_into: Rows | None = None
    measured: NDArray[np.float64] | None = None

    @property
    def is_sparse(self) -> bool:
        """Whether the values are a sparse matrix."""
        return hasattr(self.values, "tocsr")
