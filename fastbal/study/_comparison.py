"""The result of `compare`: what was found, in a sentence, as a report, and as files."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from fastbal._writing import written_whole
from fastbal.study._advice import advice
from fastbal.study._results import Results
from fastbal.study._scores import SCORES


class Comparison(Results):
    """The result of `compare`.

    Attributes
    ----------
    classes : dict of label to int
        Rows of each class in the table, the class that matters last.
    rare : label
        The class that matters.
    metric : str
        The score that decides.
    n_rows : int
        Rows used; fewer than there are if `quick`.
    n_folds : int
        Splits into training and test rows.
    test_share : float
        Rows of a test fold over rows of its training folds.
    numeric, categorical : list of str
        Columns used.
    left_out : dict of str to str
        Columns not used, and why not.
    unavailable : dict of str to str
        Models and remedies not used, and why not.
    settings : dict
        What is needed to do it again: the arguments of `compare`, and versions. From the command line also the command,
        and what the data are called.
    runs : list of Run
        What came of each remedy on each fold.
    is_interrupted : bool
        Whether remedies are missing because somebody would not wait.
    """

    @property
    def advice(self) -> str:
        """One plain sentence."""
        return advice(self)

    def records(self) -> list[dict[str, Any]]:
        """One flat dictionary for each run, as dataframes take them."""
        return [
            {
                "model": run.model,
                "arm": run.arm,
                "fold": run.fold,
                **{name: run.scores.get(name, math.nan) for name in SCORES},
                "threshold": math.nan if run.threshold is None else run.threshold,
                "seconds": run.seconds,
                **{f"rows of {label}": run.rows.get(label) for label in self.classes},
                "error": run.error,
            }
            for run in self.runs
        ]

    def csv(self) -> str:
        """`records` as lines of text."""
        records = self.records()
        lines = io.StringIO()
        writer = csv.DictWriter(lines, fieldnames=list(records[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(records)
        return lines.getvalue()

    def json(self) -> str:
        """`as_dict` as text; NaN is null."""
        return json.dumps(_plain(self.as_dict()), indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    def html(self) -> str:
        """A report: a page that opens without a network."""
        from fastbal.study._report import html  # needs Jinja

        return html(self)

    def to_csv(self, path: str | Path) -> None:
        """Write `records`, one line each.

        Parameters
        ----------
        path : str or Path
            Replaced if it exists, and only when all is written.
        """
        with written_whole(path) as file:
            file.write(self.csv().encode())

    def to_json(self, path: str | Path) -> None:
        """Write everything but the predictions.

        Parameters
        ----------
        path : str or Path
            Replaced if it exists, and only when all is written.
        """
        with written_whole(path) as file:
            file.write(self.json().encode())

    def as_dict(self) -> dict[str, Any]:
        """Everything but the predictions, in dictionaries and lists."""
        return {
            "advice": self.advice,
            "classes": {str(label): n for label, n in self.classes.items()},
            "rare": self.rare,
            "metric": self.metric,
            "n_rows": self.n_rows,
            "n_folds": self.n_folds,
            "is_interrupted": self.is_interrupted,
            "numeric": self.numeric,
            "categorical": self.categorical,
            "left_out": self.left_out,
            "unavailable": self.unavailable,
            "settings": self.settings,
            "lines": [
                {**line._asdict(), "difference": None if line.difference is None else line.difference._asdict()}
                for line in self.lines()
            ],
            "runs": [asdict(run) for run in self.runs],
        }

    def to_html(self, path: str | Path) -> None:
        """Write a report: one file that opens without a network.

        Parameters
        ----------
        path : str or Path
            Replaced if it exists, and only when all is written.
        """
        with written_whole(path) as file:
            file.write(self.html().encode())


def _plain(value: Any) -> Any:
    """As JSON can say it: NaN is null, keys are text, NumPy's numbers are Python's."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)
