"""The nearest rows of a class, by fastbal's own search or by the user's."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from numbers import Integral
from typing import Any, NamedTuple, Protocol, cast

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin, clone

from fastbal._core.grouped_search import GroupedSearch, Measure, measure_by
from fastbal._core.refusals import explained
from fastbal._core.rows import rows_as_floats
from fastbal._core.segments import Nearest
from fastbal._core.target import Target
from fastbal._progress import show_progress


def check_neighbors_object(nn_name: str, nn_object: Any, additional_neighbor: int = 0) -> Any:
    """Make a neighbour search out of a number of neighbours, or copy the one given.

    Parameters
    ----------
    nn_name : str
        The parameter's name, for messages.
    nn_object : int or object with a `kneighbors` method
        Number of neighbours, or an unfitted neighbour search such as `fastbal.neighbors.NearestNeighbors`.
    additional_neighbor : int, default=0
        Added to a number (not to an object): 1 for a search in which each row finds itself.

    Returns
    -------
    object
        `fastbal.neighbors.NearestNeighbors`, or an unfitted copy of `nn_object`.

    Raises
    ------
    TypeError
        If `nn_object` is neither.

    Examples
    --------
    >>> from fastbal.utils import check_neighbors_object
    >>> check_neighbors_object("k_neighbors", 5, additional_neighbor=1).n_neighbors
    6
    """
    if isinstance(nn_object, Integral):
        from fastbal.neighbors import NearestNeighbors

        return NearestNeighbors(n_neighbors=int(nn_object) + additional_neighbor)
    if not hasattr(nn_object, "kneighbors"):
        raise TypeError(
            f"{nn_name} must be a number of neighbours or an object with a method kneighbors, such as "
            f"fastbal.neighbors.NearestNeighbors. Got {nn_object!r}, a {type(nn_object).__name__}."
        )
    return clone(nn_object, safe=False)  # one that is no scikit-learn estimator is copied


#: Neighbours where a number is left to us.
USUAL = 5


def capped(neighbors: Any, target: Target, codes: Iterable[int]) -> Any:
    """Neighbours within classes as the user gave them; "auto" is `USUAL`, or as many as the smallest class allows."""
    if not isinstance(neighbors, str):
        return neighbors
    return max(1, min([USUAL, *(int(target.counts[code]) - 1 for code in codes)]))


class Searchable(Protocol):
    """What neighbours are searched among."""

    @property
    def rows(self) -> NDArray[np.int64] | None:
        """Which rows of the table; None for all."""

    @property
    def X(self) -> Any:
        """The rows, for a search of the user's."""

    @property
    def index(self) -> Any:
        """The rows, ready to be searched by fastbal."""

    def index_of(self, part: NDArray[np.int64]) -> Any:
        """Some of them, given by their positions."""

    def measure(self) -> Measure:
        """What searches small groups of them in one pass."""


class Pool:
    """Rows of a table among which neighbours are searched; one index answers every search.

    Parameters
    ----------
    X : ndarray or CSR matrix of shape (n_rows, n_columns)
        The table.
    rows : ndarray of int64, optional
        Which of its rows; all by default.
    may_miss : bool, default=False
        Whether numbers may be missing (NaN).
    """

    def __init__(self, X: Any, rows: NDArray[np.int64] | None = None, *, may_miss: bool = False) -> None:
        self.rows = rows
        self.X = rows_as_floats(X, rows)
        self.may_miss = may_miss

    @cached_property
    def index(self) -> Any:
        """fastbal's own search, built when first asked for."""
        # Imports here, so that random sampling loads no compiler.
        if self._has_gaps:
            from fastbal._core.mixed_search import MissingIndex

            return MissingIndex(self.X)
        from fastbal._core.neighbors import Index

        return Index(self.X)

    def take(self, positions: NDArray[np.int64]) -> Any:
        """Some of the rows, given by their positions."""
        return self.X[positions]

    def index_of(self, part: NDArray[np.int64]) -> Any:
        """The same among some of the rows."""
        return Pool(self.X, part, may_miss=self.may_miss).index

    def measure(self) -> Measure:
        """What searches small groups."""
        return measure_by(self.X if self._has_gaps else self.index.X)

    @cached_property
    def _has_gaps(self) -> bool:
        return self.may_miss and has_gaps(self.X)


