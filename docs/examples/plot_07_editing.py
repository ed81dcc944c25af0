"""
Which rows does a cleaning rule remove?
=======================================

Edited nearest neighbours removes rows of the common class whose neighbours disagree with them; repeated, it eats on.
"""

import matplotlib.pyplot as plt
import numpy as np

from fastbal.under_sampling import (
    AllKNN,
    EditedNearestNeighbours,
    NeighbourhoodCleaningRule,
    RepeatedEditedNearestNeighbours,
    TomekLinks,
)

rng = np.random.default_rng(1)
X = np.concatenate([rng.normal(size=(400, 2)), rng.normal((1.5, 1), 0.5, size=(60, 2))])
y = np.repeat([0, 1], [400, 60])

rules = [
    TomekLinks(),
    EditedNearestNeighbours(kind_sel="mode"),
    EditedNearestNeighbours(),
    AllKNN(),
    RepeatedEditedNearestNeighbours(),
    NeighbourhoodCleaningRule(),
]
fig, axes = plt.subplots(2, 3, figsize=(8.4, 5), sharex=True, sharey=True)
for ax, rule in zip(axes.flat, rules):
    rule.fit_resample(X, y)
    removed = np.setdiff1d(np.arange(len(X)), rule.sample_indices_)
    ax.scatter(*X[y == 0].T, s=5, color="C0", alpha=0.5)
    ax.scatter(*X[y == 1].T, s=5, color="C1", alpha=0.7)
    ax.scatter(*X[removed].T, s=22, facecolors="none", edgecolors="black", linewidth=0.7)
    ax.set_title(f"{rule!r}: {len(removed)}".replace("NearestNeighbours", "NN"), fontsize=8)
    ax.set(xticks=[], yticks=[])

# %%
# Rings are what goes. No rule balances the classes; each clears a margin, narrow or wide.
plt.show()
