"""Rows to make or to keep for each class, and what is said when a strategy cannot be met."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastbal._core.plan import CLEAN, OVER, UNDER, make_plan
from fastbal._core.target import encode


def binary(n_common=100, n_rare=28):
    return encode(np.repeat(["common", "rare"], [n_common, n_rare]))


def three_classes():
    return encode(np.repeat([0, 1, 2], [10, 50, 25]))


@pytest.mark.parametrize(
    ("strategy", "sampling_type", "expected"),
    [
        ("auto", OVER, {0: 40, 2: 25}),
        ("not majority", OVER, {0: 40, 2: 25}),
        ("minority", OVER, {0: 40}),
        ("not minority", OVER, {1: 0, 2: 25}),
        ("all", OVER, {0: 40, 1: 0, 2: 25}),
        ("auto", UNDER, {1: 10, 2: 10}),
        ("majority", UNDER, {1: 10}),
        ("not majority", UNDER, {0: 10, 2: 10}),
        ("all", UNDER, {0: 10, 1: 10, 2: 10}),
        ("auto", CLEAN, {1: 10, 2: 10}),
        ({0: 12, 2: 25}, OVER, {0: 2, 2: 0}),
        ({2: 5, 1: 0}, UNDER, {1: 0, 2: 5}),
        ({np.int64(2): np.int32(30)}, OVER, {2: 5}),
        ({2: 30.0}, OVER, {2: 5}),
        (MappingProxyType({2: 30}), OVER, {2: 5}),
        (lambda y: {0: 3 * int((y == 0).sum())}, OVER, {0: 20}),
        ([2, 1], CLEAN, {1: 10, 2: 10}),
        ((2,), CLEAN, {2: 10}),
        (np.array([2]), CLEAN, {2: 10}),
        (lambda y: {1: 5}, CLEAN, {1: 10}),
        (lambda y: [0, 1], CLEAN, {0: 10, 1: 10}),
    ],
)
def test_three_classes(strategy, sampling_type, expected):
    got = make_plan(strategy, three_classes(), sampling_type)
    assert got == expected
    assert list(got) == sorted(got)
    assert all(type(code) is int and type(number) is int for code, number in got.items())


def test_of_equal_classes_the_first_is_smallest_and_largest():
    target = encode(np.array([0, 0, 1, 1]))
    assert make_plan("auto", target, OVER) == {1: 0}
    assert make_plan("auto", target, UNDER) == {1: 2}


@pytest.mark.parametrize(
    ("ratio", "sampling_type", "expected"),
    [
        (1.0, OVER, {1: 72}),
        (1, OVER, {1: 72}),
        (np.float64(0.5), OVER, {1: 22}),
        (0.58, OVER, {1: 30}),  # int(100 * 0.58) is 57
        (0.29, OVER, {1: 1}),
        (0.28, OVER, {1: 0}),  # as it is
        (0.285, OVER, {1: 0}),  # half a row is no row
        (1.0, UNDER, {0: 28}),
        (0.56, UNDER, {0: 50}),
        (0.28, UNDER, {0: 100}),  # as it is
    ],
)
def test_ratio(ratio, sampling_type, expected):
    assert make_plan(ratio, binary(), sampling_type) == expected


@given(st.integers(1, 10**7), st.integers(1, 10**7))
def test_the_present_ratio_changes_nothing(a, b):
    n_rare, n_common = min(a, b), max(a, b)
    target = binary(1, 1)._replace(counts=np.array([n_common, n_rare]))
    assert make_plan(n_rare / n_common, target, OVER) == {1: 0}
    assert make_plan(n_rare / n_common, target, UNDER) == ({0: n_common} if a != b else {1: n_common})


@given(st.integers(1, 99), st.integers(1, 10**5))
def test_a_round_percentage_gives_exactly_that_many_rows(percent, hundreds):
    target = binary(1, 1)._replace(counts=np.array([100 * hundreds, 1]))
    assert make_plan(percent / 100, target, OVER) == {1: percent * hundreds - 1}


def test_keyword_arguments_reach_the_function():
    got = make_plan(lambda y, extra: {"rare": 28 + extra}, binary(), OVER, extra=3)
    assert got == {1: 3}


@pytest.mark.parametrize(
    ("strategy", "sampling_type", "message"),
    [
        ("most", OVER, r"it needs to be one of \['auto', 'minority',.* Got 'most' instead"),
        ("majority", OVER, r"'sampling_strategy'='majority' cannot be used with over-sampler: .*'not majority'"),
        ("minority", UNDER, r"'sampling_strategy'='minority' cannot be used with under-sampler and clean-sampler"),
        ("minority", CLEAN, r"'sampling_strategy'='minority' cannot be used with under-sampler and clean-sampler"),
        ({"fraud": 3}, OVER, r"The \{'fraud'\} target class is/are not present.* The classes are 'common', 'rare'\."),
        ({"rare": -1}, OVER, r"cannot be negative.*\{'rare': -1\}"),
        ({"rare": 30.5}, OVER, r"whole number.* 30\.5 for class 'rare'"),
        ({"rare": "many"}, OVER, r"whole number.* 'many' for class 'rare'"),
        ({"rare": 27}, OVER, r"greater or equal.* there is 28 samples and 27 samples are asked for class 'rare'"),
        ({"rare": 29}, UNDER, r"less or equal.* there is 28 samples and 29 samples are asked for class 'rare'"),
        ({"rare": 5}, CLEAN, r"as a dict for cleaning methods is not supported. Please give a list"),
        (["rare"], OVER, r"cannot be a list for samplers which are not cleaning methods"),
        (["fraud"], CLEAN, r"The \{'fraud'\} target class is/are not present in the data"),
        (0.0, OVER, r"should be in the range \(0, 1\]\. Got 0\.0 instead"),
        (1.5, UNDER, r"should be in the range \(0, 1\]\. Got 1\.5 instead"),
        (float("nan"), OVER, r"should be in the range \(0, 1\]\. Got nan"),
        (0.27, OVER, r"remove samples from the minority class.* it is 28 / 100 = 0\.28 already, and 0\.27 is asked"),
        (0.27, UNDER, r"generate new sample in the majority class.* it is 28 / 100 = 0\.28 already"),
        (0.5, CLEAN, r"'clean-sampling' methods do not let the user specify the sampling ratio"),
        (None, OVER, r"must be a string, a float, a dict or a function.* Got None, a NoneType"),
        (lambda y: 3, OVER, r"must return a dict of label to number of rows. It returned 3"),
    ],
)
def test_strategies_that_cannot_be_met(strategy, sampling_type, message):
    with pytest.raises(ValueError, match=message):
        make_plan(strategy, binary(), sampling_type)


def test_a_ratio_needs_two_classes():
    with pytest.raises(ValueError, match=r"only when the type of target is binary.* the 3 classes 0, 1, 2"):
        make_plan(0.5, three_classes(), OVER)


def test_a_label_of_another_type_is_pointed_out():
    with pytest.raises(ValueError, match=r"The \{'2'\} target class .* Did you mean 2, of type int\?"):
        make_plan({"2": 30}, three_classes(), OVER)


def test_one_class_is_not_enough():
    with pytest.raises(ValueError, match=r"more than 1 class. Got 1 class instead, 'a': there is nothing to balance"):
        make_plan("auto", encode(np.array(["a", "a"])), OVER)


def test_many_classes_are_not_all_listed():
    with pytest.raises(ValueError, match=r"The classes are 0, 1, .*, 9 and 990 more\."):
        make_plan({-1: 5}, encode(np.arange(1000)), OVER)