def pool_of(X: Any, rows: NDArray[np.int64] | None = None, *, may_miss: bool = False) -> Any:
    """Rows of a table to search among; a table that is elsewhere makes its own of them."""
    return X.pool(rows) if hasattr(X, "pool") else Pool(X, rows, may_miss=may_miss)


def parts_of(X: Any, rows: NDArray[np.int64], at_once: int | None = None) -> Iterable[Any]:
    """Some rows of a table as floats, so many at a time; of one that is elsewhere, ascending and block by block."""
    if hasattr(X, "parts"):
        return cast("Iterable[Any]", X.parts(rows))
    size = max(1, len(rows)) if at_once is None else at_once
    return (rows_as_floats(X, rows[start : start + size]) for start in range(0, max(1, len(rows)), size))


def has_gaps(X: Any) -> bool:
    """Whether numbers are missing in a table; sparse ones have been refused then."""
    return isinstance(X, np.ndarray) and bool(np.isnan(X).any())


def fit_search(search: Any, X: Any) -> Any:
    """Fit a search of the user's; one that is a classifier asks for labels, too, though its neighbours need none."""
    return search.fit(X, np.zeros(X.shape[0], int)) if isinstance(search, ClassifierMixin) else search.fit(X)


class Around(NamedTuple):
    """What is around the rows of a class.

    Attributes
    ----------
    neighbors : ndarray of shape (n, k), int64
        Row numbers of the k nearest among all, or k of other classes where the k nearest are all of other classes.
    kin : ndarray of shape (n, k_kin), int64, or None
        The nearest others of the class, by their positions in it, if that is known.
    """

    neighbors: NDArray[np.int64]
    kin: NDArray[np.int64] | None


