"""The rows, row numbers and fitted attributes of imbalanced-learn's under-samplers, on data without ties."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pandas as pd
import pytest
from imblearn import under_sampling as imblearn
from scipy import sparse
from sklearn.cluster import MiniBatchKMeans
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

from fastbal import under_sampling
from tests import cases

#: Each sampler with the parameters in which it is compared.
PARAMETERS: dict[str, list[dict[str, Any]]] = {
    "TomekLinks": [{}, {"sampling_strategy": "all"}, {"sampling_strategy": [0]}],
    "EditedNearestNeighbours": [
        {},
        {"kind_sel": "mode"},
        {"n_neighbors": 1},
        {"n_neighbors": 6, "kind_sel": "mode", "sampling_strategy": "all"},
        {"sampling_strategy": "not majority"},
        {"n_neighbors": NearestNeighbors(n_neighbors=5)},
    ],
    "RepeatedEditedNearestNeighbours": [
        {},
        {"kind_sel": "mode"},
        {"n_neighbors": 7},
        {"max_iter": 2},
        {"sampling_strategy": "all", "kind_sel": "mode"},
        {"n_neighbors": NearestNeighbors(n_neighbors=5)},
    ],
    "AllKNN": [
        {},
        {"kind_sel": "mode"},
        {"n_neighbors": 7},
        {"allow_minority": True, "n_neighbors": 9},
        {"sampling_strategy": "all", "kind_sel": "mode"},
        {"n_neighbors": NearestNeighbors(n_neighbors=5)},
    ],
    "NeighbourhoodCleaningRule": [
        {},
        {"n_neighbors": 6},
        {"n_neighbors": 1},
        {"threshold_cleaning": 2.5},
        {"sampling_strategy": "all"},
        {"n_neighbors": NearestNeighbors(n_neighbors=5)},
    ],
    "NearMiss": [
        {},
        {"version": 2},
        {"version": 3, "n_neighbors_ver3": 30},
        {"version": 1, "n_neighbors": 7},
        {"version": 2, "n_neighbors": 1},
        {"version": 2, "n_neighbors": NearestNeighbors(n_neighbors=4)},
        {
            "version": 3,
            "n_neighbors": NearestNeighbors(n_neighbors=4),
            "n_neighbors_ver3": NearestNeighbors(n_neighbors=40),
        },
        {"sampling_strategy": "all"},
        {"sampling_strategy": "not majority"},
    ],
    "OneSidedSelection": [
        {"random_state": 0},
        {"random_state": np.int64(3), "n_neighbors": 1},
        {"random_state": 1, "n_neighbors": 3},
        {"random_state": 1, "n_neighbors": 4, "n_seeds_S": 2},
        {"random_state": 2, "n_neighbors": KNeighborsClassifier(n_neighbors=2, metric="manhattan")},
        {"random_state": 5, "sampling_strategy": "not majority"},
    ],
    "InstanceHardnessThreshold": [
        {"random_state": 0, "estimator": LogisticRegression()},
        {"random_state": 3, "estimator": RandomForestClassifier(n_estimators=5), "cv": 3},
        {"random_state": 4, "estimator": GaussianNB(), "sampling_strategy": "all"},
    ],
    "ClusterCentroids": [
        {"random_state": 0},
        {"estimator": MiniBatchKMeans(random_state=1), "sampling_strategy": "not majority"},
    ],
}
#: Those whose time is scikit-learn's.
SLOW = ("ClusterCentroids", "InstanceHardnessThreshold")
by_sampler = pytest.mark.parametrize("name", PARAMETERS)
by_case = pytest.mark.parametrize(
    ("name", "parameters"), [(name, each) for name, some in PARAMETERS.items() for each in some]
)

#: Attributes that are numbers, labels or arrays in both.
COMPARED = ("sample_indices_", "n_iter_", "n_features_in_", "feature_names_in_", "voting_")


def overlapping(n: int = 500, n_classes: int = 3, seed: int = 0) -> Any:
    """Classes that lie over each other, so that cleaning has something to do in several rounds; rows without ties."""
    weights = {2: [0.75, 0.25], 3: [0.15, 0.3, 0.55], 4: [0.1, 0.2, 0.3, 0.4]}[n_classes]
    return make_classification(
        n_samples=n,
        n_features=4,
        n_informative=3,
        n_redundant=0,
        n_classes=n_classes,
        n_clusters_per_class=1,
        weights=weights,
        class_sep=0.6,
        flip_y=0.05,
        random_state=seed,
    )


def fitted(name: str, X: Any, y: Any, **parameters: Any) -> tuple[list[Any], list[tuple[Any, Any]]]:
    """Our sampler and theirs, and what they return."""
    samplers = [getattr(module, name)(**parameters) for module in (under_sampling, imblearn)]
    return samplers, [sampler.fit_resample(X, y) for sampler in samplers]


def assert_same(name: str, X: Any, y: Any, **parameters: Any) -> None:
    (ours, theirs), ((X_got, y_got), (X_expected, y_expected)) = fitted(name, X, y, **parameters)
    if isinstance(X, pd.DataFrame):
        pd.testing.assert_frame_equal(X_got, X_expected)
        pd.testing.assert_series_equal(y_got, y_expected)
    else:
        assert type(X_got) is type(X_expected)
        X_got, X_expected = (Z.toarray() if sparse.issparse(Z) else np.asarray(Z) for Z in (X_got, X_expected))
        assert X_got.dtype == X_expected.dtype
        np.testing.assert_array_equal(X_got, X_expected)
        np.testing.assert_array_equal(y_got, y_expected)
    assert ours.sampling_strategy_ == theirs.sampling_strategy_
    assert sorted(getattr(ours, "classes_to_clean_", [])) == sorted(getattr(theirs, "classes_to_clean_", []))
    for attribute in COMPARED:
        assert hasattr(ours, attribute) == hasattr(theirs, attribute)
        if hasattr(theirs, attribute):
            np.testing.assert_array_equal(getattr(ours, attribute), getattr(theirs, attribute))


@by_case
@pytest.mark.parametrize("n_classes", cases.rest_slow([2, 3, 4], 2))
def test_same_rows(name: str, parameters: dict[str, Any], n_classes: int) -> None:
    for seed in range(1 if name in SLOW else 5):
        X, y = overlapping(200 if name in SLOW else 500, n_classes, seed)
        assert_same(name, X, y, **parameters)
        assert_same(name, X.astype(np.float32), y, **parameters)


@by_sampler
def test_same_rows_in_containers(name: str) -> None:
    (X, y), parameters = overlapping(200 if name in SLOW else 500), PARAMETERS[name][0]
    frame = pd.DataFrame(X, columns=list("abcd"), index=range(70, 70 + len(y)))
    assert_same(name, frame, pd.Series(y, name="t", index=frame.index), **parameters)
    assert_same(name, X.tolist(), y.tolist(), **parameters)
    if name not in ("NeighbourhoodCleaningRule", "InstanceHardnessThreshold"):  # theirs cannot take words
        assert_same(name, X, np.array(["few", "more", "zillions"])[y], **parameters)
    X = np.where(abs(X) > 0.05, X, 0.0)
    for make in () if name == "ClusterCentroids" else (sparse.csr_matrix, sparse.csc_array):  # there are ties
        assert_same(name, make(X), y, **parameters)


@pytest.mark.parametrize("name", [name for name in PARAMETERS if name not in SLOW])
def test_same_rows_on_a_larger_table(name: str) -> None:
    assert_same(name, *overlapping(6000), **PARAMETERS[name][0])


@pytest.mark.parametrize("name", [name for name in PARAMETERS if name != "InstanceHardnessThreshold"])
def test_same_rows_when_there_is_nothing_to_do(name: str) -> None:
    X, y = cases.balanced()
    assert_same(name, X + 1e-3 * np.arange(6.0)[:, None] ** 2, y, **PARAMETERS[name][0])


@by_sampler
def test_constructors_are_theirs(name: str) -> None:
    got, expected = (
        inspect.signature(getattr(module, name).__init__).parameters for module in (under_sampling, imblearn)
    )
    assert [(p.name, p.kind, p.default) for p in got.values()] == [
        (p.name, p.kind, p.default) for p in expected.values()
    ]


@by_sampler
def test_fitted_attributes_are_theirs(name: str) -> None:
    (ours, theirs), _ = fitted(name, *overlapping(), **PARAMETERS[name][0])
    for attribute in vars(theirs):
        if attribute.endswith("_") and not attribute.startswith("_"):
            assert hasattr(ours, attribute), attribute


@pytest.mark.parametrize("first", [0, 1, 2])
@pytest.mark.parametrize("name", [name for name in PARAMETERS if name not in SLOW])
def test_same_rows_where_two_classes_are_the_smallest(name: str, first: int) -> None:
    """That one counts as the smallest of which a row comes first, whatever its label."""
    X, y = overlapping()
    counts = np.bincount(y)
    left_out = np.flatnonzero(y == 1)[counts.min() :]
    X, y = np.delete(X, left_out, axis=0), np.delete(y, left_out)
    order = np.concatenate([[np.flatnonzero(y == first)[0]], np.arange(len(y))])
    order = order[np.sort(np.unique(order, return_index=True)[1])]
    assert sorted(np.bincount(y))[:2] == [counts.min()] * 2
    assert_same(name, X[order], y[order], **PARAMETERS[name][0])
