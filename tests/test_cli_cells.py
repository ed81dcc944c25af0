"""The command line and what people's CSV files hold: codes with leading zeros, no names, blanks, decimal commas."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from fastbal._core import memory
from fastbal.cli import reading, resample
from fastbal.over_sampling import RandomOverSampler
from tests.test_cli import folder, refused, run  # noqa: F401  (folder is a fixture)

pytestmark = pytest.mark.usefixtures("folder")


def column_types(text: str) -> dict[str, Any]:
    Path("in.csv").write_text(text)
    return dict(reading.read(Path("in.csv"), pl.LazyFrame.collect).schema)


@pytest.mark.parametrize(
    ("method", "n_lines"),
    [("over", 5), ("under", 3)],
)
@pytest.mark.parametrize("strategy", ["auto", None])
def test_rows_are_copied_as_they_are_written(method: str, n_lines: int, strategy: str | None) -> None:
    lines = ['00501,1.10,3,"a,b",TRUE,01', "02134,1e3,,,false,1", '10001,-0,+3,"",x,01']
    Path("in.csv").write_text("\n".join(["zip,price,n,text,flag,class", *lines]) + "\n")
    n = 2 if method == "over" else 1
    label = "1" if method == "over" else "01"
    result = run("resample", "in.csv", "--method", method, "--strategy", strategy or f"{label}={n}", "-o", "out.csv")
    assert result.exit_code == 0, result.output
    names, *got = Path("out.csv").read_text().splitlines()
    assert names == "zip,price,n,text,flag,class"
    assert len(got) == n_lines - 1
    assert set(got) <= set(lines)


def test_classes_are_in_the_order_of_numbers_and_rows_those_of_the_sampler() -> None:
    labels = [10] * 3 + [9] * 5 + [100] * 2
    Path("in.csv").write_text("x,t\n" + "".join(f"{i},{label}\n" for i, label in enumerate(labels)))
    assert run("resample", "in.csv", "--method", "over", "--seed", 5, "-o", "out.csv").exit_code == 0
    X, y = RandomOverSampler(random_state=5).fit_resample(np.arange(10)[:, None], labels)
    got = pl.read_csv("out.csv")
    assert got["t"].to_list() == y
    assert got["x"].to_list() == X.ravel().tolist()


def test_numbers_name_classes_read_as_text() -> None:
    Path("in.csv").write_text("x,t\n" + "1,0.0\n" * 4 + "2,1.0\n")
    assert run("resample", "in.csv", "--method", "over", "--strategy", "1=3", "-o", "out.csv").exit_code == 0
    assert Path("out.csv").read_text().count("2,1.0\n") == 3


@pytest.mark.parametrize(("cells", "message"), [("0.5 1.5 2.5", r"measurements such as 0\.5"), ("1 2 NaN", "missing")])
def test_no_target_though_read_as_text(cells: str, message: str) -> None:
    Path("in.csv").write_text("x,t\n" + "".join(f"1,{cell}\n" for cell in cells.split()))
    refused(message, "resample", "in.csv", "--method", "over")


def test_leading_zeros_make_a_column_text() -> None:
    got = column_types('zip,a,b,c,d\n10001,0.5,1e-05,0,"-01"\n00501,0,2020,00:01,5\n')
    assert got == {"zip": pl.String, "a": pl.Float64, "b": pl.Float64, "c": pl.String, "d": pl.String}
    assert column_types("zip,a\n" + "10001,1\n" * 1_000_000 + "+0501,2\n") == {"zip": pl.String, "a": pl.Int64}
    assert column_types("a,b\n-0.5,1e-05\n100,0\n") == {"a": pl.Float64, "b": pl.Float64}


def test_leading_zeros_are_seen_wherever_a_file_is_cut_in_pieces() -> None:
    path = Path("in.csv")
    for start in range((1 << 18) - 6, (1 << 18) + 3):
        for cell, is_code in [(b",01", True), (b",-01", True), (b'"00', True), (b",0.1", False), (b"e-05", False)]:
            path.write_bytes(b"x" * start + cell + b"x")
            assert reading._may_have_leading_zeros(path, ",") is is_code


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (["00501", "10001"], r"'x' \(category; leading zeros as in '00501', which a number would lose"),
        (
            ["1", "2", "3", "4", "five"],
            r"'x' \(category; nearly numbers: all but 4 cells, such as 'five'; taken as",
        ),
    ],
)
def test_text_that_is_nearly_numbers(cells: list[str], message: str) -> None:
    Path("in.csv").write_text("x;t\n" + "".join(f"{cell};{t}\n" for cell in cells for t in "aaab"))
    refused(message, "resample", "in.csv", "--method", "smote")


@pytest.mark.parametrize("command", ["resample", "info"])
def test_no_column_names(command: str) -> None:
    Path("in.csv").write_text("39, State-gov, 77516, <=50K\n50, Private, 83311, >50K\n")
    refused(
        r"in\.csv: the first line looks like data, with '39', ' 77516' where a column name should be\. "
        r"Add a line with column names before it, or give --no-header, which calls them column_1, …",
        *(command, "in.csv"),
    )
    assert os.listdir() == ["in.csv"]


def test_names_that_count() -> None:
    assert list(column_types("0,1,2,t\n5,6,7,a\n")) == ["0", "1", "2", "t"]
    assert list(column_types("city,2019,2020,2021\na,5,6,7\n")) == ["city", "2019", "2020", "2021"]


def test_real_data_without_column_names(shared_data: Path) -> None:
    refused("the first line looks like data, with '39'", "info", shared_data / "adult" / "adult-train.csv")


@pytest.mark.parametrize(
    ("strategy", "message"),
    [
        ("1=100,0", r"--strategy: '0' is no label=rows\. Write for example no=500,yes=500"),
        ("1=3,1=2", r"--strategy names the class 1 twice\. Give it one number of rows\."),
        ("1=3,1.0=2", r"--strategy names the class 1 twice"),
        ('{"1": 3, "1": 2}', r"--strategy names the class 1 twice"),
    ],
)
def test_strategies_that_say_nothing_clear(strategy: str, message: str) -> None:
    Path("in.csv").write_text("x,t\n" + "1,0\n" * 4 + "2,1\n")
    refused(message, "resample", "in.csv", "--strategy", strategy, exit_code=2)


def test_a_table_too_large_for_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: 10**6)
    monkeypatch.setattr(resample, "resample", lambda _request: memory.require_memory(10**9, "The resampled table"))
    result = refused(
        r"The resampled table needs 1,000 MB, but only 1 MB of memory are available\. Ask for fewer rows with "
        r"--strategy, leave columns out of the file, or use a machine with more memory\. "
        r"See \*Tables larger than memory\* in the guide\.$",
        *("resample", "in.csv"),
    )
    assert "float32" not in result.output


@pytest.mark.parametrize(("ending", "write"), [("csv", "write_csv"), ("parquet", "write_parquet")])
def test_no_space_left(ending: str, write: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill_the_disk(_table: pl.DataFrame, file: Any, **_options: Any) -> None:
        file.write(b"half a li")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    Path("in.csv").write_text("x,t\n" + "1,0\n" * 4 + "2,1\n")
    out = Path(f"out.{ending}")
    out.write_text("precious")
    monkeypatch.setattr(pl.DataFrame, write, fill_the_disk)
    refused(
        rf"out\.{ending} could not be written: No space left on device\. Nothing was changed\.",
        *("resample", "in.csv", "--method", "over", "-o", out, "--force"),
    )
    assert out.read_text() == "precious"
    assert sorted(os.listdir()) == ["in.csv", out.name]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_no_space_left_on_a_real_device(ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def on_a_full_disk(path: Path, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        return open("/dev/full", "wb") if mode == "r+b" else open(path, mode, *arguments, **options)

    Path("in.csv").write_text("x,t\n" + "1,0\n" * 4 + "2,1\n")
    monkeypatch.setattr(Path, "open", on_a_full_disk)
    refused(
        rf"out\.{ending} could not be written: No space left on device\. Nothing was changed\.",
        *("resample", "in.csv", "--method", "over", "-o", f"out.{ending}"),
    )
    assert os.listdir() == ["in.csv"]


def test_separators_inside_of_quotes_do_not_count() -> None:
    assert list(column_types('"a;b;c;d",x,t\n1,2,0\n3,4,1\n')) == ["a;b;c;d", "x", "t"]


def test_tsv_is_separated_by_tabs_whatever_its_names_hold() -> None:
    Path("in.tsv").write_text("a,b,c\tt\n1\t0\n2\t1\n")
    assert reading.read(Path("in.tsv"), pl.LazyFrame.collect).columns == ["a,b,c", "t"]


def test_a_last_cell_over_several_lines_is_no_truncation() -> None:
    Path("in.csv").write_text('x,t,note\n1,0,a\n2,1,"two\nlines"\n')
    assert reading.read(Path("in.csv"), pl.LazyFrame.collect)["note"].to_list() == ["a", "two\nlines"]
