"""Several batches at once: the rows of the batches one by one, whatever the sampler, the order and the thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from fastbal._streaming.batches import Batches
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
