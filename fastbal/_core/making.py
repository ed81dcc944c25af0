"""How new rows are made where they lie on no segment between rows: towards an anchor, in a box or ball, noisy, mixed.

A recipe holds little of them: rows, a key, and a number for each new row. What is random in a row is a function of key
and number alone, so rows can be made in any order, by any thread or machine, and some of them without the others.
"""

from __future__ import annotations

import dataclasses
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from fastbal._core.recipe import Making, NewRows, Recipe, Rows
from fastbal._core.rows import as_dtype, as_kernel_input, rows_as_floats
from fastbal._core.threads import for_each_piece

Floats = NDArray[np.float64]

# Rows that a thread makes at once.
_PIECE = 1 << 10


@dataclass(frozen=True, eq=False, kw_only=True)
class Made(Making):
    """What all kinds have: fields with an entry for each new row, and row numbers among them.

    `take` chooses entries of the former, `renumbered` translates the latter.
    """

    per_row: ClassVar[tuple[str, ...]]
    row_numbers: ClassVar[tuple[str, ...]] = ()

    def take(self, chosen: Rows) -> Self:
        return dataclasses.replace(self, **{name: getattr(self, name)[chosen] for name in self.per_row})

    def rows(self) -> list[Rows]:
        """The rows that new ones are made of, beside their bases; −1 among them means none."""
        return [getattr(self, name) for name in self.row_numbers]

    def ends(self, base: Rows, n_rows: int) -> Rows:
        return base

    def renumbered(self, known: Rows) -> Self:
        """The same for a table of these rows only, ascending."""
        return dataclasses.replace(self, **{name: _places(known, getattr(self, name)) for name in self.row_numbers})

    def in_whole(self, known: Rows) -> Self:
        """`renumbered` backwards: the same in the row numbers of the table that these rows are some of."""
        places = {name: getattr(self, name) for name in self.row_numbers}
        return dataclasses.replace(
            self, **{name: np.where(place >= 0, known[place], -1) for name, place in places.items()}
        )

    @abstractmethod
    def write(self, X: NDArray[Any], base: Rows, piece: slice, out: NDArray[Any]) -> None:
        """Write some of the new rows; `base` has those of all, `out` is for the piece. X: floats, C-contiguous."""

    def parents_of(self, base: Rows, piece: slice) -> tuple[Rows, Rows] | None:
        """The two rows between whose entries those of some new rows lie, if that is so."""
        return None


@dataclass(frozen=True, eq=False, kw_only=True)
class Towards(Made):
    """``new = X[base] + step * (anchors[anchor] - X[base])``: towards points that are no rows.

    Parameters
    ----------
    anchors : ndarray of shape (n_anchors, n_columns), float64
        The points.
    anchor : ndarray of shape (n_new,), int64
        Which of them.
    step : ndarray of shape (n_new,), float64
        How far.
    """

    anchors: Floats
    anchor: Rows
    step: Floats
    per_row = ("anchor", "step")

    def ends(self, base: Rows, n_rows: int) -> Rows:
        return n_rows + self.anchor

    def steps(self, n_new: int) -> Floats:
        return self.step

    def write(self, X: NDArray[Any], base: Rows, piece: slice, out: NDArray[Any]) -> None:
        from fastbal._kernels import making

        making.move_towards(X, base[piece], self.anchors, self.anchor[piece], self.step[piece], out)


@dataclass(frozen=True, eq=False, kw_only=True)
class Keyed(Made):
    """With random numbers of its own: those of row `number` under `key`."""

    key: int
    number: Rows

    def with_key(self, key: int) -> Self:
        """The same with other random numbers."""
        return dataclasses.replace(self, key=key)


@dataclass(frozen=True, eq=False, kw_only=True)
class Box(Keyed):
    """As a segment from base to `neighbor`, but with a step for each column, uniform from `low` to `high`.

    Parameters
    ----------
    neighbor : ndarray of shape (n_new,), int64
        Row numbers.
    low, high : ndarray of shape (n_new,), float64
        Between them the steps of a row are.
    """

    neighbor: Rows
    low: Floats
    high: Floats
    per_row = ("number", "neighbor", "low", "high")
    row_numbers = ("neighbor",)

    def ends(self, base: Rows, n_rows: int) -> Rows:
        return self.neighbor

    def parents_of(self, base: Rows, piece: slice) -> tuple[Rows, Rows]:
        return base[piece], self.neighbor[piece]

    def write(self, X: NDArray[Any], base: Rows, piece: slice, out: NDArray[Any]) -> None:
        from fastbal._kernels import making

        ends, low, high, number = self.neighbor[piece], self.low[piece], self.high[piece], self.number[piece]
        making.fill_box(X, base[piece], ends, low, high, self.key, number, out)


