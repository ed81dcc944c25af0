"""Vectors as wide as this machine's, and narrower ones: the same bits."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import llvmlite.binding as llvm
import pytest

ROOT = Path(__file__).parents[2]

DIGEST = """
import hashlib
import numpy as np
from fastbal.over_sampling import SMOTE

def digest(array):
    return hashlib.blake2b(np.ascontiguousarray(array).tobytes(), digest_size=8).hexdigest()

"""

#: Prints a line for each table: digests of neighbours, distances, SMOTE's rows, and the rows that a rule keeps.
EVERY_TABLE = (
    DIGEST
    + """
from fastbal._kernels.vector import _blocking
from fastbal.neighbors import NearestNeighbors
from fastbal.under_sampling import EditedNearestNeighbours

rng = np.random.default_rng(0)
tables = {
    "noise": rng.normal(size=(3000, 12)),
    "clusters": rng.normal(size=(20, 60))[rng.integers(0, 20, 3000)] + 0.05 * rng.normal(size=(3000, 60)),
    "ties": np.round(rng.normal(size=(3000, 3)) @ rng.normal(size=(3, 7)), 1),
    "scales": np.exp(rng.normal(0, 4, (2500, 9))) * 10.0 ** rng.uniform(-6, 6, 9),
    "wide": rng.normal(size=(1200, 500)).astype(np.float32),
    "plane": rng.random((4000, 2)),
    "more noise": rng.normal(size=(9000, 12)),  # where bytes come first, if the processor multiplies them
}
print(_blocking()[0], "lanes")
for name, X in tables.items():
    y = (rng.random(len(X)) < 0.3).astype(int)
    distances, neighbours = NearestNeighbors(n_neighbors=5).fit(X).kneighbors()
    rows = SMOTE(random_state=0).fit_resample(X, y)[0]
    kept = EditedNearestNeighbours().fit_resample(X, y)[0]
    print(name, *map(digest, (neighbours, distances, rows, kept)))
"""
)

ONE_TABLE = (
    DIGEST
    + """
rng = np.random.default_rng(0)
X, y = rng.normal(size=(2000, 5)), (rng.random(2000) < 0.3).astype(int)
print(digest(SMOTE(random_state=0).fit_resample(X, y)[0]))
"""
)


def other_widths() -> dict[str, dict[str, str]]:
    """What makes Numba compile for narrower vectors than this machine has."""
    if platform.machine() not in ("x86_64", "AMD64"):
        return {}
    features = dict(llvm.get_host_cpu_features())
    without_avx512 = ",".join(f"{'+' if has and 'avx512' not in name else '-'}{name}" for name, has in features.items())
    widths = {"generic": {"NUMBA_CPU_NAME": "generic"}}
    if features.get("avx512f"):
        widths["AVX2"] = {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": without_avx512}
    return widths


WIDTHS = other_widths()


def run(arguments: list[str], cache: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A new Python that keeps its compiled code in `cache`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_CPU_")}
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**inherited, "PYTHONPATH": path, "NUMBA_CACHE_DIR": str(cache), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )


def digests(cache: Path, environment: dict[str, str]) -> list[str]:
    done = run(["-c", EVERY_TABLE], cache, environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compiled code for this machine's width, made once."""
    return tmp_path_factory.mktemp("own")


@pytest.fixture(scope="module")
def own(own_cache: Path) -> list[str]:
    return digests(own_cache, {})


@pytest.mark.slow
@pytest.mark.parametrize("width", WIDTHS)
def test_every_width_gives_the_same_bits(width: str, own: list[str], tmp_path: Path) -> None:
    lanes, *found = digests(tmp_path, WIDTHS[width])
    assert lanes == {"generic": "4 lanes", "AVX2": "8 lanes"}[width]
    assert lanes != own[0]
    assert found == own[1:]
    assert len(found) == 7


@pytest.mark.slow
@pytest.mark.parametrize("width", WIDTHS)
def test_kernels_pass_on_every_width(width: str, tmp_path: Path) -> None:
    files = ["tests/kernels/test_distances.py", "tests/kernels/test_vector.py"]
    done = run(["-m", "pytest", "-q", "-p", "no:cacheprovider", *files], tmp_path, WIDTHS[width])
    assert done.returncode == 0, done.stdout[-5000:]


@pytest.mark.slow
@pytest.mark.skipif(not WIDTHS, reason="processors of another kind")
@pytest.mark.parametrize("setting", [{"NUMBA_ENABLE_AVX": "0"}, {"NUMBA_CPU_NAME": "sandybridge"}])
def test_a_compiler_that_may_use_less_than_there_is(setting: dict[str, str], own_cache: Path, tmp_path: Path) -> None:
    got, expected = run(["-c", STRUCTURELESS], tmp_path, setting), run(["-c", STRUCTURELESS], own_cache, {})
    assert got.returncode == 0, got.stderr[-500:]
    assert got.stdout == expected.stdout != ""


STRUCTURELESS = """
import hashlib
import numpy as np
from fastbal.neighbors import NearestNeighbors
X = np.random.default_rng(0).normal(size=(9000, 20))
distances, rows = NearestNeighbors(n_neighbors=5).fit(X).kneighbors()
print(hashlib.sha256(rows.tobytes() + distances.tobytes()).hexdigest())
"""


@pytest.mark.slow
def test_processes_may_compile_at_once(tmp_path: Path) -> None:
    """All of them fill the same empty cache."""
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: run(["-c", ONE_TABLE], tmp_path, {}), range(4)))
    assert not any(process.returncode for process in done), [process.stderr[-500:] for process in done]
    assert done[0].stdout
    assert len({process.stdout for process in done}) == 1
    assert run(["-c", ONE_TABLE], tmp_path, {}).stdout == done[0].stdout  # and what lies in the cache then is sound
