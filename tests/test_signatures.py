"""What can be imported from imbalanced-learn can be imported from fastbal, and takes the same arguments."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import pytest

MODULES = ["metrics", "metrics.pairwise", "model_selection", "datasets"]


def public(module: str) -> list[tuple[str, str]]:
    theirs = importlib.import_module(f"imblearn.{module}")
    names = getattr(theirs, "__all__", ["ValueDifferenceMetric"])
    return [(module, name) for name in names]


def arguments(function: Any) -> list[tuple[str, Any, Any]]:
    parameters = inspect.signature(function).parameters.values()
    return [(parameter.name, parameter.kind, parameter.default) for parameter in parameters]


@pytest.mark.parametrize(("module", "name"), [pair for module in MODULES for pair in public(module)])
def test_names_and_arguments_are_imbalanced_learns(module: str, name: str) -> None:
    ours, theirs = (
        getattr(importlib.import_module(f"{package}.{module}"), name) for package in ("fastbal", "imblearn")
    )
    assert arguments(ours) == arguments(theirs)
    if inspect.isclass(theirs):
        for method in (name for name in vars(theirs) if not name.startswith("_")):
            assert arguments(getattr(ours, method)) == arguments(getattr(theirs, method))
