"""The page, the text and the files of an audit: complete, by themselves, and safe from what data are called."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fastbal import audit
from fastbal.auditing import Audit
from fastbal.over_sampling import SMOTE, RandomOverSampler
from tests.pages import NASTY, Page


@pytest.fixture(scope="module")
def found() -> Audit:
    rng = np.random.default_rng(0)
    y = np.array(["good & cheap", NASTY])[rng.permutation([0] * 160 + [1] * 40)]
    X = pd.DataFrame(rng.normal(size=(200, 3)), columns=["a", "b", NASTY])
    return audit(SMOTE(random_state=0), X, y, rules={f"rule {NASTY}": lambda table: table["a"] < 0}, holdout=(X, y))


def test_a_page_that_needs_nothing_else_and_says_everything(found: Audit) -> None:
    text = found.html()
    page = Page(text)
    assert not {"script", "link", "img", "iframe", "object", "form"} & set(page.tags)
    assert not {"src", "href", "srcset", "action"} & {name for name, _ in page.attributes}
    assert not re.search(r"https?:|url\(|@import", text)
    assert len(text.encode()) < 200_000
    assert found.advice in page.text
    assert len(found.findings()) == 9
    for finding in found.findings():
        assert f"{finding.name}{finding.value}{finding.ideal}{finding.meaning}" in page.text  # a line of the table
    assert f"rule {NASTY} (" in page.text
    assert f"{NASTY}: 40 + 120 new" in page.text
    assert page.tags.count("svg") == 2


def test_drawings_show_what_they_say(found: Audit) -> None:
    dots = re.findall(r'class="dots (\w+)" d="([^"]*)"', found.html())
    counts = {kind: path.count("M") for kind, path in dots}
    n_foreign = int(found.pictures.is_foreign.sum())
    assert counts == {"real": 40, "new": 120 - n_foreign, "foreign": n_foreign}
    assert 0 < n_foreign < 120
    places = np.array(re.findall(r"M([\d.]+) ([\d.]+)h0", found.html()), float)
    assert places.min() >= 0
    assert (places <= [300, 170]).all()
    ticks = re.findall(r'<text x="([\d.]+)"[^>]*>([^<]+)</text>', found.html())
    assert len(ticks) >= 2
    logs = np.log10(np.concatenate([found.pictures.distance, found.pictures.between]))
    for place, mark in ticks:
        low = logs.min() - 0.02 * np.ptp(logs)
        assert float(place) == pytest.approx(300 * (np.log10(float(mark)) - low) / (logs.max() - low), abs=0.06)
    for kind in ("ours", "reference"):
        (path,) = re.findall(rf'class="{kind}" d="([^"]*)"', found.html())
        heights = 170 - np.array(re.findall(r"[ML][\d.]+ ([\d.]+)", path), float)
        shares = heights[1:-1:2] / heights[1:-1:2].sum()
        logs = np.log10(found.pictures.distance if kind == "ours" else found.pictures.between)
        every = np.log10(np.concatenate([found.pictures.distance, found.pictures.between]))
        low = every.min() - 0.02 * np.ptp(every)
        expected = np.histogram(logs, np.linspace(low, every.max(), 31))[0] / len(logs)
        np.testing.assert_allclose(shares, expected, atol=0.01)


def test_columns_are_in_order_and_flagged() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 25))
    page = Page(audit(None, X, None, X + np.arange(25) / 10).html())
    assert "The 20 largest of 25" in page.text
    widths = [float(value[6:-1]) for name, value in page.attributes if name == "style" and value.startswith("width:")]
    assert len(widths) == 20
    assert widths == sorted(widths, reverse=True)
    assert ("class", "broken") in page.attributes
    many = audit(None, X, None, X + 9)
    page = Page(many.html())
    assert page.text.count(" new rows)") == 10
    assert "and 15 more rules" in page.text


@pytest.mark.parametrize("n_columns", [1, 2])
def test_few_columns_and_nothing_but_copies(n_columns: int) -> None:
    X = np.arange(20.0 * n_columns).reshape(-1, n_columns)
    found = audit(RandomOverSampler(random_state=0), X, np.repeat([0, 1], [15, 5]))
    page = Page(found.html())
    assert "100 % of the new rows are copies" in page.text
    same = audit(None, np.zeros((3, n_columns)), None, np.zeros((2, n_columns)))
    assert "All are 0." in Page(same.html()).text


def test_text_json_and_files(found: Audit, tmp_path: Path) -> None:
    got = json.loads(found.json())
    assert got["advice"] == found.advice
    assert got["recoverable_rows"] == found.recoverable_rows.tolist()
    assert got["column_distances"] == found.column_distances
    assert got["mean_column_distance"] == found.mean_column_distance
    assert "pictures" not in got
    assert json.loads(audit(None, [[1.0]], None, [[2.0]]).json())["correlation_change"] is None
    found.to_json(tmp_path / "a.json")
    found.to_html(tmp_path / "a.html")
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == found.json()
    assert (tmp_path / "a.html").read_text(encoding="utf-8") == found.html()
    lines = str(found).splitlines()
    assert lines[0].startswith("detection AUC")
    assert lines[-1] == found.advice


def test_in_a_notebook_the_page_is_in_a_frame(found: Audit) -> None:
    frame = Page(found._repr_html_())
    assert frame.tags == ["iframe"]
    assert dict(frame.attributes)["srcdoc"] == found.html()


@pytest.mark.slow
def test_without_jinja_there_is_the_text() -> None:
    script = """
import sys
sys.modules["jinja2"] = sys.modules["markupsafe"] = None
import numpy as np
from fastbal import audit
X = np.random.default_rng(0).normal(size=(20, 2))
print(audit(None, X, None, X + 1)._repr_html_())
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "None\n"
