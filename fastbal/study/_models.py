"""The models that remedies are tried on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sklearn.base import is_classifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

#: Makers of the models, each with scikit-learn's defaults, but for what it would warn of.
MODELS: dict[str, Callable[[], Any]] = {
    "logistic regression": lambda: LogisticRegression(max_iter=1000),
    "gradient boosting": lambda: HistGradientBoostingClassifier(),
    "network": lambda: _reference_network(),
}


def _reference_network() -> Any:
    from fastbal.keras import ReferenceDNNClassifier  # imports Keras

    # Larger batches and fewer epochs than published: a fit takes seconds, and the scores are the same within folds.
    return ReferenceDNNClassifier(epochs=30, batch_size=128)


def models_of(wanted: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """Models by name, and the reasons for those that cannot be used here.

    Parameters
    ----------
    wanted : None, list of str, or mapping of str to classifier
        None means all that fastbal knows.
    """
    if isinstance(wanted, Mapping):
        for name, model in wanted.items():
            if isinstance(model, type) or not is_classifier(model) or not hasattr(model, "predict_proba"):
                raise TypeError(f"The model {name!r} must be a classifier with predict_proba, but is {model!r}.")
        return dict(wanted), {}
    names = list(MODELS) if wanted is None else [wanted] if isinstance(wanted, str) else list(wanted)
    unknown = [name for name in names if name not in MODELS]
    if unknown:
        raise ValueError(
            f"models must be among {', '.join(map(repr, MODELS))}, but {unknown[0]!r} is asked for. Give a mapping of "
            "name to classifier to use models of your own."
        )
    models, unavailable = {}, {}
    for name in names:
        try:
            models[name] = MODELS[name]()
        except ImportError as error:  # a library that is optional: the message says how to get it
            unavailable[name] = str(error)
    return models, unavailable
