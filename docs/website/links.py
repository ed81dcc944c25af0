"""Links inside a built site: every one of them leads to a file that is there, and to a place in it that is there."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class _Page(HTMLParser):
    """Names of places in a page, and what it links to."""

    def __init__(self) -> None:
        super().__init__()
        self.places: set[str] = set()
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and (name == "id" or (name == "name" and tag == "a")):
                self.places.add(value)
            elif value and name in ("href", "src"):
                self.targets.append(value)


def dead_links(site: Path) -> list[str]:
    """A line for each link that leads nowhere; links to other sites are not followed."""
    pages = {}
    for path in site.rglob("*.html"):
        if "_static" in path.parts:
            continue  # parts that the theme's pages are made of
        page = _Page()
        page.feed(path.read_text(encoding="utf-8"))
        pages[path.resolve()] = page
    dead = []
    for path, page in pages.items():
        for target in dict.fromkeys(page.targets):
            url = urlsplit(target)
            if url.scheme or url.netloc or re.match(r"javascript:|mailto:|data:", target):
                continue
            found = (path.parent / unquote(url.path)).resolve() if url.path else path
            found = found / "index.html" if found.is_dir() else found
            if not found.is_file():
                dead.append(f"{path.relative_to(site.resolve())}: {target} is not there")
            elif url.fragment and found in pages and unquote(url.fragment) not in pages[found].places:
                dead.append(f"{path.relative_to(site.resolve())}: {target} has no such place")
    return dead
