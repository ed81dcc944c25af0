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
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest
from sklearn.base import BaseEstimator

import fastbal

PACKAGE = Path(fastbal.__file__).parent

#: From the ground up. A file stands on the floor that names it, or else on the one that names its package; it imports
#: from lower floors, and from its own package.
FLOORS = [
    {"fastbal", "_kernels"},
    {"_core"},
    {"_progress", "_sklearn", "_writing", "exceptions", "utils._docstring", "utils._validation"},
    {"_containers"},
    {"_containers.arrays", "_containers.frames", "_containers.labels"},
    {"_containers.from_pandas", "_containers.from_narwhals"},
    {"_containers.read"},
    {"_containers.beside", "_meta", "metrics", "neighbors"},
    {"_neighborhood"},
    {"utils"},
    {"_learner_weights", "base"},
    {"_training_prior"},
    {"calibration", "model_selection", "over_sampling", "pipeline", "under_sampling"},
    {"combine", "datasets", "ensemble"},
    {"_streaming"},
    {"tensorflow"},
    {"keras"},
    {"study"},
    {"_patch", "_show_versions", "cli", "utils.estimator_checks", "utils.testing"},
    {"__main__"},
]

#: Imports against the direction or in a circle, each with its reason.
EXCEPTIONS: dict[tuple[str, str], str] = {}


def modules() -> list[str]:
    """Every module of the package that can be imported without running something."""
    names = [info.name for info in pkgutil.walk_packages([str(PACKAGE)], "fastbal.")]
    return [name for name in names if not name.endswith("__main__")]


def _name_of(path: Path) -> str:
    name = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    return name.removeprefix("fastbal.").removesuffix(".__init__").replace("__init__", "fastbal")


#: Every Python file of the package, by its name without "fastbal."
FILES = {_name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def floor(file: str) -> int:
    """The number of a file's floor."""
    return next(number for name in (file, *packages_of(file)) for number, names in enumerate(FLOORS) if name in names)


def packages_of(file: str) -> list[str]:
    """The packages a file is in, without fastbal itself, from the inside out."""
    parts = file.split(".")
    return [".".join(parts[:n]) for n in range(len(parts) - 1, 0, -1)]


def imports_of(file: str) -> set[str]:
    """Files of the package that a file loads: at its top, inside functions, or for its types."""
    found = set()
    for imported in imported_by(file):
        name = imported.removeprefix("fastbal.")
        if imported.split(".")[0] == "fastbal" and name in FILES:
            # Before a file of a package, the package itself is loaded.
            found |= {name, *packages_of(name)} - {file, *packages_of(file)}
    return {imported for imported in found if (file, imported) not in EXCEPTIONS}


def imported_by(file: str) -> Iterator[str]:
    """Modules that a file imports, also inside functions."""
    for node in ast.walk(ast.parse(FILES[file].read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if importable(name) else node.module for name in names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            yield from (name.value for name in node.args if isinstance(name, ast.Constant))


def importable(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, AttributeError):
        return False


def test_each_file_has_a_floor_and_each_floor_has_files() -> None:
    named = [name for names in FLOORS for name in names]
    assert len(named) == len(set(named))
    assert set(named) <= set(FILES)
    assert all(floor(file) >= 0 for file in FILES)


@pytest.mark.parametrize("file", FILES)
def test_imports_point_down(file: str) -> None:
    for imported in imports_of(file):
        is_beside = imported.split(".")[0] == file.split(".")[0] and floor(imported) == floor(file)
        assert is_beside or floor(imported) < floor(file), f"{file} imports {imported}"


def test_imports_make_no_circle() -> None:
    TopologicalSorter({file: imports_of(file) for file in FILES}).prepare()  # raises CycleError, which names the circle


def test_exceptions_are_needed() -> None:
    for file, imported in EXCEPTIONS:
        assert f"fastbal.{imported}" in imported_by(file), f"{file} imports {imported} no longer: take it out"


@pytest.mark.parametrize("file", [file for file in FILES if file.startswith("_kernels.")])
def test_a_kernel_file_imports_numpy_numba_and_other_kernels(file: str) -> None:
    for imported in imported_by(file):
        if file != "_kernels._jit":
            outside = imported.split(".")[0] in {*sys.stdlib_module_names, "llvmlite", "numba", "numpy"}
            assert outside or imported.startswith("fastbal._kernels")


def test_only_containers_know_dataframes_and_only_sklearn_private_names() -> None:
    for file in FILES:
        for imported in imported_by(file):
            if imported.split(".")[0] in {"pandas", "polars", "pyarrow", "narwhals"}:
                assert file.startswith(("_containers.from_", "cli.", "utils.")), f"{file} imports {imported}"
            if imported.startswith("sklearn.") and "._" in imported:
                assert file == "_sklearn", f"{file} imports {imported}"


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
