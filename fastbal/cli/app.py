"""The options of each command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fastbal import __version__
from fastbal.cli.errors import one_sentence
from fastbal.cli.methods import METHODS, method_named

_METHODS = "; ".join(f"{method.name}: {method.summary}" for method in METHODS.values())
_EXIT_CODES = "Exit codes: 0 done; 1 the data or the files do not allow it; 2 wrong options; 130 interrupted."

app = typer.Typer(
    name="fastbal",
    help="Balance the classes of a table, and find out whether that helps.",
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
        help="CSV or Parquet file, by its ending. Without it: scikit-learn's breast cancer data.",
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


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"fastbal {__version__}")
        raise typer.Exit


@app.callback()
def fastbal(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Balance the classes of a table."""


@app.command(epilog=_EXIT_CODES)
def resample(
    source: Source = None,
    target: TargetOption = None,
    method: Annotated[str, typer.Option(help=f"{_METHODS}.", metavar="NAME")] = "smote",
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
) -> None:
    """Write a balanced copy of a table, whole or not at all."""
    with one_sentence():
        from fastbal.cli import resample as work

        work.resample(work.Request(source, target, method_named(method), strategy, k, seed, out, force))


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
        str, typer.Option(help="What decides: f1, balanced_accuracy, geometric_mean or mcc.", metavar="NAME")
    ] = "f1",
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
        bool, typer.Option("--quick", help="3 folds, at most 10,000 rows, networks of 5 epochs: a rough answer soon.")
    ] = False,
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
    force: Annotated[bool, typer.Option("--force", help="Replace files that exist.")] = False,
) -> None:
    """Try remedies for imbalanced classes on a table, and say which one helps, if any.

    Ctrl-C ends it early: what is done by then is reported.
    """
    with one_sentence():
        from fastbal.cli import compare as work

        work.compare(
            work.Request(
                source, target, rare, models, arms, metric, folds, repeats, quick, seed, html, json, csv, force
            )
        )


@app.command(epilog=_EXIT_CODES)
def info(source: Source = None, target: TargetOption = None) -> None:
    """Say what is in a table, and what it would weigh when balanced."""
    with one_sentence():
        from fastbal.cli import info as work

        work.info(source, target)
