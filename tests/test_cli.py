"""The command line: what it writes, what it says, and that a failure leaves nothing behind."""

from __future__ import annotations

import datetime
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from typer.testing import CliRunner

from fastbal._compiling import compile_time
from fastbal._core.plan import UNDER
from fastbal._kernels import _jit, _machine
from fastbal.cli import outcome, reading, resample, writing
from fastbal.cli.app import app
from fastbal.cli.methods import METHODS
from fastbal.over_sampling import SMOTE
from tests import cases

COMMAND = [sys.executable, "-c", "import sys; sys.argv[0] = 'fastbal'; from fastbal.cli import main; main()"]


def table(n_common=40, n_rare=12, seed=0):
    """Numbers of several types and a target in the middle."""
    rng = np.random.default_rng(seed)
    n = n_common + n_rare
    return pl.DataFrame(
        {
            "amount": rng.normal(size=n),
            "small": rng.normal(size=n).astype(np.float32),
            "fraud": rng.permutation(["no"] * n_common + ["yes"] * n_rare),
            "count": rng.integers(0, 9, n),
            "abroad": rng.random(n) < 0.3,
        }
    )


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "200"})


def said(result):
    """What was printed, on one line."""
    return " ".join(result.output.split())


def refused(message, *arguments, exit_code=1):
    """The command fails with one sentence, no traceback and nothing written."""
    result = run(*arguments)
    assert result.exit_code == exit_code, result.output
    assert re.search(message, said(result)), said(result)
    assert result.stderr.startswith("fastbal: ")
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.output
    return result


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def file(folder):
    table().write_csv(folder / "cards.csv")
    return Path("cards.csv")


# What it writes


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet"])
def test_classes_are_equal_afterwards(folder, method, ending):
    source, out = Path(f"in.{ending}"), Path(f"out.{ending}")
    given = table()
    given.write_parquet(source) if ending == "parquet" else given.write_csv(
        source, separator="\t" if ending == "tsv" else ","
    )
    result = run("resample", source, "--target", "fraud", "--method", method, "--seed", 1, "-o", out)
    assert result.exit_code == 0, result.output
    got = reading.read(out, pl.LazyFrame.collect)
    size = 12 if METHODS[method].sampling_type == UNDER else 40
    after = dict(got["fraud"].value_counts().iter_rows())
    if METHODS[method].decides:
        assert 1 <= after["yes"] <= 40
        assert 1 <= after["no"] <= 40
    else:
        assert after == {"no": size, "yes": size}
    assert got.columns == given.columns
    if ending == "parquet":
        assert got.schema == given.schema
    assert sorted(os.listdir()) == sorted([source.name, out.name])


def test_rows_are_those_of_the_sampler(file):
    run("resample", file, "--target", "fraud", "--seed", 3, "--k", 2, "-o", "out.parquet")
    given = reading.read(file, pl.LazyFrame.collect)
    X, y = SMOTE(random_state=3, k_neighbors=2).fit_resample(given.drop("fraud"), given["fraud"])
    expected = X.with_columns(fraud=y).select(given.columns)
    assert_frame_equal(pl.read_parquet("out.parquet"), expected)


def test_the_reported_seed_repeats_the_run(file):
    result = run("resample", file, "--target", "fraud", "-o", "a.csv")
    seed = re.search(r"seed=(\d+)", result.output)[1]
    run("resample", file, "--target", "fraud", "-o", "b.csv", "--seed", seed)
    run("resample", file, "--target", "fraud", "-o", "c.csv", "--seed", int(seed) ^ 1)
    assert Path("a.csv").read_bytes() == Path("b.csv").read_bytes() != Path("c.csv").read_bytes()


def test_without_a_name_it_writes_beside_the_input(folder):
    (folder / "sub").mkdir()
    table().write_csv(folder / "sub" / "cards.csv")
    result = run("resample", "sub/cards.csv", "--target", "fraud")
    assert result.exit_code == 0
    assert sorted(os.listdir("sub")) == ["cards-balanced.csv", "cards.csv"]
    assert re.search(r"written +sub/cards-balanced\.csv \([\d.]+ kB\)", result.output)


