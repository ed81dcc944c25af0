"""A remedy to be used: the same as was compared, on tables as they are."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression

from fastbal.over_sampling import SMOTE
from fastbal.study import TableClassifier, compare

RNG = np.random.default_rng(0)
N = 200
SIGNAL = RNG.normal(size=N)
TABLE = pd.DataFrame(
    {
        "size": np.where(np.arange(N) % 9 == 0, np.nan, SIGNAL),
        "written": [f"{value:.3f}" for value in SIGNAL + RNG.normal(size=N)],
        "colour": RNG.choice(["red", "blue", None], N),
        "day": pd.date_range("2024-01-01", periods=N),
    }
)
Y = np.where(SIGNAL + 0.5 * RNG.normal(size=N) > 1, "yes", "no")


@pytest.mark.parametrize("container", [pd.DataFrame, pl.from_pandas])
def test_tables_as_they_are(container: Any) -> None:
    model = TableClassifier("SMOTE", rare="yes").fit(container(TABLE), Y)
    assert model.columns_ == ["size", "written", "day", "colour"]
    assert (model.predict(container(TABLE)) == Y).mean() > 0.85
    proba = model.predict_proba(container(TABLE))
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    assert proba[:, 1].mean() == pytest.approx((Y == "yes").mean(), abs=0.05)  # corrected for the new rows
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict(container(TABLE[:5])), model.predict(container(TABLE[:5])))


def test_rows_one_by_one_are_as_rows_together() -> None:
    model = TableClassifier("class weights").fit(TABLE, Y)
    together = model.predict_proba(TABLE[:20])
    one_by_one = np.concatenate([model.predict_proba(TABLE[i : i + 1]) for i in range(20)])
    np.testing.assert_allclose(one_by_one, together)


def test_what_has_not_been_seen() -> None:
    model = TableClassifier().fit(TABLE, Y)
    new = pd.DataFrame({"size": [1.0], "written": ["?"], "colour": ["green"], "day": [pd.Timestamp("2030-01-01")]})
    assert np.isfinite(model.predict_proba(new)).all()
    with pytest.raises(ValueError, match="The table has no column 'size'"):
        model.predict(new.drop(columns="size"))


@pytest.mark.parametrize(
    "arguments",
    [
        {"arm": SMOTE(k_neighbors=3), "model": LogisticRegression(C=0.1)},
        {"arm": "random forest"},
        {"arm": "nothing"},
        {"cost": {"fp": 1, "fn": 9}},
        {"budget": 20},
        {"min_precision": 0.5},
        {"metric": "average_precision"},
    ],
)
def test_every_kind_of_remedy_and_question(arguments: dict[str, Any]) -> None:
    model = TableClassifier(**arguments).fit(TABLE, Y)
    assert set(model.predict(TABLE)) <= {"no", "yes"}
    if arguments.get("arm") == "nothing":
        assert model.cut_off_ is None


def test_three_classes() -> None:
    y = np.where(SIGNAL > 0.8, "c", np.where(SIGNAL > -0.5, "a", "b"))
    for arguments in ({}, {"budget": 30}, {"cost": [[0, 1, 1], [1, 0, 1], [5, 5, 0]]}):
        model = TableClassifier(**arguments).fit(TABLE, y)
        assert model.predict_proba(TABLE).shape == (N, 3)
        assert set(model.predict(TABLE)) <= {"a", "b", "c"}


def test_the_program_of_a_report_runs() -> None:
    found = compare(TABLE, Y, models=["logistic regression"], arms=["SMOTE"], cv=2)
    program = found.html().partition("import joblib\n")[2].partition("</pre>")[0].replace("&#39;", "'")
    program = program.replace("&#34;", '"').replace("joblib.dump(model", "kept.append((model")
    program = program.replace('"model.joblib")', "None))")
    kept: list[Any] = []
    exec(program, {"X": TABLE, "y": Y, "kept": kept})
    assert isinstance(kept[0][0], TableClassifier)


def test_names_that_are_none() -> None:
    with pytest.raises(ValueError, match=r"arms must be among .* but 'SMOT' is asked for"):
        TableClassifier("SMOT").fit(TABLE, Y)
