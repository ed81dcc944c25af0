"""The only place that knows scikit-learn's private names, each with its reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any, TypeVar

import sklearn
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
    validate_parameter_constraints,
    validate_params,
)

# A pipeline with `verbose` says what scikit-learn's says.
from sklearn.utils._user_interface import _print_elapsed_time as print_elapsed_time

# Weights as given, or ones: the check has no public name.
from sklearn.utils.validation import _check_sample_weight as check_sample_weight
from sklearn.utils.validation import _num_samples, validate_data

__all__ = [
    "HasMethods",
    "InputTags",
    "Interval",
    "NaNAsItsLearner",
    "SamplerTags",
    "StrOptions",
    "Tags",
    "TargetTags",
    "check_arguments",
    "check_parameters",
    "check_sample_weight",
    "count_entries",
    "print_elapsed_time",
    "take_entries",
]

Function = TypeVar("Function", bound=Callable[..., Any])


def _route_metadata_to_fit_resample() -> None:
    """Let a sampler of a user's own have ``set_fit_resample_request``; imbalanced-learn may have been here before."""
    for methods in (_routing.METHODS, _routing.SIMPLE_METHODS):
        if "fit_resample" not in methods:
            methods.append("fit_resample")


_route_metadata_to_fit_resample()


def check_parameters(estimator: Any) -> None:
    """Raise scikit-learn's error if a parameter of the estimator is of a wrong type or out of range."""
    if not sklearn.get_config()["skip_parameter_validation"]:
        validate_parameter_constraints(
            estimator._parameter_constraints, estimator.get_params(deep=False), type(estimator).__name__
        )


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


class NaNAsItsLearner:
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
