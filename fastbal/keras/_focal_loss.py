"""Cross-entropy that looks past the rows a network is sure of already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import keras
import numpy as np
from keras import ops

from fastbal._networks.class_weights import class_weights
from fastbal._networks.focal import read_alpha, read_gamma
from fastbal.keras._outputs import (
    checked_smoothing,
    label_shares,
    log_probabilities,
    log_probabilities_of_labels,
    per_class,
    smoothed_shares,
    target_shares,
)
from fastbal.keras._saved import SavedByName


@keras.saving.register_keras_serializable(package="fastbal")
class FocalLoss(SavedByName, keras.losses.Loss):
    """Focal loss: ``-alpha[c] (1 - p[c])**gamma log p[c]`` for a row of class c.

    One class for all networks: a sigmoid unit with targets 0 and 1, a unit per class with class codes, or with one-hot
    rows. The targets may have the shape (n_rows,) or (n_rows, 1), and be shares of classes, as mixup makes them. A
    target that is no class makes the loss NaN. With `multi_label`, there is a sigmoid unit for each label, of which a
    row may have any number; the loss is the mean over the labels.

    Most users call `FocalLoss.from_labels`, which weighs the classes by how rare they are. The constant alpha=0.25 of
    the paper [1]_, which is Keras's default, was chosen for boxes in photographs: in a table it lets the rare class
    count a third of the common one.

    Parameters
    ----------
    alpha : float, sequence of n_classes floats, or None
        The weight of each class; or, for two classes, as in the paper, that of class 1, the other having ``1 - alpha``;
        or None, which is 1 for all. With `multi_label`, the weights of absent and present, for all labels or in an
        array of shape (n_labels, 2).
    gamma : float, default=2.0
        How much the loss leaves out what is known; 0 is the (weighted) cross-entropy.
    from_logits : bool, default=False
        Whether the network's last layer has no sigmoid or softmax. Recommended: a gradient is then left however wrong
        the network is, while a probability that has been rounded to 0 or 1 has none.
    name : str, default="focal_loss"
        Name of the loss.
    reduction : str or None, default="sum_over_batch_size"
        As in every Keras loss.
    label_smoothing : float, default=0.0
        From 0 to 1: how far the targets are moved towards equal shares.
    multi_label : bool, default=False
        Whether a row may have several labels, or none: targets of shape (n_rows, n_labels), and as many sigmoid units.
    dtype : str or None, default=None
        What the loss is computed in; None for Keras's default.

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
        label_smoothing: float = 0.0,
        multi_label: bool = False,
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.alpha = read_alpha(alpha, multi_label=multi_label)
        self.gamma = read_gamma(gamma)
        self.from_logits = from_logits
        self.label_smoothing = checked_smoothing(label_smoothing)
        self.multi_label = multi_label

    @classmethod
    def from_labels(
        cls, y: Any, gamma: float = 2.0, scheme: str | Mapping[Any, float] = "balanced", **kwargs: Any
    ) -> Self:
        """The loss for the class shares of a target.

        Parameters
        ----------
        y : array-like of shape (n_rows,), (n_rows, 1), (n_rows, n_classes) or (n_rows, n_labels)
            The labels of the training rows, encoded as for `fit`.
        gamma : float, default=2.0
            As above.
        scheme : {"balanced", "sqrt", "effective"} or mapping of label to weight, default="balanced"
            The weights, as `class_weights` computes them; with `multi_label` for each label, whose classes are False
            and True.
        **kwargs : dict
            `from_logits`, `name`, `reduction`, `label_smoothing`, `multi_label`, `dtype`, as above.

        Returns
        -------
        FocalLoss
        """
        if not kwargs.get("multi_label"):
            return cls(list(class_weights(y, scheme).weights.values()), gamma, **kwargs)
        present = np.asarray(y.toarray() if hasattr(y, "toarray") else y)
        if present.ndim != 2 or not np.isin(present, (0, 1)).all():
            raise ValueError(f"With multi_label, y must be a matrix of 0 and 1, but it has shape {present.shape}.")
        alpha: Any = [list(class_weights(column, scheme).weights.values()) for column in present.T.astype(bool)]
        return cls(alpha, gamma, **kwargs)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each row.

        Parameters
        ----------
        y_true : tensor of shape (n_rows,), (n_rows, 1), (n_rows, n_classes) or (n_rows, n_labels)
            Class codes, one-hot rows, or shares.
        y_pred : tensor of shape (n_rows, 1), (n_rows, n_classes) or (n_rows, n_labels)
            The network's outputs.

        Returns
        -------
        tensor of shape (n_rows,)
        """
        if self.multi_label:
            log_p = log_probabilities_of_labels(y_pred, from_logits=self.from_logits)
            return ops.mean(self._of_shares(label_shares(y_true, y_pred), log_p), -1)
        log_p = log_probabilities(y_pred, from_logits=self.from_logits)
        return self._of_shares(target_shares(y_true, y_pred), log_p)

    def _of_shares(self, shares: Any, log_p: Any) -> Any:
        shares = smoothed_shares(shares, self.label_smoothing)
        if self.alpha is not None:
            shares = shares * per_class(self.alpha, "alpha", log_p)
        # (1 - p)**gamma, whose derivative is infinite at p = 1 for gamma < 1; below epsilon it is as good as 0.
        unsure = ops.power(ops.maximum(1 - ops.exp(log_p), keras.config.epsilon()), self.gamma)
        return -ops.sum(shares * unsure * log_p, -1)

    def get_config(self) -> dict[str, Any]:
        """What makes the loss again, after loading a model."""
        names = ("alpha", "gamma", "from_logits", "label_smoothing", "multi_label", "dtype")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
