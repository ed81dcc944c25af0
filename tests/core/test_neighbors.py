"""Exact neighbours: whatever the input, the answer is that of a float64 brute force, ordered by (distance, row)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse

from fastbal._core import box_tree, tree_search
from fastbal._core.exhaustive_search import ExhaustiveSearch
from fastbal._core.neighbors import Index
from fastbal._core.sparse_search import SparseSearch
from fastbal._core.tree_search import TreeSearch
from tests import cases

Array = np.ndarray[Any, Any]


def brute_force(X: Array, Y: Array, k: int, own: bool) -> tuple[Array, Array]:
    """Slow and obvious; a power of two keeps squares from overflowing and changes no digit."""
    X, Y = np.ascontiguousarray(X, np.float64), np.ascontiguousarray(Y, np.float64)
    exponent = int(np.frexp(max(np.abs(X).max(), np.abs(Y).max()))[1])
    exponent = exponent if abs(exponent) > 400 else 0
    X, Y = np.ldexp(X, -exponent), np.ldexp(Y, -exponent)
    neighbors, distances = np.empty((len(Y), k), np.int64), np.empty((len(Y), k))
    for i, y in enumerate(Y):
        sqdist = np.square(X - y).sum(axis=1)
        if own:
            sqdist[i] = np.inf
        near = np.flatnonzero(sqdist <= np.partition(sqdist, k - 1)[k - 1])  # and all that tie: less to sort
        neighbors[i] = near[np.argsort(sqdist[near], kind="stable")[:k]]
        distances[i] = np.sqrt(sqdist[neighbors[i]])
    with np.errstate(over="ignore"):
        return neighbors, np.ldexp(distances, exponent)


def assert_exact(got: tuple[Array, Array], expected: tuple[Array, Array]) -> None:
    assert np.array_equal(got[0], expected[0])
    assert np.array_equal(got[1], expected[1])


def gaussian(rng: np.random.Generator, n: int, d: int) -> Array:
    return rng.normal(size=(n, d))


def sentinel(rng: np.random.Generator, n: int, d: int) -> Array:
    X = rng.normal(size=(n, d))
    X[:: n // 40, 0] = -999999
    return X


def scales(rng: np.random.Generator, n: int, d: int) -> Array:
    return rng.normal(size=(n, d)) * np.logspace(0, 12, d)


def two_far_clusters(rng: np.random.Generator, n: int, d: int) -> Array:
    X = rng.normal(size=(n, d))
    X[:, -1] = rng.integers(0, 2, n) * 1e12
    return X


def heavy_tails(rng: np.random.Generator, n: int, d: int) -> Array:
    return rng.standard_cauchy(size=(n, d)) ** 3


def integer_codes(rng: np.random.Generator, n: int, d: int) -> Array:
    return rng.integers(0, 4, size=(n, d)).astype(np.float64)


def decimals(rng: np.random.Generator, n: int, d: int) -> Array:
    return np.round(rng.normal(size=(n, d)), 1)


def duplicates(rng: np.random.Generator, n: int, d: int) -> Array:
    return rng.normal(size=(max(2, n // 40), d))[rng.integers(0, max(2, n // 40), n)]


def half_duplicates(rng: np.random.Generator, n: int, d: int) -> Array:
    X = rng.normal(size=(n, d))
    X[: n // 2] = X[0]
    return X[rng.permutation(n)]


def constant(rng: np.random.Generator, n: int, d: int) -> Array:
    return np.full((n, d), 3.25)


def one_constant_column(rng: np.random.Generator, n: int, d: int) -> Array:
    X = rng.normal(size=(n, d))
    X[:, 0] = 1e6
    return X


def low_rank(rng: np.random.Generator, n: int, d: int) -> Array:
    return rng.normal(size=(n, 2)) @ rng.normal(size=(2, d))


def huge(rng: np.random.Generator, n: int, d: int) -> Array:
    return rng.uniform(-1, 1, size=(n, d)) * 1.7e308


def tiny(rng: np.random.Generator, n: int, d: int) -> Array:
    return rng.normal(size=(n, d)) * 1e-300


def subnormal(rng: np.random.Generator, n: int, d: int) -> Array:
    return rng.integers(-500, 500, size=(n, d)) * 5e-324


def one_outlier(rng: np.random.Generator, n: int, d: int) -> Array:
    X = rng.normal(size=(n, d))
    X[n // 2] = 1e9
    return X


def dwarfed(rng: np.random.Generator, n: int, d: int) -> Array:
    """Distances whose squares float32 does not hold, beside a column that says how large numbers are."""
    X = rng.normal(size=(n, d)) * 1e-30
    X[:, 0] = 1.0
    return X


KINDS = [
    gaussian, sentinel, scales, two_far_clusters, heavy_tails, integer_codes, decimals, duplicates, half_duplicates,
    constant, one_constant_column, low_rank, huge, tiny, subnormal, one_outlier, dwarfed,
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize(("n", "d"), [(2000, 1), (1500, 3), (1200, 12), (700, 70)])
def test_neighbors_of_rows(kind: Callable[..., Array], n: int, d: int) -> None:
    X = kind(np.random.default_rng(7), n, d)
    assert_exact(Index(X).neighbors_of_rows(None, 5), brute_force(X, X, 5, own=True))


def low_rank_and_noise(rng: np.random.Generator, n: int, d: int) -> Array:
    return rng.normal(size=(n, 10)) @ rng.normal(size=(10, d)) + 0.1 * rng.normal(size=(n, d))


def close_rows_in_wide_leaves(rng: np.random.Generator, n: int, d: int) -> Array:
    """Distances are small beside the norms that a lower bound is the difference of."""
    centers = rng.normal(size=(n // 12, 2)) @ rng.normal(size=(2, d))
    return centers[rng.integers(0, len(centers), n)] * 1e3 + rng.normal(size=(n, d))


@pytest.mark.parametrize(
    "kind", [low_rank_and_noise, close_rows_in_wide_leaves, low_rank, gaussian, duplicates, one_outlier, heavy_tails]
)
@pytest.mark.parametrize(("n", "d"), [(60, 300), (800, 200), (3000, 40)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("in_pairs", [True, False])
def test_leading_axes_and_few_rows_behind_them(
    kind: Callable[..., Array], n: int, d: int, dtype: type, in_pairs: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Axes that are not all, pairs of rows that are measured at once, and every pair measured once."""
    monkeypatch.setattr(tree_search, "_HARDLY_PRUNED", -1.0 if in_pairs else 2.0)
    X = kind(np.random.default_rng(7), n, d).astype(dtype)
    some = np.arange(0, n, 1 + n // 100)
    got = Index(X).neighbors_of_rows(None, 5)
    expected = ExhaustiveSearch(X).neighbors_of_rows(some, 5, None)
    assert_exact((got[0][some], got[1][some]), (expected[0], np.sqrt(expected[1])))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("d", [2, 20])
def test_neighbors_of_other_rows(kind: Callable[..., Array], d: int) -> None:
    rng = np.random.default_rng(8)
    X = kind(rng, 1100, d)
    Y = np.vstack([kind(rng, 300, d), X[:50]])
    assert_exact(Index(X).neighbors_of(Y, 4), brute_force(X, Y, 4, own=False))


@pytest.mark.parametrize("scale", [1e-12, 1e12, 1e30])
def test_other_rows_of_another_scale(scale: float) -> None:
    rng = np.random.default_rng(9)
    X, Y = rng.normal(size=(900, 4)), rng.normal(size=(100, 4)) * scale
    assert_exact(Index(X).neighbors_of(Y, 3), brute_force(X, Y, 3, own=False))


@pytest.mark.parametrize("n_columns", cases.rest_slow([369, 1200]))
def test_many_columns(n_columns: int) -> None:
    X = np.random.default_rng(0).normal(size=(700, n_columns))
    assert_exact(Index(X).neighbors_of_rows(None, 5), brute_force(X, X, 5, own=True))


@pytest.mark.parametrize("n", [2, 3, 17, 200, 500])
@pytest.mark.parametrize("everything", [False, True])
def test_fewest_rows_and_most_neighbors(n: int, everything: bool) -> None:
    X = np.random.default_rng(n).normal(size=(n, 4))
    k = n - 1 if everything else 1
    assert_exact(Index(X).neighbors_of_rows(None, k), brute_force(X, X, k, own=True))
    assert_exact(Index(X).neighbors_of(X, k + 1), brute_force(X, X, k + 1, own=False))


@pytest.mark.parametrize("k", [1, 20, 63, 64, 65, 300, 1499])
def test_many_neighbors(k: int) -> None:
    X = np.random.default_rng(0).normal(size=(1500, 5))
    assert_exact(Index(X).neighbors_of_rows(None, k), brute_force(X, X, k, own=True))


@pytest.mark.slow
def test_some_rows_in_any_order() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(3000, 6))
    rows = rng.permutation(3000)[:321]
    expected = brute_force(X, X, 5, own=True)
    assert_exact(Index(X).neighbors_of_rows(rows, 5), (expected[0][rows], expected[1][rows]))
    grouped = half_duplicates(rng, 3000, 6)
    expected = brute_force(grouped, grouped, 5, own=True)
    assert_exact(Index(grouped).neighbors_of_rows(rows, 5), (expected[0][rows], expected[1][rows]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16, np.int64, np.uint8, np.bool_, ">f4", ">f8"])
