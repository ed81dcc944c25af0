"""The published churn snippet, to the letter, with its faults: what it prints, over seeds.

    python -m docs.tutorials.churn_printed

writes the part "as printed" of churn.md and churn_printed.svg.

What is faulty in the letter, beyond resampling before the split and training one network on and on:

- the first split is not stratified, the others are;
- columns are not scaled, as far as is printed (the file may have been: both are run);
- the over-sampled frame is made and then left alone: X and y come from the *under*-sampled one a second time, so the
  third step trains on the second step's rows again, and is judged by the second step's test rows.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler

from docs.tutorials.churn import NUMBERS, PUBLISHED, SAMPLERS, by_remedy, read, split
from docs.tutorials.page import HERE, draw_counts, draw_matrix, options, publish, save, spread, table
from fastbal.keras import reference_dnn
from fastbal.over_sampling import SMOTE

#: The training accuracy that is printed after the first step.
PRINTED_ACCURACY = 0.8064
LABELS = ("stays", "leaves")
BATCH = 32

Frame = pd.DataFrame


class Step(NamedTuple):
    """What a step prints.

    Attributes
    ----------
    matrix : ndarray of shape (2, 2)
        Test rows: what is true in rows, what is predicted in columns.
    by_class : ndarray of shape (2, 3)
        Precision, recall and F1 of class 0 and of class 1.
    accuracy, training_accuracy : float
        Of the test rows, and what `fit` says of the last epoch.
    curves : dict
        Training and test accuracy, and losses, after each epoch.
    """

    matrix: NDArray[np.int64]
    by_class: NDArray[np.float64]
    accuracy: float
    training_accuracy: float
    curves: dict[str, list[float]]


def network(n_columns: int) -> Any:
    """26 relu, 15 relu, 1 sigmoid; Adam, binary cross-entropy, accuracy."""
    model = reference_dnn(n_columns)
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"], steps_per_execution=64)  # the same, in less time
    return model


def one_step(model: Any, parts: list[Any], *, epochs: int) -> Step:
    """Train on, and judge: round the probabilities, print the report."""
    X_train, X_test, y_train, y_test = (part.to_numpy(np.float32) for part in parts)
    history = model.fit(
        X_train,
        y_train,
        batch_size=BATCH,
        epochs=epochs,
        validation_data=(X_test, y_test),
        validation_batch_size=len(y_test),
        verbose=0,
    ).history
    predicted = np.round(model.predict(X_test, verbose=0)[:, 0])
    by_class = precision_recall_fscore_support(y_test, predicted, labels=[0, 1], zero_division=0)[:3]
    return Step(
        confusion_matrix(y_test, predicted, labels=[0, 1]),
        np.column_stack(by_class),
        float(accuracy_score(y_test, predicted)),
        float(history["accuracy"][-1]),
        history,
    )


def scaled(frame: Frame) -> Frame:
    """The three numbers to [0, 1]."""
    return frame.assign(**dict(zip(NUMBERS, MinMaxScaler().fit_transform(frame[NUMBERS]).T, strict=True)))


def printed(frame: Frame, *, epochs: int, seed: int) -> dict[str, Step]:
    """The four steps of the snippet, one network, in the order and with the frames that are printed."""
    keras.utils.set_random_seed(seed)  # pandas draws from NumPy's numbers, too
    X, y = frame.drop(columns="Churn"), frame["Churn"]
    model = network(X.shape[1])
    found = {}
    first = train_test_split(X, y, test_size=0.2, random_state=15)
    found["nothing"] = one_step(model, first, epochs=epochs)
    stays, leaves = frame[y == 0], frame[y == 1]
    fewer = pd.concat([stays.sample(len(leaves)), leaves])
    found["under-sampling"] = one_step(model, split(fewer.drop(columns="Churn"), y=fewer["Churn"]), epochs=epochs)
    leaves.sample(len(stays), replace=True)  # printed, and not used after that
    found["over-sampling"] = one_step(model, split(fewer.drop(columns="Churn"), y=fewer["Churn"]), epochs=epochs)
    X_more, y_more = SMOTE(sampling_strategy="minority", random_state=seed).fit_resample(X, y)
    found["SMOTE"] = one_step(model, split(X_more, y=y_more), epochs=epochs)
    return found


def should_be(frame: Frame, *, epochs: int, seed: int) -> dict[str, Step]:
    """Split first, scale and resample the training rows only, a new network for each remedy."""
    X_train, X_test, y_train, y_test = split(frame.drop(columns="Churn"), y=frame["Churn"])
    scaler = MinMaxScaler().fit(X_train[NUMBERS])
    X_train, X_test = (
        part.assign(**dict(zip(NUMBERS, scaler.transform(part[NUMBERS]).T, strict=True))) for part in (X_train, X_test)
    )
    found = {}
    for name, make_sampler in SAMPLERS.items():
        keras.utils.set_random_seed(seed)
        X, y = make_sampler(random_state=seed).fit_resample(X_train, y_train) if make_sampler else (X_train, y_train)
        found[name] = one_step(network(X.shape[1]), [X, X_test, y, y_test], epochs=epochs)
    return found


PROTOCOLS = {
    "as printed": printed,
    "as printed, columns scaled": lambda frame, **given: printed(scaled(frame), **given),
    "as it should be": should_be,
}

# ------------------------------------------------------------------------------------------------------------- results

Found = dict[str, dict[str, list[Step]]]


def run(frame: Frame, *, epochs: int, seeds: int) -> Found:
    """Protocol to remedy to steps, one for each seed."""
    return {
        name: by_remedy([protocol(frame, epochs=epochs, seed=seed) for seed in range(seeds)])
        for name, protocol in PROTOCOLS.items()
    }


def report(found: Found) -> str:
    """Both tables of this part of the page."""
    n_seeds = len(found["as printed"]["nothing"])
    accuracies = [step.training_accuracy for step in found["as printed"]["nothing"]]
    scaled_ones = [step.training_accuracy for step in found["as printed, columns scaled"]["nothing"]]
    return "\n\n".join(
        [
            f"F1 of the customers who left; mean ± standard deviation over {n_seeds} seeds:",
            f1_by_protocol(found),
            f"Training accuracy after the first 100 epochs: printed {PRINTED_ACCURACY:.4f}, as printed "
            f"{spread(accuracies)}, columns scaled {spread(scaled_ones)}.",
            "Both classes, as the report prints them (precision / recall / F1), and the accuracy on test rows:",
            both_classes(found),
        ]
    )


def f1_by_protocol(found: Found) -> str:
    lines = []
    for name in SAMPLERS:
        cells = [spread([step.by_class[1, 2] for step in steps[name]]) for steps in found.values()]
        lines.append([name, f"{PUBLISHED[name][2]:.2f}", *cells])
    return table(["", "published", *found], lines)


def both_classes(found: Found) -> str:
    lines = []
    for protocol in PROTOCOLS:
        for name in SAMPLERS:
            steps = found[protocol][name]
            means = np.mean([step.by_class for step in steps], axis=0)
            cells = [" / ".join(f"{value:.2f}" for value in of_class) for of_class in means]
            accuracy = spread([step.accuracy for step in steps])
            lines.append([protocol if name == "nothing" else "", name, *cells, accuracy])
    return table(["", "", "class 0, stays", "class 1, leaves", "accuracy"], lines)


def draw(frame: Frame, found: Found, path: Path) -> None:
    """Classes before and after; confusion matrices (means over seeds); learning curves (first seed)."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.4, 8.6), layout="constrained", facecolor="white")
    top, middle, bottom = figure.subfigures(3, 1, height_ratios=[1.0, 1.7, 1.1])
    counts = {"before": frame["Churn"].value_counts()}
    for name, make_sampler in list(SAMPLERS.items())[1:]:
        counts[name] = make_sampler(random_state=0).fit_resample(frame, frame["Churn"])[1].value_counts()
    bars = top.subplots()
    draw_counts(bars, {name: {LABELS[c]: int(n[c]) for c in (0, 1)} for name, n in counts.items()})
    bars.legend(frameon=False, fontsize=8, ncols=2, loc="upper center", bbox_to_anchor=(0.375, 0.95))  # over few rows
    axes = middle.subplots(2, 4)
    for row, protocol in zip(axes, ("as printed, columns scaled", "as it should be"), strict=True):
        for one, name in zip(row, SAMPLERS, strict=True):
            draw_matrix(one, np.mean([step.matrix for step in found[protocol][name]], axis=0), LABELS, name)
        row[0].set_ylabel(f"{protocol}\ntrue", fontsize=8)
    for one, protocol in zip(
        bottom.subplots(1, 2, sharey=True), ("as printed, columns scaled", "as it should be"), strict=True
    ):
        draw_curves(one, [found[protocol][name][0] for name in SAMPLERS], protocol)
    save(figure, path)


