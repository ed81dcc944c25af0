"""A first filter in eight or 16 bits: which rows of a panel can be near enough at all, told by whole numbers.

All coordinates of a tree are rounded to multiples of one `scale` s, at most `most` of them to either side: a row x
becomes s·X with whole X, and a query q becomes s·Q. With E the sum of what rounding has moved the two by, measured in
float64,

    distance(x, q) >= s ‖X − Q‖ − E,

so a pair can be dropped that is to be nearer than √bound as soon as ‖X − Q‖² >= T = ((√bound + E) / s)². As
‖X − Q‖² = ‖X‖² + ‖Q‖² − 2 X·Q, it is kept if

    X·Q − ½‖X‖² − ½‖Q‖² > −½T,

where all that is not whole is rounded to the side that keeps. The products are exact: nothing else can go wrong. Rows
far from all others, beyond these, only have a large E of their own, and so has their leaf.
"""

from __future__ import annotations

import numpy as np

from fastbal._kernels._jit import exact_inner, exact_kernel, inner
from fastbal._kernels.byte_tile import WORD
from fastbal._kernels.vector import GROUP, PANEL, advance, root

_LEAST = np.float32(2.0**-100)  # squares below are rounded by more than the rest allows for
_WIDEN = np.float32(1.0 + 2.0**-19)  # covers the rounding of a reach
_OFFSET = 128  # of bytes in panels, which have no sign; numbers of 16 bits have one
#: Half a squared distance, in units of the scale, beyond everything; sums stay below in up to 4,096 columns.
FAR = np.int32(1 << 29)
#: That of who looks for nothing.
NOWHERE = np.int32(-(1 << 30))


@exact_inner
def _coordinate(tree, layout, leaf, lane, c):
    at = leaf * layout.leaf_size * layout.d + (lane // PANEL) * PANEL * layout.d + c * PANEL + lane % PANEL
    return tree.center[tree.leaf_node[leaf], c] + np.float64(tree.panels[at])


@exact_inner
def _to_steps(value, scale, most):
    return np.int32(min(max(np.rint(value / scale), -np.float64(most)), np.float64(most)))


@exact_inner
def _rounding_of_leaf(tree, layout, leaf, scale, most):
    """How far a row of the leaf lies from its rounded coordinates, at most."""
    unit, worst = 2.0**-24, 0.0
    for lane in range(layout.leaf_size):
        if tree.rows[leaf * layout.leaf_size + lane] < 0:
            continue
        moved = norm = residual = 0.0
        for c in range(layout.d):
            value = _coordinate(tree, layout, leaf, lane, c)
            away = value - scale * _to_steps(value, scale, most)
            short = value - tree.center[tree.leaf_node[leaf], c]
            moved += away * away
            norm += value * value
            residual += short * short
        # The panel holds float32 residuals, and float64 has rounded here, too.
        worst = max(worst, np.sqrt(moved) + 1.01 * unit * np.sqrt(residual) + 1e-14 * np.sqrt(norm) + 1e-35)
    return (worst + tree.noise[tree.leaf_node[leaf]]) * (1.0 + 1e-9)


@exact_kernel
def roundings(tree, layout, scales, most, leaves, sums):
    """Add to `sums`, for each scale, how far rounding moves a row of each of some leaves, at most."""
    for i in range(len(scales)):
        for j in range(len(leaves)):
            sums[i] += _rounding_of_leaf(tree, layout, leaves[j], scales[i], most)


@exact_kernel
def round_leaves(tree, layout, rounded, start, stop):
    """Fill `rounded`, a `Bytes`, for leaves start <= leaf < stop."""
    d, leaf_size, n_words = layout.d, layout.leaf_size, rounded.n_words
    scale, most, in_bytes = rounded.scale, rounded.most, rounded.columns == WORD
    offset = np.int64(_OFFSET if in_bytes else 0)
    for leaf in range(start, stop):
        rounded.error[leaf] = _rounding_of_leaf(tree, layout, leaf, scale, most)
        for lane in range(leaf_size):
            position = leaf * leaf_size + lane
            panel = (position // PANEL) * PANEL * WORD * n_words + (lane % PANEL) * WORD
            square = total = np.int64(0)
            for c in range(rounded.columns * n_words):
                value = np.int64(0)
                if c < d and tree.rows[position] >= 0:
                    value = np.int64(_to_steps(_coordinate(tree, layout, leaf, lane, c), scale, most))
                square += value * value
                total += value
                word, place = c // rounded.columns, c % rounded.columns
                if in_bytes:
                    rounded.panels[panel + word * PANEL * WORD + place] = np.uint8(value + offset)
                else:
                    for half in range(2):  # the lower byte first
                        byte = (value >> (8 * half)) & 255
                        rounded.panels[panel + word * PANEL * WORD + 2 * place + half] = np.uint8(byte)
            rounded.start[position] = NOWHERE if tree.rows[position] < 0 else np.int32(-((square + 1) // 2))
            rounded.level[position] = np.int32(square // 2 + offset * total - 1)


@inner
def reach_of(bound, error, unit):
    """½T, rounded up, of a squared distance; `error` is E / s, and `unit` is 1 / s."""
    far = root(max(bound, _LEAST)) * unit + error
    half = np.float32(0.5) * far * far * _WIDEN + np.float32(2.0)
    reach = np.int32(min(half, np.float32(FAR)))
    return reach if bound >= np.float32(0.0) else NOWHERE


@inner
def rounding_of_pair(tree_a, a, tree_b, b):
    """E / s of two leaves, rounded up."""
    return np.float32((tree_a.rounded.error[a] + tree_b.rounded.error[b]) / tree_b.rounded.scale) * _WIDEN


@inner
def gather_short(rounded, n, space):
    """The first n queries of a leaf in short numbers, row by row; bytes get their sign back."""
    stride, sign = rounded.n_words * WORD, np.uint8(_OFFSET if rounded.columns == WORD else 0)
    for i in range(n):
        position = space.members[i]
        panel = (position // PANEL) * PANEL * stride + (position % PANEL) * WORD
        for word in range(rounded.n_words):
            for byte in range(WORD):
                value = rounded.panels[panel + word * PANEL * WORD + byte] ^ sign
                space.short[i * stride + word * WORD + byte] = np.int8(value)


@inner
def take_queries(first, n_near, together, queries, space):
    """Where the short numbers of eight queries are; what else belongs to them is in ``space.level``."""
    stride = queries.rounded.n_words * WORD
    side_by_side = together and first + GROUP <= n_near
    for lane in range(GROUP):
        i = space.near[min(first + lane, n_near - 1)]
        space.level[lane] = queries.rounded.level[space.members[i]]
        if not side_by_side:
            for c in range(stride):
                space.bytes[lane * stride + c] = space.short[i * stride + c]
    return advance(space.short, first * stride) if side_by_side else space.bytes
