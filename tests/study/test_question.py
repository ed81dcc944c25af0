"""The score that decides: what costs, budgets and conditions come to, against slow, obvious versions."""

from __future__ import annotations

import itertools
from html import escape
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from fastbal._core.confusion import NAMED
from fastbal.study import SCORES, compare
from fastbal.study._influence import on_average_precision, on_confusion, on_roc_auc
from fastbal.study._question import Question, question_of

RNG = np.random.default_rng(0)
Y = (RNG.random(60) < 0.3).astype(np.int64)
PROBA = np.clip(0.3 * Y + RNG.random(60) * 0.7, 0, 1)
BOTH = np.column_stack([1 - PROBA, PROBA])
ROWS = np.arange(60)
AMOUNTS = RNG.exponential(size=60).round(1)


def asked(**arguments: Any) -> Question:
    given = dict.fromkeys(("metric", "cost", "budget", "min_precision")) | arguments
    labels = given.pop("labels", ["no", "yes"])
    codes = given.pop("codes", Y)
    return question_of(
        *given.values(), labels=labels, ascending=sorted(labels), codes=codes, column=lambda name: AMOUNTS
    )


def slow_cost(decided: Any, fp: Any, fn: Any) -> float:
    costs = np.where((Y == 0) & (decided == 1), fp, 0) + np.where((Y == 1) & (decided == 0), fn, 0)
    return 1000 * float(costs.mean())


@pytest.mark.parametrize("fn", [25, "amount", AMOUNTS])
def test_the_cut_off_of_least_cost(fn: Any) -> None:
    question = asked(cost={"fp": 1, "fn": fn})
    cut_off = question.cut_offs(BOTH, Y, ROWS)
    fn = AMOUNTS if isinstance(fn, str) else fn
    every = [slow_cost(t <= PROBA, 1, fn) for t in (*np.unique(PROBA), 2)]
    decided = question.decided(BOTH, cut_off)
    assert question.value(ROWS, Y, decided, BOTH, None) == pytest.approx(min(every))
    assert slow_cost(decided, 1, fn) == pytest.approx(min(every))


def test_a_matrix_of_costs_is_in_ascending_order_of_labels() -> None:
    by_name = asked(cost={"fp": 1, "fn": 25})
    by_matrix = asked(cost=[[0, 1], [25, 0]])
    np.testing.assert_array_equal(by_name.costs, by_matrix.costs)
    turned = asked(cost=[[0, 25], [1, 0]], labels=["yes", "no"])  # "no" is the rare one, and the first in order
    np.testing.assert_array_equal(turned.costs[Y == 1], [[25, 0]] * Y.sum())


def test_costs_of_three_classes() -> None:
    codes = np.arange(60) % 3
    cost = np.array([[0, 1, 2], [3, 0, 4], [9, 8, 0]])
    question = asked(cost=cost, labels=["a", "b", "c"], codes=codes)
    proba = RNG.dirichlet(np.ones(3), 60)
    decided = question.decided(proba, question.cut_offs(proba, codes, ROWS))
    got = question.value(ROWS, codes, decided, proba, None)
    assert got == pytest.approx(1000 * np.mean([cost[t, d] for t, d in zip(codes, decided, strict=True)]))
    assert got <= 1000 * cost[codes, proba.argmax(axis=1)].mean() + 1e-9


def test_hits_of_a_budget_with_ties() -> None:
    question = asked(budget=10)
    proba = np.round(BOTH, 1)
    got = question.value(ROWS, Y, Y, proba, None)
    drawn = [Y[np.lexsort([np.random.default_rng(i).random(60), -proba[:, 1]])[:10]].sum() for i in range(3000)]
    assert got == pytest.approx(np.mean(drawn), abs=0.05)
    assert question.decided(proba, None).sum() == 10
    assert question.take(ROWS[:30]).n_alerts == 5


def test_recall_at_a_precision() -> None:
    question = asked(min_precision=0.6)
    expected = 0.0
    for t in np.unique(PROBA):
        alarms = t <= PROBA
        if Y[alarms].mean() >= 0.6:
            expected = max(expected, Y[alarms].sum() / Y.sum())
    assert question.value(ROWS, Y, Y, BOTH, None) == pytest.approx(expected)
    decided = question.decided(BOTH, question.cut_offs(BOTH, Y, ROWS))
    assert Y[decided == 1].mean() >= 0.6
    assert Y[decided == 1].sum() / Y.sum() == pytest.approx(expected)


def test_a_function_of_labels_decides() -> None:
    question = asked(metric=lambda true, decided: f1_score(true, decided, pos_label="yes"))
    cut_off = question.cut_offs(BOTH, Y, ROWS)
    best = max(f1_score(Y, t <= PROBA) for t in np.unique(PROBA))
    decided = question.decided(BOTH, cut_off)
    assert question.value(ROWS, Y, decided, BOTH, None) == pytest.approx(best)
    assert question.confusion_score(np.array([[[40, 2], [3, 15]]])) == pytest.approx([2 * 15 / (17 + 18)])


