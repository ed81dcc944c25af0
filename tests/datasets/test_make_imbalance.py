"""Rows left out of a table: the same as imbalanced-learn's, in any container."""

from __future__ import annotations

from collections import Counter
from types import MappingProxyType
from typing import Any

import imblearn.datasets
import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

from fastbal.datasets import make_imbalance
from tests import cases

STRATEGY = {1: 40, 2: 25}


def shares(y: Any, divisor: int = 2) -> dict[Any, int]:
    return {label: count // divisor for label, count in Counter(np.asarray(y).tolist()).items()}


@pytest.mark.parametrize("strategy", [STRATEGY, shares, {}, {0: 0}, MappingProxyType(STRATEGY)])
@pytest.mark.parametrize("make_seed", [lambda: 0, lambda: np.random.RandomState(7)])
def test_the_rows_are_imbalanced_learns(strategy: Any, make_seed: Any) -> None:
    X, y = cases.multiclass()
    got, expected = (
        make(X, y, sampling_strategy=dict(strategy) if not callable(strategy) else strategy, random_state=make_seed())
        for make in (make_imbalance, imblearn.datasets.make_imbalance)
    )
    np.testing.assert_array_equal(got[0], expected[0])
    np.testing.assert_array_equal(got[1], expected[1])
    again = make_imbalance(X, y, sampling_strategy=strategy, random_state=make_seed())
    np.testing.assert_array_equal(again[0], expected[0])


def test_without_a_strategy_all_rows_are_kept() -> None:
    X, y = cases.multiclass()
    X_got, y_got = make_imbalance(X, y)
    order = np.argsort(y, kind="stable")
    np.testing.assert_array_equal(X_got, X[order])
    np.testing.assert_array_equal(y_got, y[order])


def test_arguments_of_the_function_are_handed_on() -> None:
    X, y = cases.multiclass()
    for divisor in (2, 3):
        got = make_imbalance(X, y, sampling_strategy=shares, divisor=divisor)
        assert Counter(got[1].tolist()) == shares(y, divisor)


def test_containers_stay() -> None:
    X, y = cases.multiclass()
    expected = make_imbalance(X, y, sampling_strategy=STRATEGY, random_state=0)
    frame = pd.DataFrame(X, columns=list("abcdef")).assign(word="w")
    frame_got, series_got = make_imbalance(frame, pd.Series(y, name="t"), sampling_strategy=STRATEGY, random_state=0)
    np.testing.assert_array_equal(frame_got[list("abcdef")], expected[0])
    assert series_got.name == "t"
    polars_got, _ = make_imbalance(pl.DataFrame(X), pl.Series(y), sampling_strategy=STRATEGY, random_state=0)
    assert isinstance(polars_got, pl.DataFrame)
    sparse_got, _ = make_imbalance(sparse.csr_array(X), y, sampling_strategy=STRATEGY, random_state=0)
    np.testing.assert_array_equal(sparse_got.toarray(), expected[0])
    list_got, labels = make_imbalance(X.tolist(), ["abc"[code] for code in y], sampling_strategy={"b": 3})
    assert Counter(labels)["b"] == 3
    assert isinstance(list_got, list)


def test_it_says_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    make_imbalance([[0], [1], [2]], ["a", "b", "b"], sampling_strategy={"b": 1}, verbose=True)
    assert capsys.readouterr().out == (
        "The original target distribution in the dataset is: Counter({'b': 2, 'a': 1})\n"
        "Make the dataset imbalanced: Counter({'a': 1, 'b': 1})\n"
    )


def test_what_does_not_fit_is_told() -> None:
    X, y = cases.multiclass()
    with pytest.raises(ValueError, match="The 'sampling_strategy' parameter of make_imbalance must be"):
        make_imbalance(X, y, sampling_strategy="auto")
    with pytest.raises(TypeError, match=r"make_imbalance\(\) got an unexpected keyword argument 'random_sate'"):
        make_imbalance(X, y, sampling_strategy=STRATEGY, random_sate=0)
    with pytest.raises(ValueError, match="1000"):
        make_imbalance(X, y, sampling_strategy={1: 1000})
