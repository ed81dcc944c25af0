"""When to use what, when not, and what it costs: read from facts.toml, and written into the pages that repeat it."""

from __future__ import annotations

import functools
import re
import tomllib
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
DOCS = HERE.parent

#: A table of a page that is made of the facts: the samplers named in its first line.
TABLE = re.compile(
    r"(<!-- samplers: ([\w, ]+)\. Written by docs/website/facts\.py; do not edit by hand\. -->\n)"
    r"(.*?)(<!-- samplers: end -->)",
    re.DOTALL,
)


#: The list of what each estimator costs.
COSTS = re.compile(
    r"(<!-- costs: begin\. Written by docs/website/facts\.py; do not edit by hand\. -->\n)(.*?)(<!-- costs: end -->)",
    re.DOTALL,
)


class Facts(NamedTuple):
    """What is known of an estimator beside its docstring."""

    use: str
    avoid: str
    cost: str


@functools.cache
def facts() -> dict[str, Facts]:
    """The facts of each estimator, by its name."""
    table = tomllib.loads((HERE / "facts.toml").read_text(encoding="utf-8"))
    return {name: Facts(**entries) for name, entries in table.items()}


def with_facts(page: str) -> str:
    """A page whose tables of samplers say what the facts say.

    >>> begin = "<!-- samplers: ROSE. Written by docs/website/facts.py; do not edit by hand. -->"
    >>> print(with_facts(f"{begin}\\n<!-- samplers: end -->").splitlines()[1])
    | sampler | use it | do not |
    """

    def table(found: re.Match[str]) -> str:
        lines = ["| sampler | use it | do not |", "|---|---|---|"]
        for name in found[2].split(", "):
            lines.append(f"| `{name}` | {facts()[name].use} | {facts()[name].avoid} |")
        return found[1] + "\n".join(lines) + "\n" + found[4]

    lines = [f"| `{name}` | {known.cost} |" for name, known in facts().items()]
    costs = "\n".join(["", "| | |", "|---|---|", *lines, "", ""])
    return COSTS.sub(lambda found: found[1] + costs + found[3], TABLE.sub(table, page))


def write() -> None:
    """Write the facts into all pages that repeat them."""
    for path in DOCS.rglob("*.md"):
        page = path.read_text(encoding="utf-8")
        if (new := with_facts(page)) != page:
            path.write_text(new, encoding="utf-8")
