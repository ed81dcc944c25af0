"""Customers who leave: published scores of three remedies, reproduced, and measured again on untouched customers.

    python -m docs.tutorials.churn

runs the published protocol and the honest one, and writes the numbers of churn.md and its picture.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, precision_recall_fscore_support, recall_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler

from docs.tutorials.page import HERE, data_file, options, publish, save, spread, table
from fastbal.keras import ReferenceDNNClassifier, reference_dnn
from fastbal.metrics import specificity_score
from fastbal.model_selection import TunedThresholdClassifier
from fastbal.over_sampling import SMOTE, RandomOverSampler
from fastbal.pipeline import make_pipeline
from fastbal.under_sampling import RandomUnderSampler

FILE = "telco_churn/Telco-Customer-Churn.csv"
SOURCE = "https://github.com/IBM/telco-customer-churn-on-icp4d (data/Telco-Customer-Churn.csv)"
NUMBERS = ["tenure", "MonthlyCharges", "TotalCharges"]

SAMPLERS = {
    "nothing": None,
    "under-sampling": RandomUnderSampler,
    "over-sampling": RandomOverSampler,
    "SMOTE": SMOTE,
}
#: Precision, recall and F1 of class 1, as published.
PUBLISHED = {
    "nothing": (0.64, 0.40, 0.49),
    "under-sampling": (0.73, 0.76, 0.75),
    "over-sampling": (0.75, 0.86, 0.80),
    "SMOTE": (0.75, 0.89, 0.82),
}
#: Fewer rows have no recall.
FEW = 10
TUNED = "nothing, threshold tuned"
LOGISTIC = "logistic regression, threshold tuned"

Scores = tuple[float, float, float]


# ------------------------------------------------------------------------------------------------------------ the data


def read(folder: Path) -> tuple[pd.DataFrame, pd.Series]:
    """7,032 customers, 26 columns, and whether each left."""
    frame = pd.read_csv(data_file(folder, FILE, SOURCE), na_values=" ").dropna().drop(columns="customerID")
    frame = frame.replace({"No internet service": "No", "No phone service": "No"})
    for name in frame:
        if set(frame[name]) == {"Yes", "No"}:
            frame[name] = (frame[name] == "Yes").astype(int)
    frame["gender"] = (frame["gender"] == "Female").astype(int)
    frame = pd.get_dummies(frame, columns=["InternetService", "Contract", "PaymentMethod"], dtype=int)
    return frame.drop(columns="Churn"), frame["Churn"]


def split(*arrays: Any, y: Any) -> list[Any]:
    """Four fifths to learn from, one fifth to judge by, as published."""
    return list(train_test_split(*arrays, y, test_size=0.2, random_state=15, stratify=y))


def scores(y: Any, predicted: Any) -> Scores:
    """Precision, recall and F1 of class 1."""
    precision, recall, f1, _ = precision_recall_fscore_support(y, predicted, average="binary", zero_division=0)
    return float(precision), float(recall), float(f1)


# ---------------------------------------------------------------------------------------------- the published protocol


class Published(NamedTuple):
    """One remedy by the published protocol.

    Attributes
    ----------
    scores : tuple of float
        Precision, recall and F1 of class 1 of the test rows.
    n_rare : int
        Test rows of class 1.
    related : float
        Share of them that share a customer with a training row of the same split: a copy of it, or made of it.
    known : float
        Share of them that share a customer with any row that the network has learned from until then.
    recall_known, recall_new : float
        How many of those, and of the others, the network finds. NaN where there are few.
    """

    scores: Scores
    n_rare: int
    related: float
    known: float
    recall_known: float
    recall_new: float


def published(X: pd.DataFrame, y: pd.Series, *, epochs: int, seed: int) -> dict[str, Published]:
    """Resample first, split afterwards, and train one network on: what is published, and what is wrong with it."""
    keras.utils.set_random_seed(seed)
    X = X.assign(**dict(zip(NUMBERS, MinMaxScaler().fit_transform(X[NUMBERS]).T, strict=True)))
    network = reference_dnn(X.shape[1])
    network.compile("adam", "binary_crossentropy", steps_per_execution=64)  # the same network, in a third of the time
    has_learned = np.zeros(len(X), bool)  # of which customer
    found = {}
    for name, make_sampler in SAMPLERS.items():
        X_all, y_all, origin = resample(make_sampler, X, y, seed)
        X_train, X_test, from_train, from_test, y_train, y_test = split(X_all, origin, y=y_all)
        network.fit(X_train.to_numpy(np.float32), y_train.to_numpy(), batch_size=32, epochs=epochs, verbose=0)
        has_learned[from_train] = True
        is_related, is_known = np.isin(from_test, from_train).any(axis=1), has_learned[from_test].any(axis=1)
        predicted = network.predict(X_test.to_numpy(np.float32), verbose=0)[:, 0] > 0.5
        found[name] = judge(y_test.to_numpy(), predicted, is_related, is_known)
    return found


def resample(make_sampler: Any, X: pd.DataFrame, y: pd.Series, seed: int) -> tuple[Any, Any, NDArray[np.int64]]:
    """A balanced table, and for each of its rows the two customers it lies between: one, twice, if it is a customer."""
    every = np.arange(len(X))
    if make_sampler is None:
        return X, y, np.column_stack([every, every])
    sampler = make_sampler(random_state=seed)
    X_new, y_new = sampler.fit_resample(X, y)
    if hasattr(sampler, "sample_indices_"):  # all rows are customers, as they are
        return X_new, y_new, np.column_stack([sampler.sample_indices_, sampler.sample_indices_])
    between = np.column_stack([sampler.base_indices_, sampler.neighbor_indices_])
    return X_new, y_new, np.concatenate([np.column_stack([every, every]), between])


def judge(
    y: NDArray[Any], predicted: NDArray[np.bool_], is_related: NDArray[np.bool_], is_known: NDArray[np.bool_]
) -> Published:
    """Scores, and how many of the test rows are none."""
    rare = y == 1
    parts = [predicted[rare & is_known], predicted[rare & ~is_known]]
    recalls = [float(part.mean()) if len(part) >= FEW else np.nan for part in parts]
    return Published(
        scores(y, predicted), int(rare.sum()), float(is_related[rare].mean()), float(is_known[rare].mean()), *recalls
    )


# ------------------------------------------------------------------------------------------------- the honest protocol


class Honest(NamedTuple):
    """One remedy, judged by customers as they are.

    Attributes
    ----------
    scores : tuple of float
        Precision, recall and F1 of class 1.
    as_if_balanced : tuple of float
        What they would be, were there as many test rows of each class.
    average_precision : float
        Quality of the order, whatever the threshold.
    """

    scores: Scores
    as_if_balanced: Scores
    average_precision: float


def scaler() -> Any:
    """Three numbers to [0, 1]; all else is 0 or 1 already."""
    return make_column_transformer((MinMaxScaler(), NUMBERS), remainder="passthrough")


def remedies(*, epochs: int, seed: int) -> dict[str, Any]:
    """The same network with each remedy. All that learns or resamples is inside, and sees training rows only."""

    def network(**params: Any) -> ReferenceDNNClassifier:
        return ReferenceDNNClassifier(epochs=epochs, random_state=seed, **params)

    resampled = {
        name: make_pipeline(scaler(), make_sampler(random_state=seed), network())
        for name, make_sampler in SAMPLERS.items()
        if make_sampler
    }
    return {
        **resampled,
        "class weights": make_pipeline(scaler(), network(class_weight="balanced")),
        TUNED: TunedThresholdClassifier(make_pipeline(scaler(), network()), metric="f1", cv=3),
        LOGISTIC: TunedThresholdClassifier(make_pipeline(scaler(), LogisticRegression(max_iter=1000)), metric="f1"),
    }


def honest(X: pd.DataFrame, y: pd.Series, *, epochs: int, seed: int) -> dict[str, Honest]:
    """Split first; then each remedy on the training rows, and no hand on the others."""
    X_train, X_test, y_train, y_test = split(X, y=y)
    found = {}
    for name, model in remedies(epochs=epochs, seed=seed).items():
        model.fit(X_train, y_train)
        if name == TUNED:  # inside is the network at its own threshold
            found["nothing"] = judge_honestly(model.estimator_, X_test, y_test)
        found[name] = judge_honestly(model, X_test, y_test)
    return found


def judge_honestly(model: Any, X_test: pd.DataFrame, y_test: pd.Series) -> Honest:
    """Scores on the test rows."""
    predicted = model.predict(X_test)
    right, wrong = recall_score(y_test, predicted), 1 - specificity_score(y_test, predicted)
    precision = right / (right + wrong) if right + wrong else 0.0
    f1 = 2 * precision * right / (precision + right) if right else 0.0
    order = model.predict_proba(X_test)[:, 1]
    return Honest(scores(y_test, predicted), (precision, right, f1), float(average_precision_score(y_test, order)))


# ------------------------------------------------------------------------------------------------------------- results


def run(
    X: pd.DataFrame, y: pd.Series, *, epochs: int, seeds: int
) -> tuple[dict[str, list[Published]], dict[str, list[Honest]]]:
    """Both protocols with every seed: lists of results by remedy."""
    by_seed = [
        (published(X, y, epochs=epochs, seed=seed), honest(X, y, epochs=epochs, seed=seed)) for seed in range(seeds)
    ]
    biased, fair = ([dict(found) for found in part] for part in zip(*by_seed, strict=True))
    return by_remedy(biased), by_remedy(fair)


def by_remedy(found: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Lists over seeds.

    >>> by_remedy([{"SMOTE": 1}, {"SMOTE": 2}])
    {'SMOTE': [1, 2]}
    """
    return {name: [of_seed[name] for of_seed in found] for name in found[0]}


