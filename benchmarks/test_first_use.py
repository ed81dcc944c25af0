"""What a new process waits for: importing fastbal, and its first fit_resample with a warm and a cold cache."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from benchmarks.cases import SMOKE

ROUNDS = 1 if SMOKE else 7

IMPORT_FASTBAL = """
import time
start = time.perf_counter()
import fastbal
print(time.perf_counter() - start)
"""

DATA = """
import numpy as np
rng = np.random.default_rng(0)
X, y = rng.standard_normal((20_000, 10)), (rng.random(20_000) < 0.2).astype(int)
"""

SMOTE = DATA + "from {}.over_sampling import SMOTE; SMOTE(random_state=0).fit_resample(X, y)"
IMPORT_SKLEARN = DATA + "import sklearn"


def run(script: str, **environment: str) -> tuple[float, str]:
    """Seconds of a whole new process, and what it printed."""
    start = time.perf_counter()
    # Installed packages have their bytecode; so has a checkout, unless the surroundings forbid to write it.
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env={**inherited, **environment}
    )
    return time.perf_counter() - start, done.stdout


def record(benchmark: Any, case: str, seconds: dict[str, list[float]]) -> None:
    benchmark.extra_info.update({"case": case, "seconds": seconds, "left_out": {}})


@pytest.fixture
def benchmark(benchmark: Any) -> Any:
    """In one group of the report."""
    benchmark.group = "first use"
    return benchmark


def test_import(benchmark: Any) -> None:
    seconds = []
    benchmark.pedantic(lambda: seconds.append(float(run(IMPORT_FASTBAL)[1])), rounds=ROUNDS)
    record(benchmark, "import fastbal", {"fastbal": seconds})


def test_first_call_with_a_warm_cache(benchmark: Any) -> None:
    scripts = {
        "import sklearn": IMPORT_SKLEARN,
        "imbalanced-learn": SMOTE.format("imblearn"),
        "fastbal": SMOTE.format("fastbal"),
    }
    for script in () if SMOKE else scripts.values():
        run(script)
    seconds: dict[str, list[float]] = {name: [] for name in scripts}

    def round_() -> None:
        for name, script in scripts.items():
            seconds[name].append(run(script)[0])

    benchmark.pedantic(round_, rounds=ROUNDS)
    record(benchmark, "new process, SMOTE of 20,000 rows, warm cache", seconds)


def test_first_call_with_a_cold_cache(benchmark: Any, tmp_path: Path) -> None:
    """The very first call compiles. A smoke run does not wait for that."""
    seconds: list[float] = []

    def cold() -> None:
        folder = tmp_path / str(len(seconds))
        environment = {} if SMOKE else {"NUMBA_CACHE_DIR": str(folder)}
        seconds.append(run(SMOTE.format("fastbal"), **environment)[0])

    benchmark.pedantic(cold, rounds=1 if SMOKE else 2)
    record(benchmark, "new process, SMOTE of 20,000 rows, cold cache", {"fastbal": seconds})