def test_without_a_file_it_shows_bundled_data_and_writes_nothing(folder):
    result = run("resample", "--seed", 1)
    assert result.exit_code == 0, result.output
    assert "breast cancer data bundled with scikit-learn: 569 rows, 31 columns" in result.output
    assert re.search(r"malignant +212 +357 +\+145", result.output)
    assert re.search(r"written +nothing", result.output)
    assert os.listdir() == []
    assert run("resample", "-o", "cancer.parquet").exit_code == 0
    assert pl.read_parquet("cancer.parquet")["diagnosis"].value_counts()["count"].to_list() == [357, 357]


def test_report(file):
    result = run("resample", file, "--target", "fraud", "--method", "over", "--seed", 7, "-o", "out.csv")
    assert "cards.csv: 52 rows, 5 columns\ntarget: 'fraud' (as given)" in result.output
    for row in [r"no +40 +40 *\n", r"yes +12 +40 +\+28", r"all +52 +80 +\+28", r"method +over, seed=7"]:
        assert re.search(row, result.output), result.output
    assert re.search(r"rows per second +[\d,]+ \(balancing [\d.]+ s, reading [\d.]+ s, writing", result.output)
    assert re.search(r"peak memory +[\d.]+ [MG]B", result.output)


def plus(x):
    return x + 1


def test_compiling_is_not_counted_as_balancing(tmp_path, monkeypatch):
    times = outcome.Times(balancing=0.02, compiling=12.3, reading=1.0, writing=0.0)
    assert outcome._spent(times, None) == "balancing 0.02 s, compiling, once, 12 s, reading 1 s"
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    one_more, two_more = _jit.kernel(plus), _jit.kernel(plus)
    with compile_time() as got:
        assert one_more(1) == 2
    assert 0 < got.seconds < 60
    before = got.seconds
    _jit.kernel(plus)(1.0)
    assert got.seconds == before
    with compile_time() as got:
        assert two_more(1) == 2  # from the cache
    assert got.seconds == 0


def test_a_cache_that_is_not_warm_is_said_to_be_so(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    here = _machine.folder_name()
    other = tmp_path / here.replace(_machine.processor()[0], "some-family")
    other.mkdir()
    refused(
        r"There is no machine code for .*, of all samplers on float64 and float32, in .*, but for some-family\. Run "
        "fastbal warm-up",
        "warm-up",
        "--check",
    )
    (tmp_path / here).mkdir()
    (tmp_path / here / "one.o").write_bytes(b"12345")
    (tmp_path / here / "warmed-up.json").write_text('{"dtypes": ["float64"]}')
    refused("There is no machine code", "warm-up", "--check")
    result = run("warm-up", "--check", "--dtype", "float64")
    assert result.exit_code == 0
    for line in ("not used: machine code for some-family", "machine code: 1 kernels, 5 B", "processor: ", "folder: "):
        assert line in result.output
    assert run("warm-up", "--dtype", "float64").output == result.output  # all is there: nothing is done


def test_warm_up_refuses(tmp_path, monkeypatch):
    refused("--dtype must be some of float64,float32, but is 'float16'", "warm-up", "--dtype", "float16", exit_code=2)
    blocked = tmp_path / "file"
    blocked.touch()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(blocked))
    refused("Machine code cannot be kept, because .* cannot be written to", "warm-up")


@pytest.mark.parametrize(
    ("labels", "strategy", "expected"),
    [
        (["no", "yes"], "minority", {"no": 40, "yes": 40}),
        (["no", "yes"], "0.5", {"no": 40, "yes": 20}),
        (["no", "yes"], "yes=17", {"no": 40, "yes": 17}),
        (["no", "yes"], "yes=17,no=41", {"no": 41, "yes": 17}),
        (["no", "yes"], '{"yes": 17}', {"no": 40, "yes": 17}),
        (["a=b", "a"], "a=b=45", {"a=b": 45, "a": 12}),
        ([0, 1], "1=17", {0: 40, 1: 17}),
        ([0.0, 1.0], "1=17", {0.0: 40, 1.0: 17}),
        ([False, True], "true=17", {False: 40, True: 17}),
    ],
)
def test_strategies(folder, labels, strategy, expected):
    values = [labels[0]] * 40 + [labels[1]] * 12
    pl.DataFrame({"x": np.arange(52.0), "label": values}).write_csv("in.csv")
    result = run("resample", "in.csv", "--strategy", strategy, "-o", "out.parquet")
    assert result.exit_code == 0, result.output
    got = pl.read_parquet("out.parquet")["label"]
    assert got.dtype == pl.Series(values).dtype
    assert dict(got.value_counts().iter_rows()) == expected


