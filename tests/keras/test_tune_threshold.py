"""The threshold that is tuned in training, saved with the model, and read back."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import average_precision_score, balanced_accuracy_score, f1_score

from fastbal.keras import (
    AveragePrecision,
    Decision,
    TuneThreshold,
    deciding_model,
    predict_labels,
    predict_probability,
    read_decision,
)
from fastbal.keras._tune_threshold import best_threshold
from fastbal.model_selection import FBeta, Gain, PrecisionAtRecall, TunedThresholdClassifier
from tests import cases


class Column(ClassifierMixin, BaseEstimator):
    """The only column as probability of class 1."""

    def fit(self, X: Any, y: Any) -> Column:
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X: Any) -> Any:
        return np.column_stack([1 - X[:, 0], X[:, 0]])


RNG = np.random.default_rng(7)
Y2 = (RNG.random((150, 2)) < [0.5, 0.2]).astype(int)
X2 = RNG.normal(size=(150, 2)).astype(np.float32) + Y2

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
    threshold, score = best_threshold(y, scores, np.ones(len(y)), "f1")
    assert score == pytest.approx(every_f1(y, scores))
    assert f1_score(y, scores > np.float32(threshold)) == pytest.approx(score)


@pytest.mark.parametrize("rounded", ["down", "up"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_scores_next_to_each_other_are_told_apart(rounded: str, dtype: Any) -> None:
    """The middle is rounded to the even one of the two: to the lower, or to the upper, which is not above itself."""
    lower = dtype(0.5) if rounded == "down" else np.nextafter(dtype(0.5), dtype(1))
    scores = np.array([lower, np.nextafter(lower, dtype(1))])
    threshold, score = best_threshold(np.array([0, 1]), scores, np.ones(2), "f1")
    assert score == 1
    assert (scores > dtype(threshold)).tolist() == [False, True]


def test_all_or_none_can_be_best() -> None:
    y, scores = np.array([0, 1]), np.array([0.9, 0.2], np.float32)
    all_of_them, _ = best_threshold(y, scores, np.ones(2), lambda tp, fp, fn, tn: tp + fp)
    none_of_them, _ = best_threshold(y, scores, np.ones(2), lambda tp, fp, fn, tn: fn + tn)
    assert all(scores > all_of_them)
    assert not any(scores > none_of_them)


def test_weights_count_as_rows() -> None:
    rng = np.random.default_rng(0)
    y, scores, weight = rng.integers(0, 2, 50), rng.random(50).astype(np.float32), rng.integers(0, 4, 50)
    got = best_threshold(y, scores, weight.astype(float), "balanced_accuracy")
    repeated = np.repeat(np.arange(50), weight)
    expected = best_threshold(y[repeated], scores[repeated], np.ones(len(repeated)), "balanced_accuracy")
    assert got[1] == pytest.approx(expected[1])


@pytest.mark.parametrize("suffix", cases.rest_slow(["model.keras", "model.h5", "model.weights.h5"]))
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


@pytest.mark.parametrize("first", cases.rest_slow([True, False]))
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


@pytest.mark.slow
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


def test_metrics_of_the_confusion_matrix_and_ties() -> None:
    """The rule for ties is that of `TunedThresholdClassifier`: the fewest errors, then the lowest threshold."""
    y, scores = np.array([0, 0, 1, 0, 1, 1, 0]), np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7], np.float32)
    weight = np.ones(7)
    for metric in ("accuracy", "mcc", FBeta(2.0), PrecisionAtRecall(0.6), Gain([[0, -1], [-5, 0]])):
        X = scores.reshape(-1, 1)
        tuned = TunedThresholdClassifier(Column().fit(X, y), metric=metric, cv="prefit").fit(X, y)
        threshold, score = best_threshold(y, scores, weight, metric)
        assert score == tuned.best_score_
        assert (scores > threshold).tolist() == (scores >= tuned.best_threshold_).tolist()
    both = best_threshold(np.array([0, 1, 0, 1]), scores[:4], np.ones(4), "balanced_accuracy")
    assert both == (pytest.approx(0.15), 0.75)
    assert np.isnan(best_threshold(y, scores, weight, PrecisionAtRecall(1.1))).all()
    with pytest.raises(ValueError, match="gains must have a row and a column for each of the 2 classes"):
        TuneThreshold(rows(), 0.2, metric=Gain([[0]]))


def test_a_condition_that_no_threshold_meets_leaves_it_where_it_was() -> None:
    X, y = rows()
    model = network()
    tune = TuneThreshold((X, y), 0.2, metric=PrecisionAtRecall(1.1))
    history = model.fit(X, y, callbacks=[tune], verbose=0).history
    assert np.isnan([history["val_threshold"], history["val_tuned_metric"]]).all()
    assert read_decision(model).threshold == 0.5


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
        ({"training_prior": [0.5, 0.6]}, "training_prior must be the share of class 1"),
        ({"training_prior": [0.5, 2.0], "multi_label": True, "validation_data": (X2, Y2)}, "training_prior must be"),
        ({"multi_label": True}, "must be a matrix of 0 and 1, but have shape"),
    ],
)
def test_wrong_arguments(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TuneThreshold(**{"validation_data": rows(), "training_prior": 0.2, **arguments})


def test_what_does_not_fit_the_layer() -> None:
    X, y = rows()
    with pytest.raises(ValueError, match="training_prior must be a share for each of 3 units, but it has 1 numbers"):
        network(units=3).fit(X, y, callbacks=[TuneThreshold((X, y), 0.2)], verbose=0)
    thirds = [1 / 3, 1 / 3, 1 / 3]
    tune = TuneThreshold((X, y), thirds, metric=lambda tp, fp, fn, tn: tp)
    with pytest.raises(ValueError, match="A function of tp, fp, fn and tn is for two classes, but the network has 3"):
        network(units=3).fit(X, y, callbacks=[tune], verbose=0)
    with pytest.raises(ValueError, match="multi_label must be the same in TuneThreshold and in the model's Decision"):
        network().fit(X, y, callbacks=[TuneThreshold((X2, Y2), 0.2, multi_label=True)], verbose=0)


def test_thresholds_of_several_classes() -> None:
    """As good as those of the classifier of this kind, and better than the greatest probability."""
    rng = np.random.default_rng(1)
    y = rng.choice(3, 200, p=[0.7, 0.2, 0.1])
    X = rng.normal(size=(200, 2)).astype(np.float32) + np.eye(3)[y][:, 1:]
    model = network(units=3)
    tune = TuneThreshold((X, y), [0.7, 0.2, 0.1], metric="balanced_accuracy")
    history = model.fit(X, y, epochs=2, callbacks=[tune], verbose=0).history
    assert "val_threshold" not in history
    scores = model.predict(X, verbose=0)
    labels = predict_labels(model, X)
    got = balanced_accuracy_score(y, labels)
    assert history["val_tuned_balanced_accuracy"][-1] == pytest.approx(got)
    assert got > balanced_accuracy_score(y, scores.argmax(axis=1))
    decision = read_decision(model)
    assert labels.tolist() == (scores / decision.threshold).argmax(axis=1).tolist()
    assert decision.training_prior.tolist() == pytest.approx([0.7, 0.2, 0.1])
    named = predict_labels(model, X, classes=["a", "b", "c"])
    assert named.tolist() == np.array(["a", "b", "c"])[labels].tolist()
    p = predict_probability(model, X, [1 / 3, 1 / 3, 1 / 3])
    expected = scores / decision.training_prior
    np.testing.assert_allclose(p, expected / expected.sum(axis=1, keepdims=True), rtol=1e-5)


def labels_network(learning_rate: float = 0.1) -> Any:
    layers = [keras.Input((2,)), keras.layers.Dense(2, "sigmoid"), Decision(multi_label=True)]
    model = keras.Sequential(layers)
    model.compile(keras.optimizers.SGD(learning_rate), "binary_crossentropy")
    return model


def test_thresholds_of_several_labels() -> None:
    model = labels_network()
    callbacks = [TuneThreshold((X2, Y2), 0.5, multi_label=True), AveragePrecision((X2, Y2), multi_label=True)]
    history = model.fit(X2, Y2, epochs=2, callbacks=callbacks, verbose=0).history
    scores, labels = model.predict(X2, verbose=0), predict_labels(model, X2)
    each = [f1_score(Y2[:, j], labels[:, j]) for j in range(2)]
    assert each == pytest.approx([every_f1(Y2[:, j], scores[:, j]) for j in range(2)])
    assert history["val_tuned_f1"][-1] == pytest.approx(np.mean(each))
    expected = np.mean([average_precision_score(Y2[:, j], scores[:, j]) for j in range(2)])
    assert history["val_average_precision"][-1] == pytest.approx(expected)
    assert read_decision(model).training_prior.tolist() == [0.5, 0.5]
    odds = scores / (1 - scores.astype(float)) * np.array([0.1 / 0.9, 0.2 / 0.8])
    np.testing.assert_allclose(predict_probability(model, X2, [0.1, 0.2]), odds / (1 + odds), rtol=1e-6)
    with pytest.raises(ValueError, match="classes must be left out with several labels a row"):
        predict_labels(model, X2, classes=["a", "b"])


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_half_precision(policy: str) -> None:
    X, y = rows()
    dense = keras.layers.Dense(1, "sigmoid", dtype=policy)
    model = keras.Sequential([keras.Input((2,)), dense, Decision()])
    model.compile(keras.optimizers.SGD(0.1), "binary_crossentropy")
    callbacks = [TuneThreshold((X, y), 0.5), AveragePrecision((X, y))]
    history = model.fit(X, y, epochs=2, callbacks=callbacks, verbose=0).history
    scores = model.predict(X, verbose=0)[:, 0].astype(np.float32)
    assert history["val_tuned_f1"][-1] == pytest.approx(every_f1(y, scores))
    assert history["val_average_precision"][-1] == pytest.approx(average_precision_score(y, scores))
    labels = predict_labels(model, X)
    assert f1_score(y, labels) == pytest.approx(every_f1(y, scores))
    assert deciding_model(model).predict(X, verbose=0).tolist() == labels.tolist()


def tuned(kind: str) -> tuple[Any, np.ndarray]:
    X, y = rows()
    if kind == "labels":
        model = labels_network()
        model.fit(X2, Y2, callbacks=[TuneThreshold((X2, Y2), 0.5, multi_label=True)], verbose=0)
        return model, X2
    units = {"unit": 1, "two units": 2, "classes": 3}[kind]
    model = network(units=units)
    y = np.arange(len(y)) % 3 if units == 3 else y
    prior = [0.2, 0.3, 0.5] if units == 3 else 0.2
    model.fit(X, y, callbacks=[TuneThreshold((X, y), prior)], verbose=0)
    return model, X


WITHOUT_FASTBAL = """
import sys
import keras, numpy as np
model = keras.models.load_model(sys.argv[1])
print(model.predict(np.load(sys.argv[2]), verbose=0).tolist(), "fastbal" in sys.modules)
"""


def run_without_fastbal(model: Path, X: Path) -> Any:
    command = [sys.executable, "-c", WITHOUT_FASTBAL, str(model), str(X)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["unit", "two units", "classes", "labels"])
def test_a_model_that_decides_in_its_graph(kind: str, tmp_path: Path) -> None:
    model, X = tuned(kind)
    expected = predict_labels(model, X).tolist()
    deciding = deciding_model(model)
    assert deciding.predict(X, verbose=0).tolist() == expected
    deciding.save(tmp_path / "decides.keras")
    loaded = keras.models.load_model(tmp_path / "decides.keras")
    assert loaded.predict(X, verbose=0).tolist() == expected
    assert read_decision(model) is not None, "the model is left as it was"


def test_it_is_found_inside_of_models_and_takes_one_output() -> None:
    inner, X = tuned("unit")
    inputs = keras.Input((2,))
    model = keras.Model(inputs, inner(inputs))
    assert deciding_model(model).predict(X, verbose=0).tolist() == predict_labels(inner, X).tolist()
    named = keras.Input((2,), name="rows")
    model = keras.Model({"rows": named}, inner(named))
    assert deciding_model(model).predict({"rows": X}, verbose=0).tolist() == predict_labels(inner, X).tolist()
    several = keras.Model(inner.inputs, [inner.outputs[0], inner.outputs[0]])
    with pytest.raises(ValueError, match="deciding_model takes a model of one output, but this one has 2"):
        deciding_model(several)
    with pytest.raises(ValueError, match="has not been set"):
        deciding_model(network())


@pytest.mark.slow
def test_saved_models_where_fastbal_has_not_been_imported(tmp_path: Path) -> None:
    model, X = tuned("unit")
    np.save(tmp_path / "X.npy", X)
    deciding_model(model).save(tmp_path / "decides.keras")
    done = run_without_fastbal(tmp_path / "decides.keras", tmp_path / "X.npy")
    assert done.stdout.strip() == f"{predict_labels(model, X).tolist()} False", done.stderr
    model.save(tmp_path / "model.keras")
    done = run_without_fastbal(tmp_path / "model.keras", tmp_path / "X.npy")
    assert "import fastbal.keras first" in done.stderr.splitlines()[-1]


@pytest.mark.slow
def test_exported_graphs_decide(tmp_path: Path) -> None:
    tf = pytest.importorskip("tensorflow", reason="SavedModel and TFLite are TensorFlow's")
    if keras.backend.backend() != "tensorflow":
        pytest.skip("what TensorFlow exports of another back-end is Keras's")
    for kind in ("unit", "classes", "labels"):
        model, X = tuned(kind)
        X = X.astype(np.float32)
        expected, deciding = predict_labels(model, X).tolist(), deciding_model(model)
        deciding.export(tmp_path / kind, verbose=False)
        assert tf.saved_model.load(tmp_path / kind).serve(X).numpy().tolist() == expected
        converted = tf.lite.TFLiteConverter.from_saved_model(str(tmp_path / kind)).convert()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # where it will live one day
            interpreter = tf.lite.Interpreter(model_content=converted)
        (given,), (returned,) = interpreter.get_input_details(), interpreter.get_output_details()
        interpreter.resize_tensor_input(given["index"], X.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(given["index"], X)
        interpreter.invoke()
        assert interpreter.get_tensor(returned["index"]).tolist() == expected


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["unit", "two units", "classes", "labels"])
def test_an_onnx_file_decides(kind: str, tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime", reason="what runs ONNX files is not installed")
    needed = {"tensorflow": "tf2onnx", "jax": "jax2onnx", "torch": "onnxscript"}[keras.backend.backend()]
    pytest.importorskip(needed, reason=f"Keras exports to ONNX through {needed}")
    model, X = tuned(kind)
    X = X.astype(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tf2onnx uses names that NumPy will change
        deciding_model(model).export(tmp_path / "decides.onnx", format="onnx", verbose=False)
    session = onnxruntime.InferenceSession(str(tmp_path / "decides.onnx"))
    (given,) = session.get_inputs()
    (got,) = session.run(None, {given.name: X})
    assert got.tolist() == predict_labels(model, X).tolist()


def test_a_network_that_has_diverged_is_named() -> None:
    X, y = rows()
    model = network()
    model.compile("sgd", "mean_squared_error")  # of PyTorch's cross-entropy NaN is an error by itself
    model.layers[0].set_weights([np.full((2, 1), np.nan), np.zeros(1)])
    with pytest.raises(ValueError, match="The network returns NaN for 120 of 120 validation rows"):
        model.fit(X, y, callbacks=[TuneThreshold((X, y), 0.2)], verbose=0)


@pytest.mark.parametrize("classes", [["no"], ["no", "yes", "maybe"]])
def test_labels_are_those_of_two_classes(classes: list[str]) -> None:
    X, _ = rows()
    with pytest.raises(ValueError, match="classes must be the 2 labels"):
        predict_labels(network(), X, classes=classes)
