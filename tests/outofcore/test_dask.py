"""Dask's collections: the rows of `fit_resample` in memory, for every sampler, any number of partitions and workers."""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

import fastbal
from fastbal.combine import SMOTEENN, Balance, SMOTETomek
from fastbal.multilabel import MLSMOTE
from fastbal.outofcore import _dask
from fastbal.outofcore._dask_cells import new_rows_in_cells
from fastbal.outofcore._shared_search import search_piece
from fastbal.over_sampling import (
    ADASYN,
    MGS,
    MWMOTE,
    ROSE,
    SMOTE,
    SMOTEN,
    SMOTENC,
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
from fastbal.regression import SMOTER
from fastbal.under_sampling import (
    AllKNN,
    ClusterCentroids,
    CondensedNearestNeighbour,
    EditedNearestNeighbours,
    InstanceHardnessThreshold,
    NearMiss,
    NeighbourhoodCleaningRule,
    RandomUnderSampler,
    RepeatedEditedNearestNeighbours,
    TomekLinks,
)

dask = pytest.importorskip("dask")
da = pytest.importorskip("dask.array")
dd = pytest.importorskip("dask.dataframe")

N_ROWS = 1_500


@pytest.fixture(autouse=True)
def _in_this_process() -> Any:
    with dask.config.set(scheduler="synchronous"):
        yield


def numbers(n: int = N_ROWS, dtype: Any = np.float32, rare: float = 0.06) -> pd.DataFrame:
    """Columns of numbers, the labels in the middle."""
    rng = np.random.default_rng(0)
    columns: dict[str, Any] = {f"x{j}": rng.normal(50, 20, n).astype(dtype) for j in range(4)}
    table = pd.DataFrame(columns)
    table.insert(2, "y", (rng.random(n) < rare).astype(np.int64))
    return table


def mixed(n: int = N_ROWS) -> pd.DataFrame:
    """Numbers, text with gaps and categories, labels of text."""
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "age": rng.integers(18, 90, n),
            "town": pd.array(rng.choice(["Aachen", "Bonn", "Köln", None], n), dtype="string[pyarrow]"),
            "income": rng.normal(0, 1, n).astype(np.float32),
            "kind": pd.Categorical(rng.choice(["a", "b", "c"], n)),
            "y": pd.array(np.where(rng.random(n) < 0.06, "rare", "common"), dtype="string[pyarrow]"),
        }
    )


