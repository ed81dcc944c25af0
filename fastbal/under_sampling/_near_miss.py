"""Rows of the larger classes are chosen by their distances to the smallest class."""

from __future__ import annotations

import math
import warnings
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from fastbal._core.draws import Draws
from fastbal._core.memory import rows_at_once
from fastbal._core.plan import Plan, Strategy
from fastbal._core.recipe import Recipe, Rows
from fastbal._core.rows import rows_as_floats
from fastbal._core.target import Target
from fastbal._core.threads import Progress, part_of
from fastbal._neighborhood import Pool, check_neighbors_object, fit_search, parts_of, pool_of
from fastbal._progress import show_progress
from fastbal._sklearn import HasMethods, Interval
from fastbal.base import SelectionMixin
from fastbal.under_sampling.base import BaseUnderSampler

# Rows of which a user's search lists all distances at a time.
_ROWS_AT_A_TIME = 1000
# All of fewer rows are searched for, or where a larger share is kept; of others, one in so many first, and the rest by
# what was found if no larger a share of these may be kept.
_MANY_ROWS, _MOST_KEPT, _SAMPLED, _WORTH_A_TRY = 8192, 0.2, 16, 0.27
# Covers the rounding of sums and squares.
_WIDEN = 1 + 1e-9


class NearMiss(SelectionMixin, BaseUnderSampler):
    """Under-sample by keeping rows that are near the smallest class (Mani and Zhang 2003).

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        How many rows each class shall have; see `RandomUnderSampler`.
    version : {1, 2, 3}, default=1
        Which rows of a class are kept:

        - 1: those whose nearest rows of the smallest class are nearest, on average;
        - 2: those whose farthest rows of the smallest class are nearest, on average;
        - 3: of the rows that are among the nearest of some row of the smallest class, those whose nearest rows of the
          smallest class are farthest, on average.

    n_neighbors : int or object, default=3
        Rows of the smallest class to average over; or an unfitted object with a method ``kneighbors``.
    n_neighbors_ver3 : int or object, default=3
        For version 3: how many of the nearest rows of each row of the smallest class are candidates.
    n_jobs : int or None, default=None
        For imbalanced-learn's interface. All threads that may be used are used.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        Label to number of rows kept.
    nn_ : object
        The search among the rows of the smallest class.
    nn_ver3_ : object
        For version 3: the search for candidates.
    sample_indices_ : ndarray of shape (n_rows_new,), int64
        Row numbers of the rows kept, class by class, the best first.
    recipe_ : Recipe
        Which rows the output consists of.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    Notes
    -----
    Nothing is random; among equally good rows the smaller row number comes first. Version 2 scans the smallest class
    for each row and holds nothing but the largest distances.

    References
    ----------
    Mani, Zhang: kNN approach to unbalanced data distributions: a case study involving information extraction. ICML 2003
    workshop on learning from imbalanced datasets.

    Examples
    --------
    >>> from fastbal.under_sampling import NearMiss
    >>> X, y = [[0.0], [1.0], [2.0], [3.0], [9.0], [10.0]], ["good"] * 4 + ["bad"] * 2
    >>> near = NearMiss(n_neighbors=1)
    >>> X_resampled, y_resampled = near.fit_resample(X, y)
    >>> X_resampled
    [[9.0], [10.0], [3.0], [2.0]]
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseUnderSampler._parameter_constraints,
        "version": [Interval(Integral, 1, 3, closed="both")],
        "n_neighbors": [Interval(Integral, 1, None, closed="left"), HasMethods(["kneighbors"])],
        "n_neighbors_ver3": [Interval(Integral, 1, None, closed="left"), HasMethods(["kneighbors"])],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        version: int = 1,
        n_neighbors: Any = 3,
        n_neighbors_ver3: Any = 3,
        n_jobs: int | None = None,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.version = version
        self.n_neighbors = n_neighbors
        self.n_neighbors_ver3 = n_neighbors_ver3
        self.n_jobs = n_jobs

    def _draw_recipe(self, X: Any, target: Target, plan: Plan, draws: Draws) -> Recipe:
        smallest = target.smallest
        X_smallest = pool_of(X, target.rows_of(smallest))
        self.nn_ = check_neighbors_object("n_neighbors", self.n_neighbors)
        if self.version != 2:  # of fewer rows, all are the farthest
            self._require_rows(target, smallest, "n_neighbors", self.nn_.n_neighbors)
        kept = []
        for code in range(len(target.classes)):
            rows = target.rows_of(code)
            if code in plan:
                rows = rows[self._chosen(X, rows, X_smallest, target, code, plan[code])]
            kept.append(rows)
        return Recipe(n_rows=len(target.codes), kept=np.concatenate(kept))

    def _chosen(
        self, X: Any, rows: Rows, X_smallest: Pool, target: Target, code: int, n_kept: int
    ) -> NDArray[np.int64]:
        """Positions of the rows of a class that are kept, the best first."""
        if self.version < 3:
            scored = self._near if self.version == 1 else self._far
            at_once = rows_at_once(len(rows)) if isinstance(self.n_neighbors, Integral) else None
            score = None
            if self.version == 1:
                with show_progress("searching neighbours") as progress:
                    score = self._lowest(X, rows, X_smallest, n_kept, progress)
            if score is None:
                score = np.concatenate([scored(X_part, X_smallest) for X_part in parts_of(X, rows, at_once)])
            return np.argsort(score, kind="stable")[:n_kept]
        candidates = self._candidates(pool_of(X, rows), X_smallest, target, code)
        if len(candidates) < n_kept:
            warnings.warn(
                "The number of the samples to be selected is larger than the number of samples available. The "
                "balancing ratio cannot be ensure and all samples will be returned: class "
                f"{target.labels[code]!r} has {len(candidates)} candidates, and {n_kept} rows are asked for. Raise "
                "n_neighbors_ver3.",
                stacklevel=5,
            )
        score = np.concatenate([self._near(X_part, X_smallest) for X_part in parts_of(X, rows[candidates])])
        return candidates[np.argsort(-score, kind="stable")[:n_kept]]

    def _lowest(
        self, X: Any, rows: Rows, X_smallest: Pool, n_kept: int, progress: Progress | None
    ) -> NDArray[np.float64] | None:
        """What `_near` says of the rows for which it is lowest, and infinity for most others; None if not worth a try.

        A sum of k distances is at least k times the first: to look for a single row within a k-th of what the sum may
        be is less work than to find the k nearest. What it may be, a part of the rows lets us guess, and the outcome
        tells whether the guess was right.
        """
        if not isinstance(self.n_neighbors, Integral) or hasattr(X, "parts"):
            return None
        if len(rows) < _MANY_ROWS or n_kept > _MOST_KEPT * len(rows):
            return None
        k, index, size = int(self.n_neighbors), X_smallest.index, rows_at_once(len(rows))
        if not index.may_tell_nearest_within(size):
            return None
        sampled = part_of(progress, 0.0, 1 / _SAMPLED)
        distances = index.neighbors_of(rows_as_floats(X, rows[::_SAMPLED]), k, progress=sampled)[1]
        expected = n_kept / _SAMPLED
        place = math.ceil(expected + 3 * math.sqrt(expected) + 3)
        if place >= len(distances):
            return None
        most = float(np.partition(_sums(distances), place)[place])
        reach = most / k * _WIDEN
        if np.count_nonzero(distances[:, 0] <= reach) > _WORTH_A_TRY * len(distances):
            return None
        scores: list[NDArray[np.float64]] = []
        begin = 1 / _SAMPLED
        for X_part in parts_of(X, rows, size):
            half = (1 - 1 / _SAMPLED) * X_part.shape[0] / len(rows) / 2
            nearest = index.nearest_within(X_part, reach, progress=part_of(progress, begin, half))
            if nearest is None:
                return None
            is_near = np.isfinite(nearest)
            scores.append(np.full(len(nearest), np.inf))
            if is_near.any():  # and the last of the k, if the others are no farther than the first, is within the rest
                within = np.square((most - (k - 1) * nearest[is_near]) * _WIDEN)
                rest = part_of(progress, begin + half, half)
                sqdists = index.squared_neighbors_of(X_part[is_near], k, within, progress=rest)[1]
                scores[-1][is_near] = _sums(np.sqrt(sqdists))
            begin += 2 * half
        score = np.concatenate(scores)
        return score if np.count_nonzero(score <= most) >= n_kept else None

    def _near(self, X_class: Any, X_smallest: Pool) -> NDArray[np.float64]:
        """Sum of the distances to the nearest rows of the smallest class."""
        if isinstance(self.n_neighbors, Integral):
            with show_progress("searching neighbours") as progress:
                distances = X_smallest.index.neighbors_of(X_class, int(self.n_neighbors), progress=progress)[1]
        else:
            distances = _on_the_host(fit_search(self.nn_, X_smallest.X).kneighbors(X_class)[0])
        return _sums(distances)

    def _far(self, X_class: Any, X_smallest: Pool) -> NDArray[np.float64]:
        """Sum of the distances to the farthest rows of the smallest class."""
        k = min(int(self.nn_.n_neighbors), X_smallest.X.shape[0])
        if isinstance(self.n_neighbors, Integral):
            from fastbal._core.farthest import farthest_distances  # here, so that random sampling loads no compiler

            return _sums(farthest_distances(X_class, X_smallest.X, k))
        search, n_smallest = fit_search(self.nn_, X_smallest.X), X_smallest.X.shape[0]
        parts = [
            _on_the_host(search.kneighbors(X_class[start : start + _ROWS_AT_A_TIME], n_neighbors=n_smallest)[0])[:, -k:]
            for start in range(0, X_class.shape[0], _ROWS_AT_A_TIME)
        ]
        return _sums(np.concatenate(parts))

    def _candidates(self, X_class: Pool, X_smallest: Pool, target: Target, code: int) -> NDArray[np.int64]:
        """Positions of the rows of a class that are near some row of the smallest class, ascending."""
        self.nn_ver3_ = check_neighbors_object("n_neighbors_ver3", self.n_neighbors_ver3)
        self._require_rows(target, code, "n_neighbors_ver3", self.nn_ver3_.n_neighbors)
        if isinstance(self.n_neighbors_ver3, Integral):
            with show_progress("searching neighbours") as progress:
                found = X_class.index.neighbors_of(X_smallest.X, int(self.n_neighbors_ver3), progress=progress)[0]
        else:
            found = _on_the_host(fit_search(self.nn_ver3_, X_class.X).kneighbors(X_smallest.X)[1])
        return np.unique(found)

    @staticmethod
    def _require_rows(target: Target, code: int, parameter: str, k: int) -> None:
        n_rows = int(target.counts[code])
        if n_rows < k:
            raise ValueError(
                f"Class {target.labels[code]!r} has {n_rows} row{'s' if n_rows != 1 else ''}, but {parameter} asks for "
                f"the distances to {k} of them. Lower {parameter} to {n_rows} or less."
            )


def _on_the_host(found: Any) -> NDArray[Any]:
    """A GPU array comes to the host."""
    return np.asarray(found.get() if hasattr(found, "get") else found)


def _sums(distances: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(over="ignore"):  # beyond the largest number they are alike
        sums: NDArray[np.float64] = distances.sum(axis=1)
    return sums
