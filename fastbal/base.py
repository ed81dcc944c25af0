"""What all samplers share: read the caller's table, have a recipe drawn, write its rows."""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from collections import OrderedDict
from collections.abc import Callable
from numbers import Integral
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, OneToOneFeatureMixin
from sklearn.utils import check_random_state, get_tags

from fastbal._containers.beside import ExtraArrays, given_arrays, selection_of, split_by_parameters
from fastbal._containers.labels import Labels
from fastbal._containers.read import read_labels, read_table
from fastbal._containers.table import Table
from fastbal._core.draws import Draws
from fastbal._core.memory import require_memory
from fastbal._core.plan import OVER, Plan, make_plan
from fastbal._core.recipe import NewRows, Recipe, Rows, row_number_type
from fastbal._core.target import Target, encode
from fastbal._sklearn import InputTags, SamplerTags, Tags, TargetTags, check_parameters

__all__ = ["BaseSampler", "FunctionSampler", "SamplerMixin", "SelectionMixin", "is_sampler"]

# Below this, asking the system how much memory there is costs more than it can tell.
_SMALL_BYTES = 1 << 26


class SamplerMixin(metaclass=ABCMeta):
    """The two methods of a sampler, and the one that a sampler of one's own must have."""

    _estimator_type = "sampler"

    @abstractmethod
    def fit(self, X: Any, y: Any, **params: Any) -> Self:
        """Check the data and what is asked of them."""

    @abstractmethod
    def fit_resample(self, X: Any, y: Any, **params: Any) -> Any:
        """Resample a table."""

    @abstractmethod
    def _fit_resample(self, X: Any, y: Any, **params: Any) -> Any:
        """Resample an array or CSR matrix and its labels; returns both, and perhaps a third thing to hand on."""


class _Problem(NamedTuple):
    """A table to be balanced, checked."""

    table: Table
    labels: Labels
    target: Target
    plan: Plan


