"""The only place that knows scikit-learn's private names, each with its reason."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import sklearn
from sklearn.base import BaseEstimator
from sklearn.utils import InputTags as _InputTags
from sklearn.utils import Tags as _Tags
from sklearn.utils import TargetTags, get_tags, indexable

# The list of methods that metadata is routed to has no public way in.
from sklearn.utils import _metadata_requests as _routing

# How cross-validation takes rows of a fit parameter, in any container (and counts them, below).
from sklearn.utils._indexing import _safe_indexing

# A sampler lists what its parameters may be as scikit-learn's estimators do, so that messages and checks are the same.
from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    StrOptions,
    make_constraint,
    validate_parameter_constraints,
    validate_params,
)

# A pipeline with `verbose` says what scikit-learn's says.
from sklearn.utils._user_interface import _print_elapsed_time

# Weights as given, or ones: the check has no public name.
from sklearn.utils.validation import _check_sample_weight as check_sample_weight
from sklearn.utils.validation import _num_samples, validate_data

__all__ = [
    "DocumentedHere",
    "HasMethods",
    "InputTags",
    "Interval",
    "NaNAsItsLearner",
    "SamplerTags",
    "StepsPassedBy",
    "StrOptions",
    "Tags",
    "TargetTags",
    "check_arguments",
    "check_parameters",
    "check_sample_weight",
    "constraints_of",
    "count_entries",
    "take_entries",
]

Function = TypeVar("Function", bound=Callable[..., Any])


def _route_metadata_to_fit_resample() -> None:
    """Let a sampler of a user's own have ``set_fit_resample_request``; imbalanced-learn may have been here before."""
    for methods in (_routing.METHODS, _routing.SIMPLE_METHODS):
        if "fit_resample" not in methods:
            methods.append("fit_resample")


_route_metadata_to_fit_resample()


class _Parameters(NamedTuple):
    """What is the same for all estimators of a class; to find it out takes longer than to balance a small table."""

    names: list[str] | None  # None where the class has a way of its own to tell its parameters
    listed: dict[str, Any]  # what it says of them
    constraints: dict[str, list[Any]]  # those that scikit-learn makes of that


_parameters_of: weakref.WeakKeyDictionary[type, _Parameters] = weakref.WeakKeyDictionary()


def _parameters(estimator: Any) -> _Parameters:
    kind, listed = type(estimator), estimator._parameter_constraints
    found = _parameters_of.get(kind)
    if found is None or found.listed is not listed:  # others by now, or of this estimator alone
        names = kind._get_param_names() if kind.get_params is BaseEstimator.get_params else None
        checked = {name: said for name, said in listed.items() if said != "no_validation"}
        constraints = {name: [make_constraint(constraint) for constraint in said] for name, said in checked.items()}
        found = _parameters_of[kind] = _Parameters(names, listed, constraints)
    return found


def check_parameters(estimator: Any) -> None:
    """Raise scikit-learn's error if a parameter of the estimator is of a wrong type or out of range."""
    if sklearn.get_config()["skip_parameter_validation"]:
        return
    names, _, constraints = _parameters(estimator)
    given = estimator.get_params(deep=False) if names is None else {name: getattr(estimator, name) for name in names}
    for name, value in given.items():
        if name in constraints and not any(one.is_satisfied_by(value) for one in constraints[name]):
            validate_parameter_constraints(estimator._parameter_constraints, {name: value}, type(estimator).__name__)


def constraints_of(estimator: type) -> dict[str, Any]:
    """What the parameters of one of scikit-learn's estimators may be."""
    constraints: dict[str, Any] = estimator._parameter_constraints  # type: ignore[attr-defined]
    return constraints


def check_arguments(constraints: dict[str, Any]) -> Callable[[Function], Function]:
    """Decorate a function to raise scikit-learn's error if an argument is of a wrong type or out of range."""
    decorate: Callable[[Function], Function] = validate_params(constraints, prefer_skip_nested_validation=True)
    return decorate


def count_entries(array: Any) -> int | None:
    """How many rows or entries an array-like of any kind has; None for what is none."""
    if isinstance(array, (str, bytes, Mapping, Set)):
        return None
    try:
        return int(_num_samples(array))
    except TypeError:
        return None