def test_dtypes(dtype: Any) -> None:
    X = (np.random.default_rng(0).normal(size=(1000, 5)) * 10).astype(dtype)
    Y = X[::-3]
    assert_exact(Index(X).neighbors_of_rows(None, 5), brute_force(X, X, 5, own=True))
    assert_exact(Index(X).neighbors_of(Y, 5), brute_force(X, Y, 5, own=False))


def test_mixed_precision_of_table_and_queries() -> None:
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(1000, 5)), rng.normal(size=(300, 5))
    short = X.astype(np.float32)
    assert_exact(Index(short).neighbors_of(Y, 5), brute_force(short, Y, 5, own=False))
    assert_exact(Index(X).neighbors_of(Y.astype(np.float32), 5), brute_force(X, Y.astype(np.float32), 5, own=False))


@pytest.mark.parametrize("memory", ["fortran", "strided", "read-only"])
def test_memory_layouts(memory: str) -> None:
    X = np.random.default_rng(0).normal(size=(1000, 10))
    if memory == "fortran":
        X = np.asfortranarray(X)
    elif memory == "strided":
        X = X[::2, ::-2]
    X.flags.writeable = memory != "read-only"
    assert_exact(Index(X).neighbors_of_rows(None, 5), brute_force(X, X, 5, own=True))


