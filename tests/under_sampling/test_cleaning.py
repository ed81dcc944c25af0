"""Tomek links and edited neighbours: slow versions on tables with ties, and what imbalanced-learn gets wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import sparse
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

from fastbal._core.shrinking import ShrinkingSearch
from fastbal.under_sampling import (
    AllKNN,
    EditedNearestNeighbours,
    NeighbourhoodCleaningRule,
    RepeatedEditedNearestNeighbours,
    TomekLinks,
)
from tests import reference


@st.composite
def tables_with_ties(draw: st.DrawFn) -> tuple[Any, Any]:
    """A few rows on a small grid: most distances are equal, many rows are the same."""
    counts = draw(st.lists(st.integers(3, 10), min_size=2, max_size=3))
    y = np.array(draw(st.permutations(np.repeat(np.arange(len(counts)), counts).tolist())))
    X = draw(hnp.arrays(np.float64, (len(y), 2), elements=st.sampled_from([0.0, 1.0, 2.0, 3.0])))
    return X, y


def targeted(y: Any, strategy: str) -> list[int]:
    labels = list(range(y.max() + 1))
    if strategy != "all":
        labels.remove(int(np.bincount(y).argmin()))
    return labels


def by_class(y: Any, rows: Any) -> list[int]:
    return sorted(rows, key=lambda row: (y[row], row))


@given(tables_with_ties(), st.sampled_from(["auto", "all"]))
def test_tomek_links_against_the_reference(data: Any, strategy: str) -> None:
    X, y = data
    linked = {row for pair in reference.tomek_links(X, y) for row in pair if y[row] in targeted(y, strategy)}
    sampler = TomekLinks(sampling_strategy=strategy)
    sampler.fit_resample(X, y)
    assert sampler.sample_indices_.tolist() == [row for row in range(len(y)) if row not in linked]


@given(tables_with_ties(), st.sampled_from(["auto", "all"]), st.sampled_from(["all", "mode"]), st.integers(1, 4))
def test_editing_against_the_reference(data: Any, strategy: str, kind: str, k: int) -> None:
    X, y = data
    sampler = EditedNearestNeighbours(sampling_strategy=strategy, n_neighbors=k, kind_sel=kind)
    sampler.fit_resample(X, y)
    expected = reference.edited(X, y, k, kind, targeted(y, strategy))
    assert sampler.sample_indices_.tolist() == by_class(y, expected.tolist())


def rounds(X: Any, y: Any, ks: list[int], kind: str, strategy: str, until_stable: bool) -> list[int]:
    """Editing in rounds, slowly: each on a table of its own."""
    rows = np.arange(len(y))
    smallest, n_smallest = reference.smallest_class(y), int(np.bincount(y).min())
    for k in ks:
        if len(rows) <= k:
            break
        kept = reference.edited(X[rows], y[rows], k, kind, targeted(y[rows], strategy))
        is_stable = len(kept) == len(rows)
        rows = rows[kept]
        counts = np.bincount(y[rows], minlength=y.max() + 1)
        if (until_stable and is_stable) or (np.delete(counts, smallest) < n_smallest).any() or (counts == 0).any():
            break
    return by_class(y, rows.tolist())


@given(tables_with_ties(), st.sampled_from(["auto", "all"]), st.sampled_from(["all", "mode"]), st.integers(1, 4))
def test_rounds_of_editing_against_the_reference(data: Any, strategy: str, kind: str, k: int) -> None:
    X, y = data
    repeated = RepeatedEditedNearestNeighbours(sampling_strategy=strategy, n_neighbors=k, kind_sel=kind)
    repeated.fit_resample(X, y)
    assert repeated.sample_indices_.tolist() == rounds(X, y, [k] * 100, kind, strategy, True)
    growing = AllKNN(sampling_strategy=strategy, n_neighbors=k, kind_sel=kind)
    growing.fit_resample(X, y)
    assert growing.sample_indices_.tolist() == rounds(X, y, list(range(1, k + 1)), kind, strategy, False)


@given(tables_with_ties(), st.sampled_from(["auto", "all"]), st.integers(1, 4))
def test_the_neighbourhood_cleaning_rule_against_the_reference(data: Any, strategy: str, k: int) -> None:
    X, y = data
    smallest = reference.smallest_class(y)
    kept = set(reference.edited(X, y, k, "mode", targeted(y, strategy)).tolist())
    for row, found in enumerate(reference.neighbors(X, k)):
        votes = np.bincount([y[row], *y[found[:-1]]])
        if y[row] == smallest and votes.argmax() != smallest:
            kept -= {other for other in found.tolist() if y[other] in targeted(y, strategy)}
    sampler = NeighbourhoodCleaningRule(sampling_strategy=strategy, n_neighbors=k)
    sampler.fit_resample(X, y)
    assert sampler.sample_indices_.tolist() == sorted(kept)


def test_a_class_is_cleaned_if_it_is_larger_than_the_threshold_not_as_large() -> None:
    X, y = np.random.default_rng(0).normal(size=(60, 2)), np.repeat([0, 1, 2], [12, 24, 24])
    for threshold, expected in ((1.99, [1, 2]), (2.0, [])):
        rule = NeighbourhoodCleaningRule(threshold_cleaning=threshold)
        rule.fit_resample(X, y)
        assert rule.classes_to_clean_ == expected


def test_another_sampler_may_find_what_to_edit() -> None:
    rng = np.random.default_rng(5)
    X, y = rng.normal(size=(300, 2)), (rng.random(300) < 0.3).astype(int)
    editing = EditedNearestNeighbours(kind_sel="mode")
    got, _ = NeighbourhoodCleaningRule(edited_nearest_neighbours=editing).fit_resample(X, y)
    np.testing.assert_array_equal(got, NeighbourhoodCleaningRule().fit_resample(X, y)[0])
    by_links = NeighbourhoodCleaningRule(edited_nearest_neighbours=TomekLinks())
    assert len(by_links.fit_resample(X, y)[0]) > len(got)
    assert isinstance(by_links.edited_nearest_neighbours_, TomekLinks)


SAMPLERS = [
    TomekLinks(),
    EditedNearestNeighbours(),
    RepeatedEditedNearestNeighbours(),
    AllKNN(),
    NeighbourhoodCleaningRule(),
]


@pytest.mark.parametrize("sampler", SAMPLERS, ids=lambda sampler: type(sampler).__name__)
def test_permuted_rows_give_the_permuted_result(sampler: Any) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 3))
    y = (rng.random(400) < 0.3).astype(int)
    expected = set(sampler.fit(X, y).fit_resample(X, y)[0][:, 0].tolist())
    order = rng.permutation(400)
    assert set(sampler.fit_resample(X[order], y[order])[0][:, 0].tolist()) == expected


def test_repeated_editing_is_done_when_it_is_done() -> None:
    rng = np.random.default_rng(1)
    X = rng.normal(size=(600, 3)) + np.repeat([0.0, 1.5], [450, 150])[:, None]
    y = np.repeat([0, 1], [450, 150])
    sampler = RepeatedEditedNearestNeighbours()
    X_once, y_once = sampler.fit_resample(X, y)
    assert 1 < sampler.n_iter_ < 100
    X_twice, _ = sampler.fit_resample(X_once, y_once)
    np.testing.assert_array_equal(X_twice, X_once)
    assert sampler.n_iter_ == 1


def test_row_numbers_are_those_of_the_input_also_if_nothing_is_removed() -> None:
    """imbalanced-learn orders them by class twice."""
    X, y = np.array([[0.0], [10.0], [0.1], [10.1], [0.3], [10.3]]), np.array([1, 0, 1, 0, 1, 0])
    sampler = RepeatedEditedNearestNeighbours(n_neighbors=2, sampling_strategy="all")
    got, _ = sampler.fit_resample(X, y)
    np.testing.assert_array_equal(X[sampler.sample_indices_], got)
    assert sampler.sample_indices_.tolist() == [1, 3, 5, 0, 2, 4]


@pytest.mark.parametrize("sampler", SAMPLERS, ids=lambda sampler: type(sampler).__name__)
def test_functions_say_which_classes_to_clean(sampler: Any) -> None:
    rng = np.random.default_rng(2)
    X, y = rng.normal(size=(200, 2)), np.array(["a", "b", "c"])[rng.integers(0, 3, 200)]
    sampler = type(sampler)
    expected, _ = sampler(sampling_strategy=["b"]).fit_resample(X, y)
    for answer in (["b"], {"b": 7}):
        strategy = lambda y, answer=answer: answer  # noqa: E731
        np.testing.assert_array_equal(sampler(sampling_strategy=strategy).fit_resample(X, y)[0], expected)


def test_duplicates_are_neighbours_of_each_other_and_not_of_themselves() -> None:
    X, y = np.array([[0.0], [0.0], [5.0], [5.0], [5.0]]), np.array([0, 1, 1, 1, 1])
    assert TomekLinks(sampling_strategy="all").fit_resample(X, y)[0].ravel().tolist() == [5.0, 5.0, 5.0]
    X, y = np.repeat([[0.0], [1.0]], [4, 6], axis=0), np.repeat([0, 1], [4, 6])
    editing = EditedNearestNeighbours(sampling_strategy="all")
    assert len(editing.fit_resample(X, y)[0]) == 10


class Search:
    """The least a search can be: no n_jobs, no set_params."""

    def __init__(self, n_neighbors: int) -> None:
        self.n_neighbors = n_neighbors

    def fit(self, X: Any) -> Any:
        self.X = X
        return self

    def kneighbors(self, X: Any, return_distance: bool = True) -> Any:
        sqdists = ((X[:, None] - self.X[None]) ** 2).sum(axis=2)
        found = np.argsort(sqdists, axis=1)[:, : self.n_neighbors]
        return (np.sqrt(np.take_along_axis(sqdists, found, axis=1)), found) if return_distance else found


@pytest.mark.parametrize("sampler", SAMPLERS[1:], ids=lambda sampler: type(sampler).__name__)
def test_any_object_with_kneighbors_will_do(sampler: Any) -> None:
    rng = np.random.default_rng(3)
    X, y = rng.normal(size=(200, 2)), rng.integers(0, 2, 200)
    expected, _ = type(sampler)(n_neighbors=3).fit_resample(X, y)
    for search in (Search(4), NearestNeighbors(n_neighbors=4), KNeighborsClassifier(n_neighbors=4)):
        got, _ = type(sampler)(n_neighbors=search, n_jobs=1).fit_resample(X, y)
        np.testing.assert_array_equal(got, expected)


def test_a_search_may_look_for_more_rows_than_are_left() -> None:
    X = np.array([0.0, 0.1, 100.0, 100.1, 10.0, 10.1, 20.0, 20.1, 30.0, 30.1])[:, None]
    y = np.array([0, 0, 1, 1, 0, 1, 0, 1, 0, 1])
    for k in (2, 5):
        for search in (k, NearestNeighbors(n_neighbors=k + 1), Search(k + 1)):
            sampler = AllKNN(n_neighbors=search, sampling_strategy="all", allow_minority=True)
            sampler.fit_resample(X, y)
            assert sampler.sample_indices_.tolist() == []
    assert sampler.enn_.n_neighbors == 2  # what was left after one round were two and two


def test_too_few_rows() -> None:
    with pytest.raises(ValueError, match="X has 3 rows, but n_neighbors asks for 3 neighbours of each"):
        EditedNearestNeighbours().fit_resample([[0.0], [1.0], [2.0]], [0, 0, 1])


def test_a_shrinking_search_looks_again_only_where_it_must() -> None:
    rng = np.random.default_rng(4)
    X = rng.normal(size=(3000, 4))
    search = ShrinkingSearch(X, 3)
    is_left, rows = np.ones(3000, bool), np.arange(3000)
    for _ in range(4):
        rows = np.flatnonzero(is_left)
        got = search.nearest(rows, is_left, 3)
        expected = rows[NearestNeighbors(n_neighbors=3).fit(X[rows]).kneighbors(return_distance=False)]
        np.testing.assert_array_equal(got, expected)
        is_left[rng.integers(0, 3000, 300)] = False
    assert 3000 < search.n_searched < 4000


@pytest.mark.parametrize("kind", ["random", "ties", "duplicates", "sparse"])
@pytest.mark.parametrize("n", [9, 300, 2500])
def test_a_shrinking_search_is_that_of_the_rows_left(kind: str, n: int) -> None:
    rng = np.random.default_rng(n)
    X = rng.normal(size=(n, 3))
    if kind in ("ties", "sparse"):
        X = np.rint(X * 2)
    if kind == "duplicates":
        X = X[rng.integers(0, max(2, n // 50), n)]
    search = ShrinkingSearch(sparse.csr_array(X) if kind == "sparse" else X, 3)
    is_left = np.ones(n, bool)
    order = np.lexsort(X.T)  # whole neighbourhoods go, so that lists run out
    for share in (0.1, 0.02, 0.3, 0.2, 0.02, 0.9):
        left = np.flatnonzero(is_left)
        k = min(3, len(left) - 1)
        rows = left[: len(left) * 2 // 3 + 1]
        sqdists = np.square(X[rows, None] - X[left]).sum(axis=2)
        sqdists[np.arange(len(rows)), np.arange(len(rows))] = np.inf
        expected = left[np.argsort(sqdists, axis=1, kind="stable")[:, :k]]
        np.testing.assert_array_equal(search.nearest(rows, is_left, k), expected)
        order = order[is_left[order]]
        first = rng.integers(len(order))
        gone = np.roll(order, -first)[: min(len(order) - 2, int(share * len(order)) + 1)]
        is_left[gone] = False
