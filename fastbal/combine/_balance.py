"""Rows added to some classes and taken from others in one step, to stated shares of the table."""

from __future__ import annotations

import dataclasses
from collections import OrderedDict
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from fastbal._containers.table import Table
from fastbal._core.draws import Draws
from fastbal._core.making import make_rows
from fastbal._core.plan import OVER, UNDER, Plan, make_plan
from fastbal._core.recipe import NewRows, Recipe
from fastbal._core.target import Target
from fastbal._core.words import listed
from fastbal._problem import draws_recipe
from fastbal._sklearn import Interval, StrOptions, Tags, check_parameters
from fastbal.base import BaseSampler
from fastbal.over_sampling import SMOTE
from fastbal.over_sampling.base import BaseOverSampler
from fastbal.under_sampling import RandomUnderSampler
from fastbal.under_sampling.base import BaseUnderSampler


class Balance(BaseSampler):
    """Add rows to some classes and take rows from others, so that each has the share of the table that is asked for.

    New rows are made from the table as it is; then rows are left out of the classes that are to shrink.

    Parameters
    ----------
    target : {"equal"}, float or dict of label to float, default="equal"
        What the classes have in common afterwards.

        - "equal": all have as many rows;
        - float r in (0, 1]: each has at least r times the rows of the largest class, also of more than two classes;
          classes that have more than that keep their ratio to it;
        - dict of label to share: positive numbers, whose ratios are those of the classes.

    n_rows : int or None, default=None
        Rows of the table afterwards, of all classes together; None for as many as now.
    over : sampler or None, default=None
        What adds rows: an over-sampler of fastbal's, whose own `sampling_strategy` is not asked. None is ``SMOTE()``.
    under : sampler or None, default=None
        What takes rows away: an under-sampler of fastbal's that keeps a given number of rows. None is
        ``RandomUnderSampler()``.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers of both; their own are not asked.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        Label to number of rows afterwards.
    over_, under_ : sampler
        The samplers used.
    recipe_ : Recipe
        Which rows the output consists of: those kept, then those made.
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

    Raises
    ------
    TypeError
        If `over` is no over-sampler of fastbal's, or `under` no under-sampler.
    ValueError
        If a share is asked for of a class that is not there, or that would have no row; or if `under` does not keep
        the number of rows that is asked for.

    Examples
    --------
    >>> from collections import Counter
    >>> from sklearn.datasets import make_classification
    >>> from fastbal.combine import Balance
    >>> X, y = make_classification(
    ...     n_samples=1000, weights=[0.7, 0.2, 0.1], n_classes=3, n_informative=3, flip_y=0, random_state=10
    ... )
    >>> sorted(Counter(y.tolist()).items())
    [(0, 700), (1, 200), (2, 100)]
    >>> X_resampled, y_resampled = Balance(target=0.5, random_state=0).fit_resample(X, y)
    >>> sorted(Counter(y_resampled.tolist()).items())
    [(0, 500), (1, 250), (2, 250)]
    >>> sampler = Balance(target={0: 0.5, 1: 0.3, 2: 0.2}, n_rows=600, random_state=0)
    >>> sorted(Counter(sampler.fit_resample(X, y)[1].tolist()).items())
    [(0, 300), (1, 180), (2, 120)]
    """

    _sampling_type = OVER
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "target": [StrOptions({"equal"}), Interval(Real, 0, 1, closed="right"), Mapping],
        "n_rows": [Interval(Integral, 1, None, closed="left"), None],
        "over": [BaseSampler, None],
        "under": [BaseSampler, None],
        "random_state": ["random_state", np.random.Generator],
    }

    def __init__(
        self,
        *,
        target: Any = "equal",
        n_rows: int | None = None,
        over: Any = None,
        under: Any = None,
        random_state: Any = None,
    ) -> None:
        self.target = target
        self.n_rows = n_rows
        self.over = over
        self.under = under
        self.random_state = random_state

    def _planned(self, target: Target) -> Plan:
        self.over_ = self._checked("over", SMOTE() if self.over is None else clone(self.over), OVER)
        self.under_ = self._checked("under", RandomUnderSampler() if self.under is None else clone(self.under), UNDER)
        make_plan("auto", target, OVER)  # refuses a single class
        weights = self._weights(target)
        n_rows = len(target.codes) if self.n_rows is None else int(self.n_rows)
        counts = _shared_out(n_rows, weights)
        empty = [target.labels[code] for code in np.flatnonzero(counts == 0)]
        if empty:
            raise ValueError(
                f"Of {n_rows} rows, class {listed(empty)} would have none. Ask for more rows with n_rows, or for a "
                f"larger share with target."
            )
        self.sampling_strategy_ = OrderedDict(zip(target.labels, counts.tolist(), strict=True))
        return {code: int(more) for code, more in enumerate(np.maximum(counts - target.counts, 0)) if more}

    @staticmethod
    def _checked(parameter: str, sampler: Any, kind: str) -> Any:
        is_fit = isinstance(sampler, BaseOverSampler if kind == OVER else BaseUnderSampler)
        if not is_fit or not draws_recipe(sampler) or getattr(sampler, "regenerate", False):
            example = "fastbal.over_sampling.SMOTE()" if kind == OVER else "fastbal.under_sampling.RandomUnderSampler()"
            raise TypeError(
                f"{parameter} must be a sampler of fastbal's that "
                f"{'makes rows' if kind == OVER else 'keeps a given number of rows'}, such as {example}. Got "
                f"{sampler!r}."
            )
        check_parameters(sampler)
        return sampler

    def _weights(self, target: Target) -> NDArray[np.float64]:
        """What the numbers of rows are in proportion to."""
        if isinstance(self.target, str):
            return np.ones(len(target.classes))
        if not isinstance(self.target, Mapping):
            at_least: NDArray[np.float64] = np.maximum(target.counts / target.counts.max(), float(self.target))
            return at_least
        unknown, missing = set(self.target) - set(target.labels), set(target.labels) - set(self.target)
        if unknown or missing:
            raise ValueError(
                f"target must give the share of each class. The classes are {listed(target.labels)}, but target has "
                f"{listed(self.target)}."
            )
        weights = np.array([float(self.target[label]) for label in target.labels])
        if not ((weights > 0) & (weights < np.inf)).all():
            raise ValueError(f"The shares in target must be positive numbers. Got {dict(self.target)}.")
        return weights

    def _refuse_sparse(self, values: Any) -> None:
        self.over_._refuse_sparse(values[0])

    def _read_values(self, table: Table) -> Any:
        return self.over_._read_values(table), self.under_._read_values(table)

    def _draw_recipe(self, X: Any, target: Target, plan: Plan, draws: Draws) -> tuple[Recipe, NewRows]:
        to_grow, to_shrink = X
        counts = list(self.sampling_strategy_.values())
        shrinking = {code: n for code, n in enumerate(counts) if n < target.counts[code]}
        self.over_.random_state = self.random_state
        if hasattr(self.under_, "random_state"):
            self.under_.random_state = self.random_state
        made, new = self.over_._drawn(to_grow, target, plan)
        new = make_rows(to_grow, made, new)
        kept, _ = self.under_._drawn(to_shrink, target, shrinking) if shrinking else (made, None)
        left = np.bincount(target.codes[kept.kept_rows()], minlength=len(counts))
        if shrinking and (kept.n_new or any(left[code] != n for code, n in shrinking.items())):
            raise ValueError(
                f"under must keep as many rows of the table as are asked for, but a {type(self.under_).__name__} with "
                f"these parameters {'makes rows' if kept.n_new else 'keeps another number'}. Use RandomUnderSampler or "
                f"NearMiss."
            )
        return dataclasses.replace(made, kept=kept.kept), new._replace(out=None)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags = (SMOTE() if self.over is None else self.over).__sklearn_tags__().input_tags
        return tags


def _shared_out(n_rows: int, weights: NDArray[np.float64]) -> NDArray[np.int64]:
    """Whole numbers in proportion to weights, of this sum; what is left over goes to the largest remainders."""
    exact = n_rows * weights / weights.sum()
    counts: NDArray[np.int64] = np.floor(exact + 1e-9).astype(np.int64)
    largest = np.argsort(counts - exact, kind="stable")
    counts[largest[: n_rows - int(counts.sum())]] += 1
    return counts
