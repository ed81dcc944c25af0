"""A threshold and a training prior that are saved with the model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
from numpy.typing import NDArray

from fastbal.calibration import correct_prior
from fastbal.keras._prior import read_prior


@keras.saving.register_keras_serializable(package="fastbal")
class Decision(keras.layers.Layer):
    """Last layer that changes nothing and remembers how to read the outputs.

    Its two numbers are weights that are not trained: whatever saves and loads a model's weights, in whatever format,
    saves and loads them. `TuneThreshold` sets them, `read_decision`, `predict_labels` and `predict_probability` read
    them. Before ``keras.models.load_model``, ``import fastbal.keras``.

    Parameters
    ----------
    **kwargs : dict
        `name` and what else every Keras layer takes.

    Examples
    --------
    >>> import keras
    >>> from fastbal.keras import Decision
    >>> model = keras.Sequential([keras.Input((20,)), keras.layers.Dense(1, "sigmoid"), Decision()])
    """

    def __init__(self, **kwargs: Any) -> None:
        # Outputs pass as they are, also where Keras computes in half precision.
        super().__init__(**{"autocast": False, **kwargs})
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        """Make the two weights.

        Parameters
        ----------
        input_shape : tuple
            Ignored.
        """
        self.threshold = self._number("threshold", 0.5)
        self.training_prior = self._number("training_prior", float("nan"))
        super().build(input_shape)

    def _number(self, name: str, value: float) -> Any:
        initializer = keras.initializers.Constant(value)
        return self.add_weight(shape=(), initializer=initializer, dtype="float32", trainable=False, name=name)

    def call(self, inputs: Any) -> Any:
        """The inputs.

        Parameters
        ----------
        inputs : tensor
            The network's outputs.

        Returns
        -------
        tensor
        """
        return inputs


class ReadDecision(NamedTuple):
    """What `read_decision` returns.

    Attributes
    ----------
    threshold : float
        A row is of class 1 if the network's output is greater.
    training_prior : float
        The share of class 1 that the network was trained with.
    """

    threshold: float
    training_prior: float


def decision_layer(model: Any) -> Decision:
    """The `Decision` layer of a model, also inside of models that are its layers."""
    found = list(_decision_layers(model))
    if len(found) != 1:
        raise ValueError(
            f"The model must have one Decision layer, to carry threshold and training prior, but it has {len(found)}. "
            "Make it the last layer: keras.Sequential([..., keras.layers.Dense(1, 'sigmoid'), Decision()])."
        )
    return found[0]


def _decision_layers(model: Any) -> Iterator[Decision]:
    for layer in model.layers:
        if isinstance(layer, Decision):
            yield layer
        elif hasattr(layer, "layers"):
            yield from _decision_layers(layer)


def read_decision(model: Any) -> ReadDecision:
    """The threshold and the training prior of a model.

    Parameters
    ----------
    model : keras.Model
        With a `Decision` layer, trained with `TuneThreshold`.

    Returns
    -------
    ReadDecision
        Named tuple of `threshold` and `training_prior`.

    Raises
    ------
    ValueError
        If the model has no `Decision` layer, or `TuneThreshold` has not been there.
    """
    decision = ReadDecision(*(float(weight) for weight in decision_layer(model).get_weights()))
    if np.isnan(decision.training_prior):
        raise ValueError(
            "The model's Decision layer has not been set. Train with the callback "
            "TuneThreshold((X_val, y_val), training_prior=...)."
        )
    return decision


def predict_labels(model: Any, X: Any, classes: Sequence[Any] = (0, 1), batch_size: int = 1024) -> NDArray[Any]:
    """The class of each row, by the threshold that is saved with the model.

    Parameters
    ----------
    model : keras.Model
        With a `Decision` layer, trained with `TuneThreshold`.
    X : array-like of shape (n_rows, n_columns)
        The rows.
    classes : sequence of 2 labels, default=(0, 1)
        What to call the classes: the `classes` that `class_weights` has returned.
    batch_size : int, default=1024
        Rows predicted at a time.

    Returns
    -------
    ndarray of shape (n_rows,)

    Raises
    ------
    ValueError
        If the model has no `Decision` layer, `TuneThreshold` has not been there, or there are not two labels.
    """
    if len(classes) != 2:
        raise ValueError(f"classes must be the 2 labels, that of class 0 first, but there are {len(classes)}.")
    threshold = read_decision(model).threshold
    is_positive = _outputs_of_class_1(model, X, batch_size) > threshold
    labels: NDArray[Any] = np.asarray(classes)[is_positive.astype(int)]
    return labels


def predict_probability(model: Any, X: Any, prior: float, batch_size: int = 1024) -> NDArray[np.floating[Any]]:
    """The probability of class 1 where it is as common as `prior` says, not as common as in training.

    A network trained on a balanced table believes that half of the world is of class 1. With the share in training
    known, that can be taken back [1]_: the odds are multiplied by the odds of `prior` and divided by those of training.

    Parameters
    ----------
    model : keras.Model
        With a `Decision` layer, trained with `TuneThreshold`, that returns probabilities.
    X : array-like of shape (n_rows, n_columns)
        The rows.
    prior : float
        The share of class 1 where the probabilities will be used; that of the table before it was balanced, as a rule.
    batch_size : int, default=1024
        Rows predicted at a time.

    Returns
    -------
    ndarray of shape (n_rows,), float64

    Raises
    ------
    ValueError
        If the model has no `Decision` layer, `TuneThreshold` has not been there, the outputs are no probabilities, or
        `prior` is not between 0 and 1.

    References
    ----------
    .. [1] C. Elkan, "The Foundations of Cost-Sensitive Learning", IJCAI 2001, theorem 2.
    """
    shares, training_shares = read_prior(prior), read_prior(read_decision(model).training_prior)
    p = _outputs_of_class_1(model, X, batch_size).astype(float)
    if len(p) and not (p.min() >= 0 and p.max() <= 1):
        raise ValueError(
            f"The model's outputs must be probabilities to be corrected, but they reach from {p.min():.4g} to "
            f"{p.max():.4g}. Give the last layer a sigmoid."
        )
    return correct_prior(np.column_stack([1 - p, p]), training_shares, shares)[:, 1]


def _outputs_of_class_1(model: Any, X: Any, batch_size: int) -> NDArray[Any]:
    outputs: NDArray[Any] = model.predict(X, batch_size=batch_size, verbose=0)
    return outputs.reshape(len(outputs), -1)[:, -1]
