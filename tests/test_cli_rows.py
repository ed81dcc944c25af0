"""What `fastbal resample` writes: the file's own notation, nobody's identifiers, and marks of what is new."""

from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import zstandard

from fastbal._writing import scratch_folder
from fastbal.cli import in_pieces, reading, resample, rows
from fastbal.over_sampling import SMOTE
from tests.test_cli import COMMAND, refused, run, said
from tests.test_cli_files import BASE, TOWN, N, text

NUMBERS = BASE.drop("town")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def done(*arguments: Any) -> str:
    result = run("resample", *arguments)
    assert result.exit_code == 0, result.output
    return said(result)


GERMAN = "\r\n".join(
    ["kunde;preis;anteil;tag;y"]
    + [
        f"K-{i:03};{1000 + i * 13:,}".replace(",", ".")
        + f",5{i % 10} €;{i % 50},5 %;{1 + i % 28:02}.03.2023;{'ja' if i % 4 == 0 else 'nein'}"
        for i in range(N)
    ]
    + [""]
)


@pytest.mark.parametrize("pieces", [False, True])
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_new_rows_are_written_as_the_file_is(pieces: bool, encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if pieces:
        pytest.importorskip("pyarrow")
        monkeypatch.setattr(in_pieces, "_TIMES_IN_MEMORY", 10**9)
    Path("in.csv").write_bytes(GERMAN.encode(encoding))
    output = done("in.csv", "--seed", 0, "-o", "out.csv", "--mark", "neu", *(["--memory", "2GB"] if pieces else []))
    assert ("in pieces" in output) == pieces
    assert "'kunde' is left out: each row has a value of its own" in output
    got = Path("out.csv").read_bytes().decode(encoding)
    assert got.count("\r\n") == got.count("\n") == 1 + 90
    lines = got.split("\r\n")
    assert lines[0] == "kunde;preis;anteil;tag;y;neu"
    assert lines[1 : N + 1] == [f"{line};false" for line in GERMAN.split("\r\n")[1 : N + 1]]
    for line in lines[N + 1 : -1]:
        name, price, share, day, *others = line.split(";")
        assert (name, *others) == ("", "ja", "true")
        assert price[0] == "1" and price[1] == "." and price.endswith(" €") and price[-5] == ","
        assert share.endswith(",5 %") or share[-4] == ","
        assert day.endswith(".03.2023") and len(day) == 10


def test_the_rows_are_those_of_the_sampler_whatever_stands_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = pl.Series("customer", [f"c{i}" for i in range(N)])
    NUMBERS.clone().insert_column(1, ids).write_csv("in.csv")
    done("in.csv", "--seed", 3, "--k", 2, "-o", "out.csv", "--mark", "new", "--parents")
    sampler = SMOTE(random_state=3, k_neighbors=2)
    X, _ = sampler.fit_resample(NUMBERS.drop("y"), NUMBERS["y"])
    got = pl.read_csv("out.csv")
    assert got.columns == ["price", "customer", "count", "y", "new", "new_parent_1", "new_parent_2"]
    assert got.select("price", "count").equals(X)
    assert got["new"].to_list() == sampler.is_synthetic_.tolist()
    assert got["customer"].to_list() == [*ids, *[None] * 30]
    assert got["new_parent_1"].to_list() == [None] * N + sampler.base_indices_.tolist()
    assert got["new_parent_2"].to_list() == [None] * N + sampler.neighbor_indices_.tolist()


@pytest.mark.parametrize(
    ("ids", "method", "expected"),
    [
        ((), "smote", [None] * 3),
        (("--ids", "count"), "smote", [N, N + 1, N + 2]),
        (("--ids", "keep"), "smote", "old"),
        ((), "over", "old"),
        (("--ids", "empty"), "over", [None] * 3),
        (("--ids", "count"), "over", [N, N + 1, N + 2]),
        (("--ids", "count"), "smoteenn", "any"),
        ((), "tomek", "any"),
    ],
)
def test_identifiers_of_new_rows(ids: Any, method: str, expected: Any) -> None:
    NUMBERS.with_row_index("row").write_csv("in.csv")
    output = done("in.csv", "--method", method, "--strategy", "auto", "--seed", 0, *ids, "-o", "out.csv")
    got = pl.read_csv("out.csv")["row"]
    if method != "tomek":
        assert "in new rows 'row': " in output
    if expected == "old":
        assert set(got[N:]) <= set(got[:N])
    elif expected == "any":
        assert got.n_unique() == len(got)
    else:
        assert got[N:][:3].to_list() == expected


def test_identifiers_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyarrow")
    monkeypatch.setattr(in_pieces, "_TIMES_IN_MEMORY", 10**9)
    ids = [10**6 + 7 * i for i in range(N)]
    NUMBERS.with_columns(customer_id=pl.Series(ids), same=1, day=pl.date(2020, 1, 1)).write_parquet("in.parquet")
    for how, expected in {"empty": [None] * 30, "count": [ids[-1] + 1 + i for i in range(30)]}.items():
        arguments = ("--target", "y", "--memory", "2GB", "--seed", 0, "--ids", how, "--force", "-o", "out.parquet")
        assert "in pieces" in done("in.parquet", *arguments)
        got = pl.read_parquet("out.parquet")
        assert got.schema == pl.read_parquet("in.parquet").schema
        assert got["customer_id"].to_list() == ids + expected
        assert set(got["same"]) == {1}
    refused(
        "leave 'customer_id', .* out with --drop",
        "resample",
        "in.parquet",
        "--target",
        "y",
        "--memory",
        "2GB",
        "--method",
        "tomek",
        "-o",
        "o.parquet",
    )


@pytest.mark.slow
def test_every_method_leaves_names_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names neither change the rows nor get lost: with and without them, the rows are the same."""
    NUMBERS.write_csv("without.csv")
    NUMBERS.with_columns(card=pl.Series([f"c{i}" for i in range(N)])).select("card", *NUMBERS.columns).write_csv(
        "in.csv"
    )
    for method in ("borderline", "smoteenn", "centroids", "enn", "nearmiss", "rose", "kmeans"):
        for name in ("in", "without"):
            done(f"{name}.csv", "--method", method, "--seed", 1, "-o", f"{name}-{method}.csv")
        got = pl.read_csv(f"in-{method}.csv")
        assert got.drop("card").equals(pl.read_csv(f"without-{method}.csv"))
        known = got["card"].drop_nulls()
        assert known.n_unique() == len(known) >= 15 * (method != "centroids")


def test_marks_that_cannot_be() -> None:
    NUMBERS.write_csv("in.csv")
    refused("--mark price: there is a column 'price' already", "resample", "in.csv", "--mark", "price", exit_code=2)
    refused("--parents needs --mark COLUMN", "resample", "in.csv", "--parents", exit_code=2)
    refused("--method under makes none", "resample", "in.csv", "--method", "under", "--mark", "new", exit_code=2)
    refused(
        "--ids must be one of empty, count, keep, but is 'cuont'. Did",
        "resample",
        "in.csv",
        "--ids",
        "cuont",
        exit_code=2,
    )
    refused("--decimal must be . or , but is ';'", "resample", "in.csv", "--decimal", ";", exit_code=2)
    refused(
        "--categorical names 'a', as another", "info", "in.csv", "--numeric", "a,b", "--categorical", "a", exit_code=2
    )


def test_methods_suit_the_columns() -> None:
    for columns, method in ((["price", "count"], "smote"), (["price", "town"], "smotenc"), (["town"], "smoten")):
        BASE.select(*columns, "y").write_csv("in.csv")
        assert f"method: {method}, as " in done("in.csv", "--force")
    BASE.write_csv("in.csv")
    refused(
        r"'town' \(category\).* use --method smotenc \(new rows, also of categories\) or --method auto, which chooses",
        *("resample", "in.csv", "--method", "smote", "--force"),
    )
    done("in.csv", "--method", "smotenc", "--force")  # as the sentence says
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resample, "_is_a_conversation", lambda: True)
        patch.setattr("typer.confirm", lambda question, default: "Use smotenc" in question)
        assert "method smotenc," in done("in.csv", "--method", "smote", "--force")


def test_gap_marks_and_categories_that_are_numbers() -> None:
    columns = text(count=lambda c: str(c) if c else "?")
    Path("in.csv").write_text(columns)
    output = done("in.csv", "--seed", 0, "-o", "out.csv", "--categorical", "count")
    got = pl.read_csv("out.csv")
    assert set(got["count"].cast(pl.String)) == {str(c) if c else "?" for c in BASE["count"]}
    assert "missing" not in output.partition("method")[2]
    output = done("in.csv", "--seed", 0, "-o", "out.csv", "--force", "--drop", "town")
    assert "missing=keep" in output
    got = pl.read_csv("out.csv")
    assert got.columns == ["price", "count", "y"]
    assert got["count"][:N].to_list() == [str(c) if c else "?" for c in BASE["count"]]
    assert not set(got["count"][N:].drop_nulls()) & {"?"}


@pytest.mark.parametrize("name", ["in.csv.gz", "in.csv.zst", "in.zip", "in.feather", "in.jsonl", "in.parquet", "parts"])
def test_a_file_of_each_kind_becomes_one(name: str) -> None:
    raw = NUMBERS.write_csv().encode()
    if name == "parts":
        Path(name).mkdir()
        NUMBERS[:30].write_parquet("parts/a.parquet")
        NUMBERS[30:].write_parquet("parts/b.parquet")
    elif name == "in.zip":
        with zipfile.ZipFile(name, "w") as archive:
            archive.writestr("cards.csv", raw)
    else:
        content = {
            ".gz": lambda: gzip.compress(raw),
            ".zst": lambda: zstandard.ZstdCompressor().compress(raw),
            ".feather": lambda: written(NUMBERS.write_ipc),
            ".jsonl": lambda: written(NUMBERS.write_ndjson),
            ".parquet": lambda: written(NUMBERS.write_parquet),
        }[Path(name).suffix]
        Path(name).write_bytes(content())
    done(name, "--seed", 0)
    (out,) = set(os.listdir()) - {name}
    assert out == {"parts": "parts-balanced.parquet", "in.zip": "in-balanced.csv.zip"}.get(
        name, name.replace("in", "in-balanced")
    )
    got = reading.read(Path(out), pl.LazyFrame.collect)
    assert got[:N].equals(NUMBERS)
    assert got.height == 90


def written(write: Any) -> bytes:
    file = io.BytesIO()
    write(file)
    return file.getvalue()


@pytest.mark.slow
def test_standard_input_and_output() -> None:
    raw = NUMBERS.write_csv(line_terminator="\r\n").encode()
    for packed in (raw, gzip.compress(raw), written(NUMBERS.write_parquet)):
        got = subprocess.run(
            [*COMMAND, "resample", "-", "--seed", "0", "-o", "-"], input=packed, capture_output=True, check=False
        )
        assert got.returncode == 0, got.stderr
        assert b"standard input: 60 rows, 3 columns" in got.stderr
        if packed == raw:
            assert got.stdout.startswith(raw)
            assert got.stdout.count(b"\r\n") == 91
        elif packed[:4] == b"PAR1":
            assert pl.read_parquet(got.stdout).height == 90


def test_quotes_in_names_and_cells_stay(folder: Path) -> None:
    lines = [
        '"a ""b"" c";x;y',
        *(f'"she said ""{i % 3}""; ok";{i * 7 % 13};{"no" if i % 4 else "yes"}' for i in range(N)),
    ]
    Path("in.csv").write_text("\n".join(lines) + "\n")
    for method in ("auto", "over"):
        done("in.csv", "--method", method, "--seed", 0, "-o", "out.csv", "--force")
        assert Path("out.csv").read_text().splitlines()[: N + 1] == lines


def test_types_in_parquet_from_text_and_back() -> None:
    Path("in.csv").write_bytes(GERMAN.encode())
    output = done("in.csv", "--seed", 0, "-o", "out.parquet")
    assert "text that is numbers or dates is written as such, without signs of currency or percent" in output
    got = pl.read_parquet("out.parquet")
    assert got.schema == {"kunde": pl.String, "preis": pl.Float64, "anteil": pl.Float64, "tag": pl.Date, "y": pl.String}
    assert got["preis"][1] == 1013.51
    dates = NUMBERS.with_columns(
        day=pl.date_range(pl.date(2020, 1, 1), pl.date(2020, 2, 29), eager=True),
        at=pl.datetime_range(pl.datetime(2020, 1, 1), pl.datetime(2020, 2, 29), "1d", eager=True),
        long=pl.Series([10**20 + i % 7 for i in range(N)], dtype=pl.Int128),
    )
    dates.write_parquet("in.parquet")
    done("in.parquet", "--target", "y", "--seed", 0, "-o", "out2.parquet")
    got = pl.read_parquet("out2.parquet")
    assert got.schema == dates.schema
    assert got[:N].equals(dates)
    assert got["day"].is_between(dates["day"].min(), dates["day"].max()).all()
    assert got["long"].is_between(10**20, 10**20 + 6).all()


def test_leftovers_of_killed_runs_are_named_or_gone(folder: Path) -> None:
    NUMBERS.write_csv("in.csv")
    old, other = Path(".out.csv.0123abcd.tmp"), Path(".else.csv.0123abcd.tmp")
    for path in (old, other):
        path.write_text("half")
        os.utime(path, (0, 0))
    output = done("in.csv", "-o", "out.csv")
    assert not old.exists()
    assert ".else.csv.0123abcd.tmp was left behind by a run that was killed; delete it" in output
    young = Path(".out.csv.76543210.tmp")
    young.write_text("half")
    assert ".out.csv.76543210.tmp was left behind" in done("in.csv", "-o", "out.csv", "--force")
    young.unlink()
    other.unlink()
    assert "left behind" not in done("in.csv", "-o", "out.csv", "--force")


def test_a_killed_run_leaves_no_scratch_for_ever(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    program = (
        "import os, fastbal._writing as w\nwith w.scratch_folder('fastbal-table') as f:\n    os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", program], env={**os.environ, "TMPDIR": str(folder)}, check=False)
    (left,) = folder.glob(".fastbal-table.*.tmp")
    os.utime(left, (0, 0))
    with scratch_folder("fastbal-table"):
        assert not left.exists()


def test_origin_without_two_parents() -> None:
    NUMBERS.write_csv("in.csv")
    done("in.csv", "--method", "rose", "--mark", "new", "--parents", "--seed", 0, "-o", "out.csv")
    got = pl.read_csv("out.csv").filter("new")
    assert got["new_parent_1"].null_count() == 0
    done("in.csv", "--method", "smoteenn", "--mark", "new", "--parents", "--seed", 0, "-o", "out.csv", "--force")
    got = pl.read_csv("out.csv")
    np.testing.assert_array_equal(got["new"].to_numpy(), got["new_parent_1"].is_not_null().to_numpy())
    assert rows.IDS == ("empty", "count", "keep")


def test_pandas_index_is_nobodys(folder: Path) -> None:
    given = BASE.to_pandas().set_index(pd.Index([f"c{i}" for i in range(N)], name="customer"))
    given.to_parquet("in.parquet")
    done("in.parquet", "--seed", 0, "-o", "out.parquet", "--ids", "count")
    got = pd.read_parquet("out.parquet")
    assert got.index.tolist() == [*given.index, *[f"new-{i + 1}" for i in range(30)]]
    assert got["town"][:N].tolist() == TOWN
