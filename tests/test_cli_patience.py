"""A long comparison: it says how far it is, ends when asked, and goes on where it was."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression
from typer.testing import CliRunner

from fastbal import study
from fastbal.cli import patience
from fastbal.cli.app import app
from fastbal.cli.errors import CliError
from fastbal.study import Progress, Run, _workers

FEW = ("--models", "logistic-regression", "--arms", "smote", "--folds", "2")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    is_fraud = rng.permutation([False] * 60 + [True] * 20)
    table = {
        "amount": rng.exponential(size=80) + is_fraud,
        "who": np.arange(80) // 2,
        "day": pl.date_range(pl.date(2024, 1, 1), pl.date(2024, 3, 20), eager=True),
        "fraud": np.where(is_fraud, "yes", "no"),
    }
    pl.DataFrame(table).write_csv("cards.csv")
    return Path("cards.csv")


def run(*arguments: Any) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in ("compare", *arguments)], env={"COLUMNS": "100"})


def scores_in(path: str) -> list[Any]:
    runs = json.loads(Path(path).read_text(encoding="utf-8"))["runs"]
    return sorted((one["model"], one["arm"], one["fold"], one["scores"]["f1"]) for one in runs)


@pytest.mark.slow
def test_an_interrupted_run_goes_on(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluate, n_fits = _workers.evaluate, []

    def until_the_second(*arguments: Any) -> Any:
        n_fits.append(1)
        if len(n_fits) == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        return evaluate(*arguments)

    monkeypatch.setattr(_workers, "evaluate", until_the_second)
    result = run(file, *FEW, "--json", "a.json")
    assert result.exit_code == 143, result.output
    assert "Terminated. What had ended by then is above and in the files; --resume goes on from there" in result.output
    assert len(list(Path("cards.csv-fits").glob("*.npz"))) == 2 == len(scores_in("a.json"))
    assert run(file, *FEW).exit_code == 2  # --resume or --force
    result = run(file, *FEW, "--resume", "--json", "b.json")
    assert result.exit_code == 0, result.output
    assert len(n_fits) == 4  # none twice
    assert not Path("cards.csv-fits").exists()
    assert run(file, *FEW, "--json", "c.json").exit_code == 0
    assert scores_in("b.json") == scores_in("c.json")


@pytest.mark.slow
def test_other_questions_do_not_take_what_is_kept(file: Path) -> None:
    assert run(file, *FEW, "--keep", "kept").exit_code == 0
    n_kept = len(list(Path("kept").glob("*.npz")))
    assert "Terminated" not in Path("kept/log.txt").read_text(encoding="utf-8")
    assert run(file, *FEW, "--keep", "kept", "--resume").exit_code == 0
    assert len(list(Path("kept").glob("*.npz"))) == n_kept == 4
    assert run(file, *FEW, "--keep", "kept", "--resume", "--cost", "fp=1,fn=9").exit_code == 0
    assert len(list(Path("kept").glob("*.npz"))) == 8
    next(Path("kept").glob("*.npz")).write_bytes(b"damaged")
    assert run(file, *FEW, "--keep", "kept", "--resume", "--cost", "fp=1,fn=9").exit_code == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "jobs"), [(signal.SIGTERM, 1), (signal.SIGINT, 1), (signal.SIGKILL, 1), (signal.SIGTERM, 2)]
)
def test_a_run_that_is_ended_from_outside_goes_on(file: Path, number: signal.Signals, jobs: int) -> None:
    command = [sys.executable, "-c", "from fastbal.cli import main; main()", "compare", str(file)]
    command += ["--models", "logistic-regression", "--arms", "smote", "--jobs", str(jobs), "--json", "a.json"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    folder = Path("cards.csv-fits")
    while not folder.is_dir() or len(list(folder.glob("*.npz"))) < 3:
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(number)
    process.communicate(timeout=120)
    assert process.returncode == {signal.SIGTERM: 143, signal.SIGINT: 130}.get(number, -number)
    assert len(list(folder.glob("*.npz"))) >= 3
    command += ["--resume", "--force", "--minutes", "0"]
    assert subprocess.run(command, capture_output=True, check=False, timeout=600).returncode == 0
    assert not folder.exists()
    assert len(scores_in("a.json")) >= 20  # ten folds of the untouched model and the remedy


class Loud(LogisticRegression):
    """As TensorFlow is when C++ is loaded."""

    def __reduce__(self) -> Any:
        return _loaded, (self.C,)


def _loaded(C: float) -> Loud:
    os.write(2, b"oneDNN custom operations are on\n")
    return Loud(C=C)


def test_workers_load_libraries_without_a_word(capfd: pytest.CaptureFixture[str]) -> None:
    received = pickle.loads(pickle.dumps(_workers.Sent(Loud(C=3.0))))
    assert (type(received.classifier), received.classifier.C) == (Loud, 3.0)
    assert capfd.readouterr().err == ""
    os.write(2, b"heard")
    assert capfd.readouterr().err == "heard"


def test_the_log_has_a_line_a_minute(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journal = patience.Journal(tmp_path / "log.txt")
    journal.last = time.monotonic()
    for i in range(5):
        if i == 3:
            journal.last -= 61
        journal(Progress(i + 1, 5, Run("m" * 200, "arm", i, seconds_in_all=1.0), 1.0, 100.0))
    assert len((tmp_path / "log.txt").read_text(encoding="utf-8").splitlines()) == 2  # after a minute, and at the end
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 5
    assert all(line.endswith("1 s, about 2 min to go") and len(line) < 100 for line in lines)


@pytest.mark.slow
def test_time_is_spent_where_it_decides() -> None:
    """No fit is begun after the time; what is clearly beaten is stopped before, and said to be."""
    rng = np.random.default_rng(0)
    y = (rng.random(600) < 0.3).astype(int)
    X = np.column_stack([y + 0.3 * rng.normal(size=600), rng.normal(size=600)])

    class Noise(LogisticRegression):
        def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
            return super().fit(X, np.random.default_rng(0).permutation(y))

    given: dict[str, Any] = {"models": ["logistic regression"], "arms": ["class weights"]}
    found = study.compare(X, y, **given, add={"noise": Noise()}, minutes=5)
    assert "clearly beaten after 2 of 10 folds" in found.stopped["-", "noise"]
    assert "clearly beaten" in found.html()
    assert found.bet.arm != "noise"
    nothing_left = study.compare(X, y, **given, minutes=1e-9)
    assert nothing_left.runs == []
    assert "time was up" in " ".join(nothing_left.unavailable.values())


def test_costs_as_they_are_typed() -> None:
    assert patience.costs_in("fp=1, fn=amount", ["amount"]) == {"fp": 1.0, "fn": "amount"}
    assert patience.costs_in("0,1;25,0", []) == [[0.0, 1.0], [25.0, 0.0]]
    for text, message in (("fn=amont", "'amont' is neither a number nor a column"), ("a;b", "must be as fp=1,fn=25")):
        with pytest.raises(CliError, match=message):
            patience.costs_in(text, ["amount"])


def test_questions_groups_and_time(file: Path) -> None:
    result = run(file, *FEW, "--cost", "fp=1,fn=amount", "--joblib", "a.joblib", "--html", "a.html")
    assert result.exit_code == 0, result.output
    assert "cost per 1,000 rows" in " ".join(result.output.split())
    program = Path("a.html").read_text(encoding="utf-8").partition("import joblib\n")[2].partition("</pre>")[0]
    Path("program.py").write_text("import joblib\n" + program.replace("&#39;", "'").replace("&#34;", '"'))
    exec(compile(Path("program.py").read_text(), "program.py", "exec"), {})
    assert Path("model.joblib").stat().st_size > 1000
    assert Path("a.joblib").stat().st_size > 1000
    result = run(file, *FEW, "--time", "day", "--embargo", 3, "--groups", "who", "--budget", 10)
    assert result.exit_code == 0, result.output
    result = run(file, *FEW, "--groups", "who", "--min-precision", 0.3)
    assert result.exit_code == 0, result.output
    assert "left out who: it keeps rows together" in " ".join(result.output.split())
    assert run(file, *FEW, "--groups", "whom").exit_code == 2
    assert run(file, *FEW, "--budget", 3, "--metric", "f1").exit_code == 1
