"""Rows without a rare label are left out where their nearest rows have other labels."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from fastbal._core.draws import Draws
from fastbal._core.label_measures import Indicator, label_distances
from fastbal._core.recipe import Recipe
from fastbal._neighborhood import Neighborhood, pool_of
from fastbal._sklearn import HasMethods, Interval
from fastbal.base import SelectionMixin
from fastbal.multilabel.base import BaseMultilabelSampler, Drawn


class BaseMultilabelCleaner(SelectionMixin, BaseMultilabelSampler):
    """Leaves out rows without a rare label whose labels differ from those of at least half of their nearest rows.

    Parameters
    ----------
    threshold : float
        Labels differ if the distance between the two sets is above this.
    """

    _keeps_index = True
    _parameter_constraints: ClassVar[dict[str, Any]] = {"threshold": [Interval(Real, 0, 1, closed="left")]}

    def __init__(self, threshold: float) -> None:
        self.threshold = threshold

    def _draw_rows(self, X: Any, labels: Indicator, groups: NDArray[Any] | None, draws: Draws) -> Drawn:
        neighborhood = Neighborhood("n_neighbors", getattr(self, "n_neighbors", 1))
        if labels.n_rows <= neighborhood.k:
            raise ValueError(
                f"X has {labels.n_rows} rows, but n_neighbors={neighborhood.k} needs at least {neighborhood.k + 1}. "
                "Lower n_neighbors, or give more rows."
            )
        candidates = np.flatnonzero(~labels.has_minority)
        is_kept = np.ones(labels.n_rows, bool)
        if len(candidates):
            found = neighborhood.within(pool_of(X))(candidates)
            pairs = np.repeat(candidates, found.shape[1]), found.ravel()
            differs = (label_distances(labels.Y, *pairs) > self.threshold).reshape(found.shape)
            is_kept[candidates] = 2 * np.count_nonzero(differs, axis=1) < found.shape[1]
        if not is_kept.any():
            raise ValueError(
                f"{type(self).__name__} would leave out all {labels.n_rows} rows: none has a rare label, and the "
                f"nearest rows of each have others. Raise threshold above {self.threshold}."
            )
        return Drawn(Recipe(n_rows=labels.n_rows, kept=np.flatnonzero(is_kept)))


class MLTL(BaseMultilabelCleaner):
    """Under-sample several labels by removing Tomek links (MLTL, Pereira et al. 2020).

    A row without a rare label is left out if its nearest row has other labels.

    Parameters
    ----------
    threshold : float, default=0.5
        Labels are other ones if ``|a △ b| / (|a| + |b|)`` of the two sets is above this: 0 is the same labels, 1 none
        in common.

    Attributes
    ----------
    irlbl_ : ndarray of shape (n_labels,), float64
        Imbalance ratio of each label of the table as it was given; NaN for one without rows.
    mean_ir_ : float
        Their mean.
    sample_indices_ : ndarray of shape (n_rows_new,), int64
        Row numbers of the rows kept, ascending.
    recipe_ : Recipe
        Which rows the output consists of.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    See Also
    --------
    MLeNN : The same by the vote of several nearest rows.
    fastbal.under_sampling.TomekLinks : For one label per row.

    Notes
    -----
    Nothing is random, and all rows are judged by the table as it is. A label is rare if its imbalance ratio is above
    the mean; a row with one stays, whatever else it has. Unlike Tomek's links, those of this method are not mutual: as
    published implementations have it, it is MLeNN with one neighbour. The paper itself has not been at hand.

    References
    ----------
    Pereira, Costa, Silla: MLTL: a multi-label approach for the Tomek Link undersampling algorithm.
    Neurocomputing 383 (2020), 95-105.

    Examples
    --------
    >>> from fastbal.multilabel import MLTL
    >>> X = [[0.0], [1.0], [2.0], [9.0], [9.5]]
    >>> y = [[1, 0], [1, 0], [1, 0], [1, 0], [0, 1]]
    >>> sampler = MLTL()
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> sampler.sample_indices_
    array([0, 1, 2, 4])
    """

    def __init__(self, threshold: float = 0.5) -> None:
        super().__init__(threshold)


class MLeNN(BaseMultilabelCleaner):
    """Under-sample several labels by removing rows that their nearest rows contradict (MLeNN, Charte et al. 2014).

    A row without a rare label is left out if at least half of its `n_neighbors` nearest rows have other labels.

    Parameters
    ----------
    threshold : float, default=0.75
        Labels are other ones if ``|a △ b| / (|a| + |b|)`` of the two sets is above this: 0 is the same labels, 1 none
        in common.
    n_neighbors : int or object, default=3
        Number of nearest rows, the row itself not counted; or an unfitted object with a method ``kneighbors``, which
        must look for one more.

    Attributes
    ----------
    irlbl_ : ndarray of shape (n_labels,), float64
        Imbalance ratio of each label of the table as it was given; NaN for one without rows.
    mean_ir_ : float
        Their mean.
    sample_indices_ : ndarray of shape (n_rows_new,), int64
        Row numbers of the rows kept, ascending.
    recipe_ : Recipe
        Which rows the output consists of.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    See Also
    --------
    MLTL : By the nearest row alone.
    fastbal.under_sampling.EditedNearestNeighbours : For one label per row.

    Notes
    -----
    Nothing is random, and all rows are judged by the table as it is. A label is rare if its imbalance ratio is above
    the mean; a row with one stays, whatever else it has.

    References
    ----------
    Charte, Rivera, del Jesus, Herrera: MLeNN: a first approach to heuristic multilabel undersampling.
    IDEAL (2014), 1-9.

    Examples
    --------
    >>> from fastbal.multilabel import MLeNN
    >>> X = [[0.0], [1.0], [2.0], [9.0], [9.5], [9.6]]
    >>> y = [[1, 0], [1, 0], [1, 0], [1, 0], [0, 1], [0, 1]]
    >>> sampler = MLeNN()
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> sampler.sample_indices_
    array([0, 1, 2, 4, 5])
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseMultilabelCleaner._parameter_constraints,
        "n_neighbors": [Interval(Integral, 1, None, closed="left"), HasMethods(["kneighbors"])],
    }

    def __init__(self, threshold: float = 0.75, *, n_neighbors: Any = 3) -> None:
        super().__init__(threshold)
        self.n_neighbors = n_neighbors
