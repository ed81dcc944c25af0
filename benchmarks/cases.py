"""The one table of cases that every benchmark takes its data from."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import generated, real

#: Tiny sizes and one round: shows that the benchmarks run, measures nothing.
SMOKE = os.environ.get("FASTBAL_BENCH_SMOKE", "") not in ("", "0")

Table = tuple[NDArray[np.floating[Any]], NDArray[np.int64]]


@dataclass(frozen=True)
class Case:
    """A table of two classes; class 1 is the one that is searched and over-sampled."""

    name: str
    rows: int  #: rows of class 1
    columns: int
    structured: bool  #: do neighbouring rows share a region of space that can be told in advance?
    rows_of_class_0: int
    make: Callable[[int, int, int], Table]  #: called with rows of class 1, rows of class 0, columns
    is_real: bool = False
    dtype: type[np.floating[Any]] = np.float64

    def table(self) -> Table:
        """All rows, and their classes 0 and 1."""
        if self.is_real:
            X, y = self.make(self.rows, self.rows_of_class_0, self.columns)
            return (X[:: len(X) // 1000], y[:: len(X) // 1000]) if SMOKE else (X, y)
        rows, others = (
            (min(self.rows, 300), min(self.rows_of_class_0, 900)) if SMOKE else (self.rows, self.rows_of_class_0)
        )
        X, y = self.make(rows, others, self.columns)
        return X.astype(self.dtype, copy=False), y

    def rows_of_class_1(self) -> NDArray[np.floating[Any]]:
        """The rows whose neighbours are searched."""
        X, y = self.table()
        return np.ascontiguousarray(X[y == 1])

    def resized(self, rows: int, rows_of_class_0: int) -> Case:
        """The same kind of data with other sizes."""
        return replace(self, rows=rows, rows_of_class_0=rows_of_class_0)

    def info(self, n_rows: int) -> dict[str, object]:
        """What a report says about the case; rows as they really are."""
        kind = ("real, " if self.is_real else "") + ("structured" if self.structured else "structureless")
        return {"case": self.name, "rows": n_rows, "columns": self.columns, "kind": kind}


def _generated(name: str, rows: int, columns: int, make: generated.Generator, *, structured: bool) -> Case:
    return Case(name, rows, columns, structured, 2 * rows, generated.two_classes(make))


def _wide(
    name: str, n: int, columns: int, make: generated.Generator, dtype: type, *, structured: bool, one_in: int = 3
) -> Case:
    """Of `n` rows in all, one in three is of class 1, or fewer."""
    name, rare = f"{name} {n:,} x {columns:,}", n // one_in
    return Case(name, rare, columns, structured, n - rare, generated.two_classes(make), dtype=dtype)


def _real(name: str, rows: int, rows_of_class_0: int, columns: int, make: Callable[[], Table]) -> Case:
    return Case(name, rows, columns, True, rows_of_class_0, lambda *_: make(), is_real=True)


#: Gaussian and make_classification fill their space evenly: no search can leave much out.
STRUCTURELESS = [
    Case("make_classification 10", 104_000, 10, False, 208_000, generated.classification),
    Case("make_classification 30", 104_000, 30, False, 208_000, generated.classification),
    _generated("Gaussian 3", 300_000, 3, generated.gaussian, structured=False),
    _generated("uniform 6", 100_000, 6, generated.uniform, structured=False),
    _generated("Gaussian 10", 300_000, 10, generated.gaussian, structured=False),
    _generated("Gaussian 20", 60_000, 20, generated.gaussian, structured=False),
    _generated("Gaussian 50", 30_000, 50, generated.gaussian, structured=False),
    _generated("Gaussian 200", 30_000, 200, generated.gaussian, structured=False),
]

#: Made like the tables people have: correlated, unscaled, rounded, with outliers, sentinels and duplicates.
STRUCTURED = [
    _generated("rounded colours", 51_000, 3, generated.rounded_colours, structured=True),
    _generated("duplicates", 100_000, 8, generated.duplicates, structured=True),
    _generated("correlated 10", 286_000, 10, generated.correlated, structured=True),
    _generated("insurance-like", 62_601, 10, generated.insurance, structured=True).resized(62_601, 319_553),
    _generated("heavy tails, unscaled", 100_000, 15, generated.heavy_tailed, structured=True),
    _generated("clusters", 150_000, 20, generated.clusters, structured=True),
    _generated("credit-card-like, rounded", 114_000, 29, generated.credit_card, structured=True),
    _generated("rank 5", 30_000, 50, generated.rank_5, structured=True),
    _generated("random walks", 60_000, 100, generated.walks, structured=True),
    _generated("correlated 369", 20_000, 369, generated.correlated, structured=True),
    _generated("sentinel -999999", 20_000, 369, generated.sentinel, structured=True),
]

REAL = [
    _real("adult, > 50K", 11_687, 37_155, 6, lambda: real.adult(rare=1)),
    _real("adult, ≤ 50K", 37_155, 11_687, 6, lambda: real.adult(rare=0)),
    _real("bank marketing, yes", 5_289, 39_922, 7, lambda: real.bank_marketing(rare=1)),
    _real("bank marketing, no", 39_922, 5_289, 7, lambda: real.bank_marketing(rare=0)),
    _real("insurance, interested", 9_256, 66_966, 10, lambda: real.insurance(rare=1)),
    _real("insurance, not interested", 66_966, 9_256, 10, lambda: real.insurance(rare=0)),
    _real("census, > 50K", 12_382, 187_141, 12, lambda: real.census(rare=1)),
    _real("census, ≤ 50K", 187_141, 12_382, 12, lambda: real.census(rare=0)),
    _real("BRFSS, diabetes", 35_346, 213_703, 21, lambda: real.brfss(rare=2)),
    _real("BRFSS, no diabetes", 213_703, 35_346, 21, lambda: real.brfss(rare=0)),
    _real("kdd99, normal", 97_278, 280_790, 38, lambda: real.kdd99("normal.")),
    _real("kdd99, neptune", 107_201, 280_790, 38, lambda: real.kdd99("neptune.")),
]

#: What networks, sequencers and cameras give: more columns than axes of a search pay for.
WIDE = [
    case
    for n, columns in [(10_000, 384), (10_000, 768), (10_000, 1536), (10_000, 3072), (50_000, 768)]
    for case in (
        _wide("embeddings", n, columns, generated.embeddings, np.float32, structured=True),
        _wide("Gaussian", n, columns, generated.gaussian, np.float32, structured=False),
    )
] + [
    _wide("genes", 300, 20_000, generated.genes, np.float64, structured=True),
    _wide("Gaussian", 300, 20_000, generated.gaussian, np.float64, structured=False),
    _wide("pixels", 10_000, 784, generated.pixels, np.float64, structured=True),
    _wide("uniform", 10_000, 784, generated.uniform, np.float64, structured=False),
]

#: In float32, one row in ten rare: nearly every rare row is drawn, most of them often.
LARGE = [
    _wide(name, n, columns, make, np.float32, structured=structured, one_in=10)
    for n, columns in [(1_000_000, 30), (200_000, 100)]
    for name, make, structured in [
        ("correlated", generated.correlated, True),
        ("Gaussian", generated.gaussian, False),
    ]
]

CASES = [*STRUCTURELESS, *STRUCTURED, *REAL]

#: All-kNN: tables of 20,000 to 300,000 rows.
NEIGHBORS = [case for case in CASES if case.rows >= 20_000]

#: SMOTE makes the classes equal: at least 5,000 rows of the rare class.
SMOTE = [case for case in CASES if 5_000 <= case.rows < case.rows_of_class_0]

#: One row in eleven is rare, and few new rows are asked for: 0.12 rare rows per common one.
FEW_NEW_ROWS = [
    case.resized(30_000, 300_000)
    for case in [*STRUCTURELESS, *STRUCTURED]
    if case.columns <= 50 and case.name != "insurance-like"
]


def _small(rows: int, *names: str) -> list[Case]:
    """One row in ten is rare."""
    return [case.resized(rows // 10, rows - rows // 10) for case in CASES if case.name in names]


#: Tables of 1,000 rows, where every check counts; and of 10,000, as most tables in tutorials are.
SMALL = {
    "1,000 rows": _small(1000, "Gaussian 3", "make_classification 30", "credit-card-like, rounded", "random walks"),
    "10,000 rows": _small(10_000, "Gaussian 20", "clusters"),
}


def by_name(name: str) -> Case:
    """The case of that name."""
    return next(case for case in CASES if case.name == name)
