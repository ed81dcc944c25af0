"""Balanced batches: every sampler, every container, any number of workers."""

from __future__ import annotations

import pickle
import random
from pathlib import Path
from typing import Any

import imblearn.over_sampling
import keras
import numpy as np
import pandas as pd
import polars as pl
import pytest
from keras import ops
from scipy import sparse

from fastbal import FunctionSampler
from fastbal._core.rows import write_rows
from fastbal.combine import SMOTEENN
from fastbal.keras import BalancedBatches
from fastbal.over_sampling import (
    ADASYN,
    MGS,
    MWMOTE,
    ROSE,
    SMOTE,
    SMOTEN,
    SMOTENC,
    SVMSMOTE,
    BorderlineSMOTE,
    GeometricSMOTE,
    KMeansSMOTE,
    LoRAS,
    PolynomFitSMOTE,
    ProWSyn,
    RandomOverSampler,
    SafeLevelSMOTE,
    SimplicialSMOTE,
)
from fastbal.under_sampling import ClusterCentroids, NearMiss, RandomUnderSampler, TomekLinks
from tests import cases

Batch = tuple[Any, ...]


def table(n: int = 200, n_rare: int = 30, dtype: Any = np.float64) -> tuple[np.ndarray, np.ndarray]:
    """Two classes that overlap; the first column numbers the rows."""
    rng = np.random.default_rng(3)
    y = np.zeros(n, np.int64)
    y[rng.choice(n, n_rare, replace=False)] = 1
    X = np.column_stack([np.arange(n), rng.normal(size=(n, 4)) + y[:, None]])
    return X.astype(dtype), y


def epoch_of(batches: BalancedBatches) -> list[Batch]:
    """All batches of this epoch, and on to the next."""
    batches.on_epoch_begin()
    found = [batches[index] for index in range(len(batches))]
    batches.on_epoch_end()
    return found


def joined(found: list[Batch], part: int = 0) -> np.ndarray:
    return np.concatenate([batch[part] for batch in found])


X, Y = table()

# ------------------------------------------------------------------------------------------------------ what comes out


def test_smallest() -> None:
    batches = BalancedBatches([[1.0], [2.0], [3.0]], [0, 0, 1], batch_size=1, random_state=0)
    assert len(batches) == 2
    assert sorted(float(X_batch[0, 0]) for X_batch, _ in epoch_of(batches)) in ([1.0, 3.0], [2.0, 3.0])


