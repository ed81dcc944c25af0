"""SMOTE and a cleaner: imbalanced-learn's rows, provenance, other samplers in both places."""

from __future__ import annotations

import inspect
from typing import Any

import imblearn.combine
import imblearn.over_sampling
import imblearn.under_sampling
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from fastbal import combine, over_sampling, under_sampling
from tests import cases, reference
from tests.containers import CONTAINERS
from tests.under_sampling.test_parity import overlapping

by_name = pytest.mark.parametrize("name", ["SMOTEENN", "SMOTETomek"])


def assert_same(name: str, X: Any, y: Any, **parameters: Any) -> None:
    (X_got, y_got), (X_expected, y_expected) = (
        getattr(module, name)(**parameters).fit_resample(X, y) for module in (combine, imblearn.combine)
    )
    if isinstance(X, pd.DataFrame):
        pd.testing.assert_frame_equal(X_got, X_expected)
        pd.testing.assert_series_equal(y_got, y_expected)
        return
    X_got, X_expected = (Z.toarray() if sparse.issparse(Z) else np.asarray(Z) for Z in (X_got, X_expected))
    assert X_got.dtype == X_expected.dtype
    np.testing.assert_array_equal(X_got, X_expected)
    np.testing.assert_array_equal(y_got, y_expected)


@by_name
@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_same_rows(name: str, n_classes: int, dtype: Any) -> None:
    for seed in range(3):
        X, y = overlapping(n_classes=n_classes, seed=seed)
        for labels in (y, y.max() - y):
            assert_same(name, X.astype(dtype), labels, random_state=seed)
            assert_same(name, X.astype(dtype), labels, random_state=seed, sampling_strategy="minority")


@by_name
def test_same_rows_for_a_random_state(name: str) -> None:
    X, y = overlapping()
    states = [np.random.RandomState(3) for _ in range(2)]
    got, expected = (
        getattr(module, name)(random_state=state).fit_resample(X, y)[0]
        for module, state in zip((combine, imblearn.combine), states, strict=True)
    )
    np.testing.assert_array_equal(got, expected)
    assert states[0].randint(1000) == states[1].randint(1000)


@by_name
def test_same_rows_in_containers(name: str) -> None:
    X, y = overlapping()
    frame = pd.DataFrame(X, columns=list("abcd"), index=range(70, 570))
    assert_same(name, frame, pd.Series(y, name="t", index=frame.index), random_state=0)
    assert_same(name, X.tolist(), y.tolist(), random_state=0)
    X = np.where(abs(X) > 0.05, X, 0.0)
    assert_same(name, sparse.csr_matrix(X), y, random_state=0)
    assert_same(name, sparse.csc_array(X), y, random_state=0)


def test_same_rows_with_samplers_of_ones_own() -> None:
    X, y = overlapping()
    ours = combine.SMOTEENN(
        smote=over_sampling.SMOTE(k_neighbors=3, random_state=1),
        enn=under_sampling.EditedNearestNeighbours(kind_sel="mode"),
    )
    theirs = imblearn.combine.SMOTEENN(
        smote=imblearn.over_sampling.SMOTE(k_neighbors=3, random_state=1),
        enn=imblearn.under_sampling.EditedNearestNeighbours(kind_sel="mode"),
    )
    np.testing.assert_array_equal(ours.fit_resample(X, y)[0], theirs.fit_resample(X, y)[0])


@by_name
@pytest.mark.parametrize("container", ["array", "pandas", "polars", "csr_array", "list"])
def test_provenance_makes_the_rows(name: str, container: str) -> None:
    X, y = overlapping()
    y = y.max() - y  # the class that grows is not the last one
    made = CONTAINERS[container]
    sampler = getattr(combine, name)(random_state=0)
    X_got, y_got = sampler.fit_resample(made.make_X(X), made.make_y(y))
    X_got, y_got = made.X_of(X_got), made.y_of(y_got)
    new = reference.interpolate(X, sampler.base_indices_, sampler.neighbor_indices_, sampler.step_)
    np.testing.assert_array_equal(X_got[sampler.is_synthetic_], new)
    np.testing.assert_array_equal(y_got[sampler.is_synthetic_], y[sampler.base_indices_])
    np.testing.assert_array_equal(X_got[~sampler.is_synthetic_], X[sampler.recipe_.kept])
    assert 0 < sampler.is_synthetic_.sum() < len(X_got)


