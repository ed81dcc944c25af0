"""Class weights that come late: first the rows as they are, then the classes in balance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from fastbal._networks.class_weights import class_weights
from fastbal.keras._focal_loss import FocalLoss


class DeferredReweighting(keras.callbacks.Callback):
    """Train without class weights until an epoch, and with them from then on [1]_.

    From the beginning, great weights of few rows make training unstable, and features worse than those that are learned
    from the rows as they are; at the end they move the boundary. The loss must be a `FocalLoss`, of which this sets
    `alpha`; with ``gamma=0`` it is the cross-entropy.

    Parameters
    ----------
    y : array-like of shape (n_rows,), (n_rows, 1) or (n_rows, n_classes)
        The labels of the training rows, encoded as for `fit`.
    start : int
        The first epoch with weights, from 0. In the paper four fifths of all epochs come before, and the learning rate
        falls there.
    scheme : {"balanced", "sqrt", "effective"} or mapping of label to weight, default="effective"
        The weights, as `class_weights` computes them.
    beta : float, default=0.9999
        For "effective", as in the paper.

    Raises
    ------
    ValueError
        Before the first epoch, if the model's loss is no `FocalLoss`; or as `class_weights`.

    References
    ----------
    .. [1] K. Cao, C. Wei, A. Gaidon, N. Arechiga, T. Ma, "Learning Imbalanced Datasets with Label-Distribution-Aware
       Margin Loss", NeurIPS 2019, section 3.3, algorithm 1.

    Examples
    --------
    >>> import keras, numpy as np
    >>> from fastbal.keras import DeferredReweighting, FocalLoss
    >>> X, y = np.zeros((4, 1)), np.array([0, 0, 0, 1])
    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, "sigmoid")])
    >>> model.compile("sgd", FocalLoss(None, gamma=0.0))
    >>> history = model.fit(X, y, epochs=3, callbacks=[DeferredReweighting(y, start=2)], verbose=0)
    >>> [round(weight, 2) for weight in model.loss.alpha]
    [0.67, 2.0]
    """

    def __init__(
        self, y: Any, start: int, scheme: str | Mapping[Any, float] = "effective", beta: float = 0.9999
    ) -> None:
        super().__init__()
        self.start = start
        self.alpha = list(class_weights(y, scheme, beta=beta).weights.values())

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Take the weights away.

        Parameters
        ----------
        logs : dict, default=None
            Ignored.
        """
        if not isinstance(self.model.loss, FocalLoss) or self.model.loss.multi_label:
            raise ValueError(
                "DeferredReweighting sets the weights of a FocalLoss of classes, but the model's loss is "
                f"{self.model.loss!r}. FocalLoss(None, gamma=0.0) is the cross-entropy."
            )
        self._set(None)

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Set the weights, if it is time.

        Parameters
        ----------
        epoch : int
            Number of the epoch.
        logs : dict, default=None
            Ignored.
        """
        if epoch >= self.start and self.model.loss.alpha is None:
            self._set(self.alpha)

    def _set(self, alpha: list[float] | None) -> None:
        if self.model.loss.alpha != alpha:
            self.model.loss.alpha = alpha
            self.model.make_train_function(force=True)  # the weights are constants in its graph
