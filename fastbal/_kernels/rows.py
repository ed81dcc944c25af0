"""Points on the segment between a row and one of its neighbours.

``new = X[base] + step * (X[neighbor] - X[base])``: the difference in the dtype of X, product and sum in float64, no
fused multiply-add; so the values are those of imbalanced-learn, bit for bit.
"""

from __future__ import annotations

import numpy as np

from fastbal._kernels._jit import exact_kernel
from fastbal._kernels.prefetch import AHEAD, prefetch_row


@exact_kernel
def between(start, end, step):
    """``start + step * (end - start)``; weighted sum instead where the difference leaves the range of the dtype.

    Where start or end is NaN, the nearer of the two as it is: present as often as it is in the parents, and never in
    between a number and nothing.
    """
    difference = end - start
    if difference != difference:
        return np.float64(start) if step < 0.5 else np.float64(end)
    if abs(difference) == np.inf:
        return np.float64(start) * (1.0 - step) + np.float64(end) * step
    return np.float64(start) + step * np.float64(difference)


@exact_kernel
def interpolate(X, base, neighbor, step, out):
    """``out[i] = X[base[i]] + step[i] * (X[neighbor[i]] - X[base[i]])``; a row whose neighbour is itself is copied.

    X (n, d) and out (m, d): float32 or float64, C-contiguous. base, neighbor (m,): int64. step (m,): float64.
    Cost: m * d, one pass without branches; rows in which a value is not finite, a second one with care, see `between`.
    """
    n_columns, last = X.shape[1], len(base) - 1
    for i in range(len(base)):
        soon = min(i + AHEAD, last)
        prefetch_row(X, base[soon])
        prefetch_row(X, neighbor[soon])
        # Read once, and rows by number: LLVM cannot know that `out` is neither `step` nor a row (twice the speed).
        start, end, s = base[i], neighbor[i], step[i]
        if start == end:
            for j in range(n_columns):
                out[i, j] = X[start, j]
            continue
        for j in range(n_columns):
            out[i, j] = np.float64(X[start, j]) + s * np.float64(X[end, j] - X[start, j])
        is_finite = True
        for j in range(n_columns):
            is_finite &= abs(out[i, j]) < np.inf
        if not is_finite:
            for j in range(n_columns):
                out[i, j] = between(X[start, j], X[end, j], s)


@exact_kernel
def interpolate_column(x, base, neighbor, step, out):
    """As `interpolate`, bit for bit, where x (n,) and out (m,) are a single column. Cost: m, two passes."""
    for i in range(len(base)):
        start, end = x[base[i]], x[neighbor[i]]
        new = x.dtype.type(np.float64(start) + step[i] * np.float64(end - start))
        out[i] = start if base[i] == neighbor[i] else new  # a step of nothing would make 0 of −0
    for i in range(len(base)):
        if not abs(out[i]) < np.inf:
            out[i] = between(x[base[i]], x[neighbor[i]], step[i])


@exact_kernel
def count_csr(indptr, indices, data, base, neighbor, step, counts):
    """``counts[i]``: non-zero entries of new row i; arguments as in `interpolate_csr`."""
    for i in range(len(base)):
        a, a_end = indptr[base[i]], indptr[base[i] + 1]
        b, b_end = indptr[neighbor[i]], indptr[neighbor[i] + 1]
        zero = data.dtype.type(0)
        count = 0
        while a < a_end or b < b_end:
            start, end = zero, zero
            in_a = a < a_end and (b >= b_end or indices[a] <= indices[b])
            in_b = b < b_end and (a >= a_end or indices[b] <= indices[a])
            if in_a:
                start = data[a]
                a += 1
            if in_b:
                end = data[b]
                b += 1
            if data.dtype.type(between(start, end, step[i])) != zero:
                count += 1
        counts[i] = count


@exact_kernel
def interpolate_csr(indptr, indices, data, base, neighbor, step, places, out_indices, out_data):
    """As `interpolate`, on a CSR matrix with sorted columns: the union of both rows' entries, zeros left out.

    places (m,): where each new row starts in out_indices and out_data. Cost: entries of both rows.
    """
    for i in range(len(base)):
        a, a_end = indptr[base[i]], indptr[base[i] + 1]
        b, b_end = indptr[neighbor[i]], indptr[neighbor[i] + 1]
        zero = data.dtype.type(0)
        place = places[i]
        while a < a_end or b < b_end:
            start, end = zero, zero
            in_a = a < a_end and (b >= b_end or indices[a] <= indices[b])
            in_b = b < b_end and (a >= a_end or indices[b] <= indices[a])
            column = indices[a] if in_a else indices[b]
            if in_a:
                start = data[a]
                a += 1
            if in_b:
                end = data[b]
                b += 1
            value = data.dtype.type(between(start, end, step[i]))
            if value != zero:
                out_indices[place] = column
                out_data[place] = value
                place += 1


@exact_kernel
def copy_csr(indptr, indices, data, rows, places, out_indices, out_data):
    """Rows of a CSR matrix, each copied to its place in out_indices and out_data."""
    for i in range(len(rows)):
        start = indptr[rows[i]]
        for entry in range(indptr[rows[i] + 1] - start):
            out_indices[places[i] + entry] = indices[start + entry]
            out_data[places[i] + entry] = data[start + entry]
