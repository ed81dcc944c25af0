"""By how much do two models differ on the same folds, and how sure is that?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats


class Difference(NamedTuple):
    """A mean difference and its confidence interval.

    Examples
    --------
    >>> from fastbal.study import Difference
    >>> difference = Difference(mean=0.03, low=0.01, high=0.05)
    >>> difference.low > 0  # proved
    True
    """

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


def from_error(mean: float, error: float, n_rare: int, confidence: float) -> Difference:
    """A difference whose standard error is known from its rows: Student's t, as rare rows are few.

    >>> from_error(0.1, 0.05, n_rare=1000, confidence=0.95)
    Difference(mean=0.1, low=0.0018..., high=0.1981...)
    """
    half = float(stats.t.ppf((1 + confidence) / 2, max(1, n_rare - 1))) * error
    return Difference(mean, mean - half, mean + half)
