"""The command line balances in pieces what is too large: the same files, said as always."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from typer.testing import CliRunner

from fastbal.cli import compare, in_pieces
from fastbal.cli.app import app

pytest.importorskip("pyarrow")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def table(n: int = 600) -> pl.DataFrame:
    rng = np.random.default_rng(0)
    return pl.DataFrame(
        {
            "amount": rng.normal(size=n).round(3),
            "fraud": np.where(rng.random(n) < 0.1, "yes", "no"),
            "count": rng.integers(0, 9, n),
        }
    )


def run(*arguments: str, exit_code: int = 0) -> Any:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == exit_code, result.output
    return result


@pytest.fixture
def everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_pieces, "_TIMES_IN_MEMORY", 10**9)


@pytest.mark.parametrize("ending", ["parquet", "csv"])
@pytest.mark.parametrize("method", in_pieces.IN_PIECES)
def test_the_file_is_the_same(ending: str, method: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = table()
    if method in ("smotenc", "smoten"):
        names = pl.col("count").cast(pl.String) + "a"
        frame = frame.with_columns(names, amount=names if method == "smoten" else pl.col("amount"))
    getattr(frame, f"write_{ending}")(folder / f"in.{ending}")
    arguments = ["resample", f"in.{ending}", "--target", "fraud", "--method", method, "--seed", "3"]
    whole = run(*arguments, "-o", f"whole.{ending}")
    monkeypatch.setattr(in_pieces, "_TIMES_IN_MEMORY", 10**9)
    pieces = run(*arguments, "-o", f"pieces.{ending}", "--memory", "1GB")
    assert "balancing in pieces" in pieces.output
    assert "in pieces" not in whole.output
    got, expected = (getattr(pl, f"read_{ending}")(folder / f"{name}.{ending}") for name in ("pieces", "whole"))
    assert_frame_equal(got, expected)
    for words in ("classes", "method", "target"):
        lines = [re.search(rf"^{words}.*$", result.output, re.MULTILINE) for result in (whole, pieces)]
        assert (lines[0] and lines[0][0].strip()) == (lines[1] and lines[1][0].strip())


@pytest.mark.usefixtures("everything_is_large")
def test_cells_that_are_copied_stay_as_they_are_written(folder: Path) -> None:
    """Leading zeros, zeros at the end, quotes, empty cells, lines that end as on Windows, a blank one at the end."""
    lines = [f'00{i},"a ""b"" {i}",{i}.50,,{"x" if i % 5 == 0 else "y"}' for i in range(40)]
    (folder / "in.csv").write_bytes(
        ("id,text,price,empty,y\n" + "\n".join(lines) + "\n\n").replace("\n", "\r\n").encode()
    )
    run("resample", "in.csv", "--method", "over", "--seed", "0", "--memory", "1GB", "-o", "out.csv")
    written = (folder / "out.csv").read_bytes().decode()
    assert written.count("\r\n") == written.count("\n") == 1 + 64
    assert written.split("\r\n")[1:41] == lines
    assert set(written.split("\r\n")[41:-1]) <= set(lines)


@pytest.mark.usefixtures("everything_is_large")
def test_errors_in_the_words_of_the_command(folder: Path) -> None:
    frame = table()
    frame.write_parquet("in.parquet")
    for arguments, words in {
        ("--memory", "2MB"): "This takes about .* Raise --memory, or",
        ("--memory", "much"): "--memory must be a number of bytes or a text such as '4GB'",
        ("--memory", "1GB", "--method", "renn"): r"--method renn, which looks at all rows .* In pieces work smote, ",
        ("--memory", "1GB", "--strategy", "no=700,maybe=5"): "--strategy",
        ("--memory", "1GB", "--k", "500"): "--k 500",
        ("--memory", "1GB", "--target", "amount"): "holds measurements",
    }.items():
        result = run(
            "resample", "in.parquet", "--target", "fraud", *arguments, exit_code=2 if "much" in arguments else 1
        )
        assert re.search(words, result.stderr.replace("\n", " ")), result.stderr
        assert len(result.stderr.splitlines()) == 1
    assert os.listdir() == ["in.parquet"]


@pytest.mark.usefixtures("everything_is_large")
def test_gaps_and_words_are_refused(folder: Path) -> None:
    table().with_columns(count=pl.when(pl.col("count") > 7).then(None).otherwise("count")).write_csv("gaps.csv")
    arguments = ["resample", "gaps.csv", "--target", "fraud", "--memory", "1GB"]
    assert "NaN" in run(*arguments, "--method", "smote", exit_code=1).stderr
    for method in (["--method", "smote", "--missing", "keep"], []):
        assert "missing=keep" in run(*arguments, *method, "--force").output
    table().with_columns(count=pl.Series(["many", "few"] * 300)).write_csv("words.csv")
    refused = run("resample", "words.csv", "--target", "fraud", "--memory", "1GB", "--method", "smote", exit_code=1)
    assert "'count' (category)" in refused.stderr


def test_a_file_that_fits_is_read_as_a_whole(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table().write_csv("in.csv")
    assert "in pieces" not in run("resample", "in.csv", "--target", "fraud", "--memory", "1GB").output
    # Without --memory, what is available counts, of files that are large.
    monkeypatch.setattr(in_pieces, "SMALL_BYTES", 1)
    monkeypatch.setattr(in_pieces, "as_bytes", lambda memory: 10**4 if memory is None else memory)
    monkeypatch.setattr("fastbal.outofcore._resample.as_bytes", lambda _: 10**9)
    assert "in pieces" in run("resample", "in.csv", "--target", "fraud", "--force").output


def test_info_says_what_it_would_take(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table().write_parquet("in.parquet")
    assert "in pieces" not in run("info", "in.parquet", "--target", "fraud").output
    monkeypatch.setattr(in_pieces, "SMALL_BYTES", 1)
    said = " ".join(run("info", "in.parquet", "--target", "fraud").output.split())
    foretold = re.search(r"in pieces \(--memory\): smote (\d+) MB, .*tomek \d+ MB; about [\d.]+ s and the search", said)
    assert foretold, said
    refused = run("resample", "in.parquet", "--target", "fraud", "--memory", "1kB", "-o", "out.parquet", exit_code=1)
    assert f"This takes about {foretold[1]} MB" in refused.stderr


@pytest.mark.slow
def test_compare_draws_rows_of_a_table_that_is_too_large(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = table(3_000).with_row_index("row")
    frame.write_csv("in.csv")
    arguments = ["compare", "in.csv", "--target", "fraud", "--models", "logistic regression", "--arms", "class-weights"]
    assert "drawn" not in run(*arguments, "--quick").output
    monkeypatch.setattr(in_pieces, "share_that_fits", lambda _: 0.5)
    said = " ".join(run(*arguments, "--quick", "--json", "out.json").output.split())
    assert "in.csv, of its 3,000 rows 1,500 drawn at random, classes as they are" in said
    assert "1,500 drawn at random" in json.loads((folder / "out.json").read_text())["settings"]["data"]
    drawn, n_rows = compare._sampled(pl.scan_csv("in.csv"), 0.5, seed=0)
    assert n_rows == 3_000
    assert drawn.equals(frame[drawn["row"].to_list()].cast(dict(drawn.schema)))
    assert drawn["row"].is_sorted()
    assert drawn["row"].n_unique() == 1_500
    shares = [(part["fraud"] == "yes").mean() for part in (drawn, frame)]
    assert abs(shares[0] - shares[1]) < 0.02
    assert drawn.equals(compare._sampled(pl.scan_csv("in.csv"), 0.5, seed=0)[0])


TERMINATED = """
import sys, time
from fastbal.cli import compare, in_pieces, main
from fastbal.outofcore import _sinks
in_pieces._TIMES_IN_MEMORY = 10**9
def slow(self, table):
    print("writing", flush=True)
    time.sleep(60)
_sinks.ParquetSink.write = slow
sys.argv = ["fastbal", "resample", "in.parquet", "--target", "fraud", "--memory", "1GB", "-o", "out.parquet", "--force"]
main()
"""


@pytest.mark.slow
def test_a_terminated_run_leaves_the_old_file_and_nothing_else(folder: Path) -> None:
    table().write_parquet("in.parquet")
    (folder / "out.parquet").write_bytes(b"old")
    command = [sys.executable, "-c", TERMINATED]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while "writing" not in process.stdout.readline():
            pass
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 143
        assert process.stderr is not None
        assert process.stderr.read() == "fastbal: Terminated. Nothing was written.\n"
    assert (folder / "out.parquet").read_bytes() == b"old"
    assert sorted(os.listdir()) == ["in.parquet", "out.parquet"]
