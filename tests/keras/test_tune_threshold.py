"""The threshold that is tuned in training, saved with the model, and read back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, f1_score

from fastbal.keras import Decision, TuneThreshold, predict_labels, predict_probability, read_decision
from fastbal.keras._tune_threshold import _METRICS, best_threshold

pytestmark = pytest.mark.usefixtures("without_graphs")


def rows() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    y = (rng.random(120) < 0.2).astype(int)
    return rng.normal(size=(120, 2)).astype(np.float32) + y.reshape(-1, 1), y


def network(learning_rate: float = 0.1, units: int = 1) -> Any:
    dense = keras.layers.Dense(units, "sigmoid" if units == 1 else "softmax")
    model = keras.Sequential([keras.Input((2,)), dense, Decision()])
    loss = "binary_crossentropy" if units == 1 else "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.SGD(learning_rate), loss)
    return model


def every_f1(y: np.ndarray, scores: np.ndarray) -> float:
    found = scores >= scores.reshape(-1, 1)  # a row for each threshold; F1 by its definition
    return float((2 * found @ y / (found.sum(axis=1) + y.sum())).max())


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 8)), min_size=2, max_size=20))
def test_no_threshold_is_better(pairs: list[tuple[int, int]]) -> None:
    y, scores = (np.array(part) for part in zip(*pairs, strict=True))
    scores = (scores / 8).astype(np.float32)
    if len(set(y.tolist())) < 2:
        return
    threshold, score = best_threshold(y, scores, np.ones(len(y)), _METRICS["f1"])
    assert score == pytest.approx(every_f1(y, scores))
    assert f1_score(y, scores > np.float32(threshold)) == pytest.approx(score)


def test_scores_next_to_each_other_are_told_apart() -> None:
    low = np.float32(0.5)
    scores = np.array([low, np.nextafter(low, np.float32(1))])
    threshold, score = best_threshold(np.array([0, 1]), scores, np.ones(2), _METRICS["f1"])
    assert score == 1
    assert (scores > np.float32(threshold)).tolist() == [False, True]


def test_all_or_none_can_be_best() -> None:
    y, scores = np.array([0, 1]), np.array([0.9, 0.2], np.float32)
    all_of_them, _ = best_threshold(y, scores, np.ones(2), lambda tp, fp, fn, tn: tp + fp)
    none_of_them, _ = best_threshold(y, scores, np.ones(2), lambda tp, fp, fn, tn: fn + tn)
    assert all(scores > all_of_them)
    assert not any(scores > none_of_them)


def test_weights_count_as_rows() -> None:
    rng = np.random.default_rng(0)
    y, scores, weight = rng.integers(0, 2, 50), rng.random(50).astype(np.float32), rng.integers(0, 4, 50)
    got = best_threshold(y, scores, weight.astype(float), _METRICS["balanced_accuracy"])
    repeated = np.repeat(np.arange(50), weight)
    expected = best_threshold(y[repeated], scores[repeated], np.ones(len(repeated)), _METRICS["balanced_accuracy"])
    assert got[1] == pytest.approx(expected[1])


@pytest.mark.parametrize("suffix", ["model.keras", "model.h5", "model.weights.h5"])
def test_threshold_and_prior_survive_saving_and_loading(suffix: str, tmp_path: Path) -> None:
    X, y = rows()
    model = network()
    history = model.fit(X, y, epochs=2, callbacks=[TuneThreshold((X, y), training_prior=0.5)], verbose=0).history
    path = tmp_path / suffix
    if "weights" in suffix:
        model.save_weights(path)
        loaded = network()
        loaded.load_weights(path)
    else:
        model.save(path)
        loaded = keras.models.load_model(path)
    assert read_decision(loaded) == read_decision(model)
    assert read_decision(loaded).training_prior == 0.5
    assert read_decision(loaded).threshold == pytest.approx(history["val_threshold"][-1])
    scores = model.predict(X, verbose=0)[:, 0]
    labels = predict_labels(loaded, X)
    assert labels.tolist() == (scores > read_decision(model).threshold).astype(int).tolist()
    assert f1_score(y, labels) == pytest.approx(every_f1(y, scores))
    assert history["val_tuned_f1"][-1] == pytest.approx(f1_score(y, labels))
    assert predict_labels(loaded, X[:3], classes=["no", "yes"]).dtype.kind == "U"


def test_it_is_found_in_models_of_models_and_copies() -> None:
    X, y = rows()
    inner = network()
    inputs = keras.Input((2,))
    model = keras.Model(inputs, inner(inputs))
    model.compile("sgd", "binary_crossentropy")
    model.fit(X, y, callbacks=[TuneThreshold((X, y), training_prior=0.5)], verbose=0)
    assert read_decision(model) == read_decision(inner)
    copy = keras.models.clone_model(inner)
    copy.set_weights(inner.get_weights())
    assert read_decision(copy) == read_decision(inner)


@pytest.mark.parametrize("first", [True, False])
def test_best_weights_come_back_with_their_threshold(first: bool) -> None:
    """With a learning rate that makes each epoch worse, the first epoch's weights are restored."""
    X, y = rows()
    model = network(learning_rate=50.0)
    tune = TuneThreshold((X, y), training_prior=0.2)
    stop = keras.callbacks.EarlyStopping("loss", mode="max", min_delta=1e9, patience=2, restore_best_weights=True)
    model.fit(X, y, epochs=3, callbacks=[tune, stop] if first else [stop, tune], verbose=0)
    scores = model.predict(X, verbose=0)[:, 0]
    assert f1_score(y, predict_labels(model, X)) == pytest.approx(every_f1(y, scores))


