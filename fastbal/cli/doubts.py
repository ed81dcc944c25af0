"""What makes a comparison too good to be true: columns that tell the answer, rows that are there twice, dates."""

from __future__ import annotations

import shlex

import numpy as np
import polars as pl

from fastbal._columns.kinds import CATEGORY, DATE, YES_NO
from fastbal._columns.telling import area_of_categories, area_of_numbers
from fastbal.cli.columns import Looked, as_features

# Of each class so many rows are looked at, and none is judged by fewer.
_MOST_ROWS, _FEWEST_ROWS = 5_000, 10
_MOST_CLASSES = 20
#: The area under the ROC curve from which on a column alone tells the answer.
TELLS = 0.98
# A number with so few values may be a code.
_FEW_VALUES = 50
# Rows that occur twice are natural in small numbers.
_TWINS = 0.01


def doubts_about(table: pl.DataFrame, target: str, looked: Looked, *, in_time: bool = False) -> list[str]:
    """Sentences about what somebody should look at before a score is believed.

    Parameters
    ----------
    table : DataFrame
        The table, or a part of it, with its target.
    target : str
        The column with the classes.
    looked : Looked
        What the columns are.
    in_time : bool, default=False
        Whether models are tested on what is later than what they have learned from.

    Returns
    -------
    list of str
    """
    found = []
    for name, area in tell_tales(table, target, looked).items():
        found.append(
            f"{name!r} alone tells the answer (AUC {area:.3f}): is it known before the answer is? --drop leaves it out"
        )
    features = [column.name for column in looked.columns if column.is_feature]
    if features and table.height >= 2 * _FEWEST_ROWS:
        n_twins = int(table.select(*features, target).is_duplicated().sum())
        if n_twins >= _TWINS * table.height:
            found.append(
                f"{n_twins:,} of {table.height:,} rows ({n_twins / table.height:.0%}) occur more than once: random "
                "folds learn from a row and test on its copy. Drop the copies, or keep them in one fold"
            )
    for column in looked.columns:
        dtype = table.schema[column.name]
        if column.kind == DATE and not in_time and dtype not in (pl.Time, pl.Duration):
            found.append(
                f"{column.name!r} holds dates: random folds learn from rows that are later than those they test on, "
                f"which nobody can do in earnest. --time {shlex.quote(column.name)} tests on what comes later"
            )
    return found


def tell_tales(table: pl.DataFrame, target: str, looked: Looked) -> dict[str, float]:
    """Columns that alone tell a class from the others, and how well."""
    if not table.height:
        return {}
    codes = table[target].cast(pl.String).rank("dense").fill_null(0).to_numpy().astype(np.int64)
    rng = np.random.default_rng(0)
    classes = [np.flatnonzero(codes == code) for code in np.unique(codes)[:_MOST_CLASSES]]
    rows = np.sort(np.concatenate([rng.permutation(rows)[:_MOST_ROWS] for rows in classes]))
    sample, codes = table[rows], codes[rows]
    judged = [code for code in np.unique(codes) if _FEWEST_ROWS <= (codes == code).sum() <= len(codes) - _FEWEST_ROWS]
    found = {}
    for column in looked.columns:
        if not column.is_feature or not judged:
            continue
        cells = sample.select(as_features(column, sample.schema[column.name])).to_series()
        areas = [0.5]
        n_distinct = cells.n_unique()
        if column.kind not in (CATEGORY, YES_NO):
            numbers = cells.cast(pl.Float64).fill_null(float("nan")).to_numpy()
            areas += [area_of_numbers(numbers, codes == code) for code in judged]
        if column.kind in (CATEGORY, YES_NO) or n_distinct <= _FEW_VALUES:
            values = cells.cast(pl.String).fill_null("\0").rank("dense").to_numpy().astype(np.int64)
            areas += [area_of_categories(values, codes == code) for code in judged]
        if max(areas) >= TELLS:
            found[column.name] = max(areas)
    return found
