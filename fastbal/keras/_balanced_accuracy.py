"""The mean of the classes' recalls."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from fastbal.keras._confusion import ConfusionMatrixMetric


@keras.saving.register_keras_serializable(package="fastbal")
class BalancedAccuracy(ConfusionMatrixMetric):
    """Balanced accuracy: the mean over classes of the share of their rows that is recognised.

    The mean is over the classes that have rows, as in scikit-learn; 0 before any row is seen.

    Parameters
    ----------
    n_classes : int, default=2
        How many classes there are.
    threshold : float, default=0.5
        A row is of class 1 if the output of a single unit is greater. For a network that returns logits, 0.0 is a
        probability of 0.5. With several units the greatest one decides.
    name : str, default="balanced_accuracy"
        Name of the metric.
    dtype : str or None, default=None
        Of the result; None for Keras's default. The sums are as exact as in float64 whatever it is.

    Examples
    --------
    >>> import numpy as np
    >>> from fastbal.keras import BalancedAccuracy
    >>> metric = BalancedAccuracy()
    >>> metric.update_state(np.array([0, 0, 0, 0, 1]), np.array([[0.1], [0.7], [0.2], [0.4], [0.9]]))
    >>> float(metric.result())
    0.875
    """

    def __init__(
        self,
        n_classes: int = 2,
        threshold: float = 0.5,
        name: str = "balanced_accuracy",
        dtype: str | None = None,
    ) -> None:
        super().__init__(n_classes, threshold, name, dtype)

    def result(self) -> Any:
        """Balanced accuracy of the rows seen since `reset_state`.

        Returns
        -------
        scalar tensor
        """
        recall, has_rows = self._recall()
        return ops.cast(ops.divide_no_nan(ops.sum(recall), ops.sum(ops.cast(has_rows, self.sums_dtype))), self.dtype)
