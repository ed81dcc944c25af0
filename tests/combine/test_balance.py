"""Rows added and taken away in one step, to stated shares."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import SMOTE as ImblearnSMOTE
from sklearn.cluster import KMeans
from sklearn.tree import DecisionTreeClassifier

from fastbal.combine import SMOTEENN, Balance
from fastbal.over_sampling import MGS, ROSE, SMOTE, SMOTENC, BorderlineSMOTE, RandomOverSampler
from fastbal.under_sampling import ClusterCentroids, InstanceHardnessThreshold, NearMiss, RandomUnderSampler, TomekLinks
from tests import cases


@pytest.mark.parametrize(
    ("target", "n_rows", "expected"),
    [
        ("equal", None, {0: 100, 1: 100, 2: 100}),
        ("equal", 100, {0: 34, 1: 33, 2: 33}),
        (1.0, 900, {0: 300, 1: 300, 2: 300}),
        (0.25, None, {0: 43, 1: 86, 2: 171}),
        (0.1, None, {0: 30, 1: 90, 2: 180}),
        ({0: 1, 1: 2, 2: 1}, 400, {0: 100, 1: 200, 2: 100}),
        ({0: 0.2, 1: 0.3, 2: 0.5}, 1000, {0: 200, 1: 300, 2: 500}),
        ({0: 1e-9, 1: 1, 2: 1}, 5, None),
    ],
)
def test_the_shares_are_those_asked_for(target: Any, n_rows: int | None, expected: dict[int, int] | None) -> None:
    X, y = cases.multiclass()
    assert Counter(y.tolist()) == {0: 30, 1: 90, 2: 180}
    sampler = Balance(target=target, n_rows=n_rows, random_state=0)
    if expected is None:
        with pytest.raises(ValueError, match="Of 5 rows, class 0 would have none"):
            sampler.fit_resample(X, y)
        return
    _, y_out = sampler.fit_resample(X, y)
    assert Counter(y_out.tolist()) == expected == dict(sampler.sampling_strategy_)


def test_rows_are_those_of_both_samplers() -> None:
    X, y = cases.multiclass()
    sampler = Balance(random_state=0)
    X_out, y_out = sampler.fit_resample(X, y)
    over = SMOTE(sampling_strategy={0: 100, 1: 100}, random_state=0)
    made, _ = over.fit_resample(X, y)
    under = RandomUnderSampler(sampling_strategy={2: 100}, random_state=0)
    kept, y_kept = under.fit_resample(X, y)
    np.testing.assert_array_equal(X_out, np.concatenate([kept, made[over.is_synthetic_]]))
    np.testing.assert_array_equal(y_out[: len(y_kept)], y_kept)
    np.testing.assert_array_equal(sampler.is_synthetic_, np.arange(300) >= len(y_kept))
    np.testing.assert_array_equal(sampler.base_indices_, over.base_indices_)


@pytest.mark.parametrize(
    ("over", "under"), [(BorderlineSMOTE(), NearMiss()), (MGS(), None), (RandomOverSampler(shrinkage=0.5), NearMiss())]
)
def test_any_two_samplers(over: Any, under: Any) -> None:
    X, y = cases.multiclass()
    got = Balance(over=over, under=under, random_state=0).fit_resample(X, y, weights=np.arange(300))
    assert Counter(got[1].tolist()) == {0: 100, 1: 100, 2: 100}
    assert len(got[2]) == 300
    assert np.isfinite(got[0]).all()


def test_a_single_class_is_refused() -> None:
    with pytest.raises(ValueError, match="Got 1 class instead"):
        Balance().fit_resample(np.ones((4, 2)), [1, 1, 1, 1])


def test_categories_and_words() -> None:
    X, y = cases.multiclass()
    frame = pd.DataFrame(X, columns=list("abcdef")).assign(word=np.where(X[:, 0] > 0, "high", "low"))
    out, _ = Balance(over=SMOTENC(["word"]), random_state=0).fit_resample(frame, y)
    assert set(out["word"]) == {"high", "low"}
    out, _ = Balance(over=RandomOverSampler(), random_state=0).fit_resample(frame, y)
    assert len(out) == 300


@pytest.mark.parametrize(
    ("parameters", "kind", "message"),
    [
        ({"target": {0: 1, 1: 1}}, ValueError, "The classes are 0, 1, 2, but target has 0, 1"),
        ({"target": {0: 1, 1: 1, 2: 1, 3: 1}}, ValueError, "target has 0, 1, 2, 3"),
        ({"target": {0: 1, 1: 1, 2: -1}}, ValueError, "must be positive numbers"),
        ({"target": 0.0}, ValueError, "The 'target' parameter of Balance must be"),
        ({"over": RandomUnderSampler()}, TypeError, "over must be a sampler of fastbal's that makes rows"),
        ({"under": TomekLinks()}, TypeError, "under must be a sampler of fastbal's that keeps a given number"),
        ({"over": SMOTEENN()}, TypeError, "over must be a sampler of fastbal's that makes rows"),
        ({"over": Balance()}, TypeError, "over must be a sampler of fastbal's that makes rows"),
        ({"over": ROSE(regenerate=True)}, TypeError, "over must be a sampler of fastbal's that makes rows"),
        ({"under": ClusterCentroids(voting="soft", estimator=KMeans(n_init=1))}, ValueError, "makes rows"),
        (
            {"under": InstanceHardnessThreshold(estimator=DecisionTreeClassifier(max_depth=1))},
            ValueError,
            "keeps another number. Use RandomUnderSampler",
        ),
        ({"over": ImblearnSMOTE()}, ValueError, "The 'over' parameter of Balance must be"),
        ({"over": SMOTE(k_neighbors=200)}, ValueError, "Class 0 has 30 rows, but k_neighbors=200"),
    ],
)
def test_mistakes_are_told(parameters: dict[str, Any], kind: type[Exception], message: str) -> None:
    X, y = cases.multiclass()
    with pytest.raises(kind, match=message):
        Balance(**parameters).fit_resample(X, y)
