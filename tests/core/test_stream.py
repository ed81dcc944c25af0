"""Batches of an epoch: each row once, classes in their shares, the same whoever asks."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from fastbal._core.recipe import NewRows, Recipe
from fastbal._core.stream import Epoch, RecipeStream, RowSource, checked_batch_size, deal_steps, take_turns

CODES = np.array([0, 0, 0, 0, 0, 1, 1, 1])


def keep_all(rng: np.random.Generator) -> tuple[Recipe, NewRows]:
    return Recipe(n_rows=len(CODES)), NewRows()


def stream_of(*sources: RowSource, batch_size: int = 3, shuffle: bool = True, is_exact: bool = False) -> RecipeStream:
    return RecipeStream(keep_all, sources, CODES, batch_size=batch_size, shuffle=shuffle, is_exact=is_exact, seed=5)


def recipes(epoch: Epoch) -> list[Recipe]:
    size = epoch.stream.batch_size
    return [epoch.rows(start, start + size)[0] for start in range(0, len(epoch.order), size)]


COPIES = RowSource(1, 4, np.array([5, 6, 7]))
SEGMENTS = RowSource(1, 4, np.array([5, 6, 7]), np.array([[6, 7], [5, 7], [6, 5]]))


def drawn(source: RowSource) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All new rows of a source: base, neighbour, step."""
    places = np.arange(source.n_new)
    base, neighbor, step = np.full_like(places, -1), np.full_like(places, -1), np.full(len(places), -1.0)
    source.draw(places, 0, 3, base, neighbor, step)
    return base, neighbor, step


def test_nothing_to_make() -> None:
    stream = stream_of(RowSource(1, 0, np.array([5])), shuffle=False)
    got = [(recipe.kept.tolist(), recipe.n_new) for recipe in recipes(stream.epoch(0))]
    assert got == [([0, 1, 2], 0), ([3, 4, 5], 0), ([6, 7], 0)]


