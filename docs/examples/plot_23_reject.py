"""
Can new rows be kept out of the other class?
============================================

``reject=0.5`` draws a row again if half of its neighbours are of another class.
"""

import matplotlib.pyplot as plt
import numpy as np

from fastbal.neighbors import NearestNeighbors
from fastbal.over_sampling import SMOTE

rng = np.random.default_rng(4)
X = np.concatenate([rng.normal(size=(250, 2)), rng.normal((2, 1), 0.4, (20, 2)), rng.normal((-2, -1), 0.4, (12, 2))])
y = np.repeat([0, 1], [250, 32])

fig, axes = plt.subplots(1, 3, figsize=(9, 3.2), sharex=True, sharey=True)
for ax, reject in zip(axes, [None, 0.8, 0.5]):
    sampler = SMOTE(k_neighbors=15, reject=reject, random_state=0)
    X_new, _ = sampler.fit_resample(X, y)
    made = X_new[sampler.is_synthetic_]
    near = NearestNeighbors(n_neighbors=5).fit(X).kneighbors(made, return_distance=False)
    foreign = (y[near] == 0).mean(axis=1) >= 0.5
    ax.scatter(*X[y == 0].T, s=5, color="C0", alpha=0.4)
    ax.scatter(*made[~foreign].T, s=10, marker="x", color="C1", linewidth=0.7)
    ax.scatter(*made[foreign].T, s=10, marker="x", color="black", linewidth=0.7)
    ax.set(title=f"reject={reject}: {foreign.mean():.0%} among others", xticks=[], yticks=[])

# %%
# The number of new rows is the same in all three. What is rejected is drawn anew, not left out.
plt.show()
