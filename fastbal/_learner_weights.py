"""What a learner makes of the class frequencies of its rows: the weights, priors and bags that it is set to use.

Each library is read as its documentation says; it is known by its name and never imported. Whatever else says that it
weighs classes is refused: a wrong guess gives wrong probabilities that nobody notices.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sized
from typing import Any, NamedTuple, NoReturn, TypeAlias

import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import BaseEnsemble, HistGradientBoostingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.naive_bayes import ComplementNB
from sklearn.neighbors import NearestCentroid
from sklearn.pipeline import Pipeline
from sklearn.semi_supervised import SelfTrainingClassifier
from sklearn.svm import SVC, NuSVC
from sklearn.utils.class_weight import compute_class_weight

from fastbal._core.refusals import see
from fastbal._core.target import as_python
from fastbal._problem import check_sampling_strategy

Factors: TypeAlias = dict[Any, float]

_STATE = 'State training_prior: class frequencies, "balanced", or "train" for those of y.' + see("probabilities")

#: Words in the name of a parameter, or of an argument of `fit`, that decides how much a class counts.
_WEIGHS = re.compile(
    r"class_?weight|(pos|neg|positive|negative|label|sample)_?weight|^weight$|balanc|(pos|neg)_(sub|bagging)|class_sampling"
    r"|cost_matrix|sampling_strategy|^(class_)?priors?$|^fit_prior$|^(base_margin|init_score|baseline)$"
)
_OBJECTIVES = ("objective", "loss", "loss_function", "criterion", "objective_type", "app", "application")
_UNBALANCE = ("is_unbalance", "unbalance", "unbalanced_sets")  # LightGBM's, by all its names
_PLAIN_LOSS = re.compile(r"((sparse)?categorical|binary)?crossentropy(loss)?|nllloss")

#: Learners whose probabilities follow no frequencies that can be counted.
_WITHOUT_FREQUENCIES = (ComplementNB, NearestCentroid, SelfTrainingClassifier)


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


def refuse_unknown(learner: Any, labels: list[Any], arguments: Mapping[str, Any]) -> None:
    """Refuse a learner that may weigh classes in a way that is not known here.

    Parameters
    ----------
    learner : estimator
        Fitted or not; no pipeline.
    labels : list
        The classes, ascending.
    arguments : mapping of str to object
        What its `fit` is given, without the table and the labels.

    Raises
    ------
    ValueError
        If it is fitted already, or uses samplers, weights, priors or losses that cannot be read.
    """
    name = type(learner).__name__
    if isinstance(learner, FrozenEstimator):
        raise ValueError(f"Which classes {name} was fitted on is not known, because it is fitted already. {_STATE}")
    if isinstance(learner, _WITHOUT_FREQUENCIES):
        raise ValueError(
            f"training_prior='auto' cannot tell which class frequencies {name} learns from: its probabilities do not "
            f"follow those of its rows. {_STATE}"
        )
    parameters = learner.get_params()
    has_codes = labels == list(range(len(labels)))
    understood = _understood(learner, parameters)
    if isinstance(learner, HistGradientBoostingClassifier) and not has_codes:
        understood -= {"class_weight"} if isinstance(learner.class_weight, Mapping) else set()  # it looks codes up
    settings = [(key, key.rpartition("__")[2], value) for key, value in parameters.items() if key not in understood]
    for key, value in parameters.items():
        if key.endswith(("kwargs", "params")) and isinstance(value, Mapping):
            settings += [(f"{key}[{inner!r}]", str(inner), value[inner]) for inner in value]
    is_readable = has_codes and isinstance(arguments.get("class_weight"), Mapping)  # Keras looks codes up, too
    readable = {"sample_weight", "eval_class_weight", *(["class_weight"] if is_readable else [])}
    settings += [(key, key, value) for key, value in arguments.items() if key not in readable]
    # What is calibrated follows the rows that it is calibrated on, whatever the models inside have learned from.
    opaque = () if name == "CalibratedClassifierCV" else (FrozenEstimator, *_WITHOUT_FREQUENCIES)
    for key, last, value in sorted(settings, key=lambda setting: setting[0].count("__")):
        is_weight = _WEIGHS.search(last) is not None and not _is_idle(last, value)
        is_loss = last in _OBJECTIVES and not _is_plain_loss(value)
        if is_weight or is_loss or hasattr(value, "fit_resample") or isinstance(value, opaque):
            _refuse(learner, key, value)


def learned(learner: Any, seen: Seen, arguments: Mapping[str, Any]) -> dict[Any, float]:
    """How much each class has counted for a learner.

    Parameters
    ----------
    learner : estimator
        Fitted, and not refused by `refuse_unknown`.
    seen : Seen
        Of the rows that it was fitted on.
    arguments : mapping of str to object
        What its `fit` was given, without the table and the labels.

    Returns
    -------
    dict of label to float
        Weights, of any unit.

    Raises
    ------
    ValueError
        If the weights cannot be told.
    """
    if hasattr(learner, "best_estimator_"):
        refuse_unknown(learner.best_estimator_, list(seen.rows), {})
        return learned(learner.best_estimator_, seen, arguments)
    if isinstance(learner, Pipeline):
        return learned(learner.steps[-1][1], seen, arguments)
    if isinstance(learner, (SVC, NuSVC)):
        # libsvm fits the probabilities to its decisions about rows held back, each of which counts once.
        return {label: float(n) for label, n in seen.rows.items()}
    labels: list[Any] = as_python(learner.classes_)
    if (prior := _stated_prior(learner, len(labels))) is not None:
        return dict(zip(labels, prior, strict=True))
    weight = seen.weight
    if isinstance(learner, BaseEnsemble) and hasattr(learner, "sampling_strategy"):
        weight = _under_sampled(learner.sampling_strategy, seen)
    factors = _READERS[_library_of(learner)](learner, labels, seen, weight)
    by_code = arguments.get("class_weight", {})  # Keras's; codes that it does not name count once
    return {label: weight[label] * factors.get(label, 1.0) * by_code.get(label, 1.0) for label in labels}


def _library_of(learner: Any) -> str:
    """The library of a class, or of what it is derived from; "" for all that follow scikit-learn's conventions."""
    roots = {base.__module__.partition(".")[0] for base in type(learner).__mro__}
    return next((library for library in _READERS if library in roots), "")


