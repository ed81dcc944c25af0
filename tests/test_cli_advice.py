"""The advice of each message, followed: what it says leads to the goal."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pytest

from fastbal.over_sampling import SMOTE
from tests.test_cli import run, said
from tests.test_cli_files import BASE, COUNT, N, quoted, text

NUMBERS = BASE.drop("town")


class Advice(NamedTuple):
    """A file, what was typed, the message, and what is typed then."""

    write: Callable[[], Any]
    typed: str
    message: str
    then: str
    is_refused: bool = True


def csv(table: pl.DataFrame) -> Callable[[], None]:
    return lambda: table.write_csv("in.csv")


def raw(content: str, encoding: str = "utf-8") -> Callable[[], Any]:
    return lambda: Path("in.csv").write_text(content, encoding=encoding)


def archive() -> None:
    with zipfile.ZipFile("in.zip", "w") as packed:
        packed.writestr("a.csv", text())
        packed.writestr("b.csv", text())


GAPS = BASE.drop("town").with_columns(count=pl.Series([c or None for c in COUNT]))
FEW = pl.concat([NUMBERS.filter(pl.col("y") == "no"), NUMBERS.filter(pl.col("y") == "yes")[:3]])
MANY = {"n": [f"{i % 40}" if i % 5 else f"x{i}" for i in range(N)]}
LISTS = NUMBERS.with_columns(pair=pl.Series([[1, 2]] * N))
SMOTE_ASKED = "resample in.csv --method smote"
ADVICE = {
    "a method that is misspelt": Advice(
        csv(NUMBERS), "resample in.csv --method smot", "Did you mean '(?P<x>smote)'", "--method {x}"
    ),
    "categories for smote": Advice(csv(BASE), SMOTE_ASKED, "use --method (?P<x>smotenc)", "--method {x}"),
    "or by itself": Advice(csv(BASE), SMOTE_ASKED, "or --method (?P<x>auto), which", "--method {x}"),
    "categories left out": Advice(csv(BASE), SMOTE_ASKED, "leave it out with (?P<x>--drop)", "--method smote {x} town"),
    "categories for smoteenn": Advice(
        csv(BASE), "resample in.csv --method smoteenn", "use --method (?P<x>smotenc)", "--method {x}"
    ),
    "categories for enn": Advice(
        csv(BASE), "resample in.csv --method enn", "use --method (?P<x>under)", "--method {x}"
    ),
    "categories alone": Advice(
        csv(BASE.select("town", "y")), SMOTE_ASKED, "use --method (?P<x>smoten) ", "--method {x}"
    ),
    "gaps": Advice(csv(GAPS), SMOTE_ASKED, "missing with (?P<x>--missing keep)", "--method smote {x}"),
    "gaps for enn": Advice(csv(GAPS), "resample in.csv --method enn", "use --method (?P<x>under)", "--method {x}"),
    "gaps for rose": Advice(csv(GAPS), "resample in.csv --method rose", "use --method (?P<x>over)", "--method {x}"),
    "few rows": Advice(csv(FEW), "resample in.csv", "use (?P<x>--k 2) or less", "{x}"),
    "few rows, copied": Advice(csv(FEW), "resample in.csv", "or use --method (?P<x>over)", "--method {x}"),
    "a file that exists": Advice(
        lambda: (NUMBERS.write_csv("in.csv"), NUMBERS.write_csv("o.csv")),
        "resample in.csv -o o.csv",
        "(?P<x>--force) to",
        "{x}",
    ),
    "no names": Advice(
        raw(text().partition("\n")[2]), "resample in.csv", "or give (?P<x>--no-header), which calls", "{x}"
    ),
    "several tables": Advice(archive, "resample in.zip", r"for example (?P<x>in\.zip/a\.csv)", "{x}"),
    "an encoding": Advice(
        raw(text(), "cp1252"), "resample in.csv --encoding utf-8", "Choose another with (?P<x>--encoding)", "{x} cp1252"
    ),
    "lists": Advice(
        lambda: LISTS.write_parquet("in.parquet"),
        "resample in.parquet --target y --method over -o o.csv",
        r"Name it \*(?P<x>\.parquet) with -o",
        "--method over -o o{x}",
    ),
    "lists for smote": Advice(
        lambda: LISTS.write_parquet("in.parquet"),
        "resample in.parquet --target y",
        "Leave it out with (?P<x>--drop)",
        "{x} pair",
    ),
    "a column that is misspelt": Advice(
        csv(NUMBERS), "info in.csv --target yy", "Did you mean '(?P<x>y)'", "--target {x}"
    ),
    "a target of one class": Advice(
        csv(NUMBERS.with_columns(z=pl.lit("a"))),
        "info in.csv --target z",
        "Choose another column with (?P<x>--target)",
        "{x} y",
    ),
    "nearly numbers": Advice(
        csv(NUMBERS.with_columns(n=pl.Series(MANY["n"]))),
        "info in.csv",
        "'n': nearly .* (?P<x>--numeric) takes",
        "{x} n",
        False,
    ),
    "one decimal sign or the other": Advice(
        raw(text(price=lambda p: quoted(lambda q: f"{q:.3f}".replace(".", ","))(p / 10))),
        "info in.csv",
        "'price': as in .*: (?P<x>--decimal ',') reads it the other way",
        "{x}",
        False,
    ),
    "names that repeat themselves": Advice(
        csv(NUMBERS.with_columns(customer_id=pl.Series([i // 2 * 2 if i < 9 else i for i in range(N)]))),
        "info in.csv --target y",
        "by its name and its many values an identifier; (?P<x>--identifier) takes it as one",
        "{x} customer_id",
        False,
    ),
    "text that differs": Advice(
        csv(NUMBERS.with_columns(note=pl.Series([f"n {i // 2 * 2 if i < 9 else i}" for i in range(N)]))),
        "info in.csv --target y",
        "--identifier or (?P<x>--drop) leaves it out",
        "{x} note",
        False,
    ),
    "too large a table": Advice(
        csv(NUMBERS), "resample in.csv --method renn --memory 1kB", "first, with --method (?P<x>under)", "--method {x}"
    ),
}


@pytest.mark.parametrize("name", ADVICE)
def test_advice_leads_to_the_goal(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    advice = ADVICE[name]
    advice.write()
    first = run(*advice.typed.split())
    assert (first.exit_code != 0) == advice.is_refused, first.output
    found = re.search(advice.message, said(first))
    assert found, said(first)
    command, source, *_ = advice.typed.split()
    then = [word.strip("'") for word in advice.then.format(x=found["x"]).split()]
    if then[0].startswith("in.zip"):
        source, then = then[0], []
    target = [] if "--no-header" in then or "--target" in then else ["--target", "y"]
    second = run(
        command, source, *target, *then, *(["-o", "o.csv"] if "o.csv" in advice.typed and "-o" not in then else [])
    )
    assert second.exit_code == 0, second.output
    assert not re.search(advice.message, said(second)) or name == "a file that exists"


def test_plans_become_tables_as_the_message_says() -> None:
    dask = pytest.importorskip("dask.dataframe")
    duckdb = pytest.importorskip("duckdb")
    plans = [
        NUMBERS.lazy(),
        duckdb.from_arrow(NUMBERS.to_arrow()),
        dask.from_pandas(NUMBERS.to_pandas(), npartitions=2),
    ]
    for plan in plans:
        if type(plan).__module__.startswith("dask"):
            from fastbal._containers.from_narwhals import narwhals_frame as read
        else:

            def read(X: Any) -> Any:
                return SMOTE().fit_resample(X, np.array([0, 1] * 30))

        with pytest.raises(TypeError, match=r"Make it a table first, with X\.(\w+)\(\)\.") as refused:
            read(plan)
        how = re.search(r"X\.(\w+)\(\)", str(refused.value))
        assert how is not None
        assert len(getattr(plan, how[1])()) == N


def test_nothing_is_promised_that_is_not_there() -> None:
    root = Path(__file__).parents[1]
    if not (root / "docs").is_dir():
        pytest.skip("docs/ is not here")
    for page in [root / "README.md", root / "CONTRIBUTING.md", *sorted((root / "docs").rglob("*.md"))]:
        assert not re.search(r"pip install (-\S+ )*'?fastbal", page.read_text(encoding="utf-8")), page


def test_commands_of_the_readme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After its own set-up: the commands are where the set-up has put them, and they run."""
    root = Path(__file__).parents[1]
    section = (root / "README.md").read_text(encoding="utf-8").partition("## On your own file")[2].partition("\n## ")[0]
    first, *commands = re.findall(r"```sh\n(.*?)```", section, re.S)[0].strip().splitlines()
    assert first == ". .venv/bin/activate"
    assert [command.split()[1] for command in commands] == ["compare", "compare", "info", "resample", "audit"]
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    fraud = rng.permutation([0] * 160 + [1] * 40)
    pl.DataFrame({"amount": rng.normal(size=200) + fraud, "age": rng.integers(18, 90, 200), "fraud": fraud}).write_csv(
        "transactions.csv"
    )
    for command in commands[2:]:
        result = run(*command.split()[1:])
        assert result.exit_code == 0, result.output
    assert Path("audit.html").exists()


@pytest.mark.slow
def test_extras_install_where_fastbal_is() -> None:
    """What messages say: pip takes the requirements of an extra from the package that is installed."""
    import subprocess
    import sys

    for extra in ("cli", "outofcore"):
        got = subprocess.run(
            [sys.executable, "-m", "pip", "install", "--dry-run", "--no-index", f"fastbal[{extra}]"],
            capture_output=True,
            text=True,
            check=False,
        )
        if "No module named pip" in got.stderr:
            pytest.skip("no pip here")
        assert got.returncode == 0, got.stderr
