"""How often a fitted model has seen each class: what it takes for the classes' frequencies."""

from __future__ import annotations

from typing import Any, NamedTuple, Self

import numpy as np
import sklearn
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.pipeline import Pipeline
from sklearn.utils.metadata_routing import get_routing_for_object

from fastbal._containers.read import read_labels
from fastbal._core.target import encode
from fastbal._learner_weights import Seen, learned, refuse_unknown
from fastbal._sklearn import check_sample_weight

#: The step that counts; a name that no step of a user has.
_STEP = "fastbal_class_counter"


def count_classes(y: Any, sample_weight: Any = None) -> Seen:
    """Rows, and sums of weights, of each class.

    >>> count_classes(["b", "a", "b"], [1.0, 3.0, 0.5])
    Seen(rows={'a': 1, 'b': 2}, weight={'a': 3.0, 'b': 1.5})
    """
    target = encode(read_labels(y).values)
    weights = None
    if sample_weight is not None:
        weights = check_sample_weight(sample_weight, target.codes, dtype=np.float64, ensure_non_negative=True)
    sums = np.bincount(target.codes, weights, len(target.classes)).astype(np.float64)
    return Seen(
        dict(zip(target.labels, target.counts.tolist(), strict=True)),
        dict(zip(target.labels, sums.tolist(), strict=True)),
    )


class ClassCounter(TransformerMixin, BaseEstimator):
    """A step of a pipeline that changes nothing and counts the classes that come by while fitting.

    Attributes
    ----------
    seen_ : Seen
        Rows, and sums of weights, of each class.
    """

    def __init__(self) -> None:
        pass

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Count."""
        self.seen_ = count_classes(y, sample_weight)
        return self

    def transform(self, X: Any) -> Any:
        """Change nothing."""
        return X


class _Place(NamedTuple):
    """The innermost pipeline of an estimator, if it is one, and its last step, the learner."""

    pipeline: Pipeline | None
    learner: Any
    prefix: str  # of the pipeline's own arguments of `fit`
    name: str  # of the learner in the pipeline


def _find(estimator: Any) -> _Place:
    place = _Place(None, estimator, "", "")
    while isinstance(place.learner, Pipeline):
        prefix = f"{place.prefix}{place.name}__" if place.name else ""
        name, learner = place.learner.steps[-1]
        place = _Place(place.learner, learner, prefix, name)
    return place


def learner_weight(estimator: Any, params: dict[str, Any]) -> Any:
    """The weights of the rows for the learner among arguments of `fit`, if it is given any."""
    return _learner_arguments(estimator, params).get("sample_weight")


def _learner_arguments(estimator: Any, params: dict[str, Any]) -> dict[str, Any]:
    place = _find(estimator)
    if place.pipeline is None:
        return params
    if _routes():
        return {name: params[name] for name in params if name != "sample_weight" or _takes_weight(place.learner)}
    prefix = f"{place.prefix}{place.name}__"
    return {name.removeprefix(prefix): value for name, value in params.items() if name.startswith(prefix)}


def _routes() -> bool:
    return bool(sklearn.get_config()["enable_metadata_routing"])


def _takes_weight(learner: Any) -> bool:
    return bool(get_routing_for_object(learner).consumes("fit", ["sample_weight"]))


def fit_and_weigh(estimator: Any, X: Any, y: Any, params: dict[str, Any]) -> dict[Any, float]:
    """Fit an estimator in place, and tell the weight that each class has had in what it learned from.

    While a pipeline is fitted, a step that counts stands before the last one: it sees what all samplers have left,
    whoever wrote them.

    Parameters
    ----------
    estimator : estimator
        A classifier, or a pipeline that ends in one.
    X, y : table and labels
        Handed on.
    params : dict
        Arguments of the estimator's `fit`.

    Returns
    -------
    dict of label to float
        Weights, of any unit.

    Raises
    ------
    ValueError
        If the weights cannot be told.
    """
    place, arguments = _find(estimator), _learner_arguments(estimator, params)
    weight = arguments.get("sample_weight")
    seen = count_classes(y, weight)
    refuse_unknown(place.learner, list(seen.rows), arguments)
    if place.pipeline is None:
        estimator.fit(X, y, **params)
        return learned(place.learner, seen, arguments)
    *before, last = place.pipeline.steps
    counter = ClassCounter()
    if _routes():
        counter.set_fit_request(sample_weight=_takes_weight(place.learner))
    elif weight is not None:
        params = {**params, f"{place.prefix}{_STEP}__sample_weight": weight}
    place.pipeline.steps = [*before, (_STEP, counter), last]
    estimator.fit(X, y, **params)
    *before, (_, counter), last = place.pipeline.steps  # the fitted ones: a cache hands out others
    place.pipeline.steps = [*before, last]
    return learned(last[1], counter.seen_, arguments)
