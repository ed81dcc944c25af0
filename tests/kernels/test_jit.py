"""The cache of compiled kernels: kept where possible, never in the way."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fastbal._kernels import _jit

SCRIPT = """
import resource, signal
import numpy as np
import numba  # before the disk is full
from fastbal._kernels.rows import interpolate
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
out = np.empty((1, 1))
interpolate(np.array([[0.0], [4.0]]), np.array([0]), np.array([1]), np.array([0.25]), out)
print(out[0, 0])
"""


def run(script: str, cache: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache)}
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=False)


@pytest.mark.slow
def test_a_full_disk_costs_the_cache_and_not_the_result(tmp_path: Path) -> None:
    pytest.importorskip("resource")
    done = run(SCRIPT, tmp_path)
    assert done.stdout.split() == ["1.0"], done.stderr


@pytest.mark.slow
def test_kernels_are_cached_under_a_digest_of_all_sources(tmp_path: Path) -> None:
    done = run(SCRIPT.replace("(0, 0)", "(resource.RLIM_INFINITY, resource.RLIM_INFINITY)"), tmp_path)
    assert done.stdout.split() == ["1.0"], done.stderr
    from fastbal._kernels import _jit

    names = [file.name for file in tmp_path.rglob("*.nbi")]
    assert names
    assert all(_jit._DIGEST in name for name in names)


def test_no_kernel_calls_itself() -> None:
    """What Numba loads from its cache crashes then (Numba issue 6061): only the second process would tell."""
    for file in Path(_jit.__file__).parent.glob("*.py"):
        for function in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef) and is_compiled(function):
                called = {node.func.id for node in ast.walk(function) if is_call(node)}  # type: ignore[attr-defined]
                assert function.name not in called, f"{file.name}: {function.name}"


def is_compiled(function: ast.FunctionDef) -> bool:
    return any(isinstance(name, ast.Name) and hasattr(_jit, name.id) for name in function.decorator_list)


def is_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
