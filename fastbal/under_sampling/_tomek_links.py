"""Rows whose nearest row is of another class, and the other way round, are left out."""

from __future__ import annotations

from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastbal._core.draws import Draws
from fastbal._core.editing import tomek_links
from fastbal._core.plan import Plan, Strategy
from fastbal._core.recipe import Recipe
from fastbal._core.target import Target
from fastbal._neighborhood import Neighborhood, pool_of
from fastbal.base import SelectionMixin
from fastbal.under_sampling.base import BaseCleaningSampler


class TomekLinks(SelectionMixin, BaseCleaningSampler):
    """Under-sample by removing Tomek links (Tomek 1976).

    Two rows of different classes are linked if each is the nearest row of the other: one of them is noise, or both are
    at the border. Those of the targeted classes are removed.

    Parameters
    ----------
    sampling_strategy : str, list or callable, default="auto"
        The classes from which rows are removed.

        - "majority": the largest; "not minority": all but the smallest; "not majority": all but the largest;
          "all": all, so both rows of a link; "auto" is "not minority";
        - list of labels;
        - function of y that returns such a list.

    n_jobs : int or None, default=None
        For imbalanced-learn's interface. All threads that may be used are used.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        The targeted classes, each with the size of the smallest class.
    sample_indices_ : ndarray of shape (n_rows_new,), int64
        Row numbers of the rows kept, ascending.
    recipe_ : Recipe
        Which rows the output consists of.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    Notes
    -----
    Nothing is random. Among equally near rows the nearest is the one with the smallest row number, and a row is never
    its own nearest. A second run may find new links, made by what the first has removed.

    References
    ----------
    Tomek: Two modifications of CNN. IEEE Transactions on Systems, Man, and Cybernetics 6 (1976), 769-772.

    Examples
    --------
    >>> from fastbal.under_sampling import TomekLinks
    >>> X, y = [[0.0], [1.0], [4.0], [4.5], [9.0], [9.2]], ["a", "a", "a", "b", "b", "b"]
    >>> tomek = TomekLinks(sampling_strategy="all")
    >>> X_resampled, y_resampled = tomek.fit_resample(X, y)
    >>> tomek.sample_indices_
    array([0, 1, 4, 5])
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseCleaningSampler._parameter_constraints,
        "n_jobs": [Integral, None],
    }

    def __init__(self, *, sampling_strategy: Strategy = "auto", n_jobs: int | None = None) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.n_jobs = n_jobs

    @staticmethod
    def is_tomek(y: ArrayLike, nn_index: ArrayLike, class_type: Any) -> NDArray[np.bool_]:
        """Which rows of some classes are in a Tomek link.

        Parameters
        ----------
        y : array-like of shape (n_rows,)
            Labels.
        nn_index : array-like of shape (n_rows,)
            Row number of the nearest row of each row.
        class_type : list of labels
            The targeted classes.

        Returns
        -------
        ndarray of shape (n_rows,), bool

        Examples
        --------
        >>> TomekLinks.is_tomek(["a", "b", "b"], [1, 0, 1], ["b"])
        array([False,  True, False])
        """
        labels, nearest = np.asarray(y), np.asarray(nn_index)
        is_mutual = nearest[nearest] == np.arange(len(nearest))
        is_targeted = np.isin(labels, np.asarray(list(class_type), labels.dtype))
        links: NDArray[np.bool_] = is_targeted & is_mutual & (labels[nearest] != labels)
        return links

    def _draw_recipe(self, X: Any, target: Target, plan: Plan, draws: Draws) -> Recipe:
        nearest = Neighborhood("n_neighbors", 1).within(pool_of(X))
        is_linked = tomek_links(target, plan, nearest)
        return Recipe(n_rows=len(target.codes), kept=np.flatnonzero(~is_linked))
