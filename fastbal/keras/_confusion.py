"""Who is taken for whom, summed over batches: what the metrics are made of."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from fastbal._networks.numbers import as_numbers
from fastbal.keras._outputs import one_hot
from fastbal.keras._saved import SavedByName


class ConfusionMatrixMetric(SavedByName, keras.metrics.Metric):
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
        Of the result; None for Keras's default. The sums are in float64 whatever it is.
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
        # From 2**24 on, float32 stands still when 1 is added: where there is no better, what is lost is added up, too.
        self.sums_dtype = _widest_float()
        shape = (n_classes, n_classes)
        self.confusion = self.add_variable(shape, "zeros", dtype=self.sums_dtype, name="confusion")
        self._lost = None
        if self.sums_dtype == "float32":
            self._lost = self.add_variable(shape, "zeros", dtype="float32", name="lost")

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
        rows = one_hot(ops.reshape(y_true, (-1,)), self.n_classes, self.sums_dtype)
        if sample_weight is not None:
            rows = rows * ops.reshape(ops.cast(sample_weight, self.sums_dtype), (-1, 1))
        columns = one_hot(predicted, self.n_classes, self.sums_dtype)
        added = ops.matmul(ops.transpose(rows), columns)
        if self._lost is None:
            self.confusion.assign_add(added)
            return
        before = ops.convert_to_tensor(self.confusion)
        total = before + added
        # Knuth, The Art of Computer Programming, volume 2, section 4.2.2, theorem B: the rounding error of a sum.
        rise = total - before
        self.confusion.assign(total)
        self._lost.assign_add((before - (total - rise)) + (added - rise))

    def _sums(self) -> Any:
        """The confusion matrix, with what its sums have lost."""
        return self.confusion if self._lost is None else self.confusion + self._lost

    def _recall(self) -> tuple[Any, Any]:
        """The recall of each class, and whether it has rows."""
        confusion = ops.convert_to_tensor(self._sums())
        n_rows = ops.sum(confusion, 1)
        return ops.divide_no_nan(ops.diagonal(confusion), n_rows), ops.not_equal(n_rows, 0)

    def get_config(self) -> dict[str, Any]:
        """What makes the metric again, after loading a model."""
        return {**super().get_config(), "n_classes": self.n_classes, "threshold": self.threshold}


def _widest_float() -> str:
    """float64, which JAX has only if it is told so beforehand; else float32."""
    if keras.backend.backend() != "jax":
        return "float64"
    import jax

    return "float64" if jax.config.jax_enable_x64 else "float32"
