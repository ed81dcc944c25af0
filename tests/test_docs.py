"""The documents: links lead somewhere, and the gallery shows every sampler."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from fastbal import combine, over_sampling, under_sampling

ROOT = Path(__file__).parents[1]
EXPORTED = [*over_sampling.__all__, *under_sampling.__all__, *combine.__all__]

#: Sources are tested where they are: an sdist holds the tests, but not all documents.
needs_docs = pytest.mark.skipif(not (ROOT / "docs").is_dir(), reason="docs/ is not here")


def pages() -> list[Path]:
    """The documents that a reader comes across."""
    named = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "benchmarks" / "README.md"]
    return [*named, *sorted((ROOT / "docs").rglob("*.md"))]


def targets(text: str) -> list[str]:
    """What links and images lead to, outside of code.

    >>> targets("[a](b.md#c), ![d](e.png), `[f](g)`")
    ['b.md#c', 'e.png']
    """
    text = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    return re.findall(r"\]\(([^)\s]+)[^)]*\)", text)


def anchors(page: Path) -> set[str]:
    """The names under which GitHub finds the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@needs_docs
@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_and_images_resolve(page: Path) -> None:
    for target in targets(page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), f"{page.name} points to {target}, which does not exist"
        assert not anchor or anchor in anchors(found), f"{page.name} points to {target}, which has no such heading"


@needs_docs
@pytest.mark.parametrize("name", EXPORTED)
def test_the_gallery_describes_every_sampler(name: str) -> None:
    assert f"\n| `{name}` |" in (ROOT / "docs" / "guide" / "which-sampler.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def gallery() -> ModuleType:
    """The script that draws the gallery."""
    spec = importlib.util.spec_from_file_location("make_gallery", ROOT / "docs" / "guide" / "make_gallery.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@needs_docs
def test_the_gallery_draws_every_sampler(gallery: ModuleType) -> None:
    drawn = {type(panel.sampler).__name__ for panels in gallery.GROUPS.values() for panel in panels if panel}
    assert drawn == set(EXPORTED)


@pytest.mark.slow
@needs_docs
def test_the_script_writes_the_pictures_of_the_page(gallery: ModuleType, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    gallery.main(tmp_path, n_rows=120)
    page = (ROOT / "docs" / "guide" / "which-sampler.md").read_text(encoding="utf-8")
    expected = {Path(target).name for target in targets(page) if target.endswith(".png")}
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert set(written) == expected
    assert all(content.startswith(b"\x89PNG") for content in written.values())
