"""Learn features from the rows as they are, then the last layer from balanced ones."""

from __future__ import annotations

from typing import Any

import keras

from fastbal.keras._decision import Decision


class RetrainHead(keras.callbacks.Callback):
    """After training, forget the last layer and train it alone on balanced batches [1]_ (decoupled training, cRT).

    Features are learned best from the rows as they are; what balance improves is the classifier on top of them. All
    other layers stay as they are, in inference mode. Put it before callbacks that look at the end of training, such as
    `TuneThreshold`, whose prior is that of the balanced batches then.

    Parameters
    ----------
    batches : BalancedBatches, tf.data.Dataset or whatever else `fit` takes
        Balanced batches of the training rows.
    epochs : int, default=10
        How often to go through them.
    head : str, default=None
        Name of the layer to train again. None for the last one with weights that are trained.
    optimizer : str or keras.optimizers.Optimizer, default=None
        As in ``compile``. None for a new one with the settings of the model's own.

    Attributes
    ----------
    history_ : keras.callbacks.History
        Of the second training.

    Raises
    ------
    ValueError
        Before the first epoch, if there is no such layer.

    References
    ----------
    .. [1] B. Kang, S. Xie, M. Rohrbach, Z. Yan, A. Gordo, J. Feng, Y. Kalantidis, "Decoupling Representation and
       Classifier for Long-Tailed Recognition", ICLR 2020, section 4.1.

    Examples
    --------
    >>> import keras, numpy as np
    >>> from fastbal.keras import BalancedBatches, RetrainHead
    >>> X = np.random.default_rng(0).normal(size=(100, 2))
    >>> y = (np.arange(100) < 10).astype(int)
    >>> layers = [keras.layers.Dense(4, "relu"), keras.layers.Dense(1, "sigmoid", name="head")]
    >>> model = keras.Sequential([keras.Input((2,)), *layers])
    >>> model.compile("adam", "binary_crossentropy")
    >>> retrain = RetrainHead(BalancedBatches(X, y, random_state=0), epochs=2)
    >>> history = model.fit(X, y, callbacks=[retrain], verbose=0)
    >>> len(retrain.history_.history["loss"])
    2
    """

    def __init__(self, batches: Any, epochs: int = 10, head: str | None = None, optimizer: Any = None) -> None:
        super().__init__()
        self.batches = batches
        self.epochs = epochs
        self.head = head
        self.optimizer = optimizer

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Find the layer.

        Parameters
        ----------
        logs : dict, default=None
            Ignored.
        """
        candidates = [layer for layer in self.model.layers if layer.trainable_weights or not layer.built]
        named = [layer for layer in candidates if self.head in (None, layer.name) and not isinstance(layer, Decision)]
        if not named:
            raise ValueError(
                f"head must be the name of a layer with weights that are trained, but it is {self.head!r}. There are "
                f"{[layer.name for layer in candidates]}."
            )
        self._head = named[-1]

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Train the head.

        Parameters
        ----------
        logs : dict, default=None
            Ignored.
        """
        model, head = self.model, self._head
        fresh = type(head).from_config(head.get_config())
        fresh.build_from_config(head.get_build_config())
        head.set_weights(fresh.get_weights())
        trained = [(layer, layer.trainable) for layer in model.layers]
        optimizer = self.optimizer or type(model.optimizer).from_config(model.optimizer.get_config())
        try:
            for layer, _ in trained:
                layer.trainable = layer is head
            # The same layers in a model of their own: the first one keeps its optimizer, history and graphs.
            given = model.inputs[0] if isinstance(model, keras.Sequential) else model.input
            stage = keras.Model(given, model.outputs if len(model.outputs) > 1 else model.outputs[0])
            stage.compile(optimizer=optimizer, loss=model.loss)
            self.history_ = stage.fit(self.batches, epochs=self.epochs, verbose=0)
        finally:
            for layer, was_trained in trained:
                layer.trainable = was_trained
