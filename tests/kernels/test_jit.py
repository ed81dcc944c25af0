"""Kernels run as machine code that is kept where possible, never in the way, and never for what it was not made for."""

from __future__ import annotations

import ast
import copy
import json
import os
import pickle
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from fastbal import _warm_up
from fastbal._kernels import _jit, _machine, rows

KERNELS = Path(_jit.__file__).parent

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


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of this process."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    return tmp_path


@pytest.mark.slow
def test_a_full_disk_costs_the_cache_and_not_the_result(tmp_path: Path) -> None:
    pytest.importorskip("resource")
    done = run(SCRIPT, tmp_path)
    assert done.stdout.split() == ["1.0"], done.stderr
    assert f"Machine code cannot be kept, because {tmp_path} cannot be written to" in done.stderr


def test_no_kernel_calls_itself() -> None:
    """A part of a kernel is put into it whole."""
    for file in KERNELS.glob("*.py"):
        for function in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef) and is_compiled(function):
                called = {node.func.id for node in ast.walk(function) if is_call(node)}  # type: ignore[attr-defined]
                assert function.name not in called, f"{file.name}: {function.name}"


def is_compiled(function: ast.FunctionDef) -> bool:
    return any(isinstance(name, ast.Name) and hasattr(_jit, name.id) for name in function.decorator_list)


def is_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name)


class Inner(NamedTuple):
    scale: float
    out: Any


class Outer(NamedTuple):
    inner: Inner
    shift: int


def add_up(X: Any, outer: Outer, factor: Any, is_negative: Any) -> Any:
    total = 0.0
    for i in range(X.shape[0]):
        for j in range(X.shape[1]):
            total += X[i, j] * (i + 1) * (10 * j + 1)
    if is_negative:
        total = -total
    outer.inner.out[0] = total * outer.inner.scale + outer.shift
    return total * factor


class TestArguments:
    """What arrives in machine code is what was handed over."""

    @pytest.fixture
    def kernel(self, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Any:
        monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "arguments"))
        return _jit.kernel(add_up)

    @pytest.mark.parametrize("layout", ["C", "F", "neither", "read-only", "subclass", "unaligned", "one column"])
    @pytest.mark.parametrize("is_negative", [False, True])
    def test_arrays(self, kernel: Any, layout: str, is_negative: bool) -> None:
        X = np.arange(12.0).reshape(3, 4)
        if layout == "F":
            X = np.asfortranarray(X)
        elif layout == "neither":
            X = np.arange(96.0).reshape(6, 16)[::2, ::-4]
        elif layout == "read-only":
            X.flags.writeable = False
        elif layout == "subclass":
            X = X.view(np.memmap)
        elif layout == "unaligned":
            X = np.frombuffer(b"\0" * 1 + X.tobytes(), np.float64, 12, 1).reshape(3, 4)
            assert not X.flags.aligned
        elif layout == "one column":
            X = X[:, :1]
        out, expected = np.empty(1), np.empty(1)
        got = kernel(X, Outer(Inner(0.5, out), 7), 2, is_negative)
        assert got == add_up(X, Outer(Inner(0.5, expected), 7), 2, is_negative)
        assert out[0] == expected[0]

    @pytest.mark.parametrize(
        "factor",
        [3, -(1 << 62), 0.25, np.float32(0.1), np.int32(-5), np.uint64(1 << 63), np.uint8(200), np.bool_(True)],
    )
    def test_numbers(self, kernel: Any, factor: Any) -> None:
        X = np.ones((1, 1), np.float32)
        outer = Outer(Inner(1.0, np.empty(1)), 0)
        assert kernel(X, outer, factor, False) == float(factor)

    def test_names_and_types(self, kernel: Any) -> None:
        X, outer = np.ones((1, 1)), Outer(Inner(1.0, np.empty(1)), 0)
        assert kernel(X=X, outer=outer, is_negative=False, factor=2) == 2
        with pytest.raises(TypeError, match="A kernel takes arrays, numbers and tuples of them, but not list"):
            kernel([[1.0]], outer, 2, False)


