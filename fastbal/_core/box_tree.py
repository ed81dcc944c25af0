"""Put rows into a tree of boxes: near rows in one leaf, each leaf stored as the search kernels read it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastbal._core.rotation import Rotation
from fastbal._core.threads import for_each_piece, max_threads, one_blas_thread
from fastbal._kernels.byte_tile import WORD, short_numbers
from fastbal._kernels.bytes import round_leaves, roundings
from fastbal._kernels.tree import Bytes, Layout, Tree, fill_inner_nodes, fill_leaves, lay_out_nodes, split_nodes

Matrix = NDArray[np.float32] | NDArray[np.float64]

# Values rotated at a time by a thread.
_CHUNK = 1 << 17
# Leading columns among which a node looks for its widest.
_SPLIT_COLUMNS = 16
# Leading columns of the means between which a node is split.
_MEAN_COLUMNS = 64
# Rows from which on the top of the tree is worth sharing among threads.
_MANY_ROWS = 20_000


def build_tree(
    X: Matrix,
    rotation: Rotation,
    layout: Layout,
    *,
    by_means: bool = False,
    rows: NDArray[np.int64] | None = None,
) -> Tree:
    """The tree of the rows of X, or of some of them, in rotated coordinates.

    Parameters
    ----------
    X : ndarray of shape (n, d), float32 or float64
        Finite.
    rotation : Rotation
        To tree coordinates.
    layout : Layout
        How leaves are stored.
    by_means : bool, default=False
        Round leaves instead of leaves with small boxes: halves are split across the direction between their means.
    rows : ndarray of int64, optional
        Row numbers, ascending; all by default. No copy is made of these rows.

    Returns
    -------
    Tree
        ``n · (4 d + 20)`` bytes, and a sixteenth of that for boxes.
    """
    n, d = len(X) if rows is None else len(rows), X.shape[1]
    leaf_size = layout.leaf_size
    n_leaves = -(-n // leaf_size)
    n_nodes, n_positions = 2 * n_leaves - 1, n_leaves * leaf_size
    half = np.empty(n_positions, np.float32)
    is_split = layout.n_lead < d
    tree = Tree(
        panels=np.empty(n_positions * d, np.float32),
        half=half,
        half_lead=np.empty(n_positions, np.float32) if is_split else half,
        half_rest=np.empty(n_positions, np.float32) if is_split else half,
        rows=np.full(n_positions, -1, np.int64),
        center=np.empty((n_nodes, d)),
        low=np.empty((n_nodes, d), np.float32),
        high=np.empty((n_nodes, d), np.float32),
        noise=np.empty(n_nodes),
        first_leaf=np.empty(n_nodes, np.int64),
        n_leaves=np.empty(n_nodes, np.int64),
        leaf_node=np.empty(n_leaves, np.int64),
        rounded=_room_for_bytes(0, leaf_size, d, 0.0),
    )
    lay_out_nodes(n_leaves, tree.first_leaf, tree.n_leaves, tree.leaf_node)

    def fill(first_leaf: int, last_leaf: int) -> None:
        first, last = first_leaf * leaf_size, min(n, last_leaf * leaf_size)
        Z = rotation(X.take(tree.rows[first:last], axis=0, mode="clip"))  # the rows are known to exist
        fill_leaves(Z, first, tree, layout, rotation.relative_noise, first_leaf, last_leaf)

    with one_blas_thread():
        tree.rows[:n] = _rows_in_leaf_order(X, rows, rotation, tree, leaf_size, by_means)
        for_each_piece(fill, n_leaves, piece=max(1, _CHUNK // (leaf_size * d)))
    fill_inner_nodes(tree)
    return tree


def _room_for_bytes(n_leaves: int, leaf_size: int, d: int, scale: float) -> Bytes:
    columns, most = short_numbers(d)
    n_positions, n_words = n_leaves * leaf_size, -(-d // columns)
    return Bytes(
        panels=np.empty(n_positions * n_words * WORD, np.uint8),
        start=np.empty(n_positions, np.int32),
        level=np.empty(n_positions, np.int32),
        error=np.empty(n_leaves),
        scale=scale,
        n_words=n_words,
        columns=columns,
        most=most,
    )


def byte_scale(tree: Tree, layout: Layout) -> float:
    """The unit that moves the rows of most leaves least: not always the one by which the farthest row has a byte.

    0 where there is none to be had.
    """
    n_leaves = len(tree.leaf_node)
    nodes = tree.leaf_node
    farthest = float(np.abs(tree.center[nodes]).max() + max(np.abs(tree.low[nodes]).max(), tree.high[nodes].max()))
    if farthest <= 0:
        return 0.0
    most = short_numbers(layout.d)[1]
    scales = farthest / most * 0.5 ** (np.arange(12) / 2)
    leaves = np.arange(0, n_leaves, max(1, n_leaves // 8))
    sums = np.zeros(len(scales))
    roundings(tree, layout, scales, most, leaves, sums)
    scale = float(scales[np.argmin(sums)])
    return scale if 2.0**-60 < scale < 2.0**60 else 0.0  # whose squares float32 holds


def rounded_to_bytes(tree: Tree, layout: Layout, scale: float) -> Tree:
    """The same tree with its rows in short numbers, too; ``n (d + 8)`` bytes more, in 16 bits ``n (2 d + 8)``."""
    rounded = _room_for_bytes(len(tree.leaf_node), layout.leaf_size, layout.d, scale)
    for_each_piece(lambda start, stop: round_leaves(tree, layout, rounded, start, stop), len(tree.leaf_node), piece=16)
    return tree._replace(rounded=rounded)


def _rows_in_leaf_order(
    X: Matrix, rows: NDArray[np.int64] | None, rotation: Rotation, tree: Tree, leaf_size: int, by_means: bool
) -> NDArray[np.int64]:
    """Halve the rows at the median of their widest leading column, or between two means, again and again."""
    n, d = len(X) if rows is None else len(rows), X.shape[1]
    keys = np.arange(n)  # rows, beside which `split_nodes` puts what it splits by
    lead = np.empty((n, min(d, _MEAN_COLUMNS if by_means else _SPLIT_COLUMNS)), np.float32)

    def rotate(start: int, stop: int) -> None:
        part = X[start:stop] if rows is None else X.take(rows[start:stop], axis=0)
        lead[start:stop] = rotation(part, lead.shape[1])

    def split(nodes: NDArray[np.int64], down_to_rows: bool) -> None:
        for_each_piece(
            lambda start, stop: split_nodes(
                lead, nodes, down_to_rows, by_means, tree.first_leaf, tree.n_leaves, leaf_size, keys, start, stop
            ),
            len(nodes),
            piece=1,
        )

    for_each_piece(rotate, n, piece=1 + _CHUNK // d)
    nodes = np.zeros(1, np.int64)
    if n > _MANY_ROWS:  # the top of the tree one level after the other, until there are subtrees for all threads
        while len(nodes) < 4 * max_threads() and tree.n_leaves[nodes].min() > 1:
            split(nodes, False)
            nodes = np.concatenate([nodes + 1, nodes + 2 * ((tree.n_leaves[nodes] + 1) // 2)])
    split(nodes, True)
    keys &= 0xFFFFFFFF
    return keys if rows is None else rows[keys]
