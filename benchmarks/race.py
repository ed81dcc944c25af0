"""Time several ways to do one thing, side by side: in one process, in alternating rounds."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import ThreadpoolController

from benchmarks.cases import SMOKE

OURS = "fastbal"
ONE_THREAD = "fastbal, 1 thread"
IMBLEARN = "imbalanced-learn"
SKLEARN = "scikit-learn"
SKLEARNEX = "scikit-learn-intelex float32"
COPY = "plain copy of the output"
TAKE = "plain take of the same rows"
IN_MEMORY = "balanced table in memory"

#: Seconds of alternating rounds in a case, where more than the least number of rounds fit in.
BUDGET = 0.0 if SMOKE else 6.0
LEAST_ROUNDS, MOST_ROUNDS = (1, 1) if SMOKE else (3, 15)

#: A rival that takes longer runs twice; once; or, by an estimate, not at all.
TWICE, ONCE, NEVER = 5.0, 20.0, 60.0

#: Others use this machine, too: what counts is CPU time on one thread, of everybody.
BUSY = os.environ.get("FASTBAL_BENCH_BUSY", "") not in ("", "0")

Work = Callable[[], Any]


def timed(work: Work) -> tuple[float, Any]:
    """Seconds, and what was returned."""
    return cpu_timed(work) if BUSY else _timed(work, time.perf_counter)


def cpu_timed(work: Work) -> tuple[float, Any]:
    """CPU seconds on one thread, and what was returned."""
    return _timed(on_one_thread(work), time.process_time)


def _timed(work: Work, clock: Callable[[], float]) -> tuple[float, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        start = clock()
        result = work()
        return clock() - start, result


def race(
    benchmark: Any,
    ours: Work,
    rivals: dict[str, Work],
    *,
    info: dict[str, object],
    check: Callable[[Any], None],
    estimates: dict[str, float] | None = None,
) -> None:
    """Run `ours` through pytest-benchmark and each rival before each of its rounds; keep every time.

    Everybody runs once before the rounds, untimed, unless that takes more than `TWICE` seconds: then it counts.
    `check` is given what `ours` returned, before anything is timed: what is wrong has no time.
    """
    seconds: dict[str, list[float]] = {OURS: []}
    left_out: dict[str, str] = {}
    remaining: dict[str, int] = {}
    per_round = 0.0
    check(timed(ours)[1])  # also compiles
    first_of_ours = timed(ours)[0]
    for name, rival in rivals.items():
        estimate = (estimates or {}).get(name, 0.0)
        if estimate > NEVER:
            left_out[name] = f"about {estimate:.0f} s by an estimate"
            continue
        first = timed(rival)[0]
        seconds[name] = [first] if first > TWICE else []
        remaining[name] = 0 if first > ONCE else 1 if first > TWICE else MOST_ROUNDS
        per_round += first if first <= TWICE else 0.0
    per_round += first_of_ours
    rounds = int(np.clip(BUDGET / max(per_round, 1e-9), LEAST_ROUNDS, MOST_ROUNDS))

    def run_rivals() -> None:
        for name in remaining:
            if remaining[name] > 0:
                remaining[name] -= 1
                seconds[name].append(timed(rivals[name])[0])

    def run_ours() -> None:
        seconds[OURS].append(timed(ours)[0])

    benchmark.pedantic(run_ours, setup=run_rivals, rounds=rounds, iterations=1)
    benchmark.extra_info.update(info, seconds=seconds, left_out=left_out, clock="CPU" if BUSY else "")


_threads = ThreadpoolController()


def on_one_thread(work: Work) -> Work:
    """The same work with all libraries limited to one thread."""

    @contextmanager
    def limited() -> Iterator[None]:
        with _threads.limit(limits=1):
            yield

    def run() -> Any:
        with limited():
            return work()

    return run


def sklearn_search_seconds(X: NDArray[np.float64], k: int = 5) -> float:
    """Estimate of what scikit-learn's all-kNN takes, from the time for a few hundred rows."""
    sample = np.random.default_rng(0).choice(len(X), min(len(X), 400), replace=False)
    search = NearestNeighbors(n_neighbors=k + 1).fit(X)
    return timed(lambda: search.kneighbors(X[sample]))[0] * len(X) / len(sample)
