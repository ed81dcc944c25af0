"""
What does SMOTE do in 100 dimensions?
=====================================

A new row lies between two rows. In few columns that is near to both; in many, every row is far from every other, and
the middle between two is in nobody's neighbourhood: new rows crowd in the centre of the class.
"""

import matplotlib.pyplot as plt
import numpy as np

from fastbal.neighbors import NearestNeighbors
from fastbal.over_sampling import SMOTE

rng = np.random.default_rng(0)
columns = [1, 2, 5, 10, 20, 50, 100]
spread, nearer = [], []
for d in columns:
    rare, more = rng.normal(size=(2, 300, d))
    X, y = np.concatenate([rng.normal(size=(900, d)) + 9, rare]), np.repeat([0, 1], [900, 300])
    sampler = SMOTE(random_state=0)
    X_new, _ = sampler.fit_resample(X, y)
    made = X_new[sampler.is_synthetic_]
    spread.append(made.std(axis=0).mean())
    search = NearestNeighbors(n_neighbors=1).fit(more)  # real rows that nothing was made of
    nearer.append(np.median(search.kneighbors(made)[0]) / np.median(search.kneighbors(rare)[0]))

fig, ax = plt.subplots()
ax.plot(columns, spread, "o-", color="C1", label="standard deviation of new rows (real ones: 1)")
ax.plot(columns, nearer, "s-", color="C2", label="distance to the nearest unseen row, over that of real rows")
ax.axhline(1, color="C3", linewidth=0.8)
ax.set(xscale="log", xlabel="columns", ylim=(0.5, 1.5), xticks=columns, xticklabels=columns)
ax.legend(loc="upper left")

# %%
# The variance of the class shrinks to about two thirds of what it is, and with it the distances. A model may learn
# just that: "near the centre" instead of "rare". `MGS` keeps the spread.
plt.show()
