"""What classifiers around another classifier share: they hand on its answers, its names and its tags."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import sklearn
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin
from sklearn.utils import get_tags
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from fastbal._sklearn import DocumentedHere, HasMethods

Method = TypeVar("Method", bound=Callable[..., Any])


def if_estimator_has(method: str) -> Callable[[Method], Method]:
    """Decorate a method that exists only if the estimator, fitted or not, has one of the given name."""

    def has(self: Any) -> bool:
        return hasattr(getattr(self, "estimator_", self.estimator), method)

    decorate: Callable[[Method], Method] = available_if(has)
    return decorate


class MetaClassifier(DocumentedHere, ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    """Base class of a classifier that fits another one and keeps it as `estimator_`.

    Parameters
    ----------
    estimator : estimator
        A classifier.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {"estimator": [HasMethods("fit")]}

    estimator_: Any

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator

    @property
    def classes_(self) -> Any:
        """The labels, ascending."""
        return self.estimator_.classes_

    @property
    def n_features_in_(self) -> Any:
        """Number of columns, if the estimator counts them."""
        return self.estimator_.n_features_in_

    @property
    def feature_names_in_(self) -> Any:
        """Column names, if the estimator remembers them."""
        return self.estimator_.feature_names_in_

    @if_estimator_has("predict_proba")
    def predict_proba(self, X: Any) -> Any:
        """The estimator's probabilities.

        Parameters
        ----------
        X : {array-like, dataframe, sparse matrix} of shape (n_rows, n_columns)
            Rows to be judged.

        Returns
        -------
        ndarray of shape (n_rows, n_classes)
            A column for each of `classes_`.
        """
        check_is_fitted(self, "estimator_")
        return self.estimator_.predict_proba(X)

    @if_estimator_has("predict_log_proba")
    def predict_log_proba(self, X: Any) -> Any:
        """Logarithms of the estimator's probabilities.

        Parameters
        ----------
        X : {array-like, dataframe, sparse matrix} of shape (n_rows, n_columns)
            Rows to be judged.

        Returns
        -------
        ndarray of shape (n_rows, n_classes)
            A column for each of `classes_`.
        """
        check_is_fitted(self, "estimator_")
        return self.estimator_.predict_log_proba(X)

    def _fit_params(self, params: dict[str, Any]) -> dict[str, Any]:
        """What of the arguments of `fit` the estimator's `fit` gets: all, or what is routed to it."""
        if sklearn.get_config()["enable_metadata_routing"]:
            params = process_routing(self, "fit", **params).estimator.fit
        return {name: value for name, value in params.items() if value is not None}

    def get_metadata_routing(self) -> MetadataRouter:
        """Say which arguments of `fit` go to the estimator.

        Returns
        -------
        MetadataRouter
        """
        return MetadataRouter(owner=self).add(
            estimator=self.estimator, method_mapping=MethodMapping().add(caller="fit", callee="fit")
        )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        inner = get_tags(self.estimator)
        tags.input_tags = inner.input_tags
        if inner.classifier_tags is not None:
            tags.classifier_tags = inner.classifier_tags
        return tags