@dataclass(frozen=True, eq=False, kw_only=True)
class Noise(Keyed):
    """``new = X[base] + widths[width] * z`` with z standard normal in each column.

    Parameters
    ----------
    widths : ndarray of shape (n_widths, n_columns), float64
        Standard deviations.
    width : ndarray of shape (n_new,), int64
        Which of them.
    """

    widths: Floats
    width: Rows
    per_row = ("number", "width")

    def write(self, X: NDArray[Any], base: Rows, piece: slice, out: NDArray[Any]) -> None:
        from fastbal._kernels import making

        making.fill_noise(X, base[piece], self.widths, self.width[piece], self.key, self.number[piece], out)


@dataclass(frozen=True, eq=False, kw_only=True)
class Polynomial(Keyed):
    """On a polynomial of each column, anywhere from its beginning (0) to its end (1), each column for itself.

    Parameters
    ----------
    curves : ndarray of shape (n_curves, degree + 1, n_columns), float64
        Coefficients, ascending.
    curve : ndarray of shape (n_new,), int64
        Which of them.
    """

    curves: Floats
    curve: Rows
    per_row = ("number", "curve")

    def write(self, X: NDArray[Any], base: Rows, piece: slice, out: NDArray[Any]) -> None:
        from fastbal._kernels import making

        making.follow_curves(X, base[piece], self.curves, self.curve[piece], self.key, self.number[piece], out)


@dataclass(frozen=True, eq=False, kw_only=True)
class Ball(Keyed):
    """In the ball around the base that has row `surface` on its surface, cut and squeezed (Douzas and Bacao 2019).

    Parameters
    ----------
    neighbor : ndarray of shape (n_new,), int64
        The rows on the surface, of any class.
    truncation, deformation : float
        From −1 to 1, and from 0 to 1.
    """

    neighbor: Rows
    truncation: float
    deformation: float
    per_row = ("number", "neighbor")
    row_numbers = ("neighbor",)

    def ends(self, base: Rows, n_rows: int) -> Rows:
        return self.neighbor

    def write(self, X: NDArray[Any], base: Rows, piece: slice, out: NDArray[Any]) -> None:
        from fastbal._kernels import making

        shape = (self.truncation, self.deformation)
        making.fill_ball(X, base[piece], self.neighbor[piece], *shape, self.key, self.number[piece], out)


@dataclass(frozen=True, eq=False, kw_only=True)
class Mix(Keyed):
    """``new = sum_k weight_k * X[members[source, k]]``, weights of sum 1 drawn anew for each row.

    Parameters
    ----------
    members : ndarray of shape (n_sources, m), int64
        Row numbers; −1 follows the last where there are fewer than m.
    source : ndarray of shape (n_new,), int64
        Which of these lists.
    law : int
        How weights are drawn: AROUND_MEAN, AROUND_FIRST, DIRICHLET or SHADOWS, see
        `fastbal._kernels.making.fill_weights`.
    spread : ndarray of shape (n_sources,), float64
        Factor of the covariance.
    blur : ndarray of shape (n_sources,), float64
        Standard deviation of noise that is added to each column; with SHADOWS, to each shadow.
    n_shadows : int
        With SHADOWS, how many.
    """

    members: Rows
    source: Rows
    law: int
    spread: Floats
    blur: Floats
    n_shadows: int = 0
    per_row = ("number", "source")
    row_numbers = ("members",)

    def take(self, chosen: Rows) -> Self:
        # Only the lists that are used: a piece of a recipe may travel by itself.
        used, source = np.unique(self.source[chosen], return_inverse=True)
        lists = {name: getattr(self, name)[used] for name in ("members", "spread", "blur")}
        return dataclasses.replace(self, number=self.number[chosen], source=source, **lists)

    def write(self, X: NDArray[Any], base: Rows, piece: slice, out: NDArray[Any]) -> None:
        from fastbal._kernels import making

        weights, part = self._weights(piece)
        source = self.source[piece]
        first = 2 * max(self.members.shape[1], self.n_shadows)
        blur = self.blur[source] * part
        making.mix(X, base[piece], self.members, source, weights, blur, first, self.key, self.number[piece], out)

    def parents(self, n_rows: int) -> Any:
        """The weights as a CSR matrix of shape (n_new, n_rows)."""
        members = self.members[self.source]
        is_one = members >= 0
        indptr = np.concatenate([[0], np.cumsum(is_one.sum(axis=1))])
        weights, _ = self._weights(slice(None))
        return sparse.csr_array((weights[is_one], members[is_one], indptr), shape=(len(members), n_rows))

    def _weights(self, piece: slice) -> tuple[Floats, Floats]:
        """For each new row the weights of its members, and the part of the noise that it gets."""
        from fastbal._kernels import making

        source, number = self.source[piece], self.number[piece]
        weights, part = np.empty((len(source), self.members.shape[1])), np.empty(len(source))
        law = (self.law, self.spread, self.n_shadows)
        making.fill_weights(self.members, source, *law, self.key, number, weights, part)
        return weights, part