def test_target_is_found(folder):
    pl.DataFrame({"Class": [0, 0, 0, 1, 1], "x": [1.0, 2, 3, 4, 5]}).write_csv("named.csv")
    pl.DataFrame({"x": [1.0, 2, 3, 4, 5], "kind": [0, 0, 0, 1, 1]}).write_csv("last.csv")
    assert "target: 'Class' (by its name; --target chooses another)" in run("info", "named.csv").output
    assert "target: 'kind' (the last column; --target chooses another)" in run("info", "last.csv").output


def test_semicolons_stay_semicolons(folder):
    table().write_csv("in.csv", separator=";")
    assert run("resample", "in.csv", "--target", "fraud", "-o", "out.csv").exit_code == 0
    assert Path("out.csv").read_text().startswith("amount;small;fraud;count;abroad\n")


@pytest.mark.parametrize("method", ["over", "under"])
def test_random_samplers_take_any_column(folder, method):
    given = table().with_columns(
        name=pl.Series([None, "a", "ä"] + ["b"] * 49), when=pl.date(2020, 1, 1), empty=pl.lit(None, pl.Float64)
    )
    given.write_parquet("in.parquet")
    result = run("resample", "in.parquet", "--target", "fraud", "--method", method, "-o", "out.parquet")
    assert result.exit_code == 0, result.output
    got = pl.read_parquet("out.parquet")
    assert got.schema == given.schema
    assert got.join(given, on=given.columns, how="anti", nulls_equal=True).is_empty()


def test_blank_lines_at_the_end_are_no_rows(folder):
    Path("in.csv").write_text("a,b\n1,0\n2,1\n\n\n")
    assert reading.read(Path("in.csv"), pl.LazyFrame.collect).rows() == [(1, 0), (2, 1)]
    Path("in.csv").write_text("a\n1\n\n")
    assert reading.read(Path("in.csv"), pl.LazyFrame.collect).rows() == [(1,), (None,)]


def test_lines_longer_than_what_is_looked_at(folder):
    Path("in.csv").write_text("a,b\n1," + "x" * 2_000_000 + "\n")
    assert reading.read(Path("in.csv"), pl.LazyFrame.collect).shape == (1, 2)


