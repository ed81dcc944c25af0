"""
Rare values of a continuous target: what is rare?
=================================================

A relevance from 0 to 1 says how much each value matters; SMOGN makes rows where it is high, targets included.
"""

import matplotlib.pyplot as plt
import numpy as np

from fastbal.regression import SMOGN, Relevance

rng = np.random.default_rng(0)
X = rng.normal(size=(600, 2))
y = np.exp(0.8 * X[:, 0] + 0.3 * rng.normal(size=600))

relevance = Relevance(extremes="high").fit(y)
sampler = SMOGN(relevance=Relevance(extremes="high"), random_state=0)
X_new, y_new = sampler.fit_resample(X, y)
made = sampler.is_synthetic_

fig, axes = plt.subplots(1, 2, sharey=True, width_ratios=[1, 2])
values = np.linspace(0, y.max(), 300)
axes[0].plot(relevance(values), values, color="C1")
axes[0].set(xlabel="relevance", ylabel="target")
axes[1].scatter(X[:, 0], y, s=6, color="C0", label=f"{len(y)} rows")
axes[1].scatter(X_new[made, 0], y_new[made], s=10, marker="x", color="C1", label=f"{made.sum()} new ones")
axes[1].set(xlabel="a column")
axes[1].legend()
plt.show()
