"""
Does SMOTE do more than another threshold?
==========================================

F1 at one half goes up with SMOTE. Look at all thresholds: the curve has moved, and hardly risen.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split

from fastbal.over_sampling import SMOTE
from fastbal.pipeline import make_pipeline

rng = np.random.default_rng(0)
y = (rng.random(20_000) < 0.05).astype(int)
X = rng.normal(size=(len(y), 4)) + 0.8 * y[:, None]
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
thresholds = np.linspace(0.02, 0.98, 97)

fig, ax = plt.subplots()
models = {
    "the table as it is": LogisticRegression(),
    "class weights": LogisticRegression(class_weight="balanced"),
    "SMOTE": make_pipeline(SMOTE(random_state=0), LogisticRegression()),
}
for name, model in models.items():
    rare = model.fit(X_train, y_train).predict_proba(X_test)[:, 1]
    scores = [f1_score(y_test, rare >= threshold, zero_division=0) for threshold in thresholds]
    at_half = scores[np.argmin(abs(thresholds - 0.5))]
    (line,) = ax.plot(thresholds, scores, label=f"{name}: {at_half:.2f} at one half, {max(scores):.2f} at best")
    ax.plot(thresholds[np.argmax(scores)], max(scores), "o", color=line.get_color())
ax.axvline(0.5, color="C3", linewidth=0.8)
ax.set(xlabel="threshold", ylabel="F1 on test rows", ylim=(0, None))
ax.legend(loc="lower center")

# %%
# So compare with the untouched model at its best threshold, never at one half: `TunedThresholdClassifier` finds it on
# rows that the model has not learned from.
plt.show()