@pytest.mark.parametrize("sampler", [SMOTE(), RandomOverSampler()], ids=["SMOTE", "RandomOverSampler"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_over_sampling_shows_every_row_once_an_epoch(sampler: Any, dtype: Any) -> None:
    X, y = table(dtype=dtype)
    batches = BalancedBatches(X, y, sampler=sampler, batch_size=64, random_state=0)
    assert batches.counts_ == {0: 170, 1: 170}
    assert len(batches) == 6
    for _ in range(3):
        found = epoch_of(batches)
        assert [len(X_batch) for X_batch, _ in found] == [64] * 5 + [20]
        got = joined(found)
        assert got.dtype == dtype
        assert np.bincount(joined(found, 1)).tolist() == [170, 170]
        rows = {tuple(row) for row in got.tolist()}
        assert {tuple(row) for row in X.tolist()} <= rows


def test_new_rows_are_those_of_the_recipe_bit_for_bit() -> None:
    X, y = table(dtype=np.float32)
    batches = BalancedBatches(X, y, sampler=SMOTE(), batch_size=50, random_state=0)
    for index in range(len(batches)):
        recipe, _ = batches._batches.epoch(0).rows(50 * index, 50 * index + 50)
        assert batches[index][0].tobytes() == write_rows(X, recipe).tobytes()


def test_new_rows_lie_between_neighbours_of_their_class() -> None:
    batches = BalancedBatches(X, Y, sampler=SMOTE(k_neighbors=3), batch_size=1000, random_state=0)
    sampler = SMOTE(k_neighbors=3, sampling_strategy={1: 5000}, random_state=0)
    sampler.fit_resample(X, Y)
    expected = set(zip(sampler.base_indices_.tolist(), sampler.neighbor_indices_.tolist(), strict=True))
    epoch = batches._batches.epoch(0)
    recipe, _ = epoch.rows(0, 1000)
    is_new = epoch.is_new(0, 1000)
    got = set(zip(recipe.base[is_new].tolist(), recipe.neighbor[is_new].tolist(), strict=True))
    assert got <= expected


SAMPLERS = {
    "SMOTE": SMOTE(),
    "BorderlineSMOTE": BorderlineSMOTE(),
    "borderline-2": BorderlineSMOTE(kind="borderline-2"),
    "SVMSMOTE": SVMSMOTE(),
    "KMeansSMOTE": KMeansSMOTE(kmeans_estimator=1),
    "ADASYN": ADASYN(),
    "SMOTENC": SMOTENC(categorical_features=[0]),
    "ProWSyn": ProWSyn(),
    "MWMOTE": MWMOTE(),
    "safe levels by column": SafeLevelSMOTE(step="column"),
    "polynomials": PolynomFitSMOTE(topology="polynomial"),
    "GeometricSMOTE": GeometricSMOTE(),
    "MGS": MGS(),
    "LoRAS": LoRAS(),
    "SimplicialSMOTE": SimplicialSMOTE(),
    "ROSE": ROSE(),
    "RandomOverSampler": RandomOverSampler(),
    "with noise": RandomOverSampler(shrinkage=0.5),
    "RandomUnderSampler": RandomUnderSampler(),
    "with replacement": RandomUnderSampler(replacement=True),
}
REPEATED = {
    "NearMiss": NearMiss(),
    "TomekLinks": TomekLinks(),
    "ClusterCentroids": ClusterCentroids(voting="soft"),
    "SMOTEENN": SMOTEENN(),
    "SMOTEN": SMOTEN(),
    "SafeLevelSMOTE": SafeLevelSMOTE(),
    "star": PolynomFitSMOTE(),
}


@pytest.mark.filterwarnings("ignore:No row of class:UserWarning")
@pytest.mark.parametrize("name", [*SAMPLERS, *REPEATED])
@pytest.mark.parametrize("class_share", ["average", "exact"])
def test_every_sampler(name: str, class_share: str) -> None:
    sampler = {**SAMPLERS, **REPEATED}[name]
    if hasattr(sampler, "random_state"):
        sampler.set_params(random_state=0)
    values = X if name != "SMOTEN" else X.round()
    batches = BalancedBatches(values, Y, sampler=sampler, batch_size=30, class_share=class_share)
    _, expected = sampler.fit_resample(values, Y)
    first, second = epoch_of(batches), epoch_of(batches)
    for found in (first, second):
        assert np.bincount(joined(found, 1)).tolist() == np.bincount(expected).tolist()
    assert list(batches.counts_.values()) == np.bincount(expected).tolist()
    assert not np.array_equal(joined(first), joined(second))
    old, new = (sorted(joined(found).tolist()) for found in (first, second))
    assert (old == new) == (name in REPEATED)
    if class_share == "exact":
        share = np.bincount(expected)[1] / len(expected)
        for X_batch, y_batch in first:
            assert abs((y_batch == 1).sum() - share * len(X_batch)) <= 1


def test_drawn_once_is_what_the_sampler_gives() -> None:
    sampler = NearMiss()
    expected, _ = sampler.fit_resample(X, Y)
    got = joined(epoch_of(BalancedBatches(X, Y, sampler=sampler, shuffle=False)))
    assert np.array_equal(got, expected)


@pytest.mark.parametrize("sampler", [SMOTE(), RandomUnderSampler()], ids=["SMOTE", "RandomUnderSampler"])
def test_exact_halves(sampler: Any) -> None:
    batches = BalancedBatches(X, Y, sampler=sampler, batch_size=20, class_share="exact", random_state=0)
    for _, y_batch in epoch_of(batches):
        assert np.bincount(y_batch).tolist() == [10, 10]


def test_on_average_shares_vary() -> None:
    batches = BalancedBatches(X, Y, sampler=SMOTE(), batch_size=20, random_state=0)
    assert len({int(y_batch.sum()) for _, y_batch in epoch_of(batches)}) > 1


def test_without_shuffling() -> None:
    batches = BalancedBatches(X, Y, sampler=SMOTE(), batch_size=100, shuffle=False, random_state=0)
    first, second = epoch_of(batches), epoch_of(batches)
    assert np.array_equal(joined(first)[:200], X)
    assert joined(first, 1).tolist() == Y.tolist() + [1] * 140
    assert not np.array_equal(joined(first)[200:], joined(second)[200:])


# --------------------------------------------------------------------------------------------------------------- seeds


def test_same_seed_same_batches() -> None:
    one, two = (BalancedBatches(X, Y, sampler=SMOTE(), random_state=5) for _ in range(2))
    other = BalancedBatches(X, Y, sampler=SMOTE(), random_state=6)
    for _ in range(2):
        first, second, third = epoch_of(one), epoch_of(two), epoch_of(other)
        assert np.array_equal(joined(first), joined(second))
        assert not np.array_equal(joined(first), joined(third))


def test_the_sampler_may_have_the_seed() -> None:
    one, two = (BalancedBatches(X, Y, sampler=SMOTE(random_state=5)) for _ in range(2))
    assert np.array_equal(joined(epoch_of(one)), joined(epoch_of(two)))


@pytest.mark.parametrize("make", [np.random.RandomState, np.random.default_rng])
def test_seeds_of_other_kinds(make: Any) -> None:
    number = make(5).integers(1 << 32) if make is np.random.default_rng else make(5).randint(1 << 32, dtype=np.uint64)
    one, two = (BalancedBatches(X, Y, random_state=seed) for seed in (make(5), int(number)))
    assert np.array_equal(joined(epoch_of(one)), joined(epoch_of(two)))


def test_no_seed_is_another_one_each_time() -> None:
    one, two = (BalancedBatches(X, Y, sampler=RandomOverSampler()) for _ in range(2))
    assert not np.array_equal(joined(epoch_of(one)), joined(epoch_of(two)))


def test_a_sampler_is_left_as_it_was() -> None:
    sampler = SMOTE()
    BalancedBatches(X, Y, sampler=sampler)
    assert not hasattr(sampler, "sampling_strategy_")


# -------------------------------------------------------------------------------------------------------------- labels


@pytest.mark.parametrize(
    ("y", "classes", "labels"),
    [
        (np.where(Y, "yes", "no"), ["no", "yes"], [0, 1]),
        (np.where(Y, 1.0, -1.0), [-1.0, 1.0], [-1.0, 1.0]),
        (Y.astype(bool), [False, True], [False, True]),
        (pd.Series(Y + 5), [5, 6], [5, 6]),
        (pl.Series(["a", "b"])[Y.tolist()], ["a", "b"], [0, 1]),
    ],
    ids=["text", "floats", "booleans", "pandas", "polars"],
)
def test_numbers_reach_the_network_as_they_are_and_codes_of_all_else(y: Any, classes: Any, labels: Any) -> None:
    batches = BalancedBatches(X, y, sampler=SMOTE(), random_state=0)
    assert batches.classes_.tolist() == classes
    assert list(batches.counts_) == classes
    got = joined(epoch_of(batches), 1)
    assert np.unique(got).tolist() == labels
    assert got.ndim == 1


def test_labels_keep_their_shape() -> None:
    column = joined(epoch_of(BalancedBatches(X, Y[:, None], sampler=SMOTE())), 1)
    assert column.shape == (340, 1)
    indicator = joined(epoch_of(BalancedBatches(X, np.eye(3)[:, :2][Y], sampler=SMOTE())), 1)
    assert indicator.shape == (340, 2)
    assert indicator.sum(axis=0).tolist() == [170, 170]


def test_a_row_without_a_label() -> None:
    indicator = np.eye(2, dtype=int)[Y]
    indicator[7] = 0
    with pytest.raises(ValueError, match="row 7 has none: all its 2 entries are 0"):
        BalancedBatches(X, indicator)


# ------------------------------------------------------------------------------------------------------------- weights


def test_weights_of_new_rows_lie_between_their_parents() -> None:
    weights = X[:, 0].copy()  # the row numbers: interpolated just as the first column is
    batches = BalancedBatches(X, Y, sampler=SMOTE(), sample_weight=weights, batch_size=32, random_state=0)
    for X_batch, _, weights_batch in epoch_of(batches):
        assert np.array_equal(X_batch[:, 0], weights_batch)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_weights_keep_their_precision(dtype: Any) -> None:
    batches = BalancedBatches(X, Y, sample_weight=np.ones(200, dtype))
    assert batches[0][2].dtype == dtype


def test_whole_weights_become_floats() -> None:
    batches = BalancedBatches(X, Y, sampler=SMOTE(), sample_weight=Y.tolist())
    assert batches[0][2].dtype == np.float64


def test_wrong_weights() -> None:
    with pytest.raises(ValueError, match="sample_weight has 5 entries, but X has 200 rows"):
        BalancedBatches(X, Y, sample_weight=np.ones(5))


def test_no_new_row_lies_between_groups() -> None:
    groups = np.arange(200) % 3
    epoch = BalancedBatches(X, Y, sampler=SMOTE(), groups=groups, batch_size=500)._batches.epoch(0)
    recipe, _ = epoch.rows(0, 1000)
    assert np.array_equal(groups[recipe.base], groups[recipe.neighbor])


@pytest.mark.parametrize("size", [1, 2, 3, 5, 9])
def test_no_new_row_lies_between_small_groups(size: int) -> None:
    """Lists of neighbours are short there; what fills them up is no neighbour."""
    groups = np.arange(200) // size
    epoch = BalancedBatches(X, Y, sampler=SMOTE(), groups=groups, batch_size=500)._batches.epoch(0)
    recipe, _ = epoch.rows(0, 1000)
    assert np.array_equal(groups[recipe.base], groups[recipe.neighbor])
    assert np.array_equal(Y[recipe.base], Y[recipe.neighbor])


# ---------------------------------------------------------------------------------------------------------- containers


def test_a_memory_map_is_read_in_place(tmp_path: Path) -> None:
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    batches = BalancedBatches(mapped, Y, sampler=SMOTE(), random_state=0)
    assert np.shares_memory(batches._batches.inputs.tables[None].values(), mapped)
    expected = epoch_of(BalancedBatches(X, Y, sampler=SMOTE(), random_state=0))
    assert np.array_equal(joined(epoch_of(batches)), joined(expected))


def dense(part: Any) -> np.ndarray:
    """A SparseTensor of TensorFlow's, or a CSR matrix."""
    return part.toarray() if sparse.issparse(part) else ops.convert_to_numpy(part)


@pytest.mark.parametrize("kind", [sparse.csr_matrix, sparse.csr_array, sparse.csc_matrix])
@pytest.mark.parametrize("keep_sparse", [False, True])
@pytest.mark.parametrize(
    "sampler", [SMOTE(), RandomUnderSampler(), RandomOverSampler(shrinkage=1)], ids=["SMOTE", "under", "noise"]
)
def test_sparse(kind: Any, keep_sparse: bool, sampler: Any) -> None:
    X_sparse = np.where(abs(X) < 1, 0, X)
    expected = joined(epoch_of(BalancedBatches(X_sparse, Y, sampler=sampler, random_state=0)))
    found = epoch_of(BalancedBatches(kind(X_sparse), Y, sampler=sampler, keep_sparse=keep_sparse, random_state=0))
    if keep_sparse:
        found = [(dense(X_batch), y_batch) for X_batch, y_batch in found]
    np.testing.assert_allclose(joined(found), expected, rtol=1e-12, atol=1e-12)


def test_sparse_batches_of_other_back_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    X_batch, _ = BalancedBatches(sparse.csr_array(X), Y, keep_sparse=True)[0]
    assert isinstance(X_batch, sparse.csr_array)


def test_fit_takes_sparse_batches() -> None:
    if keras.backend.backend() == "torch":
        pytest.skip("Keras has no sparse tensors on PyTorch")
    model = keras.Sequential([keras.Input((5,), sparse=True), keras.layers.Dense(1)])
    model.compile("sgd", "mean_squared_error")
    model.fit(BalancedBatches(sparse.csr_array(X), Y, keep_sparse=True), verbose=0)


@pytest.mark.parametrize(
    "make", [pd.DataFrame, lambda X: pl.DataFrame(X, schema=list("abcde"))], ids=["pandas", "polars"]
)
@pytest.mark.parametrize("sampler", [SMOTE(), RandomUnderSampler()], ids=["SMOTE", "RandomUnderSampler"])
def test_frames_become_arrays(make: Any, sampler: Any) -> None:
    expected = epoch_of(BalancedBatches(X, Y, sampler=sampler, random_state=0))
    got = epoch_of(BalancedBatches(make(X), Y, sampler=sampler, random_state=0))
    assert np.array_equal(joined(got), joined(expected))


def test_missing_entries_of_a_frame_become_nan() -> None:
    frame = pd.DataFrame({"a": pd.array([1, None, 3, 4], dtype="Int64"), "b": [1.5, 2.5, 3.5, 4.5]})
    got = joined(epoch_of(BalancedBatches(frame, [0, 0, 1, 1], random_state=0)))
    assert got.dtype == np.float64
    assert np.isnan(got[:, 0]).sum() == 1


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame])
def test_words_must_be_encoded_first(make: Any) -> None:
    frame = make({"age": [1, 2, 3, 4], "job": ["cook", "cook", "smith", "cook"]})
    with pytest.raises(ValueError, match=r"column 'job' of X does not hold any: there is 'cook'. Encode as numbers"):
        BalancedBatches(frame, [0, 0, 0, 1])


