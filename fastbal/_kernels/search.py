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
verify: every row whose lower bound does not exceed the known k-th distance is measured in float64 at once.
"""

from __future__ import annotations

import numpy as np

from fastbal._kernels._jit import exact_kernel, inner, kernel
from fastbal._kernels.distances import sqdist
from fastbal._kernels.lists import insert
from fastbal._kernels.vector import (
    GROUP,
    LIST_BLOCK,
    PANEL,
    add_rest,
    address_of,
    borrow,
    insert_candidate,
    lowest_bit,
    pack,
    tile,
)

_UNIT = np.float32(2.0**-24)
_HALF, _TWO = np.float32(0.5), np.float32(2.0)
_WIDEN = np.float32(1.0 + 2.0**-20)  # covers the rounding of a limit
_INFINITY = np.float32(np.inf)


@inner
def _box_sqdist(center_a, low_a, high_a, a, center_b, low_b, high_b, b, n_columns, noise):
    """Lower bound of the squared distance between box a and box b, from their first `n_columns` columns."""
    total = np.float32(0.0)
    for c in range(n_columns):
        shift = np.float32(center_a[a, c] - center_b[b, c])
        slack = np.float32(4.0) * _UNIT * (abs(shift) + high_a[a, c] - low_a[a, c])
        gap = max(shift + low_a[a, c] - high_b[b, c], low_b[b, c] - shift - high_a[a, c])
        gap = max(np.float32(0.0), gap - slack)
        total += gap * gap
    distance = np.float64(np.sqrt(total * (np.float32(1.0) - np.float32(4.0 * n_columns) * _UNIT)))
    distance = max(0.0, distance - noise)
    return np.float32(distance * distance * 0.9999995)


@inner
def _push(bounds, nodes, size, bound, node):
    """Push onto a binary heap with the smallest bound on top."""
    i = size
    while i > 0:
        parent = (i - 1) >> 1
        if bounds[parent] <= bound:
            break
        bounds[i], nodes[i] = bounds[parent], nodes[parent]
        i = parent
    bounds[i], nodes[i] = bound, node


@inner
def _pop(bounds, nodes, size):
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


@inner
def _gather_queries(panels, leaf, leaf_size, d, slot, members, residuals):
    """Residuals of a leaf's wanted rows, in groups of eight: residuals[group, column, lane]; their number."""
    n = 0
    for position in range(leaf * leaf_size, (leaf + 1) * leaf_size):
        if slot[position] >= 0:
            members[n] = position
            n += 1
    for i in range(-(-n // GROUP) * GROUP):
        lane = members[min(i, n - 1)] - leaf * leaf_size
        at = leaf * leaf_size * d + (lane // PANEL) * PANEL * d + lane % PANEL
        to = (i // GROUP) * GROUP * d + i % GROUP
        for c in range(d):
            residuals[to + c * GROUP] = panels[at + c * PANEL]
    return n


@inner
def _query_errors(noise, shrink, residuals, n, d, errors):
    """ε of each query: rounding its residual, and the rotation; see the head of this file."""
    for i in range(n):
        at = (i // GROUP) * GROUP * d + i % GROUP
        sqnorm = 0.0
        for c in range(d):
            sqnorm += np.float64(residuals[at + c * GROUP]) ** 2
        error = noise + 2.0 * np.float64(_UNIT) * np.sqrt(sqnorm)
        errors[i] = np.float32(10.0 * error * error / (1.0 - shrink) * 1.000001)


@inner
def _shift_to(center_a, low_a, high_a, a, center_b, b, d, noise, shift):
    """shift = center of leaf a − center of leaf b; how far rounding can move a bound of a query in a."""
    reach = 0.0
    for c in range(d):
        difference = center_a[a, c] - center_b[b, c]
        shift[c] = np.float32(difference)
        width = abs(difference) + high_a[a, c] - low_a[a, c]
        reach += width * width
    return np.float32((noise + 8.0 * np.float64(_UNIT) * np.sqrt(reach)) * 1.000001)


@inner
def _mark_alive(leads, stride, shift, low, high, node, bound, n, n_columns, slack, outside, alive):
    """The queries whose own point-to-box bound is still below their limit; their number."""
    shrink = np.float32(1.0) - np.float32(4.0 * n_columns + 8.0) * _UNIT
    for i in range(stride):
        outside[i] = np.float32(0.0)
    for c in range(n_columns):
        base, move, bottom, top = c * stride, shift[c], low[node, c], high[node, c]
        for i in range(stride):
            value = leads[base + i] + move
            gap = max(max(bottom - value, value - top), np.float32(0.0))
            outside[i] += gap * gap
    for i in range(stride):
        reach = np.sqrt(max(bound[i], np.float32(0.0))) + slack
        outside[i] = reach * reach - outside[i] * shrink
    n_alive = 0
    for i in range(n):
        alive[n_alive] = i
        n_alive += outside[i] >= np.float32(0.0)
    return n_alive


@inner
def _pack_spread(residuals, shift, d, n_lead, alive, first, n_alive, packed, squares):
    """As `pack`, for eight queries that do not stand side by side."""
    for lane in range(GROUP):
        i = alive[min(first + lane, n_alive - 1)]
        at = (i // GROUP) * GROUP * d + i % GROUP
        lead = rest = np.float32(0.0)
        for c in range(n_lead):
            value = residuals[at + c * GROUP] + shift[c]
            lead += value * value
            packed[c * GROUP + lane] = -value
        for c in range(n_lead, d):
            value = residuals[at + c * GROUP] + shift[c]
            rest += value * value
            packed[c * GROUP + lane] = -value
        squares[lane], squares[GROUP + lane] = lead, rest


@inner
def _set_limits(squares, errors, bound, alive, first, n_alive, shrink, offsets, limits):
    """Limits of eight queries for the leading columns, [:8], and for all columns, [8:]."""
    for lane in range(GROUP):
        limits[lane] = limits[GROUP + lane] = -_INFINITY
        if first + lane < n_alive:
            i = alive[first + lane]
            offsets[lane] = _HALF * (squares[lane] * np.float32(shrink) - errors[i])
            offsets[GROUP + lane] = offsets[lane] + _HALF * squares[GROUP + lane] * np.float32(shrink)
            limits[lane] = _HALF * bound[i] * _WIDEN - offsets[lane]
            limits[GROUP + lane] = _HALF * bound[i] * _WIDEN - offsets[GROUP + lane]


@inner
def _any_below(
    panel, half, half_lead, half_rest, d, n_lead, packed, limits, offsets, ceilings, calls, misses, sums, hits
):
    """Run the tile on one panel, first on the leading columns where that often settles it; all by address.

    Returns 0: nothing below, settled by the leading columns; 1: nothing below; 2: `sums` and `hits` are filled.
    """
    later = GROUP * 4
    if n_lead == d or (calls >= 64 and 2 * misses < calls):
        return 1 + tile(panel, packed, d, half, 0, limits + later, offsets + later, ceilings, sums, hits)
    if tile(panel, packed, n_lead, half_lead, 0, limits, offsets, ceilings, sums, hits) == 0:
        return 0
    add_rest(sums, half_rest)
    panel += n_lead * PANEL * 4
    packed += n_lead * GROUP * 4
    return 1 + tile(panel, packed, d - n_lead, sums, PANEL, limits + later, offsets + later, ceilings, sums, hits)


@inner
def _pack_together(residuals, first, shift, d, n_lead, packed, squares):
    """Eight queries that stand side by side, packed: leading columns, then the others; all by address."""
    at = residuals + first * d * 4
    pack(at, shift, n_lead, packed, squares)
    if n_lead < d:
        pack(at + n_lead * GROUP * 4, shift + n_lead * 4, d - n_lead, packed + n_lead * GROUP * 4, squares + GROUP * 4)


@exact_kernel
def search_leaves(
    queries,
    data,
    own,
    d,
    n_box,
    n_lead,
    leaf_sizes,
    shrink,
    slot,
    radius,
    verify,
    X,
    Y,
    sqscale,
    keys,
    ids,
    sqdists,
    neighbors,
    work,
    start,
    stop,
):
    """Fill the sorted lists of the wanted rows in the query leaves start <= leaf < stop.

    queries, data : Tree (the same one for a self-search, then `own` is true and no row finds itself).
    n_box, n_lead : columns that the box bounds, and the first part of a tile, look at.
    slot (n_positions of queries,) int64: the list of a query, −1 where not wanted.
    radius (n_lists,) float32: squared distance beyond which nothing is of interest.
    keys, ids (n_lists, multiple of 8) float32, int32 : without `verify`, the smallest lower bounds of the squared
        distance in tree coordinates, and positions in `data`.
    sqdists, neighbors (n_lists, k) float64, int64 : with `verify`, squared distances of X[row] to Y[query row], and row
        numbers; `sqscale` makes tree coordinates of them.
    work (n_query_leaves,) int64 out: pairs of rows looked at.
    """
    query_leaf_size, leaf_size = leaf_sizes
    n_blocks = keys.shape[1] // LIST_BLOCK
    query_center, query_low, query_high, query_noise = queries.center, queries.low, queries.high, queries.noise
    query_panels, query_rows, query_leaves = queries.panels, queries.rows, queries.leaf_node
    center, low, high, noise = data.center, data.low, data.high, data.noise
    at_panels, at_half = address_of(data.panels), address_of(data.half)
    at_half_lead, at_half_rest = address_of(data.half_lead), address_of(data.half_rest)
    n_leaves, first_leaf, rows = data.n_leaves, data.first_leaf, data.rows
    members = np.empty(query_leaf_size, np.int64)
    residuals = np.empty(query_leaf_size * d, np.float32)
    leads = np.empty(query_leaf_size * n_box, np.float32)
    bound = np.empty(query_leaf_size, np.float32)
    errors = np.empty(query_leaf_size, np.float32)
    outside = np.empty(query_leaf_size, np.float32)
    alive = np.empty(query_leaf_size + 1, np.int64)
    shift = np.empty(d, np.float32)
    packed = np.empty(d * GROUP, np.float32)
    squares = np.zeros(2 * GROUP, np.float32)
    offsets = np.zeros(2 * GROUP, np.float32)
    limits = np.empty(2 * GROUP, np.float32)
    ceilings = np.full(PANEL, -_INFINITY, np.float32)
    sums = np.empty(GROUP * PANEL, np.float32)
    hits = np.empty(GROUP, np.uint32)
    heap_bounds = np.empty(len(data.n_leaves) + 1, np.float32)
    heap_nodes = np.empty(len(data.n_leaves) + 1, np.int64)
    at_residuals, at_shift, at_packed = address_of(residuals), address_of(shift), address_of(packed)
    at_squares, at_limits, at_offsets = address_of(squares), address_of(limits), address_of(offsets)
    at_ceilings, at_sums, at_hits = address_of(ceilings), address_of(sums), address_of(hits)
    query_center, query_low, query_high = borrow(query_center), borrow(query_low), borrow(query_high)
    center, low, high = borrow(center), borrow(low), borrow(high)
    X, Y, keys, sqdists, neighbors = borrow(X), borrow(Y), borrow(keys), borrow(sqdists), borrow(neighbors)
    at_keys, at_ids = address_of(keys), address_of(ids)

    for query_leaf in range(start, stop):
        n = _gather_queries(query_panels, query_leaf, query_leaf_size, d, slot, members, residuals)
        if n == 0:
            continue
        query_node = query_leaves[query_leaf]
        _query_errors(query_noise[query_node], shrink, residuals, n, d, errors)
        stride = -(-n // GROUP) * GROUP
        for i in range(stride):
            bound[i] = radius[slot[members[i]]] if i < n else -_INFINITY
            for c in range(n_box):
                leads[c * stride + i] = residuals[(i // GROUP) * GROUP * d + c * GROUP + i % GROUP]
        calls = misses = 0
        worst = _INFINITY
        own_node = query_node if own else np.int64(-1)
        own_is_next = own
        heap_bounds[0], heap_nodes[0] = np.float32(0.0), np.int64(0)
        size = 1
        while size > 0:
            if own_is_next:  # the rows around a query first: they give the limit that keeps the others out
                node = own_node
                own_is_next = False
            else:
                if heap_bounds[0] > worst:
                    break
                node = heap_nodes[0]
                _pop(heap_bounds, heap_nodes, size)
                size -= 1
                if node == own_node:
                    continue
            m = n_leaves[node]
            if m > 1:
                child = node + 1
                for _ in range(2):
                    both = query_noise[query_node] + noise[child]
                    below = _box_sqdist(
                        query_center, query_low, query_high, query_node, center, low, high, child, n_box, both
                    )
                    if below <= worst:
                        _push(heap_bounds, heap_nodes, size, below, child)
                        size += 1
                    child = node + 2 * ((m + 1) // 2)
                continue
            both = query_noise[query_node] + noise[node]
            slack = _shift_to(query_center, query_low, query_high, query_node, center, node, d, both, shift)
            if node == own_node:
                n_alive = n
            else:
                n_alive = _mark_alive(leads, stride, shift, low, high, node, bound, n, n_box, slack, outside, alive)
                if n_alive == 0:
                    continue
            all_of_them = n_alive * 4 >= n * 3
            if all_of_them:
                n_alive = n
                for i in range(n):
                    alive[i] = i
            work[query_leaf] += n_alive * leaf_size
            first_position = first_leaf[node] * leaf_size
            for first in range(0, n_alive, GROUP):
                if all_of_them:
                    _pack_together(at_residuals, first, at_shift, d, n_lead, at_packed, at_squares)
                else:
                    _pack_spread(residuals, shift, d, n_lead, alive, first, n_alive, packed, squares)
                _set_limits(squares, errors, bound, alive, first, n_alive, shrink, offsets, limits)
                # In its own leaf a query starts with the panel it stands in: that sets a limit for the others.
                turn = (members[alive[first]] - first_position) // PANEL * PANEL if node == own_node else 0
                for step in range(0, leaf_size, PANEL):
                    position = first_position + (step + turn) % leaf_size
                    calls += 1
                    outcome = _any_below(
                        at_panels + position * d * 4, at_half + position * 4, at_half_lead + position * 4,
                        at_half_rest + position * 4, d, n_lead, at_packed, at_limits, at_offsets, at_ceilings,
                        calls, misses, at_sums, at_hits,
                    )  # fmt: skip
                    misses += outcome == 0
                    if outcome < 2:
                        continue
                    for lane in range(min(GROUP, n_alive - first)):
                        word = hits[lane]
                        if word == 0:
                            continue
                        i = alive[first + lane]
                        query = members[i]
                        target = slot[query]
                        limit = bound[i]
                        while word != 0:
                            bit = lowest_bit(word)
                            word &= word - np.uint32(1)
                            found = position + bit
                            if own and found == query:
                                continue
                            if verify:
                                row = rows[found]
                                if insert(sqdists, neighbors, target, sqdist(X, row, Y, query_rows[query]), row):
                                    limit = np.float32(sqdists[target, sqdists.shape[1] - 1] * sqscale) * _WIDEN
                            else:
                                key = _TWO * (sums[lane * PANEL + bit] + offsets[GROUP + lane])
                                if key < keys[target, n_blocks * LIST_BLOCK - 1]:
                                    at = target * n_blocks * LIST_BLOCK * 4
                                    limit = insert_candidate(at_keys + at, at_ids + at, n_blocks, key, found)
                        if limit < bound[i]:
                            bound[i] = limit
                            limits[lane] = _HALF * limit * _WIDEN - offsets[lane]
                            limits[GROUP + lane] = _HALF * limit * _WIDEN - offsets[GROUP + lane]
            worst = -_INFINITY
            for i in range(n):
                worst = max(worst, bound[i])


@kernel
def search_pairs(tree, d, n_box, n_lead, leaf_size, shrink, ceilings, keys, ids, blocks, start, stop):
    """Fill the lists of *all* rows, each pair of leaves once: what is computed for (q, x) serves (x, q) as well.

    Half the work of `search_leaves` where boxes prune nothing. blocks (n, 4) int64: leaves a0 <= a < a1 against
    b0 <= b < b1; blocks that run at the same time must not share leaves.
    ceilings (n_positions,) float32: half the squared distance below which a row is of interest, kept up to date.
    keys, ids (n_positions, multiple of 8) float32, int32: the lists, by position, as in `search_leaves`.
    """
    n_blocks = keys.shape[1] // LIST_BLOCK
    last, list_bytes = n_blocks * LIST_BLOCK - 1, n_blocks * LIST_BLOCK * 4
    members = np.empty(leaf_size, np.int64)
    residuals = np.empty(leaf_size * d, np.float32)
    bound = np.empty(leaf_size, np.float32)
    errors = np.empty(leaf_size, np.float32)
    alive = np.arange(leaf_size)
    shift = np.empty(d, np.float32)
    packed = np.empty(d * GROUP, np.float32)
    squares = np.zeros(2 * GROUP, np.float32)
    offsets = np.zeros(2 * GROUP, np.float32)
    limits = np.empty(2 * GROUP, np.float32)
    closed = np.full(PANEL, -_INFINITY, np.float32)
    sums = np.empty(GROUP * PANEL, np.float32)
    hits = np.empty(GROUP, np.uint32)
    center, low, high, noise, rows, leaf_node = tree.center, tree.low, tree.high, tree.noise, tree.rows, tree.leaf_node
    at_panels, at_half = address_of(tree.panels), address_of(tree.half)
    at_half_lead, at_half_rest = address_of(tree.half_lead), address_of(tree.half_rest)
    at_residuals, at_shift, at_packed = address_of(residuals), address_of(shift), address_of(packed)
    at_squares, at_limits, at_offsets = address_of(squares), address_of(limits), address_of(offsets)
    at_ceilings, at_closed, at_sums, at_hits = (
        address_of(ceilings), address_of(closed), address_of(sums), address_of(hits)
    )  # fmt: skip
    panels, keys = borrow(tree.panels), borrow(keys)
    at_keys, at_ids = address_of(keys), address_of(ids)
    calls = misses = 0
    for block in range(start, stop):
        for a in range(blocks[block, 0], blocks[block, 1]):
            n = _gather_queries(panels, a, leaf_size, d, rows, members, residuals)
            node_a = leaf_node[a]
            _query_errors(noise[node_a], shrink, residuals, n, d, errors)
            for b in range(max(a, blocks[block, 2]), blocks[block, 3]):
                node_b = leaf_node[b]
                worst = -_INFINITY
                for i in range(leaf_size):
                    worst = max(worst, ceilings[b * leaf_size + i])
                for i in range(n):
                    bound[i] = _TWO * ceilings[members[i]]
                    worst = max(worst, ceilings[members[i]])
                both = noise[node_a] + noise[node_b]
                below = _box_sqdist(center, low, high, node_a, center, low, high, node_b, n_box, both)
                if a != b and below > _TWO * worst:
                    continue
                _shift_to(center, low, high, node_a, center, node_b, d, both, shift)
                for first in range(0, n, GROUP):
                    _pack_together(at_residuals, first, at_shift, d, n_lead, at_packed, at_squares)
                    _set_limits(squares, errors, bound, alive, first, n, shrink, offsets, limits)
                    for lane in range(n - first, GROUP):
                        offsets[lane] = offsets[GROUP + lane] = _INFINITY  # no partner for the rows of b
                    for position in range(b * leaf_size, (b + 1) * leaf_size, PANEL):
                        calls += 1
                        # Within a leaf both orders are computed anyway.
                        other = at_closed if a == b else at_ceilings + position * 4
                        outcome = _any_below(
                            at_panels + position * d * 4, at_half + position * 4, at_half_lead + position * 4,
                            at_half_rest + position * 4, d, n_lead, at_packed, at_limits, at_offsets, other,
                            calls, misses, at_sums, at_hits,
                        )  # fmt: skip
                        misses += outcome == 0
                        if outcome < 2:
                            continue
                        for lane in range(min(GROUP, n - first)):
                            word = hits[lane]
                            query = members[first + lane]
                            while word != 0:
                                bit = lowest_bit(word)
                                word &= word - np.uint32(1)
                                found = position + bit
                                if found == query:
                                    continue
                                half_key = sums[lane * PANEL + bit] + offsets[GROUP + lane]
                                key = _TWO * half_key
                                if key < keys[query, last]:
                                    at = query * list_bytes
                                    limit = insert_candidate(at_keys + at, at_ids + at, n_blocks, key, found)
                                    limit *= _HALF * _WIDEN
                                    ceilings[query] = limit
                                    bound[first + lane] = _TWO * limit
                                    limits[lane] = limit - offsets[lane]
                                    limits[GROUP + lane] = limit - offsets[GROUP + lane]
                                if a != b and key < keys[found, last]:
                                    at = found * list_bytes
                                    limit = insert_candidate(at_keys + at, at_ids + at, n_blocks, key, query)
                                    ceilings[found] = limit * _HALF * _WIDEN


@exact_kernel
def rank_candidates(X, Y, data_rows, query_rows, keys, candidates, sqscale, neighbors, sqdists, proven, start, stop):
    """True distances of the candidates of the lists start <= list < stop, the k smallest first; is that all?

    neighbors, sqdists (n_lists, k) out: by (distance, row number). proven (n_lists,) bool out: no row outside the
    candidates can be nearer than the k-th, because the largest lower bound kept exceeds its distance.
    """
    n_candidates = candidates.shape[1]
    k = neighbors.shape[1]
    X, Y, neighbors, sqdists = borrow(X), borrow(Y), borrow(neighbors), borrow(sqdists)
    rows = np.empty(n_candidates, np.int64)
    measured = np.empty(n_candidates, np.float64)
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
