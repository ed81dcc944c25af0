"""Rows made otherwise than on segments: each kind against its formula, in every order, of every dtype."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import sparse, stats

from fastbal._core.making import Ball, Box, Made, Mix, Noise, Polynomial, Towards, make_rows
from fastbal._core.recipe import NewRows, Recipe, recipe_of_rows
from fastbal._kernels import counter
from fastbal._kernels.making import AROUND_FIRST, AROUND_MEAN, DIRICHLET, SHADOWS

N, D, M = 30, 5, 200
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, D))
BASE, END = RNG.integers(0, N, M), RNG.integers(0, N, M)
KEYED: dict[str, Any] = {"key": 7, "number": np.arange(M)}
MEMBERS = np.array([[3, 4, 5, 6], [9, 8, 7, -1], [2, -1, -1, -1]])
SOURCE = RNG.integers(0, 3, M)
ONES, NONE = np.ones(3), np.zeros(3)


def mix(law: int, spread: NDArray[np.float64] = ONES, blur: NDArray[np.float64] = NONE) -> Mix:
    shadows = {"n_shadows": 6} if law == SHADOWS else {}
    return Mix(**KEYED, members=MEMBERS, source=SOURCE, law=law, spread=spread, blur=blur, **shadows)


KINDS: dict[str, Made] = {
    "towards": Towards(anchors=RNG.normal(size=(3, D)), anchor=SOURCE, step=RNG.random(M)),
    "box": Box(**KEYED, neighbor=END, low=np.full(M, 0.25), high=np.full(M, 0.5)),
    "noise": Noise(**KEYED, widths=RNG.random((3, D)), width=SOURCE),
    "ball": Ball(**KEYED, neighbor=END, truncation=0.3, deformation=0.6),
    "polynomial": Polynomial(**KEYED, curves=RNG.normal(size=(3, 4, D)), curve=SOURCE),
    "mean": mix(AROUND_MEAN, blur=np.array([0.0, 0.1, 0.2])),
    "first": mix(AROUND_FIRST),
    "dirichlet": mix(DIRICHLET),
    "shadows": mix(SHADOWS, blur=np.array([0.0, 0.1, 0.2])),
}
by_kind = pytest.mark.parametrize("kind", KINDS)


def recipe_of(making: Made, base: NDArray[np.int64] = BASE) -> Recipe:
    return Recipe(n_rows=N, base=base, label=np.ones(len(base), np.int8), making=making)


def made(making: Made, table: Any = X) -> Any:
    return make_rows(table, recipe_of(making), NewRows()).values


def normals(d: int = D, skip: int = 0) -> NDArray[np.float64]:
    out = np.empty((M, 2 * skip + d))
    counter.fill_normal(7, np.arange(M), out)
    return out[:, 2 * skip :]


def uniforms(d: int = D) -> NDArray[np.float64]:
    out = np.empty((M, d))
    counter.fill_uniform(7, np.arange(M), out)
    return out


def weights_of(making: Mix) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """As `fill_weights`, slowly."""
    z, u = normals(4), uniforms(12 if making.law == SHADOWS else 4)
    weights, part = np.zeros((M, 4)), np.ones(M)
    for i, rows in enumerate(MEMBERS[SOURCE]):
        m = int((rows >= 0).sum())
        if making.law == SHADOWS:
            drawn = -np.log(u[i, ::2]) / -np.log(u[i, ::2]).sum()
            np.add.at(weights[i], (u[i, 1::2] * m).astype(int), drawn)
            part[i] = np.sqrt(np.square(drawn).sum())
        elif making.law == DIRICHLET:
            drawn = -np.log(u[i, :m])
            weights[i, :m] = drawn / drawn.sum()
        else:
            w = np.sqrt(making.spread[SOURCE[i]] / m) * z[i, :m]
            if making.law == AROUND_MEAN:
                weights[i, :m] = 1 / m + w - w.mean()
            else:
                weights[i, :m] = [1 - w[1:].sum(), *w[1:]]
    return weights, part


def expected_of(kind: str, making: Any) -> NDArray[np.float64]:
    if kind == "towards":
        return X[BASE] + making.step[:, None] * (making.anchors[making.anchor] - X[BASE])
    if kind == "box":
        return X[BASE] + (0.25 + 0.25 * uniforms()) * (X[END] - X[BASE])
    if kind == "noise":
        return X[BASE] + making.widths[SOURCE] * normals()
    if kind == "polynomial":
        u = uniforms()
        return np.array(
            [[np.polyval(making.curves[s, ::-1, j], u[i, j]) for j in range(D)] for i, s in enumerate(SOURCE)]
        )
    if kind == "ball":
        return np.array([in_ball(i, making) for i in range(M)])
    weights, part = weights_of(making)
    rows = np.einsum("ik,ikj->ij", weights, X[np.maximum(MEMBERS, 0)[SOURCE]])
    skip = 6 if making.law == SHADOWS else 4
    return rows + (part * making.blur[SOURCE])[:, None] * normals(D, skip)


def in_ball(i: int, making: Ball) -> NDArray[np.float64]:
    """Douzas and Bacao's formulas as they stand."""
    centre, radius = X[BASE[i]], float(np.linalg.norm(X[END[i]] - X[BASE[i]]))
    if radius == 0:
        return centre
    direction = (X[END[i]] - centre) / radius
    g, u = normals()[i], uniforms(D + 2)[i, 2 * ((D + 1) // 2)]
    v = u ** (1 / D) * g / np.linalg.norm(g)
    along = v @ direction
    if abs(making.truncation - along) > 1:
        v = v - 2 * along * direction
    v = v - making.deformation * (v - (v @ direction) * direction)
    return np.asarray(centre + radius * v)


@by_kind
def test_rows_obey_their_formula(kind: str) -> None:
    np.testing.assert_allclose(made(KINDS[kind]), expected_of(kind, KINDS[kind]), rtol=1e-11, atol=1e-12)


@by_kind
def test_some_rows_can_be_made_alone(kind: str) -> None:
    chosen = np.array([150, 3, 77])
    part, new = recipe_of_rows(recipe_of(KINDS[kind]), NewRows(), N + chosen)
    assert part.making is not None
    np.testing.assert_array_equal(make_rows(X, part, new).values, made(KINDS[kind])[chosen])


@by_kind
def test_pieces_change_nothing(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = made(KINDS[kind])
    monkeypatch.setattr("fastbal._core.making._PIECE", 7)
    np.testing.assert_array_equal(made(KINDS[kind]), expected)


@by_kind
def test_other_tables_are_read_as_floats(kind: str) -> None:
    np.testing.assert_array_equal(made(KINDS[kind], np.asfortranarray(X)), made(KINDS[kind]))
    whole = np.rint(10 * X).astype(np.int16)
    np.testing.assert_array_equal(made(KINDS[kind], whole), np.rint(made(KINDS[kind], whole.astype(np.float32))))
    np.testing.assert_allclose(made(KINDS[kind], X.astype(np.float32)), made(KINDS[kind]), atol=1e-5)


@by_kind
def test_rows_go_straight_into_the_output(kind: str) -> None:
    for dtype, order in ((np.float64, "C"), (np.float32, "C"), (np.float64, "F"), (np.int32, "C")):
        table = np.asarray(20 * X, dtype, order=order)  # type: ignore[call-overload]
        out = np.zeros((N + M, D), dtype, order=order)  # type: ignore[call-overload]
        new = make_rows(table, recipe_of(KINDS[kind]), NewRows(), out)
        assert new.out is out
        values = made(KINDS[kind], table)
        values = np.rint(values) if dtype is np.int32 else values
        np.testing.assert_array_equal(out[N:], values.astype(dtype))
        assert not out[:N].any()


@by_kind
def test_what_leaves_the_range_of_floats_stays_where_it_was(kind: str) -> None:
    huge = np.where(np.arange(N)[:, None] % 2, 1.7e308, -1.7e308) * np.ones(D)
    with np.errstate(over="ignore"):
        rows = made(KINDS[kind], huge)
    assert np.isfinite(rows).all()


@pytest.mark.parametrize("kind", ["mean", "first", "dirichlet"])
def test_parents_are_the_weights(kind: str) -> None:
    making = KINDS[kind]
    assert isinstance(making, Mix)
    parents = making.parents(N)
    np.testing.assert_allclose(parents.sum(axis=1), 1, rtol=1e-12)
    without_noise = dataclasses.replace(making, blur=NONE)
    np.testing.assert_allclose(parents @ X, made(without_noise), rtol=1e-12, atol=1e-13)
    got = make_rows(sparse.csr_array(X), recipe_of(without_noise), NewRows()).values
    np.testing.assert_array_equal(got.toarray(), made(without_noise))


def one_source(making: Mix, n: int) -> Mix:
    return dataclasses.replace(making, number=np.arange(n), source=np.zeros(n, np.int64))


def test_mixes_have_the_mean_and_the_covariance_of_their_rows() -> None:
    """100,000 rows of one list: each entry within five standard errors."""
    n, Z = 100_000, X[MEMBERS[0]]
    centre, covariance = Z.mean(axis=0), np.cov(Z.T, bias=True)
    for spread, blur in ((1.0, 0.0), (2.5, 0.3)):
        making = one_source(mix(AROUND_MEAN, spread * ONES, blur * ONES), n)
        rows = make_rows(X, recipe_of(making, np.zeros(n, np.int64)), NewRows()).values
        wanted = spread * covariance + blur**2 * np.eye(D)
        scale = np.sqrt(np.diag(wanted))
        assert np.abs((rows.mean(axis=0) - centre) / scale).max() < 5 / np.sqrt(n)
        error = (np.cov(rows.T) - wanted) / np.outer(scale, scale)
        assert np.abs(error).max() < 5 * np.sqrt(2 / n)


def test_mixes_around_a_row_have_its_second_moments() -> None:
    n, Z = 100_000, X[MEMBERS[0]] - X[MEMBERS[0, 0]]
    making = one_source(mix(AROUND_FIRST), n)
    rows = make_rows(X, recipe_of(making, np.zeros(n, np.int64)), NewRows()).values - X[MEMBERS[0, 0]]
    wanted = Z.T @ Z / 4
    scale = np.sqrt(np.diag(wanted))
    assert np.abs((rows.T @ rows / n - wanted) / np.outer(scale, scale)).max() < 5 * np.sqrt(2 / n)


def test_balls_are_uniform() -> None:
    """Of a ball without truncation and deformation: the radius to the power d, and the part along the direction."""
    n = 20_000
    base, end = np.zeros(n, np.int64), np.ones(n, np.int64)
    ball = Ball(key=3, number=np.arange(n), neighbor=end, truncation=0.0, deformation=0.0)
    rows = make_rows(X, recipe_of(ball, base), NewRows()).values
    radius = np.linalg.norm(X[1] - X[0])
    v = (rows - X[0]) / radius
    assert stats.kstest(np.linalg.norm(v, axis=1) ** D, "uniform").pvalue > 1e-4
    along = v @ ((X[1] - X[0]) / radius)
    assert stats.kstest((1 + along) / 2, stats.beta((D + 1) / 2, (D + 1) / 2).cdf).pvalue > 1e-4


def test_dirichlet_weights_are_uniform_on_the_simplex() -> None:
    n = 20_000
    parents = one_source(mix(DIRICHLET), n).parents(N).toarray()[:, MEMBERS[0]]
    for k in range(4):
        assert stats.kstest(parents[:, k], stats.beta(1, 3).cdf).pvalue > 1e-4
