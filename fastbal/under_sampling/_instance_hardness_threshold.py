"""Rows are kept that a classifier finds easy."""

from __future__ import annotations

from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from sklearn.base import clone

from fastbal._core.draws import Draws
from fastbal._core.plan import Plan, Strategy
from fastbal._core.recipe import Recipe
from fastbal._core.target import Target
from fastbal._sklearn import HasMethods
from fastbal.base import SelectionMixin
from fastbal.under_sampling.base import BaseUnderSampler


class InstanceHardnessThreshold(SelectionMixin, BaseUnderSampler):
    """Under-sample by keeping the rows whose class a classifier finds likely (Smith et al. 2014).

    The classifier is fitted in a cross-validation, so each row is judged by one that has not seen it.

    Parameters
    ----------
    estimator : classifier, default=None
        Anything with ``predict_proba``. None is a random forest of 100 trees.
    sampling_strategy : float, str, dict or callable, default="auto"
        How many rows each class shall have; see `RandomUnderSampler`. Among equally likely rows there is no choice, so
        more may be kept.
    random_state : int, RandomState, Generator or None, default=None
        The random numbers of the folds and of the classifier.
    cv : int, cross-validation generator or iterable, default=5
        How many folds, stratified and shuffled; or the folds.
    n_jobs : int or None, default=None
        Processes for the folds, as in scikit-learn's ``cross_val_predict``, and threads of the forest.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        Label to number of rows asked for.
    estimator_ : classifier
        The classifier, unfitted: each fold has one of its own.
    sample_indices_ : ndarray of shape (n_rows_new,), int64
        Row numbers of the rows kept, class by class.
    recipe_ : Recipe
        Which rows the output consists of.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Column names, if all are strings.

    References
    ----------
    Smith, Martinez, Giraud-Carrier: An instance level analysis of data complexity. Machine Learning 95 (2014), 225-256.

    Examples
    --------
    >>> from collections import Counter
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from fastbal.under_sampling import InstanceHardnessThreshold
    >>> X, y = make_classification(n_samples=1000, weights=[0.1, 0.9], flip_y=0, random_state=10)
    >>> easy = InstanceHardnessThreshold(estimator=GaussianNB(), random_state=42)
    >>> X_resampled, y_resampled = easy.fit_resample(X, y)
    >>> sorted(Counter(y_resampled.tolist()).items())
    [(0, 100), (1, 100)]
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseUnderSampler._parameter_constraints,
        "random_state": ["random_state", np.random.Generator],
        "estimator": [HasMethods(["fit", "predict_proba"]), None],
        "cv": ["cv_object"],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        *,
        estimator: Any = None,
        sampling_strategy: Strategy = "auto",
        random_state: Any = None,
        cv: Any = 5,
        n_jobs: int | None = None,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.estimator = estimator
        self.random_state = random_state
        self.cv = cv
        self.n_jobs = n_jobs

    def _draw_recipe(self, X: Any, target: Target, plan: Plan, draws: Draws) -> Recipe:
        from sklearn.model_selection import cross_val_predict  # here: it brings what nobody else needs

        random_state = draws.random_state()
        self.estimator_ = self._classifier(random_state)
        likelihoods = cross_val_predict(
            self.estimator_,
            X,
            target.decode(target.codes),
            cv=self._folds(random_state),
            n_jobs=self.n_jobs,
            method="predict_proba",
        )  # a column for each class, in the order of the codes
        kept = []
        for code in range(len(target.classes)):
            rows = target.rows_of(code)
            if code in plan:
                likely = likelihoods[rows, code]
                threshold = np.percentile(likely, (1.0 - plan[code] / len(rows)) * 100.0)
                rows = rows[likely >= threshold]
            kept.append(rows)
        return Recipe(n_rows=len(target.codes), kept=np.concatenate(kept))

    def _classifier(self, random_state: np.random.RandomState) -> Any:
        if self.estimator is None:
            from sklearn.ensemble import RandomForestClassifier

            seed = random_state if isinstance(self.random_state, np.random.Generator) else self.random_state
            return RandomForestClassifier(n_estimators=100, random_state=seed, n_jobs=self.n_jobs)
        classifier = clone(self.estimator)
        names = sorted(name for name in classifier.get_params(deep=True) if name.split("__")[-1] == "random_state")
        seeds = {name: int(random_state.randint(np.iinfo(np.int32).max)) for name in names}
        return classifier.set_params(**seeds) if seeds else classifier

    def _folds(self, random_state: np.random.RandomState) -> Any:
        if not isinstance(self.cv, Integral):
            return self.cv
        from sklearn.model_selection import StratifiedKFold

        return StratifiedKFold(n_splits=int(self.cv), shuffle=True, random_state=random_state)
