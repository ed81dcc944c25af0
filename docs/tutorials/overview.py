"""Weights, focal loss, over- and under-sampling in Keras and in PyTorch: accuracy beside all else.

    python -m docs.tutorials.overview

writes the part "overview" of cost_sensitive_and_ensembles.md and overview.svg. The networks have the same layers, the
same optimiser, batches of the same size and as many epochs; the PyTorch ones are left out where it is not installed.
"""

from __future__ import annotations

import importlib.util
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    balanced_accuracy_score,
    precision_recall_fscore_support,
)
from sklearn.model_selection import train_test_split

from docs.tutorials.cost_sensitive_and_ensembles import RARE, encoder, read
from docs.tutorials.page import HERE, options, publish, save, spread, table
from fastbal.keras import FocalLoss, ReferenceDNNClassifier
from fastbal.over_sampling import RandomOverSampler
from fastbal.pipeline import make_pipeline
from fastbal.under_sampling import RandomUnderSampler

BATCH = 128
HIDDEN = (26, 15)

Array = NDArray[Any]
#: Training rows, training target, test rows: probabilities of the test rows.
Fit = Callable[[Array, Array, Array], Array]


class Result(NamedTuple):
    """Scores of buyers among the test rows."""

    accuracy: float
    balanced_accuracy: float
    precision: float
    recall: float
    f1: float
    average_precision: float


def in_keras(*, epochs: int, seed: int) -> dict[str, Fit]:
    """The network of Keras with each remedy."""
    network = ReferenceDNNClassifier(hidden=HIDDEN, epochs=epochs, batch_size=BATCH, random_state=seed)
    models = {
        "nothing": network,
        "class weights": clone(network).set_params(class_weight="balanced"),
        "focal loss": clone(network).set_params(loss=FocalLoss.from_labels),
        "over-sampling": make_pipeline(RandomOverSampler(random_state=seed), network),
        "under-sampling": make_pipeline(RandomUnderSampler(random_state=seed), network),
    }

    def fit_with(model: Any) -> Fit:
        return lambda X, y, X_test: model.fit(X, y).predict_proba(X_test)[:, 1]

    return {name: fit_with(model) for name, model in models.items()}


def in_torch(*, epochs: int, seed: int) -> dict[str, Fit]:
    """The network of PyTorch with each remedy: losses are functions, samplers make the batches."""
    import torch

    from fastbal.torch import BalancedDataset, class_weight_tensor, class_weights, focal_loss

    class AsItIs(torch.utils.data.IterableDataset):  # type: ignore[type-arg]
        """Batches of the table in random order."""

        def __init__(self, X: Array, y: Array, **_: Any) -> None:
            self.parts = torch.from_numpy(X), torch.from_numpy(y)

        def set_epoch(self, epoch: int) -> None:
            self.epoch = epoch

        def __iter__(self) -> Any:
            order = torch.randperm(len(self.parts[0])).split(BATCH)
            return ((self.parts[0][rows], self.parts[1][rows]) for rows in order)

    def fit_with(make_batches: Any, loss_of: Any, sampler: Any = None) -> Fit:
        def fit(X: Array, y: Array, X_test: Array) -> Array:
            torch.manual_seed(seed)
            widths = [X.shape[1], *HIDDEN]
            layers = [
                part
                for n_in, n_out in itertools.pairwise(widths)
                for part in (torch.nn.Linear(n_in, n_out), torch.nn.ReLU())
            ]
            network = torch.nn.Sequential(*layers, torch.nn.Linear(HIDDEN[-1], 1))
            for layer in network:
                if isinstance(layer, torch.nn.Linear):  # as Keras begins
                    torch.nn.init.xavier_uniform_(layer.weight)
                    torch.nn.init.zeros_(layer.bias)
            optimizer, loss = torch.optim.Adam(network.parameters(), eps=1e-7), loss_of(y)
            batches = make_batches(X, y, sampler=sampler, batch_size=BATCH, random_state=seed)
            for epoch in range(epochs):
                batches.set_epoch(epoch)
                for X_batch, y_batch in torch.utils.data.DataLoader(batches, batch_size=None):
                    optimizer.zero_grad()
                    loss(network(X_batch)[:, 0], y_batch).backward()
                    optimizer.step()
            with torch.no_grad():
                return np.asarray(network(torch.from_numpy(X_test))[:, 0].sigmoid().numpy())

        return fit

    cross_entropy = torch.nn.functional.binary_cross_entropy_with_logits

    def plain(y: Array) -> Any:
        return lambda outputs, target: cross_entropy(outputs, target.float())

    def weighted(y: Array) -> Any:
        weight = class_weight_tensor(y)
        return lambda outputs, target: cross_entropy(outputs, target.float(), weight[target])

    def focal(y: Array) -> Any:
        alpha = class_weights(y).weights
        return lambda outputs, target: focal_loss(outputs, target, alpha)

    return {
        "nothing": fit_with(AsItIs, plain),
        "class weights": fit_with(AsItIs, weighted),
        "focal loss": fit_with(AsItIs, focal),
        "over-sampling": fit_with(BalancedDataset, plain, RandomOverSampler()),
        "under-sampling": fit_with(BalancedDataset, plain, RandomUnderSampler()),
    }


