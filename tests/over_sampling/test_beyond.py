"""The over-samplers that imbalanced-learn lacks: what is exact in them against slow references, the rest by its law."""

from __future__ import annotations

import itertools
import tracemalloc
import warnings
from collections import Counter
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import sparse, stats
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import cdist
from sklearn.base import clone
from sklearn.covariance import ledoit_wolf_shrinkage
from sklearn.datasets import make_classification
from sklearn.metrics.pairwise import nan_euclidean_distances

from fastbal.over_sampling import (
    MGS,
    MWMOTE,
    ROSE,
    GeometricSMOTE,
    LoRAS,
    PolynomFitSMOTE,
    ProWSyn,
    SafeLevelSMOTE,
    SimplicialSMOTE,
)
from fastbal.over_sampling._simplicial import cliques_of
from fastbal.under_sampling import RandomUnderSampler
from tests import cases

SAMPLERS = [
    ProWSyn(random_state=0),
    ProWSyn(random_state=0, share="level"),
    MWMOTE(random_state=0),
    SafeLevelSMOTE(random_state=0),
    SafeLevelSMOTE(random_state=0, step="column"),
    PolynomFitSMOTE(random_state=0),
    PolynomFitSMOTE(random_state=0, topology="bus"),
    PolynomFitSMOTE(random_state=0, topology="mesh"),
    PolynomFitSMOTE(random_state=0, topology="polynomial"),
    GeometricSMOTE(random_state=0),
    MGS(random_state=0),
    LoRAS(random_state=0, sigma=0.0),  # the noise is in the units of the columns
    SimplicialSMOTE(random_state=0),
    ROSE(random_state=0),
]
each = pytest.mark.parametrize("sampler", SAMPLERS, ids=lambda sampler: repr(sampler)[:60])


def table(n: int = 400, seed: int = 0) -> cases.Data:
    return make_classification(
        n, n_features=5, n_informative=4, n_redundant=0, weights=[0.85], class_sep=0.7, random_state=seed
    )


def resampled(sampler: Any, X: Any, y: Any, **arrays: Any) -> tuple[Any, NDArray[Any], NDArray[Any]]:
    fitted = clone(sampler)
    X_out, y_out, *_ = fitted.fit_resample(X, y, **arrays)
    return fitted, X_out[fitted.is_synthetic_], y_out[fitted.is_synthetic_]


# ---------------------------------------------------------------------------------------------------- all of them


@each
@pytest.mark.parametrize("n_new", [0, 1, 7, 61, 500])
def test_the_number_of_rows_is_exact(sampler: Any, n_new: int) -> None:
    X, y = cases.multiclass()
    counts = Counter(y.tolist())
    rare = min(counts, key=lambda label: counts[label])
    asked = {**counts, rare: counts[rare] + n_new}
    _, y_out = clone(sampler).set_params(sampling_strategy=asked).fit_resample(X, y)
    assert Counter(y_out.tolist()) == asked


@each
def test_a_class_of_two_rows(sampler: Any) -> None:
    X, y = table()
    keep = np.concatenate([np.flatnonzero(y == 0), np.flatnonzero(y == 1)[:2]])
    small = {name: 1 for name in ("k_neighbors",) if name in sampler.get_params()}
    small |= {"degree": 1} if getattr(sampler, "topology", "") == "polynomial" else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        _, rows, labels = resampled(clone(sampler).set_params(**small), X[keep], y[keep])
    assert len(rows) == Counter(y.tolist())[0] - 2
    assert set(labels) == {1}
    assert np.isfinite(rows).all()


@pytest.mark.parametrize(
    "sampler",
    [sampler for sampler in SAMPLERS if not isinstance(sampler, GeometricSMOTE)],
    ids=lambda s: repr(s)[:60],
)
def test_constant_rows_stay_what_they_are(sampler: Any) -> None:
    X, y = table()
    X = np.where(y[:, None] == 1, 3.25, X)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        _, rows, _ = resampled(sampler, X, y)
    np.testing.assert_allclose(rows, 3.25, rtol=1e-9)


