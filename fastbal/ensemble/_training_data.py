"""The table and labels of an ensemble, checked once."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.exceptions import DataConversionWarning
from sklearn.utils.validation import check_consistent_length, validate_data

from fastbal._containers.read import read_labels
from fastbal._core.recipe import Rows
from fastbal._core.rows import take_rows
from fastbal._core.target import Target, encode


def read_training_data(ensemble: Any, X: Any, y: Any, **checks: Any) -> tuple[Any, Target]:
    """The table as an array or CSR matrix, and the class of each row.

    Parameters
    ----------
    ensemble : estimator
        Gets `n_features_in_` and `feature_names_in_`.
    X : {array-like, dataframe, sparse matrix} of shape (n_rows, n_columns)
        The table.
    y : array-like of shape (n_rows,)
        The label of each row, of any kind a sampler takes.
    **checks
        As of scikit-learn's `validate_data`: dtype, ensure_all_finite.

    Returns
    -------
    X : ndarray or CSR matrix
    target : Target
    """
    name = type(ensemble).__name__
    if y is None:
        raise ValueError(f"{name} requires y to be passed, but the target y is None. Give the label of each row.")
    X = validate_data(ensemble, X, accept_sparse="csr", **checks)
    labels = read_labels(y)
    if labels.is_indicator:
        raise ValueError(
            f"y should be a 1d array, but is an indicator matrix with a column for each class. {name} predicts labels: "
            "give one for each row, for example y.argmax(axis=1)."
        )
    if getattr(y, "ndim", 1) == 2:
        warnings.warn(
            "A column-vector y was passed when a 1d array was expected. Please change the shape of y to (n_samples,), "
            "for example using ravel().",
            DataConversionWarning,
            stacklevel=3,
        )
    check_consistent_length(X, labels.values)
    return X, encode(labels.values)


def take(X: Any, rows: Rows) -> Any:
    """Rows of an array or CSR matrix."""
    return X[rows] if sparse.issparse(X) else take_rows(X, rows)


def target_of_rows(target: Target, rows: Rows) -> Target:
    """The target of some rows, with the classes that occur among them.

    Examples
    --------
    >>> import numpy as np
    >>> part = target_of_rows(encode(np.array(["a", "b", "c"])), np.array([2, 0, 2]))
    >>> part.labels, part.codes.tolist()
    (['a', 'c'], [1, 0, 1])
    """
    part = encode(target.codes[rows])
    return part._replace(classes=target.classes[part.classes])


def codes_of(y: NDArray[Any], classes: NDArray[Any]) -> NDArray[np.int64]:
    """Position of each label among the sorted labels of the whole table."""
    part = encode(np.asarray(y))
    positions: NDArray[np.int64] = np.searchsorted(classes, part.classes)[part.codes]
    return positions