class BaseSampler(SamplerMixin, OneToOneFeatureMixin, BaseEstimator):
    """Base class of the samplers.

    A sampler implements `_draw_recipe`, which says which rows the balanced table consists of. One written for
    imbalanced-learn, with `_fit_resample(X, y)` on arrays, works as well.

    Parameters
    ----------
    sampling_strategy : str, float, dict, list or callable, default="auto"
        How many rows of each class.

    Examples
    --------
    The simplest sampler of one's own keeps the first rows of each class:

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
    #: Whether pandas' index of the rows kept survives, as it does in imbalanced-learn's RandomUnderSampler alone.
    _keeps_index: ClassVar[bool] = False

    def __init__(self, sampling_strategy: Any = "auto") -> None:
        self.sampling_strategy = sampling_strategy

    # ------------------------------------------------------------------------------------------ what a sampler is

    def _draw_recipe(self, X: Any, target: Target, plan: Plan, draws: Draws) -> Recipe | tuple[Recipe, NewRows]:
        """Say which rows the balanced table consists of.

        Parameters
        ----------
        X : ndarray or CSR matrix of shape (n_rows, n_columns), or None
            What `_read_values` returns: finite numbers of any dtype and layout, or whatever else the sampler reads.
        target : Target
            The class of each row.
        plan : dict of class code to number of rows
            Rows to make, to keep, or the classes to clean.
        draws : Draws
            The random numbers of this call.

        Returns
        -------
        Recipe or (Recipe, NewRows)
        """
        raise NotImplementedError(f"{type(self).__name__} must have a method _draw_recipe or _fit_resample.")

    def _read_values(self, table: Table) -> Any:
        """What the recipe is drawn from: finite numbers, unless the sampler says otherwise.

        It may be a copy of the table. It is gone, like all memory of the search, when the output is allocated.
        """
        return table.numbers(type(self).__name__)

    # ------------------------------------------------------------------------------------------ what it can do

    def fit(self, X: Any, y: Any, **params: Any) -> Self:
        """Check the data and what is asked of them, without resampling.

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
        self._read_values(self._read(X, y).table)
        return self

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
            The group of each row (a patient, a machine, a day). No new row lies between rows of different groups, and
            each is of the group of the row it starts from.
        **arrays : array-like of shape (n_rows, ...)
            Anything else with an entry for each row. A new row has the entry of the row it starts from.

        Returns
        -------
        X_resampled : same kind as X, of shape (n_rows_new, n_columns)
            The resampled table.
        y_resampled : same kind as y
            Its labels.
        *resampled
            The arrays given beyond X and y, if any: sample_weight, groups, then the others in the order given. Each of
            the kind it was; weights that are no floats become float64.

        Raises
        ------
        TypeError
            If an argument is no array; if groups are given and neighbours are searched by an object of the user's; or
            if the sampler is one of a user's own that cannot resample more than X and y.
        ValueError
            If an array does not have one entry for each row, a weight is missing, infinite or negative, or a group is
            missing.
        """
        check_parameters(self)
        return self._resample(X, y, given_arrays(sample_weight, groups, arrays))

    def _resample(self, X: Any, y: Any, arrays: dict[str, Any]) -> tuple[Any, ...]:
        self.__dict__.pop("recipe_", None)  # that of an earlier call
        if type(self)._fit_resample is not BaseSampler._fit_resample:
            return self._resample_arrays(X, y, arrays)
        return self._fit_resample(X, y, **arrays)

    def _fit_resample(self, X: Any, y: Any, **arrays: Any) -> tuple[Any, ...]:
        table, labels, target, plan = problem = self._read(X, y)
        extra = ExtraArrays(arrays, table.n_rows, type(self).__name__)
        _require_memory_for(problem, self._sampling_type)
        values = self._read_values(table)
        if self._makes_means(values):
            extra.require_bases()
        recipe, new = self._drawn(values, target._replace(groups=extra.groups), plan)
        del values
        self.recipe_ = recipe
        X_resampled = table.write(recipe, new, keep_index=self._keeps_index)
        y_resampled = labels.write(recipe, _first_rows(target), X_resampled)
        if recipe.order is not None:
            X_resampled, y_resampled = _in_order(recipe.order, X_resampled, y_resampled)
        return X_resampled, y_resampled, *extra.write(recipe, new, X_resampled)

    def _makes_means(self, X: Any) -> bool:
        """Whether new rows are means of others, and so have no entries of their own in other arrays."""
        return False

    def _draw_within(self, X: Any, target: Target) -> tuple[Recipe, NewRows]:
        """The recipe for numbers that another sampler has read; leaves what `fit_resample` leaves."""
        check_parameters(self)
        self.n_features_in_ = X.shape[1]
        self.recipe_, new = self._drawn(X, target, self._planned(target))
        return self.recipe_, new

    def _drawn(self, X: Any, target: Target, plan: Plan) -> tuple[Recipe, NewRows]:
        answer = self._draw_recipe(X, target, plan, self._draws())
        return answer if not isinstance(answer, Recipe) else (answer, NewRows())

    def _draws(self) -> Draws:
        """The random numbers of this call, whatever `random_state` is."""
        seed = getattr(self, "random_state", None)
        if seed is None:
            return Draws(check_random_state(None))
        return Draws(int(seed) if isinstance(seed, Integral) else seed)

    def _read(self, X: Any, y: Any) -> _Problem:
        """The checks at the door; below, nobody asks again."""
        table, labels = self._read_containers(X, y)
        target = encode(labels.values)
        return _Problem(table, labels, target, self._planned(target))

    def _planned(self, target: Target) -> Plan:
        plan = make_plan(self.sampling_strategy, target, self._sampling_type)
        names = target.labels
        self.sampling_strategy_ = OrderedDict((names[code], number) for code, number in plan.items())
        return plan

    def _read_containers(self, X: Any, y: Any) -> tuple[Table, Labels]:
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None. Give the label of each row."
            )
        table, labels = read_table(X), read_labels(y)
        if table.n_rows != len(labels.values):
            raise ValueError(
                f"Found input variables with inconsistent numbers of samples: {[table.n_rows, len(labels.values)]}. "
                f"X has {table.n_rows} rows and y has {len(labels.values)} labels; give one label for each row."
            )
        self.n_features_in_ = table.n_columns
        self._remember_names(table.names)
        return table, labels

    def _remember_names(self, names: list[Any] | None) -> None:
        if names is None or not any(isinstance(name, str) for name in names):
            if hasattr(self, "feature_names_in_"):
                del self.feature_names_in_
            return
        if not all(isinstance(name, str) for name in names):
            kinds = sorted({type(name).__name__ for name in names})
            raise TypeError(
                "Feature names are only supported if all input features have string names, but your input has "
                f"{kinds} as feature name / column name types. If you want feature names to be stored and validated, "
                "you must convert them all to strings, by using X.columns = X.columns.astype(str) for example."
            )
        self.feature_names_in_: NDArray[np.object_] = np.array(names, dtype=object)

    # ------------------------------------------------------------------------ samplers written for imbalanced-learn

    def _check_X_y(self, X: Any, y: Any, accept_sparse: Any = None) -> tuple[Any, Any, bool]:
        """The table as an array or CSR matrix of finite numbers, the labels as an array; a sampler may override it."""
        table, labels = self._read_containers(X, y)
        return table.numbers(type(self).__name__), labels.values, labels.is_indicator

    def _resample_arrays(self, X: Any, y: Any, arrays: dict[str, Any]) -> tuple[Any, ...]:
        table, labels = self._read_containers(X, y)
        encode(labels.values)  # refuses measurements
        own, others = split_by_parameters(type(self)._fit_resample, arrays)
        extra = ExtraArrays(others, table.n_rows, type(self).__name__)
        X_array, y_array, _ = self._check_X_y(X, y)
        self._plan_for(y_array)
        X_new, y_new, *rest = self._fit_resample(X_array, y_array, **own)
        X_resampled = table.like(X_new)
        y_resampled = labels.like(y_new, X_resampled)
        if others:
            recipe = selection_of(self, table.n_rows, len(y_new), others)
            rest += extra.write(recipe, NewRows(), X_resampled)
        return X_resampled, y_resampled, *rest

    def _plan_for(self, y: NDArray[Any]) -> None:
        from fastbal.utils import check_sampling_strategy

        self.sampling_strategy_ = check_sampling_strategy(self.sampling_strategy, y, self._sampling_type)

    # ------------------------------------------------------------------------------------------ where rows came from

    @property
    def is_synthetic_(self) -> NDArray[np.bool_]:
        """For each row of the output, whether the sampler has made it."""
        recipe: Recipe = self.recipe_
        places = np.arange(recipe.n_kept + recipe.n_new) if recipe.order is None else recipe.order
        return places >= recipe.n_kept

    @property
    def base_indices_(self) -> Rows:
        """For each row the sampler has made: the row of the input it starts from."""
        recipe: Recipe = self.recipe_
        return recipe.base

    @property
    def neighbor_indices_(self) -> Rows:
        """For each row the sampler has made: the row of the input it moves towards (itself, if it is a copy)."""
        recipe: Recipe = self.recipe_
        return recipe.base if recipe.neighbor is None else recipe.neighbor

    @property
    def step_(self) -> NDArray[np.float64]:
        """For each row the sampler has made: how far it moves, 1 being all the way to the neighbour."""
        recipe: Recipe = self.recipe_
        return np.zeros(recipe.n_new) if recipe.step is None else recipe.step

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
    """For samplers whose output consists of rows of the input, as they are."""

    recipe_: Recipe

    @property
    def sample_indices_(self) -> Rows:
        """For each row of the output its row number in the input."""
        return self.recipe_.source_rows()

    def __sklearn_tags__(self) -> Tags:
        tags: Tags = super().__sklearn_tags__()  # type: ignore[misc]
        tags.sampler_tags = SamplerTags(sample_indices=True)
        return tags


def _first_rows(target: Target) -> Rows:
    """A row of each class, to take its label from."""
    rows = [int((target.codes == code).argmax()) for code in range(len(target.classes))]
    return np.array(rows, row_number_type(len(target.codes)))


def _in_order(order: Rows, X: Any, y: Any) -> tuple[Any, Any]:
    """A table that samplers have written, and its labels, sorted."""
    recipe = Recipe(n_rows=len(order), kept=order)
    X = read_table(X).write(recipe, NewRows())
    return X, read_labels(y).write(recipe, np.empty(0, np.int64), X)


def _require_memory_for(problem: _Problem, sampling_type: str) -> None:
    """An over-sampler's output, and its recipe of four numbers a row."""
    if sampling_type != OVER:
        return
    n_new = sum(problem.plan.values())
    n_rows = problem.table.n_rows + n_new
    n_bytes = int(n_rows * problem.table.row_bytes) + 32 * n_new
    if n_bytes > _SMALL_BYTES:
        require_memory(n_bytes, f"The resampled table of {n_rows} rows and {problem.table.n_columns} columns")


