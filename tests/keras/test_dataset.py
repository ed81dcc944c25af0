"""The same rows as a tf.data.Dataset: every input, each pass an epoch, however it is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy import sparse

from fastbal.keras import BalancedBatches, balanced_dataset
from fastbal.over_sampling import SMOTE, RandomOverSampler
from fastbal.under_sampling import RandomUnderSampler
from tests.keras.test_batches import Recorder

tf = pytest.importorskip("tensorflow", reason="a tf.data.Dataset needs TensorFlow")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 4)).astype(np.float32)
Y = (np.arange(300) % 6 == 0).astype(np.int64)
HOW = {"sampler": SMOTE(), "batch_size": 32, "random_state": 3}


def passes(dataset: Any, n: int = 2) -> list[list[Any]]:
    return [[tf.nest.map_structure(lambda part: part.numpy(), parts) for parts in dataset] for _ in range(n)]


def expected_of(batches: BalancedBatches, n: int = 2) -> list[list[Any]]:
    return [[batches._batches.batch(epoch, index) for index in range(len(batches))] for epoch in range(n)]


def require_same(got: Any, expected: Any) -> None:
    tf.nest.assert_same_structure(got, expected)
    for one, two in zip(tf.nest.flatten(got), tf.nest.flatten(expected), strict=True):
        assert one.dtype == two.dtype
        np.testing.assert_array_equal(one, two)


PICTURES = RNG.normal(size=(300, 4, 3, 2))
INPUTS = {
    "table": X,
    "whole numbers": (100 * X).astype(np.int16),
    "pictures": PICTURES,
    "series": PICTURES[..., 0],
    "several": {"pictures": PICTURES, "table": X, "age": np.arange(300)},
}


@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize("batch_size", [7, 500])
def test_rows_are_those_of_batches(name: str, batch_size: int) -> None:
    how = {**HOW, "batch_size": batch_size, "sample_weight": np.arange(300.0), "class_share": "exact"}
    dataset = balanced_dataset(INPUTS[name], Y, **how)
    batches = BalancedBatches(INPUTS[name], Y, **how)
    assert len(dataset) == len(batches)
    require_same(passes(dataset), expected_of(batches))
    shapes = tf.nest.map_structure(lambda spec: (spec.shape[0], spec.shape.is_fully_defined()), dataset.element_spec)
    assert all(size is None for size in tf.nest.flatten(shapes)[::2])


def test_sparse_tensors() -> None:
    table = sparse.csr_array(np.where(abs(X) < 0.7, 0, X))
    dataset = balanced_dataset(table, Y, **HOW, keep_sparse=True)
    got = [[(tf.sparse.to_dense(part).numpy(), y.numpy()) for part, y in dataset]]
    require_same(got, expected_of(BalancedBatches(table, Y, **HOW), 1))
    assert dataset.element_spec[0].shape.as_list() == [None, 4]


def test_a_pass_that_is_left_early_takes_no_batch_along() -> None:
    expected = expected_of(BalancedBatches(X, Y, **HOW), 3)
    dataset = balanced_dataset(X, Y, **HOW)
    first = [parts for parts, _ in zip(dataset, range(2), strict=False)]
    require_same([[part.numpy() for part in parts] for parts in first], [list(parts) for parts in expected[0][:2]])
    require_same(passes(dataset), expected[1:])


@pytest.mark.parametrize("ahead", [1, 50])
def test_however_much_is_read_ahead_and_repeated(ahead: int) -> None:
    expected = expected_of(BalancedBatches(X, Y, **HOW), 3)
    dataset = balanced_dataset(X, Y, **HOW).repeat(3).prefetch(ahead)
    require_same(passes(dataset, 1)[0], [parts for epoch in expected for parts in epoch])


def test_fit_with_fewer_steps_than_batches_goes_on_where_it_was() -> None:
    dataset = balanced_dataset(X, Y, **HOW)
    n = len(dataset)

    model = Recorder()
    model.compile(run_eagerly=True)
    model.fit(dataset.repeat(), epochs=7, steps_per_epoch=5, shuffle=False, verbose=0)
    seen = model.seen
    n_passes = len(seen) // n + 1
    found = [seen[start : start + n] for start in range(0, len(seen), n)]
    all_of_them = expected_of(BalancedBatches(X, Y, **HOW), n_passes + 2)
    begins = next(i for i, epoch in enumerate(all_of_them) if np.array_equal(epoch[0][0], seen[0][0]))
    for got, expected in zip(found, all_of_them[begins:], strict=False):
        require_same(got, expected[: len(got)])


@pytest.mark.parametrize("sampler", [SMOTE(), RandomUnderSampler()], ids=str)
def test_a_network_learns_from_several_inputs(sampler: Any) -> None:
    keras.utils.set_random_seed(0)
    X = {"one": RNG.normal(size=(300, 3)) + Y[:, None], "two": RNG.normal(size=(300, 2, 2))}
    inputs = {name: keras.Input(part.shape[1:], name=name) for name, part in X.items()}
    joined = keras.layers.Concatenate()([inputs["one"], keras.layers.Flatten()(inputs["two"])])
    model = keras.Model(inputs, keras.layers.Dense(1, "sigmoid")(joined))
    model.compile(keras.optimizers.Adam(0.1), "binary_crossentropy")
    dataset = balanced_dataset(X, Y, sampler=sampler, batch_size=64, mixup=0.2, random_state=0)
    losses = model.fit(dataset, epochs=3, shuffle=False, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    batches = BalancedBatches(X, Y, sampler=sampler, batch_size=64, random_state=0)
    assert np.isfinite(model.fit(batches, verbose=0).history["loss"][0])


# -------------------------------------------------------------------------------------------- larger than memory


def folder_of(path: Path, columns: dict[str, Any]) -> Path:
    for part in range(3):
        rows = slice(100 * part, 100 * part + 100)
        pieces = {name: column[rows] for name, column in columns.items()}
        pq.write_table(pa.table(pieces), path / f"part-{part}.parquet", row_group_size=30)
    return path


@pytest.mark.parametrize("labels", [Y, np.where(Y, "yes", "no")], ids=["numbers", "text"])
def test_a_folder_of_parquet_files(tmp_path: Path, labels: Any) -> None:
    columns = {"a": X[:, 0], "target": labels, "b": X[:, 1], "c": X[:, 2], "d": X[:, 3]}
    dataset = balanced_dataset(folder_of(tmp_path, columns), "target", **HOW)
    require_same(passes(dataset), expected_of(BalancedBatches(X, labels, **HOW)))


def test_columns_of_several_kinds_and_gaps(tmp_path: Path) -> None:
    whole = pa.array([None if i == 7 else i for i in range(300)], pa.int32())
    columns = {"whole": whole, "is": X[:, 1] > 0, "float": X[:, 0], "y": Y}
    how = {**HOW, "sampler": RandomOverSampler()}
    dataset = balanced_dataset(folder_of(tmp_path, columns), "y", **how)
    table = np.column_stack([np.where(np.arange(300) == 7, np.nan, np.arange(300)), X[:, 1] > 0, X[:, 0]])
    require_same(passes(dataset), expected_of(BalancedBatches(table, Y, **how)))


def test_files_that_hold_no_table_for_a_network(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, {"x": X[:, 0], "job": np.where(Y, "cook", "smith"), "y": Y})
    with pytest.raises(ValueError, match="A network takes numbers, but column 'job' of"):
        balanced_dataset(folder, "y")
    with pytest.raises(ValueError, match=r"has no column 'z'\. The columns are 'x', 'job', 'y'"):
        balanced_dataset(folder, "z")


def test_a_memory_map(tmp_path: Path) -> None:
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    require_same(passes(balanced_dataset(mapped, Y, **HOW)), expected_of(BalancedBatches(X, Y, **HOW)))
