"""A comparison as a page that opens anywhere: one file, no network, no script."""

from __future__ import annotations

import importlib.resources
import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from fastbal._core.words import printable
from fastbal.study._advice import advice, short_name
from fastbal.study._arms import OWN, REFERENCE
from fastbal.study._curves import precision_recall, reliability, svg_path
from fastbal.study._differences import N_RESAMPLES
from fastbal.study._results import Line, Predictions, Results
from fastbal.study._scores import SCORES, confusion

# Of the drawings' coordinates.
_SIZE = 100
# Confusion matrices of more classes are those of the rare one and of all others.
_MOST_CLASSES = 6

#: Columns of the table: heading, and a score or a pair of them, before and after prior correction.
_COLUMNS = (
    ("precision", "precision"),
    ("recall", "recall"),
    ("F1", "f1"),
    ("average precision", "average_precision"),
    ("ROC-AUC", "roc_auc"),
    ("balanced accuracy", "balanced_accuracy"),
    ("G-mean", "geometric_mean"),
    ("MCC", "mcc"),
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
    labels: list[str]
    confusion: list[list[int]]


class _Bar(NamedTuple):
    """Rows of each class that some remedies learn from."""

    arms: str
    counts: list[int]


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
    environment = Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined, finalize=_shown
    )
    environment.filters.update(number=_number, signed=_signed, seconds=_seconds, zip=zip)
    template = importlib.resources.files("fastbal.study").joinpath("report.html").read_text("utf-8")
    lines = comparison.lines()
    models = list(dict.fromkeys(line.model for line in lines))
    page: str = environment.from_string(template).render(
        study=comparison,
        advice=advice(comparison),
        metric=SCORES[comparison.metric],
        short_metric=short_name(comparison.metric),
        reference=REFERENCE,
        own=OWN,
        columns=_COLUMNS,
        size=_SIZE,
        tables=[(model, [line for line in lines if line.model == model]) for model in models],
        panels=[(model, list(_panels(comparison, model, lines))) for model in models],
        bars=list(_bars(comparison, lines)),
        drawing_all_alike=[line.arm for line in lines if line.error is None and not line.rows],
        scale=_scale(lines),
        n_resamples=N_RESAMPLES,
        failures=[(line.arm, line.model, line.error) for line in lines if line.error is not None],
        warnings=_warnings(comparison),
        call=_call(comparison.settings["arguments"]),
        n_rows_in_table=sum(comparison.classes.values()),
    )
    return page


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
            average_precision=_number(line.mean["average_precision"]),
            precision_recall=svg_path(precision_recall(is_rare, found.proba), _SIZE),
            reference=None
            if reference is None or (line.model, line.arm) == of_reference
            else svg_path(precision_recall(reference.y == n_classes - 1, reference.proba), _SIZE),
            decided=(hits / is_rare.sum(), hits / is_alarm.sum()) if is_alarm.any() else None,
            given=svg_path(reliability(is_rare, found.proba), _SIZE),
            corrected=None
            if found.corrected is None or np.allclose(found.corrected, found.proba, atol=1e-3)
            else svg_path(reliability(is_rare, found.corrected), _SIZE),
            labels=labels,
            confusion=matrix,
        )


def _confusion(comparison: Results, found: Predictions) -> tuple[list[str], list[list[int]]]:
    labels = [str(label) for label in comparison.classes]
    y, decided = found.y, found.decided
    if len(labels) > _MOST_CLASSES:
        y, decided = ((codes == len(labels) - 1).astype(np.int64) for codes in (y, decided))
        labels = ["all others", labels[-1]]
    return labels, confusion(y, decided, len(labels)).tolist()


def _bars(comparison: Results, lines: list[Line]) -> Iterator[_Bar]:
    """One for all that learn from as many rows of each class; a remedy does so with every model."""
    arms: dict[tuple[int, ...], dict[str, None]] = {}
    for line in lines:
        if line.rows:
            counts = tuple(line.rows.get(label, 0) for label in comparison.classes)
            arms.setdefault(counts, {})[line.arm] = None
    for counts, names in arms.items():
        yield _Bar(", ".join(names), list(counts))


def _scale(lines: list[Line]) -> Callable[[float], float]:
    """Where a difference is drawn, from -1 to 1: all means and half of the intervals fit in, wider ones are cut off."""
    differences = [line.difference for line in lines if line.difference is not None]
    ends = [max(abs(difference.low), abs(difference.high)) for difference in differences]
    reach = max([1e-3, float(np.median(ends or [0.0])), *(1.1 * abs(difference.mean) for difference in differences)])
    return lambda value: min(max(value / reach, -1.0), 1.0)


def _warnings(comparison: Results) -> list[tuple[str, str, int]]:
    """Each warning of each remedy, and in how many fits it was given."""
    counts: dict[tuple[str, str], int] = {}
    for run in comparison.runs:
        for warning in run.warnings:
            counts[run.arm, warning] = counts.get((run.arm, warning), 0) + 1
    return [(arm, warning, n) for (arm, warning), n in counts.items()]


def _call(arguments: dict[str, Any]) -> str:
    """What to type to do it again."""
    given = ", ".join(["X", "y", *(f"{name}={value!r}" for name, value in arguments.items())])
    return f"from fastbal.study import compare\n\ncomparison = compare({given})\ncomparison.to_html('report.html')"


def _shown(value: Any) -> Any:
    """Text of the table without characters that turn the order of letters; HTML itself is left alone."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return "\n".join(printable(line) for line in value.split("\n"))
    return value


def _number(value: float) -> str:
    return "\N{EN DASH}" if math.isnan(value) else f"{value:.3f}".replace("-", "\N{MINUS SIGN}")


def _signed(value: float) -> str:
    return "\N{EN DASH}" if math.isnan(value) else f"{value:+.3f}".replace("-", "\N{MINUS SIGN}")


def _seconds(value: float) -> str:
    return "\N{EN DASH}" if math.isnan(value) else f"{value:.0f}" if value >= 10 else f"{value:.2g}"
