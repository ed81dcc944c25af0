"""The benchmarks run from end to end, with tiny tables: what is measured needs a quiet machine, this does not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pytest_benchmark", reason="the benchmarks need fastbal[bench]")

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("smoke")
    command = [sys.executable, "-m", "benchmarks", "--smoke", str(folder)]
    # pytest-benchmark measures nothing in a process of pytest-xdist, and tells it by these.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_XDIST")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.mark.slow
def test_the_report_holds_every_part(smoke: Path) -> None:
    (page,) = (smoke / "benchmarks" / "results").glob("*.md")
    titles = [line for line in page.read_text().splitlines() if line.startswith("## ")]
    assert len(titles) == 23
    (data,) = (smoke / "benchmarks" / "results").glob("*.json")
    groups = {result["group"] for result in json.loads(data.read_text())["results"]}
    assert {"neighbors", "smote", "smote, few new rows", "smote, wide tables", "random, array", "first use"} <= groups


@pytest.mark.slow
def test_the_readme_is_filled_between_its_marks(smoke: Path) -> None:
    before, after = ((folder / "README.md").read_text() for folder in (ROOT, smoke))
    begin, end = "<!-- measurements: begin", "<!-- measurements: end -->"
    assert before.split(begin)[0] == after.split(begin)[0]
    assert before.split(end)[1] == after.split(end)[1]
    assert "| All-kNN, k = 5 |" in after


@pytest.mark.slow
def test_the_curve_is_drawn(smoke: Path) -> None:
    pytest.importorskip("matplotlib")
    assert (smoke / "docs" / "guide" / "growth.svg").read_text().startswith("<?xml")


def test_every_case_made_by_rule_gives_what_it_says() -> None:
    from benchmarks.cases import CASES, STRUCTURED, STRUCTURELESS, WIDE

    assert len({case.name for case in [*CASES, *WIDE]}) == len(CASES) + len(WIDE)
    for case in STRUCTURELESS + STRUCTURED + WIDE:
        X, y = case.resized(30, 90).table()
        assert X.shape == (120, case.columns)
        assert np.isfinite(X).all()
        assert abs(y.sum() - 30) <= 3


@pytest.mark.slow
def test_samplers_of_continuous_targets_are_measured(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    command = [sys.executable, "-m", "benchmarks.regression", "fastbal", str(out), "--sizes", "300", "600"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(lines) == 10
    assert {line["who"] for line in lines} >= {"SMOGN", "SMOTER", "WERCS"}
    assert all(min(line["cpu_seconds"]) > 0 and line["rows_out"] == line["rows"] for line in lines)