def report(biased: dict[str, list[Published]], fair: dict[str, list[Honest]]) -> str:
    """The three tables of the page."""
    n_seeds = len(biased["SMOTE"])
    return "\n\n".join(
        [
            f"Class 1 (the customer leaves), at a threshold of 0.5; mean ± standard deviation over {n_seeds} seeds:",
            compared(biased, fair),
            "Customers who left among the test rows of the published protocol. *Related*: the row is a copy of a "
            "training row of the same split, or both are made of one customer. *Known*: the same, for all rows that "
            "the network has learned from until then.",
            leaks(biased),
            "Split first, then each remedy, on the same 1,407 untouched customers, 374 of whom left:",
            fairly(fair),
        ]
    )


def compared(biased: dict[str, list[Published]], fair: dict[str, list[Honest]]) -> str:
    """Published, reproduced and honest scores, side by side."""
    lines = []
    for name, expected in PUBLISHED.items():
        for number, score in enumerate(["precision", "recall", "F1"]):
            got = [
                [of_seed.scores[number] for of_seed in biased[name]],
                [of_seed.as_if_balanced[number] for of_seed in fair[name]],
                [of_seed.scores[number] for of_seed in fair[name]],
            ]
            is_natural = name == "nothing"  # nothing has balanced the published test rows
            cells = [spread(got[0]), "" if is_natural else spread(got[1]), spread(got[2])]
            bold = [f"**{cell}**" if score == "F1" and cell else cell for cell in [f"{expected[number]:.2f}", *cells]]
            lines.append([name if number == 0 else "", score, *bold])
    header = ["", "", "published", "reproduced", "split first, test rows 1 : 1", "split first, test rows as they are"]
    return table(header, lines)


