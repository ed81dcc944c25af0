"""The coordinates of a search: distances stay what they are, and preparing never costs more than searching."""

from __future__ import annotations

import time

import numpy as np
import pytest

from fastbal._core import neighbors
from fastbal._core.neighbors import Index
from fastbal._core.rotation import principal_axes


@pytest.mark.parametrize(
    ("n", "d", "n_queries"), [(2000, 12, 2000), (60, 400, 60), (3000, 80, 3), (500, 1, 500), (1100, 1600, 1100)]
)
def test_distances_stay_what_they_are(n: int, d: int, n_queries: int) -> None:
    X = np.random.default_rng(d).normal(size=(n, d)) * np.logspace(0, 3, d)
    rotation = principal_axes(X, float(np.abs(X).max()), n_queries)
    Z = rotation(X)
    moved = np.square(Z[:50, None] - Z[None, :50]).sum(axis=2) / rotation.scale**2
    expected = np.square(X[:50, None] - X[None, :50]).sum(axis=2)
    np.testing.assert_allclose(moved, expected, rtol=1e-9)
    assert np.array_equal(rotation(X, 1)[:, 0], Z[:, 0]) or np.allclose(rotation(X, 1)[:, 0], Z[:, 0], rtol=1e-12)
    n_sorted = d if rotation.reflectors is None else len(rotation.reflectors[1])
    assert (np.diff(rotation.variance[:n_sorted]) <= 0.01 * rotation.variance[0]).all()


@pytest.mark.slow
def test_axes_are_found_only_where_the_search_is_much_more_work() -> None:
    rng = np.random.default_rng(0)
    narrow, wide = rng.normal(size=(5000, 30)), rng.normal(size=(300, 2000))
    few_axes = rng.normal(size=(1100, 20)) @ rng.normal(size=(20, 1600))
    assert principal_axes(narrow, 5.0, 5000).axes is not None
    assert principal_axes(narrow, 5.0, 5).axes is None
    assert principal_axes(wide, 5.0, 300).axes is None
    leading = principal_axes(few_axes, 50.0, 1100)
    assert leading.axes is not None
    assert leading.axes.shape == (1600, 32)
    assert leading.variance[20:].sum() < 1e-9 * leading.variance.sum()
    assert principal_axes(rng.normal(size=(1100, 1600)), 5.0, 1100).axes is None  # they would say nothing


def test_a_column_that_is_an_axis_is_not_reflected() -> None:
    """LAPACK gives a reflection of nothing the weight 0, of which there is no reciprocal."""
    X = np.zeros((2000, 1600))
    X[:, 0] = np.random.default_rng(0).normal(size=2000)
    rotation = principal_axes(X, 5.0, 2000)
    assert rotation.reflectors is not None
    Z = rotation(X)
    moved = np.square(Z - Z[0]).sum(axis=1) / rotation.scale**2
    np.testing.assert_allclose(moved, np.square(X[:, 0] - X[0, 0]), rtol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "d"), [(200, 6000), (300, 20_000)])
def test_wide_tables_take_about_the_time_of_their_product(n: int, d: int) -> None:
    """A matrix of d x d once took 98 s here. Measured against the matrix product of the same rows."""
    X = np.random.default_rng(0).normal(size=(n, d)).astype(np.float32)
    Index(X[:, :50]).neighbors_of_rows(None, 5)

    def cost(work: object) -> float:
        start = time.process_time()
        work()  # type: ignore[operator]
        return time.process_time() - start

    ours = min(cost(lambda: Index(X).neighbors_of_rows(None, 5)) for _ in range(3))
    product = min(cost(lambda: X.astype(np.float64) @ X.T.astype(np.float64)) for _ in range(3))
    assert ours < 60 * product + 0.1


def test_more_rows_than_positions_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbors, "_MOST_ROWS", 9)
    with pytest.raises(ValueError, match="among at most 9 rows, but there are 10"):
        Index(np.zeros((10, 2)))


def test_a_table_searched_for_few_rows_first_and_for_all_later_stays_exact() -> None:
    X = np.random.default_rng(0).normal(size=(3000, 40))
    index = Index(X)
    some = index.neighbors_of_rows(np.arange(30), 5)[0]
    assert np.array_equal(index.neighbors_of_rows(None, 5)[0][:30], some)


@pytest.mark.parametrize("value", [0.1, 1e9 / 3])
def test_a_column_of_equal_values_keeps_nobody_from_axes(value: float) -> None:
    """Its mean is not quite that value, and what is left of it is no small deviation beside the others'."""
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.normal(size=(40_000, 5)) @ rng.normal(size=(5, 9)), np.full(40_000, value)])
    rotation = principal_axes(X, float(np.abs(X).max()), len(X))
    assert rotation.axes is not None
    assert rotation.variance.sum() > 0
