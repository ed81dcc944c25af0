"""The kernels against the slow reference, on the same recipe."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse

from fastbal._core.recipe import Recipe
from fastbal._core.rows import Gather, as_dtype, rows_as_floats, take_rows, write_csr, write_rows
from tests import reference


def recipe_of(rng: np.random.Generator, n_rows: int, n_new: int, kept: Any = None) -> Recipe:
    """Any segments: backwards, beyond the neighbour, from a row to itself."""
    return Recipe(
        n_rows=n_rows,
        kept=kept,
        base=rng.integers(0, n_rows, n_new),
        neighbor=rng.integers(0, n_rows, n_new),
        step=rng.uniform(-0.5, 1.5, n_new),
        label=np.zeros(n_new, int),
    )


def table(dtype: Any, shape: tuple[int, int] = (40, 5)) -> Any:
    rng = np.random.default_rng(0)
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return rng.random(shape) > 0.5
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        small = rng.integers(limits.min, limits.max, shape, dtype=dtype.newbyteorder("="), endpoint=True)
        return small.astype(dtype)
    return rng.normal(scale=100, size=shape).astype(dtype)


DTYPES = ["f8", "f4", "f2", ">f8", ">f4", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", ">i4", "?"]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n_new", [0, 1, 1000])
def test_interpolated_rows_are_those_of_the_reference(dtype: str, n_new: int) -> None:
    X = table(dtype)
    recipe = recipe_of(np.random.default_rng(1), len(X), n_new)
    got = write_rows(X, recipe)
    assert got.dtype == X.dtype
    np.testing.assert_array_equal(got[: len(X)], X)
    native = X.astype(X.dtype.newbyteorder("="))
    if dtype == "f2":  # interpolated in float32, as float16 has no arithmetic of its own
        native = native.astype(np.float32)
    expected = reference.interpolate(native, recipe.base, recipe.neighbor, recipe.step)
    np.testing.assert_array_equal(got[len(X) :], expected.astype(X.dtype))


@pytest.mark.parametrize("dtype", ["f8", "f4", "i4", "?"])
def test_any_memory_layout_gives_the_same_rows(dtype: str) -> None:
    X = table(dtype, (40, 6))
    read_only = X.copy()
    read_only.flags.writeable = False
    wide = np.zeros((40, 12), dtype)
    wide[:, ::2] = X
    tall = np.zeros((80, 6), dtype)
    tall[::2] = X
    for kept in (None, np.array([7, 0, 7])):
        recipe = recipe_of(np.random.default_rng(2), 40, 500, kept)
        copies = Recipe(n_rows=40, kept=kept, base=recipe.base, label=recipe.label)
        for layout in (np.asfortranarray(X), wide[:, ::2], tall[::2], X[::-1].copy()[::-1], read_only):
            np.testing.assert_array_equal(layout, X)
            np.testing.assert_array_equal(write_rows(layout, recipe), write_rows(X, recipe))
            np.testing.assert_array_equal(write_rows(layout, copies), write_rows(X, copies))
            np.testing.assert_array_equal(take_rows(layout, recipe.base), X[recipe.base])


@pytest.mark.parametrize("dtype", ["f8", "f4", "i4", "u1", "?"])
@pytest.mark.parametrize("density", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("kept", [None, np.array([3, 3, 0]), np.array([], int)], ids=["all", "some", "none"])
def test_sparse_rows_are_the_dense_ones(dtype: str, density: float, kept: Any) -> None:
    rng = np.random.default_rng(3)
    dense = table(dtype, (30, 8)) * (rng.random((30, 8)) < density).astype(dtype)
    X = sparse.csr_array(dense)
    for recipe in (
        recipe_of(rng, 30, 300, kept),
        Recipe(n_rows=30, kept=kept, base=rng.integers(0, 30, 300), label=np.zeros(300, int)),
        Recipe(n_rows=30, kept=kept),
    ):
        got = write_csr(X, recipe)
        assert got.dtype == X.dtype
        np.testing.assert_array_equal(got.toarray(), write_rows(dense, recipe))
        assert (got.data != 0).all()


def test_rows_near_the_limits_of_the_dtype_stay_finite() -> None:
    for dtype in (np.float32, np.float64):
        limit = np.finfo(dtype).max
        X = np.array([[limit, -limit], [-limit, limit]], dtype)
        recipe = recipe_of(np.random.default_rng(4), 2, 100)
        recipe = Recipe(
            n_rows=2, base=recipe.base, neighbor=recipe.neighbor, step=recipe.step.clip(0, 1), label=recipe.label
        )
        got = write_rows(X, recipe)
        assert np.isfinite(got).all()
        assert (abs(got) <= limit).all()
        ends = [Z.astype(np.float64) / float(limit) for Z in (X[recipe.base], X[recipe.neighbor])]
        expected = ends[0] + recipe.step[:, None] * (ends[1] - ends[0])
        np.testing.assert_allclose(got[2:] / limit, expected, rtol=1e-5, atol=1e-7)


def test_between_a_number_and_nothing_the_nearer_one_counts() -> None:
    X = np.array([[1.0], [np.nan]])
    steps = np.array([0.0, 0.49, 0.5, 0.51, 1.0])
    for base, expected in ((0, [1.0, 1.0, np.nan, np.nan, np.nan]), (1, [np.nan, np.nan, 1.0, 1.0, 1.0])):
        bases = np.full(5, base)
        recipe = Recipe(n_rows=2, base=bases, neighbor=1 - bases, step=steps, label=np.zeros(5, int))
        np.testing.assert_array_equal(write_rows(X, recipe)[2:, 0], expected)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("row_type", [np.int64, np.int32])
def test_a_column_alone_is_that_of_the_table_bit_for_bit(dtype: type, row_type: type) -> None:
    rng = np.random.default_rng(6)
    largest = np.finfo(dtype).max
    odd = [np.nan, 0.0, -0.0, largest, -largest, np.finfo(dtype).tiny, 1.0]
    X = np.concatenate([np.array(odd), rng.normal(size=40)]).astype(dtype)
    base, neighbor = rng.integers(0, len(X), (2, 30_000)).astype(row_type)
    neighbor[::5] = base[::5]
    step = rng.uniform(-0.5, 1.5, len(base))
    step[::7] = 0.0
    recipe = Recipe(n_rows=len(X), base=base, neighbor=neighbor, step=step, label=np.zeros(len(base), int))
    with np.errstate(over="ignore"):
        got, expected = write_rows(X, recipe), write_rows(np.stack([X, X[::-1]], axis=1), recipe)[:, 0]
    assert got.tobytes() == expected.tobytes()


@pytest.mark.parametrize("n_rows", [50, 1 << 18])
@pytest.mark.parametrize("kind", ["any order", "ascending", "with duplicates", "none"])
def test_rows_of_many_columns_are_those_asked_for(n_rows: int, kind: str) -> None:
    rng = np.random.default_rng(7)
    rows = {
        "any order": rng.permutation(n_rows)[: n_rows // 2],
        "ascending": np.arange(0, n_rows, 3),
        "with duplicates": rng.integers(0, n_rows, n_rows),
        "none": np.empty(0, np.int64),
    }[kind]
    for row_type in (np.int64, np.int32):
        gather = Gather(rows.astype(row_type), n_rows, 20)
        assert (gather.reads_in_order) == (n_rows > 50 and kind in ("any order", "with duplicates"))
        for column in (rng.normal(size=n_rows), rng.random(n_rows) < 0.5, np.arange(n_rows, dtype=object)):
            np.testing.assert_array_equal(gather.take(column), column[rows])
        out = np.empty((len(rows), 2))
        gather.take(np.arange(n_rows) / 2, out[:, 1])
        np.testing.assert_array_equal(out[:, 1], rows / 2)


@pytest.mark.parametrize("dtype", [np.int64, np.uint64])
def test_integers_beyond_the_precision_of_floats_are_exact(dtype: type) -> None:
    rng = np.random.default_rng(5)
    for low in (np.iinfo(dtype).min, 2**53 - 2, 2**62, 1_600_000_000_000_000_000, np.iinfo(dtype).max - 20):
        X = (np.array([low], dtype) + rng.integers(0, 20, (30, 3)).astype(dtype)).astype(dtype)
        recipe = recipe_of(rng, 30, 200)
        got = write_rows(X, recipe)[30:]
        inside = (recipe.step >= 0) & (recipe.step <= 1)
        expected = reference.interpolate(X, recipe.base, recipe.neighbor, recipe.step)
        np.testing.assert_array_equal(got[inside], expected[inside])
        start, end = X[recipe.base], X[recipe.neighbor]
        assert (np.minimum(start, end) <= got)[inside].all()
        assert (got <= np.maximum(start, end))[inside].all()


def test_floats_become_whole_numbers_within_range() -> None:
    values = np.array([-1e30, -128.6, -0.5, 0.5, 1.5, 127.4, 127.6, 1e30])
    np.testing.assert_array_equal(as_dtype(values, np.dtype(np.int8)), [-128, -128, 0, 0, 2, 127, 127, 127])
    limits = np.iinfo(np.int64)
    got = as_dtype(np.array([-1e30, 2.0**63, 1e30, 5.0]), np.dtype(np.int64))
    np.testing.assert_array_equal(got, [limits.min, limits.max, limits.max, 5])


def test_the_search_reads_floats_that_lose_nothing() -> None:
    for dtype, expected in (("f4", "f4"), ("f2", "f4"), ("i2", "f4"), ("?", "f4"), ("i4", "f8"), (">f8", "f8")):
        X = table(dtype)
        got = rows_as_floats(X, np.array([5, 1]))
        assert got.dtype == expected
        assert got.flags.c_contiguous
        np.testing.assert_array_equal(got, X[[5, 1]].astype(expected))
    X = table("f8")
    assert rows_as_floats(X) is X


def test_objects_and_text_are_copied() -> None:
    X = np.array([["a", 1], [None, 2.5], [("t",), b"x"]], dtype=object)
    recipe = Recipe(n_rows=3, kept=np.array([2, 0]), base=np.array([1, 1, 0]), label=np.zeros(3, int))
    np.testing.assert_array_equal(write_rows(X, recipe), X[[2, 0, 1, 1, 0]])
    text = np.array([["a", "bcd"], ["e", "f"]])
    np.testing.assert_array_equal(write_rows(text, Recipe(n_rows=2, kept=np.array([1, 0]))), text[[1, 0]])
