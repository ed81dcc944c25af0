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


def n_bytes_of_recipe(sampler: Any) -> int:
    """What a sampler says about its new rows afterwards, up to 17 bytes each: much only beside very short rows."""
    return sum(part.nbytes for part in vars(sampler.recipe_).values() if isinstance(part, np.ndarray))


@pytest.mark.parametrize(
    "sampler",
    [SMOTE(random_state=0), RandomOverSampler(random_state=0), RandomOverSampler(random_state=0, shrinkage=1.0)],
    ids=["SMOTE", "RandomOverSampler", "with noise"],
)
@pytest.mark.parametrize("make", [np.asarray, np.asfortranarray, pd.DataFrame], ids=["array", "by columns", "pandas"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int32])
@pytest.mark.parametrize("n_columns", [10, 3])
def test_peak_is_input_and_output_and_15_percent(sampler: Any, make: Any, dtype: type, n_columns: int) -> None:
    rng = np.random.default_rng(0)
    X = make((100 * rng.random((200_000, n_columns), dtype=np.float32)).astype(dtype))
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
    kept_with_the_sampler = n_bytes_of_recipe(fitted) if n_columns == 3 else 0
    assert peak <= after + kept_with_the_sampler + 0.15 * (before + after)
