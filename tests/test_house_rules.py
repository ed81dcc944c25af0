"""Rules of the house that a test can keep: imports point down, importing is light, documented defaults are true."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest
from numba.core.errors import NumbaDeprecationWarning, NumbaPendingDeprecationWarning
from numpy.exceptions import VisibleDeprecationWarning
from sklearn.base import BaseEstimator
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import all_estimators

import fastbal
from fastbal import FunctionSampler

PACKAGE = Path(fastbal.__file__).parent

#: From the ground up. A file stands on the floor that names it, or else on the one that names its package; it imports
#: from lower floors, and from its own package.
FLOORS = [
    {"_address_space"},
    {"fastbal", "_kernels"},
    {"_core"},
    {"_columns", "_compiling", "_progress", "_separators", "_sklearn", "_writing", "exceptions", "utils._docstring"},
    {"_containers"},
    {"_containers.arrays", "_containers.frames", "_containers.labels"},
    {"_containers.from_pandas", "_containers.from_narwhals"},
    {"_containers.read"},
    {"_containers.beside", "_meta", "metrics", "neighbors"},
    {"_foreign", "_neighborhood", "_problem"},
    {"_learner_weights", "base", "utils"},
    {"_training_prior"},
    {"calibration", "model_selection", "over_sampling", "pipeline", "under_sampling"},
    {"combine", "datasets", "ensemble", "multilabel", "regression"},
    {"_networks", "outofcore"},
    {"_streaming"},
    {"spark", "tensorflow"},
    {"keras", "torch"},
    {"study"},
    {"auditing", "_warm_up"},
    {"_patch", "_show_versions", "cli", "utils.estimator_checks", "utils.testing"},
    {"__main__"},
]

#: Imports against the direction or in a circle, each with its reason.
EXCEPTIONS: dict[tuple[str, str], str] = {
    ("base", "outofcore"): "collections of Dask's are resampled by the same classes; loaded when one is handed in",
}


#: Packages for libraries that not every environment has; what is absent here cannot be imported.
ABSENT = {name for name in ("torch",) if importlib.util.find_spec(name) is None}


def modules() -> list[str]:
    """Every module of the package that can be imported without running something."""
    names = [info.name for info in pkgutil.walk_packages([str(PACKAGE)], "fastbal.")]
    return [name for name in names if not name.endswith("__main__") and name.split(".")[1] not in ABSENT]


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


def test_only_containers_know_dataframes() -> None:
    for file in FILES:
        for imported in imported_by(file):
            if imported.split(".")[0] in {"pandas", "polars", "pyarrow", "narwhals"}:
                may_know = ("_containers.from_", "cli.", "outofcore", "spark", "utils.")
                assert file.startswith(may_know), f"{file} imports {imported}"


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def imported_from_sklearn(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """What a file calls what it imports from scikit-learn, and its full name there."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "sklearn":
                    yield alias.asname or "sklearn", alias.name if alias.asname else "sklearn"
                    yield "", alias.name
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "sklearn":
            yield from ((alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names)


def attributes(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """What stands before and after each dot; also of `getattr` and its kin."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield ast.unparse(node.value), node.attr
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("getattr", "hasattr", "setattr", "delattr"):
            names = [name for name in node.args[1:2] if isinstance(name, ast.Constant)]
            yield from ((ast.unparse(node.args[0]), str(name.value)) for name in names)


def defined_in_sklearn(class_: type) -> set[str]:
    """The private names that a class inherits from scikit-learn."""
    above = [above for above in class_.__mro__ if above.__module__.split(".")[0] == "sklearn"]
    return {name for above_it in above for name in vars(above_it) if is_private(name)} - MADE_FOR_EACH_CLASS


#: Every estimator is expected to list what its parameters may be; the others come into being with each class.
MADE_FOR_EACH_CLASS = {"_parameter_constraints", "_abc_impl", "_sklearn_auto_wrap_output_keys"}


def private_names_of_sklearn(tree: ast.Module, classes: dict[str, type], theirs: set[str]) -> Iterator[str]:
    """Private names of scikit-learn in a file: imported, looked up, overridden or inherited."""
    imported = dict(imported_from_sklearn(tree))
    yield from (name for _, name in imported_from_sklearn(tree) if any(map(is_private, name.split("."))))
    for before, name in attributes(tree):
        is_of_sklearn = before.split(".")[0] in imported or name in theirs
        if is_of_sklearn and any(map(is_private, [*before.split("."), name])):
            yield f"{before}.{name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name in classes:
            inherited = defined_in_sklearn(classes[node.name])
            members = {getattr(member, "name", "") for member in node.body}
            names = {name for before, name in attributes(node) if before in ("self", "cls", "super()")}
            yield from (f"{node.name}.{name}" for name in inherited & (members | names))


@pytest.fixture(scope="module")
def private_names_of_estimators() -> set[str]:
    """Private names of scikit-learn's estimators that no class of fastbal has, too."""
    theirs = {name for _, estimator in all_estimators() for name in defined_in_sklearn(estimator)}
    ours = {
        node.name
        for path in FILES.values()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    }
    return theirs - ours


@pytest.mark.parametrize(
    "file",
    [
        file
        for file in FILES
        if file != "_sklearn" and not file.endswith("__main__") and file.split(".")[0] not in ABSENT
    ],
)
def test_only_one_file_knows_private_names_of_sklearn(file: str, private_names_of_estimators: set[str]) -> None:
    module = importlib.import_module("fastbal" if file == "fastbal" else f"fastbal.{file}")
    classes = {name: value for name, value in vars(module).items() if inspect.isclass(value)}
    found = set(private_names_of_sklearn(ast.parse(FILES[file].read_text()), classes, private_names_of_estimators))
    assert not found


def test_private_names_of_sklearn_are_found() -> None:
    class Mine(DecisionTreeClassifier):
        pass

    source = """
import sklearn.utils._indexing
import sklearn.utils as tools
from sklearn import pipeline
from sklearn.utils import _param_validation
from sklearn.utils.validation import _num_samples as count, validate_data
tools._tags.Tags
pipeline._final_estimator
pipeline.Pipeline._iter
forest._validate_estimator()
getattr(forest, "_set_oob_score")
self.own._mine
class Mine(DecisionTreeClassifier):
    def _fit(self): ...
    def _own(self): super()._prune_tree()
"""
    theirs = {"_validate_estimator", "_set_oob_score"}
    assert set(private_names_of_sklearn(ast.parse(source), {"Mine": Mine}, theirs)) == {
        "sklearn.utils._indexing",
        "sklearn.utils._param_validation",
        "sklearn.utils.validation._num_samples",
        "tools._tags",
        "tools._tags.Tags",
        "pipeline._final_estimator",
        "pipeline.Pipeline._iter",
        "forest._validate_estimator",
        "forest._set_oob_score",
        "Mine._fit",
        "Mine._prune_tree",
    }


#: Functions and classes that several files have under one name, each with its reason.
SHARED_NAMES = {
    "audit": "the subcommand, its work, and the function of the library that it calls",
    "check_target_type": "imbalanced-learn calls both so: what flattens labels, and what checks a sampler",
    "compare": "the subcommand, its work, and the function of the library that it calls",
    "info": "the subcommand and its work",
    "main": "what starts a program",
    "resample": "the subcommand, its work, its work in pieces, and the function of the library that it calls",
    "warm_up": "the subcommand, its work, and the function of the library that it calls",
}

#: Words that go with a noun, and say nothing without one.
NOT_A_NAME = {"again", "of", "own"}


def defined_at_the_top(tree: ast.AST) -> set[str]:
    """Functions and classes of a file; not those in other functions or classes."""
    found = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
        else:
            found |= defined_at_the_top(node)
    return found


def names_given(tree: ast.AST) -> Iterator[str]:
    """What variables, parameters, attributes, functions, classes and imports are called in a file."""
    for node in ast.walk(tree):
        yield from (getattr(node, field) for field in ("id", "arg", "attr", "name", "asname") if hasattr(node, field))


def test_a_name_means_one_thing() -> None:
    files_of: dict[str, list[str]] = {}
    for file, path in FILES.items():
        for name in defined_at_the_top(ast.parse(path.read_text())) - {"__getattr__", "__dir__"}:
            files_of.setdefault(name, []).append(file)
    shared = {name: files for name, files in files_of.items() if len(files) > 1}
    assert not {name: files for name, files in shared.items() if name not in SHARED_NAMES}
    assert set(SHARED_NAMES) == set(shared), "not shared any more: take it out"


@pytest.mark.parametrize("file", FILES)
def test_names_say_what_they_hold(file: str) -> None:
    assert not NOT_A_NAME & set(names_given(ast.parse(FILES[file].read_text())))


def test_names_are_found() -> None:
    source = """
try:
    import much as of
except ImportError:
    def one(own): ...
class Two:
    def three(self): self.again = four
"""
    assert defined_at_the_top(ast.parse(source)) == {"one", "Two"}
    assert {"of", "own", "again", "one", "Two", "three", "four"} <= set(names_given(ast.parse(source)))


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
    heavy = {"numba", "numpy", "scipy", "sklearn", "pandas", "polars", "keras", "tensorflow", "torch", "matplotlib"}
    assert not loaded & heavy


def test_samplers_import_no_optional_library() -> None:
    script = "import sklearn.base, {}, sys; print(sorted(sys.modules))"
    before, after = (
        {module.split(".")[0] for module in ast.literal_eval(run(script.format(imported)))}
        for imported in ("sys", "fastbal.over_sampling, fastbal.under_sampling")
    )
    loaded = after - before  # scikit-learn 1.9 imports pandas where it is installed
    optional = {"pandas", "polars", "pyarrow", "keras", "tensorflow", "torch", "matplotlib", "rich", "imblearn"}
    assert not loaded & optional


def test_names_are_handed_out_lazily() -> None:
    assert set(fastbal.__all__) <= set(dir(fastbal))
    for name in set(fastbal.__all__) - ABSENT:
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
    has_strategy = "sampling_strategy" in inspect.signature(estimator).parameters or estimator is FunctionSampler
    for attribute in ("sampling_strategy_",) * has_strategy + ("n_features_in_", "feature_names_in_"):
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


@pytest.mark.parametrize(
    "category",
    [DeprecationWarning, VisibleDeprecationWarning, NumbaDeprecationWarning, NumbaPendingDeprecationWarning],
    ids=lambda category: category.__name__,
)
def test_what_numpy_and_numba_give_up_fails_here_first(category: type[Warning]) -> None:
    """Warnings are errors in tests: pyproject.toml says so, and no file may take it back for all."""
    with pytest.raises(category):
        warnings.warn("will go", category, stacklevel=1)
