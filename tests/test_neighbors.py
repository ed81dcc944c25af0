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

from fastbal import over_sampling, under_sampling
from fastbal.neighbors import Approximate, NearestNeighbors


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


# -- approximate --------------------------------------------------------------------------------------------------


@parametrize_with_checks([Approximate()])
def test_approximate_passes_scikit_learn_checks(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.fixture(scope="module")
def structureless() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(40_000, 16)).astype(np.float32)


def test_approximate_says_what_it_has_found(structureless: np.ndarray) -> None:
    search = Approximate(n_neighbors=4, farther=1.1).fit(structureless)
    distances, rows = search.kneighbors()
    exact = NearestNeighbors(n_neighbors=4).fit(structureless).kneighbors()[0]
    measured = np.linalg.norm(structureless.astype(float)[rows] - structureless[:, None], axis=2)
    np.testing.assert_allclose(distances, measured)
    assert not search.exact_
    assert 1 < (distances.sum(axis=1) / exact.sum(axis=1)).mean() <= 1.1
    low, high = search.recall_interval_
    assert low <= (distances <= exact[:, -1:]).mean() <= high
    low, high = search.distance_ratio_interval_
    assert low < search.distance_ratio_ < high <= 1.1
    assert search.budget_ > 1
    again = pickle.loads(pickle.dumps(search))
    assert np.array_equal(again.kneighbors()[1], rows)
    assert np.array_equal(clone(search).fit(structureless).kneighbors()[1], rows)


def test_approximate_for_other_rows_and_few_of_them(structureless: np.ndarray) -> None:
    search = Approximate(farther=1.1).fit(structureless[:30_000])
    others, few = structureless[10_000:], structureless[:50]
    distances = search.kneighbors(others)[0]
    exact = NearestNeighbors().fit(structureless[:30_000])
    expected = exact.kneighbors(others)[0]
    assert not search.exact_
    assert (distances.sum(axis=1) / expected.sum(axis=1)).mean() <= 1.1
    assert np.array_equal(search.kneighbors(few)[1], exact.kneighbors(few)[1])
    assert search.exact_
    assert (search.recall_, search.distance_ratio_, search.budget_) == (1.0, 1.0, None)


@pytest.mark.slow
def test_approximate_checks_on_rows_of_the_seed(structureless: np.ndarray) -> None:
    reported = []
    for seed in (0, 0, 1, np.random.RandomState(0), np.random.default_rng(0), None):
        search = Approximate(recall=0.3, random_state=seed).fit(structureless)
        search.kneighbors()
        reported.append(search.recall_)
    assert reported[0] == reported[1]
    assert reported[0] == reported[3]
    assert reported[0] != reported[2]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"farther": 1.05, "recall": 0.9}, "takes farther or recall, but farther=1.05 and recall=0.9 were given"),
        ({"farther": 1.0}, r"farther must be above 1 \(1.05 is 5 % farther\), but farther=1.0 was given"),
        ({"farther": np.inf}, "farther must be above 1"),
        ({"farther": float("nan")}, "farther must be above 1"),
        ({"recall": 1.0}, "recall must be above 0 and below 1, but recall=1.0 was given"),
        ({"recall": 95}, "recall must be above 0 and below 1, but recall=95 was given"),
        ({"n_neighbors": 0}, "Expected n_neighbors > 0. Got 0"),
    ],
)
def test_bad_parameters_of_approximate(X: np.ndarray, parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Approximate(**parameters).fit(X)


#: Samplers, and which of their parameters take a search.
TAKE_A_SEARCH = [
    (over_sampling.SMOTE, ["k_neighbors"]),
    (over_sampling.BorderlineSMOTE, ["k_neighbors", "m_neighbors"]),
    (over_sampling.SVMSMOTE, ["k_neighbors", "m_neighbors"]),
    (over_sampling.ADASYN, ["n_neighbors"]),
    (over_sampling.KMeansSMOTE, ["k_neighbors"]),
    (over_sampling.SMOTEN, ["k_neighbors"]),
    (under_sampling.EditedNearestNeighbours, ["n_neighbors"]),
    (under_sampling.RepeatedEditedNearestNeighbours, ["n_neighbors"]),
    (under_sampling.AllKNN, ["n_neighbors"]),
    (under_sampling.NeighbourhoodCleaningRule, ["n_neighbors"]),
    (under_sampling.NearMiss, ["n_neighbors"]),
]


@pytest.mark.parametrize(("sampler", "parameters"), TAKE_A_SEARCH, ids=lambda value: getattr(value, "__name__", ""))
def test_every_sampler_takes_an_approximate_search(sampler: Any, parameters: list[str]) -> None:
    """A small table is searched exactly, so the rows are those of the exact search."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(600, 5)), np.repeat([0, 1], [450, 150])
    X[y == 1] += 1.5
    seed = {"random_state": 0} if "random_state" in sampler().get_params() else {}
    got = sampler(**seed, **{name: Approximate(n_neighbors=4) for name in parameters}).fit_resample(X, y)
    expected = sampler(**seed, **{name: NearestNeighbors(n_neighbors=4) for name in parameters}).fit_resample(X, y)
    assert np.array_equal(got[0], expected[0])
    assert np.array_equal(got[1], expected[1])


def test_new_rows_lie_between_rows_that_are_near(structureless: np.ndarray) -> None:
    y = np.repeat([1, 0], [30_000, 10_000])
    y[-2:] = 2
    search = Approximate(n_neighbors=6, farther=1.05)
    sampler = over_sampling.SMOTE(sampling_strategy={0: 30_000}, k_neighbors=search, random_state=0)
    sampler.fit_resample(structureless, y)
    assert sampler.nn_k_.exact_  # 10,000 rows are searched faster exactly
    sampler = over_sampling.SMOTE(sampling_strategy={1: 60_000}, k_neighbors=search, random_state=0)
    X_resampled, _ = sampler.fit_resample(structureless, y)
    assert not sampler.nn_k_.exact_
    recipe = sampler.recipe_
    assert not (recipe.base == recipe.neighbor).any()
    assert (y[recipe.neighbor] == 1).all()
    start, end, new = (
        part.astype(float)
        for part in (structureless[recipe.base], structureless[recipe.neighbor], X_resampled[40_000:])
    )
    assert (new >= np.minimum(start, end) - 1e-6).all()
    assert (new <= np.maximum(start, end) + 1e-6).all()
    nearest = NearestNeighbors(n_neighbors=5).fit(structureless[:30_000]).kneighbors()[0]
    length = np.linalg.norm(end - start, axis=1)
    assert length.mean() <= 1.05 * nearest.mean()


def test_imbalanced_learn_takes_an_approximate_search(X: np.ndarray) -> None:
    imblearn = pytest.importorskip("imblearn.over_sampling")
    y = np.repeat([0, 1], [700, 100])
    expected = imblearn.SMOTE(random_state=0).fit_resample(X, y)
    got = imblearn.SMOTE(random_state=0, k_neighbors=Approximate(n_neighbors=6)).fit_resample(X, y)
    np.testing.assert_allclose(got[0], expected[0])
