"""The samplers of several labels and the tables they are measured on, one line each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import generated
from benchmarks.cases import SMOKE

Matrix = NDArray[Any]


@dataclass(frozen=True)
class LabelsCase:
    """A sampler of fastbal.multilabel and a table with several labels per row."""

    sampler: str
    parameters: dict[str, Any]
    kind: str
    make: generated.Generator
    rows: int = 100_000
    columns: int = 20
    labels: int = 50

    @property
    def name(self) -> str:
        """What a report calls it."""
        shown = ", ".join(f"{name}={value!r}" for name, value in self.parameters.items() if name != "random_state")
        return f"{self.sampler}({shown}), {self.kind} {self.rows // 1000}k x {self.columns}, {self.labels} labels"

    def table(self) -> tuple[Matrix, Matrix]:
        """Rows, and labels from one row in three to one in 500; each label moves its rows to a place of its own."""
        rng = np.random.default_rng(0)
        n = 2_000 if SMOKE else self.rows
        y = (rng.random((n, self.labels)) < np.geomspace(1 / 3, 1 / 500, self.labels)).astype(np.int8)
        return self.make(n, self.columns, rng) + y @ rng.standard_normal((self.labels, self.columns)), y


def _each(sampler: str, **parameters: Any) -> list[LabelsCase]:
    return [
        LabelsCase(sampler, parameters, "structured", generated.clusters),
        LabelsCase(sampler, parameters, "structureless", generated.gaussian),
    ]


#: MLSMOTE: under 5 s, where a published implementation allocates a matrix of 75 GiB.
MLSMOTE = [
    *_each("MLSMOTE", random_state=0),
    *_each("MLSMOTE", step="row", random_state=0),
    *_each("MLSMOTE", original_only=False, random_state=0),
]

OTHERS = [
    *_each("MLROS", random_state=0),
    *_each("MLRUS", random_state=0),
    *_each("LPROS", random_state=0),
    *_each("LPRUS", random_state=0),
    *_each("REMEDIAL"),
    *_each("MLTL"),
    *_each("MLeNN"),
]
