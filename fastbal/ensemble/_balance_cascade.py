"""Learners fitted one after the other; common rows that a learner finds easy are left out from then on."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from sklearn.ensemble import BaggingClassifier

from fastbal._core.draws import Stream
from fastbal._core.plan import Plan
from fastbal._core.recipe import Rows
from fastbal._core.target import Target
from fastbal.ensemble._adaboost import AdaBoost
from fastbal.ensemble._by_hardness import ChoiceByHardness, Hardness, RoundsByHardness


class BalanceCascadeClassifier(RoundsByHardness, BaggingClassifier):
    """Learners on balanced choices from ever fewer common rows: those that the ones before found easy are left out.

    Each learner gets all rare rows and as many common ones, drawn from those that are left. Then the common rows that
    it is most right about are left out, at such a rate that in the last round as many are left as are drawn.

    Parameters
    ----------
    n_estimators : int, default=10
        Number of learners, T.
    estimator : estimator, default=None
        What is fitted in each round: any classifier. None is scikit-learn's AdaBoostClassifier, which here takes NaN.
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
    thresholds_ : dict of label to list of float
        For each class from which rows are left out, and each round but the last: the greatest probability of the class
        that the learner gives to a row that stays. Rows with more are left out, and at random some with as much.
    n_candidates_ : dict of label to list of int
        How many rows of each such class each round has drawn from.
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
    SelfPacedEnsembleClassifier : Easy rows count less, but none is left out for good.
    EasyEnsembleClassifier : Another random choice for each learner.

    Notes
    -----
    A class of N rows, of which a learner gets n, has N f^i rows left after i rounds, rounded, where f is the (T − 1)th
    root of n / N. This is the rule of the paper as it is commonly described (its text has not been at hand): a
    learner's threshold is set so that its false positive rate among the rows that are left is f, and what it then
    classifies correctly is removed. Learners that give many rows the same probability, as trees do, have no such
    threshold; among equals chance decides.

    What is predicted is the mean of the learners' probabilities, where the paper compares the sum of all weak learners
    with the sum of the thresholds. With several classes, each class from which rows are left out has a cascade of its
    own. A row that is hard because its label is wrong stays until the end: for noisy labels take another ensemble.

    NaN is taken if the `estimator` takes it. Probabilities are those for tables of hard rows; calibrate them on rows
    that were held out (scikit-learn's CalibratedClassifierCV).

    References
    ----------
    Liu, Wu, Zhou: Exploratory undersampling for class-imbalance learning.
    IEEE Transactions on Systems, Man, and Cybernetics B 39 (2009), 539-550.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.metrics import balanced_accuracy_score
    >>> from fastbal.ensemble import BalanceCascadeClassifier
    >>> X, y = make_classification(n_samples=2000, weights=[0.95], random_state=0)
    >>> model = BalanceCascadeClassifier(4, random_state=0).fit(X[:1000], y[:1000])
    >>> round(balanced_accuracy_score(y[1000:], model.predict(X[1000:])), 2)
    0.94
    >>> model.n_candidates_
    {0: [941, 374, 149, 59]}
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = RoundsByHardness._parameter_constraints

    def __init__(
        self,
        n_estimators: int = 10,
        estimator: Any = None,
        *,
        sampling_strategy: Any = "auto",
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        super().__init__(
            estimator, n_estimators, bootstrap=False, n_jobs=n_jobs, random_state=random_state, verbose=verbose
        )
        self.sampling_strategy = sampling_strategy

    def _default_learner(self) -> AdaBoost:
        return AdaBoost()

    def _new_choice(self, target: Target, plan: Plan) -> _Cascade:
        return _Cascade(target, plan, self.n_estimators)

    def _end(self, choice: Any, target: Target) -> None:
        self.thresholds_ = {target.labels[code]: values for code, values in choice.thresholds.items()}
        self.n_candidates_ = {target.labels[code]: numbers for code, numbers in choice.numbers.items()}


class _Cascade(ChoiceByHardness):
    """Rows from those that no round has found easy."""

    def __init__(self, target: Target, plan: Plan, n_rounds: int) -> None:
        super().__init__(target, plan, n_rounds)
        self.thresholds: dict[int, list[float]] = {code: [] for code in plan}
        self.numbers = {code: [len(rows)] for code, rows in self.candidates.items()}

    def choose(self, code: int, hardness: Hardness, number: int, stream: Stream) -> Rows:
        rows, wanted, n_first = self.candidates[code], self.plan[code], self.numbers[code][0]
        # Liu et al. (2009), BalanceCascade: the share of false positives that leaves `wanted` rows in the last round.
        n_left = round(n_first * (wanted / n_first) ** (number / (self.n_rounds - 1)))
        hardest = np.lexsort((stream.uniform(len(rows)), -hardness))[:n_left]
        self.thresholds[code].append(float(1 - hardness[hardest[-1]]))
        self.numbers[code].append(n_left)
        rows = self.candidates[code] = rows[np.sort(hardest)]
        return rows[stream.distinct(len(rows), wanted)]
