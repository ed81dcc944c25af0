"""The command line under bad luck: files that are none, screens that are gone, signals in the wrong moment."""

from __future__ import annotations

import ctypes
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from fastbal.cli import ending, errors, reading
from fastbal.cli.app import app
from tests import cases

COMMAND = [sys.executable, "-c", "import sys; sys.argv[0] = 'fastbal'; from fastbal.cli import main; main()"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(*arguments: str, exit_code: int = 0) -> str:
    result = CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})
    assert result.exit_code == exit_code, result.output
    if exit_code:
        assert result.stderr.startswith("fastbal: ")
        assert result.stderr.count("\n") == 1
    return " ".join(result.output.split())


def write(name: str, text: str) -> str:
    Path(name).write_text(text, newline="")
    return name


ROWS = "".join(f"{i},{i % 3 == 0:d}\n" for i in range(30))


# Files


@pytest.mark.parametrize("command", ["info", "resample", "compare"])
def test_a_table_without_columns(command: str) -> None:
    pl.DataFrame().write_parquet("in.parquet")
    assert "The table has no columns" in said(command, "in.parquet", exit_code=1)


@pytest.mark.parametrize("command", cases.rest_slow(["info", "resample", "compare"], 2))
def test_names_of_rows_are_no_target(command: str) -> None:
    # pandas writes its index as a last column of this name.
    pl.DataFrame({"x": [1.0, 2, 3] * 12, "kind": [0, 0, 1] * 12, "__index_level_0__": range(36)}).write_parquet(
        "in.parquet"
    )
    more = {
        "info": (),
        "resample": ("-o", "o.csv"),
        "compare": ("--models", "logistic regression", "--arms", "nothing"),
    }
    assert "target: 'kind' (the last column; --target chooses another)" in said(command, "in.parquet", *more[command])
    assert re.search(
        r"Column '__index_level_0__' has a value of its own in each of the 36 rows: it names rows, not classes\.",
        said(command, "in.parquet", "--target", "__index_level_0__", exit_code=1),
    )


def test_few_rows_may_all_differ() -> None:
    assert said("info", write("in.csv", "x,y\n1,a\n2,b\n"))


def test_whole_numbers_that_are_too_long() -> None:
    write("in.csv", "x,z,y\n" + "".join(f"{10**25 + i},1,{i % 3 == 0:d}\n" for i in range(30)))
    assert "doubtful: 'x': it numbers the rows; there is nothing else to tell the rows apart by" in said(
        "info", "in.csv"
    )
    said("resample", "in.csv", "--method", "over", "-o", "o.csv")
    assert Path("o.csv").read_text().count(str(10**25)[:20]) == 40


@pytest.mark.parametrize("command", ["info", "resample"])
def test_infinite_labels_are_measurements(command: str) -> None:
    pl.DataFrame({"x": [1.0] * 4, "y": [1.0, 1, float("inf"), 2]}).write_parquet("in.parquet")
    assert "Column 'y' holds measurements such as inf" in said(command, "in.parquet", exit_code=1)


def test_a_row_instead_of_names_that_has_a_cell_twice() -> None:
    write("in.csv", "5,5,0\n4,3,1\n")
    assert "the first line looks like data, with '5', '5', '0'" in said("info", "in.csv", exit_code=1)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_names_over_several_lines(separator: str) -> None:
    write(
        "in.csv",
        separator.join(['"size\r\n(cm; kg,\n|)"', '"a b"', "y"]) + "\n" + ROWS.replace(",", f"{separator}7{separator}"),
    )
    assert "30 rows, 3 columns" in said("info", "in.csv")
    assert reading.read(Path("in.csv"), pl.LazyFrame.collect).columns == ["size\r\n(cm; kg,\n|)", "a b", "y"]


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="no devices with names here")
def test_pipes_and_devices_are_read_only_once() -> None:
    Path("in.csv").symlink_to("/dev/null")  # a pipe would let a failing test wait for ever
    assert "in.csv is a pipe or a device, which can be read only once" in said("info", "in.csv", exit_code=1)


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are text here")
def test_names_of_files_that_are_no_text() -> None:
    name = os.fsdecode(b"in\xff.csv")
    write(name, "x,y\n" + ROWS)
    assert r"in\udcff.csv: the name of the file is not UTF-8 text" in said("info", name, exit_code=1)


