"""A threshold and a training prior that are saved with the model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from fastbal._networks.prior import read_prior
from fastbal.calibration import correct_prior
from fastbal.keras._saved import SavedByName


@keras.saving.register_keras_serializable(package="fastbal")
class Decision(SavedByName, keras.layers.Layer):
    """Last layer that changes nothing and remembers how to read the outputs.

    Its thresholds and training priors are weights that are not trained: whatever saves and loads a model's weights, in
    whatever format, saves and loads them. `TuneThreshold` sets them, `read_decision`, `predict_labels` and
    `predict_probability` read them, `deciding_model` builds them into a graph. Before ``keras.models.load_model``,
    ``import fastbal.keras``.

    After one or two units there is one threshold: a row is of class 1 if the (last) output is greater. After more, a
    threshold for each class: a row is of the class whose output is the greatest in relation to its threshold.

    Parameters
    ----------
    multi_label : bool, default=False
        Whether each unit stands for a label of its own, of which a row may have several: then a row has those whose
        outputs are greater than their thresholds.
    **kwargs : dict
        `name` and what else every Keras layer takes.

    Examples
    --------
    >>> import keras
    >>> from fastbal.keras import Decision
    >>> model = keras.Sequential([keras.Input((20,)), keras.layers.Dense(1, "sigmoid"), Decision()])
    """

    def __init__(self, multi_label: bool = False, **kwargs: Any) -> None:
        # Outputs pass as they are, also where Keras computes in half precision.
        super().__init__(**{"autocast": False, **kwargs})
        self.supports_masking = True
        self.multi_label = multi_label

    def build(self, input_shape: Any) -> None:
        """Make the weights.

        Parameters
        ----------
        input_shape : tuple
            Of the outputs: (..., units).
        """
        units = input_shape[-1] if len(input_shape) > 1 else 1
        #: One number for two classes, or one for each class or label.
        self.n_numbers = units if self.multi_label or units > 2 else 1
        shape = (units,) if self.n_numbers > 1 or self.multi_label else ()
        start = 1 / units if shape and not self.multi_label else 0.5
        self.threshold = self._numbers("threshold", shape, start)
        self.training_prior = self._numbers("training_prior", shape, float("nan"))
        super().build(input_shape)

    def _numbers(self, name: str, shape: tuple[int, ...], value: float) -> Any:
        initializer = keras.initializers.Constant(value)
        return self.add_weight(shape=shape, initializer=initializer, dtype="float32", trainable=False, name=name)

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

    def decided(self, outputs: Any) -> Any:
        """Class codes of outputs, of shape (n_rows,); with `multi_label` 0 or 1 for each label, (n_rows, n_labels).

        Parameters
        ----------
        outputs : tensor of shape (n_rows, units)
            The network's outputs.

        Returns
        -------
        tensor of int32
        """
        threshold = self.get_weights()[0]
        outputs = ops.cast(outputs, "float32")  # exact for half precision
        if self.multi_label:
            return ops.cast(ops.greater(outputs, threshold), "int32")
        if self.n_numbers > 1:
            # The first of the greatest, by comparisons: Keras's argmax looks at the bits, which TFLite cannot.
            ratios = ops.divide(outputs, threshold)
            is_greatest = ops.cast(ops.greater_equal(ratios, ops.max(ratios, -1, keepdims=True)), "int32")
            last = self.n_numbers - 1
            places = ops.multiply(is_greatest, np.arange(last, -1, -1, dtype=np.int32))
            return ops.subtract(last, ops.max(places, -1))
        units = outputs.shape[-1] if len(outputs.shape) > 1 else 1
        last = ops.reshape(outputs, (-1, units))[:, units - 1]
        return ops.cast(ops.greater(last, threshold), "int32")

    def get_config(self) -> dict[str, Any]:
        """What makes the layer again, after loading a model."""
        return {**super().get_config(), "multi_label": self.multi_label}


class ReadDecision(NamedTuple):
    """What `read_decision` returns.

    Attributes
    ----------
    threshold : float or ndarray of shape (n_classes,) or (n_labels,)
        A row is of class 1 if the network's output is greater. Of more classes, or labels, each one's threshold.
    training_prior : float or ndarray of shape (n_classes,) or (n_labels,)
        The share of class 1, or of each class or label, that the network was trained with.

    Examples
    --------
    >>> import keras, numpy as np
    >>> from fastbal.keras import Decision, TuneThreshold, read_decision
    >>> X, y = np.array([[-4.0], [-3.0], [-2.0], [-1.0]]), np.array([0, 0, 0, 1])
    >>> dense = keras.layers.Dense(1, "sigmoid", kernel_initializer="ones")
    >>> model = keras.Sequential([keras.Input((1,)), dense, Decision()])
    >>> model.compile(keras.optimizers.SGD(0.0), "binary_crossentropy")
    >>> history = model.fit(X, y, callbacks=[TuneThreshold((X, y), training_prior=0.5)], verbose=0)
    >>> threshold, training_prior = read_decision(model)
    >>> round(threshold, 3), training_prior
    (0.194, 0.5)
    """

    threshold: Any
    training_prior: Any


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

    Examples
    --------
    >>> import keras, numpy as np
    >>> from fastbal.keras import Decision, TuneThreshold, read_decision
    >>> X, y = np.array([[-4.0], [-3.0], [-2.0], [-1.0]]), np.array([0, 0, 0, 1])
    >>> dense = keras.layers.Dense(1, "sigmoid", kernel_initializer="ones")
    >>> model = keras.Sequential([keras.Input((1,)), dense, Decision()])
    >>> model.compile(keras.optimizers.SGD(0.0), "binary_crossentropy")
    >>> history = model.fit(X, y, callbacks=[TuneThreshold((X, y), training_prior=0.5)], verbose=0)
    >>> round(read_decision(model).threshold, 3)
    0.194
    """
    weights = [as_python_number(weight) for weight in decision_layer(model).get_weights()]
    decision = ReadDecision(*weights)
    if np.isnan(decision.training_prior).any():
        raise ValueError(
            "The model's Decision layer has not been set. Train with the callback "
            "TuneThreshold((X_val, y_val), training_prior=...)."
        )
    return decision


