"""Small random tables of every kind that has ever made a sampler err, and every container that may hold them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

Array = NDArray[Any]

KINDS = ("plain", "grid", "copies", "constant", "scales", "far", "binary", "extreme", "denormal", "mostly zero")
FLOATS = ("f8", "f8", "f8", "f4", "f4", "f2", ">f8", ">f4")
OTHERS = ("i8", "u8", ">i8", ">u8", "i4", "u4", ">i4", "i2", "u2", "i1", "u1", "?")


class RandomTable(NamedTuple):
    """A table, its labels, and a number of neighbours that its smallest class just has, or has with room to spare."""

    kind: str
    X: Array
    y: NDArray[np.int64]
    k: int


def random_table(seed: int, dtypes: tuple[str, ...] = FLOATS + OTHERS, *, tame: bool = False) -> RandomTable:
    """4 to 200 rows, 1 to 30 columns, 2 to 4 classes of 2 rows or more, of one of these dtypes.

    plain: normal, classes apart or not. grid: whole numbers from 0 to 3, so that many rows are equally far. copies:
    half of the rows occur several times, across classes too. constant: some columns say nothing. scales: columns of
    sizes from 1e-6 to 1e6. far: far from the origin. binary: zeros and ones. extreme: from one end of the dtype to the
    other. denormal: the smallest floats there are. mostly zero: as sparse tables are. Without the last three: tame.
    """
    rng = np.random.default_rng(seed)
    kinds = KINDS[:7] if tame else KINDS
    kind = kinds[seed % len(kinds)]
    n_classes = int(rng.integers(2, 5))
    n_rows = int(rng.integers(2 * n_classes, 201 if rng.random() < 0.1 else 61))
    n_columns = int(rng.integers(1, 31 if rng.random() < 0.1 else 9))
    # Classes of very different sizes, each of two rows at least.
    shares = rng.dirichlet(np.full(n_classes, rng.choice([0.5, 2.0])))
    counts = 2 + rng.multinomial(n_rows - 2 * n_classes, shares)
    y = rng.permutation(np.repeat(np.arange(n_classes), counts))
    dtype = np.dtype(str(rng.choice(np.array(dtypes))))
    X = rng.normal(size=(n_rows, n_columns)) + rng.choice([0.0, 1.0, 4.0]) * y[:, None]
    if kind == "grid":
        X = rng.integers(0, 4, X.shape).astype(np.float64)
    elif kind == "copies":
        X = X[rng.integers(0, max(1, n_rows // 2), n_rows)]
    elif kind == "constant":
        X[:, rng.random(n_columns) < 0.5] = rng.integers(-3, 4)
    elif kind == "scales":
        X *= 10.0 ** rng.integers(-6, 7, n_columns)
    elif kind == "far":
        X += rng.choice([1e3, 1e5])
    elif kind == "binary":
        X = (X > 0.5).astype(np.float64)
    elif kind == "denormal":
        X = np.rint(X * 16) * float(np.finfo(dtype).smallest_subnormal) if dtype.kind == "f" else X
    elif kind == "mostly zero":
        X[rng.random(X.shape) < 0.7] = 0
    k = int(rng.integers(1, max(2, counts.min()))) if rng.random() < 0.7 else max(1, int(counts.min()) - 1)
    X = _extreme(rng, X.shape, dtype) if kind == "extreme" else _as(X, dtype)
    X[X == 0] = 0  # no negative zero: as a whole number, and in a sparse table, it is zero
    return RandomTable(kind, X, y, k)


def _as(X: Array, dtype: np.dtype[Any]) -> Array:
    """Numbers in another dtype, within its range."""
    if dtype.kind == "b":
        return X > 0.5
    limits: Any = np.finfo(dtype) if dtype.kind == "f" else np.iinfo(dtype)
    return np.clip(X * (1 if dtype.kind == "f" else 3), float(limits.min) / 2, float(limits.max) / 2).astype(dtype)


def _extreme(rng: np.random.Generator, shape: tuple[int, int], dtype: np.dtype[Any]) -> Array:
    """Numbers near both ends of the dtype, or near one of them, and some in between."""
    if dtype.kind == "b":
        return rng.random(shape) < 0.5
    if dtype.kind == "f":
        largest = float(np.finfo(dtype).max)
        return (largest * rng.choice([-1, -0.5, 0, 1e-3, 0.9, 1], shape) * rng.uniform(0.9, 1, shape)).astype(dtype)
    low, high = int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
    ends = [low, low + 3, 0, high // 2 + 5, high // 2 + 9, high - 2, high][int(rng.integers(0, 4)) :]
    return np.array(ends, dtype)[rng.integers(0, len(ends), shape)]


class Holder(NamedTuple):
    """How to put an array in a container and get it out; which array it then amounts to; and which it can hold."""

    put: Callable[[Array], Any]
    get: Callable[[Any], Array] = np.asarray
    amounts_to: Callable[[Array], Array] = np.array
    kinds: str = "fiub"


def _every_second(X: Array) -> Array:
    return np.repeat(X, 2, axis=0)[::2]


def _read_only(X: Array) -> Array:
    X = X.copy()
    X.setflags(write=False)
    return X


def _unaligned(X: Array) -> Array:
    return np.frombuffer(b"\0" + X.tobytes(), np.uint8)[1:].view(X.dtype).reshape(X.shape)


def _names(X: Array) -> list[str]:
    return [f"c{j}" for j in range(X.shape[1])]


def _frame(X: Array) -> pd.DataFrame:
    return pd.DataFrame(X, columns=_names(X), index=range(100, 100 + len(X)))


def _columns(X: Array) -> dict[str, Array]:
    return {name: np.ascontiguousarray(X[:, j]) for j, name in enumerate(_names(X))}


def _nullable(X: Array) -> pd.DataFrame:
    name = {"f": "Float", "i": "Int", "u": "UInt"}.get(X.dtype.kind)
    return _frame(X).astype(f"{name}{8 * X.dtype.itemsize}" if name else "boolean")


def _sparse_frame(X: Array, *, whole: bool = True) -> pd.DataFrame:
    """`whole`: the fill value as people write it, 0, and not as the dtype has it."""
    fill: Any = (False if X.dtype.kind == "b" else 0) if whole else X.dtype.type(0)
    return _frame(X).astype(pd.SparseDtype(X.dtype, fill))


def _native(X: Array) -> Array:
    return X.astype(X.dtype.newbyteorder("="))


def _as_list(X: Array) -> Array:
    return np.array(X.tolist())


def _dense(X: Any) -> Array:
    return np.asarray(X.toarray())


def _array_of(frame: Any) -> Array:
    columns = [np.asarray(frame[name].to_numpy()) for name in frame.columns]
    return np.column_stack(columns)


#: Every container that takes arrays of a dtype; numbers of foreign byte order stay so in NumPy and pandas alone.
HOLDERS = {
    "array": Holder(np.ascontiguousarray),
    "array by columns": Holder(np.asfortranarray),
    "array backwards": Holder(lambda X: X[::-1, ::-1].copy()[::-1, ::-1]),
    "every second row": Holder(_every_second),
    "read-only": Holder(_read_only),
    "unaligned": Holder(_unaligned),
    "objects": Holder(lambda X: X.astype(object), amounts_to=lambda X: X.astype(np.float64), kinds="f"),
    "list of lists": Holder(lambda X: X.tolist(), amounts_to=_as_list),
    "list of tuples": Holder(lambda X: [tuple(row) for row in X.tolist()], amounts_to=_as_list),
    "tuple of lists": Holder(lambda X: tuple(X.tolist()), amounts_to=_as_list),
    "tuple of tuples": Holder(lambda X: tuple(tuple(row) for row in X.tolist()), amounts_to=_as_list),
    "list of arrays": Holder(list, amounts_to=_native),
    "ints and floats": Holder(
        lambda X: (X.tolist()[0], *([v if v % 1 else int(v) for v in row] for row in X.tolist()[1:])),
        amounts_to=lambda X: X.astype(np.float64),
        kinds="f",
    ),
    "pandas": Holder(_frame),
    "pandas by columns": Holder(lambda X: pd.DataFrame(_columns(X), index=range(100, 100 + len(X)))),
    "pandas nullable": Holder(_nullable, _array_of, _native),
    "pandas Arrow": Holder(
        lambda X: pd.DataFrame({n: pd.Series(pa.array(_native(c)), dtype=pd.ArrowDtype(pa.array(_native(c)).type))
                                for n, c in _columns(X).items()}), _array_of, _native,
    ),
    "pandas sparse": Holder(_sparse_frame),
    "pandas sparse, fill value of its dtype": Holder(lambda X: _sparse_frame(X, whole=False)),
    "polars": Holder(lambda X: pl.DataFrame(_columns(_native(X))), lambda frame: frame.to_numpy(), _native),
    "pyarrow": Holder(
        lambda X: pa.table(_columns(_native(X))),
        lambda table: np.column_stack([column.to_numpy() for column in table.columns]),
        _native,
    ),
    "csr_matrix": Holder(sparse.csr_matrix, _dense),
    "csr_array": Holder(sparse.csr_array, _dense),
    "csc_array": Holder(sparse.csc_array, _dense),
}  # fmt: skip


def holds(name: str, X: Array) -> bool:
    """Whether a container takes this array at all."""
    if X.dtype.kind not in HOLDERS[name].kinds:
        return False
    is_half = X.dtype.itemsize == 2 and X.dtype.kind == "f"
    if is_half and name in (
        "pandas nullable",
        "pandas Arrow",
        "polars",
        "pyarrow",
        "csr_matrix",
        "csr_array",
        "csc_array",
        "pandas sparse",
        "pandas sparse, fill value of its dtype",
    ):
        return False
    return X.dtype.isnative or not any(kind in name for kind in ("csr", "csc", "sparse"))  # fmt: skip
