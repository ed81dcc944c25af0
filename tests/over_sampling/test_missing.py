"""Missing numbers, kept: distances over what both rows have, new entries from the nearer parent where one has none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.metrics.pairwise import nan_euclidean_distances
from sklearn.neighbors import NearestNeighbors
from sklearn.utils import get_tags

from fastbal.over_sampling import ADASYN, SMOTE, SMOTENC, BorderlineSMOTE
from tests import cases

SAMPLERS = [
    SMOTE(random_state=0, missing="keep"),
    BorderlineSMOTE(random_state=0, missing="keep"),
    BorderlineSMOTE(random_state=0, missing="keep", kind="borderline-2"),
    ADASYN(random_state=0, missing="keep"),
    SMOTENC([], random_state=0, missing="keep"),
]
by_sampler = pytest.mark.parametrize("sampler", SAMPLERS, ids=lambda sampler: type(sampler).__name__)


def with_gaps(data: Any = cases.multiclass, share: float = 0.2) -> tuple[Any, Any]:
    """A table of which some numbers are missing."""
    X, y = data()
    X[np.random.default_rng(0).random(X.shape) < share] = np.nan
    return X, y


def between(start: Any, end: Any, step: Any) -> Any:
    """New rows, entry by entry."""
    nearer = np.where(step < 0.5, start, end)
    return np.where(np.isnan(start) | np.isnan(end), nearer, start + step * (end - start))


def test_smote_against_a_slow_reference() -> None:
    X, y = with_gaps()
    sampler = SMOTE(random_state=0, missing="keep")
    got, labels = sampler.fit_resample(X, y)
    expected = [X]
    for label, n_new in sampler.sampling_strategy_.items():
        if not n_new:
            continue
        X_class = X[y == label]
        distances = np.nan_to_num(nan_euclidean_distances(X_class), nan=np.inf)
        np.fill_diagonal(distances, np.inf)
        nearest = np.argsort(distances, axis=1, kind="stable")[:, :5]
        random = np.random.RandomState(0)
        base, rank = np.divmod(random.randint(0, len(X_class) * 5, size=n_new), 5)
        step = random.uniform(size=n_new)[:, None]
        expected.append(between(X_class[base], X_class[nearest[base, rank]], step))
    np.testing.assert_array_equal(got, np.vstack(expected))
    assert len(labels) == len(got)


@by_sampler
def test_new_rows_and_how_often_they_miss(sampler: Any) -> None:
    X, y = with_gaps(lambda: cases.binary(2000))
    fitted = clone(sampler)
    got, _ = fitted.fit_resample(X, y)
    start, end = X[fitted.base_indices_], X[fitted.neighbor_indices_]
    np.testing.assert_array_equal(got[len(y) :], between(start, end, fitted.step_[:, None]))
    np.testing.assert_array_equal(got[: len(y)], X)
    if getattr(sampler, "kind", "") != "borderline-2":  # its steps are short, so most entries are the base's
        in_parents = (np.isnan(start) + np.isnan(end).astype(float)).mean() / 2
        assert abs(np.isnan(got[len(y) :]).mean() - in_parents) < 0.02


@by_sampler
def test_without_gaps_the_rows_are_the_same(sampler: Any) -> None:
    X, y = cases.multiclass()
    expected, _ = clone(sampler).set_params(missing="error").fit_resample(X, y)
    np.testing.assert_array_equal(clone(sampler).fit_resample(X, y)[0], expected)


@by_sampler
def test_missing_numbers_are_refused_by_default(sampler: Any) -> None:
    X, y = with_gaps()
    with pytest.raises(ValueError, match=r"Input X contains NaN.*missing='keep'"):
        clone(sampler).set_params(missing="error").fit_resample(X, y)
    assert get_tags(sampler).input_tags.allow_nan
    assert not get_tags(clone(sampler).set_params(missing="error")).input_tags.allow_nan
    X[0, 0] = np.inf
    with pytest.raises(ValueError, match="infinity"):
        clone(sampler).fit_resample(X, y)
    with pytest.raises(ValueError, match="'missing' parameter"):
        clone(sampler).set_params(missing="drop").fit_resample(X, y)


def test_a_sparse_table_with_gaps_is_refused() -> None:
    X, y = with_gaps()
    with pytest.raises(ValueError, match=r"Input X contains NaN.* keep NaN with missing='keep', unless the table is"):
        SMOTE(missing="keep").fit_resample(sparse.csr_array(X), y)


def test_a_search_of_the_users_gets_the_gaps() -> None:
    X, y = with_gaps()
    search = NearestNeighbors(n_neighbors=6, metric="nan_euclidean")
    got, _ = SMOTE(random_state=0, missing="keep", k_neighbors=search).fit_resample(X, y)
    np.testing.assert_array_equal(got, SMOTE(random_state=0, missing="keep").fit_resample(X, y)[0])


def test_every_dataframe_keeps_its_kinds_of_missing_numbers() -> None:
    X, y = with_gaps()
    frame = pd.DataFrame(X, columns=list("abcdef"))
    frame["n"] = (frame["a"] * 10).round().astype("Int64")
    frame["x"] = frame["b"].astype("Float64")
    frame["arrow"] = frame["n"].astype("int64[pyarrow]")
    frame["flag"] = (frame["a"] > 0).astype("boolean").mask(frame["a"].isna())
    got, _ = SMOTE(random_state=0, missing="keep").fit_resample(frame, y)
    assert (got.dtypes == frame.dtypes).all()
    np.testing.assert_array_equal(got["n"].isna(), got["a"].isna())
    assert got["flag"].isna().sum() == got["a"].isna().sum()
    polars = pl.from_pandas(frame)
    nulls, _ = SMOTE(random_state=0, missing="keep").fit_resample(polars, y)
    assert nulls.schema == polars.schema
    assert nulls.null_count().row(0) == tuple(got.isna().sum())
    np.testing.assert_array_equal(nulls["n"].to_list(), got["n"].astype(object).where(got["n"].notna(), None).tolist())


def test_mixed_columns_with_gaps() -> None:
    X, y = with_gaps()
    frame = pd.DataFrame(X, columns=list("abcdef"))
    frame["word"] = np.random.default_rng(1).choice(["x", "y", "z"], len(y))
    sampler = SMOTENC(random_state=0, missing="keep", k_neighbors=3)
    got, _ = sampler.fit_resample(frame, y)
    rare = y == 0
    assert sampler.median_std_[0] == pytest.approx(np.median(np.nanstd(X[rare], axis=0)))
    sqdists = np.nan_to_num(nan_euclidean_distances(X[rare], squared=True), nan=np.inf)
    words = frame["word"].to_numpy()[rare]
    sqdists += np.where(words[:, None] != words, sampler.median_std_[0] ** 2, 0.0)
    np.fill_diagonal(sqdists, np.inf)
    nearest = np.argsort(sqdists, axis=1, kind="stable")[:, :3]
    rows = np.flatnonzero(rare)
    is_of_class = np.isin(sampler.base_indices_, rows)
    base = np.searchsorted(rows, sampler.base_indices_[is_of_class])
    neighbor = np.searchsorted(rows, sampler.neighbor_indices_[is_of_class])
    assert (nearest[base] == neighbor[:, None]).any(axis=1).all()
    assert got["word"].notna().all()
