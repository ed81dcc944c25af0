"""Columns as people have them: which are numbers, which are categories, and which tell nothing."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from scipy.stats.contingency import association, crosstab

from fastbal.study import _columns
from fastbal.study._associations import associations_among
from fastbal.study._column_facts import facts_of
from fastbal.study._columns import read_columns

N = 60
DAYS = [datetime.date(2024, 1, 1) + datetime.timedelta(days=i) for i in range(N)]
COLUMNS: dict[str, tuple[str, list[Any]]] = {
    "amount": ("numeric", [i / 7 for i in range(N)]),
    "with gaps": ("numeric", [None if i % 5 == 0 else float(i) for i in range(N)]),
    "text that is numbers": ("numeric", [" " if i == 7 else f"{i}.5" for i in range(N)]),
    "negative text": ("numeric", [f"-{i}.5" for i in range(N)]),
    "half blank": ("numeric", [" " if i % 2 else f"{i}.5" for i in range(N)]),
    "day": ("numeric", DAYS),
    "day as text": ("numeric", [day.isoformat() for day in DAYS]),
    "moment": ("numeric", [datetime.datetime(2024, 1, 1, i % 24) for i in range(N)]),
    "duration": ("numeric", [datetime.timedelta(hours=i) for i in range(N)]),
    "colour": ("categorical", ["red", "blue", None] * (N // 3)),
    "codes": ("categorical", ["1", "2"] * (N // 2)),
    "postcode": ("categorical", [f"0{i % 9}501" for i in range(N)]),
    "half text": ("categorical", [str(i) if i % 2 else "x" for i in range(N)]),
    "name": ("left out", [f"row {i}" for i in range(N)]),
    "same": ("left out", ["x"] * N),
    "same number": ("left out", [3] * N),
    "nothing": ("left out", [None] * N),
}


@pytest.mark.parametrize("make", [pd.DataFrame, lambda columns: pl.DataFrame(columns, strict=False)])
def test_what_a_column_is_taken_for(make: Any) -> None:
    columns = read_columns(make({name: values for name, (_, values) in COLUMNS.items()}))
    got = {
        **dict.fromkeys(columns.numeric, "numeric"),
        **dict.fromkeys(columns.categorical, "categorical"),
        **dict.fromkeys(columns.left_out, "left out"),
    }
    assert got == {name: kind for name, (kind, _) in COLUMNS.items()}


@pytest.mark.parametrize("name", ["day", "day as text"])
@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame])
def test_times_are_days(make: Any, name: str) -> None:
    columns = read_columns(make({name: COLUMNS[name][1]}))
    np.testing.assert_array_equal(np.diff(columns.values[:, 0]), 1)


def test_times_with_zones_and_gaps() -> None:
    moments = pd.Series(pd.date_range("2024", periods=4, tz="UTC")).where([True, False, True, True])
    got = read_columns(pd.DataFrame({"moment": moments})).values[:, 0]
    np.testing.assert_array_equal(got - got[0], [0, np.nan, 2, 3])


def test_booleans_and_infinity() -> None:
    columns = read_columns(np.array([[True, False], [True, True]]))
    assert columns.left_out == {"x0": "every row has the same value"}
    got = read_columns(np.array([[1.0], [np.inf], [2.0]])).values[:, 0]
    np.testing.assert_array_equal(got, [1, np.nan, 2])


def test_declared_categories_stay_categories() -> None:
    columns = read_columns(pd.DataFrame({"code": pd.Categorical([3, 1, 2, 3]), "n": [3, 1, 2, 3]}))
    assert (columns.numeric, columns.categorical) == (["n"], ["code"])


def test_columns_of_lists_are_left_out() -> None:
    columns = read_columns(pl.DataFrame({"pair": [[1], [2]], "n": [1, 2]}))
    assert columns.left_out == {"pair": "its values are neither numbers nor categories"}


def test_nothing_to_learn_from() -> None:
    with pytest.raises(ValueError, match=r"No column of X can tell the classes apart: 'id': each row has a value of"):
        read_columns(pd.DataFrame({"id": ["a", "b", "c"]}))


def test_one_row_has_no_values_of_its_own() -> None:
    with pytest.raises(ValueError, match="'id': every row has the same value"):
        read_columns(pd.DataFrame({"id": ["a"]}))


def test_sparse_tables_up_to_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    X = sparse.random(20, 4, 0.5, format="csr", random_state=0)
    np.testing.assert_array_equal(read_columns(X).values, X.toarray())
    monkeypatch.setattr(_columns, "_MOST_BYTES", 100)
    with pytest.raises(ValueError, match="X is sparse with 20 rows and 4 columns, and would need"):
        read_columns(X)


def test_the_encoder_learns_from_the_rows_it_is_fitted_on() -> None:
    columns = read_columns(pd.DataFrame({"n": [1.0, 3.0, np.nan, 100.0], "c": ["a", "b", "a", "new"]}))
    encoder = columns.encoder().fit(columns.values[:3])
    train, test = (encoder.transform(columns.values[rows]) for rows in ([0, 1, 2], [3]))
    assert train.shape[1] == test.shape[1] == 1 + 1 + 2  # the number, whether it was missing, "a" and "b"
    np.testing.assert_allclose(train[:, 0], [-np.sqrt(1.5), np.sqrt(1.5), 0], atol=1e-12)
    assert test[0, 2:].sum() == 0  # a category that training rows do not have is none of theirs


def test_what_a_column_tells_by_itself() -> None:
    rng = np.random.default_rng(0)
    is_rare = np.arange(400) % 5 == 0
    table = pd.DataFrame(
        {
            "noise": rng.normal(size=400),
            "tells": np.where(np.arange(400) < 40, np.nan, is_rare + 0.3 * rng.normal(size=400)),
            "answer": np.where(is_rare, "yes", np.where(np.arange(400) % 2 == 0, "no", None)),
            "few": np.arange(400) % 2,
        }
    )
    facts = {column.name: column for column in facts_of(read_columns(table), is_rare.astype(np.int64))[0]}
    assert next(iter(facts)) == "answer"
    assert facts["answer"].area == 1.0
    assert facts["answer"].values == "no, missing, yes"
    assert facts["few"].values == "0 to 1, half below 0.5"
    assert {part.name: part.rare for part in facts["answer"].parts} == {"missing": 0.0, "no": 0.0, "yes": 1.0}
    assert facts["answer"].parts[0].n_rows == 160  # the most frequent first
    assert [part.name for part in facts["few"].parts] == ["0", "1"]
    assert 0.5 <= facts["noise"].area < 0.6 < 0.85 < facts["tells"].area < 1
    *ranges, gap = facts["tells"].parts
    assert (gap.name, gap.n_rows, gap.rare, round(facts["tells"].missing, 9)) == ("missing", 40, 0.2, 0.1)
    assert (len(ranges), sum(part.n_rows for part in ranges)) == (10, 360)
    assert (ranges[0].rare, ranges[-1].rare) == (0.0, 1.0)
    many = pd.DataFrame({"x": [f"level {i % 30}" for i in range(400)]})
    (column,), _ = facts_of(read_columns(many), is_rare.astype(np.int64))
    assert column.values.endswith(" and 27 more")
    assert (column.parts[-1].name, sum(part.n_rows for part in column.parts)) == ("all others", 400)


def test_columns_that_tell_the_same() -> None:
    rng = np.random.default_rng(0)
    euros = rng.lognormal(size=3000)
    town = rng.integers(0, 40, 3000)
    table = pd.DataFrame(
        {
            "euros": euros,
            "dollars": 1.1 * euros,
            "noise": rng.normal(size=3000),
            "town": [f"town {number}" for number in town],
            "county": [f"county {number}" for number in town // 10],
            "gap": np.full(3000, np.nan),
            "constant": 7,
        }
    )
    _, pairs = facts_of(read_columns(table), (np.arange(3000) % 5 == 0).astype(np.int64))
    assert {pairs[0].left, pairs[0].right} == {"euros", "dollars"}
    assert pairs[0].v == pytest.approx(1)
    assert {(pair.left, pair.right) for pair in pairs[1:]} <= {("town", "county"), ("county", "town")}


def test_association_is_cramers_v_without_what_chance_gives() -> None:
    rng = np.random.default_rng(0)
    left = rng.integers(0, 6, 50_000)
    right = np.where(rng.random(50_000) < 0.7, left // 2, rng.integers(0, 3, 50_000))
    ((_, _, got),) = associations_among({"left": left, "right": right})
    expected = association(crosstab(left, right).count, method="cramer")
    assert got == pytest.approx(expected, abs=1e-3)
    few = {name: rng.integers(0, 10, 60) for name in "abcdefgh"}  # by chance about 0.4 without the correction
    assert all(pair.v < 0.6 for pair in associations_among(few))
    assert associations_among({"left": left[:1], "right": right[:1]}) == []
    assert associations_among({"left": np.arange(30), "right": np.arange(30)}) == []  # every row differs: who knows?
