"""The site before it is built: every public name has a page, every page a way to it, every example its measure."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fastbal import _sklearn
from fastbal._core.refusals import GUIDE
from fastbal.over_sampling import SMOTE

pytest.importorskip("docs.website", reason="docs/ is not here")

from docs.website import differences, facts, inventory, pages, pictures, reference, search

DOCS = Path(facts.__file__).parents[1]
EXAMPLES = sorted((DOCS / "examples").glob("plot_*.py"))


@pytest.fixture(scope="module")
def public() -> dict[str, Any]:
    """Every public name, where the libraries are that `fastbal.keras` and `fastbal.torch` need."""
    pytest.importorskip("keras")
    pytest.importorskip("torch")
    return inventory.public()


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "draw", lambda name, value, folder: f"{name}.png")


# ------------------------------------------------------------------------------------------------------- the reference


def test_the_inventory_finds_what_users_import(public: dict[str, Any]) -> None:
    assert {"fastbal.over_sampling.SMOTE", "fastbal.outofcore.resample", "fastbal.base.FunctionSampler"} <= set(public)
    assert inventory.other_names("fastbal.base.FunctionSampler") == ["fastbal.FunctionSampler"]
    assert not [name for name in public if "._" in name or ".cli" in name]
    handed_out = {id(value) for value in inventory.everywhere().values()}
    assert handed_out == {id(value) for value in public.values()}


def test_every_public_name_has_a_page_and_every_page_a_name(
    public: dict[str, Any], no_pictures: None, tmp_path: Path
) -> None:
    reference.write(tmp_path)
    modules = {name.rpartition(".")[0] for name in public}
    assert {path.stem for path in tmp_path.glob("*.md")} == {*public, *modules, "index"}
    linked = re.findall(r"\]\(([\w.]+)\.md\)", "".join(path.read_text("utf-8") for path in tmp_path.glob("*.md")))
    assert {*public, *modules} <= set(linked)


def test_every_estimator_has_facts_and_all_facts_are_of_something_public(public: dict[str, Any]) -> None:
    estimators = {name.rpartition(".")[2] for name, value in public.items() if pictures.is_pictured(value)}
    named = {name.rpartition(".")[2] for name in public}
    assert estimators <= set(facts.facts())
    assert set(facts.facts()) <= named


def test_every_public_class_and_function_is_documented_with_an_example(public: dict[str, Any]) -> None:
    """But for base classes and checks of samplers."""
    without = [
        name
        for name, value in public.items()
        if reference.is_documented(value)
        and ">>>" not in (inspect.getdoc(value) or "")
        and not name.startswith(("fastbal.utils.", "fastbal.exceptions"))
        and not value.__name__.startswith("Base")
        and not value.__name__.endswith("Mixin")
    ]
    assert sorted(name.rpartition(".")[2] for name in without) == sorted(NEEDS_MORE)


#: What has no example that runs anywhere, each with its reason.
NEEDS_MORE = {
    "fetch_datasets": "a network",
    "resample": "of fastbal.spark, in the guide: a Spark session",
}


def test_constants_are_described(public: dict[str, Any]) -> None:
    for name, value in public.items():
        if not reference.is_documented(value):
            assert reference.comment_of(name)


def test_differences_from_imbalanced_learn_are_found_by_estimator() -> None:
    assert any("rounded up" in one.theirs for one in differences.of_estimator("KMeansSMOTE"))
    assert not differences.of_estimator("ROSE")
    assert {one.heading for one in differences.differences()} >= {"Over-sampling", "Ensembles"}


# ----------------------------------------------------------------------------------------------------------- the pages


@pytest.mark.parametrize("path", sorted(DOCS.rglob("*.md")), ids=lambda path: str(path.relative_to(DOCS)))
def test_what_pages_repeat_of_the_facts_is_what_the_facts_say(path: Path) -> None:
    page = path.read_text(encoding="utf-8")
    assert facts.with_facts(page) == page, "python -m docs.website facts"


def entries_of(page: Path) -> Iterator[Path]:
    """The pages in the tables of contents of a page."""
    for block in re.findall(r"```\{toctree\}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        for entry in block.splitlines():
            if entry and not entry.startswith(":"):
                yield from page.parent.glob(re.sub(r".*<(.*)>", r"\1", entry) + ".md")


def test_every_page_is_in_a_table_of_contents() -> None:
    listed = {entry.resolve() for page in DOCS.rglob("*.md") for entry in entries_of(page)}
    assert {path.resolve() for path in DOCS.rglob("*.md")} - listed == {(DOCS / "index.md").resolve()}


def test_documents_lie_in_the_folders_of_the_site() -> None:
    assert [path.name for path in DOCS.glob("*.md")] == ["index.md"]


def test_every_page_that_an_error_names_is_there() -> None:
    titles = {path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ") for path in DOCS.glob("guide/*.md")}
    assert set(GUIDE.values()) <= titles


def test_copied_pages_keep_their_links(tmp_path: Path) -> None:
    root = tmp_path / "repository"
    (root / "docs" / "guide").mkdir(parents=True)
    (root / "benchmarks" / "results").mkdir(parents=True)
    (root / "docs" / "guide" / "a.md").write_text("[b](../../benchmarks/results/b.md) [c](../../LICENSE) `[d](e)`")
    (root / "benchmarks" / "results" / "b.md").write_text("[a](../../docs/guide/a.md#x)")
    (root / "LICENSE").write_text("free")
    pages.copy(tmp_path / "source", root=root)
    assert (tmp_path / "source/guide/a.md").read_text() == "[b](../results/b.md) [c](../files/LICENSE) `[d](e)`"
    assert (tmp_path / "source/results/b.md").read_text() == "[a](../guide/a.md#x)"
    assert (tmp_path / "source/files/LICENSE").read_text() == "free"


def test_what_people_ask_has_pages() -> None:
    asked = search.questions()
    assert len(asked) >= 20
    for right in asked.values():
        for name in right:
            is_of_reference = name.startswith("api/") and name.removeprefix("api/").rpartition(".")[0].startswith(
                "fastbal"
            )
            assert is_of_reference or (DOCS / f"{name}.md").is_file(), name


# -------------------------------------------------------------------------------------------------------- the examples


def test_there_are_enough_examples() -> None:
    assert len(EXAMPLES) >= 25


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_asks_one_question_in_sixty_lines(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    title, rule, *_ = (ast.get_docstring(ast.parse(text)) or "").splitlines()
    assert title.endswith("?")
    assert len(rule) == len(title)
    assert len(text.splitlines()) <= 60
    assert "plt.subplots" in text


# ------------------------------------------------------------------------------------------- links from representations


def test_estimators_link_to_their_page_where_there_is_a_site(
    public: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FASTBAL_DOCS", "https://docs.example/")
    classes = [value for value in public.values() if pictures.is_pictured(value)]
    for value in classes:
        link = value._get_doc_link(object.__new__(value))
        assert link.removeprefix("https://docs.example/api/").removesuffix(".html") in public, value
    assert 'href="https://docs.example/api/fastbal.over_sampling.SMOTE.html"' in SMOTE()._repr_html_()


def test_there_is_no_link_where_there_is_no_site(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("FASTBAL_DOCS", raising=False)
    monkeypatch.setattr(_sklearn, "__file__", str(tmp_path / "fastbal" / "_sklearn.py"))
    assert SMOTE()._get_doc_link() == ""
    assert "<table" in SMOTE()._repr_html_()
    (tmp_path / "build" / "site").mkdir(parents=True)
    (tmp_path / "build" / "site" / "index.html").write_text("")
    assert SMOTE()._get_doc_link().startswith("file://")
