"""The best bet, and stopping early, on scores whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from fastbal.study import Comparison, Question, Run
from fastbal.study._bets import best_bet, posterior_draws
from fastbal.study._race import beaten
from fastbal.study._results import Predictions


def test_without_noise_the_best_is_known() -> None:
    draws = posterior_draws(np.array([0.5, 0.7, 0.6]), 1e-12 * np.eye(3), [["a", "b", "c"]], proportions=(1, 1))
    arm, regret, chance = best_bet(draws, 0.01)
    assert (arm, chance) == (1, 1.0)
    np.testing.assert_allclose(regret, [0.2, 0.0, 0.1], atol=1e-4)


def test_of_ties_the_simplest() -> None:
    draws = posterior_draws(np.array([0.6, 0.6, 0.2]), 1e-4 * np.eye(3), [["a", "b", "c"]], proportions=(1, 1))
    assert best_bet(draws, 0.01)[0] == 0


def test_the_untouched_model_is_given_up_only_for_what_is_likely_better() -> None:
    rng = np.random.default_rng(0)
    for gain, expected in ((0.005, 0), (0.03, 1)):
        draws = np.array([0.5, 0.5 + gain]) + 0.01 * rng.normal(size=(4000, 2))
        assert best_bet(draws, 0.01, untouched=0)[0] == expected
    assert best_bet(np.array([0.505, 0.5]) + 0.01 * rng.normal(size=(4000, 2)), 0.01, untouched=1)[0] == 1


def test_one_arm_has_no_regret() -> None:
    assert best_bet(posterior_draws(np.array([0.6]), np.eye(1), [["a"]]), 0.01) == (0, pytest.approx([0.0]), 1.0)


def test_regret_is_about_what_is_expected() -> None:
    """Two models, five arms each, noise as large as differences between arms."""
    rng = np.random.default_rng(0)
    models, families = ["a"] * 5 + ["b"] * 5, ["u", "w", "w", "n", "n"] * 2
    expected, regrets, naive = [], [], []
    for _ in range(60):
        truth = np.repeat(rng.normal(size=2) * 0.03, 5) + rng.normal(size=10) * 0.008
        noise = np.repeat(rng.normal(size=2) * 0.02, 5) + rng.normal(size=10) * 0.02
        covariance = 0.02**2 * (np.eye(10) + np.kron(np.eye(2), np.ones((5, 5))))
        _, regret, _ = best_bet(
            posterior_draws(truth + noise, covariance, [models, families], proportions=(1, 0.3, 0.3)), 0.01
        )
        arm = regret.argmin()
        expected.append(regret[arm])
        regrets.append(truth.max() - truth[arm])
        naive.append(truth.max() - truth[(truth + noise).argmax()])
    assert 0.4 < np.mean(expected) / np.mean(regrets) < 1.6  # the folds tell little of how far arms lie apart
    assert np.mean(regrets) < 1.3 * np.mean(naive)  # of ten arms alike there is little to gain


def race(shift: float, seed: int, n_arms: int = 6, n_folds: int = 5) -> Comparison:
    """Arms whose decisions are right equally often, all but the last, which is right less often by `shift`."""
    rng = np.random.default_rng(seed)
    made = Comparison(
        {"no": 320, "yes": 80}, Question(), 400, n_folds, 0.25, [], [], {}, {}, {}, repeat_of_fold=[0] * n_folds
    )
    y = (np.arange(400) % 5 == 0).astype(np.int64)
    for fold in range(n_folds):
        rows = np.arange(400)[(np.arange(400) // 5) % n_folds == fold]
        for arm in range(n_arms):
            is_wrong = rng.random(len(rows)) < 0.1 + (shift if arm == n_arms - 1 else 0)
            decided = np.where(is_wrong, 1 - y[rows], y[rows])
            proba = np.column_stack([1 - decided, decided]).astype(float)
            run = Run("m", f"arm {arm}", fold, {"f1": 0.5})
            made.add(run, Predictions(rows, y[rows], decided, proba, None))
    return made


def stopped_of(made: Comparison) -> list[str]:
    running, out = made.pairs(), []
    for n_folds in range(1, made.n_folds):
        gone = beaten(made, running, n_folds)
        out += [arm for _, arm in gone]
        running = [pair for pair in running if pair not in gone]
    return out


def test_what_is_clearly_beaten_is_stopped_and_equals_hardly_ever_are() -> None:
    assert [stopped_of(race(0.35, seed)) for seed in range(2)] == [["arm 5"]] * 2
    assert sum("arm 0" in stopped_of(race(0.0, seed)) for seed in range(20)) <= 1
    assert beaten(race(0.3, 0), [("m", "arm 0")], 3) == []
