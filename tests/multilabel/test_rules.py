"""Each sampler against a slow version of its rule, on tables with labels of every frequency."""

from __future__ import annotations

import warnings
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import sparse, stats

from fastbal._core.label_sets import encode_label_sets, share_out
from fastbal.multilabel import LPROS, LPRUS, MLROS, MLRUS, MLSMOTE, MLTL, REMEDIAL, MLeNN
from tests.multilabel import slow

Array = NDArray[Any]


@st.composite
def tables(draw: Any) -> tuple[Array, Array]:
    """A table with ties and duplicates, and labels from none to all of the rows."""
    n, d, q = draw(st.integers(2, 40)), draw(st.integers(1, 4)), draw(st.integers(1, 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    frequencies = rng.choice([0.0, 0.05, 0.1, 0.3, 0.6, 1.0], q)
    Y = (rng.random((n, q)) < frequencies).astype(int)
    Y[0, 0] = 1  # at least one row has a label
    X = rng.normal(size=(n, d)) if draw(st.booleans()) else rng.integers(0, 4, size=(n, d)).astype(float)
    return X, Y


def resampled(sampler: Any, X: Any, Y: Any) -> Any:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*returns the table as it is")
        return sampler.fit_resample(X, Y)


@given(tables(), st.sampled_from([0, 10, 25, 60.5, 300]), st.integers(0, 5))
def test_mlros(table: tuple[Array, Array], percent: float, seed: int) -> None:
    X, Y = table
    sampler = MLROS(percent, random_state=seed)
    X_new, Y_new = resampled(sampler, X, Y)
    base, made_for = slow.mlros(Y, percent, seed)
    assert sampler.sample_indices_.tolist() == [*range(len(X)), *base]
    assert sampler.made_for_.tolist() == made_for
    np.testing.assert_array_equal(X_new, X[sampler.sample_indices_])
    np.testing.assert_array_equal(Y_new, Y[sampler.sample_indices_])


@given(tables(), st.sampled_from([0, 10, 25, 60.5, 99]), st.integers(0, 5))
def test_mlrus(table: tuple[Array, Array], percent: float, seed: int) -> None:
    X, Y = table
    sampler = MLRUS(percent, random_state=seed)
    X_new, Y_new = resampled(sampler, X, Y)
    kept = sampler.sample_indices_
    np.testing.assert_array_equal(X_new, X[kept])
    np.testing.assert_array_equal(Y_new, Y[kept])
    may_go = [i for i in range(len(X)) if not Y[i, slow.minority(Y)].any()]
    gone = set(range(len(X))) - set(kept.tolist())
    assert gone <= set(may_go)
    assert len(gone) == min(int(len(X) * percent / 100), len(may_go))
    assert (np.diff(kept) > 0).all()


@pytest.mark.slow
def test_mlrus_leaves_out_each_row_as_often_as_any_other() -> None:
    Y = np.array([[1, 0]] * 12 + [[0, 1]] * 3)
    X = np.arange(15)[:, None]
    gone = Counter[int]()
    for seed in range(1500):
        sampler = MLRUS(20, random_state=seed)
        sampler.fit_resample(X, Y)
        gone.update(set(range(15)) - set(sampler.sample_indices_.tolist()))
    assert set(gone) == set(range(12))
    # 4,500 draws: a row that is left out 20 % more often than the others would be found with 97 % probability.
    assert stats.chisquare([gone[i] for i in range(12)]).pvalue > 1e-4


@given(st.integers(0, 60), st.lists(st.integers(0, 12), min_size=1, max_size=8))
def test_sharing_out_goes_round_by_round(total: int, room: list[int]) -> None:
    expected, left = [0] * len(room), total
    while left and any(a < b for a, b in zip(expected, room, strict=True)):
        for i in range(len(room)):
            if left and expected[i] < room[i]:
                expected[i] += 1
                left -= 1
    assert share_out(total, np.array(room)).tolist() == expected


@given(tables(), st.sampled_from([0, 10, 25, 60.5, 99]), st.integers(0, 5), st.booleans())
def test_label_sets(table: tuple[Array, Array], percent: float, seed: int, over: bool) -> None:
    X, Y = table
    sampler: Any = LPROS(percent, random_state=seed) if over else LPRUS(percent, random_state=seed)
    X_new, Y_new = resampled(sampler, X, Y)
    rows = sampler.sample_indices_
    np.testing.assert_array_equal(X_new, X[rows])
    np.testing.assert_array_equal(Y_new, Y[rows])
    expected = {
        one: len(members) + (1 if over else -1) * slow.shares(Y, percent, over=over)[one]
        for one, members in slow.label_sets(Y).items()
    }
    sizes = {one: len(members) for one, members in slow.label_sets(Y_new).items()}
    # Of sets with equal room, any may have got what is left of an even division.
    assert sorted(sizes.values()) == sorted(expected.values())
    assert sum(sizes.values()) == sum(expected.values())
    assert sampler.n_label_sets_ == len(expected)
    if over:
        assert rows[: len(X)].tolist() == list(range(len(X)))
    else:
        assert (np.diff(rows) > 0).all()


def test_label_sets_are_told_apart_whatever_their_number() -> None:
    rng = np.random.default_rng(0)
    Y = (rng.random((300, 1000)) < 0.002).astype(int)
    Y[150:] = Y[:150]
    target = encode_label_sets(sparse.csr_array(Y))
    assert len(target.counts) == len(np.unique(Y, axis=0))
    assert (target.codes[150:] == target.codes[:150]).all()
    for code in range(len(target.counts)):
        assert (Y[target.codes == code] == Y[target.codes == code][0]).all()


@given(tables())
def test_remedial(table: tuple[Array, Array]) -> None:
    X, Y = table
    sampler = REMEDIAL()
    X_new, Y_new = sampler.fit_resample(X, Y)
    rows, expected = slow.remedial(Y)
    assert sampler.sample_indices_.tolist() == [*range(len(X)), *rows]
    np.testing.assert_array_equal(Y_new, expected)
    np.testing.assert_array_equal(X_new, X[sampler.sample_indices_])
    np.testing.assert_array_equal(Y_new.sum(axis=0), Y.sum(axis=0))
    assert sampler.scumble_ == pytest.approx(np.mean(slow.scumbles(Y)), abs=1e-12)


@given(tables(), st.sampled_from([0.0, 0.3, 0.5, 0.75]), st.sampled_from([1, 2, 3]))
def test_cleaning(table: tuple[Array, Array], threshold: float, k: int) -> None:
    X, Y = table
    sampler: Any = MLTL(threshold) if k == 1 else MLeNN(threshold, n_neighbors=k)
    if len(X) <= k:
        with pytest.raises(ValueError, match=f"X has {len(X)} rows, but n_neighbors={k} needs at least {k + 1}"):
            sampler.fit_resample(X, Y)
        return
    expected = slow.cleaned(X, Y, k, threshold)
    if not expected:
        with pytest.raises(ValueError, match=f"would leave out all {len(X)} rows"):
            sampler.fit_resample(X, Y)
        return
    X_new, Y_new = sampler.fit_resample(X, Y)
    assert sampler.sample_indices_.tolist() == expected
    np.testing.assert_array_equal(X_new, X[expected])
    np.testing.assert_array_equal(Y_new, Y[expected])


@settings(max_examples=200)
@given(
    tables(),
    st.integers(0, 5),
    st.sampled_from([1, 3, 5]),
    st.sampled_from(["ranking", "union", "intersection"]),
    st.sampled_from(["column", "row"]),
    st.booleans(),
)
def test_mlsmote(table: tuple[Array, Array], seed: int, k: int, rule: str, step: str, original_only: bool) -> None:
    X, Y = table
    sampler = MLSMOTE(k, labels=rule, step=step, original_only=original_only, random_state=seed)
    X_new, Y_new = resampled(sampler, X, Y)
    X_expected, Y_expected, made_for = slow.mlsmote(X, Y, seed, k=k, rule=rule, step=step, original_only=original_only)
    np.testing.assert_allclose(X_new, X_expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(Y_new, Y_expected)
    assert sampler.made_for_.tolist() == made_for
    np.testing.assert_array_equal(X_new[: len(X)], X)
    assert sampler.is_synthetic_.tolist() == [False] * len(X) + [True] * len(made_for)
    bases, neighbors = sampler.base_indices_, sampler.neighbor_indices_
    assert Y[bases, made_for].all() or not original_only
    if original_only:
        low, high = np.minimum(X[bases], X[neighbors]), np.maximum(X[bases], X[neighbors])
        made = X_new[len(X) :]
        assert ((made >= low - 1e-12) & (made <= high + 1e-12)).all()
        if step == "row":
            np.testing.assert_allclose(made, X[bases] + sampler.step_[:, None] * (X[neighbors] - X[bases]), atol=1e-12)
    assert ((sampler.step_ >= 0) & (sampler.step_ < 1)).all()
    assert Y_new[len(X) :][np.arange(len(made_for)), made_for].all()


def test_each_row_of_a_rare_label_is_a_seed_once() -> None:
    rng = np.random.default_rng(0)
    Y = np.zeros((300, 4), int)
    Y[:200, 0] = Y[:90, 1] = Y[200:215, 2] = Y[215:222, 3] = 1
    sampler = MLSMOTE(random_state=0)
    sampler.fit_resample(rng.normal(size=(300, 3)), Y)
    # 200 / 15 = 13.3 is below the mean, (1 + 2.2 + 13.3 + 28.6) / 4 = 11.3 is the limit: both of the last are rare.
    assert sampler.base_indices_.tolist() == list(range(200, 222))
    assert sampler.made_for_.tolist() == [2] * 15 + [3] * 7


@pytest.mark.slow
def test_neighbours_and_steps_are_drawn_evenly() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2600, 2))
    Y = np.zeros((2600, 2), int)
    Y[:2000, 0] = Y[2000:, 1] = 1
    ranks, steps = [], []
    for seed in range(3):
        sampler = MLSMOTE(step="row", random_state=seed)
        sampler.fit_resample(X, Y)
        bag = list(range(2000, 2600))
        for base, neighbor in zip(sampler.base_indices_.tolist(), sampler.neighbor_indices_.tolist(), strict=True):
            ranks.append(slow.nearest(X, base, bag, 5).index(neighbor))
        steps.extend(sampler.step_)
    # 1,800 draws: a rank drawn 25 % more often, or a mean step of 0.54, would be found with 95 % probability.
    assert stats.chisquare(np.bincount(ranks, minlength=5)).pvalue > 1e-4
    assert stats.kstest(steps, "uniform").pvalue > 1e-4


def test_a_step_for_each_column_fills_the_box() -> None:
    X = np.array([[0.0, 0.0], [1.0, 1.0]] * 300 + [[5.0, 5.0]] * 1300)
    Y = np.array([[1, 0]] * 600 + [[0, 1]] * 1300)
    X = X + np.repeat(np.arange(950), 2)[:, None] * 100  # pairs, each far from the others
    sampler = MLSMOTE(1, random_state=0)
    X_new, _ = sampler.fit_resample(X, Y)
    offset = X_new[1900:] - X[sampler.base_indices_] // 100 * 100
    assert stats.kstest(offset[:, 0], "uniform").pvalue > 1e-4
    assert stats.kstest(offset[:, 1], "uniform").pvalue > 1e-4
    assert abs(np.corrcoef(abs(X_new[1900:] - X[sampler.base_indices_]).T)[0, 1]) < 0.2  # on a segment it would be 1


@pytest.mark.parametrize("n_labels", range(2, 12))
def test_rows_that_are_all_alike_are_not_above_their_mean(n_labels: int) -> None:
    for n in (3, 7, 10):
        Y = np.column_stack([np.ones(n_labels * n, int), np.repeat(np.eye(n_labels, dtype=int), n, axis=0)])
        for columns in (Y, Y[:, ::-1]):
            assert len(REMEDIAL().fit_resample(np.zeros((len(Y), 1)), columns)[0]) == len(Y)
