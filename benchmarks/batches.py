"""The samplers whose balanced batches are measured, and their table: 1,000,000 x 30 float32, one row in twenty rare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.cases import SMOKE

ROWS = 20_000 if SMOKE else 1_000_000
COLUMNS = 30
BATCH_SIZE = 4096


@dataclass(frozen=True)
class BatchCase:
    """A sampler, by module and class, and how the classes share a batch."""

    module: str
    sampler: str
    class_share: str = "average"

    @property
    def name(self) -> str:
        """What a report calls it."""
        return f"{self.sampler}, {self.class_share} shares"


ALONE = [
    BatchCase("over_sampling", "SMOTE"),
    BatchCase("over_sampling", "SMOTE", "exact"),
    BatchCase("over_sampling", "RandomOverSampler"),
    BatchCase("under_sampling", "RandomUnderSampler"),
]

#: Against training on the balanced table in memory.
TRAINING = [BatchCase("over_sampling", "SMOTE"), BatchCase("over_sampling", "RandomOverSampler")]

#: What is held, and the peak of two epochs.
MEMORY = [BatchCase("over_sampling", "SMOTE"), BatchCase("under_sampling", "RandomUnderSampler")]


def table() -> tuple[NDArray[Any], NDArray[Any]]:
    """Normal columns of different widths; made piece by piece, without a second copy."""
    rng = np.random.default_rng(0)
    widths = np.linspace(3, 0.01, COLUMNS, dtype=np.float32)
    X = np.empty((ROWS, COLUMNS), np.float32)
    for start in range(0, ROWS, 10_000):
        X[start : start + 10_000] = rng.standard_normal((10_000, COLUMNS), dtype=np.float32) * widths
    return X, (np.arange(ROWS) % 20 == 0).astype(np.int64)
