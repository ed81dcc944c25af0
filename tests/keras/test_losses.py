"""Losses against their formulas in float64, at the extremes, in training, and saved and loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import ops
from scipy.special import expit, log_softmax, softmax

from fastbal.calibration import correct_prior
from fastbal.keras import FocalLoss, LogitAdjustedLoss, class_weights
from tests import cases

ROWS, CLASSES = 40, 4
KINDS = ["binary", "sparse", "one-hot"]


def rows(kind: str, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Targets, logits of a unit per class in float64, and the logits as the network gives them."""
    rng = np.random.default_rng(seed)
    n_classes = 2 if kind == "binary" else CLASSES
    codes = np.arange(ROWS) % n_classes
    logits = rng.normal(0, 3, (ROWS, n_classes)).astype(np.float32)
    if kind == "binary":
        logits[:, 0] = 0
        return codes, logits.astype(float), logits[:, 1:]
    return (np.eye(n_classes)[codes] if kind == "one-hot" else codes), logits.astype(float), logits


def focal(codes: np.ndarray, log_p: np.ndarray, alpha: np.ndarray, gamma: float) -> np.ndarray:
    """Lin et al., equation 5, row by row."""
    log_p_true = log_p[np.arange(len(codes)), codes]
    return -alpha[codes] * (1 - np.exp(log_p_true)) ** gamma * log_p_true


def codes_of(y: np.ndarray) -> np.ndarray:
    return y if y.ndim == 1 else y.argmax(axis=1)


def outputs_of(logits: np.ndarray, from_logits: bool) -> tuple[np.ndarray, np.ndarray]:
    """What a network gives, in float32, and the log probabilities that follow from just that."""
    if logits.shape[1] == 1:
        z = logits.astype(float)
        if from_logits:
            return logits, log_softmax(np.hstack([np.zeros_like(z), z]), axis=1)
        p = expit(z).astype(np.float32)
        return p, np.log(np.hstack([1 - p.astype(float), p.astype(float)]))
    if from_logits:
        return logits, log_softmax(logits.astype(float), axis=1)
    p = softmax(logits.astype(float), axis=1).astype(np.float32)
    return p, np.log(p.astype(float))


