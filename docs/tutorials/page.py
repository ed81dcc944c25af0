"""What the tutorials share: their options, where the data are, and numbers written into a page."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

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


def publish(name: str, text: str, *, write: bool) -> None:
    """Print the results, and put them between the marks of the tutorial's page."""
    print(text)
    if write:
        page = HERE / f"{name}.md"
        page.write_text(between_marks(page.read_text(encoding="utf-8"), text), encoding="utf-8")


def between_marks(page: str, text: str) -> str:
    """A page with other results.

    >>> print(between_marks("<!-- results: begin -->\\nold\\n<!-- results: end -->", "new"))
    <!-- results: begin -->
    <BLANKLINE>
    new
    <BLANKLINE>
    <!-- results: end -->
    """
    pattern = r"(<!-- results: begin.*?-->\n).*?(<!-- results: end -->)"
    return re.sub(pattern, lambda marks: f"{marks[1]}\n{text}\n\n{marks[2]}", page, flags=re.DOTALL)
