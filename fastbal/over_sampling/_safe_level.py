"""New rows nearer to whichever of two rows is among more of its own class: Safe-Level-SMOTE."""

from __future__ import annotations

import dataclasses
import warnings
from numbers import Integral
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from fastbal._core.draws import Draws
from fastbal._core.making import Box
from fastbal._core.plan import Plan, Strategy, growing
from fastbal._core.recipe import Block, Recipe, Rows, join
from fastbal._core.target import Target
from fastbal._neighborhood import Neighborhood, capped, pool_of
from fastbal._sklearn import HasMethods, Interval, StrOptions
from fastbal.over_sampling._borderline import count_foreign
from fastbal.over_sampling._smote import BaseSMOTE
from fastbal.over_sampling.base import DenseMixin, MissingMixin


class SafeLevelSMOTE(DenseMixin, MissingMixin, BaseSMOTE):
    """Over-sample by making rows near to the safer of two neighbours (Bunkhumpornpat et al. 2009).

    The safe level of a row is the number of rows of its class among its `m_neighbors` nearest rows. Between a row of
    level p and a neighbour in its class of level n, the new row is at a step from 0 to ``n / p`` if p is greater, from
    ``1 - p / n`` to 1 if n is, anywhere if they are equal; at the row itself if n is 0. Pairs of level 0 are not used.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        How many rows of each class; see `SMOTE`.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers.
    k_neighbors : int, "auto" or object, default=5
        Neighbours in the class, between which and a row new rows are made; see `SMOTE`.
    m_neighbors : int or object, default=5
        Neighbours in the whole table, of which those of the class are counted.
    step : {"row", "column"}, default="row"
        Whether a new row has one step, and lies on the segment, or one for each column, and lies in the box between the
        two rows.
    missing : {"error", "keep"}, default="error"
        What to do with missing numbers; see `SMOTE`.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        Label to number of rows made.
    safe_levels_ : dict of label to ndarray, int64
        For each class that got new rows: the safe level of each of its rows, in the order of the table.
    recipe_ : Recipe
        Which rows the output consists of.
    is_synthetic_ : ndarray of shape (n_rows_new,), bool
        Which rows of the output are new.
    base_indices_ : ndarray of shape (n_made,)
        For each new row: the row of the input it starts from.
    neighbor_indices_ : ndarray of shape (n_made,)
        For each new row: the row of the input it moves towards.
    step_ : ndarray of shape (n_made,), float64
        For each new row: how far it is from the first of them to the second; NaN with
        ``step="column"``.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    Warns
    -----
    UserWarning
        If no pair of rows of a class has a level above 0; new rows are then those of SMOTE.

    Notes
    -----
    Built from descriptions of the method and other implementations, not from the paper's text, which is said to draw a
    step for each column. Partners are of the class alone, so that no new row heads into another.

    References
    ----------
    Bunkhumpornpat, Sinapiromsaran, Lursinsap: Safe-Level-SMOTE. PAKDD 2009, 475-482.

    Examples
    --------
    >>> from collections import Counter
    >>> from sklearn.datasets import make_classification
    >>> from fastbal.over_sampling import SafeLevelSMOTE
    >>> X, y = make_classification(n_samples=1000, weights=[0.1, 0.9], flip_y=0, random_state=10)
    >>> sampler = SafeLevelSMOTE(random_state=0)
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> sorted(Counter(y_resampled.tolist()).items())
    [(0, 900), (1, 900)]
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseSMOTE._parameter_constraints,
        **MissingMixin._missing_constraints,
        "m_neighbors": [Interval(Integral, 1, None, closed="left"), HasMethods(["kneighbors"])],
        "step": [StrOptions({"row", "column"})],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        random_state: Any = None,
        k_neighbors: Any = 5,
        m_neighbors: Any = 5,
        step: Literal["column", "row"] = "row",
        missing: Literal["error", "keep"] = "error",
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy, random_state=random_state, k_neighbors=k_neighbors)
        self.m_neighbors = m_neighbors
        self.step = step
        self.missing = missing

    @property
    def _may_be_sparse(self) -> bool:
        return self.step == "row"

    def _draw_recipe(self, X: Any, target: Target, plan: Plan, draws: Draws) -> Recipe:
        wanted = growing(plan)
        heading = Neighborhood("k_neighbors", capped(self.k_neighbors, target, wanted), target.groups)
        judging = Neighborhood("m_neighbors", self.m_neighbors)
        self.safe_levels_ = {}
        if not wanted:
            return Recipe(n_rows=len(target.codes))
        heading.require_rows(target, list(wanted))
        judging.require_rows_in_all(target)
        all_rows = pool_of(X, may_miss=self._may_miss)
        judge = judging.within(all_rows)
        stream = draws.stream()
        blocks, lows, highs = [], [], []
        for code, n_new in wanted.items():
            rows = target.rows_of(code)
            around = judging.around_class(all_rows, rows, judge, heading.k)
            levels = judging.k - count_foreign(target, code, around.neighbors)
            self.safe_levels_[target.labels[code]] = levels
            neighbors = heading.at_home(around, X, rows, may_miss=self._may_miss)(np.arange(len(rows)))
            pairs = self._pairs(levels, neighbors, target.labels[code])
            base, rank = np.divmod(pairs[stream.integers(len(pairs), n_new)], neighbors.shape[1])
            neighbor = neighbors[base, rank]
            low, high = _limits(levels[base], levels[neighbor])
            lows.append(low)
            highs.append(high)
            step = low + (high - low) * stream.uniform(n_new) if self.step == "row" else None
            blocks.append(Block(code, rows[base], rows[neighbor], step))
        if self.step == "row":
            return join(blocks, n_rows=len(target.codes))
        neighbor = np.concatenate([block.neighbor for block in blocks if block.neighbor is not None])
        box = Box(
            key=stream.key(),
            number=np.arange(len(neighbor)),
            neighbor=neighbor,
            low=np.concatenate(lows),
            high=np.concatenate(highs),
        )
        recipe = join((Block(block.label, block.base) for block in blocks), n_rows=len(target.codes))
        return dataclasses.replace(recipe, making=box)

    @staticmethod
    def _pairs(levels: Rows, neighbors: Rows, label: Any) -> Rows:
        """Places in the lists of neighbours, all but those of pairs in which both rows are among no other of theirs."""
        is_one = neighbors >= 0
        is_safe = is_one & ((levels[:, None] > 0) | (levels[neighbors] > 0))
        if not is_safe.any():
            warnings.warn(
                f"No row of class {label!r} has another of its class among its m_neighbors nearest rows, nor has one "
                f"of its neighbours. New rows lie anywhere between rows and neighbours, as those of SMOTE do. Raise "
                f"m_neighbors to look further.",
                stacklevel=6,
            )
            return np.flatnonzero(is_one)
        return np.flatnonzero(is_safe)


def _limits(of_base: Rows, of_neighbor: Rows) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Between which numbers the step is, by the safe levels of both rows."""
    with np.errstate(divide="ignore", invalid="ignore"):
        high = np.where(of_base > of_neighbor, of_neighbor / of_base, 1.0)
        low = np.where(of_neighbor > of_base, 1.0 - of_base / of_neighbor, 0.0)
    return low, high
