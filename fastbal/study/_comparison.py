"""The result of `compare`: what was found, in a sentence, as a report, and as files."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fastbal._writing import written_whole
from fastbal.study._advice import Proof, advice, bet_on, proof_of
from fastbal.study._bets import Bet
from fastbal.study._results import Results, name_of_pair
from fastbal.study._savable import Savable


class Comparison(Savable, Results):
    """The result of `compare`.

    Attributes
    ----------
    classes : dict of label to int
        Rows of each class in the table, the class that matters last.
    rare : label
        The class that matters.
    metric : str
        The name of the score that decides.
    question : Question
        The same with all that belongs to it: words, direction, costs, what cut-offs are chosen for.
    n_rows : int
        Rows used; fewer than there are if `quick`.
    n_folds : int
        Splits into training and test rows.
    test_share : float
        Rows of a test fold over rows of its training folds.
    repeat_of_fold : list of int
        The round of each fold; folds of one round have no test row in common.
    numeric, categorical : list of str
        Columns used.
    left_out : dict of str to str
        Columns not used, and why not.
    columns : list of ColumnFacts
        What each column used is, and what it tells of the class that matters by itself; the one that tells most first.
    associations : list of Association
        The pairs of these columns that tell the same.
    unavailable : dict of str to str
        Models and remedies not used, and why not.
    stopped : dict of (str, str) to str
        Models and arms that were not tried on all folds, and why not.
    settings : dict
        What is needed to do it again: the arguments of `compare`, and versions. From the command line also the command,
        what the data are called, how to read them ("read"), and what is doubtful about them ("doubts", "notes").
    runs : list of Run
        What came of each remedy on each fold.
    is_interrupted : bool
        Whether remedies are missing because somebody would not wait.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from fastbal.study import compare
    >>> X, y = make_classification(n_samples=300, weights=[0.8], random_state=0)
    >>> comparison = compare(X, y, models=["logistic regression"], arms=["nothing"], cv=2)
    >>> comparison.classes, comparison.rare, comparison.metric, comparison.n_folds
    ({0: 239, 1: 61}, 1, 'f1', 2)
    >>> sorted(comparison.runs[0].scores)[:3]
    ['average_precision', 'balanced_accuracy', 'brier']
    """

    @property
    def advice(self) -> str:
        """Two plain statements: what the evidence proves, and what one would bet on."""
        return advice(self)

    @property
    def proof(self) -> Proof | None:
        """What the evidence proves."""
        return proof_of(self)

    @property
    def bet(self) -> Bet | None:
        """The arm of least expected regret."""
        return bet_on(self)

    def records(self) -> list[dict[str, Any]]:
        """One flat dictionary for each run, as dataframes take them."""
        return [
            {
                "model": run.model,
                "arm": run.arm,
                "fold": run.fold,
                **{name: run.scores.get(name, math.nan) for name in self.score_names},
                f"{self.metric} at 0.5": run.at_half,
                "threshold": math.nan if run.threshold is None else run.threshold,
                "seconds": run.seconds,
                "seconds in all": run.seconds_in_all,
                "seconds to predict 1,000 rows": run.seconds_to_predict,
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

    def html(self) -> str:
        """A report: a page that opens without a network."""
        from fastbal.study._report import html  # needs Jinja

        return html(self)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from fastbal.study._report import summary

        return summary(self)

    def to_csv(self, path: str | Path) -> None:
        """Write `records`, one line each.

        Parameters
        ----------
        path : str or Path
            Replaced if it exists, and only when all is written.
        """
        with written_whole(path) as file:
            file.write(self.csv().encode())

    def as_dict(self) -> dict[str, Any]:
        """Everything but the predictions, in dictionaries and lists."""
        return {
            "advice": self.advice,
            "proof": None if (proof := self.proof) is None else proof._asdict(),
            "bet": None if (bet := self.bet) is None else bet._asdict(),
            "classes": {str(label): n for label, n in self.classes.items()},
            "rare": self.rare,
            "metric": self.metric,
            "question": self.question.words,
            "n_rows": self.n_rows,
            "n_folds": self.n_folds,
            "is_interrupted": self.is_interrupted,
            "numeric": self.numeric,
            "categorical": self.categorical,
            "left_out": self.left_out,
            "columns": [{**facts._asdict(), "parts": [p._asdict() for p in facts.parts]} for facts in self.columns],
            "associations": [pair._asdict() for pair in self.associations],
            "unavailable": self.unavailable,
            "settings": self.settings,
            "stopped": {name_of_pair(pair): why for pair, why in self.stopped.items()},
            "lines": [
                {**line._asdict(), "difference": None if line.difference is None else line.difference._asdict()}
                for line in self.lines()
            ],
            "runs": [asdict(run) for run in self.runs],
        }