def take_entries(array: Any, rows: Any, X: Any) -> Any:
    """Some rows or entries of an array-like of any kind, to stand beside the table `X` of these rows."""
    taken = _safe_indexing(indexable(array)[0], rows)
    if hasattr(taken, "iloc") and hasattr(X, "iloc"):
        taken.index = X.index
    return taken


@dataclass(slots=True)
class InputTags(_InputTags):
    """scikit-learn's description of the data an estimator takes, and whether that includes dataframes."""

    dataframe: bool = False


@dataclass(slots=True)
class SamplerTags:
    """What a sampler leaves behind.

    Parameters
    ----------
    sample_indices : bool, default=False
        Whether it has `sample_indices_`, the row numbers of the rows it has chosen.
    """

    sample_indices: bool = False


@dataclass(slots=True)
class Tags(_Tags):
    """scikit-learn's description of an estimator, and what is special to a sampler."""

    input_tags: InputTags = field(default_factory=InputTags)
    sampler_tags: SamplerTags | None = None


class DocumentedHere:
    """For estimators whose HTML representation links to their page of the reference, as scikit-learn's do.

    The documentation has no address of its own. It is where the environment variable FASTBAL_DOCS says (the URL of a
    folder or of a server), or in build/site beside the package, where `python -m docs.website build` puts it. If it is
    in neither place there is no link.
    """

    @property
    def _doc_link_module(self) -> str:
        return "fastbal" if _documentation() else ""

    @property
    def _doc_link_template(self) -> str:
        return f"{_documentation()}/api/{{estimator_module}}.{{estimator_name}}.html"


def _documentation() -> str:
    """Where the built site is, without a slash at the end; empty if it is nowhere."""
    if said := os.environ.get("FASTBAL_DOCS"):
        return said.rstrip("/")
    built = Path(__file__).parents[1] / "build" / "site"
    return built.as_uri() if (built / "index.html").is_file() else ""


class NaNAsItsLearner(DocumentedHere):
    """For subclasses of AdaBoostClassifier: NaN is taken where the tags say so.

    AdaBoost reads each table it predicts in `_check_X`, which refuses NaN, and there is no public way round it.
    """

    def _check_X(self, X: Any) -> Any:
        return validate_data(
            self, X, accept_sparse=["csr", "csc"], dtype=None, ensure_all_finite=self._finite(), reset=False
        )

    def _finite(self) -> Any:
        """What `validate_data` is to check."""
        return "allow-nan" if get_tags(self).input_tags.allow_nan else True


class StepsPassedBy(DocumentedHere):
    """For subclasses of scikit-learn's Pipeline: its methods pass by the steps of which `_passes_by` is true.

    There is no public way to tell them so, nor to check the steps by rules of one's own, in `_check_steps`.
    """

    _get_metadata_for_step: Any
    _log_message: Any
    _validate_names: Any

    def _passes_by(self, step: Any) -> bool:
        raise NotImplementedError

    def _check_steps(self) -> None:
        raise NotImplementedError

    def _iter(self, with_final: bool = True, filter_passthrough: bool = True) -> Iterator[tuple[int, str, Any]]:
        """The steps that take part once the pipeline is fitted: scikit-learn's `predict` and others go by this."""
        for index, name, step in super()._iter(with_final, filter_passthrough):  # type: ignore[misc]
            if not self._passes_by(step):
                yield index, name, step

    @property
    def _last(self) -> Any:
        """The last step; None if there is none, or nobody has checked the steps yet."""
        return super()._final_estimator  # type: ignore[misc]

    @property
    def _final_estimator(self) -> Any:
        """The last step as scikit-learn's methods see it: one passed by hands on what it is given."""
        return "passthrough" if self._passes_by(self._last) else self._last

    def _validate_steps(self) -> None:
        self._check_steps()

    def _check_names(self, names: Any) -> None:
        self._validate_names(names)

    def _given_to_step(self, index: int, given: Any, params: Any) -> Any:
        """What a step is given: its own, and what `transform_input` names, as the steps before have made it."""
        return self._get_metadata_for_step(step_idx=index, step_params=given, all_params=params)

    def _timed(self, index: int) -> AbstractContextManager[None]:
        """With `verbose`, says what a step has done and how long it took."""
        timed: AbstractContextManager[None] = _print_elapsed_time("Pipeline", self._log_message(index))
        return timed
