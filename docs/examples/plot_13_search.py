"""
Which sampler, in a search?
===========================

A step of a pipeline is a parameter like any other: search over samplers, their settings, and none at all.
"""

import matplotlib.pyplot as plt
from sklearn.datasets import make_classification
from sklearn.model_selection import GridSearchCV
from sklearn.tree import DecisionTreeClassifier

from fastbal.over_sampling import SMOTE, RandomOverSampler
from fastbal.pipeline import Pipeline
from fastbal.under_sampling import RandomUnderSampler

X, y = make_classification(n_samples=4000, n_features=10, n_informative=5, weights=[0.93], random_state=0)
pipeline = Pipeline([("sampler", "passthrough"), ("model", DecisionTreeClassifier(max_depth=6, random_state=0))])
samplers = [
    "passthrough",
    RandomOverSampler(random_state=0),
    RandomUnderSampler(random_state=0),
    *[SMOTE(sampling_strategy=share, random_state=0) for share in (0.2, 0.5, 1.0)],
]
search = GridSearchCV(pipeline, {"sampler": samplers}, scoring="average_precision", cv=8).fit(X, y)

mean, spread = search.cv_results_["mean_test_score"], search.cv_results_["std_test_score"]
names = ["nothing", "RandomOverSampler", "RandomUnderSampler", "SMOTE to 0.2", "SMOTE to 0.5", "SMOTE to 1.0"]
fig, ax = plt.subplots()
ax.errorbar(mean, range(len(names)), xerr=spread / 8**0.5, fmt="o", color="C0", capsize=3)
ax.plot(mean.max(), mean.argmax(), "o", color="C1")
ax.set_yticks(range(len(names)), names)
ax.set(xlabel="average precision, mean of eight folds and its standard error")
ax.invert_yaxis()

# %%
# Test rows are never resampled, whatever the step. If the intervals overlap, take what is simplest: nothing.
plt.show()
