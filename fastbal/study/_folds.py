"""How rows are divided into training and test rows, and training rows once more, for cut-offs."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import RepeatedStratifiedKFold, StratifiedGroupKFold, StratifiedKFold, check_cv

from fastbal._core.refusals import Term, refusal
from fastbal._core.target import Target

Rows = NDArray[np.int64]

FOLDS, REPEATS = 5, 2
#: Of `quick`.
FEW_FOLDS = 3
# Training rows are divided so often: all held-back rows together make one curve, which more folds hardly change.
_INNER_FOLDS = 3
# Of training rows in the order of time, the latest: cut-offs are chosen on what follows, as they will be used.
_LATEST = 0.3
_FOLDS_ASKED, _REPEATS_ASKED = Term("cv", "cv"), Term("n_repeats", "n_repeats")


class Split(NamedTuple):
    """Rows to learn from and rows to test on.

    Attributes
    ----------
    train, test : ndarray of int
        Rows of the table. Training rows come in an order drawn at random, or of time.
    inner : list of (ndarray, ndarray)
        Positions in `train` to learn from, and to choose cut-offs on.
    """

    train: Rows
    test: Rows
    inner: list[tuple[Rows, Rows]]


def make_splits(
    cv: Any,
    n_repeats: int | None,
    quick: bool,
    *,
    labels: list[Any],
    codes: Rows,
    groups: Rows | None,
    time: NDArray[np.float64] | None,
    embargo: float,
    seed: int,
) -> list[Split]:
    """Divide the rows of a table.

    Parameters
    ----------
    cv, n_repeats, quick : see `compare`
    labels : list
        The classes, the one that matters last.
    codes : ndarray of shape (n_rows,)
        Classes by number.
    groups : ndarray of shape (n_rows,) or None
        Rows of one group are never on both sides.
    time : ndarray of shape (n_rows,) or None
        Test rows are later than all training rows, by more than `embargo`.
    embargo : float
    seed : int

    Returns
    -------
    list of Split

    Raises
    ------
    ValueError
        If a class has too few rows for the folds, or training rows of a fold lack a class.
    """
    is_number = cv is None or isinstance(cv, Integral)
    n_folds = int(cv) if cv is not None and is_number else FEW_FOLDS if quick else FOLDS
    if n_repeats is not None and (not is_number or time is not None):
        raise refusal(
            ValueError,
            _REPEATS_ASKED,
            " is for a cv that is a number of folds; a splitter says itself how often it splits."
            if time is None
            else " is for folds drawn at random; by time there is one way to divide the rows.",
        )
    if is_number and time is None:
        _check_class_sizes(codes, labels, n_folds)
    if n_repeats is None:
        n_repeats = REPEATS if cv is None and not quick else 1
    rows = np.arange(len(codes))
    found: Iterable[Any]
    if not is_number:
        found = check_cv(cv, codes, classifier=True).split(np.zeros(len(codes)), codes, groups)
    elif time is not None:
        found = _by_time(time, n_folds, embargo, codes)
    elif groups is not None:
        found = [
            pair
            for repeat in range(n_repeats)
            for pair in StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed + repeat).split(
                rows, codes, groups
            )
        ]
    else:
        folds = RepeatedStratifiedKFold(n_splits=n_folds, n_repeats=n_repeats, random_state=seed)
        found = folds.split(rows, codes)
    pairs = [(rows[train], rows[test]) for train, test in found]
    if time is not None and groups is not None:  # what is tested later is not learned from before
        pairs = [(train[~np.isin(groups[train], groups[test])], test) for train, test in pairs]
    for i, (train, test) in enumerate(pairs):
        _check_fold(i, train, test, codes, labels, groups)
    return [_with_inner(train, test, codes, groups, time, embargo, seed) for train, test in pairs]


def _with_inner(
    train: Rows,
    test: Rows,
    codes: Rows,
    groups: Rows | None,
    time: NDArray[np.float64] | None,
    embargo: float,
    seed: int,
) -> Split:
    if time is not None:
        train = train[np.argsort(time[train], kind="stable")]
        start = np.quantile(time[train], 1 - _LATEST)
        latest = time[train] >= start
        is_past = time[train] < (start - embargo if embargo else start)
        if groups is not None:
            is_past &= ~np.isin(groups[train], groups[train][latest])
        inner = [(np.flatnonzero(is_past), np.flatnonzero(latest))]
        if len(np.unique(codes[train][inner[0][0]])) == len(np.unique(codes)) and len(inner[0][1]):
            return Split(train, test, inner)
    # Tables are often in an order, such as that of time: folds within the training rows would each be a stretch of it
    # that the other folds know nothing of.
    train = np.random.default_rng(seed).permutation(train)
    return Split(train, test, inner_folds(codes[train], None if groups is None else groups[train]))


def inner_folds(codes: Rows, groups: Rows | None = None) -> list[tuple[Rows, Rows]]:
    """Training rows, in an order drawn at random, to learn from and to choose cut-offs on."""
    n_folds = max(2, min(_INNER_FOLDS, int(np.bincount(codes).min())))
    splitter = StratifiedKFold(n_folds) if groups is None else StratifiedGroupKFold(n_folds)
    return list(splitter.split(codes, codes, groups))


def rare_last(target: Target, rare: Any) -> tuple[list[Any], NDArray[np.int64]]:
    """Labels, the one that matters last, where scikit-learn looks for the positive one; and codes in this order.

    >>> from fastbal._core.target import encode
    >>> labels, codes = rare_last(encode(np.array(["no", "yes", "no"])), None)
    >>> labels, codes.tolist()
    (['no', 'yes'], [0, 1, 0])
    """
    if len(target.classes) < 2:
        raise ValueError(f"y holds the class {target.labels[0]!r} alone; at least two are needed to compare anything.")
    wanted = [target.labels[int(target.counts.argmin())]]
    if rare is not None:
        wanted = [label for label in target.labels if label == rare or str(label) == str(rare)]
    if not wanted:
        raise ValueError(f"rare={rare!r} is no class of y; there are {', '.join(map(repr, target.labels[:20]))}.")
    labels = [label for label in target.labels if label != wanted[0]] + wanted
    place = np.array([labels.index(label) for label in target.labels])
    return labels, place[target.codes]


def _by_time(time: NDArray[np.float64], n_folds: int, embargo: float, codes: Rows) -> list[tuple[Rows, Rows]]:
    """Stretches of time, each tested by what came before; rows of one moment are never on both sides."""
    ends = np.quantile(time, np.linspace(0, 1, n_folds + 2)[1:])
    pairs = []
    for start, end in pairwise(ends.tolist()):
        is_last = end == ends[-1]
        test = np.flatnonzero((time >= start) & ((time <= end) if is_last else (time < end)))
        train = np.flatnonzero(time < start - embargo if embargo else time < start)
        if len(test) and len(train):
            pairs.append((train, test))
    if not pairs:
        raise ValueError(
            "The times do not divide the rows: nearly all are the same, or the embargo covers all that came before."
        )
    return pairs


def _check_class_sizes(codes: Rows, labels: list[Any], n_folds: int) -> None:
    counts = np.bincount(codes).tolist()
    few = [f"{label!r} ({n})" for label, n in zip(labels, counts, strict=True) if n < 2 * n_folds]
    if few:
        raise refusal(
            ValueError,
            f"Each class must have at least {2 * n_folds} rows for {n_folds} folds, but fewer are in "
            f"{', '.join(few[:5])}{f' and {len(few) - 5} more' if len(few) > 5 else ''}. Lower ",
            _FOLDS_ASKED,
            ", join these classes with others, or leave their rows out.",
        )


def _check_fold(number: int, train: Rows, test: Rows, codes: Rows, labels: list[Any], groups: Rows | None) -> None:
    """No fold may let a model see its test rows, or hide a class from it."""
    if shared := np.intersect1d(train, test).tolist():
        raise ValueError(
            f"Row {shared[0]} is among both the training and the test rows of fold {number} of cv, as are "
            f"{len(shared) - 1} others: no score of such a fold could be believed."
        )
    if groups is not None and len(shared := np.intersect1d(groups[train], groups[test])):
        raise ValueError(
            f"Fold {number} of cv has {len(shared)} groups on both sides; give folds that keep them together."
        )
    for part, name, needed in ((train, "training", range(len(labels))), (test, "test", [len(labels) - 1])):
        if lacking := sorted(set(needed) - set(codes[part].tolist())):
            raise refusal(
                ValueError,
                f"The {name} rows of fold {number} of cv have none of class {labels[lacking[0]]!r}. Use folds that are "
                "stratified, or fewer of them (",
                _FOLDS_ASKED,
                ").",
            )
