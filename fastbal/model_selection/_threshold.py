"""Decide for a class from a stated probability on, instead of for the most probable class."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.utils.validation import check_is_fitted

from fastbal._containers.read import read_labels
from fastbal._core.target import as_python, encode
from fastbal._meta import MetaClassifier, if_estimator_has
from fastbal._sklearn import HasMethods, check_parameters
from fastbal.model_selection._threshold_search import decide


class BaseThresholdClassifier(MetaClassifier):
    """Base class of classifiers that cut probabilities, or the decision function of two classes.

    Parameters
    ----------
    estimator : estimator
        A classifier with `predict_proba`, or one of two classes with `decision_function` only.
    pos_label : object, default=None
        The label of the positive one of two classes; None is the second of `classes_`.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "estimator": [HasMethods(["fit", "predict_proba"]), HasMethods(["fit", "decision_function"])],
        "pos_label": "no_validation",
    }

    def __init__(self, estimator: Any, *, pos_label: Any = None) -> None:
        super().__init__(estimator)
        self.pos_label = pos_label

    @if_estimator_has("decision_function")
    def decision_function(self, X: Any) -> Any:
        """The estimator's decision function, which knows nothing of thresholds.

        Parameters
        ----------
        X : {array-like, dataframe, sparse matrix} of shape (n_rows, n_columns)
            Rows to be judged.

        Returns
        -------
        ndarray of shape (n_rows,) or (n_rows, n_classes)
        """
        check_is_fitted(self, "estimator_")
        return self.estimator_.decision_function(X)

    def _positive(self, labels: list[Any]) -> int:
        """Position of the positive one of two classes."""
        if self.pos_label is None:
            return 1
        if self.pos_label not in labels or len(labels) != 2:
            raise ValueError(
                f"pos_label={self.pos_label!r} must be one of two classes, but the classes are {labels!r}."
                + (" State a threshold for each class instead." if len(labels) > 2 else "")
            )
        return labels.index(self.pos_label)

    def _scores(self, estimator: Any, X: Any, labels: list[Any]) -> NDArray[np.float64]:
        """Of two classes the score of the positive one, shape (n_rows,); else probabilities, (n_rows, n_classes)."""
        known = as_python(estimator.classes_)
        is_binary = len(labels) == 2
        positive = self._positive(labels)
        if hasattr(estimator, "predict_proba"):
            proba = np.asarray(estimator.predict_proba(X))
            scores = np.zeros((len(proba), len(labels)))
            scores[:, [labels.index(label) for label in known]] = proba  # a fold may lack a class
            scores = scores[:, positive] if is_binary else scores
        elif is_binary:
            scores = np.asarray(estimator.decision_function(X), np.float64) * (1 if positive == 1 else -1)
        else:
            raise ValueError(
                f"{type(estimator).__name__} has no predict_proba, but thresholds for {len(labels)} classes need "
                "probabilities. Put it in sklearn.calibration.CalibratedClassifierCV."
            )
        if np.isnan(scores).any():
            raise ValueError(f"{type(estimator).__name__} gives NaN as a score, which lies on no side of a threshold.")
        return scores

    def _decide(self, X: Any, threshold: Any) -> NDArray[Any]:
        """Labels of rows."""
        check_is_fitted(self, "estimator_")
        labels = as_python(self.classes_)
        codes = decide(self._scores(self.estimator_, X, labels), threshold)
        if len(labels) == 2 and self._positive(labels) == 0:
            codes = 1 - codes
        predicted: NDArray[Any] = self.classes_[codes]
        return predicted


