"""Rows that are safe, and rows at the border, are left out: one-sided selection."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastbal._core.draws import Draws
from fastbal._core.editing import class_by_class, tomek_links
from fastbal._core.memory import give_back
from fastbal._core.plan import Plan
from fastbal._core.recipe import Recipe
from fastbal._core.target import Target
from fastbal._neighborhood import Neighborhood
from fastbal.under_sampling._prototypes import BasePrototypes


class OneSidedSelection(BasePrototypes):
    """Under-sample by leaving out rows that are safe, then those in Tomek links (Kubat and Matwin 1997).

    Of a targeted class are kept `n_seeds_S` random rows, and those that these and the smallest class misclassify; of
    what is left, rows of the targeted classes that are in `TomekLinks` are removed.

    Parameters
    ----------
    sampling_strategy : str, list or callable, default="auto"
        The classes from which rows are removed; see `TomekLinks`.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers.
    n_neighbors : int, object or None, default=None
        How many rows classify a row, or a ``KNeighborsClassifier``. Of another search, the parameters are taken that
        such a classifier has, too. None is 1.
    n_seeds_S : int, default=1
        Rows of each targeted class to begin with. A row that is drawn twice is kept once.
    n_jobs : int or None, default=None
        For imbalanced-learn's interface.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        The targeted classes, each with the size of the smallest class.
    estimators_ : list of KNeighborsClassifier
        For each targeted class: what classifies by its seeds and the smallest class.
    sample_indices_ : ndarray of shape (n_rows_new,), int64
        Row numbers of the rows kept, class by class; of a targeted class the seeds first.
    recipe_ : Recipe
        Which rows the output consists of.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    References
    ----------
    Kubat, Matwin: Addressing the curse of imbalanced training sets: one-sided selection. ICML 1997, 179-186.

    Examples
    --------
    >>> from fastbal.under_sampling import OneSidedSelection
    >>> X, y = [[0.0], [1.0], [2.0], [3.0], [4.0], [5.0], [5.9], [7.0]], [0, 0, 0, 0, 0, 0, 1, 1]
    >>> selection = OneSidedSelection(random_state=4)
    >>> X_resampled, y_resampled = selection.fit_resample(X, y)
    >>> X_resampled
    [[2.0], [4.0], [5.9], [7.0]]
    """

    def _draw_recipe(self, X: Any, target: Target, plan: Plan, draws: Draws) -> Recipe:
        kept = np.concatenate(self._prototypes(X, target, plan, draws.stream(), grow=False))
        give_back()
        rows = np.sort(kept)  # so that the smaller row number decides
        codes = target.codes[rows]
        left = target._replace(codes=codes, counts=np.bincount(codes, minlength=len(target.classes)))
        is_linked = np.zeros(len(target.codes), np.bool_)
        if len(rows) > 1:
            is_linked[rows] = tomek_links(left, plan, Neighborhood("n_neighbors", 1).among(X, rows))
        return Recipe(n_rows=len(target.codes), kept=class_by_class(target, kept[~is_linked[kept]]))
