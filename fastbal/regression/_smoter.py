"""New rows between rows of rare targets and their neighbours: SMOTE for regression."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral
from typing import Any, ClassVar, Literal

import numpy as np

from fastbal._containers.table import NumberReader, Table
from fastbal._core.draws import Stream
from fastbal._core.recipe import Block, NewRows, Recipe, Rows
from fastbal._core.segments import Nearest, draw_segments
from fastbal._neighborhood import Neighborhood
from fastbal._sklearn import HasMethods, Interval, StrOptions, Tags
from fastbal.regression._base import BaseRelevanceSampler, DrawnRows
from fastbal.regression._measurements import BinnedTarget, Floats
from fastbal.regression._values import MixedValues, Spread, in_units_of_range, read_mixed_values


class MixedMixin:
    """For samplers that make numbers and choose categories."""

    categorical_features: Any
    _categorical_constraints: ClassVar[dict[str, Any]] = {
        "categorical_features": ["array-like", StrOptions({"auto"}), None],
    }

    def _read_values(self, table: Table) -> MixedValues:
        return read_mixed_values(table, self.categorical_features, self._reader)

    @property
    def _reader(self) -> NumberReader:
        takers = "RelevanceOverSampler, RelevanceUnderSampler and WERCS take any rows as they are."
        words = f"name them in categorical_features; {takers}"
        return NumberReader(type(self).__name__, or_with_gaps=takers, or_with_words=words)

    def __sklearn_tags__(self) -> Tags:
        tags: Tags = super().__sklearn_tags__()  # type: ignore[misc]
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        return tags


class BaseSMOTER(MixedMixin, BaseRelevanceSampler):
    """Base class of the samplers that make rows between neighbours with rare targets.

    Parameters
    ----------
    sampling_strategy : {"balance", "extreme"}, float or dict, default="balance"
        How many rows each bin shall have.
    k_neighbors : int or object, default=5
        The neighbours between which and a row new rows are made.
    relevance : Relevance, callable or None, default=None
        How much each value matters.
    threshold : float, default=0.5
        The relevance from which on a value is rare.
    under_sampling : bool, default=True
        Whether bins that are not rare lose rows.
    categorical_features : "auto", array-like of int, bool or str, or None, default="auto"
        Which columns hold categories.
    scale : {"range"} or None, default=None
        The unit of a column in distances.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseRelevanceSampler._parameter_constraints,
        **MixedMixin._categorical_constraints,
        "k_neighbors": [Interval(Integral, 1, None, closed="left"), HasMethods(["kneighbors"])],
        "under_sampling": ["boolean"],
        "scale": [StrOptions({"range"}), None],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Any = "balance",
        k_neighbors: Any = 5,
        relevance: Any = None,
        threshold: float = 0.5,
        under_sampling: bool = True,
        categorical_features: Any = "auto",
        scale: Literal["range"] | None = None,
        random_state: Any = None,
    ) -> None:
        super().__init__(
            sampling_strategy=sampling_strategy, relevance=relevance, threshold=threshold, random_state=random_state
        )
        self.k_neighbors = k_neighbors
        self.under_sampling = under_sampling
        self.categorical_features = categorical_features
        self.scale = scale

    def _spread_of(self, X: MixedValues, rows: Rows) -> Spread:
        return Spread(X, rows, by_range=self.scale is not None)

    def _segments(
        self,
        spread: Spread,
        target: BinnedTarget,
        code: int,
        n_new: int,
        stream: Stream,
        watch: Callable[[Nearest], Nearest] = lambda nearest: nearest,
    ) -> Block:
        """New rows between rows of a bin and their nearest in it; a single row has no other, and is copied."""
        rows = spread.rows
        k = self._neighbors_in(code, rows, X_has_categories=bool(len(spread.codes)))
        if k is None:
            alone = np.repeat(rows, n_new)
            return Block(code, alone, alone, np.zeros(n_new))
        neighborhood = Neighborhood("k_neighbors", k, target.groups)
        self.nn_k_ = neighborhood.estimator
        nearest = watch(neighborhood.within(spread.pool()))
        return draw_segments(rows, rows, code, n_new, k=neighborhood.k, nearest=nearest, stream=stream)

    def _neighbors_in(self, code: int, rows: Rows, *, X_has_categories: bool) -> Any:
        """How many neighbours, or the search of the user's, for a bin; None for one of a single row."""
        if isinstance(self.k_neighbors, Integral):
            return min(int(self.k_neighbors), len(rows) - 1) or None
        if X_has_categories:
            raise TypeError(
                f"With categories, k_neighbors must be a number of neighbours: their distances are fastbal's own. Got "
                f"a {type(self.k_neighbors).__name__}."
            )
        wanted = getattr(self.k_neighbors, "n_neighbors", 1)
        if len(rows) < wanted:
            raise ValueError(
                f"Bin {code} of y has {len(rows)} rows, but the {type(self.k_neighbors).__name__} in k_neighbors is to "
                f"find {wanted}. Give a number as k_neighbors, which is lowered where a bin has too few rows."
            )
        return self.k_neighbors


