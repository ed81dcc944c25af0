"""
Which score notices that a class gets rarer?
============================================

The same model, the same overlap of the classes, and fewer and fewer rows of the one that matters.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import accuracy_score, average_precision_score, f1_score, roc_auc_score

from fastbal.metrics import geometric_mean_score

rng = np.random.default_rng(0)
shares = [0.5, 0.2, 0.1, 0.05, 0.02, 0.01]
scores = {"accuracy": [], "ROC AUC": [], "geometric mean": [], "F1": [], "average precision": []}
for share in shares:
    y = (rng.random(100_000) < share).astype(int)
    signal = rng.normal(size=len(y)) + 2 * y
    rare = 1 / (1 + (1 - share) / share * np.exp(2 - 2 * signal))  # the true probability
    called = rare > 0.5
    scores["accuracy"].append(accuracy_score(y, called))
    scores["ROC AUC"].append(roc_auc_score(y, rare))
    scores["geometric mean"].append(geometric_mean_score(y, called))
    scores["F1"].append(f1_score(y, called))
    scores["average precision"].append(average_precision_score(y, rare))

fig, ax = plt.subplots()
for name, values in scores.items():
    ax.plot(shares, values, "o-", label=name)
ax.set(xscale="log", xlabel="share of the rare class", ylim=(0, 1.02))
ax.set_xticks(shares, [f"{share:.0%}" for share in shares])
ax.invert_xaxis()
ax.legend(loc="lower left")

# %%
# No model could do better than this one. Accuracy rises while it finds less and less; the ROC curve does not notice.
plt.show()
