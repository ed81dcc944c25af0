"""The reference: a page for each public name, made of its docstring and of what other sources know of it."""

from __future__ import annotations

import importlib
import inspect
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docs.website import pictures
from docs.website.differences import is_in_imbalanced_learn, of_estimator
from docs.website.drawing import shown
from docs.website.facts import facts
from docs.website.inventory import modules, other_names, public
from docs.website.pages import put, relinked


def write(folder: Path) -> None:
    """Write the pages of all public names, of their modules, and the list of these."""
    names = public()
    for name in names:
        put(folder / f"{name}.md", page(name, folder).encode())
    filled = [module for module in modules() if any(name.rpartition(".")[0] == module for name in names)]
    for module in filled:
        put(folder / f"{module}.md", module_page(module).encode())
    put(folder / "index.md", index_page(filled).encode())
    for path in folder.glob("*.md"):  # names of an earlier build
        if path.stem not in {*names, *filled, "index"}:
            path.unlink()


def index_page(filled: list[str]) -> str:
    """The list of modules."""
    lines = [f"| [`{module}`]({module}.md) | {first_line(importlib.import_module(module))} |" for module in filled]
    return "\n".join(
        [
            "# Reference",
            "",
            "Every public name, by the module it is imported from.",
            "",
            "| module | what it is for |",
            "|---|---|",
            *lines,
            "",
            *toctree(filled),
        ]
    )


def module_page(module: str) -> str:
    """A module: what it is for, and its names with their first lines."""
    names = [name for name in public() if name.rpartition(".")[0] == module]
    shown_names = [name for name in names if is_documented(public()[name])]
    constants = [name for name in names if name not in shown_names]
    lines = [f"| [`{name.rpartition('.')[2]}`]({name}.md) | {first_line(public()[name])} |" for name in shown_names]
    lines += [f"| [`{name.rpartition('.')[2]}`]({name}.md) | {comment_of(name)} |" for name in constants]
    about = first_line(importlib.import_module(module))
    return "\n".join([f"# {module}", "", about, "", "| name | |", "|---|---|", *lines, "", *toctree(names)])


def toctree(names: list[str]) -> list[str]:
    """A table of contents that is not shown."""
    return ["```{toctree}", ":hidden:", "", *names, "```", ""]


def is_documented(value: Any) -> bool:
    """Whether a value has a docstring of its own: classes and functions, no constants."""
    return inspect.isclass(value) or inspect.isroutine(value)


def first_line(value: Any) -> str:
    """The first sentence of a docstring, for a cell of a table."""
    doc = (inspect.getdoc(value) or "").split("\n\n")[0]
    return " ".join(doc.split()).replace("|", "\\|").replace("``", "`")


def comment_of(name: str) -> str:
    """The `#:` comment before a constant, which is its documentation; found where the constant is assigned."""
    module, _, constant = name.rpartition(".")
    package = importlib.import_module(module)
    for path in sorted(Path(package.__file__ or "").parent.glob("*.py")):
        found = re.search(rf"((?:^#: .*\n)+){constant}\b[^\n]*=", path.read_text(encoding="utf-8"), re.MULTILINE)
        if found:
            return " ".join(line.removeprefix("#: ") for line in found[1].splitlines())
    raise LookupError(f"{name} is a constant: a comment that begins with '#: ' before it has to say what it is.")


def page(name: str, folder: Path) -> str:
    """A public name."""
    return "\n".join(parts(name, folder))


def parts(name: str, folder: Path) -> Iterator[str]:
    """What a page is made of, from its title down."""
    value = public()[name]
    short = name.rpartition(".")[2]
    yield f"# {short}\n"
    if not is_documented(value):
        yield f"```{{eval-rst}}\n.. py:data:: {name}\n\n{textwrap.indent(comment_of(name), '   ')}\n```\n"
        yield entries(value)
        return
    if pictures.is_pictured(value):
        path = pictures.draw(name, value, folder / "pictures")
        yield shown(f"pictures/{path}", f"What {short} does to a small table")
    if short in facts():
        known = facts()[short]
        yield f"- **Use it** {known.use}.\n- **Do not** {known.avoid}.\n- **Cost** {known.cost}\n"
    directive = "autoclass" if inspect.isclass(value) else "autofunction"
    members = f"\n   :members: {', '.join(methods(value))}" if inspect.isclass(value) and methods(value) else ""
    yield f"```{{eval-rst}}\n.. {directive}:: {name}{members}\n```\n"
    if others := other_names(name):
        yield f"Also to be imported as {', '.join(f'`{other}`' for other in others)}.\n"
    if inherited := from_sklearn(value):
        yield f"As of every estimator of scikit-learn: {', '.join(f'`{method}`' for method in inherited)}.\n"
    if inspect.isclass(value):
        yield from beside_imbalanced_learn(name, short)
    yield "## Examples that use it\n"
    yield f"```{{eval-rst}}\n.. minigallery:: {name}\n```\n"


def entries(value: Any) -> str:
    """The keys of a dict or the entries of a tuple; a text itself."""
    if isinstance(value, str):
        return f"It is `{value!r}`.\n"
    return "It holds " + ", ".join(f"`{entry!r}`" for entry in value) + ".\n"


def methods(value: type) -> list[str]:
    """The public methods and properties that fastbal has written, in the order of the alphabet."""
    return sorted(name for name, owner in _members(value).items() if owner.__module__.startswith("fastbal"))


def from_sklearn(value: Any) -> list[str]:
    """The public methods that come from scikit-learn."""
    if not inspect.isclass(value):
        return []
    return sorted(name for name, owner in _members(value).items() if owner.__module__.startswith("sklearn"))


def _members(value: type) -> dict[str, type]:
    """Public methods, and the class that defines each; attributes are in the docstring."""
    found: dict[str, type] = {}
    for owner in value.__mro__:
        for name, member in vars(owner).items():
            if not name.startswith("_") and callable(getattr(member, "__func__", member)):
                found.setdefault(name, owner)
    return found


def beside_imbalanced_learn(name: str, short: str) -> Iterator[str]:
    """What is different there."""
    if not (is_in_imbalanced_learn(name) or pictures.is_pictured(public()[name])):
        return
    yield "## Beside imbalanced-learn\n"
    if not is_in_imbalanced_learn(name):
        yield "It is not there.\n"
        return
    rows = of_estimator(short)
    if rows:
        text, _ = relinked(
            "\n".join(f"| {row.theirs} | {row.ours} | {row.why} |" for row in rows),
            "docs/coming-from/imbalanced-learn.md",
        )
        text = text.replace("](../", "](../").replace("](#", "](../coming-from/imbalanced-learn.md#")
        yield f"| imbalanced-learn | fastbal | why |\n|---|---|---|\n{text}\n"
        yield "And what is different [everywhere](../coming-from/imbalanced-learn.md#everywhere).\n"
    else:
        yield ("The same, but for what is different [everywhere](../coming-from/imbalanced-learn.md#everywhere).\n")
