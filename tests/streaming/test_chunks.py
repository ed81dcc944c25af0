"""Several batches at once: the rows of the batches one by one, whatever the sampler, the order and the thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from fastbal._streaming.batches import Batches, InARow
from fastbal.over_sampling import SMOTE, SMOTENC, BorderlineSMOTE, GeometricSMOTE, RandomOverSampler
from fastbal.under_sampling import NearMiss, RandomUnderSampler

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 4))
Y = (np.arange(300) % 6 == 0).astype(np.int64)
SAMPLERS = [
    SMOTE(),
    SMOTENC(categorical_features=[0]),
    BorderlineSMOTE(),
    GeometricSMOTE(),
    RandomOverSampler(),
    RandomOverSampler(shrinkage=1.0),
    RandomUnderSampler(),
    NearMiss(),
]


def batches_of(sampler: Any, X: Any = X, batch_size: int = 16, **parameters: Any) -> Batches:
    weights = np.arange(300.0)
    return Batches(X, Y, sampler, batch_size=batch_size, sample_weight=weights, random_state=5, **parameters)


def same(one: Any, two: Any) -> bool:
    return all(np.array_equal(*pair) for pair in zip(one, two, strict=True))


@pytest.mark.parametrize("sampler", SAMPLERS, ids=str)
@pytest.mark.parametrize("n_batches", [1, 3, 100])
def test_a_chunk_is_its_batches(sampler: Any, n_batches: int) -> None:
    batches = batches_of(sampler, np.column_stack([X[:, 0].round(), X[:, 1:]]))
    for epoch in (0, 2):
        each = [batches.batch(epoch, index) for index in range(len(batches))]
        for first in reversed(range(0, len(batches), n_batches)):
            expected = [np.concatenate(part) for part in zip(*each[first : first + n_batches], strict=True)]
            assert same(batches.chunk(epoch, first, n_batches), expected)


@pytest.mark.parametrize("sampler", [SMOTE(), RandomOverSampler(shrinkage=1.0)], ids=str)
def test_a_chunk_of_a_sparse_table(sampler: Any) -> None:
    table = sparse.csr_array(np.where(abs(X) < 0.7, 0, X))
    got = batches_of(sampler, table, keep_sparse=True).chunk(1, 2, 5)
    expected = batches_of(sampler, table).chunk(1, 2, 5)
    np.testing.assert_array_equal(got[0].toarray(), expected[0])
    assert same(got[1:], expected[1:])


def test_the_size_of_a_batch_does_not_change_the_rows() -> None:
    whole = batches_of(SMOTE(), batch_size=1000).batch(3, 0)
    parts = [batches_of(SMOTE(), batch_size=7).chunk(3, 0, 50), batches_of(SMOTE(), batch_size=7).chunk(3, 50, 50)]
    assert same(whole, [np.concatenate(part) for part in zip(*parts, strict=True)])


def test_threads_that_ask_for_two_epochs_at_once() -> None:
    batches = batches_of(SMOTE())
    asked = [(epoch, index) for index in range(len(batches)) for epoch in (0, 1)]
    expected = [batches_of(SMOTE()).batch(*where) for where in asked]
    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(lambda where: batches.batch(*where), asked))
    assert all(map(same, got, expected))


def test_there_is_no_chunk_beyond_the_last_batch() -> None:
    batches = batches_of(SMOTE())
    assert len(batches.chunk(0, len(batches) - 1, 16)[1]) == 500 % 16
    with pytest.raises(IndexError, match="There are 32 batches, numbered from 0, but number 32 is asked for"):
        batches.chunk(0, 32, 1)


# ------------------------------------------------------------------------------------------------- one after the other


def asked_of(batches: Batches, where: list[tuple[int, int]]) -> list[Any]:
    in_a_row = InARow(batches)
    return [in_a_row.batch(*one) for one in where]


WAYS = {
    "in a row": [(epoch, index) for epoch in (0, 1) for index in range(32)],
    "shuffled": [(1, index) for index in np.random.default_rng(3).permutation(32).tolist()],
    "begun again": [(0, 0), (0, 1), (0, 2), (0, 0), (0, 1), (0, 1), (1, 2), (1, 3), (0, 3)],
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("inputs", ["one", "several", "sparse"])
def test_batches_in_a_row_are_the_batches(way: str, inputs: str) -> None:
    table: Any = {"one": X, "several": {"a": X, "b": X[:, :1, None]}, "sparse": sparse.csr_array(X)}[inputs]
    batches = batches_of(SMOTE(), table, keep_sparse=True)
    for got, where in zip(asked_of(batches, WAYS[way]), WAYS[way], strict=True):
        for one, two in zip(values_of(got), values_of(batches.batch(*where)), strict=True):
            np.testing.assert_array_equal(one, two)


def values_of(parts: tuple[Any, ...]) -> list[Any]:
    table, *beside = parts
    tables = list(table.values()) if isinstance(table, dict) else [table]
    return [*(one.toarray() if sparse.issparse(one) else one for one in tables), *beside]


def test_batches_in_a_row_are_made_in_chunks_and_others_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    chunk = Batches.chunk
    monkeypatch.setattr(Batches, "at_once", 4)
    monkeypatch.setattr(Batches, "chunk", lambda self, *where: made.append(where[2]) or chunk(self, *where))
    asked_of(batches_of(SMOTE()), WAYS["in a row"])
    assert made == [4] * 16
    made.clear()
    asked_of(batches_of(SMOTE()), [(0, index) for index in range(31, 0, -1)])
    assert made == [1] * 31


def test_writing_into_a_batch_changes_no_other() -> None:
    batches = InARow(batches_of(SMOTE()))
    batches.batch(0, 0)[0][:] = 0
    assert same(batches.batch(0, 0), batches_of(SMOTE()).batch(0, 0))
    assert same(batches.batch(0, 1), batches_of(SMOTE()).batch(0, 1))


def test_a_chunk_is_a_fraction_of_a_large_table_and_of_a_megabyte() -> None:
    assert batches_of(SMOTE(), batch_size=1).at_once == 1 << 12
    assert batches_of(SMOTE(), batch_size=32).at_once == 128
    assert batches_of(SMOTE(), np.zeros((300, 64, 64)), batch_size=16).at_once == 1


def test_one_room_for_the_order_of_all_epochs() -> None:
    batches = batches_of(SMOTE())
    first = batches.epoch(0).order
    expected = first.copy()
    assert batches.epoch(1).order is first
    assert not np.array_equal(first, expected)
    np.testing.assert_array_equal(batches.epoch(0).order, expected)
    np.testing.assert_array_equal(batches.stream.epoch(0).order, expected)
