"""What the benchmarks share: a title for each case, and the versions in the results."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from typing import Any

import joblib
import pytest

from benchmarks.cases import SMOKE

_missing: dict[str, str] = {}
_MEASURED = ("imbalanced-learn", "numba", "numpy", "pandas", "polars", "scikit-learn", "scikit-learn-intelex", "scipy")


def pytest_make_parametrize_id(val: object) -> str | None:
    """Cases are named by their names."""
    name = getattr(val, "name", None)
    return name if isinstance(name, str) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A smoke run takes the first and the last case of each benchmark: one made by rule, one real."""
    if SMOKE:
        of_test: dict[str, list[pytest.Item]] = {}
        for item in items:
            of_test.setdefault(item.nodeid.split("[")[0], []).append(item)
        items[:] = [item for cases in of_test.values() for item in dict.fromkeys((cases[0], cases[-1]))]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keeps what gave no measurement: a failure, or data that are not at hand."""
    if report.failed or report.skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else "failed"
        _missing[report.nodeid.rpartition("::")[2]] = reason.removeprefix("Skipped: ")


def pytest_benchmark_update_json(config: object, benchmarks: object, output_json: dict[str, Any]) -> None:
    """Adds what gave no measurement, and why."""
    output_json["missing"] = _missing


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