def nominal(n: int = N_ROWS) -> pd.DataFrame:
    return mixed(n)[["town", "kind", "y"]].assign(n=mixed(n)["age"] // 20)


def cut(table: pd.DataFrame, n_partitions: int) -> Any:
    """A collection of parts of different sizes, some without rows."""
    ends = np.sort(np.random.default_rng(2).integers(0, len(table) + 1, n_partitions - 1))
    starts = [0, *ends, len(table)]
    return of_parts([table.iloc[i:j] for i, j in itertools.pairwise(starts)])


def of_parts(parts: list[pd.DataFrame], meta: pd.DataFrame | None = None) -> Any:
    return dd.from_delayed(
        [dask.delayed(part) for part in parts], meta=parts[0].iloc[:0] if meta is None else meta, verify_meta=False
    )


def in_memory(sampler: Any, table: pd.DataFrame, target: str = "y") -> pd.DataFrame:
    """What `fit_resample` makes of the table."""
    X, y = clone(sampler).fit_resample(table.drop(columns=target), table[target])
    X.insert(list(table.columns).index(target), target, y)
    return X


def assert_same(got: pd.DataFrame, expected: pd.DataFrame, *, keeps_order: bool = True) -> None:
    """Equal bit for bit; a row number where another row follows is all that may differ in the index."""
    if not keeps_order:
        got, expected = (frame.sort_values(list(frame.columns), kind="stable") for frame in (got, expected))
    pd.testing.assert_frame_equal(
        got.reset_index(drop=True), expected.reset_index(drop=True), check_exact=True, check_index_type=False
    )


ADDING = {
    "over": (RandomOverSampler(random_state=3), mixed),
    "over with noise": (RandomOverSampler(random_state=3, shrinkage=0.5), numbers),
    "smote": (SMOTE(random_state=3), numbers),
    "smote, a few": (SMOTE(random_state=3, sampling_strategy=0.1, k_neighbors=3), numbers),
    "smote, a state": (SMOTE(random_state=np.random.RandomState(3)), numbers),
    "smote, a generator": (SMOTE(random_state=np.random.default_rng(3)), numbers),
    "smotenc": (SMOTENC("auto", random_state=3), mixed),
    "smotenc, no numbers": (SMOTENC([0, 1, 2], random_state=3), nominal),
    "smoten": (SMOTEN(random_state=3), nominal),
    "rose": (ROSE(random_state=3), numbers),
    "mgs": (MGS(random_state=3), numbers),
    "loras": (LoRAS(random_state=3), numbers),
    "simplicial": (SimplicialSMOTE(random_state=3), numbers),
    "mgs, shrunk": (MGS(random_state=3, n_neighbors=6, covariance="shrunk", center="row"), numbers),
    "polynom, star": (PolynomFitSMOTE(random_state=3), numbers),
    "polynom, bus": (PolynomFitSMOTE(random_state=3, topology="bus"), numbers),
    "polynom, mesh": (PolynomFitSMOTE(random_state=3, topology="mesh"), numbers),
    "polynom, curves": (PolynomFitSMOTE(random_state=3, topology="polynomial"), numbers),
    "geometric, minority": (GeometricSMOTE(random_state=3, selection_strategy="minority"), numbers),
    "geometric": (GeometricSMOTE(random_state=3), numbers),
    "borderline": (BorderlineSMOTE(random_state=3), numbers),
    "adasyn": (ADASYN(random_state=3), numbers),
    "safe level": (SafeLevelSMOTE(random_state=3), numbers),
    "safe level, columns": (SafeLevelSMOTE(random_state=3, step="column"), numbers),
    "prowsyn": (ProWSyn(random_state=3), numbers),
    "mwmote": (MWMOTE(random_state=3), numbers),
}
TAKING = {
    "under": (RandomUnderSampler(random_state=3), mixed),
    "under with replacement": (RandomUnderSampler(random_state=3, replacement=True), mixed),
    "tomek": (TomekLinks(), numbers),
    "enn": (EditedNearestNeighbours(), numbers),
    "renn": (RepeatedEditedNearestNeighbours(), numbers),
    "allknn": (AllKNN(), numbers),
    "ncr": (NeighbourhoodCleaningRule(), numbers),
    "nearmiss": (NearMiss(version=3), numbers),
}


@pytest.mark.parametrize("n_partitions", [1, 7, pytest.param(64, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", [*ADDING, *TAKING])
def test_every_sampler_and_number_of_partitions(name: str, n_partitions: int) -> None:
    sampler, make = (ADDING | TAKING)[name]
    table = make()
    here, there = clone(sampler), clone(sampler)
    expected = in_memory(sampler, table)
    there.fit_resample(table.drop(columns="y"), table["y"])
    X, y = here.fit_resample(cut(table, n_partitions).drop(columns="y"), cut(table, n_partitions)["y"])
    assert isinstance(X, dd.DataFrame)
    assert isinstance(y, dd.Series)
    X, y = dask.compute(X, y)
    pd.testing.assert_index_equal(X.index, y.index)
    got = X.assign(y=y)[table.columns]
    assert_same(got, expected, keeps_order=name in ADDING)
    assert here.sampling_strategy_ == there.sampling_strategy_
    assert here.feature_names_in_.tolist() == there.feature_names_in_.tolist()
    if name in ADDING:
        assert X.index.equals(pd.RangeIndex(len(X)))
        np.testing.assert_array_equal(here.base_indices_, there.base_indices_)
        np.testing.assert_array_equal(here.neighbor_indices_, there.neighbor_indices_)
    else:
        np.testing.assert_array_equal(here.sample_indices_, np.sort(there.sample_indices_))
        np.testing.assert_array_equal(X.index, here.sample_indices_)


@pytest.mark.parametrize("name", ["over", "smote", "smotenc", "under", "enn"])
def test_a_table_with_its_target(name: str) -> None:
    sampler, make = (ADDING | TAKING)[name]
    got = fastbal.resample(cut(make(), 7), "y", clone(sampler))
    assert isinstance(got, dd.DataFrame)
    assert_same(got.compute(), in_memory(sampler, make()), keeps_order=name in ADDING)


@pytest.mark.parametrize("name", [name for name, (_, make) in (ADDING | TAKING).items() if make is numbers])
@pytest.mark.parametrize("rows", [211, *(pytest.param(n, marks=pytest.mark.slow) for n in (N_ROWS, 25))])
def test_arrays(name: str, rows: int) -> None:
    sampler = (ADDING | TAKING)[name][0]
    table = numbers()
    X, y = table.drop(columns="y").to_numpy(), table["y"].to_numpy()
    expected = clone(sampler).fit_resample(X, y)
    fitted = clone(sampler)
    got = fitted.fit_resample(da.from_array(X, chunks=(rows, 3)), da.from_array(y, chunks=100))
    assert got[0].shape == expected[0].shape
    assert got[0].dtype == X.dtype
    assert got[1].shape == expected[1].shape
    in_order = np.lexsort(expected[0].T) if name in TAKING else slice(None)
    X_got, y_got = dask.compute(*got)
    in_order_here = np.lexsort(X_got.T) if name in TAKING else slice(None)
    np.testing.assert_array_equal(X_got[in_order_here], expected[0][in_order])
    np.testing.assert_array_equal(y_got[in_order_here], expected[1][in_order])


def test_arrays_of_objects_and_text() -> None:
    table = mixed()[["age", "town", "income", "y"]].dropna()
    X, y = table.drop(columns="y").to_numpy(object), table["y"].to_numpy(str)
    expected = SMOTENC([1], random_state=0).fit_resample(X, y)
    got = SMOTENC([1], random_state=0).fit_resample(da.from_array(X, chunks=(100, -1)), da.from_array(y, chunks=100))
    for one, other in zip(dask.compute(*got), expected, strict=True):
        assert one.tolist() == other.tolist()


def test_random_numbers_go_on_where_they_would_in_memory() -> None:
    table, ddf = numbers(), cut(numbers(), 5)
    for make in (np.random.RandomState, np.random.default_rng):
        here, there = make(5), make(5)
        for _ in range(2):
            got = fastbal.resample(ddf, "y", SMOTE(random_state=here)).compute()
            assert_same(got, in_memory_with(SMOTE(random_state=there), table))
    np.random.seed(3)
    expected = in_memory_with(SMOTE(), table), in_memory_with(RandomUnderSampler(), table)
    np.random.seed(3)
    assert_same(fastbal.resample(ddf, "y", SMOTE()).compute(), expected[0])
    assert_same(fastbal.resample(ddf, "y", RandomUnderSampler()).compute(), expected[1], keeps_order=False)


def in_memory_with(sampler: Any, table: pd.DataFrame) -> pd.DataFrame:
    """As `in_memory`, by the very sampler."""
    X, y = sampler.fit_resample(table.drop(columns="y"), table["y"])
    X.insert(2, "y", y)
    return X


def test_new_rows_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_dask, "PIECE_ROWS", 100)
    for name in ("over", "over with noise", "smote", "smotenc", "smoten", "mgs", "simplicial", "borderline"):
        sampler, make = ADDING[name]
        got = fastbal.resample(cut(make(), 3), "y", clone(sampler))
        assert got.npartitions > 10
        assert_same(got.compute(), in_memory(sampler, make()))


def test_partitions_are_as_they_were() -> None:
    ddf = cut(numbers(), 5)
    balanced = fastbal.resample(ddf, "y", SMOTE(random_state=0))
    assert balanced.columns.tolist() == ddf.columns.tolist()
    for i in range(5):
        pd.testing.assert_frame_equal(balanced.partitions[i].compute(), ddf.partitions[i].compute())


def test_the_answer_becomes_an_array() -> None:
    """As learners for arrays want it."""
    table = numbers()
    for sampler in (SMOTE(random_state=0), RandomUnderSampler(random_state=0)):
        ddf = dd.from_pandas(table, npartitions=5)  # Dask 2026.8 makes no array of what from_delayed returns
        X, y = sampler.fit_resample(ddf.drop(columns="y"), ddf["y"])
        values = X.to_dask_array(lengths=True)
        assert values.shape == X.values.compute().shape
        np.testing.assert_array_equal(values.compute(), X.compute().to_numpy())
        np.testing.assert_array_equal(y.to_dask_array(lengths=True).compute(), y.compute().to_numpy())


def test_nothing_to_do() -> None:
    table = numbers()
    strategy = table["y"].value_counts().to_dict()
    for sampler in (SMOTE(sampling_strategy=strategy), RandomOverSampler(sampling_strategy=strategy)):
        assert_same(fastbal.resample(cut(table, 4), "y", sampler).compute(), table)
        assert not sampler.is_synthetic_.any()


def test_several_classes_grow() -> None:
    table = numbers()
    table["y"] = np.random.default_rng(5).choice(["a", "b", "c", "d"], N_ROWS, p=[0.6, 0.1, 0.28, 0.02])
    for strategy in ("auto", "minority", {"b": 700, "d": 200}, lambda y: {"d": 99 + int((y == "a").sum() > 0)}):
        for sampler in (SMOTE(random_state=0, sampling_strategy=strategy), RandomOverSampler(random_state=0)):
            assert_same(fastbal.resample(cut(table, 6), "y", clone(sampler)).compute(), in_memory(sampler, table))


# ------------------------------------------------------------------------------------------- partitions as they come


@pytest.mark.parametrize("name", ["over", "smote", "smotenc", "smoten", "under", "tomek"])
def test_partitions_without_rare_rows_and_without_rows(name: str) -> None:
    sampler, make = (ADDING | TAKING)[name]
    table = make().sort_values("y", kind="stable").reset_index(drop=True)
    nothing = table.iloc[:0]
    parts = [nothing, table.iloc[:700], nothing, table.iloc[700:701], table.iloc[701:], nothing]
    got = fastbal.resample(of_parts(parts), "y", clone(sampler)).compute()
    assert_same(got, in_memory(sampler, table), keeps_order=name in ADDING)


@pytest.mark.parametrize("name", ["over", "smotenc", "smoten", "under"])
@pytest.mark.parametrize("meta", ["known", "unknown"])
def test_categories_differ(name: str, meta: str) -> None:
    sampler, _ = (ADDING | TAKING)[name]
    table = nominal() if name == "smoten" else mixed()
    parts = [table.iloc[i : i + 300].copy() for i in range(0, N_ROWS, 300)]
    for part, categories in zip(
        parts, (["c", "b", "a"], ["a", "b", "c", "z"], ["b", "c", "a"], None, None), strict=True
    ):
        part["kind"] = pd.Categorical(part["kind"].astype(str), categories)
    ddf = of_parts(parts, dd.utils.clear_known_categories(table.iloc[:0], ["kind"]) if meta == "unknown" else None)
    whole = ddf.compute()
    assert sorted(whole["kind"].cat.categories) == ["a", "b", "c", "z"]
    got = fastbal.resample(ddf, "y", clone(sampler)).compute()
    assert_same(got, in_memory(sampler, whole), keeps_order=name in ADDING)
    X, y = dask.compute(*clone(sampler).fit_resample(ddf.drop(columns="y"), ddf["y"]))
    assert_same(X.assign(y=y)[whole.columns], in_memory(sampler, whole), keeps_order=name in ADDING)


def test_categories_that_only_other_rows_have() -> None:
    """Their order is that in which partitions name them, be there rare rows in these or not."""
    table = mixed().sort_values("y", kind="stable")
    first, second = table.iloc[:100].copy(), table.iloc[100:].copy()
    first["kind"] = pd.Categorical(first["kind"].astype(str), ["z", "c", "a", "b"])
    ddf = of_parts([first, second])
    sampler = SMOTENC("auto", random_state=0)
    new = fastbal.resample(ddf, "y", clone(sampler)).partitions[-1].compute()
    assert new["kind"].cat.categories.tolist() == ["z", "c", "a", "b"]
    assert_same(new, in_memory(sampler, ddf.compute()).iloc[N_ROWS:])


LABELS: dict[str, Any] = {
    "bool": lambda y: y == 1,
    "nullable bool": lambda y: (y == 1).astype("boolean"),
    "nullable int": lambda y: y.astype("Int8"),
    "arrow int": lambda y: y.astype("int32[pyarrow]"),
    "float": lambda y: y.astype(np.float32),
    "text": lambda y: y.map({0: "nein", 1: "ja"}),
    "objects": lambda y: y.map({0: "nein", 1: "ja"}).astype(object),
    "arrow text": lambda y: y.map({0: "nein", 1: "ja"}).astype("string[pyarrow]"),
    "categories": lambda y: y.map({0: "nein", 1: "ja"}).astype("category"),
    "dates": lambda y: pd.Timestamp("2026-01-01") + pd.to_timedelta(y, "D"),
}


@pytest.mark.parametrize("kind", LABELS)
@pytest.mark.parametrize("sampler", [SMOTE(random_state=0), RandomUnderSampler(random_state=0)])
def test_labels(kind: str, sampler: Any) -> None:
    table = numbers()
    table["y"] = LABELS[kind](table["y"])
    ddf = cut(table, 6)
    got = fastbal.resample(ddf, "y", clone(sampler)).compute()
    assert_same(got, in_memory(sampler, ddf.compute()), keeps_order=isinstance(sampler, SMOTE))


@pytest.mark.parametrize("convert", [True, False])
def test_text_that_is_converted_when_it_is_read(convert: bool) -> None:
    """Dask makes objects text of its own kind; what its metadata say need not be what a partition holds."""
    table = mixed().drop(columns="kind").astype({"town": object, "y": object})
    meta = table.iloc[:0].astype({"y": "string[pyarrow]"})
    with dask.config.set({"dataframe.convert-string": convert}):
        sampler = SMOTENC(["town"], random_state=0)
        for ddf in (dd.from_pandas(table, npartitions=4), of_parts([table.iloc[:700], table.iloc[700:]], meta)):
            got = fastbal.resample(ddf, "y", clone(sampler)).compute()
            assert_same(got, in_memory(sampler, ddf.compute()))
            X, y = dask.compute(*clone(sampler).fit_resample(ddf.drop(columns="y"), ddf["y"]))
            assert_same(X.assign(y=y), in_memory(sampler, ddf.compute()))


def test_numbers_that_are_of_another_type_where_one_is_missing() -> None:
    """Whole numbers with a gap are computed in float64, also if only rows that are not gathered have it."""
    table = numbers().round().astype({"x0": "Int16", "x3": "int32[pyarrow]"})
    common = np.flatnonzero(table["y"] == 0)
    for columns in (["x0"], ["x3"], ["x0", "x3"]):
        for column in columns:
            table.loc[common[::50], column] = pd.NA
        sampler = SMOTE(random_state=0, missing="keep")
        got = fastbal.resample(cut(table, 7), "y", clone(sampler)).compute()
        assert_same(got, in_memory(sampler, table))


def test_a_column_of_another_type_in_some_partition() -> None:
    table = numbers(dtype=np.int16)
    parts = [table.iloc[:600], table.iloc[600:900].astype({"x1": np.float64, "x0": np.int64}), table.iloc[900:]]
    ddf = of_parts(parts)
    got = fastbal.resample(ddf, "y", SMOTE(random_state=0)).compute()
    assert_same(got, in_memory(SMOTE(random_state=0), ddf.compute()))


def test_divisions() -> None:
    """Known ones, unknown ones, an index of text, a column as index: rows stay in their places."""
    table = numbers()
    sampler = SMOTE(random_state=0)
    expected = in_memory(sampler, table)
    known = dd.from_pandas(table, npartitions=4)
    assert known.known_divisions
    for ddf in (known, known.clear_divisions()):
        X, y = sampler.fit_resample(ddf.drop(columns="y"), ddf["y"])
        X, y = dask.compute(X, y)
        assert_same(X.assign(y=y)[table.columns], expected)
    named = table.set_axis(pd.Index([f"row {i:04}" for i in range(N_ROWS)], name="name"))
    got = fastbal.resample(dd.from_pandas(named, npartitions=4), "y", sampler).compute()
    assert got.index.name == "name"
    assert got.index[N_ROWS:].tolist() == named.index[sampler.base_indices_].tolist()
    assert_same(got, expected)


def test_blocks_longer_than_said() -> None:
    """An array whose metadata are wrong, or do not tell: what is there counts."""
    table = numbers()
    X, y = table.drop(columns="y").to_numpy(), table["y"].to_numpy()
    expected = SMOTE(random_state=0).fit_resample(X, y)
    true = da.from_array(X, chunks=(500, -1)), da.from_array(y, chunks=500)
    for sizes in ((250,) * 3, (np.nan,) * 3):
        wrong = [da.Array(one.dask, one.name, (sizes, *one.chunks[1:]), meta=one._meta) for one in true]
        got = SMOTE(random_state=0).fit_resample(*wrong)
        assert got[0].shape == expected[0].shape
        for one, other in zip(dask.compute(*got), expected, strict=True):
            np.testing.assert_array_equal(one, other)
        X_kept, y_kept = RandomUnderSampler(random_state=0).fit_resample(*wrong)
        assert X_kept.compute().shape == (2 * y.sum(), 4)
        assert y_kept.compute().sum() == y.sum()


def test_a_partition_that_is_another_each_time() -> None:
    calls = []

    def read(i: int) -> pd.DataFrame:
        calls.append(i)
        return numbers(200 + len(calls))

    ddf = dd.from_map(read, range(3), meta=numbers(0))
    with pytest.raises(ValueError, match=r"Partition \d had 20\d rows at first, and 20\d now"):
        fastbal.resample(ddf, "y", SMOTE())
    with pytest.raises(ValueError, match="persist the collection"):
        fastbal.resample(ddf, "y", RandomUnderSampler()).compute()


def test_labels_that_are_others_each_time() -> None:
    calls = []

    def read(i: int) -> pd.DataFrame:
        calls.append(i)
        return numbers(200).assign(y=np.arange(200) < 20 + len(calls))

    with pytest.raises(ValueError, match=r"rows of the classes \[.*\] at first.*persist the collection"):
        fastbal.resample(dd.from_map(read, range(3), meta=numbers(0)), "y", TomekLinks())


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The inplace keyword")  # of Dask's own
@pytest.mark.parametrize("filesystem", ["fsspec", "arrow"])
def test_many_small_files_that_dask_reads_together(filesystem: str, tmp_path: Path) -> None:
    """It reads the labels alone of several files at once, and all columns of one: the rows are the same."""
    table = mixed()
    for i, start in enumerate(range(0, N_ROWS, 100)):
        table.iloc[start : start + 100].to_parquet(tmp_path / f"part-{i:02}.parquet", index=False)
    with dask.config.set({"dataframe.parquet.minimum-partition-size": 1}):
        ddf = dd.read_parquet(tmp_path, filesystem=filesystem)
        assert ddf["y"].optimize().npartitions < ddf.npartitions == 15
        whole = ddf.compute()
        for sampler in (SMOTENC("auto", random_state=0), RandomUnderSampler(random_state=0)):
            expected = in_memory(sampler, whole)
            got = fastbal.resample(ddf, "y", clone(sampler))
            is_adding = isinstance(sampler, SMOTENC)
            assert_same(got.compute(), expected, keeps_order=is_adding)
            X, y = clone(sampler).fit_resample(ddf.drop(columns="y"), ddf["y"])
            assert len(X.to_delayed()) == len(y.to_delayed()) >= 15  # as learners ask for them
            X, y = dask.compute(X, y)
            assert_same(X.assign(y=y), expected, keeps_order=is_adding)
            if is_adding:
                pd.testing.assert_series_equal(
                    got["income"].compute().reset_index(drop=True), expected["income"], check_exact=True
                )
            apart = [dd.read_parquet(tmp_path, filesystem=filesystem, columns=names) for names in (list(X), ["y"])]
            X = clone(sampler).fit_resample(apart[0], apart[1]["y"])[0].compute()
            assert len(X) == len(expected)


# --------------------------------------------------------------------------------------------------- what is refused


def test_gaps_and_infinities_anywhere() -> None:
    table = numbers()
    common = np.flatnonzero(table["y"] == 0)
    table.loc[common[5], "x1"] = np.nan
    table.loc[common[[-9, -1]], "x2"] = np.inf
    for sampler in (SMOTE(), TomekLinks(), RandomOverSampler(shrinkage=1.0)):
        with pytest.raises(ValueError, match="contains NaN and infinity") as expected:
            in_memory(sampler, table)
        with pytest.raises(ValueError, match="contains NaN and infinity") as got:
            fastbal.resample(cut(table, 5), "y", clone(sampler))
        assert str(got.value) == str(expected.value)
        X, y = table.drop(columns="y").to_numpy(), table["y"].to_numpy()
        with pytest.raises(ValueError, match=r"column 1 \(1 NaN\), column 2 \(2 inf\)"):
            clone(sampler).fit_resample(da.from_array(X, chunks=(99, -1)), da.from_array(y, chunks=99))
    assert len(fastbal.resample(cut(table, 5), "y", RandomOverSampler()).compute()) > len(table)


def test_words_where_numbers_must_be() -> None:
    with pytest.raises(ValueError, match=r"could not convert string to float: '\w+'.*columns? 'town'"):
        fastbal.resample(cut(mixed().fillna({"town": "Trier"}), 3), "y", SMOTE())


@pytest.mark.parametrize("kind", ["nullable int", "float", "objects", "categories", "dates"])
def test_missing_labels(kind: str) -> None:
    table = numbers()
    table["y"] = LABELS[kind](table["y"])
    table.loc[[7, 900], "y"] = None
    with pytest.raises(ValueError, match="2 of 1500"):
        fastbal.resample(cut(table, 5), "y", SMOTE())


def test_one_class_and_no_rows() -> None:
    table = numbers()
    with pytest.raises(ValueError, match="needs to have more than 1 class"):
        fastbal.resample(cut(table[table["y"] == 0], 3), "y", SMOTE())
    with pytest.raises(ValueError, match=r"0 sample\(s\)"):
        fastbal.resample(cut(table.iloc[:0], 3), "y", SMOTE())
    with pytest.raises(ValueError, match=r"Class 1 has .* k_neighbors=99 needs at least 100"):
        fastbal.resample(cut(table, 3), "y", SMOTE(k_neighbors=99))


def test_rows_and_labels_that_do_not_match() -> None:
    table = numbers()
    X, y = table.drop(columns="y"), table["y"]
    sampler = SMOTE(random_state=0)
    with pytest.raises(ValueError, match="X has 3 partitions and y has 4"):
        sampler.fit_resample(of_parts([X[:500], X[500:900], X[900:]]), of_parts([y[:500], y[500:900], y[900:], y[:0]]))
    with pytest.raises(ValueError, match="begin at other places of the index"):
        sampler.fit_resample(
            dd.from_pandas(X, npartitions=3), dd.from_pandas(y, npartitions=3).repartition(divisions=[0, 9, 99, 1499])
        )
    apart = of_parts([X[:500], X[500:]]), of_parts([y[:501], y[501:]])
    with pytest.raises(ValueError, match=r"Partition [01] of X has \d+ rows and that of y has \d+ labels"):
        sampler.fit_resample(*apart)
    with pytest.raises(ValueError, match=r"Partition [01] of X has \d+ rows and that of y has \d+ labels"):
        dask.compute(*RandomUnderSampler().fit_resample(*apart))
    arrays = X.to_numpy(), y.to_numpy()
    with pytest.raises(ValueError, match=r"inconsistent numbers of samples: \[1500, 1499\]"):
        sampler.fit_resample(da.from_array(arrays[0], chunks=99), da.from_array(arrays[1][1:], chunks=99))


def test_what_is_no_table() -> None:
    table = numbers()
    ddf = cut(table, 3)
    X, y = ddf.drop(columns="y"), ddf["y"]
    sampler = SMOTE()
    for given in ((X, table["y"]), (X, ddf[["y"]]), (X["x0"], y), (dask.delayed(table), y), (X.to_dask_array(), y)):
        with pytest.raises(TypeError, match=r"takes a dask\.dataframe DataFrame with a Series"):
            sampler.fit_resample(*given)
    with pytest.raises(ValueError, match="two dimensions and y one"):
        sampler.fit_resample(da.zeros((9, 2, 2)), da.zeros(9))
    with pytest.raises(ValueError, match=r"no column 'z'\. The columns are 'x0', 'x1', 'y'"):
        fastbal.resample(ddf, "z", sampler)
    with pytest.raises(ValueError, match="no column besides the target"):
        fastbal.resample(ddf[["y"]], "y", sampler)
    with pytest.raises(TypeError, match="has no column 0"):
        fastbal.resample(da.zeros((9, 2)), 0, sampler)
    with pytest.raises(ValueError, match="lazily, on its own workers"):
        fastbal.resample(ddf, "y", sampler, out="out.parquet")
    with pytest.raises(TypeError, match="cannot resample sample_weight along"):
        sampler.fit_resample(X, y, sample_weight=np.ones(len(table)))
    with pytest.raises(TypeError, match=r"X\.compute\(\)"):
        sampler.fit(X, y)


class OfTheUser(SMOTE):
    """Draws in a way of its own."""

    def _draw_recipe(self, X: Any, *given: Any) -> Any:
        return super()._draw_recipe(X, *given)


REFUSED: dict[str, tuple[Any, str]] = {
    "a cleaner in rounds after smote": (SMOTEENN(enn=AllKNN()), "AllKNN cleans in rounds|Take two steps"),
    "both at once": (Balance(), "adds rows and takes others away.*RandomUnderSampler, then SMOTE"),
    "clusters": (KMeansSMOTE(), "finds clusters among all rows.*SMOTE or ADASYN; or take a random part"),
    "a machine": (SVMSMOTE(), "fits a support vector machine.*SMOTE or ADASYN"),
    "centres": (ClusterCentroids(), "finds clusters among all rows of the classes that shrink.*use TomekLinks"),
    "a forest": (InstanceHardnessThreshold(), "fits classifiers to all rows.*use TomekLinks"),
    "again and again": (CondensedNearestNeighbour(), "goes over all rows .* again and again.*use TomekLinks"),
    "a function": (fastbal.FunctionSampler(), "hands all rows to a function"),
    "measurements": (SMOTER(), "sorts all rows by a continuous target.*density_weights"),
    "several labels": (MLSMOTE(), "looks at several labels of each row"),
    "anew": (ROSE(regenerate=True), "makes new rows of all classes.*leave out regenerate"),
    "of the user": (OfTheUser(), "has rules of its own.*take a random part of the larger classes first"),
    "rejected": (SMOTE(reject=0.5), "asks for the nearest rows of each new row"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_samplers_that_need_the_table_in_memory_say_why(case: str, tmp_path: Path) -> None:
    sampler, why = REFUSED[case]
    table = numbers()
    table.to_parquet(tmp_path / "table.parquet")
    ddf = cut(table, 3)
    for source in (ddf, tmp_path / "table.parquet"):
        with pytest.raises(ValueError, match=why):
            fastbal.resample(source, "y", clone(sampler))
    for y in [] if case == "a function" else [ddf["y"], ddf[["y", "x0"]]]:
        with pytest.raises(ValueError, match=why):
            clone(sampler).fit_resample(ddf.drop(columns="y"), y)


def test_two_steps_are_the_same_as_smote_and_tomek_at_once() -> None:
    """As the message says that refuses them at once."""
    table = numbers()
    larger = fastbal.resample(cut(table, 3), "y", SMOTE(random_state=0))
    for at_once, cleaner in ((SMOTETomek, TomekLinks), (SMOTEENN, EditedNearestNeighbours)):
        sampler = at_once(random_state=0)
        with pytest.raises(
            ValueError, match=f"Take two steps, which make the same rows: SMOTE, then {cleaner.__name__}"
        ):
            fastbal.resample(cut(table, 3), "y", sampler)
        cleaned = fastbal.resample(larger, "y", cleaner(sampling_strategy="all"))
        assert_same(cleaned.compute(), in_memory(sampler, table), keeps_order=at_once is SMOTETomek)


def test_what_does_not_fit_one_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    ddf = cut(numbers(), 3)
    monkeypatch.setattr(_dask, "available_memory", lambda: 60_000)
    with pytest.raises(MemoryError, match=r"EditedNearestNeighbours needs all rows.* 1,500 rows .* take about 270"):
        fastbal.resample(ddf, "y", EditedNearestNeighbours())
    with pytest.raises(MemoryError, match="SMOTE needs the rows of the classes that grow on one worker"):
        fastbal.resample(ddf, "y", SMOTE())
    assert len(fastbal.resample(ddf, "y", SMOTE(sampling_strategy=0.1)).compute()) > N_ROWS
    assert len(fastbal.resample(ddf, "y", RandomUnderSampler()).compute()) < N_ROWS


# ------------------------------------------------------------------------------------------------- on other processes


def dies_once(table: pd.DataFrame, flag: str) -> pd.DataFrame:
    """The table; the worker that is the first to ask for it is killed before."""
    try:
        os.close(os.open(flag, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return table
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


@contextlib.contextmanager
def workers(n_workers: int) -> Any:
    """A cluster of processes with two threads each."""
    distributed = pytest.importorskip("distributed")
    patient = {"distributed.comm.timeouts.connect": "120s", "distributed.scheduler.allowed-failures": 10}
    with (
        dask.config.set(patient, scheduler=None),
        distributed.LocalCluster(
            n_workers=n_workers,
            threads_per_worker=2,
            processes=True,
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
        ) as cluster,
        distributed.Client(cluster, timeout="120s") as client,
    ):
        yield client


on_a_cluster = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # what processes leave open that come and go is not ours
]


@pytest.mark.parametrize("n_workers", [pytest.param(n, marks=on_a_cluster) for n in (1, 2)])
def test_on_a_cluster(n_workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_dask, "PIECE_ROWS", 300)
    with workers(n_workers):
        for name in ("smote", "smote, a generator", "smotenc", "over", "under", "enn"):
            sampler, make = (ADDING | TAKING)[name]
            got = fastbal.resample(cut(make(), 16), "y", clone(sampler))
            assert_same(got.compute(), in_memory(sampler, make()), keeps_order=name in ADDING)
        X, y = numbers().drop(columns="y").to_numpy(), numbers()["y"].to_numpy()
        arrays = SMOTE(random_state=0).fit_resample(da.from_array(X, chunks=(99, -1)), da.from_array(y, chunks=99))
        for one, other in zip(dask.compute(*arrays), SMOTE(random_state=0).fit_resample(X, y), strict=True):
            np.testing.assert_array_equal(one, other)
        with pytest.raises(ValueError, match=r"Class 1 has .* k_neighbors=99"):
            fastbal.resample(cut(numbers(), 3), "y", SMOTE(k_neighbors=99))


@pytest.mark.parametrize("n_workers", [pytest.param(n, marks=on_a_cluster) for n in (1, 2, 4)])
def test_any_number_of_workers_and_partitions(n_workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where workers share the search, where the table is read once, and where no worker holds the rare rows."""
    monkeypatch.setattr(_dask, "SHARED_ROWS", 1)
    table, sampler = rows_for("tree")
    expected = in_memory(sampler, table)
    with workers(n_workers):
        for n_partitions in (7, 64) if n_workers != 2 else (7, 1_000):
            ddf = cut(table, n_partitions)
            assert_same(fastbal.resample(ddf, "y", clone(sampler)).compute(), expected)
            if n_partitions < 1_000:  # which take long
                assert_same(fastbal.resample(ddf, "y", clone(sampler), read_once=True).compute(), expected)
        monkeypatch.setattr(_dask, "_workers", lambda: [{"memory_limit": len(table) * 60, "nthreads": 1}] * 12)
        assert_same(fastbal.resample(cut(table, 7), "y", clone(sampler)).compute(), expected)


@pytest.mark.parametrize("when", [pytest.param(when, marks=on_a_cluster) for when in ("gathering", "drawn")])
def test_a_worker_dies(when: str, tmp_path: Path) -> None:
    """While rows are gathered, or with what has been drawn: it is done again elsewhere."""
    table, sampler, flag = numbers(), SMOTE(random_state=0), tmp_path / "died"
    ddf = cut(table, 8).map_partitions(dies_once, str(flag), meta=table.iloc[:0])
    with workers(2) as client:
        if when == "drawn":
            flag.touch()
        balanced = fastbal.resample(ddf, "y", sampler)
        if when == "drawn":
            held = {key: holders for key, holders in client.who_has().items() if "draw_on_all_threads" in str(key)}
            assert held
            pids = client.run(os.getpid)
            for holder in {holder for holders in held.values() for holder in holders}:
                os.kill(pids[holder], signal.SIGKILL)
        assert_same(balanced.compute(), in_memory(sampler, table))
    assert flag.exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("libraries", "n_printed"),
    [(("distributed", "lightgbm", "xgboost"), 2), (("dask_ml",), 1)],
    ids=["trees", "dask-ml"],
)
def test_the_page_trains_learners(libraries: tuple[str, ...], n_printed: int, tmp_path: Path) -> None:
    """The programs of docs/guide/distributed.md, as they stand there."""
    for library in libraries:
        pytest.importorskip(library)
    page = Path(fastbal.__file__).parents[1] / "docs" / "guide" / "distributed.md"
    if not page.exists():
        pytest.skip("docs/ is not here")
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)
    (program,) = (block for block in blocks if f"from {libraries[-1]}" in block)
    table = numbers().rename(columns={"y": "fraud"})
    (tmp_path / "transactions").mkdir()
    for i in range(4):
        table.iloc[i::4].to_parquet(tmp_path / "transactions" / f"{i}.parquet")
    (tmp_path / "program.py").write_text(program)
    found = os.pathsep.join([str(page.parents[1]), *os.environ.get("PYTHONPATH", "").split(os.pathsep)])
    environment = {**os.environ, "PYTHONPATH": found}
    done = subprocess.run(
        [sys.executable, "program.py"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("]]") == n_printed


@pytest.mark.parametrize("sampler", [RandomOverSampler(random_state=0), SMOTEN(random_state=0, k_neighbors=2)])
def test_samplers_that_look_at_no_numbers_take_arrays(sampler: Any) -> None:
    X, y = np.arange(300.0).reshape(100, 3) // 40, np.repeat([0, 1], [80, 20])
    got = clone(sampler).fit_resample(da.from_array(X, chunks=(30, 3)), da.from_array(y, chunks=30))
    expected = clone(sampler).fit_resample(X, y)
    for one, other in zip(dask.compute(*got), expected, strict=True):
        np.testing.assert_array_equal(one, other)


# ------------------------------------------------------------------------------------------------------ read once


@pytest.mark.parametrize("name", ["over", "smote", "smotenc", "mgs", "adasyn"])
def test_a_table_that_is_read_once(name: str) -> None:
    sampler, make = ADDING[name]
    reads: list[int] = []

    def read(i: int) -> pd.DataFrame:
        reads.append(i)
        return make().iloc[i * 500 : i * 500 + 500]

    ddf = dd.from_map(read, range(3), meta=make().iloc[:0])
    fitted = clone(sampler)
    balanced = fastbal.resample(ddf, "y", fitted, read_once=True)
    assert sorted(reads) == [0, 1, 2]  # the labels
    assert_same(balanced.compute(), in_memory(sampler, make()))
    assert sorted(reads) == [0, 0, 1, 1, 2, 2]
    assert not hasattr(fitted, "recipe_")
    assert fitted.sampling_strategy_ == clone(sampler).fit(make().drop(columns="y"), make()["y"]).sampling_strategy_


def test_read_once_without_a_seed_is_the_same_each_time() -> None:
    ddf = cut(numbers(), 4)
    np.random.seed(0)
    balanced = fastbal.resample(ddf, "y", SMOTE(), read_once=True)
    assert_same(balanced.compute(), balanced.compute())
    np.random.seed(0)
    assert_same(fastbal.resample(ddf, "y", SMOTE(), read_once=True).compute(), balanced.compute())
    assert_same(
        fastbal.resample(ddf, "y", RandomUnderSampler(random_state=0), read_once=True).compute(),
        fastbal.resample(ddf, "y", RandomUnderSampler(random_state=0)).compute(),
    )
    nothing = fastbal.resample(ddf, "y", SMOTE(sampling_strategy=numbers()["y"].value_counts().to_dict()))
    assert_same(nothing.compute(), numbers())


def test_what_cannot_be_read_once(tmp_path: Path) -> None:
    table = numbers()
    ddf = cut(table, 4)
    with pytest.raises(ValueError, match=r"a Generator goes on\. Give SMOTE a number"):
        fastbal.resample(ddf, "y", SMOTE(random_state=np.random.default_rng(0)), read_once=True)
    with pytest.raises(ValueError, match="TomekLinks knows which rows stay when it has seen all"):
        fastbal.resample(ddf, "y", TomekLinks(), read_once=True)
    table.to_parquet(tmp_path / "table.parquet")
    with pytest.raises(ValueError, match="leave it out, for files"):
        fastbal.resample(tmp_path / "table.parquet", "y", SMOTE(), read_once=True)
    table.loc[5, "x1"] = np.nan
    balanced = fastbal.resample(cut(table, 4), "y", SMOTE(), read_once=True)
    with pytest.raises(ValueError, match="contains NaN"):
        balanced.compute()


# -------------------------------------------------------------------------------------------- a search that is shared


def rows_for(kind: str) -> tuple[pd.DataFrame, Any]:
    """Tables that are searched in each of the ways there are: a tree, pairs, duplicates, three classes."""
    rng = np.random.default_rng(7)
    n = {"few": 300, "many columns": 600}.get(kind, 2_400)
    X = rng.normal(size=(n, 40 if kind == "many columns" else 3)).astype(np.float32)
    if kind == "duplicates":
        X = np.rint(2 * X)
    table = pd.DataFrame(X).rename(columns=lambda j: f"x{j}")
    shares = [0.5, 0.3, 0.2] if kind == "three classes" else [0.7, 0.3]
    return table.assign(y=rng.choice(len(shares), n, p=shares)), SMOTE(random_state=0)


@pytest.mark.parametrize("kind", ["tree", "many columns", "duplicates", "three classes", "few"])
@pytest.mark.parametrize("hands", [(2, 2), (3, 5)])
def test_workers_share_the_search(kind: str, hands: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_dask, "_hands", lambda: hands)
    monkeypatch.setattr(_dask, "SHARED_ROWS", 1)
    table, sampler = rows_for(kind)
    done = []
    monkeypatch.setattr(_dask, "search_piece", lambda cuts, i: done.append(i) or search_piece(cuts, i))
    got = fastbal.resample(cut(table, 3), "y", clone(sampler)).compute()
    assert len(done) == 4 * hands[1]
    assert_same(got, in_memory(sampler, table))


# ------------------------------------------------------------------------- rare rows that are more than a worker holds


@pytest.mark.parametrize("kind", ["tree", "duplicates", "three classes", "few"])
def test_rare_rows_that_no_worker_holds(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    table, sampler = rows_for(kind)
    monkeypatch.setattr(_dask, "_workers", lambda: [{"memory_limit": len(table) * 60, "nthreads": 1}] * 12)
    monkeypatch.setattr(_dask, "PIECE_ROWS", 2_000)
    n_cells = []
    monkeypatch.setattr(
        _dask, "new_rows_in_cells", lambda *a, **kw: n_cells.append(kw["n_cells"]) or new_rows_in_cells(*a, **kw)
    )
    here, there = clone(sampler), clone(sampler)
    there.fit_resample(table.drop(columns="y"), table["y"])
    got = fastbal.resample(cut(table, 5), "y", here)
    assert n_cells[0] >= 4
    assert_same(got.compute(), in_memory(sampler, table))
    np.testing.assert_array_equal(here.base_indices_, there.base_indices_)
    np.testing.assert_array_equal(here.neighbor_indices_, there.neighbor_indices_)
    X, y = table.drop(columns="y").to_numpy(), table["y"].to_numpy()
    arrays = clone(sampler).fit_resample(da.from_array(X, chunks=(1_000, -1)), da.from_array(y, chunks=1_000))
    for one, other in zip(dask.compute(*arrays), there.fit_resample(X, y), strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_no_workers_hold_together(monkeypatch: pytest.MonkeyPatch) -> None:
    table, sampler = rows_for("few")
    monkeypatch.setattr(_dask, "_workers", lambda: [{"memory_limit": 6_000, "nthreads": 1}] * 12)
    table.loc[table.index[table["y"] == 1][3], "x0"] = np.inf
    with pytest.raises(ValueError, match=r"contains infinity.*'x0' \(1 inf\)"):
        fastbal.resample(cut(table, 5), "y", clone(sampler))
    mixed_types = of_parts([table.iloc[:100], table.iloc[100:].astype({"x1": np.float64})])
    with pytest.raises(TypeError, match="if each column has one type in all partitions"):
        fastbal.resample(mixed_types, "y", clone(sampler))
    monkeypatch.setattr(_dask, "_workers", lambda: [{"memory_limit": 6_000, "nthreads": 1}] * 2)
    with pytest.raises(MemoryError, match=r"the smallest worker has 0 MB, and all of them 0 MB, half of which"):
        fastbal.resample(cut(table, 5), "y", clone(sampler))