# ------------------------------------------------------------------------------------------------------ other samplers


def test_a_sampler_from_elsewhere_that_says_what_it_chose() -> None:
    sampler = imblearn.over_sampling.RandomOverSampler(random_state=0)
    expected, _ = sampler.fit_resample(X, Y)
    batches = BalancedBatches(X, Y, sampler=sampler, shuffle=False)
    assert np.array_equal(joined(epoch_of(batches)), expected)


@pytest.mark.parametrize("sampler", [imblearn.over_sampling.SMOTE(), FunctionSampler()], ids=["SMOTE", "function"])
def test_a_sampler_that_does_not_say(sampler: Any) -> None:
    with pytest.raises(TypeError, match="has neither a recipe, as fastbal's samplers have, nor"):
        BalancedBatches(X, Y, sampler=sampler)


def test_errors_come_before_the_work() -> None:
    with pytest.raises(ValueError, match=r"class_share must be one of \['average', 'exact'\]. Got 'equal'"):
        BalancedBatches(X, Y, class_share="equal")
    with pytest.raises(ValueError, match="batch_size must be a whole number"):
        BalancedBatches(X, Y, batch_size=0)
    with pytest.raises(ValueError, match="random_state must not be negative"):
        BalancedBatches(X, Y, random_state=-1)
    with pytest.raises(IndexError, match="There are 2 batches, numbered from 0, but number 2 is asked for"):
        BalancedBatches(X, Y)[2]


