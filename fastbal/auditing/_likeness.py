"""How like the real columns the new ones are, one by one and two by two; and whether a model tells the rows apart."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_score
from threadpoolctl import threadpool_limits

from fastbal.auditing._both import Both

Floats = NDArray[np.float64]

#: Rows of each kind, real and new, that a model learns to tell apart; at most, and at least.
MOST_DETECTED, FEWEST_DETECTED = 5_000, 10
_N_FOLDS, _N_TREES = 5, 50


def column_distances(both: Both) -> dict[str, float]:
    """For each column how far apart the distributions of real and new entries are, from 0 to 1.

    Numbers: the largest difference of the distribution functions (Kolmogorov and Smirnov). Categories: half the sum of
    the differences of their shares (total variation). Class by class, and the mean, a new row counting once; gaps of
    numbers are left out.
    """
    total = np.zeros(len(both.numeric) + len(both.categorical))
    for real, new in both.grown():
        share = len(new) / len(both.new.label)
        for j in range(len(both.numeric)):
            total[j] += share * _largest_difference(both.real.numbers[real, j], both.new.numbers[new, j])
        for j in range(len(both.categorical)):
            total[len(both.numeric) + j] += share * _total_variation(both.real.codes[real, j], both.new.codes[new, j])
    return dict(zip([*both.numeric, *both.categorical], total.tolist(), strict=True))


def _largest_difference(real: Floats, new: Floats) -> float:
    real, new = (np.sort(values[~np.isnan(values)]) for values in (real, new))
    if not len(real) or not len(new):
        return float(len(real) != len(new))
    at = np.concatenate([real, new])
    shares = [np.searchsorted(values, at, side="right") / len(values) for values in (real, new)]
    return float(abs(shares[0] - shares[1]).max())


def _total_variation(real: NDArray[np.int64], new: NDArray[np.int64]) -> float:
    n_codes = int(max(real.max(), new.max())) + 1
    shares = [np.bincount(codes, minlength=n_codes) / len(codes) for codes in (real, new)]
    return float(abs(shares[0] - shares[1]).sum() / 2)


def correlation_change(both: Both) -> tuple[float, tuple[str, str] | None]:
    """The largest change of a correlation of two numeric columns within a class, and of which two; gaps are filled."""
    largest, pair = 0.0, None
    if len(both.numeric) < 2:
        return np.nan, None
    points = [part[:, : len(both.numeric)] for part in both.points(both.real, both.new)]
    for real, new in both.grown():
        if min(len(real), len(new)) < 3:
            continue
        change = np.triu(abs(_correlations(points[0][real]) - _correlations(points[1][new])), 1)
        i, j = np.unravel_index(int(change.argmax()), change.shape)
        if i != j and (pair is None or change[i, j] > largest):
            largest, pair = float(change[i, j]), (both.numeric[i], both.numeric[j])
    return (np.nan, None) if pair is None else (largest, pair)


def _correlations(points: Floats) -> Floats:
    """Of constant columns: 0."""
    centred = points - points.mean(axis=0)
    norms = np.sqrt(np.square(centred).sum(axis=0))
    is_constant = norms <= 1e-12 * np.sqrt(len(points))
    centred /= np.where(is_constant, 1.0, norms)
    centred[:, is_constant] = 0.0
    return np.asarray(centred.T @ centred)


def detection_auc(both: Both, rng: np.random.Generator) -> float:
    """How well boosted trees tell new rows from real ones of the same classes, equally many: 0.5 is not at all.

    The mean of five folds. NaN where there are too few rows.
    """
    numbers = [(len(real), len(new)) for real, new in both.grown()]
    pairs = np.array([min(sizes) for sizes in numbers])
    wanted = np.ceil(pairs * min(1.0, MOST_DETECTED / pairs.sum())).astype(int)
    if wanted.sum() < FEWEST_DETECTED:
        return np.nan
    parts: list[Any] = []
    for (real, new), n in zip(both.grown(), wanted, strict=True):
        parts.append((both.real.take(rng.permutation(real)[:n]), both.new.take(rng.permutation(new)[:n])))
    rows = [part for pair in zip(*parts, strict=True) for part in pair]
    X = np.vstack([np.column_stack([part.numbers, part.codes, part.label]) for part in rows])
    X[np.isnan(X)] = np.nanmin(X, initial=0.0) - 1  # a fold in which a column is missing altogether cannot be fitted
    is_new = np.repeat([False, True], len(X) // 2)
    seed = int(rng.integers(1 << 31))
    model = HistGradientBoostingClassifier(max_iter=_N_TREES, learning_rate=0.2, random_state=seed)
    folds = StratifiedKFold(_N_FOLDS, shuffle=True, random_state=seed)
    with threadpool_limits(1, "openmp"):  # beside other work, two that wait for each other take 90 times as long
        return float(cross_val_score(model, X, is_new, cv=folds, scoring="roc_auc").mean())
