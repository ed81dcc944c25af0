"""Tables of Spark's: classes are counted, the rare rows collected in order, new rows made by the executors.

`fastbal.spark` needs the extra ``fastbal[spark]``, and fastbal on the executors.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from fastbal._containers.read import read_table
from fastbal._core.pieces import PIECE_ROWS
from fastbal._core.plan import Plan, growing
from fastbal._core.recipe import recipe_of_rows
from fastbal._core.target import Target, encode, refuse_missing
from fastbal._sklearn import check_parameters
from fastbal.outofcore._compact import Compact, without_kept
from fastbal.outofcore._sources import require_column
from fastbal.outofcore._supported import CLASSES, LABELS, held_codes, is_under, needs_of, number_columns

__all__ = ["resample"]


def resample(table: Any, target: str, sampler: Any, *, order_by: str | list[str], new_only: bool = False) -> Any:
    """Balance a Spark dataframe: its rows, then new ones, which are those that `fit_resample` makes in memory.

    One job counts the classes and looks for numbers that are missing or infinite; another collects the rows of the
    classes that grow, on the driver, which searches and draws. New rows are made by the executors when the answer is
    computed.

    Parameters
    ----------
    table : pyspark.sql.DataFrame
        The table, with the labels in one of its columns.
    target : str
        The column with the labels.
    sampler : BaseSampler
        RandomOverSampler, SMOTE, SMOTENC, ROSE, MGS, LoRAS, SimplicialSMOTE, PolynomFitSMOTE, or GeometricSMOTE with
        ``selection_strategy="minority"``. It gets `sampling_strategy_` and the columns, but no `recipe_`: Spark numbers
        no rows.
    order_by : str or list of str
        The columns that say in which order the rows stand, for Spark keeps none; they are left out of the answer. Of
        files that Spark has read: ``table.select("*", "_metadata.file_path", "_metadata.row_index")``.
    new_only : bool, default=False
        Whether the answer has the new rows alone.

    Returns
    -------
    pyspark.sql.DataFrame
        With the columns of `table`, but those of `order_by`.

    Raises
    ------
    ValueError
        If there is no such column; if the sampler needs more of the table than the classes that grow; or as
        `fit_resample` raises it, missing and infinite numbers anywhere included.
    TypeError
        If `sampler` is no sampler of fastbal's.

    Examples
    --------
    See ``docs/guide/distributed.md``: an example needs a Spark session.
    """
    needs = needs_of(sampler)
    check_parameters(sampler)
    order = [order_by] if isinstance(order_by, str) else list(order_by)
    for name in (target, *order):
        require_column(name, table.columns)
    if is_under(sampler) or needs not in (LABELS, CLASSES) or getattr(sampler, "missing", "error") == "keep":
        raise ValueError(
            f"{sampler!r} chooses among all rows, judges by them, or keeps gaps, for which Spark would have to number "
            "rows. Use SMOTE or RandomOverSampler here; or write the table, and use fastbal.resample on the files."
        )
    rows = table.drop(*order)
    columns = [name for name in rows.columns if name != target]
    some = rows.limit(1).toArrow().drop_columns([target])
    head = read_table(some)
    sampler._read_containers(some, [0] * len(some))  # what it remembers of the columns
    looked_at = [columns[j] for j in number_columns(sampler, head)]
    classes = _count_classes(rows, target, looked_at, sampler, head)
    plan = sampler._planned(classes)
    wanted = growing(plan)
    if not wanted:
        return rows.limit(0) if new_only else rows
    labels = [classes.labels[code] for code in held_codes(sampler, classes, plan)]
    held = table.where(table[target].isin(labels)).orderBy(*order).drop(*order).toArrow()
    new = _made(table.sparkSession, held, target, sampler, classes, plan, rows.schema)
    return new if new_only else rows.unionByName(new)


def _count_classes(rows: Any, target: str, looked_at: list[str], sampler: Any, head: Any) -> Target:
    """The classes and their sizes, by the job that looks at all numbers."""
    from pyspark.sql import functions as F

    types = dict(rows.dtypes)
    floats = [name for name in looked_at if types[name] in ("float", "double")]
    gap = [F.count_if(F.col(f"`{name}`").isNull()).alias(f"gap {i}") for i, name in enumerate(looked_at)]
    nan = [F.count_if(F.isnan(f"`{name}`")).alias(f"nan {i}") for i, name in enumerate(floats)]
    inf = [F.count_if(F.abs(f"`{name}`") == float("inf")).alias(f"inf {i}") for i, name in enumerate(floats)]
    found = rows.groupBy(target).agg(F.count("*").alias("n rows"), *gap, *nan, *inf).collect()
    n_rows = sum(row["n rows"] for row in found)
    known = [row for row in found if row[target] is not None and row[target] == row[target]]
    refuse_missing(n_rows - sum(row["n rows"] for row in known), n_rows)
    if not known:
        raise ValueError("Found array with 0 sample(s): the table has no rows.")
    place = {name: i for i, name in enumerate(floats)}
    n_nan = [sum(row[f"gap {i}"] for row in found) for i in range(len(looked_at))]
    n_nan = [
        n + sum(row[f"nan {place[name]}"] for row in found if name in place)
        for n, name in zip(n_nan, looked_at, strict=True)
    ]
    n_inf = [sum(row[f"inf {place[name]}"] for row in found if name in place) for name in looked_at]
    if any(n_nan) or any(n_inf):
        columns = [name for name in rows.columns if name != target]
        head.part([columns.index(name) for name in looked_at]).refuse_counts(n_nan, n_inf, sampler._reader)
    classes = encode(np.array([row[target] for row in known]))
    counts = np.zeros(len(classes.classes), np.int64)
    counts[classes.codes] = [row["n rows"] for row in known]
    return classes._replace(codes=classes.codes[:0], counts=counts)


def _made(session: Any, held: pa.Table, target: str, sampler: Any, classes: Target, plan: Plan, schema: Any) -> Any:
    """A dataframe of the new rows: a row of it is at first a piece of the recipe, which travels to whoever makes it."""
    X, y = held.drop_columns([target]), held[target]
    code_of = {label: code for code, label in enumerate(classes.labels)}
    codes = np.array([code_of[label] for label in y.to_pylist()], classes.codes.dtype)
    values = sampler._read_values(read_table(X))
    recipe, new = sampler._drawn(values, classes._replace(codes=codes), plan)
    recipe = without_kept(recipe)
    pieces = []
    for start in range(0, recipe.n_new, PIECE_ROWS):
        part = recipe_of_rows(recipe, new, np.arange(start, min(recipe.n_new, start + PIECE_ROWS)))
        pieces.append((bytearray(pickle.dumps(part)),))
    labels = pa.array(classes.labels, held.schema.field(target).type)
    parents = session.sparkContext.broadcast((X, None if recipe.making is None else values, labels))
    names, types = schema.names, held.schema

    def make(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        X, values, labels = parents.value
        for batch in batches:
            for piece in batch.column(0):
                part, more = pickle.loads(piece.as_py())
                made, _ = Compact(X, part, more, values).new_rows(0, part.n_new)
                made = made.append_column(target, labels.take(pa.array(part.label)))
                yield from made.select(names).cast(types).to_batches()

    asked = session.createDataFrame(pieces, "piece binary").repartition(len(pieces))
    return asked.mapInArrow(make, schema)
