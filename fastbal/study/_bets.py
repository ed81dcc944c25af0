"""Which arm is the best bet? What is found of one arm tells of those like it.

A score of p arms is y = theta + noise. The covariance of the noise is known: it is what test rows contribute. What the
arms are truly worth, theta, is a common mean, and normal deviations of the model, the family of remedies, the
two together, and the arm itself. How large they are on this table is averaged over a grid by how well it explains y: an
empirical Bayes shrinkage of arms towards their kin (Morris 1983), with the uncertainty of its size kept. In which
proportion they stand is known from other tables: a single one tells next to nothing of it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Spreads of models, families of remedies, both together and single arms, in proportion: on the tables of
#: `python -m benchmarks advice` 0.0186, 0.0101, 0.0025 and 0.0002 of F1, rounded upwards where they are least sure.
PROPORTIONS = (1.0, 0.55, 0.15, 0.05)
# Sizes that are tried, over the spread of what was found.
_SIZES = (0.05, 0.1, 0.2, 0.35, 0.6, 1.0, 1.5)
_N_DRAWS = 4000
#: Arms whose expected regret exceeds the least by no more than this share of what hardly matters are ties.
TIE = 0.2
#: The chance of being better with which a remedy is preferred to none.
SURE = 0.8


class Bet(NamedTuple):
    """An arm that one would choose now.

    Attributes
    ----------
    model, arm : str
    worth : float
        The score expected of it, shrunk towards that of its kin.
    regret : float
        By how much it is expected to fall short of the best of all arms, which nobody knows.
    chance : float
        That no arm is better by more than `margin`.
    margin : float
        A difference that hardly matters: 0.01, or a hundredth of a score that is not between 0 and 1.
    """

    model: str
    arm: str
    worth: float
    regret: float
    chance: float
    margin: float


def posterior_draws(
    found: Floats,
    covariance: Floats,
    kin: list[list[str]],
    seed: int = 0,
    proportions: tuple[float, ...] = PROPORTIONS,
) -> Floats:
    """What the arms may truly be worth.

    Parameters
    ----------
    found : ndarray of shape (n_arms,)
        Scores, the higher the better.
    covariance : ndarray of shape (n_arms, n_arms)
        Of their errors.
    kin : list of list of str
        Groupings of the arms: for each grouping, the group of each arm.
    seed : int, default=0
        Of the draws.
    proportions : tuple of float
        Of the spreads of each grouping, and of the arms themselves.

    Returns
    -------
    ndarray of shape (n_draws, n_arms)

    Examples
    --------
    Two arms of three are alike, and one of these is found to be better: that is half luck.

    >>> found = np.array([0.5, 0.52, 0.4])
    >>> draws = posterior_draws(found, 0.0004 * np.eye(3), [["a", "a", "b"]], proportions=(1.0, 0.3))
    >>> bool(0.5 < draws.mean(axis=0)[0] < draws.mean(axis=0)[1] < 0.52)
    True
    """
    n_arms = len(found)
    if n_arms == 1:
        return np.repeat(found[None], _N_DRAWS, axis=0)
    noise = covariance + 1e-9 * max(float(np.trace(covariance)) / n_arms, 1e-12) * np.eye(n_arms)
    centre = np.eye(n_arms) - 1 / n_arms
    scale = max(float(found.var(ddof=1)), float(np.trace(centre @ noise @ centre)) / n_arms, 1e-12)
    alike = [np.equal.outer(groups, groups).astype(np.float64) for groups in map(np.array, kin)]
    *spreads, alone = proportions
    shape = alone**2 * np.eye(n_arms) + sum(s**2 * z for s, z in zip(spreads, alike, strict=True))
    weights, means, roots = [], [], []
    for size in _SIZES:
        prior = size**2 * scale * shape
        prior = prior + 100 * scale  # of the common mean nothing is known
        total = prior + noise
        root = np.linalg.cholesky(total)
        white = np.linalg.solve(root, found - found.mean())
        weights.append(-0.5 * white @ white - np.log(np.diag(root)).sum())
        gain = np.linalg.solve(total, prior).T
        means.append(found.mean() + gain @ (found - found.mean()))
        roots.append(prior - gain @ prior)
    chances = np.exp(np.array(weights) - max(weights))
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(_N_DRAWS, chances / chances.sum())
    draws = []
    for n, mean, spread in zip(counts, means, roots, strict=True):
        if n:
            values, vectors = np.linalg.eigh((spread + spread.T) / 2)
            draws.append(mean + (rng.normal(size=(n, n_arms)) * np.sqrt(np.maximum(values, 0))) @ vectors.T)
    return np.concatenate(draws)


def best_bet(draws: Floats, margin: float, untouched: int = 0) -> tuple[int, Floats, float]:
    """The arm of least expected regret; of those that nearly tie, the first, which is the simplest.

    The untouched model is given up only for what is better with a chance of four in five.

    Parameters
    ----------
    draws : ndarray of shape (n_draws, n_arms)
        Arms from the simplest on.
    margin : float
        A difference that hardly matters.
    untouched : int, default=0
        The best untouched model.

    Returns
    -------
    arm : int
    regret : ndarray of shape (n_arms,)
        Expected of each.
    chance : float
        That none is better than the arm by more than the margin.
    """
    short = draws.max(axis=1, keepdims=True) - draws
    regret = short.mean(axis=0)
    arm = int(np.flatnonzero(regret <= regret.min() + TIE * margin)[0])
    if arm != untouched and (draws[:, arm] > draws[:, untouched]).mean() < SURE:
        arm = untouched
    return arm, regret, float((short[:, arm] <= margin).mean())
