"""Rows whose neighbours are of other classes are left out: once, until nothing changes, or with growing k."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from fastbal._core.draws import Draws
from fastbal._core.editing import agree, class_by_class, rows_of_classes
from fastbal._core.plan import CLEAN, Plan, make_plan
from fastbal._core.recipe import Recipe
from fastbal._core.rows import rows_as_floats
from fastbal._core.target import Target
from fastbal._neighborhood import Neighborhood, Pool
from fastbal._progress import show_progress
from fastbal._sklearn import HasMethods, Interval, StrOptions
from fastbal.base import SelectionMixin
from fastbal.under_sampling.base import BaseCleaningSampler

#: Called with row numbers, a mask of the rows left, and k: row numbers of the k nearest rows that are left.
NearestLeft = Callable[[NDArray[np.int64], NDArray[np.bool_], int], NDArray[np.int64]]


class _Editing(SelectionMixin):
    """What the three ways of editing share: the neighbours, and how they vote."""

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseCleaningSampler._parameter_constraints,
        "n_neighbors": [Interval(Integral, 1, None, closed="left"), HasMethods(["kneighbors"])],
        "kind_sel": [StrOptions({"all", "mode"})],
        "n_jobs": [Integral, None],
    }

    sampling_strategy: Any
    n_neighbors: Any
    kind_sel: str
    n_jobs: int | None

    def _neighborhood(self, target: Target) -> Neighborhood:
        neighborhood = Neighborhood("n_neighbors", self.n_neighbors)
        neighborhood.require_rows_in_all(target)
        self.nn_ = neighborhood.estimator
        return neighborhood


class EditedNearestNeighbours(_Editing, BaseCleaningSampler):
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
        sampling_strategy: Any = "auto",
        n_neighbors: Any = 3,
        kind_sel: str = "all",
        n_jobs: int | None = None,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.n_neighbors = n_neighbors
        self.kind_sel = kind_sel
        self.n_jobs = n_jobs

    def _draw_recipe(self, X: Any, target: Target, plan: Plan, draws: Draws) -> Recipe:
        nearest = self._neighborhood(target).within(Pool(X))
        is_kept = np.ones(len(target.codes), np.bool_)
        rows = np.flatnonzero(rows_of_classes(target, plan))
        is_kept[rows] = agree(target.codes[nearest(rows)], target.codes[rows], self.kind_sel)
        return Recipe(n_rows=len(target.codes), kept=class_by_class(target, np.flatnonzero(is_kept)))


class _RepeatedEditing(_Editing):
    """Editing in rounds, on what the round before has left."""

    def _edit(
        self, X: Any, target: Target, ks: list[int], *, may_undercut: bool, until_stable: bool
    ) -> tuple[Recipe, int]:
        """A round for each k, each on the classes to clean among the rows left; the recipe, and the rounds done."""
        nearest_left = self._nearest_left(X, max(ks))
        is_left = np.ones(len(target.codes), np.bool_)
        smallest = int(target.counts.argmin())
        n_rounds = 0
        for k in ks:
            left = np.flatnonzero(is_left)
            if len(left) <= k:
                break  # no row has k others any more
            codes = target.codes[left]
            now = target._replace(codes=codes, counts=np.bincount(codes, minlength=len(target.classes)))
            rows = left[rows_of_classes(now, make_plan(self.sampling_strategy, now, CLEAN))]
            neighbors = nearest_left(rows, is_left, k)
            is_removed = ~agree(target.codes[neighbors], target.codes[rows], self.kind_sel)
            is_left[rows[is_removed]] = False
            n_rounds += 1
            counts = now.counts - np.bincount(target.codes[rows[is_removed]], minlength=len(target.classes))
            undercut = not may_undercut and (np.delete(counts, smallest) < target.counts[smallest]).any()
            if undercut or (counts == 0).any() or (until_stable and not is_removed.any()):
                break
        return Recipe(n_rows=len(target.codes), kept=class_by_class(target, np.flatnonzero(is_left))), n_rounds

    def _nearest_left(self, X: Any, k: int) -> NearestLeft:
        if isinstance(self.n_neighbors, Integral):
            from fastbal._core.shrinking import ShrinkingSearch  # here, so that random sampling loads no compiler

            search = ShrinkingSearch(rows_as_floats(X), k)

            def nearest(rows: NDArray[np.int64], is_left: NDArray[np.bool_], k: int) -> NDArray[np.int64]:
                with show_progress("searching neighbours") as progress:
                    return search.nearest(rows, is_left, k, progress)

            return nearest

        def asked(rows: NDArray[np.int64], is_left: NDArray[np.bool_], k: int) -> NDArray[np.int64]:
            """The user's search, fitted to what is left."""
            left = np.flatnonzero(is_left)
            neighborhood = Neighborhood("n_neighbors", self.n_neighbors)
            neighborhood.estimator.n_neighbors = min(neighborhood.estimator.n_neighbors, len(left))
            return left[neighborhood.among(X, left)((np.cumsum(is_left) - 1)[rows])[:, :k]]

        return asked

    def _round(self, k: Any) -> EditedNearestNeighbours:
        return EditedNearestNeighbours(
            sampling_strategy=self.sampling_strategy, n_neighbors=k, kind_sel=self.kind_sel, n_jobs=self.n_jobs
        )


class RepeatedEditedNearestNeighbours(_RepeatedEditing, BaseCleaningSampler):
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
        **_Editing._parameter_constraints,
        "max_iter": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        n_neighbors: Any = 3,
        max_iter: int = 100,
        kind_sel: str = "all",
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


class AllKNN(_RepeatedEditing, BaseCleaningSampler):
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
        **_Editing._parameter_constraints,
        "allow_minority": ["boolean"],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        n_neighbors: Any = 3,
        kind_sel: str = "all",
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
