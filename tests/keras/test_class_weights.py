"""Class weights, the encoded target, and the bias that goes with it."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight

from fastbal.keras import class_weights, initial_bias

CODES = np.array([0, 1, 0, 0])
TARGETS: dict[str, tuple[Any, list[Any]]] = {
    "numbers": (CODES, [0, 1]),
    "minus one and one": (2 * CODES - 1, [-1, 1]),
    "whole floats": (CODES.astype(float), [0.0, 1.0]),
    "booleans": (CODES == 1, [False, True]),
    "strings": (np.array(["no", "yes"])[CODES], ["no", "yes"]),
    "objects": (np.array(["no", "yes"], dtype=object)[CODES], ["no", "yes"]),
    "list": (["no", "yes", "no", "no"], ["no", "yes"]),
    "column": (CODES.reshape(-1, 1), [0, 1]),
    "nullable integers": (pd.Series(CODES, dtype="Int64"), [0, 1]),
    "nullable booleans": (pd.Series(CODES == 1, dtype="boolean"), [False, True]),
    "categorical": (pd.Series(pd.Categorical.from_codes(CODES, ["no", "yes"])), ["no", "yes"]),
    "polars": (pl.Series(["no", "yes", "no", "no"]), ["no", "yes"]),
}


@pytest.mark.parametrize("name", TARGETS)
def test_labels_of_any_kind(name: str) -> None:
    y, labels = TARGETS[name]
    got = class_weights(y)
    assert got.weights == pytest.approx({0: 4 / (2 * 3), 1: 4 / (2 * 1)})
    assert got.y.tolist() == CODES.tolist()
    assert got.y.dtype == np.int32
    assert got.classes.tolist() == labels
    assert got.classes[got.y].tolist() == np.asarray(y).ravel().tolist()


@pytest.mark.parametrize("dtype", [bool, np.int64, np.float32])
def test_one_hot_stays_one_hot(dtype: Any) -> None:
    y = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]], dtype)
    got = class_weights(y, {0: 1.0, 1: 2.0, 2: 3.0})
    assert got.weights == {0: 1.0, 1: 2.0, 2: 3.0}
    assert np.array_equal(got.y, y)
    assert got.classes.tolist() == [0, 1, 2]
    assert class_weights(y).weights == pytest.approx({0: 4 / 6, 1: 4 / 3, 2: 4 / 3})


def test_the_published_example() -> None:
    weights = class_weights(np.repeat([0, 1], [7602, 398])).weights
    assert round(weights[0], 3) == 0.526
    assert round(weights[1], 2) == 10.05


def test_weights_by_name() -> None:
    got = class_weights(["buy", "don't buy", "buy"], {"buy": 0.75, "don't buy": 0.25})
    assert got.weights == {0: 0.75, 1: 0.25}
    assert got.y.tolist() == [0, 1, 0]


def test_the_positive_class_can_be_named() -> None:
    got = class_weights(["buy", "don't buy", "don't buy"], {"buy": 0.75, "don't buy": 0.25}, pos_label="buy")
    assert got.weights == {0: 0.25, 1: 0.75}
    assert got.y.tolist() == [1, 0, 0]
    assert got.classes.tolist() == ["don't buy", "buy"]
    assert class_weights([0, 1], pos_label=1).y.tolist() == [0, 1]


@given(st.lists(st.integers(1, 200), min_size=2, max_size=6))
def test_named_schemes_by_their_formulas(counts: list[int]) -> None:
    y, n = np.repeat(np.arange(len(counts)), counts), np.array(counts, float)
    formulas = {
        "balanced": n.sum() / (len(n) * n),
        "sqrt": 1 / np.sqrt(n),
        "effective": (1 - 0.999) / (1 - 0.999**n),
    }
    for scheme, raw in formulas.items():
        expected = raw * n.sum() / (raw * n).sum()
        got = np.array(list(class_weights(y, scheme).weights.values()))
        np.testing.assert_allclose(got, expected, rtol=1e-9)
    balanced = compute_class_weight("balanced", classes=np.arange(len(n)), y=y)
    np.testing.assert_allclose(list(class_weights(y).weights.values()), balanced)


def test_beta_goes_from_equal_weights_to_balanced() -> None:
    y = np.repeat([0, 1], [90, 10])
    assert class_weights(y, "effective", beta=0.0).weights == {0: 1.0, 1: 1.0}
    nearly = class_weights(y, "effective", beta=1 - 1e-12).weights
    assert nearly == pytest.approx(class_weights(y).weights, rel=1e-6)


@pytest.mark.parametrize(
    ("y", "scheme", "message"),
    [
        (["buy", "don't buy"], {"buy": 1.0}, 'has none for "don\'t buy"'),
        (["buy", "don't buy"], {"buy": 1.0, "dont buy": 1.0}, 'did you mean "don\'t buy"'),
        ([0, 1], {"0": 1.0, "1": 1.0}, "There is no class '0', '1'; did you mean 0?"),
        ([0, 1], {0: 1.0, 1: 1.0, "zebra": 1.0}, "There is no class 'zebra': the classes are 0, 1."),
        ([-1, 1], {0: 1.0, 1: 9.0}, "has none for -1. There is no class 0"),
        ([0, 1], {0: 1.0, 1: -1.0}, "that of 1 is -1.0"),
        ([0, 1], {0: 1.0, 1: float("nan")}, "that of 1 is nan"),
        ([0, 1], {0: 1.0, 1: "9"}, "that of 1 is '9'"),
        ([0, 1], "balance", "Did you mean 'balanced'"),
        ([0, 1], None, "but it is None"),
        ([0, 0], "balanced", "at least 2 classes, but it has 1"),
        ([], "balanced", "at least 2 classes, but it has 0"),
        (["a", None], "balanced", "missing"),
        ([0.5, 1.5], "balanced", "continuous"),
        (np.array([[1, 0, 0], [0, 1, 0]]), "balanced", "column 2 has none"),
        (np.array([[1, 0], [0, 1], [0, 0]]), "balanced", "1 of 3 have none, the first of them row 2"),
        (np.array([[1, 1], [0, 1]]), "balanced", "row 0 of y has 2 labels"),
    ],
)
def test_nothing_gets_weight_1_in_silence(y: Any, scheme: Any, message: str) -> None:
    with pytest.raises(ValueError, match=".*".join(map(_escaped, message.split(".*")))):
        class_weights(y, scheme)


def _escaped(text: str) -> str:
    import re

    return re.escape(text)


def test_wrong_beta_and_wrong_positive_label() -> None:
    with pytest.raises(ValueError, match="beta must be in"):
        class_weights([0, 1], "effective", beta=1.0)
    with pytest.raises(ValueError, match="pos_label must be a label of y, 0, 1, but it is 'yes'"):
        class_weights([0, 1], pos_label="yes")
    with pytest.raises(ValueError, match="has 3 classes"):
        class_weights([0, 1, 2], pos_label=1)
    with pytest.raises(ValueError, match="is one-hot"):
        class_weights(np.eye(2), pos_label=1)


def test_keras_weighs_the_rows_as_asked() -> None:
    """Training with weights by name moves a bias as far as training with repeated rows."""
    X = np.ones((4, 1), np.float32)
    weights, y, _ = class_weights(["a", "b", "b", "b"], {"a": 3.0, "b": 1.0})
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, "sigmoid", kernel_initializer="zeros")])
    model.compile(keras.optimizers.SGD(1.0), "binary_crossentropy")
    model.fit(X, y, class_weight=weights, batch_size=4, verbose=0)
    assert model.layers[-1].bias.numpy()[0] == pytest.approx(0, abs=1e-6)


def test_initial_bias_is_what_an_untrained_network_predicts() -> None:
    assert initial_bias([0, 0, 0, 1]) == pytest.approx(np.log(1 / 3))
    y = np.repeat([0, 1, 2], [70, 20, 10])
    bias = initial_bias(y)
    np.testing.assert_allclose(np.exp(bias), [0.7, 0.2, 0.1])
    np.testing.assert_allclose(initial_bias(np.eye(3)[y]), bias)
    np.testing.assert_allclose(np.exp(initial_bias(np.eye(2)[[0, 0, 0, 1]])), [0.75, 0.25])
    with pytest.raises(ValueError, match="at least 2 classes"):
        initial_bias([1, 1])
