"""Only rows are kept that the others do not account for: condensed nearest neighbours."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastbal._core.draws import Draws
from fastbal._core.plan import Plan
from fastbal._core.recipe import Recipe
from fastbal._core.target import Target
from fastbal.under_sampling._prototypes import BasePrototypes


class CondensedNearestNeighbour(BasePrototypes):
    """Under-sample by keeping what is needed to classify the rest (Hart 1968).

    Prototypes are the rows of the smallest class and `n_seeds_S` rows of the targeted one. Each row of that in turn
    becomes one, too, if the prototypes so far misclassify it by their nearest.

    Parameters
    ----------
    sampling_strategy : str, list or callable, default="auto"
        The classes from which rows are removed; see `TomekLinks`.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers.
    n_neighbors : int, object or None, default=None
        How many prototypes classify a row, or a ``KNeighborsClassifier``. Of another search, the parameters are taken
        that such a classifier has, too. None is 1.
    n_seeds_S : int, default=1
        Rows of each targeted class to begin with. A row that is drawn twice is kept once.
    n_jobs : int or None, default=None
        For imbalanced-learn's interface.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        The targeted classes, each with the size of the smallest class.
    estimators_ : list of KNeighborsClassifier
        For each targeted class: what classifies by its prototypes.
    sample_indices_ : ndarray of shape (n_rows_new,), int64
        Row numbers of the rows kept, class by class; of a targeted class in the order in which they were chosen.
    recipe_ : Recipe
        Which rows the output consists of.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    Notes
    -----
    As in imbalanced-learn, there is one pass over the rows, where Hart's runs until nothing changes. Unlike there, no
    row is skipped by accident: see the page on coming from imbalanced-learn.

    References
    ----------
    Hart: The condensed nearest neighbor rule. IEEE Transactions on Information Theory 14 (1968), 515-516.

    Examples
    --------
    >>> from fastbal.under_sampling import CondensedNearestNeighbour
    >>> X, y = [[0.0], [1.0], [2.0], [3.0], [4.0], [5.0], [6.0], [7.0]], [0, 0, 0, 0, 0, 0, 1, 1]
    >>> condensed = CondensedNearestNeighbour(random_state=0)
    >>> X_resampled, y_resampled = condensed.fit_resample(X, y)
    >>> X_resampled
    [[4.0], [6.0], [7.0]]
    """

    def _draw_recipe(self, X: Any, target: Target, plan: Plan, draws: Draws) -> Recipe:
        kept = self._prototypes(X, target, plan, draws.stream(), grow=True)
        return Recipe(n_rows=len(target.codes), kept=np.concatenate(kept))
