"""Bad input: what is said, and that nothing is changed or lost."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.neighbors import NearestNeighbors

from fastbal import FunctionSampler
from fastbal._core import memory
from fastbal.over_sampling import SMOTE, RandomOverSampler
from fastbal.under_sampling import RandomUnderSampler, TomekLinks
from tests import cases

by_sampler = pytest.mark.parametrize("sampler", cases.SAMPLERS, ids=lambda sampler: type(sampler).__name__)


def refused(sampler: Any, X: Any, y: Any, message: str, error: type[Exception] = ValueError) -> None:
    """The sampler raises an error whose text contains the message."""
    with pytest.raises(error, match=re.escape(message)):
        clone(sampler).fit_resample(X, y)


# ------------------------------------------------------------------------------------------------------------ classes


@by_sampler
def test_one_class_only(sampler: Any) -> None:
    refused(
        sampler, np.ones((5, 2)), np.zeros(5), "The target 'y' needs to have more than 1 class. Got 1 class instead"
    )


def test_too_few_rows_for_k_neighbours() -> None:
    X = np.arange(20.0).reshape(10, 2)
    y = np.array(["fraud"] * 3 + ["good"] * 7)
    refused(
        SMOTE(),
        X,
        y,
        "Class 'fraud' has 3 rows, but k_neighbors=5 needs at least 6: every row needs 5 other rows. "
        "Lower k_neighbors to 2 or less, or leave this class out of sampling_strategy.",
    )
    SMOTE(k_neighbors=2).fit_resample(X, y)
    SMOTE(sampling_strategy={"good": 8}).fit_resample(X, y)
    refused(SMOTE(k_neighbors=NearestNeighbors(n_neighbors=6)), X, y, "k_neighbors with n_neighbors=6 needs at least 6")
    refused(
        SMOTE(k_neighbors=NearestNeighbors(n_neighbors=6)),
        *(X, y, "Lower n_neighbors of the NearestNeighbors in k_neighbors to 3 or less, or leave"),
    )
    SMOTE(k_neighbors=NearestNeighbors(n_neighbors=3)).fit_resample(X, y)
    refused(SMOTE(), X, ["rare"] + ["good"] * 9, "Class 'rare' has 1 row, but k_neighbors=5 needs at least 6")


def test_unknown_class() -> None:
    X, y = cases.binary()
    for sampler in (SMOTE(sampling_strategy={7: 500}), RandomUnderSampler(sampling_strategy={7: 5})):
        refused(sampler, X, y, "The {7} target class is/are not present in the data. The classes are 0, 1.")


def test_wrong_parameters() -> None:
    X, y = cases.binary()
    refused(SMOTE(k_neighbors=0), X, y, "The 'k_neighbors' parameter of SMOTE must be an int in the range [1, inf)")
    refused(SMOTE(k_neighbors="five"), X, y, "The 'k_neighbors' parameter of SMOTE must be")
    refused(SMOTE(sampling_strategy=object()), X, y, "The 'sampling_strategy' parameter of SMOTE must be")
    refused(SMOTE(random_state="x"), X, y, "The 'random_state' parameter of SMOTE must be")
    refused(RandomOverSampler(shrinkage=-1), X, y, "The 'shrinkage' parameter of RandomOverSampler must be")
    refused(RandomUnderSampler(replacement=3), X, y, "The 'replacement' parameter of RandomUnderSampler must be")


@pytest.mark.parametrize("make", [SMOTE, RandomOverSampler, RandomUnderSampler, TomekLinks])
def test_strategies_are_checked_where_they_are_understood(make: Any) -> None:
    X, y = cases.binary()
    refused(make(sampling_strategy="minorty"), X, y, "it needs to be one of ['auto', ")
    refused(make(sampling_strategy="minorty"), X, y, "Got 'minorty' instead. Did you mean 'minority'?")
    refused(make(sampling_strategy=1.5), X, y, "it should be in the range (0, 1]. Got 1.5 instead.")
    refused(make(sampling_strategy=True), X, y, "'sampling_strategy' must be a string, a float, a dict")


# ----------------------------------------------------------------------------------------------------------- the target


@by_sampler
def test_targets_that_are_no_classes(sampler: Any) -> None:
    X = np.ones((4, 2))
    refused(sampler, X, [0.5, 1.5, 2.25, 0.1], "Unknown label type: continuous")
    refused(
        sampler, X, np.array([[1, 1], [0, 1], [1, 0], [1, 1]]), "Multilabel and multioutput targets are not supported"
    )
    refused(sampler, X, None, "requires y to be passed, but the target y is None")
    refused(sampler, X, [1, 0, np.nan, 1], "Input y contains NaN: 1 of 4 labels are missing")
    refused(sampler, X, ["a", "b", None, "a"], "Input y contains NaN: 1 of 4 labels are missing")
    refused(sampler, X, pd.Series([1, 0, None, 1], dtype="Int64"), "Input y contains NaN: 1 of 4 labels are missing")
    refused(sampler, X, pl.Series([1, 0, None, 1]), "Input y contains NaN: 1 of 4 labels are missing")
    refused(sampler, X, [0, "a", 1, "b"], "The labels in y must be of one kind")


@by_sampler
def test_a_target_of_another_length(sampler: Any) -> None:
    refused(
        sampler, np.ones((4, 2)), [0, 1, 0], "inconsistent numbers of samples: [4, 3]. X has 4 rows and y has 3 labels"
    )


# -------------------------------------------------------------------------------------------------------------- shapes


@by_sampler
def test_tables_that_are_none(sampler: Any) -> None:
    refused(
        sampler, np.ones((0, 2)), [], "Found array with 0 sample(s) (shape=(0, 2)) while a minimum of 1 is required"
    )
    refused(sampler, np.ones((2, 0)), [0, 1], "Found array with 0 feature(s) (shape=(2, 0))")
    refused(sampler, pd.DataFrame(index=[0, 1]), [0, 1], "Found array with 0 feature(s) (shape=(2, 0))")
    refused(sampler, pl.DataFrame({"a": []}), [], "Found array with 0 sample(s) (shape=(0, 1))")
    refused(sampler, sparse.csr_matrix((0, 3)), [], "Found array with 0 sample(s)")
    refused(sampler, np.ones(3), [0, 1, 0], "Expected 2D array, got 1D array instead")
    refused(sampler, np.ones((3, 0, 2)), [0, 1, 0], "Found array with dim 3")
    refused(sampler, [[1, 2], [3]], [0, 1], "X must be a table with rows of one length")
    refused(sampler, np.ones((1, 2)), [0], "Got 1 class instead")
    refused(sampler, np.ones((2, 2)) * 1j, [0, 1], "Complex data not supported")
    refused(sampler, pl.LazyFrame({"a": [1, 2]}), [0, 1], "with X.collect()", TypeError)


@by_sampler
def test_column_names(sampler: Any) -> None:
    twice = pd.DataFrame(np.ones((4, 3)), columns=["a", "b", "a"])
    refused(sampler, twice, [0, 1, 0, 0], "Column names must be unique, but some occur more than once: 'a'. Rename")
    arrow = pa.table([pa.array([1, 2, 3, 4])] * 2, names=["a", "a"])
    refused(sampler, arrow, [0, 1, 0, 0], "Column names must be unique, but some occur more than once")
    mixed = pd.DataFrame(np.ones((4, 2)), columns=["a", 1])
    refused(
        sampler, mixed, [0, 1, 0, 0], "Feature names are only supported if all input features have string", TypeError
    )


# -------------------------------------------------------------------------------------------------------------- values


def test_missing_and_infinite_values_are_counted_by_column() -> None:
    X, y = cases.binary()
    frame = pd.DataFrame(X, columns=list("abcdef"))
    frame.loc[:2, "b"] = np.nan
    frame.loc[5, "d"] = np.inf
    expected = (
        "Input X contains NaN and infinity or a value too large (inf): column {} (3 NaN), column {} (1 inf). SMOTE "
    )
    way_out = "use RandomOverSampler or RandomUnderSampler, which take such rows as they are"
    for table, b, d in (
        (frame, "'b'", "'d'"),
        (frame.astype({"a": "float32"}), "'b'", "'d'"),
        (pl.from_pandas(frame), "'b'", "'d'"),
        (frame.to_numpy(), "1", "3"),
        (np.ascontiguousarray(frame.to_numpy()), "1", "3"),
    ):
        refused(SMOTE(), table, y, expected.format(b, d))
        refused(SMOTE(), table, y, way_out)
        for sampler in (RandomOverSampler(random_state=0), RandomUnderSampler(random_state=0)):
            sampler.fit_resample(table, y)
    missing = frame.drop(columns="d").astype("Float64")
    missing.loc[:2, "b"] = pd.NA
    refused(SMOTE(), missing, y, "Input X contains NaN: column 'b' (3 NaN).")
    refused(SMOTE(), pl.from_pandas(missing), y, "Input X contains NaN: column 'b' (3 NaN).")
    table = sparse.csr_matrix(frame.to_numpy())
    refused(
        SMOTE(), table, y, "Input X contains NaN and infinity or a value too large (inf): column 1 (3 NaN), column 3"
    )


def test_words_where_numbers_are_needed() -> None:
    X = {"n": np.arange(12.0), "city": ["Ulm", "Bonn"] * 6, "size": pd.Categorical(["S", "M", "L"] * 4)}
    y = [0] * 8 + [1] * 4
    frame = pd.DataFrame(X)
    for table in (frame, pl.from_pandas(frame)):
        refused(SMOTE(), table, y, "could not convert string to float: 'Ulm'. SMOTE computes distances")
        refused(SMOTE(), table, y, "columns 'city', 'size' are not. Encode as numbers")
    refused(SMOTE(), frame.to_numpy(), y, "columns 1, 2 are not")
    refused(SMOTE(), frame[["city"]], y, "column 'city' is not")
    refused(SMOTE(), np.array([["a"], ["b"]] * 6), y, "could not convert string to float: 'a'")
    dates = pd.DataFrame({"d": pd.date_range("2020", periods=12)})
    refused(SMOTE(), dates, y, "column 'd' is not")
    refused(SMOTE(), dates.to_numpy(), y, "column 0 is not")


@by_sampler
def test_arrays_that_are_unusual_but_fine(sampler: Any, tmp_path: Path) -> None:
    X, y = cases.multiclass()
    expected, _ = clone(sampler).fit_resample(X, y)
    np.save(tmp_path / "X.npy", X)
    read_only = X.copy()
    read_only.flags.writeable = False
    for unusual in (
        read_only,
        np.load(tmp_path / "X.npy", mmap_mode="r"),
        X.astype(">f8"),
        np.repeat(X, 2, axis=1)[:, ::2],
        np.asfortranarray(X),
        X[::-1][::-1],
    ):
        got, _ = clone(sampler).fit_resample(unusual, y)
        assert got.dtype == unusual.dtype
        np.testing.assert_array_equal(got, expected)
    got, _ = clone(sampler).fit_resample(X.astype(object), y)
    np.testing.assert_array_equal(got.astype(float), expected)


def test_feature_names_are_forgotten_with_the_next_table() -> None:
    X, y = cases.binary()
    sampler = SMOTE()
    sampler.fit(pd.DataFrame(X, columns=list("abcdef")), y)
    assert sampler.feature_names_in_.tolist() == list("abcdef")
    sampler.fit(X, y)
    assert not hasattr(sampler, "feature_names_in_")


# -------------------------------------------------------------------------------------------------------------- memory


def test_memory_that_cannot_suffice_is_said_before_the_work() -> None:
    X = np.zeros((2_000, 10_000), np.float32)
    y = np.repeat([0, 1], [1_000, 1_000])
    refused(
        RandomOverSampler(sampling_strategy={1: 10**9}),
        X,
        y,
        "The resampled table of 1000001000 rows and 10000 columns needs 40,0",
        MemoryError,
    )


def test_available_memory_where_the_system_tells_nothing() -> None:
    with (
        mock.patch.object(memory, "_of_the_machine", return_value=None),
        mock.patch.object(memory, "_of_the_control_group", return_value=None),
    ):
        assert memory.available_memory() is None
        memory.require_memory(10**18, "Anything")
    with mock.patch.object(memory, "_of_the_control_group", return_value=10):
        assert memory.available_memory() == 10


# ---------------------------------------------------------------------------------------------------- FunctionSampler


def test_function_sampler() -> None:
    X, y = cases.binary()
    dense_only = FunctionSampler(accept_sparse=False)
    refused(dense_only, sparse.csr_matrix(X), y, "dense data is required", TypeError)
    refused(FunctionSampler(), X, np.linspace(0, 1, len(y)), "Unknown label type: continuous")
    refused(FunctionSampler(validate=False), X, np.zeros(len(y)), "more than 1 class")
    anything = np.array([["a", None]] * 4, dtype=object)
    got, labels = FunctionSampler(validate=False).fit_resample(anything, [0.5, 1.5, 2.5, 0.1])
    assert got is anything
    assert labels == [0.5, 1.5, 2.5, 0.1]


def test_gaps_where_noise_is_asked_for() -> None:
    X, y = cases.binary()
    X = X.copy()
    X[0, 0] = np.nan
    sampler = RandomOverSampler(shrinkage=1.0)
    way_out = "or leave out shrinkage: without it, RandomOverSampler takes any table as it is."
    refused(sampler, X, y, "(1 NaN). RandomOverSampler with shrinkage adds noise to each value")
    refused(sampler, X, y, f"drop these rows, {way_out}")
    refused(sampler, [["a"], ["b"], ["c"]], [0, 0, 1], f"leave out these columns, {way_out}")


@pytest.mark.parametrize("sampler", [SMOTE(), RandomOverSampler(), RandomUnderSampler()])
def test_masked_arrays(sampler: Any) -> None:
    X, y = cases.binary()
    with pytest.raises(
        TypeError, match=r"X is a masked array, with 1 entries masked: the mask would be lost.*X\.filled"
    ):
        sampler.fit_resample(np.ma.masked_equal(X, X[0, 0]), y)
    with pytest.raises(TypeError, match=r"y is a masked array, with \d+ entries masked"):
        sampler.fit_resample(X, np.ma.masked_equal(y, 1))


@pytest.mark.parametrize("sampler", [SMOTE(), RandomOverSampler(), RandomUnderSampler()])
def test_column_names_of_several_types(sampler: Any) -> None:
    X, y = cases.binary()
    names = ["a", *range(1, X.shape[1])]
    refused(
        *(sampler, pd.DataFrame(X, columns=names), y),
        "Feature names are only supported if all input features have string names",
        TypeError,
    )
