"""Who will buy? A network with ten remedies, a line each: decisions and probabilities on untouched customers.

    python -m docs.tutorials.cost_sensitive_and_ensembles

fits all of them to the bank marketing table and writes the numbers of cost_sensitive_and_ensembles.md.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.metrics import average_precision_score, brier_score_loss, precision_recall_fscore_support
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from docs.tutorials.page import data_file, options, publish, spread, table
from fastbal.calibration import PriorCorrectedClassifier
from fastbal.combine import SMOTEENN, SMOTETomek
from fastbal.ensemble import BalancedBaggingClassifier, RUSBoostClassifier
from fastbal.keras import FocalLoss, ReferenceDNNClassifier
from fastbal.model_selection import TunedThresholdClassifier
from fastbal.over_sampling import SMOTE
from fastbal.pipeline import make_pipeline
from fastbal.under_sampling import RandomUnderSampler

FILE = "bank_marketing/bank-additional.zip"
SOURCE = "https://archive.ics.uci.edu/dataset/222/bank+marketing"
RARE = "buy"
TUNED = "nothing, threshold tuned"
FOCAL = "focal loss"


def read(folder: Path) -> tuple[pd.DataFrame, pd.Series]:
    """45,211 customers of a bank as they are before the call, and whether they bought.

    How long the call took is left out: nobody knows it before.
    """
    with zipfile.ZipFile(data_file(folder, FILE, SOURCE)) as archive:
        frame = pd.read_csv(archive.open("bank-additional/bank-full.csv"), sep=";")
    return frame.drop(columns=["duration", "y"]), frame["y"].map({"yes": RARE, "no": "don't buy"})


def encoder() -> Any:
    """Numbers standardised, all else one-hot."""
    return make_column_transformer(
        (StandardScaler(), make_column_selector(dtype_include="number")),
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), make_column_selector(dtype_exclude="number")),
    )


def remedies(*, epochs: int, seed: int) -> dict[str, Any]:
    """The network with each remedy, a line each."""
    network = ReferenceDNNClassifier(epochs=epochs, batch_size=128, random_state=seed)
    by_name = {"buy": 0.75, "don't buy": 0.25}
    return {
        "nothing": network,
        TUNED: TunedThresholdClassifier(network, metric="f1", pos_label=RARE, cv=3),
        "SMOTE": make_pipeline(SMOTE(random_state=seed), network),
        "random under-sampling": make_pipeline(RandomUnderSampler(random_state=seed), network),
        "SMOTE-ENN": make_pipeline(SMOTEENN(random_state=seed), network),
        "SMOTE-Tomek": make_pipeline(SMOTETomek(random_state=seed), network),
        "class weights, balanced": clone(network).set_params(class_weight="balanced"),
        "class weights, 0.75 : 0.25": clone(network).set_params(class_weight=by_name),
        FOCAL: clone(network).set_params(loss=FocalLoss.from_labels),
        "bagging of networks": BalancedBaggingClassifier(network, random_state=seed),
        "boosting of networks": RUSBoostClassifier(network, n_estimators=10, random_state=seed),
    }


class Result(NamedTuple):
    """Scores of buyers on the test rows: of decisions, of their order, of probabilities as they are and corrected."""

    precision: float
    recall: float
    f1: float
    average_precision: float
    brier: float
    brier_corrected: float
    mean: float
    mean_corrected: float


def judge(remedy: Any, X_train: Any, X_test: Any, y_train: Any, y_test: Any, *, training_prior: Any) -> Result:
    """Fit once; score the model as it is, and its probabilities before and after prior correction."""
    model = PriorCorrectedClassifier(make_pipeline(encoder(), remedy), training_prior=training_prior)
    model.fit(X_train, y_train)
    predicted = model.estimator_.predict(X_test)
    scores = precision_recall_fscore_support(y_test, predicted, average="binary", pos_label=RARE, zero_division=0)[:3]
    rare = model.classes_.tolist().index(RARE)
    given, corrected = (part.predict_proba(X_test)[:, rare] for part in (model.estimator_, model))
    is_rare = y_test == RARE
    return Result(
        *(float(score) for score in scores),
        float(average_precision_score(is_rare, given)),
        float(brier_score_loss(is_rare, given)),
        float(brier_score_loss(is_rare, corrected)),
        float(given.mean()),
        float(corrected.mean()),
    )


def run(X: pd.DataFrame, y: pd.Series, *, epochs: int, seeds: int) -> dict[str, list[Result]]:
    """Every remedy with every seed; each seed splits anew."""
    found: dict[str, list[Result]] = {}
    for seed in range(seeds):
        parts = train_test_split(X, y, test_size=0.2, stratify=y, random_state=seed)
        for name, remedy in remedies(epochs=epochs, seed=seed).items():
            # Which frequencies a network has learned from is counted; those that a loss stands for are stated.
            training_prior = {FOCAL: "balanced", TUNED: "train"}.get(name, "auto")
            found.setdefault(name, []).append(judge(remedy, *parts, training_prior=training_prior))
    return found


def report(found: dict[str, list[Result]], share: float) -> str:
    """Both tables of the page."""
    n_seeds = len(found[TUNED])
    decisions = [[name, *map(spread, list(zip(*results, strict=True))[:4])] for name, results in found.items()]
    probabilities = [
        [name, *(f"{np.mean(values):.3f}" for values in list(zip(*results, strict=True))[4:])]
        for name, results in found.items()
        if name != TUNED  # its probabilities are those of nothing
    ]
    return "\n\n".join(
        [
            f"Buyers among untouched customers; mean ± standard deviation over {n_seeds} splits:",
            table(["", "precision", "recall", "F1", "average precision"], decisions),
            f"Probabilities of buying, as they are and corrected; {share:.3f} of the customers buy:",
            table(["", "Brier score", "corrected", "mean probability", "corrected"], probabilities),
        ]
    )


def main(argv: list[str] | None = None) -> None:
    """Fit and judge all remedies; write the numbers of the page."""
    given = options(epochs=20, seeds=3, argv=argv)
    X, y = read(given.data)
    found = run(X, y, epochs=given.epochs, seeds=given.seeds)
    publish("cost_sensitive_and_ensembles", report(found, float((y == RARE).mean())), write=not given.no_write)


if __name__ == "__main__":
    main()
