"""Each number of an audit against a slow, obvious version; what it takes, and what it refuses."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from imblearn import over_sampling as theirs
from scipy import sparse
from scipy.spatial.distance import cdist
from scipy.stats import ks_2samp
from sklearn.metrics import roc_auc_score

import fastbal
from fastbal import audit
from fastbal.auditing import Audit, _distances, _likeness
from fastbal.auditing._distances import _n_pairs_within
from fastbal.auditing._rules import indicator_groups
from fastbal.over_sampling import ROSE, SMOTE, SMOTENC, GeometricSMOTE, RandomOverSampler
from fastbal.regression import SMOTER
from fastbal.under_sampling import ClusterCentroids, RandomUnderSampler


def classes_of_three(n: int = 300, seed: int = 0) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.repeat([0, 1, 2], [n - n // 5 - n // 10, n // 5, n // 10]))
    return rng.normal(size=(n, 4)) * [1, 10, 0.1, 3] + 0.7 * y[:, None], y


@pytest.fixture(scope="module")
def problem() -> Any:
    X, y = classes_of_three()
    smote = SMOTE(random_state=0)
    X_resampled, y_resampled = smote.fit_resample(X, y)
    return X, y, X_resampled[len(X) :], y_resampled[len(X) :], audit(smote, X, y, X_resampled, y_resampled)


def numbers_of(found: Audit) -> dict[str, Any]:
    return {entry.name: getattr(found, entry.name) for entry in fields(found) if entry.name != "pictures"}


def check_equal(got: Audit, expected: Audit) -> None:
    """All numbers; the names of columns may differ."""
    got_numbers, expected_numbers = numbers_of(got), numbers_of(expected)
    for name, value in expected_numbers.items():
        if name in ("correlation_pair", "worst_column", "classes", "settings", "method"):
            continue
        if name == "column_distances":
            assert [*got_numbers[name].values()] == pytest.approx([*value.values()])
        elif name == "recoverable_rows":
            np.testing.assert_array_equal(got_numbers[name], value)
        else:
            assert got_numbers[name] == (
                value if value is None or isinstance(value, (list, dict)) else pytest.approx(value)
            )


def test_distances_against_every_pair(problem: Any) -> None:
    X, y, new, label, found = problem
    Z, W = X / X.std(axis=0), new / X.std(axis=0)
    away = cdist(W, Z)
    beside = cdist(Z, Z)
    np.fill_diagonal(beside, np.inf)
    nearest = away.argmin(axis=1)
    assert found.foreign_share == np.mean(y[nearest] != label)
    assert found.foreign_share_of_real == np.mean((y[beside.argmin(axis=1)] != y)[y > 0])
    assert found.copied_share == 0
    expected = np.median(away.min(axis=1)) / np.median(beside.min(axis=1)[y > 0])
    assert found.distance_ratio == pytest.approx(expected)
    two = np.sort(away, axis=1)[:, :2]
    assert found.nearest_ratio == pytest.approx(np.quantile(two[:, 0] / two[:, 1], 0.05))
    covered, inside = [], []
    for code in (1, 2):
        radius = np.sort(beside[np.ix_(y == code, y == code)], axis=1)[:, 4]
        is_inside = away[np.ix_(label == code, y == code)] < radius
        covered.append(is_inside.any(axis=0))
        inside.append(is_inside.sum(axis=1) / 5)
    assert found.coverage == np.mean(np.concatenate(covered))
    assert found.density == pytest.approx(np.mean(np.concatenate(inside)))


def test_columns_against_scipy_and_numpy(problem: Any) -> None:
    X, y, new, label, found = problem
    changes = []
    expected = np.zeros(4)
    for code in (1, 2):
        share = np.mean(label == code)
        expected += [share * ks_2samp(X[y == code, j], new[label == code, j]).statistic for j in range(4)]
        changes.append(abs(np.corrcoef(X[y == code].T) - np.corrcoef(new[label == code].T)))
    assert [*found.column_distances.values()] == pytest.approx(expected.tolist())
    assert found.worst_column == str(expected.argmax())
    assert found.mean_column_distance == pytest.approx(expected.mean())
    assert found.correlation_change == pytest.approx(np.max(changes))
    i, j = map(int, found.correlation_pair)
    assert max(change[i, j] for change in changes) == pytest.approx(np.max(changes))


def test_categories_against_shares() -> None:
    real = pd.DataFrame({"c": ["a"] * 5 + ["b"] * 3 + [None] * 2, "x": np.arange(10.0)})
    new = pd.DataFrame({"c": ["a"] * 2 + ["z"] * 6 + [None] * 2, "x": np.arange(10.0)})
    found = audit(None, real, None, new)
    assert found.column_distances == {"x": 0.0, "c": pytest.approx(0.6)}
    assert found.broken_rules == {"c: unknown category": 6}
    assert found.broken_share == 0.6
    assert found.copied_share == pytest.approx(0.4)  # 0, 1, 8 and 9


def test_rare_categories_that_distances_do_not_tell_apart_are_no_copies() -> None:
    real = pd.DataFrame({"c": [f"c{i}" for i in range(80)], "x": np.zeros(80)})
    new = pd.DataFrame({"c": ["c79", "c78", "never seen"], "x": np.zeros(3)})
    assert audit(None, real, None, new).copied_share <= 2 / 3
    assert audit(None, real, None, new.iloc[2:]).copied_share == 0


@pytest.mark.parametrize("seed", range(5))
def test_pairs_within_a_radius(seed: int) -> None:
    """Also on the rim of a ball, where rounding decides, and far from the origin."""
    rng = np.random.default_rng(seed)
    centers = rng.integers(0, 6, (60, 3)).astype(float) + 1e6
    points = rng.integers(0, 6, (500, 3)).astype(float) + 1e6
    radius = np.sqrt(rng.integers(0, 20, 60).astype(float))
    assert _n_pairs_within(points, centers, radius) == int((cdist(points, centers) < radius).sum())


def test_detection_knows_what_is_alike_and_what_is_not() -> None:
    rng = np.random.default_rng(0)
    real, same = rng.normal(size=(2, 2000, 5))
    assert abs(audit(None, real, None, same).detection_auc - 0.5) < 0.05  # standard error 0.013
    assert audit(None, real, None, same + np.array([0, 0, 3, 0, 0])).detection_auc > 0.95
    assert np.isnan(audit(None, real[:9], None, same[:9]).detection_auc)


def test_members_are_told_from_others() -> None:
    X, y = classes_of_three(600)
    inside, outside = slice(0, 400), slice(400, 600)
    holdout = (X[outside], y[outside])
    copies = audit(RandomOverSampler(random_state=0), X[inside], y[inside], holdout=holdout)
    assert copies.membership_auc > 0.9
    X_resampled, y_resampled = SMOTE(random_state=0).fit_resample(X[inside], y[inside])
    found = audit(None, X[inside], y[inside], X_resampled, y_resampled, holdout=holdout)
    scale = X[inside].std(axis=0)
    is_member, nearness = [], []
    for code in (1, 2):
        new = X_resampled[400:][y_resampled[400:] == code] / scale
        for rows, member in ((inside, True), (outside, False)):
            real = X[rows][y[rows] == code] / scale
            is_member += [member] * len(real)
            nearness += (-cdist(real, new).min(axis=1)).tolist()
    assert found.membership_auc == pytest.approx(roc_auc_score(is_member, nearness))
    no_rare_rows = audit(None, X[inside], y[inside], X_resampled, y_resampled, holdout=(X[outside], 0 * y[outside]))
    assert np.isnan(no_rare_rows.membership_auc)


def test_rules_of_a_table() -> None:
    real = pd.DataFrame({"n": [1, 2, 3, 4], "x": [0.5, 1, 2, 3], "red": [1, 0, 0, 0], "blue": [0, 1, 1, 1]})
    new = pd.DataFrame({"n": [1, 2.5, 3, 3], "x": [0.6, 1, 9, 9], "red": [1, 0, 1, 1], "blue": [0, 1, 1, 1]})
    found = audit(None, real, None, new, rules={"x at most 4": lambda table: table["x"] <= 4})
    assert found.broken_rules == {
        "n: not whole": 1,
        "x: outside 0.5 to 3": 2,
        "red to blue: sum is not 1": 2,
        "x at most 4": 2,
    }
    assert found.broken_share == 0.75
    assert found.repeated_share == 0.25
    assert "75 % of the new rows break a rule" in found.advice


def test_the_rules_get_the_new_rows_in_the_callers_container() -> None:
    X, y = classes_of_three()
    seen: list[Any] = []

    def rule(table: Any) -> Any:
        seen.append(table)
        return np.ones(len(table), bool)

    for convert in (pl.DataFrame, pd.DataFrame, np.asarray):
        smote = SMOTE(random_state=0)
        X_resampled, y_resampled = smote.fit_resample(convert(X), y)
        found = audit(smote, convert(X), y, X_resampled, y_resampled, rules={"any": rule})
        assert found.broken_share == 0
        assert isinstance(seen[-1], type(X_resampled))
        np.testing.assert_array_equal(np.asarray(seen[-1]), np.asarray(X_resampled)[len(X) :])
    with pytest.raises(ValueError, match=r"Rule 'no' must say of each of the \d+ new rows .* returned bool of shape"):
        audit(SMOTE(), X, y, rules={"no": lambda table: True})


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ([[1, 0], [0, 1]], [(0, 1)]),
        ([[1, 0, 1], [0, 1, 0]], [(0, 1)]),
        ([[1, 1, 0], [1, 0, 1]], [(1, 2)]),
        ([[1, 0, 1, 0], [0, 1, 0, 1]], [(0, 1), (2, 3)]),
        ([[1, 0, 0], [0, 1, 0]], [(0, 1)]),
        ([[1], [1]], []),
        ([[1, 0], [0, 0]], []),
        ([[0.5, 0.5], [0.5, 0.5]], []),
    ],
)
def test_groups_of_indicators(columns: Any, expected: Any) -> None:
    assert indicator_groups(np.array(columns, float)) == expected


@pytest.mark.parametrize("convert", [pd.DataFrame, pl.DataFrame, sparse.csr_array, np.ndarray.tolist], ids=str)
def test_every_container(problem: Any, convert: Any) -> None:
    X, y, *_, expected = problem
    if convert is pl.DataFrame:
        X = pl.DataFrame(X, schema=["a", "b", "c", "d"])
    elif convert is pd.DataFrame:
        X = pd.DataFrame(X, columns=["a", "b", "c", "d"])
    else:
        X = convert(X)
    check_equal(audit(SMOTE(random_state=0), X, y.tolist()), expected)


def test_the_same_as_for_what_the_sampler_has_returned(problem: Any) -> None:
    X, y, *_, expected = problem
    check_equal(audit(SMOTE(random_state=0), X, y), expected)


def test_rows_from_elsewhere(problem: Any) -> None:
    X, y, new, label, expected = problem
    whole = audit(None, X, y, np.vstack([X, new]), np.concatenate([y, label]))
    alone = audit(None, X, y, new, label)
    check_equal(whole, alone)
    for found in (whole, alone):
        assert found.n_new == len(new)
        assert found.density == expected.density
        assert found.recoverable_share is found.recoverable_rows is found.most_used is None
        assert "not known: no recipe" in str(found)
    sampler = theirs.SMOTE(random_state=0)
    found = audit(sampler, X, y)
    assert (found.method, found.n_new, found.recoverable_share) == ("SMOTE", len(new), None)


def test_columns_by_name() -> None:
    X, y = classes_of_three()
    real = pd.DataFrame(X, columns=["a", "b", "c", "d"])
    X_resampled, y_resampled = SMOTE(random_state=0).fit_resample(real, y)
    expected = audit(None, real, y, X_resampled, y_resampled)
    got = audit(None, real, y, X_resampled[["d", "a", "c", "b"]], y_resampled)
    check_equal(got, expected)


def test_gaps_dates_and_categories() -> None:
    X, y = classes_of_three()
    table = pd.DataFrame(X, columns=["a", "b", "c", "d"])
    table.loc[::7, "a"] = np.nan
    table["when"] = pd.to_datetime("2024-01-01") + pd.to_timedelta(np.arange(300), unit="D")
    table["colour"] = np.random.default_rng(1).choice(["red", "blue"], 300)
    found = audit(None, table, y, table, y)  # no table that begins with the real one, but the real one
    assert found.copied_share == 1
    assert found.distance_ratio == 0
    assert set(found.column_distances.values()) == {0.0}
    assert [*found.column_distances] == ["a", "b", "c", "d", "when", "colour"]
    made = table.assign(when=table["when"] + pd.Timedelta(days=30))
    assert audit(None, table, y, made, y).broken_rules == {f"when: outside {1704067200:g} to {1729900800:g}": 30}
    nc = SMOTENC(categorical_features=["colour"], random_state=0)
    found = audit(nc, table[["b", "c", "d", "colour"]], y)
    assert found.recoverable_share > 0
    assert found.broken_share == 0


def test_whole_numbers_that_were_not_rounded() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.integers(0, 50, (200, 3)).astype(float), np.repeat([0, 1], [150, 50])
    found = audit(SMOTE(random_state=0), X, y)
    assert set(found.broken_rules) == {"0: not whole", "1: not whole", "2: not whole"}
    assert audit(SMOTE(random_state=0), X.astype(int), y).broken_rules == {}


def test_units_do_not_matter(problem: Any) -> None:
    X, y, *_, expected = problem
    for unit in (1e-300, 2.0**900):
        X_resampled, y_resampled = SMOTE(random_state=0).fit_resample(X, y)
        found = audit(None, X * unit, y, X_resampled * unit, y_resampled)
        for name in ("foreign_share", "coverage", "density", "distance_ratio", "correlation_change", "detection_auc"):
            assert getattr(found, name) == pytest.approx(getattr(expected, name), abs=0.02)


def test_a_column_with_nothing_in_it_and_one_that_does_not_vary() -> None:
    rng = np.random.default_rng(0)
    table = [np.column_stack([rng.normal(size=300), np.full(300, np.nan), np.ones(300)]) for _ in range(2)]
    found = audit(None, table[0], None, table[1])
    assert found.column_distances["1"] == found.column_distances["2"] == 0
    assert 0.3 < found.detection_auc < 0.7
    gone = audit(None, table[0], None, np.where([True, False, False], np.nan, table[1]))
    assert gone.column_distances["0"] == 1
    assert gone.detection_auc == 1
    assert set(gone.broken_rules) == {"0: missing or infinite"}


def test_targets_without_classes() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 4))
    sampler = SMOTER(random_state=0)
    X_resampled, _ = sampler.fit_resample(X, X[:, 0] ** 3)
    found = audit(sampler, X, None, X_resampled)
    assert found.n_new == int(sampler.is_synthetic_.sum()) > 0
    assert found.parents_per_row == 2
    assert found.foreign_share is None


def test_small_classes() -> None:
    X, y = classes_of_three()
    X, y = np.vstack([X, [[9, 9, 9, 9]]]), np.append(y, 3)
    found = audit(RandomOverSampler(random_state=0, sampling_strategy={3: 20}), X, y)
    assert found.copied_share == 1
    assert found.notes == []
    assert np.isnan(found.coverage)
    assert np.isnan(found.detection_auc)
    assert found.recoverable_share == 1
    one = audit(None, X[:1], None, X[:2])
    assert np.isnan(one.distance_ratio)
    assert one.html()


def test_what_is_drawn_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(600, 3))
    y = np.repeat([0, 1], [500, 100])
    exact = audit(SMOTE(random_state=0), X, y)
    assert exact.notes == []
    monkeypatch.setattr(_distances, "MOST_SEARCHED", 300)
    monkeypatch.setattr(_distances, "_MOST_PAIRS", 20_000)
    monkeypatch.setattr(_distances, "_FEWEST", 200)
    monkeypatch.setattr("fastbal.auditing._audit.MOST_DETECTED", 50)
    monkeypatch.setattr(_likeness, "MOST_DETECTED", 50)
    drawn = audit(SMOTE(random_state=0), X, y)
    assert drawn.notes == [
        "Copies, distances and foreign territory are of 300 new rows, drawn at random.",
        "Density is the mean over 200 new rows, drawn at random.",
        "Detection was tried on 50 real and as many new rows, drawn at random.",
    ]
    assert drawn.coverage == exact.coverage
    assert drawn.recoverable_share == exact.recoverable_share
    assert drawn.density == pytest.approx(exact.density, rel=0.2)
    assert drawn.foreign_share == pytest.approx(exact.foreign_share, abs=0.12)
    other = audit(SMOTE(random_state=0), X, y, random_state=1)
    assert other.density != drawn.density
    check_equal(audit(SMOTE(random_state=0), X, y), drawn)
    monkeypatch.setattr(_distances, "MOST_SEARCHED", 60)
    few = audit(SMOTE(random_state=0), X, y)
    assert few.notes[1:3] == [
        "Distances between real rows are those from 60 of them, drawn at random.",
        "Coverage and density are of 60 real rows, drawn at random.",
    ]
    assert few.coverage == pytest.approx(exact.coverage, abs=0.2)
    assert few.density == pytest.approx(exact.density, rel=0.2)
    copies = audit(RandomOverSampler(random_state=0), X, y)
    assert copies.recoverable_share == len(np.unique(copies.recoverable_rows)) / 100


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        (r"There is nothing to audit: give a sampler, or new rows", (None, [[1.0]])),
        (r"A sampler needs the class of each row to make new ones: give y", (SMOTE(), [[1.0]])),
        (r"y was given without y_resampled", (None, [[1.0]], [1], [[1.0]])),
        (r"y_resampled was given without y\.", (None, [[1.0]], None, [[1.0]], [1])),
        (r"X_resampled must have the columns of X, but X has 1 and X_resampled has 2", (None, [[1.0]], None, [[1, 2]])),
        (r"There are no new rows to audit", (RandomUnderSampler(), [[1.0], [2.0], [3.0]], [0, 0, 1])),
        (r"1 new rows are of classes without a real row: '7'", (None, [[1.0]], [0], [[1.0], [2.0]], [0, 7])),
        (r"Found input variables with inconsistent numbers", (None, [[1.0]], [0, 1], [[1.0]], [0])),
        (r"X_resampled must have the columns of X, but it has no column 'b'", (
            None, pd.DataFrame({"a": [1], "b": [2]}), None, pd.DataFrame({"a": [1], "c": [2]}))),
    ],
)  # fmt: skip
def test_refused(message: str, arguments: Any) -> None:
    with pytest.raises(ValueError, match=message):
        audit(*arguments)


def test_more_that_is_refused() -> None:
    X, y = classes_of_three()
    with pytest.raises(ValueError, match="holdout must be a pair of a table and its labels"):
        audit(SMOTE(), X, y, holdout=X)
    smote = SMOTE(random_state=0)
    X_resampled, y_resampled = smote.fit_resample(X, y)
    with pytest.raises(ValueError, match="SMOTE has resampled a table of 300 rows to 630, but X has 299"):
        audit(smote, X[1:], y[1:], X_resampled, y_resampled)
    with pytest.raises(TypeError, match="sampler"):
        audit("SMOTE", X, y)
    wide = sparse.csr_array((200_000, 5_000))
    with pytest.raises(ValueError, match=r"would need 16\.0 GB when dense"):
        audit(None, wide, None, wide)


def test_the_sampler_handed_in_stays_as_it_was() -> None:
    smote = SMOTE(random_state=0)
    audit(smote, *classes_of_three())
    assert not hasattr(smote, "recipe_")


def test_centroids_have_no_rows_they_are_made_of() -> None:
    X, y = classes_of_three()
    found = audit(ClusterCentroids(random_state=0), X, y)
    assert len(found.recoverable_rows) == round(found.copied_share * found.n_new) > 0  # clusters of one row
    assert found.most_used[1] == 0


@pytest.mark.parametrize(
    ("real", "new", "rules", "remedy"),
    [
        ([0.5, 1, 2], [3], {}, "“0: outside 0.5 to 2”: clip the numbers, or use"),
        ([0, 1, 2], [1.5], {}, "“0: not whole”: give whole numbers as a column of integers"),
        (["a", "b"], ["c"], {}, "“0: unknown category”: use SMOTENC"),
        ([0.5, 1.5], [1], {"not: 1": lambda table: table[:, 0] != 1}, "“not: 1”: leave these rows out"),
    ],
)
def test_what_helps_against_a_broken_rule(real: Any, new: Any, rules: Any, remedy: str) -> None:
    tables = [np.array(column, object if isinstance(column[0], str) else float)[:, None] for column in (real, new)]
    found = audit(None, tables[0], None, tables[1], rules=rules)
    assert f"100 % of the new rows break a rule, most often {remedy}" in found.advice


@pytest.mark.parametrize(
    ("sampler", "expected"),
    [
        (RandomOverSampler(random_state=0), "100 % of the new rows are copies of real ones: do not hand them out"),
        (SMOTE(random_state=0), "of the real rows can be reconstructed exactly from the new ones: train on them"),
        (ROSE(random_state=0), "of the new rows break a rule, most often"),
    ],
    ids=repr,
)
def test_advice(sampler: Any, expected: str) -> None:
    X, y = classes_of_three()
    assert expected in audit(sampler, X, y).advice


def test_advice_where_nothing_stands_out_and_where_rows_are_elsewhere() -> None:
    rng = np.random.default_rng(0)
    rare, more = np.clip(rng.normal(size=(2, 500, 3)), -2, 2)
    rare[0], rare[1] = -2, 2
    X, y = np.vstack([rare, rng.normal(size=(500, 3)) + 6]), np.repeat([1, 0], 500)
    assert "Nothing stands out" in audit(None, X, y, more, np.ones(500, int)).advice
    middle = np.clip(more / 50, -2, 2)
    assert "A model tells new rows from real ones" in audit(None, X, y, middle, np.ones(500, int)).advice
    near = np.vstack([X, [[20, 20, 20]] * 3])
    label = np.append(y, [1, 1, 1])
    assert "lie among another class" in audit(None, near, label, more + 6, np.ones(500, int)).advice


def test_names_are_handed_out() -> None:
    assert fastbal.audit is fastbal.auditing.audit


def test_gaps_and_infinities_where_there_were_none_are_told() -> None:
    X, y = np.random.default_rng(0).normal(size=(100, 3)), np.repeat([0, 1], [70, 30])
    for worth in (np.nan, np.inf):
        new = X[70:] + 0.01
        new[:, 0] = worth
        found = audit(None, X, y, new, np.ones(30, int))
        assert found.broken_rules["0: missing or infinite"] == 30


def test_a_correlation_is_of_two_columns() -> None:
    X = np.column_stack([np.ones(300), np.random.default_rng(0).normal(size=300)])
    found = audit(SMOTE(random_state=0), X, np.repeat([0, 1], [250, 50]))
    assert found.correlation_pair is None or found.correlation_pair[0] != found.correlation_pair[1]


def test_balls_that_are_lines_betray_their_rows() -> None:
    X = np.random.default_rng(0).normal(size=(430, 4))
    sampler = GeometricSMOTE(random_state=0, deformation_factor=1.0, selection_strategy="minority")
    assert audit(sampler, X, np.repeat([0, 1], [400, 30])).recoverable_share > 0.9
