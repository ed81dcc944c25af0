"""Validation rows that a callback looks at after each epoch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from fastbal._networks.target import read_target
from fastbal.keras._decision import predicted_outputs


class ValidationCallback(keras.callbacks.Callback):
    """Base class of callbacks that predict validation rows.

    Parameters
    ----------
    validation_data : tuple of (X, y) or (X, y, sample_weight)
        As for `fit`, in arrays. The targets are class codes or one-hot rows; their shares those of the world.
    batch_size : int
        Rows predicted at a time.
    multi_label : bool, default=False
        Whether the targets are columns of 0 and 1, of which a row may have several ones.
    """

    def __init__(self, validation_data: Sequence[Any], batch_size: int, multi_label: bool = False) -> None:
        super().__init__()
        if not isinstance(validation_data, (tuple, list)) or len(validation_data) not in (2, 3):
            raise ValueError(
                "validation_data must be (X, y) or (X, y, sample_weight), in arrays, "
                f"but it is a {type(validation_data).__name__}."
            )
        self.X, y, *weights = validation_data
        self.codes: NDArray[np.int64] = _labels_of(y) if multi_label else _class_codes_of(y)
        self.sample_weight = np.asarray(weights[0], float).ravel() if weights else np.ones(len(self.codes))
        if len(self.sample_weight) != len(self.codes):
            raise ValueError(
                f"validation_data has {len(self.codes)} targets, but {len(self.sample_weight)} sample weights."
            )
        self.batch_size = batch_size

    def outputs(self) -> NDArray[Any]:
        """What the network says of the validation rows, as of now."""
        history = self.model.history
        outputs = predicted_outputs(self.model, self.X, self.batch_size)
        self.model.history = history  # `predict` of older Keras 3 leaves its own, an empty one, for `fit` to return
        n_classes = outputs.shape[1] if self.codes.ndim == 2 else max(outputs.shape[1], 2)
        n_needed = self.codes.shape[1] if self.codes.ndim == 2 else int(self.codes.max()) + 1
        if len(outputs) != len(self.codes) or n_needed > n_classes or (self.codes.ndim == 2 and n_needed != n_classes):
            raise ValueError(
                f"The network tells {n_classes} classes apart and has {len(outputs)} rows to predict, but "
                f"validation_data has {len(self.codes)} targets of up to {n_needed - 1}. Give one target for each "
                "row, encoded as those given to fit."
            )
        n_lost = int(np.isnan(outputs).any(axis=1).sum())
        if n_lost:
            raise ValueError(
                f"The network returns NaN for {n_lost} of {len(outputs)} validation rows: it has diverged, or the rows "
                "have NaN. Lower the learning rate, scale the columns, and fill gaps first."
            )
        return outputs


def _class_codes_of(y: Any) -> NDArray[np.int64]:
    target, _ = read_target(y)
    codes = np.asarray(target.classes)
    if codes.dtype.kind not in "biuf" or codes[0] < 0:
        raise ValueError(
            "The targets of validation_data must be class codes from 0, encoded as those given to fit, but they "
            f"are {target.labels[:10]}. class_weights(y).y encodes labels of any kind."
        )
    return codes[target.codes].astype(np.int64)


def _labels_of(y: Any) -> NDArray[np.int64]:
    labels = np.asarray(y.toarray() if hasattr(y, "toarray") else y)
    if labels.ndim != 2 or not np.isin(labels, (0, 1)).all():
        raise ValueError(
            "With multi_label, the targets of validation_data must be a matrix of 0 and 1, but have shape "
            f"{labels.shape}."
        )
    return labels.astype(np.int64)
