"""Condensed nearest neighbours and one-sided selection: what imbalanced-learn does, and what it means to do."""

from __future__ import annotations

from typing import Any

import imblearn.under_sampling
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

import fastbal.under_sampling
from fastbal.under_sampling import CondensedNearestNeighbour, OneSidedSelection
from tests import reference
from tests.under_sampling.test_cleaning import Search, tables_with_ties, targeted
from tests.under_sampling.test_parity import overlapping


def condensed(X: Any, y: Any, seed: int, k: int, n_seeds: int, *, skips_by_accident: bool) -> list[int]:
    """Row numbers; with the accident of imbalanced-learn: positions in the class are looked up among row numbers."""
    random = np.random.RandomState(seed)
    smallest = reference.smallest_class(y)
    result = []
    for code in range(y.max() + 1):
        rows = np.flatnonzero(y == code).tolist()
        if code not in targeted(y, "auto"):
            result += rows
            continue
        seeds = [rows[i] for i in random.randint(0, len(rows), n_seeds)]
        kept = seeds if skips_by_accident else list(dict.fromkeys(seeds))
        for position, row in enumerate(rows):
            if row in kept or (skips_by_accident and position in kept):
                continue
            if predicted(X, y, row, np.flatnonzero(y == smallest).tolist() + kept, k) != code:
                kept.append(row)
        result += kept
    return result


def predicted(X: Any, y: Any, row: int, prototypes: list[int], k: int) -> int:
    """The class that most of the k nearest prototypes of a row have, the smallest of several."""
    sqdists = [((X[row] - X[other]) ** 2).sum() for other in prototypes]
    nearest = [other for _, other in sorted(zip(sqdists, prototypes, strict=True))[:k]]
    return int(np.bincount(y[nearest]).argmax())


def one_sided(X: Any, y: Any, seed: int, k: int, n_seeds: int, strategy: str) -> list[int]:
    """Row numbers that one-sided selection keeps: of a class to clean the seeds, then what they get wrong; no links."""
    random = np.random.RandomState(seed)
    smallest = reference.smallest_class(y)
    kept: list[int] = []
    for code in range(y.max() + 1):
        rows = np.flatnonzero(y == code).tolist()
        if code not in targeted(y, strategy):
            kept += rows
            continue
        seeds = list(dict.fromkeys(rows[i] for i in random.randint(0, len(rows), n_seeds)))
        prototypes = np.flatnonzero(y == smallest).tolist() + seeds
        others = [row for row in rows if row not in seeds]
        kept += seeds
        if code != smallest:  # the prototypes of the smallest class are of one class
            kept += [row for row in others if predicted(X, y, row, prototypes, k) != code]
    left = np.sort(kept)
    linked = {left[i] for pair in reference.tomek_links(X[left], y[left]) for i in pair} if len(left) > 1 else set()
    return [row for row in kept if row not in linked or y[row] not in targeted(y, strategy)]


@pytest.mark.slow
@pytest.mark.parametrize("n_classes", [2, 3])
def test_the_rows_of_imbalanced_learn_but_for_those_it_skips_by_accident(n_classes: int) -> None:
    n_different = 0
    for seed in range(6):
        X, y = overlapping(200, n_classes, seed)
        theirs = imblearn.under_sampling.CondensedNearestNeighbour(random_state=seed)
        theirs.fit_resample(X, y)
        with_accidents = condensed(X, y, seed, 1, 1, skips_by_accident=True)
        assert theirs.sample_indices_.tolist() == with_accidents
        ours = CondensedNearestNeighbour(random_state=seed)
        got, labels = ours.fit_resample(X, y)
        expected = condensed(X, y, seed, 1, 1, skips_by_accident=False)
        assert ours.sample_indices_.tolist() == expected
        np.testing.assert_array_equal(got, X[expected])
        np.testing.assert_array_equal(labels, y[expected])
        n_different += expected != with_accidents
    assert n_different


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_rows_of_imbalanced_learn_where_no_accident_can_happen(dtype: Any) -> None:
    """The rows of the class to clean come last: their numbers are above all positions in the class."""
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1, 2], [60, 150, 120])
    X = (rng.normal(size=(330, 3)) + y[:, None]).astype(dtype)
    for seed in range(5):
        ours, theirs = (
            module.CondensedNearestNeighbour(random_state=seed, sampling_strategy=[2])
            for module in (fastbal.under_sampling, imblearn.under_sampling)
        )
        for got, expected in zip(ours.fit_resample(X, y), theirs.fit_resample(X, y), strict=True):
            np.testing.assert_array_equal(got, expected)
        assert len(ours.estimators_) == len(theirs.estimators_)


@given(tables_with_ties(), st.integers(1, 5), st.integers(1, 3), st.integers(0, 100))
def test_against_the_reference(data: Any, k: int, n_seeds: int, seed: int) -> None:
    X, y = data
    k = min(k, int(np.bincount(y).min()))
    for search in (k, NearestNeighbors(n_neighbors=k), KNeighborsClassifier(n_neighbors=k)):
        sampler = CondensedNearestNeighbour(random_state=seed, n_neighbors=search, n_seeds_S=n_seeds)
        sampler.fit_resample(X, y)
        assert sampler.sample_indices_.tolist() == condensed(X, y, seed, k, n_seeds, skips_by_accident=False)


