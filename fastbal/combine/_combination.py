"""What combinations share: over-sample, clean the result, write the rows once."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import clone

from fastbal._core.draws import Draws
from fastbal._core.making import make_rows
from fastbal._core.plan import Plan, Strategy
from fastbal._core.recipe import NewRows, Recipe, recipe_of_rows
from fastbal._core.rows import write_csr, write_rows
from fastbal._core.target import Target
from fastbal._foreign import resample_with
from fastbal._problem import draws_from_numbers
from fastbal._sklearn import HasMethods
from fastbal.base import BaseSampler
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
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseOverSampler._parameter_constraints,
        "smote": [HasMethods(["fit_resample"]), None],
        "n_jobs": [Integral, None],
    }
    #: The parameter that holds the second sampler, and what that is by default.
    _cleaner: ClassVar[str]
    _default_cleaner: ClassVar[Callable[..., Any]]

    def __init__(
        self, *, sampling_strategy: Strategy = "auto", random_state: Any = None, smote: Any = None, n_jobs: Any = None
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.random_state = random_state
        self.smote = smote
        self.n_jobs = n_jobs

    def _make_cleaner(self) -> Any:
        """The second sampler, unfitted; also stored, for example as `enn_`."""
        given = getattr(self, self._cleaner)
        default = self._default_cleaner(sampling_strategy="all", n_jobs=self.n_jobs)
        cleaner = default if given is None else clone(given)
        setattr(self, f"{self._cleaner}_", cleaner)
        return cleaner

    def _make_smote(self) -> Any:
        if self.smote is not None:
            return clone(self.smote)
        return SMOTE(sampling_strategy=self.sampling_strategy, random_state=self.random_state)

    def _draws_recipe(self) -> bool:
        """Make both samplers, and say whether their recipes can be joined."""
        self.smote_, cleaner = self._make_smote(), self._make_cleaner()
        return super()._draws_recipe() and draws_from_numbers(self.smote_) and draws_from_numbers(cleaner)

    def _resample(self, X: Any, y: Any, arrays: dict[str, Any]) -> tuple[Any, ...]:
        if self._draws_recipe():
            return super()._resample(X, y, arrays)
        # A sampler of another library, or one that reads more than numbers: each gets a whole table.
        self.__dict__.pop("recipe_", None)  # that of an earlier call
        self._read(X, y)
        X, y, arrays = resample_with(self.smote_, X, y, arrays)
        X, y, arrays = resample_with(getattr(self, f"{self._cleaner}_"), X, y, arrays)
        return X, y, *arrays.values()

    @property
    def is_synthetic_(self) -> NDArray[np.bool_]:
        """For each row of the output, whether it is new; without a recipe, the two samplers are asked."""
        if hasattr(self, "recipe_"):
            return super().is_synthetic_
        try:
            is_new: NDArray[np.bool_] = self.smote_.is_synthetic_[getattr(self, f"{self._cleaner}_").sample_indices_]
        except AttributeError:
            raise AttributeError(
                f"'is_synthetic_' is not known: a {type(self).__name__} knows which rows are new after `fit_resample`, "
                f"if its 'smote' says it in is_synthetic_ and its '{self._cleaner}' says in sample_indices_ which rows "
                "it has kept. Take fastbal's samplers of the same names."
            ) from None
        return is_new

    def _makes_means(self, X: Any) -> bool:
        makes_means: bool = self.smote_._makes_means(X)
        return makes_means

    def _draw_recipe(self, X: Any, target: Target, plan: Plan, draws: Draws) -> tuple[Recipe, NewRows]:
        recipe, new = self.smote_._draw_within(X, target)
        new = make_rows(X, recipe, new)
        self.sampling_strategy_ = self.smote_.sampling_strategy_
        write = write_csr if sparse.issparse(X) else write_rows
        codes = np.concatenate([target.codes[recipe.kept_rows()], recipe.label.astype(target.codes.dtype)])
        more = target._replace(codes=codes, counts=np.bincount(codes, minlength=len(target.classes)), groups=None)
        cleaned, _ = getattr(self, f"{self._cleaner}_")._draw_within(write(X, recipe, new.values), more)
        return recipe_of_rows(recipe, new, cleaned.kept_rows())
