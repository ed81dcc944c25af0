"""Whatever the caller hands in becomes a table, labels or a column."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from scipy import sparse

from fastbal._containers.arrays import ArrayTable, SparseTable, column_entries, labels_as_array
from fastbal._containers.from_narwhals import NarwhalsColumn, NarwhalsTable, narwhals_frame, narwhals_series
from fastbal._containers.from_pandas import PandasColumn, PandasTable
from fastbal._containers.labels import Labels
from fastbal._containers.table import Column, Table


def read_table(X: Any) -> Table:
    """The caller's table, whatever holds it."""
    if isinstance(X, np.ndarray):
        return ArrayTable(X)
    if sparse.issparse(X):
        return SparseTable(X)
    if isinstance(X, (list, tuple)):
        return ArrayTable(X)
    return read_frame(X) or ArrayTable(X)


def read_labels(y: Any) -> Labels:
    """The caller's target, whatever holds it."""
    if sparse.issparse(y):
        return Labels(Column(y))
    return Labels(_frame_column(y) or Column(labels_as_array(y), is_list=isinstance(y, list)))


def read_column(array: Any, name: str) -> Column:
    """An array that stands beside a table, whatever holds it; `name` is for messages."""
    if sparse.issparse(array):
        return Column(array)
    return _frame_column(array) or Column(column_entries(array, name), is_list=isinstance(array, list))


def _frame_column(array: Any) -> Column | None:
    if isinstance(array, (np.ndarray, list, tuple)):
        return None
    return read_frame_column(array)


def is_dask(X: Any) -> bool:
    """Whether it is a collection of Dask's, whose rows are elsewhere, or not there yet."""
    dask = sys.modules.get("dask.base")
    return dask is not None and bool(dask.is_dask_collection(X))


def read_frame(X: Any) -> Table | None:
    """A dataframe as a table; None if it is something else."""
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(X, pandas.DataFrame):
        return PandasTable(X)
    if is_dask(X) and hasattr(X, "divisions"):
        raise TypeError(
            "A dataframe of Dask's is a plan for a table and has no rows yet: fit_resample of a sampler takes it, this "
            "does not. Make it a table first, with X.compute()."
        )
    frame = narwhals_frame(X)
    return None if frame is None else NarwhalsTable(frame)


def read_frame_column(array: Any) -> Column | None:
    """A series, a dataframe or a pyarrow array as what stands beside a table; None if it is something else."""
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(array, (pandas.Series, pandas.DataFrame)):
        return PandasColumn(array)
    pyarrow = sys.modules.get("pyarrow")
    if pyarrow is not None and isinstance(array, pyarrow.Array):
        chunked = pyarrow.chunked_array([array])
        return NarwhalsColumn(chunked, lambda out: out.combine_chunks())
    if narwhals_series(array) is not None or narwhals_frame(array) is not None:
        return NarwhalsColumn(array, lambda out: out)
    return None
