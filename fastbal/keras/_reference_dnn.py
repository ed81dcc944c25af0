"""The small network that published comparisons of remedies use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import keras
import numpy as np


def reference_dnn(
    n_features: int,
    hidden: Sequence[int] = (26, 15),
    n_classes: int = 2,
    *,
    loss: Any = None,
    optimizer: Any = "adam",
    metrics: Sequence[Any] | None = None,
    initial_bias: Any = None,
) -> Any:
    """A compiled network of fully connected layers: the reference of published comparisons.

    Published are ``hidden=(26, 15)``, trained for 100 epochs in batches of 32, and ``hidden=(16,)``, trained for 5
    epochs; both with relu in between, a sigmoid unit at the end, Adam, and binary cross-entropy.
    ``keras.utils.set_random_seed`` beforehand makes the same network each time, and the same training.

    Parameters
    ----------
    n_features : int
        Columns of the table.
    hidden : sequence of int, default=(26, 15)
        Units of each hidden layer.
    n_classes : int, default=2
        With two classes one sigmoid unit, with more a softmax unit for each.
    loss : str or keras.losses.Loss, default=None
        The loss, for probabilities. None for binary cross-entropy, or, with more than two classes, the sparse
        categorical one, whose targets are class codes.
    optimizer : str or keras.optimizers.Optimizer, default="adam"
        As in ``compile``.
    metrics : sequence, default=None
        As in ``compile``.
    initial_bias : float or array-like of shape (n_classes,), default=None
        The bias the last layer starts with: what the function `initial_bias` returns. None for 0.

    Returns
    -------
    keras.Sequential

    Raises
    ------
    ValueError
        If `n_classes` is less than 2, `hidden` is no sequence, or `initial_bias` has not a number for each last unit.

    Examples
    --------
    >>> from fastbal.keras import reference_dnn
    >>> model = reference_dnn(20)
    >>> [layer.units for layer in model.layers], model.count_params()
    ([26, 15, 1], 967)
    """
    if n_classes < 2:
        raise ValueError(f"n_classes must be 2 or more, but it is {n_classes}.")
    if isinstance(hidden, str) or not isinstance(hidden, Iterable):
        raise ValueError(f"hidden must be the units of each hidden layer, such as (26, 15) or (16,), not {hidden!r}.")
    last = (1, "sigmoid") if n_classes == 2 else (n_classes, "softmax")
    if np.size(initial_bias) not in (1, last[0]):
        raise ValueError(
            f"initial_bias has {np.size(initial_bias)} numbers, but the last layer has {last[0]} units. For labels "
            "that are not one-hot, initial_bias(y) returns as many as are needed."
        )
    bias = "zeros" if initial_bias is None else keras.initializers.Constant(initial_bias)
    model = keras.Sequential(
        [
            keras.Input((n_features,)),
            *(keras.layers.Dense(units, "relu") for units in hidden),
            keras.layers.Dense(*last, bias_initializer=bias),
        ]
    )
    if loss is None:
        loss = "binary_crossentropy" if n_classes == 2 else "sparse_categorical_crossentropy"
    model.compile(optimizer=optimizer, loss=loss, metrics=metrics)
    return model
