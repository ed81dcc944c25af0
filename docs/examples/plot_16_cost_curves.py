"""
Which model is cheapest, whatever errors cost?
==============================================

A cost curve (Drummond and Holte 2006) shows the expected cost over all proportions of costs and frequencies at once;
lower is better. The thin lines are what trivial models cost.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_curve
from sklearn.model_selection import train_test_split

from fastbal.ensemble import BalancedRandomForestClassifier
from fastbal.over_sampling import SMOTE
from fastbal.pipeline import make_pipeline

X, y = make_classification(n_samples=8000, n_features=12, n_informative=6, weights=[0.95], random_state=0)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
forest = RandomForestClassifier(50, min_samples_leaf=3, random_state=0)
models = {
    "forest": forest,
    "forest after SMOTE": make_pipeline(SMOTE(random_state=0), forest),
    "balanced forest": BalancedRandomForestClassifier(50, min_samples_leaf=3, random_state=0),
}

proportion = np.linspace(0, 1, 200)
fig, ax = plt.subplots()
ax.plot(proportion, np.minimum(proportion, 1 - proportion), color="C3", linewidth=0.8)
for name, model in models.items():
    alarms, found, _ = roc_curve(y_test, model.fit(X_train, y_train).predict_proba(X_test)[:, 1])
    costs = proportion[:, None] * (1 - found) + (1 - proportion[:, None]) * alarms
    ax.plot(proportion, costs.min(axis=1), label=name)
ax.set(xlabel="cost of a miss times share of the rare class, normed", ylabel="cost at the best threshold, normed")
ax.legend()

# %%
# With a free choice of the threshold the three are close. What balancing gains, it gains where misses cost much more
# than alarms, and it is little beside the gain from choosing the threshold at all.
plt.show()