@pytest.mark.parametrize("command", ["info", "resample", "compare"])
def test_folders_that_may_not_be_entered(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    write("in.csv", "x,y\n" + ROWS)
    allowed = os.stat

    def stat(path: Any, *arguments: Any, **options: Any) -> Any:
        if "closed" in str(path):
            raise PermissionError(13, "Permission denied")
        return allowed(path, *arguments, **options)

    monkeypatch.setattr(os, "stat", stat)
    assert "no permission to read it" in said(
        command, "closed/in.csv", *[*("-o", "o.csv")][: 2 * (command == "resample")], exit_code=1
    )
    if command != "info":
        option = "-o" if command == "resample" else "--html"
        assert "closed/out.csv could not be written: Permission denied." in said(
            command, "in.csv", option, "closed/out.csv", exit_code=1
        )


def test_a_reader_that_panics() -> None:
    def panics(_: pl.LazyFrame) -> None:
        raise pl.exceptions.PanicException("assertion failed: offset + length <= self.length")

    pl.DataFrame({"x": [1]}).write_parquet("in.parquet")
    with pytest.raises(errors.CliError, match=r"in\.parquet is truncated or no Parquet file\. Copy or export it again"):
        reading.read(Path("in.parquet"), panics)


# Screens


def command(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], text=True, stderr=subprocess.PIPE, timeout=120, **options)


