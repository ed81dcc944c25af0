"""What all samplers share: read the table, draw a recipe, write its rows."""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from collections.abc import Callable
from numbers import Integral
from typing import Any, ClassVar, Self, TypeVar, overload

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, OneToOneFeatureMixin
from sklearn.utils import check_random_state, get_tags

from fastbal._containers.beside import ExtraArrays, given_arrays
from fastbal._containers.labels import Labels
from fastbal._containers.read import is_dask
from fastbal._containers.table import NumberReader, Table
from fastbal._core.draws import Draws
from fastbal._core.making import Mix, make_rows
from fastbal._core.memory import give_back
from fastbal._core.plan import Plan, Strategy, make_plan
from fastbal._core.recipe import NewRows, Recipe, Rows
from fastbal._core.refusals import explained
from fastbal._core.target import Target, encode
from fastbal._foreign import follow, named_by
from fastbal._problem import Problem, by_label, check_sampling_strategy, feature_names, read_containers
from fastbal._sklearn import DocumentedHere, InputTags, SamplerTags, Tags, TargetTags, check_parameters

# Tables from this size on get the memory of the search back before their output is made.
_LARGE_BYTES = 1 << 24

#: What is given is what comes back: to those who check types as well.
GivenTable = TypeVar("GivenTable")
GivenLabels = TypeVar("GivenLabels")

__all__ = ["BaseSampler", "FunctionSampler", "SamplerMixin", "SelectionMixin", "is_sampler"]


class SamplerMixin(metaclass=ABCMeta):
    """The two public methods of a sampler, and the one that your own sampler must have."""

    _estimator_type = "sampler"

    @abstractmethod
    def fit(self, X: Any, y: Any, **params: Any) -> Self:
        """Check the parameters and the data."""

    @abstractmethod
    def fit_resample(self, X: Any, y: Any, **params: Any) -> Any:
        """Resample a table."""

    @abstractmethod
    def _fit_resample(self, X: Any, y: Any, **params: Any) -> Any:
        """Resample an array or CSR matrix and its labels; returns both, and perhaps a third thing to hand on."""