@given(tables_with_ties(), st.integers(1, 5), st.integers(1, 4), st.integers(0, 100), st.sampled_from(["auto", "all"]))
def test_one_sided_selection_against_the_reference(data: Any, k: int, n_seeds: int, seed: int, strategy: str) -> None:
    X, y = data
    k = min(k, int(np.bincount(y).min()))
    for search in (k, KNeighborsClassifier(n_neighbors=k)):
        sampler = OneSidedSelection(
            sampling_strategy=strategy, random_state=seed, n_neighbors=search, n_seeds_S=n_seeds
        )
        got, labels = sampler.fit_resample(X, y)
        expected = one_sided(X, y, seed, k, n_seeds, strategy)
        assert sampler.sample_indices_.tolist() == expected
        np.testing.assert_array_equal(got, X[expected])
        np.testing.assert_array_equal(labels, y[expected])


@pytest.mark.parametrize("is_smallest_last", [False, True])
def test_another_classifier_condenses_as_well(is_smallest_last: bool) -> None:
    X, y = overlapping(300, 3)
    y = 2 - y if is_smallest_last else y
    mine = CondensedNearestNeighbour(random_state=0, n_neighbors=3)
    asked = CondensedNearestNeighbour(
        random_state=0, n_neighbors=KNeighborsClassifier(n_neighbors=3, metric="minkowski", p=2, weights=np.ones_like)
    )
    np.testing.assert_array_equal(mine.fit_resample(X, y)[0], asked.fit_resample(X, y)[0])


@pytest.mark.parametrize("sampler", [CondensedNearestNeighbour, OneSidedSelection])
def test_a_search_or_a_numpy_number_is_a_number_of_neighbours(sampler: Any) -> None:
    X, y = overlapping(200)
    expected, _ = sampler(random_state=0, n_neighbors=3).fit_resample(X, y)
    for search in (NearestNeighbors(n_neighbors=3), Search(n_neighbors=3), np.int64(3)):
        np.testing.assert_array_equal(sampler(random_state=0, n_neighbors=search).fit_resample(X, y)[0], expected)


def test_weighted_columns_weigh() -> None:
    X, y = overlapping(200)
    weights = np.array([1.0, 100.0, 1.0, 0.01])
    weighted = KNeighborsClassifier(n_neighbors=1, metric_params={"w": weights})
    got, _ = CondensedNearestNeighbour(random_state=0, n_neighbors=weighted).fit_resample(X, y)
    expected, _ = CondensedNearestNeighbour(random_state=0).fit_resample(X * np.sqrt(weights), y)
    np.testing.assert_allclose(got * np.sqrt(weights), expected)


@pytest.mark.parametrize("sampler", [CondensedNearestNeighbour, OneSidedSelection])
def test_numbers_among_objects_are_labels(sampler: Any) -> None:
    X, y = overlapping(200, 2)
    fitted = sampler(random_state=0)
    _, got = fitted.fit_resample(X, np.array([-7, 7], object)[y])
    _, expected = sampler(random_state=0).fit_resample(X, y)
    assert got.dtype == object
    assert got.tolist() == np.array([-7, 7])[expected].tolist()
    assert fitted.estimators_[0].classes_.tolist() == [-7, 7]


@pytest.mark.parametrize("sampler", [CondensedNearestNeighbour, OneSidedSelection])
def test_a_row_is_kept_once_however_often_it_is_drawn(sampler: Any) -> None:
    X, y = overlapping(200)
    fitted = sampler(random_state=0, n_seeds_S=60)
    fitted.fit_resample(X, y)
    assert len(np.unique(fitted.sample_indices_)) == len(fitted.sample_indices_)


@pytest.mark.parametrize("sampler", [CondensedNearestNeighbour, OneSidedSelection])
def test_too_many_voters(sampler: Any) -> None:
    X, y = np.arange(10.0)[:, None], ["rare"] * 2 + ["good"] * 8
    with pytest.raises(ValueError, match=r"n_neighbors=7 rows are to vote, but class 'good' starts with 3 in all"):
        sampler(n_neighbors=7, random_state=0).fit_resample(X, y)


def test_each_class_has_a_classifier_that_knows_its_prototypes() -> None:
    X, y = overlapping(300, 3)
    sampler = CondensedNearestNeighbour(random_state=0).fit(X, y)
    got, labels = sampler.fit_resample(X, y)
    assert len(sampler.estimators_) == 2
    smallest = np.bincount(y).argmin()
    for classifier in sampler.estimators_:
        own = classifier.classes_[classifier.classes_ != smallest]
        np.testing.assert_array_equal(classifier.predict(got[labels == own]), labels[labels == own])
