"""The caller's container comes back, with its columns, names and dtypes; the rows are the same in all of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse
from sklearn.base import clone

from fastbal.over_sampling import SMOTE, RandomOverSampler
from fastbal.under_sampling import RandomUnderSampler
from tests import cases
from tests.containers import CONTAINERS

by_sampler = pytest.mark.parametrize("sampler", cases.SAMPLERS, ids=lambda sampler: type(sampler).__name__)


@by_sampler
@pytest.mark.parametrize("name", CONTAINERS)
def test_every_container_holds_the_same_rows(sampler: Any, name: str) -> None:
    X, y = cases.multiclass()
    X = np.where(abs(X) > 0.5, X, 0.0)
    container = CONTAINERS[name]
    X_in, y_in = container.make_X(X), container.make_y(y)
    is_sparse = "sparse" in type(X_in).__module__ or name == "pandas sparse"
    if is_sparse and not sampler._may_be_sparse:
        with pytest.raises(TypeError, match="X is sparse, where most have none"):
            clone(sampler).fit_resample(X_in, y_in)
        return
    X_expected, y_expected = clone(sampler).fit_resample(X, y)
    X_got, y_got = clone(sampler).fit_resample(X_in, y_in)
    assert type(X_got) is type(X_in)
    assert type(y_got) is type(y_in)
    np.testing.assert_array_equal(container.X_of(X_got), X_expected)
    np.testing.assert_array_equal(container.y_of(y_got), y_expected)
    np.testing.assert_array_equal(container.X_of(X_in), X)  # the caller's own is as it was


def mixed_frame(n: int) -> pd.DataFrame:
    """A column of each numeric kind."""
    rng = np.random.default_rng(0)
    values = rng.normal(scale=20, size=(n, 9))
    return pd.DataFrame(
        {
            "float32": values[:, 0].astype(np.float32),
            "int": values[:, 1].astype(np.int64),
            "bool": values[:, 2] > 0,
            "Int64": pd.array(values[:, 3].astype(int), dtype="Int64"),
            "boolean": pd.array(values[:, 4] > 0, dtype="boolean"),
            "uint8": (values[:, 5].clip(-100, 100) + 100).astype(np.uint8),
            "int64[pyarrow]": pd.Series(values[:, 6].astype(int)).astype("int64[pyarrow]"),
            "Float32": pd.array(values[:, 7], dtype="Float32"),
            "bool[pyarrow]": pd.Series(values[:, 8] > 0).astype("bool[pyarrow]"),
        }
    )


@by_sampler
def test_each_pandas_column_keeps_its_dtype(sampler: Any) -> None:
    _, y = cases.multiclass()
    X = mixed_frame(len(y))
    got, _ = clone(sampler).fit_resample(X, y)
    pd.testing.assert_series_equal(got.dtypes, X.dtypes)


@by_sampler
def test_each_polars_and_pyarrow_column_keeps_its_dtype(sampler: Any) -> None:
    _, y = cases.multiclass()
    for X in (pl.from_pandas(mixed_frame(len(y))), pa.Table.from_pandas(mixed_frame(len(y)), preserve_index=False)):
        got, _ = clone(sampler).fit_resample(X, y)
        assert got.schema == X.schema


def test_a_mixed_frame_is_interpolated_as_an_array_would_be() -> None:
    _, y = cases.multiclass()
    X = mixed_frame(len(y))
    X_array = X.astype(float).to_numpy()
    sampler = SMOTE(random_state=0)
    expected, _ = sampler.fit_resample(X_array, y)
    got, _ = SMOTE(random_state=0).fit_resample(X, y)
    np.testing.assert_array_equal(got["float32"], expected[:, 0].astype(np.float32))
    for j in (1, 2, 3, 4, 5, 6, 8):
        # Bankers' rounding of a half, and booleans at a half, go the same way in both.
        np.testing.assert_array_equal(got.iloc[:, j].astype(float), np.rint(expected[:, j]))


def anything_frame(n: int) -> pd.DataFrame:
    """Columns that no distance could be computed from."""
    return pd.DataFrame(
        {
            "text": ["a", "b", None] * (n // 3),
            "category": pd.Categorical(["x", "y", "z"] * (n // 3)),
            "date": pd.date_range("2020-01-01", periods=n, tz="UTC"),
            "duration": pd.to_timedelta(np.arange(n), unit="s"),
            "gaps": np.where(np.arange(n) % 2, np.nan, 1.0),
            "objects": [(i,) for i in range(n)],
            "text as objects": pd.Series(["a", "b", None] * (n // 3), dtype=object),
            "decimal": pd.Series(np.arange(n)).astype(pd.ArrowDtype(pa.decimal128(25, 2))),
        }
    )


@pytest.mark.parametrize("sampler", [RandomOverSampler(random_state=0), RandomUnderSampler(random_state=0)])
def test_random_samplers_pass_any_column_through(sampler: Any) -> None:
    _, y = cases.multiclass()
    X = anything_frame(len(y))
    got, _ = clone(sampler).fit_resample(X, y)
    rows = clone(sampler).fit(X, y).fit_resample(np.arange(len(y))[:, None], y)[0].ravel()
    expected = X.take(rows)
    pd.testing.assert_frame_equal(got.reset_index(drop=True), expected.reset_index(drop=True))
    X_polars = pl.from_pandas(X.drop(columns="objects"))
    got, _ = clone(sampler).fit_resample(X_polars, y)
    assert got.equals(X_polars[rows])


@pytest.mark.parametrize("sampler", [RandomUnderSampler(random_state=0), RandomOverSampler(random_state=0)])
def test_rows_of_a_long_frame_are_those_that_pandas_takes(sampler: Any) -> None:
    """Where rows are read in ascending order first."""
    n, rng = 1 << 17, np.random.default_rng(0)
    words = pd.Series(rng.choice(["", "a", "München", "a word that is longer than most"], n), dtype="str")
    X = pd.DataFrame(
        {
            "number": rng.normal(size=n),
            "with gaps": np.where(rng.random(n) < 0.1, np.nan, 1.0),
            "small": rng.integers(0, 9, n, dtype=np.int8),
            "flag": rng.random(n) < 0.5,
            "day": np.datetime64("2024-01-01", "s") + rng.integers(0, 10**7, n).astype("timedelta64[s]"),
            "word": words.mask(rng.random(n) < 0.1),
            "category": words.astype("category"),
            "object": words.astype(object),
            "nullable": pd.Series(rng.integers(0, 9, n), dtype="Int32").mask(rng.random(n) < 0.1),
            "zone": pd.Series(pd.date_range("2024", periods=n, freq="s", tz="Europe/Berlin")),
            "sparse": pd.arrays.SparseArray((rng.random(n) < 0.01).astype(float)),
            "period": pd.Series(pd.period_range("1700", periods=n, freq="D")),
        },
        index=pd.Index(rng.permutation(n), name="row"),
    )
    y = pd.Series(rng.random(n) < 0.3, X.index, name="rare")
    for table in (X, pd.concat([X[["number"]]] * 8, axis=1).set_axis(list("abcdefgh"), axis=1)):
        X_got, y_got = sampler.fit_resample(table, y)
        expected = table.take(sampler.sample_indices_)
        if isinstance(sampler, RandomOverSampler):
            expected = expected.reset_index(drop=True)
        pd.testing.assert_frame_equal(X_got, expected)
        pd.testing.assert_series_equal(y_got, y.take(sampler.sample_indices_).set_axis(X_got.index))


@pytest.mark.parametrize("n", [60, 20_000])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int32])
@pytest.mark.parametrize("sampler", [SMOTE(random_state=0), RandomOverSampler(shrinkage=0.1, random_state=0)])
def test_frames_of_one_kind_are_written_as_arrays_whatever_their_size(
    n: int, order: Any, dtype: Any, sampler: Any
) -> None:
    rng = np.random.default_rng(0)
    X = (100 * rng.normal(size=(n, 7))).astype(dtype)
    y = np.arange(n) % 4 == 0
    frame = pd.DataFrame(np.array(X, order=order), columns=list("abcdefg"), copy=False)
    got, expected = (sampler.fit_resample(table, y)[0] for table in (frame, X))
    assert got.to_numpy().tobytes() == expected.tobytes()
    assert (got.dtypes == dtype).all()


def test_only_random_under_sampling_keeps_the_pandas_index() -> None:
    X, y = cases.multiclass()
    frame, series = CONTAINERS["pandas"].make_X(X), CONTAINERS["pandas"].make_y(y)
    sampler = RandomUnderSampler(random_state=0)
    X_got, y_got = sampler.fit_resample(frame, series)
    np.testing.assert_array_equal(X_got.index, frame.index[sampler.sample_indices_])
    pd.testing.assert_index_equal(y_got.index, X_got.index)
    for other in (SMOTE(random_state=0), RandomOverSampler(random_state=0)):
        X_got, y_got = other.fit_resample(frame, series)
        pd.testing.assert_index_equal(X_got.index, pd.RangeIndex(len(y_got)))
        pd.testing.assert_index_equal(y_got.index, X_got.index)


def test_labels_keep_their_kind() -> None:
    X, codes = cases.multiclass()
    words = np.array(["few", "some", "many"])[codes]
    for y in (
        words,
        words.astype(object),
        words.tolist(),
        pd.Series(words, dtype="category"),
        pd.Series(words),
        pd.Series(words, dtype=object),
        pd.Series(words, dtype="string[pyarrow]"),
        pd.Series(words.tolist(), dtype=pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string()))),
        pd.Series(codes.tolist(), dtype=pd.ArrowDtype(pa.dictionary(pa.int8(), pa.int64()))),
        pl.Series("t", words),
        pl.Series("t", words, dtype=pl.Categorical),
        pl.Series("t", words, dtype=pl.Enum(["some", "many", "few"])),
        pa.chunked_array([words.tolist()]),
        pa.chunked_array([pa.array(words.tolist()).dictionary_encode()]),
        pa.array(words.tolist()).dictionary_encode(),
        codes == 0,
        pd.Series(codes == 0, dtype="boolean"),
        codes.astype("datetime64[D]"),
        codes.astype(np.uint8),
        codes.astype(float),
    ):
        _, got = SMOTE(random_state=0).fit_resample(X, y)
        assert type(got) is type(y)
        for kind in ("dtype", "type"):
            assert getattr(got, kind, None) == getattr(y, kind, None)
        counts = np.unique(np.asarray(got).astype(str), return_counts=True)[1]
        assert len(set(counts.tolist())) == 1


def test_other_sparse_formats_become_csr() -> None:
    X, y = cases.binary()
    got, _ = SMOTE(random_state=0).fit_resample(sparse.coo_array(X), y)
    assert type(got) is sparse.csr_array


def test_sparse_output_is_canonical_and_the_input_is_not_touched() -> None:
    X, y = cases.binary()
    X = sparse.csr_array(np.where(abs(X) > 0.5, X, 0.0))
    X.indices[: X.indptr[1]] = X.indices[: X.indptr[1]][::-1]  # the first row's columns are no longer sorted
    X.data[: X.indptr[1]] = X.data[: X.indptr[1]][::-1]
    X.has_canonical_format = X.has_sorted_indices = False
    before = X.indices.copy()
    got, _ = SMOTE(random_state=0).fit_resample(X, y)
    check = sparse.csr_array((got.data, got.indices, got.indptr), shape=got.shape)
    assert check.has_canonical_format
    assert (got.data != 0).all()
    np.testing.assert_array_equal(X.indices, before)
    np.testing.assert_array_equal(got.toarray(), SMOTE(random_state=0).fit_resample(X.toarray(), y)[0])
