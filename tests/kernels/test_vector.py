"""The vector code against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numba import njit

from fastbal._kernels import vector
from fastbal._kernels.vector import GROUP, PANEL


def tile(panel, query, start, stride, limit, offset, ceiling, sums, hits):
    to = vector.pointers
    return vector.tile(
        to(panel), to(query), panel.shape[0], to(start), stride, to(limit), to(offset), to(ceiling), to(sums), to(hits)
    )  # fmt: skip


run_tile = njit(tile)


@njit
def run_pack(residual, shift, packed, squares):
    to = vector.pointers
    vector.pack(to(residual), to(shift), residual.shape[0], to(packed), to(squares))


@njit
def run_add_rest(sums, rest):
    vector.add_rest(vector.pointers(sums), vector.pointers(rest))


@njit
def run_insert(keys, ids, key, identity):
    to = vector.pointers
    return vector.insert_candidate(to(keys), to(ids), len(keys) // vector.LIST_BLOCK, key, identity)


@njit
def run_keep_in_block(keys, ids, word, position, sums, offset):
    to = vector.pointers
    return vector.keep_in_block(to(keys), to(ids), word, position, to(sums), offset)


@njit
def run_keep_in_two_blocks(keys, ids, word, position, sums, offset):
    to = vector.pointers
    return vector.keep_in_two_blocks(to(keys), to(ids), word, position, to(sums), offset)


@njit
def run_lowest_bit(word):
    return vector.lowest_bit(word)


def float32(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("n_columns", [1, 2, 7, 64])
@pytest.mark.parametrize("one_start_for_all", [True, False])
def test_tile(n_columns: int, one_start_for_all: bool) -> None:
    check_tile(run_tile, n_columns, one_start_for_all)


@pytest.mark.parametrize("blocking", [(16, 8, 2), (8, 4, 2), (4, 4, 2)], ids=["avx512", "avx2", "others"])
def test_tile_for_other_machines(blocking: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector, "_blocking", lambda: blocking)
    check_tile(njit(tile), 7, False)


def check_tile(run_tile: Any, n_columns: int, one_start_for_all: bool) -> None:
    rng = np.random.default_rng(n_columns)
    panel, query = float32(rng, n_columns, PANEL), float32(rng, n_columns, GROUP)
    start = float32(rng, GROUP, PANEL)
    if one_start_for_all:
        start[:] = start[0]
    limit, offset, ceiling = float32(rng, GROUP), float32(rng, GROUP), float32(rng, PANEL)
    limit[3], ceiling[5] = -np.inf, -np.inf
    sums, hits = np.zeros((GROUP, PANEL), np.float32), np.zeros(GROUP, np.uint32)
    found = run_tile(panel, query, start, 0 if one_start_for_all else PANEL, limit, offset, ceiling, sums, hits)
    expected = start + query.T.astype(np.float64) @ panel
    assert found == 1
    np.testing.assert_allclose(sums, expected, rtol=1e-5, atol=1e-5)
    below = expected < np.maximum(limit[:, None], ceiling[None, :] - offset[:, None])
    got = (hits[:, None] >> np.arange(PANEL, dtype=np.uint32)) & 1
    assert np.array_equal(got.astype(bool), below)


def test_tile_writes_nothing_where_nothing_is_below() -> None:
    rng = np.random.default_rng(0)
    panel, query, start = float32(rng, 3, PANEL), float32(rng, 3, GROUP), float32(rng, GROUP, PANEL)
    closed = np.full(PANEL, -np.inf, np.float32)
    sums, hits = np.full((GROUP, PANEL), 7, np.float32), np.full(GROUP, 9, np.uint32)
    found = run_tile(panel, query, start, PANEL, closed[:GROUP], np.zeros(GROUP, np.float32), closed, sums, hits)
    assert found == 0
    assert (sums == 7).all()
    assert (hits == 9).all()


def test_tile_never_reports_padding() -> None:
    """Padding starts at infinity, which is below no limit, not even an open one."""
    start = np.full((GROUP, PANEL), np.inf, np.float32)
    zeros, opened = np.zeros((2, PANEL), np.float32), np.full(PANEL, np.inf, np.float32)
    sums, hits = np.zeros((GROUP, PANEL), np.float32), np.zeros(GROUP, np.uint32)
    found = run_tile(zeros, np.zeros((2, GROUP), np.float32), start, 0, opened, zeros[0], opened, sums, hits)
    assert found == 0


@pytest.mark.parametrize("n_columns", [1, 2, 30])
def test_pack(n_columns: int) -> None:
    rng = np.random.default_rng(n_columns)
    residual, shift = float32(rng, n_columns, GROUP), float32(rng, n_columns)
    packed, squares = np.zeros((n_columns, GROUP), np.float32), np.zeros(GROUP, np.float32)
    run_pack(residual, shift, packed, squares)
    expected = residual + shift[:, None]
    assert np.array_equal(packed, -expected)
    np.testing.assert_allclose(squares, np.square(expected).sum(axis=0), rtol=1e-5)


def test_add_rest() -> None:
    rng = np.random.default_rng(0)
    sums, rest = float32(rng, GROUP, PANEL), float32(rng, PANEL)
    expected = sums + rest
    run_add_rest(sums, rest)
    assert np.array_equal(sums, expected)


@pytest.mark.parametrize("bit", [0, 1, 17, 31])
def test_lowest_bit(bit: int) -> None:
    assert run_lowest_bit(np.uint32((0xFFFFFFFF << bit) & 0xFFFFFFFF)) == bit


@pytest.mark.parametrize("length", [8, 16, 40])
def test_insert_candidate(length: int) -> None:
    """Lists fill up and stay sorted; of equal keys the first to come stays in front."""
    rng = np.random.default_rng(length)
    keys, ids = np.full(length, np.inf, np.float32), np.full(length, -1, np.int32)
    given = rng.integers(0, 30, 200).astype(np.float32)
    for i, key in enumerate(given):
        if key < keys[-1]:
            last = run_insert(keys, ids, key, i)
            assert last == keys[-1]
        expected = np.argsort(given[: i + 1], kind="stable")[:length]
        assert np.array_equal(ids[: i + 1], expected)
        assert np.array_equal(keys[: i + 1], given[expected])
    assert (keys[1:] >= keys[:-1]).all()


@pytest.mark.parametrize(("length", "keep"), [(8, run_keep_in_block), (16, run_keep_in_two_blocks)])
def test_the_rows_that_a_word_marks_are_kept(length: int, keep: Any) -> None:
    """As one after the other: also none, all, one; what is too far, infinitely far or no number; equal keys."""
    rng = np.random.default_rng(length)
    keys, ids = np.full(length, np.inf, np.float32), np.full(length, -1, np.int32)
    met: list[tuple[float, int]] = []
    words = [0, 0xFFFFFFFF, 1, 1 << 31, 0x80000001, *rng.integers(0, 1 << 32, 40).tolist()]
    for panel, word in enumerate(words):
        sums = rng.integers(0, 40, PANEL).astype(np.float32)
        sums[3], sums[17] = np.inf, np.nan
        offset = np.float32(rng.integers(-9, 9))
        last = keep(keys, ids, np.uint32(word), PANEL * panel, sums, offset)
        marked = [bit for bit in range(PANEL) if word >> bit & 1 and np.isfinite(sums[bit])]
        met += [(float(2 * (sums[bit] + offset)), PANEL * panel + bit) for bit in marked]
        expected = sorted(met, key=lambda entry: entry[0])[:length]
        assert keys.tolist() == [key for key, _ in expected] + [np.inf] * (length - len(expected))
        assert ids.tolist() == [identity for _, identity in expected] + [-1] * (length - len(expected))
        assert last == keys[-1]
