"""The other samplers and the tables they are measured on, one line each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from benchmarks import generated
from benchmarks.cases import Case


@dataclass(frozen=True)
class SamplerCase:
    """A sampler, by module and class as in both libraries, and a table."""

    module: str
    sampler: str
    parameters: dict[str, Any]
    table: Case
    same_rows: bool = True  #: whether both libraries are meant to give the same table

    @property
    def name(self) -> str:
        """What a report calls it."""
        words = "".join(f" {value}" for value in self.parameters.values())
        return f"{self.sampler}{words}, {self.table.name}"


def _tables(rows: int, columns: int) -> list[Case]:
    """Tables of `rows` rows, 5 % of them rare: clusters, no structure at all, and what lies between."""
    rare = rows // 20
    kinds = {
        "clusters": (True, generated.two_classes(generated.clusters)),
        "make_classification": (False, generated.classification),
        "Gaussian": (False, generated.two_classes(generated.gaussian)),
    }
    return [
        Case(f"{name} {rows // 1000}k x {columns}", rare, columns, structured, rows - rare, make)
        for name, (structured, make) in kinds.items()
    ]


def _each(
    module: str, sampler: str, tables: list[Case], same_rows: bool = True, **parameters: Any
) -> list[SamplerCase]:
    return [SamplerCase(module, sampler, parameters, table, same_rows) for table in tables]


#: Cleaning rules: 15x in geometric mean, none below 5x.
CLEANING = [
    *_each("under_sampling", "TomekLinks", [*_tables(50_000, 10), *_tables(100_000, 20)]),
    *_each("under_sampling", "EditedNearestNeighbours", [*_tables(50_000, 10), *_tables(50_000, 20)]),
    *_each("under_sampling", "EditedNearestNeighbours", _tables(50_000, 10), kind_sel="mode"),
    *_each("under_sampling", "RepeatedEditedNearestNeighbours", _tables(50_000, 10)),
    *_each("under_sampling", "AllKNN", _tables(50_000, 10)),
    *_each("under_sampling", "NeighbourhoodCleaningRule", _tables(50_000, 20)),
    *_each("under_sampling", "OneSidedSelection", _tables(50_000, 20), random_state=0),
]

#: SMOTE and a cleaning rule: 10x.
COMBINED = [
    *_each("combine", "SMOTEENN", _tables(50_000, 10), random_state=0),
    *_each("combine", "SMOTETomek", _tables(50_000, 10), random_state=0),
]

#: NearMiss-1 and -3: 5x.
NEAR_MISS = [
    *_each("under_sampling", "NearMiss", _tables(50_000, 20), version=1),
    *_each("under_sampling", "NearMiss", _tables(50_000, 20), version=3),
]

#: NearMiss-2: 50x.
NEAR_MISS_2 = _each("under_sampling", "NearMiss", _tables(50_000, 20), version=2)

#: Condensed nearest neighbours: 200x. Which rows stay differs by a corrected mix-up.
CONDENSED = _each("under_sampling", "CondensedNearestNeighbour", _tables(4_000, 10), same_rows=False, random_state=0)

#: Borderline-SMOTE and ADASYN: 8x. Their numbers of rows are corrected, so rows may differ at the end.
BORDERLINE = [
    *_each("over_sampling", "BorderlineSMOTE", _tables(100_000, 20), same_rows=False, random_state=0),
    *_each(
        "over_sampling", "BorderlineSMOTE", _tables(100_000, 20), same_rows=False, random_state=0, kind="borderline-2"
    ),
    *_each("over_sampling", "ADASYN", _tables(100_000, 20), same_rows=False, random_state=0),
]

#: What is mostly scikit-learn's work: never slower.
MODELS = [
    *_each(
        "over_sampling",
        "KMeansSMOTE",
        _tables(50_000, 10),
        same_rows=False,
        random_state=0,
        cluster_balance_threshold=0.0,
    ),
    *_each("over_sampling", "SVMSMOTE", _tables(6_000, 10), same_rows=False, random_state=0),
    *_each("under_sampling", "ClusterCentroids", _tables(4_000, 10), random_state=0),
]
