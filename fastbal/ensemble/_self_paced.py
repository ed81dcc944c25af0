"""Learners fitted one after the other to common rows of every hardness, hard ones counting more and more."""

from __future__ import annotations

from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import BaggingClassifier
from sklearn.tree import DecisionTreeClassifier

from fastbal._core.draws import Stream
from fastbal._core.plan import Plan
from fastbal._core.recipe import Rows
from fastbal._core.target import Target
from fastbal._sklearn import Interval
from fastbal.ensemble._by_hardness import ChoiceByHardness, Hardness, RoundsByHardness


class SelfPacedEnsembleClassifier(RoundsByHardness, BaggingClassifier):
    """Learners on balanced choices of rows that go from mostly easy rows to as many of every hardness (SPE).

    The first learner gets all rare rows and a random choice of common ones. For each later one, common rows are put in
    bins by their hardness: how wrong the mean of the learners so far is about them. From each bin rows are drawn, at
    first mostly from easy bins, in the end as many from each: the many easy rows leave room for the few hard ones,
    and the hardest, which may be noise, do not take over.

    Parameters
    ----------
    n_estimators : int, default=50
        Number of learners, T.
    estimator : estimator, default=None
        What is fitted in each round: any classifier. None is a decision tree.
    k_bins : int, default=5
        Number of bins.
    sampling_strategy : float, str, dict or callable, default="auto"
        How many rows of each class a learner gets, as of `RandomUnderSampler`.
    n_jobs : int or None, default=None
        Jobs of joblib to predict with; -1 is a job for each core. Rounds of fitting wait for each other.
    random_state : int, RandomState or None, default=None
        The random numbers.
    verbose : int, default=0
        How much joblib says when predicting.

    Attributes
    ----------
    estimators_ : list of classifiers
        The fitted learners, which have learned positions in `classes_`.
    estimators_samples_ : list of ndarray
        The rows that each was fitted to, ascending.
    estimators_features_ : list of ndarray, int64
        The columns of each: all of them.
    estimator_ : classifier
        Their model, not fitted.
    sampling_strategy_ : OrderedDict
        Label to number of rows that a learner gets; of classes that are not named, it gets all.
    classes_ : ndarray of shape (n_classes,)
        The labels, ascending.
    n_classes_ : int
        Number of labels.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    See Also
    --------
    BalanceCascadeClassifier : Leaves out rows for good once they are easy.
    EasyEnsembleClassifier : Another random choice for each learner.

    Notes
    -----
    In round i = 1, ..., T − 1 a row of class c has hardness 1 − p, where p is the mean probability of c by learners 0
    to i − 1. Bins are of equal width from the least to the greatest hardness of the class. With α = tan(π i / (2 (T −
    1))) and h the mean hardness of a bin, it gets a share in proportion to 1 / (h + α), empty bins none; fractions of
    rows are rounded by largest remainders. Rows are drawn without replacement, and what a bin has not, the others give
    in the same proportion.

    With several classes, each class from which rows are left out has bins of its own. NaN is taken if the `estimator`
    takes it. A row in a learner's table is not one of the class at large, so class frequencies do not tell how far
    probabilities are off: calibrate them on rows that were held out (scikit-learn's CalibratedClassifierCV).

    The authors' package divides the sum of i predictions by i + 1, which scales the hardness by i / (i + 1), and draws
    with weights instead of shares of bins unless told otherwise.

    References
    ----------
    Liu, Cao, Gao, Bian, Chen, Chang, Liu: Self-paced ensemble for highly imbalanced massive data classification.
    ICDE (2020), 841-852.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.metrics import balanced_accuracy_score
    >>> from fastbal.ensemble import SelfPacedEnsembleClassifier
    >>> X, y = make_classification(n_samples=2000, weights=[0.95], random_state=0)
    >>> model = SelfPacedEnsembleClassifier(10, random_state=0).fit(X[:1000], y[:1000])
    >>> round(balanced_accuracy_score(y[1000:], model.predict(X[1000:])), 2)
    0.93
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **RoundsByHardness._parameter_constraints,
        "k_bins": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        n_estimators: int = 50,
        estimator: Any = None,
        *,
        k_bins: int = 5,
        sampling_strategy: Any = "auto",
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        super().__init__(
            estimator, n_estimators, bootstrap=False, n_jobs=n_jobs, random_state=random_state, verbose=verbose
        )
        self.sampling_strategy = sampling_strategy
        self.k_bins = k_bins

    def _default_learner(self) -> DecisionTreeClassifier:
        return DecisionTreeClassifier()

    def _new_choice(self, target: Target, plan: Plan) -> ChoiceByHardness:
        return _SelfPaced(target, plan, self.n_estimators, self.k_bins)


class _SelfPaced(ChoiceByHardness):
    """Rows by the mean hardness of all rounds so far."""

    def __init__(self, target: Target, plan: Plan, n_rounds: int, k_bins: int) -> None:
        super().__init__(target, plan, n_rounds)
        self.k_bins = k_bins
        self.total = {code: np.zeros(len(rows)) for code, rows in self.candidates.items()}

    def choose(self, code: int, hardness: Hardness, number: int, stream: Stream) -> Rows:
        rows, total = self.candidates[code], self.total[code]
        total += hardness
        bins, quotas = quotas_of_bins(
            total / number, self.plan[code], np.tan(np.pi * number / (2 * (self.n_rounds - 1))), self.k_bins
        )
        order = np.argsort(bins, kind="stable")
        by_bin = np.split(rows[order], np.cumsum(np.bincount(bins, minlength=self.k_bins))[:-1])
        parts = zip(by_bin, quotas.tolist(), strict=True)
        return np.concatenate([members[stream.distinct(len(members), quota)] for members, quota in parts])


def quotas_of_bins(hardness: Hardness, wanted: int, alpha: float, k_bins: int) -> tuple[Rows, Rows]:
    """The bin of each row, and how many rows are to be drawn from each bin (Liu et al. 2020, algorithm 1).

    Examples
    --------
    >>> bins, quotas = quotas_of_bins(np.array([0.0, 0.1, 0.1, 0.2, 0.8, 1.0]), wanted=3, alpha=1.0, k_bins=2)
    >>> bins.tolist(), quotas.tolist()
    ([0, 0, 0, 0, 1, 1], [2, 1])
    """
    edges = np.linspace(hardness.min(), hardness.max(), k_bins + 1)
    bins = np.clip(np.searchsorted(edges, hardness, side="right") - 1, 0, k_bins - 1)
    populations = np.bincount(bins, minlength=k_bins)
    means = np.bincount(bins, hardness, minlength=k_bins) / np.maximum(populations, 1)
    return bins, share_by_weight(wanted, 1 / (means + alpha), populations)


def share_by_weight(total: int, weights: NDArray[np.float64], room: Rows) -> Rows:
    """Share out a number by weights, to nobody more than there is room; what one cannot take, the others get likewise.

    Examples
    --------
    >>> share_by_weight(10, np.array([3.0, 1.0, 1.0]), np.array([2, 20, 20])).tolist()
    [2, 4, 4]
    """
    shares = room.astype(np.float64)
    is_open = room > 0
    while is_open.any():
        unit = (total - shares[~is_open].sum()) / weights[is_open].sum()
        is_full = is_open & (unit * weights >= room)
        if not is_full.any():
            shares[is_open] = unit * weights[is_open]
            break
        is_open &= ~is_full
    whole = np.floor(shares).astype(np.int64)
    order = np.argsort(whole - shares, kind="stable")  # the largest remainders first
    whole[order[: total - int(whole.sum())]] += 1
    return whole
