"""Say before the work that memory cannot suffice; give back what it has needed."""

from __future__ import annotations

import ctypes
import functools
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastbal._core.refusals import Term, explained, refusal

MEMORY = Term("memory", "memory")
_WAY_OUT = Term(
    "less memory",
    "Ask for fewer rows with sampling_strategy, give float32 instead of float64 values, or use a machine with more "
    "memory.",
)

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}


def available_memory() -> int | None:
    """Bytes that can be allocated without swapping something out, as far as the system tells; else None.

    Examples
    --------
    >>> available = available_memory()
    >>> available is None or available > 0
    True
    """
    amounts = [amount for amount in (_of_the_machine(), _of_the_control_group()) if amount is not None]
    return min(amounts, default=None)


@explained("memory")
def require_memory(n_bytes: int, purpose: str, way_out: str | Term = _WAY_OUT) -> None:
    """Refuse what cannot fit, with the numbers.

    Examples
    --------
    >>> require_memory(10**18, "A table of 10**15 rows")
    Traceback (most recent call last):
    MemoryError: A table of 10**15 rows needs 1,000,000,000,000 MB, but only ...
    """
    available = available_memory()
    if available is not None and n_bytes > available:
        raise refusal(
            MemoryError,
            f"{purpose} needs {megabytes(n_bytes)}, but only {megabytes(available)} of memory are available. ",
            way_out,
        )


def megabytes(n_bytes: float) -> str:
    """As messages say it."""
    return f"{n_bytes / 1e6:,.0f} MB"


def as_bytes(memory: Any) -> int | None:
    """A number of bytes from ``"4GB"``, ``"500 MB"`` or a number; None means what is available.

    Examples
    --------
    >>> as_bytes("1.5GB"), as_bytes(10**6)
    (1500000000, 1000000)
    """
    if memory is None:
        return available_memory()
    if isinstance(memory, str):
        match = re.fullmatch(r"\s*(\d+\.?\d*|\.\d+)\s*([kmgt]?)i?b?\s*", memory.lower())
        if match:
            return int(float(match[1]) * _UNITS[match[2]])
    elif isinstance(memory, (int, float)) and not isinstance(memory, bool) and memory > 0:
        return int(memory)
    raise refusal(ValueError, MEMORY, f" must be a number of bytes or a text such as '4GB' or '500MB'. Got {memory!r}.")


def _of_the_machine() -> int | None:
    try:
        fields = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
        return 1024 * int(fields["MemAvailable"].split()[0])
    except (OSError, KeyError, ValueError):
        pass
    try:  # what is installed is all that other systems tell
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def _of_the_control_group() -> int | None:
    """What a container may still take; pages of files in its cache can be given up, so they count as free."""
    group = Path("/sys/fs/cgroup")
    try:
        limit = int((group / "memory.max").read_text())
        used = int((group / "memory.current").read_text())
        fields = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
        return max(0, limit - used + int(fields["inactive_file"]) + int(fields["active_file"]))
    except (OSError, KeyError, ValueError):  # "max" is no number: no limit
        return None


def rows_at_once(n: int) -> int:
    """Of n rows, how many are gathered or searched for at a time: an eighth, and so many that it is no slower.

    Examples
    --------
    >>> rows_at_once(1_000), rows_at_once(1_000_000)
    (16384, 125000)
    """
    return max(1 << 14, n // 8)


def give_back() -> None:
    """Give freed memory back to the system, between work that has needed much and work that needs little; milliseconds.

    glibc keeps it otherwise, blocks of up to 32 MB, for each thread. Elsewhere nothing is done.
    """
    trim = _trim()
    if trim is not None:
        trim(0)


@functools.cache
def _trim() -> Callable[[int], int] | None:
    if not sys.platform.startswith("linux"):
        return None
    try:
        trim: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError):  # a library other than glibc
        return None
    return trim