class SMOTER(BaseSMOTER):
    """Make rows with rare targets between rows and their neighbours, target included (SmoteR, Torgo et al. 2013).

    The sorted target is cut into bins wherever its relevance passes the threshold. In a rare bin, new rows lie between
    a row and one of its `k_neighbors` nearest in the bin, as in SMOTE, and so do their targets: the nearer of the two
    rows counts the more. The other bins lose rows at random.

    Parameters
    ----------
    sampling_strategy : {"balance", "extreme"}, float or dict, default="balance"
        How many rows each bin shall have.

        - "balance": all bins the same, and as many as now in all; without `under_sampling`, rare bins as many as the
          others have on average;
        - "extreme": inversely to the rows a bin has now, and as many in all as by "balance";
        - float, at least 1: rare bins so many times their rows, the others as they are;
        - dict of bin to number of rows, original ones included; bins are numbered from 0, ascending by value. Those
          left out stay as they are.

        By name, a rare bin never loses rows, and another one never gets any.
    k_neighbors : int or object, default=5
        Number of neighbours, the row itself not counted; in a bin of fewer rows, all others of it. A bin of one row is
        copied. Or an unfitted object with a method ``kneighbors``, which must look for one more.
    relevance : Relevance, callable or None, default=None
        How much each value matters; see `RelevanceOverSampler`.
    threshold : float, default=0.5
        The relevance from which on a value is rare.
    under_sampling : bool, default=True
        Whether bins that are not rare lose rows.
    categorical_features : "auto", array-like of int, bool or str, or None, default="auto"
        Which columns hold categories: their numbers, a mask, or their names in a dataframe. "auto": in a dataframe
        those of categories, text and booleans, otherwise none. With categories, numbers are measured in units of their
        range in the bin, and a category that differs adds 1 to the squared distance (HEOM).
    scale : {"range"} or None, default=None
        The unit of a column in distances: its range in the bin, or what it is.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        Bin to number of rows afterwards, of the bins that change.
    bins_ : list of Bin
        For each bin ``low``, ``high``, ``n_rows`` and ``is_rare``, ascending by value.
    relevance_ : callable
        The relevance function.
    nn_k_ : object
        The search used; it finds one row more than there are neighbours, the first of them the row itself.
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
    The target of a new row is the mean of its parents', each weighted by the distance d of the *other* parent. In a
    table of numbers this is ``y1 + step · (y2 − y1)``: the target is one more column. With categories, of which a new
    row has either parent's with the same probability, d is the sum of the differences in units of the ranges, plus the
    number of categories that differ, over all columns; other implementations count the last numeric column only. A
    target of whole numbers stays one: it is rounded to the nearest.

    References
    ----------
    Torgo, Ribeiro, Pfahringer, Branco: SMOTE for regression. EPIA 2013, 378-389.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import make_regression
    >>> from fastbal.regression import SMOTER
    >>> X, y = make_regression(n_samples=1000, n_features=4, random_state=0)
    >>> sampler = SMOTER(random_state=0)
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> [one.n_rows for one in sampler.bins_], X_resampled.shape
    ([96, 814, 90], (999, 4))
    >>> dict(sampler.sampling_strategy_)
    {0: 333, 1: 333, 2: 333}
    """

    def _draw_bin(self, X: MixedValues, target: BinnedTarget, code: int, n_new: int, stream: Stream) -> DrawnRows:
        return DrawnRows(self._segments(self._spread_of(X, target.rows_of(code)), target, code, n_new, stream))

    def _beyond_recipe(
        self, X: MixedValues, target: BinnedTarget, recipe: Recipe, noise: Floats, stream: Stream
    ) -> NewRows:
        if not X.has_categories or not recipe.n_new:
            return NewRows()
        taken = categories_of_parents(X, recipe, stream)
        step = _step_of_target(X, target, recipe, taken)
        return NewRows(taken=taken, measured=target_between(target.y, recipe, step))


def categories_of_parents(X: MixedValues, recipe: Recipe, stream: Stream) -> dict[int, Rows]:
    """For each column of categories and new row the parent whose entry it takes, each as likely as the other."""
    neighbor = recipe.base if recipe.neighbor is None else recipe.neighbor
    return {column: np.where(stream.uniform(recipe.n_new) < 0.5, recipe.base, neighbor) for column in X.nominal.columns}


def target_between(y: Floats, recipe: Recipe, step: Floats) -> Floats:
    """``(1 − step) · y[base] + step · y[neighbor]``, which is within the range of floats."""
    between: Floats = (1 - step) * y[recipe.base] + step * y[recipe.neighbor]
    return between


def _step_of_target(X: MixedValues, target: BinnedTarget, recipe: Recipe, taken: dict[int, Rows]) -> Floats:
    """How far the target of each new row is from its base's to its neighbour's: d1 / (d1 + d2).

    d1, d2: distances to base and neighbour, Σ |difference| / range of the bin + categories that differ.
    """
    assert recipe.neighbor is not None
    assert recipe.step is not None
    apart = np.zeros(recipe.n_new)
    for code in np.unique(recipe.label):
        rows, made = target.rows_of(int(code)), np.flatnonzero(recipe.label == code)
        numbers = in_units_of_range(X.numbers[rows])
        first, second = (np.searchsorted(rows, parent[made]) for parent in (recipe.base, recipe.neighbor))
        apart[made] = abs(numbers[first] - numbers[second]).sum(axis=1)
    d1, d2 = recipe.step * apart, (1 - recipe.step) * apart
    for codes, rows in zip(X.nominal.codes, taken.values(), strict=True):
        d1 += codes[rows] != codes[recipe.base]
        d2 += codes[rows] != codes[recipe.neighbor]
    both = d1 + d2
    return np.divide(d1, both, out=recipe.step.copy(), where=both > 0)
