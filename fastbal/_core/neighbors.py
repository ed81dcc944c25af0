"""Exact k-nearest neighbours among the rows of a table.

                  ┌─ few pairs of rows, or k close to n ──→ every pair measured                (exhaustive_search.py)
    Index(X) ─────┼─ sparse, few columns in common ───────→ inverted index                     (sparse_search.py)
                  └─ otherwise ──→ distinct rows ─────────→ tree of boxes, filter and proof    (tree_search.py)
                                   (duplicates.py)

All of them answer by (distance, row number), and all distances that decide are float64.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from fastbal._core.duplicates import DistinctSearch, find_duplicates
from fastbal._core.exhaustive_search import ExhaustiveSearch
from fastbal._core.rows import as_kernel_input
from fastbal._core.sparse_search import SparseSearch
from fastbal._core.surroundings import Surroundings, are_far_between, look_around, look_around_class
from fastbal._core.threads import Progress
from fastbal._core.tree_search import OF_A_PAIR, TreeSearch

Found = tuple[NDArray[np.int64], NDArray[np.float64]]

# Squares of values in this range neither overflow nor vanish in float64.
_SMALLEST, _LARGEST = 1e-140, 1e150
# Pairs of rows below which building a tree does not pay; of few columns more, by their numbers and what else they cost.
_FEW_PAIRS = 20_000
_FEW_NUMBERS = 4_000_000
# Time of a nonzero met in an inverted index, in columns of a dense row.
_COST_OF_A_NONZERO = 60.0
# Positions in a tree are 32-bit numbers, its padding included.
_MOST_ROWS = 2**31 - 4096
# Fewer rows are searched at once; and where so large a part of the table is of other classes, its tree costs too much.
_FEW_ROWS = 4096
_MOST_OTHERS = 0.75
# A class of so large a part of the table is not searched by itself first.
_MOST_KIN = 0.125
# A sparse table of this size when dense may be made dense whatever its size when sparse.
_SMALL_BYTES = 1 << 26


class Index:
    """The rows of a table, ready to be searched.

    Parameters
    ----------
    X : ndarray or sparse matrix of shape (n, d)
        Finite numbers; float32 and float64 are used as they are, anything else becomes float64.

    Notes
    -----
    What a search needs is built when it is first needed, and kept.
    """

    def __init__(self, X: Any) -> None:
        X = _prepared(X)
        if X.shape[0] > _MOST_ROWS:
            raise ValueError(
                f"Neighbours are searched among at most {_MOST_ROWS:,} rows, but there are {X.shape[0]:,}. "
                "Search a random part of them, for example the result of RandomUnderSampler."
            )
        if sparse.issparse(X) and not _stays_sparse(X):
            X = X.toarray()
        self.largest = largest_of(X)
        self.exponent = exponent_of(self.largest)
        self.largest = float(np.ldexp(self.largest, -self.exponent))
        self.X = scaled(X, -self.exponent)
        self._indexed: Any = None

    def neighbors_of_rows(self, rows: NDArray[np.int64] | None, k: int, *, progress: Progress | None = None) -> Found:
        """The k nearest other rows of each of `rows`.

        Parameters
        ----------
        rows : ndarray of shape (m,), int64, or None
            Row numbers, each at most once; None means all rows.
        k : int
            At least 1, at most n − 1.
        progress : callable, optional
            Called with the share of the work done.

        Returns
        -------
        neighbors : ndarray of shape (m, k), int64
            Row numbers by (distance, row number); a row is never its own neighbour.
        distances : ndarray of shape (m, k), float64
        """
        search = self._search_for(self.X.shape[0] if rows is None else len(rows), k)
        return _with_distances(search.neighbors_of_rows(rows, k, progress), self.exponent)

    def neighbors_of(self, Y: Any, k: int, *, progress: Progress | None = None) -> Found:
        """The k nearest rows of each row of `Y` (m, d); as `neighbors_of_rows`, with k at most n."""
        return _with_distances(*self._found(Y, k, progress))

    def squared_neighbors_of(
        self,
        Y: Any,
        k: int,
        within: NDArray[np.float64] | None = None,
        *,
        progress: Progress | None = None,
    ) -> Found:
        """As `neighbors_of`, with squared distances: they tell rows apart that distances, rounded, do not.

        within (m,): squared distances beyond which nothing need be found; −1 stands for what is not.
        """
        (neighbors, sqdists), exponent = self._found(Y, k, progress, within)
        return neighbors, np.ldexp(sqdists, 2 * exponent) if exponent else sqdists

    def may_tell_nearest_within(self, n_queries: int) -> bool:
        """Whether `nearest_within` tells anything of so many rows, as far as it is the table that decides."""
        return self._search_within(n_queries) is not None

    def nearest_within(
        self, Y: Any, distance: float, *, progress: Progress | None = None
    ) -> NDArray[np.float64] | None:
        """Distances of rows of `Y` to the nearest of the table, infinite beyond `distance`; None if told no sooner."""
        search, Y = self._search_within(Y.shape[0]), _prepared(Y)
        if search is None:
            return None
        Y = Y.toarray() if sparse.issparse(Y) else Y
        is_told = Y.dtype == self.X.dtype and _SMALLEST < distance < _LARGEST and self._in_range(largest_of(Y))
        if not is_told:
            return None
        found = np.sqrt(search.neighbors_of(Y, 1, progress, np.full(len(Y), distance**2))[1][:, 0])
        found[found > distance] = np.inf
        return found

    def _search_within(self, n_queries: int) -> TreeSearch | None:
        """What is sooner done where less is asked for: a tree, of different rows, at their own scale."""
        if sparse.issparse(self.X) or self.exponent:
            return None
        search = self._search_for(n_queries, 1)
        if isinstance(search, DistinctSearch):
            search = search.search.index._search_within(n_queries)
        return search if isinstance(search, TreeSearch) else None

    def near_each_other(self, rows: NDArray[np.int64], k: int) -> NDArray[np.int64]:
        """These rows in an order in which those of a part are near each other, so that parts are searched fast."""
        search = self._search_for(len(rows), k)
        if not isinstance(search, TreeSearch):
            return rows
        in_leaves = search.tree.rows[search.tree.rows >= 0]
        wanted = np.zeros(len(in_leaves), bool)
        wanted[rows] = True
        order: NDArray[np.int64] = in_leaves[wanted[in_leaves]]
        return order

    def looks_at_most_pairs(self, k: int) -> bool:
        """Whether a search of all rows would look at each pair of them once, which part of the rows cannot."""
        search = self._search_for(self.X.shape[0], k)
        return isinstance(search, TreeSearch) and search.prunes_hardly_anything(k)

    def look_around(
        self, rows: NDArray[np.int64], others: NDArray[np.int64], k: int, nth: int, progress: Progress | None
    ) -> Surroundings | None:
        """Which of `rows` have fewer than `nth` of `others` among their k nearest, as far as that is soon told.

        None where it is not worth a try.
        """
        search = self._search_to_look_around(len(rows), len(others), k)
        if search is None or len(others) > _MOST_OTHERS * len(self.X):
            return None
        return look_around(search, rows, others, k, nth, progress)

    def look_around_among(self, rows: NDArray[np.int64], Y: Any, k: int, nth: int) -> Surroundings | None:
        """The same where the others are foreign rows; a row has some of them among its k nearest of all, or not."""
        Y = _prepared(Y)
        search = self._search_to_look_around(len(rows), len(Y), k) if self._in_range(largest_of(Y)) else None
        others = scaled(Y, -self.exponent)
        if search is None or not len(Y) or others.dtype != search.X.dtype:
            return None
        is_clear, nearest = look_around(search, rows, others, k, nth)
        return Surroundings(is_clear, np.ldexp(nearest, 2 * self.exponent))

    def look_around_class(
        self, rows: NDArray[np.int64], k: int, k_kin: int, progress: Progress | None
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
        """Neighbours of all rows of a class, enough to count those of other classes; None if not worth a try."""
        if sparse.issparse(self.X) or len(rows) < 2 or len(rows) > _MOST_KIN * len(self.X):
            return None
        if self.exponent or exponent_of(largest_of(self.X[rows])):  # by itself, the class has another scale
            return None
        search = self._search_for(len(rows), k)
        return look_around_class(search, rows, k, k_kin, progress) if isinstance(search, TreeSearch) else None

    def _search_to_look_around(self, n_queries: int, n_others: int, k: int) -> TreeSearch | None:
        search = None if sparse.issparse(self.X) or n_queries < _FEW_ROWS else self._search_for(n_queries, k)
        if not isinstance(search, TreeSearch):
            return None
        pays = are_far_between(n_others, len(self.X), k) or not search.prunes_hardly_anything(k)
        return search if pays else None

    def neighbors_told(
        self,
        rows: NDArray[np.int64],
        k: int,
        nearest: NDArray[np.float64],
        one_decides: bool,
        progress: Progress | None,
    ) -> NDArray[np.int64]:
        """Enough of the neighbours of rows for a vote on them, after `look_around` has told what is `nearest`.

        Either all k nearest; or k rows among which, as among the k nearest, are fewer than `nth` of the others; or,
        where a single one of the others decides, those up to the nearest of them, and −1 for what is beyond.
        """
        search = self._indexed
        assert isinstance(search, TreeSearch)
        found = np.empty((len(rows), k), np.int64)
        is_known = np.isfinite(nearest)
        within = nearest[is_known]
        found[is_known] = search.neighbors_of_rows(
            rows[is_known], k, progress, within if one_decides else None, within
        )[0]
        if not is_known.all():
            found[~is_known] = search.neighbors_of_rows(rows[~is_known], k, progress)[0]
        return found

    def _found(
        self, Y: Any, k: int, progress: Progress | None, within: NDArray[np.float64] | None = None
    ) -> tuple[Found, int]:
        """The neighbours, their squared distances at a scale, and its exponent."""
        Y = _prepared(Y)
        if sparse.issparse(self.X) != sparse.issparse(Y):
            Y = Y.toarray() if sparse.issparse(Y) else sparse.csr_array(Y)
        if Y.dtype != self.X.dtype:  # kernels compare like with like
            if self.X.dtype == np.float32:
                return self._in_float64._found(Y, k, progress, within)
            Y = Y.astype(np.float64)
        largest = largest_of(Y)
        if self._in_range(largest):
            search, Y = self._search_for(Y.shape[0], k), scaled(Y, -self.exponent)
            if within is not None and isinstance(search, TreeSearch):  # others find what is farther, too
                return search.neighbors_of(Y, k, progress, np.ldexp(within, -2 * self.exponent)), self.exponent
            return search.neighbors_of(Y, k, progress), self.exponent
        # Rows far outside the range of the table: one scale for both.
        exponent = max(int(np.frexp(largest)[1]), int(np.frexp(self.largest)[1]) + self.exponent)
        X, method = self.X.astype(np.float64), SparseSearch if sparse.issparse(self.X) else ExhaustiveSearch
        search = method(scaled(X, self.exponent - exponent))
        return search.neighbors_of(scaled(Y.astype(np.float64), -exponent), k, progress), exponent

    def _in_range(self, largest: float) -> bool:
        """Whether foreign rows with this largest value can be searched at the table's own scale."""
        if largest == 0:
            return True
        mantissa, exponent = np.frexp(largest)
        exponent -= self.exponent
        room = min(_LARGEST, np.inf if sparse.issparse(self.X) else self.largest * 2.0**30)
        return bool(exponent < 1000 and np.ldexp(mantissa, exponent) <= room)

    @cached_property
    def _in_float64(self) -> Index:
        return self._like(self.X.astype(np.float64))

    def _search_for(self, n_queries: int, k: int) -> Any:
        if sparse.issparse(self.X):
            return self._sparse
        n, d = self.X.shape
        if n_queries * n <= max(_FEW_PAIRS, _FEW_NUMBERS // (OF_A_PAIR + d)) or 4 * k > n:
            return ExhaustiveSearch(self.X)
        if self._indexed is None:
            self._indexed = self._index_for(n_queries)
        return self._indexed

    @cached_property
    def _sparse(self) -> SparseSearch:
        return SparseSearch(self.X)

    def _index_for(self, n_queries: int) -> Any:
        duplicates = find_duplicates(self.X)
        if duplicates is None:
            return self._tree_for(n_queries)
        representatives, group = duplicates
        return DistinctSearch(representatives, group, _SquaredSearch(self._like(self.X[representatives])))

    def _tree_for(self, n_queries: int) -> Any:
        """The search of many rows that are all different."""
        return TreeSearch(self.X, self.largest, n_queries)

    def _like(self, X: Any) -> Index:
        """The same for other rows."""
        return Index(X)


class _SquaredSearch:
    """An index that chooses its method by the number of queries, with squared distances."""

    def __init__(self, index: Index) -> None:
        self.index = index

    def neighbors_of_rows(self, rows: NDArray[np.int64] | None, k: int, progress: Progress | None) -> Found:
        """As `Index.neighbors_of_rows`."""
        n_queries = len(self.index.X) if rows is None else len(rows)
        found: Found = self.index._search_for(n_queries, k).neighbors_of_rows(rows, k, progress)
        return found

    def neighbors_of(self, Y: NDArray[np.floating], k: int, progress: Progress | None) -> Found:
        """As `Index.neighbors_of`."""
        found: Found = self.index._search_for(len(Y), k).neighbors_of(Y, k, progress)
        return found


def _prepared(X: Any) -> Any:
    """Contiguous float32 or float64 rows; sparse ones as CSR with ascending columns and no explicit zeros."""
    if sparse.issparse(X):
        X = sparse.csr_array(X, copy=False)
        if X.dtype not in (np.float32, np.float64):
            X = X.astype(np.float64)
        if not X.has_canonical_format or not X.has_sorted_indices or not np.all(X.data):
            X = X.copy()
            X.sum_duplicates()
            X.eliminate_zeros()
        return X
    X = np.asarray(X)
    dtype = X.dtype.newbyteorder("=") if X.dtype.newbyteorder("=") in (np.float32, np.float64) else np.float64
    return as_kernel_input(np.ascontiguousarray(X, dtype))


def largest_of(X: Any) -> float:
    """The largest absolute value."""
    values = X.data if sparse.issparse(X) else X
    return max(float(values.max(initial=0.0)), -float(values.min(initial=0.0)))


def exponent_of(largest: float) -> int:
    """Of the power of two to divide by where squares would overflow or vanish; elsewhere 0."""
    return int(np.frexp(largest)[1]) if largest > _LARGEST or 0 < largest < _SMALLEST else 0


def on_one_scale(*tables: Any) -> tuple[list[Any], int]:
    """Tables, divided by one power of two where their squares would overflow or vanish; and its exponent."""
    exponent = exponent_of(max(map(largest_of, tables)))
    return [scaled(X, -exponent) for X in tables], exponent


def scaled(X: Any, exponent: int) -> Any:
    """X · 2^exponent, without rounding."""
    if exponent == 0:
        return X
    X = X.astype(np.float64)
    values = X.data if sparse.issparse(X) else X
    np.ldexp(values, exponent, out=values)
    return X


def _with_distances(found: Found, exponent: int) -> Found:
    neighbors, sqdists = found
    distances = np.sqrt(sqdists, out=sqdists)
    if exponent:
        with np.errstate(over="ignore"):  # a distance beyond the largest number is infinite, but in order
            np.ldexp(distances, exponent, out=distances)
    return neighbors, distances


def _stays_sparse(X: sparse.csr_array) -> bool:
    """Whether common nonzeros of two rows cost less than the columns of two dense rows, or dense rows take far more."""
    n, d = X.shape
    share = np.bincount(X.indices, minlength=d) / max(n, 1)
    common = float(np.square(share).sum())  # columns in which two rows are both not zero, on average
    dense_bytes = n * d * X.dtype.itemsize
    too_large = dense_bytes > max(_SMALL_BYTES, 8 * (X.data.nbytes + X.indices.nbytes))
    return too_large or bool(_COST_OF_A_NONZERO * (common + 0.1) < d)
