"""Rows that stay, in the order of the recipe, where they are more than memory holds."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.base import clone

from fastbal._core.target import Target
from fastbal.outofcore import _balance, _memory, resample
from fastbal.outofcore._memory import Needed, needed, rows_in_memory
from fastbal.outofcore._open import open_source
from fastbal.outofcore._sorted import rows_in_order
from fastbal.outofcore._supported import LABELS
from fastbal.under_sampling import NearMiss, RandomUnderSampler
from tests.outofcore.test_same_rows import assert_same, in_memory, mixed, numbers, read, write

SAMPLERS = {
    "shuffled": (RandomUnderSampler(random_state=3), mixed),
    "most rows": (RandomUnderSampler(random_state=3, sampling_strategy={"common": 2_500}), mixed),
    "with replacement": (RandomUnderSampler(random_state=3, replacement=True, sampling_strategy="all"), mixed),
    "NearMiss": (NearMiss(), numbers),
}


@pytest.fixture(params=[1, 60, 299])
def part_rows(request: Any, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(_balance, "rows_in_memory", lambda *_: request.param)
    return int(request.param)


@pytest.mark.parametrize("kind", ["parquet", "folder", "csv", "arrow"])
@pytest.mark.parametrize("name", SAMPLERS)
def test_the_rows_are_those_in_memory(name: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_balance, "rows_in_memory", lambda *_: 60)
    sampler, make = SAMPLERS[name]
    source = write(make(), kind, tmp_path)
    expected = in_memory(read(source), sampler)
    assert_same(resample(source, "y", clone(sampler)).read_all(), expected)


def test_a_file_is_written_and_nothing_else(part_rows: int, tmp_path: Path) -> None:
    sampler, make = SAMPLERS["shuffled"]
    source = write(make(), "parquet", tmp_path)
    done = resample(source, "y", clone(sampler), out=tmp_path / "out.parquet")
    assert_same(pq.read_table(done.out), in_memory(make(), sampler))
    assert {path.name for path in tmp_path.iterdir()} == {"table.parquet", "out.parquet"}


def test_an_iterator_left_halfway_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    source = open_source(write(numbers(), "parquet", tmp_path))
    rows = np.random.default_rng(0).permutation(3_000)[:2_000]
    pieces = rows_in_order(source, rows, 300)
    first = next(pieces)
    assert len(first) == 300
    np.testing.assert_array_equal(first["x0"], numbers()["x0"].to_numpy()[rows[:300]])
    pieces.close()  # type: ignore[attr-defined]
    assert not list((tmp_path / "scratch").iterdir())


def test_a_column_may_have_any_name(tmp_path: Path) -> None:
    table = pa.table({"place": [1.0, 2.0, 3.0], "place_": [4, 5, 6]})
    pq.write_table(table, tmp_path / "t.parquet")
    pieces = rows_in_order(open_source(tmp_path / "t.parquet"), np.array([2, 0, 2]), 2)
    assert pa.concat_tables(pieces).to_pydict() == {"place": [3.0, 1.0, 3.0], "place_": [6, 4, 6]}


def test_an_output_of_any_size_fits() -> None:
    """What is needed grows with the numbers of rows, not with what is in them; no more files are open than may be."""
    target = Target(np.array([0, 1]), np.empty(0, np.int8), np.array([10**8, 10**6]))
    small, large = (
        needed(RandomUnderSampler(), LABELS, target, {0: n}, row_bytes=120.0, n_columns=30, base=0)
        for n in (10**6, 5 * 10**7)
    )
    assert small.rows == _memory._SMALLEST_PART
    assert large.total - small.total < 50 * 5 * 10**7
    room = rows_in_memory(large.total, large, 120.0)
    assert room is not None
    assert 5.1 * 10**7 / room < _memory._MOST_PARTS + 1
    assert rows_in_memory(None, Needed(0, 0, 0, 0), 120.0) is None
