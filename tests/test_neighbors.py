"""NearestNeighbors with scikit-learn's interface."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.neighbors import NearestNeighbors as Peer
from sklearn.utils.estimator_checks import parametrize_with_checks

from fastbal.neighbors import NearestNeighbors


@parametrize_with_checks([NearestNeighbors()])
def test_scikit_learn_checks(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.fixture
def X() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(800, 6))


@pytest.mark.parametrize("mode", ["connectivity", "distance"])
@pytest.mark.parametrize("own", [True, False])
def test_same_as_scikit_learn(X: np.ndarray, mode: str, own: bool) -> None:
    queries = None if own else X[:100] + 0.1
    got, expected = NearestNeighbors(n_neighbors=4).fit(X), Peer(n_neighbors=4).fit(X)
    for a, b in zip(got.kneighbors(queries), expected.kneighbors(queries), strict=True):
        np.testing.assert_allclose(a, b)
    a, b = got.kneighbors_graph(queries, mode=mode), expected.kneighbors_graph(queries, mode=mode)
    assert a.shape == b.shape
    np.testing.assert_allclose(a.toarray(), b.toarray())


def test_number_of_neighbors_of_a_call(X: np.ndarray) -> None:
    search = NearestNeighbors(n_neighbors=4).fit(X)
    assert search.kneighbors(n_neighbors=7, return_distance=False).shape == (800, 7)
    assert search.kneighbors(X[:3], n_neighbors=np.int64(2), return_distance=False)[:, 0].tolist() == [0, 1, 2]


def test_imbalanced_learn_takes_it(X: np.ndarray) -> None:
    imblearn = pytest.importorskip("imblearn.over_sampling")
    y = np.repeat([0, 1], [700, 100])
    expected = imblearn.SMOTE(random_state=0).fit_resample(X, y)
    got = imblearn.SMOTE(random_state=0, k_neighbors=NearestNeighbors(n_neighbors=6)).fit_resample(X, y)
    np.testing.assert_allclose(got[0], expected[0])


def test_pickled_and_cloned(X: np.ndarray) -> None:
    search = NearestNeighbors(n_neighbors=3).fit(X)
    again = pickle.loads(pickle.dumps(search))
    assert np.array_equal(again.kneighbors()[1], search.kneighbors()[1])
    assert clone(search).get_params() == search.get_params()


def test_sparse(X: np.ndarray) -> None:
    thin = np.where(X > 1, X, 0)
    got = NearestNeighbors(n_neighbors=3).fit(sparse.csc_matrix(thin)).kneighbors(sparse.coo_array(thin[:9]))
    expected = NearestNeighbors(n_neighbors=3).fit(thin).kneighbors(thin[:9])
    np.testing.assert_allclose(got[0], expected[0], atol=1e-7)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"metric": "manhattan"}, "Euclidean distance only, but metric='manhattan'"),
        ({"p": 1}, "Euclidean distance only, but metric='minkowski' with p=1"),
        ({"n_neighbors": 0}, "Expected n_neighbors > 0. Got 0"),
    ],
)
def test_bad_parameters(X: np.ndarray, parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        NearestNeighbors(**parameters).fit(X)


def test_too_few_rows() -> None:
    search = NearestNeighbors(n_neighbors=3).fit(np.eye(3))
    with pytest.raises(ValueError, match=r"n_samples_fit = 3 and a row is not its own.*Lower n_neighbors to 2 or less"):
        search.kneighbors()
    with pytest.raises(ValueError, match="Lower n_neighbors to 3 or less"):
        search.kneighbors(np.eye(3), n_neighbors=4)


@pytest.mark.parametrize("n_neighbors", [2.0, "2", True])
def test_number_of_neighbors_is_an_integer(n_neighbors: Any) -> None:
    with pytest.raises(TypeError, match="enter integer value"):
        NearestNeighbors(n_neighbors=n_neighbors).fit(np.eye(4))


@pytest.mark.parametrize(("value", "kind"), [(np.nan, "NaN"), (np.inf, "inf")])
@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
def test_not_finite(X: np.ndarray, value: float, kind: str, form: Any) -> None:
    broken = X.copy()
    broken[3, 2] = broken[5, 2] = value
    message = rf"Input X contains .*: column 2 \(2 {kind}\). NearestNeighbors computes distances.*or drop these rows"
    with pytest.raises(ValueError, match=message):
        NearestNeighbors().fit(form(broken))
    with pytest.raises(ValueError, match=message):
        NearestNeighbors().fit(X).kneighbors(form(broken))


def test_unknown_mode(X: np.ndarray) -> None:
    with pytest.raises(ValueError, match="mode must be 'connectivity' or 'distance', but 'both' was given"):
        NearestNeighbors().fit(X).kneighbors_graph(mode="both")