def test_a_terminal_without_these_letters() -> None:
    write("in.csv", "x,y\n" + "1,é\n2,日\n" * 4)
    got = command("info", "in.csv", stdout=subprocess.PIPE, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert got.returncode == 0, got.stderr
    assert re.search(r"\|\\xe9 .* 4 .*\n\|\\u65e5 .* 4 ", got.stdout)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
def test_a_full_disk_behind_the_screen() -> None:
    write("in.csv", "x,y\n" + ROWS)
    with open("/dev/full", "w") as full:
        got = command("resample", "in.csv", "--method", "over", "-o", "o.csv", stdout=full)
    assert (got.returncode, got.stderr) == (1, "fastbal: The output could not be written: No space left on device.\n")
    assert sorted(os.listdir()) == ["in.csv"]  # it was full before the work began


@pytest.mark.slow
def test_a_reader_of_the_screen_who_leaves_early_costs_no_report() -> None:
    write("in.csv", "x,y\n" + "".join(f"{i * i % 17},{i % 3 == 0:d}\n" for i in range(60)))
    read, written = os.pipe()
    os.close(read)
    arguments = ("compare", "in.csv", "--models", "logistic regression", "--arms", "nothing", "--folds", "2")
    got = command(*arguments, "--html", "o.html", "--csv", "o.csv", stdout=written)
    os.close(written)
    assert got.stderr == ""
    assert got.returncode == 1
    assert sorted(os.listdir()) == ["in.csv"]  # it was gone before the work began

    def gone(*_: Any, **__: Any) -> None:
        raise BrokenPipeError(32, "Broken pipe")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fastbal.cli.compare._print", gone)
        CliRunner().invoke(app, [*arguments, "--html", "o.html", "--csv", "o.csv"])
    assert sorted(os.listdir()) == ["in.csv", "o.csv", "o.html"]


# Signals


def end_of(work: Any) -> int:
    with pytest.raises(typer.Exit) as ended, errors.one_sentence():
        work()
    return ended.value.exit_code


def test_an_interruption_that_a_library_wraps(capsys: pytest.CaptureFixture[str]) -> None:
    def wraps(error: type[BaseException]) -> None:
        try:
            try:
                Path("nothing.csv").stat()
            except OSError:
                raise error from None
        except BaseException as caught:
            raise RuntimeError("Error calling __set_name__") from caught

    assert end_of(lambda: wraps(KeyboardInterrupt)) == 130
    assert capsys.readouterr().err == "fastbal: Interrupted. Nothing was written.\n"
    with pytest.raises(RuntimeError), errors.one_sentence():
        wraps(ValueError)


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
@pytest.mark.parametrize(("name", "exit_code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 143)])
def test_a_signal_raises_nothing_where_it_arrives(
    name: str, exit_code: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inside a callback of a library what a handler raised was lost, and the run went on."""
    lost: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", lost.append)
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    came_back = []

    def work() -> None:
        ctypes.CFUNCTYPE(None)(lambda: os.kill(os.getpid(), getattr(signal, name)) or time.sleep(0.01))()
        came_back.append(True)
        while True:
            time.sleep(0.01)
            ending.ending_now().check()

    assert end_of(work) == exit_code
    assert [signal.getsignal(number) for number in numbers] == before
    what = "Interrupted" if name == "SIGINT" else "Terminated"
    assert capsys.readouterr().err == f"fastbal: {what}. Nothing was written.\n"
    assert (lost, came_back) == ([], [True])
    assert not ending.ending_now()


def test_a_second_signal_ends_at_once(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    exits: list[int] = []
    monkeypatch.setattr(os, "_exit", exits.append)
    monkeypatch.setattr(ending, "abandon_all", lambda: None)
    heard = ending.Ending()
    with heard.finishing("It is kept."):
        assert not heard
        assert heard.hear(signal.SIGTERM) is None
        assert heard
        heard.check()  # what has been begun comes to its end first
        assert heard.hear(signal.SIGTERM) == 0
        heard.end()
    assert exits == [143]
    heard.check()  # and then there is a report
    said = capfd.readouterr().err.splitlines()
    assert said == [
        "fastbal: ending after the fits that run now; once more ends at once.",
        "fastbal: Terminated. It is kept.",
    ]


def test_a_question_may_be_answered_with_an_interruption() -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), ending.endings_are_heard() as heard, heard.talking():
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(1)
    assert not heard
    assert signal.getsignal(signal.SIGINT) == before


# Where nothing looks at the flag, as in the middle of what a library does.
STUCK = """
import os, sys, time
import polars as pl
from fastbal.cli import audit, columns, ending, main, writing
ending._PATIENCE_SECONDS = 0.2
def stuck(*arguments, **options):
    print("stuck", flush=True)
    time.sleep(60)
where = os.environ["STUCK"]
if where == "writing":
    def write(table, file, layout):
        file.write(b"half")
        file.flush()
        stuck()
    writing._write_as = write
elif where == "report":
    audit._print_findings = stuck
else:
    pl.DataFrame.is_duplicated = stuck
sys.argv[0] = "fastbal"
main()
"""
BALANCE = ("resample", "in.csv", "-o", "old.csv", "--force", "--method", "over")
AUDITED = "Terminated. Written by then: o.json."


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
@pytest.mark.parametrize(
    ("where", "arguments", "number", "said"),
    cases.rest_slow(
        [
            ("writing", BALANCE, "SIGTERM", "Terminated. Nothing was written."),
            ("reading", ("info", "in.csv"), "SIGTERM", "Terminated. Nothing was written."),
            ("writing", BALANCE, "SIGINT", "Interrupted. Nothing was written."),
            ("report", ("audit", "in.csv", "in.csv", "--json", "o.json"), "SIGHUP", AUDITED),
            ("reading", ("compare", "in.csv"), "SIGINT", "Interrupted. Nothing was written."),
        ],
        1,
    ),
)
def test_a_signal_in_the_middle(where: str, arguments: tuple[str, ...], number: str, said: str) -> None:
    write("in.csv", "x,y\n" + "".join(f"{i * i % 17},{i % 3 == 0:d}\n" for i in range(60)))
    write("old.csv", "old")
    options: dict[str, Any] = {"env": {**os.environ, "STUCK": where}, "stdout": subprocess.PIPE}
    command = [sys.executable, "-c", STUCK, *arguments]
    with subprocess.Popen(command, text=True, stderr=subprocess.PIPE, **options) as process:
        assert process.stdout is not None
        while "stuck" not in (line := process.stdout.readline()):
            assert line
        if where == "writing":
            assert any(name.endswith(".tmp") for name in os.listdir())
        process.send_signal(getattr(signal, number))
        assert process.wait(20) == (130 if number == "SIGINT" else 143)
        assert process.stderr is not None
        assert process.stderr.read() == f"fastbal: {said}\n"
    assert Path("old.csv").read_text() == "old"
    assert sorted(os.listdir()) == ["in.csv", *(["o.json"] if where == "report" else []), "old.csv"]


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="no such signal here")
def test_nohup_is_obeyed() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with errors.one_sentence():
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_an_interruption_before_the_command_has_begun() -> None:
    program = "import sys, fastbal.cli\nsys.modules['fastbal.cli.app'] = None\n"
    program += "import builtins\nold = builtins.__import__\n"
    program += "def new(name, *more, **options):\n    if name == 'fastbal.cli.app': raise KeyboardInterrupt\n"
    program += "    return old(name, *more, **options)\nbuiltins.__import__ = new\nfastbal.cli.main()\n"
    got = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert (got.returncode, got.stderr) == (130, "fastbal: Interrupted. Nothing was written.\n")
