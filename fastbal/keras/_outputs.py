"""What a network's outputs and targets say, whether it has a sigmoid unit or a unit per class."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


def log_probabilities(outputs: Any, *, from_logits: bool) -> Any:
    """The logarithm of each class's probability.

    Parameters
    ----------
    outputs : tensor of shape (..., 1), (..., n_classes) or (n_rows,)
        One sigmoid unit, or a unit per class; one number a row is a sigmoid unit, too.
    from_logits : bool
        Whether the outputs are logits, not probabilities.

    Returns
    -------
    tensor of shape (..., n_classes)
        Finite for logits of any size; probabilities are clipped at Keras's epsilon, as in Keras's own losses.
    """
    if len(outputs.shape) == 1:
        outputs = ops.expand_dims(outputs, -1)
    epsilon = keras.config.epsilon()
    if outputs.shape[-1] > 1:
        return ops.log_softmax(outputs, -1) if from_logits else ops.log(ops.maximum(outputs, epsilon))
    if from_logits:
        return ops.concatenate([ops.log_sigmoid(-outputs), ops.log_sigmoid(outputs)], -1)
    positive = ops.clip(outputs, epsilon, 1 - epsilon)
    return ops.log(ops.concatenate([1 - positive, positive], -1))


def log_probabilities_of_labels(outputs: Any, *, from_logits: bool) -> Any:
    """The logarithms of the probabilities that each label is absent and present: a sigmoid unit for each.

    Parameters
    ----------
    outputs : tensor of shape (..., n_labels)
        The units.
    from_logits : bool
        As in `log_probabilities`.

    Returns
    -------
    tensor of shape (..., n_labels, 2)
    """
    return log_probabilities(ops.expand_dims(outputs, -1), from_logits=from_logits)


def label_shares(y_true: Any, outputs: Any) -> Any:
    """How much each label is absent, and present, in each row.

    Parameters
    ----------
    y_true : tensor of shape (..., n_labels)
        0, 1, or a share in between.
    outputs : tensor of shape (..., n_labels)
        The network's outputs.

    Returns
    -------
    tensor of shape (..., n_labels, 2)
        Of the dtype of the outputs. NaN where the target is no share.

    Raises
    ------
    ValueError
        If the shapes do not fit.
    """
    if tuple(y_true.shape)[1:] != tuple(outputs.shape)[1:]:
        raise ValueError(
            f"The targets have shape {tuple(y_true.shape)}, which does not fit outputs of shape "
            f"{tuple(outputs.shape)}: with several labels a row, a column for each of them."
        )
    present = ops.expand_dims(ops.cast(y_true, outputs.dtype), -1)
    return _or_nan(
        ops.concatenate([1 - present, present], -1), ops.all(ops.logical_and(present >= 0, present <= 1), -1)
    )


def smoothed_shares(shares: Any, label_smoothing: float) -> Any:
    """Shares of classes a little nearer to each other: ``(1 - s) * share + s / n_classes`` (Szegedy et al. 2016)."""
    return shares if not label_smoothing else shares * (1 - label_smoothing) + label_smoothing / shares.shape[-1]


def checked_smoothing(label_smoothing: Any) -> float:
    """A number from 0 to 1, as a float."""
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"label_smoothing must be a number from 0 to 1, but it is {label_smoothing!r}.")
    return float(label_smoothing)


def target_shares(y_true: Any, outputs: Any) -> Any:
    """How much of each class a row is: one-hot, also if the target holds codes.

    Parameters
    ----------
    y_true : tensor of shape (...,), (..., 1) or (..., n_classes)
        Class codes; for one sigmoid unit also shares of class 1; for a unit per class also one-hot rows or shares.
    outputs : tensor of shape (..., 1), (..., n_classes) or (n_rows,)
        The network's outputs.

    Returns
    -------
    tensor of shape (..., n_classes)
        Of the dtype of the outputs. NaN in rows whose target is no class: a loss must not go on in silence.

    Raises
    ------
    ValueError
        If the shapes do not fit.
    """
    if len(outputs.shape) == 1:
        outputs = ops.expand_dims(outputs, -1)
    units, rank = outputs.shape[-1], len(outputs.shape)
    y_true = ops.cast(y_true, outputs.dtype)
    if len(y_true.shape) == rank and y_true.shape[-1] == 1:
        y_true = ops.squeeze(y_true, -1)
    if len(y_true.shape) == rank - 1:
        codes = ops.expand_dims(y_true, -1)
        if units > 1:
            return one_hot(y_true, units, outputs.dtype)
        shares = ops.concatenate([1 - codes, codes], -1)
    elif units > 1 and tuple(y_true.shape)[-1] == units:
        shares = y_true
    else:
        raise ValueError(
            f"The targets have shape {tuple(y_true.shape)}, which does not fit outputs of shape "
            f"{tuple(outputs.shape)}. One unit takes targets 0 and 1; {units if units > 1 else 'several'} units take "
            "class codes, or one-hot rows with a column per unit."
        )
    # Shares that come from elsewhere, such as smoothed labels, are rounded.
    is_known = ops.logical_and(ops.all(shares >= 0, -1), ops.abs(ops.sum(shares, -1) - 1) < 1e-3)
    return _or_nan(shares, is_known)


def one_hot(codes: Any, n_classes: int, dtype: Any) -> Any:
    """One-hot rows of class codes; NaN where a code is no class, which Keras's own has as zeros.

    Parameters
    ----------
    codes : tensor of shape (...,)
        Class codes, of any dtype.
    n_classes : int
        How many classes there are.
    dtype : str
        Of the rows.

    Returns
    -------
    tensor of shape (..., n_classes)
    """
    codes = ops.expand_dims(ops.cast(codes, dtype), -1)
    rows = ops.cast(ops.equal(codes, ops.arange(n_classes, dtype=dtype)), dtype)
    return _or_nan(rows, ops.any(rows > 0, -1))


def per_class(values: Any, name: str, log_p: Any) -> Any:
    """One number for each class, to go with their probabilities.

    Parameters
    ----------
    values : list of n_classes floats, or of a list for each label
        The numbers.
    name : str
        What they are, for the message.
    log_p : tensor of shape (..., n_classes)
        What they go with.

    Returns
    -------
    tensor of the shape of `values`

    Raises
    ------
    ValueError
        If there are more or fewer of them than classes.
    """
    n, n_classes = len(values), log_p.shape[-1]
    if isinstance(values[0], list):
        if n != log_p.shape[-2]:
            raise ValueError(f"{name} has {n} rows, but the network has {log_p.shape[-2]} labels: give one for each.")
    elif n != n_classes:
        raise ValueError(f"{name} has {n} values, but the network tells {n_classes} classes apart: give one for each.")
    return ops.convert_to_tensor(values, dtype=log_p.dtype)


def _or_nan(rows: Any, is_known: Any) -> Any:
    return ops.where(ops.expand_dims(is_known, -1), rows, float("nan"))
