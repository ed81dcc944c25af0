"""Rows that their neighbours outvote are left out, and rows that outvote the smallest class."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from fastbal._core.draws import Draws
from fastbal._core.editing import most_common, rows_of_classes
from fastbal._core.plan import Plan, Strategy
from fastbal._core.recipe import Recipe
from fastbal._core.segments import Nearest
from fastbal._core.target import Target
from fastbal._neighborhood import Neighborhood, Searchable, pool_of
from fastbal._sklearn import HasMethods, Interval
from fastbal.base import SelectionMixin
from fastbal.under_sampling._edited_nearest_neighbours import EditedNearestNeighbours
from fastbal.under_sampling._editing import agree_with_neighbors
from fastbal.under_sampling.base import BaseCleaningSampler


class NeighbourhoodCleaningRule(SelectionMixin, BaseCleaningSampler):
    """Under-sample by the neighbourhood cleaning rule (Laurikkala 2001).

    Two groups of rows are removed. A1: rows of the targeted classes that `EditedNearestNeighbours` with
    ``kind_sel="mode"`` removes. A2: for each row of the smallest class that is misclassified by its nearest rows,
    itself among them, those of its neighbours that are of a class to clean.

    Parameters
    ----------
    sampling_strategy : str, list or callable, default="auto"
        The classes from which rows are removed; see `TomekLinks`.
    edited_nearest_neighbours : sampler, default=None
        Finds the group A1, and tells it by `sample_indices_`. None is ``EditedNearestNeighbours(kind_sel="mode")`` with
        the parameters of this sampler.
    n_neighbors : int or object, default=3
        Number of neighbours, the row itself not counted; or an unfitted object with a method ``kneighbors`` such as
        scikit-learn's ``NearestNeighbors``, which is taken to find the row itself, so it must look for one more.
    threshold_cleaning : float, default=0.5
        For the group A2, a class is cleaned if it has more rows than this share of the smallest class.
    n_jobs : int or None, default=None
        For imbalanced-learn's interface. All threads that may be used are used.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        The targeted classes, each with the size of the smallest class.
    edited_nearest_neighbours_ : sampler
        What found the group A1.
    nn_ : object
        The search used; it finds ``n_neighbors + 1`` rows, the first of them the row itself.
    classes_to_clean_ : list of labels
        The classes that are cleaned of the group A2.
    sample_indices_ : ndarray of shape (n_rows_new,), int64
        Row numbers of the rows kept, ascending.
    recipe_ : Recipe
        Which rows the output consists of.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    References
    ----------
    Laurikkala: Improving identification of difficult small classes by balancing class distribution. AIME 2001, 63-66.

    Examples
    --------
    >>> from fastbal.under_sampling import NeighbourhoodCleaningRule
    >>> X, y = [[0.0], [1.0], [2.0], [3.0], [4.0], [4.4], [9.0], [9.5]], [0, 0, 0, 0, 0, 1, 1, 1]
    >>> rule = NeighbourhoodCleaningRule(n_neighbors=3)
    >>> X_resampled, y_resampled = rule.fit_resample(X, y)
    >>> rule.sample_indices_
    array([0, 1, 5, 6, 7])
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseCleaningSampler._parameter_constraints,
        "edited_nearest_neighbours": [HasMethods(["fit_resample"]), None],
        "n_neighbors": [Interval(Integral, 1, None, closed="left"), HasMethods(["kneighbors"])],
        "threshold_cleaning": [Interval(Real, 0, None, closed="neither")],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        edited_nearest_neighbours: Any = None,
        n_neighbors: Any = 3,
        threshold_cleaning: float = 0.5,
        n_jobs: int | None = None,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.edited_nearest_neighbours = edited_nearest_neighbours
        self.n_neighbors = n_neighbors
        self.threshold_cleaning = threshold_cleaning
        self.n_jobs = n_jobs

    def _draw_recipe(self, X: Any, target: Target, plan: Plan, draws: Draws) -> Recipe:
        neighborhood = Neighborhood("n_neighbors", self.n_neighbors)
        neighborhood.require_rows_in_all(target)
        self.nn_ = neighborhood.estimator
        smallest = target.smallest
        enough = self.threshold_cleaning * target.counts[smallest]
        to_clean = [code for code in plan if target.counts[code] > enough]
        self.classes_to_clean_ = [target.labels[code] for code in to_clean]
        pool = pool_of(X)
        nearest = neighborhood.within(pool)

        if self.edited_nearest_neighbours is None:  # on the search that is there already
            is_kept = self._kept_by_votes(neighborhood, pool, nearest, target, plan)  # without A1
        else:
            is_kept = self._kept_by_editing(X, target)
        rows = target.rows_of(smallest)
        neighbors = nearest(rows)
        # The vote: the row itself and its k - 1 nearest; a list longer than that is left for the removal.
        voters = np.column_stack([target.codes[rows], target.codes[neighbors[:, :-1]]])
        around = neighbors[most_common(voters) != smallest].ravel()
        is_kept[around[rows_of_classes(target, to_clean)[around]]] = False  # without A2
        return Recipe(n_rows=len(target.codes), kept=np.flatnonzero(is_kept))

    def _kept_by_votes(
        self, neighborhood: Neighborhood, pool: Searchable, nearest: Nearest, target: Target, plan: Plan
    ) -> NDArray[np.bool_]:
        self.edited_nearest_neighbours_ = EditedNearestNeighbours(
            sampling_strategy=self.sampling_strategy,
            n_neighbors=self.n_neighbors,
            kind_sel="mode",
            n_jobs=self.n_jobs,
        )
        is_kept = np.ones(len(target.codes), np.bool_)
        rows = np.flatnonzero(rows_of_classes(target, plan))
        is_kept[rows] = agree_with_neighbors(neighborhood, pool, nearest, target, rows, "mode")
        return is_kept

    def _kept_by_editing(self, X: Any, target: Target) -> NDArray[np.bool_]:
        self.edited_nearest_neighbours_ = clone(self.edited_nearest_neighbours)
        self.edited_nearest_neighbours_.fit_resample(X, target.decode(target.codes))
        is_kept = np.zeros(len(target.codes), np.bool_)
        is_kept[self.edited_nearest_neighbours_.sample_indices_] = True
        return is_kept
