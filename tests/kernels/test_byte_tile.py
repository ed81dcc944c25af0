"""The tile in whole numbers against whole numbers of NumPy."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numba import njit

from fastbal._kernels import byte_tile
from fastbal._kernels._machine import processor
from fastbal._kernels.byte_tile import WORD, short_numbers
from fastbal._kernels.bytes import FAR, gather_short
from fastbal._kernels.vector import GROUP, PANEL, pointers, target_features


def tiles(panels, queries, n_words, n_panels, start, level, reach, ceilings, hits):
    to = pointers
    return byte_tile.byte_tiles(
        to(panels), to(queries), WORD * n_words, n_words, n_panels, to(start), to(level), to(reach), to(ceilings),
        to(hits),
    )  # fmt: skip


def check(run: Any, n_words: int, n_panels: int) -> None:
    rng = np.random.default_rng(n_words)
    columns, most = short_numbers(WORD * n_words)
    offset, whole = (128, np.int8) if columns == WORD else (0, np.int16)
    X = rng.integers(-most, most + 1, (n_panels, PANEL, columns * n_words))
    queries = rng.integers(-most, most + 1, (GROUP, columns * n_words))
    panels = (X + offset).astype(np.uint8 if offset else np.int16).reshape(n_panels, PANEL, n_words, columns)
    panels = panels.transpose(0, 2, 1, 3).copy().view(np.uint8)
    level = (offset * queries.sum(axis=1) + rng.integers(0, 9, GROUP)).astype(np.int32)
    start = rng.integers(-9000, 0, (n_panels, PANEL)).astype(np.int32)
    sums = start[:, None, :] - level[:, None] + queries @ X.transpose(0, 2, 1) + offset * queries.sum(axis=1)[:, None]
    spread = int(np.abs(sums).max()) + 1
    reach = rng.integers(-spread, spread // 4, GROUP).astype(np.int32)
    ceilings = rng.integers(-spread, spread // 4, (n_panels, PANEL)).astype(np.int32)
    reach[2], ceilings[:, 5] = -(2**30), -(2**30)
    reach[3], ceilings[0, 7] = -sums[0, 3, 9], -sums[0, 4, 7]  # just met
    if n_panels > 1:
        reach[:], ceilings[1] = np.minimum(reach, -sums[1].max() - 1), -(2**30)  # a panel in which nothing is near
    hits = np.full((n_panels, GROUP), 77, np.uint32)
    found = run(panels, queries.astype(whole).view(np.int8), n_words, n_panels, start, level, reach, ceilings, hits)
    near = sums >= -np.maximum(reach[:, None], ceilings[:, None, :])
    assert [(int(found) >> p) & 1 for p in range(n_panels)] == near.any(axis=(1, 2)).tolist()
    for panel in np.flatnonzero(near.any(axis=(1, 2))):
        got = (hits[panel][:, None] >> np.arange(PANEL, dtype=np.uint32)) & 1
        assert np.array_equal(got.astype(bool), near[panel])


@pytest.mark.parametrize(("n_words", "n_panels"), [(1, 1), (2, 3), (5, 8), (33, 2)])
def test_tiles(n_words: int, n_panels: int) -> None:
    check(run_tiles, n_words, n_panels)


run_tiles = njit(tiles)


@pytest.mark.parametrize("blocking", [(16, 8, 2), (8, 4, 2), (4, 4, 2)])
def test_tiles_for_processors_that_multiply_no_short_numbers(
    blocking: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(byte_tile, "_way", lambda features: byte_tile._SINGLES)
    monkeypatch.setattr(byte_tile, "_byte_blocking", lambda: blocking)
    check(njit(tiles), 3, 2)


@pytest.mark.parametrize("there_is", ["+avx2", "+avx2,+avx512f", "+avx512vnni"])
@pytest.mark.parametrize("used", ["", "+avx2"])
def test_tiles_where_the_compiler_uses_less_than_there_is(
    there_is: str, used: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By NUMBA_ENABLE_AVX=0, or a file of settings: rows are stored for the processor as it is."""
    if used and used not in target_features():
        pytest.skip("this processor has no AVX2")
    monkeypatch.setattr(byte_tile, "processor", lambda: ("some", there_is))
    monkeypatch.setattr(byte_tile, "target_features", lambda: used)
    check(njit(tiles), 3, 2)


@pytest.mark.parametrize("d", [4096, 200, 8])
def test_the_largest_sums_stay_whole_numbers(d: int) -> None:
    """All numbers at their largest."""
    columns, most = short_numbers(d)
    n_words, offset, whole = d // columns, 128 if columns == WORD else 0, np.int8 if columns == WORD else np.int16
    panels = np.full((1, n_words, PANEL, columns), most + offset, np.uint8 if offset else np.int16).view(np.uint8)
    queries = np.full((GROUP, d), -most, whole).view(np.int8)
    square = most * most * d
    level = np.full(GROUP, square // 2 - offset * most * d - 1, np.int32)
    start = np.full((1, PANEL), -((square + 1) // 2), np.int32)
    ceilings, hits = np.full((1, PANEL), -(2**30), np.int32), np.zeros((1, GROUP), np.uint32)
    # Half of (2 · most)² in each column is their distance, and less than what is beyond everything.
    farthest = np.full(GROUP, (square + 1) // 2 + square // 2 - 1 + square, np.int32)
    assert farthest[0] <= FAR
    assert run_tiles(panels, queries, n_words, 1, start, level, farthest, ceilings, hits) == 1
    assert run_tiles(panels, queries, n_words, 1, start, level, farthest - 1, ceilings, hits) == 0


def test_the_compiler_multiplies_as_the_tree_is_stored() -> None:
    assert byte_tile._way(target_features()) == byte_tile._way(processor()[1])


def test_ways_of_processors() -> None:
    ways = {
        "+avx2,+fma": byte_tile._PAIRS,
        "+avx2,+avxvnni": byte_tile._FOURS,
        "+avx2,+avx512f,+avx512vnni": byte_tile._FOURS,
        "+avx2,-avx512f,-avx512vnni": byte_tile._PAIRS,
        "+avx2,+avx512f": byte_tile._SINGLES,
        "+neon": byte_tile._SINGLES,
    }
    assert {features: byte_tile._way(features) for features in ways} == ways


@pytest.mark.parametrize(("columns", "d"), [(4, 8), (4, 13), (4, 70), (2, 10), (2, 11), (2, 70)])
def test_queries_are_read_back_from_panels_of_bytes_and_of_16_bits(columns: int, d: int) -> None:
    """In plain Python, so that both are looked at whichever the processor has."""
    rng = np.random.default_rng(d)
    n_words, n = -(-d // columns), 3 * PANEL
    most, offset = (127, 128) if columns == WORD else (2000, 0)
    rows = np.zeros((n, n_words * columns), np.int64)
    rows[:, :d] = rng.integers(-most, most + 1, (n, d))
    stored = (rows + offset).astype(np.uint8) if offset else rows.astype("<i2").view(np.uint8)
    panels = stored.reshape(3, PANEL, n_words, WORD).transpose(0, 2, 1, 3).reshape(-1).copy()
    members = np.sort(rng.choice(n, 37, replace=False))
    space = SimpleNamespace(members=members, short=np.zeros(64 * n_words * WORD, np.int8))
    with np.errstate(all="ignore"):
        gather_short.function(SimpleNamespace(n_words=n_words, columns=columns, panels=panels), 37, space)
    short = space.short[: 37 * n_words * WORD]
    np.testing.assert_array_equal((short if offset else short.view("<i2")).reshape(37, -1), rows[members])
