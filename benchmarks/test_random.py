"""Random over- and under-sampling against imbalanced-learn's, one copy of the output, and one take of its rows."""

from __future__ import annotations

from typing import Any

import imblearn.over_sampling
import imblearn.under_sampling
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

import fastbal.over_sampling
import fastbal.under_sampling
from benchmarks.cases import SMALL, SMOKE, Case, by_name
from benchmarks.race import COPY, IMBLEARN, ONE_THREAD, TAKE, on_one_thread, race

OVER = (fastbal.over_sampling.RandomOverSampler, imblearn.over_sampling.RandomOverSampler)
UNDER = (fastbal.under_sampling.RandomUnderSampler, imblearn.under_sampling.RandomUnderSampler)
SAMPLERS = pytest.mark.parametrize("samplers", [OVER, UNDER], ids=["over", "under"])


def compare(benchmark: Any, samplers: tuple[Any, Any], X: Any, y: Any, name: str, kind: str, columns: int) -> None:
    """Time both, a copy of what came out, and what reads the same rows by number; the classes must be equal."""
    ours, theirs = (sampler(random_state=0) for sampler in samplers)
    X_got, y_got = ours.fit_resample(X, y)
    rows = ours.sample_indices_

    def check(got: tuple[Any, Any]) -> None:
        assert len(set(np.bincount(np.asarray(got[1])).tolist())) == 1
        assert len(got[0]) == len(got[1])

    race(
        benchmark,
        lambda: ours.fit_resample(X, y),
        {
            ONE_THREAD: on_one_thread(lambda: ours.fit_resample(X, y)),
            COPY: lambda: (X_got.copy(), y_got.copy()),
            TAKE: lambda: (X.take(rows, axis=0), y.take(rows)),
            IMBLEARN: lambda: theirs.fit_resample(X, y),
        },
        info={"case": f"{samplers[0].__name__}, {name}", "rows": len(y), "columns": columns, "kind": kind},
        check=check,
    )


def labels(n: int) -> NDArray[np.int64]:
    """One row in ten is of the rare class."""
    return (np.random.default_rng(1).random(n) < 0.1).astype(np.int64)


def mixed(n: int) -> pd.DataFrame:
    """A table as it comes from a database: amounts, counts, flags, words, categories and dates."""
    rng = np.random.default_rng(0)
    words = np.array(["north", "south", "east", "west", "unknown"])
    columns: dict[str, Any] = {f"amount {j}": rng.lognormal(3, 1, n) for j in range(8)}
    columns |= {f"count {j}": rng.integers(0, 100, n) for j in range(4)}
    columns |= {f"flag {j}": rng.random(n) < 0.3 for j in range(2)}
    columns |= {f"word {j}": words[rng.integers(0, 5, n)] for j in range(3)}
    columns |= {f"category {j}": pd.Categorical.from_codes(rng.integers(0, 5, n), list(words)) for j in range(2)}
    columns["day"] = np.datetime64("2024-01-01", "s") + rng.integers(0, 10**7, n).astype("timedelta64[s]")
    return pd.DataFrame(columns)


@SAMPLERS
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_array(benchmark: Any, samplers: tuple[Any, Any], dtype: str) -> None:
    benchmark.group = "random, array"
    n = 2_000 if SMOKE else 1_000_000
    X = np.random.default_rng(0).standard_normal((n, 30)).astype(dtype)
    compare(benchmark, samplers, X, labels(n), f"{dtype} array", "array", 30)


@SAMPLERS
def test_mixed_dataframe(benchmark: Any, samplers: tuple[Any, Any]) -> None:
    benchmark.group = "random, mixed dataframe"
    n = 2_000 if SMOKE else 1_000_000
    X = mixed(n)
    compare(benchmark, samplers, X, pd.Series(labels(n)), "mixed pandas dataframe", "dataframe", X.shape[1])


@SAMPLERS
@pytest.mark.parametrize("container", ["array", "pandas"])
def test_insurance(benchmark: Any, samplers: tuple[Any, Any], container: str) -> None:
    benchmark.group = "random, other"
    X, y = by_name("insurance-like").table()
    table = X if container == "array" else pd.DataFrame(X).rename(columns=str)
    compare(benchmark, samplers, table, y, f"insurance-like, {container}", container, X.shape[1])


@SAMPLERS
@pytest.mark.parametrize("container", ["array", "pandas"])
@pytest.mark.parametrize(("size", "case"), [(size, cases[-1]) for size, cases in SMALL.items()])
def test_small(benchmark: Any, samplers: tuple[Any, Any], size: str, case: Case, container: str) -> None:
    benchmark.group = f"random, {size}"
    X, y = case.table()
    table = X if container == "array" else pd.DataFrame(X).rename(columns=str)
    compare(benchmark, samplers, table, y, f"{container} of {size}", container, X.shape[1])
