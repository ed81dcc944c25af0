"""The options of each command."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fastbal import __version__
from fastbal._core.words import listed
from fastbal.cli.errors import MISUSED, CliError, close_to, one_sentence
from fastbal.cli.methods import AUTO, METHODS, method_named

if TYPE_CHECKING:
    from fastbal.cli.reading import Options

_METHODS = "; ".join(f"{method.name}: {method.summary}" for method in METHODS.values())
_METHODS = f"{AUTO}: smote, smotenc or smoten, by what the columns are; {_METHODS}"
_EXIT_CODES = "Exit codes: 0 done; 1 the data or the files do not allow it; 2 wrong options; 130 interrupted."

app = typer.Typer(
    name="fastbal",
    help="Balance the classes of a table, find out whether that helps, and what new rows are like.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    epilog=_EXIT_CODES,
)

Source = Annotated[
    Path | None,
    typer.Argument(
        metavar="IN",
        readable=False,  # said in a sentence
        help="CSV, Parquet (or a folder of it), Arrow IPC or JSON lines, by its ending, also packed as .gz, .zip or "
        ".zst; - for standard input. Without it: scikit-learn's breast cancer data.",
        show_default=False,
    ),
]
TargetOption = Annotated[
    str | None,
    typer.Option(
        help="Column with the classes. Default: the one called target, class, label or y, else the last.",
        metavar="COL",
        show_default=False,
    ),
]
Drop = Annotated[str | None, typer.Option(help="Columns not to be read.", metavar="A,B", show_default=False)]
Categorical = Annotated[
    str | None,
    typer.Option(help="Columns that are categories, whatever they look like.", metavar="A,B", show_default=False),
]
Numeric = Annotated[
    str | None,
    typer.Option(help="Columns that are numbers; what is none is missing.", metavar="A,B", show_default=False),
]
Identifier = Annotated[
    str | None,
    typer.Option(help="Columns that name rows, and measure nothing.", metavar="A,B", show_default=False),
]
Decimal = Annotated[
    str | None,
    typer.Option(help="Decimal sign of text: . or , Default: found out.", metavar="SIGN", show_default=False),
]
Na = Annotated[
    str | None,
    typer.Option("--na", help="Cells that stand for nothing, in all columns.", metavar="A,B", show_default=False),
]
Encoding = Annotated[
    str | None,
    typer.Option(help="Of text, such as cp1252. Default: found out.", metavar="NAME", show_default=False),
]
NoHeader = Annotated[bool, typer.Option("--no-header", help="The first line is a row; columns are column_1, column_2.")]


def _options(
    drop: str | None,
    categorical: str | None,
    numeric: str | None,
    identifier: str | None,
    decimal: str | None,
    na: str | None,
    encoding: str | None,
    no_header: bool,
    ids: str | None = None,
) -> Options:
    """How to read a table, checked as far as that goes without it."""
    from fastbal._columns.kinds import Stated
    from fastbal.cli.reading import Options
    from fastbal.cli.rows import IDS

    if decimal not in (None, ".", ","):
        raise CliError(f"--decimal must be . or , but is {decimal!r}.", MISUSED)
    if ids not in (None, *IDS):
        raise CliError(f"--ids must be one of {', '.join(IDS)}, but is {ids!r}.{close_to(ids or '', IDS)}", MISUSED)
    lists = [frozenset(names_in(text)) for text in (numeric, categorical, identifier)]
    numbers, categories, names = lists
    for i, (option, named) in enumerate(zip(("--numeric", "--categorical", "--identifier"), lists, strict=True)):
        if both := sorted(named & frozenset().union(*lists[:i], names_in(drop))):
            raise CliError(f"{option} names {listed(both)}, as another option does. A column is one thing.", MISUSED)
    stated = Stated(numbers, categories, names, decimal, tuple(names_in(na)))
    return Options(tuple(names_in(drop)), stated, ids or "", encoding, not no_header)


def names_in(text: str | None) -> list[str]:
    """Names separated by commas, with quotes where they hold one.

    >>> names_in('age, "size, cm"'), names_in(None)
    (['age', 'size, cm'], [])
    """
    if text is None:
        return []
    return [name.strip() if name != " " else name for name in next(csv.reader([text], skipinitialspace=True))]


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"fastbal {__version__}")
        raise typer.Exit


@app.callback()
def fastbal(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Balance the classes of a table."""


