"""What the tutorials share: their options, where the data are, and numbers written into a page."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).parent
DATA = HERE.parents[2] / "shared" / "data"


def options(epochs: int, seeds: int, argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The options of a tutorial: the defaults are the full run that its page reports."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER", help="where the downloaded files are")
    parser.add_argument("--epochs", type=int, default=epochs, help=f"of each network ({epochs})")
    parser.add_argument("--seeds", type=int, default=seeds, help=f"how often everything is run ({seeds})")
    parser.add_argument("--no-write", action="store_true", help="print the results, leave the page as it is")
    return parser.parse_args(argv)


def data_file(folder: Path, name: str, source: str) -> Path:
    """A downloaded file, or where to get it."""
    path = folder / name
    if not path.exists():
        raise FileNotFoundError(
            f"{path} is not there. Download it from {source}, or say where it is with --data FOLDER."
        )
    return path


def table(header: Iterable[str], lines: Iterable[Iterable[str]]) -> str:
    """Lines of cells in Markdown, the first column on the left and all others on the right.

    >>> print(table(["", "F1"], [["SMOTE", "0.82"]]))
    |  | F1 |
    |---|--:|
    | SMOTE | 0.82 |
    """
    header = list(header)
    rule = "|---" + "|--:" * (len(header) - 1) + "|"
    head, *body = ("| " + " | ".join(cells) + " |" for cells in [header, *lines])
    return "\n".join([head, rule, *body])


def spread(values: Sequence[float]) -> str:
    """Mean and standard deviation over seeds.

    >>> spread([0.80, 0.82, 0.84])
    '0.82 ± 0.02'
    """
    return f"{np.mean(values):.2f}" if len(values) == 1 else f"{np.mean(values):.2f} ± {np.std(values, ddof=1):.2f}"


def save(figure: Any, path: Path) -> None:
    """A figure as SVG, the same bytes for the same figure."""
    import matplotlib as mpl

    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": path.stem}):
        figure.savefig(path, metadata={"Date": None})


def draw_matrix(axes: Any, matrix: NDArray[Any], labels: Sequence[str], title: str) -> None:
    """A confusion matrix: rows are what is true, columns what is predicted; shades are shares of a row."""
    axes.imshow(matrix / matrix.sum(axis=1, keepdims=True), cmap="Blues", vmin=0, vmax=1)
    for (i, j), value in np.ndenumerate(matrix):
        is_dark = value > 0.55 * matrix[i].sum()
        axes.text(j, i, f"{value:,.0f}", ha="center", va="center", color="white" if is_dark else "black", fontsize=9)
    axes.set(xticks=range(len(labels)), yticks=range(len(labels)), xticklabels=labels, yticklabels=labels)
    axes.set_title(title, fontsize=9)
    axes.tick_params(length=0, labelsize=8)


def draw_counts(axes: Any, counts: Mapping[str, Mapping[str, int]]) -> None:
    """Rows of each class in each table: bars side by side."""
    width = 0.8 / max(len(of_class) for of_class in counts.values())
    for number, label in enumerate(next(iter(counts.values()))):
        values = [of_class[label] for of_class in counts.values()]
        places = np.arange(len(counts)) + (number - 0.5) * width
        bars = axes.bar(places, values, width * 0.95, label=label, color=("#1b6ca8", "#d95f02")[number])
        axes.bar_label(bars, [f"{value:,}" for value in values], fontsize=7)
    axes.set(xticks=range(len(counts)), ylabel="rows")
    axes.set_xticks(range(len(counts)), list(counts), fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)
    axes.legend(frameon=False, fontsize=8)


def publish(name: str, text: str, *, write: bool, part: str = "results") -> None:
    """Print the results, and put them between the marks of the tutorial's page."""
    print(text)
    if write:
        page = HERE / f"{name}.md"
        page.write_text(between_marks(page.read_text(encoding="utf-8"), text, part), encoding="utf-8")


def between_marks(page: str, text: str, part: str = "results") -> str:
    """A page with other results in one of its parts.

    >>> print(between_marks("<!-- results: begin -->\\nold\\n<!-- results: end -->", "new"))
    <!-- results: begin -->
    <BLANKLINE>
    new
    <BLANKLINE>
    <!-- results: end -->
    """
    pattern = rf"(<!-- {part}: begin.*?-->\n).*?(<!-- {part}: end -->)"
    return re.sub(pattern, lambda marks: f"{marks[1]}\n{text}\n\n{marks[2]}", page, flags=re.DOTALL)
