"""Nearest rows from a given number of leaves: for each query those whose means are nearest to it.

The means of boxes say where rows are; their sides say little where columns are many and independent: nearly all boxes
are then near. So a query goes to the `budget` leaves with the smallest ½‖m‖² − q·m, an inverted file (Sivic and
Zisserman 2003) whose cells are the leaves of our tree. All queries of a leaf travel together, and each leaf they go
to serves those that have chosen it, eight at a time, as in `fastbal._kernels.search`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastbal._kernels._jit import inner, kernel
from fastbal._kernels.batch import serve_queries, start_trials
from fastbal._kernels.heap import pop, push
from fastbal._kernels.vector import (
    GROUP,
    PANEL,
    advance,
    borrow,
    lowest_bit,
    pack,
    pointers,
    tile,
)

_INFINITY, _TINY = np.float32(np.inf), np.float32(1e-30)


class Means(NamedTuple):
    """The means of the leaves of a table, stored as the rows of panels are, in tree coordinates."""

    panels: NDArray[np.float32]  # (n_panels · n_columns · 32,)
    half: NDArray[np.float32]  # (n_panels · 32,) half their squared norms; inf for padding
    n_leaves: int
    some_panels: NDArray[np.float32]  # the same of a few leaves from all parts of the tree
    some_half: NDArray[np.float32]
    n_some: int


class Choice(NamedTuple):
    """Scratch memory of one thread for the choice of leaves."""

    keys: NDArray[np.float32]  # (8 · width,) scores of leaves that may be among the nearest to each of eight queries
    ids: NDArray[np.int64]  # (8 · width,) which leaves
    width: int  # at least n_leaves and n_some
    n_found: NDArray[np.int64]  # (8,) how many
    totals: NDArray[np.float32]  # (n_leaves,) the sum of how near a leaf is to those that have chosen it: < 0
    marks: NDArray[np.uint8]  # (n_leaves · n_groups,) who has chosen it: [leaf, group of eight queries], bit by lane
    n_groups: int
    origin: NDArray[np.float64]  # (n_columns,) what the queries are relative to
    none: NDArray[np.float32]  # (8,) zeros


@kernel
def average_leaves(tree, layout, panels, half, start, stop):
    """The mean of the rows of leaves start <= leaf < stop, and half its squared norm."""
    d, leaf_size = layout.d, layout.leaf_size
    for leaf in range(start, stop):
        node, n = tree.leaf_node[leaf], 0
        for position in range(leaf * leaf_size, (leaf + 1) * leaf_size):
            n += tree.rows[position] >= 0
        sqnorm = 0.0
        for c in range(d):
            total = 0.0
            for lane in range(n):
                total += tree.panels[leaf * leaf_size * d + (lane // PANEL) * PANEL * d + c * PANEL + lane % PANEL]
            mean = np.float32(tree.center[node, c] + total / n)
            panels[(leaf // PANEL) * PANEL * d + c * PANEL + leaf % PANEL] = mean
            sqnorm += np.float64(mean) * np.float64(mean)
        half[leaf] = np.float32(0.5 * sqnorm)


@kernel
def search_budget(layout, queries, data, means, self_search, budget, slot, lists, exact, space, choice, start, stop):
    """Fill the lists of the wanted rows in the query leaves start <= leaf < stop from `budget` leaves each.

    As `search_leaves`, whose arguments these are, but all those leaves at once: a leaf of the table, once it has come
    from memory, serves them all. means : Means of `data`. space : Workspace, choice : Choice for stop − start leaves.
    """
    queries, data, lists, means = pointers(queries), pointers(data), pointers(lists), pointers(means)
    space, choice, slot, exact = pointers(space), pointers(choice), pointers(slot), borrow(exact)
    n = _gather(queries, start, stop, layout, slot, space, choice)
    if n > 0:
        _choose(n, means, budget, layout, space, choice)
        _visit_chosen(n, layout, queries, data, self_search, means, slot, lists, exact, space, choice)


@inner
def _gather(tree, start, stop, layout, wanted, space, choice):
    """Take the rows of leaves that are wanted as queries, relative to the center of the first leaf; their number."""
    leaf_size, d, n, origin = layout.leaf_size, layout.d, 0, tree.leaf_node[start] * layout.d
    for c in range(d):
        choice.origin[c] = tree.center[origin + c]
    for leaf in range(start, stop):
        for c in range(d):
            space.shift[c] = np.float32(tree.center[tree.leaf_node[leaf] * d + c] - choice.origin[c])
        for lane in range(leaf_size):
            if wanted[leaf * leaf_size + lane] >= 0:
                space.members[n] = leaf * leaf_size + lane
                at = leaf * leaf_size * d + (lane // PANEL) * PANEL * d + lane % PANEL
                to = (n // GROUP) * GROUP * d + n % GROUP
                for c in range(d):
                    space.residuals[to + c * GROUP] = tree.panels[at + c * PANEL] + space.shift[c]
                n += 1
    for i in range(n, -(-n // GROUP) * GROUP):
        for c in range(d):
            space.residuals[(i // GROUP) * GROUP * d + i % GROUP + c * GROUP] = np.float32(0.0)
    for i in range(n):
        space.bound[i], space.errors[i] = _INFINITY, np.float32(0.0)
    start_trials(space)
    return n


@inner
def _choose(n, means, budget, layout, space, choice):
    """Mark the leaves that each query goes to, and add up how near they are."""
    d, n_groups = layout.d, choice.n_groups
    for leaf in range(means.n_leaves):
        choice.totals[leaf] = np.float32(0.0)
    for i in range(means.n_leaves * n_groups):
        choice.marks[i] = np.uint8(0)
    for c in range(d):
        space.shift[c] = np.float32(choice.origin[c])
    for first in range(0, n, GROUP):
        n_lanes = min(GROUP, n - first)
        pack(advance(space.residuals, first * d), space.shift, d, space.packed, space.squares)
        _guess(n_lanes, means, budget, d, space, choice)
        _collect(n_lanes, means, d, space, choice)
        for lane in range(n_lanes):
            if choice.n_found[lane] < budget:  # the guess was too low: once more, without a limit
                for other in range(GROUP):
                    space.limits[other] = -_INFINITY
                space.limits[lane] = _INFINITY
                choice.n_found[lane] = 0
                _collect(lane + 1, means, d, space, choice)
            _mark(lane, first // GROUP, budget, choice)


@inner
def _mark(lane, group, budget, choice):
    """Mark the `budget` leaves with the smallest of a query's scores."""
    keys, ids = advance(choice.keys, lane * choice.width), advance(choice.ids, lane * choice.width)
    low, high = _cut(keys, choice.n_found[lane], budget)
    n_equal = budget - _count_below(keys, choice.n_found[lane], low)
    for j in range(choice.n_found[lane]):
        if keys[j] < low or (keys[j] < high and n_equal > 0):
            n_equal -= keys[j] >= low
            choice.totals[ids[j]] += min(keys[j] - high, -_TINY)
            choice.marks[ids[j] * choice.n_groups + group] |= np.uint8(1 << lane)


