"""Do class weights need Adam? Insurance with two optimisers, with and without weights; and the classes drawn.

    python -m docs.tutorials.insurance_weights

writes the part "optimisers" of insurance.md and insurance.svg.
"""

from __future__ import annotations

from pathlib import Path

import keras
import pandas as pd
from sklearn.model_selection import train_test_split

from docs.tutorials.insurance import N_NO, N_YES, Result, encoder, judge, read
from docs.tutorials.page import HERE, draw_counts, options, publish, save, spread, table
from fastbal.keras import ReferenceDNNClassifier
from fastbal.pipeline import make_pipeline

#: SGD at Keras's rate, and at ten times that rate.
OPTIMIZERS = {
    "Adam, 0.001": lambda: "adam",
    "SGD, 0.01": lambda: keras.optimizers.SGD(0.01),
    "SGD, 0.1": lambda: keras.optimizers.SGD(0.1),
}


def run(X: pd.DataFrame, y: pd.Series, *, epochs: int, seeds: int) -> dict[tuple[str, str], list[Result]]:
    """Optimiser and weights to results, one for each split."""
    found: dict[tuple[str, str], list[Result]] = {}
    for seed in range(seeds):
        X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, stratify=y, random_state=seed)
        before = encoder().fit(X_train)
        parts = before.transform(X_train), before.transform(X_test)
        for name, make in OPTIMIZERS.items():
            for weights, class_weight in {"no weights": None, "balanced weights": "balanced"}.items():
                network = ReferenceDNNClassifier(
                    epochs=epochs, batch_size=256, optimizer=make(), class_weight=class_weight, random_state=seed
                )
                network = make_pipeline(network).fit(parts[0], y_train)
                found.setdefault((name, weights), []).append(judge(network, parts[1], y_test))
    return found


def report(found: dict[tuple[str, str], list[Result]]) -> str:
    """The table of this part of the page."""
    n_splits = len(next(iter(found.values())))
    lines = [[*names, *map(spread, zip(*results, strict=True))] for names, results in found.items()]
    return "\n\n".join(
        [
            f"Customers who say yes, among untouched ones; mean ± standard deviation over {n_splits} splits:",
            table(["", "", "precision", "recall", "F1", "average precision"], lines),
        ]
    )


def draw(path: Path) -> None:
    """Classes before and after, at the published size."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 2.8), layout="constrained", facecolor="white")
    sizes = {"before": (N_NO, N_YES), "under-sampling": (N_YES, N_YES), "over-sampling": (N_NO, N_NO)}
    draw_counts(figure.subplots(), {name: dict(zip(("no", "yes"), size, strict=True)) for name, size in sizes.items()})
    save(figure, path)


def main(argv: list[str] | None = None) -> None:
    """Try the optimisers; write the numbers and the picture of the page."""
    given = options(epochs=20, seeds=3, argv=argv)
    X, y = read(given.data)
    publish(
        "insurance",
        report(run(X, y, epochs=given.epochs, seeds=given.seeds)),
        write=not given.no_write,
        part="optimisers",
    )
    if not given.no_write:
        draw(HERE / "insurance.svg")


if __name__ == "__main__":
    main()
