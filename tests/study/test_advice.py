"""The advice in words, from comparisons made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from fastbal.study import OWN, REFERENCE, SCORES, Comparison, Question, Run

FOLDS = 10
WOBBLE = np.linspace(-0.01, 0.01, FOLDS)


def comparison(**scores: float | None) -> Comparison:
    """F1 of each remedy on one model; None is a failure."""
    made = Comparison(
        classes={"no": 90, "yes": 10},
        question=Question(),
        n_rows=100,
        n_folds=FOLDS,
        test_share=0.25,
        numeric=["a"],
        categorical=[],
        left_out={},
        unavailable={},
        settings={"arguments": {}, "versions": {}},
    )
    for arm, f1 in scores.items():
        fill(made, "forest", arm, f1)
    return made


def fill(made: Comparison, model: str, arm: str, f1: float | None) -> None:
    for fold in range(FOLDS):
        made.add(run(model, arm, fold, f1))


def run(model: str, arm: str, fold: int, f1: float | None) -> Run:
    if f1 is None:
        return Run(model, arm, fold, error="ValueError: it did not work")
    wobble = WOBBLE[fold] if arm == REFERENCE else -WOBBLE[fold]
    return Run(model, arm, fold, scores={**dict.fromkeys(SCORES, 0.5), "f1": f1 + wobble}, seconds=1.0)


def test_a_remedy_that_helps() -> None:
    got = comparison(**{REFERENCE: 0.5, "SMOTE": 0.6, "other": 0.4}).advice
    assert got.startswith(
        "Proved: SMOTE with forest is better, F1 0.600, where the untouched forest at its own cut-off"
    )
    assert "the difference is +0.100 (97.5 % interval +0.0" in got
    assert "beyond chance among 2 remedies. The best bet is SMOTE with forest at its own cut-off: expected F1 0." in got


def test_none_helps() -> None:
    got = comparison(**{REFERENCE: 0.5, "nothing": 0.9, "SMOTE": 0.501, "other": 0.4}).advice
    expected = (
        "Not proved that any of 2 remedies does better than no remedy: the untouched forest at its own cut-off has "
    )
    assert got.startswith(f"{expected}F1 0.500, and what comes closest, SMOTE with forest, differs by +0.001 (97.5 %")
    assert "The best bet is the untouched forest at its own cut-off" in got  # the simpler of two that tie


def test_the_only_one_does_not_help() -> None:
    got = comparison(**{REFERENCE: 0.5, "SMOTE": 0.501}).advice
    assert got.startswith("Not proved that it does better than no remedy: ")
    assert "SMOTE with forest, differs by +0.001 (95 % interval -0." in got


def test_the_same_predictions_are_no_help() -> None:
    made = comparison(**{REFERENCE: 0.5, "SMOTE": 0.5})
    for one in made.runs:
        one.scores["f1"] = 0.5
    assert "SMOTE with forest, differs by +0.000" in made.advice
    assert made.bet[:2] == ("forest", REFERENCE)
    assert made.bet.regret == pytest.approx(0, abs=1e-4)


def test_many_remedies_need_more_than_one() -> None:
    """What is beyond chance for one remedy is not among fifty."""
    assert comparison(**{REFERENCE: 0.5, "SMOTE": 0.525}).proof.is_better
    others = {f"other {i}": 0.4 for i in range(49)}
    assert not comparison(**{REFERENCE: 0.5, "SMOTE": 0.525, **others}).proof.is_better


def test_no_reference_no_advice() -> None:
    assert comparison(SMOTE=0.6).advice.startswith(
        "Nothing is proved: the untouched model at its own cut-off, which all"
    )
    assert comparison(**{REFERENCE: None, "SMOTE": 0.6}).advice.startswith("Nothing is proved")


def test_no_remedies() -> None:
    expected = "No remedy was tried, or none ran on any fold; the untouched forest"
    assert comparison(**{REFERENCE: 0.5, "nothing": 0.4}).advice.startswith(expected)
    assert comparison(**{REFERENCE: 0.5, "SMOTE": None}).advice.startswith(expected)


def test_probabilities_to_be_corrected() -> None:
    made = comparison(**{REFERENCE: 0.5, "SMOTE": 0.6})
    for loss in (0.495, 0.4):
        for one in made.runs:
            one.scores["log_loss_corrected"] = loss
        sentence = "correct them (PriorCorrectedClassifier; log loss 0.500 before, 0.400 after)."
        assert made.advice.endswith(sentence) == (loss == 0.4)  # one part in a hundred is not worth a step more


def test_a_model_of_its_own_must_exceed_the_best_untouched_model() -> None:
    made = comparison(**{REFERENCE: 0.5})
    fill(made, "boosting", REFERENCE, 0.7)
    fill(made, OWN, "balanced forest", 0.6)
    assert made.reference_of(OWN) == ("boosting", REFERENCE)
    assert made.lines()[-1].difference.mean == pytest.approx(-0.1)
    assert not made.proof.is_better
    assert made.bet[:2] == ("boosting", REFERENCE)


def test_how_large_a_gain_would_have_been_seen() -> None:
    """With noise of known size: four of five comparisons see it."""
    rng = np.random.default_rng(0)
    seen, visible = [], comparison(**{REFERENCE: 0.5, "SMOTE": 0.5}).proof.visible
    for _ in range(300):
        made = comparison(**{REFERENCE: 0.5, "SMOTE": 0.5 + visible})
        noise = rng.normal(size=FOLDS) * WOBBLE.std(ddof=1) * 2
        shift = rng.normal() * 2 * WOBBLE.std(ddof=1) * np.sqrt(0.25)  # what folds share
        for one in made.runs:
            if one.arm == "SMOTE":
                one.scores["f1"] = 0.5 + visible + noise[one.fold] + shift
            else:
                one.scores["f1"] = 0.5
        seen.append(made.proof.is_better)
    assert 0.65 < np.mean(seen) < 0.95


def test_smaller_costs_are_better() -> None:
    made = comparison(**{REFERENCE: 0.5, "SMOTE": 0.4, "other": 0.6})
    made.question = Question("f1", "cost", smaller_is_better=True)
    assert made.proof.is_better
    assert made.proof.pair == made.bet[:2] == ("forest", "SMOTE")
