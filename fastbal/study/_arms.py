"""The remedies that are compared, one line each: what is done to a model that knows nothing of the imbalance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from sklearn.base import clone, is_classifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import has_fit_parameter

from fastbal._training_prior import ClassCounter
from fastbal.combine import SMOTEENN, SMOTETomek
from fastbal.ensemble import BalancedBaggingClassifier, BalancedRandomForestClassifier, RUSBoostClassifier
from fastbal.over_sampling import SMOTE, RandomOverSampler
from fastbal.pipeline import make_pipeline
from fastbal.under_sampling import RandomUnderSampler

#: What all others are compared with: an untouched model whose cut-off is chosen, as that of every other arm is.
REFERENCE = "tuned threshold"
#: The same model deciding for the most probable class, of two classes at 0.5.
NOTHING = "nothing"
#: Instead of a model's name, where a remedy is a model of its own.
OWN = "-"


class Arm(NamedTuple):
    """A remedy.

    Attributes
    ----------
    name : str
    build : callable
        Makes an unfitted classifier of an unfitted model; None where the remedy cannot be applied to it.
    needs_model : bool
        Whether there is one classifier for each model; otherwise the remedy is a model of its own.
    family : str
        Arms that do nearly the same share one: what is found of one tells of the others.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from fastbal.over_sampling import ADASYN
    >>> from fastbal.study import Arm, compare
    >>> X, y = make_classification(n_samples=300, weights=[0.8], random_state=0)
    >>> arm = Arm("mine", lambda model: make_pipeline(ADASYN(random_state=0), model))
    >>> comparison = compare(X, y, models=["logistic regression"], arms=[], add={"mine": arm}, cv=2)
    >>> [line.arm for line in comparison.lines()]
    ['tuned threshold', 'mine']
    """

    name: str
    build: Callable[[Any], Any]
    needs_model: bool = True
    family: str = ""


def _on_rows_of(sampler: Any) -> Callable[[Any], Any]:
    return lambda model: make_pipeline(clone(sampler), ClassCounter(), model)


def _with_class_weights(model: Any) -> Any:
    return model.set_params(class_weight="balanced") if "class_weight" in model.get_params(deep=False) else None


def _with_focal_loss(model: Any) -> Any:
    if type(model).__name__ != "ReferenceDNNClassifier":  # by name, as the class can only be had with Keras
        return None
    from fastbal.keras import FocalLoss

    return model.set_params(loss=FocalLoss.from_labels)


def _boosted(model: Any) -> Any:
    return RUSBoostClassifier(model, n_estimators=5) if has_fit_parameter(model, "sample_weight") else None


def _average() -> Any:
    """The mean of what a linear model, boosting and a forest think: they err differently."""
    models = [
        ("linear", LogisticRegression(max_iter=1000)),
        ("boosting", HistGradientBoostingClassifier()),
        ("forest", RandomForestClassifier()),
    ]
    return VotingClassifier(models, voting="soft")


#: From the simplest on: of arms that are equally good the first is advised.
ARMS = {
    arm.name: arm
    for arm in [
        Arm(NOTHING, lambda model: model, family="untouched"),
        Arm(REFERENCE, lambda model: model, family="untouched"),
        Arm("class weights", _with_class_weights, family="weights"),
        Arm("random under-sampling", _on_rows_of(RandomUnderSampler()), family="fewer rows"),
        Arm("random over-sampling", _on_rows_of(RandomOverSampler()), family="weights"),
        Arm("random forest", lambda model: RandomForestClassifier(), needs_model=False, family="forests"),
        Arm(
            "calibrated boosting",
            lambda model: CalibratedClassifierCV(HistGradientBoostingClassifier(), cv=3),
            needs_model=False,
            family="boosting",
        ),
        Arm("average of models", lambda model: _average(), needs_model=False, family="averages"),
        Arm("focal loss", _with_focal_loss, family="weights"),
        Arm("SMOTE", _on_rows_of(SMOTE()), family="new rows"),
        Arm("SMOTE-Tomek", _on_rows_of(SMOTETomek()), family="new rows"),
        Arm("SMOTE-ENN", _on_rows_of(SMOTEENN()), family="new rows"),
        Arm("balanced bagging", lambda model: BalancedBaggingClassifier(model, n_estimators=5), family="bags"),
        Arm("balanced boosting", _boosted, family="bags"),
        Arm(
            "balanced random forest",
            lambda model: BalancedRandomForestClassifier(),
            needs_model=False,
            family="forests",
        ),
    ]
}


def known_arm(name: str) -> Arm:
    """A remedy by its name."""
    if name not in ARMS:
        raise ValueError(f"arms must be among {', '.join(map(repr, ARMS))}, but {name!r} is asked for.")
    return ARMS[name]


def arm_of(name: str, remedy: Any) -> Arm:
    """A remedy of the user's: a sampler is put before each model, a classifier is a model of its own."""
    if isinstance(remedy, Arm):
        return remedy._replace(name=name)
    if isinstance(remedy, type):
        raise TypeError(f"The arm {name!r} must be an object, but is the class {remedy.__name__}. Add parentheses.")
    if hasattr(remedy, "fit_resample"):
        return Arm(name, _on_rows_of(remedy))
    if is_classifier(remedy) and hasattr(remedy, "predict_proba"):
        return Arm(name, lambda model: clone(remedy), needs_model=False)
    raise TypeError(
        f"The arm {name!r} must be a sampler, with fit_resample, or a classifier, with predict_proba; a "
        f"{type(remedy).__name__} is neither."
    )
