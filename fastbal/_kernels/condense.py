"""Which rows of a class the rows kept so far do not classify as theirs."""

from __future__ import annotations

from fastbal._kernels._jit import exact_kernel
from fastbal._kernels.distances import sqdist


@exact_kernel
def condense(X, rival_sqdist, rival_row, rows, votes, is_kept, kept, n_kept):
    """Add to `kept` each row, in turn, that fewer than `votes` kept rows are nearer to than its rival; their number.

    Hart (1968), one pass. X (n, d) float32 or float64: the class; rival_sqdist, rival_row (n,): distance and row number
    of the rival, a row of another class; rows (n,) int64, ascending: row numbers of the class, which decide ties;
    is_kept (n,) bool, in and out; kept (n,) int64, in and out: positions, in the order in which they were kept, the
    first `n_kept` of them given. Cost: at most n · n_kept distances; a row that has its votes costs a few, as the last
    row to give a vote is asked first.
    """
    favourite = 0
    for i in range(len(X)):
        if is_kept[i]:
            continue
        limit, rival = rival_sqdist[i], rival_row[i]
        found = 0
        if n_kept > 0:
            first = favourite
            j = kept[first]
            distance = sqdist(X, i, X, j)
            if distance < limit or (distance == limit and rows[j] < rival):
                found = 1
            place = n_kept - 1
            while place >= 0 and found < votes:
                if place != first:
                    j = kept[place]
                    distance = sqdist(X, i, X, j)
                    if distance < limit or (distance == limit and rows[j] < rival):
                        found += 1
                        favourite = place
                place -= 1
        if found < votes:
            kept[n_kept] = i
            is_kept[i] = True
            favourite = n_kept
            n_kept += 1
    return n_kept
