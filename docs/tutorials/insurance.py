"""Who takes a second insurance? Three remedies on real customers; time and memory at the published size.

    python -m docs.tutorials.insurance

fits a network with each remedy, races the samplers against imbalanced-learn, and writes the numbers of insurance.md.
"""

from __future__ import annotations

import os
import platform
import time
import tracemalloc
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.datasets import make_classification
from sklearn.metrics import average_precision_score, precision_recall_fscore_support
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, OrdinalEncoder

import fastbal
from docs.tutorials.page import data_file, options, publish, spread, table
from fastbal.keras import ReferenceDNNClassifier
from fastbal.model_selection import TunedThresholdClassifier
from fastbal.over_sampling import SMOTE, RandomOverSampler
from fastbal.pipeline import make_pipeline
from fastbal.under_sampling import RandomUnderSampler

FILE = "insurance_crosssell_20pct/validation_splited.csv"
SOURCE = "https://github.com/danieltodaDS/Health-Insurance-Cross-Sell"

NUMBERS = ["age", "annual_premium", "vintage"]
FLAGS = ["driving_license", "vehicle_damage", "previously_insured"]
#: Numbers that are names: of regions and of ways to reach a customer.
CODES = ["gender", "region_code", "policy_sales_channel"]
VEHICLE_AGES = ["< 1 Year", "1-2 Year", "> 2 Years"]

N_NO, N_YES = 319_553, 62_601


# ------------------------------------------------------------------------------------------------- a fifth of the data


def read(folder: Path) -> tuple[pd.DataFrame, pd.Series]:
    """76,222 customers of a health insurer, and whether they would insure their car there, too."""
    frame = pd.read_csv(data_file(folder, FILE, SOURCE)).drop(columns="id")
    return frame.drop(columns="response"), frame["response"]


def encoder() -> Any:
    """All columns between 0 and 1; a column for each code that one customer in a hundred has."""
    return make_column_transformer(
        (MinMaxScaler(), NUMBERS),
        (OrdinalEncoder(categories=[VEHICLE_AGES]), ["vehicle_age"]),
        (OneHotEncoder(min_frequency=0.01, sparse_output=False, handle_unknown="infrequent_if_exist"), CODES),
        ("passthrough", FLAGS),
    )


def remedies(*, epochs: int, seed: int) -> dict[str, Any]:
    """The network with each remedy."""
    network = ReferenceDNNClassifier(epochs=epochs, batch_size=256, random_state=seed)
    return {
        "nothing": network,
        "under-sampling to the minority": make_pipeline(RandomUnderSampler(random_state=seed), network),
        "over-sampling to the majority": make_pipeline(RandomOverSampler(random_state=seed), network),
        "class weights": clone(network).set_params(class_weight="balanced"),
        "nothing, threshold tuned": TunedThresholdClassifier(network, metric="f1", cv=3),
    }


class Result(NamedTuple):
    """Scores of class 1 on the test rows."""

    precision: float
    recall: float
    f1: float
    average_precision: float


def judge(model: Any, X: Any, y: Any) -> Result:
    """Scores of decisions, and of the order they come from."""
    scores = precision_recall_fscore_support(y, model.predict(X), average="binary", zero_division=0)[:3]
    return Result(*(float(score) for score in scores), float(average_precision_score(y, model.predict_proba(X)[:, 1])))


def run(X: pd.DataFrame, y: pd.Series, *, epochs: int, seeds: int) -> dict[str, list[Result]]:
    """Every remedy with every seed; each seed splits anew."""
    found: dict[str, list[Result]] = {}
    for seed in range(seeds):
        X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, stratify=y, random_state=seed)
        for name, remedy in remedies(epochs=epochs, seed=seed).items():
            model = make_pipeline(encoder(), remedy).fit(X_train, y_train)
            found.setdefault(name, []).append(judge(model, X_test, y_test))
    return found


# ----------------------------------------------------------------------------------------------------------- full size


class Cost(NamedTuple):
    """What balancing takes: the least seconds of three runs, and the most memory at a time, in MB."""

    seconds: float
    megabytes: float


