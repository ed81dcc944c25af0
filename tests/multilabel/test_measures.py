"""IRLbl, MeanIR, CVIR and SCUMBLE: against their definitions, written out, and where products overflow."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy import sparse

from fastbal.multilabel import cvir, irlbl, mean_ir, scumble

matrices = arrays(np.int64, st.tuples(st.integers(1, 12), st.integers(1, 6)), elements=st.integers(0, 1))


def expected_ratios(Y: NDArray[Any]) -> list[float]:
    counts = [sum(int(row[label]) for row in Y) for label in range(Y.shape[1])]
    return [max(counts) / count if count else math.nan for count in counts]


def expected_scumble(Y: NDArray[Any]) -> list[float]:
    ratios = expected_ratios(Y)
    values = []
    for row in Y:
        present = [ratio for ratio, label in zip(ratios, row, strict=True) if label]
        if present:
            values.append(1 - math.prod(present) ** (1 / len(present)) / (sum(present) / len(present)))
        else:
            values.append(0.0)
    return values


@given(matrices)
def test_measures_are_their_definitions(Y: NDArray[Any]) -> None:
    ratios = expected_ratios(Y)
    np.testing.assert_allclose(irlbl(Y), ratios)
    np.testing.assert_allclose(scumble(Y, per_row=True), expected_scumble(Y), atol=1e-12)
    assert scumble(Y) == pytest.approx(sum(expected_scumble(Y)) / len(Y), abs=1e-12)
    present = [ratio for ratio in ratios if ratio == ratio]
    if not present:
        assert math.isnan(mean_ir(Y))
        return
    mean = sum(present) / len(present)
    assert mean_ir(Y) == pytest.approx(mean)
    if len(present) == 1:
        assert math.isnan(cvir(Y))
    else:
        deviation = math.sqrt(sum((ratio - mean) ** 2 for ratio in present) / (len(present) - 1))
        assert cvir(Y) == pytest.approx(deviation / mean)


def test_labels_without_rows_do_not_count() -> None:
    Y = np.array([[1, 0, 1], [1, 0, 0], [1, 0, 0], [1, 0, 0]])
    assert mean_ir(Y) == 2.5
    assert mean_ir(Y[:, [0, 2]]) == 2.5
    assert scumble(Y) == scumble(Y[:, [0, 2]])


def test_the_product_of_many_ratios_does_not_overflow() -> None:
    n, q = 2001, 300
    Y = np.zeros((n, q + 1), int)
    Y[:, 0] = 1
    Y[0, 1:] = 1  # 300 labels of ratio 2001: their product is 10**990
    got = scumble(Y, per_row=True)
    expected = 1 - math.exp(q * math.log(n) / (q + 1)) / ((1 + q * n) / (q + 1))
    assert got[0] == pytest.approx(expected, rel=1e-9)
    assert (got[1:] == 0).all()


def test_rows_of_one_label_or_none_are_exactly_zero() -> None:
    Y = np.zeros((50, 8), int)
    Y[np.arange(49), np.arange(49) % 7] = 1
    assert (scumble(Y, per_row=True) == 0).all()


CONTAINERS = {
    "list": lambda Y: Y.tolist(),
    "booleans": lambda Y: Y.astype(bool),
    "floats": lambda Y: Y.astype(float),
    "objects": lambda Y: Y.astype(object),
    "csr_matrix": sparse.csr_matrix,
    "csc_array": sparse.csc_array,
    "coo_array": sparse.coo_array,
    "pandas": lambda Y: pd.DataFrame(Y, columns=list("abc")),
    "pandas nullable": lambda Y: pd.DataFrame(Y, columns=list("abc"), dtype="Int64"),
    "pandas booleans": lambda Y: pd.DataFrame(Y, columns=list("abc"), dtype="boolean"),
    "pandas sparse": lambda Y: pd.DataFrame(Y, columns=list("abc")).astype(pd.SparseDtype(int, 0)),
    "polars": lambda Y: pl.DataFrame(Y, schema=list("abc")),
    "pyarrow": lambda Y: pa.table(dict(zip("abc", Y.T, strict=True))),
}


@pytest.mark.parametrize("kind", CONTAINERS)
def test_any_container(kind: str) -> None:
    Y = (np.random.default_rng(0).random((40, 3)) < [0.8, 0.4, 0.1]).astype(int)
    given = CONTAINERS[kind](Y)
    np.testing.assert_array_equal(irlbl(given), irlbl(Y))
    np.testing.assert_array_equal(scumble(given, per_row=True), scumble(Y, per_row=True))


def test_explicit_zeros_and_duplicates_of_a_sparse_matrix() -> None:
    Y = sparse.csr_matrix((np.array([1, 0, 1]), np.array([0, 1, 1]), np.array([0, 2, 3])), shape=(2, 2))
    assert irlbl(Y).tolist() == [1, 1]
    assert Y.nnz == 3  # not changed
    twice = sparse.coo_matrix(([1, 1], ([0, 0], [0, 0])), shape=(2, 2))
    with pytest.raises(ValueError, match=r"y must hold 0 and 1 only.* 1 entries are neither: 2 in column 0"):
        irlbl(twice)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (None, "y is None"),
        ([0, 1, 1], r"its shape is \(3,\).*For one label per row, use fastbal.over_sampling"),
        (pd.Series([0, 1]), r"its shape is \(2,\)"),
        (pl.Series([0, 1]), r"its shape is \(2,\)"),
        ([["a"], ["a", "b"]], "rows are of several lengths.*MultiLabelBinarizer"),
        ([["a"], ["b"]], "could not convert string to float.*MultiLabelBinarizer"),
        ([[0, 2], [1, 0]], "1 entries are neither: 2 in column 1"),
        ([[0, 0.5], [1, 0]], "1 entries are neither: 0.5 in column 1"),
        ([[0, math.nan], [1, 0]], "1 entries are neither: nan in column 1"),
        (sparse.csr_array([[0, math.nan], [1, 0]]), "1 entries are neither: nan in column 1"),
        (pd.DataFrame({"a": [0, 1], "b": [0, math.nan]}), "nan in column 'b'"),
        (pd.DataFrame({"a": [0, 1], "b": [0, None]}, dtype="Int64"), "y must hold 0 and 1 only"),
        (pl.DataFrame({"a": [0, 1], "b": [0, None]}), "nan in column 'b'"),
        (np.zeros((3, 0)), "no columns"),
        (np.zeros((2, 2, 2)), r"its shape is \(2, 2, 2\)"),
    ],
)
def test_what_is_no_indicator_matrix_is_named(y: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        irlbl(y)


def test_a_masked_array_is_refused() -> None:
    with pytest.raises(TypeError, match="y is a masked array"):
        irlbl(np.ma.masked_array([[0, 1], [1, 0]], [[1, 0], [0, 0]]))


def test_one_column_in_a_frame() -> None:
    for frame in (pd.DataFrame({"a": [0, 1, 1]}), pl.DataFrame({"a": [0, 1, 1]})):
        assert irlbl(frame).tolist() == [1.0]
