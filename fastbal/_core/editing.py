"""Which rows stand among rows of other classes: Tomek links, and votes of the neighbours."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from fastbal._core.recipe import Rows
from fastbal._core.segments import Nearest
from fastbal._core.target import Target


def rows_of_classes(target: Target, codes: Iterable[int]) -> NDArray[np.bool_]:
    """Mask of the rows of some classes."""
    is_wanted = np.zeros(len(target.classes), np.bool_)
    is_wanted[list(codes)] = True
    mask: NDArray[np.bool_] = is_wanted[target.codes]
    return mask


def class_by_class(target: Target, rows: Rows) -> Rows:
    """Rows ordered by class, and within a class as they are."""
    return rows[np.argsort(target.codes[rows], kind="stable")]


def tomek_links(target: Target, targeted: Iterable[int], nearest: Nearest) -> NDArray[np.bool_]:
    """Mask of the rows of the targeted classes that are in a Tomek link (Tomek 1976).

    Two rows of different classes are linked if each is the nearest row of the other. So one of them is outside the
    largest class, and one is in a targeted class: only the fewer of these rows need to be searched for, and what they
    hit.

    Parameters
    ----------
    target : Target
        The class of each row.
    targeted : iterable of int
        Codes of the classes to clean.
    nearest : callable
        Row numbers to row numbers of their nearest row, of shape (n, 1).
    """
    codes = target.codes
    is_targeted = rows_of_classes(target, targeted)
    is_outside = codes != target.counts.argmax()
    rows = np.flatnonzero(is_outside if np.count_nonzero(is_outside) <= np.count_nonzero(is_targeted) else is_targeted)
    found = np.full(len(codes), -1, np.int64)
    found[rows] = nearest(rows)[:, 0]
    hits = found[rows]
    is_hit = np.zeros(len(codes), np.bool_)
    is_hit[hits[(codes[hits] != codes[rows]) & (is_targeted[hits] | is_targeted[rows])]] = True
    unknown = np.flatnonzero(is_hit & (found < 0))
    if len(unknown):
        found[unknown] = nearest(unknown)[:, 0]
    rows = np.flatnonzero((found >= 0) & is_targeted)
    hits = found[rows]
    is_linked = np.zeros(len(codes), np.bool_)
    is_linked[rows[(codes[hits] != codes[rows]) & (found[hits] == rows)]] = True
    return is_linked


def agree(labels: NDArray[np.integer], classes: NDArray[np.integer], kind: str) -> NDArray[np.bool_]:
    """Whether the neighbours of each row are of its class: all of them ("all") or most ("mode").

    Examples
    --------
    >>> labels, classes = np.array([[0, 0, 1], [0, 0, 0]]), np.array([0, 0])
    >>> agree(labels, classes, "all"), agree(labels, classes, "mode")
    (array([False,  True]), array([ True,  True]))
    """
    if kind == "mode":
        labels = most_common(labels)[:, None]
    result: NDArray[np.bool_] = (labels == classes[:, None]).all(axis=1)
    return result


def most_common(labels: NDArray[np.integer]) -> NDArray[np.integer]:
    """The most frequent code in each row, the smallest among equally frequent ones.

    Examples
    --------
    >>> most_common(np.array([[2, 1, 2], [2, 1, 0]]))
    array([2, 0])
    """
    best = labels[:, 0].copy()
    best_votes = np.zeros(len(labels), np.int64)
    for column in labels.T:
        votes = (labels == column[:, None]).sum(axis=1)
        is_better = (votes > best_votes) | (votes == best_votes) & (column < best)
        best[is_better], best_votes[is_better] = column[is_better], votes[is_better]
    return best
