"""The queries of one leaf, eight at a time, against the panels of another leaf; what `search` and `pairs` share.

Scratch memory comes in from outside: an address keeps no array alive, so no kernel may take the address of an array
that it has made itself (Numba frees it after the last line that names it).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastbal._kernels._jit import exact_inner, inner
from fastbal._kernels.byte_tile import WORD, byte_tiles
from fastbal._kernels.bytes import FAR, NOWHERE, gather_short, reach_of, rounding_of_pair, take_queries
from fastbal._kernels.distances import sqdist
from fastbal._kernels.lists import insert
from fastbal._kernels.prefetch import prefetch_row
from fastbal._kernels.vector import (
    GROUP,
    LIST_BLOCK,
    PANEL,
    add_rest,
    advance,
    count_bits,
    insert_candidate,
    keep_in_block,
    keep_in_two_blocks,
    lowest_bit,
    pack,
    tile,
)

_UNIT = np.float32(2.0**-24)
_HALF, _TWO = np.float32(0.5), np.float32(2.0)
_WIDEN = np.float32(1.0 + 2.0**-20)  # covers the rounding of a limit
_NARROW, _ROUNDING = np.float32(1.0 - 2.0**-21), np.float32(2.0**-22)  # cover the rounding of a measured distance
_INFINITY = np.float32(np.inf)
_TINY = np.float32(1e-35)  # covers the rounding of numbers that have few digits, near the smallest

_NONE, _FEW, _MANY = 0, 1, 2
# Time of the tile for a column, in columns of one pair of rows measured in float64; and what else a pair costs.
_TILE, _OVERHEAD = 24, 128
# Leaves in which tiles in bytes may fail to settle much before they are given up for a while, and for how many leaves.
_MOST_CREDIT, _REST = 16, 64


class Workspace(NamedTuple):
    """Scratch memory of one thread. A query is a wanted row of the leaf at hand, numbered from 0."""

    members: NDArray[np.int64]  # (leaf_size,) position of each query
    residuals: NDArray[np.float32]  # (leaf_size · d,) queries in groups of eight: [group, column, lane]
    leads: NDArray[np.float32]  # (leaf_size · n_box,) their first columns: [column, query]
    bound: NDArray[np.float32]  # (leaf_size,) squared distance from which on a row is of no use to a query
    errors: NDArray[np.float32]  # (leaf_size,) ε of each query
    outside: NDArray[np.float32]  # (leaf_size,)
    near: NDArray[np.int64]  # (leaf_size + 1,) queries that another leaf may serve
    shift: NDArray[np.float32]  # (d,) from the center of the queries' leaf to that of the other
    packed: NDArray[np.float32]  # (d · 8,) eight queries, negated, as the tile reads them
    squares: NDArray[np.float32]  # (2 · 8,) sums of squares of their leading columns, and of the others
    offsets: NDArray[np.float32]  # (2 · 8,) half the squared norms, less the error: leading columns, all columns
    limits: NDArray[np.float32]  # (2 · 8,) what the tile's sums must be below: leading columns, all columns
    closed: NDArray[np.float32]  # (32,) −inf: the rows of a panel that look for nothing
    sums: NDArray[np.float32]  # (8 · 32,) out of the tile
    hits: NDArray[np.uint32]  # (8,) out of the tile
    trials: NDArray[np.int64]  # (3,) tiles so far, those settled by the leading columns, and the credit of bytes
    short: NDArray[np.int8]  # (leaf_size · 4 · n_words,) the queries, rounded, row by row
    bytes: NDArray[np.int8]  # (8 · 4 · n_words,) eight of them that do not stand side by side
    level: NDArray[np.int32]  # (8,) what belongs to them, as `fastbal._kernels.bytes` has it
    reach: NDArray[np.int32]  # (8,) how far they look
    reaches: NDArray[np.int32]  # (leaf_size,) how far the rows of the other leaf look
    hits_of_bytes: NDArray[np.uint32]  # (leaf_size / 4,) out of the tiles in bytes
    heap_bounds: NDArray[np.float32]  # (n_leaves + 1,) of the table
    heap_nodes: NDArray[np.int64]  # (n_leaves + 1,)


class Lists(NamedTuple):
    """What is found for each wanted row: the rows with the smallest lower bounds."""

    keys: NDArray[np.float32]  # (n_lists, length) the lower bounds, ascending
    ids: NDArray[np.int32]  # (n_lists, length) positions in the table
    length: int  # a multiple of 8


class Exact(NamedTuple):
    """What is found for each wanted row when candidates are to be verified: the nearest rows."""

    wanted: bool  # otherwise lower bounds are collected in `Lists`
    X: NDArray[np.floating]  # (n, d) float32 or float64: the table …
    Y: NDArray[np.floating]  # … and the rows searched for, as they are
    sqscale: float  # makes squared distances in tree coordinates of those of X and Y
    sqdists: NDArray[np.float64]  # (n_lists, k)
    neighbors: NDArray[np.int64]  # (n_lists, k) row numbers
    enough: NDArray[np.float64]  # (n_lists,) who has found k rows nearer than that need look no further


@inner
def gather_queries(tree, leaf, layout, wanted, space):
    """Take the rows of a leaf that are wanted (wanted[position] >= 0) as queries; their number."""
    leaf_size, d, n = layout.leaf_size, layout.d, 0
    members, residuals = space.members, space.residuals
    for position in range(leaf * leaf_size, (leaf + 1) * leaf_size):
        if wanted[position] >= 0:
            members[n] = position
            n += 1
    for i in range(-(-n // GROUP) * GROUP):
        lane = members[min(i, n - 1)] - leaf * leaf_size
        at = leaf * leaf_size * d + (lane // PANEL) * PANEL * d + lane % PANEL
        to = (i // GROUP) * GROUP * d + i % GROUP
        for c in range(d):
            residuals[to + c * GROUP] = tree.panels[at + c * PANEL]
    noise = tree.noise[tree.leaf_node[leaf]]
    for i in range(n):
        # ε: rounding the residual, and the rotation; see the head of `fastbal._kernels.search`.
        at = (i // GROUP) * GROUP * d + i % GROUP
        sqnorm = 0.0
        for c in range(d):
            sqnorm += np.float64(residuals[at + c * GROUP]) ** 2
        error = noise + 2.0 * np.float64(_UNIT) * np.sqrt(sqnorm)
        space.errors[i] = np.float32(10.0 * error * error / (1.0 - layout.shrink) * 1.000001)
    if tree.rounded.scale > 0.0:
        gather_short(tree.rounded, n, space)
    return n


@inner
def start_trials(space):
    """Nothing is known yet of what settles most."""
    for i in range(3):
        space.trials[i] = 0


@inner
def serve_queries(
    n_near, together, queries, slot, data, leaf, at_home, shared, one_leaf, ceilings, layout, lists, exact, space
):  # fmt: skip
    """Hold the first `n_near` queries of ``space.near`` against the rows of a leaf; fill their lists.

    together: `near` is 0, 1, 2 …, so the queries of a group stand side by side.
    at_home: the leaf is that of the queries themselves. No row finds itself, and a query starts with the panel it
    stands in: that sets a limit for the others.
    one_leaf: all queries are of one leaf, so that bytes, where there are any, have one error.
    shared: `ceilings`, as in `search_pairs`, are kept up to date; the queries serve the rows of another leaf, too.
    All arrays as pointers but for those of `exact`.
    """
    first_position = leaf * layout.leaf_size
    n_panels, both_ways = layout.leaf_size // PANEL, shared and not at_home
    in_bytes = one_leaf and not at_home and queries.rounded.scale > 0.0 and data.rounded.scale > 0.0
    unit = error = np.float32(0.0)
    if in_bytes:
        unit = np.float32(1.0 / data.rounded.scale)
        error = rounding_of_pair(queries, space.members[0] // layout.leaf_size, data, leaf)
        for i in range(layout.leaf_size):
            space.reaches[i] = reach_of(_TWO * ceilings[first_position + i], error, unit) if both_ways else NOWHERE
    for first in range(0, n_near, GROUP):
        is_packed, to_do = False, np.uint32(0xFFFFFFFF) >> np.uint32(32 - n_panels)
        in_hits = in_bytes and _look_in_bytes(first, n_near, error, unit, space)
        if in_hits:
            to_do = _panels_near(first, n_near, together, queries, data.rounded, first_position, n_panels, space)
            _ask_for_rows(to_do, first_position, data.rows, exact, space)
        turn = (space.members[space.near[first]] - first_position) // PANEL if at_home else 0
        while to_do != 0:
            panel = lowest_bit(to_do)
            to_do &= to_do - np.uint32(1)
            step = (panel + turn) % n_panels * PANEL
            position = first_position + step
            partners = advance(ceilings, position) if both_ways else space.closed
            found, hits = _MANY, space.hits
            if in_hits and _are_few(advance(space.hits_of_bytes, panel * GROUP), layout.d, layout.d):
                found, hits = _FEW, advance(space.hits_of_bytes, panel * GROUP)
                if not is_packed:
                    for lane in range(GROUP):
                        space.offsets[GROUP + lane] = np.float32(0.0)
            else:
                if not is_packed:
                    _pack(first, n_near, together, layout, space)
                    is_packed = True
                found = _any_below(data, position, partners, layout, space)
            if found == _NONE:
                continue
            if found == _FEW and not exact.wanted:
                _measure(hits, position, first, queries.rows, data.rows, exact, space)
            for lane in range(min(GROUP, n_near - first)):
                word = hits[lane]
                if word == 0:
                    continue
                i = space.near[first + lane]
                query = space.members[i]
                itself = query if at_home else np.int64(-1)
                if exact.wanted:
                    limit = _verify(word, position, itself, data.rows, queries.rows[query], slot[query], exact)
                else:
                    limit = _keep(word, position, itself, lane, slot[query], lists, space)
                if limit < space.bound[i]:
                    space.bound[i] = limit
                    _set_limit(lane, limit, space)
                    if shared:
                        ceilings[query] = _HALF * limit * _WIDEN
                if both_ways:
                    _serve(word, position, query, lane, ceilings, lists, space)
                    if in_bytes:
                        _look_less_far(word, position, step, ceilings, error, unit, space)


@inner
def _look_in_bytes(first, n_near, error, unit, space):
    """Whether the tiles in bytes may settle something: not after failures, nor while queries look for anything."""
    if space.trials[2] < 0:
        space.trials[2] += 1
        return False
    farthest = NOWHERE
    for lane in range(GROUP):
        reach = NOWHERE
        if first + lane < n_near:
            reach = reach_of(space.bound[space.near[first + lane]], error, unit)
        space.reach[lane] = reach
        farthest = max(farthest, reach)
    return farthest < FAR


@inner
def _panels_near(first, n_near, together, queries, rounded, first_position, n_panels, space):
    """The panels of a leaf in which there may be a near row, by the tiles in bytes; which, in `hits_of_bytes`."""
    stride = WORD * rounded.n_words
    found = byte_tiles(
        advance(rounded.panels, first_position * stride), take_queries(first, n_near, together, queries, space), stride,
        rounded.n_words, n_panels, advance(rounded.start, first_position), space.level, space.reach, space.reaches,
        space.hits_of_bytes,
    )  # fmt: skip
    credit = space.trials[2] + 2 - count_bits(found) * 4 // n_panels
    space.trials[2] = min(credit, _MOST_CREDIT) if credit >= 0 else -_REST
    return found


@inner
def _ask_for_rows(panels, first_position, rows, exact, space):
    """Rows that are going to be measured had better be on their way."""
    while panels != 0:
        panel = lowest_bit(panels)
        panels &= panels - np.uint32(1)
        marked = np.uint32(0)
        for lane in range(GROUP):
            marked |= space.hits_of_bytes[panel * GROUP + lane]
        if count_bits(marked) <= 4:
            while marked != 0:
                prefetch_row(exact.X, rows[first_position + panel * PANEL + lowest_bit(marked)])
                marked &= marked - np.uint32(1)


@inner
def _are_few(hits, d, n_rest):
    """Whether to measure the pairs marked one by one is less work than the tile of `n_rest` columns."""
    n_hits = 0
    for lane in range(GROUP):
        n_hits += count_bits(hits[lane])
    return n_hits * (d + _OVERHEAD) < _TILE * n_rest


@inner
def _pack(first, n_near, together, layout, space):
    """Eight queries, as the tile reads them: leading columns, then the others; and their limits."""
    d, n_lead = layout.d, layout.n_lead
    residuals, shift, packed, squares = space.residuals, space.shift, space.packed, space.squares
    if together:
        at = advance(residuals, first * d)
        pack(at, shift, n_lead, packed, squares)
        if n_lead < d:
            at, packed = advance(at, n_lead * GROUP), advance(packed, n_lead * GROUP)
            pack(at, advance(shift, n_lead), d - n_lead, packed, advance(squares, GROUP))
    else:
        for lane in range(GROUP):
            i = space.near[min(first + lane, n_near - 1)]
            origin = (i // GROUP) * GROUP * d + i % GROUP
            lead = rest = np.float32(0.0)
            for c in range(n_lead):
                value = residuals[origin + c * GROUP] + shift[c]
                lead += value * value
                packed[c * GROUP + lane] = -value
            for c in range(n_lead, d):
                value = residuals[origin + c * GROUP] + shift[c]
                rest += value * value
                packed[c * GROUP + lane] = -value
            squares[lane], squares[GROUP + lane] = lead, rest
    offsets, shrink = space.offsets, np.float32(layout.shrink)
    for lane in range(GROUP):
        offsets[lane] = offsets[GROUP + lane] = _INFINITY  # no row of the other leaf is a partner of nobody
        limit = -_INFINITY
        if first + lane < n_near:
            i = space.near[first + lane]
            offsets[lane] = _HALF * (squares[lane] * shrink - space.errors[i])
            offsets[GROUP + lane] = offsets[lane] + _HALF * squares[GROUP + lane] * shrink
            limit = space.bound[i]
        _set_limit(lane, limit, space)


@inner
def _set_limit(lane, bound, space):
    """What the tile's sums of a query must be below: of the leading columns, and of all columns."""
    limit = _HALF * bound * _WIDEN
    space.limits[lane] = limit - space.offsets[lane]
    space.limits[GROUP + lane] = limit - space.offsets[GROUP + lane]


