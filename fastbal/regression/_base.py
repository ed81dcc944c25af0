"""What samplers of continuous targets share: relevance, bins, how many rows of each, and which of them stay."""

from __future__ import annotations

from abc import abstractmethod
from collections import OrderedDict
from collections.abc import Mapping
from numbers import Real
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np

from fastbal._core.bins import cut_into_bins, plan_of_bins
from fastbal._core.draws import Draws, Stream
from fastbal._core.plan import OVER, Plan
from fastbal._core.recipe import Block, NewRows, Recipe, Rows, join, row_number_type
from fastbal._problem import by_label
from fastbal._sklearn import Interval, StrOptions
from fastbal.base import BaseSampler
from fastbal.regression._measurements import BinnedTarget, Floats, MeasuredProblem, Measurements
from fastbal.regression._relevance import fitted_relevance, relevance_of_rows


class BaseMeasuredSampler(BaseSampler):
    """Base class of the samplers that take a target of measurements.

    Parameters
    ----------
    relevance : Relevance, callable or None, default=None
        How much each value matters.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers.
    """

    _sampling_type = OVER
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "relevance": [callable, None],
        "random_state": ["random_state", np.random.Generator],
    }

    def __init__(self, *, relevance: Any = None, random_state: Any = None) -> None:
        self.relevance = relevance
        self.random_state = random_state

    def fit_resample(
        self, X: Any, y: Any, *, sample_weight: Any = None, groups: Any = None, **arrays: Any
    ) -> tuple[Any, ...]:
        """Resample a table with a continuous target, and other arrays with one entry for each row.

        Parameters
        ----------
        X : {array-like, dataframe, sparse matrix} of shape (n_rows, n_columns)
            The table; never changed.
        y : array-like of shape (n_rows,)
            The target: finite numbers.
        sample_weight : array-like of shape (n_rows,), default=None
            The weight of each row: finite, not negative. A new row between two rows gets a weight between theirs.
        groups : array-like of shape (n_rows,), default=None
            The group of each row. A new row lies between rows of one group, and belongs to this group.
        **arrays : array-like of shape (n_rows, ...)
            Any other array with one entry for each row. A new row gets the entry of the row it starts from.

        Returns
        -------
        X_resampled : same kind as X, of shape (n_rows_new, n_columns)
            Rows that stay, in their order, then new ones.
        y_resampled : same kind and dtype as y
            Their targets; whole numbers are rounded to the nearest.
        *resampled
            The other arrays, if any: sample_weight, groups, then the rest in the order given.

        Raises
        ------
        TypeError
            If an argument is not an array, or a sparse table would get noise.
        ValueError
            If y holds anything but finite numbers; if no row is relevant, or each; if the middle half of y is a single
            value, which a box plot tells nothing of; or if an array does not have one entry for each row.
        """
        return super().fit_resample(X, y, sample_weight=sample_weight, groups=groups, **arrays)

    def fit(self, X: Any, y: Any, **params: Any) -> Self:
        """Check the parameters and the data, and find relevance and bins, without resampling.

        Parameters
        ----------
        X : {array-like, dataframe, sparse matrix} of shape (n_rows, n_columns)
            The table.
        y : array-like of shape (n_rows,)
            The target: finite numbers.
        **params : dict
            Ignored.

        Returns
        -------
        self
        """
        return super().fit(X, y, **params)

    def _read(self, X: Any, y: Any) -> MeasuredProblem:
        table, labels = self._read_containers(X, y)
        measurements = Measurements(labels, type(self).__name__)
        target = self._binned(measurements.floats)
        # What stands in for labels and classes answers as they do, where it is asked.
        return MeasuredProblem(table, measurements, target, self._planned(target))  # type: ignore[arg-type]

    def _binned(self, y: Floats) -> BinnedTarget:
        self.relevance_ = fitted_relevance(self.relevance, y)
        relevance = relevance_of_rows(self.relevance_, y)
        codes, self.bins_ = cut_into_bins(y, relevance, self._threshold)
        counts = np.array([one.n_rows for one in self.bins_])
        return BinnedTarget(np.arange(len(counts)), codes, counts, y, relevance, self.bins_)

    @property
    def _threshold(self) -> float:
        """The relevance from which on a value is rare."""
        return 0.0

    def _draws_recipe(self) -> bool:
        """Not for those who ask for a recipe by classes."""
        return False

    def _draws_from_numbers(self) -> bool:
        return False