@pytest.mark.parametrize("from_logits", [True, False])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("kind", KINDS)
def test_focal_loss_is_its_formula(kind: str, gamma: float, from_logits: bool) -> None:
    y, _, logits = rows(kind)
    outputs, log_p = outputs_of(logits, from_logits)
    alpha = np.arange(1.0, log_p.shape[1] + 1)
    loss = FocalLoss(alpha.tolist(), gamma, from_logits=from_logits, reduction=None)
    expected = focal(codes_of(y), log_p, alpha, gamma)
    np.testing.assert_allclose(loss(y, outputs), expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("from_logits", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_logit_adjusted_loss_is_its_formula(kind: str, from_logits: bool) -> None:
    y, _, logits = rows(kind)
    outputs, log_p = outputs_of(logits, from_logits)
    prior = np.arange(1.0, log_p.shape[1] + 1)
    prior /= prior.sum()
    loss = LogitAdjustedLoss(prior.tolist(), tau=1.5, from_logits=from_logits, reduction=None)
    adjusted = log_softmax(log_p + 1.5 * np.log(prior), axis=1)
    expected = -adjusted[np.arange(ROWS), codes_of(y)]
    np.testing.assert_allclose(loss(y, outputs), expected, rtol=1e-6, atol=2e-6)


@pytest.mark.parametrize("from_logits", [True, False])
def test_without_focus_and_adjustment_they_are_keras_cross_entropies(from_logits: bool) -> None:
    of_keras = {
        "binary": keras.losses.BinaryCrossentropy(from_logits=from_logits),
        "sparse": keras.losses.SparseCategoricalCrossentropy(from_logits=from_logits),
        "one-hot": keras.losses.CategoricalCrossentropy(from_logits=from_logits),
    }
    for kind, expected in of_keras.items():
        y, _, logits = rows(kind)
        outputs, log_p = outputs_of(logits, from_logits)
        y_column = y.reshape(-1, 1) if kind == "binary" else y
        for loss in (FocalLoss(None, 0.0, from_logits), LogitAdjustedLoss([1 / log_p.shape[1]] * log_p.shape[1])):
            loss.from_logits = from_logits
            np.testing.assert_allclose(loss(y, outputs), expected(y_column, outputs), rtol=1e-6)


def test_focal_loss_is_keras_own_where_that_serves() -> None:
    y, _, logits = rows("binary")
    outputs, _ = outputs_of(logits, from_logits=False)
    of_keras = keras.losses.BinaryFocalCrossentropy(apply_class_balancing=True, alpha=0.25, gamma=2.0)
    np.testing.assert_allclose(FocalLoss(0.25)(y, outputs), of_keras(y.reshape(-1, 1), outputs), rtol=1e-5)
    y, _, logits = rows("one-hot")
    outputs, _ = outputs_of(logits, from_logits=False)
    of_keras = keras.losses.CategoricalFocalCrossentropy(alpha=0.25, gamma=2.0)
    np.testing.assert_allclose(FocalLoss([0.25] * CLASSES)(y, outputs), of_keras(y, outputs), rtol=1e-5)


def test_the_rare_class_weighs_more() -> None:
    y = ["no"] * 9 + ["yes"]
    loss = FocalLoss.from_labels(y)
    assert loss.alpha == pytest.approx(list(class_weights(y).weights.values()))
    even = np.array([[0.5]])
    assert float(loss(np.array([1]), even)) == pytest.approx(9 * float(loss(np.array([0]), even)))
    assert FocalLoss.from_labels(y, gamma=1, scheme={"no": 1, "yes": 3}, from_logits=True).alpha == [1.0, 3.0]


def test_targets_of_any_shape_and_type_give_the_same() -> None:
    for kind in KINDS:
        y, _, logits = rows(kind)
        codes = codes_of(y)
        loss = FocalLoss([1.0, 2.0, 3.0, 4.0][: 2 if kind == "binary" else CLASSES], from_logits=True)
        expected = float(loss(codes, logits))
        for same in (codes.reshape(-1, 1), codes.astype(np.int8), codes.astype(np.float32), codes.astype("uint8")):
            assert float(loss(same, logits)) == expected
    assert float(FocalLoss(None, from_logits=True)(np.array([1, 0]), np.array([0.0, 0.0]))) == pytest.approx(
        0.25 * np.log(2)
    )


def test_smoothed_targets_are_shared_out() -> None:
    loss = FocalLoss(None, 0.0)
    got = float(loss(np.array([0.9]), np.array([[0.8]])))
    assert got == pytest.approx(-0.9 * np.log(0.8) - 0.1 * np.log(0.2), rel=1e-6)


@pytest.mark.parametrize("loss", [FocalLoss(None), LogitAdjustedLoss([0.2, 0.3, 0.5])], ids=lambda loss: loss.name)
def test_what_is_no_class_makes_the_loss_nan(loss: Any) -> None:
    outputs = np.full((2, 3), 1 / 3)
    for y in ([0, 3], [-1, 0], [0.5, 0], [float("nan"), 0], [[0, 0, 0], [1, 0, 0]], [[1, 1, 0], [1, 0, 0]]):
        assert np.isnan(float(loss(np.array(y), outputs)))
    binary = FocalLoss(None)
    for y in ([-1, 1], [2, 0], [float("nan"), 0]):
        assert np.isnan(float(binary(np.array(y), np.array([[0.5], [0.5]]))))


def test_shapes_that_do_not_fit_are_refused() -> None:
    outputs = np.full((2, 3), 1 / 3)
    with pytest.raises(ValueError, match=r"targets have shape \(2, 4\)"):
        FocalLoss(None)(np.eye(4)[:2], outputs)
    with pytest.raises(ValueError, match="One unit takes targets 0 and 1"):
        FocalLoss(None)(np.eye(2), np.array([[0.5], [0.5]]))
    with pytest.raises(ValueError, match="alpha has 2 values, but the network tells 3 classes apart"):
        FocalLoss(0.25)(np.array([0, 1]), outputs)
    with pytest.raises(ValueError, match="prior has 2 values, but the network tells 3 classes apart"):
        LogitAdjustedLoss(0.1)(np.array([0, 1]), outputs)


def gradient(loss: Any, y: Any, outputs: Any) -> np.ndarray:
    """The derivative of the loss, from the back-end: Keras has no function of its own for it."""
    y, outputs = np.array(y), np.asarray(outputs, np.float32)
    value, slope = SLOPES[keras.backend.backend()](lambda outputs: loss(y, outputs), outputs)
    assert np.isfinite(value)
    return np.asarray(slope)


def slope_in_tensorflow(function: Any, outputs: np.ndarray) -> Any:
    import tensorflow

    outputs = tensorflow.constant(outputs)
    with tensorflow.GradientTape() as tape:
        tape.watch(outputs)
        value = function(outputs)
    return value, tape.gradient(value, outputs)


def slope_in_jax(function: Any, outputs: np.ndarray) -> Any:
    import jax

    return jax.value_and_grad(function)(jax.numpy.asarray(outputs))


def slope_in_torch(function: Any, outputs: np.ndarray) -> Any:
    import torch

    tensor = torch.tensor(outputs, requires_grad=True)
    value = function(tensor)
    value.backward()
    return float(value.detach()), tensor.grad


SLOPES = {"tensorflow": slope_in_tensorflow, "jax": slope_in_jax, "torch": slope_in_torch}


@pytest.mark.parametrize("gamma", [0.0, 0.3, 1.0, 2.0])
def test_gradients_are_finite_at_the_extremes(gamma: float) -> None:
    from_logits = [FocalLoss(2.0 / 3, gamma, from_logits=True), LogitAdjustedLoss(0.001, from_logits=True)]
    for loss in from_logits:
        for logit in (-1e4, -50, 0, 50, 1e4):
            for y in (0, 1):
                assert np.isfinite(gradient(loss, [y], [[logit]])).all()
        # Where the network is wrong altogether, it is told so.
        assert gradient(loss, [1], [[-1e4]])[0, 0] < -0.5
        assert gradient(loss, [0], [[1e4]])[0, 0] > 0.3
    for loss in (FocalLoss([1, 2, 3], gamma, from_logits=True), LogitAdjustedLoss([0.9, 0.09, 0.01], from_logits=True)):
        for y in (0, 1, 2):
            for logits in ([1e4, -1e4, 0], [0, 1e4, 1e4], [0, 0, 0]):
                assert np.isfinite(gradient(loss, [y], [logits])).all()
    for loss in (FocalLoss(0.9, gamma), LogitAdjustedLoss(0.001)):
        for y in (0, 1):
            for p in (0.0, 1e-9, 0.5, 1.0):
                assert np.isfinite(gradient(loss, [y], [[p]])).all()
    for y in (0, 1, 2):
        assert np.isfinite(gradient(FocalLoss(None, gamma), [y], [[0.0, 0.0, 1.0]])).all()


def test_the_gradient_is_that_of_the_formula() -> None:
    y, _, logits = rows("sparse", seed=3)
    loss = FocalLoss([1.0, 2.0, 3.0, 4.0], 2.0, from_logits=True, reduction="sum")
    got = gradient(loss, y, logits)
    step = 1e-6
    for column in range(CLASSES):
        up, down = logits.astype(float), logits.astype(float)
        up[:, column] += step
        down[:, column] -= step
        alpha = np.arange(1.0, CLASSES + 1)
        rise = focal(y, log_softmax(up, axis=1), alpha, 2.0) - focal(y, log_softmax(down, axis=1), alpha, 2.0)
        np.testing.assert_allclose(got[:, column], rise / (2 * step), atol=1e-5)


def test_the_inverse_puts_the_prior_back() -> None:
    rng = np.random.default_rng(0)
    p = rng.dirichlet([1, 1, 1], 20)
    prior = [0.7, 0.2, 0.1]
    loss = LogitAdjustedLoss(prior)
    expected = correct_prior(p, [1, 1, 1], prior)
    np.testing.assert_allclose(loss.probabilities(p), expected, rtol=1e-5)
    from_logits = LogitAdjustedLoss(prior, from_logits=True)
    np.testing.assert_allclose(from_logits.probabilities(np.log(p)), expected, rtol=1e-5)
    binary = LogitAdjustedLoss(0.1).probabilities(p[:, :1])
    np.testing.assert_allclose(binary[:, 0], 0.1 * p[:, 0] / (0.1 * p[:, 0] + 0.9 * (1 - p[:, 0])), rtol=1e-5)


def test_logit_adjustment_learns_the_balanced_probability_and_gives_back_the_true_one() -> None:
    """One bias, 90 : 10: what is learned is even odds, what is given back the share."""
    X, y = np.zeros((100, 1), np.float32), np.repeat([0, 1], [90, 10])
    loss = LogitAdjustedLoss.from_labels(y, from_logits=True)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, bias_initializer="ones")])
    # Nearly Newton steps: 11 is one by the curvature 0.1 * 0.9.
    model.compile(keras.optimizers.SGD(11.0), loss)
    model.fit(X, y, epochs=8, batch_size=100, verbose=0)
    logits = model.predict(X[:1], verbose=0)
    assert logits[0, 0] == pytest.approx(0, abs=1e-3)
    assert loss.probabilities(logits)[0, 0] == pytest.approx(0.1, abs=1e-3)


