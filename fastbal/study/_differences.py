"""By how much do two models differ on the same folds, and how sure is that?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from fastbal.study._scores import decision_scores

# Enough for the tails of an interval of 99.9 %.
N_RESAMPLES = 10_000


class Difference(NamedTuple):
    """A mean difference and its confidence interval."""

    mean: float
    low: float
    high: float


def over_folds(
    ours: NDArray[np.float64], theirs: NDArray[np.float64], *, test_share: float, confidence: float
) -> Difference:
    """Mean of paired differences over folds.

    The corrected resampled t-interval (Nadeau and Bengio 2003): folds share most of their training rows, so the
    variance of the mean is not s²/J but s² (1/J + n_test/n_train).

    Parameters
    ----------
    ours, theirs : ndarray of shape (n_folds,)
        A score on each fold; at least two folds.
    test_share : float
        Rows of a test fold over rows of its training folds.
    confidence : float
        For example 0.95.

    Examples
    --------
    >>> ours, theirs = np.array([0.5, 0.75, 0.5]), np.array([0.25, 0.5, 0.25])
    >>> over_folds(ours, theirs, test_share=0.25, confidence=0.95)
    Difference(mean=0.25, low=0.25, high=0.25)
    """
    differences = ours - theirs
    n = len(differences)
    mean = float(differences.mean())
    error = float(np.sqrt(differences.var(ddof=1) * (1 / n + test_share)))
    half = float(stats.t.ppf((1 + confidence) / 2, n - 1)) * error
    return Difference(mean, mean - half, mean + half)


def over_rows(
    y: NDArray[np.int64],
    ours: NDArray[np.int64],
    theirs: NDArray[np.int64],
    *,
    score: str,
    n_classes: int,
    confidence: float,
    seed: int,
) -> Difference:
    """Difference of a score of decisions on one test set, by the bootstrap of its rows, class by class.

    It says how sure the difference is for these two fitted models, not for others fitted on other rows.

    Parameters
    ----------
    y, ours, theirs : ndarray of shape (n_rows,)
        Classes by number, the rare one last: what is, and what two models decided.
    score : str
        One of those of `decision_scores`.
    n_classes : int
        Classes there are.
    confidence : float
        For example 0.95.
    seed : int
        Of the bootstrap.
    """
    rng = np.random.default_rng(seed)
    # Rows that came out alike are alike, so numbers of rows are all there is to draw.
    kinds, counts = np.unique(np.stack([y, ours, theirs]), axis=1, return_counts=True)
    of_class = [counts[kinds[0] == label] for label in np.unique(y)]  # kinds are sorted by class
    drawn = np.hstack([rng.multinomial(n.sum(), n / n.sum(), N_RESAMPLES) for n in of_class])

    def scores(times: NDArray[np.int64], decided: NDArray[np.int64]) -> NDArray[np.float64]:
        matrices = np.zeros((len(times), n_classes, n_classes), np.int64)
        for kind, (label, decision) in enumerate(zip(kinds[0], decided, strict=True)):
            matrices[:, label, decision] += times[:, kind]
        return decision_scores(matrices)[score]

    differences = scores(drawn, kinds[1]) - scores(drawn, kinds[2])
    low, high = np.quantile(differences, [(1 - confidence) / 2, (1 + confidence) / 2])
    once = counts[None]
    return Difference(float((scores(once, kinds[1]) - scores(once, kinds[2]))[0]), float(low), float(high))
