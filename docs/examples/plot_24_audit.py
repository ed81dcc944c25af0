"""
Can real rows be read off the new ones?
=======================================

Three new rows on one line betray the line, and where two lines meet is a real row. No copy is needed for that.
"""

import matplotlib.pyplot as plt
import numpy as np

import fastbal
from fastbal.over_sampling import MGS, ROSE, SMOTE, RandomOverSampler

rng = np.random.default_rng(0)
X = np.concatenate([rng.normal(size=(300, 2)), rng.normal((2, 2), 0.7, size=(12, 2))])
y = np.repeat([0, 1], [300, 12])

smote = SMOTE(random_state=0)
X_new, y_new = smote.fit_resample(X, y)
made = X_new[smote.is_synthetic_]
samplers = [RandomOverSampler(random_state=0), smote, MGS(random_state=0), ROSE(random_state=0)]
shares = [fastbal.audit(sampler, X, y).recoverable_share for sampler in samplers]

fig, axes = plt.subplots(1, 2)
axes[0].scatter(*made.T, s=4, color="C3", label="new rows, all that is handed out")
axes[0].scatter(*X[y == 1].T, s=60, facecolors="none", edgecolors="C1", label="real rows")
axes[0].set(xticks=[], yticks=[])
axes[0].legend(loc="upper left", fontsize=8)
axes[1].bar([type(sampler).__name__ for sampler in samplers], shares, color=["C1" if s else "C2" for s in shares])
axes[1].set(ylabel="share of real rows that can be computed", ylim=(0, 1))
axes[1].tick_params(axis="x", labelrotation=20)

# %%
# Train on rows of SMOTE, but do not hand them out. `fastbal.audit` says so, with seven other numbers.
plt.show()
