"""The remedies that are compared, one line each: what is done to a model that knows nothing of the imbalance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from sklearn.base import clone, is_classifier
from sklearn.utils.validation import has_fit_parameter

from fastbal._training_prior import ClassCounter
from fastbal.combine import SMOTEENN, SMOTETomek
from fastbal.ensemble import BalancedBaggingClassifier, BalancedRandomForestClassifier, RUSBoostClassifier
from fastbal.model_selection import TunedThresholdClassifier
from fastbal.over_sampling import SMOTE, RandomOverSampler
from fastbal.pipeline import make_pipeline
from fastbal.study._scores import DecisionScore
from fastbal.under_sampling import RandomUnderSampler

#: What all others are compared with: an untouched model whose cut-off is moved.
REFERENCE = "tuned threshold"
#: Instead of a model's name, where a remedy is a model of its own.
OWN = "-"


class Arm(NamedTuple):
    """A remedy.

    Attributes
    ----------
    name : str
    build : callable
        Makes an unfitted classifier of an unfitted model and a score; None where the remedy cannot be applied to it.
    needs_model : bool
        Whether there is one classifier for each model; otherwise the remedy is a model of its own.
    """

    name: str
    build: Callable[[Any, str], Any]
    needs_model: bool = True


def _on_rows_of(sampler: Any) -> Callable[[Any, str], Any]:
    return lambda model, score: make_pipeline(clone(sampler), ClassCounter(), model)


def _with_class_weights(model: Any, score: str) -> Any:
    return model.set_params(class_weight="balanced") if "class_weight" in model.get_params(deep=False) else None


def _with_focal_loss(model: Any, score: str) -> Any:
    if type(model).__name__ != "ReferenceDNNClassifier":  # by name, as the class can only be had with Keras
        return None
    from fastbal.keras import FocalLoss

    return model.set_params(loss=FocalLoss.from_labels)


def _boosted(model: Any, score: str) -> Any:
    return RUSBoostClassifier(model, n_estimators=5) if has_fit_parameter(model, "sample_weight") else None


ARMS = {
    arm.name: arm
    for arm in [
        Arm("nothing", lambda model, score: model),
        Arm(REFERENCE, lambda model, score: TunedThresholdClassifier(model, metric=DecisionScore(score))),
        Arm("class weights", _with_class_weights),
        Arm("focal loss", _with_focal_loss),
        Arm("random under-sampling", _on_rows_of(RandomUnderSampler())),
        Arm("random over-sampling", _on_rows_of(RandomOverSampler())),
        Arm("SMOTE", _on_rows_of(SMOTE())),
        Arm("SMOTE-ENN", _on_rows_of(SMOTEENN())),
        Arm("SMOTE-Tomek", _on_rows_of(SMOTETomek())),
        Arm("balanced bagging", lambda model, score: BalancedBaggingClassifier(model, n_estimators=5)),
        Arm("balanced boosting", _boosted),
        Arm("balanced random forest", lambda model, score: BalancedRandomForestClassifier(), needs_model=False),
    ]
}


def arm_of(name: str, remedy: Any) -> Arm:
    """A remedy of the user's: a sampler is put before each model, a classifier is a model of its own."""
    if isinstance(remedy, Arm):
        return remedy._replace(name=name)
    if isinstance(remedy, type):
        raise TypeError(f"The arm {name!r} must be an object, but is the class {remedy.__name__}. Add parentheses.")
    if hasattr(remedy, "fit_resample"):
        return Arm(name, _on_rows_of(remedy))
    if is_classifier(remedy) and hasattr(remedy, "predict_proba"):
        return Arm(name, lambda model, score: clone(remedy), needs_model=False)
    raise TypeError(
        f"The arm {name!r} must be a sampler, with fit_resample, or a classifier, with predict_proba; a "
        f"{type(remedy).__name__} is neither."
    )
