"""Samplers of continuous targets beside smogn, ImbalancedLearningRegression and resreg. See `--help`.

Times are CPU seconds of one thread, so that they mean something on a machine that is not idle, too. The other packages
need an older NumPy than fastbal is measured with, so either side is measured by an interpreter of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import warnings
from collections.abc import Callable
from importlib import metadata
from typing import Any

os.environ["NUMBA_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np

SMOKE = os.environ.get("FASTBAL_BENCH_SMOKE", "") not in ("", "0")

#: Rows of the tables; who is measured on the last is fastbal alone.
SIZES = [300, 600] if SMOKE else [10_000, 100_000, 1_000_000]
#: Who takes longer than these seconds on a size is not measured on the next.
LONGEST = 20.0


#: The share of rare rows.
RARE = 0.05


def table(n: int) -> tuple[Any, Any, float, float]:
    """20 independent normal columns, a skewed target that five of them tell of, its median, and where it gets rare."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 20))
    y = np.exp(0.5 * (X[:, :5].sum(axis=1) / np.sqrt(5) + 0.3 * rng.normal(size=n)))
    median, rare = np.quantile(y, [0.5, 1 - RARE])
    return X, y, float(median), float(rare)


def fastbal(name: str, **parameters: Any) -> Callable[[int], Any]:
    """A sampler of ours: relevance is 0 at the median, and 0.5 where values get rare."""

    def prepare(n: int) -> Callable[[], int]:
        from fastbal import regression

        X, y, median, rare = table(n)
        relevance = regression.Relevance("points", points=[(median, 0), (2 * rare - median, 1)])
        sampler = getattr(regression, name)(relevance=relevance, random_state=0, **parameters)
        return lambda: len(sampler.fit_resample(X, y)[1])

    return prepare


def from_frame(package: str, function: str) -> Callable[[int], Any]:
    """smogn's and ImbalancedLearningRegression's, by the same relevance."""

    def prepare(n: int) -> Callable[[], int]:
        import importlib

        import pandas as pd

        X, y, median, rare = table(n)
        frame = pd.DataFrame(X, columns=[f"x{j}" for j in range(20)]).assign(y=y)
        points = [[median, 0, 0], [2 * rare - median, 1, 0]]
        resample = getattr(importlib.import_module(package), function)
        return lambda: len(
            resample(
                data=frame, y="y", rel_method="manual", rel_ctrl_pts_rg=points, rel_thres=0.5, samp_method="balance"
            )
        )

    return prepare


def resreg(function: str, **parameters: Any) -> Callable[[int], Any]:
    """resreg's: its relevance is a sigmoid, 0.5 where values get rare."""

    def prepare(n: int) -> Callable[[], int]:
        import resreg as package

        X, y, _, rare = table(n)
        relevance = package.sigmoid_relevance(y, cl=None, ch=rare)
        return lambda: len(getattr(package, function)(X, y, relevance=relevance, **parameters)[1])

    return prepare


CONTENDERS = {
    "fastbal": {
        "SMOGN": fastbal("SMOGN"),
        "SMOGN, reference='neighbors'": fastbal("SMOGN", reference="neighbors"),
        "SMOTER": fastbal("SMOTER"),
        "GaussianNoiseSampler": fastbal("GaussianNoiseSampler"),
        "WERCS": fastbal("WERCS"),
    },
    "peers": {
        "resreg, smoter": resreg("smoter", relevance_threshold=0.5, k=5, over="balance"),
        "resreg, gaussian_noise": resreg("gaussian_noise", relevance_threshold=0.5, over="balance", under="balance"),
        "resreg, wercs": resreg("wercs", over=0.5, under=0.5, noise=False),
        "ImbalancedLearningRegression, gn": from_frame("ImbalancedLearningRegression", "gn"),
        "smogn, smoter": from_frame("smogn", "smoter"),
        "ImbalancedLearningRegression, smote": from_frame("ImbalancedLearningRegression", "smote"),
    },
}


def measure(side: str, sizes: list[int], path: str) -> None:
    """Append a line for each contender and size to a file."""
    packages = (
        ["numpy", "fastbal"] if side == "fastbal" else ["numpy", "smogn", "resreg", "ImbalancedLearningRegression"]
    )
    versions = {package: metadata.version(package) for package in packages}
    warnings.simplefilter("ignore")
    for name, prepare in CONTENDERS[side].items():
        if side == "fastbal":
            prepare(5 * sizes[0])()  # compiles
        for n in sizes:
            work = prepare(n)
            seconds: list[float] = []
            while len(seconds) < 3 and sum(seconds) < LONGEST / 4:
                start = time.process_time()
                rows = work()
                seconds.append(time.process_time() - start)
            line = {
                "side": side,
                "who": name,
                "rare": RARE,
                "rows": n,
                "rows_out": rows,
                "cpu_seconds": seconds,
                "versions": versions,
            }
            with open(path, "a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
            print(f"{name}, {n:,} rows: {min(seconds):.4f} CPU s, {rows:,} rows come out", file=sys.stderr, flush=True)
            if min(seconds) > LONGEST:
                break


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.regression", description=__doc__)
    parser.add_argument("side", choices=list(CONTENDERS), help="who is measured")
    parser.add_argument("path", help="the file to which a line of JSON is added for each measurement")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="rows of the tables")
    parser.add_argument("--rare", type=float, default=RARE, help="the share of rare rows")
    parser.add_argument("-k", metavar="WORD", default="", help="only those whose name holds this word")
    options = parser.parse_args()
    globals()["RARE"] = options.rare
    for name in [name for name in CONTENDERS[options.side] if options.k not in name]:
        del CONTENDERS[options.side][name]
    measure(options.side, options.sizes, options.path)


if __name__ == "__main__":
    main()