def as_python_number(weight: NDArray[Any]) -> Any:
    """A float of an array without dimensions; others as they are."""
    return float(weight) if weight.ndim == 0 else weight


def deciding_model(model: Any) -> Any:
    """The network with the decision in its graph: it returns class codes instead of outputs, for export.

    What is exported of a model with a `Decision` layer returns the outputs: to whoever loads a SavedModel, a TFLite or
    an ONNX file, the threshold is lost. This model compares: export it, or save it. It consists of Keras's own parts,
    so it loads where there is no fastbal. Its layers, and so their weights, are those of `model`; thresholds are
    constants.

    Parameters
    ----------
    model : keras.Model
        With one output and a `Decision` layer, trained with `TuneThreshold`.

    Returns
    -------
    keras.Model
        Its output are class codes of shape (n_rows,), int32; of several labels 0 or 1 for each, (n_rows, n_labels).

    Raises
    ------
    ValueError
        If the model has no `Decision` layer, `TuneThreshold` has not been there, or there are several outputs.

    Examples
    --------
    >>> import keras, numpy as np
    >>> from fastbal.keras import Decision, TuneThreshold, deciding_model
    >>> X, y = np.array([[-4.0], [-3.0], [-2.0], [-1.0]]), np.array([0, 0, 0, 1])
    >>> dense = keras.layers.Dense(1, "sigmoid", kernel_initializer="ones")
    >>> model = keras.Sequential([keras.Input((1,)), dense, Decision()])
    >>> model.compile(keras.optimizers.SGD(0.0), "binary_crossentropy")
    >>> history = model.fit(X, y, callbacks=[TuneThreshold((X, y), training_prior=0.5)], verbose=0)
    >>> deciding_model(model).predict(X, verbose=0).tolist()
    [0, 0, 0, 1]
    """
    read_decision(model)
    if len(model.outputs) != 1:
        raise ValueError(f"deciding_model takes a model of one output, but this one has {len(model.outputs)}.")
    body = keras.models.clone_model(model, clone_function=_without_decision, recursive=True)
    given = body.inputs[0] if isinstance(body, keras.Sequential) else body.input
    deciding = keras.Model(given, decision_layer(model).decided(body.outputs[0]))
    deciding(given)  # as ONNX Keras exports only what has been called
    return deciding


def _without_decision(layer: Any) -> Any:
    return keras.layers.Identity(name=layer.name) if isinstance(layer, Decision) else layer


