"""A sharer's numbers are NumPy's."""

from __future__ import annotations

import numpy as np
import pytest

from fastbal._core.sharer import Sharer


@pytest.mark.parametrize("n", [1, 2, 3, 1000, 70_001])
@pytest.mark.parametrize("kind", ["equal", "equal float32", "some 0", "uneven", "tiny"])
def test_a_sharer_draws_what_numpy_draws(n: int, kind: str) -> None:
    weights = np.ones(n) if kind.startswith("equal") else np.random.default_rng(n).random(n) ** 8
    weights[0] = 1.0
    if kind == "some 0":
        weights[1:][:: max(2, n // 7)] = 0.0
    if kind == "tiny":
        weights[1:] *= 1e-300
    weights /= weights.sum()
    if kind == "equal float32":
        weights = weights.astype(np.float32)
    source, expected = np.random.RandomState(7), np.random.RandomState(7)
    sharer = Sharer(source)
    for size in (5, 1024, (3, 2), 40_000, None):
        np.testing.assert_array_equal(
            sharer.choice(n, size, p=weights, replace=True), expected.choice(n, size, p=weights, replace=True)
        )
        assert sharer.randint(0, 1000) == expected.randint(0, 1000)
    np.testing.assert_array_equal(sharer.choice(n, n, replace=False), expected.choice(n, n, replace=False))
    assert source.randint(0, 1 << 30) == expected.randint(0, 1 << 30)


def test_a_sharer_refuses_what_numpy_refuses() -> None:
    weights = np.array([0.5, 0.2])
    for _ in range(2):
        with pytest.raises(ValueError, match="sum to 1"):
            Sharer(np.random.RandomState(0)).choice(2, 3, p=weights)


def test_weights_that_are_wrong_are_refused_each_time() -> None:
    sharer, weights = Sharer(np.random.RandomState(0)), np.array([0.9, 0.9])
    for _ in range(2):
        with pytest.raises(ValueError, match="do not sum to 1"):
            sharer.choice(2, 3, p=weights)
