"""Rules of the house that a test can keep: imports point down, importing is light, documented defaults are true."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sklearn.base import BaseEstimator

import fastbal

PACKAGE = Path(fastbal.__file__).parent

#: Lower floors may not import higher ones; a module stands on the floor of its longest listed prefix.
FLOORS = {
    "fastbal._kernels": 0,
    "fastbal._core": 1,
    "fastbal._progress": 2,
    "fastbal._sklearn": 2,
    "fastbal.exceptions": 2,
    "fastbal.utils": 2,
    "fastbal._tables": 3,
    "fastbal._frames": 3,
    "fastbal._neighborhood": 3,
    "fastbal._extra": 3,
    "fastbal.base": 4,
    "fastbal.neighbors": 5,
    "fastbal.over_sampling": 5,
    "fastbal.under_sampling": 5,
    "fastbal.metrics": 5,
    "fastbal._streaming": 6,
    "fastbal.combine": 6,
    "fastbal.datasets": 6,
    "fastbal.pipeline": 6,
    "fastbal.ensemble": 6,
    "fastbal.calibration": 6,
    "fastbal.model_selection": 6,
    "fastbal.keras": 7,
    "fastbal.tensorflow": 7,
    "fastbal.study": 8,
    "fastbal.cli": 9,
    "fastbal": 6,  # hands out names lazily, and the version
}

#: Imports against the direction, each with its reason.
EXCEPTIONS = {
    ("fastbal.utils._validation", "fastbal.neighbors"): "a number of neighbours becomes a search, inside a function",
}


def modules() -> list[str]:
    """Every module of the package."""
    names = [info.name for info in pkgutil.walk_packages([str(PACKAGE)], "fastbal.")]
    return [name for name in names if not name.endswith("__main__")]


def floor(module: str) -> int:
    return FLOORS[max((prefix for prefix in FLOORS if f"{module}.".startswith(f"{prefix}.")), key=len)]


def imported_by(module: str) -> Iterator[str]:
    """Modules of fastbal that a module imports, also inside functions."""
    spec = importlib.util.find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    for node in ast.walk(ast.parse(Path(spec.origin).read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if importable(name) else node.module for name in names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def importable(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, AttributeError):
        return False


@pytest.mark.parametrize("module", modules())
def test_imports_point_down(module: str) -> None:
    for imported in imported_by(module):
        if imported.split(".")[0] == "fastbal" and (module, imported) not in EXCEPTIONS:
            assert floor(imported) <= floor(module), f"{module} imports {imported}"


@pytest.mark.parametrize("module", [module for module in modules() if module.startswith("fastbal._kernels.")])
def test_a_kernel_file_imports_numpy_numba_and_other_kernels(module: str) -> None:
    for imported in imported_by(module):
        if not module.endswith("_jit"):
            outside = imported.split(".")[0] in {*sys.stdlib_module_names, "llvmlite", "numba", "numpy"}
            assert outside or imported.startswith("fastbal._kernels")


def test_only_frames_knows_dataframes_and_only_sklearn_private_names() -> None:
    for module in modules():
        for imported in imported_by(module):
            if module.startswith("fastbal.cli"):
                continue
            if imported.split(".")[0] in {"pandas", "polars", "pyarrow", "narwhals"}:
                assert module == "fastbal._frames", f"{module} imports {imported}"
            if imported.startswith("sklearn.") and "._" in imported:
                assert module == "fastbal._sklearn", f"{module} imports {imported}"


LIGHT = """
import time
start = time.perf_counter()
import fastbal
seconds = time.perf_counter() - start
import sys
print(seconds, sorted({module.split(".")[0] for module in sys.modules}))
"""


def run(script: str) -> Any:
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout


def test_importing_fastbal_takes_no_time() -> None:
    runs = [run(LIGHT).split(" ", 1) for _ in range(5)]
    assert min(float(seconds) for seconds, _ in runs) < 0.020
    loaded = set(ast.literal_eval(runs[0][1]))
    assert not loaded & {"numba", "numpy", "scipy", "sklearn", "pandas", "polars", "keras", "tensorflow", "matplotlib"}


def test_samplers_import_no_optional_library() -> None:
    script = "import sklearn.base, {}, sys; print(sorted(sys.modules))"
    before, after = (
        {module.split(".")[0] for module in ast.literal_eval(run(script.format(imported)))}
        for imported in ("sys", "fastbal.over_sampling, fastbal.under_sampling")
    )
    loaded = after - before  # scikit-learn 1.9 imports pandas where it is installed
    assert not loaded & {"pandas", "polars", "pyarrow", "keras", "tensorflow", "matplotlib", "rich", "imblearn"}


def test_names_are_handed_out_lazily() -> None:
    assert set(fastbal.__all__) <= set(dir(fastbal))
    for name in fastbal.__all__:
        assert getattr(fastbal, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        fastbal.nonsense  # noqa: B018


def estimators() -> list[Any]:
    """Every public estimator."""
    found = {
        value
        for module in modules()
        if not module.startswith(("fastbal._", "fastbal.cli"))
        for value in vars(importlib.import_module(module)).values()
        if inspect.isclass(value) and issubclass(value, BaseEstimator) and value.__module__.startswith("fastbal")
    }
    return sorted(found, key=lambda value: value.__name__)


def functions() -> list[Any]:
    """Every public function; checks of samplers are called by pytest, all alike."""
    public = [importlib.import_module(name) for name in modules() if "._" not in name and "_checks" not in name]
    found = [getattr(module, name) for module in public for name in getattr(module, "__all__", [])]
    return sorted({value for value in found if inspect.isfunction(value)}, key=lambda function: function.__name__)


@pytest.mark.parametrize("function", [*estimators(), *functions()])
def test_documented_defaults_are_the_defaults(function: Any) -> None:
    parameters = inspect.signature(function).parameters.values()
    doc = inspect.getdoc(function) or ""
    section = re.search(r"\nParameters\n-+\n(.*?)(\n\w[\w ]*\n-+\n|\Z)", doc, re.DOTALL)
    documented = dict(re.findall(r"^\**(\w+) : (.*)$", section.group(1) if section else "", re.MULTILINE))
    expected = {parameter.name: parameter.default for parameter in parameters}
    assert set(documented) == set(expected)
    for name, default in expected.items():
        if default is not inspect.Parameter.empty:
            stated = re.search(r"default=(.+)$", documented[name])
            assert stated, f"{name} : {documented[name]} states no default"
            assert ast.literal_eval(stated.group(1)) == default


SAMPLERS = [e for e in estimators() if hasattr(e, "fit_resample") and not e.__name__.startswith("Base")]


@pytest.mark.parametrize("estimator", SAMPLERS)
def test_what_a_sampler_leaves_is_documented(estimator: Any) -> None:
    doc = inspect.getdoc(estimator) or ""
    for attribute in ("sampling_strategy_", "n_features_in_", "feature_names_in_"):
        assert attribute in doc


@pytest.mark.parametrize("module", modules())
def test_the_first_line_of_a_file_says_what_it_is_about(module: str) -> None:
    if module.startswith(("fastbal._kernels", "fastbal.cli")):
        spec = importlib.util.find_spec(module)
        doc = ast.get_docstring(ast.parse(Path(spec.origin).read_text()))  # type: ignore[union-attr,arg-type]
    else:
        doc = importlib.import_module(module).__doc__
    assert doc
    assert doc.splitlines()[0].endswith((".", ":", "?"))
