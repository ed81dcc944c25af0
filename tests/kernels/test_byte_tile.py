"""The tile in eight bits against whole numbers of NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numba import njit

from fastbal._kernels import byte_tile
from fastbal._kernels.byte_tile import QUAD
from fastbal._kernels.vector import GROUP, PANEL, pointers


def tiles(panels, queries, n_quads, n_panels, start, level, reach, ceilings, hits):
    to = pointers
    return byte_tile.byte_tiles(
        to(panels), to(queries), QUAD * n_quads, n_quads, n_panels, to(start), to(level), to(reach), to(ceilings),
        to(hits),
    )  # fmt: skip


def check(run: Any, n_quads: int, n_panels: int) -> None:
    rng = np.random.default_rng(n_quads)
    X = rng.integers(-127, 128, (n_panels, PANEL, QUAD * n_quads))
    queries = rng.integers(-127, 128, (GROUP, QUAD * n_quads))
    panels = (X + 128).astype(np.uint8).reshape(n_panels, PANEL, n_quads, QUAD).transpose(0, 2, 1, 3).copy()
    level = (128 * queries.sum(axis=1) + rng.integers(0, 9, GROUP)).astype(np.int32)
    start = rng.integers(-9000, 0, (n_panels, PANEL)).astype(np.int32)
    sums = start[:, None, :] - level[:, None] + queries @ X.transpose(0, 2, 1) + 128 * queries.sum(axis=1)[:, None]
    spread = int(np.abs(sums).max()) + 1
    reach = rng.integers(-spread, spread // 4, GROUP).astype(np.int32)
    ceilings = rng.integers(-spread, spread // 4, (n_panels, PANEL)).astype(np.int32)
    reach[2], ceilings[:, 5] = -(2**30), -(2**30)
    reach[3], ceilings[0, 7] = -sums[0, 3, 9], -sums[0, 4, 7]  # just met
    if n_panels > 1:
        reach[:], ceilings[1] = np.minimum(reach, -sums[1].max() - 1), -(2**30)  # a panel in which nothing is near
    hits = np.full((n_panels, GROUP), 77, np.uint32)
    found = run(panels, queries.astype(np.int8), n_quads, n_panels, start, level, reach, ceilings, hits)
    near = sums >= -np.maximum(reach[:, None], ceilings[:, None, :])
    assert [(int(found) >> p) & 1 for p in range(n_panels)] == near.any(axis=(1, 2)).tolist()
    for panel in np.flatnonzero(near.any(axis=(1, 2))):
        got = (hits[panel][:, None] >> np.arange(PANEL, dtype=np.uint32)) & 1
        assert np.array_equal(got.astype(bool), near[panel])


@pytest.mark.parametrize(("n_quads", "n_panels"), [(1, 1), (2, 3), (5, 8), (33, 2)])
def test_tiles(n_quads: int, n_panels: int) -> None:
    check(run_tiles, n_quads, n_panels)


run_tiles = njit(tiles)


@pytest.mark.parametrize("blocking", [(16, 8, 2), (8, 4, 2), (4, 4, 2)])
def test_tiles_for_processors_that_multiply_no_bytes(
    blocking: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(byte_tile, "_multiplies_bytes", lambda features: False)
    monkeypatch.setattr(byte_tile, "_byte_blocking", lambda: blocking)
    check(njit(tiles), 3, 2)


def test_the_largest_sums_stay_whole_numbers() -> None:
    """All bytes at their largest, in 4,096 columns."""
    n_quads = 1024
    panels = np.full((1, n_quads, PANEL, QUAD), 255, np.uint8)
    queries = np.full((GROUP, QUAD * n_quads), -127, np.int8)
    square = 127 * 127 * 4096
    level = np.full(GROUP, square // 2 - 128 * 127 * 4096 - 1, np.int32)
    start = np.full((1, PANEL), -square // 2, np.int32)
    ceilings, hits = np.full((1, PANEL), -(2**30), np.int32), np.zeros((1, GROUP), np.uint32)
    farthest = np.full(GROUP, 2 * square - 1, np.int32)  # half of (2 · 127)² in each column is their distance
    assert run_tiles(panels, queries, n_quads, 1, start, level, farthest, ceilings, hits) == 1
    assert run_tiles(panels, queries, n_quads, 1, start, level, farthest - 1, ceilings, hits) == 0