def test_first_arguments_may_be_given_once() -> None:
    """The kernel is that of all arguments, whatever the others are; they are alive as long as it is."""
    rng = np.random.default_rng(0)
    X, rows_there, step = rng.normal(size=(9, 3)), np.arange(9), rng.random(9)
    with_table = rows.interpolate.given(X.copy(), rows_there.copy())
    for others in (rows_there[::-1].copy(), rows_there.astype(np.int32)):
        for dtype in (np.float64, np.float32):
            got, expected = np.empty((9, 3), dtype), np.empty((9, 3), dtype)
            with_table(others, step, got)
            rows.interpolate(X, rows_there, others, step, expected)
            np.testing.assert_array_equal(got, expected)
    with pytest.raises(TypeError, match="A kernel takes arrays, numbers and tuples of them, but not str"):
        rows.interpolate.given(X, "rows")


def test_copies_in_this_process_or_another_are_the_kernel_there() -> None:
    for again in (pickle.loads(pickle.dumps(rows.interpolate)), copy.deepcopy(rows.interpolate)):
        assert again is rows.interpolate


def plus_one(x: Any) -> Any:
    return x + 1


def test_what_is_returned(cache: Path) -> None:
    kernel = _jit.kernel(plus_one)
    for value in (2, -1, 2.5, np.float32(1.5), np.uint8(255)):
        assert kernel(value) == float(value) + 1
    assert isinstance(kernel(2), int)
    assert isinstance(kernel(2.0), float)


def test_no_memory_is_an_error_and_not_a_crash(cache: Path) -> None:
    kernel = _jit.kernel(largest_of_squares)
    assert kernel(4) == 9
    with pytest.raises(MemoryError, match="there was no memory for what it computes"):
        kernel(1 << 58)


def last_of_list(n: Any) -> Any:
    numbers = [n]
    for i in range(n):
        numbers.append(i)
    return numbers[-1]


def test_memory_of_lists_is_given_back(cache: Path) -> None:
    """Numba's sort keeps a list, which Numba's own runtime makes and takes down."""
    resource = pytest.importorskip("resource")
    kernel = _jit.kernel(last_of_list)
    assert kernel(1000) == 999
    (file,) = _machine.files()
    assert "NRT_MemInfo_call_dtor" in json.loads(file.read_bytes().partition(b"\n")[0])["needs"]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(10_000):
        kernel(1000)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000


def largest_of_squares(n: Any) -> Any:
    squares = np.empty(n, np.int64)
    for i in range(n):
        squares[i] = i * i
    return squares[n - 1]


def compilations(kernel: Any, *arguments: Any) -> int:
    """How often a call compiles."""
    begun: list[bool] = []
    _jit.watchers.append(begun.append)
    try:
        kernel(*arguments)
    finally:
        _jit.watchers.remove(begun.append)
    return begun.count(True)


