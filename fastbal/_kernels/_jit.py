"""Compile a kernel: one decorator, one set of options, one cache that is never stale."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import resources
from typing import Any

from numba import njit
from numba.core import event

# Reassociation and contraction, but infinities keep their meaning: thresholds start at infinity.
_RELAXED = {"nsz", "arcp", "contract", "afn", "reassoc"}


def _digest_of_the_sources() -> str:
    """Fingerprint of all kernel files.

    Numba invalidates a cached function when *its own* file changes, not when a function it calls in
    another file does. The fingerprint is part of every kernel's name, so any edit makes a new entry.
    """
    digest = hashlib.blake2b(digest_size=5)
    files = (file for file in resources.files(__package__).iterdir() if file.name.endswith(".py"))
    for file in sorted(files, key=lambda file: file.name):
        digest.update(file.read_bytes())
    return digest.hexdigest()


_DIGEST = _digest_of_the_sources()


def _compile(function: Callable[..., Any], *, relaxed: bool, entry: bool, inline: bool = False) -> Callable[..., Any]:
    function.__qualname__ = f"{function.__qualname__}_{_DIGEST}"
    # Said explicitly also where it is off: a function inherits unset flags from the one that calls it.
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": _RELAXED if relaxed else False}
    if inline:
        options["forceinline"] = True
    try:
        compiled: Callable[..., Any] = njit(cache=entry, **options)(function)
    except RuntimeError:  # no folder to cache in: neither the package's own nor the user's is writable
        compiled = njit(**options)(function)
    _announcer.kernels.add(compiled)
    _save_if_possible(compiled)
    return compiled


def _save_if_possible(compiled: Any) -> None:
    """Let a full disk, or a folder that has become read-only, cost the cache and not the result.

    Numba has no public setting for this: a failure to save is an error of the call that compiled.
    """
    cache: Any = getattr(compiled, "_cache", None)
    save = getattr(cache, "save_overload", None)
    if save is None:
        return

    def attempt(*args: Any) -> None:
        with suppress(OSError):
            save(*args)

    cache.save_overload = attempt


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile on first use, cached on disk, without the GIL; sums may be reassociated and fused."""
    return _compile(function, relaxed=True, entry=True)


def exact_kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """As `kernel`, but every floating-point operation happens as it is written, as in NumPy.

    What LLVM intrinsics emit is part of the kernel they are used in, and gets its flags.
    """
    return _compile(function, relaxed=False, entry=True)


def inner(function: Callable[..., Any]) -> Callable[..., Any]:
    """A part of kernels: compiled into them and cached with them, not by itself. Relaxed as `kernel`."""
    return _compile(function, relaxed=True, entry=False)


def exact_inner(function: Callable[..., Any]) -> Callable[..., Any]:
    """A part of kernels whose floating-point operations happen as they are written."""
    return _compile(function, relaxed=False, entry=False)


def exact_inline(function: Callable[..., Any]) -> Callable[..., Any]:
    """As `exact_inner`, for what LLVM finds too long to inline, where the loop around it shall become vectors."""
    return _compile(function, relaxed=False, entry=False, inline=True)


class _Announcer(event.Listener):
    """Says once, on a terminal, why the very first call takes seconds."""

    def __init__(self) -> None:
        self.kernels: set[Any] = set()
        self.said = False

    def on_start(self, event: Any) -> None:
        if self.said or event.data.get("dispatcher") not in self.kernels:
            return
        self.said = True
        if sys.stderr is not None and sys.stderr.isatty():
            print(
                "fastbal: compiling for this machine; this takes some seconds, once.",
                file=sys.stderr,
                flush=True,
            )

    def on_end(self, event: Any) -> None:
        """Nothing to say."""


_announcer = _Announcer()
event.register("numba:compile", _announcer)
