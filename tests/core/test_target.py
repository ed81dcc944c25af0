"""Labels become codes: the same answer as np.unique for every kind of label."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastbal._core.target import encode


def assert_is_unique(y):
    """The slow, obvious version."""
    target = encode(y)
    classes, codes, counts = np.unique(y, return_inverse=True, return_counts=True)
    assert target.classes.dtype == y.dtype
    np.testing.assert_array_equal(target.classes, classes)
    np.testing.assert_array_equal(target.codes, codes)
    np.testing.assert_array_equal(target.counts, counts)
    np.testing.assert_array_equal(target.decode(target.codes), y)
    for code in range(len(classes)):
        np.testing.assert_array_equal(target.rows_of(code), np.flatnonzero(codes == code))


@pytest.mark.parametrize(
    "y",
    [
        np.array([], np.int64),
        np.array([], "U3"),
        np.array([7]),
        np.array([1, 0, 1, 1]),
        np.array([-3, 12, -3, 5], np.int8),
        np.array([200, 3, 200], np.uint8),
        np.array([3, 2**63 + 5, 3], np.uint64),
        np.array([-(2**63), 2**63 - 1]),
        np.array([5, 10**12, 5, -(10**12)]),
        np.array([1, 0, 1], ">i4"),
        np.array([True, False, True]),
        np.array([True, True]),
        np.array([1.0, 0.0, 2.0, 1.0]),
        np.array([1.0, -1.0], np.float32),
        np.array(["yes", "no", "yes"]),
        np.array([b"yes", b"no"]),
        np.array([str(i % 40) for i in range(200)]),
        np.array(["yes", "no", "yes"], object),
        np.array([3, 1, 3], object),
        np.array(["2020-01-02", "2019-05-06", "2020-01-02"], "M8[D]"),
        np.array([1, 2, 1], "m8[s]"),
    ],
    ids=lambda y: f"{y.dtype}-{len(y)}",
)
def test_same_as_sorting(y):
    assert_is_unique(y)


def test_tuples_are_labels_too():
    y = np.empty(3, object)
    y[:] = [(1, 2), (0, 5), (1, 2)]
    target = encode(y)
    assert target.labels == [(0, 5), (1, 2)]
    assert target.codes.tolist() == [1, 0, 1]


@given(st.lists(st.integers(-5, 300)), st.sampled_from([np.int16, np.int64, np.float32, object, str]))
def test_same_as_sorting_random(values, dtype):
    assert_is_unique(np.array(values, dtype))


def test_codes_are_one_byte_up_to_128_classes():
    assert encode(np.arange(128)).codes.dtype == np.int8
    got = encode(np.arange(129))
    assert got.codes.dtype == np.int16
    assert got.codes.tolist() == list(range(129))


def test_labels_are_python_values():
    assert [type(label) for label in encode(np.array([1, 0])).labels] == [int, int]
    assert [type(label) for label in encode(np.array(["a"])).labels] == [str]


def test_input_is_left_alone():
    y = np.array([2, 0, 2])
    y.flags.writeable = False
    target = encode(y)
    assert not np.shares_memory(target.codes, y)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.array([1.0, np.nan, 0.0]), r"Input y contains NaN: 1 of 3 labels are missing"),
        (np.array(["a", None, "b", None], object), r"Input y contains NaN: 2 of 4 labels are missing"),
        (np.array(["a", float("nan")], object), r"Input y contains NaN: 1 of 2 labels"),
        (np.array(["2020-01-01", "NaT"], "M8[D]"), r"Input y contains NaN: 1 of 2 labels"),
        (np.array([0.5, 1.0]), r"Unknown label type: continuous.* the value 0\.5"),
        (np.array([np.inf, 1.0]), r"Unknown label type: continuous.* the value inf"),
        (np.array(["a", 1], object), r"of one kind.* mixes int and str"),
        (np.array([{}, {}], object), r"Each label in y must be one value.*unhashable type: 'dict'"),
    ],
)
def test_labels_that_cannot_be_classes(y, message):
    with pytest.raises(ValueError, match=message):
        encode(y)
