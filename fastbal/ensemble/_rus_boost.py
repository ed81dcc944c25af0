"""Boosting in which each round learns from another balanced choice of rows."""

from __future__ import annotations

import warnings
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.ensemble import AdaBoostClassifier
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import check_random_state, get_tags
from sklearn.utils.validation import has_fit_parameter

from fastbal._core.target import Target
from fastbal._sklearn import NaNAsItsLearner, StrOptions, check_parameters, check_sample_weight, constraints_of
from fastbal.ensemble._choice import choose_rows
from fastbal.ensemble._seeds import set_random_states
from fastbal.ensemble._training_data import read_training_data, take
from fastbal.pipeline import Pipeline, make_pipeline
from fastbal.under_sampling import RandomUnderSampler

Weights = NDArray[np.float64]


class RUSBoostClassifier(NaNAsItsLearner, AdaBoostClassifier):
    """AdaBoost that under-samples before each round.

    Each round fits a learner to a balanced choice of rows with their current weights. Then the weights of all rows that
    it predicts wrongly go up, also of rows that were not chosen.

    Parameters
    ----------
    estimator : estimator, default=None
        What is fitted in each round: a classifier that takes `sample_weight`. None is a tree of one split.
    n_estimators : int, default=50
        Most rounds; without errors it ends early.
    learning_rate : float, default=1.0
        How much each round counts.
    algorithm : {"SAMME", "deprecated"}, default="deprecated"
        Has no effect: it is SAMME always. Here so that programs for imbalanced-learn run.
    sampling_strategy : float, str, dict or callable, default="auto"
        How many rows of each class, as of `RandomUnderSampler`.
    replacement : bool, default=False
        Whether a row may be chosen more than once.
    random_state : int, RandomState or None, default=None
        The random numbers.

    Attributes
    ----------
    estimators_ : list of classifiers
        The learner of each round.
    samplers_ : list of RandomUnderSampler
        The sampler of each round; its `sample_indices_` are the rows chosen.
    pipelines_ : list of Pipeline
        Both together, fitted; the same objects, not copies.
    estimator_weights_ : ndarray of shape (n_estimators,), float64
        How much each learner counts; 0 for rounds after the end.
    estimator_errors_ : ndarray of shape (n_estimators,), float64
        The share of the weights that each learner gets wrong; 1 for rounds after the end.
    estimator_ : classifier
        The model of the learners.
    base_sampler_ : RandomUnderSampler
        The model of the samplers.
    classes_ : ndarray of shape (n_classes,)
        The labels, ascending.
    n_classes_ : int
        Number of labels.
    feature_importances_ : ndarray of shape (n_columns,), float64
        The mean of the learners', if they have any.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    See Also
    --------
    EasyEnsembleClassifier : AdaBoost for each of several choices of rows.

    Notes
    -----
    NaN is taken if the learner takes it, as trees do.

    References
    ----------
    Seiffert, Khoshgoftaar, Van Hulse, Napolitano: RUSBoost: a hybrid approach to alleviating class imbalance.
    IEEE Transactions on Systems, Man, and Cybernetics A 40 (2010), 185-197.
    Hastie, Rosset, Zhu, Zou: Multi-class AdaBoost. Statistics and Its Interface 2 (2009), 349-360.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.metrics import balanced_accuracy_score
    >>> from fastbal.ensemble import RUSBoostClassifier
    >>> X, y = make_classification(n_samples=2000, weights=[0.95], random_state=0)
    >>> model = RUSBoostClassifier(random_state=0).fit(X[:1000], y[:1000])
    >>> round(balanced_accuracy_score(y[1000:], model.predict(X[1000:])), 2)
    0.93
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **constraints_of(AdaBoostClassifier),
        **RandomUnderSampler._parameter_constraints,
        "algorithm": [StrOptions({"SAMME", "deprecated"})],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator: Any = None,
        *,
        n_estimators: int = 50,
        learning_rate: float = 1.0,
        algorithm: Literal["SAMME", "deprecated"] = "deprecated",
        sampling_strategy: Any = "auto",
        replacement: bool = False,
        random_state: Any = None,
    ) -> None:
        super().__init__(estimator, n_estimators=n_estimators, learning_rate=learning_rate, random_state=random_state)
        self.algorithm = algorithm
        self.sampling_strategy = sampling_strategy
        self.replacement = replacement

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Boost.

        Parameters
        ----------
        X : {array-like, dataframe, sparse matrix} of shape (n_rows, n_columns)
            The table.
        y : array-like of shape (n_rows,)
            The label of each row: numbers, text, booleans, categories, nullable or not.
        sample_weight : array-like of shape (n_rows,), default=None
            Weights to begin with, not negative. None: all alike.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If the learner takes no weights, or is no better than guessing in the first round.
        """
        check_parameters(self)
        if self.algorithm != "deprecated":
            warnings.warn(
                "The parameter 'algorithm' is deprecated and has no effect: SAMME is always used. Leave it out.",
                FutureWarning,
                stacklevel=2,
            )
        self.estimator_ = clone(self._learner())
        if not has_fit_parameter(self.estimator_, "sample_weight"):
            raise ValueError(
                f"{type(self.estimator_).__name__} doesn't support sample_weight, by which boosting tells a learner "
                "what the ones before got wrong. Use another estimator, or BalancedBaggingClassifier."
            )
        self.base_sampler_ = RandomUnderSampler(sampling_strategy=self.sampling_strategy, replacement=self.replacement)
        X, target = read_training_data(self, X, y, dtype=None, ensure_all_finite=self._finite())
        self.classes_, self.n_classes_ = target.classes, len(target.classes)
        self.estimators_: list[Any] = []
        self.samplers_: list[RandomUnderSampler] = []
        self.estimator_weights_, self.estimator_errors_ = np.zeros(self.n_estimators), np.ones(self.n_estimators)
        weights = check_sample_weight(sample_weight, X, dtype=np.float64, copy=True, ensure_non_negative=True)
        self._boost_all(X, target, weights / weights.sum())
        return self

    @property
    def pipelines_(self) -> list[Pipeline]:
        """For each round, its sampler and its learner."""
        return [make_pipeline(*pair) for pair in zip(self.samplers_, self.estimators_, strict=True)]

    def _boost_all(self, X: Any, target: Target, weights: Weights) -> None:
        """SAMME (Hastie et al. 2009, algorithm 2), each learner fitted to the rows of a sampler."""
        stream = check_random_state(self.random_state)
        labels = target.decode(target.codes)
        guessing = 1 - 1 / self.n_classes_  # the error of it
        # Weights that were 0 stay 0; others never get there, or a row would be lost for good.
        floor = np.where(weights > 0, np.finfo(np.float64).eps, 0)
        for i in range(self.n_estimators):
            weights = np.maximum(weights, floor)
            learner, sampler = clone(self.estimator_), clone(self.base_sampler_)
            set_random_states(learner, stream)
            set_random_states(sampler, stream)
            rows = choose_rows(sampler, target, X.shape[1])
            learner.fit(take(X, rows), labels[rows], sample_weight=weights[rows])
            is_wrong = learner.predict(X) != labels
            error = float(np.average(is_wrong, weights=weights))
            if error >= guessing:
                if i == 0:
                    raise ValueError(
                        f"The first {type(learner).__name__} is worse than random: fitted to a balanced choice of "
                        f"rows, it gets {error:.3g} of all rows wrong by weight, and guessing gets {guessing:.3g}. "
                        "Use a stronger estimator, or a sampling_strategy that is nearer to the table."
                    )
                return
            self.estimators_.append(learner)
            self.samplers_.append(sampler)
            self.estimator_errors_[i] = error
            if error <= 0:
                self.estimator_weights_[i] = 1
                return
            weight = self.learning_rate * (np.log((1 - error) / error) + np.log(self.n_classes_ - 1))
            self.estimator_weights_[i] = weight
            with np.errstate(over="ignore"):
                weights *= np.exp(weight * is_wrong)
            total = weights.sum()
            if not np.isfinite(total):
                warnings.warn(
                    f"Sample weights have reached infinite values, at iteration {i}, causing overflow. "
                    "Iterations stopped. Try lowering the learning rate.",
                    stacklevel=3,
                )
                return
            weights /= total

    def _learner(self) -> Any:
        return DecisionTreeClassifier(max_depth=1) if self.estimator is None else self.estimator

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = get_tags(self._learner()).input_tags.allow_nan
        return tags
