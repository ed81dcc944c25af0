"""An epoch on balanced batches against one on the balanced table in memory: python -m benchmarks.networks.

CPU seconds of the whole process and seconds on the clock, arm after arm in turns, the best of each: other processes
disturb CPU seconds least. Memory is measured in a process of its own, beyond the table, TensorFlow and a small dataset
that is used up beforehand.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

COLUMNS = 30
#: Batch size, rows of the table, rounds: at batches of 32 an epoch of 300,000 rows takes long.
CASES = ((32, 60_000, 4), (256, 300_000, 4), (4096, 300_000, 6))

MEMORY = """
import gc, json
from benchmarks.networks import table
from fastbal.keras import balanced_dataset
from fastbal.over_sampling import SMOTE

def status(name):
    for line in open("/proc/self/status"):
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024

def use_up(X, y, batch_size):
    # Peaks of making the dataset, for which neighbours are searched, and of two epochs.
    gc.collect()
    before = status("VmRSS")
    open("/proc/self/clear_refs", "w").write("5")
    dataset = balanced_dataset(X, y, sampler=SMOTE(), batch_size=batch_size, random_state=0)
    peaks = [status("VmHWM") - before]
    gc.collect()
    open("/proc/self/clear_refs", "w").write("5")
    for _ in range(2):
        for _ in dataset:
            pass
    return [*peaks, status("VmHWM") - before]

X, y = table(300_000)
use_up(X[:100_000], y[:100_000], {batch_size})
print(json.dumps([*use_up(X, y, {batch_size}), X.nbytes + y.nbytes]))
"""


def table(n_rows: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Normal columns, one row in twenty rare."""
    X = np.random.default_rng(0).standard_normal((n_rows, COLUMNS), dtype=np.float32)
    return X, (np.arange(n_rows) % 20 == 0).astype(np.int64)


def network(steps: int) -> Any:
    """30-16-1."""
    import keras

    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((COLUMNS,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(1)])
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile("adam", loss, steps_per_execution=steps)
    return model


def measure(batch_size: int, n_rows: int, rounds: int, steps: int) -> dict[str, tuple[float, float]]:
    """CPU seconds of an epoch, and seconds on the clock."""
    from fastbal.keras import BalancedBatches, balanced_dataset
    from fastbal.over_sampling import SMOTE

    X, y = table(n_rows)
    how: dict[str, Any] = {"sampler": SMOTE(), "batch_size": batch_size, "random_state": 0}
    given: dict[str, Any] = {
        "table": SMOTE(random_state=0).fit_resample(X, y),
        "balanced_dataset": (balanced_dataset(X, y, **how),),
        "BalancedBatches": (BalancedBatches(X, y, **how),),
    }
    arms: dict[str, Callable[[], Any]] = {}
    for name, data in given.items():
        sizes = {"batch_size": batch_size} if name == "table" else {}
        shuffle = {} if name == "table" else {"shuffle": False}  # their rows come in another order in each epoch
        arms[name] = functools.partial(network(steps).fit, *data, verbose=0, **sizes, **shuffle)
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in arms}
    for _ in range(rounds):
        for name, run in arms.items():
            start, clock = time.process_time(), time.perf_counter()
            run()
            seconds[name].append((time.process_time() - start, time.perf_counter() - clock))
    # The first round makes the graphs.
    return {name: tuple(min(one) for one in zip(*found[1:], strict=True)) for name, found in seconds.items()}


def main() -> None:
    """Print a table of Markdown."""
    print("| batch | steps an execution | rows | | in memory | balanced_dataset | BalancedBatches | ratios |")
    print("|--:|--:|--:|---|--:|--:|--:|--:|")
    chosen = [int(size) for size in sys.argv[1:]]
    for steps in (1, 16):
        for batch_size, n_rows, rounds in CASES:
            if chosen and batch_size not in chosen:
                continue
            found = measure(batch_size, n_rows, rounds, steps)
            for kind, what in enumerate(("CPU", "clock")):
                values = [one[kind] for one in found.values()]
                ratios = ", ".join(f"{value / values[0]:.2f}" for value in values[1:])
                cells = " | ".join(f"{value:.2f} s" for value in values)
                print(f"| {batch_size} | {steps} | {n_rows:,} | {what} | {cells} | {ratios} |", flush=True)
    print("\n| batch | beyond the table, making it | in epochs | of the table |\n|--:|--:|--:|--:|")
    for batch_size, _, _ in CASES:
        script = MEMORY.format(batch_size=batch_size)
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        search, epochs, size = json.loads(done.stdout)
        megabytes = f"{search / 1e6:.1f} MB | {epochs / 1e6:.1f} MB"
        print(f"| {batch_size} | {megabytes} | {100 * epochs / size:.0f} % |", flush=True)


if __name__ == "__main__":
    main()
