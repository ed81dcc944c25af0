"""F1 of class 1 at a threshold."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from fastbal.keras._confusion import ConfusionMatrixMetric


@keras.saving.register_keras_serializable(package="fastbal")
class BinaryF1(ConfusionMatrixMetric):
    """F1 of class 1: ``2 tp / (2 tp + fp + fn)``; 0 if there is nothing to find and nothing found.

    Keras's F1Score refuses targets of the shape (n_rows,), and without a threshold takes the largest of the outputs:
    with a single one, every row is positive.

    Parameters
    ----------
    threshold : float, default=0.5
        A row is of class 1 if the output is greater. For a network that returns logits, 0.0 is a probability of 0.5.
        With two units the greater one decides.
    name : str, default="f1"
        Name of the metric.
    dtype : str or None, default=None
        Of the result; None for Keras's default. The sums are as exact as in float64 whatever it is.

    Examples
    --------
    >>> import numpy as np
    >>> from fastbal.keras import BinaryF1
    >>> metric = BinaryF1()
    >>> metric.update_state(np.array([0, 0, 1, 1]), np.array([[0.1], [0.7], [0.6], [0.4]]))
    >>> float(metric.result())
    0.5
    """

    def __init__(self, threshold: float = 0.5, name: str = "f1", dtype: str | None = None) -> None:
        super().__init__(2, threshold, name, dtype)

    def result(self) -> Any:
        """F1 of the rows seen since `reset_state`.

        Returns
        -------
        scalar tensor
        """
        confusion = self._sums()
        found, wrong = confusion[1, 1], confusion[0, 1] + confusion[1, 0]
        return ops.cast(ops.divide_no_nan(2 * found, 2 * found + wrong), self.dtype)

    def get_config(self) -> dict[str, Any]:
        """What makes the metric again, after loading a model."""
        config = super().get_config()
        del config["n_classes"]
        return config