LIBRARIES = {"Keras": in_keras} | ({"PyTorch": in_torch} if importlib.util.find_spec("torch") else {})
Found = dict[tuple[str, str], list[Result]]


def run(X: pd.DataFrame, y: pd.Series, *, epochs: int, seeds: int) -> Found:
    """Library and remedy to results, one for each split."""
    found: Found = {}
    for seed in range(seeds):
        X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, stratify=y, random_state=seed)
        before = encoder().fit(X_train)
        train, test = (np.asarray(before.transform(part), np.float32) for part in (X_train, X_test))
        for library, remedies in LIBRARIES.items():
            for name, fit in remedies(epochs=epochs, seed=seed).items():
                p = fit(train, (y_train == RARE).to_numpy(np.int64), test)
                found.setdefault((library, name), []).append(judge((y_test == RARE).to_numpy(), p))
        found.setdefault(("", "always: don't buy"), []).append(
            judge((y_test == RARE).to_numpy(), np.zeros(len(y_test)))
        )
    return found


def judge(y: Array, p: Array) -> Result:
    """Scores of decisions at a threshold of 0.5, and of their order."""
    scores = precision_recall_fscore_support(y, p > 0.5, average="binary", zero_division=0)[:3]
    return Result(
        float(accuracy_score(y, p > 0.5)),
        float(balanced_accuracy_score(y, p > 0.5)),
        *(float(score) for score in scores),
        float(average_precision_score(y, p)),
    )


def report(found: Found) -> str:
    """The table of this part of the page."""
    n_splits = len(next(iter(found.values())))
    header = ["", "", "accuracy", "balanced accuracy", "precision", "recall", "F1", "average precision"]
    lines = [[*names, *map(spread, zip(*results, strict=True))] for names, results in found.items()]
    return "\n\n".join(
        [
            f"Buyers among untouched customers, threshold 0.5; mean ± standard deviation over {n_splits} splits:",
            table(header, lines),
        ]
    )


def draw(y: pd.Series, path: Path) -> None:
    """What over- and under-sampling make of the classes: which rows are left, and which are copies."""
    from matplotlib.figure import Figure

    codes = (y == RARE).to_numpy(np.int64)
    numbers = np.arange(len(codes))[:, None]
    figure = Figure(figsize=(7.6, 3.0), layout="constrained", facecolor="white")
    axes = figure.subplots(1, 3, sharey=True)
    samplers = {
        "as it is": None,
        "over-sampling": RandomOverSampler(random_state=0),
        "under-sampling": RandomUnderSampler(random_state=0),
    }
    for one, (name, sampler) in zip(axes, samplers.items(), strict=True):
        rows, labels = (numbers, codes) if sampler is None else sampler.fit_resample(numbers, codes)
        for code, color in enumerate(("#1b6ca8", "#d95f02")):
            chosen = rows[labels == code, 0]
            different = len(np.unique(chosen))
            one.bar(code, different, color=color)
            one.bar(
                code, len(chosen) - different, bottom=different, color=color, alpha=0.35, hatch="//", edgecolor="white"
            )
            one.text(code, len(chosen), f"{len(chosen):,}", ha="center", va="bottom", fontsize=8)
        one.set_title(name, fontsize=9)
        one.set_xticks([0, 1], ["don't buy", "buy"], fontsize=8)
        one.spines[["top", "right"]].set_visible(False)
        one.tick_params(labelsize=8)
    axes[0].set(ylabel="rows; hatched: copies", ylim=(0, 1.15 * len(codes)))
    save(figure, path)


def main(argv: list[str] | None = None) -> None:
    """Fit all; write the numbers and the picture of the page."""
    given = options(epochs=20, seeds=3, argv=argv)
    X, y = read(given.data)
    found = run(X, y, epochs=given.epochs, seeds=given.seeds)
    publish("cost_sensitive_and_ensembles", report(found), write=not given.no_write, part="overview")
    if not given.no_write:
        draw(y, HERE / "overview.svg")


if __name__ == "__main__":
    main()
