"""What `fastbal resample` is asked for, and the sampler for it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from fastbal._core.plan import make_plan
from fastbal._core.refusals import in_words
from fastbal._core.target import Target
from fastbal.cli import checks
from fastbal.cli.errors import OPTIONS, CliError
from fastbal.cli.methods import Method
from fastbal.cli.reading import Options
from fastbal.cli.strategy import parse_strategy


class BalancingRequest(NamedTuple):
    """What was asked for, options checked."""

    source: Path | None
    target: str | None
    method: Method | None  # None for the one that suits the table
    strategy: str
    k: int | None
    seed: int | None
    out: Path | None
    force: bool
    memory: str | None = None
    options: Options = Options()
    missing: str | None = None
    mark: str | None = None
    parents: bool = False


class Asked(NamedTuple):
    """The sampler that the options ask for, and its settings as a report names them."""

    sampler: Any
    settings: str


def ask(
    request: BalancingRequest, method: Method, before: Target, *, categories: list[str], keeps_gaps: bool = False
) -> Asked:
    """The sampler that the options ask for, refused here if the classes do not allow it.

    Parameters
    ----------
    request : BalancingRequest
        The options.
    method : Method
        That of the options, or the one that suits the table.
    before : Target
        The classes.
    categories : list of str
        Columns of categories.
    keeps_gaps : bool, default=False
        Whether missing numbers may stay missing.
    """
    k = request.k or method.default_k
    seed = secrets.randbelow(2**32) if request.seed is None else request.seed
    parameters: dict[str, Any] = {"sampling_strategy": parse_strategy(request.strategy, before.labels)}
    settings = [method.name]
    if method.k is not None:
        parameters[method.k] = k
        settings.append(f"k={k}")
    if method.is_random:
        parameters["random_state"] = seed
        settings.append(f"seed={seed}")
    if method.name == "smotenc":
        parameters["categorical_features"] = categories
    if keeps_gaps:
        parameters["missing"] = "keep"
        settings.append("missing=keep")
    with in_the_words_of_the_command():
        plan = make_plan(parameters["sampling_strategy"], before, method.sampling_type)
        checks.check_class_sizes(method, k, before, plan)
        return Asked(method.make(**parameters), ", ".join(settings))


@contextmanager
def in_the_words_of_the_command() -> Iterator[None]:
    """A sampler's error is a sentence already; the option's name stands in for the parameter's."""
    try:
        yield
    except (ValueError, pl.exceptions.PolarsError) as error:
        raise CliError(in_words(error, OPTIONS)) from None
