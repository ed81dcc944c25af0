"""What every sampler must do on every table: counts, provenance, seeds, idempotence, order of rows (hypothesis)."""

from __future__ import annotations

import warnings
from collections import Counter
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.tree import DecisionTreeClassifier

from fastbal import combine, over_sampling, under_sampling
from fastbal.combine import SMOTEENN, Balance, SMOTETomek
from fastbal.over_sampling import (
    ADASYN,
    MGS,
    MWMOTE,
    ROSE,
    SMOTE,
    SMOTEN,
    SMOTENC,
    SVMSMOTE,
    BorderlineSMOTE,
    GeometricSMOTE,
    KMeansSMOTE,
    LoRAS,
    PolynomFitSMOTE,
    ProWSyn,
    RandomOverSampler,
    SafeLevelSMOTE,
    SimplicialSMOTE,
)
from fastbal.under_sampling import (
    AllKNN,
    ClusterCentroids,
    CondensedNearestNeighbour,
    EditedNearestNeighbours,
    InstanceHardnessThreshold,
    NearMiss,
    NeighbourhoodCleaningRule,
    OneSidedSelection,
    RandomUnderSampler,
    RepeatedEditedNearestNeighbours,
    TomekLinks,
)
from tests import reference

SEGMENTS = [
    RandomOverSampler(),
    SMOTE(k_neighbors=2),
    BorderlineSMOTE(k_neighbors=2, m_neighbors=4),
    BorderlineSMOTE(k_neighbors=2, m_neighbors=4, kind="borderline-2"),
    SVMSMOTE(k_neighbors=2, m_neighbors=4),
    KMeansSMOTE(k_neighbors=2, kmeans_estimator=1),
    KMeansSMOTE(k_neighbors=2, kmeans_estimator=3),
    ADASYN(n_neighbors=2),
    SMOTENC([0], k_neighbors=2),
    SMOTEN(k_neighbors=2),
    ProWSyn(n_neighbors=2, n_levels=3),
    ProWSyn(n_neighbors=1, share="level"),
    MWMOTE(k1=2, k2=2),
    MWMOTE(k1=3, k3=2, clusters="linked"),
    SafeLevelSMOTE(k_neighbors=2),
    PolynomFitSMOTE(topology="bus"),
    PolynomFitSMOTE(topology="mesh", steps="random"),
]
#: Whose new rows do not lie on segments between rows.
ELSEWHERE = [
    PolynomFitSMOTE(),
    PolynomFitSMOTE(topology="polynomial"),
    SafeLevelSMOTE(k_neighbors=2, step="column"),
    GeometricSMOTE(k_neighbors=2),
    GeometricSMOTE(selection_strategy="majority", truncation_factor=-0.5, deformation_factor=0.5),
    MGS(),
    LoRAS(),
    LoRAS(n_neighbors=2, n_affine=7, sigma=0),
    SimplicialSMOTE(k_neighbors=2, n_corners=2),
    SimplicialSMOTE(k_neighbors=2),
    MGS(n_neighbors=2, center="row", covariance="shrunk"),
    ROSE(),
]
OVER = [*SEGMENTS, *ELSEWHERE]
#: Those that keep a given number of rows of each class.
UNDER = [
    RandomUnderSampler(),
    NearMiss(n_neighbors=2),
    NearMiss(n_neighbors=2, version=2),
    NearMiss(n_neighbors=2, version=3),
    InstanceHardnessThreshold(estimator=DecisionTreeClassifier(max_depth=2), cv=3),
    ClusterCentroids(voting="hard"),
    ClusterCentroids(),
]
CLEAN = [
    TomekLinks(),
    EditedNearestNeighbours(),
    EditedNearestNeighbours(kind_sel="mode"),
    RepeatedEditedNearestNeighbours(n_neighbors=2),
    AllKNN(),
    NeighbourhoodCleaningRule(),
    CondensedNearestNeighbour(),
    OneSidedSelection(),
]
COMBINE = [
    SMOTEENN(smote=SMOTE(k_neighbors=2)),
    SMOTETomek(smote=SMOTE(k_neighbors=2)),
    Balance(over=SMOTE(k_neighbors=2)),
]
SAMPLERS = [*OVER, *UNDER, *CLEAN, *COMBINE]

