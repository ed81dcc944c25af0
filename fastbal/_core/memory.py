"""Say before the work that memory cannot suffice."""

from __future__ import annotations

import os
from pathlib import Path

#: The last sentence of the message; the command line puts one in its own words in its place.
WAY_OUT = (
    "Ask for fewer rows with sampling_strategy, give float32 instead of float64 values, or use a machine with more "
    "memory."
)


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


def require_memory(n_bytes: int, purpose: str) -> None:
    """Refuse what cannot fit, with the numbers.

    Examples
    --------
    >>> require_memory(10**18, "A table of 10**15 rows")
    Traceback (most recent call last):
    MemoryError: A table of 10**15 rows needs 1,000,000,000,000 MB, but only ...
    """
    available = available_memory()
    if available is not None and n_bytes > available:
        raise MemoryError(
            f"{purpose} needs {_megabytes(n_bytes)}, but only {_megabytes(available)} of memory are available. "
            f"{WAY_OUT}"
        )


def _megabytes(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:,.0f} MB"


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
