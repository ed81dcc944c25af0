"""Which epoch a batch belongs to, however it is asked for."""

from __future__ import annotations

import numpy as np
import pytest

from fastbal._streaming.passes import Passes


def epochs_of(passes: Passes, *stretches: list[int]) -> list[list[int]]:
    found = []
    for asked in stretches:
        passes.begin()
        found.append([passes.epoch_of(index) for index in asked])
        passes.end()
    return found


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize(("steps", "n_looks"), [(1, 0), (2, 0), (3, 0), (5, 0), (2, 1), (3, 1), (5, 1), (3, 2), (5, 2)])
def test_each_pass_is_an_epoch(seed: int, steps: int, n_looks: int) -> None:
    """Shuffled passes in stretches of some steps, after a look at fewer batches of a pass that is given up."""
    rng = np.random.default_rng(seed)
    passes = Passes(5, may_look_ahead=True)
    if n_looks:
        epochs_of(passes, rng.permutation(5)[:n_looks].tolist())
    for epoch in range(4):
        order = rng.permutation(5).tolist()
        got = epochs_of(passes, *(order[start : start + steps] for start in range(0, 5, steps)))
        assert [number for stretch in got for number in stretch] == [epoch] * 5


def test_a_look_in_order_is_told_by_the_first_batch() -> None:
    passes = Passes(3, may_look_ahead=True)
    assert epochs_of(passes, [0], [0], [1], [2], [0]) == [[0], [0], [0], [0], [1]]


def test_where_nobody_looks_a_batch_asked_for_again_is_the_next_epochs() -> None:
    assert epochs_of(Passes(3), [0], [0, 1, 2]) == [[0], [1, 1, 1]]
