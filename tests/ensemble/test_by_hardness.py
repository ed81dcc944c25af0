"""Self-paced ensemble and balance cascade: which rows a round gets, against the rules written out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from fastbal.calibration import PriorCorrectedClassifier
from fastbal.ensemble import BalanceCascadeClassifier, SelfPacedEnsembleClassifier, _by_hardness
from fastbal.ensemble._self_paced import quotas_of_bins, share_by_weight
from tests import cases

MODELS = [
    SelfPacedEnsembleClassifier(6, DecisionTreeClassifier(max_depth=2), random_state=0),
    BalanceCascadeClassifier(6, DecisionTreeClassifier(max_depth=2), random_state=0),
    SelfPacedEnsembleClassifier(4, LogisticRegression(), k_bins=3, random_state=1),
    BalanceCascadeClassifier(4, LogisticRegression(), random_state=1),
]
by_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: str(model).partition("(random")[0][:45])


def expected_quotas(hardness: list[float], wanted: int, alpha: float, k: int) -> list[int]:
    """Quotas row by row: a unit of water rises in all bins in proportion to their weights, until each is full."""
    low, high = min(hardness), max(hardness)
    edges = [low + (high - low) * b / k for b in range(k + 1)]
    bins: list[list[float]] = [[] for _ in range(k)]
    for h in hardness:
        bins[max(b for b in range(k) if b == 0 or h >= edges[b])].append(h)
    weight = [1 / (sum(b) / len(b) + alpha) if b else 0.0 for b in bins]
    level = [0.0] * k
    while (left := wanted - sum(level)) > 1e-9:
        takers = [b for b in range(k) if level[b] < len(bins[b])]
        time = min((len(bins[b]) - level[b]) / weight[b] for b in takers)
        time = min(time, left / sum(weight[b] for b in takers))
        for b in takers:
            level[b] = min(level[b] + time * weight[b], len(bins[b]))
            if len(bins[b]) - level[b] < 1e-9:
                level[b] = len(bins[b])
    whole = [math.floor(one + 1e-9) for one in level]
    for b in sorted(range(k), key=lambda b: (-round(level[b] - whole[b], 9), b))[: wanted - sum(whole)]:
        whole[b] += 1
    return whole


@given(st.data(), st.integers(1, 60), st.integers(1, 7), st.sampled_from([0.01, 0.3, 1.0, 50.0, 1.6e16]))
def test_quotas_of_bins(data: Any, n: int, k: int, alpha: float) -> None:
    hardness = data.draw(st.lists(st.integers(0, 64).map(lambda h: h / 64), min_size=n, max_size=n))
    wanted = data.draw(st.integers(1, n))
    bins, quotas = quotas_of_bins(np.array(hardness), wanted, alpha, k)
    populations = np.bincount(bins, minlength=k)
    assert quotas.sum() == wanted
    assert (quotas <= populations).all()
    assert (quotas >= 0).all()
    for row, other in zip(*np.triu_indices(n), strict=True):
        assert (bins[row] <= bins[other]) == (hardness[row] <= hardness[other]) or bins[row] == bins[other]
    expected = expected_quotas(hardness, wanted, alpha, k)
    assert abs(quotas - expected).max() <= 1  # equal remainders, up to rounding, may go either way
    if len(set(hardness)) == 1:
        assert sorted(quotas)[-1] == wanted


def test_quotas_by_hand() -> None:
    # Bins [0, .5) and [.5, 1]: means .1 and .9. At α = .1 the weights are 5 and 1, at α = ∞ they are equal.
    hardness = np.array([0.0, 0.1, 0.2] * 4 + [0.8, 0.9, 1.0] * 4)
    for alpha, expected in ((0.1, [5, 1]), (1.6e16, [3, 3]), (0.9, [4, 2])):
        assert quotas_of_bins(hardness, 6, alpha, 2)[1].tolist() == expected
    assert quotas_of_bins(hardness, 20, 0.1, 2)[1].tolist() == [12, 8]  # the easy bin has no more


@given(st.lists(st.tuples(st.floats(0.01, 1e6), st.integers(0, 50)), min_size=1, max_size=8), st.data())
def test_shares_keep_within_their_room(bins: Any, data: Any) -> None:
    weights, room = np.array([w for w, _ in bins]), np.array([n for _, n in bins])
    total = data.draw(st.integers(0, int(room.sum())))
    shares = share_by_weight(total, weights, room)
    assert shares.sum() == total
    assert ((shares >= 0) & (shares <= room)).all()


def own_probability(member: Any, X: NDArray[Any], codes: NDArray[Any], n_classes: int) -> NDArray[Any]:
    predicted = np.zeros((len(X), n_classes))
    predicted[:, member.classes_] = member.predict_proba(X)
    result: NDArray[Any] = predicted[np.arange(len(X)), codes]
    return result


@by_model
@pytest.mark.parametrize("table", ["binary", "multiclass"])
def test_every_round_gets_what_the_rule_says(model: Any, table: str) -> None:
    X, y = getattr(cases, table)()
    codes = np.unique(y, return_inverse=True)[1]
    counts = np.bincount(codes)
    n_classes, wanted, T = len(counts), counts.min(), model.n_estimators
    fitted = clone(model).fit(X, y)
    larger = [code for code in range(n_classes) if code != counts.argmin()]
    assert fitted.sampling_strategy_ == {fitted.classes_[code].item(): wanted for code in larger}
    total = np.zeros(len(X))
    pool = {code: np.flatnonzero(codes == code) for code in larger}
    for i, (member, rows) in enumerate(zip(fitted.estimators_, fitted.estimators_samples_, strict=True)):
        assert len(set(rows.tolist())) == len(rows) == n_classes * wanted
        assert (np.diff(rows) > 0).all()
        assert np.flatnonzero(codes == counts.argmin()).tolist() == [r for r in rows if codes[r] == counts.argmin()]
        expected = clone(model.estimator).set_params(**member.get_params()).fit(X[rows], codes[rows])
        np.testing.assert_array_equal(member.predict_proba(X), expected.predict_proba(X))
        for code in larger:
            chosen = rows[codes[rows] == code]
            if isinstance(model, SelfPacedEnsembleClassifier) and i:
                of_class = np.flatnonzero(codes == code)
                hardness = abs(1 - total[of_class] / i)
                alpha = math.tan(math.pi * i / (2 * (T - 1)))
                bins, quotas = quotas_of_bins(hardness, wanted, alpha, model.k_bins)
                drawn = bins[np.searchsorted(of_class, chosen)]
                assert np.bincount(drawn, minlength=model.k_bins).tolist() == quotas.tolist()
            elif i:
                own = own_probability(fitted.estimators_[i - 1], X, codes, n_classes)[pool[code]]
                n_left = round(counts[code] * (wanted / counts[code]) ** (i / (T - 1)))
                label = fitted.classes_[code].item()
                assert fitted.n_candidates_[label][i] == n_left
                threshold = fitted.thresholds_[label][i - 1]
                assert threshold == pytest.approx(np.sort(own)[n_left - 1])
                must, may = pool[code][own < threshold - 1e-12], pool[code][own <= threshold + 1e-12]
                assert set(chosen.tolist()) <= set(may.tolist())
                assert len(must) <= n_left <= len(may)
                pool[code] = may  # of equals we do not see which have gone
                if len(may) > n_left:
                    return
        total += own_probability(member, X, codes, n_classes)


def test_a_cascade_ends_with_as_many_rows_as_are_drawn() -> None:
    X, y = cases.binary(n=600)
    for T in (1, 2, 5):
        model = BalanceCascadeClassifier(T, LogisticRegression(), random_state=0).fit(X, y)
        numbers = model.n_candidates_[0]
        assert numbers[0] == (y == 0).sum()
        assert len(numbers) == T
        assert T == 1 or numbers[-1] == (y == 1).sum()
        assert numbers == sorted(numbers, reverse=True)
        # Rows that have gone do not come back.
        gone: set[int] = set()
        for i in range(1, T):
            own = model.estimators_[i - 1].predict_proba(X)[:, 0]
            gone |= set(np.flatnonzero((y == 0) & (own > model.thresholds_[0][i - 1] + 1e-12)).tolist())
            assert not gone & set(model.estimators_samples_[i].tolist())


def test_among_equals_chance_decides() -> None:
    X, y = np.zeros((40, 1)), np.repeat([0, 1], [30, 10])
    model = BalanceCascadeClassifier(3, DecisionTreeClassifier(), random_state=0).fit(X, y)
    assert model.n_candidates_ == {0: [30, 17, 10]}
    assert model.thresholds_ == {0: [0.5, 0.5]}
    last = {tuple(clone(model).set_params(random_state=s).fit(X, y).estimators_samples_[-1]) for s in range(5)}
    assert len(last) == 5
    paced = SelfPacedEnsembleClassifier(3, random_state=0).fit(X, y)
    assert [len(rows) for rows in paced.estimators_samples_] == [20] * 3


@by_model
def test_predictions_are_the_mean_of_the_members(model: Any) -> None:
    X, y = cases.multiclass()
    fitted = clone(model).fit(X, y)
    expected = np.mean([member.predict_proba(X) for member in fitted.estimators_], axis=0)
    np.testing.assert_allclose(fitted.predict_proba(X), expected)
    np.testing.assert_array_equal(fitted.predict(X), fitted.classes_[expected.argmax(axis=1)])


def test_hard_rows_gain_in_the_course_of_a_self_paced_ensemble() -> None:
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(0, 1, 3000), rng.normal(3, 1, 150)])[:, None]
    y = np.repeat([0, 1], [3000, 150])
    model = SelfPacedEnsembleClassifier(10, LogisticRegression(), random_state=0).fit(X, y)
    among_rare = [(X[rows][y[rows] == 0] > 1.5).mean() for rows in model.estimators_samples_]
    assert among_rare[0] < 0.15
    assert np.mean(among_rare[-3:]) > 0.4  # of five bins, the upper two or three


def test_weights_reach_the_learner_and_do_not_choose() -> None:
    X, y = cases.binary()
    weights = np.linspace(0.5, 2, len(y))
    for model in MODELS:
        fitted = clone(model).fit(X, y, sample_weight=weights)
        first = fitted.estimators_samples_[0]
        np.testing.assert_array_equal(first, clone(model).fit(X, y).estimators_samples_[0])
        member = fitted.estimators_[0]
        expected = clone(member).fit(X[first], y[first], sample_weight=weights[first])
        np.testing.assert_array_equal(member.predict_proba(X), expected.predict_proba(X))
        even = clone(model).fit(X, y, sample_weight=np.ones(len(y)))
        np.testing.assert_allclose(even.predict_proba(X), clone(model).fit(X, y).predict_proba(X))
        with pytest.raises(ValueError, match="Negative values"):
            clone(model).fit(X, y, sample_weight=-weights)
        with pytest.raises(ValueError, match="KNeighborsClassifier doesn't support sample_weight"):
            clone(model).set_params(estimator=KNeighborsClassifier()).fit(X, y, sample_weight=weights)


def test_learners_without_probabilities_are_right_or_wrong() -> None:
    X, y = cases.binary()
    for model in (SelfPacedEnsembleClassifier(3, LinearSVC()), BalanceCascadeClassifier(3, LinearSVC())):
        assert model.fit(X, y).score(X, y) > 0.7


def test_a_table_is_predicted_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = cases.binary()
    expected = [clone(model).fit(X, y).predict_proba(X) for model in MODELS]
    monkeypatch.setattr(_by_hardness, "_PIECE_BYTES", 7 * X.itemsize * X.shape[1])
    for model, probability in zip(MODELS, expected, strict=True):
        np.testing.assert_allclose(clone(model).fit(X, y).predict_proba(X), probability)


def test_frames_may_hold_numbers_of_several_kinds() -> None:
    X, y = cases.binary()
    frame = pd.DataFrame(X).assign(whole=np.arange(len(X)) % 3)
    frame.columns = [f"c{j}" for j in range(7)]
    for model in MODELS:
        assert clone(model).fit(frame, y).n_features_in_ == 7


def test_what_is_not_possible_is_named() -> None:
    X, y = cases.binary()
    for model in MODELS:
        with pytest.raises(ValueError, match="sampling_strategy leaves no rows of class 0"):
            clone(model).set_params(sampling_strategy={0: 0}).fit(X, y)
        with pytest.raises(ValueError, match="less or equal to the original number"):
            clone(model).set_params(sampling_strategy={0: 10**6}).fit(X, y)
    with pytest.raises(ValueError, match="'k_bins' parameter of SelfPacedEnsembleClassifier must be"):
        SelfPacedEnsembleClassifier(k_bins=0).fit(X, y)
    with pytest.raises(ValueError, match="'n_estimators' parameter of BalanceCascadeClassifier must be"):
        BalanceCascadeClassifier(0).fit(X, y)


@by_model
def test_no_class_frequencies_put_its_probabilities_right(model: Any) -> None:
    X, y = cases.binary()
    with pytest.raises(ValueError, match=r"cannot tell which class frequencies .* learns from"):
        PriorCorrectedClassifier(clone(model)).fit(X, y)
    PriorCorrectedClassifier(clone(model), training_prior="balanced").fit(X, y)
