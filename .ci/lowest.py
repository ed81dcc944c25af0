"""The oldest versions that pyproject.toml promises to work with: `numpy>=1.26` becomes `numpy==1.26`.

    python .ci/lowest.py cli test

prints what the package needs, and the extras named, one requirement a line, for `pip install -r`. An extra that an
extra names in turn is left out unless it is named, too: so networks stay out of an environment without `keras`.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path


def lowest(requirement: str) -> str:
    """The requirement with its lower bound as the version; what says where it is needed stays.

    >>> lowest("numpy>=1.26; python_version < '4'")
    "numpy==1.26; python_version < '4'"
    """
    found = re.fullmatch(r"([\w.-]+)\s*>=\s*([\w.]+)(\s*;.*)?", requirement)
    if not found:
        raise ValueError(f"{requirement!r} has no lower bound; every requirement of pyproject.toml must have one.")
    name, version, where = found.groups(default="")
    return f"{name}=={version}{where}"


def main(extras: list[str]) -> None:
    """Print the requirements of the package and of some extras."""
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [project["dependencies"], *(project["optional-dependencies"][extra] for extra in extras)]
    print(*sorted({lowest(one) for some in wanted for one in some if not one.startswith("fastbal[")}), sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
