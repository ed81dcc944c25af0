"""What fastbal is meant to reach, and what was measured."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.measured import Measured, Point, Result
from benchmarks.race import COPY, IMBLEARN, IN_MEMORY, SKLEARN, SKLEARNEX, TAKE


@dataclass(frozen=True)
class Outcome:
    """One line of the table of targets."""

    what: str
    asked: str
    measured: str
    met: bool
    worst: str = ""


def geometric_mean(values: Iterable[float]) -> float:
    """The mean for ratios: twice as fast and half as fast make one."""
    logs = [math.log(value) for value in values]
    return math.exp(sum(logs) / len(logs))


def ratios(results: Iterable[Result], rival: str) -> dict[str, float]:
    """Ratio by case, for the cases in which both took part."""
    pairs = ((result.case, result.ratio(rival)) for result in results)
    return {case: ratio for case, ratio in pairs if ratio is not None}


def _mean(what: str, results: list[Result], rival: str, asked: float) -> list[Outcome]:
    found = ratios(results, rival)
    if not found:
        return []
    mean = geometric_mean(found.values())
    measured = f"{mean:.1f}x (geometric mean of {len(found)})"
    return [Outcome(f"{what}, against {rival}", f"{asked:g}x", measured, mean >= asked)]


def _least(what: str, results: list[Result], rival: str, asked: float) -> list[Outcome]:
    found = ratios(results, rival)
    if not found:
        return []
    worst = min(found, key=lambda case: found[case])
    least = found[worst]
    what = f"{what}, against {rival}, the worst of {len(found)} cases"
    return [Outcome(what, f"{asked:g}x", f"{least:.2f}x", least >= asked, worst)]


def _most(what: str, values: dict[str, float], asked: float, unit: str) -> list[Outcome]:
    if not values:
        return []
    worst = max(values, key=lambda case: values[case])
    return [Outcome(what, f"at most {asked:g}{unit}", f"{values[worst]:.3g}{unit}", values[worst] <= asked, worst)]


def _fastest(what: str, results: list[Result], asked: float) -> list[Outcome]:
    found = {result.case: result.rows / best for result in results if (best := result.best())}
    if not found:
        return []
    worst = min(found, key=lambda case: found[case])
    measured = f"{found[worst] / 1e6:.1f} million"
    return [Outcome(what, f"{asked / 1e6:g} million", measured, found[worst] >= asked, worst)]


def growth_against_log(points: list[Point]) -> dict[str, float]:
    """Growth of the cost of a row from the least to the most rows, over the growth of the logarithm of the rows."""
    found = {}
    for case in dict.fromkeys(point.case for point in points):
        curve = sorted((point for point in points if point.case == case), key=lambda point: point.rows)
        if len(curve) > 1:
            logs = math.log(curve[-1].rows) / math.log(curve[0].rows)
            found[case] = curve[-1].microseconds_per_row / curve[0].microseconds_per_row / logs
    return found


def outcomes(measured: Measured) -> list[Outcome]:
    """Every target of which something was measured."""
    group = measured.group
    arrays, frames = group("random, array"), group("random, mixed dataframe")
    double = [result for result in arrays if "float64" in result.case]
    small = group("smote, 1,000 rows") + group("random, 1,000 rows")
    first = {result.case: result for result in group("first use")}
    lines = [
        *_mean("All-kNN", group("neighbors"), SKLEARNEX, 2),
        *_least("All-kNN", group("neighbors"), SKLEARNEX, 1),
        *_mean("All-kNN", group("neighbors"), SKLEARN, 10),
        *_mean("SMOTE", group("smote"), IMBLEARN, 10),
        *_least("SMOTE", group("smote"), IMBLEARN, 2.5),
        *_mean("SMOTE, few new rows", group("smote, few new rows"), IMBLEARN, 40),
        *_mean("SMOTE of large float32 tables", group("smote, large float32 tables"), IMBLEARN, 15),
        *_least("SMOTE of wide tables", group("smote, wide tables"), IMBLEARN, 2),
        *_least("Tables of 1,000 rows", small, IMBLEARN, 1),
        *_least("Random sampling of an array of 1M x 30", double, IMBLEARN, 2.5),
        *_least("Tables of 10,000 rows", group("smote, 10,000 rows") + group("random, 10,000 rows"), IMBLEARN, 4),
        *(
            line
            for less in (COPY, TAKE)
            for line in _most(
                f"Random sampling of arrays of 1M x 30, times one {less}",
                {case: 1 / ratio for case, ratio in ratios(arrays, less).items()},
                1.5,
                "x",
            )
        ),
        *_least("Random sampling of a mixed dataframe of 1M rows", frames, IMBLEARN, 30),
        *_most(
            "Peak memory of SMOTE over input + output",
            {result.case: result.peak_ratio() for result in group("memory") if result.case.startswith("SMOTE")},
            1.15,
            "x",
        ),
    ]
    lines += [
        *_mean("Cleaning rules", group("cleaning"), IMBLEARN, 15),
        *_least("Cleaning rules", group("cleaning"), IMBLEARN, 5),
        *_mean("SMOTEENN and SMOTETomek", group("combined"), IMBLEARN, 10),
        *_mean("NearMiss-1 and -3", group("near miss 1 and 3"), IMBLEARN, 5),
        *_mean("NearMiss-2", group("near miss 2"), IMBLEARN, 50),
        *_mean("CondensedNearestNeighbour, 4,000 rows", group("condensed"), IMBLEARN, 200),
        *_mean("BorderlineSMOTE and ADASYN", group("borderline and ADASYN"), IMBLEARN, 8),
        *_least("KMeansSMOTE, SVMSMOTE and ClusterCentroids", group("with a model"), IMBLEARN, 1),
        *_most(
            "Peak memory of the other samplers over input + output",
            {result.case: result.peak_ratio() for result in group("memory, other samplers")},
            1.25,
            "x",
        ),
    ]
    of_labels = {result.case: best for result in group("MLSMOTE") if (best := result.best()) is not None}
    lines += _most("MLSMOTE of 100,000 x 20, 50 labels", of_labels, 5, " s")
    sizes = {result.case: result.size_ratio(IMBLEARN) for result in group("size of a forest")}
    lines += [
        *_least("Bagging and easy ensemble of 1M x 20, 2 % rare", group("bags"), IMBLEARN, 3),
        *_least("Balanced forests", group("balanced forest"), IMBLEARN, 1),
        *_least("RUSBoost", group("boosting"), IMBLEARN, 1),
        *_most(f"Memory and pickle of a balanced forest, over {IMBLEARN}'s", sizes, 0.5, "x"),
    ]
    lines += [
        *_fastest("Balanced batches, rows a second", group("batches"), 5e6),
        *_most(
            "Balanced batches, memory of the epochs over the input",
            {r.case: r.peak_bytes["epochs"] / r.input_bytes for r in group("memory of batches")},
            0.1,
            "x",
        ),
        *_least("Training on balanced batches", group("training on batches"), IN_MEMORY, 1),
    ]
    for case, result in first.items():
        best = result.best()
        assert best is not None
        if case == "import fastbal":
            lines += _most("import fastbal", {case: 1000 * best}, 20, " ms")
        elif "cold" in case:
            lines += _most("First fit_resample, cold cache, whole process", {case: best}, 15, " s")
        else:
            sklearn = result.best("import sklearn") or 0.0
            what = "First fit_resample, warm cache, more than a process that imports scikit-learn"
            lines += _most(what, {case: best - sklearn}, 0.5, " s")
    structured = growth_against_log([point for point in measured.growth if point.structured])
    what = "Growth of the cost of a row on structured data, over the growth of log n"
    return lines + _most(what, structured, 1, "x")
