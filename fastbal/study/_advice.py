"""One plain sentence: is there a remedy that helps, beyond chance?"""

from __future__ import annotations

from fastbal.study._arms import OWN
from fastbal.study._results import Line, Results
from fastbal.study._scores import SCORES

_CONFIDENCE = 0.95


def advice(comparison: Results) -> str:
    """What to do, and how sure that is.

    A remedy is recommended if it exceeds the best untouched model with a tuned threshold by more than chance. Each of m
    remedies gets an interval of confidence 1 − 0.05 / m (Bonferroni): of many, some look good by luck.
    """
    metric = comparison.metric
    reference = comparison.reference_of("")
    if reference is None:
        return "No advice: the untouched model with a tuned threshold, which all else is compared with, did not run."
    lines = {(line.model, line.arm): line for line in comparison.lines()}
    untouched = lines[reference]
    remedies = [line for line in lines.values() if line.arm not in ("nothing", reference[1]) and line.error is None]
    score = short_name(metric)
    start = f"the untouched {untouched.model} with its threshold tuned has {score} {untouched.mean[metric]:.3f}"
    if not remedies:
        return f"No remedy was tried, or none ran on all splits; {start}."
    confidence = 1 - (1 - _CONFIDENCE) / len(remedies)
    found = {
        (line.model, line.arm): comparison.difference((line.model, line.arm), reference, confidence)
        for line in remedies
    }
    best = max(found, key=lambda pair: found[pair].low)
    difference, line = found[best], lines[best]
    if difference.low > 0:
        among = f" among {len(remedies)} remedies" if len(remedies) > 1 else ""
        return (
            f"Use {_name(line)}: {score} {line.mean[metric]:.3f}, where {start}; the difference is "
            f"{_interval(difference, confidence)}, beyond chance{among}.{_caution(line)}"
        )
    best = max(found, key=lambda pair: found[pair].mean)
    interval = _interval(found[best], confidence)
    if len(remedies) == 1:
        return f"Do not resample: {start}, and {_name(lines[best])} does not exceed it by more than chance: {interval}."
    return (
        f"Do not resample: {start}, and none of {len(remedies)} remedies is better by more than chance; the best of "
        f"them, {_name(lines[best])}, differs by {interval}."
    )


def _name(line: Line) -> str:
    return line.arm if line.model == OWN else f"{line.arm} with {line.model}"


def short_name(metric: str) -> str:
    """A score's name where it is clear of which class it is."""
    return SCORES[metric].removesuffix(" of the rare class")


def _interval(difference: tuple[float, float, float], confidence: float) -> str:
    mean, low, high = difference
    return f"{mean:+.3f} ({100 * confidence:.3g} % interval {low:+.3f} to {high:+.3f})"


def _caution(line: Line) -> str:
    """Whether its probabilities need correcting."""
    raw, corrected = line.mean["log_loss"], line.mean["log_loss_corrected"]
    if not corrected < 0.98 * raw:
        return ""
    return (
        f" Its probabilities are those of a balanced table: correct them (PriorCorrectedClassifier; log loss {raw:.3f} "
        f"before, {corrected:.3f} after)."
    )