#: What they refuse, and must: there is nothing to make rows from.
REFUSALS = ("All support vectors are considered as noise", "No clusters found with sufficient samples")


def each(samplers: list[Any]) -> Any:
    return pytest.mark.parametrize("sampler", samplers, ids=repr)


class Data(NamedTuple):
    """A table of two columns or more, and its labels."""

    X: NDArray[np.float64]
    y: NDArray[Any]


@st.composite
def tables(draw: st.DrawFn, *, ties: bool = True) -> Data:
    """Two or three classes of 5 to 16 rows, in any order; perhaps on a grid, where many distances are equal."""
    counts = draw(st.lists(st.integers(5, 16), min_size=2, max_size=3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    names = draw(st.permutations(["a", "b", "c"]))[: len(counts)]  # so that any of them may be the smallest
    codes = rng.permutation(np.repeat(np.arange(len(counts)), counts))
    distance = draw(st.sampled_from([0.0, 1.0, 4.0]))
    X = rng.normal(size=(len(codes), draw(st.integers(2, 3)))) + distance * codes[:, None]
    if ties and draw(st.booleans()):
        X = np.round(X)
    return Data(X, np.array(names)[codes])


seeds = st.integers(0, 2**32 - 1)


def resampled(sampler: Any, data: Data, seed: int | None = None) -> tuple[Any, Data]:
    """A fitted copy of a sampler, and what it returns; examples that it has to refuse are not counted."""
    sampler = clone(sampler)
    if seed is not None:
        parameters = sampler.get_params()
        sampler.set_params(**{name: seed for name in parameters if name.split("__")[-1] == "random_state"})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # no rows in danger, fewer candidates than asked for
        try:
            X, y = sampler.fit_resample(data.X, data.y)
        except (ValueError, RuntimeError) as error:
            if not str(error).startswith(REFUSALS):
                raise
            reject()
    return sampler, Data(X, y)


def rows_of(data: Data, *labels: str) -> list[tuple[Any, ...]]:
    """The rows of some classes in order, or of all."""
    return [(*row, label) for row, label in zip(data.X.tolist(), data.y.tolist(), strict=True) if label in labels]


def test_every_sampler_is_in_the_list() -> None:
    listed = {type(sampler).__name__ for sampler in SAMPLERS}
    assert listed == {*over_sampling.__all__, *under_sampling.__all__, *combine.__all__}


@each(SAMPLERS)
@settings(max_examples=8)
@given(data=tables(), seed=seeds)
def test_the_same_seed_gives_the_same_rows_and_the_input_stays(sampler: Any, data: Data, seed: int) -> None:
    before = Data(data.X.copy(), data.y.copy())
    _, expected = resampled(sampler, data, seed)
    _, got = resampled(sampler, data, seed)
    np.testing.assert_array_equal(got.X, expected.X)
    np.testing.assert_array_equal(got.y, expected.y)
    np.testing.assert_array_equal(data.X, before.X)
    np.testing.assert_array_equal(data.y, before.y)
    assert got.X.dtype == data.X.dtype
    assert set(got.y.tolist()) <= set(data.y.tolist())


@each(OVER)
@settings(max_examples=15)
@given(data=tables(), seed=seeds, more=st.none() | st.integers(0, 20))
def test_over_samplers_add_what_is_planned_after_the_original_rows(
    sampler: Any, data: Data, seed: int, more: int | None
) -> None:
    counts = Counter(data.y.tolist())
    planned = dict.fromkeys(counts, max(counts.values()))
    if more is not None:
        smallest = min(counts, key=lambda label: counts[label])
        planned = {**counts, smallest: counts[smallest] + more}
        sampler = clone(sampler).set_params(sampling_strategy=planned)
    fitted, got = resampled(sampler, data, seed)
    assert Counter(got.y.tolist()) == planned
    assert {label: counts[label] + n for label, n in fitted.sampling_strategy_.items()}.items() <= planned.items()
    np.testing.assert_array_equal(got.X[: len(data.X)], data.X)
    np.testing.assert_array_equal(got.y[: len(data.y)], data.y)
    np.testing.assert_array_equal(fitted.is_synthetic_, np.arange(len(got.y)) >= len(data.y))


def categories_of(sampler: Any, n_columns: int) -> list[int]:
    """The columns that a sampler takes for categories."""
    return {SMOTEN: list(range(n_columns)), SMOTENC: [0]}.get(type(sampler), [])


@each([*SEGMENTS, *COMBINE])
@settings(max_examples=15)
@given(data=tables(), seed=seeds)
def test_new_rows_lie_on_the_line_through_their_parents(sampler: Any, data: Data, seed: int) -> None:
    fitted, got = resampled(sampler, data, seed)
    new = Data(got.X[fitted.is_synthetic_], got.y[fitted.is_synthetic_])
    base, neighbor, step = fitted.base_indices_, fitted.neighbor_indices_, fitted.step_
    categories = categories_of(sampler, data.X.shape[1])
    numbers = [column for column in range(data.X.shape[1]) if column not in categories]
    expected = reference.interpolate(data.X, base, neighbor, step)
    np.testing.assert_array_equal(new.X[:, numbers], expected[:, numbers])
    for column in categories:  # of some row of the class
        for label in set(new.y.tolist()):
            assert set(new.X[new.y == label, column]) <= set(data.X[data.y == label, column])
    least = -sampler.out_step if isinstance(sampler, SVMSMOTE) else 0.0
    assert ((least <= step) & (step <= 1)).all()
    # Both parents are of the row's class; but borderline-2 may head for another class, less than half way.
    np.testing.assert_array_equal(data.y[base], new.y)
    is_foreign = data.y[neighbor] != new.y
    if getattr(sampler, "kind", "") == "borderline-2":
        assert (step[is_foreign] < 0.5).all()
    else:
        assert not is_foreign.any()


@each(COMBINE)
@settings(max_examples=15)
@given(data=tables(), seed=seeds)
def test_combinations_keep_rows_as_they_are(sampler: Any, data: Data, seed: int) -> None:
    fitted, got = resampled(sampler, data, seed)
    kept = fitted.recipe_.kept_rows()
    assert len(set(kept.tolist())) == len(kept)
    np.testing.assert_array_equal(got.X[~fitted.is_synthetic_], data.X[kept])
    np.testing.assert_array_equal(got.y[~fitted.is_synthetic_], data.y[kept])
    most = max(Counter(data.y.tolist()).values())
    assert max(Counter(got.y.tolist()).values(), default=0) <= most


@each([sampler for sampler in [*UNDER, *CLEAN] if not isinstance(sampler, ClusterCentroids)])
@settings(max_examples=15)
@given(data=tables(), seed=seeds)
def test_under_samplers_select_rows_of_the_input(sampler: Any, data: Data, seed: int) -> None:
    fitted, got = resampled(sampler, data, seed)
    rows = fitted.sample_indices_
    assert len(set(rows.tolist())) == len(rows)
    np.testing.assert_array_equal(got.X, data.X[rows])
    np.testing.assert_array_equal(got.y, data.y[rows])
    assert not fitted.is_synthetic_.any()


@each([sampler for sampler in UNDER if isinstance(sampler, ClusterCentroids)])
@settings(max_examples=15)
@given(data=tables(ties=False), seed=seeds)  # scikit-learn's k-means errs where clusters outnumber distinct rows
def test_centroids_are_among_the_rows_of_their_class(sampler: Any, data: Data, seed: int) -> None:
    fitted, got = resampled(sampler, data, seed)
    assert fitted.is_synthetic_.any() == (fitted.voting_ == "soft")
    for label in set(data.y.tolist()):
        rows, X_class = rows_of(got, label), data.X[data.y == label]
        if fitted.voting_ == "hard":
            assert not Counter(rows) - Counter(rows_of(data, label))  # each row of the input at most once
        assert (got.X[got.y == label] >= X_class.min(axis=0) - 1e-12).all()
        assert (got.X[got.y == label] <= X_class.max(axis=0) + 1e-12).all()


@each([*UNDER, *CLEAN])
@settings(max_examples=15)
@given(data=tables(), seed=seeds, chosen=st.booleans())
def test_classes_that_are_not_targeted_are_left_alone(sampler: Any, data: Data, seed: int, chosen: bool) -> None:
    counts = Counter(data.y.tolist())
    if isinstance(sampler, (AllKNN, RepeatedEditedNearestNeighbours)):
        chosen = True  # "auto" spares the smallest class of each round, which need not be the same one every time
    if chosen:  # the first in the alphabet, be it the smallest
        target = min(counts)
        strategy = {target: min(counts.values())} if sampler in UNDER else [target]
        sampler = clone(sampler).set_params(sampling_strategy=strategy)
    fitted, got = resampled(sampler, data, seed)
    assert set(fitted.sampling_strategy_) <= set(counts)
    for label in set(counts) - set(fitted.sampling_strategy_):
        assert rows_of(got, label) == rows_of(data, label)


@each(UNDER)
@settings(max_examples=15)
@given(data=tables(), seed=seeds)
def test_under_samplers_keep_as_many_rows_as_planned(sampler: Any, data: Data, seed: int) -> None:
    fitted, got = resampled(sampler, data, seed)
    counts = Counter(got.y.tolist())
    for label, n_rows in fitted.sampling_strategy_.items():
        if isinstance(sampler, InstanceHardnessThreshold):
            assert counts[label] >= n_rows  # equally likely rows are all kept
        elif isinstance(sampler, NearMiss) and sampler.version == 3:
            assert counts[label] <= n_rows  # there may be fewer candidates
        else:
            assert counts[label] == n_rows


# ------------------------------------------------------------------------------------------------------ idempotence


@each(OVER)
@settings(max_examples=8)
@given(data=tables(), seed=seeds)
def test_over_sampling_what_is_balanced_changes_nothing(sampler: Any, data: Data, seed: int) -> None:
    _, once = resampled(sampler, data, seed)
    _, twice = resampled(sampler, once, seed)
    np.testing.assert_array_equal(twice.X, once.X)
    np.testing.assert_array_equal(twice.y, once.y)


@each([RandomUnderSampler(), NearMiss(n_neighbors=2), NearMiss(n_neighbors=2, version=2)])
@settings(max_examples=8)
@given(data=tables(), seed=seeds)
def test_under_sampling_what_is_balanced_removes_nothing(sampler: Any, data: Data, seed: int) -> None:
    _, once = resampled(sampler, data, seed)
    _, twice = resampled(sampler, once, seed)
    labels = set(once.y.tolist())
    assert sorted(rows_of(twice, *labels)) == sorted(rows_of(once, *labels))


@pytest.mark.parametrize("kind", ["all", "mode"])
@settings(max_examples=20)
@given(data=tables(ties=False))
def test_repeated_editing_ends_where_editing_removes_nothing(kind: str, data: Data) -> None:
    """Unless it ends because a class is about to vanish. Other rules are not idempotent: they make new neighbours."""
    labels = sorted(set(data.y.tolist()))
    sampler = RepeatedEditedNearestNeighbours(n_neighbors=2, kind_sel=kind, sampling_strategy=labels[1:])
    fitted, once = resampled(sampler, data)
    smallest = min(Counter(data.y.tolist()).values())
    counts = Counter(once.y.tolist())
    if len(counts) < len(labels) or min(counts.values()) < smallest or fitted.n_iter_ == sampler.max_iter:
        return
    for again in (sampler, EditedNearestNeighbours(n_neighbors=2, kind_sel=kind, sampling_strategy=labels[1:])):
        _, twice = resampled(again, once)
        np.testing.assert_array_equal(twice.X, once.X)


# ----------------------------------------------------------------------------------------------------- order of rows


@each([NearMiss(n_neighbors=2, version=version) for version in (1, 2, 3)] + CLEAN[:6])
@settings(max_examples=15)
@given(data=tables(ties=False), everything=st.booleans(), seed=seeds)
def test_permuted_rows_give_the_permuted_result(sampler: Any, data: Data, everything: bool, seed: int) -> None:
    if everything:
        sampler = clone(sampler).set_params(sampling_strategy="all")
    counts = sorted(Counter(data.y.tolist()).values())
    assume(counts[0] < counts[1])  # of equally small classes, the first in the table counts as the smallest
    order = np.random.default_rng(seed).permutation(len(data.y))
    expected, _ = resampled(sampler, data)
    got, _ = resampled(sampler, Data(data.X[order], data.y[order]))
    assert sorted(order[got.sample_indices_].tolist()) == sorted(expected.sample_indices_.tolist())