@inner
def _cut(keys, n, wanted):
    """Two numbers: fewer than `wanted` of n keys are below the first, and it or more below the other; by bisection.

    They are the same if as many as wanted are below, and nothing lies between them otherwise.
    """
    low = high = keys[0]
    for j in range(n):
        low, high = min(low, keys[j]), max(high, keys[j])
    high = np.nextafter(high, _INFINITY)
    if n <= wanted:
        return high, high
    while True:
        middle = np.float32(0.5) * low + np.float32(0.5) * high
        if middle <= low or middle >= high:
            return low, high
        n_below = _count_below(keys, n, middle)
        if n_below == wanted:
            return middle, middle
        if n_below < wanted:
            low = middle
        else:
            high = middle


@inner
def _count_below(keys, n, limit):
    n_below = np.int32(0)
    for j in range(n):
        n_below += np.int32(keys[j] < limit)
    return n_below


@inner
def _guess(n_lanes, means, budget, d, space, choice):
    """Limits that more than `budget` scores of each query are probably below, from a sample of the leaves."""
    n_some = means.n_some
    expected = np.float64(budget) * n_some / means.n_leaves
    rank = np.int64(expected + 2.0 * np.sqrt(expected) + 2.0)
    for lane in range(GROUP):
        space.limits[lane] = _INFINITY if lane < n_lanes else -_INFINITY
        choice.n_found[lane] = 0
    if rank >= n_some:
        return
    for panel in range(-(-n_some // PANEL)):
        at, half = advance(means.some_panels, panel * PANEL * d), advance(means.some_half, panel * PANEL)
        tile(at, space.packed, d, half, 0, space.limits, choice.none, space.closed, space.sums, space.hits)
        for lane in range(n_lanes):
            for r in range(min(PANEL, n_some - panel * PANEL)):
                choice.keys[lane * choice.width + panel * PANEL + r] = space.sums[lane * PANEL + r]
    for lane in range(n_lanes):
        _, space.limits[lane] = _cut(advance(choice.keys, lane * choice.width), n_some, rank)


@inner
def _collect(n_lanes, means, d, space, choice):
    """The leaves whose scores are below the limits, appended to what is found for each query."""
    for panel in range(-(-means.n_leaves // PANEL)):
        at, half = advance(means.panels, panel * PANEL * d), advance(means.half, panel * PANEL)
        if tile(at, space.packed, d, half, 0, space.limits, choice.none, space.closed, space.sums, space.hits):
            for lane in range(n_lanes):
                word, end = space.hits[lane], lane * choice.width + choice.n_found[lane]
                while word != 0:
                    bit = lowest_bit(word)
                    word &= word - np.uint32(1)
                    choice.keys[end], choice.ids[end] = space.sums[lane * PANEL + bit], panel * PANEL + bit
                    end += 1
                choice.n_found[lane] = end - lane * choice.width


@inner
def _visit_chosen(n, layout, queries, data, self_search, means, slot, lists, exact, space, choice):
    """Serve the queries by the leaves they have chosen, the nearest to most first: they keep others off the lists."""
    bounds, leaves, near, size = space.heap_bounds, space.heap_nodes, space.near, 0
    for leaf in range(means.n_leaves):
        if choice.totals[leaf] < np.float32(0.0):
            push(bounds, leaves, size, choice.totals[leaf], np.int64(leaf))
            size += 1
    while size > 0:
        leaf = leaves[0]
        pop(bounds, leaves, size)
        size -= 1
        n_near = 0
        for group in range(-(-n // GROUP)):
            word = choice.marks[leaf * choice.n_groups + group]
            if word != 0:
                for lane in range(GROUP):
                    near[n_near] = group * GROUP + lane
                    n_near += (word >> lane) & 1
        together = n_near == n
        node = data.leaf_node[leaf]
        for c in range(layout.d):
            space.shift[c] = np.float32(choice.origin[c] - data.center[node * layout.d + c])
        # As if at home: a row may meet itself in any leaf.
        serve_queries(
            n_near, together, queries, slot, data, leaf, self_search, False, False, space.closed, layout, lists, exact,
            space,
        )  # fmt: skip
