"""Folds that are equally hard: rows that a classifier finds difficult are spread evenly."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.model_selection import BaseCrossValidator, LeaveOneGroupOut, cross_val_predict

from fastbal._containers.read import read_labels
from fastbal._core.target import Target, encode

Rows = NDArray[np.int64]


class InstanceHardnessCV(BaseCrossValidator):
    """Folds over which the rows that are hard to classify are spread evenly (instance hardness, Smith et al. 2014).

    A classifier is cross-validated first. The rows of each class are sorted by the probability that it gives them, and
    dealt to the folds in turn: so all folds have as many rows of each class, and as many hard ones, and their scores
    differ less than those of random folds.

    Parameters
    ----------
    estimator : classifier
        Anything with ``predict_proba``; never fitted itself, but copied.
    n_splits : int, default=5
        Number of folds, at least 2; also those of the classifier.
    pos_label : int, float, bool or str, default=None
        Of two classes, the one whose probability is sorted by. None is the larger label. With more than two classes
        each row is sorted by the probability of its own.

    Notes
    -----
    The folds are those of the classifier: give it a `random_state` if it draws random numbers.

    References
    ----------
    Smith, Martinez, Giraud-Carrier: An instance level analysis of data complexity. Machine Learning 95 (2014), 225-256.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.model_selection import cross_validate
    >>> from fastbal.model_selection import InstanceHardnessCV
    >>> X, y = make_classification(weights=[0.9], flip_y=0.05, n_samples=1000, random_state=10)
    >>> classifier = LogisticRegression()
    >>> folds = InstanceHardnessCV(classifier, n_splits=5)
    >>> [int(y[test].sum()) for train, test in folds.split(X, y)]
    [22, 22, 23, 23, 23]
    >>> scores = cross_validate(classifier, X, y, cv=folds, scoring="average_precision")["test_score"]
    >>> spread = cross_validate(classifier, X, y, cv=5, scoring="average_precision")["test_score"].std()
    >>> bool(scores.std() < spread)
    True
    """

    def __init__(self, estimator: Any, *, n_splits: int = 5, pos_label: Any = None) -> None:
        self.estimator = estimator
        self.n_splits = n_splits
        self.pos_label = pos_label

    def split(self, X: Any, y: Any, groups: Any = None) -> Iterator[tuple[Rows, Rows]]:
        """The rows to train on and to test on, fold by fold.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_columns)
            The table.
        y : array-like of shape (n_rows,)
            The label of each row.
        groups : object, default=None
            Ignored, with a warning.

        Yields
        ------
        train : ndarray of shape (n_train,), int
            Row numbers, ascending.
        test : ndarray of shape (n_test,), int
            Row numbers, ascending.
        """
        if groups is not None:
            warnings.warn(f"The groups parameter is ignored by {type(self).__name__}", UserWarning, stacklevel=2)
        if not isinstance(self.n_splits, Integral) or self.n_splits < 2:
            raise ValueError(f"n_splits must be a whole number of folds, 2 or more. Got {self.n_splits!r}.")
        target = encode(read_labels(y).values)
        column = self._positive_code(target)
        labels = target.decode(target.codes)
        likelihoods = cross_val_predict(
            clone(self.estimator), X, labels, cv=self.n_splits, method="predict_proba"
        )  # a column for each class, in the order of the codes
        likely = likelihoods[np.arange(len(labels)), target.codes if column is None else column]
        fold = np.empty(len(labels), np.int64)
        fold[np.lexsort((likely, target.codes))] = np.arange(len(labels)) % self.n_splits
        yield from LeaveOneGroupOut().split(fold, groups=fold)

    def _positive_code(self, target: Target) -> int | None:
        """Of two classes the positive one."""
        labels = target.labels
        if len(labels) < 2:
            raise ValueError(f"y must have at least two classes, but all rows are {labels[0]!r}.")
        if len(labels) > 2:
            if self.pos_label is not None:
                raise ValueError(
                    f"pos_label is for two classes, but y has {len(labels)}: {labels}. Leave it out; each row is then "
                    f"sorted by the probability of its own class."
                )
            return None
        if self.pos_label is None:
            return 1
        if self.pos_label not in labels:
            raise ValueError(f"pos_label={self.pos_label!r} is not a label of y. It should be one of {labels}.")
        return labels.index(self.pos_label)

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """The number of folds.

        Parameters
        ----------
        X, y, groups : object, default=None
            Ignored.

        Returns
        -------
        int
        """
        return self.n_splits
