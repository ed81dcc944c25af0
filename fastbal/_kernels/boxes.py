"""How near the rows of a box can be, to another box and to single queries; rounded so that it is a lower bound.

Trees and workspaces come as tuples of pointers.
"""

from __future__ import annotations

import numpy as np

from fastbal._kernels._jit import inner
from fastbal._kernels.vector import GROUP

_UNIT = np.float32(2.0**-24)
_TINY = np.float32(1e-35)  # covers the rounding of squares that have few digits, near the smallest


@inner
def box_sqdist(tree_a, a, tree_b, b, layout):
    """Lower bound of the squared distance between node a and node b, from their first `n_box` columns."""
    total = np.float32(0.0)
    for c in range(layout.n_box):
        i, j = a * layout.d + c, b * layout.d + c
        shift = np.float32(tree_a.center[i] - tree_b.center[j])
        slack = np.float32(4.0) * _UNIT * (abs(shift) + tree_a.high[i] - tree_a.low[i])
        gap = max(shift + tree_a.low[i] - tree_b.high[j], tree_b.low[j] - shift - tree_a.high[i])
        gap = max(np.float32(0.0), gap - slack)
        total += gap * gap
    total = max(np.float32(0.0), total * (np.float32(1.0) - np.float32(4.0 * layout.n_box) * _UNIT) - _TINY)
    distance = np.float64(np.sqrt(total))
    distance = max(0.0, distance - (tree_a.noise[a] + tree_b.noise[b]))
    return np.float32(distance * distance * 0.9999995)


@inner
def shift_to(tree_a, a, tree_b, b, d, shift):
    """shift = center of node a − center of node b; how far rounding can move a bound of a query in a."""
    reach = 0.0
    for c in range(d):
        i, j = a * d + c, b * d + c
        difference = tree_a.center[i] - tree_b.center[j]
        shift[c] = np.float32(difference)
        width = abs(difference) + tree_a.high[i] - tree_a.low[i]
        reach += width * width
    noise = tree_a.noise[a] + tree_b.noise[b]
    return np.float32((noise + 8.0 * np.float64(_UNIT) * np.sqrt(reach)) * 1.000001)


@inner
def mark_near(space, n, tree, node, slack, layout):
    """The queries whose own point-to-box bound is still below their limit, if they look for anything; their number."""
    leads, outside, near, n_columns = space.leads, space.outside, space.near, layout.n_box
    stride = -(-n // GROUP) * GROUP
    shrink = np.float32(1.0) - np.float32(4.0 * n_columns + 8.0) * _UNIT
    for i in range(stride):
        outside[i] = np.float32(0.0)
    for c in range(n_columns):
        base, move = c * stride, space.shift[c]
        bottom, top = tree.low[node * layout.d + c], tree.high[node * layout.d + c]
        for i in range(stride):
            value = leads[base + i] + move
            gap = max(max(bottom - value, value - top), np.float32(0.0))
            outside[i] += gap * gap
    for i in range(stride):
        reach = np.sqrt(max(space.bound[i], np.float32(0.0))) + slack
        spare = reach * reach - outside[i] * shrink + _TINY
        outside[i] = spare if space.bound[i] >= np.float32(0.0) else np.float32(-1.0)
    n_near = 0
    for i in range(n):
        near[n_near] = i
        n_near += outside[i] >= np.float32(0.0)
    return n_near
