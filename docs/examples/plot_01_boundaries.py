"""
Where does each over-sampler move the boundary?
===============================================

Above one half a tree calls a row rare. The same tree is fitted after each over-sampler, on the same rows: what a
sampler fills with new rows becomes the region of the rare class.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.tree import DecisionTreeClassifier

from fastbal import over_sampling

rng = np.random.default_rng(7)
parts = [(0, 0, 1.2, 260), (2.3, 1.5, 0.4, 21), (-2.2, -1.9, 0.6, 15), (-0.4, 0.5, 0.5, 6)]
X = np.concatenate([rng.normal((x, y), width, (n, 2)) for x, y, width, n in parts])
y = np.repeat([0, 1], [260, 42])

samplers = [getattr(over_sampling, name) for name in sorted(over_sampling.__all__)]
samplers = [sampler for sampler in samplers if sampler.__name__ not in ("SMOTEN", "SMOTENC")]  # for categories
grid = np.stack(np.meshgrid(np.linspace(-4, 4, 120), np.linspace(-4, 4, 120)), axis=-1)

n_lines = -(-(len(samplers) + 1) // 6)
fig, axes = plt.subplots(n_lines, 6, figsize=(9.5, 1.9 * n_lines), sharex=True, sharey=True)
for ax, sampler in zip(axes.flat, [None, *samplers]):
    rows = (X, y) if sampler is None else sampler(random_state=0).fit_resample(X, y)
    tree = DecisionTreeClassifier(min_samples_leaf=4, random_state=0).fit(*rows)
    rare = tree.predict_proba(grid.reshape(-1, 2))[:, 1].reshape(120, 120)
    ax.contourf(grid[..., 0], grid[..., 1], rare, [0.5, 1.01], colors=["C1"], alpha=0.3)
    ax.scatter(*X.T, c=np.where(y, "C1", "C0"), s=3)
    ax.set(title=sampler.__name__ if sampler else "nothing", xticks=[], yticks=[])
    ax.title.set_fontsize(9)
for ax in axes.flat[len(samplers) + 1 :]:
    ax.remove()

# %%
# Samplers that look at the border (`BorderlineSMOTE`, `SVMSMOTE`, `ADASYN`) and at strays differ most. Which of these
# regions is right, only rows that no sampler has seen can tell.
plt.show()
