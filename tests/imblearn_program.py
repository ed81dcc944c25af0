"""A program of somebody who has never heard of fastbal: prints what imbalanced-learn makes of a table."""

import sys

import numpy as np
from imblearn.base import BaseSampler
from imblearn.combine import SMOTEENN, SMOTETomek
from imblearn.datasets import make_imbalance
from imblearn.ensemble import (
    BalancedBaggingClassifier,
    BalancedRandomForestClassifier,
    EasyEnsembleClassifier,
    RUSBoostClassifier,
)
from imblearn.over_sampling import SMOTE, BorderlineSMOTE, RandomOverSampler
from imblearn.over_sampling.base import BaseOverSampler
from imblearn.pipeline import make_pipeline
from imblearn.under_sampling import EditedNearestNeighbours, RandomUnderSampler, TomekLinks
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_random_state

SAMPLERS = [
    RandomOverSampler(random_state=0),
    SMOTE(random_state=0),
    BorderlineSMOTE(random_state=0),
    RandomUnderSampler(random_state=0),
    TomekLinks(),
    EditedNearestNeighbours(),
    SMOTEENN(random_state=0),
    SMOTEENN(smote=SMOTE(k_neighbors=3, random_state=1), enn=EditedNearestNeighbours(sampling_strategy="all")),
    SMOTETomek(random_state=0, tomek=TomekLinks(sampling_strategy="all")),
]
ENSEMBLES = [
    BalancedBaggingClassifier(n_estimators=3, random_state=0),
    BalancedBaggingClassifier(n_estimators=3, random_state=0, sampler=SMOTE(k_neighbors=3)),
    BalancedRandomForestClassifier(n_estimators=5, random_state=0),
    EasyEnsembleClassifier(n_estimators=3, random_state=0),
    RUSBoostClassifier(n_estimators=5, random_state=0),
]


class Copies(BaseOverSampler):
    """A sampler of one's own: rare rows once more, as often as asked for."""

    def _fit_resample(self, X, y):
        rng = check_random_state(0)
        rows = [rng.choice(np.flatnonzero(y == label), number) for label, number in self.sampling_strategy_.items()]
        rows = np.concatenate([np.arange(len(y)), *rows])
        return X[rows], y[rows]


def seen(X):
    """Enough of a table to tell it from others, and no more digits than rounding leaves alone."""
    X = np.asarray(X, dtype=float)
    return X.shape, [round(float(number), 6) for number in (*X.sum(axis=0), *(X**2).sum(axis=0), *X[-1])]


def main():
    """Resample, search, predict."""
    X, y = make_classification(800, 6, n_informative=4, weights=[0.85], flip_y=0.02, random_state=0)
    for sampler in [*SAMPLERS, Copies()]:
        assert isinstance(sampler, BaseSampler)
        X_new, y_new = sampler.fit_resample(X, y)
        print(type(sampler).__name__, *seen(X_new), np.bincount(y_new))

    X_few, _ = make_imbalance(X, y, sampling_strategy={0: 200, 1: 30}, random_state=0)
    print("make_imbalance", *seen(X_few))

    pipeline = make_pipeline(StandardScaler(), SMOTE(random_state=0), LogisticRegression())
    search = GridSearchCV(pipeline, {"smote__k_neighbors": [2, 5]}, cv=3, scoring="balanced_accuracy").fit(X, y)
    print("grid search", search.best_params_, search.cv_results_["mean_test_score"].round(6))

    for ensemble in ENSEMBLES:
        print(type(ensemble).__name__, *seen(ensemble.fit(X, y).predict_proba(X)))
    print(*sorted({type(sampler).__module__.split(".")[0] for sampler in SAMPLERS}), file=sys.stderr)


if __name__ == "__main__":
    main()
