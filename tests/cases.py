"""Named tiny tables, and the one list of samplers that common checks run over."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import make_classification
from sklearn.tree import DecisionTreeClassifier

from fastbal.combine import SMOTEENN, SMOTETomek
from fastbal.over_sampling import (
    ADASYN,
    MGS,
    MWMOTE,
    ROSE,
    SMOTE,
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

#: Every sampler, with parameters under which the common checks make sense. ClusterCentroids has checks of its own,
#: because it does not do the same to sparse tables as to others.
SAMPLERS = [
    RandomOverSampler(random_state=0),
    SMOTE(random_state=0),
    BorderlineSMOTE(random_state=0),
    SVMSMOTE(random_state=0),
    KMeansSMOTE(random_state=0, kmeans_estimator=1),
    ADASYN(random_state=0),
    ProWSyn(random_state=0),
    MWMOTE(random_state=0),
    SafeLevelSMOTE(random_state=0),
    SafeLevelSMOTE(random_state=0, step="column"),
    PolynomFitSMOTE(random_state=0, steps="random"),
    PolynomFitSMOTE(random_state=0, topology="bus"),
    PolynomFitSMOTE(random_state=0, topology="mesh"),
    PolynomFitSMOTE(random_state=0, topology="polynomial"),
    GeometricSMOTE(random_state=0),
    MGS(random_state=0),
    LoRAS(random_state=0),
    SimplicialSMOTE(random_state=0),
    ROSE(random_state=0),
    RandomUnderSampler(random_state=0),
    TomekLinks(),
    EditedNearestNeighbours(),
    RepeatedEditedNearestNeighbours(),
    AllKNN(),
    NeighbourhoodCleaningRule(),
    NearMiss(),
    NearMiss(version=2),
    CondensedNearestNeighbour(random_state=0),
    OneSidedSelection(random_state=0),
    InstanceHardnessThreshold(estimator=DecisionTreeClassifier(max_depth=3), random_state=0),
    SMOTEENN(random_state=0),
    SMOTETomek(random_state=0),
]

#: Those of them that draw random numbers.
RANDOM_SAMPLERS = [sampler for sampler in SAMPLERS if hasattr(sampler, "random_state")]

Data = tuple[NDArray[Any], NDArray[Any]]


def binary(n: int = 300, n_columns: int = 6, seed: int = 0) -> Data:
    """Two classes, 1 : 4, no ties."""
    return _classes(n, n_columns, [0.8, 0.2], seed)


def multiclass(n: int = 300, n_columns: int = 6, seed: int = 0) -> Data:
    """Three classes, 1 : 3 : 6, no ties."""
    return _classes(n, n_columns, [0.1, 0.3, 0.6], seed)


def _classes(n: int, n_columns: int, weights: list[float], seed: int) -> Data:
    return make_classification(
        n_samples=n,
        n_features=n_columns,
        n_informative=n_columns,
        n_redundant=0,
        n_classes=len(weights),
        n_clusters_per_class=1,
        weights=weights,
        flip_y=0,
        random_state=seed,
    )


def k_plus_one() -> Data:
    """The smallest class that SMOTE takes with k_neighbors=2: each row has just two others."""
    return np.array([[0.0], [1.0], [5.0], [10.0], [11.0], [12.0], [13.0]]), np.array([1, 1, 1, 0, 0, 0, 0])


def duplicates() -> Data:
    """Every row of the rare class four times, but for two."""
    rare = np.repeat([[0.0, 0.0], [1.0, 0.0]], 4, axis=0)
    return np.vstack([rare, [[3.0, 3.0], [4.0, 4.0]], np.full((20, 2), 9.0)]), np.repeat([1, 0], [10, 20])


def balanced() -> Data:
    """Nothing to do."""
    return np.arange(12.0).reshape(6, 2), np.array([0, 1, 0, 1, 0, 1])


def rest_slow(values: Iterable[Any], n_quick: int = 1) -> list[Any]:
    """Parameters of a test of which the first few run by default and the others with the slow tests."""
    kept = list(values)
    rest = (pytest.param(*(value if isinstance(value, tuple) else (value,)), marks=pytest.mark.slow) for value in kept)
    return [*kept[:n_quick], *list(rest)[n_quick:]]
