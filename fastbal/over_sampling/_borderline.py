"""New rows only where a class is in danger of being taken for another: Borderline-SMOTE."""

from __future__ import annotations

import warnings
from functools import partial
from numbers import Integral
from typing import Any, ClassVar, Literal

import numpy as np

from fastbal._core.draws import Draws
from fastbal._core.plan import Plan, Strategy, growing
from fastbal._core.recipe import Block, Recipe, Rows, join
from fastbal._core.segments import draw_segments
from fastbal._core.target import Target
from fastbal._neighborhood import Neighborhood, capped, pool_of
from fastbal._sklearn import HasMethods, Interval, StrOptions
from fastbal.over_sampling._smote import BaseSMOTE
from fastbal.over_sampling.base import MissingMixin, RejectMixin


class BorderlineSMOTE(RejectMixin, MissingMixin, BaseSMOTE):
    """Over-sample from the rows of a class that have many neighbours of other classes (Han et al. 2005).

    A row is in danger if at least half of its `m_neighbors` nearest rows, but not all, are of other classes. New rows
    start at rows in danger and head for one of their `k_neighbors` nearest rows: in their class ("borderline-1"), or
    in the whole table, and then at most half way to a row of another class ("borderline-2").

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        How many rows each class shall have; see `SMOTE`.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers. An int starts again for each class, as in imbalanced-learn.
    k_neighbors : int, "auto" or object, default=5
        Number of neighbours that new rows head for, the row itself not counted; or an unfitted object with a method
        ``kneighbors``, which must look for one more.
    m_neighbors : int or object, default=10
        Number of neighbours that decide whether a row is in danger; as `k_neighbors`.
    kind : {"borderline-1", "borderline-2"}, default="borderline-1"
        Where new rows head for.
    missing : {"error", "keep"}, default="error"
        What to do with missing numbers (NaN, null): refuse them, or keep them. Distances are then over the columns that
        both rows have (scikit-learn's ``nan_euclidean_distances``), and where one of the two rows between which a new
        row lies has no number, the new one is that of the nearer of them, or missing like it.
    reject : float or None, default=None
        Draw a new row again if so many of its nearest rows are of other classes, as a share from above 0 to 1 (Lee et
        al. 2015); 0.5 leaves new rows where their class is in the majority. None keeps all.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        Label to number of rows made.
    nn_k_ : object
        The search for the rows to head for; it finds ``k_neighbors + 1`` rows, the first of them the row itself.
    nn_m_ : object
        The search that decides on danger; it finds ``m_neighbors + 1`` rows.
    in_danger_indices : dict
        Label to the numbers of its rows in danger; none for a class that has no such row.
    recipe_ : Recipe
        Which rows the output consists of.
    is_synthetic_ : ndarray of shape (n_rows_new,), bool
        Which rows of the output are new.
    base_indices_, neighbor_indices_ : ndarray of shape (n_made,)
        For each new row: the rows of the input between which it lies.
    step_ : ndarray of shape (n_made,), float64
        For each new row: how far it is from the first of them to the second, from 0 to 1.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    Notes
    -----
    The rows are those of imbalanced-learn for the same `random_state`. Where no row of a class is in danger,
    imbalanced-learn makes no rows of it and says nothing; here they start anywhere in the class, and a warning says so.

    As there, the step to a row of another class is a product of two random numbers, below 1 and below one half, where
    the paper draws only the second.

    References
    ----------
    Han, Wang, Mao: Borderline-SMOTE: A New Over-Sampling Method in Imbalanced Data Sets Learning.
    Advances in Intelligent Computing (2005), 878-887.

    Examples
    --------
    >>> from collections import Counter
    >>> from sklearn.datasets import make_classification
    >>> from fastbal.over_sampling import BorderlineSMOTE
    >>> X, y = make_classification(n_samples=1000, weights=[0.1, 0.9], random_state=10)
    >>> sampler = BorderlineSMOTE(random_state=42)
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> sorted(Counter(y_resampled.tolist()).items())
    [(0, 898), (1, 898)]
    >>> len(sampler.in_danger_indices[0]), int((y == 0).sum())
    (80, 102)
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseSMOTE._parameter_constraints,
        **MissingMixin._missing_constraints,
        **RejectMixin._reject_constraints,
        "m_neighbors": [Interval(Integral, 1, None, closed="left"), HasMethods(["kneighbors"])],
        "kind": [StrOptions({"borderline-1", "borderline-2"})],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        random_state: Any = None,
        k_neighbors: Any = 5,
        m_neighbors: Any = 10,
        kind: Literal["borderline-1", "borderline-2"] = "borderline-1",
        missing: Literal["error", "keep"] = "error",
        reject: float | None = None,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy, random_state=random_state, k_neighbors=k_neighbors)
        self.m_neighbors = m_neighbors
        self.kind = kind
        self.missing = missing
        self.reject = reject

    def _draw_recipe(self, X: Any, target: Target, plan: Plan, draws: Draws) -> Recipe:
        wanted = growing(plan)
        heading = Neighborhood("k_neighbors", capped(self.k_neighbors, target, wanted), target.groups)
        judging = Neighborhood("m_neighbors", self.m_neighbors)
        self.nn_k_, self.nn_m_ = heading.estimator, judging.estimator
        self.in_danger_indices = {}
        if not wanted:
            return Recipe(n_rows=len(target.codes))
        judging.require_rows_in_all(target)
        all_rows = pool_of(X, may_miss=self._may_miss)
        judge = judging.within(all_rows)
        dangers, around = {}, {}
        for code in wanted:
            rows = target.rows_of(code)
            around[code] = judging.around_class(all_rows, rows, judge, heading.k)
            foreign = count_foreign(target, code, around[code].neighbors)
            is_in_danger = is_danger(foreign, judging.k)
            if is_in_danger.any():
                self.in_danger_indices[target.labels[code]] = rows[is_in_danger]
            dangers[code] = np.flatnonzero(is_in_danger | self._has_none(target, code, is_in_danger))
        if self.kind == "borderline-1":
            heading.require_rows(target, list(wanted))
        else:
            heading.require_rows_in_all(target)
            head_anywhere = heading.within(all_rows)
        blocks = []
        for code, n_new in wanted.items():
            rows = target.rows_of(code)
            bases, stream = rows[dangers[code]], draws.stream()
            if self.kind == "borderline-1":
                head_home = heading.at_home(around[code], X, rows, may_miss=self._may_miss)
                nearest = positions_in(dangers[code], head_home)
                block = draw_segments(bases, rows, code, n_new, k=heading.k, nearest=nearest, stream=stream)
            else:
                everyone, nearest = np.arange(len(target.codes)), positions_in(bases, head_anywhere)
                is_known = target.labels[code] in self.in_danger_indices  # who is in danger has some of his kin around
                has_numbers = judging.is_number and heading.is_number and heading.groups is None
                if is_known and has_numbers and heading.k <= judging.k:
                    nearest = partial(_first_of, around[code].neighbors[dangers[code]], heading.k)
                block = draw_segments(bases, everyone, code, n_new, k=heading.k, nearest=nearest, stream=stream)
                block = _at_most_half_way(block, target, draws)
            blocks.append(block)
        return join(blocks, n_rows=len(target.codes))

    def _has_none(self, target: Target, code: int, is_in_danger: Any) -> bool:
        """Whether a class has no row in danger; says so, because the sampler is SMOTE then."""
        if is_in_danger.any():
            return False
        warnings.warn(
            f"No row of class {target.labels[code]!r} is in danger: of none are at least half, but not all, of the "
            f"m_neighbors nearest rows of other classes. New rows start anywhere in the class, as those of SMOTE do. "
            f"Raise m_neighbors to look further, or use SMOTE.",
            stacklevel=5,
        )
        return True


def count_foreign(target: Target, code: int, neighbors: Rows) -> Rows:
    """For each row of a class, how many of its neighbours are of other classes."""
    counts: Rows = np.count_nonzero(target.codes[neighbors] != code, axis=1)
    return counts


def is_danger(n_foreign: Rows, m: int) -> Any:
    """Han et al. (2005), step 2: m/2 <= m' < m."""
    return (2 * n_foreign >= m) & (n_foreign < m)


def positions_in(rows: Rows, nearest: Any) -> Any:
    """A search for some of a pool's rows, given by their positions among these."""
    return lambda positions: nearest(rows[positions])


def _first_of(neighbors: Rows, k: int, positions: Rows) -> Rows:
    return neighbors[positions, :k]


def _at_most_half_way(block: Block, target: Target, draws: Draws) -> Block:
    """Shorter steps to rows of other classes, so that the new row is nearer to its own class."""
    step, neighbor = block.step, block.neighbor
    assert step is not None
    assert neighbor is not None
    is_foreign = target.codes[neighbor] != block.label
    # The same beginning once more for an int seed: imbalanced-learn asks for its RandomState anew here.
    step[is_foreign] *= 0.5 * draws.stream().uniform(int(np.count_nonzero(is_foreign)))
    return block._replace(step=step)
