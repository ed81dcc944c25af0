"""What a report of a problem should say: the machine, Python, and the versions of all libraries involved."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version

from fastbal import __version__

_LIBRARIES = (
    "numpy",
    "scipy",
    "scikit-learn",
    "numba",
    "narwhals",
    "joblib",
    "threadpoolctl",
    "pandas",
    "polars",
    "pyarrow",
    "keras",
    "tensorflow",
    "torch",
    "imbalanced-learn",
)


def show_versions(github: bool = False) -> None:
    """Print what a report of a problem should say.

    Nothing is imported for it.

    Parameters
    ----------
    github : bool, default=False
        Whether to wrap it up as a section that folds, for an issue on GitHub.

    Examples
    --------
    >>> import fastbal
    >>> fastbal.show_versions()  # doctest: +ELLIPSIS
    python: 3...
    machine: ...
    fastbal: ...
    """
    facts = {
        "python": sys.version.replace("\n", " "),
        "machine": f"{platform.platform()}, {os.cpu_count()} processors",
        "fastbal": __version__,
        **{library: _version_installed(library) for library in _LIBRARIES},
    }
    lines = "\n".join(f"{name}: {value}" for name, value in facts.items())
    print(f"<details>\n<summary>Versions</summary>\n\n```\n{lines}\n```\n\n</details>" if github else lines)


def _version_installed(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "not installed"
