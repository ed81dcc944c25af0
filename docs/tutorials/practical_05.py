"""Ten thousand rows, one in twenty rare: do published ranges of precision, recall and F1 hold?

    python -m docs.tutorials.practical_05

runs every remedy with ten seeds and writes the numbers of practical_05.md.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import make_classification
from sklearn.metrics import average_precision_score, precision_recall_fscore_support
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from docs.tutorials.page import options, publish, spread, table
from fastbal.ensemble import BalancedRandomForestClassifier
from fastbal.keras import ReferenceDNNClassifier
from fastbal.model_selection import TunedThresholdClassifier
from fastbal.over_sampling import SMOTE
from fastbal.pipeline import make_pipeline

#: Lowest and highest precision, recall and F1 of class 1, as published.
PUBLISHED = {
    "SMOTE, network": ((0.40, 0.55), (0.75, 0.85), (0.50, 0.65)),
    "class weights, network": ((0.35, 0.50), (0.70, 0.80), (0.45, 0.60)),
    "balanced random forest": ((0.45, 0.60), (0.80, 0.90), (0.55, 0.70)),
}
SCORES = ("precision", "recall", "F1", "average precision")


def data() -> list[NDArray[Any]]:
    """The table, split as published: X_train, X_test, y_train, y_test."""
    X, y = make_classification(
        n_samples=10_000,
        n_features=20,
        n_informative=10,
        n_redundant=7,
        weights=[0.95],
        flip_y=0,
        random_state=42,
    )
    return list(train_test_split(X, y, test_size=0.2, random_state=42))


def remedies(*, epochs: int, seed: int) -> dict[str, Any]:
    """The published remedies, and some that leave the rows and their weights alone."""

    def network(times: int = 1, **params: Any) -> ReferenceDNNClassifier:
        return ReferenceDNNClassifier(hidden=(16,), epochs=times * epochs, random_state=seed, **params)

    plain = make_pipeline(StandardScaler(), network())
    longer = make_pipeline(StandardScaler(), network(times=4))
    return {
        "SMOTE, network": make_pipeline(StandardScaler(), SMOTE(random_state=seed), network()),
        "class weights, network": make_pipeline(StandardScaler(), network(class_weight="balanced")),
        "balanced random forest": BalancedRandomForestClassifier(random_state=seed),
        "nothing, network": plain,
        "nothing, network, threshold tuned": TunedThresholdClassifier(plain, metric="f1", cv=3),
        "nothing, network, four times the epochs, threshold tuned": TunedThresholdClassifier(longer, metric="f1", cv=3),
        "SMOTE, network, four times the epochs": make_pipeline(
            StandardScaler(), SMOTE(random_state=seed), network(times=4)
        ),
    }


class Result(NamedTuple):
    """Scores of class 1 on the test rows."""

    precision: float
    recall: float
    f1: float
    average_precision: float


def judge(model: Any, X: NDArray[Any], y: NDArray[Any]) -> Result:
    """Scores of decisions, and of the order they come from."""
    scores = precision_recall_fscore_support(y, model.predict(X), average="binary", zero_division=0)[:3]
    order = model.predict_proba(X)[:, 1]
    return Result(*(float(score) for score in scores), float(average_precision_score(y, order)))


def run(*, epochs: int, seeds: int) -> dict[str, list[Result]]:
    """Every remedy with every seed, on the same rows."""
    X_train, X_test, y_train, y_test = data()
    found: dict[str, list[Result]] = {}
    for seed in range(seeds):
        for name, model in remedies(epochs=epochs, seed=seed).items():
            found.setdefault(name, []).append(judge(model.fit(X_train, y_train), X_test, y_test))
    return found


def verdict(values: list[float], low: float, high: float) -> str:
    """Where measured values lie: by their mean, and how many of them in the range.

    >>> verdict([0.50, 0.54, 0.58], 0.40, 0.55)
    'in, 2 of 3'
    >>> verdict([0.58, 0.60], 0.40, 0.55)
    'above, 0 of 2'
    """
    mean = np.mean(values)
    place = "below" if mean < low else "above" if mean > high else "in"
    return f"{place}, {sum(low <= value <= high for value in values)} of {len(values)}"


def against_published(found: dict[str, list[Result]]) -> str:
    """Each published range, and what came out."""
    lines = []
    for name, ranges in PUBLISHED.items():
        for number, (low, high) in enumerate(ranges):
            values = [result[number] for result in found[name]]
            published = f"{low:.2f} to {high:.2f}"
            lines.append(
                [name if number == 0 else "", SCORES[number], published, spread(values), verdict(values, low, high)]
            )
    return table(["", "", "published", "measured", "in the range"], lines)


def all_remedies(found: dict[str, list[Result]]) -> str:
    """Every remedy, also those that nothing is published of."""
    lines = [[name, *map(spread, zip(*results, strict=True))] for name, results in found.items()]
    return table(["", *SCORES], lines)


def report(found: dict[str, list[Result]]) -> str:
    """Both tables of the page."""
    n_seeds = len(found["SMOTE, network"])
    return "\n\n".join(
        [
            f"Class 1 on the 2,000 test rows; mean ± standard deviation over {n_seeds} seeds, and in how many of them "
            "the score lies in the published range:",
            against_published(found),
            "All remedies:",
            all_remedies(found),
        ]
    )


def main(argv: list[str] | None = None) -> None:
    """Run all remedies; write the numbers of the page."""
    given = options(epochs=5, seeds=10, argv=argv)
    publish("practical_05", report(run(epochs=given.epochs, seeds=given.seeds)), write=not given.no_write)


if __name__ == "__main__":
    main()
