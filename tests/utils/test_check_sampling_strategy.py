"""The public checks give what imbalanced-learn's give, except where those are wrong."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastbal.utils import check_neighbors_object, check_sampling_strategy, check_target_type

NAMES = ["auto", "all", "minority", "majority", "not minority", "not majority"]
KINDS = ["over-sampling", "under-sampling", "clean-sampling"]


def both(strategy, y, sampling_type, **kwargs):
    """The two answers; where imbalanced-learn refuses, fastbal must as well, with the same words to begin with."""
    theirs = pytest.importorskip("imblearn.utils", reason="parity needs imbalanced-learn").check_sampling_strategy
    try:
        expected = theirs(strategy, y, sampling_type, **kwargs)
    except ValueError as error:
        with pytest.raises(ValueError) as caught:
            check_sampling_strategy(strategy, y, sampling_type, **kwargs)
        return str(caught.value), str(error)
    return check_sampling_strategy(strategy, y, sampling_type, **kwargs), expected


@pytest.mark.parametrize("sampling_type", KINDS)
@pytest.mark.parametrize("name", NAMES)
@given(labels=st.lists(st.integers(0, 4), min_size=2).filter(lambda labels: len(set(labels)) > 1))
def test_names_as_imbalanced_learn(name, sampling_type, labels):
    got, expected = both(name, np.array(labels), sampling_type)
    if isinstance(expected, str):
        assert got.startswith(expected.rstrip("."))
        return
    assert isinstance(got, OrderedDict)
    assert list(got.items()) == list(expected.items())


@pytest.mark.parametrize("labels", [[0, 1, 2], ["a", "b", "c"], [True, False, True], [1.0, 0.0, 2.0]])
@pytest.mark.parametrize("sampling_type", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_labels_of_every_kind_as_imbalanced_learn(name, sampling_type, labels):
    y = np.repeat(labels, [20, 5, 9])
    got, expected = both(name, y, sampling_type)
    assert got.startswith(expected.rstrip(".")) if isinstance(expected, str) else got == expected


@pytest.mark.parametrize(
    ("strategy", "sampling_type"),
    [
        ({1: 30, 2: 40}, "over-sampling"),
        ({2: 40, 1: 30}, "over-sampling"),
        ({1: 4, 0: 50}, "under-sampling"),
        ({1: 3}, "over-sampling"),
        ({1: 30}, "under-sampling"),
        ({5: 30}, "over-sampling"),
        ({1: 5}, "clean-sampling"),
        ([0, 2], "clean-sampling"),
        ([0, 9], "clean-sampling"),
        ([0], "under-sampling"),
        (lambda y: {1: 4 * int((y == 1).sum())}, "over-sampling"),
        (0.5, "over-sampling"),
        (0.5, "clean-sampling"),
        (1.5, "over-sampling"),
        ("nonsense", "over-sampling"),
    ],
)
def test_other_forms_as_imbalanced_learn(strategy, sampling_type):
    y = np.repeat([0, 1, 2], [100, 7, 28])
    got, expected = both(strategy, y, sampling_type)
    if isinstance(expected, str):
        assert got.split()[:5] == expected.split()[:5]
    else:
        assert list(got.items()) == list(expected.items())


@pytest.mark.parametrize("ratio", [1.0, 0.75, 0.5, 0.3, 0.28125])
@pytest.mark.parametrize("sampling_type", ["over-sampling", "under-sampling"])
def test_ratio_as_imbalanced_learn(ratio, sampling_type):
    got, expected = both(ratio, np.repeat([0, 1], [1001, 280]), sampling_type)
    assert got == expected


def test_keyword_arguments_reach_the_function():
    got, expected = both(lambda y, n: {1: n}, np.repeat([0, 1], [9, 3]), "over-sampling", n=5)
    assert got == expected == {1: 2}


@pytest.mark.parametrize("sampling_type", ["ensemble", "bypass"])
def test_returned_as_it_is(sampling_type):
    strategy = object()
    assert check_sampling_strategy(strategy, [0, 1], sampling_type) is strategy
    with pytest.raises(ValueError, match="more than 1 class"):
        check_sampling_strategy(strategy, [0, 0], sampling_type)


def test_unknown_kind_of_sampling():
    with pytest.raises(ValueError, match=r"'sampling_type' should be one of .* Got 'sideways' instead"):
        check_sampling_strategy("auto", [0, 1], "sideways")


@pytest.mark.parametrize("y", [[0, 0, 1], [[0], [0], [1]], ("a", "a", "b")])
def test_any_sequence_of_labels(y):
    assert list(check_sampling_strategy("auto", y, "over-sampling").values()) == [1]


def test_target_is_flattened():
    np.testing.assert_array_equal(check_target_type(np.array([[1], [0]])), [1, 0])
    np.testing.assert_array_equal(check_target_type([1, 0]), [1, 0])


def test_indicator_matrix_becomes_labels():
    y = np.array([[0, 0, 1], [1, 0, 0]])
    got, is_one_vs_all = check_target_type(y, indicate_one_vs_all=True)
    np.testing.assert_array_equal(got, [2, 0])
    assert is_one_vs_all
    assert check_target_type(np.array([0, 1]), indicate_one_vs_all=True)[1] is False


def test_several_labels_per_row():
    with pytest.raises(ValueError, match=r"Multilabel and multioutput targets are not supported: row 1 of y has 2"):
        check_target_type(np.array([[0, 0, 1], [1, 0, 1]]))


def test_a_number_becomes_a_search():
    from fastbal.neighbors import NearestNeighbors

    got = check_neighbors_object("k_neighbors", np.int64(5), additional_neighbor=1)
    assert isinstance(got, NearestNeighbors)
    assert got.n_neighbors == 6


def test_a_search_is_copied():
    from sklearn.neighbors import NearestNeighbors

    given_search = NearestNeighbors(n_neighbors=4)
    got = check_neighbors_object("k_neighbors", given_search, additional_neighbor=1)
    assert got is not given_search
    assert got.n_neighbors == 4


def test_neither_number_nor_search():
    with pytest.raises(TypeError, match=r"k_neighbors must be a number of neighbours or .* Got 'five', a str"):
        check_neighbors_object("k_neighbors", "five")
