"""
Where does each new row come from?
==================================

A sampler remembers: ``base_indices_``, ``neighbor_indices_`` and ``step_`` are the segment that a new row lies on.
"""

import matplotlib.pyplot as plt
import numpy as np

from fastbal.over_sampling import SMOTE, BorderlineSMOTE

rng = np.random.default_rng(3)
X = np.concatenate([rng.normal(size=(150, 2)), rng.normal((1.6, 1.2), (0.6, 0.5), size=(18, 2))])
y = np.repeat([0, 1], [150, 18])

fig, axes = plt.subplots(1, 2, sharex=True, sharey=True)
for ax, sampler in zip(axes, [SMOTE(k_neighbors=3, random_state=0), BorderlineSMOTE(k_neighbors=3, random_state=0)]):
    X_new, _ = sampler.fit_resample(X, y)
    starts, ends = X[sampler.base_indices_], X[sampler.neighbor_indices_]
    ax.plot(*np.stack([starts, ends], axis=1).T, color="C3", linewidth=0.5)
    ax.scatter(*X[y == 0].T, s=6, color="C0", alpha=0.5)
    ax.scatter(*X_new[sampler.is_synthetic_].T, s=10, marker="x", color="C1", linewidth=0.8)
    ax.scatter(*X[y == 1].T, s=22, color="C1")
    ax.set(title=type(sampler).__name__, xticks=[], yticks=[])

# %%
# Every cross lies on a line between two dots of its class. `BorderlineSMOTE` starts only at dots that have more blue
# neighbours than their own kind.
plt.show()
