"""The report: well-formed, complete, by itself, and safe from what data are called."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression

from fastbal.study import SCORES, Comparison, _report, compare
from fastbal.study._advice import bet_in_words, proof_in_words
from fastbal.study._curves import precision_recall, reliability, svg_path
from tests import pages
from tests.pages import NASTY


class Page(pages.Page):
    """Of a comparison: it has switches, too."""

    without_end = pages.Page.without_end | {"input"}


def made(**arguments: Any) -> Comparison:
    X, codes = make_classification(n_samples=200, n_features=4, weights=[0.8], random_state=0)
    table = pd.DataFrame(X, columns=["a", "b", "c", "d"]).assign(**{NASTY: "always the same"})
    y = np.array(["good & cheap", NASTY])[codes]
    models = {f"model {NASTY}": LogisticRegression()}
    return compare(table, y, **{"models": models, "arms": ["nothing", "SMOTE"], "cv": 3, **arguments})


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return made()


def test_a_page_that_needs_nothing_else(comparison: Comparison) -> None:
    text = comparison.html()
    page = Page(text)
    assert not {"script", "link", "img", "iframe", "object", "form"} & set(page.tags)
    assert not {"src", "href", "srcset", "action"} & {name for name, _ in page.attributes}
    assert not any(name.startswith("on") for name, _ in page.attributes)
    assert not re.search(r"https?:|url\(|@import", text)
    assert len(text.encode()) < 200_000


def test_names_from_the_data_are_text(comparison: Comparison) -> None:
    text = comparison.html()
    assert "<script" not in text
    page = Page(text)
    assert f"{NASTY} (every row has the same value)" in page.text
    assert f"The one that matters: {NASTY}" in page.text
    assert f"model {NASTY}" in page.text


def test_everything_is_said(comparison: Comparison) -> None:
    page = Page(comparison.html())
    assert proof_in_words(comparison) in page.text
    assert bet_in_words(comparison) in page.text
    for line in comparison.lines():
        assert f"{line.mean['f1']:.3f}" in page.text
        assert f"{line.mean['average_precision']:.3f}" in page.text
    assert f"{comparison.lines()[1].difference.mean:+.3f}".replace("-", "\N{MINUS SIGN}") in page.text
    for label, n in comparison.lines()[2].rows.items():
        assert f"{label}: {n:,}" in page.text
    assert "compare(X, y, models={" in page.text
    assert f"scikit-learn {comparison.settings['versions']['scikit-learn']}" in page.text
    assert page.tags.count("svg") > 6


def test_the_leaderboard_can_be_cut_down_to_a_model() -> None:
    comparison = made(models={"plain": LogisticRegression(), "C < 1": LogisticRegression(C=0.1)}, arms=["nothing"])
    text = comparison.html()
    buttons = dict(re.findall(r'id="model(\d+)"><label for="model\1">([^<]+)<', text))
    assert set(buttons.values()) == {"plain", "C &lt; 1"}
    rows = re.findall(r'class="of(\d+)[^>]*><th scope="row">.*?<td class="text">([^<]+)<', text)
    assert len(rows) == len(comparison.lines())
    assert all(buttons[number] == model for number, model in rows)
    assert all(f"#model{number}:checked ~ .scroll .board tbody tr:not(.of{number})" in text for number in buttons)


def test_reasons_are_said_once() -> None:
    comparison = made()
    comparison.unavailable = {"SMOTE": "time was up", "network": "is not there", "random forest": "time was up"}
    pair = comparison.runs[0].model, comparison.runs[0].arm
    comparison.stopped[pair] = "clearly beaten"
    assert comparison.not_run == [("SMOTE; random forest", "time was up"), ("network", "is not there")]
    assert comparison.cut_short == [(f"{pair[1]} with {pair[0]}", "clearly beaten")]
    assert "SMOTE; random forest: time was up" in Page(comparison.html()).text


def test_what_the_command_line_adds(comparison: Comparison) -> None:
    comparison = made()
    comparison.settings |= {"command": "fastbal compare 'a b.csv'", "data": "a b.csv, target 'y'"}
    page = Page(comparison.html())
    assert "fastbal compare 'a b.csv'" in page.text
    assert "a b.csv, target 'y'" in page.text


@pytest.mark.slow
def test_one_split_and_many_classes() -> None:
    X, y = make_classification(n_samples=400, n_classes=8, n_informative=8, random_state=0)
    rows = np.arange(400)
    comparison = compare(X, y, models=["logistic regression"], arms=["nothing"], cv=[(rows[:300], rows[300:])])
    page = Page(comparison.html())
    assert "On one split it says how sure" in page.text
    assert "all others" in page.text  # eight by eight numbers show nothing
    found = comparison.predictions("logistic regression", "nothing")
    labels, confusion = _report._confusion(comparison, found)
    assert labels == ["all others", str(comparison.rare)]
    is_rare, is_alarm = found.y == 7, found.decided == 7
    assert confusion == [
        [int((~is_rare & ~is_alarm).sum()), int((~is_rare & is_alarm).sum())],
        [int((is_rare & ~is_alarm).sum()), int((is_rare & is_alarm).sum())],
    ]
    assert "\N{PLUS-MINUS SIGN}" not in page.text


def test_corrected_curves_are_drawn_where_they_differ(comparison: Comparison) -> None:
    lines = comparison.lines()
    panels = {panel.arm: panel for panel in _report._panels(comparison, lines[0].model, lines)}
    assert panels["nothing"].corrected is None
    assert panels["SMOTE"].corrected not in (None, panels["SMOTE"].given)
    assert panels["nothing"].reference == panels["tuned threshold"].precision_recall
    assert panels["tuned threshold"].reference is None
    for panel in panels.values():
        (_, false), (missed, hits) = panel.confusion
        assert panel.decided == (hits / (hits + missed), hits / (hits + false))


def test_differences_are_drawn_inside_of_their_box(comparison: Comparison) -> None:
    scale = _report._scale(comparison.lines())
    assert [scale(value) for value in (-9.0, 0.0, 9.0)] == [-1.0, 0.0, 1.0]
    for line in comparison.lines()[1:]:
        assert abs(scale(line.difference.mean)) < 1
        assert scale(line.difference.mean) * line.difference.mean >= 0


def test_warnings_are_counted() -> None:
    comparison = made(arms=["nothing"])
    for run in comparison.runs:
        run.warnings = ["it is late", "it is dark"][: 1 + (run.fold == 0)]
    assert _report._warnings(comparison) == [
        (arm, warning, n)
        for arm in ("tuned threshold", "nothing")
        for warning, n in (("it is late", 3), ("it is dark", 1))
    ]


@pytest.mark.slow
@pytest.mark.parametrize("metric", ["mcc", "geometric_mean"])
def test_the_score_that_decides_is_named(metric: str) -> None:
    assert f"{SCORES[metric]}; cut-offs are chosen for" in Page(made(metric=metric).html()).text


@pytest.mark.slow
def test_without_jinja_the_comparison_works() -> None:
    script = """