@pytest.mark.parametrize("metric", [*SCORES])
def test_every_score_can_decide(metric: str) -> None:
    question = asked(metric=metric)
    decided = question.decided(BOTH, question.cut_offs(BOTH, Y, ROWS))
    assert np.isfinite(question.value(ROWS, Y, decided, BOTH, None))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"metric": "f1", "budget": 3}, "Only one score can decide, but both metric and budget are given"),
        ({"metric": "f2"}, "metric must be one of 'precision', .*but is 'f2'"),
        ({"budget": 0}, "budget must be from 1 to the 60 rows there are, but is 0"),
        ({"min_precision": 1.5}, "min_precision must be above 0 and at most 1"),
        ({"cost": {"fq": 1}}, "cost must name some of tn, fp, fn, tp, but names 'fq'"),
        ({"cost": {"fp": 0}}, "cost makes all decisions cost the same"),
        ({"cost": {"fn": [1, 2]}}, "cost of 'fn' must be a number, a column of numbers"),
        ({"cost": [[0, 1, 2]]}, "cost must be a matrix of 2 by 2 finite numbers"),
        ({"cost": {"fp": 1}, "labels": ["a", "b", "c"]}, "is for two classes, but there are 3"),
    ],
)
def test_what_cannot_be_asked(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        asked(**arguments)


# What rows contribute


@pytest.mark.parametrize("name", ["f1", "mcc", "balanced_accuracy"])
def test_influence_on_a_score_of_decisions_is_the_jackknife(name: str) -> None:
    decided = (PROBA > 0.4).astype(np.int64)
    whole, got = on_confusion(Y, decided, NAMED[name], 2)
    lost = [whole - on_confusion(np.delete(Y, i), np.delete(decided, i), NAMED[name], 2)[0] for i in range(60)]
    np.testing.assert_allclose(got, np.subtract(lost, np.mean(lost)), atol=1e-12)


def test_influence_on_scores_of_the_order() -> None:
    is_rare = Y == 1
    whole = average_precision_score(is_rare, PROBA)
    lost = [whole - average_precision_score(np.delete(is_rare, i), np.delete(PROBA, i)) for i in range(60)]
    np.testing.assert_allclose(on_average_precision(is_rare, PROBA), np.subtract(lost, np.mean(lost)), atol=1e-12)
    drawn = []
    for seed in range(400):
        rows = np.random.default_rng(seed).choice(60, 60)
        drawn.append(roc_auc_score(is_rare[rows], PROBA[rows]))
    error = np.sqrt(np.square(on_roc_auc(is_rare, PROBA)).sum())
    assert error == pytest.approx(np.std(drawn), rel=0.2)


# In a comparison

X, CODES = make_classification(n_samples=240, n_features=4, weights=[0.8], class_sep=0.5, random_state=0)


def small(**arguments: Any) -> Any:
    return compare(X, CODES, **{"models": ["logistic regression"], "arms": ["class weights"], "cv": 3, **arguments})


@pytest.mark.parametrize(
    "question",
    [
        {"cost": {"fp": 1, "fn": np.arange(240.0)}},
        {"budget": 30},
        {"min_precision": 0.4},
        {"metric": "average_precision"},
        {"metric": "log_loss"},
        {"metric": lambda true, decided: np.mean(true == decided)},
    ],
)
def test_a_comparison_answers_it(question: dict[str, Any]) -> None:
    found = small(**question)
    assert [run.error for run in found.runs] == [None] * 6
    line = found.lines()[1]
    assert line.difference.low <= line.difference.mean <= line.difference.high
    assert "The best bet is" in found.advice
    assert escape(found.question.short) in found.html()
    assert found.bet.regret >= 0


def test_groups_are_never_on_both_sides() -> None:
    person = np.repeat(np.arange(60), 4)
    found = small(groups=person)
    splits = found._predictions["logistic regression", "class weights"].values()
    for a, b in itertools.combinations([set(person[fold.rows]) for fold in splits], 2):
        assert not a & b


def test_tests_follow_what_was_learned_from() -> None:
    time = np.random.default_rng(0).permutation(240).astype(float)
    found = small(time=time, embargo=10)
    for run, fold in zip(
        found.runs[::2], found._predictions["logistic regression", "class weights"].values(), strict=True
    ):
        assert sum(run.rows.values()) == (time < time[fold.rows].min() - 10).sum()
    with pytest.raises(ValueError, match="n_repeats is for folds drawn at random"):
        small(time=time, n_repeats=2)
    with pytest.raises(ValueError, match="time names the column 'day', which X does not have"):
        small(time="day")


def test_columns_that_divide_the_rows_are_not_learned_from() -> None:
    import pandas as pd

    table = pd.DataFrame(X, columns=list("abcd")).assign(
        day=pd.date_range("2024-01-01", periods=240), who=np.arange(240) // 4
    )
    found = compare(table, CODES, models=["logistic regression"], arms=["nothing"], cv=2, time="day")
    assert found.left_out["day"] == "it divides the rows into past and future"
    assert "day" not in found.numeric
    found = compare(table, CODES, models=["logistic regression"], arms=["nothing"], cv=2, groups="who")
    assert found.left_out["who"] == "it keeps rows together"
