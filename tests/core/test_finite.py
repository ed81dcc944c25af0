"""NaN and infinity are found in any layout."""

from __future__ import annotations

import numpy as np
import pytest

from fastbal._core.finite import count_not_finite


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_counts_per_column(order: str, dtype: type) -> None:
    X = np.asarray(np.random.default_rng(0).normal(size=(30_000, 7)), dtype=dtype, order=order)
    assert count_not_finite(X) is None
    assert count_not_finite(X[::3, ::2]) is None
    X[[0, 5, 29_999], [0, 3, 6]] = np.nan
    X[[17, 18], 6] = [np.inf, -np.inf]
    got = count_not_finite(X)
    assert got is not None
    np.testing.assert_array_equal(got[0], [1, 0, 0, 1, 0, 0, 1])
    np.testing.assert_array_equal(got[1], [0, 0, 0, 0, 0, 0, 2])


def test_values_near_the_limits_are_finite() -> None:
    assert count_not_finite(np.full((100, 2), np.finfo(np.float64).max)) is None


def test_integers_and_empty_tables_have_none() -> None:
    assert count_not_finite(np.ones((3, 2), int)) is None
    assert count_not_finite(np.ones((0, 2))) is None