def test_types_found_late_in_a_file(folder):
    n = 12_000
    late = [None] * (n - 1) + [2.5]
    pl.DataFrame({"late": late, "n": ["1"] * (n - 1) + ["x"], "t": [0, 1] * (n // 2)}).write_csv("in.csv")
    got = reading.read(Path("in.csv"), pl.LazyFrame.collect)
    assert got.schema == {"late": pl.Float64, "n": pl.String, "t": pl.Int64}


# What it refuses


def test_missing_file(folder):
    refused(r"cards\.csv: there is no such file in ", "resample", "cards.csv")
    refused(r"cards\.parquet: there is no such file in ", "info", "cards.parquet")


def test_unreadable_file(file, monkeypatch):
    def refuse(*_arguments, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    refused(r"cards\.csv: no permission to read it\.", "resample", file)


def test_folder_instead_of_a_file(folder):
    (folder / "in.csv").mkdir()
    refused(r"in\.csv is a folder, not a file", "resample", "in.csv")


def test_unknown_ending(folder, file):
    refused(r"in\.xlsx: the ending '\.xlsx' is not known. Known are \.csv, ", "resample", "in.xlsx", exit_code=2)
    refused(r"out\.txt: the ending '\.txt' is not known", "resample", file, "-o", "out.txt", exit_code=2)


@pytest.mark.parametrize("command", ["resample", "info"])
def test_truncated_files(folder, command):
    content = table().write_csv()
    Path("in.csv").write_text(content[: content.rstrip().rfind(",") - 3])
    refused(r"in\.csv is truncated: its last line has \d of 5 columns\. Copy the file again", command, "in.csv")
    table().write_parquet("in.parquet")
    content = Path("in.parquet").read_bytes()
    for n in (0, 100, len(content) - 20):
        Path("in.parquet").write_bytes(content[:n])
        refused(r"in\.parquet is truncated or no Parquet file", command, "in.parquet")


@pytest.mark.parametrize("command", ["resample", "info"])
def test_not_utf8(folder, command):
    Path("in.csv").write_text("größe,t\n" + "1,0\n2,0\n" * 20_000 + "3,café\n" * 9, encoding="latin-1")
    result = run(command, "in.csv")
    assert result.exit_code == 0, result.output
    assert "note: it is not UTF-8: read as cp1252, as in 'größe,t'; --encoding chooses another" in result.output
    assert re.search(r"café +9", result.output)
    Path("in-balanced.csv").unlink(missing_ok=True)
    refused("in.csv is not UTF-8 text. Choose another with --encoding", command, "in.csv", "--encoding", "utf-8")
    refused("--encoding latin-99 is not known", command, "in.csv", "--encoding", "latin-99", exit_code=2)


def test_empty_files(folder):
    Path("in.csv").write_text("")
    refused(r"in\.csv is empty\. Its first line must hold the column names", "resample", "in.csv")
    Path("in.csv").write_text("a,b\n")
    refused(r"The table has no rows", "resample", "in.csv")
    refused(r"The table has no rows", "info", "in.csv")


def test_lines_that_do_not_fit(folder):
    Path("in.csv").write_text("a,b\n1,2\n1,2,3\n1,2\n")
    refused(r"in\.csv: a line has more columns than the first line", "resample", "in.csv")


def test_column_name_twice(folder):
    Path("in.csv").write_text("a,b,a\n1,2,3\n")
    refused(r"in\.csv: column names must differ, but 'a' stands there twice", "resample", "in.csv")


def test_unknown_target(file):
    refused(
        r"there is no column 'Frauds'\. Did you mean 'fraud'\? The columns are 'amount', 'small', 'fraud'",
        *("resample", file, "--target", "Frauds"),
        exit_code=2,
    )


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["a", "a", "a"], r"Column 't' holds one class only, 'a', in all 3 rows"),
        (["a", None, "b"], r"Column 't' is missing in 1 of 3 rows"),
        ([1.0, float("nan"), 2.0], r"Column 't' is missing in 1 of 3 rows"),
        ([1.0, 2.5, 2.0], r"Column 't' holds measurements such as 2\.5, not classes"),
        ([[1], [2], [3]], r"Column 't' holds List\(Int64\), not one label per row"),
    ],
)
@pytest.mark.parametrize("command", ["resample", "info"])
def test_columns_that_are_no_target(folder, values, message, command):
    pl.DataFrame({"x": [1.0, 2.0, 3.0], "t": values}).write_parquet("in.parquet")
    refused(message, command, "in.parquet", "--target", "t")


def test_nothing_but_the_target(folder):
    pl.DataFrame({"t": [0, 0, 1]}).write_csv("in.csv")
    refused(r"no column besides the target", "resample", "in.csv", "--method", "over")


def test_columns_without_numbers(folder):
    given = table().with_columns(
        name=pl.Series(["Ann", "Ben"] * 26),
        when=pl.date(2020, 1, 1),
        total=pl.Series(["1.5"] * 50 + [" ", "n/a"]),
        note=pl.lit(None, pl.String),
    )
    given.write_parquet("in.parquet")
    refused(
        r"--method smote makes new rows between neighbours, which takes numbers, but 2 columns hold no numbers: "
        r"'name' \(category\), 'total' \(category\)\. Encode them as numbers or leave them out with --drop, or "
        r"use --method smotenc \(new rows, also of categories\) or --method auto, which chooses it\.",
        *("resample", "in.parquet", "--target", "fraud", "--method", "smote"),
    )
    assert run("resample", "in.parquet", "--target", "fraud", "--seed", 0, "-o", "a.parquet").exit_code == 0
    arguments = ("--method", "smotenc", "--missing", "keep", "--seed", 0, "-o", "b.parquet")
    assert run("resample", "in.parquet", "--target", "fraud", *arguments).exit_code == 0
    got = pl.read_parquet("a.parquet")
    assert got.schema == given.schema
    assert_frame_equal(got, pl.read_parquet("b.parquet"))


def test_missing_values(folder):
    given = table().with_columns(
        amount=pl.Series([None, float("nan"), float("inf")] + [1.0] * 49), count=pl.Series([None] * 2 + [1] * 50)
    )
    given.write_parquet("in.parquet")
    refused(
        r"takes finite numbers, but some rows hold none: 'amount' \(1 empty, 1 NaN, 1 infinite\), "
        r"'count' \(2 empty\)\. Fill these cells or drop their rows first, or use --method over",
        *("resample", "in.parquet", "--target", "fraud", "--missing", "keep"),
    )
    given.with_columns(amount=pl.Series([None] + [1.0, 2.0, 3.0] * 17)).write_parquet("in.parquet")
    refused(
        r"'amount' \(1 empty\).* or let them be missing with --missing keep, or use --method over",
        *("resample", "in.parquet", "--target", "fraud", "--method", "smote"),
    )
    for method in ("auto", "smote"):  # as the sentence says
        arguments = ("--method", method, *["--missing", "keep"][: 2 * (method == "smote")], "--force", "--seed", 0)
        result = run("resample", "in.parquet", "--target", "fraud", *arguments)
        assert result.exit_code == 0, result.output
        assert "missing=keep" in result.output
    refused(
        "--missing keep is for smote, borderline, adasyn, smotenc, not for --method over",
        *("resample", "in.parquet", "--method", "over", "--missing", "keep"),
        exit_code=2,
    )


@pytest.mark.parametrize(
    ("n_rare", "k", "message"),
    [
        (
            3,
            5,
            r"Class 'yes' has 3 rows, but --k 5 takes at least 6: .* Please use --k 2 or less, or use --method over",
        ),
        (1, 1, r"Class 'yes' has 1 row, but --k 1 takes at least 2: .* leave this class out with --strategy"),
    ],
)
def test_too_few_rows(folder, n_rare, k, message):
    table(n_rare=n_rare).write_csv("in.csv")
    refused(message, "resample", "in.csv", "--target", "fraud", "--k", k)


@pytest.mark.parametrize(
    ("strategy", "message", "exit_code"),
    [
        ("most", r"--strategy must be one of auto, .* such as no=500\. Got 'most'", 2),
        ("minorty", r"Did you mean 'minority'\?", 2),
        ("{yes: 5}", r"--strategy is not a JSON object", 2),
        ("yes=many", r"the number of rows of 'yes' must be a whole number, not 'many'", 2),
        ('{"yes": 20.5}', r"the number of rows of 'yes' must be a whole number, not 20\.5", 2),
        ("yess=20", r"names the class 'yess', .* Its classes are 'no', 'yes'\. Did you mean 'yes'\?", 1),
        ("0.1", r"it is 12 / 40 = 0\.3 already, and 0\.1 is asked", 1),
        ("2", r"should be in the range \(0, 1\]", 1),
        ("yes=3", r"there is 12 samples and 3 samples are asked for class 'yes'", 1),
        ("majority", r"--strategy='majority' cannot be used with over-sampler", 1),
    ],
)
def test_strategies_that_cannot_be_met(file, strategy, message, exit_code):
    refused(message, "resample", file, "--target", "fraud", "--strategy", strategy, exit_code=exit_code)


def test_unknown_method(file):
    refused(r"--method smot is not known.* Did you mean 'smote'\?", "resample", file, "--method", "smot", exit_code=2)


def test_k_without_neighbours(file):
    refused(r"--k is of no use to --method over", "resample", file, "--method", "over", "--k", 3, exit_code=2)


def test_existing_output(file):
    Path("out.csv").write_text("precious")
    refused(r"out\.csv exists already\. Give another name with -o, or --force", "resample", file, "-o", "out.csv")
    assert Path("out.csv").read_text() == "precious"
    assert run("resample", file, "--target", "fraud", "-o", "out.csv", "--force").exit_code == 0
    assert reading.read(Path("out.csv"), pl.LazyFrame.collect).height == 80
    refused(r"cards\.csv exists already\. It is the input itself", "resample", file, "-o", "cards.csv")


def test_output_made_in_the_meantime(file, monkeypatch):
    check = writing.check_writable

    def check_and_be_overtaken(out, source, force):
        check(out, source, force)
        out.write_text("precious")

    monkeypatch.setattr(writing, "check_writable", check_and_be_overtaken)
    refused(r"it was made in the meantime", "resample", file, "--target", "fraud", "-o", "out.csv")
    assert Path("out.csv").read_text() == "precious"
    assert sorted(os.listdir()) == ["cards.csv", "out.csv"]


def test_no_folder_to_write_to(file):
    refused(r"there is no folder .*nowhere", "resample", file, "-o", "nowhere/out.csv")


def test_columns_that_csv_cannot_hold(folder):
    given = table().with_columns(pair=pl.Series([[1, 2]] * 52))
    given.write_parquet("in.parquet")
    refused(
        r"out\.csv: a CSV file cannot hold the lists, bytes or durations of 'pair'\. Name it \*\.parquet with -o",
        *("resample", "in.parquet", "--target", "fraud", "--method", "over", "-o", "out.csv"),
    )
    assert os.listdir() == ["in.parquet"]


# Failures in the middle of the work


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs limits on file sizes, which Windows has not")
@pytest.mark.parametrize("ending", cases.rest_slow(["csv", "parquet"]))
def test_full_disk(file, ending):
    import resource

    out = Path(f"out.{ending}")
    run("resample", file, "--target", "fraud", "-o", out)  # compiles, if need be: that writes files, too
    out.write_text("precious")
    result = subprocess.run(
        [*COMMAND, "resample", file, "--target", "fraud", "--seed", "1", "--force", "-o", out],
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)),
    )
    assert result.returncode == 1
    assert re.fullmatch(
        rf"fastbal: out\.{ending} could not be written: File too large\. Nothing was changed\.\n", result.stderr
    )
    assert "written" not in result.stdout
    assert out.read_text() == "precious"
    assert sorted(os.listdir()) == ["cards.csv", out.name]