@inner
def _any_below(data, position, partners, layout, space):
    """Run the tile on one panel, first on the leading columns where that often settles it.

    Returns _NONE; _FEW, in ``space.hits``, of pairs that are yet to be measured; or _MANY, with their ``space.sums``.
    """
    d, n_lead, trials = layout.d, layout.n_lead, space.trials
    limits, offsets, packed = advance(space.limits, GROUP), advance(space.offsets, GROUP), space.packed
    panel, sums, hits = advance(data.panels, position * d), space.sums, space.hits
    trials[0] += 1
    if n_lead == d or (trials[0] > 64 and 2 * trials[1] < trials[0]):
        half = advance(data.half, position)
        return _MANY if tile(panel, packed, d, half, 0, limits, offsets, partners, sums, hits) != 0 else _NONE
    half = advance(data.half_lead, position)
    if tile(panel, packed, n_lead, half, 0, space.limits, space.offsets, partners, sums, hits) == 0:
        trials[1] += 1
        return _NONE
    if _are_few(hits, d, d - n_lead):
        trials[1] += 1
        return _FEW
    add_rest(sums, advance(data.half_rest, position))
    panel, packed = advance(panel, n_lead * PANEL), advance(packed, n_lead * GROUP)
    return _MANY if tile(panel, packed, d - n_lead, sums, PANEL, limits, offsets, partners, sums, hits) != 0 else _NONE


