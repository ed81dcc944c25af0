"""Files that are whole or were never touched, also when a run is killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fastbal._writing import folder_written_whole, written_whole

RUN = """
import sys, time
from pathlib import Path
from fastbal._writing import folder_written_whole, written_whole
writes = folder_written_whole if sys.argv[2] == "folder" else written_whole
with writes(Path(sys.argv[1])) as out:
    if sys.argv[2] == "folder":
        (out / "part").write_bytes(b"half")
    else:
        out.write(b"half")
    print("begun", flush=True)
    sys.stdin.readline()
"""


def begin(path: Path, kind: str) -> subprocess.Popen[str]:
    run = subprocess.Popen(
        [sys.executable, "-c", RUN, str(path), kind], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert run.stdout is not None
    assert run.stdout.readline() == "begun\n"
    return run


def write(path: Path, kind: str) -> None:
    if kind == "folder":
        with folder_written_whole(path) as folder:
            (folder / "part").write_text("whole")
    else:
        with written_whole(path) as file:
            file.write(b"whole")


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_a_killed_run_leaves_goes_with_the_next(kind: str, tmp_path: Path) -> None:
    """22 MB once stayed beside the output for good."""
    out = tmp_path / "out [1]"
    run = begin(out, kind)
    run.kill()
    run.communicate()
    (leftover,) = tmp_path.iterdir()
    assert leftover.name.endswith(".tmp")
    write(out, kind)
    assert leftover.exists()  # it might be locked in a moment
    (out / "part" if kind == "folder" else out).unlink()
    if kind == "folder":
        out.rmdir()
    os.utime(leftover, (0, 0))
    other = tmp_path / ".out [1].0123abcg.tmp"  # not of our making
    other.write_text("")
    write(out, kind)
    assert sorted(tmp_path.iterdir()) == sorted([other, out])


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_run_that_goes_on_keeps_what_it_writes(kind: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run = begin(out, kind)
    for temporary in tmp_path.iterdir():
        os.utime(temporary, (0, 0))
    write(out, kind)
    assert len(list(tmp_path.iterdir())) == 2
    if kind == "folder":
        (out / "part").unlink()
        out.rmdir()
    run.communicate("\n")
    assert run.returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (out / "part" if kind == "folder" else out).read_bytes() == b"half"


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_failure_leaves_nothing(kind: str, tmp_path: Path) -> None:
    out = tmp_path / "out"

    def fail() -> None:
        with folder_written_whole(out) if kind == "folder" else written_whole(out):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert not list(tmp_path.iterdir())
