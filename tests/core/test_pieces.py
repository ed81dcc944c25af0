"""New rows drawn piece by piece are those drawn at once, and leave random numbers where these would."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from fastbal._core import pieces
from fastbal._core.draws import Draws
from fastbal._core.pieces import RecipeInPieces, segments_in_pieces
from fastbal._core.recipe import Recipe, join
from fastbal._core.segments import draw_segments
from fastbal._core.target import encode
from fastbal.outofcore._compact import in_part, in_whole
from fastbal.over_sampling import SMOTE, RandomOverSampler

SEEDS: dict[str, Any] = {
    "a number": lambda: 7,
    "a RandomState": lambda: np.random.RandomState(7),
    "a Generator": lambda: np.random.default_rng(7),
    "Philox": lambda: np.random.Generator(np.random.Philox(7)),
}
SAMPLERS = [SMOTE(sampling_strategy={"b": 400, "c": 333}), RandomOverSampler(sampling_strategy={"b": 400, "c": 333})]


@pytest.fixture(autouse=True, params=[37, 1 << 17])
def piece_rows(request: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(pieces, "PIECE_ROWS", request.param)
    yield


def drawn(sampler: Any, seed: Any, in_pieces: bool) -> Recipe:
    rng = np.random.default_rng(0)
    target = encode(rng.permutation(np.repeat(["a", "b", "c"], [500, 100, 30])))
    X = rng.normal(size=(630, 3))
    answer = sampler._draw_recipe(X, target, sampler._planned(target), Draws(seed, in_pieces=in_pieces))
    assert isinstance(answer, Recipe)
    return answer


def assert_equal(got: Any, expected: Any) -> None:
    assert (got.n_rows, got.n_kept, got.n_new) == (expected.n_rows, expected.n_kept, expected.n_new)
    for name in ("base", "neighbor", "step", "label"):
        one, other = getattr(got, name), getattr(expected, name)
        assert (one is None) == (other is None), name
        if other is not None:
            assert one.dtype == other.dtype, name
            np.testing.assert_array_equal(one, other, err_msg=name)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("sampler", SAMPLERS, ids=lambda sampler: type(sampler).__name__)
def test_pieces_are_those_of_the_whole(sampler: Any, seed: str) -> None:
    here, there = SEEDS[seed](), SEEDS[seed]()
    got, expected = drawn(sampler, here, True), drawn(sampler, there, False)
    assert isinstance(got, RecipeInPieces)
    assert not isinstance(expected, RecipeInPieces)
    if not isinstance(here, int):
        assert here.random() == there.random()
    assert_equal(got, expected)
    np.testing.assert_array_equal(got.new_counts(3), np.bincount(expected.label, minlength=3))
    for start, stop in [(0, 603), (0, 1), (0, 0), (299, 301), (120, 471), (602, 603), (0, 1)]:
        part = got.piece(start, stop)
        assert part.n_kept == 0
        np.testing.assert_array_equal(part.base, expected.base[start:stop])
        np.testing.assert_array_equal(part.label, expected.label[start:stop])
        if expected.step is not None and stop > start:
            np.testing.assert_array_equal(part.step, expected.step[start:stop])
            np.testing.assert_array_equal(part.neighbor, expected.neighbor[start:stop])  # type: ignore[index]
    assert_equal(pickle.loads(pickle.dumps(got)), expected)
    rows = np.arange(630) * 3 + 1
    assert_equal(in_whole(got, rows, 2_000), in_whole(expected, rows, 2_000))
    back = in_part(in_whole(got, rows, 2_000), rows)
    np.testing.assert_array_equal(back.base, expected.base)


def test_lists_of_other_lengths_are_drawn_as_at_once() -> None:
    """A search of the user's may find fewer rows for some."""
    found = np.array([[1, 2], [0, -1], [2, -1]])
    bases = np.array([4, 6, 9])

    def nearest(positions: Any) -> Any:
        return found[positions]

    streams = [Draws(3).stream(), Draws(3).stream()]
    options: Any = {"k": 2, "nearest": nearest}
    later = segments_in_pieces(bases, bases, 1, 200, stream=streams[0], **options)
    got = RecipeInPieces([later], n_rows=12)
    expected = join([draw_segments(bases, bases, 1, 200, stream=streams[1], **options)], n_rows=12)
    assert_equal(got, expected)
    assert streams[0].uniform(1) == streams[1].uniform(1)
    rows = np.arange(12) * 2
    assert_equal(in_whole(got, rows, 30), in_whole(expected, rows, 30))
