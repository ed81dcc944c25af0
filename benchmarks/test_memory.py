"""Peak memory of fit_resample, as the system counts it, over input + output."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.cases import SMOKE

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="peak memory is read from /proc, which only Linux has"
)

#: Kept apart: memory that a process once used is not given back for certain. Compiled and imported before; the
#: high-water mark is then set back to what is in use, which includes the input.
SCRIPT = """
import gc, json, sys
import numpy as np
from {package}.{module} import {sampler}

def status(name):
    for line in open("/proc/self/status"):
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024

n, columns = {n}, 30
rng = np.random.default_rng(0)
X = np.empty((n, columns), dtype={dtype!r})
for start in range(0, n, 10_000):
    X[start:start + 10_000] = rng.standard_normal((min(10_000, n - start), columns)) * np.linspace(3, 0.01, columns)
y = (np.arange(n) % 10 == 0).astype(np.int64)
{sampler}(random_state=0).fit_resample(X[:2000], y[:2000])
gc.collect()
open("/proc/self/clear_refs", "w").write("5")
before = status("VmRSS")
X_got, y_got = {sampler}(random_state=0).fit_resample(X, y)
peak = status("VmHWM") - before
inputs, outputs = X.nbytes + y.nbytes, X_got.nbytes + y_got.nbytes
print(json.dumps(dict(inputs=inputs, outputs=outputs, peak=inputs + peak, kept=str(X_got.dtype) == {dtype!r})))
"""

#: What is measured, by name, and its package.
LIBRARIES = {"fastbal": "fastbal"} if SMOKE else {"fastbal": "fastbal", "imbalanced-learn": "imblearn"}

SAMPLERS = [
    ("over_sampling", "SMOTE"),
    ("over_sampling", "RandomOverSampler"),
    ("under_sampling", "RandomUnderSampler"),
]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("module", "sampler"), SAMPLERS, ids=[sampler for _, sampler in SAMPLERS])
def test_peak(benchmark: Any, module: str, sampler: str, dtype: str) -> None:
    n = 4_000 if SMOKE else 300_000
    measured: dict[str, dict[str, Any]] = {}

    def measure() -> None:
        for package in LIBRARIES.values():
            script = SCRIPT.format(package=package, module=module, sampler=sampler, n=n, dtype=dtype)
            printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
            measured[package] = json.loads(printed)

    benchmark.group = "memory"
    benchmark.pedantic(measure, rounds=1)
    assert measured["fastbal"]["kept"]
    benchmark.extra_info.update(
        {
            "case": f"{sampler}, {dtype}",
            "rows": n,
            "columns": 30,
            "input_bytes": measured["fastbal"]["inputs"],
            "output_bytes": measured["fastbal"]["outputs"],
            "peak_bytes": {name: measured[package]["peak"] for name, package in LIBRARIES.items()},
        }
    )
