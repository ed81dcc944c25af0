"""Balanced batches for a DataLoader: the same for any number of workers, shared out among replicas, from any table."""

from __future__ import annotations

import copy
import gc
import multiprocessing.util
import os
import pickle
import signal
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse

pytest.importorskip("torch", reason="PyTorch is not installed")

import torch
from torch.utils.data import DataLoader

from fastbal._streaming.batches import Batches
from fastbal.over_sampling import ADASYN, ROSE, SMOTE, RandomOverSampler
from fastbal.torch import BalancedDataset
from fastbal.under_sampling import RandomUnderSampler, TomekLinks


def table(n: int = 400, n_rare: int = 40, dtype: Any = np.float32) -> tuple[np.ndarray, np.ndarray]:
    """Two classes that overlap; the first column numbers the rows."""
    rng = np.random.default_rng(3)
    y = np.zeros(n, np.int64)
    y[rng.choice(n, n_rare, replace=False)] = 1
    return np.column_stack([np.arange(n), rng.normal(size=(n, 4)) + y[:, None]]).astype(dtype), y


X, Y = table()
SAMPLERS = [SMOTE(), RandomOverSampler(), RandomUnderSampler(), RandomOverSampler(shrinkage=0.1), ADASYN(), ROSE()]


def epoch_of(dataset: BalancedDataset, epoch: int = 0, **given: Any) -> list[tuple[bytes, ...]]:
    dataset.set_epoch(epoch)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "This DataLoader will create", UserWarning)  # more workers than cores
        return as_bytes(DataLoader(dataset, batch_size=None, **given))


def as_bytes(batches: Any) -> list[tuple[bytes, ...]]:
    return [tuple(part.numpy().tobytes() for part in batch) for batch in batches]


# ------------------------------------------------------------------------------------------------------ what comes out


@pytest.mark.parametrize("sampler", SAMPLERS, ids=lambda sampler: repr(sampler))
@pytest.mark.parametrize("class_share", ["average", "exact"])
def test_the_batches_are_those_of_the_stream(sampler: Any, class_share: str) -> None:
    given = {"batch_size": 64, "class_share": class_share, "random_state": 5}
    dataset, expected = BalancedDataset(X, Y, sampler=sampler, **given), Batches(X, Y, sampler, **given)
    assert len(dataset) == len(expected)
    for epoch in (0, 3):
        dataset.set_epoch(epoch)
        for index, (X_batch, y_batch) in enumerate(dataset):
            wanted = expected.batch(epoch, index)
            np.testing.assert_array_equal(X_batch.numpy(), wanted[0])
            np.testing.assert_array_equal(y_batch.numpy(), wanted[1])


def test_epochs_differ_and_come_again() -> None:
    dataset = BalancedDataset(X, Y, sampler=SMOTE(), random_state=0)
    first, second = epoch_of(dataset, 0), epoch_of(dataset, 1)
    assert first != second
    assert epoch_of(dataset, 0) == first
    assert dataset.epoch == 0


def test_what_a_batch_consists_of() -> None:
    dataset = BalancedDataset(X, np.where(Y, "rare", "usual"), batch_size=16, sample_weight=np.arange(400.0))
    assert dataset.classes_.tolist() == ["rare", "usual"]
    assert dataset.counts_ == {"rare": 40, "usual": 40}
    X_batch, y_batch, weight = next(iter(dataset))
    assert (X_batch.dtype, y_batch.dtype, weight.dtype) == (torch.float32, torch.int64, torch.float64)
    assert X_batch.shape == (16, 5)
    assert X_batch[:, 0].tolist() == weight.tolist()


def test_dtype_is_that_of_the_network() -> None:
    for_network = BalancedDataset(X.astype(np.float64), Y, dtype=torch.float32)
    X_batch, y_batch = next(iter(for_network))
    assert (X_batch.dtype, y_batch.dtype) == (torch.float32, torch.int64)
    with pytest.raises(TypeError, match=r"dtype must be a type of PyTorch's, such as torch.float32. Got 'float32'"):
        BalancedDataset(X, Y, dtype="float32")


@pytest.mark.parametrize(
    "make", [sparse.csr_array, torch.from_numpy, np.ndarray.tolist], ids=["sparse", "torch", "list"]
)
def test_other_tables(make: Any) -> None:
    expected = BalancedDataset(X.astype(np.float64), Y, sampler=SMOTE(), random_state=1)
    got = BalancedDataset(
        make(X.astype(np.float64)), make(Y) if make is torch.from_numpy else Y, sampler=SMOTE(), random_state=1
    )
    for (X_got, _), (X_expected, _) in zip(got, expected, strict=True):
        torch.testing.assert_close(X_got, X_expected)


