"""Runs of rare and other values, and how many rows each of them shall have."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastbal._core.bins import Bin, cut_into_bins, plan_of_bins
from tests.regression import slow


@given(st.lists(st.sampled_from([0.0, 1.0, 2.0, 2.5, 4.0, 9.0]), min_size=1, max_size=30), st.integers(0, 5))
def test_bins_are_the_runs_of_the_sorted_target(values: list[float], seed: int) -> None:
    y = np.array(values)
    relevance = np.random.default_rng(seed).random(10)[y.astype(int)]
    codes, bins = cut_into_bins(y, relevance, 0.5)
    expected = slow.bins_of(y, relevance, 0.5)
    assert [one.is_rare for one in bins] == [is_rare for is_rare, _ in expected]
    for code, (_, rows) in enumerate(expected):
        assert np.flatnonzero(codes == code).tolist() == sorted(rows)
        assert bins[code] == Bin(min(y[rows]), max(y[rows]), len(rows), expected[code][0])


sizes = st.lists(st.integers(1, 400), min_size=2, max_size=6)


def alternating(counts: list[int], first_is_rare: bool) -> list[Bin]:
    return [Bin(float(i), float(i), n, bool(i % 2) != first_is_rare) for i, n in enumerate(counts)]


@given(sizes, st.booleans(), st.sampled_from(["balance", "extreme"]))
def test_rare_bins_only_grow_and_others_only_shrink(counts: list[int], first: bool, strategy: str) -> None:
    bins = alternating(counts, first)
    for adds, drops in ((True, True), (True, False), (False, True)):
        plan = plan_of_bins(strategy, bins, adds=adds, drops=drops)
        for code, n in plan.items():
            assert n >= 1
            assert (n > bins[code].n_rows) if bins[code].is_rare else (n < bins[code].n_rows)
            assert adds if bins[code].is_rare else drops


@given(sizes, st.booleans())
def test_balance_is_the_mean_size(counts: list[int], first: bool) -> None:
    bins = alternating(counts, first)
    rare = [one.n_rows for one in bins if one.is_rare]
    others = [one.n_rows for one in bins if not one.is_rare]
    for adds, drops, mean in (
        (True, True, sum(counts) / len(counts)),
        (True, False, sum(others) / len(others)),
        (False, True, sum(rare) / len(rare)),
    ):
        plan = plan_of_bins("balance", bins, adds=adds, drops=drops)
        assert set(plan.values()) <= {round(mean)}
        for code, one in enumerate(bins):
            may_change = adds if one.is_rare else drops
            is_short = one.n_rows < round(mean) if one.is_rare else one.n_rows > round(mean)
            assert (code in plan) == (may_change and is_short)


def test_extreme_is_inverse_to_the_rows_and_as_many_in_all() -> None:
    bins = [Bin(0, 1, 40, True), Bin(2, 3, 900, False), Bin(4, 5, 10, True)]
    inverse = np.array([1 / 40, 1 / 900, 1 / 10])
    expected = np.rint(950 * inverse / inverse.sum()).astype(int).tolist()
    assert list(plan_of_bins("extreme", bins, adds=True, drops=True).values()) == expected
    assert abs(sum(expected) - 950) <= 1  # each is rounded
    # Only rare ones change: as many rows as "balance" would give both, shared 1 : 4.
    assert plan_of_bins("extreme", bins, adds=True, drops=False) == {0: 360, 2: 1440}


def test_numbers_multiply_and_dicts_say() -> None:
    bins = [Bin(0, 1, 100, True), Bin(2, 3, 900, False), Bin(4, 5, 10, True)]
    assert plan_of_bins(1.58, bins, adds=True, drops=True) == {0: 158, 2: 15}
    assert plan_of_bins(0.58, bins, adds=False, drops=True) == {1: 522}
    assert plan_of_bins(1, bins, adds=True, drops=True) == {}
    assert plan_of_bins({2: 30, 1: 0}, bins, adds=True, drops=True) == {1: 0, 2: 30}
    assert plan_of_bins({np.int64(0): 100.0}, bins, adds=True, drops=True) == {}


@pytest.mark.parametrize(
    ("strategy", "adds", "drops", "message"),
    [
        ("all", True, True, "'balance', 'extreme'"),
        (0.5, True, True, "at least 1"),
        (np.inf, True, True, "at least 1"),
        (np.nan, True, True, "at least 1"),
        (1.5, False, True, "from 0 to 1"),
        (0.0, False, True, "from 0 to 1"),
        ({3: 5}, True, True, "bin 3, but the bins are numbered from 0 to 1"),
        ({"a": 5}, True, True, "bin 'a'"),
        ({0: 5.5}, True, True, "whole number of rows.*5.5"),
        ({0: -1}, True, True, "whole number of rows.*-1"),
        ({1: 5}, True, False, "asks for 5 rows in bin 1, which has 9: this sampler only adds"),
        ({1: 10}, False, True, "asks for 10 rows in bin 1, which has 9: this sampler only drops"),
    ],
)
def test_what_cannot_be_is_refused(strategy: Any, adds: bool, drops: bool, message: str) -> None:
    bins = [Bin(0, 1, 3, True), Bin(2, 3, 9, False)]
    with pytest.raises(ValueError, match=message):
        plan_of_bins(strategy, bins, adds=adds, drops=drops)


def test_rows_of_one_kind_cannot_be_balanced() -> None:
    with pytest.raises(ValueError, match="No row of y is relevant"):
        plan_of_bins("balance", [Bin(0, 1, 3, False)], adds=True, drops=True)
    with pytest.raises(ValueError, match="Every row of y is relevant"):
        plan_of_bins("balance", [Bin(0, 1, 3, True)], adds=True, drops=True)
