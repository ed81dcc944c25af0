"""
When does boosting stop?
========================

LightGBM stops when its validation rows say so. If these were resampled with the others, they never do.
"""

import lightgbm
import matplotlib.pyplot as plt
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split

from fastbal.over_sampling import SMOTE

X, y = make_classification(n_samples=6000, n_features=10, weights=[0.95], class_sep=0.8, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
smote = SMOTE(random_state=0)


def curves(X_fit, y_fit, X_val, y_val):
    """Loss on validation and on test rows, round by round."""
    sets = [lightgbm.Dataset(X_val, y_val), lightgbm.Dataset(X_test, y_test)]
    losses = {}
    record = lightgbm.record_evaluation(losses)
    settings = {"objective": "binary", "verbose": -1, "num_threads": 1}
    lightgbm.train(settings, lightgbm.Dataset(X_fit, y_fit), 250, sets, ["validation", "test"], callbacks=[record])
    return losses["validation"]["binary_logloss"], losses["test"]["binary_logloss"]


X_fit, X_val, y_fit, y_val = train_test_split(X_train, y_train, stratify=y_train, random_state=0)
X_new, y_new = smote.fit_resample(X_train, y_train)
X_a, X_b, y_a, y_b = train_test_split(X_new, y_new, stratify=y_new, random_state=0)
protocols = {
    "split, then resampled": curves(*smote.fit_resample(X_fit, y_fit), X_val, y_val),
    "resampled, then split": curves(X_a, y_a, X_b, y_b),
}
fig, axes = plt.subplots(1, 2, sharey=True)
for ax, (name, (validation, test)) in zip(axes, protocols.items()):
    ax.plot(validation, color="C1", label="validation")
    ax.plot(test, color="C0", label="test")
    stop = min(range(len(validation)), key=validation.__getitem__)
    ax.axvline(stop, color="C3", label=f"stops at {stop}")
    ax.set(title=name, xlabel="round", ylabel="log-loss", ylim=(0, 0.5))
    ax.legend()

# %%
# On the right the validation loss falls on and on, while that of real rows has long been rising.
plt.show()
