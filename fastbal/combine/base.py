"""What combinations share: over-sample, clean what comes of it, and write the rows once."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np
from scipy import sparse
from sklearn.base import clone

from fastbal._core.draws import Draws
from fastbal._core.plan import Plan
from fastbal._core.recipe import NewRows, Recipe, part_of
from fastbal._core.rows import write_csr, write_rows
from fastbal._core.target import Target
from fastbal._extra import given_arrays
from fastbal._sklearn import check_parameters
from fastbal.base import BaseSampler, resample_with
from fastbal.over_sampling import SMOTE
from fastbal.over_sampling.base import BaseOverSampler

__all__ = ["BaseCombination"]


class BaseCombination(BaseSampler):
    """Base class of the samplers that over-sample and then clean.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        How many rows of each class the over-sampling makes.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers.
    smote : sampler, default=None
        What over-samples.
    n_jobs : int or None, default=None
        For imbalanced-learn's interface.
    """

    _sampling_type = BaseOverSampler._sampling_type
    _parameter_constraints: ClassVar[dict[str, Any]] = {**BaseOverSampler._parameter_constraints}

    def __init__(
        self, *, sampling_strategy: Any = "auto", random_state: Any = None, smote: Any = None, n_jobs: Any = None
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.random_state = random_state
        self.smote = smote
        self.n_jobs = n_jobs

    @abstractmethod
    def _make_cleaner(self) -> Any:
        """The second sampler, unfitted; kept under its own name."""

    def _make_smote(self) -> Any:
        if self.smote is not None:
            return clone(self.smote)
        return SMOTE(sampling_strategy=self.sampling_strategy, random_state=self.random_state)

    def fit_resample(
        self, X: Any, y: Any, *, sample_weight: Any = None, groups: Any = None, **arrays: Any
    ) -> tuple[Any, ...]:
        """Resample a table, and what stands beside it.

        Parameters
        ----------
        X : {array-like, dataframe, sparse matrix} of shape (n_rows, n_columns)
            The table; never changed.
        y : array-like of shape (n_rows,)
            The label of each row.
        sample_weight : array-like of shape (n_rows,), default=None
            The weight of each row: finite, not negative. A new row between two rows has a weight between theirs.
        groups : array-like of shape (n_rows,), default=None
            The group of each row. No new row lies between rows of different groups; rows of any group count as
            neighbours in the cleaning.
        **arrays : array-like of shape (n_rows, ...)
            Anything else with an entry for each row. A new row has the entry of the row it starts from.

        Returns
        -------
        X_resampled : same kind as X, of shape (n_rows_new, n_columns)
            The resampled table.
        y_resampled : same kind as y
            Its labels.
        *resampled
            The arrays given beyond X and y, if any: sample_weight, groups, then the others in the order given.
        """
        check_parameters(self)
        self.smote_, cleaner = self._make_smote(), self._make_cleaner()
        if _works_on_numbers(self.smote_) and _works_on_numbers(cleaner):
            return super().fit_resample(X, y, sample_weight=sample_weight, groups=groups, **arrays)
        # A sampler from elsewhere, or one that reads more than numbers: one whole table after the other.
        self._read(X, y)
        extra = given_arrays(sample_weight, groups, arrays)
        X, y, *along = resample_with(self.smote_, X, y, extra)
        return resample_with(cleaner, X, y, dict(zip(extra, along, strict=True)))

    def _makes_means(self, X: Any) -> bool:
        makes_means: bool = self.smote_._makes_means(X)
        return makes_means

    def _draw_recipe(self, X: Any, target: Target, plan: Plan, draws: Draws) -> tuple[Recipe, NewRows]:
        self.smote_, cleaner = self._make_smote(), self._make_cleaner()
        recipe, new = self.smote_._draw_within(X, target)
        self.sampling_strategy_ = self.smote_.sampling_strategy_
        write = write_csr if sparse.issparse(X) else write_rows
        codes = np.concatenate([target.codes[recipe.kept_rows()], recipe.label.astype(target.codes.dtype)])
        more = target._replace(codes=codes, counts=np.bincount(codes, minlength=len(target.classes)), groups=None)
        cleaned, _ = cleaner._draw_within(write(X, recipe, new.values), more)
        return part_of(recipe, new, cleaned.kept_rows())


def _works_on_numbers(sampler: Any) -> bool:
    """Whether a sampler draws its recipe from finite numbers alone."""
    kind = type(sampler)
    return (
        isinstance(sampler, BaseSampler)
        and kind._draw_recipe is not BaseSampler._draw_recipe
        and kind._read_values.__module__ in (BaseSampler.__module__, BaseOverSampler.__module__)
        and getattr(sampler, "missing", "error") == "error"
        and kind._fit_resample is BaseSampler._fit_resample
        and kind.fit_resample is BaseSampler.fit_resample
    )
