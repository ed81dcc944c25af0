"""Validation rows that a callback looks at after each epoch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from fastbal.keras._target import read_target


class ValidationCallback(keras.callbacks.Callback):
    """Base class of callbacks that predict validation rows.

    Parameters
    ----------
    validation_data : tuple of (X, y) or (X, y, sample_weight)
        As for `fit`, in arrays. The targets are class codes or one-hot rows; their shares those of the world.
    batch_size : int
        Rows predicted at a time.
    """

    def __init__(self, validation_data: Sequence[Any], batch_size: int) -> None:
        super().__init__()
        if not isinstance(validation_data, (tuple, list)) or len(validation_data) not in (2, 3):
            raise ValueError(
                "validation_data must be (X, y) or (X, y, sample_weight), in arrays, "
                f"but it is a {type(validation_data).__name__}."
            )
        self.X, y, *weights = validation_data
        target, _ = read_target(y)
        codes = np.asarray(target.classes)
        if codes.dtype.kind not in "biuf" or codes[0] < 0:
            raise ValueError(
                "The targets of validation_data must be class codes from 0, encoded as those given to fit, but they "
                f"are {target.labels[:10]}. class_weights(y).y encodes labels of any kind."
            )
        self.codes: NDArray[np.int64] = codes[target.codes].astype(np.int64)
        self.sample_weight = np.asarray(weights[0], float).ravel() if weights else np.ones(len(self.codes))
        if len(self.sample_weight) != len(self.codes):
            raise ValueError(
                f"validation_data has {len(self.codes)} targets, but {len(self.sample_weight)} sample weights."
            )
        self.batch_size = batch_size

    def outputs(self) -> NDArray[Any]:
        """What the network says of the validation rows, as of now."""
        history = self.model.history
        outputs: NDArray[Any] = self.model.predict(self.X, batch_size=self.batch_size, verbose=0)
        self.model.history = history  # `predict` of older Keras 3 leaves its own, an empty one, for `fit` to return
        outputs = outputs.reshape(len(outputs), -1)
        n_classes = max(outputs.shape[1], 2)
        if len(outputs) != len(self.codes) or self.codes.max() >= n_classes:
            raise ValueError(
                f"The network tells {n_classes} classes apart and has {len(outputs)} rows to predict, but "
                f"validation_data has {len(self.codes)} targets of up to {self.codes.max()}. Give one target for each "
                "row, encoded as those given to fit."
            )
        n_lost = int(np.isnan(outputs).any(axis=1).sum())
        if n_lost:
            raise ValueError(
                f"The network returns NaN for {n_lost} of {len(outputs)} validation rows: it has diverged, or the rows "
                "have NaN. Lower the learning rate, scale the columns, and fill gaps first."
            )
        return outputs