def test_read_only_memory_and_several_axes() -> None:
    images = np.arange(400 * 6, dtype=np.float32).reshape(400, 2, 3)
    images.setflags(write=False)
    X_batch, _ = next(iter(BalancedDataset(images, Y, batch_size=8)))
    assert X_batch.shape == (8, 2, 3)
    X_batch += 1  # its own memory


def test_smallest() -> None:
    dataset = BalancedDataset([[1.0], [2.0], [3.0]], [0, 0, 1], batch_size=1)
    assert len(list(dataset)) == len(dataset) == 2


# ---------------------------------------------------------------------------------------------------- workers and ranks


@pytest.mark.parametrize("sampler", [SMOTE(), RandomUnderSampler()], ids=["SMOTE", "RandomUnderSampler"])
def test_any_number_of_workers_makes_the_same_batches(sampler: Any) -> None:
    dataset = BalancedDataset(X, Y, sampler=sampler, batch_size=16, random_state=0)
    expected = epoch_of(dataset, 2)
    for num_workers in (1, 3):
        assert epoch_of(dataset, 2, num_workers=num_workers, multiprocessing_context="fork") == expected


def test_workers_that_live_on_hear_of_the_next_epoch() -> None:
    dataset = BalancedDataset(X, Y, sampler=SMOTE(), batch_size=64, random_state=0)
    expected = [epoch_of(dataset, epoch) for epoch in (0, 1)]
    loader = DataLoader(
        dataset,
        batch_size=None,
        num_workers=2,
        persistent_workers=True,
        multiprocessing_context="fork",
        prefetch_factor=5,
    )
    got = []
    for epoch in (0, 1):
        dataset.set_epoch(epoch)
        got.append(as_bytes(loader))
    assert got == expected


@pytest.mark.slow
@pytest.mark.parametrize("is_mapped", [False, True])
def test_workers_that_are_started_anew_make_the_same_batches(is_mapped: bool, tmp_path: Path) -> None:
    np.save(tmp_path / "X.npy", X)
    rows = np.load(tmp_path / "X.npy", mmap_mode="r") if is_mapped else X
    dataset = BalancedDataset(rows, Y, sampler=SMOTE(), batch_size=64, random_state=0)
    assert epoch_of(dataset, 1, num_workers=2, multiprocessing_context="spawn") == epoch_of(dataset, 1)


def test_a_killed_worker_is_reported() -> None:
    class Dies(BalancedDataset):
        def __iter__(self) -> Any:
            os.kill(os.getpid(), signal.SIGKILL)

    loader = DataLoader(Dies(X, Y), batch_size=None, num_workers=1, multiprocessing_context="fork")
    with pytest.raises(RuntimeError, match=r"exited unexpectedly|is killed by signal"):
        list(loader)


@pytest.mark.parametrize("num_replicas", [2, 3, 7])
@pytest.mark.parametrize("drop_last", [False, True])
def test_replicas_share_the_batches_of_an_epoch(num_replicas: int, drop_last: bool) -> None:
    given: dict[str, Any] = {"sampler": SMOTE(), "batch_size": 50, "random_state": 0}
    every = epoch_of(BalancedDataset(X, Y, **given, drop_last=drop_last), 1)
    assert len(every) == (720 // 50 if drop_last else 15)
    parts = [
        BalancedDataset(X, Y, **given, drop_last=drop_last, num_replicas=num_replicas, rank=rank)
        for rank in range(num_replicas)
    ]
    found = [epoch_of(part, 1) for part in parts]
    assert {len(part) for part in parts} == {len(batches) for batches in found}
    assert len({len(batches) for batches in found}) == 1  # none waits for another
    in_order = [batch for turn in zip(*found, strict=True) for batch in turn]
    n = len(every) // num_replicas * num_replicas if drop_last else len(every)
    assert in_order[:n] == every[:n]
    assert in_order[n:] == every[: len(in_order) - n]


def test_more_replicas_than_batches() -> None:
    parts = [BalancedDataset(X, Y, batch_size=80, num_replicas=3, rank=rank, random_state=0) for rank in range(3)]
    assert len({batch for part in parts for batch in epoch_of(part)}) == 1
    assert len(BalancedDataset(X, Y, batch_size=100, drop_last=True)) == 0
    assert list(BalancedDataset(X, Y, batch_size=100, drop_last=True)) == []


def test_rank_is_asked_of_the_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.distributed, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.distributed, "get_world_size", lambda: 2)
    monkeypatch.setattr(torch.distributed, "get_rank", lambda: 1)
    got = epoch_of(BalancedDataset(X, Y, random_state=0))
    assert got == epoch_of(BalancedDataset(X, Y, random_state=0, num_replicas=2, rank=1))
    with pytest.raises(ValueError, match=r"With 2 replicas random_state must be a whole number.*Got None"):
        BalancedDataset(X, Y)


