"""The tree of boxes: every row in a leaf, every box around its rows, every stored norm a lower bound."""

from __future__ import annotations

import numpy as np
import pytest

from fastbal._core.tree_search import TreeSearch
from fastbal._kernels.vector import PANEL


def build(n: int, n_columns: int, seed: int = 0) -> TreeSearch:
    rng = np.random.default_rng(seed)
    X = rng.standard_t(2, size=(n, n_columns)) @ rng.normal(size=(n_columns, n_columns))
    return TreeSearch(X, float(np.abs(X).max()), len(X))


@pytest.mark.parametrize("n", [1, 2, 63, 64, 65, 700, 9000])
@pytest.mark.parametrize("n_columns", [1, 3, 40])
def test_every_row_stands_in_the_tree_once(n: int, n_columns: int) -> None:
    tree = build(n, n_columns).tree
    assert sorted(tree.rows[tree.rows >= 0].tolist()) == list(range(n))
    assert (tree.rows[:n] >= 0).all()  # only the last leaf is padded
    assert np.isinf(tree.half[n:]).all()


@pytest.mark.parametrize("n_columns", [1, 3, 40])
def test_boxes_hold_their_rows(n_columns: int) -> None:
    search = build(700, n_columns)
    tree = search.tree
    Z = search.rotation(search.X)
    for node in range(len(tree.n_leaves)):
        begin = tree.first_leaf[node] * search.leaf_size
        rows = tree.rows[begin : begin + tree.n_leaves[node] * search.leaf_size]
        inside = Z[rows[rows >= 0]] - tree.center[node]
        assert (inside >= tree.low[node]).all()
        assert (inside <= tree.high[node]).all()


@pytest.mark.parametrize("n_columns", [1, 3, 40])
def test_panels_hold_the_rows_and_norms_are_lower_bounds(n_columns: int) -> None:
    search = build(700, n_columns)
    tree, size = search.tree, search.leaf_size
    Z = search.rotation(search.X)
    panels = tree.panels.reshape(-1, n_columns, PANEL)
    for position in range(700):
        center = tree.center[tree.leaf_node[position // size]]
        got = panels[position // PANEL, :, position % PANEL]
        expected = Z[tree.rows[position]] - center
        np.testing.assert_allclose(got, expected, rtol=1e-6, atol=1e-9 * np.abs(Z).max())
        assert 2 * np.float64(tree.half[position]) <= np.square(got.astype(np.float64)).sum()
        assert 2 * np.float64(tree.half[position]) >= np.square(got.astype(np.float64)).sum() * (1 - 1e-3) - 1e-9


def test_rows_that_lie_together_stand_together() -> None:
    """The point of a tree: rows of a leaf are nearer to each other than any rows."""
    search = build(9000, 3)
    Z = search.rotation(search.X)[search.tree.rows[:9000]]
    n = 9000 // search.leaf_size * search.leaf_size
    within = np.median(Z[:n].reshape(-1, search.leaf_size, 3).std(axis=1))
    assert within < 0.5 * np.median(Z.std(axis=0))
