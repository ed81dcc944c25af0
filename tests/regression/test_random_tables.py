"""Small random tables of every dtype and size, in every container: finite rows, and the same ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils import get_tags

from fastbal.regression import SMOGN, SMOTER, GaussianNoiseSampler
from tests.cases import rest_slow
from tests.random_tables import HOLDERS, holds, random_table


def targets(seed: int, n: int) -> NDArray[Any]:
    """Floats of heavy tails, whole numbers, numbers near the largest, and float32."""
    rng = np.random.default_rng(seed)
    return [
        rng.standard_t(2, n),
        rng.integers(0, 50, n),
        rng.exponential(size=n) * 1e200,
        rng.normal(size=n).astype(np.float32),
    ][seed % 4]


@pytest.mark.parametrize("seed", rest_slow(range(400), n_quick=40))
def test_new_rows_are_finite_and_the_same_in_every_container(seed: int) -> None:
    _, X, _, k = random_table(seed)
    y = targets(seed, len(X))
    rare = np.quantile(y.astype(float), 0.75)
    if (y >= rare).all():
        return
    names = [name for name in HOLDERS if holds(name, X)]
    name = names[seed % len(names)]
    holder = HOLDERS[name]
    for sampler in (
        SMOTER(k_neighbors=k),
        SMOTER(k_neighbors=k, scale="range"),
        SMOGN(k_neighbors=k),
        SMOGN(k_neighbors=k, scale="range"),
        GaussianNoiseSampler(),
    ):
        sampler.set_params(random_state=seed, relevance=lambda v: (v >= rare).astype(float), categorical_features=None)
        expected, y_expected = clone(sampler).fit_resample(holder.amounts_to(X), y)
        assert y_expected.dtype == y.dtype
        assert np.isfinite(expected.astype(float)).all()
        assert np.isfinite(y_expected.astype(float)).all()
        is_sparse = any(word in name for word in ("csr", "csc", "sparse"))
        if is_sparse and not get_tags(sampler).input_tags.sparse:
            continue
        got, y_got = clone(sampler).fit_resample(holder.put(X), y)
        np.testing.assert_allclose(holder.get(got).astype(float), expected.astype(float), rtol=1e-6)
        np.testing.assert_array_equal(y_got, y_expected)
