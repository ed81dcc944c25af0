"""Rows of the larger classes are left out at random."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from fastbal._containers.table import Table
from fastbal._core.draws import Draws
from fastbal._core.plan import Plan, Strategy
from fastbal._core.recipe import Recipe
from fastbal._core.target import Target
from fastbal._sklearn import Tags
from fastbal.base import SelectionMixin
from fastbal.under_sampling.base import BaseUnderSampler


class RandomUnderSampler(SelectionMixin, BaseUnderSampler):
    """Under-sample by keeping a random choice of rows.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        How many rows each class shall have.

        - float r in (0, 1], for two classes: rows of the smaller class divided by rows of the larger one;
        - "majority", "not minority", "not majority", "all": these classes are left as many rows as the smallest;
          "auto" is "not minority";
        - dict of label to number of rows;
        - function of y that returns such a dict.

    random_state : int, RandomState, Generator or None, default=None
        The random numbers.
    replacement : bool, default=False
        Whether a row may be chosen more than once.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        Label to number of rows kept.
    sample_indices_ : ndarray of shape (n_rows_new,), int64
        Row numbers of the rows kept, class by class; in random order where a class is under-sampled.
    recipe_ : Recipe
        Which rows the output consists of.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    Notes
    -----
    Columns may hold anything, missing values included; they are taken as they are.

    Examples
    --------
    >>> import numpy as np
    >>> from fastbal.under_sampling import RandomUnderSampler
    >>> X, y = np.arange(12).reshape(6, 2), ["no", "no", "yes", "no", "no", "yes"]
    >>> sampler = RandomUnderSampler(random_state=0)
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> y_resampled
    ['no', 'no', 'yes', 'yes']
    >>> sampler.sample_indices_
    array([3, 4, 2, 5])
    """

    _keeps_index = True
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseUnderSampler._parameter_constraints,
        "random_state": ["random_state", np.random.Generator],
        "replacement": ["boolean"],
    }

    def __init__(
        self, *, sampling_strategy: Strategy = "auto", random_state: Any = None, replacement: bool = False
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.random_state = random_state
        self.replacement = replacement

    def _read_values(self, table: Table) -> None:
        """Nothing: any table will do."""

    def _draw_recipe(self, X: None, target: Target, plan: Plan, draws: Draws) -> Recipe:
        stream = draws.stream()
        kept = []
        for code in range(len(target.classes)):
            rows = target.rows_of(code)
            if code in plan:
                draw = stream.integers if self.replacement else stream.distinct
                rows = rows[draw(len(rows), plan[code])]
            kept.append(rows)
        return Recipe(n_rows=len(target.codes), kept=np.concatenate(kept))

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        return tags
