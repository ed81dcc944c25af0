"""Every ensemble against imbalanced-learn's of the same name: time, memory and pickle."""

from __future__ import annotations

import functools
import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import ensembles
from benchmarks.ensembles import EnsembleCase
from benchmarks.race import IMBLEARN, OURS, race

PACKAGES = {OURS: "fastbal", IMBLEARN: "imblearn"}


def fitted(package: str, case: EnsembleCase, X: Any, y: Any) -> Any:
    """A model of one library."""
    model = getattr(importlib.import_module(f"{package}.ensemble"), case.model)
    return model(random_state=0, **case.parameters).fit(X, y)


def compare(benchmark: Any, group: str, case: EnsembleCase) -> None:
    """Time both; their predictions must be the same."""
    benchmark.group = group
    X, y = case.table.table()

    def check(got: Any) -> None:
        expected = fitted("imblearn", case, X, y)
        np.testing.assert_array_equal(got.predict_proba(X[:1000]), expected.predict_proba(X[:1000]))

    info = {**case.table.info(len(X)), "case": case.name}
    rivals = {IMBLEARN: lambda: fitted("imblearn", case, X, y)}
    race(benchmark, lambda: fitted("fastbal", case, X, y), rivals, info=info, check=check)


@pytest.mark.parametrize("case", ensembles.BAGS)
def test_bags(benchmark: Any, case: EnsembleCase) -> None:
    compare(benchmark, "bags", case)


@pytest.mark.parametrize("case", ensembles.FORESTS)
def test_forests(benchmark: Any, case: EnsembleCase) -> None:
    compare(benchmark, "balanced forest", case)


@pytest.mark.parametrize("case", ensembles.BOOSTING)
def test_boosting(benchmark: Any, case: EnsembleCase) -> None:
    compare(benchmark, "boosting", case)


@pytest.mark.parametrize("case", ensembles.BY_HARDNESS)
def test_by_hardness(benchmark: Any, case: EnsembleCase) -> None:
    benchmark.group = "by hardness"
    X, y = case.table.table()

    def check(got: Any) -> None:
        assert [len(rows) for rows in got.estimators_samples_] == [2 * int(y.sum())] * got.n_estimators

    info = {**case.table.info(len(X)), "case": case.name}
    race(benchmark, lambda: fitted("fastbal", case, X, y), {}, info=info, check=check)


#: In a process of its own for each library, after a small forest that imports all there is to import. The high-water
#: mark is set back to what is in use, which includes the table.
SCRIPT = """
import gc, json, pickle, sys
sys.path.insert(0, {root!r})
from benchmarks import ensembles
from benchmarks.test_ensembles import fitted

def status(name):
    for line in open("/proc/self/status"):
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024

case = ensembles.SIZES[{position}]
X, y = case.table.table()
fitted({package!r}, case, X[::10], y[::10])
gc.collect()
open("/proc/self/clear_refs", "w").write("5")
before = status("VmRSS")
model = fitted({package!r}, case, X, y)
print(json.dumps(dict(memory=status("VmHWM") - before, pickle=len(pickle.dumps(model)), rows=len(X))))
"""


@functools.cache
def sizes(position: int) -> dict[str, dict[str, int]]:
    """Bytes of memory and of the pickle, by library."""
    measured: dict[str, dict[str, int]] = {}
    for name, package in PACKAGES.items():
        script = SCRIPT.format(root=str(Path(__file__).parents[1]), position=position, package=package)
        command = [sys.executable, "-W", "ignore", "-c", script]
        measured[name] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return measured


@pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="peak memory is read from /proc, which only Linux has"
)
@pytest.mark.parametrize("case", ensembles.SIZES)
@pytest.mark.parametrize("what", ["memory", "pickle"])
def test_sizes(benchmark: Any, case: EnsembleCase, what: str) -> None:
    """What fitting takes, the table excluded; what the pickle takes."""
    benchmark.group = "size of a forest"
    measured = benchmark.pedantic(sizes, args=(ensembles.SIZES.index(case),), rounds=1)
    benchmark.extra_info.update(
        case=f"{what}, {case.name}",
        rows=measured[OURS]["rows"],
        columns=case.table.columns,
        peak_bytes={name: of[what] for name, of in measured.items()},
    )
