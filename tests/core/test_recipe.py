"""A recipe is a small value that cannot contradict itself."""

from __future__ import annotations

import numpy as np
import pytest

from fastbal._core.recipe import Block, Recipe, join


def test_a_recipe_without_new_rows_keeps_all() -> None:
    recipe = Recipe(n_rows=4)
    assert (recipe.n_kept, recipe.n_new) == (4, 0)
    np.testing.assert_array_equal(recipe.kept_rows(), [0, 1, 2, 3])


def test_blocks_are_joined_in_order() -> None:
    rows = np.arange(3)
    step = np.array([0.1, 0.2, 0.3])
    recipe = join([Block(1, rows, rows + 1, step), Block(300, rows[:1], rows[1:2], step[:1])], n_rows=9)
    np.testing.assert_array_equal(recipe.base, [0, 1, 2, 0])
    np.testing.assert_array_equal(recipe.neighbor, [1, 2, 3, 1])
    np.testing.assert_array_equal(recipe.step, [0.1, 0.2, 0.3, 0.1])
    np.testing.assert_array_equal(recipe.label, [1, 1, 1, 300])
    assert join([], n_rows=9).n_new == 0


def test_parts_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="must be of one length"):
        Recipe(n_rows=3, base=np.arange(2), label=np.arange(3))
    with pytest.raises(ValueError, match="both be None"):
        Recipe(n_rows=3, base=np.arange(2), label=np.arange(2), step=np.zeros(2))
