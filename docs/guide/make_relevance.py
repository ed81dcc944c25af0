"""Draw how much values matter by each method: the picture of regression.md.

python docs/guide/make_relevance.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fastbal.regression import Relevance, plot_relevance

PANELS = {
    'Relevance("extremes")': Relevance(),
    'Relevance("adjusted")': Relevance("adjusted"),
    'Relevance("points", points=[(1, 0), (5, 0.8), (10, 1)])': Relevance("points", points=[(1, 0), (5, 0.8), (10, 1)]),
    'Relevance("density")': Relevance("density"),
}


def main(path: Path) -> None:
    """Write the picture."""
    from matplotlib.figure import Figure  # here, so that this file may be looked at without matplotlib

    y = np.random.default_rng(0).lognormal(sigma=0.8, size=3000)
    figure = Figure(figsize=(10, 5), layout="constrained")
    grid = figure.subplots(2, 2)
    for axes, (title, relevance) in zip(grid.ravel(), PANELS.items(), strict=True):
        plot_relevance(y, relevance, ax=axes)
        axes.set_title(title, fontsize=9)
    figure.savefig(path, dpi=80, metadata={"Software": None})


if __name__ == "__main__":
    main(Path(__file__).with_name("relevance.png"))