@app.command(epilog=_EXIT_CODES)
def resample(
    source: Source = None,
    target: TargetOption = None,
    method: Annotated[str, typer.Option(help=f"{_METHODS}.", metavar="NAME")] = AUTO,
    strategy: Annotated[
        str,
        typer.Option(
            help="A name (auto, minority, not minority, not majority, majority, all); the ratio of the smaller to the "
            'larger of two classes (0.5); or rows per class (yes=500,no=800 or {"yes": 500}).',
            metavar="STRATEGY",
        ),
    ] = "auto",
    k: Annotated[
        int | None,
        typer.Option("--k", help="Neighbours to choose from, for smote. Default: 5.", min=1, show_default=False),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            help="Same seed, same rows. Default: drawn, and reported.", min=0, max=2**32 - 1, show_default=False
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o", "--out", help="File to write. Default: IN-balanced, beside IN.", metavar="OUT", show_default=False
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace OUT if it exists.")] = False,
    memory: Annotated[
        str | None,
        typer.Option(
            help="Most memory to take, such as 4GB; a table too large for that is balanced in pieces. Default: what is "
            "available.",
            metavar="BYTES",
            show_default=False,
        ),
    ] = None,
    drop: Drop = None,
    categorical: Categorical = None,
    numeric: Numeric = None,
    identifier: Identifier = None,
    decimal: Decimal = None,
    na: Na = None,
    encoding: Encoding = None,
    no_header: NoHeader = False,
    ids: Annotated[
        str | None,
        typer.Option(
            help="What new rows get for identifiers: empty, count (numbered on) or keep (as the row they are made of). "
            "Default: empty, and keep for copies.",
            metavar="HOW",
            show_default=False,
        ),
    ] = None,
    missing: Annotated[
        str | None,
        typer.Option(
            help="keep: missing numbers may stay missing, for smote, smotenc, borderline and adasyn. Default: refused, "
            "and kept by auto.",
            metavar="HOW",
            show_default=False,
        ),
    ] = None,
    mark: Annotated[
        str | None,
        typer.Option(
            help="Add this column, which says of each row whether it is new.", metavar="COL", show_default=False
        ),
    ] = None,
    parents: Annotated[
        bool,
        typer.Option("--parents", help="With --mark: also the two rows of IN that a new one lies between, from 0."),
    ] = False,
) -> None:
    """Write a balanced copy of a table, whole or not at all."""
    with one_sentence():
        from fastbal.cli import resample as work
        from fastbal.cli.asked import BalancingRequest

        if missing not in (None, "keep"):
            raise CliError(f"--missing can be keep, but is {missing!r}.", MISUSED)
        options = _options(drop, categorical, numeric, identifier, decimal, na, encoding, no_header, ids)
        chosen = method_named(method)
        if missing and chosen is not None and not chosen.keeps_gaps:
            keep = ", ".join(name for name, other in METHODS.items() if other.keeps_gaps)
            raise CliError(f"--missing keep is for {keep}, not for --method {method}. Leave it out.", MISUSED)
        work.resample(
            BalancingRequest(
                source, target, chosen, strategy, k, seed, out, force, memory, options, missing, mark, parents
            )
        )


@app.command(epilog=_EXIT_CODES)
def compare(
    source: Annotated[
        Path | None,
        typer.Argument(
            metavar="IN",
            readable=False,
            help="CSV or Parquet file, by its ending. Without it: 10,000 rows, 5 % of them rare, one split 80 : 20.",
            show_default=False,
        ),
    ] = None,
    target: TargetOption = None,
    rare: Annotated[
        str | None, typer.Option(help="Class that matters. Default: the rarest.", metavar="LABEL", show_default=False)
    ] = None,
    models: Annotated[
        str | None,
        typer.Option(
            help="Some of: logistic regression, gradient boosting, network. Default: all.",
            metavar="A,B",
            show_default=False,
        ),
    ] = None,
    arms: Annotated[
        str | None,
        typer.Option(
            help="Remedies to try, such as smote,class-weights. Default: all. An unknown one lists them.",
            metavar="A,B",
            show_default=False,
        ),
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            help="The score that decides, any that the report shows: f1, mcc, average_precision, log_loss, ... "
            "Default: f1.",
            metavar="NAME",
            show_default=False,
        ),
    ] = None,
    cost: Annotated[
        str | None,
        typer.Option(
            help="Money decides: what a false alarm and a miss cost, as fp=1,fn=25, with numbers or columns of "
            "amounts; or a matrix, as 0,1;25,0.",
            metavar="COSTS",
            show_default=False,
        ),
    ] = None,
    budget: Annotated[
        int | None,
        typer.Option(help="Hits decide among so many rows of the highest probability.", min=1, show_default=False),
    ] = None,
    min_precision: Annotated[
        float | None,
        typer.Option(help="Recall decides where precision is at least this.", min=0, max=1, show_default=False),
    ] = None,
    groups: Annotated[
        str | None,
        typer.Option(help="Column whose rows stay together, such as a person.", metavar="COL", show_default=False),
    ] = None,
    time: Annotated[
        str | None,
        typer.Option(
            help="Column of numbers or dates: learned from the past, tested on what follows.",
            metavar="COL",
            show_default=False,
        ),
    ] = None,
    embargo: Annotated[
        float, typer.Option(help="With --time: what is so close before a test is not learned from (days of dates).")
    ] = 0,
    folds: Annotated[
        int | None, typer.Option(help="Folds. Default: 5, or 3 with --quick.", min=2, show_default=False)
    ] = None,
    repeats: Annotated[
        int | None,
        typer.Option(
            help="How often to divide the rows into folds. Default: 2; 1 with --folds or --quick.",
            min=1,
            show_default=False,
        ),
    ] = None,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick",
            help="3 folds, at most 10,000 rows, 20 seconds, networks of 5 epochs and only if --models names them: a "
            "rough answer soon.",
        ),
    ] = False,
    minutes: Annotated[
        float | None,
        typer.Option(
            help="So long after the start of it all no fit is begun any more; what is clearly beaten is stopped early. "
            "0: all is tried on all folds. Default: 4.",
            min=0,
            show_default=False,
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(help="Fits at a time. Default: one for each processor, of small tables one.", show_default=False),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where a run has ended early.")] = False,
    keep: Annotated[
        Path | None,
        typer.Option(
            help="Folder for fits and log. Default: IN-fits, removed when all is done.",
            metavar="FOLDER",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same folds and models.", min=0, max=2**32 - 1)] = 0,
    html: Annotated[
        Path | None,
        typer.Option("--html", help="Write a report: one page, opens anywhere.", metavar="OUT", show_default=False),
    ] = None,
    json: Annotated[
        Path | None, typer.Option("--json", help="Write everything found.", metavar="OUT", show_default=False)
    ] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", help="Write a line for each fit.", metavar="OUT", show_default=False)
    ] = None,
    model_out: Annotated[
        Path | None,
        typer.Option(
            "--joblib",
            help="Write the best bet, fitted on all rows, as joblib.load reads it.",
            metavar="OUT",
            show_default=False,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
    drop: Drop = None,
    categorical: Categorical = None,
    numeric: Numeric = None,
    identifier: Identifier = None,
    decimal: Decimal = None,
    na: Na = None,
    encoding: Encoding = None,
    no_header: NoHeader = False,
) -> None:
    """Try remedies for imbalanced classes on a table, and say which one helps, if any.

    Ctrl-C ends it early: what is done by then is reported, and kept for --resume.
    """
    with one_sentence():
        from fastbal.cli import compare as work

        options = _options(drop, categorical, numeric, identifier, decimal, na, encoding, no_header)
        work.compare(
            work.ComparisonRequest(
                source,
                target,
                rare,
                models,
                arms,
                metric,
                folds,
                repeats,
                quick,
                seed,
                html,
                json,
                csv,
                force,
                cost=cost,
                budget=budget,
                min_precision=min_precision,
                groups=groups,
                time=time,
                embargo=embargo,
                minutes=minutes,
                jobs=jobs,
                resume=resume,
                keep=keep,
                joblib=model_out,
                options=options,
            )
        )


@app.command(epilog=_EXIT_CODES)
def audit(
    real: Annotated[
        Path, typer.Argument(metavar="REAL", readable=False, help="CSV or Parquet file with real rows, by its ending.")
    ],
    made: Annotated[
        Path,
        typer.Argument(
            metavar="NEW",
            readable=False,
            help="File with new rows and the same columns; if it begins with the real ones, the rest is new.",
        ),
    ],
    target: Annotated[
        str | None,
        typer.Option(
            help="Column with the classes. Default: the one called target, class, label or y, else there are none.",
            metavar="COL",
            show_default=False,
        ),
    ] = None,
    holdout: Annotated[
        Path | None,
        typer.Option(
            help="File with real rows that the new ones were not made of.", metavar="FILE", show_default=False
        ),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", help="Write a report: one page, opens anywhere.", metavar="OUT", show_default=False),
    ] = None,
    json: Annotated[
        Path | None, typer.Option("--json", help="Write everything found.", metavar="OUT", show_default=False)
    ] = None,
    seed: Annotated[int, typer.Option(help="Of what is drawn at random of large tables.", min=0, max=2**32 - 1)] = 0,
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
    drop: Drop = None,
    categorical: Categorical = None,
    numeric: Numeric = None,
    identifier: Identifier = None,
    decimal: Decimal = None,
    na: Na = None,
    encoding: Encoding = None,
    no_header: NoHeader = False,
) -> None:
    """Say whether new rows are like the real ones, and whether they give them away."""
    with one_sentence():
        from fastbal.cli import audit as work

        options = _options(drop, categorical, numeric, identifier, decimal, na, encoding, no_header)
        work.audit(work.AuditRequest(real, made, target, holdout, html, json, seed, force, options))


@app.command(epilog=_EXIT_CODES)
def info(
    source: Source = None,
    target: TargetOption = None,
    drop: Drop = None,
    categorical: Categorical = None,
    numeric: Numeric = None,
    identifier: Identifier = None,
    decimal: Decimal = None,
    na: Na = None,
    encoding: Encoding = None,
    no_header: NoHeader = False,
) -> None:
    """Say what is in a table, and what it would weigh when balanced."""
    with one_sentence():
        from fastbal.cli import info as work

        options = _options(drop, categorical, numeric, identifier, decimal, na, encoding, no_header)
        work.info(source, target, options)


@app.command("warm-up", epilog=_EXIT_CODES)
def warm_up(
    dtype: Annotated[
        str,
        typer.Option(
            help="Kinds of numbers in tables: float64 (also for integers), float32.",
            metavar="A,B",
        ),
    ] = "float64,float32",
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Compile nothing: say whether this machine finds all it needs; exit code 1 if not."
        ),
    ] = False,
) -> None:
    """Compile everything now, into the cache, for processes that shall not wait.

    The cache lies where NUMBA_CACHE_DIR says, serves processors of this family only, and may be read-only later.
    """
    with one_sentence():
        from fastbal.cli import warm_up as work

        work.warm_up(names_in(dtype), check)
