"""The value difference metric against its definition, and against imbalanced-learn."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from imblearn.metrics.pairwise import ValueDifferenceMetric as Theirs
from sklearn.base import clone
from sklearn.preprocessing import OrdinalEncoder
from sklearn.utils.estimator_checks import estimator_checks_generator

from fastbal._core import threads
from fastbal.metrics import pairwise
from fastbal.metrics.pairwise import ValueDifferenceMetric
from tests import reference


def table(n: int, n_columns: int = 3, n_categories: int = 5, seed: int = 0) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, n_categories, (n, n_columns)), rng.integers(0, 3, n)


@pytest.mark.parametrize("k", [1, 2, 3])
@pytest.mark.parametrize("r", [1, 2])
def test_it_is_what_is_defined(k: int, r: int) -> None:
    X, y = table(30)
    metric = ValueDifferenceMetric(k=k, r=r).fit(X, y)
    got = metric.pairwise(X[:8], X[8:12])
    expected = [[reference.value_difference(X, y, a, b, k, r) for b in X[8:12]] for a in X[:8]]
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(metric.pairwise(X), metric.pairwise(X, X), rtol=0)


@pytest.mark.parametrize("k", [1, 2, 3])
@pytest.mark.parametrize("r", [1, 2, 3])
@pytest.mark.parametrize("labels", [[0, 1, 2], ["x", "y", "z"]])
def test_it_is_imbalanced_learns(k: int, r: int, labels: list[Any]) -> None:
    X, y = table(200)
    y = np.array(labels)[y]
    ours, theirs = (metric(k=k, r=r).fit(X, y) for metric in (ValueDifferenceMetric, Theirs))
    np.testing.assert_array_equal(ours.n_categories_, theirs.n_categories_)
    for got, expected in zip(ours.proba_per_class_, theirs.proba_per_class_, strict=True):
        np.testing.assert_array_equal(got, expected)
    np.testing.assert_allclose(ours.pairwise(X), theirs.pairwise(X), rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(ours.pairwise(X, X[:7]), theirs.pairwise(X, X[:7]), rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("n_threads", [1, 2])
def test_pieces_and_threads_change_nothing(monkeypatch: pytest.MonkeyPatch, n_threads: int) -> None:
    X, y = table(100)
    metric = ValueDifferenceMetric().fit(X, y)
    expected = metric.pairwise(X)
    monkeypatch.setattr(pairwise, "_PIECE_ENTRIES", 700)
    monkeypatch.setattr(threads, "max_threads", lambda: n_threads)
    np.testing.assert_array_equal(metric.pairwise(X), expected)


def test_the_smallest_tables() -> None:
    metric = ValueDifferenceMetric().fit([[0]], ["only"])
    assert metric.pairwise([[0]]).tolist() == [[0.0]]
    metric = ValueDifferenceMetric(n_categories=[3]).fit([[0], [2]], [0, 1])
    assert metric.proba_per_class_[0].tolist() == [[1, 0], [0, 0], [0, 1]]
    assert metric.pairwise([[0], [1], [2]]).tolist() == [[0, 1, 4], [1, 0, 1], [4, 1, 0]]


def test_labels_and_tables_of_pandas() -> None:
    X, y = table(50)
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    metric = ValueDifferenceMetric().fit(frame, pd.Series(y).astype("category"))
    assert metric.feature_names_in_.tolist() == ["a", "b", "c"]
    np.testing.assert_array_equal(metric.pairwise(frame), ValueDifferenceMetric().fit(X, y).pairwise(X))


def test_what_does_not_fit_is_told() -> None:
    X, y = table(50)
    with pytest.raises(ValueError, match=r"The length of n_categories is not consistent .* Got 2 elements .* and 3 in"):
        ValueDifferenceMetric(n_categories=[5, 5]).fit(X, y)
    with pytest.raises(ValueError, match="column 1 of X has the category 4 and 3 categories"):
        ValueDifferenceMetric(n_categories=[5, 3, 5]).fit(X, y)
    with pytest.raises(ValueError, match="column 2 of Y has the category 9 and 5 categories"):
        ValueDifferenceMetric().fit(X, y).pairwise(X, [[0, 0, 9]])
    with pytest.raises(ValueError, match="The 'k' parameter of ValueDifferenceMetric must be"):
        ValueDifferenceMetric(k=0).fit(X, y)
    with pytest.raises(ValueError, match="Negative values in data"):
        ValueDifferenceMetric().fit(X - 1, y)


def test_clone_and_pickle() -> None:
    X, y = table(50)
    metric = ValueDifferenceMetric(k=2, r=1).fit(X, y)
    again = pickle.loads(pickle.dumps(metric))
    np.testing.assert_array_equal(again.pairwise(X), metric.pairwise(X))
    assert clone(metric).get_params() == metric.get_params()


def test_encoded_categories() -> None:
    colors = np.array([["red"], ["green"], ["blue"], ["red"]])
    encoder = OrdinalEncoder().fit(colors)  # floats
    metric = ValueDifferenceMetric().fit(encoder.transform(colors), ["a", "b", "a", "b"])
    assert metric.pairwise(encoder.transform([["red"]]), encoder.transform([["green"]])).tolist() == [[1.0]]


@pytest.mark.parametrize(("estimator", "check"), list(estimator_checks_generator(ValueDifferenceMetric())))
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")  # array API needs an environment variable
def test_scikit_learn_agrees(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.mark.parametrize("wrong", [0.9, 2.0**31, 1e300])
def test_what_is_no_whole_number_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="whole numbers from 0 to 2147483647, but column 0 of row 1 is"):
        ValueDifferenceMetric().fit([[1.0], [wrong], [0.0]], [0, 1, 0])
    fitted = ValueDifferenceMetric().fit([[1.0], [2.0], [0.0]], [0, 1, 0])
    with pytest.raises(ValueError, match="whole numbers"):
        fitted.pairwise([[1.0], [wrong]])
