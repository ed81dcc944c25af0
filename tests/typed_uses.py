"""How fastbal is used, for mypy and pyright: what they say of it is held in `.ci/run`. Nothing here is run."""

# pyright: strict, reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from typing import Any, assert_type

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fastbal.combine import SMOTEENN
from fastbal.over_sampling import SMOTE, BorderlineSMOTE, RandomOverSampler
from fastbal.under_sampling import EditedNearestNeighbours, RandomUnderSampler


def what_is_given_comes_back(frame: pl.DataFrame, labels: pl.Series, X: NDArray[np.float32], y: list[str]) -> None:
    """A dataframe in is a dataframe out, labels included."""
    more, new_labels = SMOTE(random_state=0).fit_resample(frame, labels)
    assert_type(more, pl.DataFrame)
    assert_type(new_labels, pl.Series)
    assert_type(RandomUnderSampler().fit_resample(X, y), tuple[NDArray[np.float32], list[str]])
    assert_type(SMOTEENN().fit_resample(X, labels), tuple[NDArray[np.float32], pl.Series])


def other_arrays_come_along(X: NDArray[np.float64], y: NDArray[np.int64], weight: NDArray[np.float64]) -> None:
    """With more arrays the result has more entries, of kinds that only the caller knows."""
    assert_type(RandomOverSampler().fit_resample(X, y, sample_weight=weight), tuple[Any, ...])
    assert_type(RandomOverSampler().fit_resample(X, y, cost=weight), tuple[Any, ...])


def names_are_known() -> None:
    """A name that a parameter does not take is found before anything runs."""
    SMOTE(sampling_strategy="not majority", missing="keep")
    SMOTE(sampling_strategy={"fraud": 100})
    SMOTE(sampling_strategy=0.5)
    EditedNearestNeighbours(sampling_strategy=["no"], kind_sel="mode")
    SMOTE(sampling_strategy="minorty")  # type: ignore[arg-type]
    SMOTE(missing="ignore")  # type: ignore[arg-type]
    BorderlineSMOTE(kind="borderline-3")  # type: ignore[arg-type]
    EditedNearestNeighbours(kind_sel="most")  # type: ignore[arg-type]
