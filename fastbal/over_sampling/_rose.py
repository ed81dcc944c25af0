"""Rows of a class with normal noise around them: ROSE."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from numbers import Real
from typing import Any, ClassVar

import numpy as np

from fastbal._core.draws import Draws
from fastbal._core.making import Noise
from fastbal._core.plan import Plan, Strategy
from fastbal._core.recipe import Block, Recipe, join
from fastbal._core.smoothing import kernel_widths
from fastbal._core.target import Target
from fastbal._problem import by_label
from fastbal._sklearn import Interval
from fastbal.over_sampling._random import shrinkage_of
from fastbal.over_sampling.base import BaseOverSampler, DenseMixin


class ROSE(DenseMixin, BaseOverSampler):
    """Over-sample by drawing rows of a class anew with noise around them, a smoothed bootstrap (Menardi, Torelli 2014).

    A row of the class is drawn, and normal noise added to each of its columns, with standard deviation
    ``shrinkage * (4 / ((d + 2) n)) ** (1 / (d + 4)) * std``: d columns, n rows of the class, std that of the class.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        How many rows of each class; see `SMOTE`.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers.
    shrinkage : float or dict of label to float, default=1.0
        Factor of the noise; 0 makes copies. A dict must have each class that gets new rows.
    regenerate : bool, default=False
        Whether all rows are made anew, in as many as the table would have after balancing; no original row is left.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        Label to number of rows made.
    recipe_ : Recipe
        Which rows the output consists of.
    is_synthetic_ : ndarray of shape (n_rows_new,), bool
        Which rows of the output are new.
    base_indices_ : ndarray of shape (n_made,)
        For each new row: the row of the input it starts from.
    step_ : ndarray of shape (n_made,), float64
        NaN: there is no second row.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    Notes
    -----
    `RandomOverSampler` with `shrinkage` does the same with the rows of the whole table for n, as imbalanced-learn has
    it: its noise is narrower. With ``regenerate=True``, R's package draws the number of rows of each class by chance;
    here it is exact, as `sampling_strategy` says.

    References
    ----------
    Menardi, Torelli: Training and assessing classification rules with imbalanced data. Data Mining and Knowledge
    Discovery 28 (2014), 92-122.

    Examples
    --------
    >>> from collections import Counter
    >>> from sklearn.datasets import make_classification
    >>> from fastbal.over_sampling import ROSE
    >>> X, y = make_classification(n_samples=1000, weights=[0.1, 0.9], flip_y=0, random_state=10)
    >>> sampler = ROSE(random_state=0)
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> sorted(Counter(y_resampled.tolist()).items())
    [(0, 900), (1, 900)]
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseOverSampler._parameter_constraints,
        "shrinkage": [Interval(Real, 0, None, closed="left"), Mapping],
        "regenerate": ["boolean"],
    }

    def __init__(
        self,
        *,
        sampling_strategy: Strategy = "auto",
        random_state: Any = None,
        shrinkage: Any = 1.0,
        regenerate: bool = False,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.random_state = random_state
        self.shrinkage = shrinkage
        self.regenerate = regenerate

    def _planned(self, target: Target) -> Plan:
        plan = super()._planned(target)
        if self.regenerate:
            plan = {code: int(n_rows) + plan.get(code, 0) for code, n_rows in enumerate(target.counts)}
            self.sampling_strategy_ = by_label(plan, target)
        return plan

    def _draw_recipe(self, X: Any, target: Target, plan: Plan, draws: Draws) -> Recipe:
        factors = shrinkage_of(self.shrinkage, target, plan)
        stream = draws.stream()
        blocks, widths = [], []
        for code, n_new in plan.items():
            rows = target.rows_of(code)
            n = len(rows)
            unbiased = float(np.sqrt(n / max(n - 1, 1)))
            widths.append(kernel_widths(X, rows, factors[target.labels[code]] * unbiased, n).astype(np.float64))
            blocks.append(Block(code, rows[stream.integers(n, n_new)]))
        kept = np.empty(0, np.int64) if self.regenerate else None
        recipe = join(blocks, n_rows=len(target.codes), kept=kept)
        if not blocks:
            return recipe
        width = np.repeat(np.arange(len(blocks)), [len(block.base) for block in blocks])
        noise = Noise(key=stream.key(), number=np.arange(recipe.n_new), widths=np.stack(widths), width=width)
        return dataclasses.replace(recipe, making=noise)