@pytest.mark.parametrize("batch_size", [1, 2, 3, 5, 12, 100])
def test_length_counts_the_last_part_of_a_batch(batch_size: int) -> None:
    stream = stream_of(COPIES, batch_size=batch_size)
    sizes = [recipe.n_kept + recipe.n_new for recipe in recipes(stream.epoch(0))]
    assert len(stream) == len(sizes) == -(-12 // batch_size)
    assert sum(sizes) == 12
    assert all(size == batch_size for size in sizes[:-1])


@pytest.mark.parametrize("source", [COPIES, SEGMENTS], ids=["copies", "segments"])
@pytest.mark.parametrize("is_exact", [False, True])
def test_each_row_is_kept_once_an_epoch(source: RowSource, is_exact: bool) -> None:
    stream = stream_of(source, is_exact=is_exact)
    for number in range(3):
        epoch = stream.epoch(number)
        base = np.concatenate([recipe.base for recipe in recipes(epoch)])
        kept = base[~epoch.is_new(0, len(base))]
        assert sorted(kept.tolist()) == list(range(8))


def test_new_rows_start_in_their_class_and_move_to_neighbours() -> None:
    epoch = stream_of(SEGMENTS, batch_size=12).epoch(0)
    recipe, _ = epoch.rows(0, 15)
    is_new = epoch.is_new(0, 15)
    neighbors = {5: {6, 7}, 6: {5, 7}, 7: {6, 5}}
    for base, neighbor in zip(recipe.base[is_new].tolist(), recipe.neighbor[is_new].tolist(), strict=True):
        assert neighbor in neighbors[base]
    assert ((recipe.step[is_new] >= 0) & (recipe.step[is_new] < 1)).all()
    assert np.array_equal(recipe.neighbor[~is_new], recipe.base[~is_new])
    assert (recipe.step[~is_new] == 0).all()
    assert np.array_equal(recipe.label, CODES[recipe.base])


def test_copies_beside_segments() -> None:
    epoch = stream_of(RowSource(0, 3, np.array([0])), SEGMENTS, batch_size=15).epoch(0)
    recipe, _ = epoch.rows(0, 15)
    is_copy = (recipe.label == 0) & epoch.is_new(0, 15)
    assert np.array_equal(recipe.base[is_copy], [0, 0, 0])
    assert np.array_equal(recipe.neighbor[is_copy], [0, 0, 0])


def test_epochs_differ_in_order_and_in_new_rows() -> None:
    stream = stream_of(SEGMENTS, batch_size=12)
    first, second = (stream.epoch(number).rows(0, 12)[0] for number in (0, 1))
    assert not np.array_equal(first.base, second.base)
    assert not set(first.step[first.step > 0]) & set(second.step)


def test_batches_do_not_depend_on_who_asks_when() -> None:
    forwards, backwards = stream_of(SEGMENTS), stream_of(SEGMENTS)
    backwards.epoch(7)
    got = [backwards.epoch(1).rows(start, start + 3)[0] for start in (9, 6, 3, 0)][::-1]
    for recipe, expected in zip(got, recipes(forwards.epoch(1)), strict=True):
        assert np.array_equal(recipe.base, expected.base)
        assert np.array_equal(recipe.step, expected.step)


@pytest.mark.parametrize("source", [COPIES, SEGMENTS], ids=["copies", "segments"])
@pytest.mark.parametrize("pieces", [[12], [1, 11], [5, 0, 7], [1] * 12])
def test_rows_do_not_depend_on_how_many_are_asked_for_at_once(source: RowSource, pieces: list[int]) -> None:
    epoch = stream_of(source).epoch(2)
    whole, _ = epoch.rows(0, 12)
    stops = np.cumsum(pieces)
    parts = [epoch.rows(stop - piece, stop)[0] for piece, stop in zip(pieces, stops.tolist(), strict=True)]
    assert np.array_equal(np.concatenate([part.base for part in parts]), whole.base)
    if whole.neighbor is not None:
        assert np.array_equal(np.concatenate([part.neighbor for part in parts]), whole.neighbor)
        assert np.array_equal(np.concatenate([part.step for part in parts]), whole.step)


def test_without_shuffling_rows_come_as_the_recipe_has_them() -> None:
    epoch = stream_of(COPIES, shuffle=False, batch_size=100).epoch(3)
    assert epoch.order.tolist() == list(range(12))


@given(st.lists(st.integers(1, 40), min_size=2, max_size=2))
def test_two_classes_are_within_a_row_of_their_share(counts: list[int]) -> None:
    turns = take_turns(np.array(counts))
    assert np.bincount(turns).tolist() == counts
    so_far = np.cumsum(turns == 1)
    expected = np.arange(1, len(turns) + 1) * counts[1] / len(turns)
    assert (abs(so_far - expected) < 1).all()


@given(st.lists(st.integers(0, 40), min_size=3, max_size=6).filter(any))
def test_more_classes_are_about_a_row_from_their_share(counts: list[int]) -> None:
    turns = take_turns(np.array(counts))
    assert np.bincount(turns, minlength=len(counts)).tolist() == counts
    for code, count in enumerate(counts):
        so_far = np.cumsum(turns == code)
        assert (abs(so_far - np.arange(1, len(turns) + 1) * count / len(turns)) < 2).all()


def test_every_batch_has_its_share() -> None:
    stream = RecipeStream(
        lambda rng: (Recipe(n_rows=900), NewRows()),
        [RowSource(1, 700, np.arange(800, 900))],
        np.repeat([0, 1], [800, 100]),
        batch_size=64,
        shuffle=True,
        is_exact=True,
        seed=0,
    )
    got = [np.bincount(recipe.label).tolist() for recipe in recipes(stream.epoch(0))]
    assert got == [[32, 32]] * 25


def test_drawn_rows_keep_their_recipe() -> None:
    drawn = Recipe(
        n_rows=3,
        kept=np.array([2, 0]),
        base=np.array([0, 1]),
        neighbor=np.array([1, 0]),
        step=np.array([0.25, 0.5]),
        label=np.array([0, 0]),
    )
    stream = RecipeStream(
        lambda rng: (drawn, NewRows()), [], np.array([0, 0, 1]), batch_size=3, shuffle=True, is_exact=False, seed=1
    )
    assert stream.class_counts.tolist() == [3, 1]
    found = recipes(stream.epoch(0))
    assert sorted(row for recipe in found for row in recipe.kept.tolist()) == [0, 2]
    got = sorted(pair for recipe in found for pair in zip(recipe.base, recipe.neighbor, recipe.step, strict=True))
    assert got == [(0, 1, 0.25), (1, 0, 0.5)]


def test_rows_that_a_sampler_has_sorted() -> None:
    """Two rows are made of class 0, and stand before the four of class 1 that are kept."""
    drawn = Recipe(
        n_rows=6,
        kept=np.array([2, 3, 4, 5]),
        base=np.array([0, 1]),
        label=np.array([0, 0]),
        order=np.array([4, 5, 0, 1, 2, 3]),
    )
    codes = np.array([0, 0, 1, 1, 1, 1])
    stream = RecipeStream(lambda rng: (drawn, NewRows()), [], codes, batch_size=3, shuffle=True, is_exact=True, seed=1)
    assert [(recipe.n_kept, recipe.n_new) for recipe in recipes(stream.epoch(0))] == [(2, 1), (2, 1)]


def test_steps_are_dealt_among_their_like() -> None:
    codes = np.array([0, 0, 1, 1])
    recipe = Recipe(
        n_rows=4,
        base=np.array([0, 0, 1, 0, 1, 2]),
        neighbor=np.array([1, 1, 0, 2, 2, 3]),
        step=np.array([0.1, -0.2, 0.3, 0.4, 0.5, 0.6]),
        label=np.array([0, 0, 0, 0, 0, 1]),
    )
    seen = np.array([deal_steps(recipe, codes, np.random.default_rng(seed)).step for seed in range(20)])
    assert [set(column) for column in seen.T.tolist()] == [
        {0.1, 0.3},
        {-0.2},
        {0.1, 0.3},
        {0.4, 0.5},
        {0.4, 0.5},
        {0.6},
    ]
    assert recipe.step.tolist() == [0.1, -0.2, 0.3, 0.4, 0.5, 0.6]


def test_pairs_are_drawn_evenly() -> None:
    base, neighbor, step = drawn(RowSource(1, 60_000, SEGMENTS.bases, SEGMENTS.neighbors))
    counts = np.unique(np.stack([base, neighbor]), axis=1, return_counts=True)[1]
    assert stats.kstest(step, "uniform").pvalue > 1e-3
    assert len(counts) == 6
    assert (abs(counts - 10_000) < 500).all()


@pytest.mark.parametrize("batch_size", [0, -1, 2.5, "32", None])
def test_wrong_batch_sizes(batch_size: object) -> None:
    with pytest.raises(ValueError, match="batch_size must be a whole number of rows, at least 1"):
        checked_batch_size(batch_size)


@pytest.mark.slow
def test_no_framework_is_needed() -> None:
    script = (
        "import sys, fastbal._streaming.batches, fastbal.tensorflow; "
        "print({'keras', 'tensorflow', 'torch', 'jax'} & {name.split('.')[0] for name in sys.modules})"
    )
    got = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert got.strip() == "set()"


def test_each_neighbour_of_a_short_list_is_as_likely_as_any_other() -> None:
    lists = np.array([[11, 12, 13, -1, -1], [21, -1, -1, -1, -1], [31, 32, 33, 34, 35]])
    base, neighbor, _ = drawn(RowSource(1, 60_000, np.array([1, 2, 3]), lists))
    assert np.array_equal(neighbor // 10, base)
    counts = [np.count_nonzero(neighbor == row) for row in (11, 12, 13, 21)]
    np.testing.assert_allclose(counts, [20_000 / 3] * 3 + [20_000], rtol=0.05)
