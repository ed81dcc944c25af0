"""
Are class weights and copies the same?
======================================

To a model that minimises a sum over rows, a row of weight 19 is 19 copies of it.
"""

import matplotlib.pyplot as plt
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

from fastbal.over_sampling import SMOTE, RandomOverSampler
from fastbal.pipeline import make_pipeline

X, y = make_classification(n_samples=8000, n_features=8, weights=[0.95], class_sep=0.6, random_state=1)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
weighted = LogisticRegression(class_weight="balanced").fit(X_train, y_train).predict_proba(X_test)[:, 1]

fig, axes = plt.subplots(1, 2, sharex=True, sharey=True)
for ax, sampler in zip(axes, [RandomOverSampler(random_state=0), SMOTE(random_state=0)]):
    model = make_pipeline(sampler, LogisticRegression()).fit(X_train, y_train)
    ax.plot([0, 1], [0, 1], color="C3", linewidth=0.8)
    ax.plot(weighted, model.predict_proba(X_test)[:, 1], ".", markersize=2, color="C1")
    ax.set(xlabel="probability with class weights", ylabel=f"with {type(sampler).__name__}", aspect="equal")

# %%
# They are, and for a linear model SMOTE is hardly anything else. Weights cost nothing: try them first.
plt.show()
