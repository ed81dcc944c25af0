"""Draws the pictures of gallery.md: every sampler on the same two-dimensional data.

python docs/guide/make_gallery.py [folder]
"""

from __future__ import annotations

import io
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastbal.combine import SMOTEENN, Balance, SMOTETomek
from fastbal.over_sampling import (
    ADASYN,
    MGS,
    MWMOTE,
    ROSE,
    SMOTE,
    SMOTEN,
    SMOTENC,
    SVMSMOTE,
    BorderlineSMOTE,
    GeometricSMOTE,
    KMeansSMOTE,
    LoRAS,
    PolynomFitSMOTE,
    ProWSyn,
    RandomOverSampler,
    SafeLevelSMOTE,
    SimplicialSMOTE,
)
from fastbal.under_sampling import (
    AllKNN,
    ClusterCentroids,
    CondensedNearestNeighbour,
    EditedNearestNeighbours,
    InstanceHardnessThreshold,
    NearMiss,
    NeighbourhoodCleaningRule,
    OneSidedSelection,
    RandomUnderSampler,
    RepeatedEditedNearestNeighbours,
    TomekLinks,
)

Table = tuple[NDArray[np.float64], NDArray[np.int64]]

#: Blue and vermilion of Okabe and Ito, which the colour-blind tell apart, and their names in the legends.
COLORS = ("#0072b2", "#d55e00")
NAMES = ("common class", "rare class")
REMOVED = {"marker": "o", "markersize": 2.6, "color": "#a0a0a0", "fillstyle": "none", "markeredgewidth": 0.5}
COLUMNS = 3


class Panel(NamedTuple):
    """A sampler, what it is given, and what is written above it."""

    sampler: Any
    note: str = ""
    read: Callable[[NDArray[np.float64]], NDArray[np.float64]] = np.asarray


def in_bands(X: NDArray[np.float64], columns: list[int]) -> NDArray[np.float64]:
    """Some columns as categories: their values, rounded to bands."""
    banded = X.copy()
    banded[:, columns] = np.floor(banded[:, columns] / 0.8) * 0.8 + 0.4
    return banded


OVER = [
    Panel(RandomOverSampler(random_state=0)),
    Panel(SMOTE(random_state=0)),
    Panel(BorderlineSMOTE(random_state=0)),
    Panel(SVMSMOTE(random_state=0)),
    Panel(ADASYN(random_state=0)),
    Panel(KMeansSMOTE(random_state=0)),
    Panel(SMOTENC([1], random_state=0), "height as a category", lambda X: in_bands(X, [1])),
    Panel(SMOTEN(random_state=0), "both as categories", lambda X: in_bands(X, [0, 1])),
]
MORE = [
    Panel(SMOTE(random_state=0), "for comparison"),
    Panel(ROSE(random_state=0)),
    Panel(MGS(random_state=0)),
    Panel(LoRAS(random_state=0)),
    Panel(SimplicialSMOTE(random_state=0)),
    Panel(SafeLevelSMOTE(random_state=0)),
    Panel(ProWSyn(random_state=0)),
    Panel(MWMOTE(random_state=0)),
    Panel(GeometricSMOTE(random_state=0)),
    Panel(PolynomFitSMOTE(random_state=0), "star"),
    Panel(PolynomFitSMOTE(random_state=0, topology="mesh"), "mesh"),
    Panel(PolynomFitSMOTE(random_state=0, topology="bus"), "bus"),
]
UNDER = [
    Panel(RandomUnderSampler(random_state=0)),
    Panel(ClusterCentroids(random_state=0)),
    Panel(InstanceHardnessThreshold(random_state=0)),
    Panel(NearMiss(), "version 1"),
    Panel(NearMiss(version=2), "version 2"),
    Panel(NearMiss(version=3, n_neighbors_ver3=5), "version 3, n_neighbors_ver3=5"),
]
CLEAN = [
    Panel(TomekLinks()),
    Panel(EditedNearestNeighbours()),
    Panel(EditedNearestNeighbours(kind_sel="mode"), 'kind_sel="mode"'),
    Panel(RepeatedEditedNearestNeighbours()),
    Panel(AllKNN()),
    Panel(NeighbourhoodCleaningRule()),
    Panel(CondensedNearestNeighbour(random_state=0)),
    Panel(OneSidedSelection(random_state=0)),
]
COMBINE = [
    Panel(SMOTE(random_state=0), "for comparison"),
    Panel(SMOTEENN(random_state=0)),
    Panel(SMOTETomek(random_state=0)),
    Panel(Balance(random_state=0), "equal"),
]

GROUPS: dict[str, list[Panel | None]] = {
    "over": [None, *OVER],
    "more": [*MORE],
    "under": [*UNDER],
    "clean": [None, *CLEAN],
    "combine": [None, *COMBINE, None],
}


