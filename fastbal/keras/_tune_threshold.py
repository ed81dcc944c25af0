"""The threshold that is best on validation data, found in training and saved with the model."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastbal._core.confusion import NAMED, Confusion
from fastbal._core.cut_offs import Curve, confusion_along
from fastbal._networks.prior import read_prior
from fastbal.keras._decision import decision_layer
from fastbal.keras._validation import ValidationCallback
from fastbal.model_selection import ConfusionMetric
from fastbal.model_selection._threshold_search import Judge, climb, decide

Counts = NDArray[np.float64]
Metric = Callable[..., Any]


class TuneThreshold(ValidationCallback):
    """Tune the threshold after each epoch, and keep it in the model's `Decision` layer.

    Every threshold that makes a difference on the validation data is tried. Of several labels, each has its own. Of
    more than two classes one after the other is improved until none can be, as in
    `fastbal.model_selection.TunedThresholdClassifier`.

    It is one of the model's weights: a checkpoint has that of its epoch, and EarlyStopping, where it restores the
    weights of the best epoch, restores it. Put it before ModelCheckpoint. The logs get `val_threshold`, if there is
    one, and `val_tuned_f1` or whatever the metric is called.

    Parameters
    ----------
    validation_data : tuple of (X, y) or (X, y, sample_weight)
        As for `fit`, in arrays; never resampled. The targets are class codes, or one-hot rows.
    training_prior : float or sequence of n_classes or n_labels floats
        The share of class 1 among the rows that the network is trained with, after resampling: 0.5 in a balanced
        table. With class weights, the share of their sum: 0.5 for "balanced". Of more classes, or of labels, that of
        each; a single number of labels is that of all.
    metric : {"accuracy", "balanced_accuracy", "f1", "geometric_mean", "mcc"} or callable, default="f1"
        What shall be greatest; of equally good thresholds the one with the fewest errors is taken, then the lowest.
        Of several labels, for each of them; the logs get the mean.
        `FBeta`, `PrecisionAtRecall`, `RecallAtPrecision` and `Gain` of `fastbal.model_selection` are taken, too. Any
        other callable is given the arrays tp, fp, fn and tn, with an entry for each threshold:
        ``lambda tp, fp, fn, tn: -(fp + 20 * fn)`` where a miss costs as much as twenty false alarms; not for more than
        two classes.
    batch_size : int, default=1024
        Rows predicted at a time.
    multi_label : bool, default=False
        Whether the targets are columns of 0 and 1, of which a row may have several ones, and the layer is
        ``Decision(multi_label=True)``.

    Raises
    ------
    ValueError
        If the targets are no class codes, the metric is unknown or does not fit, or the prior is no share, or not one
        for each class; before the first epoch, if the model has no `Decision` layer, or one for something else; after
        it, if the targets do not fit the network or it returns NaN.

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
        training_prior: Any,
        metric: str | Metric = "f1",
        batch_size: int = 1024,
        multi_label: bool = False,
    ) -> None:
        super().__init__(validation_data, batch_size, multi_label)
        if not callable(metric) and metric not in NAMED:
            close = difflib.get_close_matches(str(metric), NAMED, n=1)
            raise ValueError(
                f"metric must be one of {[*NAMED]} or a callable, but it is {metric!r}."
                f"{f' Did you mean {close[0]!r}?' if close else ''}"
            )
        self.training_prior = np.asarray(training_prior, np.float32)
        if multi_label:
            for share in self.training_prior.ravel():
                read_prior(float(share), "training_prior")
        else:
            shares = read_prior(training_prior, "training_prior")
            if self.training_prior.ndim and len(shares) == 2:
                self.training_prior = self.training_prior[1]
        if isinstance(metric, ConfusionMetric):
            metric.check(2 if multi_label else max(2, self.training_prior.size))
        self.metric = metric
        self.name = f"val_tuned_{metric if isinstance(metric, str) else getattr(metric, '__name__', 'metric')}"

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Find the layer.

        Parameters
        ----------
        logs : dict, default=None
            Ignored.
        """
        self._layer = decision_layer(self.model)
        if self._layer.multi_label != (self.codes.ndim == 2):
            raise ValueError("multi_label must be the same in TuneThreshold and in the model's Decision layer.")
        n = self._layer.n_numbers
        if self.training_prior.size != n and not (self._layer.multi_label and self.training_prior.ndim == 0):
            raise ValueError(
                f"training_prior must be {'the share of class 1' if n == 1 else f'a share for each of {n} units'}, "
                f"but it has {self.training_prior.size} numbers."
            )
        if n > 1 and not self._layer.multi_label and not isinstance(self.metric, (str, ConfusionMetric)):
            raise ValueError(
                f"A function of tp, fp, fn and tn is for two classes, but the network has {n} outputs a row. Give the "
                f"name of a metric, or one of fastbal.model_selection."
            )
        self._layer.training_prior.assign(np.broadcast_to(self.training_prior, self._layer.training_prior.shape))

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Set the threshold, and write it into the logs; of several only their score.

        Where no threshold meets the metric's condition, it stays as it was and the logs say NaN.

        Parameters
        ----------
        epoch : int
            Ignored.
        logs : dict, default=None
            The logs of the epoch.
        """
        outputs = self.outputs()
        threshold, score = self._tuned(outputs)
        before = self._layer.get_weights()[0]
        self._layer.threshold.assign(np.where(np.isnan(threshold), before, threshold))
        if logs is not None:
            if self._layer.n_numbers == 1 and not self._layer.multi_label:
                logs["val_threshold"] = float(threshold)
            logs[self.name] = score

    def _tuned(self, outputs: NDArray[Any]) -> tuple[Any, float]:
        """The best thresholds, and how good they are; NaN where there is none."""
        if self._layer.multi_label:
            found = [
                best_threshold(codes, scores, self.sample_weight, self.metric)
                for codes, scores in zip(self.codes.T, outputs.T, strict=True)
            ]
            return np.array([threshold for threshold, _ in found]), float(np.mean([score for _, score in found]))
        if self._layer.n_numbers == 1:
            return best_threshold(self.codes, outputs[:, -1], self.sample_weight, self.metric)
        return best_thresholds(self.codes, outputs, self.sample_weight, self.metric)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Once more, for weights that a callback has restored after this one's last epoch.

        Parameters
        ----------
        logs : dict, default=None
            Ignored.
        """
        self.on_epoch_end(-1)


def best_thresholds(
    codes: NDArray[Any], proba: NDArray[Any], sample_weight: NDArray[np.float64], metric: Any
) -> tuple[NDArray[np.float32], float]:
    """A threshold for each class, found from equal ones and from the shares of the classes, and how good they are.

    Parameters
    ----------
    codes : ndarray of shape (n_rows,)
        Classes.
    proba : ndarray of shape (n_rows, n_classes), floating
        Probabilities: numbers from 0.
    sample_weight : ndarray of shape (n_rows,), float64
        What each row counts.
    metric : str or ConfusionMetric
        See `TuneThreshold`.

    Returns
    -------
    thresholds : ndarray of shape (n_classes,), float32
        Of sum 1.
    score : float
        Of these thresholds, as they are stored.
    """
    if not proba.min() >= 0:
        raise ValueError("Thresholds of several classes are for probabilities, but the network returns less than 0.")
    n_rows, n_classes = proba.shape
    judge = Judge(metric, np.arange(n_classes), codes, sample_weight, n_rows)
    frequencies = np.bincount(codes, sample_weight, n_classes) / sample_weight.sum()
    starts = np.full(n_classes, 1 / n_classes), np.maximum(frequencies, 1 / n_rows)
    proba = proba.astype(np.float32)
    found = [climb(judge, proba.astype(np.float64), start)[0].astype(np.float32) for start in starts]
    scores = [judge.score(decide(proba, thresholds)) for thresholds in found]
    best = int(np.argmax(scores))
    return found[best], scores[best]


def best_threshold(
    codes: NDArray[Any], scores: NDArray[Any], sample_weight: NDArray[np.float64], metric: str | Metric
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
    metric : str or callable
        See `TuneThreshold`.

    Returns
    -------
    threshold, score : float
        The threshold lies halfway between two scores, or beyond all; both are NaN if all values of the metric are.

    Examples
    --------
    >>> best_threshold(np.array([0, 1, 1]), np.array([0.2, 0.4, 0.8]), np.ones(3), "f1")
    (0.30000000000000004, 1.0)
    """
    cut_offs, confusion = confusion_along(scores, codes, np.zeros_like(codes), 1, sample_weight, 2)
    values = _values(metric, confusion)
    if values.shape != cut_offs.shape:
        raise ValueError(
            f"metric must return a number for each of the {len(cut_offs)} thresholds, but it returned {values.shape}."
        )
    best = Curve(cut_offs, values, np.trace(confusion, axis1=-2, axis2=-1)).best()
    if best is None:
        return np.nan, np.nan
    cut_off = scores.dtype.type(np.clip(cut_offs[best], scores.min() - 1, scores.max() + 1))
    # A cut-off is the least score called class 1; here that is greater than the threshold.
    threshold = np.nextafter(cut_off, scores.dtype.type(-np.inf)) if (scores == cut_off).any() else cut_off
    return float(threshold), float(values[best])


def _values(metric: str | Metric, confusion: Confusion) -> Counts:
    if isinstance(metric, str):
        return NAMED[metric](confusion)
    if isinstance(metric, ConfusionMetric):
        return metric(confusion)
    (tn, fp), (fn, tp) = np.moveaxis(confusion, 0, -1)
    return np.asarray(metric(tp, fp, fn, tn), float)
