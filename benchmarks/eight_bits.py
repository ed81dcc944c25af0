"""All-kNN with the first filter in eight bits and without, and the tile by itself.

    python -m benchmarks.eight_bits [gaussian ...]

prints CPU seconds of all threads, the least of three rounds in turn, and whether the filter was used; then nanoseconds
for a tile of eight queries and 32 rows, on one thread.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from benchmarks import generated
from fastbal._core import tree_search
from fastbal._core.neighbors import Index
from fastbal._core.tree_search import TreeSearch
from fastbal._kernels import byte_tile, vector
from fastbal._kernels.vector import GROUP, PANEL, advance, pointers

ROUNDS = 3
CASES = [
    ("gaussian", 60_000, 20),
    ("gaussian", 100_000, 20),
    ("gaussian", 40_000, 35),
    ("gaussian", 30_000, 50),
    ("gaussian", 30_000, 200),
    ("gaussian", 100_000, 10),
    ("uniform", 100_000, 12),
    ("classification", 50_000, 30),
    ("credit_card", 60_000, 29),
    ("correlated", 50_000, 10),
    ("clusters", 60_000, 20),
    ("heavy_tailed", 50_000, 15),
    ("walks", 30_000, 100),
    ("embeddings", 16_000, 768),
    ("pixels", 10_000, 784),
]


def table(kind: str, n: int, columns: int) -> np.ndarray[Any, Any]:
    if kind == "classification":
        return np.ascontiguousarray(generated.classification(n, 1000, columns)[0][:n], np.float64)
    made = getattr(generated, kind)(n, columns, np.random.default_rng(3))
    return np.ascontiguousarray(made, np.float64)


def compared(X: np.ndarray[Any, Any]) -> tuple[dict[bool, float], bool]:
    """CPU seconds with the filter and without, and whether it was used; the neighbours must be the same."""
    seconds, found, used = {True: np.inf, False: np.inf}, {}, False
    of_processor: Callable[[], bool] = tree_search.has_byte_products
    for _ in range(ROUNDS):
        for in_bytes in seconds:
            tree_search.has_byte_products = (lambda: True) if in_bytes else (lambda: False)
            index = Index(X)
            start = time.process_time()
            found[in_bytes] = index.neighbors_of_rows(None, 5)
            seconds[in_bytes] = min(seconds[in_bytes], time.process_time() - start)
            if in_bytes and isinstance(index._indexed, TreeSearch):
                used = index._indexed.tree.rounded.scale > 0
    tree_search.has_byte_products = of_processor
    for got, expected in zip(found[True], found[False], strict=True):
        assert np.array_equal(got, expected)
    return seconds, used


@njit(nogil=True)
def byte_tiles_again(panels, queries, n_words, start, level, reach, ceilings, hits, n):  # type: ignore[no-untyped-def]
    found = 0
    to, queries, start, level = pointers(panels), pointers(queries), pointers(start), pointers(level)
    reach, ceilings, hits = pointers(reach), pointers(ceilings), pointers(hits)
    for _ in range(n):
        found += byte_tile.byte_tiles(to, queries, 4 * n_words, n_words, 8, start, level, reach, ceilings, hits)
    return found


@njit(nogil=True)
def tiles_again(panels, queries, d, half, limits, offsets, ceilings, sums, hits, n):  # type: ignore[no-untyped-def]
    found = 0
    to, queries, half, limits, offsets = (
        pointers(panels), pointers(queries), pointers(half), pointers(limits), pointers(offsets)
    )  # fmt: skip
    ceilings, sums, hits = pointers(ceilings), pointers(sums), pointers(hits)
    for _ in range(n):
        for panel in range(8):
            at = advance(to, panel * PANEL * d)
            found += vector.tile(at, queries, d, half, 0, limits, offsets, ceilings, sums, hits)
    return found


def nanoseconds(run: Callable[..., int], *arguments: Any) -> float:
    run(*arguments, 1)
    best, n = np.inf, 20_000
    for _ in range(7):
        start = time.process_time()
        assert run(*arguments, n) == 0
        best = min(best, time.process_time() - start)
    return best / (8 * n) * 1e9


def tiles(d: int) -> tuple[float, float]:
    """Nanoseconds of a tile in which nothing is near: in eight bits, and in float32."""
    int32, float32, n_words = np.int32, np.float32, -(-d // byte_tile.short_numbers(d)[0])
    in_bytes = nanoseconds(
        byte_tiles_again, np.zeros(8 * PANEL * 4 * n_words, np.uint8), np.zeros(GROUP * 4 * n_words, np.int8), n_words,
        np.full(8 * PANEL, -100, int32), np.zeros(GROUP, int32), np.full(GROUP, -5, int32),
        np.full(8 * PANEL, -5, int32), np.zeros(8 * GROUP, np.uint32),
    )  # fmt: skip
    in_float32 = nanoseconds(
        tiles_again, np.zeros(8 * PANEL * d, float32), np.zeros(GROUP * d, float32), d, np.zeros(PANEL, float32),
        np.full(GROUP, -1, float32), np.zeros(GROUP, float32), np.full(PANEL, -1, float32),
        np.zeros(GROUP * PANEL, float32), np.zeros(GROUP, np.uint32),
    )  # fmt: skip
    return in_bytes, in_float32


def main(kinds: list[str]) -> None:
    print("| table | eight bits first | float32 alone | | used |\n|---|--:|--:|--:|---|")
    for kind, n, columns in CASES:
        if not kinds or kind in kinds:
            seconds, used = compared(table(kind, n, columns))
            ratio = f"{seconds[False] / seconds[True]:.2f}x"
            print(f"| {kind} {n:,} x {columns} | {seconds[True]:.2f} s | {seconds[False]:.2f} s | {ratio} | {used} |")
    print("\n| columns | tile in eight bits | in float32 | |\n|--:|--:|--:|--:|")
    for columns in (8, 20, 32, 52, 100):
        in_bytes, in_float32 = tiles(columns)
        print(f"| {columns} | {in_bytes:.0f} ns | {in_float32:.0f} ns | {in_float32 / in_bytes:.1f}x |")


if __name__ == "__main__":
    main(sys.argv[1:])