@each
def test_new_rows_are_of_one_group(sampler: Any) -> None:
    X, y = table(600)
    groups = np.random.default_rng(0).integers(0, 3, len(y))
    X = X + 1000 * groups[:, None]
    if isinstance(sampler, GeometricSMOTE):
        sampler = clone(sampler).set_params(selection_strategy="minority")
    if isinstance(sampler, MGS | LoRAS):
        sampler = clone(sampler).set_params(n_neighbors=3)
    if getattr(sampler, "topology", "star") != "star":
        with pytest.raises(ValueError, match="With groups, topology must be 'star'"):
            clone(sampler).fit_resample(X, y, groups=groups)
        return
    fitted = clone(sampler)
    X_out, _, groups_out = fitted.fit_resample(X, y, groups=groups)
    if not isinstance(sampler, ROSE):  # whose noise is as wide as the class
        np.testing.assert_array_equal(np.rint(X_out.mean(axis=1) / 1000), groups_out)
    np.testing.assert_array_equal(groups_out[fitted.is_synthetic_], groups[fitted.base_indices_])


@each
def test_huge_and_tiny_values_stay_finite(sampler: Any) -> None:
    X, y = table()
    for scale in (1e-300, 1e300):
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            warnings.simplefilter("ignore", UserWarning)
            _, rows, _ = resampled(sampler, scale * X, y)
        assert np.isfinite(rows).all()
        assert np.abs(rows).max() < 20 * scale


# ---------------------------------------------------------------------------------------------------- ProWSyn


def levels_of(X: NDArray[np.float64], is_rare: NDArray[np.bool_], k: int, n_levels: int) -> NDArray[np.int64]:
    rare, foreign = X[is_rare], X[~is_rare]
    levels = np.full(len(rare), n_levels)
    left = np.arange(len(rare))
    for level in range(1, n_levels):
        if not len(left):
            break
        near = np.unique(np.argsort(cdist(foreign, rare[left]), axis=1, kind="stable")[:, :k])
        levels[left[near]] = level
        left = np.delete(left, near)
    return levels


@pytest.mark.parametrize(("k", "n_levels"), [(1, 5), (3, 3), (5, 1), (500, 4)])
def test_prowsyn_levels(k: int, n_levels: int) -> None:
    X, y = table()
    fitted, _, _ = resampled(ProWSyn(n_neighbors=k, n_levels=n_levels, random_state=0), X, y)
    np.testing.assert_array_equal(fitted.levels_[1], levels_of(X, y == 1, k, n_levels))


@pytest.mark.parametrize("share", ["row", "level"])
def test_prowsyn_draws_by_weight(share: str) -> None:
    X, y = table()
    X[y == 1] += 3  # so that few rows are nearest to the other class
    sampler = ProWSyn(n_neighbors=1, n_levels=4, decay=0.7, share=share, random_state=1)
    fitted, _, _ = resampled(sampler.set_params(sampling_strategy={1: 20_000}), X, y)
    rows = np.flatnonzero(y == 1)
    levels = fitted.levels_[1]
    weights = np.exp(-0.7 * levels)
    if share == "level":
        weights = weights / np.array([np.sum(levels == level) for level in levels])
    counts = np.bincount(np.searchsorted(rows, fitted.base_indices_), minlength=len(rows))
    assert stats.chisquare(counts, weights / weights.sum() * counts.sum()).pvalue > 1e-4
    assert stats.kstest(fitted.step_, "uniform").pvalue > 1e-4
    base, neighbor = (np.searchsorted(rows, found) for found in (fitted.base_indices_, fitted.neighbor_indices_))
    assert (base != neighbor).all()
    is_alone = np.bincount(levels)[levels[base]] == 1
    np.testing.assert_array_equal(levels[base[~is_alone]], levels[neighbor[~is_alone]])
    assert len(np.unique(levels)) == 4


# ---------------------------------------------------------------------------------------------------- MWMOTE


