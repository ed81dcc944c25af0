"""Cross-entropy that looks past the rows a network is sure of already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import keras
import numpy as np
from keras import ops

from fastbal.keras._class_weights import class_weights
from fastbal.keras._numbers import as_numbers
from fastbal.keras._outputs import log_probabilities, per_class, target_shares


@keras.saving.register_keras_serializable(package="fastbal")
class FocalLoss(keras.losses.Loss):
    """Focal loss: ``-alpha[c] (1 - p[c])**gamma log p[c]`` for a row of class c.

    One class for all networks: a sigmoid unit with targets 0 and 1, a unit per class with class codes, or with one-hot
    rows. The targets may have the shape (n_rows,) or (n_rows, 1). A target that is no class makes the loss NaN.

    Most users call `FocalLoss.from_labels`, which weighs the classes by how rare they are. The constant alpha=0.25 of
    the paper [1]_, which is Keras's default, was chosen for boxes in photographs: in a table it lets the rare class
    count a third of the common one.

    Parameters
    ----------
    alpha : float, sequence of n_classes floats, or None
        The weight of each class; or, for two classes, as in the paper, that of class 1, the other having ``1 - alpha``;
        or None, which is 1 for all.
    gamma : float, default=2.0
        How much the loss leaves out what is known; 0 is the (weighted) cross-entropy.
    from_logits : bool, default=False
        Whether the network's last layer has no sigmoid or softmax. Recommended: a gradient is then left however wrong
        the network is, while a probability that has been rounded to 0 or 1 has none.
    name : str, default="focal_loss"
        Name of the loss.
    reduction : str or None, default="sum_over_batch_size"
        As in every Keras loss.

    Raises
    ------
    ValueError
        If `gamma` or a weight is negative or not finite; when called, if the shapes or the number of classes do not
        fit.

    References
    ----------
    .. [1] T.-Y. Lin, P. Goyal, R. Girshick, K. He, P. Dollár, "Focal Loss for Dense Object Detection", ICCV 2017,
       equation 5.

    Examples
    --------
    >>> import numpy as np
    >>> from fastbal.keras import FocalLoss
    >>> loss = FocalLoss.from_labels([0, 0, 0, 1])
    >>> [round(weight, 3) for weight in loss.alpha]
    [0.667, 2.0]
    >>> round(float(loss(np.array([1.0]), np.array([[0.5]]))), 4)  # 2 * 0.5**2 * log(2)
    0.3466
    """

    def __init__(
        self,
        alpha: float | Sequence[float] | None,
        gamma: float = 2.0,
        from_logits: bool = False,
        name: str = "focal_loss",
        reduction: str | None = "sum_over_batch_size",
    ) -> None:
        super().__init__(name=name, reduction=reduction)
        if not 0 <= gamma < np.inf:
            raise ValueError(f"gamma must be a number from 0, but it is {gamma!r}.")
        self.alpha = _class_weights_of(alpha)
        self.gamma = float(gamma)
        self.from_logits = from_logits

    @classmethod
    def from_labels(
        cls, y: Any, gamma: float = 2.0, scheme: str | Mapping[Any, float] = "balanced", **kwargs: Any
    ) -> Self:
        """The loss for the class shares of a target.

        Parameters
        ----------
        y : array-like of shape (n_rows,), (n_rows, 1) or (n_rows, n_classes)
            The labels of the training rows, encoded as for `fit`.
        gamma : float, default=2.0
            As above.
        scheme : {"balanced", "sqrt", "effective"} or mapping of label to weight, default="balanced"
            The weights, as `class_weights` computes them.
        **kwargs : dict
            `from_logits`, `name`, `reduction`, as above.

        Returns
        -------
        FocalLoss
        """
        return cls(list(class_weights(y, scheme).weights.values()), gamma, **kwargs)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each row.

        Parameters
        ----------
        y_true : tensor of shape (n_rows,), (n_rows, 1) or (n_rows, n_classes)
            Class codes or one-hot rows.
        y_pred : tensor of shape (n_rows, 1) or (n_rows, n_classes)
            The network's outputs.

        Returns
        -------
        tensor of shape (n_rows,)
        """
        log_p = log_probabilities(y_pred, from_logits=self.from_logits)
        shares = target_shares(y_true, y_pred)
        if self.alpha is not None:
            shares = shares * per_class(self.alpha, "alpha", log_p)
        # (1 - p)**gamma, whose derivative is infinite at p = 1 for gamma < 1; below epsilon it is as good as 0.
        unsure = ops.power(ops.maximum(1 - ops.exp(log_p), keras.config.epsilon()), self.gamma)
        return -ops.sum(shares * unsure * log_p, -1)

    def get_config(self) -> dict[str, Any]:
        """What makes the loss again, after loading a model."""
        return {**super().get_config(), "alpha": self.alpha, "gamma": self.gamma, "from_logits": self.from_logits}


def _class_weights_of(alpha: Any) -> list[float] | None:
    if alpha is None:
        return None
    weights = as_numbers(alpha)
    if weights.ndim == 0:
        weights = np.array([1 - weights, weights])
    if weights.ndim != 1 or not ((weights >= 0) & (weights < np.inf)).all():
        raise ValueError(
            "alpha must be the weight of class 1, from 0 to 1, or a weight from 0 for each class, or None, "
            f"but it is {alpha!r}. FocalLoss.from_labels makes the weights of the labels."
        )
    listed: list[float] = weights.tolist()
    return listed
