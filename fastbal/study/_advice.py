"""Two plain statements: what the evidence proves, and what one would bet on."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from fastbal.study._arms import ARMS, NOTHING, OWN, REFERENCE
from fastbal.study._bets import Bet, best_bet, posterior_draws
from fastbal.study._differences import Difference
from fastbal.study._results import CONFIDENCE, Line, Pair, Results
from fastbal.study._scores import SCORES

#: A difference of scores between 0 and 1 that hardly matters, and the same as a share of any other score.
MARGIN = 0.01
# How probable it is that a gain is seen that is said to be visible.
_POWER = 0.8


class Proof(NamedTuple):
    """What the evidence proves about remedies, compared with the best untouched model at its own cut-off.

    Attributes
    ----------
    reference : (str, str)
        The best untouched model.
    n_remedies : int
        Remedies that could be better.
    pair : (str, str)
        The remedy that is better, if one is, or else the one that comes closest.
    difference : Difference
        Of its score; the interval has confidence 1 - 0.05 / `n_remedies`.
    is_better : bool
        Beyond chance.
    visible : float
        A gain so large would have been seen in four of five comparisons; NaN if not known.
    rows_needed : float
        Rows of the table by which a difference as large as this one would be seen; NaN if not known.
    """

    reference: Pair
    n_remedies: int
    pair: Pair
    difference: Difference
    is_better: bool
    visible: float
    rows_needed: float


def proof_of(results: Results) -> Proof | None:
    """What is proved; None if nothing could be.

    A remedy is better if it exceeds the best untouched model by more than chance. Each of m remedies gets an interval
    of confidence 1 - 0.05 / m (Bonferroni): of many, some look good by luck.
    """
    reference = results.reference_of("")
    remedies = [] if reference is None else results.remedies()
    if reference is None or not remedies:
        return None
    confidence = 1 - (1 - CONFIDENCE) / len(remedies)
    sign = -1 if results.question.smaller_is_better else 1
    found = {}
    for line in remedies:
        difference = results.difference((line.model, line.arm), reference, confidence)
        if not math.isnan(difference.mean):
            found[line.model, line.arm] = difference
    whole = {pair: d for pair, d in found.items() if pair not in results.stopped} or found
    if not whole:
        return None

    def least(pair: Pair) -> float:
        d = whole[pair]
        low = min(sign * d.low, sign * d.high)
        return sign * d.mean - 1e9 if math.isnan(low) else low

    best = max(whole, key=least)
    is_better = least(best) > 0
    if not is_better:
        best = max(whole, key=lambda pair: sign * whole[pair].mean)
    halves = [(d.high - d.low) / 2 for d in whole.values() if not math.isnan(d.low)]
    quantile = stats.norm.ppf((1 + confidence) / 2)
    visible = rows_needed = math.nan
    if halves:
        visible = float(np.median(halves)) * (1 + stats.norm.ppf(_POWER) / quantile)
        own_visible = (whole[best].high - whole[best].low) / 2 * (1 + stats.norm.ppf(_POWER) / quantile)
        if sign * whole[best].mean > 0 and not math.isnan(own_visible):
            rows_needed = results.n_rows * max(1.0, (own_visible / abs(whole[best].mean)) ** 2)
    return Proof(reference, len(remedies), best, whole[best], is_better, visible, rows_needed)


def bet_on(results: Results) -> Bet | None:
    """The arm of least expected regret; None if nothing can be said.

    All arms at their own cut-offs take part; see `fastbal.study._bets`. Of near ties the simplest is taken.
    """
    reference = results.reference_of("")
    pairs = [pair for pair in results.pairs() if pair[1] != NOTHING]
    done = [pair for pair in pairs if results.shared_folds(pair) and not _failed(results, pair)]
    if reference is None or reference not in done:
        return None
    done.sort(key=lambda pair: _simplicity(results, pair))
    sign = -1 if results.question.smaller_is_better else 1
    all_folds = results.shared_folds(reference)
    base = results.estimate(*reference, all_folds)
    found: list[float] = []
    influences: list[Any] = []
    for pair in done:
        folds = results.shared_folds(pair, reference)
        ours, theirs = results.estimate(*pair, folds), results.estimate(*reference, folds)
        if math.isnan(ours.value):
            return None
        found.append(sign * (base.value + ours.value - theirs.value))
        if ours.influence is None or base.influence is None or theirs.influence is None:
            influences = []
            break
        influences.append((base.influence + ours.influence - theirs.influence).ravel())
    if influences:
        errors = np.array(influences)
        covariance = errors @ errors.T
    else:
        if len(all_folds) < 2 or any(len(results.shared_folds(pair)) < len(all_folds) for pair in done):
            return None
        values = np.array([sign * results.values(*pair)[all_folds] for pair in done])
        found = values.mean(axis=1).tolist()
        errors = values - values.mean(axis=0)
        variance = np.square(errors - errors.mean(axis=1, keepdims=True)).mean() * len(all_folds) / (len(all_folds) - 1)
        covariance = variance * (1 / len(all_folds) + results.test_share) * np.eye(len(done))
    families = [ARMS[arm].family if arm in ARMS else arm for _, arm in done]
    models = [arm if model == OWN else model for model, arm in done]
    both = [f"{model}, {family}" for model, family in zip(models, families, strict=True)]
    scores = np.array(found)
    margin = MARGIN if results.metric in SCORES else MARGIN * max(abs(float(scores.max())), 1e-9)
    draws = posterior_draws(scores, covariance, [models, families, both])
    arm, regret, chance = best_bet(draws, margin, done.index(reference))
    return Bet(*done[arm], sign * float(draws[:, arm].mean()), float(regret[arm]), chance, margin)


def advice(results: Results) -> str:
    """What is proved, and what to do, each with how sure that is."""
    return f"{proof_in_words(results)} {bet_in_words(results)}".strip()


def proof_in_words(results: Results) -> str:
    """What the evidence proves."""
    reference = results.reference_of("")
    if reference is None:
        return (
            "Nothing is proved: the untouched model at its own cut-off, which all else is compared with, did not run."
        )
    lines = {(line.model, line.arm): line for line in results.lines()}
    untouched = lines[reference]
    score = results.question.short
    start = f"the untouched {untouched.model} at its own cut-off has {score} {shown(results, untouched)}"
    proof = proof_of(results)
    if proof is None:
        return f"No remedy was tried, or none ran on any fold; {start}."
    difference, line = proof.difference, lines[proof.pair]
    confidence = 1 - (1 - CONFIDENCE) / proof.n_remedies
    interval = _with_interval(results, difference, confidence)
    if proof.is_better:
        among = f" among {proof.n_remedies} remedies" if proof.n_remedies > 1 else ""
        return (
            f"Proved: {line.title} is better, {score} {shown(results, line)}, where {start}; the difference is "
            f"{interval}, beyond chance{among}."
        )
    n_rare = results.n_rare_tested(results.shared_folds(reference))
    power = (
        f" With {n_rare:,} rows of {results.rare!r} a gain below {number_of(results, proof.visible)} could not be seen."
    )
    if math.isnan(proof.visible):
        power = ""
    who = "it does" if proof.n_remedies == 1 else f"any of {proof.n_remedies} remedies does"
    return (
        f"Not proved that {who} better than no remedy: {start}, and what comes closest, {line.title}, differs by "
        f"{interval}.{power}"
    )


def bet_in_words(results: Results) -> str:
    """What one would choose now."""
    bet = bet_on(results)
    if bet is None:
        return ""
    lines = {(line.model, line.arm): line for line in results.lines()}
    line = lines[bet.model, bet.arm]
    what = (
        f"the untouched {bet.model} at its own cut-off" if bet.arm == REFERENCE else f"{line.title} at its own cut-off"
    )
    cut_off = "" if math.isnan(line.threshold) else f" ({line.threshold:.2g})"
    return (
        f"The best bet is {what}{cut_off}: expected {results.question.short} {number_of(results, bet.worth)}, and "
        f"{number_of(results, bet.regret)} short of the best of all on average; with a chance of "
        f"{100 * bet.chance:.0f} % none is better by more than {bet.margin:.2g}.{_caution(line)}"
    )


def shown(results: Results, line: Line) -> str:
    """The score that decides of a line."""
    return number_of(results, line.mean[results.metric])


def number_of(results: Results, value: float) -> str:
    """A score that is between 0 and 1 with three digits after the point, any other with three digits."""
    if results.metric in SCORES or abs(value) < 1:
        return f"{value:.3f}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _failed(results: Results, pair: Pair) -> bool:
    return any(run.error is not None for run in results.runs if (run.model, run.arm) == pair)


def _simplicity(results: Results, pair: Pair) -> tuple[int, int]:
    """Arms in the order in which they are listed, the user's after these; then models in the order they are tried."""
    arm, known = pair[1], list(ARMS)
    return known.index(arm) if arm in known else len(known), results.pairs().index(pair)


def _with_interval(results: Results, difference: Difference, confidence: float) -> str:
    digits = ".3f" if results.metric in SCORES or abs(difference.mean) < 1 else ",.3g"
    mean, low, high = (format(value, f"+{digits}") for value in difference)
    if math.isnan(difference.low):
        return f"{mean} (on one fold, so without an interval)"
    return f"{mean} ({100 * confidence:.3g} % interval {low} to {high})"


def _caution(line: Line) -> str:
    """Whether its probabilities need correcting."""
    raw, corrected = line.mean["log_loss"], line.mean["log_loss_corrected"]
    if not corrected < 0.98 * raw:
        return ""
    return (
        f" Its probabilities are those of a balanced table: correct them (PriorCorrectedClassifier; log loss {raw:.3f} "
        f"before, {corrected:.3f} after)."
    )
