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
from fastbal.combine import SMOTEENN, SMOTETomek
from fastbal.outofcore import _balance, _grown, resample
from fastbal.outofcore._far import FarNumbers, FarPool
from fastbal.outofcore._parquet import ParquetSource
from fastbal.over_sampling import (
    ADASYN,
    MWMOTE,
    ROSE,
    SMOTE,
    SMOTENC,
    SVMSMOTE,
    BorderlineSMOTE,
    GeometricSMOTE,
    ProWSyn,
    RandomOverSampler,
    SafeLevelSMOTE,
)
from fastbal.under_sampling import (
    AllKNN,
    CondensedNearestNeighbour,
    EditedNearestNeighbours,
    NearMiss,
    NeighbourhoodCleaningRule,
    RandomUnderSampler,
    RepeatedEditedNearestNeighbours,
    TomekLinks,
)
from tests.cases import rest_slow

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
    "enn": EditedNearestNeighbours(),
    "enn, all classes": EditedNearestNeighbours(sampling_strategy="all", n_neighbors=5),
    "enn, a vote": EditedNearestNeighbours(sampling_strategy="all", kind_sel="mode"),
    "ncr": NeighbourhoodCleaningRule(),
    "ncr, all classes": NeighbourhoodCleaningRule(sampling_strategy="all", n_neighbors=5),
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


COMBINED = {
    "smote tomek": SMOTETomek(random_state=0),
    "smote enn": SMOTEENN(random_state=0),
    "a few, enn": SMOTEENN(random_state=0, smote=SMOTE(sampling_strategy={1: 400}, random_state=3)),
    "adasyn, tomek of the majority": SMOTETomek(smote=ADASYN(random_state=1), tomek=TomekLinks()),
    "safe level, ncr": SMOTEENN(smote=SafeLevelSMOTE(random_state=1), enn=NeighbourhoodCleaningRule()),
    "noise, enn": SMOTEENN(smote=ROSE(random_state=1), enn=EditedNearestNeighbours(kind_sel="mode")),
}


