"""Samplers of several labels: no peer takes tables of this size, so fastbal runs alone."""

from __future__ import annotations

from typing import Any

import pytest

import fastbal.multilabel
from benchmarks import multilabel
from benchmarks.multilabel import LabelsCase
from benchmarks.race import ONE_THREAD, on_one_thread, race


def measure(benchmark: Any, group: str, case: LabelsCase) -> None:
    """Time a case, on all threads and on one."""
    benchmark.group = group
    X, y = case.table()
    sampler = getattr(fastbal.multilabel, case.sampler)(**case.parameters)

    def check(got: tuple[Any, Any]) -> None:
        assert len(got[0]) == len(got[1]) != len(X)
        assert got[1].shape[1] == case.labels

    info = {"case": case.name, "rows": len(X), "columns": case.columns, "kind": case.kind}
    rivals = {ONE_THREAD: on_one_thread(lambda: sampler.fit_resample(X, y))}
    race(benchmark, lambda: sampler.fit_resample(X, y), rivals, info=info, check=check)


@pytest.mark.parametrize("case", multilabel.MLSMOTE)
def test_mlsmote(benchmark: Any, case: LabelsCase) -> None:
    measure(benchmark, "MLSMOTE", case)


@pytest.mark.parametrize("case", multilabel.OTHERS)
def test_others(benchmark: Any, case: LabelsCase) -> None:
    measure(benchmark, "several labels", case)