def weights_of(X: NDArray[np.float64], is_rare: NDArray[np.bool_], k1: int, k2: int, cutoff: float) -> Any:
    rare, foreign, d = X[is_rare], X[~is_rare], X.shape[1]
    nearest = np.argsort(cdist(rare, X), axis=1, kind="stable")[:, 1 : k1 + 1]
    seeds = np.flatnonzero(is_rare[nearest].any(axis=1))
    border = np.unique(np.argsort(cdist(rare[seeds], foreign), axis=1, kind="stable")[:, :k2])
    weights = np.zeros(len(rare))
    for y in foreign[border]:
        distances = np.linalg.norm(rare[seeds] - y, axis=1)
        near = np.argsort(distances, kind="stable")[: len(seeds) // 2]
        closeness = np.minimum(d / distances[near], cutoff) / cutoff
        weights[seeds[near]] += closeness * closeness / closeness.sum()
    return weights, seeds


@pytest.mark.parametrize("cutoff", [5.0, 0.5])
def test_mwmote_weights_and_clusters(cutoff: float) -> None:
    X, y = table()
    fitted, _, _ = resampled(MWMOTE(random_state=0, cutoff=cutoff, sampling_strategy={1: 20_000}), X, y)
    weights, seeds = weights_of(X, y == 1, 5, 3, cutoff)
    np.testing.assert_allclose(fitted.weights_[1], weights / weights.sum(), rtol=1e-9)
    rare = X[y == 1][seeds]
    assert len(rare) < np.sum(y == 1)
    distances = cdist(rare, rare)
    np.fill_diagonal(distances, np.inf)
    expected = np.full(np.sum(y == 1), -1)
    threshold = 3.0 * distances.min(axis=1).mean()
    expected[seeds] = fcluster(linkage(rare, "average"), threshold, "distance")
    assert len(set(zip(expected, fitted.clusters_[1], strict=True))) == len(set(expected)) > 2
    rows = np.flatnonzero(y == 1)
    base, neighbor = (np.searchsorted(rows, found) for found in (fitted.base_indices_, fitted.neighbor_indices_))
    np.testing.assert_array_equal(expected[base], expected[neighbor])
    drawn = np.bincount(base, minlength=len(rows))
    often = weights / weights.sum() * drawn.sum() >= 5
    assert (
        stats.chisquare(
            [*drawn[often], drawn[~often].sum() + 1e-9],
            [
                *(weights / weights.sum() * drawn.sum())[often],
                (weights / weights.sum() * drawn.sum())[~often].sum() + 1e-9,
            ],
        ).pvalue
        > 1e-4
    )


def test_mwmote_makes_nothing_around_noise() -> None:
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(size=(200, 2)), rng.normal(8, 1, (20, 2)), [[0.0, 0.0]]])
    fitted, rows, _ = resampled(MWMOTE(random_state=0), X, np.repeat([0, 1], [200, 21]))
    assert (rows > 3).all()
    assert fitted.weights_[1][-1] == 0
    assert fitted.clusters_[1][-1] == -1


def test_mwmote_of_a_sparse_table_holds_no_dense_one() -> None:
    X = sparse.random_array((600, 50_000), density=2e-4, rng=np.random.default_rng(0), format="csr")
    y = np.repeat([0, 1], [500, 100])
    tracemalloc.start()
    X_out, _ = MWMOTE(random_state=0).fit_resample(X, y)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sparse.issparse(X_out)
    assert peak < 50_000 * 100 * 8 / 2


def test_mwmote_linked_clusters_hang_together() -> None:
    X, y = table()
    X[y == 1] += 100 * (np.arange(np.sum(y == 1)) % 2)[:, None]
    fitted, rows, _ = resampled(MWMOTE(random_state=0, clusters="linked"), X, y)
    parts = [set(fitted.clusters_[1][half::2]) for half in (0, 1)]
    assert not parts[0] & parts[1]
    assert not ((rows[:, 0] > 20) & (rows[:, 0] < 80)).any()  # nothing in between


def test_mwmote_warns_of_noise_alone() -> None:
    X, y = np.arange(60.0)[:, None], (np.arange(60) % 10 == 5).astype(int)
    with pytest.warns(UserWarning, match="All rows of class 1 are noise"):
        resampled(MWMOTE(random_state=0), X, y)


