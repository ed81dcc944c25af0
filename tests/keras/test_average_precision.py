"""Average precision in the logs, exactly, and of use to other callbacks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from fastbal.keras import AveragePrecision

pytestmark = pytest.mark.usefixtures("without_graphs")


def network(units: int, activation: str, loss: str) -> Any:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(units, activation)])
    model.compile("sgd", loss)
    return model


def rows(n_classes: int = 2) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    y = rng.integers(0, n_classes, 90)
    return rng.normal(size=(90, 3)).astype(np.float32) + y.reshape(-1, 1), y


@pytest.mark.parametrize("shape", ["flat", "column", "one-hot"])
def test_it_is_scikit_learns(shape: str) -> None:
    X, y = rows()
    weight = np.random.default_rng(1).random(len(y))
    targets = {"flat": y, "column": y.reshape(-1, 1), "one-hot": np.eye(2)[y]}[shape]
    if shape == "one-hot":
        model = network(2, "softmax", "categorical_crossentropy")
    else:
        model = network(1, "sigmoid", "binary_crossentropy")
    callbacks = [AveragePrecision((X, targets)), AveragePrecision((X, targets, weight), name="val_weighted")]
    history = model.fit(X, targets, epochs=2, callbacks=callbacks, verbose=0).history
    scores = model.predict(X, verbose=0)[:, -1]
    assert len(history["val_average_precision"]) == 2
    assert history["val_average_precision"][-1] == pytest.approx(average_precision_score(y, scores))
    assert history["val_weighted"][-1] == pytest.approx(average_precision_score(y, scores, sample_weight=weight))


def test_several_classes_are_averaged() -> None:
    X, y = rows(3)
    model = network(3, "softmax", "sparse_categorical_crossentropy")
    history = model.fit(X, y, callbacks=[AveragePrecision((X, y))], verbose=0).history
    scores = model.predict(X, verbose=0)
    expected = np.mean([average_precision_score(y == label, scores[:, label]) for label in range(3)])
    assert history["val_average_precision"][-1] == pytest.approx(expected)


def test_callbacks_after_it_can_use_it(tmp_path: Path) -> None:
    X, y = rows()
    model = network(1, "sigmoid", "binary_crossentropy")
    callbacks = [
        AveragePrecision((X, y)),
        keras.callbacks.EarlyStopping("val_average_precision", mode="max", min_delta=1.0, patience=1),
        keras.callbacks.ModelCheckpoint(
            tmp_path / "{epoch}.keras", "val_average_precision", mode="max", save_best_only=True
        ),
    ]
    history = model.fit(X, y, epochs=9, callbacks=callbacks, verbose=0).history
    assert len(history["val_average_precision"]) == 2
    assert (tmp_path / "1.keras").exists()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (np.ones((2, 3)), "validation_data must be"),
        ((np.ones((2, 3)),), "validation_data must be"),
        ((np.ones((2, 3)), ["no", "yes"]), "class codes from 0"),
        ((np.ones((2, 3)), [-1, 1]), "class codes from 0"),
        ((np.ones((2, 3)), [0, 0]), "at least 2 classes"),
        ((np.ones((2, 3)), [0, 1], [1.0]), "2 targets, but 1 sample weights"),
    ],
)
def test_wrong_validation_data(data: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        AveragePrecision(data)


def test_targets_that_do_not_fit_the_network() -> None:
    X, y = rows()
    model = network(1, "sigmoid", "binary_crossentropy")
    with pytest.raises(ValueError, match="tells 2 classes apart"):
        model.fit(X, y, callbacks=[AveragePrecision((X, y + 1))], verbose=0)
    with pytest.raises(ValueError, match="90 rows to predict"):
        model.fit(X, y, callbacks=[AveragePrecision((X, y[:-1]))], verbose=0)
