"""A table of real size: 319,553 against 62,601 rows of 10 columns, as an insurer has them."""

from __future__ import annotations

import numpy as np
import pytest

from fastbal.over_sampling import SMOTE, RandomOverSampler
from fastbal.under_sampling import RandomUnderSampler

N_NO, N_YES = 319_553, 62_601


def insurance(seed=0):
    """Customers who did not, and did, buy another insurance: flags, codes, ages and a premium; many ties."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.repeat([0, 1], [N_NO, N_YES]))
    n = len(y)
    X = np.column_stack(
        [
            rng.integers(0, 2, n),  # gender
            np.clip(rng.normal(38 + 5 * y, 15, n).round(), 20, 85),  # age
            rng.random(n) < 0.998,  # licence
            rng.integers(0, 53, n),  # region
            rng.random(n) < np.where(y, 0.02, 0.5),  # insured before
            rng.integers(0, 3, n),  # age of the vehicle
            rng.random(n) < np.where(y, 0.98, 0.43),  # damaged before
            np.where(rng.random(n) < 0.17, 2630, rng.lognormal(10.3, 0.35, n).round()),  # premium
            rng.choice([26, 124, 152, 160], n, p=[0.25, 0.25, 0.4, 0.1]),  # sales channel
            rng.integers(10, 300, n),  # days as a customer
        ]
    )
    return X.astype(np.float64), y


@pytest.fixture(scope="module")
def table():
    return insurance()


@pytest.mark.parametrize(
    ("sampler", "expected"),
    [
        (RandomUnderSampler(random_state=0), N_YES),
        (RandomOverSampler(random_state=0), N_NO),
        (SMOTE(random_state=0), N_NO),
    ],
    ids=["under", "over", "smote"],
)
def test_classes_are_equal(table, sampler, expected):
    X, y = table
    X_balanced, y_balanced = sampler.fit_resample(X, y)
    assert np.bincount(y_balanced).tolist() == [expected, expected]
    assert X_balanced.shape == (2 * expected, 10)
