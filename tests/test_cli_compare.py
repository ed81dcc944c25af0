"""`fastbal compare`: what it prints, what it writes, and what it refuses before the work."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.model_selection import train_test_split
from typer.testing import CliRunner

from fastbal import study
from fastbal.cli import compare as work
from fastbal.cli.app import app
from fastbal.study import REFERENCE, Comparison, Run

FEW = ("--models", "logistic-regression", "--arms", "smote", "--folds", "2")


def run(*arguments: Any, columns: int = 100) -> Any:
    words = [str(argument) for argument in ("compare", *arguments)]
    return CliRunner().invoke(app, words, env={"COLUMNS": str(columns)})


def said(result: Any) -> str:
    """What was printed, on one line."""
    return " ".join(result.output.split())


def refused(message: str, *arguments: Any, exit_code: int = 1) -> None:
    result = run(*arguments)
    assert result.exit_code == exit_code, result.output
    assert re.search(message, said(result)), said(result)
    assert "Traceback" not in result.output


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    is_fraud = rng.permutation([False] * 60 + [True] * 20)
    table = pl.DataFrame(
        {
            "amount": rng.normal(size=80) + is_fraud,
            "card": [f"card {i}" for i in range(80)],
            "where": rng.choice(["home", "abroad", None], 80),
            "fraud": np.where(is_fraud, "yes", "no"),
        }
    )
    table.write_csv("cards.csv", separator=";")
    return Path("cards.csv")


def test_table_and_advice_are_printed(file: Path) -> None:
    result = run(file, "--target", "fraud", *FEW)
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0] == "cards.csv: 80 rows, 4 columns"
    assert lines[1] == "target: 'fraud' (as given)"
    assert "yes 20 25.00%" in said(result)
    assert "note: 'card' is left out: each row has a value of its own" in said(result)
    assert re.search(r"SMOTE +\d\.\d{3} +[+-]\d\.\d{3} \(", result.output)
    assert re.search(r"(P|Not p)roved.* The best bet is ", said(result))
    assert re.search(r"4/4  SMOTE, logistic regression, fold 2 .* to go", result.stderr)
    assert max(map(len, lines)) <= 100
    assert os.listdir() == ["cards.csv"]


def test_a_narrow_terminal(file: Path) -> None:
    result = run(file, *FEW, columns=70)
    assert max(map(len, result.output.splitlines())) <= 70
    assert re.search(r"\n tuned threshold +\d\.\d{3} +reference", result.output)


@pytest.mark.slow
def test_files_asked_for(file: Path) -> None:
    result = run(file, *FEW, "--html", "a.html", "--json", "a.json", "--csv", "a.csv", "--seed", 3)
    assert result.exit_code == 0, result.output
    assert sorted(os.listdir()) == ["a.csv", "a.html", "a.json", "cards.csv"]
    got = json.loads(Path("a.json").read_text(encoding="utf-8"))
    assert said(result).endswith(got["advice"])
    assert got["settings"]["data"] == "cards.csv, target 'fraud'"
    command = got["settings"]["command"]
    assert command.startswith("fastbal compare cards.csv --models logistic-regression --arms smote --folds 2")
    assert command in Path("a.html").read_text(encoding="utf-8")
    assert pl.read_csv("a.csv")["fold"].to_list() == [0, 0, 1, 1]


@pytest.mark.slow
def test_the_command_that_is_reported_repeats_the_run(file: Path) -> None:
    run(file, *FEW, "--json", "a.json", "--rare", "NO", "--metric", "mcc", "--repeats", 2)
    first = json.loads(Path("a.json").read_text(encoding="utf-8"))
    words = first["settings"]["command"].split()[2:]
    run(*words, "--force")
    again = json.loads(Path("a.json").read_text(encoding="utf-8"))
    assert first["rare"] == "no"
    assert [of["scores"] for of in first["runs"]] == [of["scores"] for of in again["runs"]]
    assert len(first["runs"]) == 8


def test_quick(file: Path) -> None:
    result = run(file, "--models", "Logistic Regression", "--arms", "nothing", "--quick", "--csv", "a.csv")
    assert result.exit_code == 0, result.output
    assert pl.read_csv("a.csv")["fold"].max() == 2


def test_the_built_in_case_is_the_published_one(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}

    def watch(X: Any, y: Any, **arguments: Any) -> Any:
        given.update(arguments, y=y, X=X)
        raise ValueError("seen enough")

    monkeypatch.setattr(study, "compare", watch)
    assert run("--models", "logistic-regression").exit_code == 1
    y = given["y"].to_numpy()
    train, test = next(given["cv"].split(y))
    assert np.bincount(y).tolist() == [9500, 500]
    assert np.bincount(y[train]).tolist() == [7602, 398]
    expected = train_test_split(np.arange(10_000), test_size=0.2, random_state=42)
    np.testing.assert_array_equal(train, expected[0])
    np.testing.assert_array_equal(test, expected[1])


def test_refused_before_the_work(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "compare", lambda *_, **__: pytest.fail("the work had begun"))
    Path("old.html").write_text("precious")
    refused(r"old\.html exists already\. Give another name with --html, or --force", file, "--html", "old.html")
    refused(r"there is no folder .*nowhere", file, "--json", "nowhere/a.json")
    refused(r"--csv names a, as another option does", file, "--html", "a", "--csv", "a", exit_code=2)
    refused(
        r"--arms: there is no 'smot'\. Did you mean 'SMOTE'\? There are: nothing,", file, "--arms", "smot", exit_code=2
    )
    refused(r"--arms names nothing", file, "--arms", ",", exit_code=2)
    refused(r"--models: there is no 'forest'", file, "--models", "forest", exit_code=2)
    refused(r"--metric must be one of precision, .* but is 'f2'", file, "--metric", "f2", exit_code=2)
    refused(r"--rare names the class 'maybe', which the target does not have", file, "--rare", "maybe")
    refused(r"there is no column 'fraudd'\. Did you mean 'fraud'\?", file, "--target", "fraudd", exit_code=2)
    refused(r"there is no such file", "gone.csv")
    assert Path("old.html").read_text() == "precious"


def test_the_data_do_not_allow_it(file: Path) -> None:
    refused(
        r"at least 24 rows for 12 folds, but fewer are in 'yes' \(20\)\. Lower --folds", file, *FEW[:2], "--folds", 12
    )
    pl.read_csv(file, separator=";").with_columns(fraud=pl.lit("no")).write_csv("one.csv")
    refused(r"Column 'fraud' holds one class only", "one.csv", *FEW)


def test_a_file_without_column_names(tmp_path: Path) -> None:
    path = tmp_path / "bare.csv"
    path.write_text("39,7.5,no\n40,8.5,yes\n")
    refused(r"the first line looks like data", path)


def test_an_interrupted_run_is_reported_and_written(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compare = study.compare

    def interrupted(*arguments: Any, **named: Any) -> Comparison:
        comparison = compare(*arguments, **named)
        comparison.is_interrupted = True
        return comparison

    monkeypatch.setattr(study, "compare", interrupted)
    result = run(file, *FEW, "--html", "a.html")
    assert result.exit_code == 130
    assert "SMOTE" in result.output
    assert result.output.endswith(
        "fastbal: Interrupted. What had ended by then is above and in the files; --resume goes on from there.\n"
    )
    assert "interrupted" in Path("a.html").read_text(encoding="utf-8")


def test_a_failing_remedy_is_named(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compare = study.compare

    def with_failure(*arguments: Any, **named: Any) -> Comparison:
        comparison = compare(*arguments, **named)
        comparison.add(Run("logistic regression", "odd [arm]", 0, error="ValueError: [no] luck"))
        return comparison

    monkeypatch.setattr(study, "compare", with_failure)
    result = run(file, *FEW)
    assert result.exit_code == 0
    assert "odd [arm] failed" in said(result)
    assert "failed: odd [arm], logistic regression: ValueError: [no] luck" in said(result)


def test_names_as_they_may_be_typed() -> None:
    assert work._chosen("smote-enn, Tuned_Threshold", study.ARMS, "--arms") == ["SMOTE-ENN", REFERENCE]
