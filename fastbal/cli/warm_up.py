"""Compile everything now: where the machine code lies, how large it is, and for which processors."""

from __future__ import annotations

from fastbal import _warm_up
from fastbal._kernels import _machine
from fastbal.cli.errors import MISUSED, CliError
from fastbal.cli.report import Screen, amount, seconds, status


def warm_up(dtypes: list[str], check: bool) -> None:
    """Fill the cache, or say what is in it."""
    unknown = [dtype for dtype in dtypes if dtype not in _warm_up.DTYPES]
    if unknown or not dtypes:
        raise CliError(f"--dtype must be some of {','.join(_warm_up.DTYPES)}, but is {','.join(dtypes)!r}.", MISUSED)
    screen, others = Screen(), " and ".join(_machine.of_other_processors())
    found = _warm_up.warmed_up(dtypes)
    if check and found is None:
        raise CliError(_not_warm(dtypes, others))
    if others:
        screen.say(f"not used: machine code for {others}")
    if found is None:
        with status("compiling, for a minute or so"):
            try:
                found = _warm_up.warm_up(dtypes)
            except OSError as error:
                raise CliError(str(error)) from None
    new = f", {found.n_compiled} of them new, in {seconds(found.seconds)}" if found.n_compiled else ""
    screen.say(f"machine code: {found.n_files} kernels, {amount(found.n_bytes)}{new}")
    screen.say(f"processor: {found.processor}")
    screen.say(f"folder: {found.folder}")


def _not_warm(dtypes: list[str], others: str) -> str:
    places = " and ".join(str(folder) for folder in _machine.folders())
    missing = f"There is no machine code for {_machine.processor()[0]}, of all samplers on {' and '.join(dtypes)},"
    made_for = f", but for {others}" if others else ""
    return f"{missing} in {places}{made_for}. Run fastbal warm-up, under the same NUMBA_CACHE_DIR."
