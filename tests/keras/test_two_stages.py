"""Weights that come late, and the head trained once more: against losses and gradients by hand."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from fastbal.keras import BalancedBatches, Decision, DeferredReweighting, FocalLoss, RetrainHead, class_weights
from fastbal.over_sampling import RandomOverSampler

RNG = np.random.default_rng(0)
Y = (np.arange(60) % 6 == 0).astype(int)
X = (RNG.normal(size=(60, 3)) + Y[:, None]).astype(np.float32)


def network(learning_rate: float, loss: Any) -> Any:
    layers = [keras.layers.Dense(4, "relu", name="body"), keras.layers.Dense(1, "sigmoid", name="head")]
    model = keras.Sequential([keras.Input((3,)), *layers, Decision()])
    model.compile(keras.optimizers.SGD(learning_rate), loss)
    return model


@pytest.mark.slow
def test_weights_come_in_the_epoch_that_is_stated() -> None:
    keras.utils.set_random_seed(0)
    model = network(0.0, FocalLoss(None, gamma=0.0))
    for _ in range(2):  # a second training begins without weights, too
        callback = DeferredReweighting(Y, start=2)
        got = model.fit(X, Y, batch_size=60, epochs=4, callbacks=[callback], verbose=0).history["loss"]
        p = model.predict(X, verbose=0)[:, 0].astype(float)
        each = -np.log(np.where(Y, p, 1 - p))
        weight = np.array(list(class_weights(Y, "effective", beta=0.9999).weights.values()))[Y]
        np.testing.assert_allclose(got, [each.mean()] * 2 + [(weight * each).mean()] * 2, rtol=1e-4)


def test_weights_of_a_loss_without_any() -> None:
    model = network(0.0, "binary_crossentropy")
    with pytest.raises(ValueError, match="sets the weights of a FocalLoss of classes, but the model's loss is"):
        model.fit(X, Y, callbacks=[DeferredReweighting(Y, start=1)], verbose=0)


def test_the_head_is_made_anew_and_trained_alone() -> None:
    """One step of gradient descent from zeros: ``lr * mean((y - 1/2) * features)``."""
    keras.utils.set_random_seed(1)
    model = network(0.1, "binary_crossentropy")
    body, head = model.get_layer("body"), model.get_layer("head")
    head.kernel_initializer = keras.initializers.Zeros()
    batches = BalancedBatches(X, Y, sampler=RandomOverSampler(), batch_size=1000, random_state=0)
    retrain = RetrainHead(batches, epochs=1)
    before = model.optimizer
    history = model.fit(X, Y, epochs=2, callbacks=[retrain], verbose=0)
    rows, labels = batches._batches.batch(
        batches.epoch - 1, 0
    )  # of a single one Keras may have taken a look at the first
    weights, bias = body.get_weights()
    features = np.maximum(rows @ weights + bias, 0)
    error = labels - 0.5
    np.testing.assert_allclose(head.get_weights()[0][:, 0], 0.1 * (features * error[:, None]).mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(head.get_weights()[1], [0.1 * error.mean()], atol=1e-6)
    assert body.trainable
    assert model.optimizer is before
    assert len(history.history["loss"]) == 2
    assert len(retrain.history_.history["loss"]) == 1
    model.fit(X, Y, verbose=0)
    assert not np.array_equal(body.get_weights()[0], weights), "the model is trained as a whole again"


def test_a_head_that_is_not_there() -> None:
    model = network(0.1, "binary_crossentropy")
    with pytest.raises(ValueError, match=r"but it is 'top'. There are \['body', 'head'\]"):
        model.fit(X, Y, callbacks=[RetrainHead(BalancedBatches(X, Y), head="top")], verbose=0)