LOSSES = {
    "focal": lambda y, **how: FocalLoss.from_labels(y, gamma=1.5, **how),
    "smooth": lambda y, **how: FocalLoss.from_labels(y, label_smoothing=0.1, dtype="float32", **how),
    "focal without alpha": lambda y, **how: FocalLoss(None, **how),
    "logit-adjusted": lambda y, **how: LogitAdjustedLoss.from_labels(y, tau=0.5, **how),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", cases.rest_slow(LOSSES))
def test_training_saving_and_loading(name: str, kind: str, tmp_path: Path) -> None:
    y, _, logits = rows(kind)
    rng = np.random.default_rng(1)
    X = rng.normal(size=(ROWS, 3)).astype(np.float32)
    loss = LOSSES[name](y, from_logits=True, name="mine", reduction="sum")
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(logits.shape[1])])
    model.compile("sgd", loss)
    history = model.fit(X, y, batch_size=16, sample_weight=np.ones(ROWS), verbose=0)
    assert np.isfinite(history.history["loss"][0])
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.loss.get_config() == loss.get_config()
    assert type(loaded.loss) is type(loss)
    assert loaded.evaluate(X, y, verbose=0) == pytest.approx(model.evaluate(X, y, verbose=0))


def test_sample_weights_are_honoured() -> None:
    y, _, logits = rows("binary")
    loss = FocalLoss(None, from_logits=True, reduction="sum")
    weight = np.arange(ROWS) % 3
    expected = loss(np.repeat(y, weight), np.repeat(logits, weight, axis=0))
    np.testing.assert_allclose(loss(y, logits, sample_weight=weight), expected, rtol=1e-5)


