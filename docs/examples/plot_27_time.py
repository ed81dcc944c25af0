"""
What does a random split say of a table over time?
==================================================

The world drifts. A random split mixes later rows into the training; a split by time does not, and is what a model will
meet.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import average_precision_score
from sklearn.model_selection import KFold, TimeSeriesSplit

from fastbal.over_sampling import RandomOverSampler
from fastbal.pipeline import make_pipeline

rng = np.random.default_rng(0)
n = 6000
month = np.arange(n) // 500
angle = month / 12 * np.pi  # what makes a row rare turns with the months
X = np.column_stack([rng.normal(size=(n, 4)), month])
signal = X[:, 0] * np.cos(angle) + X[:, 1] * np.sin(angle)
y = (signal + 0.5 * rng.normal(size=n) > 1.9).astype(int)

splits = {"random folds": KFold(5, shuffle=True, random_state=0), "forward in time": TimeSeriesSplit(5)}
samplers = {"as it is": "passthrough", "over-sampled": RandomOverSampler(random_state=0)}
fig, ax = plt.subplots()
for place, folds in enumerate(splits.values()):
    for shift, (name, sampler) in zip([-0.18, 0.18], samplers.items()):
        scores = []
        for train, test in folds.split(X):
            model = make_pipeline(sampler, HistGradientBoostingClassifier(max_iter=40, random_state=0))
            rare = model.fit(X[train], y[train]).predict_proba(X[test])[:, 1]
            scores.append(average_precision_score(y[test], rare))
        ax.bar(
            place + shift, np.mean(scores), 0.34, color="C0" if shift < 0 else "C1", label=name if not place else None
        )
ax.set_xticks(range(2), splits)
ax.set(ylabel="average precision")
ax.legend()
plt.show()