class BaseRelevanceSampler(BaseMeasuredSampler):
    """Base class of the samplers that change the number of rows of bins.

    Parameters
    ----------
    sampling_strategy : {"balance", "extreme"}, float or dict, default="balance"
        How many rows each bin shall have.
    relevance : Relevance, callable or None, default=None
        How much each value matters.
    threshold : float, default=0.5
        The relevance from which on a value is rare.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseMeasuredSampler._parameter_constraints,
        "sampling_strategy": [StrOptions({"balance", "extreme"}), Real, Mapping],
        "threshold": [Interval(Real, 0, 1, closed="right")],
    }
    #: Whether rare bins get rows, and others lose some.
    _adds: ClassVar[bool] = True

    def __init__(
        self,
        *,
        sampling_strategy: Any = "balance",
        relevance: Any = None,
        threshold: float = 0.5,
        random_state: Any = None,
    ) -> None:
        super().__init__(relevance=relevance, random_state=random_state)
        self.sampling_strategy = sampling_strategy
        self.threshold = threshold

    @property
    def _threshold(self) -> float:
        return self.threshold

    @property
    def _drops(self) -> bool:
        return not self._adds or bool(getattr(self, "under_sampling", False))

    def _planned(self, target: Any) -> Plan:
        plan = plan_of_bins(self.sampling_strategy, target.bins, adds=self._adds, drops=self._drops)
        self.sampling_strategy_: OrderedDict[Any, int] = by_label(plan, target)
        return plan

    def _draw_recipe(self, X: Any, target: Any, plan: Plan, draws: Draws) -> tuple[Recipe, NewRows]:
        stream = draws.stream()
        kept = _rows_that_stay(target, plan, stream)
        wanted = {code: n - int(target.counts[code]) for code, n in plan.items() if n > target.counts[code]}
        drawn = [self._draw_bin(X, target, code, n_new, stream) for code, n_new in wanted.items()]
        recipe = join([one.block for one in drawn], n_rows=len(target.codes), kept=kept)
        noise = np.concatenate([np.empty(0), *(one.noise for one in drawn if one.noise is not None)])
        return recipe, self._beyond_recipe(X, target, recipe, noise, stream)

    @abstractmethod
    def _draw_bin(self, X: Any, target: BinnedTarget, code: int, n_new: int, stream: Stream) -> DrawnRows:
        """New rows of a bin."""

    def _beyond_recipe(self, X: Any, target: BinnedTarget, recipe: Recipe, noise: Floats, stream: Stream) -> NewRows:
        """What the recipe cannot say of the new rows; `noise` is that of all bins, one after the other."""
        return NewRows()


class DrawnRows(NamedTuple):
    """New rows of a bin.

    Attributes
    ----------
    block : Block
        Which they are.
    noise : ndarray of shape (n_new,), float64, or None
        How wide the noise of each is, in standard deviations of its bin; negative for rows without. None where a
        sampler adds none.
    """

    block: Block
    noise: Floats | None = None


def _rows_that_stay(target: BinnedTarget, plan: Plan, stream: Stream) -> Rows | None:
    """Of bins that lose rows, so many at random, each as likely as any other; in the order of the input."""
    smaller = {code: n for code, n in plan.items() if n < target.counts[code]}
    if not smaller:
        return None
    stays = np.ones(len(target.codes), bool)
    for code, n_kept in smaller.items():
        rows = target.rows_of(code)
        stays[rows] = False
        stays[rows[stream.distinct(len(rows), n_kept)]] = True
    return np.flatnonzero(stays).astype(row_number_type(len(stays)))


def drawn_again(target: BinnedTarget, code: int, n_new: int, stream: Stream) -> Block:
    """Rows of a bin, drawn with replacement."""
    rows = target.rows_of(code)
    return Block(code, rows[stream.integers(len(rows), n_new)])
