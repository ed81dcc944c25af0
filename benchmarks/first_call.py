"""CPU seconds of the first SMOTE of a process: `python -m benchmarks.first_call [CHECKOUT ...]`.

Processes take turns, each with this checkout or one of the others that are named, and the least of all rounds is shown:
on a machine that others use, CPU time of the process tells more than the time on the wall.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROUNDS, COLD_ROUNDS = 5, 3

STEPS = ("import sklearn", "import fastbal.over_sampling", "first SMOTE", "second SMOTE")

SCRIPT = """
import time
spent = [time.process_time()]
import numpy as np
import sklearn
spent.append(time.process_time())
from fastbal.over_sampling import SMOTE
spent.append(time.process_time())
rng = np.random.default_rng(0)
X, y = rng.standard_normal((20_000, 10)), (rng.random(20_000) < 0.2).astype(int)
for _ in range(2):
    spent.append(time.process_time())
    SMOTE(random_state=0).fit_resample(X, y)
spent.append(time.process_time())
print(spent[1] - spent[0], spent[2] - spent[1], spent[4] - spent[3], spent[5] - spent[4])
"""


def steps(checkout: Path, cache: Path) -> list[float]:
    """CPU seconds of each step in a new process."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    bytecode = cache.parent / "bytecode"
    environment = {"PYTHONPATH": str(checkout), "NUMBA_CACHE_DIR": str(cache), "PYTHONPYCACHEPREFIX": str(bytecode)}
    command, settings = [sys.executable, "-c", SCRIPT], {**inherited, **environment}
    done = subprocess.run(command, cwd=checkout, env=settings, capture_output=True, text=True, check=True)
    return [float(seconds) for seconds in done.stdout.split()]


def measure(checkouts: list[Path]) -> None:
    """Print a table for each checkout: the least of each step, with a full and an empty cache."""
    with tempfile.TemporaryDirectory() as folder:
        found: dict[tuple[Path, bool], list[list[float]]] = {}
        for i in range(max(ROUNDS, COLD_ROUNDS)):
            for number, checkout in enumerate(checkouts):
                if i < COLD_ROUNDS:
                    cold = steps(checkout, Path(folder) / f"{number}-{i}")
                    if i:  # the first writes bytecode as well
                        found.setdefault((checkout, False), []).append(cold)
                found.setdefault((checkout, True), []).append(steps(checkout, Path(folder) / f"{number}-0"))
    print("|", *(f"{step} |" for step in ("", *STEPS)))
    print("|---|", *("--:|" for _ in STEPS))
    for (checkout, is_full), rounds in found.items():
        least = [min(seconds) for seconds in zip(*rounds, strict=True)]
        cache = "full" if is_full else "empty"
        print(f"| {checkout}, {cache} cache |", *(f"{seconds:.3f} |" for seconds in least))


if __name__ == "__main__":
    measure([Path.cwd(), *(Path(name).resolve() for name in sys.argv[1:])])
