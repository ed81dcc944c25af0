"""imbalanced-learn's generators: its rows in the first epoch, without its defects."""

from __future__ import annotations

import importlib
import inspect
import warnings
from itertools import islice
from typing import Any

import imblearn.under_sampling
import keras
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import fastbal.tensorflow
from fastbal.keras import BalancedBatchGenerator, balanced_batch_generator
from fastbal.over_sampling import SMOTE, RandomOverSampler
from fastbal.under_sampling import NearMiss, RandomUnderSampler

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what TensorFlow says when it is imported
    import imblearn.keras
    import imblearn.tensorflow

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 3))
Y = (np.arange(200) % 5 == 0).astype(int)  # 40 rows of class 1: 80 rows balanced

SAMPLERS: list[tuple[Any, Any]] = [
    (None, None),
    (NearMiss(), imblearn.under_sampling.NearMiss()),
    (RandomUnderSampler(random_state=3), imblearn.under_sampling.RandomUnderSampler(random_state=3)),
    (RandomOverSampler(random_state=3), imblearn.over_sampling.RandomOverSampler(random_state=3)),
]


def both(**parameters: Any) -> list[Any]:
    """Batches of the first epoch, from the class and from the function."""
    generator = BalancedBatchGenerator(X, Y, **parameters)
    endless, n_steps = balanced_batch_generator(X, Y, **parameters)
    return [[generator[i] for i in range(len(generator))], list(islice(endless, n_steps))]


@pytest.mark.parametrize(("sampler", "theirs"), SAMPLERS, ids=["default", "NearMiss", "under", "over"])
@pytest.mark.parametrize("batch_size", [10, 32])
@pytest.mark.parametrize("sample_weight", [None, np.arange(200.0)], ids=["", "weights"])
def test_the_rows_of_the_first_epoch(sampler: Any, theirs: Any, batch_size: int, sample_weight: Any) -> None:
    parameters = {"batch_size": batch_size, "sample_weight": sample_weight, "random_state": 7}
    expected = imblearn.keras.BalancedBatchGenerator(X, Y, sampler=theirs, **parameters)
    for found in both(sampler=sampler, **parameters):
        whole = found[: len(expected)]
        assert len(found) - len(whole) == (len(expected.indices_) % batch_size > 0)
        for got, wanted in zip(whole, (expected[i] for i in range(len(expected))), strict=True):
            assert len(got) == len(wanted)
            assert all(np.array_equal(*pair) for pair in zip(got, wanted, strict=True))


def test_signatures() -> None:
    for name in ("BalancedBatchGenerator", "balanced_batch_generator"):
        ours, theirs = (
            list(inspect.signature(getattr(module, name)).parameters.values())
            for module in (importlib.import_module("fastbal.keras"), imblearn.keras)
        )
        of_ours = [(parameter.name, parameter.default, parameter.kind) for parameter in ours]
        assert of_ours[: len(theirs)] == [(parameter.name, parameter.default, parameter.kind) for parameter in theirs]
    assert balanced_batch_generator is fastbal.tensorflow.balanced_batch_generator


def test_the_last_part_of_a_batch_is_there() -> None:
    for found in both(batch_size=32):
        assert [len(y_batch) for _, y_batch in found] == [32, 32, 16]


def test_a_batch_size_larger_than_the_table() -> None:
    for found in both(batch_size=1000):
        assert [len(y_batch) for _, y_batch in found] == [80]


def test_rows_are_chosen_again_in_each_epoch() -> None:
    batches, n_steps = balanced_batch_generator(X, Y, batch_size=32, random_state=0)
    first, second = (np.concatenate([next(batches)[0] for _ in range(n_steps)]) for _ in range(2))
    assert len(first) == len(second) == 80
    assert {tuple(row) for row in first} != {tuple(row) for row in second}


def test_a_sampler_that_draws_nothing_is_shuffled_again() -> None:
    batches = BalancedBatchGenerator(X, Y, sampler=NearMiss(), random_state=0)
    first = batches.indices_
    batches.on_epoch_end()  # Keras ends an epoch before the first begins
    assert np.array_equal(batches.indices_, first)
    batches.on_epoch_begin()
    batches.on_epoch_end()
    assert not np.array_equal(batches.indices_, first)
    assert sorted(batches.indices_) == sorted(first)


def test_a_sampler_that_makes_rows() -> None:
    for make in (BalancedBatchGenerator, balanced_batch_generator):
        with pytest.raises(ValueError, match="'sampler' needs to have an attribute 'sample_indices_': a SMOTE makes"):
            make(X, Y, sampler=SMOTE())


def test_a_wrong_batch_size() -> None:
    with pytest.raises(ValueError, match="batch_size must be a whole number of rows"):
        BalancedBatchGenerator(X, Y, batch_size=0)


@pytest.mark.parametrize("keep_sparse", [False, True])
def test_sparse(keep_sparse: bool) -> None:
    found, _ = balanced_batch_generator(sparse.csr_matrix(X), Y, keep_sparse=keep_sparse, random_state=0)
    expected, _ = balanced_batch_generator(X, Y, random_state=0)
    got = next(found)[0]
    assert sparse.issparse(got) == keep_sparse
    assert np.array_equal(got.toarray() if keep_sparse else got, next(expected)[0])


def test_containers_come_back_as_they_are() -> None:
    frame, labels = pd.DataFrame(X, index=range(500, 700)), pd.Series(Y, index=range(500, 700))
    batches, _ = balanced_batch_generator(frame, labels, sample_weight=labels * 2.0, random_state=0)
    X_batch, y_batch, weights = next(batches)
    assert X_batch.equals(frame.loc[X_batch.index])
    assert y_batch.tolist() == labels.loc[X_batch.index].tolist()
    assert weights.tolist() == (2.0 * y_batch).tolist()


@pytest.mark.parametrize("workers", [1, 2])
def test_fit(workers: int) -> None:
    targets = np.eye(2)[Y]
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation="softmax")])
    model.compile("sgd", "categorical_crossentropy")
    model.fit(BalancedBatchGenerator(X, targets, batch_size=32, workers=workers), epochs=2, verbose=0)
    batches, n_steps = balanced_batch_generator(X, targets, batch_size=32)
    model.fit(batches, steps_per_epoch=n_steps, epochs=2, shuffle=False, verbose=0)


def test_weights_for_other_rows_are_refused() -> None:
    for n_weights in (3, 201):
        for make in (BalancedBatchGenerator, balanced_batch_generator):
            with pytest.raises(ValueError, match=f"sample_weight has {n_weights} entries, but X has 200 rows"):
                make(X, Y, sample_weight=np.ones(n_weights))


@pytest.mark.parametrize("index", [-1, 3])
def test_there_is_no_batch_beyond_the_last(index: int) -> None:
    with pytest.raises(IndexError, match=f"There are 3 batches, numbered from 0, but number {index} is asked for"):
        BalancedBatchGenerator(X, Y)[index]


@pytest.mark.parametrize("make", [pd.DataFrame, sparse.csr_matrix])
def test_fit_takes_what_is_no_array(make: Any) -> None:
    if make is sparse.csr_matrix and keras.backend.backend() == "torch":
        pytest.skip("Keras has no sparse tensors on PyTorch")
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    y = pd.Series(Y, index=range(500, 700))
    batches = BalancedBatchGenerator(make(X), y, sample_weight=y * 2.0, keep_sparse=True, random_state=0)
    assert np.isfinite(model.fit(batches, verbose=0).history["loss"][0])