def resample_with(sampler: Any, X: Any, y: Any, arrays: dict[str, Any]) -> tuple[Any, ...]:
    """Resample by any sampler, one of imbalanced-learn's included.

    Parameters
    ----------
    sampler : object with `fit_resample`
        One of fastbal's carries the arrays along itself; for others it is done by their `sample_indices_`.
    X, y : table and labels
        As those of the sampler.
    arrays : dict of name to array-like of shape (n_rows, ...)
        What is to be resampled along.

    Returns
    -------
    X_resampled, y_resampled, *resampled
        The arrays in the order given.

    Raises
    ------
    TypeError
        If the sampler cannot resample more than X and y.
    """
    if not arrays or isinstance(sampler, BaseSampler):
        answer: tuple[Any, ...] = sampler.fit_resample(X, y, **arrays)
        return answer if arrays else tuple(answer[:2])  # some return more, the chosen rows for example
    extra = ExtraArrays(arrays, read_table(X).n_rows, type(sampler).__name__)
    X_resampled, y_resampled, *_ = sampler.fit_resample(X, y)
    recipe = selection_of(sampler, read_table(X).n_rows, read_table(X_resampled).n_rows, arrays)
    return X_resampled, y_resampled, *extra.write(recipe, NewRows(), X_resampled)


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
        Whether the function gets checked arrays and its output is put in the caller's containers. Otherwise it gets
        what the caller gives, whatever that is.

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
