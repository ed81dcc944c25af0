"""A second fit leaves nothing of the first: a sampler that has seen another table before is as good as new."""

from __future__ import annotations

import dataclasses
from contextlib import suppress
from typing import Any

import imblearn.over_sampling
import imblearn.under_sampling
import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.linear_model import LogisticRegression

from fastbal.base import FunctionSampler
from fastbal.combine import SMOTEENN, SMOTETomek
from fastbal.over_sampling import SMOTEN, SMOTENC
from fastbal.pipeline import make_pipeline
from fastbal.under_sampling import ClusterCentroids, RandomUnderSampler, TomekLinks
from tests.cases import SAMPLERS, binary, multiclass, rest_slow

THEIR_SMOTE = imblearn.over_sampling.SMOTE(random_state=0)
THEIR_TOMEK = imblearn.under_sampling.TomekLinks(sampling_strategy="all")

MORE = [
    SMOTENC([0, 2], random_state=0),
    SMOTEN(random_state=0),
    ClusterCentroids(random_state=0),
    ClusterCentroids(voting="hard", random_state=0),
    FunctionSampler(),
    SMOTETomek(smote=THEIR_SMOTE),
    SMOTETomek(tomek=THEIR_TOMEK, random_state=0),
    SMOTEENN(smote=RandomUnderSampler(random_state=0)),
    SMOTETomek(smote=THEIR_SMOTE, tomek=THEIR_TOMEK),
]


def differences(one: Any, other: Any, where: str) -> list[str]:
    """Where two things that fits have left are not the same."""
    if type(one) is not type(other):
        return [f"{where}: {type(one).__name__} and {type(other).__name__}"]
    if isinstance(one, np.ndarray):
        same = one.dtype == other.dtype and one.shape == other.shape and (one == other).all()
        return [] if same else [where]
    if isinstance(one, dict):
        found = [] if list(one) == list(other) else [f"{where}: {list(one)} and {list(other)}"]
        return found + [
            line for key in {*one} & {*other} for line in differences(one[key], other[key], f"{where}.{key}")
        ]
    if isinstance(one, (list, tuple)):
        if len(one) != len(other):
            return [where]
        pairs = zip(one, other, strict=True)
        return [line for i, pair in enumerate(pairs) for line in differences(*pair, f"{where}[{i}]")]
    if dataclasses.is_dataclass(one) or isinstance(one, BaseEstimator):
        return differences(vars(one), vars(other), where)
    if isinstance(one, (bool, int, float, str, type(None), np.generic)):
        return [] if one == other or (one != one and other != other) else [where]
    return []  # a function, a tree: what they are made of stands above


@pytest.mark.parametrize("sampler", [*SAMPLERS, *MORE], ids=repr)
@pytest.mark.parametrize("first", rest_slow(["names and three classes", "two classes", "weights along"]))
def test_a_second_fit_leaves_nothing_of_the_first(sampler: Any, first: str) -> None:
    X, y = binary()
    if first == "names and three classes":
        before = multiclass()
        before = pd.DataFrame(before[0], columns=[f"column {j}" for j in range(before[0].shape[1])]), before[1]
    else:
        before = binary(n=200, n_columns=4, seed=1)
    if isinstance(sampler, (SMOTENC, SMOTEN)):
        X = np.round(X)
    used, fresh = clone(sampler), clone(sampler)
    used.fit_resample(*before)
    if first == "weights along":
        with suppress(TypeError, ValueError):  # not all can
            used.fit_resample(*before, sample_weight=np.ones(len(before[1])), groups=before[1])
    got, expected = used.fit_resample(X, y), fresh.fit_resample(X, y)
    assert not differences(got, expected, "output")
    assert not differences(used, fresh, type(sampler).__name__)
    for name in ("sample_indices_", "is_synthetic_", "parents_"):
        assert hasattr(used, name) == hasattr(fresh, name)


@pytest.mark.parametrize("sampler", [TomekLinks(), THEIR_SMOTE, SMOTETomek(smote=THEIR_SMOTE)], ids=repr)
def test_a_pipeline_as_well(sampler: Any) -> None:
    X, y = binary()
    used, fresh = (make_pipeline(clone(sampler), LogisticRegression()) for _ in range(2))
    frame = pd.DataFrame(multiclass()[0]).add_prefix("column ")
    used.fit(frame, multiclass()[1]).fit(X, y)
    fresh.fit(X, y)
    assert not differences(used, fresh, "pipeline")


def test_what_a_first_fit_leaves_is_found() -> None:
    used, fresh = TomekLinks(), TomekLinks()
    used.left_over_ = np.arange(3)
    assert differences(used, fresh, "it") == [
        "it: ['sampling_strategy', 'n_jobs', 'left_over_'] and ['sampling_strategy', 'n_jobs']"
    ]


@pytest.mark.parametrize("kind", [SMOTEENN, SMOTETomek])
def test_a_sampler_from_elsewhere_given_later_leaves_nothing_of_the_first(kind: Any) -> None:
    X, y = binary()
    used, fresh = kind(random_state=0), kind(random_state=0, smote=clone(THEIR_SMOTE))
    used.fit_resample(X, y)
    used.set_params(smote=clone(THEIR_SMOTE)).fit_resample(X, y)
    fresh.fit_resample(X, y)
    assert not hasattr(used, "recipe_")
    assert not differences(used, fresh, kind.__name__)


@pytest.mark.parametrize("sampler", SAMPLERS, ids=repr)
def test_a_call_that_is_refused_leaves_no_recipe_of_the_one_before(sampler: Any) -> None:
    """It would tell where rows come from that nobody has been given."""
    X, y = binary()
    sampler = clone(sampler)
    sampler.fit_resample(X, y)
    with pytest.raises(ValueError):
        sampler.fit_resample(X, np.zeros(len(y), int))
    assert not hasattr(sampler, "recipe_")
