"""Compile a kernel: one decorator, one set of options, one cache that is never stale.

                                            ┌─ loaded before ──────────────────→ call        2 to 20 microseconds
    kernel(arguments) ──→ kinds of these ───┼─ in a file (_machine.py) ──→ load, call        milliseconds
                                            └─ otherwise ──→ import Numba, compile, write    seconds   (_compiler.py)

Numba is the compiler and nothing else: where the code is at hand, it is not even imported.
"""

from __future__ import annotations

import ctypes
import functools
import importlib
import inspect
import struct
import sys
import warnings
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

import numpy as np

from fastbal._kernels import _machine

# Reassociation and contraction, but infinities keep their meaning: thresholds start at infinity.
_RELAXED = {"nsz", "arcp", "contract", "afn", "reassoc"}

# What a number is to a kernel.
_NUMBERS: dict[type, str] = {
    bool: "bool",
    int: "int64",
    float: "float64",
    **{
        kind: np.dtype(kind).name
        for kind in (np.bool_, *np.sctypeDict.values())
        if issubclass(kind, np.bool_ | np.integer | np.floating) and np.dtype(kind).itemsize <= 8
    },
}
# Of the flags of an array: rows one after the other, or columns, or neither; and whether numbers may lie anywhere.
_ROWS, _COLUMNS, _ALIGNED = 1, 2, 0x100
_FLAGS = _ROWS | _COLUMNS | _ALIGNED
_LAYOUTS = [
    64 * (1 if flags & _ROWS else 2 if flags & _COLUMNS else 0) + 256 * bool(flags & _ALIGNED)
    for flags in range(_FLAGS + 1)
]

#: Called when a compilation begins (True) and when it ends (False).
watchers: list[Callable[[bool], object]] = []


def _describe(arguments: Any, kinds: list[Any], words: list[Any]) -> None:
    """Append what tells apart which machine code arguments need, and what that is given of them."""
    for argument in arguments:
        kind = type(argument)
        if kind is np.ndarray:
            kinds.append(argument.dtype)
            kinds.append(argument.ndim + _LAYOUTS[argument.flags.num & _FLAGS])
            words.append(id(argument))
        elif kind in _NUMBERS:
            kinds.append(_NUMBERS[kind])
            words.append(argument)
        elif isinstance(argument, tuple):
            kinds.append(kind)
            kinds.append(len(argument))
            _describe(argument, kinds, words)
        elif isinstance(argument, np.ndarray):
            _describe((argument.view(np.ndarray),), kinds, [])
            words.append(id(argument))
        else:
            raise TypeError(f"A kernel takes arrays, numbers and tuples of them, but not {kind.__name__}.")


def _format_of(arguments: Any) -> str:
    """How `struct` writes the words of arguments: each takes eight bytes."""
    return "".join(
        _format_of(argument)
        if isinstance(argument, tuple)
        else "d"
        if isinstance(argument, float | np.floating)
        else "Q"
        if isinstance(argument, np.uint64)
        else "?7x"
        if isinstance(argument, bool | np.bool_)
        else "q"
        for argument in arguments
    )


def _called(kind: Any) -> str:
    """A part of what tells calls apart, as it is called in the name of a file."""
    return f"{kind.__module__}.{kind.__qualname__}" if isinstance(kind, type) else str(kind)


def _called_together(kinds: Iterable[Any]) -> str:
    return " ".join(map(_called, kinds))


class Kernel:
    """A function that runs as machine code.

    Parameters
    ----------
    function : callable
        What it computes, in Python.
    options : dict
        Of Numba's compiler.
    """

    def __init__(self, function: Callable[..., Any], options: dict[str, Any]) -> None:
        self.function, self.options = function, options
        self.__name__, self.__module__, self.__doc__ = function.__name__, function.__module__, function.__doc__
        self._runs: dict[tuple[Any, ...], Callable[[list[Any]], Any]] = {}

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        if named:
            arguments = inspect.signature(self.function).bind(*arguments, **named).args
        return self._call(arguments, [], [], arguments)

    def given(self, *first: Any) -> Callable[..., Any]:
        """The kernel with its first arguments: what they are is found out once, and not at each call.

        Of the search's eighty arrays that takes as long as a fifth of the work that a call of it does.
        """
        known_kinds: list[Any] = []
        known_words: list[Any] = []
        _describe(first, known_kinds, known_words)

        def call(*others: Any) -> Any:
            return self._call(others, known_kinds.copy(), known_words.copy(), (*first, *others))

        return call

    def _call(self, described: Any, kinds: list[Any], words: list[Any], arguments: Any) -> Any:
        """Call with arguments of which only some are yet to be described."""
        _describe(described, kinds, words)
        run = self._runs.get(tuple(kinds))
        if run is None:
            run = self._find(tuple(kinds), arguments)
        return run(words)

    def __reduce__(self) -> str:
        return self.__name__  # one in each process, called by its name there

    @cached_property
    def compiled(self) -> Any:
        """Numba's function, to be compiled as a part of others."""
        from fastbal._kernels import _compiler

        return _compiler.part(self.function, self.options)

    @property
    def _numba_type_(self) -> Any:
        """What Numba takes it for where it meets it in a function that it compiles."""
        from numba import typeof

        return typeof(self.compiled)

    def _find(self, kinds: tuple[Any, ...], arguments: Any) -> Callable[[list[Any]], Any]:
        with _machine.LOCK:
            if kinds not in self._runs:
                self._runs[kinds] = self._loaded(_called_together(kinds), arguments)
            return self._runs[kinds]

    def is_at_hand(self, *arguments: Any) -> bool:
        """Whether a call with such arguments needs no compiler."""
        kinds: list[Any] = []
        _describe(arguments, kinds, [])
        return tuple(kinds) in self._runs or _machine.kept_as(self._symbol(_called_together(kinds))) is not None

    def _symbol(self, kinds: str) -> str:
        return f"{self.__module__.rpartition('.')[2]}.{self.__name__}-{_machine.fingerprint(kinds)}"

    def _loaded(self, kinds: str, arguments: Any) -> Callable[[list[Any]], Any]:
        symbol = self._symbol(kinds)
        kept = _machine.kept_as(symbol)
        if kept is not None:
            said, code = kept
            function = _machine.load_code(symbol, code, said["needs"])
            if function is not None:
                return _run(function, _format_of(arguments), said["returns"])
        for watcher in watchers:
            watcher(True)
        try:
            from fastbal._kernels import _compiler

            made = _compiler.compiled(self.compiled, arguments, symbol, _machine.HEAD_BYTES)
        finally:
            for watcher in watchers:
                watcher(False)
        if _machine.keep_as(symbol, made.code, returns=made.returns, needs=made.needs, kinds=kinds) is None:
            _warn_once(_machine.unwritable())
        function = _machine.load_code(symbol, made.code, made.needs)
        if function is None:
            raise RuntimeError(f"{symbol} needs {', '.join(made.needs)}, which this process does not have.")
        return _run(function, _format_of(arguments), made.returns)


