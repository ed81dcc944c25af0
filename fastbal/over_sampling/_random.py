"""Rows of the smaller classes are repeated at random, as they are or with some noise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from numbers import Real
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastbal._containers.table import NumberReader, Table
from fastbal._core.draws import Draws
from fastbal._core.pieces import RecipeInPieces, copies_in_pieces, draw_copied
from fastbal._core.plan import Plan, Strategy
from fastbal._core.recipe import Block, NewRows, Recipe, join
from fastbal._core.smoothing import kernel_widths, write_smoothed_rows
from fastbal._core.target import Target
from fastbal._sklearn import Interval, Tags
from fastbal.base import SelectionMixin
from fastbal.over_sampling.base import BaseOverSampler


class RandomOverSampler(SelectionMixin, BaseOverSampler):
    """Over-sample by drawing rows again, with replacement.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        How many rows each class shall have.

        - float r in (0, 1], for two classes: rows of the smaller class divided by rows of the larger one;
        - "minority", "not minority", "not majority", "all": these classes get as many rows as the largest;
          "auto" is "not majority";
        - dict of label to number of rows, original ones included;
        - function of y that returns such a dict.

    random_state : int, RandomState, Generator or None, default=None
        The random numbers.
    shrinkage : float, dict or None, default=None
        Width of the noise added to the rows that are drawn (smoothed bootstrap, ROSE), in units of the width that is
        best for Gaussian data; a dict gives it per label. None: no noise, and columns may hold anything.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        Label to number of rows drawn.
    sample_indices_ : ndarray of shape (n_rows_new,), int64
        For each row of the output its row number in the input.
    shrinkage_ : dict or None
        Label to shrinkage.
    recipe_ : Recipe
        Which rows the output consists of.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    References
    ----------
    Menardi, Torelli: Training and assessing classification rules with imbalanced data.
    Data Mining and Knowledge Discovery 28 (2014), 92-122.

    Examples
    --------
    >>> import numpy as np
    >>> from fastbal.over_sampling import RandomOverSampler
    >>> X, y = np.array([[1.0], [2.0], [3.0], [4.0]]), np.array([0, 0, 0, 1])
    >>> sampler = RandomOverSampler(random_state=0)
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> X_resampled.ravel()
    array([1., 2., 3., 4., 4., 4.])
    >>> sampler.sample_indices_
    array([0, 1, 2, 3, 3, 3])
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseOverSampler._parameter_constraints,
        "shrinkage": [Interval(Real, 0, None, closed="left"), Mapping, None],
    }

    def __init__(
        self, *, sampling_strategy: Strategy = "auto", random_state: Any = None, shrinkage: Any = None
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.random_state = random_state
        self.shrinkage = shrinkage

    @property
    def _reader(self) -> NumberReader:
        way_out = "leave out shrinkage: without it, RandomOverSampler takes any table as it is."
        return NumberReader(type(self).__name__, "with shrinkage adds noise to each value", way_out, way_out)

    def _read_values(self, table: Table) -> Any:
        """Nothing, unless noise is to be added: any table will do."""
        return None if self.shrinkage is None else _Numbers(super()._read_values(table), table.room)

    def _draw_recipe(self, X: Any, target: Target, plan: Plan, draws: Draws) -> Recipe | tuple[Recipe, NewRows]:
        self.shrinkage_ = self._shrinkage_per_label(target, plan)
        stream = draws.stream()
        if self.shrinkage_ is None:
            draw, put_together = (copies_in_pieces, RecipeInPieces) if draws.in_pieces else (draw_copied, join)
            blocks: Any = [draw(target.rows_of(code), code, n_new, stream) for code, n_new in plan.items()]
            return put_together(blocks, n_rows=len(target.codes))
        factors = {code: self.shrinkage_[target.labels[code]] for code in plan}
        n_rows, n_new, n_all = len(target.codes), sum(plan.values()), int(target.counts.sum())
        widths = {
            code: kernel_widths(X.values, target.rows_of(code), factor, n_all) for code, factor in factors.items()
        }
        out = X.room(n_rows + n_new)
        values = np.empty((n_new, X.values.shape[1])) if out is None else out[n_rows:]
        noisy: list[Block] = []
        start = 0
        for code, n in plan.items():
            noisy.append(draw_copied(target.rows_of(code), code, n, stream))
            write_smoothed_rows(stream, widths[code], X.values, noisy[-1].base, values[start : start + n])
            start += n
        return join(noisy, n_rows=n_rows), NewRows(values, out=out)

    def _shrinkage_per_label(self, target: Target, plan: Plan) -> dict[Any, float] | None:
        return None if self.shrinkage is None else shrinkage_of(self.shrinkage, target, plan)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self.shrinkage is None
        tags.input_tags.string = self.shrinkage is None
        return tags


def shrinkage_of(shrinkage: Any, target: Target, plan: Plan) -> dict[Any, float]:
    """The factor of the noise of each label in a plan, checked."""
    labels = [target.labels[code] for code in plan]
    if not isinstance(shrinkage, Mapping):
        return dict.fromkeys(labels, shrinkage)
    missing = [label for label in labels if label not in shrinkage]
    if missing:
        raise ValueError(
            "`shrinkage` should contain a shrinkage factor for each class that will be resampled. "
            f"The missing classes are: {missing}"
        )
    for label, factor in shrinkage.items():
        if not factor >= 0:
            raise ValueError(f"The shrinkage factor needs to be >= 0. Got {factor} for class {label!r}.")
    return dict(shrinkage)


class _Numbers(NamedTuple):
    """The table, and room for the output."""

    values: Any
    room: Callable[[int], NDArray[Any] | None]