@pytest.mark.parametrize(("dtypes", "memory"), rest_slow([("float32", None), ("mixed", "1GB"), ("int16", None)], 2))
@pytest.mark.parametrize("name", COMBINED)
def test_what_is_cleaned_after_rows_were_added(
    name: str, memory: Any, dtypes: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where rows that are cleaned are not held, and where they wait on disk to be put in order."""
    X, y = make_classification(600, 5, weights=[0.85], flip_y=0.1, random_state=0)
    table = as_table((9 * X).astype("float64" if dtypes == "mixed" else dtypes), y)
    if dtypes == "mixed":  # whole numbers, beside which others are not rounded before they are judged
        table = table.set_column(0, "x0", table["x0"].cast(pa.int32(), safe=False))
    pq.write_table(table, tmp_path / "in.parquet", row_group_size=100)
    here, there = clone(COMBINED[name]), clone(COMBINED[name])
    expected = there.fit_resample(table.drop_columns(["y"]), table["y"])
    for module in (_balance, _grown):
        monkeypatch.setattr(module, "block_rows", lambda *_: 170)
    if memory is not None:
        monkeypatch.setattr(_grown, "searched_bytes", lambda *_: 1 << 60)
        monkeypatch.setattr(_grown, "rows_in_memory", lambda *_: 130)
    got = resample(tmp_path / "in.parquet", "y", here, memory=memory).read_all()
    assert got.drop_columns(["y"]).equals(expected[0])
    assert got["y"].equals(expected[1])
    for attribute in ("base_indices_", "neighbor_indices_", "step_", "is_synthetic_"):
        np.testing.assert_array_equal(getattr(here, attribute), getattr(there, attribute))
    assert here.sampling_strategy_ == there.sampling_strategy_
    done = resample(tmp_path / "in.parquet", "y", clone(here), out=tmp_path / "out.parquet")
    assert pq.read_table(done.out).equals(got)
    assert done.n_new == there.recipe_.n_new
    assert done.n_kept == there.recipe_.n_kept
    assert done.before == {label: int((y == label).sum()) for label in (0, 1)}
    assert done.after == {label: int((expected[1].to_numpy() == label).sum()) for label in (0, 1)}


def test_smote_tomek_in_two_steps(tmp_path: Path) -> None:
    """The way of Dask and of who keeps what lies between: the same rows by way of a file."""
    pq.write_table(TABLES["float32"], tmp_path / "in.parquet", row_group_size=100)
    resample(tmp_path / "in.parquet", "y", SMOTE(random_state=0), out=tmp_path / "more.parquet")
    got = resample(tmp_path / "more.parquet", "y", TomekLinks(sampling_strategy="all")).read_all()
    assert got.equals(resample(tmp_path / "in.parquet", "y", SMOTETomek(random_state=0)).read_all())


def test_what_is_refused_of_combinations(tmp_path: Path) -> None:
    pq.write_table(TABLES["float32"], tmp_path / "in.parquet")
    values = TABLES["float32"]["x0"].to_numpy().copy()
    values[900] = np.nan
    pq.write_table(TABLES["float32"].set_column(0, "x0", pa.array(values, from_pandas=False)), tmp_path / "gap.parquet")
    for sampler, message in (
        (SMOTEENN(enn=AllKNN()), "AllKNN cleans in rounds"),
        (SMOTEENN(smote=SVMSMOTE()), "SVMSMOTE fits a support vector machine"),
        (SMOTETomek(tomek=NearMiss()), "what cleans an EditedNearestNeighbours"),
        (SMOTETomek(smote=RandomOverSampler()), "SMOTETomek cleans what it has made, of more than numbers"),
        (SMOTEENN(smote=SMOTENC([0])), "SMOTEENN cleans what it has made, of more than numbers"),
    ):
        with pytest.raises(ValueError, match=message):
            resample(tmp_path / "in.parquet", "y", sampler)
    with pytest.raises(ValueError, match="SMOTEENN takes rows away, so leave out new_only and append"):
        resample(tmp_path / "in.parquet", "y", SMOTEENN(), out=tmp_path / "out.parquet", new_only=True)
    for sampler in (SMOTEENN(), SMOTETomek(smote=ADASYN())):
        with pytest.raises(ValueError, match=rf"'x0' \(1 NaN\)\. {type(sampler).__name__}"):
            resample(tmp_path / "gap.parquet", "y", sampler)


def test_rows_are_told_and_searched_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Most rows of a table with structure are told by their block; the others are searched a few at a time."""
    rng = np.random.default_rng(0)
    X = (rng.normal(size=(30_000, 3)) @ rng.normal(size=(3, 8)) + 0.01 * rng.normal(size=(30_000, 8))).astype("f4")
    whole = as_table(X, (rng.random(len(X)) < 0.02).astype(int))
    pq.write_table(whole, tmp_path / "in.parquet", row_group_size=7_000)
    monkeypatch.setattr(_balance, "block_rows", lambda *_: 9_000)
    searched: list[int] = []
    search = FarPool._search
    monkeypatch.setattr(FarPool, "_search", lambda self, Y, *rest: searched.append(len(Y)) or search(self, Y, *rest))
    for kind in ("all", "mode"):
        here, there = EditedNearestNeighbours(kind_sel=kind), EditedNearestNeighbours(kind_sel=kind)
        resample(tmp_path / "in.parquet", "y", here)
        there.fit_resample(X, whole["y"].to_numpy())
        np.testing.assert_array_equal(here.sample_indices_, there.sample_indices_)
    assert len(searched) > 1
    assert 0 < sum(searched) < len(X)
    assert max(searched) <= 9_000


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
    "again and again": (CondensedNearestNeighbour(), "use TomekLinks; or take a random part"),
    "in rounds": (RepeatedEditedNearestNeighbours(), "use EditedNearestNeighbours, which is one round"),
    "editing of one's own": (NeighbourhoodCleaningRule(edited_nearest_neighbours=AllKNN()), "Leave it out"),
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
    X, _ = CondensedNearestNeighbour().fit_resample(part.drop_columns(["y"]), part["y"])
    assert 0 < len(X) < len(part)
