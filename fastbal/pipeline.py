"""Chains of transformers, samplers and a model; samplers act while fitting only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import sklearn
import sklearn.pipeline
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.metadata_routing import (
    MetadataRequest,
    MetadataRouter,
    MethodMapping,
    get_routing_for_object,
    process_routing,
)
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, check_memory

from fastbal._core.refusals import see
from fastbal._foreign import CannotFollowError, resample_with, takes_arrays
from fastbal._sklearn import StepsPassedBy, check_parameters, count_entries

__all__ = ["Pipeline", "make_pipeline"]

_FITTING = ("fit", "fit_transform", "fit_predict", "fit_resample")
_USING = ("predict", "predict_proba", "predict_log_proba", "decision_function", "transform", "score")

#: Parameters, or arrays with an entry for each row, by name.
Params = dict[str, Any]
#: The parameters of each method of a step.
StepParams = dict[str, Params]


def _is_passthrough(step: Any) -> bool:
    return step is None or (isinstance(step, str) and step == "passthrough")


def _resamples(step: Any) -> bool:
    return hasattr(step, "fit_resample")


def _only_resamples(step: Any) -> bool:
    """Whether a step does nothing after fitting. A pipeline as a step may still transform."""
    return _resamples(step) and not hasattr(step, "transform")


def _has_fit_transform(self: Pipeline) -> bool:
    last = self._last
    return _is_passthrough(last) or hasattr(last, "fit_transform") or hasattr(last, "transform")


def _has_fit_resample(self: Pipeline) -> bool:
    last = self._last
    is_transformed = hasattr(last, "transform") and any(_resamples(step) for _, step in self.steps)
    return _is_passthrough(last) or _resamples(last) or is_transformed


def _has_fit_predict(self: Pipeline) -> bool:
    return hasattr(self._last, "fit_predict")


class Pipeline(StepsPassedBy, sklearn.pipeline.Pipeline):
    """A chain of transformers and samplers with a model at its end.

    Resample inside cross-validation: only training rows, never test rows. In this pipeline samplers work in `fit`,
    `fit_transform`, `fit_predict` and `fit_resample`. All other methods, such as `predict`, `score` and `transform`,
    leave them out. Everything else is as in scikit-learn's pipeline.

    A parameter of a step after a sampler that has one entry for each row, such as `sample_weight`, is resampled with
    the rows. A pipeline can be a step of another pipeline. If it resamples and ends in a sampler or transformer, it is
    a sampler during fitting and a transformer afterwards.

    Parameters
    ----------
    steps : list of (str, estimator) tuples
        Names and steps, in order. All but the last are transformers, samplers or "passthrough"; the last may be
        anything with `fit`.
    transform_input : list of str, default=None
        Names of fit parameters, such as a validation set, that the earlier steps transform but never resample.
        Needs ``sklearn.set_config(enable_metadata_routing=True)``.
    memory : str or object with the interface of joblib.Memory, default=None
        Folder that stores fitted transformers and samplers, and their output; but not the last step.
    verbose : bool, default=False
        Whether to print how long each step took.

    Attributes
    ----------
    named_steps : Bunch
        The steps by name: ``pipeline.named_steps["smote"].sampling_strategy_``.
    classes_ : ndarray of shape (n_classes,)
        The labels, if the last step is a classifier.
    n_features_in_ : int
        Number of columns of the table that the first step was fitted to.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if they are all strings.

    See Also
    --------
    make_pipeline : The same, without names.

    Notes
    -----
    `fit_transform` resamples; `fit` followed by `transform` does not. `fit_resample` returns the resampled rows with
    their labels.

    If later steps get ``sample_weight``, new rows get interpolated weights (of several different ones, only the first).
    Of other parameters, a new row gets the entry of the row it starts from. Samplers without ``**arrays`` must set
    `sample_indices_`.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.preprocessing import StandardScaler
    >>> from fastbal.over_sampling import SMOTE
    >>> from fastbal.pipeline import Pipeline
    >>> X, y = make_classification(n_samples=1000, weights=[0.9], random_state=0)
    >>> pipeline = Pipeline(
    ...     [("scale", StandardScaler()), ("smote", SMOTE(random_state=0)), ("model", LogisticRegression())]
    ... )
    >>> pipeline.fit(X, y).predict(X).shape
    (1000,)
    >>> X_seen, y_seen = pipeline[:-1].fit_resample(X, y)
    >>> X_seen.shape
    (1796, 20)
    """

    steps: list[tuple[str, Any]]

    # ---------------------------------------------------------------------------------- what samplers are to the rest

    def _passes_by(self, step: Any) -> bool:
        return _only_resamples(step)

    def __getitem__(self, ind: Any) -> Any:
        part = super().__getitem__(ind)
        if isinstance(ind, slice):
            part.transform_input = self.transform_input
        return part

    def __sklearn_is_fitted__(self) -> bool:
        """Whether the last step that predicts is fitted; if all steps are samplers, the last sampler."""
        steps = [step for _, step in self.steps if not _is_passthrough(step)]
        steps = [step for step in steps if not _only_resamples(step)] or steps
        try:
            if steps:
                check_is_fitted(steps[-1])
        except NotFittedError:
            return False
        return True

    def _check_steps(self) -> None:
        if not self.steps:
            raise ValueError("The pipeline is empty. Please add steps.")
        names, steps = zip(*self.steps, strict=True)
        self._check_names(names)
        for name, step in self.steps:
            if isinstance(step, type):
                raise TypeError(
                    f"Expected an estimator instance ({step.__name__}()), got estimator class instead "
                    f"({step.__name__}) as step {name!r}. Add the parentheses."
                )
        for step in steps[:-1]:
            _check_intermediate(step)
        if not _is_passthrough(steps[-1]) and not hasattr(steps[-1], "fit"):
            raise TypeError(
                "Last step of Pipeline should implement fit or be the string 'passthrough'. "
                f"'{steps[-1]}' (type {type(steps[-1])}) doesn't"
            )

    # ---------------------------------------------------------------------------------------------------- fitting

    def fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        """Fit the steps one after the other, each on the output of the steps before it.

        Parameters
        ----------
        X : table
            Whatever the first step takes.
        y : array-like of shape (n_rows,), default=None
            The label of each row.
        **params : dict
            With metadata routing: what the steps have requested. Without: ``step__parameter=value``. Those with one
            entry for each row are resampled by a sampler before the next steps get them.

        Returns
        -------
        self
        """
        rows, given = self._fit_all_but_last("fit", X, y, params)
        with self._timed(len(self) - 1):
            if not _is_passthrough(self._last):
                self._last.fit(rows.X, rows.y, **given["fit"])
        return self

    @available_if(_has_fit_transform)  # type: ignore[untyped-decorator]
    def fit_transform(self, X: Any, y: Any = None, **params: Any) -> Any:
        """Fit all steps, and transform the resampled rows with the last one.

        Parameters
        ----------
        X : table
            Whatever the first step takes.
        y : array-like of shape (n_rows,), default=None
            The label of each row.
        **params : dict
            As in `fit`.

        Returns
        -------
        X_transformed : table of shape (n_rows_new, n_columns_new)
            If a step resamples, its labels are not `y`: `fit_resample` returns both.
        """
        rows, given = self._fit_all_but_last("fit_transform", X, y, params)
        with self._timed(len(self) - 1):
            if not _is_passthrough(self._last):
                rows.X, _ = _fit_transform_one(self._last, rows.X, rows.y, given)
        return rows.X

    @available_if(_has_fit_predict)  # type: ignore[untyped-decorator]
    def fit_predict(self, X: Any, y: Any = None, **params: Any) -> Any:
        """Fit all steps, and predict the resampled rows with `fit_predict` of the last one.

        Parameters
        ----------
        X : table
            Whatever the first step takes.
        y : array-like of shape (n_rows,), default=None
            The label of each row.
        **params : dict
            As in `fit`.

        Returns
        -------
        y_predicted : ndarray of shape (n_rows_new,)
        """
        rows, given = self._fit_all_but_last("fit_predict", X, y, params)
        with self._timed(len(self) - 1):
            return self._last.fit_predict(rows.X, rows.y, **given["fit_predict"])

    @available_if(_has_fit_resample)  # type: ignore[untyped-decorator]
    def fit_resample(self, X: Any, y: Any = None, **params: Any) -> tuple[Any, Any]:
        """Fit all steps, and return the rows and labels that come out of the last one.

        For a pipeline that ends in a sampler, in "passthrough", or in a transformer behind a sampler.

        Parameters
        ----------
        X : table
            Whatever the first step takes.
        y : array-like of shape (n_rows,), default=None
            The label of each row.
        **params : dict
            As in `fit`.

        Returns
        -------
        X_resampled : table of shape (n_rows_new, n_columns_new)
        y_resampled : array-like of shape (n_rows_new,)
        """
        return self._fit_resample_along(X, y, params, {})

    def _fit_resample_along(self, X: Any, y: Any, params: Params, arrays: Params) -> tuple[Any, Any]:
        """`fit_resample` that resamples arrays along, in place, for the pipeline that this one is a step of."""
        rows, given = self._fit_all_but_last("fit_resample", X, y, params, arrays)
        with self._timed(len(self) - 1):
            if _resamples(self._last):
                name, sampler = self.steps[-1]
                rows.resample(len(self) - 1, name, sampler, given["fit_resample"], _fit_resample_one)
            elif not _is_passthrough(self._last):
                rows.X, _ = _fit_transform_one(self._last, rows.X, rows.y, given)
        return rows.X, rows.y

    def _fit_all_but_last(
        self, method: str, X: Any, y: Any, params: Params, arrays: Params | None = None
    ) -> tuple[_Rows, StepParams]:
        """Fit the steps before the last; returns the rows for the last, and its parameters."""
        check_parameters(self)
        self._check_steps()
        self.steps = list(self.steps)
        given = self._given_to_steps(method, params)
        rows = _Rows(X, y, self._followers(given, arrays or {}, y))
        memory = check_memory(self.memory)
        fit_transform, fit_resample = memory.cache(_fit_transform_one), memory.cache(_fit_resample_one)
        for index, (name, step) in enumerate(self.steps[:-1]):
            with self._timed(index):
                if _is_passthrough(step):
                    continue
                if getattr(memory, "location", memory) is not None:
                    step = clone(step)  # what has been fitted is another to the cache
                step_given = self._given_to_step(index, given[name], params)
                if _resamples(step):
                    step = rows.resample(index, name, step, step_given["fit_resample"], fit_resample)
                else:
                    rows.X, step = fit_transform(step, rows.X, rows.y, step_given)
                self.steps[index] = (name, step)
        last_given = given[self.steps[-1][0]]
        return rows, self._given_to_step(len(self) - 1, last_given, params)

    # -------------------------------------------------------------------------------------- what the steps are given

    def _given_to_steps(self, method: str, params: Params) -> dict[str, StepParams]:
        """The parameters of each step."""
        given: dict[str, StepParams] = {name: {m: {} for m in (*_FITTING, "transform")} for name, _ in self.steps}
        if sklearn.get_config()["enable_metadata_routing"]:
            routed = process_routing(self, method, **params)
            for name, step in self.steps:
                if not _is_passthrough(step):
                    given[name].update({callee: dict(values) for callee, values in routed[name].items()})
            return given
        if self.transform_input is not None:
            raise ValueError(
                "The `transform_input` parameter can only be set if metadata routing is enabled. You can enable "
                "metadata routing using `sklearn.set_config(enable_metadata_routing=True)`."
            )
        for parameter, value in params.items():
            name, separator, key = parameter.partition("__")
            if not separator:
                raise ValueError(
                    f"Pipeline.{method} does not accept the {parameter} parameter. You can pass parameters to specific "
                    f"steps of your pipeline using the stepname__parameter format, e.g. "
                    f"`Pipeline.{method}(X, y, {self.steps[-1][0]}__{parameter}={parameter})`."
                )
            if name not in given:
                raise ValueError(
                    f"Pipeline.{method} got {parameter}, but there is no step {name!r}. "
                    f"The steps are {', '.join(map(repr, given))}."
                )
            for callee in _FITTING:
                given[name][callee][key] = value
        return given

    def _followers(self, given: dict[str, StepParams], arrays: Params, y: Any) -> list[_Follower]:
        """What has an entry for each row. Names in `transform_input` have rows of their own."""
        n_rows = count_entries(y)
        if n_rows is None:
            return []
        followers = [
            _Follower(index, f"{name}__{key}", params, key)
            for index, (name, _) in enumerate(self.steps)
            for params in given[name].values()
            for key, value in params.items()
            if key not in (self.transform_input or ()) and count_entries(value) == n_rows
        ]
        return followers + [_Follower(len(self), name, arrays, name) for name in arrays]

    def get_metadata_routing(self) -> MetadataRouter:
        """Which method of a step is called by which of the pipeline, for scikit-learn's metadata routing.

        Returns
        -------
        MetadataRouter
        """
        router = MetadataRouter(owner=type(self).__name__)
        for index, (name, step) in enumerate(self.steps):
            if _is_passthrough(step):
                continue
            is_last = index == len(self.steps) - 1
            mapping = MethodMapping().add(caller="inverse_transform", callee="inverse_transform")
            for caller in _FITTING:
                for callee in _fitting_methods(step, caller, is_last=is_last):
                    mapping.add(caller=caller, callee=callee)
            for caller in _USING:
                mapping.add(caller=caller, callee=caller if is_last else "transform")
            router.add(method_mapping=mapping, **{name: _requests_of(step)})
        return router


def _requests_of(step: Any) -> Any:
    """What a step requests. A sampler that has not said so need not: its arrays are resampled along anyway."""
    requests = get_routing_for_object(step)
    if isinstance(requests, MetadataRequest) and _resamples(step) and takes_arrays(step):
        for name in ("sample_weight", "groups"):
            if requests.fit_resample.requests.get(name, False) is None:
                requests.fit_resample.add_request(param=name, alias=False)
    return requests


def _fitting_methods(step: Any, caller: str, *, is_last: bool) -> list[str]:
    """The methods of a step that a method of the pipeline calls to fit it."""
    if is_last and caller in ("fit", "fit_predict"):
        return [caller]
    if _resamples(step) and (not is_last or caller == "fit_resample"):
        return ["fit_resample"]
    return ["fit_transform"] if hasattr(step, "fit_transform") else ["fit", "transform"]


def _check_intermediate(step: Any) -> None:
    """Raise the error for a step that cannot stand before another one."""
    if _is_passthrough(step) or (isinstance(step, Pipeline) and (_resamples(step) or hasattr(step, "transform"))):
        return
    rule = "All intermediate steps of the chain should be estimators that implement fit and transform or fit_resample"
    transforms = hasattr(step, "fit") and hasattr(step, "transform")
    if transforms and _resamples(step):
        raise TypeError(f"{rule}. '{step}' implements both)")
    if not transforms and not _resamples(step):
        raise TypeError(f"{rule} (but not both) or be a string 'passthrough' '{step}' (type {type(step)}) doesn't)")
    if isinstance(step, sklearn.pipeline.Pipeline) and any(_resamples(inner) for _, inner in step.steps):
        raise TypeError(
            f"A pipeline with samplers that is a step of another one must be a fastbal.pipeline.Pipeline, but '{step}' "
            f"is a {type(step).__module__}.{type(step).__name__}: it would lose the labels. Make it with fastbal's."
        )


# ------------------------------------------------------------------------------------------------- rows on their way


class _Follower(NamedTuple):
    """A parameter with an entry for each row.

    Parameters
    ----------
    step : int
        The step it is for: it follows the rows through samplers before.
    label : str
        What messages call it.
    params : dict
        The parameters of which it is one.
    key : str
        Its name there.
    """

    step: int
    label: str
    params: Params
    key: str

    @property
    def value(self) -> Any:
        return self.params[self.key]


@dataclass
class _Rows:
    """The rows on their way through the steps, and what follows them."""

    X: Any
    y: Any
    followers: list[_Follower]

    def resample(self, index: int, name: str, sampler: Any, given: Params, fit_resample: Callable[..., Any]) -> Any:
        """Have the rows resampled, and what the steps after this one are given; returns the fitted sampler."""
        later = [follower for follower in self.followers if follower.step > index]
        # New rows have weights of their own; whatever else is taken from the row that a new one starts from.
        weights = [given.get("sample_weight"), *(f.value for f in later if f.key == "sample_weight")]
        weight = next((weight for weight in weights if weight is not None), None)
        along: Params = {}
        names: dict[int, str] = {}  # what is given to several steps goes along once
        for follower in later:
            if id(follower.value) not in names:
                label = "sample_weight" if follower.value is weight else follower.label
                while follower.value is not weight and (label in given or label in along):
                    label += "_"
                names[id(follower.value)] = label
                along[label] = follower.value
        try:
            self.X, self.y, resampled, fitted = fit_resample(sampler, self.X, self.y, given, along)
        except CannotFollowError as error:
            kind = type(error.sampler)
            raise ValueError(
                f"Step {name!r} resamples the rows, so {', '.join(sorted({f.label for f in later}))} must be resampled "
                f"along, but {kind.__module__}.{kind.__name__} does not tell where its rows come from. Take the "
                "sampler from fastbal, let fit_resample of your own take and return **arrays, let it leave "
                f"sample_indices_, or do not give this parameter.{see('pipeline')}"
            ) from None
        for follower in later:
            follower.params[follower.key] = resampled[names[id(follower.value)]]
        return fitted


def _fit_transform_one(transformer: Any, X: Any, y: Any, given: StepParams) -> tuple[Any, Any]:
    """The rows transformed, and the transformer fitted."""
    if hasattr(transformer, "fit_transform"):
        return transformer.fit_transform(X, y, **given["fit_transform"]), transformer
    return transformer.fit(X, y, **given["fit"]).transform(X, **given["transform"]), transformer


def _fit_resample_one(sampler: Any, X: Any, y: Any, given: Params, along: Params) -> tuple[Any, Any, Params, Any]:
    """The rows resampled, arrays resampled along, and the sampler fitted."""
    if isinstance(sampler, Pipeline):
        along = dict(along)
        X, y = sampler._fit_resample_along(X, y, given, along)
        return X, y, along, sampler
    X, y, along = resample_with(sampler, X, y, along, given)
    return X, y, along, sampler


def make_pipeline(*steps: Any, memory: Any = None, transform_input: Any = None, verbose: bool = False) -> Pipeline:
    """Make a pipeline of steps whose names are those of their classes, in lower case.

    Parameters
    ----------
    *steps : estimators
        As in `Pipeline`.
    memory : str or object with the interface of joblib.Memory, default=None
        As in `Pipeline`.
    transform_input : list of str, default=None
        As in `Pipeline`.
    verbose : bool, default=False
        As in `Pipeline`.

    Returns
    -------
    Pipeline

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from fastbal.over_sampling import SMOTE
    >>> from fastbal.pipeline import make_pipeline
    >>> make_pipeline(SMOTE(), LogisticRegression())
    Pipeline(steps=[('smote', SMOTE()), ('logisticregression', LogisticRegression())])
    """
    named = sklearn.pipeline.make_pipeline(*steps).steps
    return Pipeline(named, transform_input=transform_input, memory=memory, verbose=verbose)