def leaks(biased: dict[str, list[Published]]) -> str:
    """How many of the published protocol's test rows are none."""
    header = ["", "test rows", "related", "known", "found of the known", "found of the others"]
    lines = []
    for name, found in biased.items():
        shares = column_means(np.array([of_seed[2:] for of_seed in found]))
        lines.append(
            [name, f"{found[0].n_rare:,}", *(f"{share:.0%}" if np.isfinite(share) else "" for share in shares)]
        )
    return table(header, lines)


def column_means(shares: NDArray[np.float64]) -> list[float]:
    """Means over seeds, of those that have a value.

    >>> column_means(np.array([[0.5, np.nan], [1.0, np.nan]]))
    [0.75, nan]
    """
    return [float(column[np.isfinite(column)].mean()) if np.isfinite(column).any() else np.nan for column in shares.T]


def fairly(fair: dict[str, list[Honest]]) -> str:
    """All remedies by the honest protocol."""
    lines = []
    for name in [*SAMPLERS, "class weights", TUNED, LOGISTIC]:
        found = fair[name]
        columns = [*zip(*(of_seed.scores for of_seed in found), strict=True), [of_seed[2] for of_seed in found]]
        lines.append([name, *(spread(column) for column in columns)])
    return table(["", "precision", "recall", "F1", "average precision"], lines)


def draw(biased: dict[str, list[Published]], fair: dict[str, list[Honest]], path: Path) -> None:
    """F1 of each remedy on its way from what is published to what is true."""
    from matplotlib.figure import Figure

    stations = {
        "published": ("D", "#bdbdbd", [PUBLISHED[name][2] for name in SAMPLERS]),
        "reproduced": ("o", "#d95f02", [mean_f1(biased[name], "scores") for name in SAMPLERS]),
        "split first, as many test rows of each class": (
            "s",
            "#7570b3",
            [mean_f1(fair[name], "as_if_balanced") if make else np.nan for name, make in SAMPLERS.items()],
        ),
        "split first, test rows as they are": ("o", "#1b6ca8", [mean_f1(fair[name], "scores") for name in SAMPLERS]),
    }
    figure = Figure(figsize=(7.6, 3.2), layout="constrained", facecolor="white")
    axes = figure.subplots()
    places = np.arange(len(SAMPLERS))[::-1]
    every = np.array([values for _, _, values in stations.values()])
    axes.hlines(places, np.nanmin(every, axis=0), np.nanmax(every, axis=0), color="#dddddd", linewidth=3, zorder=0)
    for name, (marker, color, values) in stations.items():
        axes.plot(values, places, marker, color=color, markeredgecolor="white", markersize=8, label=name)
    axes.axvline(
        mean_f1(fair[TUNED], "scores"),
        color="#1b6ca8",
        linestyle="--",
        linewidth=1,
        label=f"{TUNED}, test rows as they are",
    )
    axes.set(
        yticks=places, yticklabels=SAMPLERS, ylim=(-0.6, len(SAMPLERS) - 0.4), xlabel="F1 of the customers who left"
    )
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(left=False)
    figure.legend(loc="outside upper left", ncols=2, frameon=False, fontsize=9)
    save(figure, path)


def mean_f1(found: list[Any], which: str) -> float:
    """Mean over seeds."""
    return float(np.mean([getattr(of_seed, which)[2] for of_seed in found]))


def main(argv: list[str] | None = None) -> None:
    """Run both protocols; write the numbers and the picture of the page."""
    given = options(epochs=100, seeds=5, argv=argv)
    X, y = read(given.data)
    biased, fair = run(X, y, epochs=given.epochs, seeds=given.seeds)
    publish("churn", report(biased, fair), write=not given.no_write)
    if not given.no_write:
        draw(biased, fair, HERE / "churn.svg")


if __name__ == "__main__":
    main()
