"""Weights that let each class count, by class code, and the target that they belong to."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastbal._core.target import Target
from fastbal._core.words import listed
from fastbal._networks.target import read_target

_SCHEMES = ("balanced", "sqrt", "effective")


class ClassWeights(NamedTuple):
    """What `class_weights` returns: all that training needs to know of a target.

    Attributes
    ----------
    weights : dict of int to float
        Class code to weight: the argument `class_weight` of Keras's `fit`.
    y : ndarray of shape (n_rows,), int32, or (n_rows, n_classes), float32
        The target to train on: class codes from 0; one-hot rows if the target was one-hot.
    classes : ndarray of shape (n_classes,)
        The label of each code: ``classes[codes]`` translates back.

    Examples
    --------
    >>> from fastbal.keras import class_weights
    >>> weights, y, classes = class_weights(["no", "no", "no", "yes"])
    >>> weights[1], y.tolist(), classes.tolist()
    (2.0, [0, 0, 0, 1], ['no', 'yes'])
    """

    weights: dict[int, float]
    y: NDArray[Any]
    classes: NDArray[Any]


def class_weights(
    y: Any,
    scheme: str | Mapping[Any, float] = "balanced",
    *,
    beta: float = 0.999,
    pos_label: Any = None,
) -> ClassWeights:
    """Class weights, and the target encoded as these weights need it.

    Keras looks the weights up by class code and gives weight 1, silently, to what it does not find: to labels that are
    text, to -1, to a class left out. Here every class has a weight, and every weight a class.

    Parameters
    ----------
    y : array-like of shape (n_rows,), (n_rows, 1) or (n_rows, n_classes)
        The labels of the training rows, of any kind, or one-hot rows.
    scheme : {"balanced", "sqrt", "effective"} or mapping of label to weight, default="balanced"
        With N rows, K classes and n rows in a class, its weight is

        - "balanced": ``N / (K n)``, as in scikit-learn; all classes count the same;
        - "sqrt": proportional to ``1 / sqrt(n)``;
        - "effective": proportional to ``(1 - beta) / (1 - beta**n)``, the inverse of the effective number of rows [1]_;
        - a mapping: the weight under its label (of a one-hot target: its column number), as it is.

        The named schemes are scaled such that the mean weight of a row is 1, so that the loss and the learning rate
        keep their scale. (The paper scales to a sum of K.)
    beta : float, default=0.999
        For "effective", in [0, 1): 0 weighs all classes the same, towards 1 it becomes "balanced".
    pos_label : object, default=None
        For two classes: the label that gets code 1, that is the class whose probability a sigmoid unit gives. None for
        the greater label, as in scikit-learn.

    Returns
    -------
    ClassWeights
        Named tuple of `weights`, `y` and `classes`.

    Raises
    ------
    ValueError
        If a label of y has no weight, a weight has no label in y, a weight is negative or not finite, the scheme is
        unknown, `pos_label` is no label, or y has fewer than two classes.

    References
    ----------
    .. [1] Y. Cui, M. Jia, T.-Y. Lin, Y. Song, S. Belongie, "Class-Balanced Loss Based on Effective Number of Samples",
       CVPR 2019, section 3.

    Examples
    --------
    >>> import numpy as np
    >>> weights, y, classes = class_weights(np.repeat(["no", "yes"], [7602, 398]))
    >>> {code: round(weight, 3) for code, weight in weights.items()}
    {0: 0.526, 1: 10.05}
    >>> class_weights(["buy", "don't buy"], {"buy": 0.75, "don't buy": 0.25}).weights
    {0: 0.75, 1: 0.25}
    >>> class_weights(["buy", "don't buy"], {"buy": 0.75, "dont buy": 0.25})
    Traceback (most recent call last):
    ValueError: scheme must have one weight for each class of y. It has none for "don't buy". There is no class
    'dont buy'; did you mean "don't buy"?
    """
    target, is_one_hot = read_target(y)
    target = _with_positive(target, is_one_hot, pos_label)
    if isinstance(scheme, Mapping):
        weights = _weights_by_label(scheme, target)
    else:
        weights = _weights_by_size(scheme, beta, target.counts)
    codes = np.eye(len(weights), dtype=np.float32)[target.codes] if is_one_hot else target.codes.astype(np.int32)
    return ClassWeights(dict(enumerate(weights)), codes, target.classes)


def initial_bias(y: Any) -> float | NDArray[np.float64]:
    """The bias of the last layer that makes an untrained network predict the class shares.

    Without it the first epochs are spent on learning how rare the rare class is.

    Parameters
    ----------
    y : array-like of shape (n_rows,), (n_rows, 1) or (n_rows, n_classes)
        The labels of the training rows, encoded as for `fit`.

    Returns
    -------
    float or ndarray of shape (n_classes,), float64
        For two classes the log odds of the greater label, for one sigmoid unit. For more classes, or a one-hot target,
        the log of each class's share, for softmax units.

    Raises
    ------
    ValueError
        If y has fewer than two classes.

    Examples
    --------
    For Keras, ``Dense(1, "sigmoid", bias_initializer=keras.initializers.Constant(bias))``; for PyTorch,
    ``torch.nn.init.constant_(layer.bias, bias)``.

    >>> round(initial_bias([0, 0, 0, 1]), 4)
    -1.0986
    """
    target, is_one_hot = read_target(y)
    log_counts = np.log(target.counts)
    if len(log_counts) == 2 and not is_one_hot:
        return float(log_counts[1] - log_counts[0])
    shares: NDArray[np.float64] = log_counts - math.log(len(target.codes))
    return shares


def _with_positive(target: Target, is_one_hot: bool, pos_label: Any) -> Target:
    """The target, its two classes swapped if the first of them shall have code 1."""
    if pos_label is None:
        return target
    if len(target.classes) != 2 or is_one_hot:
        raise ValueError(
            "pos_label says which of two labels gets code 1, but y "
            f"{'is one-hot' if is_one_hot else f'has {len(target.classes)} classes'}. Leave pos_label out."
        )
    if pos_label not in target.labels:
        raise ValueError(f"pos_label must be a label of y, {listed(target.labels)}, but it is {pos_label!r}.")
    if pos_label == target.labels[1]:
        return target
    return Target(target.classes[::-1], 1 - target.codes, target.counts[::-1])


def _weights_by_size(scheme: Any, beta: float, counts: NDArray[np.int64]) -> list[float]:
    if scheme == "balanced":
        raw = 1 / counts
    elif scheme == "sqrt":
        raw = 1 / np.sqrt(counts)
    elif scheme == "effective":
        if not 0 <= beta < 1:
            raise ValueError(f"beta must be in [0, 1), but it is {beta!r}.")
        # 1 - beta**n, without the loss of digits near beta = 1.
        raw = 1 / -np.expm1(counts * np.log(beta)) if beta else np.ones(len(counts))
    else:
        close = difflib.get_close_matches(scheme, _SCHEMES, n=1) if isinstance(scheme, str) else []
        raise ValueError(
            f"scheme must be 'balanced', 'sqrt', 'effective' or a mapping of label to weight, but it is {scheme!r}."
            f"{f' Did you mean {close[0]!r}?' if close else ''}"
        )
    weights: list[float] = (raw * (counts.sum() / (raw @ counts))).tolist()
    return weights


def _weights_by_label(scheme: Mapping[Any, float], target: Target) -> list[float]:
    labels = target.labels
    missing = [label for label in labels if label not in scheme]
    unknown = [label for label in scheme if label not in labels]
    if missing or unknown:
        raise ValueError(
            "scheme must have one weight for each class of y."
            + (f" It has none for {listed(missing)}." if missing else "")
            + (f" There is no class {listed(unknown)}{_meant(unknown, labels)}" if unknown else "")
        )
    for label in labels:
        if isinstance(scheme[label], str) or not 0 <= scheme[label] < math.inf:
            raise ValueError(f"A weight must be a number from 0, but that of {label!r} is {scheme[label]!r}.")
    return [float(scheme[label]) for label in labels]


def _meant(unknown: list[Any], labels: list[Any]) -> str:
    by_text = {str(label): label for label in labels}
    close = difflib.get_close_matches(str(unknown[0]), by_text, n=1)
    return f"; did you mean {by_text[close[0]]!r}?" if close else f": the classes are {listed(labels)}."
