"""A file, or a folder, that is whole or was never touched."""

from __future__ import annotations

import glob
import os
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

try:
    import fcntl
except ImportError:  # Windows, where a file that is open cannot be deleted
    fcntl = None  # type: ignore[assignment]

_HEX = "[0-9a-f]" * 8
# A file so young may be about to be locked.
_YOUNG_SECONDS = 10

# What is being written, and leave to begin and to end that.
_unfinished: set[Path] = set()
_may_go_on = threading.RLock()


@contextmanager
def written_whole(path: str | Path, *, replace: bool = True) -> Iterator[BinaryIO]:
    """A new file beside `path` that takes its place when the block has ended, and vanishes if it fails.

    Parameters
    ----------
    path : str or Path
        The file to be.
    replace : bool, default=True
        Whether it may exist.

    Yields
    ------
    binary file

    Raises
    ------
    FileExistsError
        If there is such a file at the end, and it must not be replaced.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = Path(folder.name, "numbers.csv")
    >>> with written_whole(path) as file:
    ...     _ = file.write(b"1,2")
    ...     path.exists()
    False
    >>> path.read_text()
    '1,2'
    >>> folder.cleanup()
    """
    path = Path(path).resolve()  # a link stays a link
    with _temporary(path) as temporary:
        with temporary.open("r+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        with _may_go_on:
            if path.exists() and not replace:
                raise FileExistsError(f"{path} exists already.")
            temporary.replace(path)


@contextmanager
def folder_written_whole(path: Path) -> Iterator[Path]:
    """A new folder beside `path` that gets its name when the block has ended, and vanishes if it fails.

    Parameters
    ----------
    path : Path
        The folder to be.

    Yields
    ------
    Path

    Raises
    ------
    OSError
        If there is a file or a folder of this name at the end.
    """
    with _temporary(path.resolve(), is_folder=True) as temporary:
        yield temporary
        with _may_go_on:
            temporary.rename(path)


@contextmanager
def scratch_folder(name: str) -> Iterator[Path]:
    """A folder among the temporary files of the machine, gone when the block has ended.

    What a killed run has left behind is removed by the next one with this name.

    Examples
    --------
    >>> with scratch_folder("fastbal-example") as folder:
    ...     folder.is_dir()
    True
    >>> folder.exists()
    False
    """
    with _temporary(Path(tempfile.gettempdir(), name), is_folder=True) as folder:
        yield folder


def leftovers_in(folder: Path) -> list[Path]:
    """Files and folders that killed runs have left in a folder, nobody's any more.

    Examples
    --------
    >>> leftovers_in(Path("no such folder"))
    []
    """
    found = []
    for leftover in sorted(folder.glob(f".*.{_HEX}.tmp")):
        with suppress(OSError), _locked(leftover):
            found.append(leftover)
    return found


def abandon_all() -> None:
    """Delete all that is unfinished, and let nothing be begun or put in its place any more.

    For a thread that is about to end the program wherever the other threads are.
    """
    _may_go_on.acquire()
    for _ in range(2):  # into a folder somebody may write all the while
        for path in list(_unfinished):
            _delete(path)


@contextmanager
def _temporary(path: Path, *, is_folder: bool = False) -> Iterator[Path]:
    """A new file or folder beside `path`, deleted at the end if it is still there.

    It is locked all the while. A run that is killed leaves it behind, but not the lock: that tells the next run which
    writes to `path` that it may go.
    """
    for leftover in path.parent.glob(f".{glob.escape(path.name)}.{_HEX}.tmp"):
        with suppress(OSError), _locked(leftover):
            if time.time() - leftover.stat().st_mtime > _YOUNG_SECONDS:
                _delete(leftover)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    with _may_go_on:
        if is_folder:
            temporary.mkdir()
        else:
            temporary.open("xb").close()
        _unfinished.add(temporary)
    try:
        with _locked(temporary, is_new=True):
            yield temporary
    finally:
        _delete(temporary)
        _unfinished.discard(temporary)


@contextmanager
def _locked(path: Path, *, is_new: bool = False) -> Iterator[None]:
    """Lock a file or folder; OSError if another run has done so, or if that cannot be known and it is not new."""
    if fcntl is None:
        if path.is_dir() and not is_new:
            raise OSError(f"Nobody knows whether {path} is in use.")
        yield
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if not is_new:  # a new one on a file system without locks is written nevertheless
                raise
        yield
    finally:
        os.close(handle)


def _delete(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