# ---------------------------------------------------------------------------------------------------- Safe-Level-SMOTE


@pytest.mark.parametrize("step", ["row", "column"])
def test_safe_level_steps_obey_the_levels(step: str) -> None:
    X, y = table()
    sampler = SafeLevelSMOTE(random_state=0, m_neighbors=4, step=step, sampling_strategy={1: 5_000})
    fitted, new, _ = resampled(sampler, X, y)
    rows = np.flatnonzero(y == 1)
    nearest = np.argsort(cdist(X[rows], X), axis=1, kind="stable")[:, 1:5]
    levels = (y[nearest] == 1).sum(axis=1)
    np.testing.assert_array_equal(fitted.safe_levels_[1], levels)
    p, n = (levels[np.searchsorted(rows, found)] for found in (fitted.base_indices_, fitted.neighbor_indices_))
    assert ((p > 0) | (n > 0)).all()
    start, end = X[fitted.base_indices_], X[fitted.neighbor_indices_]
    moved = (new - start) / (end - start)
    low = np.where(n > p, 1 - p / np.maximum(n, 1), 0)
    high = np.where(n == 0, 0, np.where(p > n, n / np.maximum(p, 1), 1))
    assert (moved >= low[:, None] - 1e-9).all()
    assert (moved <= high[:, None] + 1e-9).all()
    share = ((moved - low[:, None]) / np.where(high > low, high - low, 1)[:, None])[high > low]
    assert stats.kstest(share[:, 0], "uniform").pvalue > 1e-4
    assert (np.ptp(share, axis=1).max() < 1e-6) == (step == "row")
    np.testing.assert_array_equal(np.isnan(fitted.step_), step == "column")


def test_safe_level_without_a_safe_pair_is_smote() -> None:
    X, y = np.arange(80.0)[:, None], (np.arange(80) % 10 == 5).astype(int)
    with pytest.warns(UserWarning, match="No row of class 1 has another of its class among its m_neighbors"):
        fitted, _, _ = resampled(SafeLevelSMOTE(random_state=0), X, y)
    assert len(set(fitted.base_indices_)) == 8


# ---------------------------------------------------------------------------------------------------- polynom-fit SMOTE


@pytest.mark.parametrize("n_new", [58, 59, 131, 400])
def test_star(n_new: int) -> None:
    X, y = table()
    rows = np.flatnonzero(y == 1)
    sampler = PolynomFitSMOTE(random_state=0, sampling_strategy={1: len(rows) + n_new})
    fitted, new, _ = resampled(sampler, X, y)
    counts = np.bincount(np.searchsorted(rows, fitted.base_indices_), minlength=len(rows))
    assert counts.max() - counts.min() <= 1
    mean = X[rows].mean(axis=0)
    for row, count in zip(rows, counts, strict=True):
        steps = np.arange(1, count + 1) / (count + 1)
        expected = X[row] + steps[:, None] * (mean - X[row])
        np.testing.assert_allclose(new[fitted.base_indices_ == row], expected, rtol=1e-12, atol=1e-13)
    assert (fitted.neighbor_indices_ >= len(X)).all()


def test_bus_follows_the_axis() -> None:
    X, y = table()
    rows = np.flatnonzero(y == 1)
    X[rows, 0] *= 100
    fitted, _, _ = resampled(PolynomFitSMOTE(random_state=0, topology="bus"), X, y)
    order = rows[np.argsort(X[rows, 0])]
    place = np.empty(len(X), int)
    place[order] = np.arange(len(order))
    assert (abs(place[fitted.base_indices_] - place[fitted.neighbor_indices_]) == 1).mean() > 0.9
    shuffled = np.random.default_rng(0).permutation(len(X))
    again, new, _ = resampled(PolynomFitSMOTE(random_state=0, topology="bus"), X[shuffled], y[shuffled])
    ends = {
        frozenset(pair) for pair in zip(shuffled[again.base_indices_], shuffled[again.neighbor_indices_], strict=True)
    }
    assert ends == {frozenset(pair) for pair in zip(fitted.base_indices_, fitted.neighbor_indices_, strict=True)}
    assert len(new) == len(fitted.base_indices_)


