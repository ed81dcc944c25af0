"""Exact average precision after each epoch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.metrics import average_precision_score

from fastbal.keras._validation import ValidationCallback


class AveragePrecision(ValidationCallback):
    """Average precision of validation data, by all their rows, in the logs of each epoch.

    Keras's AUC(curve="PR") counts at 200 thresholds spread evenly over [0, 1], of which a rare class may use a few:
    0.132 instead of 0.154 where 0.2 % of the rows were positive.

    Put it before callbacks that use its number, and tell them which way is up:

        callbacks=[AveragePrecision((X_val, y_val)), EarlyStopping("val_average_precision", mode="max")]

    Parameters
    ----------
    validation_data : tuple of (X, y) or (X, y, sample_weight)
        As for `fit`, in arrays; never resampled. The targets are class codes or one-hot rows. With several classes,
        the number is the mean over the classes that have rows, each against all others.
    name : str, default="val_average_precision"
        Its key in the logs.
    batch_size : int, default=1024
        Rows predicted at a time.
    multi_label : bool, default=False
        Whether the targets are columns of 0 and 1, of which a row may have several ones: then the number is the mean
        over the labels.

    Raises
    ------
    ValueError
        If the targets are no class codes, or of one class only; after the first epoch, if they do not fit the network
        or it returns NaN.

    Examples
    --------
    >>> import keras, numpy as np
    >>> from fastbal.keras import AveragePrecision
    >>> X, y = np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([0, 0, 1, 1])
    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, "sigmoid", kernel_initializer="ones")])
    >>> model.compile("sgd", "binary_crossentropy")
    >>> history = model.fit(X, y, callbacks=[AveragePrecision((X, y))], verbose=0)
    >>> history.history["val_average_precision"]
    [1.0]
    """

    def __init__(
        self,
        validation_data: Sequence[Any],
        name: str = "val_average_precision",
        batch_size: int = 1024,
        multi_label: bool = False,
    ) -> None:
        super().__init__(validation_data, batch_size, multi_label)
        self.name = name

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Write the number into the logs.

        Parameters
        ----------
        epoch : int
            Ignored.
        logs : dict, default=None
            The logs of the epoch.
        """
        outputs = self.outputs()
        if self.codes.ndim == 2:
            pairs = [(column, scores) for column, scores in zip(self.codes.T, outputs.T, strict=True) if column.any()]
        else:
            classes = [1] if outputs.shape[1] <= 2 else np.unique(self.codes)
            pairs = [(self.codes == code, outputs[:, min(code, outputs.shape[1] - 1)]) for code in classes]
        scores = [average_precision_score(true, score, sample_weight=self.sample_weight) for true, score in pairs]
        if logs is not None:
            logs[self.name] = float(np.mean(scores))
