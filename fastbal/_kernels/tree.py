"""Rows ordered by a tree of boxes, stored leaf by leaf in panels that the tile kernel reads.

    node 0 (all leaves) ─┬─ node 1 (first half of the leaves) ─┬─ …      nodes in preorder:
                         │                                     └─ …      left child  = node + 1
                         └─ node 2·m  (the rest)                          right child = node + 2·(leaves on the left)

    leaf = `leaf_size` positions = leaf_size / 32 panels;  panel = (n_columns, 32) float32, relative to the center.

All coordinates are those of the rotated table (see `fastbal._core.rotation`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastbal._kernels._jit import inner, kernel
from fastbal._kernels.room import room
from fastbal._kernels.vector import PANEL

#: Below what float32 resolves near 1: subtracted so that underflow cannot lift a lower bound.
_TINY = np.float32(1e-35)
# Numbers from which the one to split at is taken.
_SAMPLED = 31


class Layout(NamedTuple):
    """What trees that are searched against each other have in common."""

    d: int  # columns
    n_box: int  # leading columns that the bounds of boxes look at
    n_lead: int  # columns of the first part of a tile
    leaf_size: int  # rows per leaf, a multiple of the panel
    shrink: float  # 1 − the relative error of the tile's sums


class Bytes(NamedTuple):
    """The rows of a tree in eight or 16 bits, as `fastbal._kernels.bytes` reads them; empty where that does not pay."""

    panels: NDArray[np.uint8]  # (n_positions · 4 · n_words,) [panel, word, row, byte of the word]; 128 added to bytes
    start: NDArray[np.int32]  # (n_positions,) −½‖X‖², rounded down
    level: NDArray[np.int32]  # (n_positions,) ½‖X‖² + 128 Σ X − 1, rounded down
    error: NDArray[np.float64]  # (n_leaves,) how far rounding has moved a row, at most
    scale: float  # the unit; 0 where there is nothing
    n_words: int  # of 32 bits
    columns: int  # to a word: 4 of eight bits, or 2 of 16
    most: int  # units to either side


class Tree(NamedTuple):
    """A table in leaf order. Positions count rows in this order, padding included."""

    panels: NDArray[np.float32]  # (n_positions · n_columns,) residuals to the leaf's center
    half: NDArray[np.float32]  # (n_positions,) half the squared norm of a residual, rounded down; inf for padding
    half_lead: NDArray[np.float32]  # (n_positions,) the same of the leading columns only
    half_rest: NDArray[np.float32]  # (n_positions,) the same of the other columns; 0 for padding
    rows: NDArray[np.int64]  # (n_positions,) row number; -1 for padding
    center: NDArray[np.float64]  # (n_nodes, n_columns)
    low: NDArray[np.float32]  # (n_nodes, n_columns) box, relative to the center, rounded outwards
    high: NDArray[np.float32]  # (n_nodes, n_columns)
    noise: NDArray[np.float64]  # (n_nodes,) error of a row's float64 coordinates, at most
    first_leaf: NDArray[np.int64]  # (n_nodes,)
    n_leaves: NDArray[np.int64]  # (n_nodes,)
    leaf_node: NDArray[np.int64]  # (n_leaves,) the node that is this leaf
    rounded: Bytes


@kernel
def lay_out_nodes(n_leaves, first_leaf, leaves_below, leaf_node):
    """Number the nodes of a tree over `n_leaves` leaves in preorder; the left child gets the larger half."""
    first_leaf[0], leaves_below[0] = 0, n_leaves
    for node in range(2 * n_leaves - 1):
        m = leaves_below[node]
        if m == 1:
            leaf_node[first_leaf[node]] = node
            continue
        left = (m + 1) // 2
        first_leaf[node + 1], leaves_below[node + 1] = first_leaf[node], left
        first_leaf[node + 2 * left], leaves_below[node + 2 * left] = first_leaf[node] + left, m - left


@inner
def _widest_column(Z, keys, start, stop, n_columns, n_rows):
    """The one of the first columns with the largest range among about `n_rows` of the rows keys[start:stop]."""
    stride = max(1, (stop - start) // n_rows)
    widest, column = -1.0, 0
    for c in range(n_columns):
        low = high = Z[_row(keys[start]), c]
        for i in range(start, stop, stride):
            value = Z[_row(keys[i]), c]
            low = min(low, value)
            high = max(high, value)
        if high - low > widest:
            widest, column = high - low, c
    return column


@inner
def _keyed(value, row):
    """A number and a row as one whole number: ordered by value, then by row, so that no two are equal."""
    bits = np.float32(value).view(np.int32)
    return (np.int64(bits ^ ((bits >> 31) & 0x7FFFFFFF)) << 32) | row


@inner
def _row(key):
    return key & 0xFFFFFFFF


@inner
def _select(keys, start, stop, position, sample):
    """Quickselect of `_keyed` numbers, all different: afterwards keys[start:position] < keys[position:stop].

    Which side a number belongs to is as good as random: to move each without asking is three times as fast as a branch
    that is mispredicted half of the time (Lomuto's partition, Alexandrescu 2020).
    sample (_SAMPLED,) int64: work space.
    """
    low, high = start, stop - 1
    while high - low > 8:
        pivot = _pivot(keys, low, high, position, sample)
        i = low
        for j in range(low, high + 1):
            key = keys[j]
            keys[j] = keys[i]
            keys[i] = key
            i += key < pivot
        if position == i:
            return
        if position < i:
            high = i - 1
        else:
            low = i
    _sort(keys, low, high + 1)


@inner
def _sort(keys, start, stop):
    for i in range(start + 1, stop):
        key = keys[i]
        j = i - 1
        while j >= start and keys[j] > key:
            keys[j + 1] = keys[j]
            j -= 1
        keys[j + 1] = key


@inner
def _pivot(keys, low, high, position, sample):
    """The key of a sample whose rank there is that of `position` among all; never the smallest."""
    n = high - low + 1
    n_sampled = 3 if n < 64 else (7 if n < 1024 else _SAMPLED)
    for i in range(n_sampled):
        sample[i] = keys[low + (2 * i + 1) * n // (2 * n_sampled)]
    _sort(sample, 0, n_sampled)
    return sample[min(max((position - low) * n_sampled // n, 1), n_sampled - 2)]


@inner
def _order_leaf(Z, first, last, leaf_size, keys, sample):
    """Go on splitting inside a leaf, so that the rows of a panel, and eight queries in a row, lie close together."""
    size, few = leaf_size // 2, np.int64(16)
    while size >= 8:
        for begin in range(first, last, 2 * size):
            end = min(last, begin + 2 * size)
            if begin + size >= end:
                continue
            column = _widest_column(Z, keys, begin, end, min(4, Z.shape[1]), few)
            for p in range(begin, end):
                keys[p] = _keyed(Z[_row(keys[p]), column], _row(keys[p]))
            _select(keys, begin, end, begin + size, sample)
        size //= 2


@inner
def _median(values, keys, sample):
    """Median of all values; `keys` is work space of as many entries, at least one."""
    n = len(values)
    for i in range(n):
        keys[i] = _keyed(values[i], i)
    _select(keys, np.int64(0), n, n // 2, sample)
    above = keys[n // 2]
    for i in range(n // 2 + 1, n):
        above = min(above, keys[i])
    below = above
    if n % 2 == 0:
        below = keys[0]
        for i in range(1, n // 2):
            below = max(below, keys[i])
    return 0.5 * (np.float64(values[_row(below)]) + np.float64(values[_row(above)]))


@inner
def _between_two_means(Z, keys, start, stop, direction, sample):
    """The direction between the means of two halves of at most 512 of the rows keys[start:stop].

    2-means (Lloyd 1982) with halves of equal size: where columns are not independent, cells become much rounder than
    those of the widest column, and a row's neighbours lie in fewer of them.
    """
    d, stride = Z.shape[1], max(1, (stop - start) // 512)
    near, far = room(d, np.float64), room(d, np.float64)
    along = room((stop - start + stride - 1) // stride, np.float32)
    moved = room(len(along), np.int64)
    column = _widest_column(Z, keys, start, stop, d, np.int64(64))
    for c in range(d):
        direction[c] = np.float32(c == column)
    for _ in range(6):
        for i in range(len(along)):
            row, total = _row(keys[start + i * stride]), np.float32(0.0)
            for c in range(d):
                total += Z[row, c] * direction[c]
            along[i] = total
        median = _median(along, moved, sample)
        for c in range(d):
            near[c] = far[c] = 0.0
        n_far = 0
        for i in range(len(along)):
            row = _row(keys[start + i * stride])
            if along[i] > median:
                n_far += 1
                for c in range(d):
                    far[c] += Z[row, c]
            else:
                for c in range(d):
                    near[c] += Z[row, c]
        if n_far == 0:  # more than half of the rows lie at the median
            return
        for c in range(d):
            direction[c] = np.float32(far[c] / n_far - near[c] / (len(along) - n_far))


@kernel
def split_nodes(Z, nodes, whole, by_means, first_leaf, n_leaves, leaf_size, keys, start, stop):
    """Split nodes[start:stop] at their median leaf; where `whole`, go on down to single leaves.

    Z (n, c) float32: leading coordinates. keys (n,) int64: rows in their last 32 bits, permuted in place.
    by_means: across the direction between two means, and not across the widest column.
    """
    n, many, sample = len(keys), np.int64(64), room(_SAMPLED, np.int64)
    direction = room(Z.shape[1], np.float32)
    stack = room(128, np.int64)
    for i in range(start, stop):
        stack[0] = nodes[i]
        depth = 1
        while depth > 0:
            depth -= 1
            node = stack[depth]
            m = n_leaves[node]
            if m == 1:
                _order_leaf(
                    Z, first_leaf[node] * leaf_size, min(n, (first_leaf[node] + 1) * leaf_size), leaf_size, keys, sample
                )
                continue
            left = (m + 1) // 2
            first = first_leaf[node] * leaf_size
            last = min(n, (first_leaf[node] + m) * leaf_size)
            if by_means:
                _between_two_means(Z, keys, first, last, direction, sample)
                for p in range(first, last):
                    row, total = _row(keys[p]), np.float32(0.0)
                    for c in range(Z.shape[1]):
                        total += Z[row, c] * direction[c]
                    keys[p] = _keyed(total, row)
            else:
                column = _widest_column(Z, keys, first, last, Z.shape[1], many)
                for p in range(first, last):
                    keys[p] = _keyed(Z[_row(keys[p]), column], _row(keys[p]))
            _select(keys, first, last, first + left * leaf_size, sample)
            if whole:
                stack[depth], stack[depth + 1] = node + 1, node + 2 * left
                depth += 2


@inner
def _median_of_nine(Z, start, stop, column):
    """Median of at most nine values of a column: a center that an outlier cannot drag away."""
    values = room(9, np.float64)
    n = min(9, stop - start)
    for i in range(n):
        value = Z[start + i * (stop - start) // n, column]
        j = i - 1
        while j >= 0 and values[j] > value:
            values[j + 1] = values[j]
            j -= 1
        values[j + 1] = value
    return values[n // 2]


@kernel
def fill_leaves(Z, first, tree, layout, relative_noise, start, stop):
    """Write leaves start <= leaf < stop; row p − first of Z holds the coordinates of position p.

    Z (m, d) float64. The layout's `shrink` and `relative_noise`, the error of the float64 coordinates relative to
    their norm, make `half` a lower bound (see `fastbal._kernels.search`).
    """
    d, leaf_size, n_lead, shrink = layout.d, layout.leaf_size, layout.n_lead, layout.shrink
    spacing = np.float64(1.2e-7)
    lead, rest, norm = room(leaf_size, np.float64), room(leaf_size, np.float64), room(leaf_size, np.float64)
    for leaf in range(start, stop):
        node = tree.leaf_node[leaf]
        begin = leaf * leaf_size - first
        end = min(begin + leaf_size, len(Z))
        panels = tree.panels[leaf * leaf_size * d : (leaf + 1) * leaf_size * d]
        for lane in range(leaf_size):
            lead[lane] = rest[lane] = norm[lane] = 0.0
        for c in range(d):
            center = _median_of_nine(Z, begin, end, c)
            low = high = 0.0
            for i in range(begin, end):
                value = Z[i, c]
                residual = value - center
                low, high = min(low, residual), max(high, residual)
                short = np.float32(residual)
                lane = i - begin
                panels[(lane // PANEL) * PANEL * d + c * PANEL + lane % PANEL] = short
                if c < n_lead:
                    lead[lane] += np.float64(short) * np.float64(short)
                else:
                    rest[lane] += np.float64(short) * np.float64(short)
                norm[lane] += value * value
            for lane in range(end - begin, leaf_size):
                panels[(lane // PANEL) * PANEL * d + c * PANEL + lane % PANEL] = np.float32(0.0)
            tree.center[node, c] = center
            tree.low[node, c] = np.float32(low * (1.0 + spacing))
            tree.high[node, c] = np.float32(high * (1.0 + spacing))
        noise = 0.0
        for lane in range(leaf_size):
            position = leaf * leaf_size + lane
            if lane < end - begin:
                error = relative_noise * np.sqrt(norm[lane])
                noise = max(noise, error)
                bound = 0.5 * (lead[lane] * shrink - 10.0 * error * error / (1.0 - shrink))
                remainder = 0.5 * rest[lane] * shrink
                tree.half_rest[position] = np.float32(remainder)
                tree.half_lead[position] = np.float32(bound) - _TINY
                tree.half[position] = np.float32(bound + remainder) - _TINY
            else:
                tree.half_rest[position] = np.float32(0.0)
                tree.half_lead[position] = tree.half[position] = np.float32(np.inf)
        tree.noise[node] = noise


@kernel
def fill_inner_nodes(tree):
    """Boxes of the inner nodes from those of their children, last node first."""
    d = tree.center.shape[1]
    spacing = np.float64(1.2e-7)
    for node in range(len(tree.n_leaves) - 1, -1, -1):
        m = tree.n_leaves[node]
        if m == 1:
            continue
        left, right = node + 1, node + 2 * ((m + 1) // 2)
        tree.noise[node] = max(tree.noise[left], tree.noise[right])
        for c in range(d):
            low = min(tree.center[left, c] + tree.low[left, c], tree.center[right, c] + tree.low[right, c])
            high = max(tree.center[left, c] + tree.high[left, c], tree.center[right, c] + tree.high[right, c])
            center = 0.5 * (low + high)
            tree.center[node, c] = center
            tree.low[node, c] = np.float32((low - center) * (1.0 + spacing))
            tree.high[node, c] = np.float32((high - center) * (1.0 + spacing))
