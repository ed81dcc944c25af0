"""A file that is whole or was never touched."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


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
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if path.exists() and not replace:
            raise FileExistsError(f"{path} exists already.")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