@pytest.mark.parametrize("n_new", [1, 30, 66, 67, 200])
def test_mesh(n_new: int) -> None:
    X, y = table()
    keep = np.concatenate([np.flatnonzero(y == 0), np.flatnonzero(y == 1)[:12]])
    sampler = PolynomFitSMOTE(random_state=0, topology="mesh", sampling_strategy={1: 12 + n_new})
    fitted, _, _ = resampled(sampler, X[keep], y[keep])
    pairs = Counter(map(frozenset, zip(fitted.base_indices_.tolist(), fitted.neighbor_indices_.tolist(), strict=True)))
    assert all(len(pair) == 2 for pair in pairs)
    assert len(pairs) == min(n_new, 66)
    assert max(pairs.values()) - min(pairs.values()) <= 1
    if n_new <= 66:
        assert set(fitted.step_) == {0.5}


def test_mesh_of_many_rows_holds_no_list_of_all_pairs() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(24_000, 2)), np.repeat([0, 1], [8_000, 16_000])
    sampler = PolynomFitSMOTE(random_state=0, topology="mesh", sampling_strategy={0: 16_000})
    fitted, _, _ = resampled(sampler, X, y)
    pairs = set(map(frozenset, zip(fitted.base_indices_.tolist(), fitted.neighbor_indices_.tolist(), strict=True)))
    assert len(pairs) == 8_000
    assert stats.kstest(fitted.base_indices_ / 8_000, stats.beta(1, 2).cdf).pvalue > 1e-4  # the smaller of two


def test_polynomial_lies_on_the_curves() -> None:
    X, y = table()
    rows = np.flatnonzero(y == 1)
    _, new, _ = resampled(PolynomFitSMOTE(random_state=0, topology="polynomial", degree=3), X, y)
    order = rows[np.argsort(X[rows].mean(axis=1), kind="stable")]
    places = np.linspace(0, 1, len(rows))
    for j in range(X.shape[1]):
        curve = np.polyval(np.polyfit(places, X[order, j], 3), np.linspace(0, 1, 20_001))
        assert np.abs(new[:, j][:, None] - curve[None, ::10]).min(axis=1).max() < 1e-2 * np.ptp(X[rows, j])


@pytest.mark.parametrize(("topology", "needed"), [("bus", 2), ("mesh", 2), ("polynomial", 3)])
def test_polynom_fit_refuses_too_few_rows(topology: str, needed: int) -> None:
    X, y = np.arange(9.0)[:, None], np.array([1] * (needed - 1) + [0] * (10 - needed))
    with pytest.raises(
        ValueError, match=f"Class 1 has {needed - 1} rows?, but topology='{topology}' needs at least {needed}"
    ):
        PolynomFitSMOTE(topology=topology).fit_resample(X, y)


# ---------------------------------------------------------------------------------------------------- Geometric SMOTE


@pytest.mark.parametrize("strategy", ["minority", "majority", "combined"])
def test_geometric_surfaces(strategy: str) -> None:
    X, y = table()
    fitted, new, _ = resampled(GeometricSMOTE(random_state=0, selection_strategy=strategy, k_neighbors=3), X, y)
    base, surface = fitted.base_indices_, fitted.neighbor_indices_
    distances = cdist(X, X)
    foreign = np.flatnonzero(y == 0)
    nearest = foreign[distances[:, foreign].argmin(axis=1)]
    rows = np.flatnonzero(y == 1)
    allowed = {row: set(rows[np.argsort(distances[row, rows], kind="stable")[1:4]].tolist()) for row in rows}
    for b, s in zip(base, surface, strict=True):
        is_own = y[s] == 1
        assert s in allowed[b] if is_own else s == nearest[b]
        if strategy == "combined":
            assert distances[b, s] <= distances[b, nearest[b]]
    assert {"minority": {1}, "majority": {0}, "combined": {0, 1}}[strategy] == set(y[surface].tolist())
    radius = distances[base, surface]
    assert (np.linalg.norm(new - X[base], axis=1) <= radius * (1 + 1e-12)).all()
    along = np.einsum("ij,ij->i", new - X[base], X[surface] - X[base])
    assert (along >= -1e-12).all()  # the half on the side of the surface row