def test_interrupted_while_writing(file, monkeypatch):
    def interrupt(_table, file, **_options):
        file.write(b"half a li")
        raise KeyboardInterrupt

    monkeypatch.setattr(pl.DataFrame, "write_csv", interrupt)
    refused(r"Interrupted\. Nothing was written", "resample", file, "--target", "fraud", exit_code=130)
    assert os.listdir() == ["cards.csv"]


def test_out_of_memory(file, monkeypatch):
    def give_up(_request):
        raise MemoryError

    monkeypatch.setattr(resample, "resample", give_up)
    refused(r"Not enough memory", "resample", file)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
@pytest.mark.parametrize(
    ("signal_number", "exit_code", "message"),
    [(signal.SIGINT, 130, "Interrupted"), (signal.SIGTERM, 143, "Terminated")],
)
def test_signal_while_writing(folder, signal_number, exit_code, message):
    rng = np.random.default_rng(0)
    n = 200_000
    columns = {f"x{i}": rng.normal(size=n) for i in range(20)}
    pl.DataFrame({**columns, "t": (np.arange(n) % 10 == 0).astype(int)}).write_parquet("in.parquet")
    process = subprocess.Popen(
        [*COMMAND, "resample", "in.parquet", "--method", "over", "-o", "out.csv"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while process.poll() is None and not any(name.endswith(".tmp") for name in os.listdir()):
        time.sleep(0.001)
    process.send_signal(signal_number)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == exit_code
    assert stderr == f"fastbal: {message}. Nothing was written.\n"
    assert os.listdir() == ["in.parquet"]


def test_errors_go_to_standard_error(folder):
    result = subprocess.run([*COMMAND, "resample", "nothing.csv"], capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (1, "")
    assert re.fullmatch(r"fastbal: nothing\.csv: there is no such file in .*\n", result.stderr)


@pytest.mark.parametrize("missing", ["typer", "polars", "rich", "zstandard"])
def test_missing_extra(missing):
    code = f"import sys; sys.modules['{missing}'] = None; from fastbal.cli import main; main()"
    result = subprocess.run([sys.executable, "-c", code, "info"], capture_output=True, text=True)
    assert result.returncode == 1
    assert result.stderr == f"fastbal: the command line needs {missing}. Install it with: pip install 'fastbal[cli]'\n"


# Info


def test_info(folder):
    given = table().with_columns(
        name=pl.Series(["a", "b", "c"] * 17 + [None]),
        when=pl.Series([datetime.date(2020, 1, 1 + i % 9) for i in range(52)]),
        part=pl.Series([float("nan"), None] + [0.5] * 50),
    )
    given.write_parquet("in.parquet")
    result = run("info", "in.parquet", "--target", "fraud")
    assert result.exit_code == 0, result.output
    for row in [
        r"in\.parquet: 52 rows, 8 columns, [\d.]+ kB in memory, [\d.]+ kB as a file",
        r"no +40 +76\.92%",
        r"yes +12 +23\.08%",
        r"ratio of the largest to the smallest class: 3\.333 to 1",
        r"amount +number +-?[\d.]+ *\n",
        r"part +number +3\.8% +0\.5",
        r"count +whole number +\d",
        r"abroad +yes/no +(True|False)",
        r"name +category +1\.9% +a",
        r"when +date +2020-01-\d",
        r"doubtful: 'when' holds dates: random folds learn",
        r"--method smote +80 .* encode 1 column first; fill 1 column first or --missing keep",
        r"--method over +80 ",
        r"--method under +24 ",
    ]:
        assert re.search(row, result.output), (row, result.output)


@pytest.mark.parametrize("method", METHODS)
def test_info_foretells_the_rows_and_bytes(folder, method):
    given = table(400, 120)
    given.write_parquet("in.parquet")
    run("resample", "in.parquet", "--target", "fraud", "--method", method, "-o", "out.parquet")
    got = pl.read_parquet("out.parquet")
    foretold = re.search(
        rf"--method {method} +(?:≤ )?([\d,]+) +(?:≤ )?([\d.]+) kB",
        run("info", "in.parquet", "--target", "fraud").output,
    )
    if METHODS[method].decides:
        assert got.height <= int(foretold[1].replace(",", ""))
        return
    assert got.height == int(foretold[1].replace(",", ""))
    expected = got.drop("fraud").estimated_size() + 16 * got.height
    assert float(foretold[2]) * 1000 == pytest.approx(expected, rel=0.01)


def test_info_of_small_classes(folder):
    table(n_rare=3).write_csv("in.csv")
    assert re.search(r"--method smote .* --k 2 at most", run("info", "in.csv", "--target", "fraud").output)


def test_many_classes_are_not_all_shown(folder):
    pl.DataFrame({"x": np.arange(60.0), "t": np.arange(60) // 2}).write_csv("in.csv")
    assert "… and 10 more classes" in run("info", "in.csv").output


def test_help_and_version():
    import fastbal

    assert run("--version").output == f"fastbal {fastbal.__version__}\n"
    text = said(run("resample", "--help"))
    for method in METHODS.values():
        assert f"{method.name}:" in text


# Real data


def test_real_data(folder, shared_data):
    source = shared_data / "creditcard_492of1722" / "creditcard_sample.csv"
    result = run("resample", source, "--target", "Class", "-o", "out.parquet")
    assert result.exit_code == 0, result.output
    assert dict(pl.read_parquet("out.parquet")["Class"].value_counts().iter_rows()) == {0: 1230, 1: 1230}


def test_real_data_cut_off(folder, shared_data):
    (source,) = (shared_data / "creditcard_head7973").glob("*.parquet")
    refused(r"Column 'Class' is missing in 1 of 7,973 rows", "info", source, "--target", "Class")


def test_json_labels_round_trip():
    from fastbal.cli.strategy import parse_strategy

    labels = ["a,b", 'quote"', "=", "ü"]
    assert parse_strategy(json.dumps(dict.fromkeys(labels, 3)), labels) == dict.fromkeys(labels, 3)