@pytest.mark.parametrize(("num_replicas", "rank"), [(2, 2), (2, -1), (0, 0), (1.5, 0)])
def test_a_rank_that_is_none(num_replicas: Any, rank: Any) -> None:
    with pytest.raises(ValueError, match="rank must be a number from 0 to num_replicas - 1"):
        BalancedDataset(X, Y, num_replicas=num_replicas, rank=rank)


@pytest.mark.parametrize("epoch", [-1, 0.5, None])
def test_an_epoch_that_is_none(epoch: Any) -> None:
    with pytest.raises(ValueError, match="epoch must be a whole number from 0"):
        BalancedDataset(X, Y).set_epoch(epoch)


# ------------------------------------------------------------------------------------------- what is larger than memory


def test_a_memory_map_is_sent_by_name(tmp_path: Path) -> None:
    large = np.tile(X, (500, 1))
    np.save(tmp_path / "large.npy", large)
    mapped = np.load(tmp_path / "large.npy", mmap_mode="r")
    for rows in (mapped, mapped[:, 1:], mapped[::2]):
        dataset = BalancedDataset(rows, np.resize(Y, len(rows)), batch_size=32, random_state=0)
        sent = pickle.dumps(dataset)
        assert len(sent) < large.nbytes / 2  # the labels and the order, no rows
        assert as_bytes(pickle.loads(sent)) == as_bytes(dataset)
        assert as_bytes(copy.deepcopy(dataset)) == as_bytes(dataset)


@pytest.fixture
def parquet(tmp_path: Path) -> Iterator[Path]:
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    folder = tmp_path / "days"
    folder.mkdir()
    for day, rows in enumerate(np.array_split(np.arange(len(X)), 3)):
        columns = {f"x{j}": X[rows, j] for j in range(2)} | {"fraud": np.where(Y[rows], "yes", "no")}
        columns |= {f"x{j}": X[rows, j] for j in range(2, X.shape[1])}
        pq.write_table(pa.table(columns), folder / f"day-{day}.parquet", row_group_size=50)
    yield folder


def test_a_parquet_folder_gives_the_batches_of_the_table(
    parquet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    multiprocessing.util.get_temp_dir()  # chosen now: a socket's path may have 108 characters
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    given: dict[str, Any] = {"sampler": SMOTE(), "batch_size": 64, "random_state": 0}
    dataset = BalancedDataset(parquet, "fraud", **given)
    assert dataset.classes_.tolist() == ["no", "yes"]
    assert epoch_of(dataset, 1) == epoch_of(BalancedDataset(X, Y, **given), 1)
    assert epoch_of(dataset, 1, num_workers=2, multiprocessing_context="fork") == epoch_of(dataset, 1)
    assert len(list(scratch.iterdir())) == 1
    del dataset
    gc.collect()
    assert list(scratch.iterdir()) == []


def test_files_that_are_no_table_of_numbers(parquet: Path, tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pytest.raises(ValueError, match=r"has no column 'theft'"):
        BalancedDataset(parquet, "theft")
    with pytest.raises(ValueError, match=r"column 'fraud' of .* holds none. Leave it out, or encode it"):
        BalancedDataset(parquet, "x0")
    with pytest.raises(TypeError, match=r"y must name the column of .* that holds the labels. Got a ndarray"):
        BalancedDataset(parquet, Y)
    pq.write_table(pa.table({"a": [1.5, None, 3], "b": [1, None, 3], "y": [0, 1, 0]}), tmp_path / "nan.parquet")
    rows = torch.cat([part for part, _ in BalancedDataset(tmp_path / "nan.parquet", "y", sampler=RandomOverSampler())])
    assert rows.isnan().any(dim=0).tolist() == [True, True]


def test_a_npy_file_and_a_column_by_number(tmp_path: Path) -> None:
    np.save(tmp_path / "table.npy", np.column_stack([X, Y]).astype(np.float32))
    got = BalancedDataset(tmp_path / "table.npy", -1, sampler=TomekLinks(), random_state=0)
    expected = BalancedDataset(X, Y.astype(np.float32), sampler=TomekLinks(), random_state=0)
    assert epoch_of(got) == epoch_of(expected)