def draw_curves(axes: Any, steps: list[Step], title: str) -> None:
    """Accuracy on training and on test rows, epoch after epoch, the four steps in a row."""
    start = 0
    for number, (name, step) in enumerate(zip(SAMPLERS, steps, strict=True)):
        epochs = np.arange(start, start + len(step.curves["accuracy"]))
        only_once = {"label": "training rows"} if number == 0 else {}
        axes.plot(epochs, step.curves["accuracy"], color="#d95f02", linewidth=1, **only_once)
        only_once = {"label": "test rows"} if number == 0 else {}
        axes.plot(epochs, step.curves["val_accuracy"], color="#1b6ca8", linewidth=1, **only_once)
        axes.text(start, 0.505, name, fontsize=7)
        start += len(epochs)
        axes.axvline(start, color="#dddddd", linewidth=1, zorder=0)
    axes.set(ylim=(0.5, 1.0), xlabel="epoch", ylabel="accuracy")
    axes.set_title(title, fontsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8, loc="upper left")


def main(argv: list[str] | None = None) -> None:
    """Run the snippet and its correction; write the numbers and the picture of the page."""
    given = options(epochs=100, seeds=3, argv=argv)
    X, y = read(given.data)
    frame = X.assign(Churn=y)
    found = run(frame, epochs=given.epochs, seeds=given.seeds)
    publish("churn", report(found), write=not given.no_write, part="as printed")
    if not given.no_write:
        draw(frame, found, HERE / "churn_printed.svg")


if __name__ == "__main__":
    main()
