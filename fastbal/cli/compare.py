"""Try remedies on the table in a file, print what came of it, and write a report if asked for."""

from __future__ import annotations

import importlib
import math
import shlex
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from operator import methodcaller
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import joblib
import numpy as np
import polars as pl
from sklearn.datasets import make_classification
from sklearn.model_selection import ShuffleSplit

from fastbal import study
from fastbal._core.refusals import in_words
from fastbal.cli import in_pieces, reading, writing
from fastbal.cli.columns import Looked, departures_of, doubts_of, features_of, index_names, look_at, show_columns
from fastbal.cli.doubts import doubts_about
from fastbal.cli.ending import INTERRUPTED, ending_now
from fastbal.cli.errors import MISUSED, OPTIONS, CliError, close_to
from fastbal.cli.patience import Journal, costs_in, folder_of_fits, tidy
from fastbal.cli.report import PlainTable, Screen, classes_table, seconds, status
from fastbal.cli.strategy import label_written
from fastbal.cli.table import TargetColumn, choose_target, classes_in, sizes_in, title_of
from fastbal.study import ARMS, MODELS, NOTHING, OWN, REFERENCE, SCORES, Comparison, Line, TableClassifier
from fastbal.study._advice import number_of
from fastbal.study._workers import quiet_tensorflow

T = TypeVar("T")

BUILT_IN = "built-in case of 10,000 rows, 5 % of them rare (make_classification)"

# Columns of a terminal that the table needs; on narrower ones it has fewer of its own.
_WIDTH = 95

# As in what is published for this table: 7,602 and 398 rows to learn from.
_ONE_SPLIT = ShuffleSplit(n_splits=1, test_size=0.2, random_state=42)


# Time for all but the report, of `--quick` and otherwise; what reading and loading may take of it at most.
_FEW_MINUTES, _MINUTES = 0.35, 4.0
_MOST_BEFORE = 0.6
# Loading its library takes as long as all that `--quick` has time for.
_SLOW_TO_LOAD = "network"
# Above so many cells fits run in several processes.
_MANY_CELLS = 100_000

# A column's name that no file has.
_ROW = "\0row"


class ComparisonRequest(NamedTuple):
    """What was asked for."""

    source: Path | None
    target: str | None
    rare: str | None
    models: str | None
    arms: str | None
    metric: str | None
    folds: int | None
    repeats: int | None
    quick: bool
    seed: int
    html: Path | None
    json: Path | None
    csv: Path | None
    force: bool
    cost: str | None = None
    budget: int | None = None
    min_precision: float | None = None
    groups: str | None = None
    time: str | None = None
    embargo: float = 0
    minutes: float | None = None
    jobs: int | None = None
    resume: bool = False
    keep: Path | None = None
    joblib: Path | None = None
    options: reading.Options = reading.Options()


class Data(NamedTuple):
    """A table as models take it, its target, what it is called, and what its columns are."""

    title: str
    X: pl.DataFrame
    y: pl.Series
    target: TargetColumn
    looked: Looked
    notes: tuple[str, ...]
    doubts: list[str]


