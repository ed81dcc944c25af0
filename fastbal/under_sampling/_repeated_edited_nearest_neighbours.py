"""Rows whose neighbours are of other classes are left out, until nothing changes."""

from __future__ import annotations

from numbers import Integral
from typing import Any, ClassVar, Literal

from fastbal._core.draws import Draws
from fastbal._core.plan import Plan, Strategy
from fastbal._core.recipe import Recipe
from fastbal._core.target import Target
from fastbal._sklearn import Interval
from fastbal.under_sampling._editing_in_rounds import EditingInRounds
from fastbal.under_sampling.base import BaseCleaningSampler


class RepeatedEditedNearestNeighbours(EditingInRounds, BaseCleaningSampler):
    """Under-sample by `EditedNearestNeighbours`, again and again (Tomek 1976).

    The rounds end when nothing changes, after `max_iter` of them, when a class is empty, or when a class has become
    smaller than the smallest one was; the round in which that happens counts.

    Parameters
    ----------
    sampling_strategy : str, list or callable, default="auto"
        The classes from which rows are removed; see `TomekLinks`. In each round it is applied to the rows left, so
        that with "auto" another class may be the smallest.
    n_neighbors : int or object, default=3
        As for `EditedNearestNeighbours`.
    max_iter : int, default=100
        Most rounds.
    kind_sel : {"all", "mode"}, default="all"
        As for `EditedNearestNeighbours`.
    n_jobs : int or None, default=None
        For imbalanced-learn's interface. All threads that may be used are used.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        The classes targeted at first, each with the size of the smallest class.
    nn_ : object
        The search used; it finds ``n_neighbors + 1`` rows, the first of them the row itself.
    enn_ : EditedNearestNeighbours
        What a round does.
    n_iter_ : int
        Rounds done.
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
    Tomek: An experiment with the edited nearest-neighbor rule. IEEE Transactions on Systems, Man, and Cybernetics 6
    (1976), 448-452.

    Examples
    --------
    >>> from fastbal.under_sampling import RepeatedEditedNearestNeighbours
    >>> X, y = [[0.0], [1.0], [2.0], [4.0], [5.5], [7.0], [7.5], [8.0]], [0, 0, 0, 0, 0, 1, 1, 1]
    >>> editing = RepeatedEditedNearestNeighbours(n_neighbors=2)
    >>> X_resampled, y_resampled = editing.fit_resample(X, y)
    >>> editing.sample_indices_, editing.n_iter_
    (array([0, 1, 2, 3, 5, 6, 7]), 2)
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **EditingInRounds._parameter_constraints,
        "max_iter": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        n_neighbors: Any = 3,
        max_iter: int = 100,
        kind_sel: Literal["all", "mode"] = "all",
        n_jobs: int | None = None,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.n_neighbors = n_neighbors
        self.max_iter = max_iter
        self.kind_sel = kind_sel
        self.n_jobs = n_jobs

    def _draw_recipe(self, X: Any, target: Target, plan: Plan, draws: Draws) -> Recipe:
        k = self._neighborhood(target).k
        self.enn_ = self._round(self.n_neighbors)
        recipe, self.n_iter_ = self._edit(X, target, [k] * self.max_iter, may_undercut=False, until_stable=True)
        return recipe
