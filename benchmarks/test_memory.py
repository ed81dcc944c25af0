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
X[:, {codes}] = np.rint(X[:, {codes}] / X[:2000, {codes}].std(axis=0) * 4)
y = (np.arange(n) % 10 == 0).astype(np.int64)
{sampler}(**{parameters!r}).fit_resample(X[:2000], y[:2000])
gc.collect()
open("/proc/self/clear_refs", "w").write("5")
before = status("VmRSS")
X_got, y_got = {sampler}(**{parameters!r}).fit_resample(X, y)
peak = status("VmHWM") - before
inputs, outputs = X.nbytes + y.nbytes, X_got.nbytes + y_got.nbytes
print(json.dumps(dict(inputs=inputs, outputs=outputs, peak=inputs + peak, kept=str(X_got.dtype) == {dtype!r})))
"""

#: What is measured, by name, and its package.
LIBRARIES = {"fastbal": "fastbal"} if SMOKE else {"fastbal": "fastbal", "imbalanced-learn": "imblearn"}

SEED = {"random_state": 0}

#: Against imbalanced-learn.
SAMPLERS = [
    ("over_sampling", "SMOTE"),
    ("over_sampling", "RandomOverSampler"),
    ("under_sampling", "RandomUnderSampler"),
]

#: fastbal alone: package, sampler, parameters, rows, columns that hold whole numbers.
OTHERS = [
    ("over_sampling", "BorderlineSMOTE", SEED, 100_000, "[]"),
    ("over_sampling", "SVMSMOTE", SEED, 20_000, "[]"),
    ("over_sampling", "KMeansSMOTE", {**SEED, "cluster_balance_threshold": 0.0}, 100_000, "[]"),
    ("over_sampling", "ADASYN", SEED, 100_000, "[]"),
    ("over_sampling", "SMOTENC", {**SEED, "categorical_features": [28, 29]}, 100_000, "28:"),
    ("over_sampling", "SMOTEN", SEED, 100_000, ":"),
    ("under_sampling", "TomekLinks", {}, 100_000, "[]"),
    ("under_sampling", "EditedNearestNeighbours", {}, 100_000, "[]"),
    ("under_sampling", "RepeatedEditedNearestNeighbours", {}, 100_000, "[]"),
    ("under_sampling", "AllKNN", {}, 100_000, "[]"),
    ("under_sampling", "NeighbourhoodCleaningRule", {}, 100_000, "[]"),
    ("under_sampling", "CondensedNearestNeighbour", SEED, 100_000, "[]"),
    ("under_sampling", "OneSidedSelection", SEED, 100_000, "[]"),
    ("under_sampling", "NearMiss", {"version": 1}, 100_000, "[]"),
    ("under_sampling", "NearMiss", {"version": 2}, 100_000, "[]"),
    ("under_sampling", "NearMiss", {"version": 3}, 100_000, "[]"),
    ("under_sampling", "InstanceHardnessThreshold", SEED, 20_000, "[]"),
    ("under_sampling", "ClusterCentroids", SEED, 10_000, "[]"),
    ("combine", "SMOTEENN", SEED, 100_000, "[]"),
    ("combine", "SMOTETomek", SEED, 100_000, "[]"),
]


def peak(package: str, module: str, sampler: str, **more: Any) -> dict[str, Any]:
    """Bytes of input, output and of both with all that was in use at the worst moment."""
    script = SCRIPT.format(package=package, module=module, sampler=sampler, **more)
    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    measured: dict[str, Any] = json.loads(printed)
    return measured


def record(benchmark: Any, case: str, rows: int, measured: dict[str, dict[str, Any]]) -> None:
    """What is reported of a case."""
    ours = measured["fastbal"]
    benchmark.extra_info.update(
        {
            "case": case,
            "rows": rows,
            "columns": 30,
            "input_bytes": ours["inputs"],
            "output_bytes": ours["outputs"],
            "peak_bytes": {name: of["peak"] for name, of in measured.items()},
        }
    )


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("module", "sampler"), SAMPLERS, ids=[sampler for _, sampler in SAMPLERS])
def test_peak(benchmark: Any, module: str, sampler: str, dtype: str) -> None:
    n = 4_000 if SMOKE else 300_000
    more = {"parameters": SEED, "n": n, "dtype": dtype, "codes": "[]"}
    measured: dict[str, dict[str, Any]] = {}

    def measure() -> None:
        for name, package in LIBRARIES.items():
            measured[name] = peak(package, module, sampler, **more)

    benchmark.group = "memory"
    benchmark.pedantic(measure, rounds=1)
    assert measured["fastbal"]["kept"]
    record(benchmark, f"{sampler}, {dtype}", n, measured)


@pytest.mark.parametrize(("module", "sampler", "parameters", "n", "codes"), OTHERS)
def test_peak_of_the_others(
    benchmark: Any, module: str, sampler: str, parameters: dict[str, Any], n: int, codes: str
) -> None:
    n = 4_000 if SMOKE else n
    measured: dict[str, dict[str, Any]] = {}

    def measure() -> None:
        more = {"parameters": parameters, "n": n, "dtype": "float64", "codes": codes}
        measured["fastbal"] = peak("fastbal", module, sampler, **more)

    benchmark.group = "memory, other samplers"
    benchmark.pedantic(measure, rounds=1)
    assert measured["fastbal"]["kept"]
    words = [f"{name}={value}" for name, value in parameters.items() if name == "version"]
    record(benchmark, " ".join([sampler, *words]), n, measured)
