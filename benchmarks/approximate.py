"""Approximate neighbours: time beside other packages, and what recall does to a model. See `--help`.

Times are CPU seconds of one thread, what is built included, all contenders in one process one after the other: so they
mean something on a machine that is not idle, too.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import average_precision_score
from sklearn.model_selection import train_test_split
from threadpoolctl import threadpool_limits

from benchmarks import generated, real
from benchmarks.cases import SMOKE
from fastbal._core import calibrated_search
from fastbal.neighbors import Approximate, NearestNeighbors
from fastbal.over_sampling import SMOTE

K = 5
Found = tuple[NDArray[np.floating[Any]], NDArray[np.int64]]

#: Name, rows, columns, how the table is made.
TABLES: list[tuple[str, int, int, generated.Generator]] = [
    ("credit-card-like", 300_000, 30, generated.credit_card),
    ("credit-card-like, large", 1_000_000, 30, generated.credit_card),
    ("few factors (structured)", 300_000, 30, generated.correlated),
    ("independent normal", 300_000, 30, generated.gaussian),
    ("independent normal, wide", 300_000, 100, generated.gaussian),
]
#: Rows above which only fastbal is timed, the exact search by part of the rows.
MANY, PART = 500_000, 20_000


def ours(X: NDArray[np.float32], **promise: float) -> tuple[Found, str]:
    """fastbal's approximate search, and what it says."""
    search = Approximate(n_neighbors=K, **promise).fit(X)
    found = search.kneighbors()
    return found, "searched exactly" if search.exact_ else f"{search.budget_} leaves"


def pynndescent(X: NDArray[np.float32], n_neighbors: int) -> tuple[Found, str]:
    """A graph of neighbours of neighbours; each row is among its own."""
    from pynndescent import NNDescent

    rows, distances = NNDescent(X, n_neighbors=n_neighbors, n_jobs=1, random_state=0).neighbor_graph
    return (distances[:, 1 : K + 1], rows[:, 1 : K + 1]), ""


def faiss_cells(X: NDArray[np.float32], n_probe: int) -> tuple[Found, str]:
    """faiss' inverted file of 4 √n cells."""
    import faiss

    faiss.omp_set_num_threads(1)
    cells = int(4 * np.sqrt(len(X)))
    index = faiss.IndexIVFFlat(faiss.IndexFlatL2(X.shape[1]), X.shape[1], cells)
    index.train(X[: 40 * cells])
    index.add(X)
    index.nprobe = n_probe
    squares, rows = index.search(X, K + 1)
    return (squares[:, 1:], rows[:, 1:]), ""


def faiss_graph(X: NDArray[np.float32]) -> tuple[Found, str]:
    """faiss' hierarchical navigable small world."""
    import faiss

    faiss.omp_set_num_threads(1)
    index = faiss.IndexHNSWFlat(X.shape[1], 16)
    index.add(X)
    squares, rows = index.search(X, K + 1)
    return (squares[:, 1:], rows[:, 1:]), ""


CONTENDERS: dict[str, Callable[[NDArray[np.float32]], tuple[Found, str]]] = {
    "fastbal, farther=1.05": lambda X: ours(X, farther=1.05),
    "fastbal, recall=0.8": lambda X: ours(X, recall=0.8),
    "fastbal, recall=0.95": lambda X: ours(X, recall=0.95),
    "pynndescent, 15 neighbours": lambda X: pynndescent(X, 15),
    "faiss IVF, 8 cells": lambda X: faiss_cells(X, 8),
    "faiss IVF, 32 cells": lambda X: faiss_cells(X, 32),
    "faiss HNSW": faiss_graph,
}