def test_a_checkpoint_has_the_threshold_of_its_epoch(tmp_path: Path) -> None:
    X, y = rows()
    model = network()
    save = keras.callbacks.ModelCheckpoint(tmp_path / "{epoch}.keras")
    history = model.fit(X, y, epochs=2, callbacks=[TuneThreshold((X, y), 0.2), save], verbose=0).history
    for epoch, threshold in enumerate(history["val_threshold"], start=1):
        loaded = keras.models.load_model(tmp_path / f"{epoch}.keras")
        assert read_decision(loaded).threshold == pytest.approx(threshold)


def test_other_metrics() -> None:
    X, y = rows()
    model = network()
    model.fit(X, y, callbacks=[TuneThreshold((X, y), 0.2, metric="balanced_accuracy")], verbose=0)
    scores = model.predict(X, verbose=0)[:, 0]
    best = max(balanced_accuracy_score(y, scores >= cut) for cut in scores)
    assert balanced_accuracy_score(y, predict_labels(model, X)) == pytest.approx(best)

    def cost(tp: Any, fp: Any, fn: Any, tn: Any) -> Any:
        return -(fp + 20 * fn)

    history = model.fit(X, y, callbacks=[TuneThreshold((X, y), 0.2, metric=cost)], verbose=0).history
    scores = model.predict(X, verbose=0)[:, 0]
    costs = [((scores >= cut) & (y == 0)).sum() + 20 * ((scores < cut) & (y == 1)).sum() for cut in scores]
    assert history["val_tuned_cost"][-1] == pytest.approx(-min(costs))
    history = model.fit(X, y, callbacks=[TuneThreshold((X, y), 0.2, metric="geometric_mean")], verbose=0).history
    assert 0 < history["val_tuned_geometric_mean"][-1] <= 1


def test_two_units_are_read_by_the_second() -> None:
    X, y = rows()
    model = network(units=2)
    model.fit(X, y, callbacks=[TuneThreshold((X, np.eye(2)[y]), 0.2)], verbose=0)
    scores = model.predict(X, verbose=0)[:, 1]
    assert f1_score(y, predict_labels(model, X)) == pytest.approx(every_f1(y, scores))


def test_probabilities_for_another_prior() -> None:
    X, y = rows()
    model = network()
    model.fit(X, y, callbacks=[TuneThreshold((X, y), training_prior=0.5)], verbose=0)
    p = model.predict(X, verbose=0)[:, 0].astype(float)
    np.testing.assert_allclose(predict_probability(model, X, prior=0.5), p)
    odds = p / (1 - p) * (0.1 / 0.9)
    np.testing.assert_allclose(predict_probability(model, X, prior=0.1), odds / (1 + odds))
    with pytest.raises(ValueError, match="prior must be the share of class 1"):
        predict_probability(model, X, prior=0.0)


def test_logits_have_a_threshold_but_no_probability() -> None:
    X, y = rows()
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones"), Decision()])
    model.compile("sgd", keras.losses.BinaryCrossentropy(from_logits=True))
    model.fit(X, y, callbacks=[TuneThreshold((X, y), 0.2)], verbose=0)
    assert f1_score(y, predict_labels(model, X)) == pytest.approx(every_f1(y, model.predict(X, verbose=0)[:, 0]))
    with pytest.raises(ValueError, match="outputs must be probabilities"):
        predict_probability(model, X, prior=0.2)


def test_half_precision_leaves_outputs_and_threshold_alone() -> None:
    layer = Decision(dtype="mixed_float16")
    outputs = keras.ops.convert_to_tensor(np.array([[1 / 3]], np.float32))
    assert keras.ops.convert_to_numpy(layer(outputs)).tolist() == [[np.float32(1 / 3)]]
    assert {weight.dtype for weight in layer.weights} == {"float32"}
    assert not layer.trainable_weights


def test_what_is_missing_is_said_before_the_first_epoch() -> None:
    X, y = rows()
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    before = model.get_weights()
    with pytest.raises(ValueError, match="must have one Decision layer"):
        model.fit(X, y, callbacks=[TuneThreshold((X, y), 0.2)], verbose=0)
    assert all(np.array_equal(*pair) for pair in zip(before, model.get_weights(), strict=True))
    with pytest.raises(ValueError, match="has not been set"):
        predict_labels(network(), X)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"metric": "f2"}, "metric must be one of"),
        ({"metric": "balanced_acuracy"}, "Did you mean 'balanced_accuracy'"),
        ({"training_prior": 1.0}, "training_prior must be the share of class 1"),
        ({"training_prior": 50}, "training_prior must be the share of class 1"),
        ({"validation_data": (np.zeros((3, 2)), [0, 1, 2])}, "for two classes"),
    ],
)
def test_wrong_arguments(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TuneThreshold(**{"validation_data": rows(), "training_prior": 0.2, **arguments})


def test_a_network_of_three_classes_is_refused() -> None:
    X, y = rows()
    with pytest.raises(ValueError, match="TuneThreshold is for two classes, but the network has 3 outputs a row"):
        network(units=3).fit(X, y, callbacks=[TuneThreshold((X, y), 0.2)], verbose=0)


def test_a_network_that_has_diverged_is_named() -> None:
    X, y = rows()
    model = network()
    model.layers[0].set_weights([np.full((2, 1), np.nan), np.zeros(1)])
    with pytest.raises(ValueError, match="The network returns NaN for 120 of 120 validation rows"):
        model.fit(X, y, callbacks=[TuneThreshold((X, y), 0.2)], verbose=0)


@pytest.mark.parametrize("classes", [["no"], ["no", "yes", "maybe"]])
def test_labels_are_those_of_two_classes(classes: list[str]) -> None:
    X, _ = rows()
    with pytest.raises(ValueError, match="classes must be the 2 labels"):
        predict_labels(network(), X, classes=classes)