def make_data(n_rows: int = 300) -> Table:
    """A common class, and a rare one in three parts: dense at its border, sparse beside it, strays inside it."""
    rng = np.random.default_rng(7)
    rare = [round(n_rows * share) for share in (0.07, 0.05, 0.02)]
    sizes = [n_rows - sum(rare), *rare]
    parts = [((0.0, 0.0), (1.25, 1.0)), ((2.3, 1.5), (0.4, 0.4)), ((-2.2, -1.9), (0.7, 0.5)), ((-0.4, 0.5), (0.6, 0.4))]
    X = np.concatenate([rng.normal(*part, size=(size, 2)) for part, size in zip(parts, sizes, strict=True)])
    return X, np.repeat([0, 1], [sizes[0], sum(sizes[1:])])


def points(axes: Any, X: NDArray[np.float64], y: NDArray[Any], **style: Any) -> None:
    """Rows of both classes, each in its colour."""
    for code in (0, 1):
        part = X[y == code]
        axes.plot(part[:, 0], part[:, 1], linestyle="none", **{"color": COLORS[code], **style})


def draw(axes: Any, panel: Panel | None, X: NDArray[np.float64], y: NDArray[Any]) -> None:
    """One sampler: what stays as dots, what is removed pale, what is new as crosses."""
    kept_style = {"marker": "o", "markersize": 3, "markeredgewidth": 0.3, "markeredgecolor": "white"}
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_color("#cccccc")
    if panel is None:
        points(axes, X, y, **kept_style)
        entitle(axes, "The data", f"{np.sum(y == 0)} and {np.sum(y == 1)} rows")
        return
    X_in = panel.read(X)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # on reduced data: a class without rows in danger
        X_out, y_out = panel.sampler.fit_resample(X_in, y)
    is_new = panel.sampler.is_synthetic_
    # Rows of categories lie on each other: drawn beside each other.
    spread = np.random.default_rng(0).uniform(-0.28, 0.28, X_out.shape) * (X_in != X).any(axis=0)
    X_out = X_out + spread
    is_left = np.zeros(len(X), bool)
    is_left[panel.sampler.recipe_.kept_rows()] = True
    if not is_left.all():
        points(axes, X[~is_left], y[~is_left], **REMOVED)
    points(axes, X_out[is_new], y_out[is_new], marker="x", markersize=4, markeredgewidth=0.6, alpha=0.85)
    points(axes, X_out[~is_new], y_out[~is_new], **kept_style)
    note = f"{panel.note}: " if panel.note else ""
    entitle(axes, type(panel.sampler).__name__, f"{note}{np.sum(y_out == 0)} and {np.sum(y_out == 1)} rows")


def entitle(axes: Any, name: str, details: str) -> None:
    """What a panel shows, in two lines above it."""
    axes.set_title(f"{name}\n", fontsize=9.5)
    axes.annotate(details, (0.5, 1), (0, 5), "axes fraction", "offset points", ha="center", fontsize=8, color="#555555")


def draw_group(panels: list[Panel | None], data: Table) -> bytes:
    """All samplers of a group, as a PNG file of few colours."""
    from matplotlib.figure import Figure  # here, so that this file may be looked at without matplotlib
    from matplotlib.lines import Line2D
    from PIL import Image

    n_lines = -(-len(panels) // COLUMNS)
    figure = Figure(figsize=(9.6, 2.7 * n_lines + 0.35), layout="constrained", facecolor="white")
    all_axes = figure.subplots(n_lines, COLUMNS, squeeze=False, sharex=True, sharey=True).ravel()
    for axes, panel in zip(all_axes, panels, strict=True):
        draw(axes, panel, *data)
    handles = [
        Line2D([], [], linestyle="none", marker="o", markersize=4, color=color, label=name)
        for color, name in zip(COLORS, NAMES, strict=True)
    ]
    if panels[-1] not in CLEAN:
        handles.append(Line2D([], [], linestyle="none", marker="x", markersize=4, color="#444444", label="new"))
    if panels[-1] not in OVER + MORE:
        handles.append(Line2D([], [], linestyle="none", label="removed", **REMOVED))
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), frameon=False, fontsize=9)
    drawn, small = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, dpi=140)
    Image.open(drawn).convert("RGB").quantize(48).save(small, format="png", optimize=True)
    return small.getvalue()


def main(folder: Path, n_rows: int = 300) -> None:
    """Write one picture for each group of samplers."""
    folder.mkdir(parents=True, exist_ok=True)
    data = make_data(n_rows)
    for name, panels in GROUPS.items():
        (folder / f"{name}.png").write_bytes(draw_group(panels, data))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "gallery")
