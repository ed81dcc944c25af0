"""Rows whose neighbours are of other classes are left out: for one neighbour, then two, and so on."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from fastbal._core.draws import Draws
from fastbal._core.plan import Plan, Strategy
from fastbal._core.recipe import Recipe
from fastbal._core.target import Target
from fastbal.under_sampling._editing_in_rounds import EditingInRounds
from fastbal.under_sampling.base import BaseCleaningSampler


class AllKNN(EditingInRounds, BaseCleaningSampler):
    """Under-sample by `EditedNearestNeighbours` with one neighbour, then two, and so on (Tomek 1976).

    The rounds end when a class is empty, or when a class has become smaller than the smallest one was; the round in
    which that happens counts.

    Parameters
    ----------
    sampling_strategy : str, list or callable, default="auto"
        The classes from which rows are removed; see `TomekLinks`. In each round it is applied to the rows left, so
        that with "auto" another class may be the smallest.
    n_neighbors : int or object, default=3
        Neighbours in the last round; otherwise as for `EditedNearestNeighbours`.
    kind_sel : {"all", "mode"}, default="all"
        As for `EditedNearestNeighbours`.
    allow_minority : bool, default=False
        Whether other classes may become smaller than the smallest one was.
    n_jobs : int or None, default=None
        For imbalanced-learn's interface. All threads that may be used are used.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        The classes targeted at first, each with the size of the smallest class.
    nn_ : object
        The search used; it finds ``n_neighbors + 1`` rows, the first of them the row itself.
    enn_ : EditedNearestNeighbours
        What the last round did.
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
    >>> from fastbal.under_sampling import AllKNN
    >>> X, y = [[0.0], [1.0], [2.0], [4.0], [5.5], [7.0], [7.5], [8.0]], [0, 0, 0, 0, 0, 1, 1, 1]
    >>> editing = AllKNN(n_neighbors=2)
    >>> X_resampled, y_resampled = editing.fit_resample(X, y)
    >>> editing.sample_indices_
    array([0, 1, 2, 3, 5, 6, 7])
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **EditingInRounds._parameter_constraints,
        "allow_minority": ["boolean"],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        n_neighbors: Any = 3,
        kind_sel: Literal["all", "mode"] = "all",
        allow_minority: bool = False,
        n_jobs: int | None = None,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.n_neighbors = n_neighbors
        self.kind_sel = kind_sel
        self.allow_minority = allow_minority
        self.n_jobs = n_jobs

    def _draw_recipe(self, X: Any, target: Target, plan: Plan, draws: Draws) -> Recipe:
        k = self._neighborhood(target).k
        recipe, n_rounds = self._edit(
            X, target, list(range(1, k + 1)), may_undercut=self.allow_minority, until_stable=False
        )
        self.enn_ = self._round(n_rounds)
        return recipe
