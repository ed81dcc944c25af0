"""The geometric mean of the classes' recalls."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from fastbal.keras._confusion import ConfusionMatrixMetric


@keras.saving.register_keras_serializable(package="fastbal")
class GeometricMean(ConfusionMatrixMetric):
    """G-mean: the geometric mean over classes of the share of their rows that is recognised.

    For two classes the root of sensitivity times specificity; 0 as soon as one class is never recognised. The mean is
    over the classes that have rows; 0 before any row is seen.

    Parameters
    ----------
    n_classes : int, default=2
        How many classes there are.
    threshold : float, default=0.5
        A row is of class 1 if the output of a single unit is greater. For a network that returns logits, 0.0 is a
        probability of 0.5. With several units the greatest one decides.
    name : str, default="geometric_mean"
        Name of the metric.
    dtype : str or None, default=None
        Of the result; None for Keras's default. The sums are as exact as in float64 whatever it is.

    References
    ----------
    .. [1] M. Kubat, S. Matwin, "Addressing the curse of imbalanced training sets: one-sided selection", ICML 1997.

    Examples
    --------
    >>> import numpy as np
    >>> from fastbal.keras import GeometricMean
    >>> metric = GeometricMean()
    >>> metric.update_state(np.array([0, 0, 0, 0, 1]), np.array([[0.1], [0.7], [0.2], [0.4], [0.9]]))
    >>> round(float(metric.result()), 4)
    0.866
    """

    def __init__(
        self, n_classes: int = 2, threshold: float = 0.5, name: str = "geometric_mean", dtype: str | None = None
    ) -> None:
        super().__init__(n_classes, threshold, name, dtype)

    def result(self) -> Any:
        """Geometric mean of the recalls of the rows seen since `reset_state`.

        Returns
        -------
        scalar tensor
        """
        recall, has_rows = self._recall()
        n_present = ops.sum(ops.cast(has_rows, self.sums_dtype))
        # In logarithms: a product over many classes is rounded to 0.
        log_recall = ops.sum(ops.where(has_rows, ops.log(recall), 0.0))
        mean = ops.where(ops.equal(n_present, 0), 0.0, ops.exp(ops.divide_no_nan(log_recall, n_present)))
        return ops.cast(mean, self.dtype)