FAMILY = [
    over_sampling.BorderlineSMOTE,
    over_sampling.SVMSMOTE,
    over_sampling.ADASYN,
    over_sampling.RandomOverSampler,
    imblearn.over_sampling.BorderlineSMOTE,
]
CLEANERS = [
    under_sampling.TomekLinks(sampling_strategy="all"),
    under_sampling.AllKNN(),
    under_sampling.RepeatedEditedNearestNeighbours(),
    under_sampling.NeighbourhoodCleaningRule(),
    imblearn.under_sampling.AllKNN(),
]


@pytest.mark.parametrize("smote", FAMILY)
@pytest.mark.parametrize("cleaner", CLEANERS, ids=lambda cleaner: type(cleaner).__module__.split(".")[0])
def test_any_over_sampler_and_any_cleaner(smote: Any, cleaner: Any) -> None:
    X, y = overlapping()
    got = combine.SMOTEENN(smote=smote(random_state=0), enn=cleaner).fit_resample(X, y)
    expected = cleaner.fit_resample(*smote(random_state=0).fit_resample(X, y))
    np.testing.assert_array_equal(got[0], expected[0])
    np.testing.assert_array_equal(got[1], expected[1])


@by_name
def test_constructors_are_theirs(name: str) -> None:
    got, expected = (
        inspect.signature(getattr(module, name).__init__).parameters for module in (combine, imblearn.combine)
    )
    assert [(p.name, p.kind, p.default) for p in got.values()] == [
        (p.name, p.kind, p.default) for p in expected.values()
    ]


@by_name
def test_whole_numbers_are_cleaned_as_they_are_returned(name: str) -> None:
    X, y = cases.binary()
    X = np.rint(10 * X).astype(np.int32)
    got, labels = getattr(combine, name)(random_state=0).fit_resample(X, y)
    more = over_sampling.SMOTE(random_state=0).fit_resample(X, y)
    cleaner = under_sampling.TomekLinks if name == "SMOTETomek" else under_sampling.EditedNearestNeighbours
    expected, expected_labels = cleaner(sampling_strategy="all").fit_resample(*more)
    assert got.dtype == np.int32
    np.testing.assert_array_equal(got, expected)
    np.testing.assert_array_equal(labels, expected_labels)


class ThreeValues(imblearn.over_sampling.SMOTE):  # type: ignore[misc]
    """A sampler of a user's that returns the rows it has chosen, too."""

    def fit_resample(self, X: Any, y: Any) -> Any:
        X_resampled, y_resampled = super().fit_resample(X, y)
        return X_resampled, y_resampled, np.arange(len(y_resampled))


def test_what_a_sampler_from_elsewhere_returns_beyond_the_table_is_left_out() -> None:
    X, y = overlapping()
    got = combine.SMOTEENN(smote=ThreeValues(random_state=0)).fit_resample(X, y)
    expected = combine.SMOTEENN(smote=imblearn.over_sampling.SMOTE(random_state=0)).fit_resample(X, y)
    assert len(got) == 2
    np.testing.assert_array_equal(got[0], expected[0])


def test_the_recipe_of_an_earlier_call_does_not_stay() -> None:
    X, y = overlapping()
    sampler = combine.SMOTEENN(random_state=0)
    sampler.fit_resample(X, y)
    sampler.set_params(smote=imblearn.over_sampling.SMOTE(random_state=0)).fit_resample(X[:300], y[:300])
    assert not hasattr(sampler, "recipe_")
    with pytest.raises(AttributeError, match="is not known: a SMOTEENN knows which rows are new after `fit_resample`"):
        _ = sampler.is_synthetic_


@pytest.mark.parametrize("kind", [combine.SMOTEENN, combine.SMOTETomek])
def test_new_rows_are_known_where_another_library_cleans(kind: Any) -> None:
    X, y = overlapping()
    theirs = {
        combine.SMOTEENN: {"enn": imblearn.under_sampling.EditedNearestNeighbours(sampling_strategy="all")},
        combine.SMOTETomek: {"tomek": imblearn.under_sampling.TomekLinks(sampling_strategy="all")},
    }
    sampler = kind(random_state=0, **theirs[kind])
    X_got, _ = sampler.fit_resample(X, y)
    given = {tuple(row) for row in X}
    assert sampler.is_synthetic_.tolist() == [tuple(row) not in given for row in X_got]