def compare(request: ComparisonRequest) -> None:
    """Read, compare, report, write."""
    begun = time.monotonic()
    models = _chosen(request.models, MODELS, "--models")
    is_without_slow = models is None and request.quick
    if is_without_slow:
        models = [name for name in MODELS if name != _SLOW_TO_LOAD]
    arms = _chosen(request.arms, ARMS, "--arms")
    if request.metric is not None and request.metric not in SCORES:
        known = ", ".join(SCORES)
        raise CliError(
            f"--metric must be one of {known}, but is {request.metric!r}.{close_to(request.metric, SCORES)}", MISUSED
        )
    outs = _outs(request)
    with status("reading"):
        data = _read(request)
        classes = classes_in(sizes_in(data.y.to_frame().lazy(), data.y.name).collect(), data.y.name)
        rare = None if request.rare is None else label_written(request.rare, classes.labels, "--rare")
    screen = Screen()
    screen.say(f"{data.title}: {len(data.y):,} rows, {len(data.looked.columns) + 1} columns")
    screen.say(f"target: {data.target.name!r} ({data.target.reason})")
    show_columns(screen, data.looked, [*data.notes])
    for doubt in data.doubts:
        screen.say(f"doubtful: {doubt}", "bold")
    screen.print(classes_table(classes))
    cost = costs_in(request.cost, data.X.columns)
    for option, name in (("--groups", request.groups), ("--time", request.time)):
        if name is not None and name not in data.X.columns:
            raise CliError(f"{option}: there is no column {name!r}.{close_to(name, data.X.columns)}", MISUSED)
    if models is None or _SLOW_TO_LOAD in models:
        _load_keras()
    folder = folder_of_fits(request.source, request.keep, request.resume, request.force)
    comparison, ending = None, ending_now()
    ending.check()
    try:
        with ending.finishing("What has been fitted is kept; --resume goes on from there."):
            comparison = study.compare(
                data.X,
                data.y,
                models=models,
                arms=arms,
                rare=rare,
                metric=request.metric,
                cost=cost,
                budget=request.budget,
                min_precision=request.min_precision,
                cv=request.folds or (_ONE_SPLIT if request.source is None and not request.quick else None),
                n_repeats=request.repeats,
                groups=request.groups,
                time=request.time,
                embargo=request.embargo,
                quick=request.quick,
                random_state=request.seed,
                n_jobs=request.jobs or _jobs_for(data.X),
                minutes=_minutes(request, (time.monotonic() - begun) / 60),
                keep=folder,
                on_fit=Journal(folder / "log.txt"),
                is_over=lambda: bool(ending),
            )
    except ValueError as error:  # a sentence already
        raise CliError(in_words(error, OPTIONS)) from None
    finally:
        tidy(folder, comparison is None or not comparison.is_interrupted, request.keep)
    if not comparison.runs:
        if not comparison.is_interrupted:
            raise CliError("Time was up before the first fit could begin. Give more --minutes.")
        raise CliError("Interrupted before the first fit had ended. Nothing was written.", ending.exit_code)
    if is_without_slow:
        comparison.unavailable[_SLOW_TO_LOAD] = "is too slow to load for --quick, unless --models names it"
    beside = {column.name: column.why for column in data.looked.columns if not column.is_feature}
    by_models = comparison.left_out
    comparison.left_out = beside | by_models
    comparison.settings |= {
        "command": _command(request),
        "data": f"{data.title}, target {data.target.name!r}",
        "read": _lines_to_read(request, data),
        "notes": [*data.notes, *departures_of(data.looked)],
        "doubts": [*doubts_of(data.looked), *data.doubts],
    }
    written = []
    try:
        for out, text in outs:  # first, as the screen may be gone by now
            writing.keep(out, methodcaller("write", text(comparison).encode()), request.force)
            written.append(out)
        if request.joblib is not None and not comparison.is_interrupted:
            model = _fitted_bet(comparison, data)
            writing.keep(request.joblib, lambda file: joblib.dump(model, file), request.force)
            written.append(request.joblib)
    finally:
        _print(screen, comparison, by_models)
        for out in written:
            screen.say(f"written: {out}")
        screen.say(comparison.advice, "bold", wrap=True)
    if comparison.is_interrupted:
        what = "Terminated" if ending and ending.exit_code != INTERRUPTED else "Interrupted"
        where = "above and in the files" if outs else "above"
        raise CliError(
            f"{what}. What had ended by then is {where}; --resume goes on from there.",
            ending.exit_code if ending else INTERRUPTED,
        )


def _minutes(request: ComparisonRequest, gone: float) -> float | None:
    """What is left for fits."""
    asked = request.minutes if request.minutes is not None else _FEW_MINUTES if request.quick else _MINUTES
    return max(asked - gone, asked * (1 - _MOST_BEFORE)) if asked else None


def _jobs_for(X: pl.DataFrame) -> int:
    """Processes take seconds to start, longer than all fits of a small table."""
    return joblib.cpu_count() if X.height * X.width > _MANY_CELLS else 1


def _fitted_bet(comparison: Comparison, data: Data) -> TableClassifier:
    bet = comparison.bet
    if bet is None:
        raise CliError("--joblib: there is no best bet to be fitted, because the untouched models did not run.")
    asked = comparison.settings["arguments"]
    given: dict[str, Any] = {
        name: asked[name] for name in ("metric", "cost", "budget", "min_precision", "rare") if name in asked
    }
    beside = [asked[name] for name in ("groups", "time") if name in asked]
    if bet.model != OWN:
        given["model"] = bet.model
    return TableClassifier(bet.arm, **given).fit(data.X.drop(beside), data.y)


