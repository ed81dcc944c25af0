"""Balanced batches: alone, in training, and what they hold."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.batches import ALONE, BATCH_SIZE, COLUMNS, MEMORY, TRAINING, BatchCase, table
from benchmarks.race import IN_MEMORY, race

keras = pytest.importorskip("keras", reason="Keras is not installed")

#: In a process of its own, as in test_memory.py; a third of the table is searched before, so that all is compiled.
SCRIPT = """
import gc, json
from benchmarks.batches import BATCH_SIZE, table
from fastbal._streaming.batches import Batches
from fastbal.{module} import {sampler}

def status(name):
    for line in open("/proc/self/status"):
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024

def peak():
    highest = status("VmHWM")
    open("/proc/self/clear_refs", "w").write("5")
    return highest

X, y = table()
Batches(X[: len(X) // 3], y[: len(X) // 3], {sampler}(), batch_size=BATCH_SIZE).batch(0, 0)
gc.collect()
peak()
before = status("VmRSS")
batches = Batches(X, y, {sampler}(), batch_size=BATCH_SIZE, random_state=0)
in_search = peak() - before
for epoch in range(2):
    for index in range(len(batches)):
        batches.batch(epoch, index)
print(json.dumps(dict(inputs=X.nbytes + y.nbytes, search=in_search, epochs=peak() - before)))
"""


def sampler_of(case: BatchCase) -> Any:
    return getattr(importlib.import_module(f"fastbal.{case.module}"), case.sampler)(random_state=0)


def batches_of(case: BatchCase) -> Any:
    from fastbal.keras import BalancedBatches

    X, y = table()
    return BalancedBatches(X, y, sampler=sampler_of(case), batch_size=BATCH_SIZE, class_share=case.class_share)


def info(case: BatchCase, n_rows: int) -> dict[str, object]:
    """Rows are those of an epoch."""
    return {"case": case.name, "rows": n_rows, "columns": COLUMNS, "kind": "structureless"}


@pytest.mark.parametrize("case", ALONE)
def test_alone(benchmark: Any, case: BatchCase) -> None:
    batches = batches_of(case)

    def epoch() -> int:
        batches.on_epoch_begin()
        n_rows = sum(len(y_batch) for _, y_batch in batches)
        batches.on_epoch_end()  # each round draws an epoch of its own, order and all
        return n_rows

    expected = sum(batches.counts_.values())

    def check(got: int) -> None:
        assert got == expected

    benchmark.group = "batches"
    race(benchmark, epoch, {}, info=info(case, expected), check=check)


@pytest.mark.parametrize("steps", [1, 16])
@pytest.mark.parametrize("case", TRAINING)
def test_training(benchmark: Any, case: BatchCase, steps: int) -> None:
    batches = batches_of(case)
    X, y = sampler_of(case).fit_resample(*table())

    def network() -> Any:
        model = keras.Sequential([keras.Input((COLUMNS,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(1)])
        model.compile("adam", keras.losses.BinaryCrossentropy(from_logits=True), steps_per_execution=steps)
        return model

    ours, theirs = network(), network()

    def check(history: Any) -> None:
        assert np.isfinite(history.history["loss"]).all()

    benchmark.group = "training on batches"
    race(
        benchmark,
        lambda: ours.fit(batches, verbose=0),
        {IN_MEMORY: lambda: theirs.fit(X, y, batch_size=BATCH_SIZE, verbose=0)},
        info={**info(case, len(X)), "case": f"{case.name}, steps_per_execution={steps}"},
        check=check,
    )


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="peak memory is read from /proc")
@pytest.mark.parametrize("case", MEMORY)
def test_memory(benchmark: Any, case: BatchCase) -> None:
    found: dict[str, int] = {}

    def measure() -> None:
        script = SCRIPT.format(module=case.module, sampler=case.sampler)
        printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
        found.update(json.loads(printed))

    benchmark.group = "memory of batches"
    benchmark.pedantic(measure, rounds=1)
    benchmark.extra_info.update(
        case=case.sampler,
        columns=COLUMNS,
        input_bytes=found["inputs"],
        peak_bytes={"epochs": max(0, found["epochs"]), "search": max(0, found["search"])},
    )