import sys; sys.modules["jinja2"] = None
from fastbal.study import compare
X, y = [[i % 5, i] for i in range(60)], [0] * 40 + [1] * 20
print(compare(X, y, models=["logistic regression"], arms=["nothing"], cv=2).advice)
"""
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.startswith("No remedy was tried")


# Curves


def test_a_reliability_curve_of_right_probabilities_is_the_diagonal() -> None:
    rng = np.random.default_rng(0)
    proba = rng.random(20_000)
    curve = reliability(rng.random(20_000) < proba, proba)
    assert len(curve) <= 151
    np.testing.assert_allclose(curve[10:-10, 0], curve[10:-10, 1], atol=0.06)
    assert (np.diff(curve, axis=0) >= 0).all()


def test_points_on_a_level_line_are_left_out() -> None:
    is_rare = np.array([False] * 4 + [True] * 4)
    expected = [[0.1, 0], [0.4, 0], [0.5, 1], [0.8, 1]]
    np.testing.assert_allclose(reliability(is_rare, np.arange(1, 9) / 10), expected)


def test_a_thinned_curve_keeps_its_ends() -> None:
    rng = np.random.default_rng(0)
    is_rare = rng.random(5000) < 0.1
    curve = precision_recall(is_rare, rng.random(5000))
    assert len(curve) <= 151
    np.testing.assert_allclose(curve[[0, -1]], [[0, 1], [1, is_rare.mean()]])


@pytest.mark.parametrize("proba", [[0.5, 0.5], [0.0, 1.0], [1.0, 0.0]])
def test_curves_of_two_rows(proba: list[float]) -> None:
    is_rare = np.array([False, True])
    for curve in (precision_recall, reliability):
        assert svg_path(curve(is_rare, np.array(proba)), size=100).startswith("M")
