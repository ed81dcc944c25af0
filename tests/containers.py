"""One table in every container that samplers take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from scipy import sparse

NAMES = [f"c{j}" for j in range(100)]


class Container(NamedTuple):
    """How to put arrays in a container and get them out."""

    make_X: Callable[[Any], Any]
    make_y: Callable[[Any], Any]
    X_of: Callable[[Any], Any] = np.asarray
    y_of: Callable[[Any], Any] = np.asarray


def _dense(X: Any) -> Any:
    return X.toarray()


def _frame(dtype: Any) -> Callable[[Any], Any]:
    return lambda X: pd.DataFrame(X, columns=NAMES[: X.shape[1]], index=range(100, 100 + len(X))).astype(dtype)


def _series(y: Any) -> Any:
    return pd.Series(y, name="target", index=range(100, 100 + len(y)))


CONTAINERS = {
    "array": Container(np.ascontiguousarray, np.asarray),
    "array by columns": Container(np.asfortranarray, np.asarray),
    "list": Container(lambda X: X.tolist(), lambda y: y.tolist()),
    "pandas": Container(_frame("float64"), _series),
    "pandas, y in a frame": Container(
        _frame("float64"), lambda y: _series(y).to_frame(), y_of=lambda y: y["target"].to_numpy()
    ),
    "pandas nullable": Container(_frame("Float64"), lambda y: _series(y).astype("Int64")),
    "pandas Arrow": Container(_frame("float64[pyarrow]"), lambda y: _series(y).astype("int64[pyarrow]")),
    "pandas sparse": Container(_frame(pd.SparseDtype(float, 0.0)), _series),
    "polars": Container(lambda X: pl.DataFrame(X, schema=NAMES[: X.shape[1]]), lambda y: pl.Series("target", y)),
    "pyarrow": Container(
        lambda X: pa.table(dict(zip(NAMES, X.T, strict=False))),
        pa.array,
        lambda X: np.column_stack([column.to_numpy() for column in X.columns]),
    ),
    "csr_matrix": Container(sparse.csr_matrix, np.asarray, _dense),
    "csr_array": Container(sparse.csr_array, np.asarray, _dense),
    "csc_matrix": Container(sparse.csc_matrix, np.asarray, _dense),
    "csc_array": Container(sparse.csc_array, np.asarray, _dense),
    "one-vs-all y": Container(
        np.ascontiguousarray, lambda y: np.eye(y.max() + 1, dtype=int)[y], y_of=lambda y: y.argmax(1)
    ),
}
