"""The project's documents as sources of the site: copied to where the site has them, their links along with them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[2]

#: Where the site has what lies outside of docs/.
PLACES = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "benchmarks/README.md": "results/measuring.md",
    "benchmarks/results": "results/index.md",
}
#: Files of docs/ that make the site, and are not in it.
MAKERS = ("docs/conf.py", "docs/conftest.py", "docs/website", "docs/examples")

LINK = re.compile(r"(\]\()([^)\s]+)(\))")
CODE = re.compile(r"(```.*?```|`[^`\n]*`)", re.DOTALL)


def place(path: str) -> str:
    """Where the site has a file of the repository.

    >>> place("docs/guide/keras.md"), place("benchmarks/results/2026-11-30-regression.md")
    ('guide/keras.md', 'results/2026-11-30-regression.md')
    """
    if path in PLACES:
        return PLACES[path]
    if path.startswith("docs/examples/plot_"):
        path = path.removesuffix(".py") + ".rst"  # the page that is made of the script
    for folder, of_site in (("docs/", ""), ("benchmarks/results/", "results/")):
        if path.startswith(folder):
            return of_site + path.removeprefix(folder)
    return f"files/{path}"


def relinked(text: str, path: str) -> tuple[str, set[str]]:
    """A page with the links it has on the site, and the files of the repository that it shows to readers.

    >>> relinked("[a](../../CHANGELOG.md#new), `[b](c)`", "docs/guide/x.md")
    ('[a](../changelog.md#new), `[b](c)`', set())
    >>> relinked("[a](../../fastbal/base.py)", "docs/guide/x.md")
    ('[a](../files/fastbal/base.py)', {'fastbal/base.py'})
    """
    shown = set()

    def link(found: re.Match[str]) -> str:
        target, hash_, anchor = found[2].partition("#")
        if not target or re.match(r"[a-z]+:", target):
            return found[0]
        of_repository = os.path.normpath(PurePosixPath(path).parent / target)
        of_site = place(of_repository)
        if of_site.startswith("files/"):
            shown.add(of_repository)
        return found[1] + os.path.relpath(of_site, PurePosixPath(place(path)).parent) + hash_ + anchor + found[3]

    parts = [LINK.sub(link, part) if number % 2 == 0 else part for number, part in enumerate(CODE.split(text))]
    return "".join(parts).replace("\n\n```\n", "\n```\n"), shown  # doctest wants an empty line after the output


def documents(root: Path) -> Iterator[Path]:
    """What readers see: pages, pictures, and the scripts and numbers that pages lead to."""
    for name in PLACES:
        if (root / name).is_file() and name != "README.md":
            yield root / name
    for path in [*(root / "docs").rglob("*"), *(root / "benchmarks" / "results").iterdir()]:
        inside = path.relative_to(root).as_posix()
        is_maker = any(inside == maker or inside.startswith(f"{maker}/") for maker in MAKERS)
        if path.is_file() and "__pycache__" not in path.parts and not is_maker:
            yield path


def put(path: Path, content: bytes) -> None:
    """Write a file, unless it is there already: Sphinx reads what is newer than its last build."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file() or path.read_bytes() != content:
        path.write_bytes(content)


def copy(source: Path, *, root: Path = ROOT) -> None:
    """Copy all documents into the folder of the site's sources."""
    waiting = list(documents(root))
    done = set()
    while waiting:
        path = waiting.pop()
        inside = path.relative_to(root).as_posix()
        if inside in done:
            continue
        done.add(inside)
        to = source / place(inside)
        if path.suffix == ".md":
            text, shown = relinked(path.read_text(encoding="utf-8"), inside)
            put(to, text.encode())
            waiting += [root / name for name in sorted(shown)]
        elif path.is_file():
            put(to, path.read_bytes())
        else:
            raise FileNotFoundError(f"{inside} is no file: the site has no page for it. PLACES may name one.")
