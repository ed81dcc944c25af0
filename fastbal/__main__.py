"""`python -m fastbal program.py` runs a program with imbalanced-learn patched; otherwise this is the command line."""

from __future__ import annotations

import io
import os
import runpy
import sys
import types

_RUNPY = runpy.run_module.__code__.co_filename


def main() -> None:
    """Run a program if the first argument is a file ending in .py, or -m; `--quiet` before it says nothing."""
    arguments = sys.argv[1:]
    quiet = arguments[:1] == ["--quiet"]
    program = arguments[quiet:]
    if program and (program[0] == "-m" or program[0].endswith(".py")):
        _run_program(program, quiet)
    else:
        from fastbal.cli import main as command_line

        command_line()


def _run_program(program: list[str], quiet: bool) -> None:
    is_module = program[0] == "-m"
    if is_module and len(program) == 1:
        _exit_because("-m needs the name of a module.")
    if not is_module and not os.path.isfile(program[0]):
        _exit_because(f"There is no file {program[0]!r}.")
    if not is_module and not sys.flags.safe_path:
        sys.path[0] = os.path.dirname(os.path.realpath(program[0]))
    _patch(quiet)
    try:
        if is_module:
            sys.argv = program[1:]
            runpy.run_module(program[1], run_name="__main__", alter_sys=True)
        else:
            sys.argv = program
            _run_script(program[0])
    except Exception as error:
        error.__traceback__ = _within_the_program(error.__traceback__)
        sys.excepthook(type(error), error, error.__traceback__)
        sys.exit(1)


def _patch(quiet: bool) -> None:
    from fastbal._patch import patch_imblearn

    try:
        names = patch_imblearn()
    except ModuleNotFoundError as error:
        if error.name != "imblearn":
            raise
        sys.exit(f"fastbal: {error}")
    if not quiet:
        classes = ", ".join(name.rpartition(".")[2] for name in names)
        print(f"fastbal: in place of imbalanced-learn's: {classes}", file=sys.stderr)


def _run_script(path: str) -> None:
    """As Python does. `runpy.run_path` would take `__main__` away while threads and exit handlers still run."""
    module = types.ModuleType("__main__")
    module.__file__ = os.path.abspath(path)
    sys.modules["__main__"] = module
    with io.open_code(module.__file__) as file:
        code = compile(file.read(), module.__file__, "exec", dont_inherit=True)
    exec(code, vars(module))


def _within_the_program(traceback: types.TracebackType | None) -> types.TracebackType | None:
    """The traceback that the program would have without us."""
    while traceback is not None and traceback.tb_frame.f_code.co_filename in (__file__, _RUNPY):
        traceback = traceback.tb_next
    return traceback


def _exit_because(sentence: str) -> None:
    print(f"fastbal: {sentence}", file=sys.stderr)
    sys.exit(2)


if __name__ == "__main__":
    main()
