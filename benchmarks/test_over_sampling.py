"""SMOTE.fit_resample against imbalanced-learn's: equal classes, few new rows, small tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import SMOTE as ImblearnSMOTE

from benchmarks.cases import FEW_NEW_ROWS, LARGE, SMALL, SMOTE, WIDE, Case
from benchmarks.race import IMBLEARN, ONE_THREAD, on_one_thread, race, sklearn_search_seconds
from fastbal.over_sampling import SMOTE as OurSMOTE


def compare(benchmark: Any, case: Case, X: Any, y: Any, strategy: float | str = "auto") -> None:
    """Time both; the old rows must come first, unchanged, and the new ones be as many as asked for."""
    rare = np.asarray(X)[np.asarray(y) == 1]

    def ours() -> Any:
        return OurSMOTE(sampling_strategy=strategy, random_state=0).fit_resample(X, y)

    def imblearn() -> Any:
        return ImblearnSMOTE(sampling_strategy=strategy, random_state=0).fit_resample(X, y)

    def check(got: tuple[Any, Any]) -> None:
        zeros, ones = np.bincount(np.asarray(got[1])).tolist()
        assert abs(ones - (zeros if strategy == "auto" else int(zeros * float(strategy)))) <= 1
        assert np.array_equal(np.asarray(got[0])[: len(y)], np.asarray(X))

    race(
        benchmark,
        ours,
        {ONE_THREAD: on_one_thread(ours), IMBLEARN: imblearn},
        info=case.info(len(rare)),
        check=check,
        estimates={IMBLEARN: sklearn_search_seconds(rare)},
    )


@pytest.mark.parametrize("case", SMOTE)
def test_smote(benchmark: Any, case: Case) -> None:
    benchmark.group = "smote"
    compare(benchmark, case, *case.table())


@pytest.mark.parametrize("case", FEW_NEW_ROWS)
def test_smote_few_new_rows(benchmark: Any, case: Case) -> None:
    benchmark.group = "smote, few new rows"
    X, y = case.table()
    ratio = 0.12 if (y == 1).sum() < 0.12 * (y == 0).sum() else 0.5  # tiny tables have other classes
    compare(benchmark, case, X, y, ratio)


@pytest.mark.parametrize("case", WIDE)
def test_smote_wide(benchmark: Any, case: Case) -> None:
    benchmark.group = "smote, wide tables"
    compare(benchmark, case, *case.table())


@pytest.mark.parametrize("case", LARGE)
def test_smote_large(benchmark: Any, case: Case) -> None:
    benchmark.group = "smote, large float32 tables"
    compare(benchmark, case, *case.table())


@pytest.mark.parametrize("container", ["array", "pandas"])
@pytest.mark.parametrize(("size", "case"), [(size, case) for size, cases in SMALL.items() for case in cases])
def test_smote_small(benchmark: Any, size: str, case: Case, container: str) -> None:
    benchmark.group = f"smote, {size}"
    X, y = case.table()
    if container == "array":
        compare(benchmark, case, X, y)
    else:
        named = pd.DataFrame(X, columns=[f"column {j}" for j in range(X.shape[1])])
        compare(benchmark, case, named, pd.Series(y, name="target"))
    benchmark.extra_info["case"] = f"{case.name}, {container}"