def _lines_to_read(request: ComparisonRequest, data: Data) -> list[str]:
    """How a program gets at the same table."""
    if request.source is None:
        return []
    beside = [name for name in (data.target.name, request.groups, request.time) if name is not None]
    is_plain = request.options == reading.Options()
    return [
        "from pathlib import Path",
        "",
        "import polars as pl",
        *([] if is_plain else ["from fastbal._columns.kinds import Stated"]),
        f"from fastbal.cli.reading import {'' if is_plain else 'Options, '}read",
        "",
        *([] if is_plain else [f"options = {request.options!r}"]),
        f"table = read(Path({str(request.source)!r}), pl.LazyFrame.collect{'' if is_plain else ', options=options'})",
        f"X, y = table.drop({', '.join(map(repr, beside))}), table[{data.target.name!r}]",
    ]


def _chosen(text: str | None, known: Iterable[str], option: str) -> list[str] | None:
    """Names separated by commas, however they are capitalised and joined: smote-enn is SMOTE-ENN."""
    if text is None:
        return None
    plain = {_loosely_spelt(name): name for name in known}
    names = [_loosely_spelt(name) for name in text.split(",") if name.strip()]
    for name in names:
        if name not in plain:
            raise CliError(
                f"{option}: there is no {name!r}.{close_to(name, known)} There are: {', '.join(known)}.", MISUSED
            )
    if not names:
        raise CliError(f"{option} names nothing. There are: {', '.join(known)}.", MISUSED)
    return [plain[name] for name in names]


def _loosely_spelt(name: str) -> str:
    return " ".join(name.replace("-", " ").replace("_", " ").split()).casefold()


def _outs(request: ComparisonRequest) -> list[tuple[Path, Callable[[Comparison], str]]]:
    """Files to write, checked before the work."""
    wanted: dict[str, tuple[Path | None, Callable[[Comparison], str]]] = {
        "--html": (request.html, Comparison.html),
        "--json": (request.json, Comparison.json),
        "--csv": (request.csv, Comparison.csv),
    }
    if request.joblib is not None:
        writing.check_writable(request.joblib, request.source, request.force, "--joblib")
    return outs_for(wanted, request.source, request.force)


def outs_for(
    wanted: dict[str, tuple[Path | None, Callable[[T], str]]], source: Path | None, force: bool
) -> list[tuple[Path, Callable[[T], str]]]:
    """Which of the files that options may name are to be written, and the text of each."""
    outs: list[tuple[Path, Callable[[T], str]]] = []
    for option, (out, text) in wanted.items():
        if out is None:
            continue
        if out.resolve() in [other.resolve() for other, _ in outs]:
            raise CliError(f"{option} names {out}, as another option does. Give each file a name of its own.", MISUSED)
        writing.check_writable(out, source, force, option)
        outs.append((out, text))
        if option == "--html":
            importlib.import_module("jinja2")  # or it would be missed after the work
    return outs


def _read(request: ComparisonRequest) -> Data:
    if request.source is not None:
        options = request.options
        with reading.source_at(request.source, options) as source:
            share = in_pieces.share_that_fits(source)
            title = title_of(source.name)
            if share is None:
                table = reading.read(source, pl.LazyFrame.collect, options=options)
            else:
                table, n_rows = reading.read(
                    source, lambda lines: _sampled(lines, share, request.seed), options=options
                )
                title = f"{title}, of its {n_rows:,} rows {table.height:,} drawn at random, classes as they are"
            index = index_names(source)[0]
        return _data(title, table, request, index, source.notes)
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
    table = pl.DataFrame(X, schema=names).with_columns(target=pl.Series(y))
    return _data(BUILT_IN, table, request, {}, ())


def _data(
    title: str, table: pl.DataFrame, request: ComparisonRequest, index: dict[str, str], notes: tuple[str, ...]
) -> Data:
    target = choose_target(table.columns, request.target)
    y = table[target.name]
    classes_in(sizes_in(y.to_frame().lazy(), target.name).collect(), target.name)
    looked = look_at(table.lazy(), target.name, request.options.stated, index)
    doubts = doubts_about(table, target.name, looked, in_time=request.time is not None)
    X = features_of(table, looked)
    if not X.width:
        why = "; ".join(f"{column.name!r}: {column.why}" for column in looked.columns)
        raise CliError(
            f"No column of {title} can tell the classes apart: {why}."
            if why
            else "The table has no column besides the target."
        )
    return Data(title, X, y, target, looked, notes, doubts)