class BaseSampler(DocumentedHere, SamplerMixin, OneToOneFeatureMixin, BaseEstimator):
    """Base class of the samplers.

    A sampler implements `_draw_recipe`: which rows the balanced table has. A sampler written for imbalanced-learn,
    with `_fit_resample(X, y)` on arrays, works, too.

    Parameters
    ----------
    sampling_strategy : str, float, dict, list or callable, default="auto"
        How many rows of each class.

    Examples
    --------
    A simple sampler that keeps the first rows of each class:

    >>> import numpy as np
    >>> from fastbal._core.recipe import Recipe
    >>> from fastbal.under_sampling.base import BaseUnderSampler
    >>> class KeepFirst(BaseUnderSampler):
    ...     def _draw_recipe(self, X, target, plan, draws):
    ...         rows = [target.rows_of(code)[: plan.get(code)] for code in range(len(target.classes))]
    ...         return Recipe(n_rows=len(X), kept=np.concatenate(rows))
    >>> X, y = KeepFirst().fit_resample([[1], [2], [3], [4]], ["a", "b", "a", "a"])
    >>> X, y
    ([[1], [2]], ['a', 'b'])
    """

    _sampling_type: ClassVar[str]
    _parameter_constraints: ClassVar[dict[str, Any]]
    #: Whether kept rows keep their pandas index; in imbalanced-learn only RandomUnderSampler does this.
    _keeps_index: ClassVar[bool] = False

    def __init__(self, sampling_strategy: Strategy = "auto") -> None:
        self.sampling_strategy = sampling_strategy

    # ------------------------------------------------------------------------------------------ what a sampler is

    def _draw_recipe(self, X: Any, target: Target, plan: Plan, draws: Draws) -> Recipe | tuple[Recipe, NewRows]:
        """Say which rows the balanced table has.

        Parameters
        ----------
        X : ndarray or CSR matrix of shape (n_rows, n_columns), or None
            What `_read_values` returns: finite numbers of any dtype and layout, or whatever else the sampler reads.
        target : Target
            The class of each row.
        plan : dict of class code to number of rows
            How many rows to make or to keep, or which classes to clean.
        draws : Draws
            The random numbers of this call.

        Returns
        -------
        Recipe or (Recipe, NewRows)
        """
        raise NotImplementedError(f"{type(self).__name__} must have a method _draw_recipe or _fit_resample.")

    @property
    def _reader(self) -> NumberReader:
        """Who reads the table, for the messages about what cannot be read."""
        return NumberReader(
            type(self).__name__,
            or_with_gaps="use RandomOverSampler or RandomUnderSampler, which take such rows as they are; SMOTE, "
            "BorderlineSMOTE, ADASYN and SMOTENC keep NaN with missing='keep', unless the table is sparse.",
            or_with_words="use SMOTENC for categories; RandomOverSampler and RandomUnderSampler take any column as it "
            "is.",
        )

    @property
    def _may_miss(self) -> bool:
        """Whether the values that the recipe is drawn from may have NaN."""
        return False

    @property
    def _may_be_sparse(self) -> bool:
        """Whether the values may be a sparse matrix."""
        return True

    @explained("samplers")
    def _refuse_sparse(self, values: Any) -> None:
        if sparse.issparse(values) and not self._may_be_sparse:
            raise TypeError(
                f"{type(self).__name__} makes rows with a number in nearly every column, but X is sparse, where most "
                "have none. Give a dense table with X.toarray(), or use SMOTE, whose rows are as sparse as those "
                "between which they lie."
            )

    def _read_values(self, table: Table) -> Any:
        """The values that the recipe is drawn from: finite numbers, unless a sampler overrides this.

        They may be a copy of the table. This copy is freed before the output is allocated.
        """
        return table.numbers(self._reader, allow_nan=self._may_miss)

    # ------------------------------------------------------------------------------------------ what it can do

    def fit(self, X: Any, y: Any, **params: Any) -> Self:
        """Check the parameters and the data, without resampling.

        Parameters
        ----------
        X : {array-like, dataframe, sparse matrix} of shape (n_rows, n_columns)
            The table.
        y : array-like of shape (n_rows,)
            The label of each row.
        **params : dict
            Ignored.

        Returns
        -------
        self
        """
        check_parameters(self)
        self._refuse_sparse(self._read_values(self._read(X, y).table))
        return self

    @overload
    def fit_resample(
        self, X: GivenTable, y: GivenLabels, *, sample_weight: None = None, groups: None = None
    ) -> tuple[GivenTable, GivenLabels]: ...

    @overload
    def fit_resample(
        self, X: Any, y: Any, *, sample_weight: Any = None, groups: Any = None, **arrays: Any
    ) -> tuple[Any, ...]: ...

    def fit_resample(
        self, X: Any, y: Any, *, sample_weight: Any = None, groups: Any = None, **arrays: Any
    ) -> tuple[Any, ...]:
        """Resample a table, and other arrays with one entry for each row.

        Parameters
        ----------
        X : {array-like, dataframe, sparse matrix, collection of Dask's} of shape (n_rows, n_columns)
            The table; never changed.
        y : array-like of shape (n_rows,)
            The label of each row; a collection of Dask's where X is one.
        sample_weight : array-like of shape (n_rows,), default=None
            The weight of each row: finite, not negative. A new row between two rows gets a weight between theirs.
        groups : array-like of shape (n_rows,), default=None
            The group of each row (a patient, a machine, a day). A new row lies between rows of one group, and belongs
            to this group.
        **arrays : array-like of shape (n_rows, ...)
            Any other array with one entry for each row. A new row gets the entry of the row it starts from.

        Returns
        -------
        X_resampled : same kind as X, of shape (n_rows_new, n_columns)
            The resampled table; of collections of Dask's a lazy one.
        y_resampled : same kind as y
            Its labels.
        *resampled
            The other arrays, if any: sample_weight, groups, then the rest in the order given. Each keeps its kind, but
            weights that are not floats become float64.

        Raises
        ------
        TypeError
            If an argument is not an array; if groups are given, but an object of yours searches neighbours; or if your
            own sampler can resample only X and y.
        ValueError
            If an array does not have one entry for each row, a weight is missing, infinite or negative, or a group is
            missing.
        """
        check_parameters(self)
        arrays = given_arrays(sample_weight, groups, arrays)
        return self._resample_lazily(X, y, arrays) if is_dask(X) else self._resample(X, y, arrays)

    def _resample_lazily(self, X: Any, y: Any, arrays: dict[str, Any]) -> tuple[Any, ...]:
        from fastbal.outofcore import resample_collections

        if arrays:
            raise TypeError(
                f"{type(self).__name__} cannot resample {', '.join(arrays)} along with collections of Dask's. Leave "
                "them out; or compute X, y and them, and resample in memory."
            )
        self.__dict__.pop("recipe_", None)  # that of an earlier call
        return resample_collections(self, X, y)

    def _resample(self, X: Any, y: Any, arrays: dict[str, Any]) -> tuple[Any, ...]:
        self.__dict__.pop("recipe_", None)  # that of an earlier call
        if type(self)._fit_resample is not BaseSampler._fit_resample:
            return self._resample_arrays(X, y, arrays)
        return self._fit_resample(X, y, **arrays)

    def _fit_resample(self, X: Any, y: Any, **arrays: Any) -> tuple[Any, ...]:
        problem = self._read(X, y)
        extra = ExtraArrays(arrays, problem.table.n_rows, type(self).__name__)
        problem.require_memory(self._sampling_type)
        values = self._read_values(problem.table)
        if self._makes_means(values):
            extra.require_bases()
        recipe, new = self._drawn(values, problem.target._replace(groups=extra.groups), problem.plan)
        if recipe.making is not None and new.values is None:
            new = make_rows(values, recipe, new, problem.table.room(recipe.n_kept + recipe.n_new))
        has_searched = values is not None
        del values
        if has_searched and problem.table.n_rows * problem.table.row_bytes > _LARGE_BYTES:
            give_back()
        self.recipe_ = recipe
        X_resampled, y_resampled = problem.write(recipe, new, keep_index=self._keeps_index)
        return X_resampled, y_resampled, *extra.write(recipe, new, X_resampled)

    def _makes_means(self, X: Any) -> bool:
        """Whether new rows are means of other rows: then there is no single row to take other entries from."""
        return False

    def _draw_within(self, X: Any, target: Target) -> tuple[Recipe, NewRows]:
        """The recipe for numbers that another sampler has read; sets the same attributes as `fit_resample`."""
        check_parameters(self)
        self.n_features_in_ = X.shape[1]
        self.recipe_, new = self._drawn(X, target, self._planned(target))
        return self.recipe_, new

    def _drawn(self, X: Any, target: Target, plan: Plan) -> tuple[Recipe, NewRows]:
        self._refuse_sparse(X)
        answer = self._draw_recipe(X, target, plan, self._draws())
        return answer if not isinstance(answer, Recipe) else (answer, NewRows())

    def _draws(self) -> Draws:
        """The random numbers of this call, for every kind of `random_state`."""
        seed = getattr(self, "random_state", None)
        if seed is None:
            return Draws(check_random_state(None))
        return Draws(int(seed) if isinstance(seed, Integral) else seed)

    def _read(self, X: Any, y: Any) -> Problem:
        """Check the table and the labels once; later code relies on it."""
        table, labels = self._read_containers(X, y)
        target = encode(labels.values)
        return Problem(table, labels, target, self._planned(target))

    def _planned(self, target: Target) -> Plan:
        plan = make_plan(self.sampling_strategy, target, self._sampling_type)
        self.sampling_strategy_ = by_label(plan, target)
        return plan

    def _read_containers(self, X: Any, y: Any) -> tuple[Table, Labels]:
        table, labels = read_containers(X, y, type(self).__name__)
        self._note_columns(table)
        return table, labels

    def _note_columns(self, table: Table) -> None:
        self.n_features_in_ = table.n_columns
        names = feature_names(table)
        if names is not None:
            self.feature_names_in_ = names
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_

    def _draws_recipe(self) -> bool:
        """Whether this class has `_draw_recipe`, and does not override `_fit_resample`."""
        kind = type(self)
        return kind._draw_recipe is not BaseSampler._draw_recipe and kind._fit_resample is BaseSampler._fit_resample

    def _draws_from_numbers(self) -> bool:
        """See `fastbal._problem.draws_from_numbers`."""
        kind = type(self)
        return (
            self._draws_recipe()
            and kind._read_values is BaseSampler._read_values
            and not self._may_miss
            and kind._resample is BaseSampler._resample
            and kind.fit_resample is BaseSampler.fit_resample
        )

    # ------------------------------------------------------------------------ samplers written for imbalanced-learn

    def _check_X_y(self, X: Any, y: Any, accept_sparse: Any = None) -> tuple[Any, Any, bool]:
        """The table as an array or CSR matrix of finite numbers, the labels as an array; a sampler may override it."""
        table, labels = self._read_containers(X, y)
        return table.numbers(self._reader), labels.values, labels.is_indicator

    def _resample_arrays(self, X: Any, y: Any, arrays: dict[str, Any]) -> tuple[Any, ...]:
        table, labels = self._read_containers(X, y)
        encode(labels.values)  # refuses measurements
        named, others = named_by(type(self)._fit_resample, arrays)
        extra = ExtraArrays(others, table.n_rows, type(self).__name__)
        X_array, y_array, _ = self._check_X_y(X, y)
        self._plan_for(y_array)
        X_new, y_new, *beyond = self._fit_resample(X_array, y_array, **named)
        X_resampled = table.like(X_new)
        y_resampled = labels.like(y_new, X_resampled)
        return X_resampled, y_resampled, *beyond, *follow(self, extra, len(y_new), X_resampled)

    def _plan_for(self, y: NDArray[Any]) -> None:
        self.sampling_strategy_ = check_sampling_strategy(self.sampling_strategy, y, self._sampling_type)

    # ------------------------------------------------------------------------------------------ where rows came from

    @property
    def is_synthetic_(self) -> NDArray[np.bool_]:
        """For each row of the output, whether it is new."""
        recipe: Recipe = self.recipe_
        places = np.arange(recipe.n_kept + recipe.n_new) if recipe.order is None else recipe.order
        return places >= recipe.n_kept

    @property
    def base_indices_(self) -> Rows:
        """For each new row: the row of the input it starts from."""
        recipe: Recipe = self.recipe_
        return recipe.base

    @property
    def neighbor_indices_(self) -> Rows:
        """For each new row: the row of the input it moves towards; for a copy, the row it copies."""
        recipe: Recipe = self.recipe_
        if recipe.making is not None:
            return recipe.making.ends(recipe.base, recipe.n_rows)
        return recipe.base if recipe.neighbor is None else recipe.neighbor

    @property
    def step_(self) -> NDArray[np.float64]:
        """For each new row: how far it moves; 0 is the row it starts from, 1 the neighbour; NaN if it has no step."""
        recipe: Recipe = self.recipe_
        if recipe.making is not None:
            return recipe.making.steps(recipe.n_new)
        return np.zeros(recipe.n_new) if recipe.step is None else recipe.step

    @property
    def parents_(self) -> Any:
        """For each new row that is a weighted sum of rows: the weights, as a CSR array of shape (n_made, n_rows)."""
        recipe: Recipe = self.recipe_
        if not isinstance(recipe.making, Mix):
            raise AttributeError(f"New rows of {type(self).__name__} are no weighted sums of rows.")
        return recipe.making.parents(recipe.n_rows)

    def __sklearn_tags__(self) -> Tags:
        return Tags(
            estimator_type="sampler",
            target_tags=TargetTags(required=True),
            transformer_tags=None,
            regressor_tags=None,
            classifier_tags=None,
            input_tags=InputTags(two_d_array=True, sparse=True, dataframe=True),
            sampler_tags=SamplerTags(),
        )


