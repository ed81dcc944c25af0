"""Rows with relevant targets are repeated, others are left out; the rows themselves stay as they are."""

from __future__ import annotations

from collections import OrderedDict
from numbers import Real
from typing import Any, ClassVar

import numpy as np

from fastbal._containers.table import Table
from fastbal._core.draws import Draws, Stream
from fastbal._core.plan import Plan, floor_rows
from fastbal._core.recipe import NewRows, Recipe, row_number_type
from fastbal._core.segments import draw_weighted
from fastbal._sklearn import Interval, Tags
from fastbal.base import SelectionMixin
from fastbal.regression._base import BaseMeasuredSampler, BaseRelevanceSampler, DrawnRows, drawn_again
from fastbal.regression._measurements import BinnedTarget, Floats


class AnyRowsMixin(SelectionMixin):
    """For samplers that look at the target alone: any table will do."""

    def _read_values(self, table: Table) -> None:
        """Nothing."""

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        return tags


class RelevanceOverSampler(AnyRowsMixin, BaseRelevanceSampler):
    """Over-sample rare values of a continuous target by drawing their rows again, with replacement.

    The sorted target is cut into bins wherever its relevance passes the threshold; each bin is rare or not.

    Parameters
    ----------
    sampling_strategy : {"balance", "extreme"}, float or dict, default="balance"
        How many rows each rare bin shall have.

        - "balance": as many as the other bins have on average;
        - "extreme": the fewer a bin has, the more it gets, inversely to its rows, and as many in all as by "balance";
        - float, at least 1: so many times its rows;
        - dict of bin to number of rows, original ones included; bins are numbered from 0, ascending by value.

        No bin loses rows: one that has more already is left as it is.
    relevance : Relevance, callable or None, default=None
        How much each value matters: a `Relevance`, which is fitted to y; a function of y that returns numbers from 0
        to 1 (a fitted `Relevance` is one by way of its ``__call__``); None for ``Relevance()``.
    threshold : float, default=0.5
        The relevance from which on a value is rare.
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
    sample_indices_ : ndarray of shape (n_rows_new,), int64
        For each row of the output its row number in the input.
    recipe_ : Recipe
        Which rows the output consists of.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    References
    ----------
    Branco, Torgo, Ribeiro: Pre-processing approaches for imbalanced distributions in regression. Neurocomputing 343
    (2019), 76-99.

    Examples
    --------
    >>> import numpy as np
    >>> from fastbal.regression import RelevanceOverSampler
    >>> y = np.array([1.0, 2.0, 2.0, 3.0, 3.0, 3.0, 4.0, 4.0, 5.0, 20.0])
    >>> sampler = RelevanceOverSampler(random_state=0)
    >>> X_resampled, y_resampled = sampler.fit_resample(y[:, None], y)
    >>> [tuple(one) for one in sampler.bins_]
    [(1.0, 3.0, 6, False), (4.0, 20.0, 4, True)]
    >>> len(y_resampled), int((y_resampled >= 4).sum())
    (12, 6)
    """

    def _draw_bin(self, X: Any, target: BinnedTarget, code: int, n_new: int, stream: Stream) -> DrawnRows:
        return DrawnRows(drawn_again(target, code, n_new, stream))


class RelevanceUnderSampler(AnyRowsMixin, BaseRelevanceSampler):
    """Under-sample common values of a continuous target by leaving out rows at random.

    The sorted target is cut into bins wherever its relevance passes the threshold; each bin is rare or not.

    Parameters
    ----------
    sampling_strategy : {"balance", "extreme"}, float or dict, default="balance"
        How many rows each bin that is not rare shall keep.

        - "balance": as many as the rare bins have on average;
        - "extreme": the more a bin has, the fewer it keeps, inversely to its rows, and as many in all as by "balance";
        - float in (0, 1]: this share of its rows;
        - dict of bin to number of rows; bins are numbered from 0, ascending by value.

        No bin gets rows: one that has fewer already is left as it is.
    relevance : Relevance, callable or None, default=None
        How much each value matters; see `RelevanceOverSampler`.
    threshold : float, default=0.5
        The relevance from which on a value is rare.
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
    sample_indices_ : ndarray of shape (n_rows_new,), int64
        For each row of the output its row number in the input; ascending.
    recipe_ : Recipe
        Which rows the output consists of.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    References
    ----------
    Torgo, Branco, Ribeiro, Pfahringer: Resampling strategies for regression. Expert Systems 32 (2015), 465-476.

    Examples
    --------
    >>> import numpy as np
    >>> from fastbal.regression import RelevanceUnderSampler
    >>> y = np.array([1.0, 2.0, 2.0, 3.0, 3.0, 3.0, 4.0, 4.0, 5.0, 20.0])
    >>> sampler = RelevanceUnderSampler(random_state=0)
    >>> X_resampled, y_resampled = sampler.fit_resample(y[:, None], y)
    >>> len(y_resampled), int((y_resampled >= 4).sum())
    (8, 4)
    """

    _adds = False
    _keeps_index = True

    def _draw_bin(self, X: Any, target: BinnedTarget, code: int, n_new: int, stream: Stream) -> DrawnRows:
        raise AssertionError  # no plan of this sampler adds rows


