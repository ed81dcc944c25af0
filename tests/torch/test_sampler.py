"""Row numbers of a balanced epoch: none twice until all have come, shares in batches, ranks, epochs."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="PyTorch is not installed")

import torch
from torch.utils.data import DataLoader, TensorDataset

from fastbal.over_sampling import SMOTE, RandomOverSampler
from fastbal.torch import BalancedSampler
from fastbal.under_sampling import RandomUnderSampler

Y = np.repeat(["a", "b", "c"], [50, 20, 7])
np.random.default_rng(0).shuffle(Y)
STRATEGIES: list[Any] = [
    None,
    RandomOverSampler(),
    RandomOverSampler(sampling_strategy={"b": 33, "c": 20}),
    RandomUnderSampler(sampling_strategy={"a": 13}),
]


def rows_of(sampler: BalancedSampler, epoch: int = 0) -> list[int]:
    sampler.set_epoch(epoch)
    return list(sampler)


@pytest.mark.parametrize("sampler", STRATEGIES, ids=repr)
@pytest.mark.parametrize("class_share", ["average", "exact"])
def test_counts_are_those_of_fit_resample_in_every_epoch(sampler: Any, class_share: str) -> None:
    _, labels = (sampler or RandomUnderSampler()).fit_resample(np.arange(len(Y))[:, None], Y)
    got = BalancedSampler(Y, sampler=sampler, class_share=class_share, random_state=0)
    assert got.counts_ == Counter(labels.tolist())
    for epoch in range(4):
        rows = rows_of(got, epoch)
        assert Counter(Y[rows].tolist()) == got.counts_
        assert len(rows) == len(got)
        assert all(isinstance(row, int) for row in rows)


@pytest.mark.parametrize("sampler", STRATEGIES, ids=repr)
def test_no_row_comes_twice_more_than_another_of_its_class(sampler: Any) -> None:
    got, seen = BalancedSampler(Y, sampler=sampler, random_state=0), np.zeros(len(Y), int)
    for epoch in range(9):
        np.add.at(seen, rows_of(got, epoch), 1)
        for label in "abc":
            assert np.ptp(seen[label == Y]) <= 1


def test_exact_shares_in_every_batch() -> None:
    sampler = BalancedSampler(Y, sampler=RandomOverSampler(), class_share="exact", random_state=0)
    for _, labels in DataLoader(
        TensorDataset(torch.arange(len(Y)), torch.from_numpy(np.unique(Y, return_inverse=True)[1])),
        batch_size=30,
        sampler=sampler,
    ):
        assert labels.bincount(minlength=3).tolist() == [10, 10, 10]


@pytest.mark.parametrize("class_share", ["average", "exact"])
@pytest.mark.parametrize("num_replicas", [2, 4])
def test_each_replica_has_the_shares_too(class_share: str, num_replicas: int) -> None:
    """With every n-th row instead of a stretch, one of two replicas would get one of two classes."""
    y = np.repeat([0, 1], [400, 80])
    given: dict[str, Any] = {"class_share": class_share, "random_state": 3}
    every = rows_of(BalancedSampler(y, **given), 1)
    parts = [
        rows_of(BalancedSampler(y, **given, num_replicas=num_replicas, rank=rank), 1) for rank in range(num_replicas)
    ]
    assert [row for part in parts for row in part] == every
    for part in parts:
        assert abs(np.mean(y[part]) - 0.5) < (0.02 if class_share == "exact" else 0.2)


@pytest.mark.parametrize(("drop_last", "length"), [(False, 14), (True, 13)])
def test_replicas_have_as_many_rows_each(drop_last: bool, length: int) -> None:
    y = np.repeat([0, 1], [90, 20])  # 40 rows an epoch
    parts = [BalancedSampler(y, num_replicas=3, rank=rank, drop_last=drop_last, random_state=0) for rank in range(3)]
    assert [len(part) for part in parts] == [len(rows_of(part)) for part in parts] == [length] * 3


def test_seeds_and_epochs() -> None:
    first = rows_of(BalancedSampler(Y, random_state=0))
    assert rows_of(BalancedSampler(Y, sampler=RandomUnderSampler(random_state=0))) == first
    assert rows_of(BalancedSampler(Y, random_state=1)) != first
    assert rows_of(BalancedSampler(Y, random_state=0), 1) != first


def test_lightning_finds_set_epoch() -> None:
    """Lightning calls it on the sampler of a DataLoader, and on that of its batch sampler, before each epoch."""
    sampler = BalancedSampler(Y, random_state=0)
    loader = DataLoader(TensorDataset(torch.arange(len(Y))), batch_size=4, sampler=sampler)
    seen = []
    for epoch in range(3):
        for found in (loader.sampler, loader.batch_sampler.sampler):
            if callable(getattr(found, "set_epoch", None)):
                found.set_epoch(epoch)
        seen.append([row for (rows,) in loader for row in rows.tolist()])
    assert seen == [rows_of(BalancedSampler(Y, random_state=0), epoch) for epoch in range(3)]


@pytest.mark.parametrize("y", [torch.tensor([0, 0, 1]), [False, False, True], [[1, 0], [1, 0], [0, 1]]], ids=str)
def test_labels_of_any_kind(y: Any) -> None:
    assert len(rows_of(BalancedSampler(y, random_state=0))) == 2


@pytest.mark.parametrize(
    "sampler", [SMOTE(), RandomOverSampler(shrinkage=0.5), object()], ids=["SMOTE", "with noise", "no sampler"]
)
def test_samplers_that_look_at_rows_are_refused(sampler: Any) -> None:
    with pytest.raises(
        TypeError, match="sampler must be a RandomUnderSampler, or a RandomOverSampler without shrinkage"
    ):
        BalancedSampler(Y, sampler=sampler)


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="class_share must be one of"):
        BalancedSampler(Y, class_share="equal")
    with pytest.raises(ValueError, match="With 2 replicas random_state must be a whole number"):
        BalancedSampler(Y, num_replicas=2, rank=0)
    with pytest.raises(ValueError, match="class"):
        BalancedSampler([1, 1, 1])
