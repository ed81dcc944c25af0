"""Practical 05 to the letter, and beside it the same with scaled columns.

    python -m docs.tutorials.practical_05_printed

writes the part "as printed" of practical_05.md and practical_05.svg.

The letter: a table made with the parameters that are printed and no others, no scaler, two networks for five epochs
each in batches of 32, and a balanced random forest of 100 trees.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import make_classification
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from docs.tutorials.page import HERE, draw_counts, draw_matrix, options, publish, save, spread, table
from docs.tutorials.practical_05 import PUBLISHED, data, verdict
from fastbal.ensemble import BalancedRandomForestClassifier
from fastbal.keras import ReferenceDNNClassifier
from fastbal.over_sampling import SMOTE
from fastbal.pipeline import make_pipeline

#: Precision, recall and F1 of class 1 and the accuracy that the notebook of the practical shows, to two digits.
SHOWN = {
    "SMOTE, network": (0.42, 0.92, 0.58, 0.92),
    "class weights, network": (0.32, 0.91, 0.48, 0.88),
    "balanced random forest": (0.44, 0.95, 0.60, 0.93),
}
SCORES = ("precision", "recall", "F1")
LABELS = ("class 0", "class 1")

Parts = list[NDArray[Any]]


def literal() -> Parts:
    """The table as printed: X_train, X_test, y_train, y_test."""
    X, y = make_classification(n_samples=10_000, n_features=20, n_classes=2, weights=[0.95, 0.05], random_state=42)
    return list(train_test_split(X, y, test_size=0.2, random_state=42))


def methods(*, epochs: int, seed: int, is_scaled: bool) -> dict[str, Any]:
    """The three published methods; the forest needs no scaler."""
    before = [StandardScaler()] if is_scaled else []

    def network(**params: Any) -> ReferenceDNNClassifier:
        return ReferenceDNNClassifier(hidden=(16,), epochs=epochs, batch_size=32, random_state=seed, **params)

    return {
        "SMOTE, network": make_pipeline(*before, SMOTE(random_state=42), network()),
        "class weights, network": make_pipeline(*before, network(class_weight="balanced")),
        "balanced random forest": BalancedRandomForestClassifier(n_estimators=100, random_state=seed),
    }


class Printed(NamedTuple):
    """What a classification report says.

    Attributes
    ----------
    by_class : ndarray of shape (2, 3)
        Precision, recall and F1 of class 0 and of class 1.
    accuracy : float
        Share of test rows that are right.
    matrix : ndarray of shape (2, 2)
        What is true in rows, what is predicted in columns.
    """

    by_class: NDArray[np.float64]
    accuracy: float
    matrix: NDArray[np.int64]


def reported(y: NDArray[Any], predicted: NDArray[Any]) -> Printed:
    """A classification report of test rows."""
    by_class = precision_recall_fscore_support(y, predicted, labels=[0, 1], zero_division=0)[:3]
    return Printed(np.column_stack(by_class), float(accuracy_score(y, predicted)), confusion_matrix(y, predicted))


Found = dict[str, dict[str, list[Printed]]]
TABLES = {
    "as printed": (literal, False),
    "as printed, columns scaled": (literal, True),
    "7,602 : 398, columns scaled": (data, True),
}


def run(*, epochs: int, seeds: int) -> Found:
    """Table to method to reports, one for each seed."""
    found: Found = {}
    for name, (make, is_scaled) in TABLES.items():
        X_train, X_test, y_train, y_test = make()
        for seed in range(seeds):
            for method, model in methods(epochs=epochs, seed=seed, is_scaled=is_scaled).items():
                predicted = model.fit(X_train, y_train).predict(X_test)
                found.setdefault(name, {}).setdefault(method, []).append(reported(y_test, predicted))
        naive = reported(y_test, np.zeros_like(y_test))
        found[name]["always class 0"] = [naive] * seeds
    return found


def report(found: Found) -> str:
    """The tables of this part of the page."""
    n_seeds = len(found["as printed"]["always class 0"])
    return "\n\n".join(
        [
            f"Class 1 on the 2,000 test rows; mean ± standard deviation over {n_seeds} seeds, and in how many of them "
            "the score lies in the published range. *Shown* is what the practical's own notebook shows:",
            side_by_side(found),
            "Accuracy:",
            accuracies(found),
            "The reports as printed beside each other, means over seeds, precision / recall / F1:",
            reports(found["as printed"]),
        ]
    )


def side_by_side(found: Found) -> str:
    lines = []
    for method, ranges in PUBLISHED.items():
        for number, (low, high) in enumerate(ranges):
            values = [[one.by_class[1, number] for one in of_table[method]] for of_table in found.values()]
            cells = [f"{spread(one)} ({verdict(one, low, high)})" for one in values]
            shown = f"{SHOWN[method][number]:.2f}"
            lines.append([method if number == 0 else "", SCORES[number], f"{low:.2f} to {high:.2f}", shown, *cells])
    return table(["", "", "published", "shown", *found], lines)


def accuracies(found: Found) -> str:
    lines = []
    for method in found["as printed"]:
        shown = f"{SHOWN[method][3]:.2f}" if method in SHOWN else ""
        lines.append(
            [method, shown, *(spread([one.accuracy for one in of_table[method]]) for of_table in found.values())]
        )
    return table(["", "shown", *found], lines)


def reports(of_table: dict[str, list[Printed]]) -> str:
    lines = []
    for code, label in enumerate(LABELS):
        means = [np.mean([one.by_class[code] for one in printed], axis=0) for printed in of_table.values()]
        lines.append([label, *(" / ".join(f"{value:.2f}" for value in mean) for mean in means)])
    return table(["", *of_table], lines)


def draw(found: Found, path: Path) -> None:
    """Classes before and after SMOTE; confusion matrices, means over seeds."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.4, 7.4), layout="constrained", facecolor="white")
    left, right = figure.subfigures(2, 1, height_ratios=[1.0, 2.4])
    counts = {}
    for name, make in {"as printed": literal, "7,602 : 398": data}.items():
        X_train, _, y_train, _ = make()
        y_more = SMOTE(random_state=42).fit_resample(X_train, y_train)[1]
        for when, y in {name: y_train, f"{name}, SMOTE": y_more}.items():
            counts[when] = {label: int(np.sum(y == code)) for code, label in enumerate(LABELS)}
    draw_counts(left.subplots(), counts)
    axes = right.subplots(len(found), len(PUBLISHED))
    for row, (name, of_table) in zip(axes, found.items(), strict=True):
        for one, method in zip(row, PUBLISHED, strict=True):
            draw_matrix(one, np.mean([printed.matrix for printed in of_table[method]], axis=0), ("0", "1"), method)
        row[0].set_ylabel(f"{name}\ntrue class", fontsize=7)
    save(figure, path)


def main(argv: list[str] | None = None) -> None:
    """Run the letter; write the numbers and the picture of the page."""
    given = options(epochs=5, seeds=10, argv=argv)
    found = run(epochs=given.epochs, seeds=given.seeds)
    publish("practical_05", report(found), write=not given.no_write, part="as printed")
    if not given.no_write:
        draw(found, HERE / "practical_05.svg")


if __name__ == "__main__":
    main()