def test_geometric_at_the_rim_is_a_line() -> None:
    X, y = table()
    fitted, new, _ = resampled(GeometricSMOTE(random_state=0, deformation_factor=1.0, truncation_factor=-1.0), X, y)
    start, end = X[fitted.base_indices_], X[fitted.neighbor_indices_]
    step = np.einsum("ij,ij->i", new - start, end - start) / np.einsum("ij,ij->i", end - start, end - start)
    np.testing.assert_allclose(new, start + step[:, None] * (end - start), atol=1e-12)
    assert (step <= 1e-12).all()


# ---------------------------------------------------------------------------------------------------- MGS


@pytest.mark.parametrize("covariance", ["empirical", "shrunk"])
def test_mgs_has_the_mean_and_covariance_of_the_neighbourhood(covariance: str) -> None:
    X, y = table(120)
    rows = np.flatnonzero(y == 1)
    sampler = MGS(n_neighbors=4, covariance=covariance, spread=1.5, sampling_strategy={1: 200_000}, random_state=0)
    fitted, new, _ = resampled(sampler, X, y)
    base = fitted.base_indices_
    row = rows[0]
    Z = X[rows[np.argsort(np.linalg.norm(X[rows] - X[row], axis=1))[:5]]]
    wanted = 1.5 * np.cov(Z.T, bias=True)
    if covariance == "shrunk":
        share = ledoit_wolf_shrinkage(Z)
        wanted = (1 - share) * wanted + share * np.trace(wanted) / 5 * np.eye(5)
    made = new[base == row]
    n, scale = len(made), np.sqrt(np.diag(wanted))
    assert n > 3_000
    assert np.abs((made.mean(axis=0) - Z.mean(axis=0)) / scale).max() < 5 / np.sqrt(n)
    assert np.abs((np.cov(made.T) - wanted) / np.outer(scale, scale)).max() < 6 * np.sqrt(2 / n)


def test_mgs_auto_is_the_number_of_columns_or_of_other_rows() -> None:
    X, y = table()
    fitted, _, _ = resampled(MGS(random_state=0), X, y)
    assert np.diff(fitted.parents_.indptr).max() == 6
    keep = np.concatenate([np.flatnonzero(y == 0), np.flatnonzero(y == 1)[:3]])
    fitted, _, _ = resampled(MGS(random_state=0), X[keep], y[keep])
    assert np.diff(fitted.parents_.indptr).max() == 3


def test_mgs_does_not_fill_up_sparse_tables_unasked() -> None:
    X = sparse.random_array((600, 2_000), density=0.005, rng=np.random.default_rng(0), format="csr")
    y = np.repeat([0, 1], [500, 100])
    with pytest.raises(ValueError, match="n_neighbors='auto' is 99 for this table of 2000 columns"):
        MGS(random_state=0).fit_resample(X, y)
    X_out, _ = MGS(n_neighbors=5, random_state=0).fit_resample(X, y)
    assert X_out.nnz < 0.04 * X_out.shape[0] * X_out.shape[1]


# ---------------------------------------------------------------------------------------------------- LoRAS


def test_loras_is_the_mean_of_shadows() -> None:
    """Mean and covariance of rows made of one row's neighbourhood."""
    X, y = table(120)
    rows = np.flatnonzero(y == 1)
    sampler = LoRAS(n_neighbors=4, n_affine=3, sigma=0.5, sampling_strategy={1: 200_000}, random_state=0)
    fitted, new, _ = resampled(sampler, X, y)
    row = rows[0]
    Z = X[rows[np.argsort(np.linalg.norm(X[rows] - X[row], axis=1))[:5]]]
    # Of three weights uniform on the simplex: E sum w² = 3 * 2 / (3 * 4) = 1/2
    wanted = (np.cov(Z.T, bias=True) + 0.25 * np.eye(5)) / 2
    is_of_row = fitted.base_indices_ == row
    made = new[is_of_row]
    n, scale = len(made), np.sqrt(np.diag(wanted))
    assert n > 3_000
    assert np.abs((made.mean(axis=0) - Z.mean(axis=0)) / scale).max() < 5 / np.sqrt(n)
    assert np.abs((np.cov(made.T) - wanted) / np.outer(scale, scale)).max() < 6 * np.sqrt(2 / n)
    parents = fitted.parents_[np.flatnonzero(is_of_row)].toarray()
    np.testing.assert_allclose(parents.sum(axis=1), 1)
    assert (parents > 0).sum(axis=1).max() == 3


