"""How far apart rows of categories are: near if their categories go with the same classes."""

from __future__ import annotations

from numbers import Integral
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.distance import cdist
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_consistent_length, check_is_fitted, validate_data

from fastbal._containers.read import read_labels
from fastbal._core.class_shares import class_shares
from fastbal._core.target import encode
from fastbal._core.threads import for_each_piece
from fastbal._sklearn import DocumentedHere, Interval, StrOptions, check_parameters

__all__ = ["ValueDifferenceMetric"]

# Distances computed in one piece: they stay in the cache while the columns are added up.
_PIECE_ENTRIES = 1 << 17


class ValueDifferenceMetric(DocumentedHere, BaseEstimator):
    """Value difference metric: the distance between rows of categories (Stanfill & Waltz 1986).

    ``distance(x, y) = Σ_columns (Σ_classes |share(class | x) − share(class | y)|^k)^(r / k)``: two categories are alike
    if they go with the same classes.

    Parameters
    ----------
    n_categories : "auto" or array-like of shape (n_columns,), default="auto"
        How many categories each column has. "auto" takes one more than the largest in the table.
    k : int, default=1
        Order of the distance between the shares of two categories, at least 1.
    r : int, default=2
        Power of that distance, at least 1.

    Attributes
    ----------
    n_categories_ : ndarray of shape (n_columns,), int
        Categories of each column.
    proba_per_class_ : list of ndarray of shape (n_categories, n_classes), float64
        For each column and category the share of each class among its rows; 0 where there are none.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    References
    ----------
    Stanfill, Waltz: Toward memory-based reasoning. Communications of the ACM 29 (1986), 1213-1228.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.preprocessing import OrdinalEncoder
    >>> from fastbal.metrics.pairwise import ValueDifferenceMetric
    >>> X = np.array([["red"], ["red"], ["green"], ["green"], ["blue"], ["blue"]])
    >>> y = ["stop", "stop", "go", "go", "go", "stop"]
    >>> encoder = OrdinalEncoder(dtype=np.int32).fit(X)
    >>> metric = ValueDifferenceMetric().fit(encoder.transform(X), y)
    >>> metric.pairwise(encoder.transform([["red"], ["green"], ["blue"]]))
    array([[0., 4., 1.],
           [4., 0., 1.],
           [1., 1., 0.]])
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "n_categories": [StrOptions({"auto"}), "array-like"],
        "k": [Interval(Integral, 1, None, closed="left")],
        "r": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, *, n_categories: Any = "auto", k: int = 1, r: int = 2) -> None:
        self.n_categories = n_categories
        self.k = k
        self.r = r

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn which classes each category goes with.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_columns)
            Categories as whole numbers from 0, as those of scikit-learn's OrdinalEncoder.
        y : array-like of shape (n_rows,)
            The label of each row.

        Returns
        -------
        self
        """
        check_parameters(self)
        codes = self._read_codes(X, reset=True)
        if y is None:
            raise ValueError(
                "ValueDifferenceMetric requires y to be passed, but the target y is None. Give the label of each row."
            )
        target = encode(read_labels(y).values)
        check_consistent_length(codes, target.codes)
        self.n_categories_ = self._count_categories(codes)
        self._refuse_unknown(codes, "X")
        self.proba_per_class_ = [
            class_shares(column, number, target) for column, number in zip(codes.T, self.n_categories_, strict=True)
        ]
        return self

    def pairwise(self, X: ArrayLike, Y: ArrayLike | None = None) -> NDArray[np.float64]:
        """The distance between each row of X and each row of Y.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_columns)
            Categories as in `fit`.
        Y : array-like of shape (n_rows_Y, n_columns), default=None
            Likewise; None is X.

        Returns
        -------
        ndarray of shape (n_rows, n_rows_Y), float64
            The distances; beside them, no memory that grows with both numbers of rows is used.
        """
        check_is_fitted(self)
        codes = self._read_codes(X, reset=False)
        self._refuse_unknown(codes, "X")
        others = codes
        if Y is not None:
            others = self._read_codes(Y, reset=False)
            self._refuse_unknown(others, "Y")
        distances = np.zeros((len(codes), len(others)))
        columns = np.ascontiguousarray(others.T, np.intp)

        def add_up(start: int, stop: int) -> None:
            for column, shares in enumerate(self.proba_per_class_):
                to_category = cdist(shares[codes[start:stop, column]], shares, "minkowski", p=self.k) ** self.r
                distances[start:stop] += to_category.take(columns[column], axis=1)

        for_each_piece(
            add_up, len(codes), piece=1 + _PIECE_ENTRIES // max(len(others), *(len(s) for s in self.proba_per_class_))
        )
        return distances

    def _read_codes(self, X: Any, *, reset: bool) -> NDArray[np.int32]:
        values = validate_data(self, X, reset=reset, ensure_non_negative=True)
        with np.errstate(invalid="ignore"):
            codes: NDArray[np.int32] = values.astype(np.int32)
        is_wrong = codes != values
        if is_wrong.any():
            row, column = np.argwhere(is_wrong)[0].tolist()
            raise ValueError(
                f"Categories must be whole numbers from 0 to {np.iinfo(np.int32).max}, but column {column} of row "
                f"{row} is {values[row, column].item()!r}. Number them first, for example by OrdinalEncoder."
            )
        return codes

    def _count_categories(self, codes: NDArray[np.int32]) -> NDArray[Any]:
        if isinstance(self.n_categories, str):
            return np.asarray(codes.max(axis=0) + 1)
        if len(self.n_categories) != self.n_features_in_:
            raise ValueError(
                f"The length of n_categories is not consistent with the number of feature in X. Got "
                f"{len(self.n_categories)} elements in n_categories and {self.n_features_in_} in X."
            )
        return np.asarray(self.n_categories)

    def _refuse_unknown(self, codes: NDArray[np.int32], name: str) -> None:
        highest = codes.max(axis=0)
        for column in np.flatnonzero(highest >= self.n_categories_).tolist():
            raise ValueError(
                f"Categories must be numbered from 0 to n_categories - 1, but column {column} of {name} has the "
                f"category {highest[column]} and {self.n_categories_[column]} categories. Fit with n_categories that "
                f"count all there can be, as len of each of OrdinalEncoder's categories_."
            )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        tags.input_tags.categorical = True
        tags.target_tags.required = True
        return tags
