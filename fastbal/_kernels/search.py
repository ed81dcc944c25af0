"""k nearest neighbours, leaf against leaf: float32 finds the candidates, float64 decides.

For a query q and a row x, both relative to the center of x's leaf, the tile kernel computes

    l = s·(‖x‖² + ‖q‖²) − 2 x·q − ε,       s = 1 − 6 (d + 20) u,  u = 2⁻²⁴,

a *lower bound* of the squared distance of the original rows: rounding the coordinates to float32, adding up d
products and the float64 rotation together err by less than the rest. (Sum of d products: (d + 16) u (‖x‖ + ‖q‖)²,
Higham 2002, section 3.1. Rounded coordinates move the distance by η = u (‖x‖ + 2‖q‖) + ε', hence its square by
2η (‖x‖ + ‖q‖) + η²; and (a + b)² <= 2a² + 2b².) Because the error splits into a part of x and a part of q, it
costs nothing: `half` holds ½ (s·‖x‖² − ε) and the offset of a query ½ (s·‖q‖² − ε).
The same sum over the leading columns alone is a lower bound as well, and often already too large.

filter: the `k` smallest lower bounds are kept. Whatever was dropped has a lower bound, hence a distance, of at least
        the last one kept; `rank_candidates` measures the candidates and so knows whether a neighbour can be missing.
verify: every row whose lower bound does not exceed a known distance is measured in float64 at once; who has found k
        rows that are near enough for a decision looks no further.
"""

from __future__ import annotations

import numpy as np

from fastbal._kernels._jit import exact_kernel, inner, kernel
from fastbal._kernels.batch import gather_queries, serve_queries, start_trials
from fastbal._kernels.boxes import box_sqdist, mark_near, shift_to
from fastbal._kernels.distances import sqdist
from fastbal._kernels.heap import pop, push
from fastbal._kernels.lists import insert
from fastbal._kernels.room import room
from fastbal._kernels.vector import GROUP, borrow, pointers

_TWO = np.float32(2.0)
_INFINITY = np.float32(np.inf)


@kernel
def search_leaves(layout, queries, data, self_search, slot, radius, lists, exact, work, space, start, stop):
    """Fill the sorted lists of the wanted rows in the query leaves start <= leaf < stop.

    layout : Layout; queries, data : Tree; the same Tree for a `self_search`: no row finds itself.
    slot (n_positions of queries,) int64: the list of a query, −1 where not wanted.
    radius (n_lists,) float32: squared distance beyond which nothing is of interest.
    lists : Lists, out, or exact : Exact, out. work (n_query_leaves,) int64 out: pairs of rows looked at.
    space : Workspace of this thread.
    """
    queries, data, lists, space = pointers(queries), pointers(data), pointers(lists), pointers(space)
    slot, radius, exact = pointers(slot), pointers(radius), borrow(exact)
    for leaf in range(start, stop):
        n = gather_queries(queries, leaf, layout, slot, space)
        if n:
            _start_queries(n, slot, radius, layout, space)
            work[leaf] = _search_leaf(layout, queries, leaf, data, self_search, n, slot, lists, exact, space)


@kernel
def search_homes(layout, tree, slot, radius, lists, exact, space, start, stop):
    """As `search_leaves` for a self search, among the rows of each query's own leaf alone."""
    tree, lists, space = pointers(tree), pointers(lists), pointers(space)
    slot, radius, exact = pointers(slot), pointers(radius), borrow(exact)
    for leaf in range(start, stop):
        n = gather_queries(tree, leaf, layout, slot, space)
        if n:
            _start_queries(n, slot, radius, layout, space)
            home = tree.leaf_node[leaf]
            _visit(layout, tree, home, tree, home, True, n, slot, lists, exact, space)