@pytest.mark.parametrize("n_columns", cases.rest_slow([24, 60, 130]))
@pytest.mark.parametrize("structure", [gaussian, low_rank, integer_codes, sentinel])
def test_each_pair_once(n_columns: int, structure: Callable[..., Array], monkeypatch: pytest.MonkeyPatch) -> None:
    """The search for data in which boxes prune nothing, forced upon data of every kind."""
    monkeypatch.setattr(tree_search, "_HARDLY_PRUNED", -1.0)
    X = structure(np.random.default_rng(1), 1900, n_columns)
    search = TreeSearch(X, float(np.abs(X).max()), len(X))
    assert search.prunes_hardly_anything(5)
    neighbors, sqdists = search.neighbors_of_rows(None, 5, None)
    expected = brute_force(X, X, 5, own=True)
    assert_exact((neighbors, np.sqrt(sqdists)), expected)
    filtered: list[int] = []
    monkeypatch.setattr(
        search, "_filter_pairs", lambda *given: filtered.append(1) or TreeSearch._filter_pairs(search, *given)
    )
    for n_asked in (1140, 1139):  # six in ten rows are enough for it, also if whole leaves at either end are not wanted
        rows = np.sort(search.tree.rows[search.tree.rows >= 0][-n_asked:])[::-1].copy()
        neighbors, sqdists = search.neighbors_of_rows(rows, 5, None)
        assert_exact((neighbors, np.sqrt(sqdists)), (expected[0][rows], expected[1][rows]))
    assert len(filtered) == 1


