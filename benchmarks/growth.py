"""Cost of a row in all-kNN as the table grows, on structured and on structureless data."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.cases import SMOKE, Case, by_name
from benchmarks.measured import Point
from benchmarks.race import timed
from fastbal.neighbors import NearestNeighbors

SIZES = [200, 400, 800] if SMOKE else [10_000, 30_000, 100_000, 300_000, 1_000_000]

CURVES = [
    by_name("correlated 10"),
    by_name("insurance-like"),
    by_name("heavy tails, unscaled"),
    by_name("credit-card-like, rounded"),
    by_name("Gaussian 3"),
    by_name("Gaussian 10"),
    replace(by_name("Gaussian 20"), name="Gaussian 30", columns=30),
]

#: A size that would take more seconds than this is left out, and so are larger ones.
LONGEST = 60.0


def measure(case: Case, date: str) -> list[Point]:
    """Times from the least to the most rows that fit in: the least of three, of one where it takes seconds."""
    points: list[Point] = []
    for n in SIZES:
        exponent = 1.3 if case.structured else 2
        if points and min(points[-1].seconds) * (n / points[-1].rows) ** exponent > LONGEST:
            break
        X = case.make(n, 1, case.columns)[0][:n]

        def search(X: NDArray[np.float64] = X) -> object:
            return NearestNeighbors(n_neighbors=5).fit(X).kneighbors()

        if not points:
            timed(search)  # compiles
        seconds = [timed(search)[0]]
        while len(seconds) < 3 and seconds[0] < 5:
            seconds.append(timed(search)[0])
        points.append(Point(case.name, case.structured, case.columns, len(X), seconds, date))
        print(f"{case.name}: {len(X)} rows, {points[-1].microseconds_per_row:.2f} µs a row", flush=True)
    return points


def main(path: Path) -> None:
    """Measure all curves and write them to a file."""
    date = time.strftime("%Y-%m-%d")
    points = [asdict(point) for case in CURVES for point in measure(case, date)]
    path.write_text(json.dumps({"growth": points}))


def draw(points: list[Point], path: Path) -> None:
    """The curves, and how they would grow with log n and with n."""
    import matplotlib as mpl

    mpl.use("svg")
    import matplotlib.pyplot as plt

    mpl.rcParams["svg.hashsalt"] = "fastbal"
    figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
    for case in dict.fromkeys(point.case for point in points):
        curve = [point for point in points if point.case == case]
        line = "-o" if curve[0].structured else "--s"
        rows = [point.rows for point in curve]
        label = f"{case} ({curve[0].columns} columns)" if str(curve[0].columns) not in case else case
        axes.plot(rows, [point.microseconds_per_row for point in curve], line, label=label, markersize=4)
    start = min(point.microseconds_per_row for point in points)
    ends = np.array([min(point.rows for point in points), max(point.rows for point in points)])
    axes.plot(ends, start * 0.7 * np.log(ends) / np.log(ends[0]), ":k", label="as log n")
    axes.set(xscale="log", yscale="log", xlabel="rows searched, n", ylabel="µs a row, all-kNN with k = 5")
    axes.set_title("Solid: structured data. Dashed: structureless.", fontsize=10)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