def test_half_precision_outputs_are_computed_in_single() -> None:
    y, _, logits = rows("binary")
    half = ops.convert_to_tensor(logits.astype(np.float16))
    loss = FocalLoss(None, from_logits=True)
    assert float(loss(y, half)) == pytest.approx(float(loss(y, logits)), rel=1e-3)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: FocalLoss(None, gamma=-1), "gamma must be a number from 0, but it is -1"),
        (lambda: FocalLoss(1.5), "alpha must be the weight of class 1, from 0 to 1"),
        (lambda: FocalLoss([1, -1]), "alpha must be"),
        (lambda: FocalLoss("balanced"), "it is 'balanced'. class_weights makes the weights of the labels"),
        (lambda: FocalLoss({0: 1.0, 1: 9.0}), "alpha must be"),
        (lambda: LogitAdjustedLoss("balanced"), "prior must be the share of class 1"),
        (lambda: FocalLoss([1, float("nan")]), "alpha must be"),
        (lambda: LogitAdjustedLoss(0.0), "prior must be the share of class 1, above 0"),
        (lambda: LogitAdjustedLoss([0.5, 0.6]), "add up to 1"),
        (lambda: LogitAdjustedLoss([1.0]), "prior must be"),
        (lambda: LogitAdjustedLoss(0.5, tau=float("inf")), "tau must be a finite number"),
        (lambda: LogitAdjustedLoss.from_labels([1, 1]), "at least 2 classes"),
    ],
)
def test_wrong_arguments(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("from_logits", [False, True])
def test_several_labels_a_row(from_logits: bool) -> None:
    rng = np.random.default_rng(2)
    y = (rng.random((ROWS, 3)) < [0.5, 0.2, 0.1]).astype(int)
    y[0], y[1] = 0, 1
    logits = rng.normal(0, 2, (ROWS, 3)).astype(np.float32)
    outputs = logits if from_logits else expit(logits)
    loss = FocalLoss.from_labels(y, 1.5, multi_label=True, from_logits=from_logits)
    got = FocalLoss.from_config({**loss.get_config(), "reduction": None})(y, outputs)
    n, n_present = len(y), y.sum(axis=0)
    np.testing.assert_allclose(loss.alpha, np.column_stack([n / (2 * (n - n_present)), n / (2 * n_present)]))
    each = [
        focal(y[:, j], np.column_stack([np.log(expit(-z)), np.log(expit(z))]), np.array(loss.alpha[j]), 1.5)
        for j, z in enumerate(logits.T.astype(float))
    ]
    np.testing.assert_allclose(ops.convert_to_numpy(got), np.mean(each, axis=0), rtol=2e-4)
    assert np.isnan(float(loss(np.full((2, 3), 2), outputs[:2])))
    with pytest.raises(ValueError, match=r"which does not fit outputs of shape \(40, 3\): with several labels a row"):
        loss(y[:, :2], outputs)


def test_one_weight_for_all_labels() -> None:
    y, outputs = np.array([[0, 1]]), np.array([[0.3, 0.6]], np.float32)
    got = float(FocalLoss(0.75, 0.0, multi_label=True)(y, outputs))
    assert got == pytest.approx(-(0.25 * np.log(0.7) + 0.75 * np.log(0.6)) / 2)
    with pytest.raises(ValueError, match="alpha has 3 rows, but the network has 2 labels"):
        FocalLoss([[1, 1]] * 3, multi_label=True)(y, outputs)
    with pytest.raises(ValueError, match="With multi_label, y must be a matrix of 0 and 1"):
        FocalLoss.from_labels([0, 1], multi_label=True)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
def test_label_smoothing_is_that_of_keras(smoothing: float) -> None:
    rng = np.random.default_rng(4)
    y, p = rng.integers(0, 2, ROWS), rng.random((ROWS, 1)).astype(np.float32) * 0.8 + 0.1
    keras_binary = keras.losses.BinaryCrossentropy(label_smoothing=smoothing)
    expected = pytest.approx(float(keras_binary(y.reshape(-1, 1), p)), rel=1e-5)
    assert float(FocalLoss(None, 0.0, label_smoothing=smoothing)(y, p)) == expected
    assert float(LogitAdjustedLoss(0.5, label_smoothing=smoothing)(y, p)) == expected
    assert float(FocalLoss(None, 0.0, multi_label=True, label_smoothing=smoothing)(y.reshape(-1, 1), p)) == expected
    y, p = np.eye(4)[rng.integers(0, 4, ROWS)], rng.dirichlet([2] * 4, ROWS).astype(np.float32)
    keras_categorical = keras.losses.CategoricalCrossentropy(label_smoothing=smoothing)
    expected = pytest.approx(float(keras_categorical(y, p)), rel=1e-5)
    assert float(FocalLoss(None, 0.0, label_smoothing=smoothing)(y, p)) == expected
    for make in (FocalLoss(None), LogitAdjustedLoss(0.5)):
        with pytest.raises(ValueError, match="label_smoothing must be a number from 0 to 1, but it is 2"):
            type(make).from_config({**make.get_config(), "label_smoothing": 2})


@pytest.mark.parametrize("make", [lambda **how: FocalLoss(None, **how), lambda **how: LogitAdjustedLoss(0.1, **how)])
def test_a_loss_is_computed_in_the_dtype_asked_for(make: Any) -> None:
    y, p = np.array([0, 1]), np.array([[0.3], [0.6]])
    assert keras.backend.standardize_dtype(make(dtype="bfloat16")(y, p).dtype) == "bfloat16"
    assert type(make()).from_config(make(dtype="float16").get_config()).dtype == "float16"