# -------------------------------------------------------------------------------------------------------------- in fit


class Recorder(keras.Model):
    """A model that learns nothing and remembers which rows it was given."""

    def __init__(self, built: bool = True) -> None:
        super().__init__()
        self.seen: list[Batch] = []
        self.built = built  # or else Keras may take a batch beforehand to build it

    def call(self, rows: Any) -> Any:
        return rows

    def train_step(self, *state_and_data: Any) -> Any:
        """JAX hands over the state of the network, and wants it back."""
        *state, data = state_and_data
        self.seen.append(tuple(np.array(ops.convert_to_numpy(part)) for part in data))
        return ({"loss": 0.0}, *state) if state else {"loss": 0.0}

    def epochs_seen(self, n_batches: int) -> list[list[Batch]]:
        return [self.seen[i : i + n_batches] for i in range(0, len(self.seen), n_batches)]


def seen_by_fit(batches: BalancedBatches, epochs: int = 3, shuffle: bool = False) -> list[list[Batch]]:
    model = Recorder()
    model.compile(run_eagerly=True)
    model.fit(batches, epochs=epochs, shuffle=shuffle, verbose=0)
    return model.epochs_seen(len(batches))


@pytest.mark.parametrize(("workers", "use_multiprocessing"), [(0, False), (1, False), (3, False), (2, True)])
def test_fit_sees_the_same_batches_whoever_makes_them(workers: int, use_multiprocessing: bool) -> None:
    if use_multiprocessing and keras.backend.backend() == "jax":
        pytest.skip("JAX warns of processes that are forked")
    alone = BalancedBatches(X, Y, sampler=SMOTE(), batch_size=50, random_state=0)
    expected = [epoch_of(alone) for _ in range(3)]
    batches = BalancedBatches(
        X,
        Y,
        sampler=SMOTE(),
        batch_size=50,
        random_state=0,
        workers=workers,
        use_multiprocessing=use_multiprocessing,
    )
    got = seen_by_fit(batches)
    assert len(got) == 3
    for found, wanted in zip(got, expected, strict=True):
        assert np.array_equal(joined(found), joined(wanted).astype(joined(found).dtype))  # JAX knows float32 only
        assert np.array_equal(joined(found, 1), joined(wanted, 1))