def distances(X: NDArray[np.float32], own: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """From rows `own` to the rows found, measured anew, ascending."""
    return np.sort(np.sqrt(np.square(X[rows].astype(np.float64) - X[own, None]).sum(axis=2)), axis=1)


def speed(write: Callable[[dict[str, Any]], None]) -> None:
    """Every contender on every table."""
    ours(np.random.default_rng(0).normal(size=(40_000, 16)).astype(np.float32), farther=1.05)  # compiles
    for name, n, d, make in TABLES:
        n = 3_000 if SMOKE else n
        X = make(n, d, np.random.default_rng(0)).astype(np.float32)
        part = np.sort(np.random.default_rng(1).choice(n, min(n, PART), replace=False))
        small = X[:: max(1, n // 30_000)].copy()
        NearestNeighbors(n_neighbors=K).fit(small).kneighbors()
        exact = NearestNeighbors(n_neighbors=K).fit(X)
        begin = time.process_time()
        if n > MANY:
            nearest = exact.kneighbors(X[part], K + 1)[0][:, 1:]
            seconds = (time.process_time() - begin) * n / len(part)
        else:
            nearest = exact.kneighbors()[0][part]
            seconds = time.process_time() - begin
        info = {"table": name, "rows": n, "columns": d}
        note = f"from {PART:,} rows" if n > MANY else ""
        write(
            {**info, "who": "fastbal, exact", "seconds": seconds, "recall": 1.0, "ratio": 1.0, "times": 1, "note": note}
        )
        for who, work in CONTENDERS.items():
            if n > MANY and not who.startswith("fastbal"):
                continue
            try:
                work(small)  # compiles, too
            except ImportError:
                continue
            begin = time.process_time()
            (_, rows), note = work(X)
            took = time.process_time() - begin
            found = distances(X, part, rows[part])
            recall = float((found <= nearest[:, -1:] * (1 + 1e-9)).mean())
            ratio = float((found.sum(axis=1) / np.maximum(nearest.sum(axis=1), 1e-12)).mean())
            measured = {"seconds": took, "recall": recall, "ratio": ratio, "times": seconds / took, "note": note}
            write({**info, "who": who, **measured})


class AnyRow(BaseEstimator):  # type: ignore[misc]
    """As its "neighbours", a row gets any rows."""

    def __init__(self, n_neighbors: int = K + 1) -> None:
        self.n_neighbors = n_neighbors

    def fit(self, X: Any, y: Any = None) -> AnyRow:
        """Take in the rows."""
        self.n_rows_ = len(X)
        return self

    def kneighbors(self, X: Any, return_distance: bool = False) -> NDArray[np.int64]:
        """Any rows."""
        return np.random.default_rng(0).integers(0, self.n_rows_, (len(X), self.n_neighbors))


REAL = {
    "adult": lambda: real.adult(rare=1),
    "bank marketing": lambda: real.bank_marketing(rare=1),
    "insurance": lambda: real.insurance(rare=1),
    "census": lambda: real.census(rare=1),
    "BRFSS": lambda: real.brfss(rare=2),
}
ARMS: dict[str, Any] = {
    "no new rows": None,
    "exact": NearestNeighbors(n_neighbors=K + 1),
    "recall 0.95": Approximate(n_neighbors=K + 1, recall=0.95),
    "recall 0.8": Approximate(n_neighbors=K + 1, recall=0.8),
    "any row": AnyRow(),
}


def downstream(write: Callable[[dict[str, Any]], None], n_seeds: int) -> None:
    """Average precision of boosting after SMOTE with exact, approximate and arbitrary neighbours."""
    for name, load in REAL.items():
        try:
            X, y = load()
        except pytest.skip.Exception:
            continue
        X, y = (X[::40], y[::40]) if SMOKE else (X, y)
        scores: dict[str, list[float]] = {arm: [] for arm in ARMS}
        recalls: dict[str, list[float]] = {arm: [] for arm in ARMS}
        for seed in range(n_seeds):
            train, test = train_test_split(np.arange(len(y)), test_size=0.5, stratify=y, random_state=seed)
            for arm, search in ARMS.items():
                X_train, y_train = X[train], y[train]
                if search is not None:
                    # These tables are structured and would be searched exactly: here a budget costs nothing.
                    with mock.patch.multiple(calibrated_search, _PAIR=1e-9, _LEAF=1e-9, _ROW=1e-9):
                        smote = SMOTE(k_neighbors=search, random_state=seed)
                        X_train, y_train = smote.fit_resample(X_train, y_train)
                    recalls[arm].append(getattr(smote.nn_k_, "recall_", float("nan")))
                model = HistGradientBoostingClassifier(random_state=seed).fit(X_train, y_train)
                scores[arm].append(average_precision_score(y[test], model.predict_proba(X[test])[:, 1]))
        for arm in ARMS:
            change = np.subtract(scores[arm], scores["exact"])
            error = float(change.std(ddof=1) / np.sqrt(n_seeds))
            info = {
                "table": name,
                "rows": len(y),
                "rare": int(y.sum()),
                "arm": arm,
                "recall": float(np.mean(recalls[arm] or [np.nan])),
            }
            write(
                {
                    **info,
                    "average_precision": float(np.mean(scores[arm])),
                    "change": float(change.mean()),
                    "error": error,
                }
            )


def main() -> None:
    """Measure, and add each result to a file of lines as soon as it is there."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.approximate", description=__doc__)
    parser.add_argument("part", choices=["speed", "downstream"])
    parser.add_argument("out", type=Path, help="a file of JSON lines")
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()

    def write(result: dict[str, Any]) -> None:
        with options.out.open("a") as file:
            file.write(json.dumps(result) + "\n")
        print(
            *(f"{value:.4g}" if isinstance(value, float) else value for value in result.values()), sep=" | ", flush=True
        )

    versions = {name: metadata.version(name) for name in ("numpy", "numba", "scikit-learn")}
    print(versions, flush=True)
    with threadpool_limits(limits=1):
        if options.part == "speed":
            speed(write)
        else:
            downstream(write, options.seeds)


if __name__ == "__main__":
    main()
