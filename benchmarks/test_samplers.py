"""Every other sampler against imbalanced-learn's of the same name."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

from benchmarks import samplers
from benchmarks.race import IMBLEARN, ONE_THREAD, on_one_thread, race
from benchmarks.samplers import SamplerCase


def compare(benchmark: Any, group: str, case: SamplerCase) -> None:
    """Time both; where the same rows are meant to come out, they must."""
    benchmark.group = group
    X, y = case.table.table()

    def resample(library: str) -> Any:
        sampler = getattr(importlib.import_module(f"{library}.{case.module}"), case.sampler)
        return sampler(**case.parameters).fit_resample(X, y)

    def check(got: tuple[Any, Any]) -> None:
        assert len(got[0]) == len(got[1])
        if case.same_rows:
            expected = resample("imblearn")
            assert np.array_equal(got[1], expected[1])
            np.testing.assert_allclose(got[0], expected[0], rtol=1e-9, atol=1e-9)

    info = {**case.table.info(len(X)), "case": case.name}
    rivals = {ONE_THREAD: on_one_thread(lambda: resample("fastbal")), IMBLEARN: lambda: resample("imblearn")}
    race(benchmark, lambda: resample("fastbal"), rivals, info=info, check=check)


@pytest.mark.parametrize("case", samplers.CLEANING)
def test_cleaning(benchmark: Any, case: SamplerCase) -> None:
    compare(benchmark, "cleaning", case)


@pytest.mark.parametrize("case", samplers.COMBINED)
def test_combined(benchmark: Any, case: SamplerCase) -> None:
    compare(benchmark, "combined", case)


@pytest.mark.parametrize("case", samplers.NEAR_MISS)
def test_near_miss(benchmark: Any, case: SamplerCase) -> None:
    compare(benchmark, "near miss 1 and 3", case)


@pytest.mark.parametrize("case", samplers.NEAR_MISS_2)
def test_near_miss_2(benchmark: Any, case: SamplerCase) -> None:
    compare(benchmark, "near miss 2", case)


@pytest.mark.parametrize("case", samplers.CONDENSED)
def test_condensed(benchmark: Any, case: SamplerCase) -> None:
    compare(benchmark, "condensed", case)


@pytest.mark.parametrize("case", samplers.BORDERLINE)
def test_borderline(benchmark: Any, case: SamplerCase) -> None:
    compare(benchmark, "borderline and ADASYN", case)


@pytest.mark.parametrize("case", samplers.MODELS)
def test_models(benchmark: Any, case: SamplerCase) -> None:
    compare(benchmark, "with a model", case)
