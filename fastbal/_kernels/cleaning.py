"""Neighbours among the rows that are left."""

from __future__ import annotations

from fastbal._kernels._jit import exact_kernel


@exact_kernel
def first_left(lists, rows, is_left, out, is_complete, start, stop):
    """out[i] = the first k of lists[rows[i]] that are left, for start <= i < stop; is_complete[i] = there are k.

    lists (n, length) int32, −1 behind the end of a list; rows (m,) int64; is_left (n,) bool; out (m, k) int64 out;
    is_complete (m,) bool out. Cost: a list.
    """
    length, k = lists.shape[1], out.shape[1]
    for i in range(start, stop):
        row = rows[i]
        found = 0
        for j in range(length):
            other = lists[row, j]
            if other < 0:
                break
            if is_left[other]:
                out[i, found] = other
                found += 1
                if found == k:
                    break
        is_complete[i] = found == k