def test_code_that_is_not_whole_is_made_anew(cache: Path) -> None:
    assert [compilations(_jit.kernel(plus_one), 1) for _ in range(2)] == [1, 0]
    (file,) = _machine.files()
    whole = file.read_bytes()
    for broken in (whole[:-1], whole[: len(whole) // 2], b"", b"{}\n", whole.replace(b"\x00", b"\x01")):
        file.write_bytes(broken)
        assert compilations(_jit.kernel(plus_one), 1) == 1
        assert len(file.read_bytes()) == len(whole)
    assert compilations(_jit.kernel(plus_one), 1) == 0


def test_code_that_calls_what_is_not_there_is_not_run(cache: Path) -> None:
    assert compilations(_jit.kernel(plus_one), 1) == 1
    (file,) = _machine.files()
    head, _, code = file.read_bytes().partition(b"\n")
    file.write_bytes(json.dumps({**json.loads(head), "needs": ["no_such_function"]}).encode() + b"\n" + code)
    assert compilations(_jit.kernel(plus_one), 1) == 1


@pytest.mark.parametrize("fact", ["processor", "sources"])
def test_code_for_something_else_is_not_used(fact: str, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A processor of another family, or an edit of a kernel file."""
    assert compilations(_jit.kernel(plus_one), 1) == 1
    assert not _machine.of_other_processors()
    here = _machine.processor()
    if fact == "processor":
        monkeypatch.setattr(_machine, "processor", lambda: ("other-family", here[1]))
    else:
        monkeypatch.setattr(_machine, "_SOURCES", "0" * 12)
    assert not list(_machine.files())
    assert _machine.of_other_processors() == ([here[0]] if fact == "processor" else [])
    assert compilations(_jit.kernel(plus_one), 1) == 1


def test_settings_of_numba_make_code_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def name(**settings: str) -> str:
        _machine._the_rest.cache_clear()
        with monkeypatch.context() as patch:
            for setting, value in settings.items():
                patch.setenv(setting, value)
            return _machine.folder_name()

    usual = name()
    assert name(NUMBA_NUM_THREADS="1", NUMBA_CACHE_DIR="/elsewhere") == usual
    assert name(NUMBA_OPT="1") != usual
    assert name() == usual


def test_where_nothing_can_be_kept_one_sentence_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "a file, and no folder"
    blocked.touch()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(blocked))
    _jit._warn_once.cache_clear()
    kernel = _jit.kernel(plus_one)
    with pytest.warns(RuntimeWarning, match="Machine code cannot be kept, because .* cannot be written to"):
        assert kernel(1) == 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert kernel(1.0) == 2  # said once
    with pytest.raises(OSError, match="Machine code cannot be kept"):
        _warm_up.warm_up()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks here")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_nobody_compiles_in_the_moment_of_a_fork() -> None:
    """The child would wait forever for the locks of the compiler, whose holder stays behind."""
    begun = threading.Event()

    def compiles() -> None:
        with _machine.LOCK:
            begun.set()
            time.sleep(0.3)

    thread = threading.Thread(target=compiles)
    thread.start()
    begun.wait()
    child = os.fork()
    if child == 0:
        os._exit(not _machine.LOCK.acquire(timeout=5))
    assert os.waitpid(child, 0)[1] == 0
    thread.join()


def test_a_user_without_a_home_has_one_folder_less(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    assert _machine.folders() == [KERNELS / "__pycache__"]


def test_a_package_without_sources_is_told_by_its_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_machine.resources, "files", lambda package: tmp_path)
    assert _machine._fingerprint_of_sources() == _machine.fingerprint(_machine.version("fastbal"))


def test_dtypes_are_checked() -> None:
    with pytest.raises(ValueError, match="dtypes must be some of 'float64', 'float32', but are 'float16'"):
        _warm_up.warm_up(["float16"])


#: Kernels that no sampler calls by themselves.
PARTS = {"counter.fill_normal", "counter.fill_uniform", "mersenne._renew", "mersenne._temper", "mersenne._twist"}
PARTS |= {"rows.between"}

FRESH = """
import sys
import numpy as np
from fastbal._kernels import _jit
_jit.watchers.append(lambda begins: sys.exit("compiled"))
from fastbal.over_sampling import SMOTE
from fastbal.under_sampling import EditedNearestNeighbours
rng = np.random.default_rng(1)
for n, d in (100, 3), (20_000, 10), (9000, 60):
    for dtype in np.float64, np.float32:
        X, y = rng.normal(size=(n, d)).astype(dtype), (rng.random(n) < 0.2).astype(int)
        SMOTE(random_state=0).fit_resample(X, y)
        EditedNearestNeighbours().fit_resample(X, y)
from fastbal.over_sampling import ROSE, SMOTENC, GeometricSMOTE
X, y = rng.normal(size=(3000, 4)).round(1), (rng.random(3000) < 0.2).astype(int)
for sampler in ROSE(), GeometricSMOTE(), SMOTENC([0]):
    print(len(sampler.set_params(random_state=0).fit_resample(X, y)[0]) > 4000)
print(*{"numba", "llvmlite"} & {name.split(".")[0] for name in sys.modules})
"""


@pytest.mark.slow
def test_nothing_compiles_after_a_warm_up(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    done = run("import sys; sys.argv = ['fastbal', 'warm-up']; from fastbal.__main__ import main; main()", folder)
    assert done.returncode == 0, done.stderr
    (place,) = folder.iterdir()
    assert f"folder: {place}" in done.stdout.replace("\n", "")
    files = {file.name for file in place.glob("*.o")}
    assert f"machine code: {len(files)} kernels" in done.stdout
    kernels = {
        f"{file.stem}.{function.name}"
        for file in KERNELS.glob("[a-z]*.py")
        for function in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef)
        and any(
            isinstance(name, ast.Name) and name.id in ("kernel", "exact_kernel") for name in function.decorator_list
        )
    }
    assert kernels - {name.rpartition("-")[0] for name in files} == PARTS
    for path in (place, folder):
        path.chmod(0o555)
    done = run(FRESH, folder)
    assert done.stdout.split() == ["True", "True", "True", "llvmlite"], done.stderr
    assert {file.name for file in place.glob("*.o")} == files