def _understood(learner: Any, parameters: dict[str, Any]) -> set[str]:
    """The parameters that `learned` can read."""
    objective = _objective_of(parameters)
    match _library_of(learner):
        case "catboost":
            return {"auto_class_weights", "class_weights", "scale_pos_weight"}
        case "lightgbm" if objective in ("", "binary", "multiclass", "softmax"):
            return {"class_weight", "scale_pos_weight", *_UNBALANCE}
        case "lightgbm":  # "multiclassova" weighs each class in a model of its own
            return {"class_weight"}
        case "xgboost":  # has no class_weight, but takes one without a word
            return {"scale_pos_weight"} if objective.partition(":")[0] in ("", "binary", "multi") else set()
    names = {"class_prior", "fit_prior", "priors"}
    if isinstance(parameters.get("class_weight"), (str, Mapping)):
        names.add("class_weight")
    # Where members get hard rows, class frequencies do not tell what their probabilities are true for.
    draws_at_random = isinstance(learner, BaseEnsemble) and not getattr(learner, "_chooses_hard_rows", False)
    return names | {"sampling_strategy"} if draws_at_random else names


def _objective_of(parameters: dict[str, Any]) -> str:
    return next((str(parameters[name]) for name in _OBJECTIVES if parameters.get(name) is not None), "")


def _is_idle(name: str, value: Any) -> bool:
    """Whether a parameter that could weigh classes leaves them as they are."""
    if name == "fit_prior":
        return bool(value)
    if isinstance(value, str):
        return value.casefold() in ("none", "train")
    if value is None or value is False or (isinstance(value, Sized) and not len(value)):
        return True
    return isinstance(value, (int, float)) and value is not True and value == 1


def _is_plain_loss(value: Any) -> bool:
    """Whether a loss, by its name, counts each row once; one that is made by hand may do anything."""
    if value is None or isinstance(value, str):
        return "focal" not in str(value).casefold()
    name = getattr(value, "__name__", type(value).__name__)
    return _PLAIN_LOSS.fullmatch(name.replace("_", "").casefold()) is not None


def _refuse(learner: Any, name: str, value: Any) -> NoReturn:
    shown = f"={value!r}"
    used = name + shown * (len(shown) <= 200)
    raise ValueError(
        f"training_prior='auto' cannot tell which class frequencies {type(learner).__name__} learns from, because it "
        f"uses {used} in a way of its own. {_STATE}"
    )


