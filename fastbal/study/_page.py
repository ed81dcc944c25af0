"""What all pages share: how a template is filled in, and how they look."""

from __future__ import annotations

import importlib.resources
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from fastbal._core.words import printable


def template_of(package: str, file: str, **filters: Any) -> Any:
    """A template of a package's; whatever it is given is text, and no HTML."""
    environment = Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined, finalize=_shown
    )
    environment.filters.update(zip=zip, **filters)
    return environment.from_string(importlib.resources.files(package).joinpath(file).read_text("utf-8"))


def style() -> Markup:
    """How a page looks, on paper and by night, too."""
    return Markup(importlib.resources.files("fastbal.study").joinpath("page.css").read_text("utf-8"))


def _shown(value: Any) -> Any:
    """Text of the table without characters that turn the order of letters; HTML itself is left alone."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return "\n".join(printable(line) for line in value.split("\n"))
    return value
