"""Who is taken for whom, summed over batches: what the metrics are made of."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from fastbal.keras._numbers import as_numbers
from fastbal.keras._outputs import one_hot


class ConfusionMetric(keras.metrics.Metric):
    """Base class of metrics that follow from the confusion matrix of the rows seen since `reset_state`.

    Parameters
    ----------
    n_classes : int
        How many classes there are.
    threshold : float
        A row is of class 1 if the output of a single unit is greater. Several units: the greatest wins.
    name : str
        Name of the metric.
    dtype : str or None
        Of the sums; None for Keras's default.
    """

    #: Keras's own metrics say so, too: callbacks that keep the best epoch look here which way is up.
    _direction = "up"

    def __init__(self, n_classes: int, threshold: float, name: str, dtype: str | None) -> None:
        super().__init__(name=name, dtype=dtype)
        if n_classes < 2:
            raise ValueError(f"n_classes must be 2 or more, but it is {n_classes}.")
        if np.isnan(as_numbers(threshold)).any():
            raise ValueError(f"threshold must be a number, but it is {threshold!r}.")
        self.n_classes = n_classes
        self.threshold = threshold
        self.confusion = self.add_variable((n_classes, n_classes), initializer="zeros", name="confusion")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count a batch.

        Parameters
        ----------
        y_true : tensor of shape (n_rows,), (n_rows, 1) or (n_rows, n_classes)
            Class codes, or one-hot rows. What is no class makes the result NaN.
        y_pred : tensor of shape (n_rows,), (n_rows, 1) or (n_rows, n_classes)
            The network's outputs.
        sample_weight : tensor of shape (n_rows,) or (n_rows, 1), optional
            What each row counts.
        """
        y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
        units = y_pred.shape[-1] if len(y_pred.shape) > 1 else 1
        if units != self.n_classes and not (units == 1 and self.n_classes == 2):
            raise ValueError(
                f"{type(self).__name__} has n_classes={self.n_classes}, but the network has {units} outputs a row."
            )
        if units == 1:
            predicted = ops.cast(ops.reshape(y_pred, (-1,)) > self.threshold, "int32")
        else:
            predicted = ops.reshape(ops.argmax(y_pred, -1), (-1,))
            if len(y_true.shape) == len(y_pred.shape) and y_true.shape[-1] == units:
                y_true = ops.argmax(y_true, -1)
        rows = one_hot(ops.reshape(y_true, (-1,)), self.n_classes, self.dtype)
        if sample_weight is not None:
            rows = rows * ops.reshape(ops.cast(sample_weight, self.dtype), (-1, 1))
        columns = one_hot(predicted, self.n_classes, self.dtype)
        self.confusion.assign_add(ops.matmul(ops.transpose(rows), columns))

    def _recall(self) -> tuple[Any, Any]:
        """The recall of each class, and whether it has rows."""
        n_rows = ops.sum(self.confusion, 1)
        return ops.divide_no_nan(ops.diagonal(self.confusion), n_rows), ops.not_equal(n_rows, 0)

    def get_config(self) -> dict[str, Any]:
        """What makes the metric again, after loading a model."""
        return {**super().get_config(), "n_classes": self.n_classes, "threshold": self.threshold}
