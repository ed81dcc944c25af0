"""The random numbers are those of imbalanced-learn's own calls."""

from __future__ import annotations

import numpy as np
import pytest

from fastbal._core.draws import Draws, Stream


def test_an_int_starts_again_and_everything_else_goes_on() -> None:
    again = Draws(3)
    np.testing.assert_array_equal(again.stream().uniform(4), again.stream().uniform(4))
    for seed in (np.random.RandomState(3), np.random.default_rng(3)):
        draws = Draws(seed)
        assert (draws.stream().uniform(4) != draws.stream().uniform(4)).all()


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