@inner
def _look_less_far(word, position, first, ceilings, error, unit, space):
    """The rows that `word` marks may have nearer neighbours now."""
    while word != 0:
        bit = lowest_bit(word)
        word &= word - np.uint32(1)
        space.reaches[first + bit] = reach_of(_TWO * ceilings[position + bit], error, unit)


@exact_inner
def _measure(hits, position, first, query_rows, rows, exact, space):
    """Fill ``space.sums`` for the pairs that ``space.hits`` marks, from their true distances.

    `_lower_bound` gives them back, less at most 2⁻²⁰ of themselves and 2⁻²¹ of the query's offset.
    """
    for lane in range(GROUP):
        word, offset = hits[lane], space.offsets[GROUP + lane]
        while word != 0:
            bit = lowest_bit(word)
            word &= word - np.uint32(1)
            query_row = query_rows[space.members[space.near[first + lane]]]
            half = np.float32(0.5 * exact.sqscale * sqdist(exact.X, rows[position + bit], exact.Y, query_row))
            space.sums[lane * PANEL + bit] = half * _NARROW - _TINY - offset - abs(offset) * _ROUNDING


@inner
def _lower_bound(lane, bit, space):
    return _TWO * (space.sums[lane * PANEL + bit] + space.offsets[GROUP + lane])


