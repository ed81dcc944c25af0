"""Try remedies on the table in a file, print what came of it, and write a report if asked for."""

from __future__ import annotations

import importlib
import logging
import os
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from operator import methodcaller
from pathlib import Path
from typing import NamedTuple

import polars as pl
from sklearn.datasets import make_classification
from sklearn.model_selection import ShuffleSplit

from fastbal import study
from fastbal.cli import reading, writing
from fastbal.cli.errors import INTERRUPTED, MISUSED, CliError, close_to
from fastbal.cli.report import PlainTable, Screen, classes_table, seconds, status
from fastbal.cli.strategy import label_written
from fastbal.cli.table import TargetColumn, choose_target, classes_in
from fastbal.study import ARMS, MODELS, OWN, REFERENCE, TUNABLE, Comparison, Line

BUILT_IN = "built-in case of 10,000 rows, 5 % of them rare (make_classification)"

# Columns of a terminal that the table needs; on narrower ones it has fewer of its own.
_WIDTH = 95

# As in what is published for this table: 7,602 and 398 rows to learn from.
_ONE_SPLIT = ShuffleSplit(n_splits=1, test_size=0.2, random_state=42)


class Request(NamedTuple):
    """What was asked for."""

    source: Path | None
    target: str | None
    rare: str | None
    models: str | None
    arms: str | None
    metric: str
    folds: int | None
    repeats: int | None
    quick: bool
    seed: int
    html: Path | None
    json: Path | None
    csv: Path | None
    force: bool


class Data(NamedTuple):
    """A table, its target, and what it is called."""

    title: str
    X: pl.DataFrame
    y: pl.Series
    target: TargetColumn


def compare(request: Request) -> None:
    """Read, compare, report, write."""
    models = _chosen(request.models, MODELS, "--models")
    arms = _chosen(request.arms, ARMS, "--arms")
    if request.metric not in TUNABLE:
        known = ", ".join(TUNABLE)
        raise CliError(
            f"--metric must be one of {known}, but is {request.metric!r}.{close_to(request.metric, TUNABLE)}", MISUSED
        )
    outs = _outs(request)
    with status("reading"):
        data = _read(request)
        classes = classes_in(data.y.to_frame().group_by(data.y.name).len(), data.y.name)
        rare = None if request.rare is None else label_written(request.rare, classes.labels, "--rare")
    screen = Screen()
    screen.say(f"{data.title}: {len(data.y):,} rows, {data.X.width + 1} columns")
    screen.say(f"target: {data.target.name!r} ({data.target.reason})")
    screen.print(classes_table(classes))
    if models is None or "network" in models:
        _load_keras()
    try:
        comparison = study.compare(
            data.X,
            data.y,
            models=models,
            arms=arms,
            rare=rare,
            metric=request.metric,
            cv=request.folds or (_ONE_SPLIT if request.source is None and not request.quick else None),
            n_repeats=request.repeats,
            quick=request.quick,
            random_state=request.seed,
        )
    except ValueError as error:  # a sentence already; the options' names stand in for those of the parameters
        message = str(error).replace("Lower cv", "Lower --folds").replace("n_repeats", "--repeats")
        raise CliError(message) from None
    comparison.settings |= {"command": _command(request), "data": f"{data.title}, target {data.target.name!r}"}
    written = []
    try:
        for out, text in outs:  # first, as the screen may be gone by now
            writing.keep(out, methodcaller("write", text(comparison).encode()), request.force)
            written.append(out)
    finally:
        _print(screen, comparison)
        for out in written:
            screen.say(f"written: {out}")
        screen.say(comparison.advice, "bold", wrap=True)
    if comparison.is_interrupted:
        raise CliError(
            f"Interrupted. What had ended by then is above{' and in the files' if outs else ''}.", INTERRUPTED
        )


def _chosen(text: str | None, known: Iterable[str], option: str) -> list[str] | None:
    """Names separated by commas, however they are capitalised and joined: smote-enn is SMOTE-ENN."""
    if text is None:
        return None
    plain = {_plain(name): name for name in known}
    names = [_plain(name) for name in text.split(",") if name.strip()]
    for name in names:
        if name not in plain:
            raise CliError(
                f"{option}: there is no {name!r}.{close_to(name, known)} There are: {', '.join(known)}.", MISUSED
            )
    if not names:
        raise CliError(f"{option} names nothing. There are: {', '.join(known)}.", MISUSED)
    return [plain[name] for name in names]


