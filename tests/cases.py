"""Named tiny tables, and the one list of samplers that common checks run over."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import make_classification
from sklearn.tree import DecisionTreeClassifier

from fastbal.combine import SMOTEENN, SMOTETomek
from fastbal.over_sampling import ADASYN, SMOTE, SVMSMOTE, BorderlineSMOTE, KMeansSMOTE, RandomOverSampler
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
