"""Samplers that judge rows by all others: read block by block, they choose the rows that they choose in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.neighbors import NearestNeighbors

from fastbal._core.neighbors import Index
from fastbal._core.target import encode
from fastbal.combine import SMOTETomek
from fastbal.outofcore import _balance, resample
from fastbal.outofcore._far import FarNumbers
from fastbal.outofcore._parquet import ParquetSource
from fastbal.over_sampling import (
    ADASYN,
    MWMOTE,
    SMOTE,
    SVMSMOTE,
    BorderlineSMOTE,
    GeometricSMOTE,
    ProWSyn,
    SafeLevelSMOTE,
)
from fastbal.under_sampling import EditedNearestNeighbours, NearMiss, RandomUnderSampler, TomekLinks

SAMPLERS = {
    "borderline-1": BorderlineSMOTE(random_state=0),
    "borderline-2": BorderlineSMOTE(random_state=0, kind="borderline-2", m_neighbors=7),
    "adasyn": ADASYN(random_state=0),
    "safe level": SafeLevelSMOTE(random_state=0, k_neighbors="auto"),
    "safe level, columns": SafeLevelSMOTE(random_state=0, step="column"),
    "prowsyn": ProWSyn(random_state=0, n_neighbors=1),
    "mwmote": MWMOTE(random_state=0),
    "geometric": GeometricSMOTE(random_state=0),
    "geometric, majority": GeometricSMOTE(random_state=0, selection_strategy="majority"),
    "tomek": TomekLinks(),
    "tomek, all classes": TomekLinks(sampling_strategy="all"),
    "near miss 1": NearMiss(version=1),
    "near miss 2": NearMiss(version=2),
    "near miss 3": NearMiss(version=3, n_neighbors_ver3=5),
}


def tables() -> dict[str, pa.Table]:
    """Classes that overlap: spread out, with many duplicates and ties, of whole numbers, of three classes."""
    rng = np.random.default_rng(0)
    n = 1_200
    y = (rng.random(n) < 0.15).astype(np.int64)
    X = rng.normal(size=(n, 3)) + 0.8 * y[:, None]
    three = np.where(rng.random(n) < 0.5, "a", np.where(rng.random(n) < 0.5, "b", "c"))
    return {
        "float32": as_table(X.astype(np.float32), y),
        "float64": as_table(X, y),
        "ties": as_table(np.rint(2 * X).astype(np.float32), y),
        "whole numbers": as_table(np.rint(1000 * X).astype(np.int64), y),
        "three classes": as_table(X.astype(np.float32), three),
        "ordered by class": as_table(X.astype(np.float32), y).sort_by("y"),
        "ordered by size": as_table(X[np.argsort(np.abs(X).max(axis=1))] ** 15, y),
    }


def as_table(X: Any, y: Any) -> pa.Table:
    return pa.table({**{f"x{j}": X[:, j] for j in range(X.shape[1])}, "y": y})


TABLES = tables()


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks that begin and end within row groups."""
    monkeypatch.setattr(_balance, "block_rows", lambda *_: 170)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.filterwarnings("ignore:The number of the samples to be selected")
@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_the_rows_are_those_in_memory(sampler: str, name: str, tmp_path: Path) -> None:
    whole, here, there = TABLES[name], clone(SAMPLERS[sampler]), clone(SAMPLERS[sampler])
    pq.write_table(whole, tmp_path / "in.parquet", row_group_size=250)
    X, y = there.fit_resample(whole.drop_columns(["y"]), whole["y"])
    expected = X.append_column("y", y)
    assert resample(tmp_path / "in.parquet", "y", here).read_all().equals(expected)
    done = resample(tmp_path / "in.parquet", "y", clone(here), out=tmp_path / "out.parquet")
    assert pq.read_table(done.out).equals(expected)
    assert sum(done.after.values()) == len(expected)
    for attribute in ("base_indices_", "neighbor_indices_", "sample_indices_"):
        if hasattr(there, attribute):
            np.testing.assert_array_equal(getattr(here, attribute), getattr(there, attribute))


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("block_rows", [7, 170, 5_000])
def test_neighbours_of_some_rows_among_all(name: str, block_rows: int, tmp_path: Path) -> None:
    whole = TABLES[name]
    pq.write_table(whole, tmp_path / "in.parquet", row_group_size=250)
    X = np.column_stack([whole[f"x{j}"].to_numpy() for j in range(3)])
    rows = np.sort(np.random.default_rng(1).choice(len(X), 60, replace=False))
    target = encode(whole["y"].to_numpy(zero_copy_only=False))
    far = FarNumbers(ParquetSource(tmp_path / "in.parquet"), ["x0", "x1", "x2"], rows, X[rows], target, block_rows)
    got = far.pool(None).index.neighbors_of_rows(rows, 6)
    expected = Index(X).neighbors_of_rows(rows, 6)
    np.testing.assert_array_equal(got[0], expected[0])
    np.testing.assert_array_equal(got[1], expected[1])
    of_class = target.rows_of(0)
    within = far.pool(of_class).index.neighbors_of(
        X[rows].astype(expected[1].dtype if X.dtype.kind == "i" else X.dtype), 4
    )
    np.testing.assert_array_equal(within[0], Index(X[of_class]).neighbors_of(X[rows], 4)[0])


