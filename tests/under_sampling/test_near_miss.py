"""NearMiss against a slow version on tables with ties; its messages; its searches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

from fastbal._core.farthest import farthest_distances
from fastbal._neighborhood import pool_of
from fastbal.under_sampling import NearMiss, _near_miss
from tests import reference
from tests.under_sampling.test_cleaning import Search, tables_with_ties


def expected_rows(X: Any, y: Any, version: int, k: int, k_candidates: int) -> list[int]:
    counts = np.bincount(y)
    smallest = reference.smallest_class(y)
    X_smallest = X[y == smallest]
    kept = []
    for code in range(len(counts)):
        rows = np.flatnonzero(y == code).tolist()
        if code != counts.argmin():  # the class that is not targeted
            distances = np.sqrt(((X[rows][:, None] - X_smallest[None]) ** 2).sum(axis=2))
            if version == 3:
                nearest = [sorted(range(len(rows)), key=lambda i: (d[i], i))[:k_candidates] for d in distances.T]
                candidates = sorted({i for some in nearest for i in some})
                distances, rows = distances[candidates], [rows[i] for i in candidates]
            measured = np.sort(distances, axis=1)
            score = (measured[:, -k:] if version == 2 else measured[:, :k]).sum(axis=1)
            order = np.argsort(-score if version == 3 else score, kind="stable")
            rows = [rows[i] for i in order[: counts[smallest]]]
        kept += rows
    return kept


@pytest.mark.filterwarnings("ignore:The number of the samples to be selected")
@given(tables_with_ties(), st.sampled_from([1, 2, 3]), st.integers(1, 3), st.integers(1, 3))
def test_against_the_reference(data: Any, version: int, k: int, k_candidates: int) -> None:
    X, y = data
    sampler = NearMiss(version=version, n_neighbors=k, n_neighbors_ver3=k_candidates)
    sampler.fit_resample(X, y)
    assert sampler.sample_indices_.tolist() == expected_rows(X, y, version, k, k_candidates)


def _many_rows(kind: str) -> tuple[Any, Any]:
    """Two larger classes, and a smallest with enough rows for a tree; ties but where numbers are Gaussian."""
    rng = np.random.default_rng(5)
    y = rng.permutation(np.repeat([0, 1, 2], [3000, 400, 2500]))
    X = rng.normal(size=(len(y), 4)) + (y == 2)[:, None]
    if kind != "Gaussian":
        X = np.rint(X * {"ties": 4, "copies": 1}.get(kind, 8))
    if kind == "constant column":
        X[:, 1] = 7
    if kind == "float32":
        X = X.astype(np.float32)
    if kind == "sparse":
        X = X * (rng.random(X.shape) < 0.3)
    if kind == "all alike":
        X[:] = 3
    if kind == "far off":
        X[0] = 1e6
    return X, y


@pytest.mark.parametrize("k", [1, 3, 10])
@pytest.mark.parametrize(
    "kind",
    ["Gaussian", "ties", "copies", "constant column", "float32", "sparse", "all alike", "far off", "-600", "-230",
     "330", "560"],
)  # fmt: skip
def test_a_bound_leaves_out_none_of_the_nearest(kind: str, k: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_near_miss, "_MANY_ROWS", 100)
    X, y = _many_rows(kind)
    plain = X.astype(float)
    if kind.lstrip("-").isdigit():
        X = np.ldexp(X, int(kind))  # which changes no order
    for n_kept in (1, 60, 400):
        sampler = NearMiss(n_neighbors=k, sampling_strategy={0: n_kept, 2: 2 * n_kept})
        sampler.fit_resample(sparse.csr_array(X) if kind == "sparse" else X, y)
        rows = [_nearest_on_average(plain, y, code, k)[:n] for code, n in ((0, n_kept), (2, 2 * n_kept))]
        expected = np.concatenate([rows[0], np.flatnonzero(y == 1), rows[1]])
        np.testing.assert_array_equal(sampler.sample_indices_, expected)


def _nearest_on_average(X: Any, y: Any, code: int, k: int) -> Any:
    """Rows of a class by the sum of their distances to the k nearest of class 1."""
    rows = np.flatnonzero(y == code)
    distances = np.sqrt(((X[rows][:, None] - X[y == 1][None]) ** 2).sum(axis=2))
    return rows[np.argsort(np.sort(distances, axis=1)[:, :k].sum(axis=1), kind="stable")]


@pytest.mark.parametrize("shift", [-3, 3])
def test_a_part_of_the_rows_that_misleads(shift: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_near_miss, "_MANY_ROWS", 100)
    X, y = _many_rows("Gaussian")
    X[np.flatnonzero(y == 0)[:: _near_miss._SAMPLED]] *= np.exp(shift)  # nearer than the others, or farther
    lowest: list[Any] = []
    real = NearMiss._lowest
    monkeypatch.setattr(NearMiss, "_lowest", lambda *given: (lowest.append(real(*given)), lowest[-1])[1])
    sampler = NearMiss(sampling_strategy={0: 300})
    sampler.fit_resample(X, y)
    kept = sampler.sample_indices_[:300]
    np.testing.assert_array_equal(kept, _nearest_on_average(X, y, 0, 3)[:300])
    assert (lowest[0] is None) == (shift < 0)


@pytest.mark.parametrize("is_sparse", [False, True])
def test_most_rows_are_left_out_by_a_bound(is_sparse: bool) -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(12_000, 5)), np.arange(12_000) % 30 == 0
    X = sparse.csr_array(X) if is_sparse else X
    shares: list[float] = []
    score = NearMiss()._lowest(X, np.flatnonzero(~y), pool_of(X, np.flatnonzero(y)), 400, shares.append)
    assert score is not None
    assert 400 <= np.isfinite(score).sum() < 3000
    assert shares == sorted(shares)
    assert 0 < shares[0] < 0.1 < 0.99 < shares[-1] <= 1 + 1e-9


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_farthest_distances(dtype: Any) -> None:
    rng = np.random.default_rng(0)
    X, pool = rng.normal(size=(200, 5)).astype(dtype), rng.standard_t(2, size=(300, 5)).astype(dtype)
    distances = np.sqrt(((X[:, None].astype(float) - pool[None].astype(float)) ** 2).sum(axis=2))
    for k in (1, 3, 300):
        expected = np.sort(distances, axis=1)[:, -k:]
        np.testing.assert_allclose(farthest_distances(X, pool, k), expected, rtol=1e-12)


@pytest.mark.parametrize("shift", [0, 1e6])
@pytest.mark.parametrize("n_columns", [1, 5, 300])
def test_the_farthest_distances_of_sparse_rows_are_those_of_dense_ones(n_columns: int, shift: float) -> None:
    """Bit for bit, or ties would be decided otherwise; far from the origin, products alone lose half the digits."""
    rng = np.random.default_rng(n_columns)
    X, pool = rng.normal(size=(70, n_columns)) + shift, rng.standard_t(2, size=(90, n_columns)) + shift
    X, pool = (np.where(rng.random(Z.shape) < 0.5, Z, 0) for Z in (X, pool))
    for k in (1, 3, 90):
        got = farthest_distances(sparse.csr_array(X), sparse.csr_array(pool), k)
        np.testing.assert_array_equal(got, farthest_distances(X, pool, k))


def test_too_few_candidates() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 2)), np.repeat([0, 1], [40, 20])
    sampler = NearMiss(version=3, n_neighbors_ver3=1)
    with pytest.warns(
        UserWarning, match="The number of the samples to be selected is larger .* Raise n_neighbors_ver3"
    ):
        _, got = sampler.fit_resample(X, y)
    assert 0 < (got == 0).sum() < 20


def test_too_few_rows() -> None:
    X, y = np.arange(10.0)[:, None], ["rare"] * 2 + ["good"] * 8
    with pytest.raises(ValueError, match=r"Class 'rare' has 2 rows, but n_neighbors asks for the distances to 3 of"):
        NearMiss().fit_resample(X, y)
    with pytest.raises(ValueError, match=r"Class 'good' has 8 rows, but n_neighbors_ver3 asks for"):
        NearMiss(version=3, n_neighbors=1, n_neighbors_ver3=9).fit_resample(X, y)


@pytest.mark.parametrize("version", [1, 3])
@pytest.mark.parametrize("search", [Search(4), KNeighborsClassifier(n_neighbors=4)])
def test_any_object_with_kneighbors_will_do(version: int, search: Any) -> None:
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(200, 2)), np.repeat([0, 1], [150, 50])
    got, _ = NearMiss(version=version, n_neighbors=search, n_neighbors_ver3=search, n_jobs=1).fit_resample(X, y)
    expected, _ = NearMiss(version=version, n_neighbors=4, n_neighbors_ver3=4).fit_resample(X, y)
    np.testing.assert_array_equal(got, expected)


def test_version_2_counts_rows_and_not_columns() -> None:
    X, y = np.random.default_rng(0).normal(size=(60, 1)), np.repeat([0, 1], [45, 15])
    for k in (1, 7, 15):
        for search in (k, NearestNeighbors(n_neighbors=k)):
            sampler = NearMiss(version=2, n_neighbors=search)
            sampler.fit_resample(X, y)
            assert sampler.sample_indices_.tolist() == expected_rows(X, y, 2, k, 3)


@pytest.mark.parametrize("small", [1e-160, 1e160])
def test_distances_between_tables_of_different_sizes(small: float) -> None:
    """One of which alone could be squared as it is."""
    X, pool = np.array([[1.0], [2.0]]) * small, np.array([[1.0], [3.0]])
    expected = np.sort(abs(X - pool.T), axis=1)
    np.testing.assert_allclose(farthest_distances(X, pool, 2), expected)
    np.testing.assert_allclose(farthest_distances(pool, X, 2), np.sort(abs(pool - X.T), axis=1))


@pytest.mark.parametrize("version", [0, 4])
def test_there_are_three_versions(version: int) -> None:
    X, y = np.arange(10.0)[:, None], [0] * 4 + [1] * 6
    with pytest.raises(ValueError, match="'version' parameter of NearMiss must be"):
        NearMiss(version=version).fit_resample(X, y)


def test_version_2_takes_all_rows_for_the_farthest_where_there_are_fewer() -> None:
    X, y = np.random.default_rng(0).normal(size=(20, 2)), np.repeat([0, 1], [18, 2])
    got, _ = NearMiss(version=2, n_neighbors=3).fit_resample(X, y)
    expected, _ = NearMiss(version=2, n_neighbors=2).fit_resample(X, y)
    np.testing.assert_array_equal(got, expected)
