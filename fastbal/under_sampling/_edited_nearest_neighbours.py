"""Rows whose neighbours are of other classes are left out."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from fastbal._core.draws import Draws
from fastbal._core.editing import class_by_class, rows_of_classes
from fastbal._core.plan import Plan, Strategy
from fastbal._core.recipe import Recipe
from fastbal._core.target import Target
from fastbal._neighborhood import pool_of
from fastbal.under_sampling._editing import Editing, agree_with_neighbors
from fastbal.under_sampling.base import BaseCleaningSampler


class EditedNearestNeighbours(Editing, BaseCleaningSampler):
    """Under-sample by removing rows whose neighbours are of other classes (Wilson 1972).

    Parameters
    ----------
    sampling_strategy : str, list or callable, default="auto"
        The classes from which rows are removed; see `TomekLinks`.
    n_neighbors : int or object, default=3
        Number of neighbours, the row itself not counted; or an unfitted object with a method ``kneighbors`` such as
        scikit-learn's ``NearestNeighbors``, which is taken to find the row itself, so it must look for one more.
    kind_sel : {"all", "mode"}, default="all"
        A row is kept if all its neighbours are of its class ("all"), or if its class is the most frequent among them
        ("mode", Wilson's rule; of equally frequent classes the smallest label counts).
    n_jobs : int or None, default=None
        For imbalanced-learn's interface. All threads that may be used are used.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        The targeted classes, each with the size of the smallest class.
    nn_ : object
        The search used; it finds ``n_neighbors + 1`` rows, the first of them the row itself.
    sample_indices_ : ndarray of shape (n_rows_new,), int64
        Row numbers of the rows kept, class by class.
    recipe_ : Recipe
        Which rows the output consists of.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    References
    ----------
    Wilson: Asymptotic properties of nearest neighbor rules using edited data. IEEE Transactions on Systems, Man, and
    Cybernetics 2 (1972), 408-421.

    Examples
    --------
    >>> from fastbal.under_sampling import EditedNearestNeighbours
    >>> X, y = [[0.0], [1.0], [2.0], [6.0], [7.0], [8.0], [9.5]], [0, 0, 0, 1, 1, 0, 1]
    >>> editing = EditedNearestNeighbours(n_neighbors=2)
    >>> X_resampled, y_resampled = editing.fit_resample(X, y)
    >>> editing.sample_indices_
    array([0, 1, 2, 3, 4, 6])
    """

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        n_neighbors: Any = 3,
        kind_sel: Literal["all", "mode"] = "all",
        n_jobs: int | None = None,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.n_neighbors = n_neighbors
        self.kind_sel = kind_sel
        self.n_jobs = n_jobs

    def _draw_recipe(self, X: Any, target: Target, plan: Plan, draws: Draws) -> Recipe:
        neighborhood, pool = self._neighborhood(target), pool_of(X)
        nearest = neighborhood.within(pool)
        is_kept = np.ones(len(target.codes), np.bool_)
        rows = np.flatnonzero(rows_of_classes(target, plan))
        is_kept[rows] = agree_with_neighbors(neighborhood, pool, nearest, target, rows, self.kind_sel)
        return Recipe(n_rows=len(target.codes), kept=class_by_class(target, np.flatnonzero(is_kept)))
