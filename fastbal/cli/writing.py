"""A table to a CSV or Parquet file, or anything else to a file, whole or not at all."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import polars as pl

from fastbal._core.words import listed
from fastbal._writing import written_whole
from fastbal.cli.errors import CliError
from fastbal.cli.reading import format_of, separator_in


def check_writable(out: Path, source: Path | None, force: bool, option: str = "-o") -> None:
    """Refuse before the work what would fail after it."""
    try:
        exists = out.exists()
    except OSError as error:
        raise CliError(f"{out} could not be written: {error.strerror}. Choose another place with {option}.") from None
    if out.is_dir():
        raise CliError(f"{out} is a folder, not a file.")
    if exists and not force:
        same = " It is the input itself." if source is not None and source.exists() and out.samefile(source) else ""
        raise CliError(f"{out} exists already.{same} Give another name with {option}, or --force to replace it.")
    if not out.absolute().parent.is_dir():
        raise CliError(f"{out}: there is no folder {out.absolute().parent}. Make it first.")
    if not os.access(out.absolute().parent, os.W_OK):
        raise CliError(f"{out}: no permission to write to the folder {out.absolute().parent}.")


def check_holds(out: Path, schema: pl.Schema) -> None:
    """Refuse columns that the kind of file to be written cannot hold."""
    unfit = [name for name, dtype in schema.items() if dtype.is_nested() or dtype in (pl.Binary, pl.Object)]
    if unfit and format_of(out) == "CSV":
        raise CliError(
            f"{out}: a CSV file cannot hold the lists or bytes of {listed(unfit)}. Name it *.parquet with -o."
        )


def separator_for(out: Path, source: Path | None) -> str:
    """What separates the columns of a file to be written: a tab if it is called so, else the same as in the input."""
    if out.suffix.lower() == ".tsv":
        return "\t"
    is_alike = source is not None and source.suffix.lower() == out.suffix.lower() == ".csv"
    return separator_in(source) if source is not None and is_alike else ","


def write(table: pl.DataFrame, out: Path, separator: str, force: bool) -> None:
    """Write a table, as CSV or Parquet by the ending of the file."""
    is_parquet = format_of(out) == "Parquet"
    keep(out, table.write_parquet if is_parquet else lambda file: table.write_csv(file, separator=separator), force)


def keep(out: Path, write_to: Callable[[BinaryIO], object], force: bool) -> None:
    """Write a file whole or not at all; what fails is said in one sentence."""
    try:
        with written_whole(out, replace=force) as file:
            write_to(file)
    except FileExistsError:
        raise CliError(f"{out} exists already: it was made in the meantime. Give --force to replace it.") from None
    except (OSError, pl.exceptions.PolarsError) as error:
        told = getattr(error, "strerror", None) or str(error).rpartition("IO error: ")[2]
        reason = re.sub(r" \(os error \d+\)$", "", told)
        raise CliError(f"{out} could not be written: {reason}. Nothing was changed.") from None
