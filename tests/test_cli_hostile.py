"""Whatever a file's names, labels and cells hold, no letter of them steers the terminal, the report or an error."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unicodedata import category

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from fastbal._core.words import printable
from fastbal.cli.app import app
from fastbal.study import compare

#: Clears the screen and names the window; turns the order of letters; ends lines; looks like markup of Rich and HTML.
CONTROL = "\x1b[2J\x1b]0;owned\x07\x9b31m"
TURNED = "\u202egpj.exe\u2066"
LINES = "a\r\nb\x0b\u2028c"
MARKUP = "[red]x[/red][/]<b>&"
LABELS = [f"no{CONTROL}{MARKUP}", f"yes{TURNED}{LINES}"]
TARGET = f"class{CONTROL}{TURNED}{LINES}{MARKUP}"
NUMBER = f"size{CONTROL}{TURNED}\n{MARKUP}"
TEXT = f"note{CONTROL}{TURNED}\n{MARKUP}"


def table() -> pl.DataFrame:
    rng = np.random.default_rng(0)
    n = 60
    return pl.DataFrame(
        {
            NUMBER: rng.normal(size=n),
            "x": rng.normal(size=n),
            TEXT: [f"{CONTROL}{TURNED}\n{MARKUP}{i % 7}" for i in range(n)],
            TARGET: [LABELS[i % 4 == 0] for i in range(n)],
        }
    )


def is_calm(text: str) -> bool:
    """Whether a screen shows each letter as one, in its place."""
    return all(c == "\n" or c.isprintable() or category(c) == "Zs" for c in text)


@pytest.fixture(params=["csv", "parquet"])
def file(request: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    for name, given in (("all", table()), ("numbers", table().drop(TEXT))):
        given.write_csv(f"{name}.csv") if request.param == "csv" else given.write_parquet(f"{name}.parquet")
    return request.param


def run(*arguments: str, exit_code: int = 0) -> str:
    result = CliRunner().invoke(app, arguments, env={"COLUMNS": "300"})
    assert result.exit_code == exit_code, result.output
    assert is_calm(result.output), repr(result.output)
    return result.output


def test_info(file: str) -> None:
    output = run("info", f"all.{file}")
    for label in LABELS:
        assert printable(label) in output
    assert f"target: {TARGET!r}" in output
    assert printable(TEXT) in output
    assert printable(NUMBER) in output


@pytest.mark.parametrize("method", ["over", "smote"])
def test_resample(file: str, method: str) -> None:
    source, out = f"{'all' if method == 'over' else 'numbers'}.{file}", f"{CONTROL}{TURNED}[red].parquet"
    output = run("resample", source, "--method", method, "-o", out, "--seed", "0")
    for label in LABELS:
        assert f" {printable(label)} " in output
    assert f"written          {printable(out)} (" in output
    got = pl.read_parquet(out, glob=False)
    assert got.columns == pl.read_parquet(source).columns if file == "parquet" else TARGET in got.columns
    assert sorted(got[TARGET].unique().to_list()) == sorted(LABELS)  # the data themselves stay as they are


@pytest.mark.slow
def test_compare(file: str) -> None:
    output = run(
        *("compare", f"all.{file}", "--models", "logistic regression", "--arms", "nothing,smote", "--folds", "2"),
        *("--rare", LABELS[1], "--html", "page.html", "--json", "page.json", "--csv", "runs.csv"),
    )
    for label in LABELS:
        assert f" {printable(label)} " in output
    page = Path("page.html").read_text("utf-8")
    assert is_calm(page)
    assert "<b>&" not in page.partition("</style>")[2]
    assert "\\x1b[2J" in page


@pytest.mark.parametrize(
    "arguments",
    [
        ("info", "all", "--target", "clas"),
        ("info", "all", "--target", NUMBER),
        ("resample", "all", "--method", "smote"),
        ("resample", "numbers", "--strategy", "zz=3"),
        ("resample", "numbers", "--k", "20"),
        ("resample", "numbers", "--strategy", f'{{"{MARKUP}": 3}}'),
        ("compare", "numbers", "--rare", "zz"),
        ("compare", "numbers", "--folds", "20", "--models", "logistic regression"),
        ("compare", "all", "--target", "x"),
    ],
)
def test_errors(file: str, arguments: tuple[str, ...]) -> None:
    command, name, *others = arguments
    output = run(command, f"{name}.{file}", *others, exit_code=2 if "clas" in others else 1)
    assert output.startswith("fastbal: ") or command == "compare"
    assert "Traceback" not in output


def test_errors_of_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    name = f"in{CONTROL}{TURNED}[red].csv"
    run("info", name, exit_code=1)
    twice = f'"{CONTROL}","{CONTROL}"\n1,2\n'
    Path(name).write_text(twice)
    assert printable(CONTROL) in run("info", name, exit_code=1)
    Path(name).write_text(f'a,"{TARGET.replace(chr(34), "")}"\n1,"{CONTROL}"\n1,2,3\n')
    run("info", name, exit_code=1)
    Path(name).write_text(f'a,"{TARGET}"\n1\n')
    run("info", name, exit_code=1)


def test_report_of_the_library() -> None:
    given = table()
    added = {f"mine{CONTROL}{TURNED}{MARKUP}": _fails()}
    comparison = compare(
        given.drop(TARGET), given[TARGET], models=["logistic regression"], arms=["nothing"], cv=2, add=added
    )
    page = comparison.html()
    assert is_calm(page)
    assert f"boom{printable(CONTROL)}" in page
    assert "<b>&" not in page.partition("</style>")[2]


def _fails() -> Any:
    from sklearn.dummy import DummyClassifier

    class Fails(DummyClassifier):
        def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
            raise RuntimeError(f"boom{CONTROL}{TURNED}{MARKUP}")

    return Fails()


def test_printable() -> None:
    assert printable("é 日本 a\xa0b") == "é 日本 a\xa0b"
    assert printable("\x00\t\x7f\x85\u200b\u202e\u2028\ud800") == r"\x00\t\x7f\x85\u200b\u202e\u2028\ud800"
    assert printable(1.5) == "1.5"
