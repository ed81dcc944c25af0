"""A cut-off that does not hang on the accidents of a few rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fastbal._core.confusion import accuracy
from fastbal._core.cut_offs import Curve, confusion_along, steady_cut_off
from fastbal.study._scores import DecisionScore

F1 = DecisionScore("f1")


def drawn(rng: np.random.Generator, n: int) -> tuple[Any, Any]:
    true = (rng.random(n) < 0.1).astype(np.intp)
    return 1 / (1 + np.exp(2 - rng.normal(size=n) - 1.3 * true)), true


def plain(score: Any, true: Any) -> float:
    cut_offs, confusion = confusion_along(score, true, np.zeros_like(true), 1, None, 2)
    return float(cut_offs[Curve(cut_offs, F1(confusion), np.trace(confusion, axis1=-2, axis2=-1)).best()])


def f1_of(cut_off: float, score: Any, true: Any) -> float:
    decided = score >= cut_off
    return 2 * (decided & (true == 1)).sum() / (decided.sum() + true.sum())


def test_on_other_rows_it_is_worth_more_than_the_best_of_these() -> None:
    rng = np.random.default_rng(0)
    others = drawn(rng, 100_000)
    gains, moves = [], []
    for _ in range(40):
        score, true = drawn(rng, 400)
        best = plain(score, true)
        steady = steady_cut_off(score, true, best, F1)
        gains.append(f1_of(steady, *others) - f1_of(best, *others))
        moves.append((best, steady))
    assert np.mean(gains) > 2 * np.std(gains) / np.sqrt(40) > 0
    spread_of_best, spread_of_steady = np.log(moves).std(axis=0)
    assert spread_of_steady < 0.8 * spread_of_best


def test_where_classes_lie_apart_so_does_the_cut_off() -> None:
    score, true = np.array([0.1, 0.2, 0.3, 0.6, 0.8]), np.array([0, 0, 0, 1, 1], np.intp)
    assert steady_cut_off(score, true, 0.45, F1) == pytest.approx(0.45, abs=1e-9)
    assert steady_cut_off(score, true, 0.45, accuracy) == steady_cut_off(score, true, 0.45, accuracy, seed=1)


@pytest.mark.parametrize("best", [-np.inf, np.inf])
def test_all_or_nothing_stays(best: float) -> None:
    score, true = np.array([0.1, 0.2, 0.3]), np.array([0, 1, 0], np.intp)
    assert steady_cut_off(score, true, best, F1) == best


def test_weights_count() -> None:
    """A row of which two matter in a pair of equals decides where the cut-off is."""
    score = np.repeat([0.2, 0.4, 0.6, 0.8], 10)
    true = np.tile([0, 1], 20).astype(np.intp)
    low, high = (steady_cut_off(score, true, 0.5, accuracy, np.where(true == kind, 5.0, 1.0)) for kind in (1, 0))
    assert low < 0.25 < 0.75 < high


def test_of_many_rows_the_best_is_taken() -> None:
    score, true = drawn(np.random.default_rng(0), 500_000)
    assert steady_cut_off(score, true, 0.123, F1) == 0.123
