"""Hold new rows against the real ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

import fastbal
from fastbal._containers.read import is_dask, read_table
from fastbal._containers.table import Table
from fastbal._core.recipe import Recipe, Rows
from fastbal._core.target import encode
from fastbal._core.words import listed
from fastbal._problem import read_containers
from fastbal._sklearn import HasMethods, check_arguments, take_entries
from fastbal.auditing._both import Both, Entries, read_both
from fastbal.auditing._distances import Closeness, closeness, coverage_and_density, membership_auc
from fastbal.auditing._findings import Pictures
from fastbal.auditing._likeness import MOST_DETECTED, column_distances, correlation_change, detection_auc
from fastbal.auditing._recovery import recoverable_rows, usage_of
from fastbal.auditing._result import Audit
from fastbal.auditing._rules import broken_rules, n_repeated

# Points in a picture.
_MOST_POINTS = 1_200


class _Given(NamedTuple):
    """What is audited, read."""

    both: Both
    held_out: Entries | None
    recipe: Recipe | None
    new_rows: Rows
    resampled: Any


@check_arguments(
    {
        "sampler": [HasMethods(["fit_resample"]), None],
        "holdout": ["array-like", "sparse matrix", tuple, None],
        "rules": [Mapping, None],
        "random_state": [Integral],
    }
)
def audit(
    sampler: Any,
    X: Any,
    y: Any = None,
    X_resampled: Any = None,
    y_resampled: Any = None,
    *,
    holdout: Any = None,
    rules: Mapping[str, Callable[[Any], Any]] | None = None,
    random_state: int = 0,
) -> Audit:
    """Hold new rows against the real ones: are they alike, and do they give real rows away?

    Numbers are compared class by class. Distances are those of columns divided by the standard deviation of their real
    entries, gaps filled with their median; two rows that differ in a category alone are 1 apart.

    Parameters
    ----------
    sampler : object with `fit_resample`, or None
        What has made the new rows. One of fastbal's tells which rows are new, and of which they are made; any other,
        and None for a table from elsewhere, does not: then all rows are new, but for those of X if the table begins
        with them and goes on.
    X : {array-like, dataframe, sparse matrix} of shape (n_rows, n_columns)
        The real table: numbers, dates and categories, with or without gaps.
    y : array-like of shape (n_rows,), default=None
        The class of each row. None for tables without classes, or with a target that is continuous or has several
        labels.
    X_resampled : {array-like, dataframe, sparse matrix} of shape (n_resampled, n_columns), default=None
        What the sampler has returned, or any synthetic table. None to have a clone of the sampler make it.
    y_resampled : array-like of shape (n_resampled,), default=None
        Its classes; needed where there are classes.
    holdout : tuple of table and labels, or table, default=None
        Real rows that the new ones were not made of, to find out whether rows that they were made of can be told: a
        pair like X and y, or a table like X if y is None.
    rules : mapping of str to callable, default=None
        Your own rules by name: functions of a table of new rows, in the container of X_resampled, that say of each row
        whether it keeps the rule.
    random_state : int, default=0
        Seed of what is drawn at random where there are many rows; `notes` of the result says what was.

    Returns
    -------
    Audit
        The numbers, a sentence of advice, and a page.

    Raises
    ------
    TypeError
        If an argument is of a wrong type.
    ValueError
        If the tables have different columns, there are no new rows, a class has new rows and no real one, the sampler
        has resampled another table, or a rule does not say one thing of each new row.

    References
    ----------
    M. F. Naeem et al., "Reliable fidelity and diversity metrics for generative models", ICML 2020 (coverage, density).
    The other numbers are described in docs/guide/audit.md.

    Examples
    --------
    >>> import fastbal
    >>> from sklearn.datasets import make_classification
    >>> from fastbal.over_sampling import MGS, SMOTE
    >>> X, y = make_classification(n_samples=2000, weights=[0.95], random_state=0)
    >>> found = fastbal.audit(SMOTE(random_state=0), X, y)
    >>> found.n_new, round(found.recoverable_share, 2)
    (1780, 0.99)
    >>> fastbal.audit(MGS(random_state=0), X, y).recoverable_share
    0.0
    """
    given = _read_given(sampler, X, y, X_resampled, y_resampled, holdout)
    rng = np.random.default_rng(int(random_state))
    both, new_rows, notes = given.both, given.new_rows, []
    broken = broken_rules(both, rules or {}, take_entries(given.resampled, new_rows, None) if rules else None)
    near = closeness(both, rng)
    if len(near.rows) < len(new_rows):
        notes.append(f"Copies, distances and foreign territory are of {len(near.rows):,} new rows, drawn at random.")
    is_copy = (near.distance == 0) & both.real.take(near.nearest).are_equal(both.new.take(near.rows))
    coverage, density, more_notes = coverage_and_density(both, rng)
    real_rows = np.concatenate([rows for rows, _ in both.grown()])
    if len(near.between) < len(real_rows):
        notes.append(f"Distances between real rows are those from {len(near.between):,} of them, drawn at random.")
    notes += more_notes
    if min(len(real_rows), len(new_rows)) > MOST_DETECTED:
        notes.append(f"Detection was tried on {MOST_DETECTED:,} real and as many new rows, drawn at random.")
    change, pair = correlation_change(both)
    distances = column_distances(both)
    worst = max(distances, key=lambda name: distances[name])
    found = Audit(
        method=None if sampler is None else type(sampler).__name__,
        n_real=len(both.real.label),
        n_new=len(new_rows),
        classes={
            str(label): (int((both.real.label == code).sum()), int((both.new.label == code).sum()))
            for code, label in enumerate(both.labels)
        }
        if y is not None
        else {},
        detection_auc=detection_auc(both, rng),
        column_distances=distances,
        worst_column=worst,
        correlation_change=change,
        correlation_pair=pair,
        coverage=coverage,
        density=density,
        foreign_share=float(near.is_foreign.mean()) if len(both.labels) > 1 else None,
        foreign_share_of_real=near.foreign_between if len(both.labels) > 1 else None,
        broken_share=float(np.mean(np.any([*broken.values()], axis=0))) if broken else 0.0,
        broken_rules={name: int(flags.sum()) for name, flags in broken.items()},
        repeated_share=n_repeated(both.new) / len(new_rows),
        copied_share=float(is_copy.mean()),
        distance_ratio=_over(float(np.median(near.distance)), float(np.median(near.between))),
        nearest_ratio=float(np.quantile(near.ratio, 0.05)),
        membership_auc=None if given.held_out is None else membership_auc(both, given.held_out),
        notes=notes,
        settings={"random_state": int(random_state), "version": fastbal.__version__},
        pictures=_pictures(both, near, real_rows, rng),
    )
    if given.recipe is None:
        return found
    copied = np.unique(near.nearest[is_copy])
    if is_copy.all() and given.recipe.neighbor is None:  # also of those that were not looked at
        copied = np.unique(given.recipe.base)
    every = np.union1d(recoverable_rows(given.recipe, len(both.numeric)), copied)
    usage = usage_of(given.recipe)
    return replace(
        found,
        recoverable_rows=every,
        recoverable_share=float(np.isin(real_rows, every).mean()),
        most_used=(int(usage.counts.argmax()), int(usage.counts.max(initial=0))),
        parents_per_row=usage.parents,
    )


def _read_given(sampler: Any, X: Any, y: Any, X_resampled: Any, y_resampled: Any, holdout: Any) -> _Given:
    if is_dask(X) or is_dask(X_resampled):
        raise TypeError("audit takes tables in memory, but was given a collection of Dask's. Compute it first.")
    if X_resampled is None:
        if sampler is None:
            raise ValueError("There is nothing to audit: give a sampler, or new rows as X_resampled.")
        if y is None:
            raise ValueError("A sampler needs the class of each row to make new ones: give y.")
        sampler = clone(sampler)
        X_resampled, y_resampled, *_ = sampler.fit_resample(X, y)
    elif (y is None) != (y_resampled is None):
        given, missing = ("y", "y_resampled") if y_resampled is None else ("y_resampled", "y")
        raise ValueError(f"{given} was given without {missing}. Give the classes of both tables, or of none.")
    held_X, held_y = _held_out_pair(holdout, y)
    tables = [_table(X, y, "X"), _table(X_resampled, y_resampled, "X_resampled")]
    held = None if held_X is None else _table(held_X, held_y, "holdout")
    entries, both = read_both(tables[0][0], tables[1][0], None if held is None else held[0])
    if y is not None:
        target = encode(tables[0][1])
        code_of = {label: code for code, label in enumerate(target.labels)}
        labels = [tables[0][1], tables[1][1], *([] if held is None else [held[1]])]
        entries = [part._replace(label=_codes(of_part, code_of)) for part, of_part in zip(entries, labels, strict=True)]
        both = replace(both, labels=target.labels)
    recipe = getattr(sampler, "recipe_", None)
    new_rows = _new_rows(sampler, recipe, entries[0], entries[1])
    new = entries[1].take(new_rows)
    if unknown := int((new.label < 0).sum()):
        strange = sorted({str(label) for label in tables[1][1][new_rows[new.label < 0]]})
        raise ValueError(f"{unknown:,} new rows are of classes without a real row: {listed(strange)}.")
    held_out = entries[2] if held is not None else None
    return _Given(replace(both, real=entries[0], new=new), held_out, recipe, new_rows, X_resampled)


def _held_out_pair(holdout: Any, y: Any) -> tuple[Any, Any]:
    if holdout is None or y is None:
        return holdout, None
    if not isinstance(holdout, tuple) or len(holdout) != 2:
        raise ValueError("holdout must be a pair of a table and its labels, like X and y, because y was given.")
    return holdout


def _table(X: Any, y: Any, name: str) -> tuple[Table, NDArray[Any]]:
    if y is None:
        table = read_table(X)
        return table, np.zeros(table.n_rows, np.int64)
    table, labels = read_containers(X, y, f"audit, for {name},")
    return table, labels.values


def _codes(labels: NDArray[Any], code_of: dict[Any, int]) -> NDArray[np.int64]:
    """Class codes; −1 for a class that the real table does not have."""
    target = encode(labels)
    return np.array([code_of.get(label, -1) for label in target.labels], np.int64)[target.codes]


def _new_rows(sampler: Any, recipe: Recipe | None, real: Entries, made: Entries) -> Rows:
    """Which rows of the resampled table are new."""
    n_real, n_made = len(real.label), len(made.label)
    if recipe is not None:
        if (recipe.n_rows, recipe.n_kept + recipe.n_new) != (n_real, n_made):
            raise ValueError(
                f"{type(sampler).__name__} has resampled a table of {recipe.n_rows:,} rows to "
                f"{recipe.n_kept + recipe.n_new:,}, but X has {n_real:,} and X_resampled {n_made:,}. Give what it "
                "was given last, and what it has returned; or None as sampler."
            )
        rows = np.flatnonzero(sampler.is_synthetic_)
    else:
        begins_with_real = n_made > n_real and _are_same(real, made.take(slice(n_real)))
        rows = np.arange(n_real if begins_with_real else 0, n_made)
    if not len(rows):
        raise ValueError("There are no new rows to audit: every row of the resampled table is one of the real table.")
    return rows


def _are_same(real: Entries, made: Entries) -> bool:
    return bool(real.are_equal(made).all() and (real.label == made.label).all())


def _over(distance: float, between: float) -> float:
    return distance / between if between > 0 else np.nan


def _pictures(both: Both, near: Closeness, real_rows: Rows, rng: np.random.Generator) -> Pictures:
    """What the drawings show: distances, and points on the two axes along which the real rows vary most."""
    real_rows, shown = (
        rng.choice(rows, min(len(rows), _MOST_POINTS), replace=False) for rows in (real_rows, np.arange(len(near.rows)))
    )
    real, new = both.points(both.real.take(real_rows), both.new.take(near.rows[shown]))
    middle = real.mean(axis=0)
    axes = np.linalg.eigh((real - middle).T @ (real - middle))[1][:, :-3:-1]
    return Pictures(
        distance=near.distance,
        between=near.between,
        real_points=(real - middle) @ axes,
        new_points=(new - middle) @ axes,
        is_foreign=near.is_foreign[shown] & (len(both.labels) > 1),
    )
