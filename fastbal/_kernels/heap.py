"""A binary heap of tree nodes, the smallest bound on top."""

from __future__ import annotations

from fastbal._kernels._jit import inner


@inner
def push(bounds, nodes, size, bound, node):
    """Push onto a heap of `size` entries."""
    i = size
    while i > 0:
        parent = (i - 1) >> 1
        if bounds[parent] <= bound:
            break
        bounds[i], nodes[i] = bounds[parent], nodes[parent]
        i = parent
    bounds[i], nodes[i] = bound, node


@inner
def pop(bounds, nodes, size):
    """Remove the top of a heap of `size` entries."""
    bound, node = bounds[size - 1], nodes[size - 1]
    i = 0
    while True:
        child = 2 * i + 1
        if child >= size - 1:
            break
        if child + 1 < size - 1 and bounds[child + 1] < bounds[child]:
            child += 1
        if bounds[child] >= bound:
            break
        bounds[i], nodes[i] = bounds[child], nodes[child]
        i = child
    bounds[i], nodes[i] = bound, node