def predict_labels(model: Any, X: Any, classes: Sequence[Any] | None = None, batch_size: int = 1024) -> NDArray[Any]:
    """The class of each row, by the threshold that is saved with the model; or its labels.

    Parameters
    ----------
    model : keras.Model
        With a `Decision` layer, trained with `TuneThreshold`.
    X : array-like of shape (n_rows, n_columns)
        The rows.
    classes : sequence of n_classes labels, default=None
        What to call the classes: the `classes` that `class_weights` has returned. None for 0, 1, ...
    batch_size : int, default=1024
        Rows predicted at a time.

    Returns
    -------
    ndarray of shape (n_rows,); with several labels a row (n_rows, n_labels), 0 or 1

    Raises
    ------
    ValueError
        If the model has no `Decision` layer, `TuneThreshold` has not been there, or there are more or fewer labels than
        classes.

    Examples
    --------
    >>> import keras, numpy as np
    >>> from fastbal.keras import Decision, TuneThreshold, predict_labels
    >>> X, y = np.array([[-4.0], [-3.0], [-2.0], [-1.0]]), np.array([0, 0, 0, 1])
    >>> dense = keras.layers.Dense(1, "sigmoid", kernel_initializer="ones")
    >>> model = keras.Sequential([keras.Input((1,)), dense, Decision()])
    >>> model.compile(keras.optimizers.SGD(0.0), "binary_crossentropy")
    >>> history = model.fit(X, y, callbacks=[TuneThreshold((X, y), training_prior=0.5)], verbose=0)
    >>> predict_labels(model, X, classes=["no", "yes"]).tolist()
    ['no', 'no', 'no', 'yes']
    """
    layer = decision_layer(model)
    n_classes = max(2, layer.n_numbers)
    if classes is not None and (layer.multi_label or len(classes) != n_classes):
        expected = "left out with several labels a row" if layer.multi_label else f"the {n_classes} labels"
        raise ValueError(f"classes must be {expected}, that of class 0 first, but there are {len(classes)}.")
    read_decision(model)
    codes: NDArray[Any] = ops.convert_to_numpy(layer.decided(predicted_outputs(model, X, batch_size)))
    return codes.astype(np.int64) if classes is None else np.asarray(classes)[codes]


def predict_probability(model: Any, X: Any, prior: Any, batch_size: int = 1024) -> NDArray[np.floating[Any]]:
    """The probability of class 1 where it is as common as `prior` says, not as common as in training.

    Of more classes that of each of them, and likewise of labels.

    A network trained on a balanced table believes that half of the world is of class 1. With the share in training
    known, that can be taken back [1]_: the odds are multiplied by the odds of `prior` and divided by those of training.

    Parameters
    ----------
    model : keras.Model
        With a `Decision` layer, trained with `TuneThreshold`, that returns probabilities.
    X : array-like of shape (n_rows, n_columns)
        The rows.
    prior : float or sequence of n_classes or n_labels floats
        The share of class 1 where the probabilities will be used; that of the table before it was balanced, as a rule.
        Of more classes, or labels, the share of each.
    batch_size : int, default=1024
        Rows predicted at a time.

    Returns
    -------
    ndarray of shape (n_rows,), (n_rows, n_classes) or (n_rows, n_labels), float64

    Raises
    ------
    ValueError
        If the model has no `Decision` layer, `TuneThreshold` has not been there, the outputs are no probabilities, or
        `prior` is not between 0 and 1.

    References
    ----------
    .. [1] C. Elkan, "The Foundations of Cost-Sensitive Learning", IJCAI 2001, theorem 2.

    Examples
    --------
    >>> import keras, numpy as np
    >>> from fastbal.keras import Decision, TuneThreshold, predict_probability
    >>> X, y = np.array([[-4.0], [-3.0], [-2.0], [-1.0]]), np.array([0, 0, 0, 1])
    >>> dense = keras.layers.Dense(1, "sigmoid", kernel_initializer="ones")
    >>> model = keras.Sequential([keras.Input((1,)), dense, Decision()])
    >>> model.compile(keras.optimizers.SGD(0.0), "binary_crossentropy")
    >>> history = model.fit(X, y, callbacks=[TuneThreshold((X, y), training_prior=0.5)], verbose=0)
    >>> predict_probability(model, X, prior=0.25).round(3).tolist()
    [0.006, 0.016, 0.043, 0.109]
    """
    layer, training_prior = decision_layer(model), read_decision(model).training_prior
    p = predicted_outputs(model, X, batch_size).astype(float)
    if len(p) and not (p.min() >= 0 and p.max() <= 1):
        raise ValueError(
            f"The model's outputs must be probabilities to be corrected, but they reach from {p.min():.4g} to "
            f"{p.max():.4g}. Give the last layer a sigmoid."
        )
    if layer.multi_label:
        priors = np.broadcast_to(prior, training_prior.shape)
        pairs = zip(p.T, training_prior.tolist(), priors.tolist(), strict=True)
        return np.column_stack([_corrected(column, *shares) for column, *shares in pairs])
    if layer.n_numbers > 1:
        return correct_prior(p, read_prior(training_prior), read_prior(prior))
    return _corrected(p[:, -1], training_prior, prior)


def _corrected(p: NDArray[Any], training_prior: float, prior: float) -> NDArray[Any]:
    """Probabilities of class 1, of which the shares are given, for another share."""
    shares, training_shares = read_prior(prior), read_prior(training_prior)
    return correct_prior(np.column_stack([1 - p, p]), training_shares, shares)[:, 1]


def predicted_outputs(model: Any, X: Any, batch_size: int) -> NDArray[Any]:
    """What a network says of rows, of shape (n_rows, units); in float32 at least: NumPy does not know bfloat16."""
    outputs: NDArray[Any] = model.predict(X, batch_size=batch_size, verbose=0)
    outputs = outputs.reshape(len(outputs), -1)
    return outputs if outputs.dtype in (np.float32, np.float64) else outputs.astype(np.float32)
