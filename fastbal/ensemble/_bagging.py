"""Bagging whose every bag is balanced."""

from __future__ import annotations

from typing import Any, ClassVar

from sklearn.base import clone
from sklearn.ensemble import BaggingClassifier
from sklearn.tree import DecisionTreeClassifier

from fastbal._sklearn import HasMethods, constraints_of
from fastbal.ensemble._bags import BalancedBags
from fastbal.under_sampling import RandomUnderSampler


class BalancedBaggingClassifier(BalancedBags, BaggingClassifier):
    """Bagging in which each bag is balanced before a learner is fitted to it.

    With the default sampler, each bag has as many rows of each class, different ones in each bag: each learner needs
    only a small table. With an over-sampler this is over-bagging or SMOTE-bagging.

    Parameters
    ----------
    estimator : estimator, default=None
        What is fitted to each bag: any classifier. None is a decision tree.
    n_estimators : int, default=10
        Number of bags.
    max_samples : int or float, default=1.0
        Rows drawn for a bag, before it is balanced: a number, or a share of the rows of the table.
    max_features : int or float, default=1.0
        Columns drawn for a bag: a number, or a share of the columns.
    bootstrap : bool, default=True
        Whether rows are drawn with replacement.
    bootstrap_features : bool, default=False
        Whether columns are drawn with replacement.
    oob_score : bool, default=False
        Whether to compute `oob_score_`. Needs ``bootstrap=True`` and ``warm_start=False``.
    warm_start : bool, default=False
        Whether `fit` keeps the members it has, and adds those that are missing to `n_estimators`.
    sampling_strategy : float, str, dict or callable, default="auto"
        How many rows of each class, as of the sampler. "auto" leaves the sampler its own.
    replacement : bool, default=False
        Whether the default sampler may choose a row more than once.
    n_jobs : int or None, default=None
        Jobs of joblib to fit and predict with; -1 is a job for each core. None is 1, unless joblib says otherwise;
        but trees, the default, are grown on all threads that may be used.
    random_state : int, RandomState or None, default=None
        The random numbers: of the bags, and as `random_state` of samplers and learners.
    verbose : int, default=0
        How much joblib says.
    sampler : sampler, default=None
        What balances each bag: any sampler. None is `RandomUnderSampler`.

    Attributes
    ----------
    estimators_ : list of Pipeline
        For each bag, the fitted sampler and classifier. The classifier has learned positions in `classes_`.
    estimator_ : Pipeline
        Their model, not fitted.
    sampler_ : sampler
        The sampler in it.
    estimators_samples_ : list of ndarray, int64
        For each bag its rows, before they are balanced.
        ``estimators_samples_[i][estimators_[i]["sampler"].sample_indices_]`` are those that were learned from, where
        the sampler says so.
    estimators_features_ : list of ndarray, int64
        For each bag its columns.
    classes_ : ndarray of shape (n_classes,)
        The labels, ascending.
    n_classes_ : int
        Number of labels.
    oob_score_ : float
        Accuracy on rows that a learner has not seen in any copy, if `oob_score`.
    oob_decision_function_ : ndarray of shape (n_rows, n_classes), float64
        The mean of what is predicted for each row by the learners that have not seen it; NaN where all have.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    See Also
    --------
    BalancedRandomForestClassifier : Trees only, with a choice of columns at each split.
    EasyEnsembleClassifier : A boosted learner for each choice of common rows.

    Notes
    -----
    A classifier fitted to balanced tables says how likely a row is to be of the rare class if both classes were equally
    common: the probabilities are too high for the table as it is. `fastbal.calibration` puts them right.

    References
    ----------
    Maclin, Opitz: An empirical evaluation of bagging and boosting. AAAI (1997), 546-551.
    Hido, Kashima, Takahashi: Roughly balanced bagging for imbalanced data.
    Statistical Analysis and Data Mining 2 (2009), 412-426.
    Wang, Yao: Diversity analysis on imbalanced data sets by using ensemble models. IEEE CIDM (2009), 324-331.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from fastbal.ensemble import BalancedBaggingClassifier
    >>> X, y = make_classification(n_samples=2000, weights=[0.95], random_state=0)
    >>> model = BalancedBaggingClassifier(oob_score=True, n_estimators=30, random_state=0).fit(X, y)
    >>> round(model.oob_score_, 2)
    0.98
    >>> dict(model.estimators_[0]["sampler"].sampling_strategy_)
    {0: 115}
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **constraints_of(BaggingClassifier),
        **RandomUnderSampler._parameter_constraints,
        "sampler": [HasMethods(["fit_resample"]), None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator: Any = None,
        n_estimators: int = 10,
        *,
        max_samples: float = 1.0,
        max_features: float = 1.0,
        bootstrap: bool = True,
        bootstrap_features: bool = False,
        oob_score: bool = False,
        warm_start: bool = False,
        sampling_strategy: Any = "auto",
        replacement: bool = False,
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: int = 0,
        sampler: Any = None,
    ) -> None:
        super().__init__(
            estimator,
            n_estimators,
            max_samples=max_samples,
            max_features=max_features,
            bootstrap=bootstrap,
            bootstrap_features=bootstrap_features,
            oob_score=oob_score,
            warm_start=warm_start,
            n_jobs=n_jobs,
            random_state=random_state,
            verbose=verbose,
        )
        self.sampling_strategy = sampling_strategy
        self.replacement = replacement
        self.sampler = sampler

    def _default_learner(self) -> DecisionTreeClassifier:
        return DecisionTreeClassifier()

    def _new_sampler(self) -> Any:
        sampler = RandomUnderSampler(replacement=self.replacement) if self.sampler is None else clone(self.sampler)
        if not (isinstance(self.sampling_strategy, str) and self.sampling_strategy == "auto"):
            sampler.set_params(sampling_strategy=self.sampling_strategy)
        return sampler
