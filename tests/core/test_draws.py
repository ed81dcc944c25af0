"""The random numbers are those of imbalanced-learn's own calls."""

from __future__ import annotations

import copy
import sys

import numpy as np
import pytest

from fastbal._core import draws as module
from fastbal._core.draws import Draws, Stream
from fastbal._core.neighbors import Index  # noqa: F401  # where neighbours are searched, draws are our kernels'
from fastbal._kernels import _machine, mersenne


def test_an_int_starts_again_and_everything_else_goes_on() -> None:
    again = Draws(3)
    np.testing.assert_array_equal(again.stream().uniform(4), again.stream().uniform(4))
    for seed in (np.random.RandomState(3), np.random.default_rng(3)):
        draws = Draws(seed)
        assert (draws.stream().uniform(4) != draws.stream().uniform(4)).all()


def test_streams_of_seeds_share_nothing_but_what_nobody_uses() -> None:
    expected = {seed: np.random.RandomState(seed).standard_normal(3) for seed in range(4)}
    for _ in range(3):
        streams = [Draws(seed).stream() for seed in (0, 1, 1)]  # all in use at the same time
        for stream, seed in zip(streams, (0, 1, 1), strict=True):
            np.testing.assert_array_equal(stream.normal(1), expected[seed][:1])  # leaves half a pair behind
        copy = streams[0].copy()
        del streams[0], stream
        np.testing.assert_array_equal(Draws(2).stream().normal(3), expected[2])
        np.testing.assert_array_equal(copy.normal(2), expected[0][1:])
    for seed in (-1, 2**32):
        with pytest.raises(ValueError, match="between 0 and"):
            Draws(seed).stream()


def test_kernels_draw_when_numpy_has_taken_as_long_as_to_load_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_machine, "in_use", lambda: False)
    monkeypatch.delitem(sys.modules, "fastbal._core.neighbors")
    monkeypatch.setattr(module, "_shuffled_by_numpy", 0)
    source, half = np.random.RandomState(0), module._LOADING // 2
    assert module._kernels_for(source, half - 1) is None
    assert module._kernels_for(source, half) is None
    mersenne.shuffle_head(*module._A_SHUFFLE)  # now it is at hand
    assert module._kernels_for(source, half) is mersenne
    monkeypatch.setattr(type(mersenne.shuffle_head), "is_at_hand", lambda *_: False)
    assert module._kernels_for(source, 1) is None
    assert module._kernels_for(source, module._COMPILING) is mersenne
    assert module._kernels_for(np.random.RandomState(np.random.PCG64(1)), 1) is None


def test_a_random_state_is_consumed_as_imbalanced_learn_does() -> None:
    stream, random = Stream(np.random.RandomState(5)), np.random.RandomState(5)
    np.testing.assert_array_equal(stream.integers(17, 100), random.randint(0, 17, size=100))
    np.testing.assert_array_equal(stream.uniform(100), random.uniform(size=100))
    np.testing.assert_array_equal(stream.normal((10, 3)), random.randn(10, 3))
    np.testing.assert_array_equal(stream.integers(50, 9), random.choice(np.arange(50), size=9, replace=True))
    assert stream.beta(10, 10) == random.beta(10, 10)
    np.testing.assert_array_equal(stream.shuffled(np.arange(20)), random.permutation(20))


@pytest.mark.parametrize("n", [1, 2, 3, 17, 1000, 300_000])
def test_distinct_numbers_are_those_of_choice(n: int) -> None:
    for size in {0, 1, n // 3, n}:
        stream, random = Stream(np.random.RandomState(6)), np.random.RandomState(6)
        np.testing.assert_array_equal(stream.distinct(n, size), random.choice(n, size, replace=False))
        # and what follows is the same as well
        np.testing.assert_array_equal(stream.normal(3), random.standard_normal(3))
        np.testing.assert_array_equal(stream.uniform(700), random.uniform(size=700))


@pytest.mark.parametrize("high", [1, 2, 3, 100_000, 2**17, 2**32 - 1, 2**32, 2**32 + 1, 2**40])
@pytest.mark.parametrize("used", [0, 1, 623, 624])
def test_many_integers_are_those_of_randint(high: int, used: int) -> None:
    ours, theirs = np.random.RandomState(7), np.random.RandomState(7)
    for random in (ours, theirs):
        random.standard_normal(1)  # which leaves half a pair behind
        random.randint(0, 2**32, size=used, dtype=np.uint32)
    np.testing.assert_array_equal(Stream(ours).integers(high, 50_000), theirs.randint(0, high, size=50_000))
    np.testing.assert_array_equal(ours.standard_normal(3), theirs.standard_normal(3))
    np.testing.assert_array_equal(ours.randint(0, 9, size=700), theirs.randint(0, 9, size=700))


def test_other_bit_generators_are_left_to_numpy() -> None:
    ours, theirs = (np.random.RandomState(np.random.PCG64(1)) for _ in range(2))
    np.testing.assert_array_equal(Stream(ours).integers(99, 50_000), theirs.randint(0, 99, size=50_000))
    np.testing.assert_array_equal(Stream(ours).distinct(50_000, 10), theirs.permutation(50_000)[:10])


@pytest.mark.parametrize("source", [np.random.RandomState(0), np.random.default_rng(0)])
def test_distinct_numbers_are_distinct(source: np.random.RandomState | np.random.Generator) -> None:
    got = Stream(source).distinct(1000, 400)
    assert len(set(got.tolist())) == 400
    assert got.min() >= 0
    assert got.max() < 1000


def test_a_generator_draws_from_the_whole_range() -> None:
    stream = Stream(np.random.default_rng(1))
    assert set(stream.integers(3, 100).tolist()) == {0, 1, 2}
    assert ((stream.uniform(100) >= 0) & (stream.uniform(100) < 1)).all()


def test_a_copy_of_a_stream_shares_nothing_with_it() -> None:
    for duplicate in (copy.copy, copy.deepcopy, Stream.copy):
        stream = Draws(3).stream()
        twin = duplicate(stream)
        expected = np.random.RandomState(3).randint(0, 100, 5)
        np.testing.assert_array_equal(stream.integers(100, 5), expected)
        np.testing.assert_array_equal(twin.integers(100, 5), expected)
        del stream, twin
        first, second = Draws(4).stream(), Draws(5).stream()
        first.integers(100, 5)
        np.testing.assert_array_equal(second.integers(100, 5), np.random.RandomState(5).randint(0, 100, 5))
