"""
How many neighbours?
====================

With one neighbour new rows stay in the gaps between pairs; with many they fill whatever lies between parts of the
class.
"""

import matplotlib.pyplot as plt
import numpy as np

from fastbal.over_sampling import SMOTE

rng = np.random.default_rng(0)
rare = np.concatenate([rng.normal((-2, 0), 0.5, (25, 2)), rng.normal((2, 1), 0.5, (15, 2))])
X = np.concatenate([rng.normal((0, 1), 1.2, size=(250, 2)), rare])
y = np.repeat([0, 1], [250, 40])

fig, axes = plt.subplots(1, 3, figsize=(9, 3.2), sharex=True, sharey=True)
for ax, k in zip(axes, [1, 5, 25]):
    sampler = SMOTE(k_neighbors=k, random_state=0)
    X_new, _ = sampler.fit_resample(X, y)
    ax.scatter(*X[y == 0].T, s=5, color="C0", alpha=0.4)
    ax.scatter(*X_new[sampler.is_synthetic_].T, s=10, marker="x", color="C1", linewidth=0.7)
    ax.scatter(*rare.T, s=12, color="C1")
    ax.set(title=f"k_neighbors={k}", xticks=[], yticks=[])

# %%
# Five is the paper's number, and imbalanced-learn's. Where the class has parts, a number below the size of the smallest
# part keeps new rows out of what lies between them.
plt.show()
