"""Pictures for light pages and for dark ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

#: Text and lines of each; the ground is the page's.
MODES = {"light": "#24292f", "dark": "#d6dae0"}

#: Blue, vermilion, green and grey of Okabe and Ito, which the colour-blind tell apart and both grounds carry.
BLUE, RED, GREEN, GREY = "#3a8fd0", "#e0661a", "#1aa37a", "#8b929b"


def style(mode: str) -> dict[str, Any]:
    """Matplotlib's settings for a mode."""
    ink = MODES[mode]
    return {
        "axes.edgecolor": ink,
        "axes.facecolor": "none",
        "axes.labelcolor": ink,
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlecolor": ink,
        "axes.titlesize": 11,
        "figure.facecolor": "none",
        "font.size": 10,
        "grid.color": GREY,
        "grid.linewidth": 0.4,
        "legend.frameon": False,
        "savefig.facecolor": "none",
        "svg.fonttype": "none",
        "svg.hashsalt": "fastbal",
        "text.color": ink,
        "xtick.color": ink,
        "ytick.color": ink,
    }


def draw_both(path: Path, size: tuple[float, float], draw: Callable[[Any], None]) -> None:
    """Write `path` with "-light" and "-dark" before its ending; `draw` gets an empty figure."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    path.parent.mkdir(parents=True, exist_ok=True)
    for mode in MODES:
        with mpl.rc_context(style(mode)):
            figure = Figure(figsize=size, layout="constrained")
            draw(figure)
            unsaid = "Date" if path.suffix == ".svg" else "Software"
            figure.savefig(path.with_stem(f"{path.stem}-{mode}"), dpi=130, metadata={unsaid: None})


def shown(path: str, alt: str) -> str:
    """Markdown that shows the one that suits the page."""
    stem, _, ending = path.rpartition(".")
    return "\n".join(f"```{{image}} {stem}-{mode}.{ending}\n:alt: {alt}\n:class: only-{mode}\n```\n" for mode in MODES)
