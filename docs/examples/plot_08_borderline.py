"""
Which rows are at the border?
=============================

Borderline-SMOTE looks at the ten nearest rows of each rare row: mostly its own kind is safe, mostly others is danger,
nothing but others is noise. New rows start in danger only.
"""

import matplotlib.pyplot as plt
import numpy as np

from fastbal.neighbors import NearestNeighbors
from fastbal.over_sampling import BorderlineSMOTE

rng = np.random.default_rng(5)
X = np.concatenate([rng.normal(size=(300, 2)), rng.normal((2, 1.4), 0.6, (40, 2)), rng.normal((-0.5, 0), 0.4, (4, 2))])
y = np.repeat([0, 1], [300, 44])

rare = np.flatnonzero(y)
neighbors = NearestNeighbors(n_neighbors=11).fit(X).kneighbors(X[rare], return_distance=False)[:, 1:]
others = (y[neighbors] == 0).sum(axis=1)
kinds = {"safe": others < 5, "in danger": (others >= 5) & (others < 10), "noise": others == 10}

sampler = BorderlineSMOTE(random_state=0)
X_new, _ = sampler.fit_resample(X, y)

fig, ax = plt.subplots(figsize=(6.4, 4))
ax.scatter(*X[y == 0].T, s=6, color="C0", alpha=0.4)
ax.scatter(*X_new[sampler.is_synthetic_].T, s=8, marker="x", color="C3", linewidth=0.6, label="new")
for (name, are), color in zip(kinds.items(), ["C2", "C1", "black"]):
    ax.scatter(*X[rare[are]].T, s=28, color=color, label=f"{name}: {are.sum()}")
ax.set(xticks=[], yticks=[])
ax.legend(loc="upper left")

# %%
# If rows at the border are mislabelled, it makes more of just these.
plt.show()