class SelectionMixin:
    """For samplers that only choose rows of the input and do not change them."""

    recipe_: Recipe

    @property
    def sample_indices_(self) -> Rows:
        """For each row of the output its row number in the input."""
        return self.recipe_.source_rows()

    def __sklearn_tags__(self) -> Tags:
        tags: Tags = super().__sklearn_tags__()  # type: ignore[misc]
        tags.sampler_tags = SamplerTags(sample_indices=True)
        return tags


def is_sampler(estimator: Any) -> bool:
    """Whether an estimator is a sampler.

    Parameters
    ----------
    estimator : object
        Any estimator.

    Returns
    -------
    bool

    Examples
    --------
    >>> from fastbal.base import is_sampler
    >>> from fastbal.over_sampling import SMOTE
    >>> is_sampler(SMOTE())
    True
    """
    if getattr(estimator, "_estimator_type", None) == "sampler":
        return True
    return getattr(get_tags(estimator), "sampler_tags", None) is not None


class FunctionSampler(BaseSampler):
    """Make a sampler of any function.

    Parameters
    ----------
    func : callable, default=None
        Called with X and y, returns both resampled. None returns them as they are.
    accept_sparse : bool, default=True
        Whether the function takes sparse matrices.
    kw_args : dict, default=None
        Further arguments of the function.
    validate : bool, default=True
        Whether the function gets checked arrays, and its output becomes the kinds of X and y. Otherwise it gets X and y
        as they are given.

    Attributes
    ----------
    sampling_strategy_ : str
        "auto".
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    Examples
    --------
    >>> import numpy as np
    >>> from fastbal import FunctionSampler
    >>> sampler = FunctionSampler(func=lambda X, y: (X[:2], y[:2]))
    >>> X, y = sampler.fit_resample(np.array([[1.0], [2.0], [3.0]]), np.array([0, 1, 1]))
    >>> X.tolist(), y.tolist()
    ([[1.0], [2.0]], [0, 1])
    """

    _sampling_type = "bypass"
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "func": [callable, None],
        "accept_sparse": ["boolean"],
        "kw_args": [dict, None],
        "validate": ["boolean"],
    }

    def __init__(
        self,
        *,
        func: Callable[..., Any] | None = None,
        accept_sparse: bool = True,
        kw_args: dict[str, Any] | None = None,
        validate: bool = True,
    ) -> None:
        super().__init__()
        self.func = func
        self.accept_sparse = accept_sparse
        self.kw_args = kw_args
        self.validate = validate

    def fit(self, X: Any, y: Any) -> Self:  # type: ignore[override]
        """Check the data.

        Parameters
        ----------
        X : {array-like, dataframe, sparse matrix} of shape (n_rows, n_columns)
            The table.
        y : array-like of shape (n_rows,)
            The label of each row.

        Returns
        -------
        self
        """
        check_parameters(self)
        self._plan_for(self._check_X_y(X, y)[1] if self.validate else y)
        return self

    def fit_resample(self, X: Any, y: Any) -> Any:  # type: ignore[override]
        """Call the function.

        Parameters
        ----------
        X : {array-like, dataframe, sparse matrix} of shape (n_rows, n_columns)
            The table.
        y : array-like of shape (n_rows,)
            The label of each row.

        Returns
        -------
        X_resampled, y_resampled
            What the function returns; in containers of the kinds of X and y if `validate` is true.
        """
        check_parameters(self)
        if self.validate:
            return self._resample_arrays(X, y, {})
        self._plan_for(y)
        return self._fit_resample(X, y)

    def _fit_resample(self, X: Any, y: Any) -> Any:  # type: ignore[override]
        return (X, y) if self.func is None else self.func(X, y, **(self.kw_args or {}))

    def _check_X_y(self, X: Any, y: Any, accept_sparse: Any = None) -> tuple[Any, Any, bool]:
        X_array, y_array, is_indicator = super()._check_X_y(X, y)
        encode(y_array)
        if not self.accept_sparse and not isinstance(X_array, np.ndarray):
            raise TypeError(
                "Sparse data was passed, but dense data is required: this FunctionSampler has accept_sparse=False. "
                "Use '.toarray()' to convert to a dense numpy array."
            )
        return X_array, y_array, is_indicator
