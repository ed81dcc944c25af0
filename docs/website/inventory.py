"""Every public name of fastbal, found by looking."""

from __future__ import annotations

import functools
import importlib
import inspect
import itertools
import pkgutil
import warnings
from types import ModuleType
from typing import Any

import fastbal

#: What is no name to be looked up: the version, and how the command line is made.
LEFT_OUT = {"fastbal.__version__"}


def is_public(module: str) -> bool:
    """Whether a module is one that users import from."""
    parts = module.split(".")
    return not any(part.startswith("_") for part in parts) and "cli" not in parts


def modules() -> list[str]:
    """The public modules, fastbal itself first."""
    found = (info.name for info in pkgutil.walk_packages(fastbal.__path__, "fastbal."))
    return ["fastbal", *sorted(name for name in found if is_public(name))]


def exported(module: ModuleType) -> list[str]:
    """What `__all__` lists, or else what the module defines; modules are no names."""
    defined = [name for name, value in vars(module).items() if getattr(value, "__module__", None) == module.__name__]
    names = getattr(module, "__all__", [name for name in defined if not name.startswith("_")])
    return [name for name in names if not inspect.ismodule(getattr(module, name))]


@functools.cache
def everywhere() -> dict[str, Any]:
    """Each public name with its module, and what it stands for; what several modules hand out comes several times."""
    found = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what importing TensorFlow warns of is not ours
        for name in modules():
            module = importlib.import_module(name)
            found.update({f"{name}.{one}": getattr(module, one) for one in exported(module)})
    return {name: value for name, value in found.items() if name not in LEFT_OUT}


@functools.cache
def public() -> dict[str, Any]:
    """Each public thing once: by the module in which it is made, or else by the shortest of its names."""
    found = {}

    def rank(item: tuple[str, Any]) -> tuple[bool, int, str]:
        module, _, _ = item[0].rpartition(".")
        made = getattr(item[1], "__module__", None) or module
        return module != ".".join(itertools.takewhile(is_public, made.split("."))), module.count("."), item[0]

    for name, value in sorted(everywhere().items(), key=rank):
        is_alias = inspect.isclass(value) or inspect.isfunction(value)
        if not (is_alias and any(value is other for other in found.values())):
            found[name] = value
    return found


def other_names(name: str) -> list[str]:
    """The other modules' names for the same class or function."""
    value = public()[name]
    if not (inspect.isclass(value) or inspect.isfunction(value)):
        return []
    return [other for other, same in everywhere().items() if same is value and other != name]
