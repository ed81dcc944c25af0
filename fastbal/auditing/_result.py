"""The result of `audit`: numbers, one sentence, and a page."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from fastbal.auditing._findings import Findings
from fastbal.study._savable import Savable


class Audit(Savable, Findings):
    """The result of `audit`.

    Attributes
    ----------
    method : str or None
        What has made the new rows.
    n_real, n_new : int
        Rows of the real table, and new ones.
    classes : dict of str to (int, int)
        Real and new rows of each class; empty without classes.
    detection_auc : float
        How well a model tells new rows from real ones; 0.5 is not at all. NaN where there are fewer than 10 of either.
    column_distances : dict of str to float
        For each column how far apart the distributions are, from 0 to 1.
    worst_column : str
        The one with the largest.
    correlation_change : float
        The largest change of a correlation of two numeric columns; NaN where there are not two.
    correlation_pair : tuple of two str, or None
        Which two.
    coverage : float
        Share of real rows with a new one nearer than their fifth neighbour.
    density : float
        In how many such balls a new row is on average, over 5.
    foreign_share, foreign_share_of_real : float or None
        Share of new rows whose nearest real row is of another class; and of real rows. None without classes.
    broken_share : float
        Share of new rows that break a rule.
    broken_rules : dict of str to int
        New rows that break it, for each rule that is broken.
    repeated_share : float
        Share of new rows that are the same as another one before.
    copied_share : float
        Share of new rows that are real rows.
    distance_ratio : float
        Median distance of new rows to the nearest real one, over that of real rows to the nearest other one.
    nearest_ratio : float
        Of new rows, the distance to the nearest real row over that to the next one: the 5th percentile.
    recoverable_share : float or None
        Share of the real rows of the classes with new rows that can be reconstructed from the new ones; None if it is
        not known how they were made.
    recoverable_rows : ndarray of int64, or None
        Their row numbers, and those of other classes.
    most_used : tuple of two int, or None
        The real row that most new ones are made of, and of how many.
    parents_per_row : float or None
        Real rows that a new one is made of.
    membership_auc : float or None
        How well nearness to a new row tells real rows that were used from those held out; 0.5 is not at all.
    notes : list of str
        What was drawn at random.
    settings : dict
        Seed and version.
    pictures : Pictures
        What the drawings of the page show.

    Examples
    --------
    >>> import fastbal
    >>> from sklearn.datasets import make_classification
    >>> from fastbal.over_sampling import SMOTE
    >>> X, y = make_classification(n_samples=500, weights=[0.9], random_state=0)
    >>> found = fastbal.audit(SMOTE(random_state=0), X, y)
    >>> found.method, found.n_real, found.n_new, found.repeated_share
    ('SMOTE', 500, 400, 0.0)
    """

    def as_dict(self) -> dict[str, Any]:
        """Everything but the pictures, in dictionaries and lists."""
        found = {entry.name: getattr(self, entry.name) for entry in fields(self) if entry.name != "pictures"}
        rows = self.recoverable_rows
        return {
            "advice": self.advice,
            **found,
            "mean_column_distance": self.mean_column_distance,
            "recoverable_rows": None if rows is None else rows.tolist(),
        }

    def html(self) -> str:
        """A page that opens without a network."""
        from fastbal.auditing._page import page  # needs Jinja

        return page(self)

    def _repr_html_(self) -> str | None:
        """The page in a notebook, in a frame: its style stays inside. None, where Jinja is not installed."""
        try:
            from fastbal.auditing._page import framed
        except ModuleNotFoundError:
            return None
        return framed(self)