@functools.cache
def _warn_once(sentence: str) -> None:
    warnings.warn(sentence, RuntimeWarning, stacklevel=5)


def _run(function: Callable[[bytes, Any], int], letters: str, returns: str) -> Callable[[list[Any]], Any]:
    """What calls the machine code with the words of arguments."""
    pack = struct.Struct(f"={letters}").pack
    if not returns:

        def run(words: list[Any]) -> None:
            if function(pack(*words), None):
                raise MemoryError("A kernel failed, most likely because there was no memory for what it computes with.")

        return run
    number = ctypes.c_double if returns == "d" else ctypes.c_int64

    def run_and_return(words: list[Any]) -> Any:
        result = number()
        if function(pack(*words), ctypes.byref(result)):
            raise MemoryError("A kernel failed, most likely because there was no memory for what it computes with.")
        return result.value

    return run_and_return


class Intrinsic:
    """A function that writes the LLVM code of its own calls; Numba's `intrinsic`, made when Numba is needed."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.__name__, self.__module__, self.__doc__ = function.__name__, function.__module__, function.__doc__

    @cached_property
    def compiled(self) -> Any:
        """Numba's function."""
        from numba.extending import intrinsic

        return intrinsic(self.function)

    @property
    def _numba_type_(self) -> Any:
        from numba.core.registry import cpu_target

        function, context = self.compiled, cpu_target.typing_context
        context.refresh()  # it has just been registered
        return context.resolve_value_type(function)


class Lazy:
    """A module that is imported when it is first looked into."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self._name), attribute)


def _numba_options(*, relaxed: bool, inline: bool = False) -> dict[str, Any]:
    # Said explicitly also where it is off: a function inherits unset flags from the one that calls it.
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": _RELAXED if relaxed else False}
    if inline:
        options["forceinline"] = True
    return options


def kernel(function: Callable[..., Any]) -> Kernel:
    """Compile on first use, cached on disk, without the GIL; sums may be reassociated and fused."""
    return Kernel(function, _numba_options(relaxed=True))


def exact_kernel(function: Callable[..., Any]) -> Kernel:
    """As `kernel`, but every floating-point operation happens as it is written, as in NumPy.

    What LLVM intrinsics emit is part of the kernel they are used in, and gets its flags.
    """
    return Kernel(function, _numba_options(relaxed=False))


# A part of kernels is compiled into them and cached with them, not by itself.
inner, exact_inner = kernel, exact_kernel


def exact_inline(function: Callable[..., Any]) -> Kernel:
    """As `exact_inner`, for what LLVM finds too long to inline, where the loop around it shall become vectors."""
    return Kernel(function, _numba_options(relaxed=False, inline=True))


def intrinsic(function: Callable[..., Any]) -> Any:
    """A function that writes the LLVM code of its own calls; see ``numba.extending.intrinsic``."""
    return Intrinsic(function)


class _Announcer:
    """Says once, on a terminal, why the very first call takes seconds."""

    def __init__(self) -> None:
        self.said = False

    def __call__(self, begins: bool) -> None:
        if not begins or self.said:
            return
        self.said = True
        if sys.stderr is not None and sys.stderr.isatty():
            others = " and ".join(_machine.of_other_processors())
            why = (
                f" {_machine.processor()[0]}; the machine code in the cache is for {others}"
                if others
                else " this machine"
            )
            print(f"fastbal: compiling for{why}; this takes some seconds, once.", file=sys.stderr, flush=True)


watchers.append(_Announcer())
