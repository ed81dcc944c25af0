"""The performance gate: ten small cases, each against its peer in the same run, and the ratios they must keep.

What is stored is no time but how many times as long the peer takes: least CPU seconds of rounds that alternate, both on
one thread, so that a busy machine slows down both. Ratios depend on the width of a machine's vectors: each width has
its own. `NUMBA_CPU_NAME=generic python -m benchmarks gate --store` stores those of a width that is not the machine's.
"""

from __future__ import annotations

import importlib
import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import generated
from benchmarks.race import cpu_timed
from fastbal._kernels.vector import _blocking

STORED = Path(__file__).with_name("gate.json")

#: A ratio below this share of the stored one shuts the gate.
LEAST_SHARE = 0.7
#: CPU seconds of alternating rounds in a case; one that falls behind gets as many again before it counts.
BUDGET, LEAST_ROUNDS, MOST_ROUNDS = 2.0, 3, 25
#: What takes less CPU seconds is repeated within a round: the clock is coarse.
SHORT = 0.02

Task = Callable[[], object]


@dataclass(frozen=True)
class Case:
    """One sampler, or the search, on one table of two classes."""

    task: str  #: module and class, as in the peer
    make: generated.Generator
    ones: int
    zeros: int
    columns: int
    dtype: type = np.float64
    parameters: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What is printed, and stored under."""
        rows = self.ones + self.zeros
        return f"{self.task.split('.')[1]}, {self.make.__name__} {rows:,} x {self.columns:,} {self.dtype.__name__}"

    def tasks(self) -> tuple[Task, Task]:
        """By fastbal, and by the peer."""
        X, y = generated.two_classes(self.make)(self.ones, self.zeros, self.columns)
        X = X.astype(self.dtype, copy=False)
        module, name = self.task.split(".")
        searches = module == "neighbors"

        def by(library: str) -> Task:
            made = getattr(importlib.import_module(f"{library}.{module}"), name)(**self.parameters)
            return (lambda: made.fit(X).kneighbors()) if searches else (lambda: made.fit_resample(X, y))

        return by("fastbal"), by("sklearn" if searches else "imblearn")


SEED = {"random_state": 0}
CASES = [
    Case("over_sampling.SMOTE", generated.gaussian, 100, 900, 10, parameters=SEED),
    Case("over_sampling.SMOTE", generated.credit_card, 4000, 12_000, 29, parameters=SEED),
    Case("over_sampling.SMOTE", generated.walks, 60, 240, 20_000, parameters=SEED),
    Case("over_sampling.SMOTE", generated.gaussian, 200, 800, 3072, np.float32, SEED),
    Case("over_sampling.RandomOverSampler", generated.gaussian, 10_000, 90_000, 10, parameters=SEED),
    Case("over_sampling.BorderlineSMOTE", generated.gaussian, 2000, 18_000, 10, parameters=SEED),
    Case("under_sampling.TomekLinks", generated.clusters, 1000, 9000, 20),
    Case("under_sampling.EditedNearestNeighbours", generated.correlated, 2000, 18_000, 10),
    Case("under_sampling.CondensedNearestNeighbour", generated.clusters, 50, 450, 10, parameters=SEED),
    Case("neighbors.NearestNeighbors", generated.walks, 1000, 3000, 100),
]


@dataclass
class Outcome:
    """Least CPU seconds of both, over all rounds so far."""

    ours: float = math.inf
    theirs: float = math.inf

    @property
    def ratio(self) -> float:
        """How many times as long the peer takes."""
        return self.theirs / self.ours


def cpu_seconds(task: Task, repeats: int = 1) -> float:
    """CPU seconds of this process for one task, on one thread."""

    def repeated() -> None:
        for _ in range(repeats):
            task()

    return cpu_timed(repeated)[0] / repeats


def race(tasks: tuple[Task, Task], before: Outcome | None = None) -> Outcome:
    """Alternating rounds within the budget; the least of all rounds counts, also of those `before`."""
    got = before or Outcome()
    for task in tasks:
        task()  # compiles and imports
    once = [cpu_seconds(task) for task in tasks]
    repeats = [math.ceil(SHORT / max(seconds, 1e-6)) for seconds in once]
    one_round = sum(seconds * n for seconds, n in zip(once, repeats, strict=True))
    for _ in range(int(np.clip(BUDGET / one_round, LEAST_ROUNDS, MOST_ROUNDS))):
        ours, theirs = (cpu_seconds(task, n) for task, n in zip(tasks, repeats, strict=True))
        got.ours, got.theirs = min(got.ours, ours), min(got.theirs, theirs)
    return got


def main(store: bool = False) -> int:
    """Measure all cases; judge the ratios, or store them. Returns how many have fallen behind."""
    width = f"{_blocking()[0]} lanes"
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    if width not in stored and not store:
        print(f"No ratios are stored for vectors of {width}: `python -m benchmarks gate --store` stores them.")
        return 1
    ratios, behind = {}, []
    print(f"{'vectors of ' + width:62}{'ours ms':>8}{'peer ms':>9}{'ratio':>8}{'stored':>8}")
    for case in CASES:
        least = 0.0 if store else stored[width][case.name]
        tasks = case.tasks()
        outcome = race(tasks)
        if outcome.ratio < LEAST_SHARE * least:
            outcome = race(tasks, outcome)
        if outcome.ratio < LEAST_SHARE * least:
            behind.append(case.name)
        ratios[case.name] = float(f"{outcome.ratio:.3g}")
        times = f"{outcome.ours * 1e3:8.2f}{outcome.theirs * 1e3:9.2f}"
        print(f"{case.name:62}{times}{outcome.ratio:8.2f}{least:8.2f}", flush=True)
    if store:
        STORED.write_text(json.dumps({**stored, width: ratios}, indent=1) + "\n", encoding="utf-8")
    for name in behind:
        print(f"{name}: more than {1 - LEAST_SHARE:.0%} below the stored ratio.")
    return len(behind)