@pytest.mark.parametrize("shuffle", [False, True])
def test_fewer_steps_than_batches_mix_no_two_epochs(shuffle: bool) -> None:
    batches = BalancedBatches(X, Y, sampler=SMOTE(), batch_size=43, random_state=0)
    assert len(batches) == 8
    for _ in range(2):  # what the first fit has left of its last pass is given up
        model = Recorder()
        model.compile(run_eagerly=True)
        model.fit(batches, epochs=5, steps_per_epoch=4, shuffle=shuffle, verbose=0)
        whole, another, begun = model.epochs_seen(8)
        for epoch in (whole, another):
            assert set(range(200)) <= set(joined(epoch)[:, 0].tolist())
        assert len(begun) == 4


def test_fit_shuffles_batches_on_top() -> None:
    random.seed(0)
    batches = BalancedBatches(X, Y, sampler=SMOTE(), batch_size=50, random_state=0)
    for found in seen_by_fit(batches, shuffle=True):
        numbers = joined(found)[:, 0]
        assert set(range(200)) <= set(numbers.tolist())
        assert sorted(len(X_batch) for X_batch, _ in found) == [40] + [50] * 6


@pytest.mark.parametrize("shuffle", [False, True])
def test_a_batch_that_keras_takes_beforehand_mixes_no_two_epochs(shuffle: bool) -> None:
    batches = BalancedBatches(X, Y, sampler=SMOTE(), batch_size=50, random_state=0)
    model = Recorder(built=False)
    model.compile(loss=lambda _, rows: ops.mean(rows), run_eagerly=True)
    model.fit(batches, epochs=3, shuffle=shuffle, verbose=0)
    for epoch, found in enumerate(model.epochs_seen(len(batches))):
        expected = joined([batches._batches.batch(epoch, index) for index in range(len(batches))])
        got = joined(found)
        assert np.array_equal(*(rows[np.lexsort(rows.T)] for rows in (got, expected.astype(got.dtype))))


