"""Every estimator of fastbal for classes, for tests that run over all of them."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from typing import Any

from sklearn.base import BaseEstimator

_MODULES = (
    "base",
    "calibration",
    "combine",
    "ensemble",
    "metrics.pairwise",
    "model_selection",
    "neighbors",
    "over_sampling",
    "pipeline",
    "under_sampling",
)


def all_estimators(type_filter: str | list[str] | None = None) -> list[tuple[str, type]]:
    """List the estimators that fastbal exports, but for those of continuous targets (`fastbal.regression`).

    Parameters
    ----------
    type_filter : {"sampler"} or list of it, default=None
        Only what resamples; None lists all.

    Returns
    -------
    list of (str, type)
        Names and classes, sorted by name.

    Raises
    ------
    ValueError
        If `type_filter` is something else.

    Examples
    --------
    >>> from fastbal.utils.testing import all_estimators
    >>> all_estimators("sampler")[0]
    ('ADASYN', <class 'fastbal.over_sampling._adasyn.ADASYN'>)
    """
    kinds = [type_filter] if isinstance(type_filter, str) else type_filter
    if kinds is not None and set(kinds) != {"sampler"}:
        raise ValueError(f"type_filter must be 'sampler' or None, but it is {type_filter!r}.")
    found = dict(estimator for module in _MODULES for estimator in _estimators_of(module))
    return sorted((name, value) for name, value in found.items() if kinds is None or _is_sampler_class(value))


def _estimators_of(module: str) -> Iterator[tuple[str, type]]:
    loaded = importlib.import_module(f"fastbal.{module}")
    for name in loaded.__all__:
        value: Any = getattr(loaded, name)
        if inspect.isclass(value) and issubclass(value, BaseEstimator) and not name.startswith("Base"):
            yield name, value


def _is_sampler_class(estimator: type) -> bool:
    return getattr(estimator, "_estimator_type", None) == "sampler"
