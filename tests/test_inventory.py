"""Everything public in imbalanced-learn 0.14 is in fastbal, under the same path and with the same parameters."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import warnings
from collections.abc import Iterator
from inspect import Parameter
from types import ModuleType
from typing import Any

import imblearn
import pytest

import fastbal

#: imbalanced-learn's modules without an underscore.
MODULES = (
    "base",
    "combine",
    "datasets",
    "ensemble",
    "exceptions",
    "keras",
    "metrics",
    "metrics.pairwise",
    "model_selection",
    "over_sampling",
    "over_sampling.base",
    "pipeline",
    "tensorflow",
    "under_sampling",
    "under_sampling.base",
    "utils",
    "utils.deprecation",
    "utils.estimator_checks",
    "utils.testing",
)

#: What fastbal does without, each with its reason.
LEFT_OUT = {
    "base_estimator_": "scikit-learn has had none since 1.4; it is estimator_",
    "deprecate_parameter": "how imbalanced-learn renames the parameters of its own samplers",
    "excluded_params": "a variable of imbalanced-learn's loop over parameters, left in the class by mistake",
    "param": "as above",
    "sample_dataset_generator": "the data of imbalanced-learn's own checks",
    "use_sequence_api": "told Keras 2 that batches are numbered",
}


def imported(library: str, module: str) -> ModuleType:
    if module == "keras":
        pytest.importorskip("keras.utils")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what importing TensorFlow warns of is not ours
        return importlib.import_module(f"{library}.{module}")


def public_names(module: ModuleType) -> list[str]:
    """What `__all__` lists, or else what the module defines, without what is left out."""
    own = [name for name, value in vars(module).items() if getattr(value, "__module__", None) == module.__name__]
    names = getattr(module, "__all__", [name for name in own if not name.startswith("_")])
    return [name for name in names if name not in LEFT_OUT]


def pairs(module: str) -> Iterator[tuple[str, Any, Any]]:
    """Names, and what they stand for in imbalanced-learn and in fastbal (None if it is not there)."""
    theirs = imported("imblearn", module)
    names = public_names(theirs)
    ours = imported("fastbal", module) if names else None
    for name in names:
        yield name, getattr(theirs, name), getattr(ours, name, None)


def parameters(function: Any) -> list[Parameter]:
    return list(inspect.signature(function).parameters.values())


def called(parameter: Parameter) -> str:
    """What a caller knows a parameter by: `*args` and `**params` may have any name."""
    return (
        str(parameter.kind) if parameter.kind in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD) else parameter.name
    )


def differences(theirs: Any, ours: Any) -> Iterator[str]:
    """In what a call that imbalanced-learn takes would differ; more parameters, and defaults for more, are fine."""
    named = {called(parameter): parameter for parameter in parameters(ours)}
    for expected in parameters(theirs):
        got = named.pop(called(expected), None)
        if got is None or got.kind != expected.kind:
            yield f"{expected} is {got} of kind {got and got.kind.description}, not {expected.kind.description}"
        elif expected.default is not Parameter.empty and got.default != expected.default:
            yield f"{expected} is {got}"
    for more in named.values():
        if more.default is Parameter.empty and more.kind not in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD):
            yield f"{more} is required"
    positional = [[one.name for one in parameters(f) if one.kind == one.POSITIONAL_OR_KEYWORD] for f in (theirs, ours)]
    if positional[1][: len(positional[0])] != positional[0]:
        yield f"positions are {positional[1]}, not {positional[0]}"


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_is_there(module: str) -> None:
    missing = [name for name, _, ours in pairs(module) if ours is None]
    assert not missing


@pytest.mark.parametrize("module", MODULES)
def test_every_function_and_class_takes_the_same_parameters(module: str) -> None:
    different = {
        name: list(differences(theirs, ours))
        for name, theirs, ours in pairs(module)
        if ours is not None and callable(theirs)
    }
    assert not {name: how for name, how in different.items() if how}


@pytest.mark.parametrize("module", MODULES)
def test_every_class_has_the_same_public_methods(module: str) -> None:
    missing = [
        f"{name}.{method}"
        for name, theirs, ours in pairs(module)
        if ours is not None and inspect.isclass(theirs)
        for method in dir(theirs)
        if not method.startswith("_") and method not in LEFT_OUT and not hasattr(ours, method)
    ]
    assert not missing


def test_every_public_method_takes_the_same_parameters() -> None:
    methods = {
        "base combine over_sampling under_sampling": "fit fit_resample get_feature_names_out set_params get_params",
        "metrics.pairwise": "fit pairwise",
        "model_selection": "split get_n_splits",
    }
    different = {
        f"{name}.{method}": list(differences(getattr(theirs, method), getattr(ours, method)))
        for modules, names in methods.items()
        for module in modules.split()
        for name, theirs, ours in pairs(module)
        if inspect.isclass(theirs)
        for method in names.split()
        if hasattr(theirs, method)
    }
    assert {"ValueDifferenceMetric.pairwise", "InstanceHardnessCV.split"} <= set(different)
    assert not {name: how for name, how in different.items() if how}


def test_the_package_itself() -> None:
    assert set(imblearn.__all__) <= set(fastbal.__all__)
    assert not list(differences(imblearn.show_versions, fastbal.show_versions))


def test_no_module_of_imbalanced_learn_is_forgotten() -> None:
    modules = pkgutil.walk_packages(imblearn.__path__, "imblearn.", onerror=lambda name: None)
    found = {info.name.partition(".")[2] for info in modules}
    public = {name for name in found if "._" not in f".{name}" and ".tests" not in f".{name}"}
    assert public == set(MODULES)
