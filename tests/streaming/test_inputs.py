"""Several inputs, embeddings and mixtures: by the same recipe, against formulas by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse

from fastbal._streaming.batches import Batches
from fastbal.over_sampling import MGS, SMOTE, RandomOverSampler
from fastbal.under_sampling import NearMiss, RandomUnderSampler

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 4))
PICTURES = RNG.normal(size=(200, 3, 2, 2)).astype(np.float32)
Y = (np.arange(200) % 5 == 0).astype(np.int64)
INPUTS = {"table": X, "picture": PICTURES, "age": np.arange(200.0)}


def batches_of(X: Any, y: Any = Y, sampler: Any = None, **parameters: Any) -> Batches:
    return Batches(X, y, sampler or SMOTE(), **{"batch_size": 30, "random_state": 1, **parameters})


@pytest.mark.parametrize("sampler", [SMOTE(), RandomOverSampler(), RandomUnderSampler(), NearMiss()], ids=str)
def test_rows_of_all_inputs_belong_together(sampler: Any) -> None:
    """A table of all numbers, cut into the inputs, gives the same."""
    side_by_side = np.hstack([X, PICTURES.reshape(200, -1), np.arange(200.0)[:, None]])
    whole, labels = batches_of(side_by_side, sampler=sampler).chunk(0, 0, 20)
    rows, got_labels = batches_of(INPUTS, sampler=sampler).chunk(0, 0, 20)
    assert np.array_equal(got_labels, labels)
    assert np.array_equal(rows["table"], whole[:, :4])
    np.testing.assert_allclose(rows["picture"].reshape(-1, 12), whole[:, 4:-1], rtol=1e-5, atol=1e-6)
    assert np.array_equal(rows["age"], whole[:, -1])
    assert rows["picture"].dtype == np.float32


def test_neighbours_in_an_embedding() -> None:
    embedding = RNG.normal(size=(200, 2))
    batches = batches_of(PICTURES, embedding=embedding)
    expected, _ = batches.epoch(0).rows(0, 320)
    in_embedding, _ = batches_of(embedding).epoch(0).rows(0, 320)
    assert np.array_equal(expected.neighbor, in_embedding.neighbor)
    rows, _ = batches.chunk(0, 0, 20)
    step = expected.step[:, None, None, None]
    by_hand = PICTURES[expected.base] + step * (PICTURES[expected.neighbor] - PICTURES[expected.base])
    np.testing.assert_allclose(rows, by_hand, rtol=1e-5, atol=1e-6)


def test_inputs_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="All inputs must have one row for each row of y"):
        batches_of({"a": X, "b": X[:-1]})
    with pytest.raises(ValueError, match="All inputs must have one row for each row of y, but X has no inputs"):
        batches_of({})
    with pytest.raises(ValueError, match="embedding must have a row for each row of X, but it has 200, and X 199"):
        batches_of(PICTURES[:-1], embedding=X)
    for sampler in (MGS(), RandomOverSampler(shrinkage=1.0)):
        with pytest.raises(ValueError, match="neither copies of rows nor on segments between two"):
            batches_of(INPUTS, sampler=sampler)
    with pytest.raises(ValueError, match="Input 'words' is sparse: give embedding="):
        batches_of({"words": sparse.csr_array(X)})
    rows, _ = batches_of({"words": sparse.csr_array(X)}, embedding=X).batch(0, 0)
    assert rows["words"].shape == (30, 4)


@pytest.mark.parametrize("kind", ["two classes", "three classes", "one-hot", "text"])
def test_mixup_is_its_formula(kind: str) -> None:
    y = {"two classes": Y, "three classes": Y + 5 + (np.arange(200) % 7 == 0), "one-hot": np.eye(2)[Y]}.get(
        kind, np.where(Y, "yes", "no")
    )
    plain = batches_of(X, y, sample_weight=np.arange(200.0))
    mixed = batches_of(X, y, sample_weight=np.arange(200.0), mixup=0.4)
    for index in (0, 3):
        rng = mixed.stream.random(2, index)
        lam, partner = rng.beta(0.4, 0.4, 30), rng.permutation(30)
        rows, labels, weights = plain.batch(2, index)
        if kind == "three classes":
            labels = np.eye(3)[labels - 5]
        got = mixed.batch(2, index)
        assert got[1].dtype == np.float32
        for found, part in zip(got, (rows, labels, weights), strict=True):
            by = lam if part.ndim == 1 else lam[:, None]
            np.testing.assert_allclose(found, by * part + (1 - by) * part[partner], rtol=1e-5, atol=1e-6)


def test_mixtures_do_not_depend_on_the_chunk() -> None:
    for X_given in (INPUTS, X.astype(np.int16), sparse.csr_array(X)):
        batches = batches_of(X_given, mixup=1.0, embedding=X, keep_sparse=True)
        whole, labels = batches.chunk(1, 0, 20)
        parts = [batches.chunk(1, first, 4) for first in range(0, len(batches), 4)]
        assert np.array_equal(np.concatenate([part[1] for part in parts]), labels)
        if not isinstance(whole, dict):
            dense = [part[0].toarray() if sparse.issparse(whole) else part[0] for part in parts]
            assert np.array_equal(np.concatenate(dense), whole.toarray() if sparse.issparse(whole) else whole)


def test_mixup_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="mixup must be a number from 0, which is for no mixing"):
        batches_of(X, mixup=-1)
    with pytest.raises(ValueError, match="mixup mixes rows of different groups"):
        batches_of(X, mixup=0.2, groups=np.arange(200) % 4)
