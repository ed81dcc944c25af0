"""Squared distances, bit for bit those of NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from fastbal._kernels.exhaustive import measure_all


@pytest.mark.parametrize("n_columns", [1, 2, 7, 8, 9, 15, 16, 127, 128, 129, 136, 137, 255, 256, 257, 369, 1000, 5000])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_equals_numpy_bit_for_bit(n_columns: int, dtype: type) -> None:
    rng = np.random.default_rng(n_columns)
    X = (rng.normal(size=(20, n_columns)) * 10.0 ** rng.integers(-9, 9, n_columns)).astype(dtype)
    Y = (X + rng.normal(size=X.shape)).astype(dtype)
    got = np.empty((7, 20))
    measure_all(X, Y, False, np.arange(20), got, 3, 10)
    expected = [np.square(X.astype(np.float64) - Y[i].astype(np.float64)).sum(axis=1) for i in range(3, 10)]
    assert np.array_equal(got, expected)


def test_a_row_is_infinitely_far_from_itself() -> None:
    X = np.zeros((4, 3))
    got = np.empty((4, 4))
    measure_all(X, X, True, np.arange(4), got, 0, 4)
    assert np.array_equal(got, np.where(np.eye(4, dtype=bool), np.inf, 0.0))
