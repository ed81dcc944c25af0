"""Errors name the page of the guide that explains them, once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fastbal._core.refusals import GUIDE, STRATEGY, explained, in_words, refusal, see
from fastbal.over_sampling import MGS, SMOTE, RandomOverSampler

X = np.arange(40.0).reshape(20, 2)
y = np.repeat(["no", "yes"], [16, 4])


def test_an_error_keeps_its_terms_and_its_kind() -> None:
    with pytest.raises(TypeError) as found, explained("numbers"):
        raise refusal(TypeError, "Lower ", STRATEGY, ".")
    assert str(found.value) == "Lower sampling_strategy. See *How many rows?* in the guide."
    assert in_words(found.value, {"sampling_strategy": "--strategy"}).startswith("Lower --strategy. See")


def test_a_page_is_named_once_and_other_errors_are_left_alone() -> None:
    with pytest.raises(ValueError, match=r"^Wrong\. See \*How many rows\?\* in the guide\.$"), explained("columns"):
        raise ValueError("Wrong." + see("numbers"))
    with pytest.raises(KeyError) as found, explained("columns"):
        raise KeyError("x")
    assert found.value.args == ("x",)


def cases() -> list[Any]:
    gaps = X.copy()
    gaps[0, 0] = np.nan
    return [
        pytest.param(SMOTE(), gaps, y, "columns", id="gaps"),
        pytest.param(SMOTE(), X.astype(str) + "a", y, "columns", id="text"),
        pytest.param(SMOTE(), X, y, "numbers", id="few rows"),
        pytest.param(SMOTE(sampling_strategy="minorty"), X, y, "numbers", id="a name"),
        pytest.param(SMOTE(sampling_strategy=7.0), X, y, "numbers", id="a ratio"),
        pytest.param(SMOTE(sampling_strategy={"maybe": 7}), X, y, "numbers", id="a label"),
        pytest.param(SMOTE(sampling_strategy={"no": 7}), X, y, "numbers", id="fewer"),
        pytest.param(SMOTE(sampling_strategy=lambda y: 7), X, y, "numbers", id="a function"),
        pytest.param(RandomOverSampler(sampling_strategy={"yes": 10**15}), X, y, "memory", id="memory"),
    ]


@pytest.mark.parametrize(("sampler", "X", "y", "about"), cases())
def test_what_users_meet_names_its_page(sampler: Any, X: Any, y: Any, about: str) -> None:
    with pytest.raises((MemoryError, TypeError, ValueError)) as found:
        sampler.fit_resample(X, y)
    assert str(found.value).count("in the guide.") == 1
    assert str(found.value).endswith(f"See *{GUIDE[about]}* in the guide.")


def test_sparse_tables_and_groups() -> None:
    from scipy import sparse

    with pytest.raises(TypeError, match=r"See \*Which sampler\?\* in the guide\.$"):
        MGS(n_neighbors=3, covariance="shrunk").fit_resample(sparse.csr_matrix(X), y)
    with pytest.raises(ValueError, match=r"See \*Groups and time\* in the guide\.$"):
        SMOTE(k_neighbors=1).fit_resample(X, y, groups=[None, *range(19)])
