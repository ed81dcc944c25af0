"""Cross-entropy that trains for all classes alike, and the probabilities that belong to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import keras
from keras import ops
from numpy.typing import NDArray

from fastbal._networks.prior import prior_of, read_prior, read_tau
from fastbal.keras._outputs import checked_smoothing, log_probabilities, per_class, smoothed_shares, target_shares
from fastbal.keras._saved import SavedByName


@keras.saving.register_keras_serializable(package="fastbal")
class LogitAdjustedLoss(SavedByName, keras.losses.Loss):
    """Logit-adjusted loss: the cross-entropy of ``softmax(logits + tau log(prior))``.

    What is common is given to the network as known, so that it learns what remains: its own outputs, without the term,
    minimise the *balanced* error, the mean error over classes. No row is weighted, copied or made.
    For the probabilities of the classes as they are, put the term back: `probabilities`.

    It serves all networks: a sigmoid unit with targets 0 and 1, a unit per class with class codes, or with one-hot
    rows. The targets may have the shape (n_rows,) or (n_rows, 1). A target that is no class makes the loss NaN.

    Parameters
    ----------
    prior : float or sequence of n_classes floats
        The share of class 1 of two classes, or of each class, among the training rows. `from_labels` counts them.
    tau : float, default=1.0
        How far to go: 1 for the balanced error, 0 for the ordinary cross-entropy.
    from_logits : bool, default=False
        Whether the network's last layer has no sigmoid or softmax. Recommended: a gradient is then left however wrong
        the network is, while a probability that has been rounded to 0 or 1 has none.
    name : str, default="logit_adjusted_loss"
        Name of the loss.
    reduction : str or None, default="sum_over_batch_size"
        As in every Keras loss.
    label_smoothing : float, default=0.0
        From 0 to 1: how far the targets are moved towards equal shares.
    dtype : str or None, default=None
        What the loss is computed in; None for Keras's default.

    Raises
    ------
    ValueError
        If a share is not above 0, they do not add up to 1, or `tau` is not finite; when called, if the shapes or the
        number of classes do not fit.

    References
    ----------
    .. [1] A. K. Menon, S. Jayasumana, A. S. Rawat, H. Jain, A. Veit, S. Kumar, "Long-tail learning via logit
       adjustment", ICLR 2021, section 5.1, equation 10.

    Examples
    --------
    A network that says 0.5 has learnt nothing but the shares, and is right by 3 : 1 about a row of class 0:

    >>> import numpy as np
    >>> from fastbal.keras import LogitAdjustedLoss
    >>> loss = LogitAdjustedLoss.from_labels([0, 0, 0, 1])
    >>> round(float(np.exp(-loss(np.array([0.0]), np.array([[0.5]])))), 4)
    0.75
    >>> loss.probabilities(np.array([[0.5], [0.9]])).round(4).tolist()
    [[0.25], [0.75]]
    """

    def __init__(
        self,
        prior: float | Sequence[float],
        tau: float = 1.0,
        from_logits: bool = False,
        name: str = "logit_adjusted_loss",
        reduction: str | None = "sum_over_batch_size",
        label_smoothing: float = 0.0,
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.prior: list[float] = read_prior(prior).tolist()
        self.tau = read_tau(tau)
        self.from_logits = from_logits
        self.label_smoothing = checked_smoothing(label_smoothing)

    @classmethod
    def from_labels(cls, y: Any, tau: float = 1.0, **kwargs: Any) -> Self:
        """The loss for the class shares of a target.

        Parameters
        ----------
        y : array-like of shape (n_rows,), (n_rows, 1) or (n_rows, n_classes)
            The labels of the training rows, encoded as for `fit`.
        tau : float, default=1.0
            As above.
        **kwargs : dict
            `from_logits`, `name`, `reduction`, `label_smoothing`, `dtype`, as above.

        Returns
        -------
        LogitAdjustedLoss
        """
        return cls(prior_of(y), tau, **kwargs)

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
        shares = smoothed_shares(target_shares(y_true, y_pred), self.label_smoothing)
        return -ops.sum(shares * self._log_probabilities(y_pred), -1)

    def probabilities(self, outputs: Any) -> NDArray[Any]:
        """The inverse: probabilities of the classes as common as in training, from the network's outputs.

        Parameters
        ----------
        outputs : array-like of shape (n_rows, 1) or (n_rows, n_classes)
            What `predict` of a network trained with this loss returns.

        Returns
        -------
        ndarray of the shape of `outputs`
            The probability of class 1, or of each class.
        """
        outputs = ops.convert_to_tensor(outputs, dtype=self.dtype)
        probabilities: NDArray[Any] = ops.convert_to_numpy(ops.exp(self._log_probabilities(outputs)))
        return probabilities if outputs.shape[-1] > 1 else probabilities[..., 1:]

    def _log_probabilities(self, outputs: Any) -> Any:
        log_p = log_probabilities(outputs, from_logits=self.from_logits)
        return ops.log_softmax(log_p + self.tau * ops.log(per_class(self.prior, "prior", log_p)), -1)

    def get_config(self) -> dict[str, Any]:
        """What makes the loss again, after loading a model."""
        names = ("prior", "tau", "from_logits", "label_smoothing", "dtype")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
