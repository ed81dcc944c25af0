"""AdaBoost that takes NaN where its learner does."""

from __future__ import annotations

from typing import Any, Self

from sklearn import config_context
from sklearn.ensemble import AdaBoostClassifier
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import get_tags

from fastbal._sklearn import NaNAsItsLearner


class AdaBoost(NaNAsItsLearner, AdaBoostClassifier):
    """scikit-learn's AdaBoostClassifier, but NaN is allowed if the learner takes it.

    Parameters
    ----------
    estimator : estimator, default=None
        What is fitted in each round. None is a tree of one split.
    n_estimators : int, default=50
        Most rounds.
    learning_rate : float, default=1.0
        How much each round counts.
    random_state : int, RandomState or None, default=None
        The random numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from fastbal.ensemble._adaboost import AdaBoost
    >>> AdaBoost().fit([[1.0], [2.0], [np.nan]], [0, 1, 1]).predict([[1.0], [np.nan]])
    array([0, 1])
    """

    def __init__(
        self,
        estimator: Any = None,
        *,
        n_estimators: int = 50,
        learning_rate: float = 1.0,
        random_state: Any = None,
    ) -> None:
        super().__init__(estimator, n_estimators=n_estimators, learning_rate=learning_rate, random_state=random_state)

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Boost; as AdaBoostClassifier.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_rows, n_columns)
            The table.
        y : array-like of shape (n_rows,)
            The label of each row.
        sample_weight : array-like of shape (n_rows,), default=None
            Weights to begin with.

        Returns
        -------
        self
        """
        # A learner that takes NaN looks at its table itself, in every round: infinity is found there.
        with config_context(assume_finite=True if self._finite() == "allow-nan" else None):
            super().fit(X, y, sample_weight)
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        learner = DecisionTreeClassifier() if self.estimator is None else self.estimator
        tags.input_tags.allow_nan = get_tags(learner).input_tags.allow_nan
        return tags
