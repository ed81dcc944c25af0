"""imbalanced-learn with fastbal's answer to ties: the smaller row number, and no row is its own neighbour.

What still differs from fastbal's rows does not differ because of ties. Its search is asked as well, and must find the
same distances, so that nothing but the order of what is equally far is new.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import sparse
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from sklearn.svm import SVC

Array = NDArray[Any]

#: Distances that differ by no more, as a share of the larger one, tie: which is the smaller one is rounding.
TIE = 1e-7


class Ties:
    """How often a choice of neighbours hung on a tie.

    That is one between two of the places 1 to k, or between place k and the next, of a row that was searched for.
    """

    def __init__(self) -> None:
        self.n_found = 0

    def note(self, ordered: Array, k: int) -> None:
        """`ordered` (n, m): distances of rows to all others, ascending."""
        near, far = ordered[:, :k], ordered[:, 1 : k + 1]
        self.n_found += int((far - near[:, : far.shape[1]] <= TIE * far).sum())


class SVCWithoutNumbers(SVC):
    """A support vector machine that does not see the last column."""

    def fit(self, X: Any, y: Any) -> Any:
        return super().fit(X[:, :-1], y)


def numbered(X: Array) -> Array:
    """A table with a last column that tells which row is which: samplers hand rows on, and only searches look."""
    return np.column_stack([X, np.arange(len(X), dtype=X.dtype)])


def dense(X: Any) -> Array:
    return np.asarray(X.toarray() if sparse.issparse(X) else X, np.float64)


def measured(queries: Array, fitted: Array) -> Array:
    """Squared distances, of which two may differ where their roots do not."""
    return np.array([((fitted - query) ** 2).sum(axis=1) for query in queries])


@contextlib.contextmanager
def our_ties(*, are_numbered: bool) -> Iterator[Ties]:
    """Within, a search finds what fastbal's does. Without numbers, a row knows itself if all rows are searched for."""
    ties, kneighbors = Ties(), NearestNeighbors.kneighbors

    def found(self: Any, X: Any, k: int) -> tuple[Array, Array]:
        """Places and distances of the nearest rows, the row itself first."""
        queries, fitted = dense(X), dense(self._fit_X)
        numbers, own = np.arange(len(fitted)), np.full(len(queries), -1)
        if are_numbered:
            names, places = fitted[:, -1], {number: i for i, number in enumerate(fitted[:, -1].tolist())}
            if len(places) == len(names) and np.array_equal(names, np.rint(names)):  # not if there are new rows
                numbers = names.astype(int)
            own = np.array([places.get(number, -1) for number in queries[:, -1].tolist()])
            queries, fitted = queries[:, :-1], fitted[:, :-1]
        elif queries.shape == fitted.shape and np.array_equal(queries, fitted):
            own = numbers
        distances = queries if self.metric == "precomputed" else measured(queries, fitted)
        is_own = np.arange(len(fitted)) == own[:, None]
        order = np.lexsort((np.broadcast_to(numbers, distances.shape), distances, ~is_own), axis=1)
        ordered = np.take_along_axis(distances, order, axis=1)
        ordered = ordered if self.metric == "precomputed" else np.sqrt(ordered)
        for some, first in ((ordered[own < 0], 0), (ordered[own >= 0], 1)):
            ties.note(some[:, first:], k - first)
        if self.metric != "precomputed":
            as_given = np.float64 if self._fit_X.dtype == np.float64 else np.float32
            search = NearestNeighbors(n_neighbors=k).fit(fitted.astype(as_given))
            expected = kneighbors(search, queries.astype(as_given))[0].astype(np.float64)
            # Theirs go by ‖x‖² − 2 x·y + ‖y‖², which far from the origin loses digits.
            slack = 64 * float(np.finfo(as_given).eps) * max((Z**2).sum(axis=1).max() for Z in (queries, fitted))
            np.testing.assert_allclose(ordered[:, :k] ** 2, expected**2, rtol=1e-5, atol=slack)
        return ordered[:, :k], order[:, :k]

    def searching(self: Any, X: Any = None, n_neighbors: Any = None, return_distance: bool = True) -> Any:
        distances, places = found(self, X, self.n_neighbors if n_neighbors is None else n_neighbors)
        return (distances, places) if return_distance else places

    def predicting(self: Any, X: Any) -> Any:
        labels = self._y[found(self, X, self.n_neighbors)[1]]
        votes = [np.bincount(row, minlength=len(self.classes_)) for row in labels]
        return self.classes_[np.argmax(votes, axis=1)]

    with pytest.MonkeyPatch.context() as patch:
        for searcher in (NearestNeighbors, KNeighborsClassifier):
            patch.setattr(searcher, "kneighbors", searching)
        patch.setattr(KNeighborsClassifier, "predict", predicting)
        yield ties