class Neighborhood:
    """How many neighbours a sampler looks at, and who finds them.

    Parameters
    ----------
    parameter : str
        The sampler's parameter, for messages.
    neighbors : int or object with `kneighbors`
        Number of neighbours, a row itself not among them. An object is asked for as many rows as it finds, and is
        expected to find the row itself among them.
    groups : ndarray of shape (n_rows,), optional
        The group of each row of the table, if neighbours shall be of the same group.

    Attributes
    ----------
    k : int
        Neighbours per row.
    estimator : object
        The search with scikit-learn's methods; it finds ``k + 1`` rows.
    """

    def __init__(self, parameter: str, neighbors: Any, groups: NDArray[Any] | None = None) -> None:
        self.parameter = parameter
        self.groups = groups
        self.is_number = isinstance(neighbors, Integral)
        self.estimator: Any = check_neighbors_object(parameter, neighbors, additional_neighbor=1)
        if not hasattr(self.estimator, "n_neighbors"):
            raise TypeError(
                f"{parameter} must say how many rows it finds for each row, itself included, in an attribute "
                f"n_neighbors. A {type(neighbors).__name__} has none. Give it one, or give a number."
            )
        self.k = int(self.estimator.n_neighbors) - 1
        if groups is not None and not self.is_number:
            raise TypeError(
                f"With groups, {parameter} must be a number of neighbours: the search within groups is fastbal's own. "
                f"Got a {type(neighbors).__name__}. Give {parameter}={self.k}, or leave out groups."
            )

    @explained("numbers")
    def require_rows(self, target: Target, codes: list[int]) -> None:
        """Raise the error if a class has too few rows for each to have k neighbours in it."""
        for code in codes:
            n_rows = int(target.counts[code])
            if n_rows > self.k:
                continue
            given = (
                f"{self.parameter}={self.k}" if self.is_number else f"{self.parameter} with n_neighbors={self.k + 1}"
            )
            way_out = (
                f"{self._lowered(n_rows)}, or leave this class out of sampling_strategy."
                if n_rows > 1
                else "Leave this class out of sampling_strategy, or use RandomOverSampler for it."
            )
            raise ValueError(
                f"Class {target.labels[code]!r} has {n_rows} row{'s' if n_rows != 1 else ''}, but {given} needs at "
                f"least {self.k + 1}: every row needs {self.k} other rows. {way_out}"
            )

    def require_rows_in_all(self, target: Target) -> None:
        """Raise the error if the table as a whole has too few rows for each to have k neighbours."""
        n_rows = len(target.codes)
        if n_rows <= self.k:
            raise ValueError(
                f"X has {n_rows} rows, but {self.parameter} asks for {self.k} neighbours of each among all rows, which "
                f"needs at least {self.k + 1}. {self._lowered(n_rows)}."
            )

    def _lowered(self, n_rows: int) -> str:
        """What to do with `n_rows` rows, in the number that the user gave: an object's counts the row itself."""
        if self.is_number:
            return f"Lower {self.parameter} to {n_rows - 1} or less"
        return f"Lower n_neighbors of the {type(self.estimator).__name__} in {self.parameter} to {n_rows} or less"

    def among(self, X: Any, pool: NDArray[np.int64], *, may_miss: bool = False) -> Nearest:
        """The search among rows `pool` of X, for rows of the pool given by their positions in it."""
        return self.within(pool_of(X, pool, may_miss=may_miss))

    def around_class(self, pool: Searchable, rows: NDArray[np.int64], judge: Nearest, k_kin: int = 1) -> Around:
        """What is around all rows of a class: by the search `judge` among all, or by less if that will do."""
        look, found = getattr(pool.index, "look_around_class", None) if self.is_number else None, None
        if look is not None:
            with show_progress("looking around") as progress:
                found = look(rows, self.k, k_kin, progress)
        return Around(judge(rows), None) if found is None else Around(*found)

    def at_home(self, around: Around, X: Any, rows: NDArray[np.int64], *, may_miss: bool = False) -> Nearest:
        """The search within a class; it has been made already, if what is `around` tells of so many of its kin."""
        kin = around.kin
        if kin is None or not self.is_number or self.groups is not None:
            return self.among(X, rows, may_miss=may_miss)
        return lambda positions: kin[positions, : self.k]

    def within(self, pool: Searchable) -> Nearest:
        """The search within a pool, for rows of it given by their positions in it."""
        if self.is_number:
            return self.search(pool)
        fit_search(self.estimator, pool.X)
        if hasattr(self.estimator, "_others_of"):  # fastbal's approximate search knows the rows by their numbers
            return lambda positions: self.estimator._others_of(positions, self.k)
        return lambda positions: self._others(
            self.estimator.kneighbors(pool.X[positions], return_distance=False), positions
        )

    def search(self, pool: Searchable) -> Nearest:
        """As `within`, by fastbal's own search."""
        groups = self._groups_in(pool)
        grouped = None if groups is None else GroupedSearch(groups, pool.index_of, pool.measure())

        def nearest(positions: NDArray[np.int64]) -> NDArray[np.int64]:
            with show_progress("searching neighbours") as progress:
                if grouped is not None:
                    return grouped.neighbors_of_rows(positions, self.k, progress)
                found: NDArray[np.int64] = pool.index.neighbors_of_rows(positions, self.k, progress=progress)[0]
            return found

        return nearest

    def _groups_in(self, pool: Searchable) -> NDArray[Any] | None:
        """The groups of a pool's rows; None where they are all one."""
        if self.groups is None:
            return None
        groups = self.groups if pool.rows is None else self.groups[pool.rows]
        return groups if (groups != groups[0]).any() else None

    def _others(self, found: Any, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        """Each row's neighbours without the row itself; where duplicates have crowded it out, without the last."""
        found = np.asarray(found.get() if hasattr(found, "get") else found)  # a GPU array comes to the host
        is_self = found == positions[:, None]
        is_self[:, -1] |= ~is_self.any(axis=1)
        others: NDArray[np.int64] = found[~is_self].reshape(len(found), -1).astype(np.int64, copy=False)
        return others
