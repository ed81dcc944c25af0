"""Peak memory: input, output and little more."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone

from fastbal.over_sampling import SMOTE, RandomOverSampler


def n_bytes(table: Any) -> int:
    if isinstance(table, np.ndarray):
        return table.nbytes
    return int(table.estimated_size() if isinstance(table, pl.DataFrame) else table.memory_usage(index=False).sum())


@pytest.mark.parametrize("sampler", [SMOTE(random_state=0), RandomOverSampler(random_state=0)])
@pytest.mark.parametrize("make", [np.asarray, np.asfortranarray, pd.DataFrame], ids=["array", "by columns", "pandas"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_peak_is_input_and_output_and_15_percent(sampler: Any, make: Any, dtype: type) -> None:
    rng = np.random.default_rng(0)
    X = make(rng.random((200_000, 10), dtype=np.float32).astype(dtype))
    y = (rng.random(200_000) < 0.1).astype(np.int64)
    clone(sampler).fit_resample(X, y)  # what is compiled and imported once does not count
    tracemalloc.start()
    try:
        fitted = clone(sampler)
        X_got, y_got = fitted.fit_resample(X, y)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    before, after = n_bytes(X) + y.nbytes, n_bytes(X_got) + y_got.nbytes
    assert peak <= after + 0.15 * (before + after)
