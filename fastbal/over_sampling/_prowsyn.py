"""More new rows where a class is near to the others: ProWSyn."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from fastbal._core.draws import Draws
from fastbal._core.plan import Plan, Strategy
from fastbal._core.recipe import Block, Recipe, Rows, join
from fastbal._core.segments import draw_partners, draw_weighted
from fastbal._core.target import Target
from fastbal._neighborhood import parts_of, pool_of
from fastbal._sklearn import Interval, StrOptions
from fastbal.over_sampling.base import BaseOverSampler, MissingMixin, RejectMixin

# Rows that are searched for at once.
_AT_ONCE = 1 << 15


class ProWSyn(RejectMixin, MissingMixin, BaseOverSampler):
    """Over-sample by making more rows where a class is near to the other classes (Barua et al. 2013).

    The rows of a class are sorted into levels: those that are among the nearest of some row of another class, then
    those that are among the nearest of the rest, and so on. A row is drawn with a weight that falls from level to
    level, and another one of its level; the new row lies on the segment between them.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        How many rows of each class; see `SMOTE`.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers.
    n_neighbors : int, default=5
        How many rows of the class each row of another class calls near.
    n_levels : int, default=5
        How many levels; the last one has all the rows that are left.
    decay : float, default=1.0
        The weight of level l is ``exp(-decay * (l - 1))``; 0 makes all rows alike.
    share : {"row", "level"}, default="row"
        Whose weight it is: that of each row of a level; or that of the level as a whole, which gives each of a few rows
        of a level many new ones.
    missing : {"error", "keep"}, default="error"
        What to do with missing numbers; see `SMOTE`.
    reject : float or None, default=None
        Draw a new row again if so many of its nearest rows are of other classes, as a share from above 0 to 1 (Lee et
        al. 2015); 0.5 leaves new rows where their class is in the majority. None keeps all.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        Label to number of rows made.
    levels_ : dict of label to ndarray, int64
        For each class that got new rows: the level of each of its rows in the order of the table, from 1.
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
    Built from descriptions of the method and other implementations, not from the paper's text. With groups, both rows
    are of one group; a row that is alone in its level finds its partner in the whole class. Cost: up to
    ``n_levels - 1`` searches of all rows of other classes among those of the class that are left.

    References
    ----------
    Barua, Islam, Murase: ProWSyn: Proximity Weighted Synthetic Oversampling Technique for Imbalanced Data Set Learning.
    PAKDD 2013, 317-328.

    Examples
    --------
    >>> from collections import Counter
    >>> from sklearn.datasets import make_classification
    >>> from fastbal.over_sampling import ProWSyn
    >>> X, y = make_classification(n_samples=1000, weights=[0.1, 0.9], flip_y=0, random_state=10)
    >>> sampler = ProWSyn(random_state=0)
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> sorted(Counter(y_resampled.tolist()).items())
    [(0, 900), (1, 900)]
    >>> sorted(Counter(sampler.levels_[0].tolist()).items())
    [(1, 90), (2, 10)]
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseOverSampler._parameter_constraints,
        **MissingMixin._missing_constraints,
        **RejectMixin._reject_constraints,
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
        "n_levels": [Interval(Integral, 1, None, closed="left")],
        "decay": [Interval(Real, 0, None, closed="left")],
        "share": [StrOptions({"row", "level"})],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        random_state: Any = None,
        n_neighbors: int = 5,
        n_levels: int = 5,
        decay: float = 1.0,
        share: Literal["level", "row"] = "row",
        missing: Literal["error", "keep"] = "error",
        reject: float | None = None,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.random_state = random_state
        self.n_neighbors = n_neighbors
        self.n_levels = n_levels
        self.decay = decay
        self.share = share
        self.missing = missing
        self.reject = reject

    def _draw_recipe(self, X: Any, target: Target, plan: Plan, draws: Draws) -> Recipe:
        stream = draws.stream()
        self.levels_ = {}
        blocks = []
        for code, n_new in plan.items():
            if not n_new:
                continue
            rows, foreign = target.rows_of(code), np.flatnonzero(target.codes != code)
            levels = self._levels(X, rows, foreign)
            self.levels_[target.labels[code]] = levels
            base = draw_weighted(self._weights(levels), n_new, stream)
            group = np.zeros_like(levels) if target.groups is None else target.groups[rows].astype(np.int64)
            partner = draw_partners(group * (self.n_levels + 1) + levels, base, stream)
            alone = np.flatnonzero(partner == base)
            partner[alone] = draw_partners(group, base[alone], stream)
            blocks.append(Block(code, rows[base], rows[partner], stream.uniform(n_new)))
        return join(blocks, n_rows=len(target.codes))

    def _levels(self, X: Any, rows: Rows, foreign: Rows) -> Rows:
        """The level of each row of a class, from 1."""
        levels = np.full(len(rows), self.n_levels)
        left = np.arange(len(rows))
        for level in range(1, self.n_levels):
            if not len(left):
                break
            index = pool_of(X, rows[left], may_miss=self._may_miss).index
            k = min(self.n_neighbors, len(left))
            is_near = np.zeros(len(left), bool)
            for part in parts_of(X, foreign, _AT_ONCE):
                is_near[index.neighbors_of(part, k)[0].ravel()] = True
            levels[left[is_near]] = level
            left = left[~is_near]
        return levels

    def _weights(self, levels: Rows) -> NDArray[np.float64]:
        weights: NDArray[np.float64] = np.exp(-self.decay * (levels - levels.min()))
        return weights / np.bincount(levels)[levels] if self.share == "level" else weights
