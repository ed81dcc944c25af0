"""What a report of one page says, and whether it is put together as pages are."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

#: Text that does harm in a page unless it is written as text.
NASTY = "<script>alert('x')</script> & \"co\""


class Page(HTMLParser):
    """Checks that tags are closed in order; keeps tags, attributes, and text."""

    without_end = frozenset({"meta", "br"})

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in self.without_end:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
