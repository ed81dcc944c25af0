"""What the recipe says can be reconstructed, against an attack that sees nothing but the new rows."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pytest

from fastbal import audit
from fastbal._core.recipe import Recipe
from fastbal.auditing._recovery import recoverable_rows, usage_of
from fastbal.over_sampling import (
    MGS,
    ROSE,
    SMOTE,
    BorderlineSMOTE,
    GeometricSMOTE,
    LoRAS,
    PolynomFitSMOTE,
    RandomOverSampler,
    SafeLevelSMOTE,
    SimplicialSMOTE,
)


def table(n_rare: int, n_common: int, n_columns: int = 5, seed: int = 0) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    y = rng.permutation([1] * n_rare + [0] * n_common)
    return rng.normal(size=(len(y), n_columns)) + y[:, None], y


def lines_in(points: Any) -> list[Any]:
    """Sets of three points or more on one line."""
    found = set()
    for i, start in enumerate(points):
        away = points - start
        norms = np.linalg.norm(away, axis=1)
        unit = away / np.where(norms > 0, norms, 1)[:, None]
        is_aligned = abs(unit @ unit.T) > 1 - 1e-13
        for j in np.flatnonzero(norms > 0):
            on_line = frozenset({i, *np.flatnonzero(is_aligned[j] & (norms > 0)).tolist()})
            if len(on_line) >= 3:
                found.add(on_line)
    return [points[sorted(line)] for line in found]


def attacked(points: Any) -> Any:
    """Where two lines meet."""
    lines, meeting = lines_in(points), []
    for i, one in enumerate(lines):
        for other in lines[:i]:
            d, e = one[-1] - one[0], other[-1] - other[0]
            if np.linalg.matrix_rank(np.column_stack([d, e]), tol=1e-7) < 2:
                continue
            t, u = np.linalg.lstsq(np.column_stack([d, -e]), other[0] - one[0], rcond=None)[0]
            if np.linalg.norm(one[0] + t * d - other[0] - u * e) < 1e-8:
                meeting.append(one[0] + t * d)
    return np.array(meeting).reshape(-1, points.shape[1])


@pytest.mark.parametrize("n_new", [30, 60, 120])
@pytest.mark.parametrize("seed", [0, 1])
def test_an_attack_with_the_new_rows_alone_finds_the_rows_that_the_recipe_names(n_new: int, seed: int) -> None:
    X, y = table(12, 12 + n_new, seed=seed)
    smote = SMOTE(k_neighbors=3, random_state=seed)
    X_resampled, _ = smote.fit_resample(X, y)
    points = attacked(X_resampled[len(X) :])
    is_found = [len(points) > 0 and np.linalg.norm(points - row, axis=1).min() < 1e-7 for row in X]
    got = recoverable_rows(smote.recipe_, X.shape[1])
    assert got.tolist() == np.flatnonzero(is_found).tolist()


def slowly(recipe: Recipe) -> list[int]:
    """The definition, line by line."""
    places = defaultdict(set)
    for base, neighbor, step in zip(recipe.base, recipe.neighbor, recipe.step, strict=True):
        if base != neighbor and step not in (0, 1):
            low, high = sorted([base, neighbor])
            places[low, high].add(float(step if base == low else 1 - step))
    lines = defaultdict(int)
    for ends, taken in places.items():
        if len(taken) >= 3:
            for end in ends:
                lines[end] += 1
    return sorted(int(row) for row, n in lines.items() if n >= 2)


@pytest.mark.parametrize("seed", range(20))
def test_lines_that_meet_in_a_row_by_the_definition(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n_new = 200
    recipe = Recipe(
        n_rows=15,
        base=rng.integers(15, size=n_new),
        neighbor=rng.integers(15, size=n_new),
        step=rng.choice([0, 1, 0.3, 0.7, 0.11, 0.23, 0.95, -0.4, 0.62], n_new),
        label=np.zeros(n_new, int),
    )
    got = recoverable_rows(recipe, 2).tolist()
    assert got == slowly(recipe)
    assert 0 < len(got) < 15


def test_in_one_column_all_rows_are_on_one_line() -> None:
    X, y = table(6, 200, n_columns=1)
    smote = SMOTE(k_neighbors=2, random_state=0)
    smote.fit_resample(X, y)
    assert recoverable_rows(smote.recipe_, 1).tolist() == []
    assert len(recoverable_rows(smote.recipe_, 2)) == 6


def test_no_new_rows() -> None:
    assert recoverable_rows(Recipe(n_rows=3), 2).tolist() == []


@pytest.mark.parametrize(
    ("sampler", "expected"),
    [
        (RandomOverSampler(random_state=0), 1.0),
        (RandomOverSampler(random_state=0, shrinkage=1.0), 0.0),
        (PolynomFitSMOTE(random_state=0), 1.0),
        (PolynomFitSMOTE(random_state=0, steps="random"), 0.0),
        (PolynomFitSMOTE(random_state=0, topology="bus"), 1.0),
        (PolynomFitSMOTE(random_state=0, topology="polynomial"), 0.0),
        (SMOTE(random_state=0, k_neighbors=3), 1.0),
        (BorderlineSMOTE(random_state=0, k_neighbors=3), "some"),
        (MGS(random_state=0), 0.0),
        (LoRAS(random_state=0), 0.0),
        (SimplicialSMOTE(random_state=0, k_neighbors=3), "some"),
        (MGS(random_state=0, n_neighbors=1), "some"),
        (ROSE(random_state=0), 0.0),
        (GeometricSMOTE(random_state=0), 0.0),
        (SafeLevelSMOTE(random_state=0, step="column"), "some"),  # copies, where the partner is not safe
    ],
    ids=repr,
)
def test_what_each_kind_of_new_rows_gives_away(sampler: Any, expected: Any) -> None:
    X, y = table(20, 420)
    got = audit(sampler, X, y).recoverable_share
    assert got == expected if expected != "some" else 0 < got < 1


def test_a_star_gives_away_its_rows_only_where_a_ray_has_two() -> None:
    X, y = table(20, 20 + 30)  # ten of twenty rays have two new rows, the others one
    sampler = PolynomFitSMOTE(random_state=0)
    found = audit(sampler, X, y)
    assert found.recoverable_share == 0.5
    X_resampled, _ = sampler.fit_resample(X, y)
    center = X[y == 1].mean(axis=0)
    for row in found.recoverable_rows:
        first, second = X_resampled[len(X) :][sampler.base_indices_ == row]
        nearer, farther = sorted([first, second], key=lambda point: float(np.linalg.norm(point - center)))
        np.testing.assert_allclose(2 * farther - nearer, X[row], atol=1e-12)  # the next of the series


@pytest.mark.slow
def test_pairs_of_a_mix_are_on_a_line_through_both() -> None:
    X, y = table(20, 420)
    sampler = MGS(random_state=0, n_neighbors=1)
    X_resampled, _ = sampler.fit_resample(X, y)
    points = attacked(X_resampled[len(X) :])
    is_found = [np.linalg.norm(points - row, axis=1).min() < 1e-6 for row in X]
    assert recoverable_rows(sampler.recipe_, 5).tolist() == np.flatnonzero(is_found).tolist()


def test_how_often_rows_are_used() -> None:
    recipe = Recipe(
        n_rows=4,
        base=np.array([0, 0, 3]),
        neighbor=np.array([1, 0, 0]),
        step=np.array([0.5, 0.5, 0.0]),
        label=np.zeros(3, int),
    )
    usage = usage_of(recipe)  # a row between 0 and 1, and copies of 0 and 3
    assert usage.counts.tolist() == [2, 1, 0, 1]
    assert usage.parents == pytest.approx(4 / 3)


@pytest.mark.parametrize(
    ("sampler", "expected"),
    [(RandomOverSampler(), 1), (SMOTE(), 2), (MGS(n_neighbors=6), 7), (ROSE(), 1), (GeometricSMOTE(), 2)],
    ids=repr,
)
def test_parents_of_a_row(sampler: Any, expected: int) -> None:
    found = audit(sampler.set_params(random_state=0), *table(20, 420))
    assert found.parents_per_row == pytest.approx(expected)
    assert 400 * expected / 440 <= found.most_used[1] <= 400
