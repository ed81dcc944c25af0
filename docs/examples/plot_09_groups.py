"""
Does a new row lie between two patients?
========================================

With ``groups`` no new row is half of one patient and half of another, so folds can keep patients together afterwards.
"""

import matplotlib.pyplot as plt
import numpy as np

from fastbal.over_sampling import SMOTE

rng = np.random.default_rng(2)
patient = np.repeat(np.arange(6), 30)
centers = rng.uniform(-4, 4, size=(6, 2))
X = centers[patient] + rng.normal(scale=1.5, size=(180, 2))
y = (rng.random(180) < 0.2).astype(int)

fig, axes = plt.subplots(1, 2, sharex=True, sharey=True)
for ax, arrays in zip(axes, [{}, {"groups": patient}]):
    sampler = SMOTE(k_neighbors=4, random_state=0)
    sampler.fit_resample(X, y, **arrays)
    base, neighbor = sampler.base_indices_, sampler.neighbor_indices_
    mixed = patient[base] != patient[neighbor]
    for start, end, between in zip(X[base], X[neighbor], mixed):
        ax.plot(*np.stack([start, end]).T, color="black" if between else "C3", linewidth=0.7, zorder=0)
    ax.scatter(*X.T, c=patient, cmap="Set2", s=8)
    ax.scatter(*X[y == 1].T, c=patient[y == 1], cmap="Set2", s=40, edgecolors="black", linewidth=0.6)
    ax.set(xticks=[], yticks=[], title=f"{'with' if arrays else 'without'} groups: {mixed.mean():.0%} between patients")

# %%
# Colours are patients, large dots the rare class, lines the segments on which new rows lie. Black lines join two
# patients.
plt.show()
