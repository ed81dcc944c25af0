"""Metrics against scikit-learn, over batches, and saved and loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, f1_score, recall_score

from fastbal.keras import BalancedAccuracy, BinaryF1, GeometricMean


def geometric_mean(y: np.ndarray, predicted: np.ndarray, sample_weight: Any = None) -> float:
    recalls = recall_score(y, predicted, average=None, labels=np.unique(y), sample_weight=sample_weight)
    return float(np.prod(recalls) ** (1 / len(recalls)))


EXPECTED: dict[Any, Any] = {
    BinaryF1: lambda y, predicted, w=None: f1_score(y, predicted, sample_weight=w),
    BalancedAccuracy: lambda y, predicted, w=None: balanced_accuracy_score(y, predicted, sample_weight=w),
    GeometricMean: geometric_mean,
}
METRICS = pytest.mark.parametrize("metric", EXPECTED, ids=lambda metric: metric.__name__)


def binary_rows(n: int = 300) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    y = (rng.random(n) < 0.2).astype(int)
    scores = np.clip(rng.normal(0.3 + 0.3 * y, 0.2), 0, 1).astype(np.float32)
    return y, scores, rng.integers(0, 4, n).astype(float)


@METRICS
@pytest.mark.parametrize("threshold", [0.3, 0.5])
def test_two_classes_over_batches_and_in_any_shape(metric: Any, threshold: float) -> None:
    y, scores, weight = binary_rows()
    for as_targets in (lambda y: y, lambda y: y.reshape(-1, 1), lambda y: y.astype(np.float32), lambda y: y == 1):
        for as_outputs in (lambda p: p, lambda p: p.reshape(-1, 1)):
            plain, weighted = metric(threshold=threshold), metric(threshold=threshold)
            for batch in np.array_split(np.arange(len(y)), 7):
                plain.update_state(as_targets(y[batch]), as_outputs(scores[batch]))
                weighted.update_state(as_targets(y[batch]), as_outputs(scores[batch]), weight[batch].reshape(-1, 1))
            predicted = scores > threshold
            assert float(plain.result()) == pytest.approx(EXPECTED[metric](y, predicted), rel=1e-6)
            assert float(weighted.result()) == pytest.approx(EXPECTED[metric](y, predicted, weight), rel=1e-6)


@pytest.mark.parametrize("metric", [BalancedAccuracy, GeometricMean])
def test_several_classes_as_codes_and_one_hot(metric: Any) -> None:
    rng = np.random.default_rng(1)
    y = rng.integers(0, 5, 200)
    outputs = rng.random((200, 5)) + 0.5 * np.eye(5)[y]
    expected = EXPECTED[metric](y, outputs.argmax(axis=1))
    for targets in (y, y.reshape(-1, 1), np.eye(5)[y]):
        got = metric(n_classes=5)
        got.update_state(targets, outputs)
        assert float(got.result()) == pytest.approx(expected, rel=1e-6)


@METRICS
def test_two_units_take_the_greater(metric: Any) -> None:
    y, scores, _ = binary_rows()
    got = metric()
    got.update_state(np.eye(2)[y], np.column_stack([1 - scores, scores]))
    assert float(got.result()) == pytest.approx(EXPECTED[metric](y, scores > 0.5), rel=1e-6)


def test_a_class_without_rows_does_not_count() -> None:
    y, outputs = np.array([0, 0, 2]), np.eye(3)[[0, 1, 2]]
    for metric, expected in ((BalancedAccuracy(3), 0.75), (GeometricMean(3), np.sqrt(0.5))):
        metric.update_state(y, outputs)
        assert float(metric.result()) == pytest.approx(expected)


def test_many_classes_are_not_rounded_to_zero() -> None:
    y = np.repeat(np.arange(100), 10)
    predicted = np.where(np.arange(1000) % 10 == 0, y, (y + 1) % 100)
    metric = GeometricMean(100)
    metric.update_state(y, np.eye(100)[predicted])
    assert float(metric.result()) == pytest.approx(0.1, rel=1e-5)


@METRICS
def test_before_any_row_and_after_a_reset(metric: Any) -> None:
    got = metric()
    assert float(got.result()) == 0
    got.update_state(np.array([0, 1]), np.array([0.1, 0.9]))
    assert float(got.result()) == 1
    got.reset_state()
    assert float(got.result()) == 0


def test_nothing_to_find_and_a_class_never_found() -> None:
    f1, mean = BinaryF1(), GeometricMean()
    f1.update_state(np.array([0, 0]), np.array([0.1, 0.2]))
    assert float(f1.result()) == 0
    mean.update_state(np.array([0, 1]), np.array([0.1, 0.2]))
    assert float(mean.result()) == 0


def sums_of(metric: Any) -> list[list[float]]:
    return sum(keras.ops.convert_to_numpy(variable.value).astype(float) for variable in metric.variables).tolist()


@METRICS
@pytest.mark.parametrize("dtype", [None, "float16", "mixed_float16"])
def test_sums_are_exact_where_float32_stands_still(metric: Any, dtype: Any) -> None:
    got = metric(dtype=dtype)
    y, outputs = np.array([0, 0, 1, 1]), np.array([0.1, 0.9, 0.1, 0.9], np.float32)
    # Two numbers in float32 hold less than one in float64.
    for n in (2**24, 2**40) if got.sums_dtype == "float64" else (2**24, 2**30):
        for variable in got.variables:
            variable.assign(np.zeros((2, 2)))
        got.confusion.assign(np.full((2, 2), float(n)))
        got.update_state(y, outputs)
        assert sums_of(got) == [[n + 1] * 2] * 2
        got.update_state(np.append(y, y), np.append(outputs, outputs), np.repeat([2.0**20, 1.0], 4))
        assert sums_of(got) == [[n + 2 + 2**20] * 2] * 2
        assert float(got.result()) == pytest.approx(0.5)
        assert keras.backend.standardize_dtype(got.result().dtype) == got.dtype
    again = metric(dtype=dtype)
    again.variables[0].assign(got.variables[0])
    assert np.array_equal(*(keras.ops.convert_to_numpy(one.confusion) for one in (got, again)))
    got.reset_state()
    assert float(got.result()) == 0


@METRICS
def test_what_is_no_class_makes_the_result_nan(metric: Any) -> None:
    got = metric()
    got.update_state(np.array([-1, 1]), np.array([0.1, 0.9]))
    assert np.isnan(float(got.result()))


def test_wrong_numbers_of_classes_are_refused() -> None:
    with pytest.raises(ValueError, match="n_classes=2, but the network has 3 outputs"):
        BalancedAccuracy().update_state(np.array([0]), np.array([[0.1, 0.2, 0.7]]))
    with pytest.raises(ValueError, match="n_classes=3, but the network has 1 outputs"):
        BalancedAccuracy(3).update_state(np.array([0]), np.array([[0.1]]))
    with pytest.raises(ValueError, match="threshold must be a number, but it is None"):
        BinaryF1(threshold=None)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="2 or more"):
        GeometricMean(1)


@pytest.mark.slow
def test_in_training_and_loaded_again(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(64, 2)).astype(np.float32), np.arange(64) % 4 == 0
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, "sigmoid")])
    metrics = [BinaryF1(0.3), BalancedAccuracy(threshold=0.3), GeometricMean(threshold=0.3)]
    model.compile("sgd", "binary_crossentropy", metrics=metrics, weighted_metrics=[BinaryF1(0.3, name="weighted_f1")])
    best = keras.callbacks.EarlyStopping("val_f1", patience=1)  # knows that greater is better
    history = model.fit(X, y, validation_data=(X, y), batch_size=20, callbacks=[best], verbose=0).history
    predicted = model.predict(X, verbose=0)[:, 0] > 0.3
    assert history["val_f1"][-1] == pytest.approx(f1_score(y, predicted), rel=1e-6)
    assert history["val_weighted_f1"][-1] == pytest.approx(f1_score(y, predicted), rel=1e-6)
    assert history["val_balanced_accuracy"][-1] == pytest.approx(balanced_accuracy_score(y, predicted), rel=1e-6)
    assert history["val_geometric_mean"][-1] == pytest.approx(geometric_mean(y, predicted), rel=1e-6)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.evaluate(X, y, verbose=0) == pytest.approx(model.evaluate(X, y, verbose=0))


@METRICS
def test_made_again_from_its_config(metric: Any) -> None:
    again = metric.from_config(metric(threshold=0.2, name="mine").get_config())
    assert (again.threshold, again.name, again.n_classes) == (0.2, "mine", 2)
