"""Machine code of kernels, kept in files and run by LLVM's loader alone: neither Numba nor a compiler is loaded.

    folder/_fastbal-<sources>-<processor>-<the rest>/<kernel>-<kinds of arguments>.o

<sources> is a fingerprint of the kernels' files, <processor> its family as LLVM calls it, and <the rest> one of
everything else that code depends on: the processor's instructions, versions, and Numba's settings. So a file never
serves anything but what it was made for, and a folder that several machines share is right for each.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import importlib
import json
import os
import platform
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import metadata, resources
from pathlib import Path
from typing import Any

#: What each Python object begins with; an array's address, shape and strides stand behind it.
HEAD_BYTES = object.__basicsize__

# What says where code is kept or on how many threads it runs, and not what it is.
_HARMLESS = ("NUMBA_CACHE_", "NUMBA_NUM_THREADS", "NUMBA_THREADING_LAYER")


#: Held by whoever compiles or loads.
LOCK = threading.RLock()

if hasattr(os, "register_at_fork"):
    # A child has the locks of Numba and LLVM as they were: so nobody may hold them.
    os.register_at_fork(before=LOCK.acquire, after_in_parent=LOCK.release, after_in_child=LOCK.release)


def fingerprint(*parts: bytes | str) -> str:
    """A short digest of all parts."""
    digest = hashlib.blake2b(digest_size=6)
    for part in parts:
        digest.update(part.encode() if isinstance(part, str) else part)
        digest.update(b"\0")
    return digest.hexdigest()


def _fingerprint_of_sources() -> str:
    """Any edit of a kernel's file, also of a helper in another one, makes new code."""
    found = [file for file in resources.files(__package__).iterdir() if file.name.endswith(".py")]
    if not found:  # a package without its sources
        return fingerprint(version("fastbal"))
    return fingerprint(*(file.read_bytes() for file in sorted(found, key=lambda file: file.name)))


def version(package: str) -> str:
    """The version of an installed package, also where nothing is left that describes it."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return str(importlib.import_module(package).__version__)


# Of what this process has imported: files that are replaced while it runs are not its own.
_SOURCES = _fingerprint_of_sources()


@functools.cache
def processor() -> tuple[str, str]:
    """(family, instructions) that are compiled for: those of this machine, unless the user has set others."""
    import llvmlite.binding as llvm

    name, features = os.environ.get("NUMBA_CPU_NAME"), os.environ.get("NUMBA_CPU_FEATURES")
    if features is None:
        # As Numba: a family that was chosen has its own instructions, and none besides.
        features = "" if name == "generic" else llvm.get_host_cpu_features().flatten()
    return name or llvm.get_host_cpu_name(), features


@functools.cache
def _the_rest() -> str:
    settings = [f"{name}={os.environ[name]}" for name in sorted(os.environ) if name.startswith("NUMBA_")]
    relevant = [line for line in settings if not line.startswith(_HARMLESS)]
    versions = [version(name) for name in ("numba", "llvmlite")]
    surroundings = [platform.system(), platform.machine(), str(sys.implementation.cache_tag), str(HEAD_BYTES)]
    return fingerprint(processor()[1], *surroundings, *versions, *relevant)


def folder_name() -> str:
    """Name of the folder of the code that this process can use."""
    return f"_fastbal-{_SOURCES}-{processor()[0]}-{_the_rest()}"


def folders() -> list[Path]:
    """Where code is looked for, and kept in the first that can be written to, as Numba keeps its own."""
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    if chosen:
        return [Path(chosen)]
    if sys.platform == "win32":
        users = os.environ.get("LOCALAPPDATA", "~/AppData/Local")
    elif sys.platform == "darwin":
        users = "~/Library/Caches"
    else:
        users = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    home = os.path.expanduser(users)  # that of pathlib raises where nobody has a home
    return [Path(__file__).parent / "__pycache__", *([] if home.startswith("~") else [Path(home) / "fastbal"])]


def folder_to_write() -> Path | None:
    """The folder that code will be kept in, made if need be; None if nothing can be written anywhere."""
    for base in folders():
        place = base / folder_name()
        with suppress(OSError):
            place.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=place)
            os.close(handle)
            os.unlink(name)
            return place
    return None


def unwritable() -> str:
    """What to say where nothing can be kept."""
    places = " and ".join(str(folder) for folder in folders())
    others = " and ".join(of_other_processors())
    made_for = f" (the machine code there is for {others}, and this is {processor()[0]})" if others else ""
    return (
        f"Machine code cannot be kept, because {places} cannot be written to{made_for}: each process compiles, for "
        "seconds. Set NUMBA_CACHE_DIR to a folder that can be, or run `fastbal warm-up` where it can."
    )


def of_other_processors() -> list[str]:
    """Families that there is code of these very kernels for, but not for this process."""
    found = {
        place.name.split("-", 2)[2].rsplit("-", 1)[0]
        for folder in folders()
        for place in folder.glob(f"_fastbal-{_SOURCES}-*")
    }
    return sorted(found - {processor()[0]})


def files() -> Iterator[Path]:
    """The files with code that this process can use."""
    for folder in folders():
        yield from sorted((folder / folder_name()).glob("*.o"))


def kept_as(name: str) -> tuple[dict[str, Any], bytes] | None:
    """What is said of the code called `name`, and the code; None where there is none, or not whole."""
    for folder in folders():
        try:
            head, _, code = (folder / folder_name() / f"{name}.o").read_bytes().partition(b"\n")
            said: dict[str, Any] = json.loads(head)
            if said["digest"] == fingerprint(code):
                return said, code
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None


def keep_as(name: str, code: bytes, **said: Any) -> Path | None:
    """Keep code for other processes, whole or not at all; where, or None if it cannot be kept."""
    head = json.dumps({**said, "digest": fingerprint(code)}).encode()
    for folder in folders():
        place = folder / folder_name()
        with suppress(OSError):
            place.mkdir(parents=True, exist_ok=True)
            handle, unfinished = tempfile.mkstemp(dir=place)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(head + b"\n" + code)
                if os.name == "posix":
                    os.chmod(unfinished, 0o644)  # a cache of one user may serve another
                os.replace(unfinished, place / f"{name}.o")
            except BaseException:
                with suppress(OSError):
                    os.unlink(unfinished)
                raise
            return place
    return None


@functools.cache
def _engine() -> Any:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(jit=True)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    # Never taken down: a thread may still run in it when the interpreter ends.
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(engine))
    return engine


def in_use() -> bool:
    """Whether this process has run machine code already, so that more of it costs little."""
    return _engine.cache_info().currsize > 0


def _make_numbas_functions_known() -> None:
    """No kernel of fastbal needs them; one that sorts would. Loading Numba is not compiling, at least."""
    from numba.core.registry import cpu_target
    from numba.core.runtime import rtsys

    rtsys.initialize(cpu_target.target_context)


def load_code(symbol: str, code: bytes, needs: list[str]) -> Callable[[bytes, Any], int] | None:
    """The function `symbol` of the code; None if this process has not all that it calls."""
    import llvmlite.binding as llvm

    with LOCK:
        engine = _engine()
        if not all(map(llvm.address_of_symbol, needs)):
            _make_numbas_functions_known()
        if not all(map(llvm.address_of_symbol, needs)):
            return None
        engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        engine.finalize_object()
        address = engine.get_function_address(symbol)
    kind = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_char_p, ctypes.c_void_p)
    return kind(address) if address else None