@pytest.mark.parametrize(("n_rare", "n_neighbors"), [(120, 30), (100, 30), (99, 5), (4, 3)])
def test_loras_auto_looks_at_few_rows_of_small_classes(n_rare: int, n_neighbors: int) -> None:
    X = np.random.default_rng(0).normal(size=(400 + n_rare, 3))
    y = np.repeat([0, 1], [400, n_rare])
    fitted, _, _ = resampled(LoRAS(n_affine=200, random_state=0), X, y)
    assert np.diff(fitted.parents_.indptr).max() == n_neighbors + 1


# ---------------------------------------------------------------------------------------------------- SimplicialSMOTE


def cliques_slowly(neighbors: NDArray[np.int64]) -> set[frozenset[int]]:
    """All sets of joined vertices that no vertex could join, by growing them."""
    n = len(neighbors)
    joined = [set(row.tolist()) | {v for v in range(n) if u in neighbors[v]} for u, row in enumerate(neighbors)]
    joined = [others - {u} for u, others in enumerate(joined)]
    sets = {frozenset({v}) for v in range(n)}
    found = set()
    while sets:
        larger = set()
        for some in sets:
            more = set.intersection(*(joined[v] for v in some))
            larger |= {some | {v} for v in more}
            if not more:
                found.add(some)
        sets = larger
    return found


@pytest.mark.parametrize(("n", "k"), [(1, 1), (2, 1), (40, 1), (60, 5), (30, 12), (200, 4), (12, 11)])
@pytest.mark.parametrize("shape", ["random", "near", "star"])
def test_cliques(n: int, k: int, shape: str) -> None:
    rng = np.random.default_rng(n + k)
    if shape == "random":
        neighbors = rng.integers(0, n, (n, k))
    else:
        points = rng.normal(size=(n, 2))
        if shape == "star":  # a hub: all are neighbours of the first
            points /= np.linalg.norm(points, axis=1, keepdims=True)
            points[0] = 0
        distance = np.linalg.norm(points[:, None] - points, axis=2)
        neighbors = np.argsort(distance, axis=1)[:, : k + 1]
        neighbors = neighbors[:, 1:] if n > 1 else neighbors
        if shape == "star":
            neighbors[1:, 0] = 0
    got = cliques_of(neighbors)
    sets = [frozenset(clique[clique >= 0].tolist()) for clique in got]
    assert len(set(sets)) == len(sets)
    assert set(sets) == cliques_slowly(neighbors)


@pytest.mark.parametrize("n_corners", [2, 3, 50])
def test_simplicial_rows_lie_between_rows_that_are_all_joined(n_corners: int) -> None:
    X, y = table(300)
    rows = np.flatnonzero(y == 1)
    sampler = SimplicialSMOTE(k_neighbors=4, n_corners=n_corners, sampling_strategy={1: 20_000}, random_state=0)
    fitted, new, _ = resampled(sampler, X, y)
    parents = fitted.parents_
    np.testing.assert_allclose(parents @ X, new, rtol=1e-10, atol=1e-12)
    distance = np.linalg.norm(X[rows][:, None] - X[rows], axis=2)
    found = cliques_slowly(np.argsort(distance, axis=1)[:, 1:5])
    # a set of n_corners out of a larger one is as likely as any other such set
    sets = Counter()
    for some in found:
        some = frozenset(rows[list(some)].tolist())
        sets.update(map(frozenset, itertools.combinations(sorted(some), min(n_corners, len(some)))))
    drawn = Counter(frozenset(row.tolist()) for row in np.split(parents.indices, parents.indptr[1:-1]))
    assert set(drawn) <= set(sets)
    expected = np.array([sets[some] for some in sets]) * len(new) / sets.total()
    assert stats.chisquare([drawn[some] for some in sets], expected).pvalue > 1e-4