class ThresholdClassifier(BaseThresholdClassifier):
    """Decide for a class from a stated threshold on.

    Of two classes the positive one is predicted if its probability p is at least the threshold t. Of more classes that
    one is predicted whose p / t is highest; with t and 1 - t this is the same rule for two.

    Parameters
    ----------
    estimator : estimator
        A classifier with `predict_proba`, or one of two classes with `decision_function` only.
    threshold : float, dict or array-like of shape (n_classes,), default=None
        From which probability of the positive class on it is predicted; or a positive number for each class, of which
        only the ratios matter: a dict of label to number, or numbers in the order of `classes_`. A number alone is
        compared with the decision function if the estimator has no probabilities. None is the estimator's own rule:
        0.5, or 0 for a decision function, or alike for all classes.
    pos_label : object, default=None
        The label of the positive one of two classes; None is the second of `classes_`.

    Attributes
    ----------
    estimator_ : estimator
        The fitted estimator.
    threshold_ : float or ndarray of shape (n_classes,)
        The threshold of the positive one of two classes, or of each of more, of sum 1.
    classes_ : ndarray of shape (n_classes,)
        The labels, ascending.
    n_features_in_ : int
        Number of columns, if the estimator counts them.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if the estimator remembers them.

    Notes
    -----
    For two classes it decides as scikit-learn's `FixedThresholdClassifier`, which knows two classes only.

    If a false alarm costs `a` and a miss costs `m`, the best threshold of true probabilities is a / (a + m), whatever
    the data (Elkan 2001, section 1). After resampling probabilities are
    not true: put a `PriorCorrectedClassifier` between.

    See Also
    --------
    TunedThresholdClassifier : Finds the thresholds that are best for a metric.
    fastbal.calibration.PriorCorrectedClassifier : Probabilities for the classes as they are.

    References
    ----------
    C. Elkan, "The foundations of cost-sensitive learning", IJCAI 2001.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from fastbal.model_selection import ThresholdClassifier
    >>> X, y = make_classification(n_samples=1000, weights=[0.9], class_sep=0.3, random_state=0)
    >>> for threshold in (0.5, 0.1):
    ...     model = ThresholdClassifier(LogisticRegression(), threshold=threshold).fit(X, y)
    ...     print(f"{(model.predict(X) == 1).sum()} alarms find {model.predict(X)[y == 1].sum()} of {y.sum()}")
    25 alarms find 21 of 102
    298 alarms find 75 of 102
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseThresholdClassifier._parameter_constraints,
        "threshold": "no_validation",
    }

    def __init__(self, estimator: Any, *, threshold: Any = None, pos_label: Any = None) -> None:
        super().__init__(estimator, pos_label=pos_label)
        self.threshold = threshold

    def fit(self, X: Any, y: Any, **params: Any) -> Self:
        """Fit the estimator.

        Parameters
        ----------
        X : {array-like, dataframe, sparse matrix} of shape (n_rows, n_columns)
            The table.
        y : array-like of shape (n_rows,)
            The label of each row.
        **params : dict
            Arguments of the estimator's `fit`.

        Returns
        -------
        self
        """
        check_parameters(self)
        if not isinstance(self.estimator, FrozenEstimator):
            self._threshold_for(encode(read_labels(y).values).labels)  # what does not fit is refused before the work
        self.estimator_ = clone(self.estimator).fit(X, y, **self._fit_params(params))
        self.threshold_ = self._threshold_for(as_python(self.classes_))
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """Decide by the thresholds.

        Parameters
        ----------
        X : {array-like, dataframe, sparse matrix} of shape (n_rows, n_columns)
            Rows to be judged.

        Returns
        -------
        ndarray of shape (n_rows,)
            Labels; of equal ratios the first of `classes_`.
        """
        check_is_fitted(self, "estimator_")
        return self._decide(X, self.threshold_)

    def _threshold_for(self, labels: list[Any]) -> Any:
        """The threshold of the positive class, or those of all classes."""
        positive = self._positive(labels)
        given = self.threshold
        if given is None:
            if len(labels) == 2:
                return 0.5 if hasattr(self.estimator, "predict_proba") else 0.0
            return np.ones(len(labels)) / max(len(labels), 1)
        if isinstance(given, dict):
            if set(given) != set(labels):
                raise ValueError(
                    f"threshold must have a number for each of the classes {labels!r}, but has them for "
                    f"{list(given)!r}."
                )
            given = [given[label] for label in labels]
        values = np.asarray(given, np.float64)
        if values.ndim == 0 and len(labels) == 2 and not np.isnan(values):
            return float(values)
        if values.shape != (len(labels),) or not (np.isfinite(values) & (values > 0)).all():
            one = "one number, or " if len(labels) == 2 else ""
            raise ValueError(
                f"threshold must be {one}a positive number for each of the {len(labels)} classes {labels!r}, "
                f"but is {given!r}."
            )
        thresholds: NDArray[np.float64] = values / values.sum()
        return float(thresholds[positive]) if len(labels) == 2 else thresholds
