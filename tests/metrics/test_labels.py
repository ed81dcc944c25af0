"""Labels of any kind, in any container, and what is no label."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from fastbal.metrics import classification_report_imbalanced, geometric_mean_score, sensitivity_specificity_support

WORDS, SAID = ["b", "a", "b", "c", "a"], ["b", "b", "b", "a", "a"]
CONTAINERS = {
    "list": list,
    "tuple": tuple,
    "text": np.array,
    "objects": lambda y: np.array(y, object),
    "pandas": pd.Series,
    "pandas categorical": lambda y: pd.Series(y, dtype="category"),
    "pandas nullable": lambda y: pd.Series(y, dtype="string"),
    "polars": pl.Series,
    "polars categorical": lambda y: pl.Series(y, dtype=pl.Categorical),
    "pyarrow": pa.array,
}


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
def test_text_in_any_container(container: str) -> None:
    y_true, y_pred = (CONTAINERS[container](y) for y in (WORDS, SAID))
    got = sensitivity_specificity_support(y_true, y_pred)
    assert [values.tolist() for values in got] == [[0.5, 1.0, 0.0], [2 / 3, 2 / 3, 1.0], [2, 2, 1]]
    assert geometric_mean_score(y_true, SAID, labels=["a", "b"]) == pytest.approx(0.5**0.5)
    report = classification_report_imbalanced(y_true, y_pred, output_dict=True, zero_division=0)
    assert list(report)[:3] == ["a", "b", "c"]


@pytest.mark.parametrize("dtype", [bool, "boolean", "Int64", "Float64", "int8", "float32", "int64[pyarrow]"])
def test_numbers_and_booleans(dtype: Any) -> None:
    y_true, y_pred = (pd.Series(y).astype(dtype) for y in ([1, 0, 1, 0, 1], [1, 0, 0, 1, 1]))
    got = sensitivity_specificity_support(y_true, y_pred, average="binary")
    assert got == (pytest.approx(2 / 3), 0.5, None)
    assert got == sensitivity_specificity_support(y_true, y_pred.astype(int).tolist(), average="binary")


@pytest.mark.parametrize(
    ("y_true", "y_pred", "message"),
    [
        ([0, 1], [0, 1, 1], r"inconsistent numbers of samples: \[2, 3\]. y_true has 2 labels and y_pred has 3"),
        ([0, 1], ["a", "b"], "must be of one kind, but y_true has 0 and y_pred has 'a'"),
        ([], [], "y_true must hold at least one label"),
        (np.array([1.0, np.nan]), [0, 1], "1 of 2 labels are missing"),
        (["a", None], ["a", "b"], "1 of 2 labels are missing"),
        ([0, 1], [0.3, 0.8], "Unknown label type: continuous"),
        (np.eye(2, dtype=int), [0, 1], "y_true must hold one label for each row, but has a column for each class"),
        ([0, 1], np.array([[1, 1], [0, 1]]), "Multilabel and multioutput targets are not supported"),
    ],
)
def test_what_is_no_label_is_refused(y_true: Any, y_pred: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        geometric_mean_score(y_true, y_pred)


def test_the_report_wants_a_name_for_each_class() -> None:
    with pytest.raises(ValueError, match=r"there are 1 names for the 2 classes \['a', 'b'\]"):
        classification_report_imbalanced(["a", "b"], ["a", "b"], target_names=["one"])
    same = classification_report_imbalanced(["a", "b"], ["a", "b"], target_names=["x", "x"])
    assert same.count(" x ") == 2