class WERCS(AnyRowsMixin, BaseMeasuredSampler):
    """Draw rows again the likelier the more their target matters, and leave out others the likelier the less it does.

    WEighted Relevance-based Combination Strategy (Branco, Torgo and Ribeiro 2019): no threshold, no bins.

    Parameters
    ----------
    over : float, default=0.5
        How many rows are added, in units of the rows of the table: each is drawn with replacement and with a
        probability proportional to its relevance.
    under : float, default=0.5
        How many rows are left out, in the same unit: they are drawn one after the other, without replacement, with
        probabilities proportional to one minus their relevance.
    relevance : Relevance, callable or None, default=None
        How much each value matters; see `RelevanceOverSampler`.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        "added" and "left out": how many rows.
    bins_ : list of Bin
        A single one: the whole table.
    relevance_ : callable
        The relevance function.
    sample_indices_ : ndarray of shape (n_rows_new,), int64
        For each row of the output its row number in the input.
    recipe_ : Recipe
        Which rows the output consists of.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    Notes
    -----
    A row that is left out may have been drawn again: both are drawn from the whole table. Rows of relevance 1 are never
    left out.

    References
    ----------
    Branco, Torgo, Ribeiro: Pre-processing approaches for imbalanced distributions in regression. Neurocomputing 343
    (2019), 76-99. Efraimidis, Spirakis: Weighted random sampling with a reservoir. Information Processing Letters 97
    (2006), 181-185.

    Examples
    --------
    >>> import numpy as np
    >>> from fastbal.regression import WERCS
    >>> y = np.array([1.0, 2.0, 2.0, 3.0, 3.0, 3.0, 4.0, 4.0, 5.0, 20.0])
    >>> X_resampled, y_resampled = WERCS(random_state=0).fit_resample(y[:, None], y)
    >>> len(y_resampled), bool((y_resampled >= 4).mean() > (y >= 4).mean())
    (10, True)
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseMeasuredSampler._parameter_constraints,
        "over": [Interval(Real, 0, None, closed="left")],
        "under": [Interval(Real, 0, 1, closed="left")],
    }

    def __init__(
        self, *, over: float = 0.5, under: float = 0.5, relevance: Any = None, random_state: Any = None
    ) -> None:
        super().__init__(relevance=relevance, random_state=random_state)
        self.over = over
        self.under = under

    def _planned(self, target: Any) -> Plan:
        n_rows, relevance = len(target.y), target.relevance
        n_added, n_left_out = floor_rows(self.over * n_rows), floor_rows(self.under * n_rows)
        if n_added and not relevance.any():
            raise ValueError(
                "The relevance of every row of y is 0, so there is none to draw again. Lower coef of Relevance, take "
                "its method='adjusted', or give it control points."
            )
        n_possible = int((relevance < 1).sum())
        if n_left_out > n_possible:
            raise ValueError(
                f"under={self.under!r} leaves out {n_left_out} of {n_rows} rows, but only {n_possible} have a "
                f"relevance below 1. Lower under to {n_possible / n_rows:.3g} or less."
            )
        self.sampling_strategy_ = OrderedDict({"added": n_added, "left out": n_left_out})
        return {0: n_rows + n_added}

    def _draw_recipe(self, X: Any, target: Any, plan: Plan, draws: Draws) -> tuple[Recipe, NewRows]:
        stream = draws.stream()
        n_rows = len(target.y)
        row_type = row_number_type(n_rows)
        n_added = self.sampling_strategy_["added"]
        base = draw_weighted(target.relevance, n_added, stream) if n_added else np.empty(0, np.int64)
        left_out = _left_out_by_weight(1 - target.relevance, self.sampling_strategy_["left out"], stream)
        kept: Any = np.delete(np.arange(n_rows, dtype=row_type), left_out) if len(left_out) else None
        label = np.zeros(len(base), np.int8)
        return Recipe(n_rows=n_rows, kept=kept, base=base.astype(row_type), label=label), NewRows()


def _left_out_by_weight(weights: Floats, size: int, stream: Stream) -> Any:
    """Row numbers, all different: one after the other, with probabilities proportional to the weights that are left.

    The least of exponential times, each at the rate of a row's weight, come in this order (Efraimidis, Spirakis 2006).
    """
    if not size:
        return np.empty(0, np.int64)
    with np.errstate(divide="ignore"):
        times = -np.log1p(-stream.uniform(len(weights))) / weights
    times[weights == 0] = np.inf
    return np.argpartition(times, size - 1)[:size]
