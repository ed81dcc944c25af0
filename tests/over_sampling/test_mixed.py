"""SMOTE-NC and SMOTE-N: the rows of imbalanced-learn, in every container, and what it refuses or gets wrong."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from imblearn import over_sampling as theirs
from scipy import sparse
from sklearn.base import clone
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

from fastbal.over_sampling import SMOTE, SMOTEN, SMOTENC, RandomOverSampler
from tests import cases

by_data = pytest.mark.parametrize("data", [cases.binary, cases.multiclass])


def with_codes(data: Any) -> tuple[Any, Any]:
    """A table whose columns 1 and 4 hold four and three categories, as numbers."""
    X, y = data()
    rng = np.random.default_rng(0)
    X[:, 1], X[:, 4] = rng.integers(0, 4, len(y)), rng.integers(0, 3, len(y))
    return X, y


def with_words(data: Any) -> tuple[Any, Any]:
    """The same as a dataframe, the categories as text and as a pandas categorical."""
    X, y = with_codes(data)
    frame = pd.DataFrame(X, columns=list("abcdef"))
    frame["b"] = np.array(["u", "v", "w", "x"], dtype=object)[X[:, 1].astype(int)]
    frame["e"] = pd.Categorical(np.array(["k", "l", "m"])[X[:, 4].astype(int)], categories=["m", "l", "k", "none"])
    return frame, y


# ------------------------------------------------------------------------------------------------ same rows as theirs


@by_data
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("make_seed", [lambda: 0, lambda: 42, lambda: np.random.RandomState(1)])
def test_same_rows_for_arrays(data: Any, dtype: Any, make_seed: Any) -> None:
    X, y = with_codes(data)
    for features in ([1, 4], [False, True, False, False, True, False], [4, 1]):
        samplers = [module(features, random_state=make_seed()) for module in (SMOTENC, theirs.SMOTENC)]
        (got, got_labels), (expected, expected_labels) = (s.fit_resample(X.astype(dtype), y) for s in samplers)
        assert got.dtype == expected.dtype
        np.testing.assert_array_equal(got_labels, expected_labels)
        np.testing.assert_array_equal(got, expected)
        for attribute in ("categorical_features_", "continuous_features_", "n_features_"):
            np.testing.assert_array_equal(*(getattr(sampler, attribute) for sampler in samplers))
        medians = [sampler.median_std_ for sampler in samplers]
        assert medians[0].keys() == medians[1].keys()
        np.testing.assert_allclose(list(medians[0].values()), list(medians[1].values()), rtol=1e-5)


def test_columns_counted_from_the_end() -> None:
    X, y = with_codes(cases.binary)
    got, expected = (SMOTENC(c, random_state=0).fit_resample(X, y)[0] for c in (np.array([-5, 4]), [1, 4, 1]))
    np.testing.assert_array_equal(got, expected)


@by_data
def test_same_rows_for_dataframes_and_objects(data: Any) -> None:
    X, y = with_words(data)
    for k in (1, 5, NearestNeighbors(n_neighbors=4)):
        got, expected = (
            module(["b", "e"], random_state=0, k_neighbors=k).fit_resample(X, y)[0]
            for module in (SMOTENC, theirs.SMOTENC)
        )
        pd.testing.assert_frame_equal(got, expected)
    pd.testing.assert_frame_equal(SMOTENC(random_state=0, k_neighbors=k).fit_resample(X, y)[0], got)
    table = X.to_numpy()
    got, expected = (module([1, 4], random_state=0).fit_resample(table, y)[0] for module in (SMOTENC, theirs.SMOTENC))
    assert got.dtype == object
    np.testing.assert_array_equal(got, expected)


def test_same_rows_for_sparse_tables() -> None:
    X, y = with_codes(cases.binary)
    X[:, 0] = np.where(abs(X[:, 0]) > 1, X[:, 0], 0.0)
    got, expected = (
        module([1, 4], random_state=0).fit_resample(sparse.csr_matrix(X), y)[0] for module in (SMOTENC, theirs.SMOTENC)
    )
    np.testing.assert_array_equal(got.toarray(), expected.toarray())


def test_same_rows_where_the_numbers_hardly_vary() -> None:
    X, y = with_codes(cases.binary)
    X[:, [0, 2, 3]] = 1.0  # the median deviation is none, so categories do not count in distances
    got, expected = (module([1, 4], random_state=0).fit_resample(X, y)[0] for module in (SMOTENC, theirs.SMOTENC))
    np.testing.assert_array_equal(got, expected)


@by_data
@pytest.mark.parametrize("make_seed", [lambda: 0, lambda: np.random.RandomState(1)])
def test_same_rows_of_categories(data: Any, make_seed: Any) -> None:
    _, y = data(1000)
    rng = np.random.default_rng(0)
    X = rng.integers(0, 40, (1000, 6)).astype(object)
    for table in (X, X.astype(int), X.astype(str).astype(object), pd.DataFrame(X.astype(str), columns=list("abcdef"))):
        got, expected = (
            m.fit_resample(table, y)[0]
            for m in (SMOTEN(random_state=make_seed()), theirs.SMOTEN(random_state=make_seed()))
        )
        np.testing.assert_array_equal(np.asarray(got), np.asarray(expected))


def test_constructors_are_theirs() -> None:
    import inspect

    for ours, other in ((SMOTEN, theirs.SMOTEN), (SMOTENC, theirs.SMOTENC)):
        got, expected = (inspect.signature(sampler.__init__).parameters for sampler in (ours, other))
        assert list(got)[: len(expected)] == list(expected)
        assert all(got[name].kind == expected[name].kind for name in expected)


# ------------------------------------------------------------------------------------------------------ right results


def test_numbers_and_categories_of_a_new_row() -> None:
    X, y = with_words(cases.multiclass)
    sampler = SMOTENC(random_state=0)
    got, _ = sampler.fit_resample(X, y)
    new, base = got[sampler.is_synthetic_], X.iloc[sampler.base_indices_]
    assert set(new["e"].unique()) <= {"k", "l", "m"}
    for name in "acdf":
        start, end = base[name].to_numpy(), X[name].to_numpy()[sampler.neighbor_indices_]
        assert (np.minimum(start, end) <= new[name]).all()
        assert (new[name] <= np.maximum(start, end)).all()


def test_auto_recognises_what_dataframes_know() -> None:
    X, y = with_words(cases.binary)
    X["flag"] = X["a"] > 0
    X["text"] = X["b"].astype("string")
    X["n"] = (X["c"] * 10).round().astype("Int64")
    sampler = SMOTENC(random_state=0)
    got, _ = sampler.fit_resample(X, y)
    assert sampler.categorical_features_.tolist() == [1, 4, 6, 7]
    assert (got.dtypes == X.dtypes).all()
    polars = pl.from_pandas(X.drop(columns="e")).with_columns(
        pl.Series("cat", X["e"].astype(str), dtype=pl.Categorical),
        pl.Series("enum", X["b"], dtype=pl.Enum(["u", "v", "w", "x"])),
    )
    sampler = SMOTENC(random_state=0)
    got, _ = sampler.fit_resample(polars, pl.Series(y))
    assert got.schema == polars.schema
    assert sampler.categorical_features_.tolist() == [1, 5, 6, 8, 9]
    table = pa.table({"a": X["a"].to_numpy(), "b": X["b"].tolist(), "flag": X["flag"].to_numpy()})
    got, _ = SMOTENC(random_state=0).fit_resample(table, y)
    assert got.schema == table.schema


def arrow(kind: pa.DataType) -> Any:
    """A pandas column of an Arrow type."""
    return lambda entries: pd.Series(pd.arrays.ArrowExtensionArray(pa.array(entries, kind)))


WORDS = {
    "pandas categorical": pd.Categorical,
    "pandas objects": lambda entries: pd.Series(entries, dtype=object),
    "pandas text": lambda entries: pd.Series(entries, dtype="string"),
    "pandas, Arrow dictionary": arrow(pa.dictionary(pa.int32(), pa.string())),
    "pandas, Arrow dictionary of large strings": arrow(pa.dictionary(pa.int8(), pa.large_string())),
    "pandas, Arrow text": arrow(pa.string()),
    "pandas, Arrow bytes": arrow(pa.binary()),
    "polars categorical": lambda entries: pl.Series(entries, dtype=pl.Categorical),
    "polars enum": lambda entries: pl.Series(entries, dtype=pl.Enum(["z", "b", "a", "c"])),
    "polars text": pl.Series,
    "polars bytes": lambda entries: pl.Series([entry and entry.encode() for entry in entries]),
    "polars objects": lambda entries: pl.Series(entries, dtype=pl.Object),
    "pyarrow dictionary": lambda entries: pa.array(entries).dictionary_encode(),
    "pyarrow dictionaries in pieces": lambda entries: pa.chunked_array(
        [pa.array(part).dictionary_encode() for part in (entries[:40], entries[40:])]
    ),
    "pyarrow text": pa.array,
    "pyarrow bytes": lambda entries: pa.array(entries).cast(pa.binary()),
}
FLAGS = {
    "pandas objects": lambda entries: pd.Series(entries, dtype=object),
    "pandas nullable": lambda entries: pd.Series(entries, dtype="boolean"),
    "pandas, Arrow": arrow(pa.bool_()),
    "polars": pl.Series,
    "pyarrow": pa.array,
}
NUMBERS = {
    "pandas categorical": pd.Categorical,
    "pandas, Arrow dictionary": arrow(pa.dictionary(pa.int32(), pa.int64())),
    "pyarrow dictionary": lambda entries: pa.array(entries).dictionary_encode(),
}


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize(
    ("words", "name", "column"),
    [
        pytest.param(words, name, column, id=f"{kind}: {name}")
        for kind, words, columns in [
            ("words", ["c", "a", "b"], WORDS),
            ("flags", [True, False, True], FLAGS),
            ("numbers", [3, 1, 2], NUMBERS),
        ]
        for name, column in columns.items()
    ],
)
def test_categories_of_every_dtype_are_recognised(words: list[Any], name: str, column: Any, gaps: bool) -> None:
    """As if they had been named; and the column keeps its dtype in whatever goes through a sampler."""
    X, y = with_codes(cases.binary)
    codes = X[:, 4].astype(int)
    entries = [None if gaps and i % 7 == 0 else words[code] for i, code in enumerate(codes)]
    make = {"pl": pl.DataFrame, "po": pl.DataFrame, "py": pa.table}.get(name[:2], pd.DataFrame)
    table = make({"a": X[:, 0], "e": column(entries)})
    dtypes = getattr(table, "schema", None) or table.dtypes.tolist()
    for sampler in (SMOTENC(random_state=0), RandomOverSampler(random_state=0), SMOTEN(random_state=0)):
        got, _ = sampler.fit_resample(table, y)
        assert (getattr(got, "schema", None) or got.dtypes.tolist()) == dtypes
        if not isinstance(sampler, SMOTENC):
            continue
        assert sampler.categorical_features_.tolist() == [1]
        plain = pd.DataFrame({"a": X[:, 0], "e": pd.Categorical(entries)})
        expected = SMOTENC([1], random_state=0).fit_resample(plain, y)[0]["e"]
        got = got["e"].to_pylist() if hasattr(got["e"], "to_pylist") else [*got["e"]]
        got = [entry.decode() if isinstance(entry, bytes) else entry for entry in got]
        assert [None if pd.isna(entry) else entry for entry in got] == [
            *expected.astype(object).where(expected.notna(), None)
        ]


@pytest.mark.parametrize("name", ["pandas, Arrow dictionary", "polars text", "pyarrow dictionary"])
def test_a_refusal_shows_an_entry_that_is_there(name: str) -> None:
    _, y = cases.binary()
    make = pl.DataFrame if "polars" in name else pa.table if "pyarrow" in name else pd.DataFrame
    table = make({"e": WORDS[name]([None, None, *["Ulm"] * (len(y) - 2)])})
    with pytest.raises(ValueError, match="could not convert string to float: 'Ulm'"):
        SMOTE().fit_resample(table, y)


def test_objects_that_are_booleans_stay_booleans() -> None:
    X, y = with_codes(cases.binary)
    table = pd.DataFrame({"a": X[:, 0], "flag": pd.Series((X[:, 4] > 0).tolist(), dtype=object)})
    got, _ = SMOTE(random_state=0).fit_resample(table, y)
    expected, _ = SMOTE(random_state=0).fit_resample(table.astype({"flag": bool}), y)
    assert got["flag"].dtype == object
    assert got["flag"].tolist() == expected["flag"].tolist()


def test_same_rows_in_every_dataframe() -> None:
    X, y = with_words(cases.multiclass)
    X["e"] = X["e"].astype(str).astype(object)
    expected, _ = SMOTENC(random_state=0).fit_resample(X, y)
    got, _ = SMOTENC(random_state=0).fit_resample(pl.from_pandas(X), y)
    assert got.rows() == [tuple(row) for row in expected.itertuples(index=False)]
    got, _ = SMOTENC([1, 4], random_state=0).fit_resample(X.to_numpy().tolist(), y)
    assert got == expected.to_numpy().tolist()


def test_without_categories_it_is_smote_and_without_numbers_smoten() -> None:
    X, y = cases.multiclass()
    expected, _ = SMOTE(random_state=0).fit_resample(X, y)
    np.testing.assert_array_equal(SMOTENC([], random_state=0).fit_resample(X, y)[0], expected)
    got, _ = SMOTENC(random_state=0).fit_resample(pd.DataFrame(X), y)
    np.testing.assert_array_equal(got, expected)
    words = with_words(cases.multiclass)[0][["b", "e"]]
    got, _ = SMOTENC(random_state=0).fit_resample(words, y)
    pd.testing.assert_frame_equal(got, SMOTEN(random_state=0).fit_resample(words, y)[0])


@pytest.mark.parametrize("sampler", [SMOTENC(["b", "e"], random_state=0), SMOTEN(random_state=0)])
def test_missing_categories_are_a_category(sampler: Any) -> None:
    X, y = with_words(cases.binary)
    X = X if isinstance(sampler, SMOTENC) else X[["b", "e"]]
    X.loc[X["b"] == "u", "b"] = None
    X.loc[X["e"] == "k", "e"] = np.nan
    got, labels = clone(sampler).fit_resample(X, y)
    assert (got.dtypes == X.dtypes).all()
    share = X["b"].isna().mean()
    assert abs(got["b"].isna().mean() - share) < 0.2
    assert got["b"][labels == 1].isna().sum() > X["b"][y == 1].isna().sum()
    nulls, _ = clone(sampler).fit_resample(pl.from_pandas(X), y)
    assert nulls["b"].null_count() == got["b"].isna().sum()


def test_integers_are_rounded() -> None:
    X, y = with_words(cases.binary)
    X["n"] = (X["a"] * 100).round().astype(int)
    sampler = SMOTENC(random_state=0)
    got, _ = sampler.fit_resample(X, y)
    n = X["n"].to_numpy()
    exact = n[sampler.base_indices_] + sampler.step_ * (n[sampler.neighbor_indices_] - n[sampler.base_indices_])
    np.testing.assert_array_equal(got["n"].to_numpy()[len(y) :], np.rint(exact))


def test_counts() -> None:
    for sampler in (SMOTENC(random_state=0, k_neighbors=2), SMOTEN(random_state=0, k_neighbors=2)):
        X, y = with_words(cases.multiclass)
        _, labels = sampler.fit_resample(X[["b", "e"]] if isinstance(sampler, SMOTEN) else X, y)
        assert Counter(labels.tolist()) == dict.fromkeys(range(3), 180)


def test_the_encoder_knows_all_categories() -> None:
    X, y = with_words(cases.binary)
    sampler = SMOTENC(random_state=0).fit(X, y)
    sampler.fit_resample(X, y)
    assert isinstance(sampler.categorical_encoder_, OneHotEncoder)
    assert [names.tolist() for names in sampler.categorical_encoder_.categories_] == [list("uvwx"), list("klm")]
    nominal = SMOTEN(random_state=0)
    nominal.fit_resample(X[["b", "e"]], y)
    assert isinstance(nominal.categorical_encoder_, OrdinalEncoder)
    SMOTENC(random_state=0, categorical_encoder=OneHotEncoder(handle_unknown="ignore")).fit_resample(X, y)
    with pytest.raises(ValueError, match="SMOTENC requires a one-hot encoding with one column per category"):
        SMOTENC(random_state=0, categorical_encoder=OneHotEncoder(drop="first")).fit_resample(X, y)


def test_what_is_refused() -> None:
    X, y = with_words(cases.binary)
    with pytest.raises(ValueError, match=r"When `categorical_features='auto'`, the input data should be a pandas"):
        SMOTENC("auto").fit_resample(X.to_numpy(), y)
    with pytest.raises(ValueError, match="all features must be in"):
        SMOTENC([9]).fit_resample(X, y)
    for wrong in (1.5, None):
        with pytest.raises(TypeError, match=f"lists column numbers, names, or one True or False .* got {wrong}, a "):
            SMOTENC([1, wrong]).fit_resample(X, y)
    with pytest.raises(ValueError, match=r"A given column is not a column of the dataframe: .*'nope'"):
        SMOTENC(["nope"]).fit_resample(X, y)
    with pytest.raises(ValueError, match="only supported for dataframes"):
        SMOTENC(["b"]).fit_resample(X.to_numpy(), y)
    with pytest.raises(ValueError, match="a mask of 2 columns, but X has 6"):
        SMOTENC([True, False]).fit_resample(X, y)
    with pytest.raises(ValueError, match=r"could not convert string to float: '.'.*column 'b' is not"):
        SMOTENC(["e"]).fit_resample(X, y)
    with pytest.raises(ValueError, match="column 1 is not"):
        SMOTENC([4]).fit_resample(X.to_numpy(), y)
    X.loc[3, "c"] = np.nan
    with pytest.raises(ValueError, match=r"Input X contains NaN.*column 'c'"):
        SMOTENC().fit_resample(X, y)


@pytest.mark.filterwarnings("ignore:Passing a sparse matrix:sklearn.exceptions.DataConversionWarning")
def test_smoten_of_a_sparse_table() -> None:
    X, y = with_codes(cases.binary)
    X = X[:, [1, 4]]
    got, _ = SMOTEN(random_state=0).fit_resample(sparse.csr_matrix(X), y)
    np.testing.assert_array_equal(got.toarray(), SMOTEN(random_state=0).fit_resample(X, y)[0])