def _stated_prior(learner: Any, n_classes: int) -> Any:
    """The frequencies that a formula has in it, as they were found or given; None if it has none."""
    if isinstance(learner, DummyClassifier) and learner.strategy == "uniform":
        return np.ones(n_classes)
    for name in ("priors_", "class_prior_", "class_log_prior_", "priors", "class_prior"):
        if (prior := getattr(learner, name, None)) is not None:
            return np.exp(prior) if name == "class_log_prior_" else prior
    return None


def _under_sampled(sampling_strategy: Any, seen: Seen) -> dict[Any, float]:
    """Weights of the classes in each bag of a balanced ensemble, whose sampler picks rows of each class at random."""
    labels = np.repeat(np.array(list(seen.rows)), list(seen.rows.values()))
    plan = check_sampling_strategy(sampling_strategy, labels, "under-sampling")
    return {label: seen.weight[label] * plan.get(label, n) / n for label, n in seen.rows.items()}


def _by_convention(learner: Any, labels: list[Any], seen: Seen, weight: Factors) -> Factors:
    """What scikit-learn, and all who follow it, make of `class_weight`."""
    class_weight = getattr(learner, "class_weight", None)
    if isinstance(fitted := getattr(learner, "class_weight_", None), Mapping):
        return dict(fitted)
    if not class_weight:
        return dict.fromkeys(labels, 1.0)
    if not isinstance(class_weight, str):
        factors = compute_class_weight(class_weight, classes=learner.classes_, y=learner.classes_)
        return dict(zip(labels, factors.tolist(), strict=True))
    if class_weight not in ("balanced", "balanced_subsample"):
        _refuse(learner, "class_weight", class_weight)
    means = [seen.weight[label] / n for label, n in seen.rows.items()]
    if not np.allclose(means, means[0]):
        raise ValueError(
            f"training_prior='auto' cannot tell which class frequencies {type(learner).__name__} learns from, because "
            f"it uses class_weight={class_weight!r} of rows that differ in weight from class to class: some learners "
            f"balance the number of rows, others the sum of their weights. {_STATE}"
        )
    # The rows of a bootstrap sample, which come from the bags of a balanced forest; or else those of the whole table.
    is_of_bags = class_weight == "balanced_subsample" and learner.bootstrap
    return {label: 1 / (weight if is_of_bags else seen.weight)[label] for label in labels}


def _by_xgboost(learner: Any, labels: list[Any], seen: Seen, weight: Factors) -> Factors:
    """``scale_pos_weight``: what label 1 counts; of several classes, or one output for each, it is not used."""
    parameters = learner.get_params()
    factor = parameters.get("scale_pos_weight")
    is_binary = len(labels) == 2 and not _objective_of(parameters).startswith("multi:")
    return {labels[1]: factor} if factor is not None and is_binary else {}


def _by_lightgbm(learner: Any, labels: list[Any], seen: Seen, weight: Factors) -> Factors:
    """``class_weight`` as scikit-learn's; of two classes, times ``scale_pos_weight`` or one over the rows."""
    factors, parameters = _by_convention(learner, labels, seen, weight), learner.get_params()
    if len(labels) == 2 and _objective_of(parameters) in ("", "binary"):
        factors[labels[1]] *= parameters.get("scale_pos_weight", 1.0)
        if any(str(parameters.get(name)).casefold() in ("true", "+") for name in _UNBALANCE):
            factors = {label: factors[label] / seen.rows[label] for label in labels}
    return factors


def _by_catboost(learner: Any, labels: list[Any], seen: Seen, weight: Factors) -> Factors:
    """``class_weights`` in the order of `classes_` or by label, ``scale_pos_weight``, or by the sums of weights."""
    parameters = learner.get_params()
    power = {"Balanced": 1.0, "SqrtBalanced": 0.5}.get(str(parameters.get("auto_class_weights")), 0.0)
    if (given := parameters.get("class_weights")) is None:
        given = [1.0, parameters["scale_pos_weight"]] if "scale_pos_weight" in parameters else np.ones(len(labels))
    by_label = given if isinstance(given, Mapping) else dict(zip(labels, given, strict=True))
    return {label: by_label[label] / seen.weight[label] ** power for label in labels}


_READERS: dict[str, Callable[[Any, list[Any], Seen, Factors], Factors]] = {
    "catboost": _by_catboost,
    "lightgbm": _by_lightgbm,
    "xgboost": _by_xgboost,
    "": _by_convention,
}
