"""What can be imported from imbalanced-learn can be imported from fastbal, and takes the same arguments."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
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


NAMES = [pair for module in MODULES for pair in public(module)]


@pytest.mark.parametrize(("module", "name"), NAMES)
def test_names_and_arguments_are_imbalanced_learns(module: str, name: str) -> None:
    ours, theirs = (
        getattr(importlib.import_module(f"{package}.{module}"), name) for package in ("fastbal", "imblearn")
    )
    assert arguments(ours) == arguments(theirs)
    if inspect.isclass(theirs):
        for method in (name for name in vars(theirs) if not name.startswith("_")):
            assert arguments(getattr(ours, method)) == arguments(getattr(theirs, method))


@pytest.mark.parametrize(("module", "name"), [pair for pair in NAMES if not pair[1][0].isupper()])
def test_documented_defaults_are_the_defaults(module: str, name: str) -> None:
    function = getattr(importlib.import_module(f"fastbal.{module}"), name)
    section = re.search(r"\nParameters\n-+\n(.*?)\n\w+\n-+\n", inspect.getdoc(function) or "", re.DOTALL)
    assert section
    documented = dict(re.findall(r"^(?:\*\*)?(\w+) : (.*)$", section.group(1), re.MULTILINE))
    parameters = inspect.signature(function).parameters.values()
    assert list(documented) == [parameter.name for parameter in parameters]
    for parameter in parameters:
        if parameter.default is not inspect.Parameter.empty:
            stated = documented[parameter.name].rpartition("default=")[2]
            assert ast.literal_eval(stated) == parameter.default
