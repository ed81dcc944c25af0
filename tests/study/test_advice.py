"""The advice in words, from comparisons made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from fastbal.study import OWN, REFERENCE, SCORES, Comparison, Run

FOLDS = 10
WOBBLE = np.linspace(-0.01, 0.01, FOLDS)


def comparison(**scores: float | None) -> Comparison:
    """F1 of each remedy on one model; None is a failure."""
    made = Comparison(
        classes={"no": 90, "yes": 10},
        rare="yes",
        metric="f1",
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
        made.add([run("forest", arm, fold, f1) for fold in range(FOLDS)], [None] * FOLDS)
    return made


def run(model: str, arm: str, fold: int, f1: float | None) -> Run:
    if f1 is None:
        return Run(model, arm, fold, error="ValueError: it did not work")
    wobble = WOBBLE[fold] if arm == REFERENCE else -WOBBLE[fold]
    return Run(model, arm, fold, scores={**dict.fromkeys(SCORES, 0.5), "f1": f1 + wobble}, seconds=1.0)


def test_a_remedy_that_helps() -> None:
    got = comparison(**{REFERENCE: 0.5, "SMOTE": 0.6, "other": 0.4}).advice
    assert got.startswith("Use SMOTE with forest: F1 0.600, where the untouched forest with its threshold tuned has F1")
    assert "the difference is +0.100 (97.5 % interval +0.0" in got
    assert got.endswith("beyond chance among 2 remedies.")


def test_none_helps() -> None:
    got = comparison(**{REFERENCE: 0.5, "nothing": 0.9, "SMOTE": 0.501, "other": 0.4}).advice
    assert got.startswith("Do not resample: the untouched forest with its threshold tuned has F1 0.500, and none of 2 ")
    assert "the best of them, SMOTE with forest, differs by +0.001 (97.5 % interval -0." in got


def test_the_only_one_does_not_help() -> None:
    got = comparison(**{REFERENCE: 0.5, "SMOTE": 0.501}).advice
    assert "and SMOTE with forest does not exceed it by more than chance: +0.001 (95 % interval -0." in got


def test_many_remedies_need_more_than_one() -> None:
    """What is beyond chance for one remedy is not among fifty."""
    assert comparison(**{REFERENCE: 0.5, "SMOTE": 0.525}).advice.startswith("Use SMOTE")
    others = {f"other {i}": 0.4 for i in range(49)}
    assert comparison(**{REFERENCE: 0.5, "SMOTE": 0.525, **others}).advice.startswith("Do not resample")


def test_no_reference_no_advice() -> None:
    assert comparison(SMOTE=0.6).advice.startswith("No advice: the untouched model with a tuned threshold, which all")
    assert comparison(**{REFERENCE: None, "SMOTE": 0.6}).advice.startswith("No advice")


def test_no_remedies() -> None:
    expected = "No remedy was tried, or none ran on all splits; the untouched forest"
    assert comparison(**{REFERENCE: 0.5, "nothing": 0.4}).advice.startswith(expected)
    assert comparison(**{REFERENCE: 0.5, "SMOTE": None}).advice.startswith(expected)


def test_probabilities_to_be_corrected() -> None:
    made = comparison(**{REFERENCE: 0.5, "SMOTE": 0.6})
    for loss in (0.495, 0.4):
        for run in made.runs:
            run.scores["log_loss_corrected"] = loss
        assert made.advice.endswith(
            "correct them (PriorCorrectedClassifier; log loss 0.500 before, 0.400 after)."
            if loss == 0.4
            else "beyond chance."  # one part in a hundred is not worth a step more
        )


def test_a_model_of_its_own_must_exceed_the_best_untouched_model() -> None:
    made = comparison(**{REFERENCE: 0.5})
    made.add([run("boosting", REFERENCE, fold, 0.7) for fold in range(FOLDS)], [None] * FOLDS)
    made.add([run(OWN, "balanced forest", fold, 0.6) for fold in range(FOLDS)], [None] * FOLDS)
    assert made.reference_of(OWN) == ("boosting", REFERENCE)
    assert made.lines()[-1].difference.mean == pytest.approx(-0.1)
    assert "the untouched boosting" in made.advice
    assert "balanced forest does not exceed it" in made.advice
