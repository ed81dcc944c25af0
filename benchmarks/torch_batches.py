"""Balanced batches for PyTorch against `WeightedRandomSampler`: python -m benchmarks.torch_batches [FILE]

CPU microseconds a row, of this process and its workers, the least of several alternating rounds: 300,000 x 30 float32,
one row in twenty rare. Prints a table in Markdown, or writes it.
"""

from __future__ import annotations

import os
import platform
import resource
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, TensorDataset, WeightedRandomSampler

from benchmarks.cases import SMOKE
from fastbal.over_sampling import SMOTE, RandomOverSampler
from fastbal.torch import BalancedDataset, BalancedSampler
from fastbal.under_sampling import RandomUnderSampler

ROWS, COLUMNS = (3_000 if SMOKE else 300_000), 30
#: Rows asked of whoever takes microseconds for each; a row costs the same in the next thousand.
FEW = ROWS // 10
ROUNDS = 1 if SMOKE else 4

WEIGHTED = "WeightedRandomSampler, DataLoader"
SAMPLERS = {
    "BalancedDataset, over-sampling": RandomOverSampler(),
    "BalancedDataset, under-sampling": RandomUnderSampler(sampling_strategy=0.5),
    "BalancedDataset, SMOTE": SMOTE(),
}


def loaders(batch_size: int, num_workers: int) -> dict[str, Callable[[int], Iterable[Any]]]:
    """Name to a function that hands out an epoch by its number."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((ROWS, COLUMNS), dtype=np.float32)
    y = (np.arange(ROWS) % 20 == 0).astype(np.int64)
    data = TensorDataset(torch.from_numpy(X), torch.from_numpy(y))
    given: dict[str, Any] = {"batch_size": batch_size, "num_workers": num_workers}
    weights = torch.from_numpy(np.where(y == 1, 19.0, 1.0))
    found: dict[str, Callable[[int], Iterable[Any]]] = {
        WEIGHTED: lambda _: DataLoader(data, sampler=WeightedRandomSampler(weights, FEW), **given)
    }
    for name, sampler in SAMPLERS.items():
        for share in ("average", "exact"):
            batches = BalancedDataset(X, y, sampler=sampler, batch_size=batch_size, class_share=share, random_state=0)
            found[f"{name}, {share} shares"] = lambda epoch, batches=batches: epoch_of(batches, epoch, num_workers)
    by_number = BalancedSampler(y, sampler=RandomUnderSampler(), class_share="exact", random_state=0)

    def rows_by_number(epoch: int) -> Iterable[Any]:
        by_number.set_epoch(epoch)
        return DataLoader(data, sampler=by_number, **given)

    found["BalancedSampler, DataLoader, exact shares"] = rows_by_number
    return found


def epoch_of(batches: BalancedDataset, epoch: int, num_workers: int) -> Iterable[Any]:
    batches.set_epoch(epoch)
    return DataLoader(batches, batch_size=None, num_workers=num_workers)


def cpu_seconds() -> float:
    """Of this process and of those that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def microseconds(batches: Iterable[Any]) -> float:
    """CPU time a row."""
    start = cpu_seconds()
    n_rows = sum(len(X) for X, *_ in batches)
    return (cpu_seconds() - start) / n_rows * 1e6


def measure(batch_size: int, num_workers: int) -> dict[str, float]:
    """Name to microseconds a row; a round that is not counted compiles."""
    ways = loaders(batch_size, num_workers)
    least = dict.fromkeys(ways, np.inf)
    for epoch in range(ROUNDS + 1):
        for name, make in ways.items():
            taken = microseconds(make(epoch))
            least[name] = min(least[name], taken) if epoch else np.inf
    return least


def report() -> str:
    """The table."""
    columns = {f"{size:,}": measure(size, 0) for size in (32, 256, 1024, 4096)}
    columns["1,024, 2 workers"] = measure(1024, 2)
    lines = ["| CPU µs a row, at batches of | " + " | ".join(columns) + " |", "|---|" + "--:|" * len(columns)]
    for name in next(iter(columns.values())):
        cells = []
        for found in columns.values():
            times = f" ({found[WEIGHTED] / found[name]:.1f}x)" if name != WEIGHTED else ""
            cells.append(f"{found[name]:.2f}{times}")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    versions = f"Python {platform.python_version()}, PyTorch {torch.__version__}, NumPy {np.__version__}"
    return "\n".join([f"{ROWS:,} x {COLUMNS} float32; {os.cpu_count()} cores, {versions}.", "", *lines])


if __name__ == "__main__":
    text = report()
    print(text)
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(text + "\n", encoding="utf-8")
