"""A comparison as a page that opens anywhere: one file, no network, no script."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from fastbal._core.confusion import confusion_matrix
from fastbal._core.cut_offs import confusion_along
from fastbal.study._advice import bet_in_words, bet_on, number_of, proof_in_words, proof_of
from fastbal.study._arms import NOTHING, OWN, REFERENCE
from fastbal.study._column_facts import MOST_COLUMNS
from fastbal.study._curves import precision_recall, reliability, svg_path, thinned
from fastbal.study._page import style, template_of
from fastbal.study._program import program_of
from fastbal.study._results import Line, Predictions, Results, name_of_pair
from fastbal.study._scores import SCORES, DecisionScore

# Of the drawings' coordinates.
_SIZE = 100
# Confusion matrices of more classes are those of the rare one and of all others.
_MOST_CLASSES = 6

#: The two readings of every remedy: heading, and a score or a pair of them, before and after prior correction.
_DECISIONS = (
    ("precision", "precision"),
    ("recall", "recall"),
    ("F1", "f1"),
    ("balanced accuracy", "balanced_accuracy"),
    ("G-mean", "geometric_mean"),
    ("MCC", "mcc"),
)
_PROBABILITIES = (
    ("average precision", "average_precision"),
    ("ROC-AUC", "roc_auc"),
    ("Brier score", ("brier", "brier_corrected")),
    ("log loss", ("log_loss", "log_loss_corrected")),
    ("calibration slope", "calibration_slope"),
)


class _Panel(NamedTuple):
    """The drawings of one remedy on one model."""

    arm: str
    average_precision: str
    precision_recall: str
    reference: str | None
    decided: tuple[float, float] | None
    given: str
    corrected: str | None
    over_cut_offs: str | None
    cut_off: float | None
    labels: list[str]
    confusion: list[list[int]]


class _RowCounts(NamedTuple):
    """Rows of each class that some remedies learn from."""

    arms: str
    counts: list[int]


class _Ranked(NamedTuple):
    """A line of the leaderboard, and its places by other columns."""

    line: Line
    places: list[int]


def html(comparison: Results) -> str:
    """A report of a comparison.

    Parameters
    ----------
    comparison : Results
        With at least one finished remedy.

    Returns
    -------
    str
        A page of HTML that refers to nothing outside of itself.
    """
    template = template_of("fastbal.study", "report.html", number=_three_digits, signed=_signed, seconds=_seconds)
    lines = comparison.lines()
    models = list(dict.fromkeys(line.model for line in lines))
    bet = bet_on(comparison)
    page: str = template.render(
        style=style(),
        study=comparison,
        question=comparison.question,
        sentences=[text for text in (proof_in_words(comparison), bet_in_words(comparison)) if text],
        bet=None if bet is None else (bet.model, bet.arm),
        proof=proof_of(comparison),
        doubts=[*comparison.settings.get("doubts", []), *comparison.settings.get("notes", [])],
        short_metric=comparison.question.short,
        reference=REFERENCE,
        nothing=NOTHING,
        own_model=OWN,
        name_of_pair=name_of_pair,
        readings=(
            ("By decisions", "Each remedy at its own cut-off.", _DECISIONS),
            ("By ranking and probabilities", "No cut-off changes these.", _PROBABILITIES),
        ),
        size=_SIZE,
        board=_board(comparison, lines),
        board_of_models=_board_of_models(comparison, lines),
        value=lambda value: _value(comparison, value),
        gain=lambda value: _value(comparison, value, sign="+"),
        models=models,
        tables=[(model, [line for line in lines if line.model == model]) for model in models],
        panels=[(model, list(_panels(comparison, model, lines))) for model in models],
        over_cut_offs=SCORES["f1"] if comparison.question.confusion_score is None else comparison.question.words,
        cost_line=_cost_line(comparison),
        bars=list(_bars(comparison, lines)),
        drawing_all_alike=[line.arm for line in lines if line.error is None and not line.rows],
        scale=_scale(lines),
        failures=[(line.arm, line.model, line.error) for line in lines if line.error is not None],
        warnings=_warnings(comparison),
        call=_call_to_repeat(comparison.settings["arguments"]),
        program=program_of(comparison),
        n_rows_in_table=sum(comparison.classes.values()),
        rare_share=list(comparison.classes.values())[-1] / sum(comparison.classes.values()),
        most_columns=MOST_COLUMNS,
        share=_in_percent,
    )
    return page


def summary(comparison: Results) -> str:
    """What a notebook shows: the advice and the leaderboard."""
    template = template_of("fastbal.study", "summary.html", number=_three_digits, seconds=_seconds)
    page: str = template.render(
        study=comparison,
        short_metric=comparison.question.short,
        sentences=[text for text in (proof_in_words(comparison), bet_in_words(comparison)) if text],
        own_model=OWN,
        board=_board(comparison, comparison.lines()),
        value=lambda value: _value(comparison, value),
        gain=lambda value: _value(comparison, value, sign="+"),
    )
    return page


def _value(comparison: Results, value: float, sign: str = "") -> str:
    """The score that decides, or a difference of it."""
    if math.isnan(value):
        return "\N{EN DASH}"
    text = number_of(comparison, value)
    return ("+" if sign and value >= 0 else "") + text.replace("-", "\N{MINUS SIGN}")


def _board(comparison: Results, lines: list[Line]) -> list[_Ranked]:
    """The best first, those that failed last, with their places by the columns that one can sort by."""
    better = comparison.question.better

    def places(key: Callable[[Line], float]) -> list[int]:
        values = [key(line) for line in lines]
        order = sorted(range(len(lines)), key=lambda i: (math.isnan(values[i]), -values[i]))
        return [order.index(i) + 1 for i in range(len(lines))]

    by = [
        places(lambda line: better(line.mean[comparison.metric])),
        places(lambda line: line.mean["average_precision"]),
        places(lambda line: -_lower(line.mean["log_loss_corrected"], line.mean["log_loss"])),
        places(lambda line: -line.seconds),
    ]
    board = [_Ranked(line, [place[i] for place in by]) for i, line in enumerate(lines)]
    return sorted(board, key=lambda place: place.places[0])


def _lower(corrected: float, raw: float) -> float:
    return raw if math.isnan(corrected) else corrected


def _board_of_models(comparison: Results, lines: list[Line]) -> list[tuple[str, Line | None, Line]]:
    """Each model: left alone at its own cut-off, and with the remedy that suits it best; the best model first."""
    better, metric = comparison.question.better, comparison.metric
    found = []
    for model in dict.fromkeys(line.model for line in lines):
        known = [line for line in lines if line.model == model and not math.isnan(line.mean[metric])]
        tuned = [line for line in known if line.arm != NOTHING]
        if tuned:
            alone = next((line for line in known if line.arm == REFERENCE), None)
            found.append((model, alone, max(tuned, key=lambda line: better(line.mean[metric]))))
    return sorted(found, key=lambda place: -better(place[2].mean[metric]))


def _panels(comparison: Results, model: str, lines: list[Line]) -> Iterator[_Panel]:
    of_reference = comparison.reference_of(model)
    reference = None if of_reference is None else comparison.predictions(*of_reference)
    n_classes = len(comparison.classes)
    for line in lines:
        found = comparison.predictions(line.model, line.arm) if line.model == model else None
        if found is None:
            continue
        is_rare = found.y == n_classes - 1
        is_alarm = found.decided == n_classes - 1
        hits = int((is_rare & is_alarm).sum())
        labels, matrix = _confusion(comparison, found)
        yield _Panel(
            arm=line.arm,
            average_precision=_three_digits(line.mean["average_precision"]),
            precision_recall=svg_path(precision_recall(is_rare, found.proba[:, -1]), _SIZE),
            reference=None
            if reference is None or (line.model, line.arm) == of_reference
            else svg_path(precision_recall(reference.y == n_classes - 1, reference.proba[:, -1]), _SIZE),
            decided=(hits / is_rare.sum(), hits / is_alarm.sum()) if is_alarm.any() else None,
            given=svg_path(reliability(is_rare, found.proba[:, -1]), _SIZE),
            corrected=None
            if found.corrected is None or np.allclose(found.corrected, found.proba, atol=1e-3)
            else svg_path(reliability(is_rare, found.corrected[:, -1]), _SIZE),
            over_cut_offs=_over_cut_offs(comparison, found),
            cut_off=line.threshold if 0 <= line.threshold <= 1 else None,
            labels=labels,
            confusion=matrix,
        )


def _over_cut_offs(comparison: Results, found: Predictions) -> str | None:
    """The score that decides (of costs: what is saved, of the most that could be) at every cut-off; F1 for others."""
    question = comparison.question
    if found.proba.shape[1] > 2:
        return None
    proba = found.proba[:, 1]
    if question.costs is not None:
        order = np.argsort(-proba, kind="stable")
        costs = question.costs[found.rows]
        saved = np.cumsum((costs[:, 0] - costs[:, 1])[order])
        points = np.column_stack([proba[order], costs[:, 0].sum() - saved])[::-1]
        points[:, 1] /= max(float(points[:, 1].max()), 1e-12)
    else:
        cut_offs, matrices = confusion_along(proba, found.y.astype(np.intp), np.zeros(len(proba), np.intp), 1, None, 2)
        scores = (question.confusion_score or DecisionScore("f1"))(matrices)
        points = np.column_stack([np.clip(cut_offs, 0, 1), np.clip(np.nan_to_num(scores), 0, 1)])
    return svg_path(thinned(points), _SIZE)


def _cost_line(comparison: Results) -> float | None:
    """The cut-off of probabilities that are right: fp / (fp + fn), if it is the same for all rows (Elkan 2001)."""
    costs = comparison.question.costs
    if costs is None or costs.shape[1] != 2:
        return None
    kinds = np.unique(costs, axis=0)
    if len(kinds) != 2:
        return None
    alarms, misses = kinds[:, 1] - kinds[:, 0], kinds[:, 0] - kinds[:, 1]
    false_alarm, miss = alarms.max(), misses.max()
    return float(false_alarm / (false_alarm + miss)) if false_alarm > 0 and miss > 0 else None


def _confusion(comparison: Results, found: Predictions) -> tuple[list[str], list[list[int]]]:
    labels = [str(label) for label in comparison.classes]
    y, decided = found.y, found.decided
    if len(labels) > _MOST_CLASSES:
        y, decided = ((codes == len(labels) - 1).astype(np.int64) for codes in (y, decided))
        labels = ["all others", labels[-1]]
    return labels, confusion_matrix(y, decided, None, len(labels)).tolist()


def _bars(comparison: Results, lines: list[Line]) -> Iterator[_RowCounts]:
    """One for all that learn from as many rows of each class; a remedy does so with every model."""
    arms: dict[tuple[int, ...], dict[str, None]] = {}
    for line in lines:
        if line.rows:
            counts = tuple(line.rows.get(label, 0) for label in comparison.classes)
            arms.setdefault(counts, {})[line.arm] = None
    for counts, names in arms.items():
        yield _RowCounts(", ".join(names), list(counts))


def _scale(lines: list[Line]) -> Callable[[float], float]:
    """Where a difference is drawn, from -1 to 1: all means and half of the intervals fit in, wider ones are cut off."""
    differences = [line.difference for line in lines if line.difference is not None]
    ends = [max(abs(difference.low), abs(difference.high)) for difference in differences]
    ends = [end for end in ends if not math.isnan(end)]
    means = [1.1 * abs(difference.mean) for difference in differences if not math.isnan(difference.mean)]
    reach = max([1e-9, float(np.median(ends or [0.0])), *means])
    return lambda value: min(max(value / reach, -1.0), 1.0)


def _warnings(comparison: Results) -> list[tuple[str, str, int]]:
    """Each warning of each remedy, and in how many fits it was given."""
    counts: dict[tuple[str, str], int] = {}
    for run in comparison.runs:
        for warning in run.warnings:
            counts[run.arm, warning] = counts.get((run.arm, warning), 0) + 1
    return [(arm, warning, n) for (arm, warning), n in counts.items()]


def _call_to_repeat(arguments: dict[str, Any]) -> str:
    """What to type to do it again."""
    given = ", ".join(["X", "y", *(f"{name}={_as_typed(value)}" for name, value in arguments.items())])
    return f"from fastbal.study import compare\n\ncomparison = compare({given})\ncomparison.to_html('report.html')"


def _as_typed(value: Any) -> str:
    """An argument as it is typed; what would fill a page is named only."""
    text = repr(value)
    return text if len(text) <= 300 else f"...  # {type(value).__name__} as given"


def _three_digits(value: float) -> str:
    return "\N{EN DASH}" if math.isnan(value) else f"{value:.3f}".replace("-", "\N{MINUS SIGN}")


def _in_percent(value: float) -> str:
    """In percent, three digits; nothing for none at all."""
    return f"{100 * value:.3g} %" if value else "\N{EN DASH}"


def _signed(value: float) -> str:
    return "\N{EN DASH}" if math.isnan(value) else f"{value:+.3f}".replace("-", "\N{MINUS SIGN}")


def _seconds(value: float) -> str:
    return "\N{EN DASH}" if math.isnan(value) else f"{value:.0f}" if value >= 10 else f"{value:.2g}"
