"""Label sets as classes, how rows are shared out among them, and on which labels rows agree."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from fastbal._core.recipe import Rows
from fastbal._core.target import Target


def encode_label_sets(Y: Any) -> Target:
    """The label set of each row as its class; the classes are numbered in the order in which they first occur.

    Parameters
    ----------
    Y : CSR array of shape (n_rows, n_labels)
        Columns ascending.

    Examples
    --------
    >>> target = encode_label_sets(sparse.csr_array([[1, 1], [0, 0], [1, 1], [0, 1]]))
    >>> target.codes.tolist(), target.counts.tolist()
    ([0, 1, 0, 2], [2, 1, 1])
    """
    code_of: dict[bytes, int] = {}
    n_rows = Y.shape[0]
    # As bytes: exact, whatever the number of labels.
    sets = (Y.indices[Y.indptr[i] : Y.indptr[i + 1]].tobytes() for i in range(n_rows))
    codes = np.fromiter((code_of.setdefault(one, len(code_of)) for one in sets), np.int64, n_rows)
    return Target(np.arange(len(code_of)), codes, np.bincount(codes, minlength=len(code_of)))


def share_out(total: int, room: NDArray[np.int64]) -> NDArray[np.int64]:
    """Share out a number evenly, to nobody more than there is room; what one cannot take, the others get.

    What is left of an even division goes to the first, one each.

    Examples
    --------
    >>> share_out(10, np.array([1, 9, 9])).tolist(), share_out(5, np.array([9, 9])).tolist()
    ([1, 5, 4], [3, 2])
    """
    given = np.zeros_like(room)
    total = min(total, int(room.sum()))
    while total:
        takers = np.flatnonzero(given < room)
        if total < len(takers):
            takers, each = takers[:total], 1
        else:
            each = total // len(takers)
        taken = np.minimum(each, room[takers] - given[takers])
        given[takers] += taken
        total -= int(taken.sum())
    return given


def agreed_labels(Y: Any, voters: Rows, rule: str) -> Any:
    """Labels of new rows, each from the label sets of a few rows.

    Parameters
    ----------
    Y : CSR array of shape (n_rows, n_labels)
        1 where a row has a label.
    voters : ndarray of shape (m, k + 1), int64
        Row numbers; −1 for none.
    rule : {"ranking", "union", "intersection"}
        A label needs more than half of the voters, one, or all.

    Returns
    -------
    CSR array of shape (m, n_labels), int32

    Examples
    --------
    >>> Y = sparse.csr_array([[1, 1, 0], [1, 0, 0], [1, 1, 1]])
    >>> agreed_labels(Y, np.array([[0, 1, 2]]), "ranking").toarray()
    array([[1, 1, 0]], dtype=int32)
    """
    place, _ = np.nonzero(voters >= 0)
    n_voters = np.count_nonzero(voters >= 0, axis=1)
    ones = np.ones(len(place), np.int32)
    choice = sparse.csr_array(
        (ones, voters[voters >= 0], np.concatenate([[0], np.cumsum(n_voters)])), shape=(len(voters), Y.shape[0])
    )
    votes = sparse.csr_array(choice @ Y)
    n = np.repeat(n_voters, np.diff(votes.indptr))
    wins = {"ranking": 2 * votes.data > n, "union": votes.data > 0, "intersection": votes.data == n}[rule]
    votes.data = wins.astype(np.int32)
    votes.eliminate_zeros()
    votes.sort_indices()
    return votes
