"""A table with a target: the one in a file, or the one that stands in when no file is given."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from fastbal._core.target import Target
from fastbal._core.words import listed
from fastbal.cli.errors import MISUSED, CliError, close_to

BUNDLED = "breast cancer data bundled with scikit-learn"

#: What pandas calls the names of rows in a Parquet file.
_ROW_NAMES = re.compile(r"__index_level_\d+__")
# A table of so few rows may be an example; with more, a target without two rows alike is none.
_MOST_ALONE = 20
USUAL_NAMES = ("target", "class", "label", "y")


class TargetColumn(NamedTuple):
    """Which column holds the classes, and why that one."""

    name: str
    reason: str


def bundled_table() -> pl.DataFrame:
    """Scikit-learn's breast cancer data, with the names of its classes in the column 'diagnosis'."""
    from sklearn.datasets import load_breast_cancer

    data = load_breast_cancer()
    features = pl.DataFrame(data.data, schema=[str(name) for name in data.feature_names])
    return features.with_columns(diagnosis=pl.Series(data.target_names[data.target].astype(object), dtype=pl.String))


def title_of(path: Path | None) -> str:
    """What to call the table in a report."""
    return BUNDLED if path is None else str(path)


def choose_target(columns: list[str], wanted: str | None) -> TargetColumn:
    """The column asked for; else one called target, class, label or y; else the last one."""
    if wanted is not None:
        if wanted not in columns:
            raise CliError(
                f"--target: there is no column {wanted!r}.{close_to(wanted, columns)} "
                f"The columns are {listed(columns)}.",
                MISUSED,
            )
        return TargetColumn(wanted, "as given")
    columns = [name for name in columns if not _ROW_NAMES.fullmatch(name)]
    if not columns:
        raise CliError("The table has no columns.")
    usual = [name for name in columns if name.casefold() in USUAL_NAMES]
    if len(usual) == 1:
        return TargetColumn(usual[0], "by its name; --target chooses another")
    return TargetColumn(columns[-1], "the last column; --target chooses another")


def sizes_in(table: pl.LazyFrame, column: str) -> pl.LazyFrame:
    """Each value of a column, and in how many rows it stands, whatever the column is called."""
    return table.group_by(column).agg(pl.len().alias(f"rows of {column}"))


def classes_in(counts: pl.DataFrame, column: str) -> Target:
    """The classes of a target column and their sizes, without the codes.

    Parameters
    ----------
    counts : DataFrame
        First column: the values of the target, each once. Second: how often.
    column : str
        The target's name.

    Raises
    ------
    CliError
        If the column is no target: empty, with missing values, measurements, lists, or a single class.
    """
    counts = counts.sort(column)
    values, sizes = counts.to_series(0), counts.to_series(1)
    n_rows = int(sizes.sum())
    if not n_rows:
        raise CliError("The table has no rows.")
    if values.dtype.is_nested():
        raise CliError(f"Column {column!r} holds {values.dtype}, not one label per row. Choose another with --target.")
    is_missing = values.is_null() | (values.is_nan() if values.dtype.is_float() else pl.Series([False])).fill_null(True)
    if is_missing.any():
        n_missing = int(sizes.filter(is_missing).sum())
        raise CliError(
            f"Column {column!r} is missing in {n_missing:,} of {n_rows:,} rows, which then belong to no class. "
            "Drop these rows, or choose another column with --target."
        )
    is_measured = (values != values.round()) | values.is_infinite() if values.dtype.is_float() else pl.Series([False])
    if is_measured.any():
        example = values.filter(is_measured)[0]
        raise CliError(
            f"Column {column!r} holds measurements such as {example}, not classes. "
            "Choose another column with --target, or cut it into classes first."
        )
    if len(values) == 1:
        raise CliError(
            f"Column {column!r} holds one class only, {values[0]!r}, in all {n_rows:,} rows: there is nothing to "
            "balance it against. Choose another column with --target."
        )
    if len(values) == n_rows > _MOST_ALONE:
        raise CliError(
            f"Column {column!r} has a value of its own in each of the {n_rows:,} rows: it names rows, not classes. "
            "Choose another column with --target."
        )
    labels = np.empty(len(values), object)
    labels[:] = values.to_list()
    return Target(labels, np.empty(0, np.int8), sizes.to_numpy().astype(np.int64))
