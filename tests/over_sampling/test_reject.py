"""New rows among other classes are drawn again; neighbours as the smallest class allows; rows that are pictures."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from scipy.spatial.distance import cdist
from sklearn.base import clone
from sklearn.datasets import make_classification

from fastbal.combine import SMOTETomek
from fastbal.over_sampling import (
    ADASYN,
    MWMOTE,
    SMOTE,
    SMOTEN,
    SMOTENC,
    SVMSMOTE,
    BorderlineSMOTE,
    GeometricSMOTE,
    KMeansSMOTE,
    ProWSyn,
    RandomOverSampler,
    SafeLevelSMOTE,
)
from fastbal.under_sampling import RandomUnderSampler
from tests import cases

REJECTING = [
    SMOTE(random_state=0),
    BorderlineSMOTE(random_state=0),
    SVMSMOTE(random_state=0),
    KMeansSMOTE(random_state=0, kmeans_estimator=1),
    ADASYN(random_state=0),
    ProWSyn(random_state=0),
    MWMOTE(random_state=0),
]
by_sampler = pytest.mark.parametrize("sampler", REJECTING, ids=lambda sampler: type(sampler).__name__)


def table(n: int = 500) -> cases.Data:
    return make_classification(
        n, n_features=5, n_informative=3, n_redundant=0, n_classes=3, weights=[0.7, 0.2], class_sep=0.8, random_state=1
    )


def foreign(X: Any, y: Any, rows: Any, labels: Any, k: int) -> Any:
    nearest = np.argsort(cdist(rows, X), axis=1, kind="stable")[:, :k]
    return (y[nearest] != labels[:, None]).mean(axis=1)


@by_sampler
def test_no_new_row_is_among_others(sampler: Any) -> None:
    X, y = table()
    plain = clone(sampler)
    X_plain, y_plain = plain.fit_resample(X, y)
    strict = clone(sampler).set_params(reject=0.6)
    X_out, y_out = strict.fit_resample(X, y)
    assert Counter(y_out.tolist()) == Counter(y_plain.tolist())
    k = getattr(sampler, "k_neighbors", 5)
    before = foreign(X, y, X_plain[len(X) :], y_plain[len(X) :], k)
    assert (before >= 0.6).any()
    assert (foreign(X, y, X_out[len(X) :], y_out[len(X) :], k) < 0.6).all()
    # Rows that were accepted at once are where they were.
    np.testing.assert_array_equal(X_out[len(X) :][before < 0.6], X_plain[len(X) :][before < 0.6])
    np.testing.assert_array_equal(strict.recipe_.label, plain.recipe_.label)
    known = set(vars(plain)) - {"recipe_", "reject"}
    assert known <= set(vars(strict))
    if isinstance(sampler, BorderlineSMOTE):
        assert strict.in_danger_indices.keys() == plain.in_danger_indices.keys()
    again, _ = clone(strict).fit_resample(X, y)
    np.testing.assert_array_equal(again, X_out)


@pytest.mark.slow
def test_what_is_never_accepted_is_said() -> None:
    """Rare rows that are each surrounded by common ones: any new row is, too."""
    grid = np.array([[i, j] for i in range(20) for j in range(20)], float)
    y = np.zeros(400, int)
    y[[84, 95, 204, 215, 324, 335]] = 1
    with pytest.warns(UserWarning, match="new rows .* lie among other classes wherever they are drawn"):
        _, y_out = SMOTE(reject=0.3, random_state=0).fit_resample(grid, y)
    assert Counter(y_out.tolist()) == {0: 394, 1: 394}


def test_rejecting_in_sparse_tables_with_gaps_in_combination_and_as_batches() -> None:
    from fastbal._streaming.batches import Batches

    X, y = table()
    X[abs(X) < 0.3] = 0
    dense, _ = SMOTE(reject=0.6, random_state=0).fit_resample(X, y)
    thin, _ = SMOTE(reject=0.6, random_state=0).fit_resample(sparse.csr_array(X), y)
    np.testing.assert_allclose(thin.toarray(), dense)
    X_nan = np.where(np.random.default_rng(0).random(X.shape) < 0.02, np.nan, X)
    _, y_out = SMOTE(reject=0.8, missing="keep", random_state=0).fit_resample(X_nan, y)
    assert len(set(Counter(y_out.tolist()).values())) == 1
    both = SMOTETomek(smote=SMOTE(reject=0.6, random_state=0))
    assert {tuple(row) for row in both.fit_resample(X, y)[0]} <= {tuple(row) for row in dense}
    batches = Batches(X, y, SMOTE(reject=0.6, random_state=0), batch_size=100)
    rows = np.concatenate([batches.batch(0, i)[0] for i in range(len(batches))])
    assert {tuple(row) for row in rows} == {tuple(row) for row in dense}


# --------------------------------------------------------------------------------------------- k_neighbors="auto"


@pytest.mark.parametrize(
    "sampler",
    [
        SMOTE(k_neighbors="auto"),
        BorderlineSMOTE(k_neighbors="auto"),
        KMeansSMOTE(k_neighbors="auto", kmeans_estimator=1),
        ADASYN(n_neighbors="auto"),
        SafeLevelSMOTE(k_neighbors="auto"),
        GeometricSMOTE(k_neighbors="auto"),
        SMOTEN(k_neighbors="auto"),
        SMOTENC([0], k_neighbors="auto"),
    ],
    ids=lambda sampler: type(sampler).__name__,
)
@pytest.mark.parametrize("n_rare", [2, 4, 30])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_auto_is_five_or_what_the_smallest_class_allows(sampler: Any, n_rare: int) -> None:
    X, y = cases.binary()
    keep = np.concatenate([np.flatnonzero(y == 0), np.flatnonzero(y == 1)[:n_rare]])
    X, y = np.round(X[keep]), y[keep]
    name = "n_neighbors" if isinstance(sampler, ADASYN) else "k_neighbors"
    neighbors = ("auto", min(5, n_rare - 1))
    got, expected = (clone(sampler).set_params(random_state=0, **{name: k}).fit_resample(X, y)[0] for k in neighbors)
    np.testing.assert_array_equal(got, expected)


def test_auto_asks_for_two_rows() -> None:
    X, y = cases.binary()
    keep = np.concatenate([np.flatnonzero(y == 0), np.flatnonzero(y == 1)[:1]])
    with pytest.raises(ValueError, match="use RandomOverSampler for it"):
        SMOTE(k_neighbors="auto").fit_resample(X[keep], y[keep])


# ---------------------------------------------------------------------------------------------------- pictures, series


@pytest.mark.parametrize("shape", [(2, 3), (3, 1, 2)])
@pytest.mark.parametrize("sampler", [SMOTE(), RandomOverSampler(), RandomUnderSampler(), GeometricSMOTE()])
def test_rows_of_any_shape_come_back_as_they_were(sampler: Any, shape: tuple[int, ...]) -> None:
    X, y = cases.multiclass()
    expected, y_expected = clone(sampler).set_params(random_state=0).fit_resample(X, y)
    fitted = clone(sampler).set_params(random_state=0)
    got, y_got = fitted.fit_resample(X.reshape(-1, *shape), y)
    assert got.shape == (len(expected), *shape)
    np.testing.assert_array_equal(got.reshape(len(got), -1), expected)
    np.testing.assert_array_equal(y_got, y_expected)
    assert fitted.n_features_in_ == 6
    listed, _ = clone(sampler).set_params(random_state=0).fit_resample(X.reshape(-1, *shape).tolist(), y.tolist())
    np.testing.assert_array_equal(np.array(listed), got)


def test_batches_of_pictures() -> None:
    from fastbal._streaming.batches import Batches

    X, y = cases.multiclass()
    for sampler in (SMOTE(random_state=0), RandomOverSampler(shrinkage=0.1, random_state=0)):
        batches = Batches(X.reshape(-1, 2, 3), y, sampler, batch_size=64)
        assert batches.batch(0, 0)[0].shape == (64, 2, 3)


def test_pictures_without_pixels_are_refused() -> None:
    with pytest.raises(ValueError, match="Found array with dim 3"):
        SMOTE().fit_resample(np.empty((4, 0, 2)), [0, 0, 1, 1])
