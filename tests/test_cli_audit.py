"""`fastbal audit`: what it prints, what it writes, and what it refuses before the work."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from fastbal import audit as audit_in_python
from fastbal import auditing
from fastbal.cli.app import app
from fastbal.over_sampling import SMOTE


def run(*arguments: Any, command: str = "audit") -> Any:
    return CliRunner().invoke(app, [command, *map(str, arguments)], env={"COLUMNS": "100"})


def said(result: Any) -> str:
    """What was printed, on one line."""
    return " ".join(result.output.split())


def refused(message: str, *arguments: Any, exit_code: int = 1) -> None:
    result = run(*arguments)
    assert result.exit_code == exit_code, result.output
    assert re.search(message, said(result)), said(result)
    assert "Traceback" not in result.output


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    is_fraud = rng.permutation([False] * 160 + [True] * 20)
    names = ["a", "b", "c"]
    table = pl.DataFrame(rng.normal(size=(180, 3)) + is_fraud[:, None], schema=names)
    table.with_columns(label=pl.Series(np.where(is_fraud, "yes", "no"))).write_csv("real.csv")
    assert run("real.csv", "-o", "balanced.csv", "--seed", 1, command="resample").exit_code == 0
    return Path("real.csv"), Path("balanced.csv")


def test_what_resample_has_written(files: Any) -> None:
    result = run(*files, "--html", "a.html", "--json", "a.json")
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0] == "real.csv: 180 rows, 4 columns"
    assert lines[1] == "target: 'label' (by its name; --target chooses another)"
    assert "balanced.csv: 140 new rows" in lines
    assert "recoverable originals not known: no recipe" in said(result)
    assert "written: a.html written: a.json" in said(result)
    got = json.loads(Path("a.json").read_text(encoding="utf-8"))
    assert said(result).endswith(got["advice"])
    real = pl.read_csv("real.csv")
    expected = audit_in_python(SMOTE(random_state=1), real.drop("label"), real["label"])
    assert got["n_new"] == expected.n_new
    assert got["coverage"] == pytest.approx(expected.coverage)
    assert got["detection_auc"] == pytest.approx(expected.detection_auc)
    assert got["advice"] in Path("a.html").read_text(encoding="utf-8")


def test_without_classes_and_with_rows_held_out(files: Any) -> None:
    table = pl.read_csv("real.csv").drop("label")
    table[:100].write_csv("train.csv")
    table[100:].write_parquet("held.parquet")
    (table[:100] + 0.001).write_csv("new.csv")
    result = run("train.csv", "new.csv", "--holdout", "held.parquet", "--json", "a.json", "--seed", 4)
    assert result.exit_code == 0, result.output
    assert "target: none; --target chooses one" in result.output
    got = json.loads(Path("a.json").read_text(encoding="utf-8"))
    assert got["membership_auc"] == 1
    assert got["foreign_share"] is None
    assert got["settings"]["random_state"] == 4
    assert "do not hand them out" in got["advice"]


def test_broken_rules_are_named(files: Any) -> None:
    table = pl.read_csv("real.csv")
    table.with_columns(pl.col("a") + 100).write_csv("new.csv")
    result = run(files[0], "new.csv", "--target", "label", "--holdout", files[0])
    assert result.exit_code == 0, result.output
    assert "broken by 180 new rows: a: outside" in result.output
    assert "membership AUC" in result.output


def test_refused_before_the_work(files: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditing, "audit", lambda *_, **__: pytest.fail("the work had begun"))
    refused(r"nowhere\.csv: there is no such file", files[0], "nowhere.csv")
    refused(r"the ending '\.txt' is not known", files[0], "new.txt", exit_code=2)
    refused(r"real\.csv exists already.*input itself.*--json, or --force", *files, "--json", files[0])
    refused(r"balanced\.csv exists already\. Give another name with --html", *files, "--html", files[1])
    refused(r"--json names a, as another option does", *files, "--html", "a", "--json", "a", exit_code=2)
    refused(r"there is no column 'lable'\. Did you mean 'label'\?", *files, "--target", "lable", exit_code=2)
    pl.read_csv("real.csv").drop("label").write_csv("bare.csv")
    refused(r"bare\.csv has no column 'label', which holds the classes", files[0], "bare.csv", exit_code=2)
    pl.read_csv("real.csv").select("label").write_csv("labels.csv")
    refused(r"labels\.csv has no column besides the target", "labels.csv", files[1])
    assert set(os.listdir()) == {"real.csv", "balanced.csv", "bare.csv", "labels.csv"}


def test_refused_in_the_words_of_the_command(files: Any) -> None:
    pl.read_csv("real.csv").drop("b").write_csv("less.csv")
    refused(r"less\.csv must have the columns of real\.csv, but it has no column 'b'\.", files[0], "less.csv")
    refused(r"less\.csv must have the columns", *files, "--holdout", "less.csv")
    pl.read_csv("real.csv").with_columns(label=pl.lit("maybe")).write_csv("other.csv")
    refused(r"180 new rows are of classes without a real row: 'maybe'", files[0], "other.csv")
