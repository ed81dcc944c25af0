"""The reference network as a scikit-learn estimator."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Self

import keras
import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from fastbal._networks.class_weights import class_weights
from fastbal._sklearn import DocumentedHere, check_sample_weight
from fastbal.keras._reference_dnn import reference_dnn

# Rows predicted at a time.
_MANY_ROWS = 4096
# Batches handed to TensorFlow at a time: the same network in a third of the time. PyTorch takes them one by one.
_MANY_BATCHES = 64 if keras.backend.backend() == "tensorflow" else 1


class ReferenceDNNClassifier(DocumentedHere, ClassifierMixin, BaseEstimator):
    """`reference_dnn` in scikit-learn's terms: for pipelines, searches, cross-validation and ensembles.

    Keras's own wrapper, ``keras.wrappers.SKLearnClassifier``, checks the data, encodes the labels and trains. Added is
    what it lacks: `predict_proba`, one-dimensional scores, class weights by label, a seed, losses that are made from
    the target of each fit, parameters that a search can reach, and copies that keep the number of epochs.

    Parameters
    ----------
    hidden : sequence of int, default=(26, 15)
        Units of each hidden layer.
    loss : str, keras.losses.Loss or callable, default=None
        The loss, for probabilities and one-hot targets. A callable makes one of the target as labels:
        ``FocalLoss.from_labels``, ``LogitAdjustedLoss.from_labels``. None for cross-entropy.
    optimizer : str or keras.optimizers.Optimizer, default="adam"
        As in ``compile``; each fit starts with a copy.
    epochs : int, default=100
        How often to go through the table.
    batch_size : int, default=32
        Rows of a batch.
    class_weight : {"balanced", "sqrt", "effective"} or mapping of label to weight, default=None
        As `class_weights` understands it. None weighs all rows the same. All weights are scaled to a mean of 1, so
        that the learning rate keeps its scale.
    random_state : int or RandomState, default=None
        Seed of the weights, and of the order of the rows. Keras knows one seed for all; those of Python and NumPy go on
        after the fit as if nothing had been, that of the back-end does not.
    verbose : int, default=0
        As in Keras's ``fit``: 1 for a progress bar.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels.
    class_weight_ : dict of label to float, or None
        What a row of each class has counted, before the scaling; None without `class_weight`.
    model_ : keras.Model
        The network, with an output per class: of two, one minus the sigmoid unit, and the unit.
    history_ : keras.callbacks.History
        What `fit` of the network has returned.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from fastbal.keras import FocalLoss, ReferenceDNNClassifier
    >>> X, y = make_classification(n_samples=200, weights=[0.9], random_state=0)
    >>> classifier = ReferenceDNNClassifier(hidden=(8,), loss=FocalLoss.from_labels, epochs=1, random_state=0)
    >>> classifier.fit(X, y).predict_proba(X).shape
    (200, 2)
    """

    def __init__(
        self,
        hidden: Sequence[int] = (26, 15),
        *,
        loss: Any = None,
        optimizer: Any = "adam",
        epochs: int = 100,
        batch_size: int = 32,
        class_weight: str | Mapping[Any, float] | None = None,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.hidden = hidden
        self.loss = loss
        self.optimizer = optimizer
        self.epochs = epochs
        self.batch_size = batch_size
        self.class_weight = class_weight
        self.random_state = random_state
        self.verbose = verbose

    def fit(self, X: Any, y: Any, sample_weight: Any = None, **fit_params: Any) -> Self:
        """Train a new network.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_rows, n_columns)
            The rows: finite numbers, scaled.
        y : array-like of shape (n_rows,)
            The labels, of any kind.
        sample_weight : array-like of shape (n_rows,), default=None
            What each row counts beside the others; multiplied by the class weights.
        **fit_params : dict
            Further arguments of the network's ``fit``, such as `callbacks`.

        Returns
        -------
        self
        """
        X, y = validate_data(self, X, y, dtype=np.float32)
        if sample_weight is not None:
            sample_weight = check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        wrapper = keras.wrappers.SKLearnClassifier(
            _build,
            model_kwargs={
                "hidden": self.hidden,
                "optimizer": _copy_of(self.optimizer),
                "loss": self._loss_for(y),
            },
            fit_kwargs={"epochs": self.epochs, "batch_size": self.batch_size, "verbose": self.verbose},
        )
        with _seeded(self.random_state):
            wrapper.fit(X, y, sample_weight=self._row_weights(y, sample_weight), **fit_params)
        self.classes_, self.model_, self.history_ = wrapper.classes_, wrapper.model_, wrapper.history_
        return self

    def predict_proba(self, X: Any) -> NDArray[Any]:
        """The probability of each class.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_rows, n_columns)
            The rows.

        Returns
        -------
        ndarray of shape (n_rows, n_classes)
        """
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float32, reset=False)
        probabilities: NDArray[Any] = self.model_.predict(X, batch_size=_MANY_ROWS, verbose=0)
        return probabilities

    def predict(self, X: Any) -> NDArray[Any]:
        """The most probable class of each row.

        Parameters
        ----------
        X : {array-like, dataframe} of shape (n_rows, n_columns)
            The rows.

        Returns
        -------
        ndarray of shape (n_rows,)
        """
        probabilities = self.predict_proba(X)
        labels: NDArray[Any] = self.classes_[probabilities.argmax(axis=1)]
        return labels

    def _loss_for(self, y: NDArray[Any]) -> Any:
        if callable(self.loss) and not isinstance(self.loss, keras.losses.Loss):
            return self.loss(y)
        return "categorical_crossentropy" if self.loss is None else self.loss

    def _row_weights(self, y: NDArray[Any], sample_weight: Any) -> Any:
        """Weights of the classes and of the rows, multiplied, as Keras takes only one of them; their mean is 1.

        Weights say what rows count beside each other. Those of a booster, of sum 1, would leave Adam next to no
        gradient.
        """
        self.class_weight_ = None
        if self.class_weight is None and sample_weight is None:
            return None
        by_row = np.ones(len(y)) if sample_weight is None else sample_weight
        if self.class_weight is not None:
            weights, codes, classes = class_weights(y, self.class_weight)
            self.class_weight_ = dict(zip(classes.tolist(), weights.values(), strict=True))
            by_row = by_row * np.array([*weights.values()])[codes]
        return by_row / (by_row.mean() or 1.0)


def _build(X: Any, y: Any, *, hidden: Sequence[int], optimizer: Any, loss: Any) -> Any:
    """The network for one-hot targets, which is what the wrapper makes of all labels."""
    n_classes = y.shape[1]
    network = reference_dnn(X.shape[1], hidden, n_classes)
    outputs = network.outputs[0]
    if n_classes == 2:
        outputs = keras.ops.concatenate([1 - outputs, outputs], axis=-1)
    model = keras.Model(network.inputs[0], outputs)
    model.compile(optimizer=optimizer, loss=loss, steps_per_execution=_MANY_BATCHES)
    return model


@contextmanager
def _seeded(random_state: Any) -> Iterator[None]:
    if random_state is None:
        yield
        return
    # Drawn first: what a RandomState has been asked for is not taken back, even if it is NumPy's own.
    seed = int(check_random_state(random_state).randint(2**31 - 1))
    python, numpy = random.getstate(), np.random.get_state()
    try:
        keras.utils.set_random_seed(seed)
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)


def _copy_of(optimizer: Any) -> Any:
    """An optimizer belongs to the network it has trained: the next one needs its own."""
    return optimizer if isinstance(optimizer, str) else type(optimizer).from_config(optimizer.get_config())