def force_bytes(patch: pytest.MonkeyPatch) -> None:
    """The filter in eight bits for tables of every size and kind, on every processor."""
    patch.setattr(tree_search, "has_byte_products", lambda: True)
    patch.setattr(tree_search, "_LEAST_BYTES", {4: 1, 2: 1})
    patch.setattr(tree_search, "_LITTLE_PRUNED", -1.0)
    patch.setattr(tree_search, "_MANY_QUERIES", 0)
    patch.setattr(tree_search, "_n_leading_columns", len)


@pytest.fixture
def in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    force_bytes(monkeypatch)


def searched_in_bytes(X: Array) -> TreeSearch:
    search = TreeSearch(X, float(np.abs(X).max()), len(X))
    search.round_where_it_pays(len(X), 5)
    return search


# Without what `Index` scales before, and a table that has nothing to be rounded.
BYTE_KINDS = [kind for kind in KINDS if kind not in (huge, tiny, subnormal, constant)]


@pytest.mark.parametrize("kind", BYTE_KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("d", cases.rest_slow([21, 1, 3, 70]))
@pytest.mark.parametrize("each_pair_once", [True, False])
def test_in_eight_bits(
    kind: Callable[..., Array], d: int, each_pair_once: bool, in_bytes: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tree_search, "_HARDLY_PRUNED", -1.0 if each_pair_once else 2.0)
    X = kind(np.random.default_rng(1), 1300, d)
    search = searched_in_bytes(X)
    neighbors, sqdists = search.neighbors_of_rows(None, 5, None)
    assert search.tree.rounded.scale > 0 or not np.ptp(X) or kind is dwarfed
    assert_exact((neighbors, np.sqrt(sqdists)), brute_force(X, X, 5, own=True))


@pytest.mark.parametrize("kind", [gaussian, sentinel, two_far_clusters, integer_codes])
def test_other_rows_in_eight_bits(kind: Callable[..., Array], in_bytes: None) -> None:
    X, Y = kind(np.random.default_rng(1), 900, 11), kind(np.random.default_rng(2), 300, 11) * 3
    neighbors, sqdists = searched_in_bytes(X).neighbors_of(Y, 4, None)
    assert_exact((neighbors, np.sqrt(sqdists)), brute_force(X, Y, 4, own=False))


@pytest.mark.parametrize("kind", [kind for kind in BYTE_KINDS if kind is not dwarfed], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("form", [(4, 127), (2, 5000)])
def test_rounding_moves_rows_by_no_more_than_is_said(
    kind: Callable[..., Array], form: tuple[int, int], in_bytes: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(box_tree, "short_numbers", lambda d: form)
    X = kind(np.random.default_rng(1), 500, 6)
    search = searched_in_bytes(X)
    tree, leaf_size, rounded = search.tree, search.leaf_size, search.tree.rounded
    Z = search.rotation(X).astype(np.longdouble)
    panels = rounded.panels.reshape(-1, rounded.n_words, 32, 4).transpose(0, 2, 1, 3).reshape(len(tree.rows), -1)
    offset = 128 if rounded.columns == 4 else 0
    numbers = panels.astype(np.int64) - 128 if offset else panels.copy().view(np.int16)
    bytes_of = numbers[:, :6].astype(np.longdouble)
    for leaf in range(len(tree.leaf_node)):
        positions = leaf * leaf_size + np.flatnonzero(tree.rows[leaf * leaf_size : (leaf + 1) * leaf_size] >= 0)
        moved = np.sqrt(np.square(Z[tree.rows[positions]] - rounded.scale * bytes_of[positions]).sum(axis=1))
        assert moved.max() <= rounded.error[leaf]
    squares = np.square(bytes_of.astype(np.int64)).sum(axis=1)
    inside = tree.rows >= 0
    assert np.array_equal(rounded.start[inside], -((squares[inside] + 1) // 2))
    sums = numbers.sum(axis=1, dtype=np.int64)
    assert np.array_equal(rounded.level[inside], (squares // 2 + offset * sums - 1)[inside])
    assert not numbers[~inside].any()
    assert (rounded.start[~inside] == -(2**30)).all()


@settings(max_examples=60, deadline=None)
@given(
    X=arrays(
        np.float64,
        st.tuples(st.integers(70, 300), st.integers(1, 9)),
        elements=st.one_of(st.sampled_from([0.0, 1.0, 0.5, -999999.0]), st.floats(-4, 4, width=16)),
        fill=st.floats(-2, 2, width=16),
    ),
    k=st.integers(1, 8),
)
def test_any_table_in_eight_bits(X: Array, k: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "_LEAST_BYTES": {4: 1, 2: 1},
            "_LITTLE_PRUNED": -1.0,
            "_MANY_QUERIES": 0,
            "_HARDLY_PRUNED": -1.0,
        }.items():
            patch.setattr(tree_search, name, value)
        patch.setattr(tree_search, "has_byte_products", lambda: True)
        neighbors, sqdists = searched_in_bytes(X).neighbors_of_rows(None, k, None)
    assert_exact((neighbors, np.sqrt(sqdists)), brute_force(X, X, k, own=True))


def test_structureless_data_are_recognised() -> None:
    rng = np.random.default_rng(0)
    flat, structured = rng.normal(size=(6000, 40)), rng.normal(size=(6000, 2)) @ rng.normal(size=(2, 40))
    assert TreeSearch(flat, float(np.abs(flat).max()), len(flat)).prunes_hardly_anything(5)
    assert not TreeSearch(structured, float(np.abs(structured).max()), len(structured)).prunes_hardly_anything(5)


@pytest.mark.parametrize("n_leaves", [2, 3, 7, 16, 61])
@pytest.mark.parametrize("n_threads", [1, 2, 5])
def test_rounds_meet_every_pair_of_leaves_once(n_leaves: int, n_threads: int) -> None:
    met = []
    for blocks in tree_search._rounds(n_leaves, n_threads):
        busy: list[int] = []
        for a0, a1, b0, b1 in blocks:
            is_home = b1 == a0 + 1
            met += [(a, b) for a in range(a0, a1) for b in range(max(a if is_home else a + 1, b0), b1)]
            busy += set(range(a0, a1)) | set(range(b0, b1))
        assert len(busy) == len(set(busy))  # blocks of a round share no leaf
    assert sorted(met) == [(a, b) for a in range(n_leaves) for b in range(a, n_leaves)]


@pytest.mark.parametrize("batch", cases.rest_slow([1, 512, 8000]))
def test_batches_of_queries(batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    X = np.random.default_rng(2).normal(size=(3000, 5))
    expected = brute_force(X, X, 5, own=True)
    monkeypatch.setattr(tree_search, "_BATCH", batch)
    assert_exact(Index(X).neighbors_of_rows(None, 5), expected)


def test_float32_alone_would_be_wrong() -> None:
    """The proof is needed: differences that float32 cannot see decide here, and are found."""
    rng = np.random.default_rng(0)
    X = 1.0 + rng.integers(0, 1000, size=(2000, 2)) * 2.0**-40
    expected = brute_force(X, X, 5, own=True)
    assert not np.array_equal(brute_force(X.astype(np.float32), X.astype(np.float32), 5, own=True)[0], expected[0])
    assert_exact(Index(X).neighbors_of_rows(None, 5), expected)


@settings(max_examples=60, deadline=None)
@given(
    X=arrays(
        st.sampled_from([np.float32, np.float64]),
        st.tuples(st.integers(40, 400), st.integers(1, 9)),
        elements=st.one_of(
            st.sampled_from([0.0, 1.0, -1.0, 0.5, 3.0, -999999.0]),
            st.floats(-(2.0**60), 2.0**60, width=32),
            st.floats(-4, 4, width=16),
        ),
        fill=st.floats(-2, 2, width=16),
    ),
    k=st.integers(1, 8),
)
def test_any_table(X: Array, k: int) -> None:
    largest = float(np.abs(X).max())
    neighbors, sqdists = TreeSearch(X, largest, len(X)).neighbors_of_rows(None, k, None)
    assert_exact((neighbors, np.sqrt(sqdists)), brute_force(X, X, k, own=True))
    assert_exact(Index(X).neighbors_of_rows(None, k), brute_force(X, X, k, own=True))


@pytest.mark.parametrize("exponent", [20, 29, 31, 40, 50, 60, 74, 80])
def test_other_rows_far_outside_the_table(exponent: int) -> None:
    """Far outside the table, the filter's coordinates no longer tell rows apart: one scale for both, in float64."""
    rng = np.random.default_rng(exponent)
    X, Y = rng.normal(size=(1500, 6)), rng.normal(size=(200, 6)) * 2.0**exponent
    assert_exact(Index(X).neighbors_of(Y, 4), brute_force(X, Y, 4, own=False))


@pytest.mark.parametrize("structure", [gaussian, low_rank, integer_codes, two_far_clusters])
@pytest.mark.parametrize("k", [1, 5])
def test_rows_whose_candidates_prove_nothing(
    structure: Callable[..., Array], k: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second pass, forced upon all rows: it must reach as far as the k-th distance, ties included."""
    rank = TreeSearch.rank

    def nothing_proven(*arguments: Any) -> tuple[Array, Array, Array]:
        neighbors, sqdists, proven = rank(*arguments)
        return neighbors, sqdists, np.zeros_like(proven)

    monkeypatch.setattr(TreeSearch, "rank", nothing_proven)
    X = structure(np.random.default_rng(k), 1300, 12)
    search = TreeSearch(X, float(np.abs(X).max()), len(X))
    neighbors, sqdists = search.neighbors_of_rows(None, k, None)
    assert search.n_unproven == len(X)
    assert_exact((neighbors, np.sqrt(sqdists)), brute_force(X, X, k, own=True))


# -- sparse ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("density", [0.01, 0.05, 0.5])
@pytest.mark.parametrize(
    "form", cases.rest_slow([sparse.csr_matrix, sparse.csc_matrix, sparse.csr_array, sparse.csc_array])
)
def test_sparse(density: float, form: Any) -> None:
    X = sparse.random(900, 300, density, random_state=0, format="csr")
    dense = X.toarray()
    assert_exact(Index(form(X)).neighbors_of_rows(None, 5), brute_force(dense, dense, 5, own=True))
    Y = sparse.random(100, 300, density, random_state=1, format="csr")
    expected = brute_force(dense, Y.toarray(), 5, own=False)
    assert_exact(Index(form(X)).neighbors_of(form(Y), 5), expected)
    assert_exact(Index(form(X)).neighbors_of(Y.toarray(), 5), expected)
    assert_exact(Index(dense).neighbors_of(form(Y), 5), expected)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_columns", cases.rest_slow([9, 200, 2000], 2))
def test_sparse_rows_that_almost_agree(dtype: type, n_columns: int) -> None:
    """Differences far below the norms, where products of float32 numbers would decide nothing."""
    rng = np.random.default_rng(n_columns)
    few = sparse.random(15, n_columns, 20 / (n_columns + 200), random_state=0).toarray() * 1000
    dense = (few[rng.integers(0, 15, 500)] * (1 + 1e-6 * rng.normal(size=(500, n_columns)))).astype(dtype)
    dense *= 10.0 ** rng.integers(-3, 3, n_columns).astype(dtype)
    search = SparseSearch(sparse.csr_array(dense))
    neighbors, sqdists = search.neighbors_of_rows(None, 5, None)
    assert_exact((neighbors, np.sqrt(sqdists)), brute_force(dense, dense, 5, own=True))


@pytest.mark.parametrize("scale", [1e-200, 1e-12, 1e12, 1e30, 1e200])
@pytest.mark.parametrize("n_columns", [20, 2000])
def test_sparse_other_rows_of_another_scale(scale: float, n_columns: int) -> None:
    X = sparse.random(300, n_columns, 10 / n_columns, random_state=0, format="csr")
    Y = sparse.random(40, n_columns, 10 / n_columns, random_state=1, format="csr") * scale
    assert_exact(Index(X).neighbors_of(Y, 3), brute_force(X.toarray(), Y.toarray(), 3, own=False))


@pytest.mark.parametrize("of_table", [np.float32, np.float64])
@pytest.mark.parametrize("of_queries", [np.float32, np.float64])
@pytest.mark.parametrize("n_columns", [20, 2000])
@pytest.mark.parametrize("sparse_table", [True, False])
@pytest.mark.parametrize("sparse_queries", [True, False])
def test_mixed_containers_and_precisions(
    of_table: type, of_queries: type, n_columns: int, sparse_table: bool, sparse_queries: bool
) -> None:
    X = sparse.random(300, n_columns, 10 / n_columns, random_state=0).toarray().astype(of_table)
    Y = sparse.random(40, n_columns, 10 / n_columns, random_state=1).toarray().astype(of_queries)
    index = Index(sparse.csr_matrix(X) if sparse_table else X)
    got = index.neighbors_of(sparse.csc_array(Y) if sparse_queries else Y, 3)
    assert_exact(got, brute_force(X, Y, 3, own=False))


@pytest.mark.slow
def test_sparse_tables_stay_sparse_where_dense_would_be_far_larger() -> None:
    X = sparse.random(20_000, 2_000, 0.001, random_state=0, format="lil")
    X[:, :35] = 1.0
    assert sparse.issparse(Index(X).X)


def test_sparse_integers_are_exact() -> None:
    rng = np.random.default_rng(0)
    dense = rng.integers(1, 4, size=(800, 200)) * (rng.random((800, 200)) < 0.02)
    dense[5], dense[6] = 0, 0
    assert_exact(Index(sparse.csr_array(dense)).neighbors_of_rows(None, 5), brute_force(dense, dense, 5, own=True))


def test_sparse_duplicates_and_explicit_zeros() -> None:
    X = sparse.csr_matrix(
        (np.array([1.0, 2.0, 0.0, 3.0, 5.0]), np.array([2, 0, 1, 1, 2]), np.array([0, 2, 3, 5])), (3, 50)
    )
    assert_exact(Index(X).neighbors_of_rows(None, 2), brute_force(X.toarray(), X.toarray(), 2, own=True))


def test_the_method_follows_the_data() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1000, 4))
    assert isinstance(Index(X)._search_for(1000, 5), TreeSearch)
    assert isinstance(Index(X)._search_for(10, 5), ExhaustiveSearch)
    assert isinstance(Index(X)._search_for(1000, 900), ExhaustiveSearch)
    assert isinstance(Index(sparse.random(500, 2000, 0.01, random_state=0))._search_for(500, 5), SparseSearch)
    assert isinstance(Index(sparse.random(5000, 20, 0.4, random_state=0))._search_for(5000, 5), TreeSearch)


def test_progress_goes_from_nothing_to_everything() -> None:
    seen: list[float] = []
    Index(np.random.default_rng(0).normal(size=(20000, 3))).neighbors_of_rows(None, 5, progress=seen.append)
    assert seen == sorted(seen)
    assert 0 <= seen[0] < seen[-1] <= 1.0
