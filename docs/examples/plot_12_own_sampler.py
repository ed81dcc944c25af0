"""
How short can a sampler be?
===========================

Twelve lines: say which rows start, towards which they move, and how far. Containers, groups, weights, provenance and
checks are there by themselves.
"""

import matplotlib.pyplot as plt
import numpy as np

from fastbal._core.recipe import Recipe
from fastbal.over_sampling.base import BaseOverSampler


class TowardsTheMiddle(BaseOverSampler):
    """New rows a third of the way from a row to the row of its class that is nearest to the class's mean."""

    def _draw_recipe(self, X, target, plan, draws):
        base, middle, label = [], [], []
        for code, n_new in plan.items():
            rows = target.rows_of(code)
            center = rows[np.argmin(((X[rows] - X[rows].mean(axis=0)) ** 2).sum(axis=1))]
            base.append(np.resize(rows, n_new))
            middle.append(np.full(n_new, center))
            label.append(np.full(n_new, code))
        base, middle, label = map(np.concatenate, (base, middle, label))
        return Recipe(n_rows=len(X), base=base, neighbor=middle, step=np.full(len(base), 1 / 3), label=label)


rng = np.random.default_rng(0)
X = np.concatenate([rng.normal(size=(80, 2)), rng.normal((3, 1), 0.7, (20, 2))])
y = np.repeat(["common", "rare"], [80, 20])
sampler = TowardsTheMiddle(sampling_strategy={"rare": 40})
X_new, y_new, weight = sampler.fit_resample(X, y, sample_weight=np.ones(100))

fig, ax = plt.subplots()
ax.scatter(*X.T, c=np.where(y == "rare", "C1", "C0"), s=14)
ax.scatter(*X_new[sampler.is_synthetic_].T, marker="x", color="C1", s=24)
ax.set(xticks=[], yticks=[], title=f"{len(X)} rows, {sampler.is_synthetic_.sum()} new ones")
plt.show()
