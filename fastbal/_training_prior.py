"""How often a fitted model has seen each class: what it takes for the classes' frequencies."""

from __future__ import annotations

from typing import Any, NamedTuple, Self

import numpy as np
import sklearn
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.ensemble import BaseEnsemble
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils.metadata_routing import get_routing_for_object

from fastbal._containers.read import read_labels
from fastbal._core.target import encode
from fastbal._sklearn import check_sample_weight
from fastbal.utils import check_sampling_strategy

#: The step that counts; a name that no step of a user has.
_STEP = "fastbal_class_counter"
_STATE = 'State training_prior: class frequencies, "balanced", or "train" for those of y.'


class Seen(NamedTuple):
    """What has come by of each class.

    Attributes
    ----------
    rows : dict of label to int
        Number of rows.
    weight : dict of label to float
        Sum of their weights.
    """

    rows: dict[Any, int]
    weight: dict[Any, float]


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
    place = _find(estimator)
    if place.pipeline is None:
        return params.get("sample_weight")
    if _routes():
        return params.get("sample_weight") if _takes_weight(place.learner) else None
    return params.get(f"{place.prefix}{place.name}__sample_weight")


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
    place = _find(estimator)
    _refuse_hidden(place.learner)
    if place.pipeline is None:
        estimator.fit(X, y, **params)
        return _learned(place.learner, count_classes(y, params.get("sample_weight")))
    *before, last = place.pipeline.steps
    counter = ClassCounter()
    if _routes():
        counter.set_fit_request(sample_weight=_takes_weight(place.learner))
    elif (weight := learner_weight(estimator, params)) is not None:
        params = {**params, f"{place.prefix}{_STEP}__sample_weight": weight}
    place.pipeline.steps = [*before, (_STEP, counter), last]
    estimator.fit(X, y, **params)
    *before, (_, counter), last = place.pipeline.steps  # the fitted ones: a cache hands out others
    place.pipeline.steps = [*before, last]
    return _learned(last[1], counter.seen_)


def _learned(learner: Any, seen: Seen) -> dict[Any, float]:
    """Weights of the classes after what the learner itself does to them."""
    if hasattr(learner, "best_estimator_"):
        _refuse_hidden(learner.best_estimator_)
        return _learned(learner.best_estimator_, seen)
    for name in ("priors", "class_prior"):
        if (stated := getattr(learner, name, None)) is not None:
            return dict(zip(seen.rows, stated, strict=True))
    weight = seen.weight
    if isinstance(learner, BaseEnsemble) and hasattr(learner, "sampling_strategy"):
        weight = _under_sampled(learner.sampling_strategy, seen)
    class_weight = getattr(learner, "class_weight", None)
    if isinstance(class_weight, str):
        _refuse_weighted_rows(learner, seen)
        if class_weight == "balanced_subsample":
            return dict.fromkeys(weight, 1.0)
        return {label: weight[label] / seen.weight[label] for label in weight}
    return {label: weight[label] * (class_weight or {}).get(label, 1.0) for label in weight}


def _under_sampled(sampling_strategy: Any, seen: Seen) -> dict[Any, float]:
    """Weights of the classes in each bag of a balanced ensemble, whose sampler picks rows of each class at random."""
    labels = np.repeat(np.array(list(seen.rows)), list(seen.rows.values()))
    plan = check_sampling_strategy(sampling_strategy, labels, "under-sampling")
    return {label: seen.weight[label] * plan.get(label, n) / n for label, n in seen.rows.items()}


def _refuse_weighted_rows(learner: Any, seen: Seen) -> None:
    """Balanced class weights of classes whose rows weigh differently: some models count rows, others add up weights."""
    means = [seen.weight[label] / n for label, n in seen.rows.items()]
    if not np.allclose(means, means[0]):
        raise ValueError(
            f"training_prior='auto' cannot tell which class frequencies {type(learner).__name__} learns from, because "
            f"it uses class_weight={learner.class_weight!r} of rows that differ in weight from class to class: trees "
            f"balance the number of rows, linear models the sum of their weights. {_STATE}"
        )


def _refuse_hidden(learner: Any) -> None:
    """Samplers and class weights inside of something that is no pipeline: nobody knows what it makes of them."""
    name = type(learner).__name__
    if isinstance(learner, FrozenEstimator):
        raise ValueError(f"Which classes {name} was fitted on is not known, because it is fitted already. {_STATE}")
    for parameter, value in learner.get_params().items():
        is_weight = parameter.endswith("__class_weight") and value is not None
        if hasattr(value, "fit_resample") or is_weight:
            raise ValueError(
                f"training_prior='auto' cannot tell which class frequencies {name} learns from, because it uses "
                f"{parameter}={value!r} in a way of its own. {_STATE}"
            )