def test_squared_distances_decide(tmp_path: Path) -> None:
    """Two rows whose distances are one float, though the squares are not, are told apart as an index does it."""
    near = 1.0 + 2.0**-52
    sides = [(near, 0.0), (1.0, 2.0**-27), (1.0, 0.0)]
    X = np.array([(0.0, 0.0), *sides])
    whole = as_table(X, np.array([0, 1, 1, 1]))
    pq.write_table(whole, tmp_path / "in.parquet")
    rows = np.array([0])
    far = FarNumbers(
        ParquetSource(tmp_path / "in.parquet"), ["x0", "x1"], rows, X[rows], encode(np.array([0, 1, 1, 1])), 1
    )
    got = far.pool(None).index.neighbors_of_rows(rows, 3)[0]
    np.testing.assert_array_equal(got, Index(X).neighbors_of_rows(rows, 3)[0])


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16])
def test_smote_tomek_in_two_steps(dtype: Any, tmp_path: Path) -> None:
    """What its refusal says: the same rows by way of a file."""
    X, y = make_classification(600, 5, weights=[0.85], flip_y=0.1, random_state=0)
    table = as_table((9 * X).astype(dtype), y)
    pq.write_table(table, tmp_path / "in.parquet", row_group_size=100)
    with pytest.raises(ValueError, match=r"same rows: SMOTE, then TomekLinks\(sampling_strategy='all'\)"):
        resample(tmp_path / "in.parquet", "y", SMOTETomek())
    resample(tmp_path / "in.parquet", "y", SMOTE(random_state=0), out=tmp_path / "more.parquet")
    got = resample(tmp_path / "more.parquet", "y", TomekLinks(sampling_strategy="all")).read_all()
    expected = SMOTETomek(random_state=0).fit_resample(table.drop_columns(["y"]), table["y"])
    assert got.drop_columns(["y"]).equals(expected[0])
    assert got["y"].equals(expected[1])


def test_kept_rows_in_file_order_are_not_held(tmp_path: Path) -> None:
    """A cleaned table may be as large as the table."""
    pq.write_table(TABLES["float32"], tmp_path / "in.parquet", row_group_size=250)
    source = ParquetSource(tmp_path / "in.parquet")
    assert _balance.balance(source, "y", TomekLinks(), None).kept is None


REFUSED = {
    "a search of one's own": (
        BorderlineSMOTE(m_neighbors=NearestNeighbors(n_neighbors=4)),
        "m_neighbors must be a number",
    ),
    "gaps": (ADASYN(missing="keep"), "ADASYN with missing='keep' needs the table in memory"),
    "again and again": (EditedNearestNeighbours(), "use TomekLinks; or take a random part"),
    "a model": (SVMSMOTE(), "use SMOTE or ADASYN"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_done_in_blocks(case: str, tmp_path: Path) -> None:
    sampler, message = REFUSED[case]
    pq.write_table(TABLES["float32"], tmp_path / "in.parquet")
    with pytest.raises(ValueError, match=message):
        resample(tmp_path / "in.parquet", "y", sampler)


def test_what_is_not_finite_is_refused_with_the_counts_of_the_whole(tmp_path: Path) -> None:
    whole = TABLES["float64"]
    values = whole["x0"].to_numpy().copy()
    values[[3, 700]] = np.nan
    whole = whole.set_column(0, "x0", pa.array(values, from_pandas=False))
    pq.write_table(whole, tmp_path / "in.parquet", row_group_size=250)
    for sampler in (TomekLinks(), ADASYN(), NearMiss()):
        with pytest.raises(ValueError) as in_memory:
            sampler.fit_resample(whole.drop_columns(["y"]), whole["y"])
        with pytest.raises(ValueError) as in_blocks:
            resample(tmp_path / "in.parquet", "y", sampler)
        assert str(in_blocks.value) == str(in_memory.value)


def test_both_are_refused_alike_where_classes_are_too_small(tmp_path: Path) -> None:
    whole = pa.concat_tables([TABLES["float32"].slice(0, 0), TABLES["float32"].slice(0, 40)])
    pq.write_table(whole, tmp_path / "in.parquet")
    for sampler in (BorderlineSMOTE(m_neighbors=40), ADASYN(n_neighbors=30), NearMiss(n_neighbors=30)):
        with pytest.raises(ValueError) as in_memory:
            clone(sampler).fit_resample(whole.drop_columns(["y"]), whole["y"])
        with pytest.raises(ValueError) as in_blocks:
            resample(tmp_path / "in.parquet", "y", sampler)
        assert str(in_blocks.value) == str(in_memory.value)


def test_random_sampling_first_is_the_way_out(tmp_path: Path) -> None:
    """What the refusal proposes works."""
    pq.write_table(TABLES["float32"], tmp_path / "in.parquet")
    part = resample(
        tmp_path / "in.parquet", "y", RandomUnderSampler(sampling_strategy={0: 300}, random_state=0)
    ).read_all()
    X, _ = EditedNearestNeighbours().fit_resample(part.drop_columns(["y"]), part["y"])
    assert 0 < len(X) < len(part)
