"""
How many rows should be made?
=============================

From none to as many as the common class has: what a boosted model makes of it on rows as they are.
"""

import matplotlib.pyplot as plt
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import average_precision_score, log_loss
from sklearn.model_selection import train_test_split

from fastbal.over_sampling import SMOTE

X, y = make_classification(n_samples=8000, n_features=10, n_informative=5, weights=[0.96], random_state=3)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

shares = [y_train.mean() / (1 - y_train.mean()), 0.1, 0.2, 0.4, 0.7, 1.0]
order, loss = [], []
for share in shares:
    X_new, y_new = (
        (X_train, y_train)
        if share < 0.1
        else SMOTE(sampling_strategy=share, random_state=0).fit_resample(X_train, y_train)
    )
    model = HistGradientBoostingClassifier(max_iter=60, random_state=0).fit(X_new, y_new)
    rare = model.predict_proba(X_test)[:, 1]
    order.append(average_precision_score(y_test, rare))
    loss.append(log_loss(y_test, rare))

fig, axes = plt.subplots(1, 2, sharex=True)
axes[0].plot(shares, order, "o-", color="C0")
axes[0].set(ylabel="average precision (higher is better)", ylim=(0, 1))
axes[1].plot(shares, loss, "o-", color="C1")
axes[1].set(ylabel="log-loss (lower is better)", ylim=(0, None))
for ax in axes:
    ax.set(xlabel="rare rows over common ones")

# %%
# The first point is the table as it is. Equality is the default, and seldom the best number.
plt.show()
