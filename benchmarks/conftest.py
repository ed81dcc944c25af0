"""What the benchmarks share: a title for each case, and the versions in the results."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from typing import Any

import joblib

_MEASURED = ("imbalanced-learn", "numba", "numpy", "pandas", "polars", "scikit-learn", "scikit-learn-intelex", "scipy")


def pytest_make_parametrize_id(val: object) -> str | None:
    """Cases are named by their names."""
    name = getattr(val, "name", None)
    return name if isinstance(name, str) else None


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def pytest_benchmark_update_machine_info(config: object, machine_info: dict[str, Any]) -> None:
    """Adds cores that may be used, memory and the versions of everything measured."""
    import fastbal

    machine_info["cores"] = joblib.cpu_count()
    machine_info["memory_bytes"] = (
        os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else None
    )
    machine_info["versions"] = {
        "fastbal": fastbal.__version__,
        "python": platform.python_version(),
        **{package: _version(package) for package in _MEASURED},
    }