def make_rows(X: Any, recipe: Recipe, new: NewRows, out: NDArray[Any] | None = None) -> NewRows:
    """The new rows that a recipe's making describes, as values; nothing is done if there is none, or there are values.

    Parameters
    ----------
    X : ndarray or CSR matrix of shape (n_rows, n_columns)
        Numbers.
    recipe : Recipe
        Which rows are made, and how.
    new : NewRows
        What else is known of them.
    out : ndarray of shape (n_kept + n_new, n_columns), optional
        Room for the whole output, see `Table.room`: new rows are written into its last rows.

    """
    making = recipe.making
    if making is None or new.values is not None:
        return new
    assert isinstance(making, Made)
    if sparse.issparse(X):
        floats = type(X)((X.data.astype(np.float64, copy=False), X.indices, X.indptr), shape=X.shape)
        assert isinstance(making, Mix)  # samplers refuse sparse tables for the other kinds
        values = type(X)(making.parents(X.shape[0]) @ floats)
        lost = np.flatnonzero(~np.isfinite(values.data))
        if len(lost):  # as in the kernels
            rows = np.searchsorted(values.indptr, lost, side="right") - 1
            values.data[lost] = np.asarray(floats[recipe.base[rows], values.indices[lost]]).ravel()
        values.data = as_dtype(values.data, X.dtype)
        return new._replace(values=values)
    values = (
        np.empty((recipe.n_new, X.shape[1]), X.dtype if X.dtype.kind in "iu" else np.float64)
        if out is None
        else out[recipe.n_kept :]
    )
    _write_dense(X, recipe.base, making, values)
    return new._replace(values=values, out=out)


def _write_dense(X: NDArray[Any], base: Rows, making: Made, values: NDArray[Any]) -> None:
    table, table_base, table_making = X, base, making
    if X.dtype in (np.float32, np.float64) and X.flags.c_contiguous and X.flags.aligned:
        floats = as_kernel_input(X)
    else:  # only what is needed of the table is made floats of
        known = np.unique(np.concatenate([base, *(rows.ravel() for rows in making.rows())]))
        known = known[known >= 0]
        floats = rows_as_floats(X, known)
        base, making = _places(known, base), making.renumbered(known)
    is_direct = values.dtype == np.float64 and values.flags.c_contiguous

    def write(start: int, stop: int) -> None:
        piece = slice(start, stop)
        part = values[piece] if is_direct else np.empty((stop - start, values.shape[1]), np.float64)
        making.write(floats, base, piece, part)
        if not is_direct:
            values[piece] = as_dtype(part, values.dtype)
        # Floats miss 64-bit numbers beyond 2**53, but not by so much that a new one need leave its parents.
        parents = table_making.parents_of(table_base, piece) if table.dtype.kind in "iu" else None
        if parents is not None and table.dtype == values.dtype:
            ends = table[parents[0]], table[parents[1]]
            np.clip(values[piece], np.minimum(*ends), np.maximum(*ends), out=values[piece])

    for_each_piece(write, len(values), piece=_PIECE)


def _places(known: Rows, rows: Rows) -> Rows:
    """Where rows stand among the known ones; −1 stays."""
    return np.where(rows >= 0, np.searchsorted(known, rows), -1)