def _sampled(lines: pl.LazyFrame, share: float, seed: int) -> tuple[pl.DataFrame, int]:
    """Rows drawn at random, in their order; and how many there are."""
    n_rows = int(lines.select(pl.len()).collect(engine="streaming").item())
    rows = np.random.default_rng(seed).choice(n_rows, int(n_rows * share), replace=False)
    drawn = pl.LazyFrame({"row": np.sort(rows)}, schema={"row": pl.get_index_type()})
    numbered = lines.with_row_index(_ROW)
    table = numbered.join(drawn, left_on=_ROW, right_on="row", how="semi").sort(_ROW).drop(_ROW)
    return table.collect(engine="streaming"), n_rows


def _load_keras() -> None:
    """The comparison goes on without it, and says so."""
    with suppress(ImportError), quiet_tensorflow():
        importlib.import_module("fastbal.keras")


def _command(request: ComparisonRequest) -> str:
    """What to type to do it again."""
    words = ["fastbal", "compare", *([str(request.source)] if request.source is not None else [])]
    names = "target rare models arms metric cost budget min_precision groups time folds repeats seed minutes jobs keep"
    for name in (*names.split(), "html", "json", "csv", "joblib"):
        if (value := getattr(request, name)) is not None:
            words += [f"--{name.replace('_', '-')}", str(value)]
    words += ["--embargo", str(request.embargo)] if request.embargo else []
    return shlex.join([*words, *(["--quick"] if request.quick else []), *request.options.words()])


def _print(screen: Screen, comparison: Comparison, left_out: dict[str, str]) -> None:
    notes = PlainTable()
    for name, why in left_out.items():
        notes.add_row("left out", f"{name}: {why}")
    for kind, found in (("not run", comparison.not_run), ("stopped", comparison.cut_short)):
        for names, why in found:
            notes.add_row(kind, f"{names}: {why}")
    if notes.row_count:
        screen.print(notes)
    lines = comparison.lines()
    screen.print(_scores_table(comparison, lines, is_narrow=screen.width < _WIDTH))
    for line in lines:
        if line.error is not None:
            screen.say(f"failed: {line.arm}, {line.model}: {line.error}")


def _scores_table(comparison: Comparison, lines: list[Line], *, is_narrow: bool) -> PlainTable:
    """The scores that fit beside each other; the report has all."""
    metric = comparison.metric
    names = {} if is_narrow else {"precision": "precision", "recall": "recall", "AP": "average_precision"}
    table = PlainTable(
        "remedy", metric, "difference, 95 % interval", *([] if is_narrow else ["cut-off"]), *names, "time"
    )
    for column in table.columns[1:]:
        column.justify = "right"
        column.no_wrap = True
    for model in dict.fromkeys(line.model for line in lines):
        if table.row_count:
            table.add_section()
        table.add_row(("a model of its own" if model == OWN else model, "bold"))
        for line in lines:
            if line.model == model:
                table.add_row(line.arm, *_cells(comparison, line, [*names.values()]))
    return table


def _cells(comparison: Comparison, line: Line, names: list[str]) -> list[str | tuple[str, str]]:
    if line.n_folds == 0 or line.error is not None:
        return ["failed"]
    first = number_of(comparison, line.mean[comparison.metric])
    cut_off = "0.5" if line.arm == NOTHING else "" if math.isnan(line.threshold) else f"{line.threshold:.2g}"
    others = [f"{line.mean[name]:.3f}" for name in names]
    last = [*([cut_off] if names else []), *others, seconds(line.seconds)]
    difference: str | tuple[str, str] = "reference" if line.arm == REFERENCE else ""
    if line.difference is not None:
        mean, low, high = (("+" if part >= 0 else "") + number_of(comparison, part) for part in line.difference)
        is_sure = line.difference.low > 0 or line.difference.high < 0
        difference = f"{mean} ({low} {high})", "bold" if is_sure else ""
    return [first, difference, *last]