@inner
def _start_queries(n, slot, radius, layout, space):
    """Limits of the queries, and their leading columns as `mark_near` reads them."""
    d, stride = layout.d, -(-n // GROUP) * GROUP
    start_trials(space)
    for i in range(stride):
        space.bound[i] = radius[slot[space.members[i]]] if i < n else -_INFINITY
        for c in range(layout.n_box):
            space.leads[c * stride + i] = space.residuals[(i // GROUP) * GROUP * d + c * GROUP + i % GROUP]


@inner
def _search_leaf(layout, queries, leaf, data, self_search, n, slot, lists, exact, space):
    """Serve the queries of a leaf by walking the tree, nearest boxes first; the pairs of rows looked at.

    Numba compiles what is called once more for each True, False or number that stands in the call; so none does.
    """
    bounds, nodes, home = space.heap_bounds, space.heap_nodes, queries.leaf_node[leaf]
    own_node = home if self_search else np.int64(-1)
    looked_at = 0
    if self_search:  # the rows around a query first: they give the limit that keeps the others out
        looked_at = _visit(layout, queries, home, data, home, own_node == home, n, slot, lists, exact, space)
    worst = _farthest(n, space)
    bounds[0], nodes[0] = np.float32(0.0), np.int64(0)
    size = np.int64(1)
    while size > 0 and bounds[0] <= worst:
        node = nodes[0]
        pop(bounds, nodes, size)
        size -= 1
        if data.n_leaves[node] > 1:
            child = node + 1
            for _ in range(2):
                below = box_sqdist(queries, home, data, child, layout)
                if below <= worst:
                    push(bounds, nodes, size, below, child)
                    size += 1
                child = node + 2 * ((data.n_leaves[node] + 1) // 2)
        elif node != own_node:
            looked_at += _visit(layout, queries, home, data, node, node == own_node, n, slot, lists, exact, space)
            worst = _farthest(n, space)
    return looked_at


@inner
def _visit(layout, queries, home, data, node, at_home, n, slot, lists, exact, space):
    """Serve the queries that a leaf of the table can serve; the pairs of rows looked at."""
    slack = shift_to(queries, home, data, node, layout.d, space.shift)
    n_near = n if at_home else mark_near(space, n, data, node, slack, layout)
    together = n_near * 4 >= n * 3
    if together:
        n_near = n
        for i in range(n):
            space.near[i] = i
    leaf = data.first_leaf[node]
    serve_queries(
        n_near, together, queries, slot, data, leaf, at_home, False, True, space.closed, layout, lists, exact, space
    )  # fmt: skip
    return n_near * layout.leaf_size


@inner
def _farthest(n, space):
    worst = -_INFINITY
    for i in range(n):
        worst = max(worst, space.bound[i])
    return worst


@kernel
def search_pairs(layout, tree, slot, ceilings, lists, exact, space, blocks, start, stop):
    """Fill the lists of *all* rows, each pair of leaves once: what is computed for (q, x) serves (x, q) as well.

    Half the work of `search_leaves` where boxes prune nothing. blocks (n, 4) int64: leaves a0 <= a < a1 against
    b0 <= b < b1, a < b; or one leaf against itself. Blocks that run at the same time must not share leaves.
    slot (n_positions,) int64: each position itself, −1 for padding. lists : Lists, out, by position.
    ceilings (n_positions,) float32: half the squared distance below which a row is of interest, kept up to date.
    """
    tree, lists, space = pointers(tree), pointers(lists), pointers(space)
    slot, ceilings, exact = pointers(slot), pointers(ceilings), borrow(exact)
    start_trials(space)
    for i in range(layout.leaf_size):
        space.near[i] = i
    for block in range(start, stop):
        for a in range(blocks[block, 0], blocks[block, 1]):
            n = gather_queries(tree, a, layout, slot, space)
            is_home = blocks[block, 3] == blocks[block, 0] + 1  # of a larger span, the leaves have been at home before
            for b in range(max(a if is_home else a + 1, blocks[block, 2]), blocks[block, 3]):
                _meet(layout, tree, a, n, b, slot, ceilings, lists, exact, space)


@inner
def _meet(layout, tree, a, n, b, slot, ceilings, lists, exact, space):
    """Serve the rows of leaf a, all of them queries, with those of leaf b, and the other way round."""
    node_a, node_b = tree.leaf_node[a], tree.leaf_node[b]
    for i in range(n):
        space.bound[i] = _TWO * ceilings[space.members[i]]
    worst = _farthest(n, space)
    for position in range(b * layout.leaf_size, (b + 1) * layout.leaf_size):
        worst = max(worst, _TWO * ceilings[position])
    if a == b or box_sqdist(tree, node_a, tree, node_b, layout) <= worst:
        shift_to(tree, node_a, tree, node_b, layout.d, space.shift)
        # Within a leaf both orders are computed anyway.
        serve_queries(
            n, True, tree, slot, tree, b, a == b, True, True, ceilings, layout, lists, exact, space
        )  # fmt: skip


@exact_kernel
def rank_candidates(X, Y, data_rows, query_rows, keys, candidates, sqscale, neighbors, sqdists, proven, start, stop):
    """True distances of the candidates of the lists start <= list < stop, the k smallest first; is that all?

    neighbors, sqdists (n_lists, k) out: by (distance, row number). proven (n_lists,) bool out: no row outside the
    candidates can be nearer than the k-th, because the largest lower bound kept exceeds its distance.
    """
    n_candidates = candidates.shape[1]
    k = neighbors.shape[1]
    X, Y, neighbors, sqdists = borrow(X), borrow(Y), borrow(neighbors), borrow(sqdists)
    rows = room(n_candidates, np.int64)
    measured = room(n_candidates, np.float64)
    for i in range(start, stop):
        n_found = 0
        while n_found < n_candidates and candidates[i, n_found] >= 0:
            rows[n_found] = data_rows[candidates[i, n_found]]
            n_found += 1
        for j in range(n_found):  # apart from sorting, so that waits for memory overlap
            measured[j] = sqdist(X, rows[j], Y, query_rows[i])
        for j in range(k):
            neighbors[i, j] = -1
            sqdists[i, j] = np.inf
        for j in range(n_found):
            insert(sqdists, neighbors, i, measured[j], rows[j])
        full = n_found == n_candidates
        proven[i] = not full or sqdists[i, k - 1] * sqscale * 1.000000001 < keys[i, n_candidates - 1]
