"""No kernel looks at memory that is no longer its own.

Numba frees an array after the last line that names it; a pointer or a borrowed view names nothing. So both may be taken
only of what a kernel is given. One test reads the sources, another the machine code.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba import njit

from fastbal._core import tree_search
from fastbal._core.neighbors import Index
from fastbal._kernels import _compiler, _jit, search
from fastbal._kernels.vector import pointers

OWNERLESS = {"pointers", "borrow"}


def functions(source: str) -> Iterator[ast.FunctionDef]:
    yield from (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef))


def called(node: ast.AST) -> str:
    target = node.func if isinstance(node, ast.Call) else None
    return target.id if isinstance(target, ast.Name) else target.attr if isinstance(target, ast.Attribute) else ""


def taken_of_its_own(function: ast.FunctionDef) -> list[str]:
    """What a kernel takes pointers of, or borrows, that it was not given, or that it has given another meaning."""
    given = {argument.arg for argument in function.args.args}
    made = {
        name.id
        for node in ast.walk(function)
        if isinstance(node, ast.Assign | ast.AugAssign | ast.For | ast.NamedExpr)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        for name in ast.walk(target)
        if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store) and not only_ownerless(node)
    }
    return [
        ast.unparse(argument)
        for node in ast.walk(function)
        if called(node) in OWNERLESS
        for argument in node.args  # type: ignore[attr-defined]
        if not (isinstance(argument, ast.Name) and argument.id in given - made)
    ]


def only_ownerless(node: ast.AST) -> bool:
    """Whether an assignment gives names nothing but pointers and borrowed views."""
    if not isinstance(node, ast.Assign):
        return False
    values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
    return all(called(part) in OWNERLESS for part in values)


FILES = sorted(Path(_jit.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("file", [file for file in FILES if file.name != "vector.py"], ids=lambda file: file.stem)
def test_pointers_are_taken_of_arguments_only(file: Path) -> None:
    for function in functions(file.read_text(encoding="utf-8")):
        assert not taken_of_its_own(function), f"{file.name}: {function.name}"


@pytest.mark.parametrize(
    "body",
    [
        "own = np.empty(8)\n    at = pointers(own)",
        "a = np.empty(8)\n    at = pointers(a)",
        "at = pointers(np.empty(8))",
        "at = pointers(a[2:])",
        "b = borrow(a.T)",
        "for a in b:\n        at = vector.borrow(a)",
        "a, b = borrow(a), np.empty(3)\n    at = pointers(b)",
    ],
)
def test_the_test_sees_pointers_to_own_arrays(body: str) -> None:
    (function,) = functions(f"def kernel(a, b):\n    {body}\n    return at")
    assert taken_of_its_own(function)


def allocations(function: Any, options: dict[str, Any], signature: Any) -> list[str]:
    """Where the machine code of a function, its inner functions included, allocates or frees; not what calls it."""
    fresh = njit(**options)(function)
    fresh.compile(signature)
    found, function = [], ""
    for line in fresh.inspect_llvm(fresh.signatures[0]).splitlines():
        if line.startswith("define"):
            function = line
        of_caller = re.search(r"@\"?(_ZN7cpython|cfunc\.|NRT_)", function)
        if not of_caller and re.search(
            r"call .*@NRT_(MemInfo_alloc|Allocate|MemInfo_new|Free|MemInfo_call_dtor)", line
        ):
            found.append(line.strip())
    return found


@pytest.mark.slow
@pytest.mark.parametrize("kernel", [search.search_leaves, search.search_pairs], ids=["leaves", "pairs"])
def test_the_code_of_the_search_allocates_and_frees_nothing(kernel: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    signatures = []

    def find(self: Any, kinds: Any, arguments: Any) -> Any:
        signatures.append(tuple(map(_compiler._kind, arguments)))
        return _jit.Kernel._find(self, kinds, arguments)

    called = _jit.Kernel(kernel.function, kernel.options)
    monkeypatch.setattr(called, "_find", lambda *arguments: find(called, *arguments), raising=False)
    monkeypatch.setattr(tree_search, kernel.__name__, called)
    Index(np.random.default_rng(0).normal(size=(9000, 40))).neighbors_of_rows(None, 5)
    assert signatures
    assert not allocations(kernel.function, kernel.options, signatures[0])


def test_the_test_sees_what_is_freed_too_early() -> None:
    @njit
    def too_early(n):
        made = np.full(n, 1.0)
        at = pointers(made)  # the last line that names it
        total = 0.0
        for i in range(n):
            total += at[i]
        return total

    too_early.compile("float64(int64)")
    assert allocations(too_early.py_func, {}, too_early.signatures[0])