def test_pickled_batches_are_the_same() -> None:
    batches = BalancedBatches(X, Y, sampler=SMOTE(), random_state=0)
    epoch_of(batches)
    got, expected = epoch_of(pickle.loads(pickle.dumps(batches))), epoch_of(batches)
    assert np.array_equal(joined(got), joined(expected))


@pytest.mark.parametrize("y", cases.rest_slow([Y, np.where(Y, "yes", "no")]), ids=["numbers", "text"])
def test_a_network_learns_from_them(y: Any) -> None:
    keras.utils.set_random_seed(0)
    scaled = (X - X.mean(axis=0)) / X.std(axis=0)
    batches = BalancedBatches(
        scaled, y, sampler=SMOTE(), sample_weight=np.ones(200), batch_size=16, class_share="exact", random_state=0
    )
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.Adam(0.1), "binary_crossentropy")
    losses = model.fit(batches, epochs=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    model.evaluate(batches, verbose=0)
    assert model.predict(batches, verbose=0).shape == (340, 1)


def test_noise_is_that_of_the_class() -> None:
    """Columns of one class are a thousand times as wide as those of the other."""
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1, 2], [120, 20, 20])
    X = rng.normal(size=(160, 3)) * np.where(y == 2, 1000.0, 1.0)[:, None]
    batches = BalancedBatches(X, y, sampler=RandomOverSampler(shrinkage=0.1), random_state=0)
    found = epoch_of(batches)
    got, labels = joined(found), joined(found, 1)
    for label, width in ((1, 1.0), (2, 1000.0)):
        distances = np.linalg.norm(got[labels == label][:, None] - X[y == label], axis=2).min(axis=1)
        made = distances[distances > 0]
        assert len(made) >= 80
        assert 0.01 * width < np.median(made) < width
    np.testing.assert_array_equal(np.isin(got[labels == 0], X[y == 0]), True)
