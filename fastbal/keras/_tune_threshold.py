"""The threshold that is best on validation data, found in training and saved with the model."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_curve

from fastbal.keras._decision import decision_layer
from fastbal.keras._prior import read_prior
from fastbal.keras._validation import ValidationCallback

Counts = NDArray[np.float64]


def _ratio(numerator: Counts, denominator: Counts) -> Counts:
    return np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator != 0)


_METRICS: dict[str, Callable[[Counts, Counts, Counts, Counts], Counts]] = {
    "f1": lambda tp, fp, fn, tn: _ratio(2 * tp, 2 * tp + fp + fn),
    "balanced_accuracy": lambda tp, fp, fn, tn: (_ratio(tp, tp + fn) + _ratio(tn, tn + fp)) / 2,
    "geometric_mean": lambda tp, fp, fn, tn: np.sqrt(_ratio(tp, tp + fn) * _ratio(tn, tn + fp)),
}


class TuneThreshold(ValidationCallback):
    """Tune the threshold after each epoch, and keep it in the model's `Decision` layer.

    Every threshold that makes a difference on the validation data is tried. It is one of the model's weights: a
    checkpoint has that of its epoch, and EarlyStopping, where it restores the weights of the best epoch, restores it.
    Put it before ModelCheckpoint. The logs get `val_threshold`, and `val_tuned_f1` or whatever the metric is called.

    Parameters
    ----------
    validation_data : tuple of (X, y) or (X, y, sample_weight)
        As for `fit`, in arrays; never resampled. The targets are 0 and 1, or one-hot rows of two columns.
    training_prior : float
        The share of class 1 among the rows that the network is trained with, after resampling: 0.5 in a balanced
        table. With class weights, the share of their sum: 0.5 for "balanced".
    metric : {"f1", "balanced_accuracy", "geometric_mean"} or callable, default="f1"
        What shall be greatest. A callable is given the arrays tp, fp, fn and tn, with an entry for each threshold:
        ``lambda tp, fp, fn, tn: -(fp + 20 * fn)`` where a miss costs as much as twenty false alarms.
    batch_size : int, default=1024
        Rows predicted at a time.

    Raises
    ------
    ValueError
        If the targets are no class codes, there are more than two classes, the metric is unknown, or the prior is not
        between 0 and 1; before the first epoch, if the model has no `Decision` layer; after it, if the network has more
        than two outputs or returns NaN.

    Examples
    --------
    >>> import keras, numpy as np
    >>> from fastbal.keras import Decision, TuneThreshold, predict_labels, predict_probability, read_decision
    >>> X, y = np.array([[-4.0], [-3.0], [-2.0], [-1.0]]), np.array([0, 0, 0, 1])
    >>> dense = keras.layers.Dense(1, "sigmoid", kernel_initializer="ones")
    >>> model = keras.Sequential([keras.Input((1,)), dense, Decision()])
    >>> model.compile(keras.optimizers.SGD(0.0), "binary_crossentropy")
    >>> history = model.fit(X, y, callbacks=[TuneThreshold((X, y), training_prior=0.5)], verbose=0)
    >>> round(read_decision(model).threshold, 3)
    0.194
    >>> predict_labels(model, X, classes=["no", "yes"]).tolist()
    ['no', 'no', 'no', 'yes']
    >>> predict_probability(model, X, prior=0.25).round(2).tolist()
    [0.01, 0.02, 0.04, 0.11]
    """

    def __init__(
        self,
        validation_data: Sequence[Any],
        training_prior: float,
        metric: str | Callable[[Counts, Counts, Counts, Counts], Counts] = "f1",
        batch_size: int = 1024,
    ) -> None:
        super().__init__(validation_data, batch_size)
        if self.codes.max() > 1:
            raise ValueError(
                f"TuneThreshold is for two classes, 0 and 1, but validation_data has targets of up to "
                f"{self.codes.max()}."
            )
        if not callable(metric) and metric not in _METRICS:
            close = difflib.get_close_matches(str(metric), _METRICS, n=1)
            raise ValueError(
                f"metric must be one of {[*_METRICS]} or a callable, but it is {metric!r}."
                f"{f' Did you mean {close[0]!r}?' if close else ''}"
            )
        self.training_prior = float(read_prior(training_prior, "training_prior")[1])
        self.metric = metric if callable(metric) else _METRICS[metric]
        self.name = f"val_tuned_{getattr(metric, '__name__', 'metric') if callable(metric) else metric}"

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Find the layer.

        Parameters
        ----------
        logs : dict, default=None
            Ignored.
        """
        self._layer = decision_layer(self.model)
        self._layer.training_prior.assign(self.training_prior)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Set the threshold, and write it into the logs.

        Parameters
        ----------
        epoch : int
            Ignored.
        logs : dict, default=None
            The logs of the epoch.
        """
        outputs = self.outputs()
        if outputs.shape[1] > 2:
            raise ValueError(f"TuneThreshold is for two classes, but the network has {outputs.shape[1]} outputs a row.")
        threshold, score = best_threshold(self.codes, outputs[:, -1], self.sample_weight, self.metric)
        self._layer.threshold.assign(threshold)
        if logs is not None:
            logs["val_threshold"], logs[self.name] = threshold, score

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Once more, for weights that a callback has restored after this one's last epoch.

        Parameters
        ----------
        logs : dict, default=None
            Ignored.
        """
        self.on_epoch_end(-1)


def best_threshold(
    codes: NDArray[Any],
    scores: NDArray[Any],
    sample_weight: NDArray[np.float64],
    metric: Callable[[Counts, Counts, Counts, Counts], Counts],
) -> tuple[float, float]:
    """The threshold whose greater scores are best called class 1, and how good that is.

    Parameters
    ----------
    codes : ndarray of shape (n_rows,)
        0 or 1.
    scores : ndarray of shape (n_rows,), floating
        Outputs for class 1.
    sample_weight : ndarray of shape (n_rows,), float64
        What each row counts.
    metric : callable
        Of tp, fp, fn, tn.

    Returns
    -------
    threshold, score : float
        The threshold lies halfway between two scores; the greatest one, if several are as good.

    Examples
    --------
    >>> best_threshold(np.array([0, 1, 1]), np.array([0.2, 0.4, 0.8]), np.ones(3), _METRICS["f1"])
    (0.30000000000000004, 1.0)
    """
    false_rate, true_rate, cuts = roc_curve(codes, scores, sample_weight=sample_weight, drop_intermediate=False)
    n_positive, n_negative = sample_weight[codes == 1].sum(), sample_weight[codes == 0].sum()
    tp, fp = true_rate * n_positive, false_rate * n_negative
    values = np.asarray(metric(tp, fp, n_positive - tp, n_negative - fp), float)
    if values.shape != tp.shape:
        raise ValueError(
            f"metric must return a number for each of the {len(tp)} thresholds, but it returned {values.shape}."
        )
    best = int(np.argmax(values))
    # cuts[best] is the least score called class 1, cuts[best + 1] the greatest called class 0, if there are such.
    lower = scores.dtype.type(cuts[best + 1] if best + 1 < len(cuts) else scores.min() - 1)
    upper = scores.dtype.type(cuts[best] if best else scores.max() + 1)
    middle = lower + (upper - lower) / 2
    # Between two numbers next to each other there is none: the lower one serves, which is not greater than itself.
    return float(middle if middle < upper else lower), float(values[best])