def test_only_sums_of_rows_have_parents() -> None:
    X, y = table()
    fitted, _, _ = resampled(ROSE(random_state=0), X, y)
    with pytest.raises(AttributeError, match="New rows of ROSE are no weighted sums of rows"):
        _ = fitted.parents_


# ---------------------------------------------------------------------------------------------------- ROSE


def test_rose_has_the_variance_that_it_says() -> None:
    X, y = table()
    rows = np.flatnonzero(y == 1)
    n, d = len(rows), X.shape[1]
    fitted, new, _ = resampled(ROSE(random_state=0, shrinkage={1: 0.8}, sampling_strategy={1: 100_000}), X, y)
    h = 0.8 * (4 / ((d + 2) * n)) ** (1 / (d + 4)) * X[rows].std(axis=0, ddof=1)
    noise = new - X[fitted.base_indices_]
    for j in range(d):
        assert stats.kstest(noise[:, j] / h[j], "norm").pvalue > 1e-4
    wanted = X[rows].var(axis=0) + h**2
    np.testing.assert_allclose(new.var(axis=0), wanted, rtol=0.03)


def test_rose_makes_all_rows_anew() -> None:
    X, y = table()
    sampler = ROSE(random_state=0, regenerate=True)
    X_out, y_out = sampler.fit_resample(X, y)
    assert sampler.is_synthetic_.all()
    assert Counter(y_out.tolist()) == dict.fromkeys([0, 1], int(np.sum(y == 0)))
    assert not set(map(tuple, X_out.tolist())) & set(map(tuple, X.tolist()))
    np.testing.assert_array_equal(y[sampler.base_indices_], y_out)
    assert dict(sampler.sampling_strategy_) == Counter(y_out.tolist())


def test_rose_refuses_a_label_without_a_factor() -> None:
    X, y = table()
    with pytest.raises(ValueError, match="The missing classes are: \\[1\\]"):
        ROSE(shrinkage={0: 1.0}).fit_resample(X, y)


# ---------------------------------------------------------------------------------------------------- together


@each
def test_in_combination_with_a_cleaner(sampler: Any) -> None:
    from fastbal.combine import SMOTETomek

    X, y = table()
    both = SMOTETomek(smote=sampler, random_state=0)
    X_out, y_out = both.fit_resample(X, y)
    plain, _ = clone(sampler).fit_resample(X, y)
    assert {tuple(row) for row in X_out.tolist()} <= {tuple(row) for row in plain.tolist()}
    assert len(both.base_indices_) == int(both.is_synthetic_.sum()) > 0
    assert len(X_out) == len(y_out)
    assert RandomUnderSampler(random_state=0).fit_resample(X_out, y_out)[0].shape[1] == 5


@pytest.mark.parametrize("sampler", [ProWSyn(random_state=0), SafeLevelSMOTE(random_state=0)])
@pytest.mark.parametrize("step", ["row", "column"])
def test_missing_numbers_stay_missing(sampler: Any, step: str) -> None:
    X, y = table()
    X[np.random.default_rng(0).random(X.shape) < 0.1] = np.nan
    sampler = clone(sampler).set_params(missing="keep", **({"step": step} if "step" in sampler.get_params() else {}))
    fitted, rows, _ = resampled(sampler, X, y)
    parents = np.isnan(X[fitted.base_indices_]), np.isnan(X[fitted.neighbor_indices_])
    assert np.isnan(rows).any()
    assert not (np.isnan(rows) & ~(parents[0] | parents[1])).any()
    assert np.isnan(rows)[parents[0] & parents[1]].all()
    if isinstance(sampler, ProWSyn):
        distances = nan_euclidean_distances(X[y == 0], X[y == 1])
        near = np.unique(np.argsort(distances, axis=1, kind="stable")[:, :5])
        np.testing.assert_array_equal(np.flatnonzero(fitted.levels_[1] == 1), near)