def full_size(n_no: int = N_NO, n_yes: int = N_YES) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """As many customers of each class as published, with ten columns that are made up."""
    n_rows = int((n_no + n_yes) * 1.05)
    X, y = make_classification(n_samples=n_rows, n_features=10, weights=[n_no / (n_no + n_yes)], random_state=0)
    rows = np.sort(np.concatenate([np.flatnonzero(y == 0)[:n_no], np.flatnonzero(y == 1)[:n_yes]]))
    return X[rows], y[rows]


def rivals() -> dict[str, dict[str, Any]]:
    """Each remedy in both libraries."""
    import imblearn.over_sampling
    import imblearn.under_sampling

    return {
        "under-sampling to the minority": {
            "fastbal": RandomUnderSampler(random_state=0),
            "imbalanced-learn": imblearn.under_sampling.RandomUnderSampler(random_state=0),
        },
        "over-sampling to the majority": {
            "fastbal": RandomOverSampler(random_state=0),
            "imbalanced-learn": imblearn.over_sampling.RandomOverSampler(random_state=0),
        },
        "SMOTE": {
            "fastbal": SMOTE(random_state=0),
            "imbalanced-learn": imblearn.over_sampling.SMOTE(random_state=0),
        },
    }


def race(X: NDArray[Any], y: NDArray[Any], *, rounds: int = 3) -> dict[str, dict[str, Cost]]:
    """Both libraries in turns, in this process; memory is counted in a first round, which is not timed."""
    costs: dict[str, dict[str, Cost]] = {}
    for remedy, samplers in rivals().items():
        memory = {name: peak(lambda sampler=sampler: sampler.fit_resample(X, y)) for name, sampler in samplers.items()}
        times: dict[str, list[float]] = {name: [] for name in samplers}
        for _ in range(rounds):
            for name, sampler in samplers.items():
                start = time.perf_counter()
                sampler.fit_resample(X, y)
                times[name].append(time.perf_counter() - start)
        costs[remedy] = {name: Cost(min(times[name]), memory[name] / 1e6) for name in samplers}
    return costs


def peak(work: Callable[[], Any]) -> int:
    """Bytes that NumPy and Python have allocated at a time, at most, beyond what was there."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


# ------------------------------------------------------------------------------------------------------------- results


def report(found: dict[str, list[Result]], costs: dict[str, dict[str, Cost]], machine: str) -> str:
    """Both tables of the page."""
    n_seeds = len(found["nothing"])
    scores = [[name, *map(spread, zip(*results, strict=True))] for name, results in found.items()]
    names = ["fastbal", "imbalanced-learn"]
    lines = []
    for remedy, cost in costs.items():
        seconds = [f"{cost[name].seconds:.3g} s" for name in names]
        memory = [f"{cost[name].megabytes:,.0f} MB" for name in names]
        lines.append([remedy, *seconds, *memory])
    return "\n\n".join(
        [
            f"Customers who say yes, among untouched ones; mean ± standard deviation over {n_seeds} splits:",
            table(["", "precision", "recall", "F1", "average precision"], scores),
            f"{N_NO:,} and {N_YES:,} rows of 10 columns, float64, 31 MB; least of three runs in turns, and the most "
            f"memory allocated at a time, the balanced table included. {machine}:",
            table(["", *names, *names], lines),
        ]
    )


def machine() -> str:
    """What it was measured on."""
    theirs = version("imbalanced-learn")
    return f"{os.cpu_count()} cores, {platform.machine()}; fastbal {fastbal.__version__}, imbalanced-learn {theirs}"


def main(argv: list[str] | None = None) -> None:
    """Fit and judge all remedies, race the samplers; write the numbers of the page."""
    given = options(epochs=20, seeds=5, argv=argv)
    X, y = read(given.data)
    found = run(X, y, epochs=given.epochs, seeds=given.seeds)
    publish("insurance", report(found, race(*full_size()), machine()), write=not given.no_write)


if __name__ == "__main__":
    main()
