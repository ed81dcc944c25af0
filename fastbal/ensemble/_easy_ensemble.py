"""Boosted learners, each fitted to all rare rows and as many common ones."""

from __future__ import annotations

from typing import Any, ClassVar

from sklearn.ensemble import BaggingClassifier
from sklearn.utils import get_tags

from fastbal._sklearn import constraints_of
from fastbal.ensemble._adaboost import AdaBoost
from fastbal.ensemble._bags import BalancedBags
from fastbal.under_sampling import RandomUnderSampler


class EasyEnsembleClassifier(BalancedBags, BaggingClassifier):
    """A boosted learner for each random choice of common rows, beside all rare ones.

    Under-sampling leaves out most of the common rows; here each member leaves out different ones.

    Parameters
    ----------
    n_estimators : int, default=10
        Number of choices.
    estimator : estimator, default=None
        What is fitted to each: any classifier. None is scikit-learn's AdaBoostClassifier, which here takes NaN.
    warm_start : bool, default=False
        Whether `fit` keeps the members it has, and adds those that are missing to `n_estimators`.
    sampling_strategy : float, str, dict or callable, default="auto"
        How many rows of each class, as of `RandomUnderSampler`.
    replacement : bool, default=False
        Whether a row may be chosen more than once.
    n_jobs : int or None, default=None
        Jobs of joblib to fit and predict with; -1 is a job for each core. None is 1, unless joblib says otherwise;
        but trees, the default, are grown on all threads that may be used.
    random_state : int, RandomState or None, default=None
        The random numbers.
    verbose : int, default=0
        How much joblib says.

    Attributes
    ----------
    estimators_ : list of Pipeline
        The fitted samplers and classifiers; the classifiers have learned positions in `classes_`.
        ``estimators_[i]["sampler"].sample_indices_`` are the rows that one was fitted to.
    estimator_ : Pipeline
        Their model, not fitted.
    sampler_ : RandomUnderSampler
        The sampler in it.
    estimators_samples_ : list of ndarray, int64
        The rows from which each member's were chosen: all of them.
    estimators_features_ : list of ndarray, int64
        The columns of each member: all of them.
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
    BalancedBaggingClassifier : Bags of rows, balanced by any sampler.
    RUSBoostClassifier : Another choice of common rows for each round of boosting.

    Notes
    -----
    NaN is taken if the `estimator` takes it.

    A classifier fitted to balanced tables says how likely a row is to be of the rare class if both classes were equally
    common: the probabilities are too high for the table as it is. `fastbal.calibration` puts them right.

    References
    ----------
    Liu, Wu, Zhou: Exploratory undersampling for class-imbalance learning.
    IEEE Transactions on Systems, Man, and Cybernetics B 39 (2009), 539-550.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.metrics import balanced_accuracy_score
    >>> from fastbal.ensemble import EasyEnsembleClassifier
    >>> X, y = make_classification(n_samples=2000, weights=[0.95], random_state=0)
    >>> model = EasyEnsembleClassifier(random_state=0).fit(X[:1000], y[:1000])
    >>> round(balanced_accuracy_score(y[1000:], model.predict(X[1000:])), 2)
    0.94
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **{
            name: constraints_of(BaggingClassifier)[name]
            for name in ("n_estimators", "estimator", "warm_start", "n_jobs", "verbose")
        },
        **RandomUnderSampler._parameter_constraints,
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        n_estimators: int = 10,
        estimator: Any = None,
        *,
        warm_start: bool = False,
        sampling_strategy: Any = "auto",
        replacement: bool = False,
        n_jobs: int | None = None,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        super().__init__(
            estimator,
            n_estimators,
            max_samples=1.0,
            bootstrap=False,
            warm_start=warm_start,
            n_jobs=n_jobs,
            random_state=random_state,
            verbose=verbose,
        )
        self.sampling_strategy = sampling_strategy
        self.replacement = replacement

    def _default_learner(self) -> AdaBoost:
        return AdaBoost()

    def _new_sampler(self) -> RandomUnderSampler:
        return RandomUnderSampler(sampling_strategy=self.sampling_strategy, replacement=self.replacement)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        learner = get_tags(self._default_learner() if self.estimator is None else self.estimator)
        tags.input_tags.allow_nan = learner.input_tags.allow_nan
        tags.input_tags.sparse = learner.input_tags.sparse
        return tags