@inner
def _keep(word, position, itself, lane, target, lists, space):
    """Put the rows of a panel that `word` marks into list `target`, by their lower bounds; its limit, if it is new."""
    keys, ids = advance(lists.keys, target * lists.length), advance(lists.ids, target * lists.length)
    if position <= itself < position + PANEL:
        word &= ~(np.uint32(1) << np.uint32(itself - position))
    sums, offset = advance(space.sums, lane * PANEL), space.offsets[GROUP + lane]
    if lists.length == LIST_BLOCK:
        return keep_in_block(keys, ids, word, position, sums, offset)
    if lists.length == 2 * LIST_BLOCK:
        return keep_in_two_blocks(keys, ids, word, position, sums, offset)
    limit = _INFINITY
    while word != 0:
        bit = lowest_bit(word)
        word &= word - np.uint32(1)
        found, key = position + bit, _lower_bound(lane, bit, space)
        if key < keys[lists.length - 1]:
            limit = insert_candidate(keys, ids, lists.length // LIST_BLOCK, key, found)
    return limit


@inner
def _serve(word, position, query, lane, ceilings, lists, space):
    """Put a query into the lists of the rows that `word` marks, kept by position; they have a new ceiling then."""
    while word != 0:
        bit = lowest_bit(word)
        word &= word - np.uint32(1)
        found, key = position + bit, _lower_bound(lane, bit, space)
        keys, ids = advance(lists.keys, found * lists.length), advance(lists.ids, found * lists.length)
        if key < keys[lists.length - 1]:
            limit = insert_candidate(keys, ids, lists.length // LIST_BLOCK, key, query)
            ceilings[found] = _HALF * limit * _WIDEN


@exact_inner
def _verify(word, position, itself, rows, query_row, target, exact):
    """Measure the rows of a panel that `word` marks, put them into list `target`; its new limit."""
    limit = _INFINITY
    while word != 0:
        found = position + lowest_bit(word)
        word &= word - np.uint32(1)
        if found != itself:
            distance = sqdist(exact.X, rows[found], exact.Y, query_row)
            if insert(exact.sqdists, exact.neighbors, target, distance, rows[found]):
                farthest = exact.sqdists[target, exact.sqdists.shape[1] - 1]
                limit = np.float32(farthest * exact.sqscale) * _WIDEN
                if farthest < exact.enough[target]:
                    return -_INFINITY
    return limit