def _plain(name: str) -> str:
    return " ".join(name.replace("-", " ").replace("_", " ").split()).casefold()


def _outs(request: Request) -> list[tuple[Path, Callable[[Comparison], str]]]:
    """Files to write, checked before the work."""
    wanted = {
        "--html": (request.html, Comparison.html),
        "--json": (request.json, Comparison.json),
        "--csv": (request.csv, Comparison.csv),
    }
    outs: list[tuple[Path, Callable[[Comparison], str]]] = []
    for option, (out, text) in wanted.items():
        if out is None:
            continue
        if out.resolve() in [other.resolve() for other, _ in outs]:
            raise CliError(f"{option} names {out}, as another option does. Give each file a name of its own.", MISUSED)
        writing.check_writable(out, request.source, request.force, option)
        outs.append((out, text))
    if request.html is not None:
        importlib.import_module("jinja2")  # or it would be missed after the work
    return outs


def _read(request: Request) -> Data:
    if request.source is not None:
        table = reading.read(request.source, pl.LazyFrame.collect)
        target = choose_target(table.columns, request.target)
        return Data(str(request.source), table.drop(target.name), table[target.name], target)
    X, y = make_classification(
        n_samples=10_000,
        n_features=20,
        n_informative=10,
        n_redundant=7,
        weights=[0.95],
        flip_y=0,
        random_state=42,
    )
    names = [f"x{j}" for j in range(X.shape[1])]
    target = choose_target([*names, "target"], request.target)
    table = pl.DataFrame(X, schema=names).with_columns(target=pl.Series(y))
    return Data(BUILT_IN, table.drop(target.name), table[target.name], target)


def _load_keras() -> None:
    """Quietly: TensorFlow speaks of processors and tracing, which is of no use here."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    with suppress(ImportError), _nothing_on_stderr():  # the comparison goes on without it, and says so
        importlib.import_module("fastbal.keras")


@contextmanager
def _nothing_on_stderr() -> Iterator[None]:
    """Also nothing that C++ writes there: TensorFlow has no setting for what it says while it is loaded."""
    sys.stderr.flush()
    stderr = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
            yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)


def _command(request: Request) -> str:
    """What to type to do it again."""
    words = ["fastbal", "compare", *([str(request.source)] if request.source is not None else [])]
    for name in ("target", "rare", "models", "arms", "metric", "folds", "repeats", "seed", "html", "json", "csv"):
        if (value := getattr(request, name)) is not None:
            words += [f"--{name}", str(value)]
    return shlex.join([*words, *(["--quick"] if request.quick else [])])


def _print(screen: Screen, comparison: Comparison) -> None:
    notes = PlainTable()
    for name, why in comparison.left_out.items():
        notes.add_row("left out", f"{name}: {why}")
    for name, why in comparison.unavailable.items():
        notes.add_row("not run", f"{name}: {why}")
    if notes.row_count:
        screen.print(notes)
    lines = comparison.lines()
    screen.print(_scores_table(lines, comparison.metric, is_narrow=screen.width < _WIDTH))
    for line in lines:
        if line.error is not None:
            screen.say(f"failed: {line.arm}, {line.model}: {line.error}")


def _scores_table(lines: list[Line], metric: str, *, is_narrow: bool) -> PlainTable:
    """The scores that fit beside each other; the report has all."""
    names = {} if is_narrow else {"precision": "precision", "recall": "recall", "AP": "average_precision"}
    table = PlainTable("remedy", metric, "difference, 95 % interval", *names, "time")
    for column in table.columns[1:]:
        column.justify = "right"
        column.no_wrap = True
    for model in dict.fromkeys(line.model for line in lines):
        if table.row_count:
            table.add_section()
        table.add_row(("a model of its own" if model == OWN else model, "bold"))
        for line in lines:
            if line.model == model:
                table.add_row(line.arm, *_cells(line, [metric, *names.values()]))
    return table


def _cells(line: Line, names: list[str]) -> list[str | tuple[str, str]]:
    if line.error is not None:
        return ["failed"]
    first, *others = (f"{line.mean[name]:.3f}" for name in names)
    difference = "reference" if line.arm == REFERENCE else ""
    if line.difference is not None:
        mean, low, high = line.difference
        difference = f"{mean:+.3f} ({low:+.3f} {high:+.3f})"
        if low > 0 or high < 0:
            return [first, (difference, "bold"), *others, seconds(line.seconds)]
    return [first, difference, *others, seconds(line.seconds)]
