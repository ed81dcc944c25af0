"""The over-samplers that imbalanced-learn lacks, beside the packages that have them. See `--help`.

Times are CPU seconds of one process with one thread, all contenders in it one after the other, each once on a small
table before: so they mean something on a machine that is not idle, too. A package that is not installed is left out.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import time
import tracemalloc
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import make_classification
from threadpoolctl import threadpool_limits

from benchmarks.cases import SMOKE
from fastbal.over_sampling import MGS, MWMOTE, ROSE, GeometricSMOTE, PolynomFitSMOTE, ProWSyn, SafeLevelSMOTE

Table = tuple[Any, Any]
SIZES = (2_000,) if SMOKE else (10_000, 100_000)
#: Peers that need minutes, or more memory than there is, at 100,000 rows.
TOO_MUCH = {"ProWSyn", "MWMOTE"}


def smote_variants(name: str) -> Callable[[Table], object] | None:
    """A sampler of smote-variants."""
    try:
        module = importlib.import_module("smote_variants")
    except ImportError:
        return None
    return lambda table: getattr(module, name)(random_state=0).sample(*table)


def sampler_of(module: str, name: str) -> Callable[[Table], object] | None:
    """A sampler with imbalanced-learn's methods."""
    try:
        kind = getattr(importlib.import_module(module), name)
    except ImportError:
        return None
    return lambda table: kind(random_state=0).fit_resample(*table)


#: Ours, the peer's name, and the peer.
CASES: list[tuple[Any, str, Callable[[Table], object] | None]] = [
    (ProWSyn(random_state=0), "smote-variants ProWSyn", smote_variants("ProWSyn")),
    (SafeLevelSMOTE(random_state=0), "smote-variants Safe_Level_SMOTE", smote_variants("Safe_Level_SMOTE")),
    (MWMOTE(random_state=0), "smote-variants MWMOTE", smote_variants("MWMOTE")),
    (
        PolynomFitSMOTE(random_state=0),
        "smote-variants polynom_fit_SMOTE_star",
        smote_variants("polynom_fit_SMOTE_star"),
    ),
    (ROSE(random_state=0), "smote-variants ROSE", smote_variants("ROSE")),
    (
        GeometricSMOTE(random_state=0),
        "imbalanced-learn-extra GeometricSMOTE",
        sampler_of("imblearn_extra.gsmote", "GeometricSMOTE"),
    ),
    (MGS(random_state=0), "mgs-grf MGSGRFOverSampler", sampler_of("mgs_grf", "MGSGRFOverSampler")),
]


def table_of(n: int) -> Table:
    """20 columns, 5 % rare."""
    X, y = make_classification(n, 20, n_informative=10, n_redundant=4, weights=[0.95], flip_y=0.01, random_state=0)
    return X, y


def seconds(work: Callable[[Table], object], table: Table) -> float:
    """CPU seconds of one call."""
    begin = time.process_time()
    work(table)
    return time.process_time() - begin


def memory(work: Callable[[Table], object], table: Table) -> float:
    """The most memory held beyond the input, as a part of input and output."""
    tracemalloc.start()
    output: Any = work(table)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    size = table[0].nbytes + table[1].nbytes
    return float(size + peak) / float(size + output[0].nbytes + output[1].nbytes)


def _resample(sampler: Any, table: Table) -> object:
    return sampler.fit_resample(*table)


def lines() -> list[str]:
    """The rows of the report."""
    found = []
    for ours, name, peer in CASES:
        resample = partial(_resample, ours)
        for n in SIZES:
            table = table_of(n)
            small = table_of(1_000)
            resample(small)
            own = min(seconds(resample, table) for _ in range(3))
            held = memory(resample, table)
            theirs, ratio = "not installed", ""
            if peer is not None and n > 10_000 and type(ours).__name__ in TOO_MUCH:
                theirs = "not run"
            elif peer is not None:
                peer(small)
                other = seconds(peer, table)
                theirs, ratio = f"{other:.3f}", f"{other / own:.0f}x"
            found.append(f"| {type(ours).__name__} | {n:,} | {own:.4f} | {held:.2f} | {name} | {theirs} | {ratio} |")
            print(found[-1], flush=True)
    return found


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.beyond", description=__doc__)
    parser.add_argument("out", type=Path, help="the Markdown file to write")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    np.random.seed(0)
    with threadpool_limits(1):
        rows = lines()
    head = [
        "# Over-samplers beyond imbalanced-learn",
        "",
        "CPU seconds on one thread; `make_classification`, 20 columns, 5 % rare, made as many as the others.",
        "Memory: the largest amount held, input included, as a multiple of input and output.",
        "",
        "| sampler | rows | CPU s | memory | peer | CPU s | times faster |",
        "|---|---|---|---|---|---|---|",
    ]
    options.out.write_text("\n".join([*head, *rows]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
